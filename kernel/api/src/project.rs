//! Where the project's own files lie: bundled plugins, examples, the SDK.

use std::path::{Path, PathBuf};

use crate::cli::Failure;

/// The root of a checkout: the nearest folder above the current one that has the bundled plugins,
/// else the one this program was built from.
pub(crate) fn root() -> Result<PathBuf, Failure> {
    let is_root = |dir: &Path| dir.join("plugins/Cargo.toml").is_file() && dir.join("wit").is_dir();
    let current = std::env::current_dir().map_err(|error| Failure::file(Path::new("."), &error))?;
    if let Some(found) = current.ancestors().find(|dir| is_root(dir)) {
        return Ok(found.to_owned());
    }
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match built.canonicalize() {
        Ok(built) if is_root(&built) => Ok(built),
        _ => Err(Failure::new(
            "找不到太湖源码目录（应含 plugins/ 和 wit/），请在源码目录中运行",
            "failed to find the source tree of Taihu (with plugins/ and wit/); run this inside it",
        )),
    }
}
