//! XLSX and XLS as grids.

use std::io::Cursor;

use calamine::{Data, DataRef, Dimensions, ExcelDateTime, Reader as _, SheetVisible, Xls, Xlsx};

use crate::book::{FindKeys, Unreadable};
use crate::grid::{Grid, HEAD_ROWS, Merge, ROWS_MAX, Window};
use crate::sheet_xml::{self, Survey};
use crate::zip_guard;

/// An XLSX.
pub(crate) struct XlsxBook<'a> {
    bytes: &'a [u8],
    book: Xlsx<Cursor<&'a [u8]>>,
    /// Names of its visible sheets.
    pub(crate) names: Vec<String>,
}

impl<'a> XlsxBook<'a> {
    /// Opens an XLSX.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        zip_guard::check(bytes).map_err(|size| {
            let (mib, max) = (size >> 20, zip_guard::UNPACKED_BYTES_MAX >> 20);
            Unreadable::new(
                format!("解压后有 {mib} MiB，超过 {max} MiB；请拆分文件或去掉图片和多余格式"),
                format!(
                    "it has {mib} MiB unpacked, more than {max}; split the file or take out pictures"
                ),
            )
        })?;
        let book = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e.to_string()))?;
        let names = visible(book.sheets_metadata());
        Ok(Self { bytes, book, names })
    }

    /// Reads a window of a sheet.
    pub(crate) fn grid(
        &mut self,
        sheet: usize,
        window: Window,
        keys: FindKeys<'_>,
        known: &mut Option<Survey>,
    ) -> Grid {
        let name = self.names[sheet].clone();
        // Without it nothing is merged and nothing hidden: the cells are read all the same.
        let look = || sheet_xml::survey(self.bytes, &name).unwrap_or_default();
        let survey = known.get_or_insert_with(look).clone();
        let mut filling = Filling::new(&name, window, keys, survey);
        let mut cells = match self.book.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            Err(error) => return filling.end(Some(broken(&error.to_string()))),
        };
        loop {
            match cells.next_cell() {
                Ok(Some(cell)) => {
                    let (row, column) = cell.get_position();
                    let (row, column) = (row as usize, column as usize);
                    let goes_on = match cell.get_value() {
                        DataRef::Empty => filling.reaches(row),
                        DataRef::SharedString(text) => filling.put(row, column, text),
                        other => filling.put_value(row, column, other),
                    };
                    if !goes_on {
                        return filling.end(None);
                    }
                }
                Ok(None) => return filling.end(None),
                Err(error) => return filling.end(Some(broken(&error.to_string()))),
            }
        }
    }
}

/// An XLS.
pub(crate) struct XlsBook<'a> {
    book: Xls<Cursor<&'a [u8]>>,
    /// Names of its visible sheets.
    pub(crate) names: Vec<String>,
}

impl<'a> XlsBook<'a> {
    /// Opens an XLS.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let book = Xls::new(Cursor::new(bytes)).map_err(|e| broken(&e.to_string()))?;
        let names = visible(book.sheets_metadata());
        Ok(Self { book, names })
    }

    /// Reads a window of a sheet.
    pub(crate) fn grid(&mut self, sheet: usize, window: Window, keys: FindKeys<'_>) -> Grid {
        let name = self.names[sheet].clone();
        let merges = self.book.worksheet_merge_cells(&name).unwrap_or_default();
        let survey = Survey { merges: merges.iter().map(merge).collect(), hidden: Vec::new() };
        let mut filling = Filling::new(&name, window, keys, survey);
        let range = match self.book.worksheet_range(&name) {
            Ok(range) => range,
            Err(error) => return filling.end(Some(broken(&error.to_string()))),
        };
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            let (row, column) = (row + top as usize, column + left as usize);
            if !filling.put(row, column, &text_of(value)) {
                break;
            }
        }
        filling.end(None)
    }
}

fn merge(merge: &Dimensions) -> Merge {
    Merge {
        rows: (merge.start.0 as usize, merge.end.0 as usize),
        columns: (merge.start.1 as usize, merge.end.1 as usize),
    }
}

/// A grid that is being filled, row by row from the top.
pub(crate) struct Filling<'a> {
    grid: Grid,
    window: Window,
    keys: FindKeys<'a>,
    survey: Survey,
}

impl<'a> Filling<'a> {
    /// Begins.
    pub(crate) fn new(name: &str, window: Window, keys: FindKeys<'a>, survey: Survey) -> Self {
        let mut window = window;
        let reaches_in = |merge: &&Merge| merge.rows.0 < window.from && merge.rows.1 >= window.from;
        let merges = survey.merges.iter().filter(reaches_in);
        window.origins = merges.map(|merge| (merge.rows.0, merge.columns.0)).collect();
        Self { grid: Grid::new(name), window, keys, survey }
    }

    /// Puts a text; false if nothing more is wanted.
    pub(crate) fn put(&mut self, row: usize, column: usize, text: &str) -> bool {
        if !self.reaches(row) {
            return false;
        }
        self.grid.put(&self.window, row, column, text);
        !self.grid.is_cut || row < self.window.until
    }

    fn put_value(&mut self, row: usize, column: usize, value: &DataRef<'_>) -> bool {
        self.put(row, column, &text_of(&Data::from(value.clone())))
    }

    /// Looks at the head once it is complete; false if the row lies behind the window.
    pub(crate) fn reaches(&mut self, row: usize) -> bool {
        if row >= HEAD_ROWS && self.window.from > HEAD_ROWS && self.window.keys.is_none() {
            let mut head = self.grid.clone();
            let merges = self.survey.merges.iter().filter(|merge| merge.rows.0 < HEAD_ROWS);
            merges.for_each(|merge| head.fill(&Window::head(), *merge));
            self.window.keys = (self.keys)(&head);
            if self.window.keys.is_none() {
                return false;
            }
        }
        if row >= self.window.until {
            self.grid.goes_on = true;
        }
        if row >= ROWS_MAX {
            self.grid.is_cut = true;
        }
        !self.grid.goes_on && !self.grid.is_cut
    }

    /// Ends, with what is known beside the cells.
    pub(crate) fn end(self, broken: Option<Unreadable>) -> Grid {
        let Self { mut grid, window, survey, .. } = self;
        for merge in &survey.merges {
            grid.fill(&window, *merge);
        }
        grid.hide(survey.hidden);
        grid.broken = broken;
        grid
    }
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

/// A value as the text that a person sees, dates as `2025-03-01`.
fn text_of(value: &Data) -> String {
    match value {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Float(number) => number_text(*number),
        Data::Int(number) => number.to_string(),
        Data::Bool(true) => "是".to_owned(),
        Data::Bool(false) => "否".to_owned(),
        Data::DateTime(date) => date_text(date),
        // `#N/A` and the like: nothing that anybody wrote.
        Data::Error(_) | Data::Empty => String::new(),
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
