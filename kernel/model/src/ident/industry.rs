//! Codes of industries (GB/T 4754-2017).

use std::str::FromStr;

use super::{IdentError, identifier, squeeze};

const WHAT: &str = "industry code of GB/T 4754-2017";

/// The last division (大类) of each section (门类) A to T of GB/T 4754-2017; 01 is the first.
const LAST_DIVISIONS: [u8; 20] =
    [5, 12, 43, 46, 50, 52, 60, 62, 65, 69, 70, 72, 75, 79, 82, 83, 85, 90, 96, 97];

/// An industry of GB/T 4754-**2017** (older editions lack 3843 铅蓄电池制造 and number others
/// differently): 2, 3 or 4 digits (大类, 中类, 小类) without the section's letter, which follows from
/// the digits, or a section's letter alone. Division and letter are checked, the deeper digits only for shape.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndustryCode(String);

identifier!(IndustryCode);

impl IndustryCode {
    /// The section (门类), `A` to `T`: manufacturing is `C`.
    #[must_use]
    pub fn section(&self) -> char {
        match self.0.get(..2).and_then(|division| division.parse().ok()).and_then(section_of) {
            Some(section) => section,
            None => self.0.chars().next().unwrap_or('T'),
        }
    }
}

fn section_of(division: u8) -> Option<char> {
    let at = LAST_DIVISIONS.iter().position(|last| division <= *last)?;
    (division > 0).then(|| char::from(b'A' + u8::try_from(at).unwrap_or(0)))
}

impl FromStr for IndustryCode {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        let code = squeeze(WHAT, text)?;
        let shape = |zh: &str, en: &str| Err(IdentError::shape(WHAT, text, zh, en));
        let (letter, digits) = match code.chars().next() {
            Some(letter @ 'A'..='T') => (Some(letter), &code[1..]),
            _ => (None, code.as_str()),
        };
        if digits.is_empty() && letter.is_some() {
            return Ok(Self(code));
        }
        if !((2..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())) {
            return shape(
                "应为4位数字，如3843，前面可有门类字母",
                "want 4 digits such as 3843, after a section's letter or not",
            );
        }
        let Some(section) = digits[..2].parse().ok().and_then(section_of) else {
            return shape("大类应在01至97之间", "a division lies between 01 and 97");
        };
        if letter.is_some_and(|letter| letter != section) {
            return shape(
                &format!("大类{}属于门类{section}", &digits[..2]),
                &format!("division {} belongs to section {section}", &digits[..2]),
            );
        }
        Ok(Self(digits.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_with_and_without_their_letter() {
        for (text, code, section) in [
            ("3843", "3843", 'C'),
            ("c ３８４３", "3843", 'C'),
            ("C38", "38", 'C'),
            ("M", "M", 'M'),
            ("9700", "9700", 'T'),
            ("0111", "0111", 'A'),
        ] {
            let read: IndustryCode = text.parse().unwrap();
            assert_eq!((read.as_str(), read.section()), (code, section), "{text}");
        }
        for wrong in ["", "3", "U38", "A3843", "9800", "0011", "38431", "制造业", "38.43"] {
            assert!(wrong.parse::<IndustryCode>().is_err(), "{wrong} passes");
        }
        let error = "A3843".parse::<IndustryCode>().unwrap_err();
        assert!(error.to_string().ends_with("division 38 belongs to section C"), "{error}");
    }
}
