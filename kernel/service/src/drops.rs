//! Drop folders: files that people deliver for a source.

use std::io::Write as _;

use cap_std::fs::Dir;
use taihu_model::{SourceSlug, Text};

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::limits::{DROP_BYTES_MAX, DROPS_BYTES_MAX, FILE_BYTES_MAX, FILES_MAX};

impl Kernel {
    /// Puts a file into a source's drop folder, whole or not at all; one of the same name is replaced.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name with folders in it, or a file that is too large;
    /// [`Error::NoRoom`] if its folder, or all of them together, would hold too much.
    pub fn drop_file(
        &self,
        caller: &Caller,
        slug: &SourceSlug,
        name: &str,
        bytes: &[u8],
    ) -> Result<()> {
        let source = self.source(slug)?;
        caller.may(Action::Import, &source.tenant)?;
        let plain = !name.is_empty()
            && name.len() <= 200
            && !name.starts_with('.')
            && !name.contains(['/', '\\', '\0'])
            && !name.chars().any(char::is_control);
        if !plain {
            return Err(Error::invalid(
                "name",
                "文件名不能为空、不能以点开头、不能含路径分隔符，且不超过200字节",
                "a file's name is 1 to 200 bytes, does not begin with a dot and names no folder",
            ));
        }
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(Error::invalid(
                "file",
                format!("文件有{}字节，最大{FILE_BYTES_MAX}字节，请拆分", bytes.len()),
                format!("the file has {} bytes; at most {FILE_BYTES_MAX} are taken", bytes.len()),
            ));
        }
        // One at a time: what lies about half written is then of nobody who is still writing.
        let _one_at_a_time = self.lock(&self.dropping);
        self.must_have_room(slug, name, bytes.len() as u64)?;
        let drop = &self.parts.drop;
        let write = || -> std::io::Result<()> {
            drop.create_dir_all(slug.as_str())?;
            let dir = drop.open_dir(slug.as_str())?;
            let fresh = format!(".{name}{FRESH}");
            let kept = dir.create(&fresh).and_then(|mut file| {
                file.write_all(bytes)?;
                file.sync_all()
            });
            if let Err(error) = kept {
                // What cannot be removed either is removed by the next one.
                let _ = dir.remove_file(&fresh);
                return Err(error);
            }
            dir.rename(&fresh, &dir, name)
        };
        write().map_err(unkept)
    }

    /// Makes sure that a file has room in its folder and in all folders together, and removes what a
    /// fall of the kernel left half written.
    fn must_have_room(&self, slug: &SourceSlug, name: &str, bytes: u64) -> Result<()> {
        let (mut here, mut all) = (Used::default(), Used::default());
        for entry in self.parts.drop.entries().map_err(unkept)? {
            let entry = entry.map_err(unkept)?;
            let Ok(dir) = entry.open_dir() else { continue };
            let is_here = entry.file_name() == *slug.as_str();
            let used = used(&dir, name, is_here).map_err(unkept)?;
            all.bytes += used.bytes;
            if is_here {
                here = used;
            }
        }
        let (files, mib) = (here.files + 1, |bytes: u64| bytes.div_ceil(1 << 20));
        if files > FILES_MAX {
            return Err(Error::NoRoom(Text::new(
                format!(
                    "来源“{slug}”的投放目录已有{}个文件，最多{FILES_MAX}个；可用同名文件替换旧文件，或请运维清理",
                    here.files
                ),
                format!(
                    "the drop folder of {slug} has {} files, at most {FILES_MAX} are kept; replace one by its name, or have the operator remove some",
                    here.files
                ),
            )));
        }
        for (what_zh, what, used, max) in [
            (
                format!("来源“{slug}”的投放目录"),
                format!("the drop folder of {slug}"),
                here.bytes,
                DROP_BYTES_MAX,
            ),
            ("全部投放目录".to_owned(), "all drop folders".to_owned(), all.bytes, DROPS_BYTES_MAX),
        ] {
            if used + bytes > max {
                let (used, new, max) = (mib(used), mib(bytes), max >> 20);
                return Err(Error::NoRoom(Text::new(
                    format!(
                        "{what_zh}已用{used} MiB，再放{new} MiB将超过{max} MiB；可用同名文件替换旧文件，或请运维清理"
                    ),
                    format!(
                        "{what} hold {used} MiB and {new} MiB more would exceed {max} MiB; replace a file by its name, or have the operator remove some"
                    ),
                )));
            }
        }
        Ok(())
    }
}

/// What ends the name of a file that is not wholly written.
const FRESH: &str = ".new";

/// What a drop folder holds, without the file that is to be replaced.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    files: usize,
    bytes: u64,
}

fn used(dir: &Dir, replaced: &str, is_here: bool) -> std::io::Result<Used> {
    let mut used = Used::default();
    for entry in dir.entries()? {
        let entry = entry?;
        let name = entry.file_name();
        let half = name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(FRESH));
        if half {
            dir.remove_file(&name)?;
        } else if !(is_here && name == *replaced) {
            used.files += 1;
            used.bytes += entry.metadata()?.len();
        }
    }
    Ok(used)
}

fn unkept(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Error::Full(error.to_string()),
        _ => Error::Unavailable(format!("failed to keep the file: {error}")),
    }
}
