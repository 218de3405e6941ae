//! Tables in web pages and in XML of 2003, which many systems of universities give out as `.xls`.
//!
//! Both say the same in other words: `tr` and `td rowspan colspan`, or `Row` and
//! `Cell ss:MergeDown ss:MergeAcross`. Pages are written by hand, so nothing need be closed.

use crate::book::{FindKeys, Unreadable};
use crate::grid::{COLUMNS_MAX, Grid, Merge, ROWS_MAX, Window};
use crate::records_xml;
use crate::sheet_xml::Survey;
use crate::workbook::Filling;

/// Most tables of a page that are looked at.
const TABLES_MAX: usize = 20;

/// A table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// Name of its sheet, if it has one.
    pub(crate) name: String,
    cells: Vec<(usize, usize, String)>,
    merges: Vec<Merge>,
    broken: Option<Unreadable>,
}

/// Reads the tables of a text, if it is markup at all.
pub(crate) fn tables(text: &str) -> Option<Result<Vec<Table>, Unreadable>> {
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let mut reading = Reading::default();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('<') {
        reading.text(before);
        if let Some(comment) = from.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = from.split_once('>') else { break };
        rest = after;
        let name = local_name(tag);
        // What stands in these is no text of the page.
        if matches!(name.as_str(), "style" | "script") {
            let end = format!("</{name}");
            let at = rest.to_ascii_lowercase().find(&end).unwrap_or(rest.len());
            rest = &rest[at..];
        } else {
            reading.tag(&name, tag);
        }
    }
    reading.end_cell();
    let mut tables = reading.tables;
    tables.retain(|table| !table.cells.is_empty());
    if tables.is_empty() {
        tables.extend(records(text));
    }
    Some(if !tables.is_empty() {
        Ok(tables)
    } else {
        Err(Unreadable::new(
            "这是网页或 XML，其中没有表格或成果记录；请在 Excel 或 WPS 中另存为 .xlsx",
            "it is a web page or XML without a table or records; save it as .xlsx",
        ))
    })
}

/// Records of XML as a table.
fn records(text: &str) -> Option<Table> {
    let (rows, broken) = records_xml::rows(text);
    if rows.len() < 2 {
        return None;
    }
    let mut table = Table { broken, ..Table::default() };
    for (row, cells) in rows.into_iter().enumerate() {
        let filled = cells.into_iter().enumerate().filter(|(_, text)| !text.is_empty());
        table.cells.extend(filled.map(|(column, text)| (row, column, text)));
    }
    Some(table)
}

/// A window of a table.
pub(crate) fn grid(table: &Table, window: Window, keys: FindKeys<'_>) -> Grid {
    let survey = Survey { merges: table.merges.clone(), hidden: Vec::new() };
    let mut filling = Filling::new(&table.name, window, keys, survey);
    for (row, column, text) in &table.cells {
        if !filling.put(*row, *column, text) {
            break;
        }
    }
    let mut grid = filling.end(None);
    if !grid.goes_on {
        grid.broken.clone_from(&table.broken);
    }
    grid
}

#[derive(Default)]
struct Reading {
    tables: Vec<Table>,
    name: String,
    /// Row and column that come next; the row from 1 once one has begun.
    row: usize,
    column: usize,
    /// The cell that is being read.
    cell: Option<(usize, usize, String)>,
}

impl Reading {
    fn text(&mut self, text: &str) {
        if let Some((_, _, cell)) = &mut self.cell {
            cell.push_str(text);
        }
    }

    fn tag(&mut self, name: &str, tag: &str) {
        match name {
            "worksheet" => self.name = attribute(tag, "name").unwrap_or_default(),
            "table" if self.cell.is_none() && self.tables.len() < TABLES_MAX => {
                self.tables.push(Table { name: self.name.clone(), ..Table::default() });
                (self.row, self.column) = (0, 0);
            }
            "tr" | "row" => {
                self.end_cell();
                let index = attribute(tag, "index").and_then(|text| text.parse().ok());
                self.row = index.unwrap_or(self.row + 1).max(self.row + 1);
                self.column = 0;
            }
            "td" | "th" | "cell" => {
                self.end_cell();
                self.begin_cell(tag);
            }
            "/td" | "/th" | "/cell" | "/tr" | "/row" | "/table" => self.end_cell(),
            "br" | "br/" | "p" | "div" => self.text("\n"),
            _ => {}
        }
    }

