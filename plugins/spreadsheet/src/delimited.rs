//! CSV and other delimited texts as grids.

use encoding_rs::{Encoding, GB18030};

use crate::book::Unreadable;
use crate::grid::{Grid, ROWS_MAX};

/// A text, and how many characters of it could not be read.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) lost: usize,
}

/// Decodes a file: byte order mark, then UTF-8 if it is valid, else GB18030 (GBK is part of it).
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(&bytes[mark..]).0,
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => GB18030.decode_without_bom_handling(bytes).0,
        },
    };
    let lost = text.chars().filter(|letter| *letter == '\u{fffd}').count();
    Decoded { text: text.into_owned(), lost }
}

/// Reads a delimited text.
///
/// # Errors
/// If it is a web page, or no text at all.
pub(crate) fn grid(text: &str) -> Result<Grid, Unreadable> {
    let head: String = text.chars().take(500).collect::<String>().to_lowercase();
    if ["<html", "<table", "<!doctype html"].iter().any(|mark| head.contains(mark)) {
        return Err(Unreadable::new(
            "这是以表格扩展名保存的网页，请在 Excel 或 WPS 中另存为 .xlsx",
            "it is a web page with the extension of a spreadsheet; save it as .xlsx",
        ));
    }
    if head.contains('\0') {
        return Err(Unreadable::new(
            "不是表格也不是文本；可读 .xlsx、.xls、.csv",
            "it is neither a spreadsheet nor text; .xlsx, .xls and .csv can be read",
        ));
    }
    let mut grid = Grid::new("");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut row = 0;
    let mut start = 1;
    while let Ok(true) = reader.read_record(&mut record) {
        // The reader leaves out blank lines, which are rows to a person: they are the lines that
        // neither the record nor its line feeds account for.
        let end = reader.position().line();
        let inner: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let lines = usize::try_from(end - start).unwrap_or(0);
        row += lines.saturating_sub(1 + inner);
        start = end;
        for (column, cell) in record.iter().enumerate() {
            grid.put(row, column, cell);
        }
        row += 1;
        if row > ROWS_MAX {
            grid.is_cut = true;
            break;
        }
    }
    Ok(grid)
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
    fn check(bytes: &[u8], row: usize, cells: &[&str], lost: usize) {
        let decoded = decode(bytes);
        assert_eq!(decoded.lost, lost);
        let grid = grid(&decoded.text).unwrap();
        assert_eq!(grid.rows[row].cells, cells);
    }

    #[test]
    fn texts_are_read_in_any_encoding_and_delimiter() {
        check("名称,简介\n甲,\"一,\n二\"\n".as_bytes(), 1, &["甲", "一,\n二"], 0);
        check("\u{feff}名称,简介\n".as_bytes(), 0, &["名称", "简介"], 0);
        check(&GB18030.encode("名称,简介\r\n甲,㐀\r\n").0, 1, &["甲", "㐀"], 0);
        check("名称\t简介,长\t三\n".as_bytes(), 0, &["名称", "简介,长", "三"], 0);
        check("a;b\n\n\nc;d\n".as_bytes(), 3, &["c", "d"], 0);
        let utf16: Vec<u8> = "\u{feff}名,简\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&utf16, 0, &["名", "简"], 0);
        // A cell cut in the middle of a character keeps its neighbours.
        let mut cut = GB18030.encode("甲,成果简").0.into_owned();
        cut.pop();
        cut.extend(b",x\n");
        check(&cut, 0, &["甲", "成果\u{fffd}", "x"], 1);
    }

    #[test]
    fn web_pages_and_binaries_are_refused() {
        assert!(grid("<html><table>").is_err());
        assert!(grid("a\0b").is_err());
    }
}
