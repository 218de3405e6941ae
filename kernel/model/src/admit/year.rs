//! Dates of all kinds, of which only the year is kept.

use super::desk::Desk;

/// The years that are believed: from the founding of the People's Republic to the end of the
/// century. There is no clock here; what lies in the future is somebody else's question.
const YEARS: std::ops::RangeInclusive<i16> = 1949..=2099;

/// Days from 1899-12-30, where spreadsheets begin to count, to 1970-01-01.
const SERIAL_OF_1970: i64 = 25_569;

/// The year of the first date that can be read; dates that cannot are noted.
pub(super) fn year(desk: &mut Desk<'_>) -> Option<i16> {
    let values = desk.values("date");
    let texts: Vec<String> = values.iter().map(|value| crate::normalise(value.raw)).collect();
    if let Some(year) = texts.iter().find_map(|text| read(text)) {
        return Some(year);
    }
    if let Some(text) = texts.first() {
        desk.note(
            "date",
            "date_unreadable",
            text,
            "日期无法识别，已忽略；应为2025-03-01、2025.3、2025年3月等形式",
            "the date cannot be read and was left out; want a form such as 2025-03-01, 2025.3 or 2025年3月",
        );
    }
    None
}

/// Reads `2025`, `2025.3`, `2025年3月`, `2025-03-01…`, `20250301`, `202503`, `1/3/2025`,
/// `2020.1-2023.12` (the later year), 二〇二五年, and the serial days of a spreadsheet (`45717`).
pub(super) fn read(text: &str) -> Option<i16> {
    let text: String = text.chars().map(plain_digit).collect();
    let runs: Vec<&str> =
        text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    let is_number = text.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    if is_number && runs.first().is_some_and(|run| run.len() == 5) && runs.len() <= 2 {
        return serial(runs[0]);
    }
    runs.iter().filter_map(|run| year_of(run)).max()
}

fn year_of(run: &str) -> Option<i16> {
    let month =
        |from: usize| run[from..from + 2].parse().is_ok_and(|month: u8| (1..=12).contains(&month));
    let day =
        |from: usize| run[from..from + 2].parse().is_ok_and(|day: u8| (1..=31).contains(&day));
    let is_date = match run.len() {
        4 => true,
        6 => month(4),
        8 | 14 => month(4) && day(6),
        _ => false,
    };
    run.get(..4).filter(|_| is_date)?.parse().ok().filter(|year| YEARS.contains(year))
}

/// The year of a spreadsheet's day: 45717 is 2025-03-01.
fn serial(run: &str) -> Option<i16> {
    let days: i64 = run.parse().ok()?;
    let days = i32::try_from(days - SERIAL_OF_1970).ok()?;
    let date =
        jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Some(date.year()).filter(|year| YEARS.contains(year))
}

/// Chinese digits, as in 二〇二五年.
fn plain_digit(letter: char) -> char {
    match letter {
        '〇' | '零' | '○' => '0',
        '一' => '1',
        '二' => '2',
        '三' => '3',
        '四' => '4',
        '五' => '5',
        '六' => '6',
        '七' => '7',
        '八' => '8',
        '九' => '9',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        for text in [
            "2025",
            "2025.3",
            "2025.10",
            "2025年3月",
            "2025年",
            "2025-03-01",
            "2025/3/1",
            "20250301",
            "202503",
            "2025-03-01T08:30:00Z",
            "45717",
            "45717.5",
            "45717.0",
            "2025.0",
            "1/3/2025",
            "2020.1-2025.12",
            "二〇二五年三月",
            "2025年03月01日 08:30",
            "20250301083000",
        ] {
            assert_eq!(read(text), Some(2025), "{text}");
        }
        for (text, year) in
            [("36526", Some(2000)), ("36525", Some(1999)), ("1948", None), ("2100", None)]
        {
            assert_eq!(read(text), year, "{text}");
        }
        for wrong in ["", "近期", "3月", "12345678", "202513", "99", "00000"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
