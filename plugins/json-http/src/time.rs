//! Instants as servers want and write them, without a clock: numbers in, texts out.

use taihu_plugin::Failure;

/// Seconds by which Beijing is ahead: Chinese servers that name no zone mean this one.
const BEIJING_S: i64 = 8 * 3_600;

const DAY_S: i64 = 86_400;

/// Seconds of the epoch that are believed to be a time: 1990 to 2100.
const SECONDS: std::ops::Range<i64> = 631_152_000..4_102_444_800;

/// How an instant is written for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SinceFormat {
    /// `2026-03-01T00:00:00Z`.
    Instant,
    /// `2026-03-01`, in Beijing.
    Day,
    /// `2026-03-01 08:00:00`, in Beijing.
    DateTime,
    /// Seconds since 1970.
    EpochS,
    /// Milliseconds since 1970.
    EpochMs,
}

impl SinceFormat {
    /// By its name in a configuration.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "instant" => Self::Instant,
            "day" => Self::Day,
            "datetime" => Self::DateTime,
            "epoch_s" => Self::EpochS,
            "epoch_ms" => Self::EpochMs,
            _ => return None,
        })
    }

    /// Writes the kernel's instant (`2026-03-01T00:00:00Z`); empty stays empty.
    ///
    /// # Errors
    /// `bad-input` if it is none.
    pub(crate) fn write(self, since: &str) -> Result<String, Failure> {
        if since.is_empty() {
            return Ok(String::new());
        }
        let Some(at) = seconds(since) else {
            return Err(Failure::bad_input(
                format!("增量起点“{since}”不是 2026-03-01T00:00:00Z 这样的时刻"),
                format!("{since:?} is no instant such as 2026-03-01T00:00:00Z"),
            ));
        };
        Ok(match self {
            Self::Instant => format!("{}T{}Z", day(at), clock(at)),
            Self::Day => day(at + BEIJING_S),
            Self::DateTime => format!("{} {}", day(at + BEIJING_S), clock(at + BEIJING_S)),
            Self::EpochS => at.to_string(),
            Self::EpochMs => (at * 1_000).to_string(),
        })
    }
}

/// A number of seconds or milliseconds since 1970 as a day in Beijing; `None` if it is another
/// number, such as a year.
pub(crate) fn day_of_epoch(number: &str) -> Option<String> {
    let number: i64 = number.parse().ok()?;
    let seconds = [number / 1_000, number].into_iter().find(|seconds| SECONDS.contains(seconds))?;
    Some(day(seconds + BEIJING_S))
}

/// `2026-03-01T00:00:00…Z` as seconds since 1970.
fn seconds(instant: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| instant.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
    if !fits || instant.as_bytes().get(10) != Some(&b'T') || !instant.ends_with('Z') {
        return None;
    }
    // Days from civil, H. Hinnant: the year begins in March, so that the leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * DAY_S + hour * 3_600 + minute * 60 + second)
}

fn day(seconds: i64) -> String {
    let days = seconds.div_euclid(DAY_S) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (era * 400 + year, if month < 10 { month + 3 } else { month - 9 });
    format!("{:04}-{month:02}-{day:02}", if month <= 2 { year + 1 } else { year })
}

fn clock(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(DAY_S);
    format!("{:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, want: &str) {
        let written = SinceFormat::named(format).unwrap().write("2026-02-28T17:05:09.5Z").unwrap();
        assert_eq!(written, want);
    }

    #[test]
    fn instants_are_written_as_servers_want_them() {
        check("instant", "2026-02-28T17:05:09Z");
        check("day", "2026-03-01");
        check("datetime", "2026-03-01 01:05:09");
        check("epoch_s", "1772298309");
        check("epoch_ms", "1772298309000");
        assert_eq!(SinceFormat::Day.write("").unwrap(), "");
        assert!(SinceFormat::Day.write("yesterday").is_err());
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2024-02-29T00:00:00Z").map(day).as_deref(), Some("2024-02-29"));
    }

    #[test]
    fn epochs_become_days_and_years_stay() {
        assert_eq!(day_of_epoch("1740758400000").as_deref(), Some("2025-03-01"));
        assert_eq!(day_of_epoch("1740758400").as_deref(), Some("2025-03-01"));
        assert_eq!(day_of_epoch("2025"), None);
        assert_eq!(day_of_epoch("20250301"), None);
        assert_eq!(day_of_epoch("45717"), None);
    }
}
