//! Identifiers of the outside world, with their check digits (DOMAIN §7).
//!
//! `parse` is generous: full-width digits, blanks and lower case are read. What comes out is one
//! canonical spelling, and only that spelling is read back from JSON, so that a stored record never
//! holds two spellings of one thing.

mod contract_no;
mod industry;
mod ip_application;
mod ip_number;
mod ipc;
mod orcid;
mod registration_no;
mod ror;
mod spreadsheet;
mod uscc;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

use crate::Text;
use crate::text::is_invisible;

pub use contract_no::ContractNo;
pub use industry::IndustryCode;
pub use ip_number::{IpNumber, IpReading};
pub use ipc::Ipc;
pub use orcid::Orcid;
pub use registration_no::RegistrationNo;
pub use ror::Ror;
pub use uscc::Uscc;

/// The longest text that is tried as an identifier, in characters: the longest real ones (patent
/// families written with blanks, opaque numbers of other kinds) stay below a third of it.
pub const IDENT_CHARS_MAX: usize = 120;

/// What is wrong with an identifier, cut by what its owner must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentFault {
    /// It has not the form: look at the source.
    Shape,
    /// It has the form, but a digit was mistyped.
    CheckDigit,
    /// A spreadsheet made a number of it and threw digits away: format the column as text.
    DigitsLost,
}

/// A text that is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no {what}: {}", why.en)]
pub struct IdentError {
    what: &'static str,
    fault: IdentFault,
    text: String,
    why: Text,
}

impl IdentError {
    fn new(what: &'static str, fault: IdentFault, text: &str, why: Text) -> Self {
        Self { what, fault, text: text.chars().take(80).collect(), why }
    }

    fn shape(what: &'static str, text: &str, zh: &str, en: &str) -> Self {
        Self::new(what, IdentFault::Shape, text, Text::new(zh, en))
    }

    fn check(what: &'static str, text: &str, is: char, should_be: char) -> Self {
        let why = Text::new(
            format!("校验位是{is}，应为{should_be}"),
            format!("its check digit is {is} and should be {should_be}"),
        );
        Self::new(what, IdentFault::CheckDigit, text, why)
    }

    /// What is wrong, cut by reaction.
    #[must_use]
    pub const fn fault(&self) -> IdentFault {
        self.fault
    }

    /// What it should have been, in English: `patent number`.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// The text that was read, at most 80 characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong and what would be right.
    #[must_use]
    pub const fn why(&self) -> &Text {
        &self.why
    }
}

/// Prepares a text for reading: NFKC, no blanks or control characters, upper case.
fn squeeze(what: &'static str, text: &str) -> Result<String, IdentError> {
    if text.chars().take(IDENT_CHARS_MAX + 1).count() > IDENT_CHARS_MAX {
        let why = Text::new(
            format!("超过{IDENT_CHARS_MAX}个字符"),
            format!("it has more than {IDENT_CHARS_MAX} characters"),
        );
        return Err(IdentError::new(what, IdentFault::Shape, text, why));
    }
    Ok(text
        .nfkc()
        .filter(|letter| !letter.is_whitespace() && !letter.is_control() && !is_invisible(*letter))
        .flat_map(char::to_uppercase)
        .collect())
}

/// Gives an identifier its text, its spelling in JSON and its `FromStr`, from its `read`.
macro_rules! identifier {
    ($name:ident) => {
        impl $name {
            /// The canonical spelling.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                let read = text.parse::<Self>().map_err(serde::de::Error::custom)?;
                if read.0 == text {
                    return Ok(read);
                }
                Err(serde::de::Error::custom(format!("{text:?} must be written {read}")))
            }
        }
    };
}
use identifier;
