//! The custom sections of a component's file: where the manifest and the contract cases are.

use std::ops::Range;

use taihu_model::{Case, Manifest, PluginKind, PluginName, Version};

use crate::limits;
use crate::{Blame, Fault, Refusal};

/// Name of the custom section with the manifest, a JSON object.
pub(crate) const MANIFEST: &str = "taihu:manifest";
/// Name of the custom section with the contract cases, a JSON array.
pub(crate) const CASES: &str = "taihu:cases";

/// The eight bytes that every component begins with.
pub(crate) const COMPONENT_MAGIC: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
/// The eight bytes that every core module begins with.
pub(crate) const MODULE_MAGIC: [u8; 8] = [0, b'a', b's', b'm', 1, 0, 0, 0];

/// One section of a file's top level.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    /// Its name and content, if it is a custom section.
    pub(crate) custom: Option<(&'a str, &'a [u8])>,
    /// All of its bytes in the file.
    pub(crate) range: Range<usize>,
}

/// Walks the sections of the top level. Only sizes and names are read.
///
/// Returns `None` if a section does not end within the file.
pub(crate) fn top_level(file: &[u8]) -> Option<Vec<Section<'_>>> {
    let mut sections = Vec::new();
    let mut at = COMPONENT_MAGIC.len();
    while at < file.len() {
        let start = at;
        let id = *file.get(at)?;
        let (size, content) = leb(file, at + 1)?;
        let end = content.checked_add(size)?;
        let payload = file.get(content..end)?;
        let custom = if id == 0 {
            let (length, name) = leb(payload, 0)?;
            let name_end = name.checked_add(length)?;
            let text = std::str::from_utf8(payload.get(name..name_end)?).ok()?;
            Some((text, &payload[name_end..]))
        } else {
            None
        };
        sections.push(Section { custom, range: start..end });
        at = end;
    }
    Some(sections)
}

/// Reads an unsigned LEB128 number of at most 32 bits: the number and where it ends.
fn leb(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0u64;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((usize::try_from(u32::try_from(value).ok()?).ok()?, at));
        }
    }
    None
}

/// Reads the manifest and the cases of a file whose shape has been checked.
pub(crate) fn read(file: &[u8]) -> Result<(Manifest, Vec<Case>), Refusal> {
    let sections = top_level(file).unwrap_or_default();
    let of = |name: &str| {
        let mut found = sections
            .iter()
            .filter_map(|section| section.custom)
            .filter(|(is, _)| *is == name)
            .map(|(_, content)| content);
        (found.next(), found.next().is_some())
    };
    let parse = |name: &'static str, bytes_max: usize| {
        let (content, twice) = of(name);
        if twice {
            return Err(refuse(
                name,
                "有两个同名的段，请重新打包",
                "the section is there twice; pack the plugin again",
            ));
        }
        match content {
            Some(content) if content.len() > bytes_max => Err(refuse(
                name,
                &format!("长 {} 字节，上限 {bytes_max}", content.len()),
                &format!("{} bytes long, want at most {bytes_max}", content.len()),
            )),
            content => Ok(content),
        }
    };
    let Some(manifest) = parse(MANIFEST, limits::MANIFEST_BYTES_MAX)? else {
        return Err(refuse(
            MANIFEST,
            "缺少清单。请用 `taihu plugin pack` 打包",
            "there is no manifest; pack the plugin with `taihu plugin pack`",
        ));
    };
    let manifest =
        json(MANIFEST, manifest).map_err(|refusal| field_of(manifest).unwrap_or(refusal))?;
    let cases = match parse(CASES, limits::CASES_BYTES_MAX)? {
        Some(cases) => json(CASES, cases)?,
        None => Vec::new(),
    };
    Ok((manifest, cases))
}

/// Finds the fields of a manifest that authors get wrong most often, where the whole can't be read.
fn field_of(manifest: &[u8]) -> Option<Refusal> {
    let manifest: serde_json::Value = serde_json::from_slice(manifest).ok()?;
    let text = |field: &str| manifest.get(field).and_then(serde_json::Value::as_str);
    let shown = |text: &str| text.chars().take(80).collect::<String>();
    let mut faults = Vec::new();
    if let Some(version) = text("version").filter(|it| it.parse::<Version>().is_err()) {
        faults.push(Fault::new(
            "manifest.version",
            format!("{:?} 不是语义化版本。请写成三段，如 0.1.0", shown(version)),
            format!(
                "{:?} is no semantic version; want three numbers, such as 0.1.0",
                shown(version)
            ),
        ));
    }
    if let Some(name) = text("name").filter(|it| it.parse::<PluginName>().is_err()) {
        faults.push(Fault::new(
            "manifest.name",
            format!("{:?} 不能作插件名。请用小写字母、数字和连字符，以字母开头，如 my-scorer", shown(name)),
            format!(
                "{:?} is no name of a plugin; want lower-case letters, digits and hyphens, beginning with a letter, such as my-scorer",
                shown(name)
            ),
        ));
    }
    let kinds = [PluginKind::Scorer, PluginKind::NichePool, PluginKind::Connector];
    if let Some(kind) = text("kind").filter(|it| kinds.iter().all(|kind| kind.world() != *it)) {
        faults.push(Fault::new(
            "manifest.kind",
            format!("{:?} 不是插件种类。请用 scorer、niche-pool 或 connector", shown(kind)),
            format!("{:?} is no kind of plugin; want scorer, niche-pool or connector", shown(kind)),
        ));
    }
    (!faults.is_empty()).then_some(Refusal { faults, blame: Blame::Plugin })
}

fn json<T: serde::de::DeserializeOwned>(name: &str, content: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(content).map_err(|error| {
        refuse(
            name,
            &format!("无法读取：{error}。请改正 plugin.toml 或用例后重新打包"),
            &format!("can't be read: {error}; mend plugin.toml or the cases and pack again"),
        )
    })
}

fn refuse(subject: &str, zh: &str, en: &str) -> Refusal {
    Refusal::of(Fault::new(subject, zh, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_to_their_end() {
        assert_eq!(leb(&[0x05], 0), Some((5, 1)));
        assert_eq!(leb(&[0xe5, 0x8e, 0x26], 0), Some((624_485, 3)));
        assert_eq!(leb(&[0xff, 0xff, 0xff, 0xff, 0x0f], 0), Some((u32::MAX as usize, 5)));
        assert_eq!(leb(&[0xff, 0xff, 0xff, 0xff, 0x1f], 0), None);
        assert_eq!(leb(&[0x80], 0), None);
    }

    #[test]
    fn a_section_beyond_the_file_is_no_section() {
        let mut file = COMPONENT_MAGIC.to_vec();
        file.extend([0, 200, 1]);
        assert!(top_level(&file).is_none());
    }
}
