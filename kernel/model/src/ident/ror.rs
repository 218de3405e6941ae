//! Identifiers of research organisations (ROR).

use std::str::FromStr;

use super::{IdentError, IdentFault, identifier, squeeze};
use crate::Text;

const WHAT: &str = "ROR id";
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A ROR id: `0`, six characters of Crockford base 32, two check digits (98 − (n · 100 mod 97));
/// nine lower-case characters, without `https://ror.org/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ror(String);

identifier!(Ror);

impl FromStr for Ror {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        let squeezed = squeeze(WHAT, text)?;
        let rest = squeezed
            .strip_prefix("HTTPS://")
            .or_else(|| squeezed.strip_prefix("HTTP://"))
            .unwrap_or(&squeezed);
        let rest = rest.strip_prefix("ROR.ORG/").unwrap_or(rest);
        let shape = || {
            let en = "want 0, six letters or digits (no I, L, O, U) and two digits";
            IdentError::shape(
                WHAT,
                text,
                "应为9位：0、6位字母或数字（不含I、L、O、U）、2位数字",
                en,
            )
        };
        if !(rest.len() == 9 && rest.is_ascii() && rest.starts_with('0')) {
            return Err(shape());
        }
        let number = rest[1..7].bytes().try_fold(0u64, |number, byte| {
            let value = ALPHABET.iter().position(|&letter| letter == byte)?;
            Some(number * 32 + value as u64)
        });
        let number = number.ok_or_else(shape)?;
        if !rest[7..].bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(shape());
        }
        let check = format!("{:02}", 98 - number * 100 % 97);
        if rest[7..] != check {
            let why = Text::new(
                format!("末两位校验码是{}，应为{check}", &rest[7..]),
                format!("its check digits are {} and should be {check}", &rest[7..]),
            );
            return Err(IdentError::new(WHAT, IdentFault::CheckDigit, text, why));
        }
        Ok(Self(rest.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Brown University and Tsinghua University.
    const REAL: [&str; 2] = ["05gq02987", "03cve4549"];

    #[test]
    fn real_ones_are_read() {
        for real in REAL {
            assert_eq!(real.parse::<Ror>().unwrap().as_str(), real);
            assert_eq!(format!("https://ror.org/{real}").parse::<Ror>().unwrap().as_str(), real);
        }
    }

    #[test]
    fn every_corruption_of_one_character_is_found() {
        for real in REAL {
            for at in 0..9 {
                for letter in ALPHABET.map(|letter| letter.to_ascii_lowercase()) {
                    let mut bytes = real.as_bytes().to_vec();
                    if bytes[at] == letter {
                        continue;
                    }
                    bytes[at] = letter;
                    let wrong = String::from_utf8(bytes).unwrap();
                    assert!(wrong.parse::<Ror>().is_err(), "{wrong} passes");
                }
            }
        }
    }
}
