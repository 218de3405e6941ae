//! Lists as tables: CSV and XLSX that a spreadsheet opens, and that our own connector reads back.
//!
//! Headers are such that the connector knows, lists are joined by `；`, labels are the Chinese ones.
//! No cell is ever a formula: in XLSX each is written as a text, and in CSV one that would begin a
//! formula begins with a zero-width blank, which spreadsheets keep and the kernel leaves out.

mod achievements;
mod needs;

use rust_xlsxwriter::{Format as Style, Workbook, Worksheet, XlsxError};
use serde::Deserialize;
use utoipa::ToSchema;

pub(super) use achievements::achievements;
pub(super) use needs::needs;

/// A form of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// UTF-8 with a mark, so that Excel knows it.
    #[default]
    Csv,
    /// Excel's.
    Xlsx,
}

/// Widest column, in characters.
const WIDTH_MAX: f64 = 40.0;
/// What makes Excel take the file for UTF-8.
const MARK: &str = "\u{feff}";
/// What keeps a cell of CSV from being a formula.
const GUARD: char = '\u{200b}';

/// A table: headers, and a text for each of them in every row.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) headers: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Format {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// Writes a table.
    ///
    /// # Errors
    /// Of the library that writes XLSX: a cell of more than 32,767 characters.
    pub(super) fn write(self, table: &Table) -> Result<Vec<u8>, XlsxError> {
        match self {
            Self::Csv => Ok(csv(table).into_bytes()),
            Self::Xlsx => xlsx(table),
        }
    }
}

/// RFC 4180.
fn csv(table: &Table) -> String {
    let mut out = MARK.to_owned();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(&csv_cell(cell));
        }
        out.push_str("\r\n");
    };
    line(&mut table.headers.iter().copied());
    for row in &table.rows {
        line(&mut row.iter().map(String::as_str));
    }
    out
}

fn csv_cell(text: &str) -> String {
    // Excel forgives blanks before a formula.
    let begins = text.trim_start().chars().next();
    let is_formula = begins.is_some_and(|first| "=+-@＝＋－＠".contains(first));
    let guard = if is_formula { String::from(GUARD) } else { String::new() };
    let text = format!("{guard}{text}");
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

fn xlsx(table: &Table) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(table.name)?;
    let bold = Style::new().set_bold();
    for (column, header) in (0_u16..).zip(&table.headers) {
        sheet.write_string_with_format(0, column, *header, &bold)?;
        sheet.set_column_width(column, width(table, usize::from(column)))?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, cells) in (1_u32..).zip(&table.rows) {
        write_row(sheet, row, cells)?;
    }
    book.save_to_buffer()
}

fn write_row(sheet: &mut Worksheet, row: u32, cells: &[String]) -> Result<(), XlsxError> {
    for (column, cell) in (0_u16..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        sheet.write_string(row, column, cell)?;
    }
    Ok(())
}

/// A column is as wide as most of what it has.
fn width(table: &Table, column: usize) -> f64 {
    let header = table.headers[column].chars().count() * 2 + 2;
    let cells = table.rows.iter().take(100).filter_map(|row| row.get(column));
    let longest = cells.map(|cell| cell.chars().count().min(100)).max().unwrap_or(0);
    let width = u32::try_from(header.max(longest)).unwrap_or(100);
    f64::from(width).min(WIDTH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: &str) {
        assert_eq!(csv_cell(cell), expected);
    }

    #[test]
    fn no_cell_is_a_formula_and_every_cell_is_one() {
        check("电池", "电池");
        check("a,b", "\"a,b\"");
        check("说“是”\n\"x\"", "\"说“是”\n\"\"x\"\"\"");
        check("=HYPERLINK(\"http://x\")", "\"\u{200b}=HYPERLINK(\"\"http://x\"\")\"");
        check("+1", "\u{200b}+1");
        check("-1", "\u{200b}-1");
        check("@SUM(1)", "\u{200b}@SUM(1)");
        check("\t =1", "\u{200b}\t =1");
        check("a=1", "a=1");
    }

    #[test]
    fn a_table_is_written_whole_in_both_forms() {
        let rows = vec![vec!["=1".to_owned(), String::new()], vec!["甲".into(), "乙".into()]];
        let table = Table { name: "表", headers: vec!["一", "二"], rows };
        let csv = String::from_utf8(Format::Csv.write(&table).unwrap()).unwrap();
        assert_eq!(csv, "\u{feff}一,二\r\n\u{200b}=1,\r\n甲,乙\r\n");
        assert!(Format::Xlsx.write(&table).unwrap().starts_with(b"PK"));
    }
}
