//! From a module and a project's folder to one file.

use std::path::{Path, PathBuf};

use taihu_model::contract::Reply;
use taihu_model::{Case, CaseBody, CaseReply, Manifest};

use super::{AuthorError, files, names};

/// Most bytes of one recorded reply in a case, 512 KiB: cases are read at every installation.
const REPLY_BYTES_MAX: usize = 512 * 1024;

/// A packed plugin.
#[derive(Debug, Clone)]
pub struct Packed {
    /// What it says of itself.
    pub manifest: Manifest,
    /// How many contract cases it brings along.
    pub cases: usize,
    /// The file: a component with both in it.
    pub bytes: Vec<u8>,
}

/// Packs a built module (or component) with the manifest and the cases of its project.
///
/// Same input, same bytes; the names of functions are written plainly, so that the folder the
/// module was built in leaves no trace.
///
/// # Errors
/// [`AuthorError::Project`] names the file that is wrong; [`AuthorError::Pack`] says what of the
/// module does not fit the contract.
pub fn pack(project: &Path, module: &[u8]) -> Result<Packed, AuthorError> {
    let (manifest, cases) = read_project(project)?;
    let refused = |error: taihu_service::rooms::sandbox::PackError| AuthorError::Pack {
        zh: error.fault.text.zh.clone(),
        en: error.to_string(),
    };
    let component =
        taihu_service::componentize(&names::plain(module), manifest.kind).map_err(refused)?;
    let bytes = taihu_service::pack(&component, &manifest, &cases).map_err(refused)?;
    Ok(Packed { manifest, cases: cases.len(), bytes })
}

/// Writes a packed plugin into its project's folder, as `<name>-<version>.wasm`.
///
/// # Errors
/// [`AuthorError::File`].
pub fn write_packed(project: &Path, packed: &Packed) -> Result<PathBuf, AuthorError> {
    let name = format!("{}-{}.wasm", packed.manifest.name, packed.manifest.version);
    let path = project.join(name);
    files::write(&path, &packed.bytes)?;
    Ok(path)
}

/// Reads the manifest and the cases of a project; recorded replies in files of their own are put
/// into the cases.
///
/// # Errors
/// [`AuthorError::Project`] names the file, the place in it and what was expected.
pub fn read_project(project: &Path) -> Result<(Manifest, Vec<Case>), AuthorError> {
    let path = project.join("plugin.toml");
    let manifest: Manifest =
        toml::from_str(&files::read_text(&path)?).map_err(|error| unreadable(&path, &error))?;
    let folder = project.join("cases");
    let mut cases = Vec::new();
    for path in files::list(&folder, "json")? {
        let mut case: Case = serde_json::from_str(&files::read_text(&path)?)
            .map_err(|error| unreadable(&path, &error))?;
        if let CaseBody::Harvest(harvest) = &mut case.body {
            for reply in &mut harvest.replies {
                embed(reply, &folder)?;
            }
        }
        cases.push(case);
    }
    Ok((manifest, cases))
}

/// Replaces a file's name by its content.
fn embed(reply: &mut CaseReply, folder: &Path) -> Result<(), AuthorError> {
    let CaseReply::File { file, kind, status, url } = reply else { return Ok(()) };
    let path = folder.join(&*file);
    let body = files::read(&path)?;
    if body.len() > REPLY_BYTES_MAX {
        let bytes = body.len();
        return Err(AuthorError::project(
            format!("{} 有 {bytes} 字节，用例中的应答至多 {REPLY_BYTES_MAX}", path.display()),
            format!(
                "{} has {bytes} bytes, a reply of a case at most {REPLY_BYTES_MAX}",
                path.display()
            ),
        ));
    }
    *reply = CaseReply::Reply(match kind.as_deref() {
        Some("file") => Reply::File { content: body },
        _ => Reply::Http {
            status: status.unwrap_or(200),
            url: url.take().unwrap_or_default(),
            headers: Vec::new(),
            body,
        },
    });
    Ok(())
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> AuthorError {
    let path = path.display();
    AuthorError::project(
        format!("{path} 无法读取：{error}"),
        format!("{path} cannot be read: {error}"),
    )
}
