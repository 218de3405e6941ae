//! Dates of OAI-PMH: days and seconds of UTC, written in one way each.

use taihu_model::Timestamp;

/// How precise a date of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Granularity {
    /// `2026-05-20`.
    Day,
    /// `2026-05-20T01:02:03Z`.
    Second,
}

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// Reads a date: the second it begins with, and how precise it is.
pub(super) fn read(text: &str) -> Option<(i64, Granularity)> {
    let digits = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(byte, like)| match like {
                b'0' => byte.is_ascii_digit(),
                like => byte == like,
            })
    };
    let (text, granularity) = if digits(text, "0000-00-00") {
        (format!("{text}T00:00:00Z"), Granularity::Day)
    } else if digits(text, "0000-00-00T00:00:00Z") {
        (text.to_owned(), Granularity::Second)
    } else {
        return None;
    };
    // A leap second is no second of its own here.
    let second = text.parse::<Timestamp>().ok()?.as_second();
    Some((second, granularity))
}

/// The last second of a date that [`read`] has read.
pub(super) const fn last(second: i64, granularity: Granularity) -> i64 {
    match granularity {
        Granularity::Day => second + DAY_S - 1,
        Granularity::Second => second,
    }
}

/// Writes a second.
pub(super) fn write(second: i64) -> String {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(i64, Granularity)>) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn a_date_has_one_of_two_shapes() {
        check("1970-01-02", Some((86_400, Granularity::Day)));
        check("1970-01-01T00:01:00Z", Some((60, Granularity::Second)));
        for wrong in [
            "",
            "1970",
            "1970-13-01",
            "2026-02-29",
            "1970-01-01T00:01:00",
            "1970-01-01 00:01:00Z",
            "1970-01-01T00:01:00.5Z",
            "1970-01-01T25:01:00Z",
            "1970-01-01T00:01:00+08:00",
            "１970-01-01",
            "70-01-01",
        ] {
            check(wrong, None);
        }
        assert_eq!(write(60), "1970-01-01T00:01:00Z");
        assert_eq!(last(0, Granularity::Day), 86_399);
    }
}
