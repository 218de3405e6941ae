//! Which rows of a sheet are achievements.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::grid::{Grid, Row};
use crate::header::{self, Header};
use crate::preamble::{self, Preamble};
use crate::synonyms::Column;
use crate::text::squeeze;

/// How a note below a table begins.
const NOTES: &[&str] = &[
    "注:",
    "注1",
    "备注:",
    "说明:",
    "填表说明",
    "填报说明",
    "填写说明",
    "填表人",
    "填报人",
    "审核人",
    "制表人",
    "联系人:",
    "联系电话:",
    "负责人签字",
    "单位负责人",
    "备注说明",
    "(盖章)",
    "*注",
    "※",
];

/// First cells that are no achievement.
const SUMS: &[&str] = &["合计", "总计", "小计", "共计", "本页小计"];

/// First cells of an example row.
const EXAMPLES: &[&str] = &["例", "示例", "样例", "例如", "填写示例", "(例)", "例:"];

/// A table in a sheet.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    /// The sheet.
    pub(crate) grid: &'a Grid,
    /// Its header.
    pub(crate) header: Header,
    /// What stands above it.
    pub(crate) preamble: Preamble,
    /// Rows that are achievements.
    pub(crate) rows: Vec<usize>,
    /// Rows that go on with the achievement above, whose title spans them: first row → further rows.
    pub(crate) further: BTreeMap<usize, Vec<usize>>,
    /// Rows that were left out and look as if someone might miss them, with the reason.
    pub(crate) odd: Vec<(usize, &'static str, &'static str)>,
    /// For every one of `rows` whether the rows above it were notes.
    notes_before: Vec<bool>,
    /// The row behind those that were looked at, and whether they ended in notes.
    end: Place,
}

/// A place between two rows of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The row that comes next; 0 for the first behind the header.
    pub(crate) row: usize,
    /// True if the rows above it are notes.
    pub(crate) in_notes: bool,
}

/// Reads the table of a sheet from a place on, if it has a header.
pub(crate) fn read<'a>(grid: &'a Grid, config: &Config, from: Place) -> Option<Table<'a>> {
    let header = header::find(grid, config)?;
    let preamble = preamble::read(&grid.rows[..header.row]);
    let mut table = Table {
        grid,
        header,
        preamble,
        rows: Vec::new(),
        further: BTreeMap::new(),
        odd: Vec::new(),
        notes_before: Vec::new(),
        end: from,
    };
    let first = table.first().max(from.row);
    let mut in_notes = from.in_notes;
    for (at, row) in grid.rows.iter().enumerate().skip(first) {
        let was_in_notes = in_notes;
        match kind(&table.header, row, in_notes) {
            Kind::Blank => {}
            Kind::Note => in_notes = true,
            Kind::Odd(zh, en) => table.odd.push((at, zh, en)),
            Kind::Achievement => {
                in_notes = false;
                match table.rows.last() {
                    Some(first) if goes_on(&table.header, row) => {
                        table.further.entry(*first).or_default().push(at);
                    }
                    _ => {
                        table.rows.push(at);
                        table.notes_before.push(was_in_notes);
                    }
                }
            }
        }
    }
    table.end = Place { row: grid.rows.len().max(first), in_notes };
    Some(table)
}

impl Table<'_> {
    /// The first row behind the header.
    pub(crate) fn first(&self) -> usize {
        self.header.row + self.header.depth
    }

    /// The place before the `nth` achievement, or behind all rows.
    pub(crate) fn place_of(&self, nth: usize) -> Place {
        match (self.rows.get(nth), self.notes_before.get(nth)) {
            (Some(row), Some(in_notes)) => Place { row: *row, in_notes: *in_notes },
            _ => self.end,
        }
    }
}

/// Says whether a row goes on with the achievement above: its title is merged with that one's.
fn goes_on(header: &Header, row: &Row) -> bool {
    let is_title = |known: &&header::Known| known.holds == Column::Field("title");
    header.columns.iter().filter(is_title).any(|known| row.from_above.contains(&known.column))
}

enum Kind {
    Blank,
    Note,
    Odd(&'static str, &'static str),
    Achievement,
}

fn kind(header: &Header, row: &Row, in_notes: bool) -> Kind {
    if row.own == 0 || header::is_repeated(header, row) {
        return Kind::Blank;
    }
    let first = squeeze(row.first());
    let is_note = NOTES.iter().any(|note| first.starts_with(note));
    if is_note && row.own <= 4 || in_notes && row.own <= 2 {
        return Kind::Note;
    }
    if SUMS.contains(&first.as_str()) {
        return Kind::Blank;
    }
    if EXAMPLES.contains(&first.as_str()) {
        return Kind::Odd("示例行，已跳过", "an example row was left out");
    }
    if row.own == 1 && row.filled() >= row.from_above.len() + 3 {
        return Kind::Odd(
            "合并的一行文字，不是成果，已跳过",
            "one merged text, no achievement; left out",
        );
    }
    let filled = |known: &&header::Known| {
        matches!(known.holds, Column::Field(_)) && !row.cell(known.column).is_empty()
    };
    match header.columns.iter().filter(filled).count() {
        // Only a running number, as in templates that were not filled to the end.
        0 if row.own == 1 => Kind::Blank,
        0 => Kind::Odd("没有一个认得的列有内容，已跳过", "no known column is filled; left out"),
        _ => Kind::Achievement,
    }
}
