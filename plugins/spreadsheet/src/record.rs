//! From a row to a record of the contract.

use taihu_plugin::{RawRecord, field};

use crate::header::Known;
use crate::synonyms::{self, Column};
use crate::table::Table;
use crate::text::{cut, digest};

/// The longest value of the contract, in bytes.
const VALUE_BYTES_MAX: usize = 8 * 1024;

/// The longest verbatim text of the contract, in bytes.
const VERBATIM_BYTES_MAX: usize = 64 * 1024;

/// The longest identifier of the contract, in characters.
const ID_CHARS_MAX: usize = 256;

/// Limits at which databases cut texts, in bytes of UTF-8 or GB18030.
const CUTS: &[usize] = &[255, 256, 500, 510, 512, 1_000, 1_024, 2_000, 2_048, 4_000, 4_096];

/// A record and what was odd about it: Chinese, English.
pub(crate) struct Made {
    pub(crate) record: RawRecord,
    pub(crate) odd: Vec<(String, String)>,
}

/// The identifier of a row: its own, its registration number, or a digest of owner, title and right,
/// which stay the same when rows move or the file gets another name.
pub(crate) fn id(table: &Table<'_>, at: usize) -> String {
    let row = &table.grid.rows[at];
    for holds in [Column::Id, Column::Field("registration_no")] {
        let own = table.header.columns.iter().find(|known| known.holds == holds);
        let own = own.map_or("", |known| row.cell(known.column));
        if !own.is_empty() && own.chars().count() <= ID_CHARS_MAX {
            return own.replace('\n', " ");
        }
    }
    content_digest(table, at)
}

/// A digest of what makes a row an achievement of its own.
pub(crate) fn content_digest(table: &Table<'_>, at: usize) -> String {
    let mut owner = values(table, at, "owner");
    if let (true, Some((sender, _))) = (owner.is_empty(), &table.preamble.sender) {
        owner.clone_from(sender);
    }
    let (title, ip) = (values(table, at, "title"), values(table, at, "ip"));
    // Without a title the summary has to tell rows apart.
    let title = if title.is_empty() { values(table, at, "summary") } else { title };
    digest(&[&owner, &title, &ip])
}

fn values(table: &Table<'_>, at: usize, name: &str) -> String {
    let row = &table.grid.rows[at];
    let of = |known: &&Known| matches!(known.holds, Column::Field(field) if field == name);
    table.header.columns.iter().filter(of).map(|known| row.cell(known.column)).collect()
}

/// Makes the record of a row.
pub(crate) fn make(table: &Table<'_>, at: usize, id: String, place: String) -> Made {
    let row = &table.grid.rows[at];
    let mut record = RawRecord::new(id, place);
    let mut odd = Vec::new();
    for known in &table.header.columns {
        let Some(name) = field_of(known) else { continue };
        let mut value = row.cell(known.column).to_owned();
        if value.is_empty() {
            continue;
        }
        if name == "ip" && lost_zero(&value) {
            value.push_str(".0");
        }
        if cut(&mut value, VALUE_BYTES_MAX) {
            odd.push((
                format!("“{}”超过 {VALUE_BYTES_MAX} 字节，已截断", known.origin),
                format!("{:?} has more than {VALUE_BYTES_MAX} bytes and was cut", known.origin),
            ));
        } else if let ("summary", Some(limit)) = (name, cut_at(&value)) {
            odd.push((
                format!("“{}”可能在 {limit} 字节处被来源截断", known.origin),
                format!("the source may have cut {:?} at {limit} bytes", known.origin),
            ));
        }
        record.fields.push(field(name, value, origin(table, known, name)));
    }
    for (known, value) in further(table, at) {
        let Column::Field(name) = known.holds else { continue };
        let mut value = value.to_owned();
        cut(&mut value, VALUE_BYTES_MAX);
        record.fields.push(field(name, value, origin(table, known, name)));
    }
    let has_owner = record.fields.iter().any(|field| field.name == "owner");
    if let (false, Some((sender, label))) = (has_owner, &table.preamble.sender) {
        record.fields.push(field("owner", sender.as_str(), label.as_str()));
    }
    record.verbatim = verbatim(table, at);
    cut(&mut record.verbatim, VERBATIM_BYTES_MAX);
    Made { record, odd }
}

