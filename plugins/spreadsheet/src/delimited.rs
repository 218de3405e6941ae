//! CSV and other delimited texts as grids.

use encoding_rs::{Encoding, GB18030};

use crate::book::{FindKeys, Unreadable};
use crate::grid::{Grid, Window};
use crate::sheet_xml::Survey;
use crate::workbook::Filling;

/// Most lines, and most bytes, of one quoted cell: beyond them a quotation mark was not closed. The
/// longest cell of a spreadsheet has 32,767 characters.
const CELL_LINES_MAX: usize = 300;
const CELL_BYTES_MAX: usize = 96 * 1024;

/// A text, and how many characters of it could not be read.
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) lost: usize,
}

/// Decodes a file: byte order mark, then UTF-8 if it is valid, else GB18030 (GBK is part of it).
///
/// # Errors
/// If it is no text at all.
pub(crate) fn decode(bytes: &[u8]) -> Result<Text, Unreadable> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&bytes[mark..]).0,
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => GB18030.decode_without_bom_handling(bytes).0,
        },
    };
    if text.chars().take(500).any(|letter| letter == '\0') {
        return Err(Unreadable::new(
            "不是表格也不是文本；可读 .xlsx、.xls、.csv",
            "it is neither a spreadsheet nor text; .xlsx, .xls and .csv can be read",
        ));
    }
    let lost = text.matches('\u{fffd}').count();
    Ok(Text { text: text.into_owned(), lost })
}

/// Reads a window of a delimited text.
pub(crate) fn grid(text: &str, window: Window, keys: FindKeys<'_>) -> Grid {
    let delimiter = delimiter(text);
    let mut filling = Filling::new("", window, keys, Survey::default());
    let mut unclosed = Vec::new();
    let (mut rest, mut line) = (text, 0);
    loop {
        match stretch(rest, line, delimiter, &mut filling) {
            Stretch::End => break,
            // A quotation mark that is not closed would swallow all that follows: its line is taken
            // as it stands, and reading begins anew behind it.
            Stretch::Unclosed { at, line: number } => {
                unclosed.push(number);
                let (broken, after) = rest[at..].split_once('\n').unwrap_or((&rest[at..], ""));
                let cells = broken.trim_end_matches('\r').split(char::from(delimiter));
                for (column, cell) in cells.enumerate() {
                    filling.put(number, column, cell.trim_matches('"'));
                }
                (rest, line) = (after, number + 1);
            }
        }
    }
    let mut grid = filling.end(None);
    grid.unclosed = unclosed;
    grid
}

enum Stretch {
    /// The text, or what is wanted of it, is read.
    End,
    /// The record that begins at this byte, on this line, has a quotation mark that is not closed.
    Unclosed { at: usize, line: usize },
}

/// Reads records up to the end or to one that goes wrong.
fn stretch(text: &str, first: usize, delimiter: u8, filling: &mut Filling<'_>) -> Stretch {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let (mut row, mut start, mut at) = (first, 1, 0);
    while let Ok(true) = reader.read_record(&mut record) {
        // The reader leaves out blank lines, which are rows to a person: they are the lines that
        // neither the record nor its line feeds account for.
        let end = reader.position().line();
        let byte = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        let inner: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let longest = record.iter().map(str::len).max().unwrap_or(0);
        let lines = usize::try_from(end - start).unwrap_or(0);
        row += lines.saturating_sub(1 + inner);
        let is_suspect = inner > CELL_LINES_MAX || longest > CELL_BYTES_MAX;
        if is_suspect || inner > 0 && is_unclosed(&text[at..byte], delimiter) {
            let blank = text[at..].len() - text[at..].trim_start_matches(['\r', '\n']).len();
            return Stretch::Unclosed { at: at + blank, line: row };
        }
        (start, at) = (end, byte);
        if !filling.reaches(row) {
            return Stretch::End;
        }
        for (column, cell) in record.iter().enumerate() {
            filling.put(row, column, as_typed(cell));
        }
        row += 1;
    }
    Stretch::End
}

