//! What a spreadsheet made of a number that it took for a quantity.

/// What is left of a number after a spreadsheet had it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Restored {
    /// Nothing had happened to it.
    Untouched,
    /// Every digit is there, in this plain form: `202111144021.7`.
    Whole(String),
    /// So many significant digits are left, of so many before the point.
    Lost { left: usize, wanted: usize },
}

/// Undoes `2.021111440217E+11`, `202111144021.70` and `202111144021.70001` where no digit is lost.
/// `text` is squeezed: upper case, no blanks.
pub(super) fn restore(text: &str) -> Restored {
    let (mantissa, exponent) = match text.split_once('E') {
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix('+').unwrap_or(exponent);
            match digits.parse::<u8>() {
                Ok(exponent @ 1..=20) if digits.len() <= 2 => (mantissa, usize::from(exponent)),
                _ => return Restored::Untouched,
            }
        }
        None => (text, 0),
    };
    let Some((whole, fraction)) = mantissa.split_once('.') else { return Restored::Untouched };
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return Restored::Untouched;
    }
    if exponent == 0 {
        return match fraction.len() {
            1 => Restored::Untouched,
            _ => one_decimal(whole, fraction),
        };
    }
    if whole.len() != 1 {
        return Restored::Untouched;
    }
    if fraction.len() < exponent {
        return Restored::Lost { left: 1 + fraction.len(), wanted: 1 + exponent };
    }
    let (integer, decimals) = fraction.split_at(exponent);
    let integer = format!("{whole}{integer}");
    match decimals.len() {
        0 => Restored::Whole(integer),
        1 => Restored::Whole(format!("{integer}.{decimals}")),
        _ => one_decimal(&integer, decimals),
    }
}

/// Keeps one decimal where the others are zeros, or noise after three zeros or nines: what
/// `202111144021.7` becomes when a binary fraction is printed too long.
fn one_decimal(integer: &str, decimals: &str) -> Restored {
    let (first, rest) = decimals.split_at(1);
    let digit = first.as_bytes()[0] - b'0';
    let is_noise = rest.len() > 3;
    if rest.bytes().all(|byte| byte == b'0') || is_noise && rest.starts_with("000") {
        return Restored::Whole(format!("{integer}.{digit}"));
    }
    if is_noise && rest.starts_with("999") && digit < 9 {
        return Restored::Whole(format!("{integer}.{}", digit + 1));
    }
    Restored::Untouched
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, restored: &str) {
        assert_eq!(restore(text), Restored::Whole(restored.into()), "{text}");
    }

    #[test]
    fn nothing_is_lost() {
        check("2.021111440217E+11", "202111144021.7");
        check("2.021111440217E+12", "2021111440217");
        check("2.021111440217E12", "2021111440217");
        check("202111144021.70", "202111144021.7");
        check("202111144021.70001", "202111144021.7");
        check("202111144021.69998", "202111144021.7");
    }

    #[test]
    fn digits_are_lost() {
        assert_eq!(restore("2.02111E+11"), Restored::Lost { left: 6, wanted: 12 });
        for untouched in [
            "202111144021.7",
            "ZL202111144021.7",
            "202111144021",
            "2.0E",
            "202111144021.75",
            "1E+5",
        ] {
            assert_eq!(restore(untouched), Restored::Untouched, "{untouched}");
        }
    }
}
