//! A new plugin's project: small, but it builds, passes its tests and can be installed.

use std::path::Path;

use taihu_model::{PluginKind, PluginName};

use super::{AuthorError, files};

/// The files of a project by their paths; `{…}` is filled in.
type Templates = [(&'static str, &'static str); 6];

/// What every kind has in common.
const CARGO: &str = include_str!("templates/Cargo.toml.txt");
const README: &str = include_str!("templates/README.md.txt");
const GITIGNORE: &str = "/target\n/*.wasm\n";

const fn templates(kind: PluginKind) -> Templates {
    let (manifest, code, case) = match kind {
        PluginKind::Scorer => (
            include_str!("templates/scorer.toml.txt"),
            include_str!("templates/scorer.rs.txt"),
            include_str!("templates/scorer.json.txt"),
        ),
        PluginKind::NichePool => (
            include_str!("templates/niche-pool.toml.txt"),
            include_str!("templates/niche-pool.rs.txt"),
            include_str!("templates/niche-pool.json.txt"),
        ),
        PluginKind::Connector => (
            include_str!("templates/connector.toml.txt"),
            include_str!("templates/connector.rs.txt"),
            include_str!("templates/connector.json.txt"),
        ),
    };
    [
        ("Cargo.toml", CARGO),
        ("plugin.toml", manifest),
        ("src/lib.rs", code),
        ("cases/first.json", case),
        ("README.md", README),
        (".gitignore", GITIGNORE),
    ]
}

/// Writes a new project that works into a folder that does not exist yet, or is empty.
///
/// `sdk` is where `sdk/rust` lies.
///
/// # Errors
/// [`AuthorError::Project`] if the folder has something in it, [`AuthorError::File`] if it cannot
/// be written or there is no SDK.
pub fn new_project(
    dir: &Path,
    name: &PluginName,
    kind: PluginKind,
    sdk: &Path,
) -> Result<(), AuthorError> {
    let occupied =
        dir.is_dir() && std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if occupied || dir.is_file() {
        let dir = dir.display();
        return Err(AuthorError::project(
            format!("{dir} 已存在且不为空，请换一个名称或先移走它"),
            format!("{dir} is there already; choose another name or move it away"),
        ));
    }
    let sdk = files::canonical(&sdk.join("Cargo.toml"))?;
    let sdk = sdk.parent().unwrap_or(&sdk).to_string_lossy().into_owned();
    for (path, template) in templates(kind) {
        files::write(&dir.join(path), fill(template, name, kind, &sdk).as_bytes())?;
    }
    Ok(())
}

fn fill(template: &str, name: &PluginName, kind: PluginKind, sdk: &str) -> String {
    template
        .replace("{name}", name.as_str())
        .replace("{kind}", kind.world())
        .replace("{sdk}", &sdk.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use taihu_model::{Case, CaseBody, Manifest};

    use super::*;

    #[track_caller]
    fn check(kind: PluginKind) {
        let name: PluginName = "my-plugin".parse().unwrap();
        let text = |path: &str| {
            let (_, template) = templates(kind).into_iter().find(|(at, _)| *at == path).unwrap();
            fill(template, &name, kind, "/opt/taihu/sdk/rust")
        };
        let manifest: Manifest = toml::from_str(&text("plugin.toml")).unwrap();
        assert_eq!((manifest.name, manifest.kind), (name.clone(), kind));
        let cargo: toml::Table = toml::from_str(&text("Cargo.toml")).unwrap();
        assert_eq!(cargo["package"]["name"].as_str(), Some("my-plugin"));
        assert_eq!(
            cargo["dependencies"]["taihu-plugin"]["path"].as_str(),
            Some("/opt/taihu/sdk/rust")
        );
        let case: Case = serde_json::from_str(&text("cases/first.json")).unwrap();
        let fits = match case.body {
            CaseBody::Score(_) => kind == PluginKind::Scorer,
            CaseBody::Classify(_) => kind == PluginKind::NichePool,
            CaseBody::Harvest(_) => kind == PluginKind::Connector,
        };
        assert!(fits, "the case of a {}", kind.world());
    }

    #[test]
    fn templates_are_what_the_kernel_reads() {
        for kind in PluginKind::ALL {
            check(*kind);
        }
    }
}
