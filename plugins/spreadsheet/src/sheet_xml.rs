//! What stands in the XML of a sheet beside its cells: merged cells and hidden rows.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use quick_xml::encoding::Decoder;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use serde::{Deserialize, Serialize};
use zip::ZipArchive;

use crate::grid::{Merge, ROWS_MAX};

/// Most merged ranges of a sheet that are looked at.
const MERGES_MAX: usize = 20_000;

/// Bytes that are looked through at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// The longest start tag that is looked at, in bytes.
const TAG_BYTES_MAX: usize = 4 * 1024;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Survey {
    /// Merged cells.
    pub(crate) merges: Vec<Merge>,
    /// Hidden rows, from 0.
    pub(crate) hidden: Vec<usize>,
}

/// Looks through the XML of a sheet; `None` if it cannot be found.
pub(crate) fn survey(bytes: &[u8], sheet: &str) -> Option<Survey> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let path = path_of(&mut zip, sheet)?;
    let mut entry = zip.by_name(&path).ok()?;
    let mut survey = Survey::default();
    let mut kept: Vec<u8> = Vec::with_capacity(CHUNK_BYTES + TAG_BYTES_MAX);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut row = 0;
    loop {
        // What breaks off is told by the reader of the cells.
        let read = entry.read(&mut chunk).unwrap_or(0);
        kept.extend_from_slice(&chunk[..read]);
        let done = tags(&kept, read == 0, &mut row, &mut survey);
        kept.drain(..done);
        if read == 0 {
            return Some(survey);
        }
    }
}

/// Looks at the start tags of rows and merged cells; answers how far it came.
fn tags(text: &[u8], is_all: bool, row: &mut usize, survey: &mut Survey) -> usize {
    let mut at = 0;
    while let Some(found) = text[at..].iter().position(|byte| *byte == b'<') {
        let tag = &text[at + found..];
        // The name may come in the next chunk.
        if tag.len() < 24 && !is_all {
            return at + found;
        }
        let is_row = begins(tag, b"row");
        if !is_row && !begins(tag, b"mergeCell") {
            at += found + 1;
            continue;
        }
        let Some(end) = tag.iter().position(|byte| *byte == b'>') else {
            if tag.len() < TAG_BYTES_MAX && !is_all {
                return at + found;
            }
            at += found + 1;
            continue;
        };
        let tag = &tag[..end];
        if is_row {
            *row = number(tag, b" r=\"").map_or(*row + 1, |number| number);
            let hidden = value(tag, b" hidden=\"");
            if matches!(hidden, Some(b"1" | b"true")) && *row > 0 && *row <= ROWS_MAX {
                survey.hidden.push(*row - 1);
            }
        } else if survey.merges.len() < MERGES_MAX {
            survey.merges.extend(value(tag, b" ref=\"").and_then(range));
        }
        at += found + end;
    }
    text.len()
}

/// Says whether a start tag has a name, with or without a prefix: `<row `, `<x:row>`.
fn begins(tag: &[u8], name: &[u8]) -> bool {
    let Some(rest) = tag.get(1..) else { return false };
    let end = rest
        .iter()
        .take(24)
        .position(|byte| matches!(byte, b' ' | b'>' | b'/' | b'\n' | b'\r' | b'\t'));
    let Some(full) = end.and_then(|end| rest.get(..end)) else { return false };
    let local = full.iter().position(|byte| *byte == b':').map_or(full, |at| &full[at + 1..]);
    local == name
}

/// The value of an attribute, which begins as given: ` r="`.
fn value<'a>(tag: &'a [u8], attribute: &[u8]) -> Option<&'a [u8]> {
    let at = tag.windows(attribute.len()).position(|part| part == attribute)?;
    let rest = &tag[at + attribute.len()..];
    let end = rest.iter().position(|byte| *byte == b'"')?;
    rest.get(..end)
}

fn number(tag: &[u8], attribute: &[u8]) -> Option<usize> {
    std::str::from_utf8(value(tag, attribute)?).ok()?.parse().ok()
}

