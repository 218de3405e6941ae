//! The shape of a file: how much of everything it holds, before anything works through it.

mod code;

use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

use taihu_model::Manifest;

use code::Code;

use super::Faults;
use super::section::{COMPONENT_MAGIC, MODULE_MAGIC, top_level};
use crate::limits::{self, CallLimits, FileLimits, SizeClass};
use crate::{Fault, Refusal};

/// Bytes of one page of a linear memory.
const PAGE_BYTES: u64 = 65_536;

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    functions: u32,
    modules: u32,
    components: u32,
    instances: u32,
    memories: u32,
    tables: u32,
    items: u32,
    /// Bytes of all memories at their start, counted once for each declaration.
    memory_bytes: u64,
}

/// What wasm may use: the engine's features, see `engine.rs`.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2 | WasmFeatures::EXTENDED_CONST | WasmFeatures::COMPONENT_MODEL
}

/// Looks at the shape, and validates everything but the bodies of functions, which the compiler
/// validates in its own process.
pub(crate) fn shape(file: &[u8], class: SizeClass) -> Result<Shape, Refusal> {
    let limits = class.file_limits();
    if file.len() > limits.file_bytes_max {
        return Err(too_many(
            "file",
            file.len() as u64,
            limits.file_bytes_max as u64,
            "字节",
            "bytes",
        ));
    }
    if !file.starts_with(&COMPONENT_MAGIC) {
        return Err(no_component(file));
    }
    if top_level(file).is_none() {
        return Err(broken(&"a section ends beyond the file"));
    }
    let (mut shape, mut code) = (Shape::default(), Code::default());
    let mut validator = Validator::new_with_features(features());
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(file) {
        let payload = payload.map_err(|error| broken(&error))?;
        match &payload {
            Payload::Version { encoding, .. } => {
                depth += 1;
                match encoding {
                    Encoding::Module => shape.modules += 1,
                    Encoding::Component => shape.components += 1,
                }
            }
            Payload::End(_) => depth -= 1,
            Payload::CodeSectionEntry(body) => code.add(body, &limits)?,
            other => shape.add(other, &limits)?,
        }
        if depth > limits::NESTING_MAX {
            return Err(too_many(
                "nesting",
                u64::from(depth),
                u64::from(limits::NESTING_MAX),
                "层",
                "levels",
            ));
        }
        shape.check(&limits)?;
        validator.payload(&payload).map_err(|error| broken(&error))?;
    }
    Ok(shape)
}

impl Shape {
    fn add(&mut self, payload: &Payload<'_>, limits: &FileLimits) -> Result<(), Refusal> {
        let count = match payload {
            Payload::FunctionSection(it) => {
                self.functions = self.functions.saturating_add(it.count());
                0
            }
            Payload::MemorySection(it) => {
                self.memories = self.memories.saturating_add(it.count());
                for memory in it.clone() {
                    let memory = memory.map_err(|error| broken(&error))?;
                    let bytes = memory.initial.saturating_mul(PAGE_BYTES);
                    self.memory_bytes = self.memory_bytes.saturating_add(bytes);
                }
                0
            }
            Payload::TableSection(it) => {
                self.tables = self.tables.saturating_add(it.count());
                for table in it.clone() {
                    let elements = table.map_err(|error| broken(&error))?.ty.initial;
                    let max = limits.table_elements_max;
                    if elements > max {
                        return Err(too_many("table", elements, max, "个元素", "elements"));
                    }
                }
                0
            }
            Payload::InstanceSection(it) => self.instances(it.count()),
            Payload::ComponentInstanceSection(it) => self.instances(it.count()),
            Payload::TypeSection(it) => it.count(),
            Payload::ImportSection(it) => it.count(),
            Payload::GlobalSection(it) => it.count(),
            Payload::ExportSection(it) => it.count(),
            Payload::ElementSection(it) => it.count(),
            Payload::DataSection(it) => it.count(),
            Payload::CoreTypeSection(it) => it.count(),
            Payload::ComponentAliasSection(it) => it.count(),
            Payload::ComponentTypeSection(it) => it.count(),
            Payload::ComponentCanonicalSection(it) => it.count(),
            Payload::ComponentImportSection(it) => it.count(),
            Payload::ComponentExportSection(it) => it.count(),
            _ => 0,
        };
        self.items = self.items.saturating_add(count);
        Ok(())
    }

    fn instances(&mut self, count: u32) -> u32 {
        self.instances = self.instances.saturating_add(count);
        0
    }

    fn check(&self, limits: &FileLimits) -> Result<(), Refusal> {
        let rules = [
            ("functions", self.functions, limits.functions_max, "个函数", "functions"),
            ("modules", self.modules, limits.modules_max, "个模块", "modules"),
            ("components", self.components, limits.modules_max, "个组件", "components"),
            ("instances", self.instances, limits.instances_max, "个实例", "instances"),
            ("memories", self.memories, limits.memories_max, "个内存", "memories"),
            ("tables", self.tables, limits.tables_max, "个表", "tables"),
            (
                "items",
                self.items,
                limits.items_max,
                "个条目",
                "types, imports, exports and segments",
            ),
        ];
        for (subject, have, max, zh, en) in rules {
            if have > max {
                return Err(too_many(subject, u64::from(have), u64::from(max), zh, en));
            }
        }
        Ok(())
    }
}

/// Checks that the memories fit what a call may have before they grow at all.
pub(crate) fn check_memory(
    shape: &Shape,
    manifest: &Manifest,
    class: SizeClass,
    faults: &mut Faults,
) {
    let max = CallLimits::of(manifest.kind, class, manifest.limits).memory_bytes_max as u64;
    if shape.memory_bytes > max {
        let (have_kib, max_kib) = (shape.memory_bytes.div_ceil(1024), max / 1024);
        faults.add(
            "memory",
            format!("一开始就要 {have_kib} KiB，上限 {max_kib} KiB。请减小静态数据，或在清单 limits.memory_mib 中申请"),
            format!(
                "begins with {have_kib} KiB, may have {max_kib} KiB; use less static data or wish for more under limits.memory_mib"
            ),
        );
    }
}

fn too_many(subject: &str, have: u64, max: u64, zh: &str, en: &str) -> Refusal {
    Refusal::of(Fault::new(
        subject,
        format!(
            "有 {have} {zh}，上限 {max}。解释型语言（Python、JavaScript）的插件需由运维人员授予更大的规格"
        ),
        format!(
            "{have} {en}, want at most {max}; plugins that carry an interpreter (Python, JavaScript) need a larger class that an operator grants"
        ),
    ))
}

fn no_component(file: &[u8]) -> Refusal {
    let (zh, en) = if file.starts_with(&MODULE_MAGIC) {
        (
            "这是 wasm 核心模块，不是组件。请用 `taihu plugin build` 与 `taihu plugin pack` 生成",
            "a core module, no component; make one with `taihu plugin build` and `taihu plugin pack`",
        )
    } else if file.starts_with(b"\x7fELF") {
        (
            "这是机器码。内核只接受 wasm 组件，由内核自己编译",
            "native code; the kernel takes wasm components only and compiles them itself",
        )
    } else {
        ("不是 wasm 组件", "no wasm component")
    };
    Refusal::of(Fault::new("file", zh, en))
}

fn broken(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::of(Fault::new(
        "file",
        format!(
            "不是有效的 wasm 组件：{error}。请用 wasm32-unknown-unknown 重新构建，不要启用新的 wasm 特性"
        ),
        format!(
            "no valid component: {error}; build it for wasm32-unknown-unknown without new features of wasm"
        ),
    ))
}
