//! What stands above a table: who filled it in, and in which unit.

use crate::grid::Row;
use crate::text::{half_width, squeeze};

/// Labels of the sender, as they stand before a colon.
const SENDERS: &[&str] = &[
    "填报单位",
    "报送单位",
    "申报单位",
    "推荐单位",
    "填表单位",
    "单位名称",
    "高校名称",
    "学校名称",
];

/// What was found above a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Preamble {
    /// The sender, and the label it stands behind: owner of rows that name none.
    pub(crate) sender: Option<(String, String)>,
    /// `万元` or `元`, if a unit is stated for the whole table.
    pub(crate) unit: Option<&'static str>,
}

/// Reads the rows above a header.
pub(crate) fn read(rows: &[Row]) -> Preamble {
    let mut preamble = Preamble::default();
    for row in rows {
        for (column, cell) in row.cells.iter().enumerate() {
            let is_new = column == 0 || row.cell(column - 1) != cell;
            if cell.is_empty() || !is_new {
                continue;
            }
            if preamble.unit.is_none() {
                preamble.unit = unit(cell);
            }
            if preamble.sender.is_none() {
                preamble.sender = sender(cell, row, column);
            }
        }
    }
    preamble
}

fn unit(cell: &str) -> Option<&'static str> {
    let cell = squeeze(cell);
    let (before, after) = cell.split_once(':')?;
    let is_unit = ["单位", "(单位", "金额单位", "(金额单位", "货币单位"].contains(&before);
    let after = after.trim_end_matches(')').trim_start_matches("人民币");
    match after {
        "万元" if is_unit => Some("万元"),
        "元" if is_unit => Some("元"),
        _ => None,
    }
}

/// 「填报单位（盖章）：东南大学   填报日期：…」, or the value in the next cell.
fn sender(cell: &str, row: &Row, column: usize) -> Option<(String, String)> {
    let colon = cell.char_indices().find(|(_, letter)| half_width(*letter) == ':');
    let (label, rest) = match colon {
        Some((at, letter)) => (&cell[..at], &cell[at + letter.len_utf8()..]),
        None => (cell, ""),
    };
    let bare = squeeze(label);
    let bare = bare.split('(').next().unwrap_or_default();
    if !SENDERS.contains(&bare) {
        return None;
    }
    // The value ends where the next label begins: a run of blanks, or a line.
    let rest = rest.trim();
    let value = rest.split(['\n', '\u{3000}']).next().unwrap_or_default();
    let value = value.split("  ").next().unwrap_or_default().trim();
    let value = value.trim_end_matches("（盖章）").trim_end_matches("(盖章)").trim();
    if !value.is_empty() {
        return Some((value.to_owned(), label.trim().to_owned()));
    }
    let next = row.cells.iter().skip(column + 1).find(|next| !next.is_empty() && *next != cell)?;
    let is_label = next.chars().any(|letter| half_width(letter) == ':');
    (!is_label).then(|| (next.trim().to_owned(), label.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cells: &[&str], sender: Option<(&str, &str)>, unit: Option<&str>) {
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        let own = cells.len();
        let found = read(&[Row { cells, own, ..Row::default() }]);
        let found_sender = found.sender.as_ref().map(|(a, b)| (a.as_str(), b.as_str()));
        assert_eq!((found_sender, found.unit), (sender, unit));
    }

    #[test]
    fn senders_and_units_are_found() {
        check(&["填报单位（盖章）：复旦大学"], Some(("复旦大学", "填报单位（盖章）")), None);
        check(&["填报单位: 复旦大学（盖章）   日期：2026"], Some(("复旦大学", "填报单位")), None);
        check(&["填报单位（盖章）", "", "厦门大学"], Some(("厦门大学", "填报单位（盖章）")), None);
        check(&["填报单位（盖章）：", "填报日期：2026.3"], None, None);
        check(&["单位：万元"], None, Some("万元"));
        check(&["（金额单位：元）"], None, Some("元"));
        check(&["科技成果汇总表"], None, None);
    }
}