/// `A1:C2`.
fn range(text: &[u8]) -> Option<Merge> {
    let text = std::str::from_utf8(text).ok()?;
    let (from, to) = text.split_once(':')?;
    let ((row, column), (last, end)) = (place(from)?, place(to)?);
    (row <= last && column <= end).then_some(Merge { rows: (row, last), columns: (column, end) })
}

/// `B12` as row and column, from 0.
fn place(text: &str) -> Option<(usize, usize)> {
    let digits = text.find(|letter: char| letter.is_ascii_digit())?;
    let (letters, row) = text.split_at(digits);
    let mut column = 0_usize;
    for letter in letters.trim_matches('$').bytes().take(4) {
        let value = usize::from(letter.to_ascii_uppercase().checked_sub(b'A')?) + 1;
        column = column * 26 + value;
    }
    Some((row.trim_matches('$').parse::<usize>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

/// Where the XML of a sheet is: its name leads to a relationship, that to a part (ECMA-376 §18.2.19).
fn path_of(zip: &mut ZipArchive<Cursor<&[u8]>>, sheet: &str) -> Option<String> {
    let book = part(zip, "xl/workbook.xml")?;
    let relation = find(&book, b"sheet", |tag| {
        let name = attribute(tag, b"name")?;
        (name == sheet).then(|| attribute(tag, b"id"))?
    })?;
    let relations = part(zip, "xl/_rels/workbook.xml.rels")?;
    let target = find(&relations, b"Relationship", |tag| {
        (attribute(tag, b"Id")? == relation).then(|| attribute(tag, b"Target"))?
    })?;
    Some(target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned))
}

fn part(zip: &mut ZipArchive<Cursor<&[u8]>>, path: &str) -> Option<String> {
    let mut text = String::new();
    zip.by_name(path).ok()?.take(1 << 20).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The first answer that an element of a local name gives.
fn find<T>(
    xml: &str,
    name: &[u8],
    of: impl Fn(&BTreeMap<Vec<u8>, String>) -> Option<T>,
) -> Option<T> {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == name => {
                if let Some(found) = of(&attributes(&tag, reader.decoder())) {
                    return Some(found);
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Attributes by their local name.
fn attributes(tag: &BytesStart<'_>, decoder: Decoder) -> BTreeMap<Vec<u8>, String> {
    let all = tag.attributes().flatten();
    let read = all.map(|one| {
        let value = one.decode_and_unescape_value(decoder).map(|value| value.into_owned());
        let value = value.unwrap_or_default();
        (one.key.local_name().as_ref().to_vec(), value)
    });
    read.collect()
}

fn attribute(tag: &BTreeMap<Vec<u8>, String>, name: &[u8]) -> Option<String> {
    tag.get(name).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_across_chunks() {
        let xml = b"<sheetData><row r=\"1\"><c/></row><x:row r=\"3\" ht=\"2\" hidden=\"1\"/><row hidden=\"true\">\
            </row></sheetData><mergeCells count=\"1\"><mergeCell ref=\"A1:C2\"/><mergeCell ref=\"AA10:AB11\"/></mergeCells>";
        for cut in 0..xml.len() {
            let (mut row, mut survey) = (0, Survey::default());
            let done = tags(&xml[..cut], false, &mut row, &mut survey);
            tags(&xml[done..], true, &mut row, &mut survey);
            assert_eq!(survey.hidden, [2, 3], "cut at {cut}");
            let first = Merge { rows: (0, 1), columns: (0, 2) };
            assert_eq!(survey.merges, [first, Merge { rows: (9, 10), columns: (26, 27) }]);
        }
    }

    #[test]
    fn places_are_read() {
        assert_eq!(place("A1"), Some((0, 0)));
        assert_eq!(place("$AB$12"), Some((11, 27)));
        assert_eq!(place("A0"), None);
        assert_eq!(place("12"), None);
        assert_eq!(range(b"B2:A1"), None);
    }
}
