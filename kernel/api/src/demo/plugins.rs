//! The bundled plugins: building, packing, installing them where Huzhou runs them.

use std::path::Path;

use taihu_model::{GrantRequest, PluginKind, PluginName, TenantSlug};
use taihu_service::signatures::{self, Password};
use taihu_service::{Caller, Home, InstallOptions, Role};

use crate::author;
use crate::cli::{Failure, Say};

/// On whose ground each bundled plugin runs.
pub(crate) const BUNDLED: &[(&str, &str)] = &[
    ("oai-pmh", "city"),
    ("spreadsheet", "city"),
    ("json-http", "city"),
    ("relevance", "city"),
    ("readiness", "city"),
    ("changxing-newenergy", "changxing"),
    ("deqing-geoinfo", "deqing"),
];

/// Weights of the bundled scorers in the fused score: what a need asks for counts more than how
/// ready the answer is.
const WEIGHTS: &[(&str, u16)] = &[("relevance", 500), ("readiness", 200)];

/// Grants what a plugin wishes for. Hosts need a second person: here one that is made for it, and
/// whose token ends at once.
fn decide(
    home: &Home,
    caller: &Caller,
    tenant: &TenantSlug,
    name: &PluginName,
    say: Say,
) -> Result<(), Failure> {
    let kernel = &home.kernel;
    let all = GrantRequest { all: true, ..GrantRequest::default() };
    let grant = kernel.grant_plugin(caller, tenant, name, &all)?;
    if grant.pending().is_empty() {
        return Ok(());
    }
    let (second, token) = kernel.issue_token(caller, "第二位管理员", Role::City, kernel.city())?;
    let seconded = kernel.second_grant(&kernel.authenticate(&token)?, tenant, name);
    kernel.revoke_token(caller, second.id)?;
    let agreed = seconded?.granted.two_person().lines().join("; ");
    say.line(format!("  {name} 的网络授权由第二人同意 · a second person agreed: {agreed}"));
    Ok(())
}

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

/// The key that signs the bundled plugins, made once in each data directory.
const KEY: &str = "bundled-publisher.key";

/// Signs, installs and enables them: this directory's own key is made, and added as the city's. What
/// is there already stays as it is.
pub(crate) fn install(
    home: &Home,
    caller: &Caller,
    packed: &[author::Packed],
    say: Say,
) -> Result<(), Failure> {
    let kernel = &home.kernel;
    let key = home.secret(KEY, || Ok(signatures::keygen(Password::None)?.secret))?;
    let public = signatures::public_of(&key, Password::None)?;
    let publisher =
        kernel.add_publisher(caller, kernel.city(), &public, "湖州市 自带插件 bundled plugins")?;
    say.line(format!(
        "  签名密钥 {}（{}） · the key that signs them",
        publisher.key, publisher.tenant
    ));
    for plugin in packed {
        let name = &plugin.manifest.name;
        let comment = signatures::comment(&plugin.manifest, &plugin.bytes, kernel.now());
        let signature = signatures::sign(&plugin.bytes, &key, Password::None, &comment)?;
        let tenant = BUNDLED
            .iter()
            .find(|(bundled, _)| *bundled == name.as_str())
            .map_or("city", |(_, tenant)| tenant);
        let tenant = tenant.parse().map_err(|error| Failure::new("", format!("{error}")))?;
        let weight = WEIGHTS.iter().find(|(of, _)| *of == name.as_str()).map(|(_, weight)| *weight);
        let options =
            InstallOptions { weight, signature: Some(signature), ..InstallOptions::default() };
        kernel.install(caller, &tenant, &plugin.bytes, options)?;
        decide(home, caller, &tenant, name, say)?;
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
