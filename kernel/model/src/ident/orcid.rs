//! Identifiers of researchers (ORCID).

use std::str::FromStr;

use super::{IdentError, identifier, squeeze};

const WHAT: &str = "ORCID iD";

/// An ORCID iD: 16 digits in groups of four, the last one the check of ISO 7064 MOD 11-2 (`X` is 10).
/// A leading `https://orcid.org/` is read and dropped.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Orcid(String);

identifier!(Orcid);

impl FromStr for Orcid {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        let squeezed = squeeze(WHAT, text)?;
        let rest = squeezed
            .strip_prefix("HTTPS://")
            .or_else(|| squeezed.strip_prefix("HTTP://"))
            .unwrap_or(&squeezed);
        let rest =
            rest.strip_prefix("ORCID.ORG/").or_else(|| rest.strip_prefix("ORCID:")).unwrap_or(rest);
        let digits: String = rest.chars().filter(|letter| *letter != '-').collect();
        let is_shaped = digits.len() == 16
            && digits.bytes().take(15).all(|byte| byte.is_ascii_digit())
            && digits.ends_with(|last: char| last.is_ascii_digit() || last == 'X');
        if !is_shaped {
            let en = "want 16 digits in groups of four, the last may be X";
            return Err(IdentError::shape(WHAT, text, "应为16位，如0000-0002-1825-0097", en));
        }
        let total = digits
            .bytes()
            .take(15)
            .fold(0, |total, byte| (total + u32::from(byte - b'0')) * 2 % 11);
        let check = match (12 - total) % 11 {
            10 => 'X',
            digit => char::from_digit(digit, 10).unwrap_or('X'),
        };
        let last = char::from(digits.as_bytes()[15]);
        if last != check {
            return Err(IdentError::check(WHAT, text, last, check));
        }
        let groups = [&digits[..4], &digits[4..8], &digits[8..12], &digits[12..]];
        Ok(Self(groups.join("-")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ORCID's own examples.
    const REAL: [&str; 3] = ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"];

    #[test]
    fn real_ones_are_read() {
        for real in REAL {
            assert_eq!(real.parse::<Orcid>().unwrap().as_str(), real);
            assert_eq!(
                format!("https://orcid.org/{real}").parse::<Orcid>().unwrap().as_str(),
                real
            );
            assert_eq!(
                real.replace('-', "").to_lowercase().parse::<Orcid>().unwrap().as_str(),
                real
            );
        }
    }

    #[test]
    fn every_corruption_of_one_digit_is_found() {
        for real in REAL {
            let digits = real.replace('-', "");
            for at in 0..16 {
                for letter in
                    b"0123456789X".iter().filter(|letter| **letter != digits.as_bytes()[at])
                {
                    let mut bytes = digits.clone().into_bytes();
                    bytes[at] = *letter;
                    let wrong = String::from_utf8(bytes).unwrap();
                    assert!(wrong.parse::<Orcid>().is_err(), "{wrong} passes");
                }
            }
        }
        let error = "0000-0002-1825-0098".parse::<Orcid>().unwrap_err();
        assert!(error.to_string().ends_with("its check digit is 8 and should be 7"), "{error}");
    }
}
