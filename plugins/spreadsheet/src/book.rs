//! A file of any supported format, told apart by its content and not by its name.

use crate::delimited::{self, Text};
use crate::grid::{Grid, Window};
use crate::markup;
use crate::sheet_xml::Survey;
use crate::workbook::{XlsBook, XlsxBook};

/// Why a file, or the rest of it, could not be read.
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
pub(crate) enum Book<'a> {
    /// XLSX.
    Xlsx(Box<XlsxBook<'a>>),
    /// XLS (BIFF).
    Xls(Box<XlsBook<'a>>),
    /// CSV and other delimited texts.
    Text(Text),
    /// Tables of markup: web pages and XML under the name of a spreadsheet.
    Markup(Vec<markup::Table>),
}

/// Finds the columns that are kept of rows before a window, by the head of a sheet; `None` if it has
/// no header, and then nothing more of it is read.
pub(crate) type FindKeys<'a> = &'a dyn Fn(&Grid) -> Option<std::collections::BTreeSet<usize>>;

impl<'a> Book<'a> {
    /// Opens a file.
    ///
    /// # Errors
    /// Why it could not be read and what to do.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        match bytes {
            [] => Err(Unreadable::new("文件是空的", "it is empty")),
            [b'P', b'K', 3 | 5, ..] => Ok(Self::Xlsx(Box::new(XlsxBook::open(bytes)?))),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Ok(Self::Xls(Box::new(XlsBook::open(bytes)?))),
            _ => {
                let text = delimited::decode(bytes)?;
                match markup::tables(&text.text) {
                    Some(tables) => Ok(Self::Markup(tables?)),
                    None => Ok(Self::Text(text)),
                }
            }
        }
    }

    /// The names of its visible sheets; one without a name for a text.
    pub(crate) fn sheets(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.names.clone(),
            Self::Xls(book) => book.names.clone(),
            Self::Text(_) => vec![String::new()],
            Self::Markup(tables) => tables.iter().map(|table| table.name.clone()).collect(),
        }
    }

    /// Characters that could not be decoded.
    pub(crate) fn lost(&self) -> usize {
        match self {
            Self::Text(text) => text.lost,
            Self::Xlsx(_) | Self::Xls(_) | Self::Markup(_) => 0,
        }
    }

    /// Reads a window of a sheet by its number. What breaks off is kept as far as it goes. What an
    /// earlier look at the sheet found beside its cells need not be looked for again.
    pub(crate) fn grid(
        &mut self,
        sheet: usize,
        window: Window,
        keys: FindKeys<'_>,
        known: &mut Option<Survey>,
    ) -> Grid {
        match self {
            Self::Xlsx(book) => book.grid(sheet, window, keys, known),
            Self::Xls(book) => book.grid(sheet, window, keys),
            Self::Text(text) => delimited::grid(&text.text, window, keys),
            Self::Markup(tables) => markup::grid(&tables[sheet], window, keys),
        }
    }
}
