//! Those that must not get in: refused by their shape, their sections, their manifest or their world.

use std::fmt::Write as _;

use serde_json::{Value, json};
use taihu_model::PluginKind::{self, Connector, NichePool, Scorer};

use super::Expectation::Door;
use super::Target::{self, Admission, Memory, Parser};
use super::files::{component, manifest, scorer_of};
use super::{Hostile, Source, honest};
use crate::admit::{CASES, MANIFEST};
use crate::limits;
use crate::pack::section;

type Made = Result<Vec<u8>, String>;

const fn door(
    name: &'static str,
    kind: PluginKind,
    target: Target,
    words: &'static str,
    (zh, en): (&'static str, &'static str),
    make: fn() -> Made,
) -> Hostile {
    Hostile { name, zh, en, kind, target, want: Door(words), source: Source::Made(make) }
}

#[rustfmt::skip]
pub(super) const TABLE: &[Hostile] = &[
    door("text_file", Scorer, Parser, "file: no wasm component",
        ("上传的是文本文件", "a text file"),
        || Ok("名称,简介\n".repeat(100).into_bytes())),
    door("native_code", Scorer, Admission, "file: native code",
        ("上传的是已编译的机器码，想绕过编译", "native code, so that nobody compiles it"),
        || Ok([b"\x7fELF\x02\x01\x01\0wasmtime".as_slice(), &[0x90; 4096]].concat())),
    door("core_module", Scorer, Admission, "file: a core module",
        ("核心模块，不是组件", "a core module, no component"),
        || super::module(Scorer, include_str!("honest.wat"))),
    door("cut_in_half", Scorer, Parser, "file: no valid component",
        ("组件被截去一半", "a component cut in half"),
        || honest(Scorer).map(|mut file| { file.truncate(file.len() / 2); file })),
    door("too_large", Scorer, Memory, "file: 4194305 bytes, want at most 4194304",
        ("文件比上限大一个字节", "a file one byte larger than may be"),
        || honest(Scorer).map(|mut file| { file.resize(LARGE, 0); file })),
    door("section_without_end", Scorer, Parser, "file: no valid component",
        ("声称有一个 4 GB 的段", "says that it has a section of 4 GB"),
        || honest(Scorer).map(|file| [file, b"\x00\xff\xff\xff\xff\x0f".to_vec()].concat())),
    door("lying_count", Scorer, Parser, "functions: 4294967295 functions",
        ("声称有 42 亿个函数", "says that it has 4.2 thousand million functions"),
        || component_of_module(b"\x03\x05\xff\xff\xff\xff\x0f")),
    door("name_not_utf8", Scorer, Parser, "file: no valid component",
        ("导出名不是合法文本", "an export whose name is no text"),
        || component_of_module(b"\x07\x06\x01\x02\xff\xfe\x00\x00")),
    door("type_bomb", Scorer, Parser, "file: no valid component",
        ("40 行写出的类型，展开有一万亿项", "a type of 40 lines that has a million million parts"),
        type_bomb),
    door("type_tower", Scorer, Parser, "file: no valid component",
        ("两千层套叠的类型，逐层下探会用尽栈", "a type nested two thousand times, to use up a reader's stack"),
        type_tower),
    door("nested_components", Scorer, Parser, "nesting: 5 levels, want at most 4",
        ("组件套组件，五十层", "a component within a component, fifty times"),
        || scorer_of(&("(component ".repeat(50) + &")".repeat(50)))),
    door("no_manifest", Scorer, Admission, "taihu:manifest: there is no manifest",
        ("没有清单", "no manifest"),
        || component(Scorer, include_str!("honest.wat"))),
    door("manifest_twice", Scorer, Admission, "taihu:manifest: the section is there twice",
        ("两份清单，给审查者看一份，给内核看另一份", "two manifests: one for who looks at it, one for the kernel"),
        || with_section(MANIFEST, &manifest_json(|_| {})?)),
    door("manifest_no_json", Scorer, Parser, "taihu:manifest: can't be read",
        ("清单不是 JSON", "a manifest that is no JSON"),
        || bare_with(MANIFEST, b"name = \"scorer\"")),
    door("manifest_tower", Scorer, Parser, "taihu:manifest: can't be read",
        ("清单是三万层方括号，想用尽栈", "a manifest of thirty thousand brackets, to use up the stack"),
        || bare_with(MANIFEST, "[".repeat(30_000).as_bytes())),
    door("manifest_too_large", Scorer, Memory, "taihu:manifest: 65537 bytes long",
        ("清单超过 64 KiB", "a manifest of more than 64 KiB"),
        || bare_with(MANIFEST, &[b' '; limits::MANIFEST_BYTES_MAX + 1])),
    door("manifest_unknown_field", Scorer, Admission, "unknown field `root`",
        ("清单里多一个字段，自称有最高权限", "a manifest with one field more, which says that it may do anything"),
        || lying(|it| it["root"] = true.into())),
    door("wishes_for_days", Scorer, Admission, "manifest.limits.cpu_ms: wishes for 4000000000 ms",
        ("申请 46 天的计算时间", "wishes for 46 days of CPU time"),
        || lying(|it| it["limits"] = json!({ "cpu_ms": 4_000_000_000_u32 }))),
    door("wishes_for_secrets", Scorer, Admission, "\"kernel.seal_key\" is no field",
        ("申请读取内核的密钥", "wishes to read the kernel's key"),
        || lying(|it| it["reads"][0]["field"] = "kernel.seal_key".into())),
    door("scorer_wishes_for_network", Scorer, Admission, "only connectors may wish for hosts",
        ("评分插件申请上网", "a scorer that wishes for the network"),
        || lying(|it| it["hosts"] = json!([{ "origin": "https://a.example", "methods": ["GET"], "reason": REASON() }]))),
    door("lies_about_its_kind", NichePool, Admission, "a niche-pool exports taihu:plugin/classifying@0.1.0",
        ("清单说是细分成果池，代码是评分", "says that it is a niche pool and is a scorer"),
        || lying(|it| it["kind"] = "niche-pool".into())),
    door("name_is_a_path", Scorer, Admission, "taihu:manifest: can't be read",
        ("插件名是 ../../etc/passwd", "a name that is a path"),
        || lying(|it| it["name"] = "../../etc/passwd".into())),
    door("title_controls_terminal", Scorer, Admission, "manifest.title.en",
        ("标题里有控制终端的字符", "a title that clears the reader's terminal"),
        || lying(|it| it["title"]["en"] = "a\u{1b}[2J".into())),
    door("cases_of_another_kind", Scorer, Admission, "for a connector, but the plugin is a scorer",
        ("用例是另一种插件的", "cases of another kind"),
        || with_section(CASES, br#"[{"name": "c", "harvest": {"replies": []}}]"#)),
    door("too_many_cases", Scorer, Admission, "cases: 201 of them, want at most 200",
        ("201 个用例，拖慢安装", "201 cases, to make installing slow"),
        || with_section(CASES, format!("[{}]", vec![CASE; 201].join(",")).as_bytes())),
    door("imports_files", Scorer, Admission, "import wasi:filesystem/types@0.2.0: the kernel links no WASI",
        ("想导入文件系统", "wants to import the file system"),
        || scorer_of(r#"(component (import "wasi:filesystem/types@0.2.0" (instance)))"#)),
    door("imports_sockets", Connector, Admission, "import wasi:sockets/tcp@0.2.0: the kernel links no WASI",
        ("想导入套接字", "wants to import sockets"),
        || scorer_of(r#"(component (import "wasi:sockets/tcp@0.2.0" (instance)))"#)),
    door("imports_more_of_log", Scorer, Admission, "import taihu:plugin/log@0.1.0#read: the kernel has no such function",
        ("想从日志接口多要一个函数", "wants one function more of the log"),
        || scorer_of(r#"(component (import "taihu:plugin/log@0.1.0" (instance (export "read" (func)))))"#)),
    door("imports_other_types", Scorer, Admission, "write: parameter level: u8, the kernel has enum level",
        ("导入的函数类型不同", "imports a function by another type"),
        || scorer_of(r#"(component (import "taihu:plugin/log@0.1.0" (instance
            (export "write" (func (param "level" u8) (param "message" string))))))"#)),
    door("exports_nothing", Scorer, Admission, "export taihu:plugin/scoring@0.1.0: missing",
        ("什么也不导出", "exports nothing"),
        || scorer_of("(component)")),
    door("exports_next_version", Scorer, Admission, "another version, the kernel wants taihu:plugin/scoring@0.1.0",
        ("导出别的版本的接口", "exports another version of the interface"),
        || scorer_of(r#"(component (component $c) (instance $i (instantiate $c))
            (export "taihu:plugin/scoring@0.2.0" (instance $i)))"#)),
    door("exports_other_types", Scorer, Admission, "#describe: 0 parameters, the kernel's has 1",
        ("导出的函数类型不同", "exports functions of other types"),
        || scorer_of(include_str!("other_types.wat"))),
    door("memory64", Scorer, Admission, "file: no valid component",
        ("使用 64 位内存", "a memory of 64 bits"),
        || in_module("(memory i64 1)")),
    door("threads", Scorer, Admission, "file: no valid component",
        ("使用共享内存", "a memory shared between threads"),
        || in_module("(memory 1 1 shared)")),
    door("starts_large", Scorer, Memory, "memory: begins with 38400 KiB, may have 32768 KiB",
        ("一启动就要 37 MiB", "begins with 37 MiB"),
        || in_module("(memory 600)")),
    door("many_memories", Scorer, Memory, "memories: 3 memories, want at most 2",
        ("三个各自不大的内存", "three memories, none of them large"),
        || scorer_of(&format!("(component {})", "(core module (memory 1))".repeat(3)))),
    door("large_table", Scorer, Memory, "table: 60001 elements, want at most 60000",
        ("一启动就要 60,001 项的表", "begins with a table of 60,001 elements"),
        || in_module("(table 60001 funcref)")),
    door("many_instances", Scorer, Memory, "instances: 65 instances, want at most 64",
        ("65 个实例", "65 instances"),
        || scorer_of(&format!("(component (core module $m) {})", "(core instance (instantiate $m))".repeat(65)))),
    door("many_types", Scorer, Parser, "items: 20001 types",
        ("两万个类型", "20,001 types"),
        || in_module(&"(type (func))".repeat(20_001))),
];

/// One byte more than a file may have.
const LARGE: usize = (4 << 20) + 1;
/// A case that would pass.
const CASE: &str =
    r#"{"name": "c", "score": {"need": {"id": "n"}, "achievements": [{"id": "a"}]}}"#;
/// Any reason.
const REASON: fn() -> Value = || json!({ "zh": "用", "en": "use" });

fn in_module(body: &str) -> Made {
    scorer_of(&format!("(component (core module {body}))"))
}

/// A packed component around the bytes of a module's only section.
fn component_of_module(sections: &[u8]) -> Made {
    let module = [b"\0asm\x01\0\0\0".as_slice(), sections].concat();
    let mut file = b"\0asm\x0d\0\x01\0".to_vec();
    section(&mut file, 1, &module);
    file.extend(manifest_section()?);
    Ok(file)
}

fn manifest_section() -> Made {
    let mut packed = Vec::new();
    custom(&mut packed, MANIFEST, &manifest_json(|_| {})?);
    Ok(packed)
}

fn custom(file: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut payload = vec![u8::try_from(name.len()).unwrap_or(0)];
    payload.extend_from_slice(name.as_bytes());
    payload.extend_from_slice(content);
    section(file, 0, &payload);
}

fn manifest_json(change: impl FnOnce(&mut Value)) -> Made {
    let manifest = manifest("scorer", Scorer)?;
    let mut manifest = serde_json::to_value(manifest).map_err(|error| error.to_string())?;
    change(&mut manifest);
    serde_json::to_vec(&manifest).map_err(|error| error.to_string())
}

/// The honest scorer, bare, with one section of our own.
fn bare_with(name: &str, content: &[u8]) -> Made {
    let mut file = component(Scorer, include_str!("honest.wat"))?;
    custom(&mut file, name, content);
    Ok(file)
}

/// The honest scorer with another manifest.
fn lying(change: impl FnOnce(&mut Value)) -> Made {
    bare_with(MANIFEST, &manifest_json(change)?)
}

/// The honest scorer, packed, with one section more.
fn with_section(name: &str, content: &[u8]) -> Made {
    let mut file = honest(Scorer)?;
    custom(&mut file, name, content);
    Ok(file)
}

/// Each type is a pair of the one before.
fn type_bomb() -> Made {
    let mut text = String::from("(component (type $t0 (tuple u8 u8))");
    for at in 1..40 {
        let before = at - 1;
        let _ = write!(text, "(type $t{at} (tuple $t{before} $t{before}))");
    }
    text.push_str(r#"(import "steal" (func (param "it" $t39))))"#);
    scorer_of(&text)
}

/// Each type is a list of the one before.
fn type_tower() -> Made {
    let mut text = String::from("(component (type $t0 (list u8))");
    for at in 1..2_000 {
        let _ = write!(text, "(type $t{at} (list $t{}))", at - 1);
    }
    text.push_str(r#"(import "steal" (func (param "it" $t1999))))"#);
    scorer_of(&text)
}
