//! From a fixture to a plugin's file.

use serde_json::json;
use taihu_model::{Case, Manifest, PluginKind};

use crate::pack::{leb, section};
use crate::{componentize, pack};

/// The honest guest of a kind: all that its fixtures stand behind. A scorer's has no `$score`.
const fn frame(kind: PluginKind) -> &'static str {
    match kind {
        PluginKind::Scorer => include_str!("frame.wat"),
        PluginKind::NichePool => include_str!("honest_pool.wat"),
        PluginKind::Connector => include_str!("honest_connector.wat"),
    }
}

/// Makes the core module of a fixture. What the fixture exports itself, the honest guest of its kind
/// no longer exports.
///
/// # Errors
/// If the fixture is no WAT.
pub fn module(kind: PluginKind, fixture: &str) -> Result<Vec<u8>, String> {
    let mut frame = frame(kind).to_owned();
    for export in exports(fixture) {
        frame = frame.replace(export, "");
    }
    // The guests of two kinds are whole modules: the fixture goes in before the last bracket.
    let text = match frame.trim_end().strip_suffix(')') {
        Some(open) if frame.contains("(module") => format!("{open}\n{fixture})"),
        _ => format!("(module {frame}\n{fixture})"),
    };
    wat::parse_str(text).map_err(|error| error.to_string())
}

/// Finds every `(export "…")` of a text.
fn exports(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("(export \"").filter_map(|(at, _)| {
        let rest = &text[at..];
        rest.find(')').map(|end| &rest[..=end])
    })
}

/// Makes a plugin's file of a fixture, with the [manifest] of its kind and no cases.
///
/// # Errors
/// If the fixture is no WAT, or no guest of its kind.
pub fn packed(name: &str, kind: PluginKind, fixture: &str) -> Result<Vec<u8>, String> {
    packed_as(&manifest(name, kind)?, &[], &component(kind, fixture)?)
}

/// Makes a component of a fixture, without a manifest.
pub(super) fn component(kind: PluginKind, fixture: &str) -> Result<Vec<u8>, String> {
    componentize(&module(kind, fixture)?, kind).map_err(|error| error.to_string())
}

/// Packs a component.
pub(super) fn packed_as(
    manifest: &Manifest,
    cases: &[Case],
    component: &[u8],
) -> Result<Vec<u8>, String> {
    pack(component, manifest, cases).map_err(|error| error.to_string())
}

/// Packs a component of WAT as a scorer.
pub(super) fn scorer_of(component: &str) -> Result<Vec<u8>, String> {
    let component = wat::parse_str(component).map_err(|error| error.to_string())?;
    packed_as(&manifest("scorer", PluginKind::Scorer)?, &[], &component)
}

/// The honest scorer with another component in it, of which it makes an instance of its own.
///
/// # Errors
/// If the other is no WAT of a component.
pub fn scorer_beside(name: &str, other: &str) -> Result<Vec<u8>, String> {
    let mut file = component(PluginKind::Scorer, include_str!("honest.wat"))?;
    let sections = crate::admit::top_level(&file).ok_or("no whole component")?;
    let nested = sections.iter().filter(|it| file[it.range.start] == COMPONENT_SECTION).count();
    let other = wat::parse_str(other).map_err(|error| error.to_string())?;
    section(&mut file, COMPONENT_SECTION, &other);
    let mut instance = vec![1, 0];
    leb(&mut instance, nested);
    instance.push(0);
    section(&mut file, COMPONENT_INSTANCE_SECTION, &instance);
    packed_as(&manifest(name, PluginKind::Scorer)?, &[], &file)
}

/// A component that takes so many handles of a resource of its own while its instance is made.
#[must_use]
pub fn takes_handles(count: u32) -> String {
    format!(
        r#"(component
            (type $own (resource (rep i32)))
            (core func $new (canon resource.new $own))
            (core module $takes
                (import "" "new" (func $new (param i32) (result i32)))
                (func $start (local $left i32)
                    (local.set $left (i32.const {count}))
                    (block $end
                        (loop $next
                            (br_if $end (i32.eqz (local.get $left)))
                            (drop (call $new (i32.const 7)))
                            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                            (br $next))))
                (start $start))
            (core instance (instantiate $takes
                (with "" (instance (export "new" (func $new)))))))"#
    )
}

/// Identifier of a section that holds a component, and of one that makes instances.
const COMPONENT_SECTION: u8 = 4;
const COMPONENT_INSTANCE_SECTION: u8 = 5;

/// Composes the manifest of a guest: it reads titles, and wishes for no limits of its own.
///
/// # Errors
/// If the name is none.
pub fn manifest(name: &str, kind: PluginKind) -> Result<Manifest, String> {
    let mut manifest = json!({
        "name": name.replace('_', "-"),
        "version": "0.1.0",
        "kind": kind,
        "title": { "zh": "试验", "en": "trial" },
        "description": { "zh": "试验用", "en": "for a trial" },
        "author": "湖州市科技局",
    });
    let reason = |zh: &str, en: &str| json!({ "zh": zh, "en": en });
    match kind {
        PluginKind::Connector => {
            manifest["files"] = reason("读取投放的文件", "to read dropped files");
        }
        _ => {
            let reason = reason("据名称判断", "to judge by it");
            manifest["reads"] = json!([{ "field": "achievement.title", "reason": reason }]);
        }
    }
    serde_json::from_value(manifest).map_err(|error| error.to_string())
}
