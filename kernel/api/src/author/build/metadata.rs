//! What cargo says: of a workspace before a build, and of modules after it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Built;
use crate::author::environment::clean_command;
use crate::author::toolchain::TARGET;
use crate::author::{AuthorError, process};

/// `cargo metadata`, as far as a build needs it.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    pub(super) workspace_root: PathBuf,
    target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(super) struct Package {
    id: String,
    pub(super) name: String,
    source: Option<String>,
    pub(super) manifest_path: PathBuf,
}

impl Package {
    pub(super) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

impl Metadata {
    /// Asks cargo about the project in this folder.
    pub(super) fn of(dir: &Path) -> Result<Self, AuthorError> {
        let mut command = clean_command("cargo");
        command.current_dir(dir).args(["metadata", "--format-version", "1", "--quiet"]);
        let output = process::run(command, &mut |_| {})?;
        serde_json::from_str(&output).map_err(|error| {
            AuthorError::project(
                format!("cargo metadata 的输出无法读取：{error}"),
                format!("the output of cargo metadata cannot be read: {error}"),
            )
        })
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// Folders of sources outside of the workspace's own, such as the SDK's.
    pub(super) fn outside(&self) -> BTreeSet<PathBuf> {
        self.packages
            .iter()
            .filter(|package| package.source.is_none())
            .filter(|package| !package.manifest_path.starts_with(&self.workspace_root))
            .filter_map(|package| package.folder().parent().map(Path::to_owned))
            .collect()
    }

    /// Where cargo keeps the sources of crates: the folder above that of the registry's name.
    pub(super) fn registry(&self) -> Option<PathBuf> {
        let package = self.packages.iter().find(|package| {
            package.source.as_ref().is_some_and(|source| source.starts_with("registry+"))
        })?;
        package.folder().parent().map(Path::to_owned)
    }

    /// True if the standard library seems to have been built here before.
    pub(super) fn std_is_built(&self) -> bool {
        self.target_directory.join(TARGET).join("release/deps").is_dir()
    }
}

/// One line of `--message-format json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    target: Kinds,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Default, Deserialize)]
struct Kinds {
    #[serde(default)]
    kind: Vec<String>,
}

/// The modules among what cargo made. Lines that are no message are passed over.
pub(super) fn artifacts(output: &str) -> Vec<Built> {
    output
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| message.reason == "compiler-artifact")
        .filter(|message| message.target.kind.iter().any(|kind| kind == "cdylib"))
        .filter_map(|message| {
            let is_wasm = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "wasm");
            let module = message.filenames.into_iter().find(is_wasm)?;
            Some(Built { manifest: message.manifest_path, module })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::artifacts;

    #[test]
    fn modules_are_found_among_the_messages() {
        let output = concat!(
            r#"{"reason":"compiler-artifact","manifest_path":"/w/sdk/Cargo.toml","#,
            r#""target":{"kind":["lib"]},"filenames":["/t/libsdk.rlib"]}"#,
            "\nnot a message\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml","#,
            r#""target":{"kind":["cdylib","rlib"]},"filenames":["/t/a.wasm","/t/liba.rlib"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let found: Vec<_> =
            artifacts(output).into_iter().map(|built| (built.manifest, built.module)).collect();
        assert_eq!(found, [("/w/a/Cargo.toml".into(), "/t/a.wasm".into())]);
    }
}
