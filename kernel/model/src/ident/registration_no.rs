//! Numbers of the national register of scientific and technological achievements.

use std::str::FromStr;

use super::{IdentError, identifier, squeeze};

const WHAT: &str = "registration number of an achievement";

/// 科技成果登记号: 3 digits of the place or department, 4 of the year, one character of the kind
/// (`Y` 应用技术, `J` 基础理论, `R` 软科学 are usual), 4 digits. No check digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationNo(String);

identifier!(RegistrationNo);

impl RegistrationNo {
    /// The year it was registered in.
    #[must_use]
    pub fn year(&self) -> i16 {
        self.0[3..7].parse().unwrap_or_default()
    }
}

impl FromStr for RegistrationNo {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        let number = squeeze(WHAT, text)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = number.len() == 12
            && number.is_ascii()
            && digits(&number[..7])
            && number.as_bytes()[7].is_ascii_alphanumeric()
            && digits(&number[8..])
            && ("1978"..="2099").contains(&&number[3..7]);
        if fits {
            return Ok(Self(number));
        }
        Err(IdentError::shape(
            WHAT,
            text,
            "应为12位：3位地区或部门代码、4位年份、1位类别、4位序号，如9332023Y0123",
            "want 12 characters: 3 digits of the place or department, 4 of the year, 1 letter or \
             digit, 4 digits, such as 9332023Y0123",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_checked() {
        let number: RegistrationNo = " 933 2023 ｙ 0123".parse().unwrap();
        assert_eq!((number.as_str(), number.year()), ("9332023Y0123", 2023));
        for wrong in
            ["", "9332023Y123", "9331023Y0123", "A332023Y0123", "9332023年0123", "9332023Y01234"]
        {
            assert!(wrong.parse::<RegistrationNo>().is_err(), "{wrong} passes");
        }
    }
}
