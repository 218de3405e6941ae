//! Decimal numbers as people and spreadsheets write them, without floats.

/// A number not below zero: `digits` × 10^−`scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: u64,
    scale: u32,
}

/// Most digits that are read: they fit a `u64`.
const DIGITS_MAX: usize = 18;

impl Decimal {
    /// The value times 10^`power`, if that is a whole number that fits.
    pub(super) fn times_ten_to(self, power: u32) -> Option<i64> {
        let digits = i64::try_from(self.digits).ok()?;
        match power.checked_sub(self.scale) {
            Some(up) => digits.checked_mul(10i64.checked_pow(up)?),
            None => {
                let down = 10i64.checked_pow(self.scale - power)?;
                (digits % down == 0).then_some(digits / down)
            }
        }
    }
}

/// Reads the number that a normalised text begins with: `1,000`, `1 000.50`, `1.5E+06`. Gives what
/// comes after it.
pub(super) fn take(text: &str) -> Option<(Decimal, &str)> {
    let bytes = text.as_bytes();
    let (mut digits, mut scale, mut point, mut end) = (String::new(), 0u32, false, 0);
    for (at, byte) in bytes.iter().enumerate() {
        let next = bytes.get(at + 1);
        match byte {
            b'0'..=b'9' => {
                digits.push(char::from(*byte));
                scale += u32::from(point);
                end = at + 1;
            }
            b'.' if !point && !digits.is_empty() && next.is_some_and(u8::is_ascii_digit) => {
                point = true
            }
            // Thousands are set off by a comma or a blank before exactly three digits.
            b',' | b' ' if !point && !digits.is_empty() && is_thousand(&bytes[at + 1..]) => {}
            _ => break,
        }
    }
    if digits.is_empty() {
        return None;
    }
    let rest = &text[end..];
    if point {
        let zeros = digits.len() - digits.trim_end_matches('0').len();
        let drop = zeros.min(scale as usize);
        digits.truncate(digits.len() - drop);
        scale -= u32::try_from(drop).ok()?;
    }
    let digits = digits.trim_start_matches('0');
    if digits.len() > DIGITS_MAX || scale > 18 {
        return None;
    }
    let digits = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    exponent(Decimal { digits, scale }, rest)
}

fn is_thousand(rest: &[u8]) -> bool {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits == 3
}

/// Reads `E+06` after a mantissa.
fn exponent(number: Decimal, rest: &str) -> Option<(Decimal, &str)> {
    let Some(after) = rest.strip_prefix(['E', 'e']) else { return Some((number, rest)) };
    let after = after.strip_prefix('+').unwrap_or(after);
    let count = after.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=2).contains(&count) {
        return Some((number, rest));
    }
    let power: u32 = after[..count].parse().ok()?;
    let rest = &after[count..];
    if power <= number.scale {
        return Some((Decimal { scale: number.scale - power, ..number }, rest));
    }
    let digits = number.digits.checked_mul(10u64.checked_pow(power - number.scale)?)?;
    Some((Decimal { digits, scale: 0 }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, hundredths: Option<i64>, rest: &str) {
        let (number, after) = take(text).unwrap();
        assert_eq!((number.times_ten_to(2), after), (hundredths, rest), "{text}");
    }

    #[test]
    fn numbers_are_read() {
        check("100万元", Some(10_000), "万元");
        check("1,000,000.50", Some(100_000_050), "");
        check("1 000 元", Some(100_000), " 元");
        check("1,2", Some(100), ",2");
        check("1.5E+06", Some(150_000_000), "");
        check("12.345", None, "");
        check("0012.30", Some(1_230), "");
        check("3.", Some(300), ".");
        check("0", Some(0), "");
        for wrong in ["", "万", "-1", "1234567890123456789", ".5"] {
            assert!(take(wrong).is_none(), "{wrong}");
        }
    }
}
