//! Cursors: where the next page begins, opaque to whoever carries it.
//!
//! A cursor is the name of its list and a position, in hexadecimal. It stays good for ever: it names
//! the last record (or how many were passed over), not a state of this process.

use std::str::FromStr;

use axum::http::StatusCode;

use super::limits::{CURSOR_CHARS_MAX, PAGE_DEFAULT};
use super::problem::Problem;

/// Composes the cursor of a list.
pub(crate) fn write(list: &str, position: impl ToString) -> String {
    let text = format!("{list}:{}", position.to_string());
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut out, byte| {
        out.extend(
            [byte >> 4, byte & 15].map(|four| char::from(b"0123456789abcdef"[usize::from(four)])),
        );
        out
    })
}

/// Reads the cursor of a list.
///
/// # Errors
/// 400 if it is none, or another list's.
pub(crate) fn read<T: FromStr>(list: &str, cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let position = decode(cursor)
        .and_then(|text| text.strip_prefix(list)?.strip_prefix(':')?.parse::<T>().ok());
    position.map(Some).ok_or_else(|| {
        Problem::fault(
            StatusCode::BAD_REQUEST,
            "malformed",
            "query.cursor",
            "cursor 无效，请使用上一页返回的 next",
            "this is no cursor of this list; take it from next of the page before",
        )
    })
}

fn decode(cursor: &str) -> Option<String> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if cursor.len() > CURSOR_CHARS_MAX || !cursor.len().is_multiple_of(2) {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        cursor.as_bytes().chunks(2).map(|two| Some(digit(two[0])? << 4 | digit(two[1])?)).collect();
    String::from_utf8(bytes?).ok()
}

/// How many records a page has: as asked for, within 1 and the service's most.
///
/// # Errors
/// 400 for 0, or for more than a page has.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    let most = taihu_service::limits::PAGE_MAX;
    match asked {
        None => Ok(PAGE_DEFAULT),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(limit) => Err(Problem::fault(
            StatusCode::BAD_REQUEST,
            "malformed",
            "query.limit",
            format!("limit 应为1至{most}，现为{limit}"),
            format!("a page has 1 to {most} records, not {limit}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: &str, cursor: &str, expected: Option<&str>) {
        let found = read::<String>(list, Some(cursor)).ok().flatten();
        assert_eq!(found.as_deref(), expected, "{cursor:?}");
    }

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let cursor = write("needs", "need_01JSG0Z3M8");
        check("needs", &cursor, Some("need_01JSG0Z3M8"));
        check("pools", &cursor, None);
        check("needs", &cursor[1..], None);
        check("needs", "", None);
        check("needs", "zz", None);
        check("needs", &cursor.to_uppercase(), None);
        check("needs", &"00".repeat(CURSOR_CHARS_MAX), None);
        check("needs", "多字节", None);
        assert!(read::<u64>("needs", None).is_ok_and(|found| found.is_none()));
    }

    #[test]
    fn a_page_has_one_to_so_many_records() {
        assert_eq!(limit(None).ok(), Some(PAGE_DEFAULT));
        assert_eq!(limit(Some(200)).ok(), Some(200));
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err());
    }
}
