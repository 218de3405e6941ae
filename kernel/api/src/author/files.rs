//! Reading and writing where the author says, with errors that name the file.

use std::path::{Path, PathBuf};

use super::AuthorError;

fn at(path: &Path) -> impl Fn(std::io::Error) -> AuthorError + '_ {
    move |source| AuthorError::File { path: path.to_owned(), source }
}

#[expect(clippy::disallowed_methods, reason = "the author's own folder, named on the command line")]
pub(super) fn read(path: &Path) -> Result<Vec<u8>, AuthorError> {
    std::fs::read(path).map_err(at(path))
}

#[expect(clippy::disallowed_methods, reason = "the author's own folder, named on the command line")]
pub(super) fn read_text(path: &Path) -> Result<String, AuthorError> {
    std::fs::read_to_string(path).map_err(at(path))
}

#[expect(clippy::disallowed_methods, reason = "the author's own folder, named on the command line")]
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), AuthorError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(at(parent))?;
    }
    std::fs::write(path, content).map_err(at(path))
}

/// Files of a folder with this ending, sorted by name; none if there is no folder.
pub(super) fn list(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, AuthorError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(at(folder))? {
        let path = entry.map_err(at(folder))?.path();
        if path.extension().is_some_and(|found| found == ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The same path without links and dots.
pub(super) fn canonical(path: &Path) -> Result<PathBuf, AuthorError> {
    path.canonicalize().map_err(at(path))
}
