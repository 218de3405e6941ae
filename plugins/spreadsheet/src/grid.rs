//! A sheet as texts in rows, merged cells filled.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::book::Unreadable;
use crate::text::tidy;

/// Most rows of a sheet that are read: as many as an XLS can have.
pub(crate) const ROWS_MAX: usize = 65_536;

/// Most columns of a sheet that are read.
pub(crate) const COLUMNS_MAX: usize = 200;

/// Rows at the top that are always kept whole: what a header is looked for in, and what stands above.
pub(crate) const HEAD_ROWS: usize = 42;

/// Most text of a sheet that is kept in memory, in bytes: a sixth of the instance's 128 MiB.
pub(crate) const TEXT_BYTES_MAX: usize = 20 * 1024 * 1024;

/// Which part of a sheet a page needs: the head, a window, and of the rows between the two only what
/// tells them apart.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    /// The first row of the window.
    pub(crate) from: usize,
    /// The first row behind it.
    pub(crate) until: usize,
    /// Columns that are kept of the rows before the window, once the header is known.
    pub(crate) keys: Option<BTreeSet<usize>>,
    /// Cells before the window whose text is that of merged cells within it: row and column.
    pub(crate) origins: BTreeSet<(usize, usize)>,
}

impl Window {
    /// The rows from one to before another.
    pub(crate) const fn new(from: usize, until: usize) -> Self {
        Self { from, until, keys: None, origins: BTreeSet::new() }
    }

    /// Of the rows so far: the head alone.
    pub(crate) const fn head() -> Self {
        Self::new(0, HEAD_ROWS)
    }

    fn wants(&self, row: usize, column: usize) -> bool {
        let is_between = row >= HEAD_ROWS && row < self.from;
        !is_between
            || self.keys.as_ref().is_some_and(|keys| keys.contains(&column))
            || !self.origins.is_empty() && self.origins.contains(&(row, column))
    }
}

/// A row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// The cells; merged ones are filled.
    pub(crate) cells: Vec<String>,
    /// How many cells have a text of their own.
    pub(crate) own: usize,
    /// Columns whose text comes from merged cells that began in a row above.
    pub(crate) from_above: Vec<usize>,
}

impl Row {
    /// The cell of a column; empty if there is none.
    pub(crate) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// The first text of the row.
    pub(crate) fn first(&self) -> &str {
        self.cells.iter().find(|cell| !cell.is_empty()).map_or("", String::as_str)
    }

    /// How many cells are filled, merged ones included.
    pub(crate) fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_empty()).count()
    }
}

/// Merged cells: first and last row, first and last column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Merge {
    pub(crate) rows: (usize, usize),
    pub(crate) columns: (usize, usize),
}

/// A sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Its name; empty for a delimited text.
    pub(crate) name: String,
    /// Its rows, the first being row 1.
    pub(crate) rows: Vec<Row>,
    /// True if rows or columns were left out because there are too many.
    pub(crate) is_cut: bool,
    /// True if rows follow behind the window.
    pub(crate) goes_on: bool,
    /// Why the rest could not be read, if it could not.
    pub(crate) broken: Option<Unreadable>,
    /// Rows that are hidden, from 0; they are left out.
    pub(crate) hidden: Vec<usize>,
    /// Lines whose quotation mark is not closed, from 0; they were read as they stand.
    pub(crate) unclosed: Vec<usize>,
    /// Bytes of its texts.
    bytes: usize,
}

