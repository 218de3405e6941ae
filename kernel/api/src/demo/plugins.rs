//! The bundled plugins: building, packing, installing them where Huzhou runs them.

use std::path::Path;

use taihu_model::PluginKind;
use taihu_service::{Caller, InstallOptions, Kernel};

use crate::author;
use crate::cli::{Failure, Say};

/// On whose ground each bundled plugin runs.
pub(crate) const BUNDLED: &[(&str, &str)] = &[
    ("oai-pmh", "city"),
    ("spreadsheet", "city"),
    ("relevance", "city"),
    ("readiness", "city"),
    ("changxing-newenergy", "changxing"),
    ("deqing-geoinfo", "deqing"),
];

/// Weights of the bundled scorers in the fused score: what a need asks for counts more than how
/// ready the answer is.
const WEIGHTS: &[(&str, u16)] = &[("relevance", 500), ("readiness", 200)];

/// Builds and packs every bundled plugin.
pub(crate) fn build(root: &Path, say: Say) -> Result<Vec<author::Packed>, Failure> {
    let dir = root.join("plugins");
    let built = author::build_workspace(&dir, &mut |line| say.line(format!("  {line}")))?;
    let mut packed = Vec::new();
    for (name, _) in BUNDLED {
        let module = built.get(*name).ok_or_else(|| {
            Failure::new(format!("没有构建出插件 {name}"), format!("plugin {name} was not built"))
        })?;
        packed.push(author::pack(&dir.join(name), &crate::cli::read(module)?)?);
    }
    Ok(packed)
}

/// Installs and enables them. What is there already stays as it is.
pub(crate) fn install(
    kernel: &Kernel,
    caller: &Caller,
    packed: &[author::Packed],
    say: Say,
) -> Result<(), Failure> {
    for plugin in packed {
        let name = &plugin.manifest.name;
        let tenant = BUNDLED
            .iter()
            .find(|(bundled, _)| *bundled == name.as_str())
            .map_or("city", |(_, tenant)| tenant);
        let tenant = tenant.parse().map_err(|error| Failure::new("", format!("{error}")))?;
        let weight = WEIGHTS.iter().find(|(of, _)| *of == name.as_str()).map(|(_, weight)| *weight);
        let options = InstallOptions { weight, ..InstallOptions::default() };
        kernel.install(caller, &tenant, &plugin.bytes, options)?;
        kernel.enable(caller, &tenant, name)?;
        let kind: PluginKind = plugin.manifest.kind;
        say.line(format!(
            "  ✓ {} {}（{}，{tenant}）：{}，自带用例 {} 个全部通过",
            name,
            plugin.manifest.version,
            kind.zh(),
            plugin.manifest.title.zh,
            plugin.cases
        ));
    }
    Ok(())
}