/// The field that a column fills: an identifier may be a registration number as well.
fn field_of(known: &Known) -> Option<&'static str> {
    match known.holds {
        Column::Field(name) => Some(name),
        Column::Id => match synonyms::exact(&known.origin) {
            Some(Column::Field(name)) => Some(name),
            _ => None,
        },
        Column::Nothing => None,
    }
}

/// Values of the rows that go on with an achievement, those aside that are the same as above.
fn further<'a>(table: &'a Table<'_>, at: usize) -> Vec<(&'a Known, &'a str)> {
    let rows = table.further.get(&at).into_iter().flatten().map(|at| &table.grid.rows[*at]);
    let own = |row: &'a crate::grid::Row| {
        let is_own = |known: &&Known| !row.from_above.contains(&known.column);
        let filled = |(_, value): &(&Known, &str)| !value.is_empty();
        let values = table.header.columns.iter().filter(is_own);
        values.map(|known| (known, row.cell(known.column))).filter(filled).collect::<Vec<_>>()
    };
    rows.flat_map(own).collect()
}

fn verbatim(table: &Table<'_>, at: usize) -> String {
    let further = table.further.get(&at).into_iter().flatten();
    let line = |at: &usize| {
        let cells = table.grid.rows[*at].cells.iter().map(|cell| cell.replace('\n', " "));
        cells.collect::<Vec<_>>().join("\t")
    };
    std::iter::once(&at).chain(further).map(line).collect::<Vec<_>>().join("\n")
}

/// The header, with the unit of the table where the header of a price has none.
fn origin(table: &Table<'_>, known: &Known, name: &str) -> String {
    match table.preamble.unit {
        Some(unit) if name == "price" && !known.origin.contains('元') => {
            format!("{}（{unit}）", known.origin)
        }
        _ => known.origin.clone(),
    }
}

/// Says whether a patent number lost its check digit 0 when a cell of digits became a number:
/// 202211335527.0 and 202211335527 are the same to a spreadsheet. Only where 0 is the right digit
/// (DOMAIN: Σ dᵢwᵢ mod 11); any other number of 12 digits is passed on as it is.
fn lost_zero(value: &str) -> bool {
    const WEIGHTS: [u32; 12] = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let digits: Vec<u32> = value.chars().filter_map(|letter| letter.to_digit(10)).collect();
    let is_number = value.len() == 12 && digits.len() == 12;
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    is_number && matches!(digits[..2], [1, 9] | [2, 0]) && sum % 11 == 0
}

/// The limit at which a text seems to have been cut: its size is one, or ends in half a
/// character, and no sentence ends there.
fn cut_at(text: &str) -> Option<usize> {
    let whole = text.trim_end_matches('\u{fffd}');
    let is_broken = whole.len() < text.len();
    let ends =
        whole.ends_with(['。', '.', '！', '!', '？', '?', '；', ';', '”', '"', '）', ')', '…']);
    if ends && !is_broken {
        return None;
    }
    let utf8 = whole.len();
    let gbk: usize = whole.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum();
    // The last character of three bytes may have been left out as a whole.
    let near = |size: usize| CUTS.iter().find(|limit| (size..size + 3).contains(*limit));
    let limit = near(utf8).or_else(|| near(gbk)).copied();
    limit.or(is_broken.then_some(utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_zero_is_noticed() {
        assert!(lost_zero("202211335527"));
        assert!(!lost_zero("202110345671"));
        assert!(!lost_zero("202211335527.0"));
        assert!(!lost_zero("302211335527"));
    }

    #[test]
    fn cuts_are_noticed() {
        assert_eq!(cut_at(&"成".repeat(85)), Some(255));
        assert_eq!(cut_at(&"成".repeat(250)), Some(500));
        assert_eq!(cut_at(&format!("{}。", "成".repeat(84))), None);
        assert_eq!(cut_at("一段没有句号的简介"), None);
        assert_eq!(cut_at("一段残缺的\u{fffd}"), Some(15));
    }
}
