//! The author's side: from a core module to a component, and from a component to a plugin's file.

use std::borrow::Cow;

use taihu_model::{Case, Manifest, PluginKind};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::admit::{self, CASES, MANIFEST};
use crate::contract::contract;
use crate::limits;
use crate::{Fault, PackError};

/// The eight bytes that every component begins with.
const COMPONENT_MAGIC: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
/// What `wit-bindgen` names the custom section in which a module says its world.
const WORLD_SECTION: &str = "component-type";

fn fault(subject: &str, zh: impl Into<String>, en: impl Into<String>) -> PackError {
    PackError { fault: Fault::new(subject, zh, en) }
}

/// Makes a component of a core module that was built against the contract.
///
/// A module that does not say its world (hand-written, or built without `wit-bindgen`) is taken to
/// implement that of `kind` under the names of the canonical ABI (`taihu:plugin/scoring@0.1.0#score`,
/// `cabi_realloc`, `memory`). A file that is a component already is handed back as it is.
/// Deterministic: same module, same bytes.
///
/// # Errors
/// If the module is none, imports something else, or lacks an export: what, and what to do.
pub fn componentize(module: &[u8], kind: PluginKind) -> Result<Vec<u8>, PackError> {
    if module.starts_with(&COMPONENT_MAGIC) {
        return Ok(module.to_vec());
    }
    let Some(sections) = admit::top_level(module) else {
        return Err(fault("module", "不是完整的 wasm 模块", "no complete wasm module"));
    };
    let says_world = sections
        .iter()
        .any(|section| section.custom.is_some_and(|(name, _)| name.starts_with(WORLD_SECTION)));
    let module =
        if says_world { Cow::Borrowed(module) } else { Cow::Owned(with_world(module, kind)?) };
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| explain(&format!("{error:#}")))
}

fn with_world(module: &[u8], kind: PluginKind) -> Result<Vec<u8>, PackError> {
    let broken = |error: String| fault("wit", format!("内置接口有误：{error}"), error);
    let contract = contract().map_err(broken)?;
    let world = contract.world(kind).ok_or_else(|| broken("no such world".to_owned()))?;
    let mut module = module.to_vec();
    embed_component_metadata(&mut module, &contract.resolve, world, StringEncoding::UTF8, false)
        .map_err(|error| broken(format!("{error:#}")))?;
    Ok(module)
}

fn explain(error: &str) -> PackError {
    let (zh, en) = if error.contains("wasi") {
        (
            "模块导入了 WASI。请以 wasm32-unknown-unknown 为目标构建，不要用 wasip1、wasip2",
            "the module imports WASI; build for wasm32-unknown-unknown, not wasip1 or wasip2",
        )
    } else if error.contains("wbindgen") || error.contains("wasm_bindgen") {
        (
            "模块导入了 wasm-bindgen。请去掉引入它的依赖或其 js 特性",
            "the module imports wasm-bindgen; drop the dependency that brings it, or its js feature",
        )
    } else {
        (
            "请用 SDK 的宏导出插件，并按内核的 wit/ 构建",
            "export the plugin with the SDK's macro, and build it with the kernel's wit/",
        )
    };
    fault(
        "module",
        format!("无法生成组件：{zh}（{error}）"),
        format!("makes no component: {en} ({error})"),
    )
}

/// Puts manifest and contract cases into a component, so that one file is everything.
///
/// Replaces earlier ones; everything else stays byte for byte. Same input, same bytes.
///
/// # Errors
/// If the file is no component, or manifest or cases are too large.
pub fn pack(component: &[u8], manifest: &Manifest, cases: &[Case]) -> Result<Vec<u8>, PackError> {
    let mut packed = strip(component)?;
    append(&mut packed, MANIFEST, &json(manifest)?, limits::MANIFEST_BYTES_MAX)?;
    if !cases.is_empty() {
        append(&mut packed, CASES, &json(&cases)?, limits::CASES_BYTES_MAX)?;
    }
    Ok(packed)
}

/// Reads manifest and cases out of a plugin's file, and the component as it was before packing.
///
/// Nothing of the component itself is checked: that is what [`Sandbox::admit`](crate::Sandbox::admit) does.
///
/// # Errors
/// If the file is no component, or has no manifest that can be read.
pub fn unpack(file: &[u8]) -> Result<(Manifest, Vec<Case>, Vec<u8>), PackError> {
    let component = strip(file)?;
    let (manifest, cases) = admit::read_sections(file).map_err(|refusal| {
        let fault = refusal.faults.into_iter().next();
        PackError {
            fault: fault.unwrap_or_else(|| Fault::new(MANIFEST, "无法读取", "unreadable"))
        }
    })?;
    Ok((manifest, cases, component))
}

/// The component without our own sections.
fn strip(component: &[u8]) -> Result<Vec<u8>, PackError> {
    let sections = component.starts_with(&COMPONENT_MAGIC).then(|| admit::top_level(component));
    let Some(sections) = sections.flatten() else {
        return Err(fault("file", "不是完整的 wasm 组件", "no complete wasm component"));
    };
    let mut kept = COMPONENT_MAGIC.to_vec();
    kept.reserve(component.len());
    for section in sections {
        let ours = section.custom.is_some_and(|(name, _)| name == MANIFEST || name == CASES);
        if !ours {
            kept.extend_from_slice(&component[section.range]);
        }
    }
    Ok(kept)
}

fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, PackError> {
    serde_json::to_vec(value)
        .map_err(|error| fault("json", format!("无法写出：{error}"), error.to_string()))
}

fn append(
    file: &mut Vec<u8>,
    name: &str,
    content: &[u8],
    bytes_max: usize,
) -> Result<(), PackError> {
    if content.len() > bytes_max {
        return Err(fault(
            name,
            format!("长 {} 字节，上限 {bytes_max}", content.len()),
            format!("{} bytes long, want at most {bytes_max}", content.len()),
        ));
    }
    let mut payload = Vec::with_capacity(name.len() + content.len() + 5);
    leb(&mut payload, name.len());
    payload.extend_from_slice(name.as_bytes());
    payload.extend_from_slice(content);
    section(file, 0, &payload);
    Ok(())
}

/// Appends a section of an id.
pub(crate) fn section(file: &mut Vec<u8>, id: u8, payload: &[u8]) {
    file.push(id);
    leb(file, payload.len());
    file.extend_from_slice(payload);
}

/// Writes an unsigned LEB128 number.
pub(crate) fn leb(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}
