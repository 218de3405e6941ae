//! Unified social credit codes (GB 32100-2015).

use std::str::FromStr;

use super::{IdentError, identifier, squeeze};

const WHAT: &str = "unified social credit code";

/// The 31 characters of GB 32100: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// 统一社会信用代码: 18 characters, upper case, both check characters verified (that of
/// GB 32100-2015 at the end, that of the organisation code, GB 11714, at position 17).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc(String);

identifier!(Uscc);

impl FromStr for Uscc {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        let code = squeeze(WHAT, text)?.replace('-', "");
        let shape = || {
            IdentError::shape(
                WHAT,
                text,
                "应为18位数字或大写字母（不含I、O、S、V、Z）",
                "want 18 digits or letters other than I, O, S, V, Z",
            )
        };
        if code.len() != 18 {
            return Err(shape());
        }
        let values: Vec<u32> = code.bytes().map(value).collect::<Option<_>>().ok_or_else(shape)?;
        let letters = code.as_bytes();
        let inner = organisation_check(&letters[8..16]);
        let outer = credit_check(&values[..17]);
        if letters[17] != outer {
            return Err(IdentError::check(WHAT, text, letters[17].into(), outer.into()));
        }
        if letters[16] != inner {
            let mut error = IdentError::check(WHAT, text, letters[16].into(), inner.into());
            error.why.zh.insert_str(0, "第9至17位（组织机构代码）的");
            error.why.en.push_str(", at position 17, for the organisation code (GB 11714)");
            return Err(error);
        }
        Ok(Self(code))
    }
}

fn value(letter: u8) -> Option<u32> {
    ALPHABET.iter().position(|&known| known == letter).and_then(|at| u32::try_from(at).ok())
}

/// The last character: weights 3^(i−1) mod 31, check = (31 − Σ mod 31) mod 31.
fn credit_check(values: &[u32]) -> u8 {
    let (sum, _) = values
        .iter()
        .fold((0, 1), |(sum, weight), value| ((sum + value * weight) % 31, weight * 3 % 31));
    ALPHABET[((31 - sum) % 31) as usize]
}

/// Position 17: weights 3 7 9 10 5 8 4 2, check = 11 − Σ mod 11; 10 is X and 11 is 0.
/// Letters count from A = 10 to Z = 35, as GB 11714 has them all.
fn organisation_check(letters: &[u8]) -> u8 {
    let sum: u32 = letters
        .iter()
        .zip([3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(letter, weight)| char::from(*letter).to_digit(36).unwrap_or(0) * weight)
        .sum();
    match 11 - sum % 11 {
        11 => b'0',
        10 => b'X',
        digit => b'0' + u8::try_from(digit).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard's own example, and Tsinghua University.
    const REAL: [&str; 2] = ["91350100M000100Y43", "12100000400000624D"];

    #[test]
    fn real_codes_are_read() {
        for code in REAL {
            assert_eq!(code.parse::<Uscc>().unwrap().as_str(), code);
        }
        let wide = "９１３５０１００ｍ０００１００ｙ４３ ";
        assert_eq!(wide.parse::<Uscc>().unwrap().as_str(), REAL[0]);
    }

    #[test]
    fn every_corruption_of_one_character_is_found() {
        for code in REAL {
            for at in 0..18 {
                for letter in ALPHABET.iter().filter(|letter| **letter != code.as_bytes()[at]) {
                    let mut bytes = code.as_bytes().to_vec();
                    bytes[at] = *letter;
                    let wrong = String::from_utf8(bytes).unwrap();
                    assert!(wrong.parse::<Uscc>().is_err(), "{wrong} passes");
                }
            }
        }
    }

    #[test]
    fn an_error_names_the_right_check_digit() {
        let error = "91350100M000100Y44".parse::<Uscc>().unwrap_err();
        assert!(error.to_string().ends_with("its check digit is 4 and should be 3"), "{error}");
        // The outer check is right, the inner one is not.
        let mut bytes = *b"91350100M000100Z40";
        bytes[15] = b'A';
        let text = std::str::from_utf8(&bytes[..17]).unwrap();
        let values: Vec<u32> = text.bytes().map(|b| value(b).unwrap()).collect();
        let forged = format!("{text}{}", char::from(credit_check(&values)));
        let error = forged.parse::<Uscc>().unwrap_err();
        assert!(error.to_string().contains("position 17"), "{error}");
    }
}
