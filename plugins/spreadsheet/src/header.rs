//! Finding the header of a table, which may have two rows.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::config::Config;
use crate::grid::{Grid, Row};
use crate::preamble::{self, Preamble};
use crate::synonyms::{self, Column, IGNORE};
use crate::text::{brief, key, squeeze};

/// How far down a header is looked for: above it stand titles and explanations.
const ROWS_MAX: usize = 40;

/// The fewest fields that make a row a header.
const FIELDS_MIN: usize = 3;

/// Longest text of a cell of a second header row, in characters.
const SECOND_CHARS_MAX: usize = 24;

/// Longest text that may be a repeated header, in bytes: so that no long cell is looked through.
const HEADER_BYTES_MAX: usize = 120;

/// The header of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Its first row.
    pub(crate) row: usize,
    /// How many rows it has: 1 or 2.
    pub(crate) depth: usize,
    /// What is known of its columns.
    pub(crate) columns: Vec<Known>,
}

/// A column that is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its number, from 0.
    pub(crate) column: usize,
    /// What it holds.
    pub(crate) holds: Column,
    /// Its header as it stands, the upper row first: 「知识产权/专利号」, 「转让价格（万元）」.
    pub(crate) origin: String,
}

/// Finds the header: the row, or pair of rows, in which most different fields are named.
pub(crate) fn find(grid: &Grid, config: &Config) -> Option<Header> {
    let extra = extra(config);
    let mut best: Option<(usize, Header)> = None;
    for row in 0..grid.rows.len().min(ROWS_MAX) {
        for depth in [1, 2] {
            let Some(header) = read(grid, row, depth, &extra) else { continue };
            let score = score(&header);
            let has_title = header.columns.iter().any(|c| c.holds == Column::Field("title"));
            let better = best.as_ref().is_none_or(|(most, _)| score > *most);
            if has_title && score >= FIELDS_MIN && better {
                best = Some((score, header));
            }
        }
    }
    best.map(|(_, header)| header)
}

/// The columns that tell a row from others: its own identifier, or else what its digest is made of.
pub(crate) fn keys(header: &Header) -> BTreeSet<usize> {
    let own = [Column::Id, Column::Field("registration_no")];
    let digested = ["title", "owner", "ip"].map(Column::Field);
    let of = |wanted: &[Column]| -> BTreeSet<usize> {
        let is = |known: &&Known| wanted.contains(&known.holds);
        header.columns.iter().filter(is).map(|known| known.column).collect()
    };
    let own = of(&own);
    if own.is_empty() { of(&digested) } else { own }
}

/// The headers that nothing is known of, as they stand.
pub(crate) fn unknown(grid: &Grid, header: &Header) -> Vec<String> {
    let Some(row) = grid.rows.get(header.row) else { return Vec::new() };
    let lower = header.row + header.depth - 1;
    let is_known = |column: usize| header.columns.iter().any(|known| known.column == column);
    let mut names: Vec<String> = Vec::new();
    for column in (0..row.cells.len()).filter(|column| !is_known(*column)) {
        let below = grid.rows.get(lower).map_or("", |row| row.cell(column));
        let name = squeezed(if below.is_empty() { row.cell(column) } else { below });
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Says what stands where a header was looked for, and which headers would be found.
pub(crate) fn describe(grid: &Grid) -> String {
    let rows: Vec<String> = grid
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.own > 0)
        .take(4)
        .map(|(at, row)| {
            let cells: Vec<String> =
                row.cells.iter().filter(|c| !c.is_empty()).take(8).map(|c| brief(c, 12)).collect();
            format!("第 {} 行：{}", at + 1, cells.join(" | "))
        })
        .collect();
    if rows.is_empty() { "没有内容 (nothing)".to_owned() } else { rows.join("；") }
}

/// Says whether a row repeats the header, as on printed pages.
pub(crate) fn is_repeated(header: &Header, row: &Row) -> bool {
    let same = header.columns.iter().filter(|known| {
        let cell = row.cell(known.column);
        !cell.is_empty()
            && cell.len() <= HEADER_BYTES_MAX
            && known.origin.split('/').any(|part| key(part) == key(cell))
    });
    same.take(FIELDS_MIN).count() == FIELDS_MIN
}

fn score(header: &Header) -> usize {
    header.columns.iter().map(|known| known.holds).collect::<BTreeSet<_>>().len()
}

/// The configured headers, by what they are compared by.
fn extra(config: &Config) -> BTreeMap<String, Column> {
    let mut extra: BTreeMap<String, Column> = config
        .headers
        .iter()
        .map(|(header, field)| {
            let column = if field == IGNORE { None } else { synonyms::field(field) };
            (key(header), column.unwrap_or(Column::Nothing))
        })
        .collect();
    if !config.id_column.is_empty() {
        extra.insert(key(&config.id_column), Column::Id);
    }
    extra
}

fn read(grid: &Grid, row: usize, depth: usize, extra: &BTreeMap<String, Column>) -> Option<Header> {
    let upper = grid.rows.get(row)?;
    let lower = match depth {
        2 => Some(grid.rows.get(row + 1)?),
        _ => None,
    };
    if upper.own < 2 || lower.is_some_and(|lower| !is_second(lower, extra)) {
        return None;
    }
    // Sender and unit above a header of one row do not make it one of two.
    if lower.is_some() && preamble::read(std::slice::from_ref(upper)) != Preamble::default() {
        return None;
    }
    let width = upper.cells.len().max(lower.map_or(0, |lower| lower.cells.len()));
    let mut columns = Vec::new();
    let mut parent = String::new();
    for column in 0..width {
        let above = upper.cell(column);
        let below = lower.map_or("", |lower| lower.cell(column));
        // A parent spans the columns to its right until the next one, merged or not.
        if !above.is_empty() {
            parent = above.to_owned();
        } else if below.is_empty() {
            parent.clear();
        }
        let above = if above.is_empty() && !below.is_empty() { parent.as_str() } else { above };
        let child = if below == above { "" } else { below };
        let Some(holds) = meaning(above, child, extra) else { continue };
        let parts = [squeezed(above), squeezed(child)];
        let origin = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        columns.push(Known { column, holds, origin: origin.join("/") });
    }
    Some(Header { row, depth, columns })
}

/// A second header row names fields: not data, and not an explanation of how to fill it in.
fn is_second(row: &Row, extra: &BTreeMap<String, Column>) -> bool {
    let cells = || row.cells.iter().filter(|cell| !cell.is_empty());
    let short = cells().all(|cell| cell.chars().count() <= SECOND_CHARS_MAX);
    let named = cells().filter(|cell| known(cell, extra).is_some()).count();
    short && named > 0 && named * 2 >= cells().count()
}

/// The lower name counts, then both together, then the upper one; then words within them.
fn meaning(above: &str, below: &str, extra: &BTreeMap<String, Column>) -> Option<Column> {
    if below.is_empty() {
        return known(above, extra).or_else(|| synonyms::within(above));
    }
    known(below, extra)
        .or_else(|| known(&format!("{above}{below}"), extra))
        .or_else(|| synonyms::within(below))
}

fn known(header: &str, extra: &BTreeMap<String, Column>) -> Option<Column> {
    extra.get(&key(header)).copied().or_else(|| synonyms::exact(header))
}

/// A header on one line; brackets stay in full width if they came so.
fn squeezed(header: &str) -> String {
    let line: String = header.chars().filter(|letter| !letter.is_whitespace()).collect();
    if squeeze(header).is_empty() { String::new() } else { line }
}
