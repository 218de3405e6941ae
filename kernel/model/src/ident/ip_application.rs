//! Chinese patent application numbers: their two forms and their check digit (ZC 0006-2003).

use super::spreadsheet::{Restored, restore};
use super::{IdentError, IdentFault};
use crate::Text;

const WHAT: &str = "patent number";

/// Reads `202111144021.7` or `95115608.X`, with or without the point, from a squeezed text without
/// its prefix. `None` if it is something else altogether; the flag says that a spreadsheet's damage
/// was undone.
pub(super) fn read(rest: &str, text: &str) -> Option<Result<(String, bool), IdentError>> {
    let (plain, repaired) = match restore(rest) {
        Restored::Untouched => (rest.to_owned(), false),
        Restored::Whole(plain) => (plain, true),
        Restored::Lost { left, wanted } => return Some(Err(lost(text, left, wanted))),
    };
    let (body, check) = split(&plain)?;
    let Some(check) = check else {
        // Twelve or eight digits and nothing after them.
        return is_body(body).then(|| Err(unchecked(text, body, repaired)));
    };
    if !is_body(body) {
        return None;
    }
    let should_be = check_digit(body);
    if check != should_be {
        return Some(Err(IdentError::check(WHAT, text, check, should_be)));
    }
    Some(Ok((format!("{body}.{check}"), repaired)))
}

/// Splits off the check digit; `None` for it where the text ends before.
fn split(plain: &str) -> Option<(&str, Option<char>)> {
    let is_check = |letter: char| letter.is_ascii_digit() || letter == 'X';
    if !plain.is_ascii() {
        return None;
    }
    if let Some((body, check)) = plain.split_once('.') {
        let mut letters = check.chars();
        return match (letters.next(), letters.next()) {
            (Some(check), None) if is_check(check) => Some((body, Some(check))),
            _ => None,
        };
    }
    match plain.len() {
        8 | 12 => Some((plain, None)),
        9 | 13 => {
            let (body, check) = plain.split_at(plain.len() - 1);
            let check = check.chars().next().filter(|letter| is_check(*letter))?;
            Some((body, Some(check)))
        }
        _ => None,
    }
}

/// Twelve digits (year from 2003 on, kind, serial) or eight (two digits of the year 1985–2003, kind, serial).
fn is_body(body: &str) -> bool {
    if !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let (year, kind) = match body.len() {
        12 => (("2003"..="2099").contains(&&body[..4]), body.as_bytes()[4]),
        8 => (body[..2] >= *"85" || body[..2] <= *"03", body.as_bytes()[2]),
        _ => return false,
    };
    year && matches!(kind, b'1' | b'2' | b'3' | b'8' | b'9')
}

/// Σ dᵢwᵢ mod 11 with the weights 2…9, 2…5; 10 is `X`.
fn check_digit(body: &str) -> char {
    let sum: u32 = body
        .bytes()
        .zip((2..=9).cycle())
        .map(|(byte, weight)| u32::from(byte - b'0') * weight)
        .sum();
    char::from_digit(sum % 11, 10).unwrap_or('X')
}

fn lost(text: &str, left: usize, wanted: usize) -> IdentError {
    let why = Text::new(
        format!(
            "电子表格把号码当成了数字，{wanted}位整数只剩{left}位有效数字；请把该列设为文本后重新导出"
        ),
        format!(
            "a spreadsheet made a number of it and left {left} of {wanted} digits; format the column \
             as text and export it again"
        ),
    );
    IdentError::new(WHAT, IdentFault::DigitsLost, text, why)
}

/// The body is there and the check digit is not. After a spreadsheet the last digits may even be
/// rounded, so nothing is guessed.
fn unchecked(text: &str, body: &str, repaired: bool) -> IdentError {
    let check = check_digit(body);
    if repaired {
        let why = Text::new(
            format!(
                "电子表格把号码当成了数字，校验位丢失，末位可能已被四舍五入（{body}对应{body}.{check}）；请把该列设为文本后重新导出"
            ),
            format!(
                "a spreadsheet made a number of it: the check digit is lost and the last digit may be \
                 rounded ({body} would be {body}.{check}); format the column as text and export it again"
            ),
        );
        return IdentError::new(WHAT, IdentFault::DigitsLost, text, why);
    }
    let why = Text::new(
        format!("缺少校验位；{body}的校验位应为{check}，即{body}.{check}"),
        format!("its check digit is missing; that of {body} is {check}: {body}.{check}"),
    );
    IdentError::new(WHAT, IdentFault::Shape, text, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_real_numbers() {
        for (body, check) in [("202111144021", '7'), ("201310699744", '2'), ("95115608", 'X')] {
            assert_eq!(check_digit(body), check, "{body}");
        }
    }
}