/// Says whether a quotation mark of a record is not closed, or is closed in the middle of a cell
/// (RFC 4180 §2.5): then it is not the one that was opened.
fn is_unclosed(record: &str, delimiter: u8) -> bool {
    let mut bytes = record.bytes().peekable();
    let (mut begins, mut quoted) = (true, false);
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => _ = bytes.next(),
            b'"' if quoted => {
                let after = bytes.peek();
                if after.is_some_and(|after| *after != delimiter && !b"\r\n".contains(after)) {
                    return true;
                }
                quoted = false;
            }
            b'"' if begins => quoted = true,
            _ => {}
        }
        begins = !quoted && (byte == delimiter || byte == b'\n');
    }
    quoted
}

/// What somebody typed into a cell that a spreadsheet was kept from changing: `="2021…"`, `'2021…`.
fn as_typed(cell: &str) -> &str {
    let formula = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let quoted =
        || cell.strip_prefix('\'').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    formula.or_else(quoted).unwrap_or(cell)
}

/// The delimiter that the first lines have most of, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b'\t', 0), (b';', 0)];
    let mut quoted = false;
    for letter in text.chars().take(8_000) {
        quoted ^= letter == '"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(!quoted && letter == char::from(*delimiter));
        }
    }
    // The first of equals, so the comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], row: usize, cells: &[&str], lost: usize) -> Grid {
        let decoded = decode(bytes).unwrap();
        assert_eq!(decoded.lost, lost);
        let all = Window::new(0, 60_000);
        let grid = grid(&decoded.text, all, &|_| None);
        assert_eq!(grid.rows[row].cells, cells);
        grid
    }

    #[test]
    fn texts_are_read_in_any_encoding_and_delimiter() {
        check("名称,简介\n甲,\"一,\n二\"\n".as_bytes(), 1, &["甲", "一,\n二"], 0);
        check("\u{feff}名称,简介\n".as_bytes(), 0, &["名称", "简介"], 0);
        check(&GB18030.encode("名称,简介\r\n甲,㐀\r\n").0, 1, &["甲", "㐀"], 0);
        check("名称\t简介,长\t三\n".as_bytes(), 0, &["名称", "简介,长", "三"], 0);
        check("a;b\n\n\nc;d\n".as_bytes(), 3, &["c", "d"], 0);
        check(
            "号,名\n\"=\"\"202110345671.8\"\"\",'0123\n".as_bytes(),
            1,
            &["202110345671.8", "0123"],
            0,
        );
        let utf16: Vec<u8> = "\u{feff}名,简\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&utf16, 0, &["名", "简"], 0);
        // A cell cut in the middle of a character keeps its neighbours.
        let mut cut = GB18030.encode("甲,成果简").0.into_owned();
        cut.pop();
        cut.extend(b",x\n");
        check(&cut, 0, &["甲", "成果\u{fffd}", "x"], 1);
    }

    #[test]
    fn an_open_quotation_mark_swallows_no_rows() {
        let text = "名,简\n甲,\"没有闭合\n\n乙,好\n丙,\"一\n二\"\n";
        let grid = check(text.as_bytes(), 3, &["乙", "好"], 0);
        assert_eq!(grid.unclosed, [1]);
        assert_eq!(grid.rows[1].cells, ["甲", "没有闭合"]);
        assert_eq!(grid.rows[4].cells, ["丙", "一\n二"]);
        let many = format!("名,简\n甲,\"没有闭合\n{}", "乙,\"好\"\n".repeat(2_000));
        let grid = check(many.as_bytes(), 1_999, &["乙", "好"], 0);
        assert_eq!((grid.unclosed.as_slice(), grid.rows.len()), ([1].as_slice(), 2_002));
    }

    #[test]
    fn binaries_are_refused() {
        assert!(decode(b"a\0b").is_err());
    }
}
