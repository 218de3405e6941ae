//! A sheet as texts in rows, merged cells filled.

use crate::text::tidy;

/// Most rows of a sheet that are read; what universities send has some thousand. A row of 25 cells
/// takes about 45 µs and 1.7 KiB, and the whole file is read for every page of it.
pub(crate) const ROWS_MAX: usize = 10_000;

/// Most columns of a sheet that are read.
pub(crate) const COLUMNS_MAX: usize = 200;

/// Most text of a file that is kept in memory, in bytes: a third of the instance's 64 MiB.
pub(crate) const TEXT_BYTES_MAX: usize = 20 * 1024 * 1024;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// True if rows or columns were left out.
    pub(crate) is_cut: bool,
}

impl Grid {
    /// An empty sheet.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Puts a text into a cell; beyond the bounds it is left out, and the sheet is marked as cut.
    pub(crate) fn put(&mut self, row: usize, column: usize, text: &str) {
        let text = tidy(text);
        if text.is_empty() {
            return;
        }
        if row >= ROWS_MAX || column >= COLUMNS_MAX {
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
    pub(crate) fn fill(&mut self, merge: Merge) {
        let Some(text) = self.rows.get(merge.rows.0).map(|row| row.cell(merge.columns.0)) else {
            return;
        };
        if text.is_empty() {
            return;
        }
        let text = text.to_owned();
        let last = merge.rows.1.min(self.rows.len().saturating_sub(1));
        let end = merge.columns.1.min(COLUMNS_MAX - 1);
        for (at, row) in self.rows[merge.rows.0..=last].iter_mut().enumerate() {
            if row.cells.len() <= end {
                row.cells.resize_with(end + 1, String::new);
            }
            for column in merge.columns.0..=end {
                let cell = &mut row.cells[column];
                if cell.is_empty() {
                    cell.clone_from(&text);
                    if at > 0 {
                        row.from_above.push(column);
                    }
                }
            }
        }
    }

    /// Bytes of text.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.iter().flat_map(|row| &row.cells).map(String::len).sum()
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
        let mut grid = Grid::new("S");
        grid.put(0, 0, "甲");
        grid.put(2, 1, "乙");
        grid.put(ROWS_MAX, 0, "外");
        grid.fill(Merge { rows: (0, 1), columns: (0, 1) });
        grid.fill(Merge { rows: (2, 9_999_999), columns: (1, 9_999_999) });
        grid.fill(Merge { rows: (7, 8), columns: (0, 0) });
        assert_eq!(grid.rows[1].cells, ["甲", "甲"]);
        assert_eq!((&grid.rows[0].from_above, &grid.rows[1].from_above), (&vec![], &vec![0, 1]));
        assert_eq!((grid.rows[0].own, grid.rows[1].own, grid.rows[0].filled()), (1, 0, 2));
        assert_eq!(grid.rows[2].cell(COLUMNS_MAX - 1), "乙");
        assert!(grid.is_cut);
        assert_eq!(grid.place(11), "S 第 12 行");
    }
}