impl Grid {
    /// An empty sheet.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Puts a text into a cell, if the window wants it; beyond the bounds it is left out, and the
    /// sheet is marked as cut.
    pub(crate) fn put(&mut self, window: &Window, row: usize, column: usize, text: &str) {
        if !window.wants(row, column) {
            return;
        }
        let text = tidy(text);
        if text.is_empty() {
            return;
        }
        self.bytes += text.len();
        if row >= ROWS_MAX || column >= COLUMNS_MAX || self.bytes > TEXT_BYTES_MAX {
            self.is_cut = true;
            return;
        }
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Row::default);
        }
        let row = &mut self.rows[row];
        if row.cells.len() <= column {
            row.cells.resize_with(column + 1, String::new);
        }
        if row.cells[column].is_empty() {
            row.own += 1;
        }
        row.cells[column] = text;
    }

    /// Repeats the text of merged cells in every cell of them.
    pub(crate) fn fill(&mut self, window: &Window, merge: Merge) {
        let Some(text) = self.rows.get(merge.rows.0).map(|row| row.cell(merge.columns.0)) else {
            return;
        };
        if text.is_empty() {
            return;
        }
        let text = text.to_owned();
        let last = merge.rows.1.min(self.rows.len().saturating_sub(1));
        let end = merge.columns.1.min(COLUMNS_MAX - 1);
        for at in merge.rows.0..=last {
            for column in merge.columns.0..=end {
                if !window.wants(at, column) {
                    continue;
                }
                let row = &mut self.rows[at];
                if row.cells.len() <= column {
                    row.cells.resize_with(column + 1, String::new);
                }
                if row.cells[column].is_empty() {
                    self.bytes += text.len();
                    // Merged cells over a whole sheet must not fill the memory.
                    if self.bytes > TEXT_BYTES_MAX {
                        self.is_cut = true;
                        return;
                    }
                    row.cells[column].clone_from(&text);
                    if at > merge.rows.0 {
                        row.from_above.push(column);
                    }
                }
            }
        }
    }

    /// Leaves out the rows that are hidden.
    pub(crate) fn hide(&mut self, hidden: Vec<usize>) {
        for at in &hidden {
            if let Some(row) = self.rows.get_mut(*at) {
                *row = Row::default();
            }
        }
        self.hidden = hidden;
    }

    /// 「Sheet1 第 12 行」; without a name 「第 12 行」.
    pub(crate) fn place(&self, row: usize) -> String {
        let number = row + 1;
        if self.name.is_empty() {
            return format!("第 {number} 行");
        }
        format!("{} 第 {number} 行", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_cells_are_filled_within_bounds() {
        let all = Window::new(0, ROWS_MAX);
        let mut grid = Grid::new("S");
        grid.put(&all, 0, 0, "甲");
        grid.put(&all, 2, 1, "乙");
        grid.put(&all, ROWS_MAX, 0, "外");
        grid.fill(&all, Merge { rows: (0, 1), columns: (0, 1) });
        grid.fill(&all, Merge { rows: (2, 9_999_999), columns: (1, 9_999_999) });
        grid.fill(&all, Merge { rows: (7, 8), columns: (0, 0) });
        assert_eq!(grid.rows[1].cells, ["甲", "甲"]);
        assert_eq!((&grid.rows[0].from_above, &grid.rows[1].from_above), (&vec![], &vec![0, 1]));
        assert_eq!((grid.rows[0].own, grid.rows[1].own, grid.rows[0].filled()), (1, 0, 2));
        assert_eq!(grid.rows[2].cell(COLUMNS_MAX - 1), "乙");
        assert!(grid.is_cut);
        assert_eq!(grid.place(11), "S 第 12 行");
    }

    #[test]
    fn merged_cells_cannot_fill_the_memory() {
        let all = Window::new(0, ROWS_MAX);
        let mut grid = Grid::new("S");
        grid.put(&all, 0, 0, &"长".repeat(1_000));
        grid.put(&all, 60_000, 0, "末");
        grid.fill(&all, Merge { rows: (0, 60_000), columns: (0, 199) });
        assert!(grid.is_cut && grid.bytes < TEXT_BYTES_MAX + 4_000);
    }

    #[test]
    fn of_rows_before_the_window_only_keys_are_kept() {
        let window = Window { keys: Some([1].into()), ..Window::new(100, 200) };
        let mut grid = Grid::new("S");
        for row in [0, 50, 100] {
            for column in 0..3 {
                grid.put(&window, row, column, "x");
            }
        }
        let kept = |row: usize| grid.rows[row].filled();
        assert_eq!([kept(0), kept(50), kept(100)], [3, 1, 3]);
    }
}