    fn begin_cell(&mut self, tag: &str) {
        let Some(table) = self.tables.last_mut() else { return };
        if self.row == 0 || self.row > ROWS_MAX {
            return;
        }
        let number = |name: &str| attribute(tag, name).and_then(|text| text.parse::<usize>().ok());
        if let Some(index) = number("index") {
            self.column = index.saturating_sub(1).max(self.column);
        }
        let row = self.row - 1;
        // Places that a cell of a row above reaches down to are taken.
        let is_taken = |column: usize| {
            let covers = |merge: &&Merge| {
                (merge.rows.0 + 1..=merge.rows.1).contains(&row)
                    && (merge.columns.0..=merge.columns.1).contains(&column)
            };
            table.merges.iter().rev().take(1_000).any(|merge| covers(&merge))
        };
        while self.column < COLUMNS_MAX && is_taken(self.column) {
            self.column += 1;
        }
        let wide = number("colspan").or(number("mergeacross").map(|more| more + 1)).unwrap_or(1);
        let high = number("rowspan").or(number("mergedown").map(|more| more + 1)).unwrap_or(1);
        let (wide, high) = (wide.clamp(1, COLUMNS_MAX), high.clamp(1, ROWS_MAX));
        if wide > 1 || high > 1 {
            let columns = (self.column, self.column + wide - 1);
            table.merges.push(Merge { rows: (row, row + high - 1), columns });
        }
        self.cell = Some((row, self.column, String::new()));
        self.column += wide;
    }

    fn end_cell(&mut self) {
        if let (Some((row, column, text)), Some(table)) = (self.cell.take(), self.tables.last_mut())
        {
            let text = plain(&text);
            if !text.is_empty() {
                table.cells.push((row, column, text));
            }
        }
    }
}

/// The name of a tag without its prefix, lower case, with the slash of an end: `/td`.
fn local_name(tag: &str) -> String {
    let (slash, tag) = tag.strip_prefix('/').map_or(("", tag), |tag| ("/", tag));
    let name = tag.split(|letter: char| letter.is_whitespace() || letter == '/').next();
    let name = name.unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    format!("{slash}{}", local.to_ascii_lowercase())
}

/// The value of an attribute by its local name, whatever its case and quotes.
fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let name = before.trim_end().rsplit([' ', '\n', '\t', '\r', '\'', '"', ':']).next()?;
        let after = after.trim_start();
        let (value, next) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after[1..].split_once(quote)?,
            _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value.trim_end_matches('/').to_owned());
        }
        rest = next;
    }
    None
}

/// A text of markup: line breaks of the source are blanks, entities are what they stand for.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('&') {
        plain.push_str(before);
        let known = from.get(..from.find(';').unwrap_or(0)).filter(|name| name.len() <= 10);
        match known.and_then(entity) {
            Some(letter) => {
                plain.push(letter);
                rest = &from[known.map_or(0, str::len) + 1..];
            }
            None => {
                plain.push('&');
                rest = from;
            }
        }
    }
    plain.push_str(rest);
    plain.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What an entity stands for.
pub(crate) fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        let code = match hex {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    Some(match name {
        "nbsp" | "ensp" | "emsp" => ' ',
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "ldquo" => '“',
        "rdquo" => '”',
        "mdash" => '—',
        "middot" => '·',
        "times" => '×',
        "deg" => '°',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, rows: &[&[&str]]) {
        let tables = tables(text).unwrap().unwrap();
        let all = Window::new(0, ROWS_MAX);
        let grid = grid(&tables[0], all, &|_| None);
        let cells: Vec<&[String]> = grid.rows.iter().map(|row| row.cells.as_slice()).collect();
        assert_eq!(cells, rows);
    }

    #[test]
    fn pages_and_xml_of_2003_are_read() {
        check(
            "<html><style>td{a<b}</style><!-- <table> --><TABLE border=1><tr><th colspan='2'>甲<th>乙\
             <tr><td rowspan=2>a&nbsp;&amp;<br>b<td>&#x4e2d;<td>c</tr><tr><td>d</td></table></html>",
            &[&["甲", "甲", "乙"], &["a &\nb", "中", "c"], &["a &\nb", "d"]],
        );
        check(
            "<?xml version=\"1.0\"?><Workbook xmlns:ss=\"x\"><Worksheet ss:Name=\"表\"><Table>\
             <Row ss:Index=\"2\"><Cell ss:Index=\"2\" ss:MergeDown=\"1\"><Data ss:Type=\"String\">甲</Data></Cell>\
             <Cell><Data ss:Type=\"Number\">1.5</Data></Cell></Row><Row><Cell><Data>乙</Data></Cell></Row></Table></Worksheet></Workbook>",
            &[&[], &["", "甲", "1.5"], &["乙", "甲"]],
        );
    }

    #[test]
    fn what_has_no_table_is_refused() {
        assert!(tables("<html><p>登录</p></html>").unwrap().is_err());
        assert!(tables("名称,简介").is_none());
        assert!(tables("<tr><td>x").unwrap().is_err());
        assert!(tables("<table><tr><td").unwrap().is_err());
    }
}
