//! Drop folders: files that people deliver for a source.

use std::io::Write as _;

use taihu_model::SourceSlug;

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::limits::FILE_BYTES_MAX;

impl Kernel {
    /// Puts a file into a source's drop folder, whole or not at all; one of the same name is replaced.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name with folders in it, or a file that is too large.
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
        let drop = &self.parts.drop;
        let write = || -> std::io::Result<()> {
            drop.create_dir_all(slug.as_str())?;
            let dir = drop.open_dir(slug.as_str())?;
            let fresh = format!(".{name}.new");
            let mut file = dir.create(&fresh)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            dir.rename(&fresh, &dir, name)
        };
        write().map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull => Error::Full(error.to_string()),
            _ => Error::Unavailable(format!("failed to keep the file: {error}")),
        })
    }
}
