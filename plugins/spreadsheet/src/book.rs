//! A file of any supported format as grids, told apart by its content and not by its name.

use crate::grid::{Grid, TEXT_BYTES_MAX};
use crate::{delimited, workbook};

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// 中文.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
}

impl Unreadable {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// A file.
#[derive(Debug)]
pub(crate) struct Book {
    /// Its visible sheets.
    pub(crate) grids: Vec<Grid>,
    /// Characters that could not be decoded.
    pub(crate) lost: usize,
}

/// Opens a file.
///
/// # Errors
/// Why it could not be read and what to do.
pub(crate) fn open(bytes: &[u8]) -> Result<Book, Unreadable> {
    let book = match bytes {
        [] => return Err(Unreadable::new("文件是空的", "it is empty")),
        [b'P', b'K', 3 | 5, ..] => Book { grids: workbook::xlsx(bytes)?, lost: 0 },
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Book { grids: workbook::xls(bytes)?, lost: 0 },
        _ => {
            let decoded = delimited::decode(bytes);
            Book { grids: vec![delimited::grid(&decoded.text)?], lost: decoded.lost }
        }
    };
    let size: usize = book.grids.iter().map(Grid::bytes).sum();
    if size > TEXT_BYTES_MAX {
        let (mib, max) = (size >> 20, TEXT_BYTES_MAX >> 20);
        return Err(Unreadable::new(
            format!("文字共 {mib} MiB，超过 {max} MiB；请拆分文件"),
            format!("it has {mib} MiB of text, more than {max}; split the file"),
        ));
    }
    Ok(book)
}
