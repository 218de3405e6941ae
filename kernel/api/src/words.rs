//! Times and spans as people in Huzhou read them.

use jiff::tz::Offset;
use taihu_model::Timestamp;

/// An instant on the wall clock of Huzhou (UTC+8), to the minute.
pub(crate) fn local_time(at: Timestamp) -> String {
    Offset::constant(8).to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A span of seconds in its largest unit.
pub(crate) fn ago_zh(seconds: i64) -> String {
    match seconds {
        ..60 => "不到1分钟".to_owned(),
        60..3_600 => format!("{}分钟", seconds / 60),
        3_600..172_800 => format!("{}小时", seconds / 3_600),
        _ => format!("{}天", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, expected: &str) {
        assert_eq!(ago_zh(seconds), expected);
    }

    #[test]
    fn spans_are_told_in_their_largest_unit() {
        check(-5, "不到1分钟");
        check(59, "不到1分钟");
        check(60, "1分钟");
        check(3_600, "1小时");
        check(172_799, "47小时");
        check(172_800, "2天");
        assert_eq!(local_time("2026-05-20T19:30:00Z".parse().unwrap()), "2026-05-21 03:30");
    }
}
