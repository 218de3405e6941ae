//! Making core modules of projects: drives cargo, with the same flags in every folder.

mod metadata;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::clean_command;
use super::toolchain::{self, Route, TARGET};
use super::{AuthorError, Progress, files, process};
use metadata::Metadata;

/// Builds one project, with a toolchain that is found or installed, and says where its core
/// module is.
///
/// # Errors
/// As for [`build`], and [`AuthorError::Missing`].
pub fn build_project(dir: &Path, progress: Progress<'_>) -> Result<PathBuf, AuthorError> {
    let route = toolchain::install(dir, progress)?;
    build(dir, &route, progress)
}

/// Builds all members of a workspace that are plugins, with a toolchain that is found or
/// installed: package name → core module.
///
/// # Errors
/// As for [`build_all`], and [`AuthorError::Missing`].
pub fn build_workspace(
    dir: &Path,
    progress: Progress<'_>,
) -> Result<BTreeMap<String, PathBuf>, AuthorError> {
    let route = toolchain::install(dir, progress)?;
    build_all(dir, &route, progress)
}

/// Builds the project in this folder and says where its core module is.
///
/// The same source, toolchain and lock file give the same code in any folder; what still differs,
/// the hashes in the names of functions, [`pack`](super::pack) takes out.
///
/// # Errors
/// [`AuthorError::Build`] if cargo fails (its words go to `progress`), [`AuthorError::Project`] if
/// the project makes no module.
pub fn build(dir: &Path, route: &Route, progress: Progress<'_>) -> Result<PathBuf, AuthorError> {
    let dir = files::canonical(dir)?;
    let manifest = dir.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(AuthorError::project(
            format!("{} 不是插件工程：缺少 Cargo.toml", dir.display()),
            format!("{} is no plugin project: it has no Cargo.toml", dir.display()),
        ));
    }
    let metadata = Metadata::of(&dir)?;
    let built = cargo_build(&dir, route, &metadata, &[], progress)?;
    let module = built.into_iter().find(|built| built.manifest == manifest);
    module.map(|built| built.module).ok_or_else(|| {
        AuthorError::project(
            "工程没有产出 wasm 模块：请在 Cargo.toml 的 [lib] 中写 crate-type = [\"cdylib\", \"rlib\"]",
            "the project makes no wasm module: put crate-type = [\"cdylib\", \"rlib\"] under [lib] \
             in Cargo.toml",
        )
    })
}

/// Builds all members of the workspace in this folder that are plugins (have a `plugin.toml`
/// beside their `Cargo.toml`): package name → core module.
///
/// # Errors
/// As for [`build`].
pub fn build_all(
    workspace: &Path,
    route: &Route,
    progress: Progress<'_>,
) -> Result<BTreeMap<String, PathBuf>, AuthorError> {
    let dir = files::canonical(workspace)?;
    let metadata = Metadata::of(&dir)?;
    let plugins: Vec<_> = metadata
        .members()
        .filter(|package| package.folder().join("plugin.toml").is_file())
        .collect();
    let names: Vec<&str> = plugins.iter().map(|package| package.name.as_str()).collect();
    let built = cargo_build(&dir, route, &metadata, &names, progress)?;
    let modules: BTreeMap<String, PathBuf> = built
        .into_iter()
        .filter_map(|built| {
            let package = plugins.iter().find(|package| package.manifest_path == built.manifest)?;
            Some((package.name.clone(), built.module))
        })
        .collect();
    match names.iter().find(|name| !modules.contains_key(**name)) {
        None => Ok(modules),
        Some(name) => Err(AuthorError::project(
            format!(
                "{name} 没有产出 wasm 模块：请在 [lib] 中写 crate-type = [\"cdylib\", \"rlib\"]"
            ),
            format!(
                "{name} makes no wasm module: put crate-type = [\"cdylib\", \"rlib\"] under [lib]"
            ),
        )),
    }
}

/// A module that cargo made, and of which package.
struct Built {
    manifest: PathBuf,
    module: PathBuf,
}

fn cargo_build(
    dir: &Path,
    route: &Route,
    metadata: &Metadata,
    packages: &[&str],
    progress: Progress<'_>,
) -> Result<Vec<Built>, AuthorError> {
    if route.builds_std() && !metadata.std_is_built() {
        progress(&format!("{route}: 首次构建需编译标准库，约两分钟 · the standard library first"));
    }
    let mut command = clean_command("cargo");
    command.current_dir(dir).args(["build", "--release", "--target", TARGET]);
    command.args(["--message-format", "json-render-diagnostics"]);
    for package in packages {
        command.args(["--package", package]);
    }
    if metadata.workspace_root.join("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    prepare(&mut command, route, metadata)?;
    let output = process::run(command, progress)?;
    Ok(metadata::artifacts(&output))
}

/// Sets what a route needs, by variables that hold for the wasm target alone: cargo's build
/// scripts and procedural macros are the host's.
fn prepare(command: &mut Command, route: &Route, metadata: &Metadata) -> Result<(), AuthorError> {
    let mut flags = remaps(route, metadata)?;
    match route {
        Route::Target { .. } => {}
        Route::Debian { rustc, linker, .. } => {
            command
                .env("RUSTC", rustc)
                .env("RUSTC_BOOTSTRAP", "1")
                .arg("-Zbuild-std=std,panic_abort");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            flags.extend(["-C".into(), "linker-flavor=wasm-ld".into()]);
        }
        Route::BuildStd { .. } => {
            command.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        }
    }
    let flags = flags.join(&OsString::from(" "));
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    Ok(())
}

/// Replaces what differs from machine to machine in the module's messages: where the sources of
/// plugins, crates and the standard library lie.
fn remaps(route: &Route, metadata: &Metadata) -> Result<Vec<OsString>, AuthorError> {
    let mut pairs: Vec<(PathBuf, String)> = metadata
        .outside()
        .into_iter()
        .map(|folder| {
            let name = folder.file_name().map_or_else(String::new, |n| n.to_string_lossy().into());
            (folder, format!("/{name}"))
        })
        .collect();
    pairs.push((metadata.workspace_root.clone(), "/plugin".to_owned()));
    if let Some(registry) = metadata.registry() {
        pairs.push((registry, "/registry".to_owned()));
    }
    match route {
        Route::Debian { library, .. } | Route::BuildStd { library } => {
            pairs.push((library.clone(), "/library".to_owned()));
        }
        Route::Target { .. } => {}
    }
    let mut flags = Vec::with_capacity(pairs.len());
    for (from, to) in pairs {
        let blank = |text: &str| text.contains(char::is_whitespace);
        match from.to_str() {
            Some(from) if !blank(from) && !blank(&to) => {
                flags.push(OsString::from(format!("--remap-path-prefix={from}={to}")));
            }
            // Flags are separated by blanks. The module then names the folder; nothing else differs.
            _ => {}
        }
    }
    Ok(flags)
}
