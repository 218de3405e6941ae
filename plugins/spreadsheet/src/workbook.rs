//! XLSX and XLS as grids.

use std::io::Cursor;

use calamine::{Data, DataRef, Dimensions, ExcelDateTime, Reader as _, SheetVisible, Xls, Xlsx};

use crate::book::Unreadable;
use crate::grid::{Grid, Merge, ROWS_MAX};
use crate::zip_guard;

/// The visible sheets of an XLSX.
///
/// # Errors
/// Why it could not be read.
pub(crate) fn xlsx(bytes: &[u8]) -> Result<Vec<Grid>, Unreadable> {
    zip_guard::check(bytes).map_err(|size| {
        let mib = size >> 20;
        Unreadable::new(
            format!("解压后有 {mib} MiB，超过 40 MiB；请拆分文件或去掉图片和多余格式"),
            format!("it has {mib} MiB unpacked, more than 40; split the file or take out pictures"),
        )
    })?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e.to_string()))?;
    let names = visible(book.sheets_metadata());
    let mut grids = Vec::with_capacity(names.len());
    for name in names {
        let merges = match book.worksheet_merge_cells(&name) {
            Some(Ok(merges)) => merges,
            _ => Vec::new(),
        };
        let mut grid = Grid::new(&name);
        let mut cells =
            book.worksheet_cells_reader(&name).map_err(|e| broken(&format!("{name}: {e}")))?;
        while let Some(cell) = cells.next_cell().map_err(|e| broken(&format!("{name}: {e}")))? {
            let (row, column) = cell.get_position();
            put(&mut grid, row as usize, column as usize, cell.get_value());
            if row as usize >= ROWS_MAX {
                break;
            }
        }
        fill(&mut grid, &merges);
        grids.push(grid);
    }
    Ok(grids)
}

/// The visible sheets of an XLS (BIFF).
///
/// # Errors
/// Why it could not be read.
pub(crate) fn xls(bytes: &[u8]) -> Result<Vec<Grid>, Unreadable> {
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|e| broken(&e.to_string()))?;
    let names = visible(book.sheets_metadata());
    let mut grids = Vec::with_capacity(names.len());
    for name in names {
        let range = book.worksheet_range(&name).map_err(|e| broken(&format!("{name}: {e}")))?;
        let merges = book.worksheet_merge_cells(&name).unwrap_or_default();
        let mut grid = Grid::new(&name);
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let (row, column) = (row + top as usize, column + left as usize);
            grid.put(row, column, &text_of(value));
        }
        fill(&mut grid, &merges);
        grids.push(grid);
    }
    Ok(grids)
}

fn visible(sheets: &[calamine::Sheet]) -> Vec<String> {
    sheets
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect()
}

fn broken(error: &str) -> Unreadable {
    let lower = error.to_lowercase();
    if lower.contains("password") || lower.contains("encrypt") {
        return Unreadable::new("文件有密码保护，请去掉密码", "it is protected by a password");
    }
    Unreadable::new(
        format!("文件已损坏或不是表格（{error}）；请用 Excel 或 WPS 重新另存"),
        format!("it is damaged or no spreadsheet ({error}); save it again"),
    )
}

fn fill(grid: &mut Grid, merges: &[Dimensions]) {
    for merge in merges {
        grid.fill(Merge {
            rows: (merge.start.0 as usize, merge.end.0 as usize),
            columns: (merge.start.1 as usize, merge.end.1 as usize),
        });
    }
}

fn put(grid: &mut Grid, row: usize, column: usize, value: &DataRef<'_>) {
    match value {
        DataRef::SharedString(text) => grid.put(row, column, text),
        other => grid.put(row, column, &text_of(&Data::from(other.clone()))),
    }
}

/// A value as the text that a person sees, dates as `2025-03-01`.
fn text_of(value: &Data) -> String {
    match value {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Float(number) => number_text(*number),
        Data::Int(number) => number.to_string(),
        Data::Bool(true) => "是".to_owned(),
        Data::Bool(false) => "否".to_owned(),
        Data::DateTime(date) => date_text(date),
        Data::Error(error) => error.to_string(),
        Data::Empty => String::new(),
    }
}

/// A number with the 15 digits that a spreadsheet shows, never with an exponent.
fn number_text(number: f64) -> String {
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

fn date_text(date: &ExcelDateTime) -> String {
    if date.is_duration() || !(1.0..2_958_466.0).contains(&date.as_f64()) {
        return number_text(date.as_f64());
    }
    let (year, month, day, ..) = date.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_every_digit_and_no_noise() {
        assert_eq!(number_text(202_110_345_671.8), "202110345671.8");
        assert_eq!(number_text(2_021_103_456_718.0), "2021103456718");
        assert_eq!(number_text(0.1 + 0.2), "0.3");
        assert_eq!(number_text(120.0), "120");
        assert_eq!(number_text(45_717.0), "45717");
    }
}
