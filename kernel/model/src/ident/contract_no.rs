//! Numbers of registered technology contracts.

use std::str::FromStr;

use super::{IdentError, identifier, squeeze};

const WHAT: &str = "registration number of a technology contract";

/// 技术合同登记号: 14 or 16 digits, opaque.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractNo(String);

identifier!(ContractNo);

impl FromStr for ContractNo {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        let number = squeeze(WHAT, text)?;
        if matches!(number.len(), 14 | 16) && number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(number));
        }
        Err(IdentError::shape(WHAT, text, "应为14位或16位数字", "want 14 or 16 digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fourteen_or_sixteen_digits() {
        assert_eq!(
            "２０２３ 3305 000123".parse::<ContractNo>().unwrap().as_str(),
            "20233305000123"
        );
        assert!("2023330500012345".parse::<ContractNo>().is_ok());
        for wrong in ["", "202333050001234", "2023330500012X", "2.0233305E+13"] {
            assert!(wrong.parse::<ContractNo>().is_err(), "{wrong} passes");
        }
    }
}
