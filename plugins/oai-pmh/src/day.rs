//! Instants of the protocol: UTC, to the day or to the second.

/// Days of each month, in a year without 29 February.
const DAYS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// The granule before the one that an instant such as `2026-03-01T00:00:00.250Z` lies in: a second, or
/// a day. `None` if it is no such instant.
pub(crate) fn granule_before(instant: &str, seconds: bool) -> Option<String> {
    let number = |from: usize, to: usize| instant.get(from..to)?.parse::<i64>().ok();
    let mut day = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let time = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let shape = marks.iter().all(|(at, mark)| instant.as_bytes().get(*at) == Some(mark));
    let valid = (1..=12).contains(&day.1)
        && (1..=31).contains(&day.2)
        && (0..24).contains(&time.0)
        && (0..60).contains(&time.1)
        && (0..=60).contains(&time.2);
    if !shape || !valid {
        return None;
    }
    let mut second = time.0 * 3_600 + time.1 * 60 + time.2;
    if !seconds || second == 0 {
        day = day_before(day)?;
        second += 86_400;
    }
    second -= 1;
    let (year, month, date) = day;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    Some(if seconds {
        format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
    } else {
        format!("{year:04}-{month:02}-{date:02}")
    })
}

fn day_before((year, month, date): (i64, i64, i64)) -> Option<(i64, i64, i64)> {
    if date > 1 {
        return Some((year, month, date - 1));
    }
    if month == 1 {
        return Some((year - 1, 12, 31));
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = DAYS.get(usize::try_from(month - 2).ok()?)?;
    Some((year, month - 1, days + i64::from(leap && month == 3)))
}

#[cfg(test)]
mod tests {
    use super::granule_before;

    #[track_caller]
    fn check(instant: &str, second: Option<&str>, day: Option<&str>) {
        assert_eq!(granule_before(instant, true).as_deref(), second, "{instant}");
        assert_eq!(granule_before(instant, false).as_deref(), day, "{instant}");
    }

    #[test]
    fn the_granule_before_an_instant() {
        check("2026-05-01T08:30:15.250Z", Some("2026-05-01T08:30:14Z"), Some("2026-04-30"));
        check("2026-05-02T00:00:00Z", Some("2026-05-01T23:59:59Z"), Some("2026-05-01"));
        check("2024-03-01T00:00:00Z", Some("2024-02-29T23:59:59Z"), Some("2024-02-29"));
        check("2100-03-01T00:00:00Z", Some("2100-02-28T23:59:59Z"), Some("2100-02-28"));
        check("2026-01-01T00:00:00Z", Some("2025-12-31T23:59:59Z"), Some("2025-12-31"));
        check("2026-06-01T10:00:00Z", Some("2026-06-01T09:59:59Z"), Some("2026-05-31"));
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for wrong in
            ["", "2026-03-01", "2026-13-01T00:00:00Z", "2026-03-01 00:00:00", "汉字汉字汉字汉字"]
        {
            check(wrong, None, None);
        }
    }
}
