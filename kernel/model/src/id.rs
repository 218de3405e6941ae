//! Identifiers that sort by time: a prefix and 128 bits (48 of milliseconds, 80 of randomness) in
//! Crockford base 32, as ULIDs write them: `ach_01JSG0Z3M8…`.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 26;

/// A text that is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is not an identifier of the form {prefix}_ and 26 letters or digits")]
pub struct IdError {
    text: String,
    prefix: &'static str,
}

fn encode(bits: u128, out: &mut String) {
    for place in (0..LENGTH).rev() {
        let five = (bits >> (place * 5)) & 31;
        out.push(char::from(ALPHABET[five as usize]));
    }
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0u128, |bits, byte| {
        let five = ALPHABET.iter().position(|&letter| letter == byte)?;
        Some((bits << 5) | five as u128)
    })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// What its text begins with, before the underscore.
            pub const PREFIX: &str = $prefix;

            /// Composes an identifier of an instant and 80 random bits (the upper 48 of `random` are ignored).
            #[must_use]
            pub fn from_parts(at: Timestamp, random: u128) -> Self {
                let millis = u128::from(at.as_millisecond().max(0).unsigned_abs()) & ((1 << 48) - 1);
                Self((millis << 80) | (random & ((1 << 80) - 1)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = String::with_capacity(Self::PREFIX.len() + 1 + LENGTH);
                text.push_str(Self::PREFIX);
                text.push('_');
                encode(self.0, &mut text);
                f.write_str(&text)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(Self::PREFIX)
                    .and_then(|rest| rest.strip_prefix('_'))
                    .and_then(decode)
                    .map(Self)
                    .ok_or_else(|| IdError { text: text.chars().take(64).collect(), prefix: Self::PREFIX })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// An achievement (成果).
    AchievementId = "ach";
    /// A need (企业技术需求).
    NeedId = "need";
    /// An organisation (单位).
    OrgId = "org";
    /// A match (匹配) of one need and one achievement by one score run.
    MatchId = "match";
    /// A score run (匹配运行).
    ScoreRunId = "score";
    /// A run of a connector (导入批次).
    RunId = "run";
    /// A principal: who holds a token.
    PrincipalId = "user";
    /// A capsule: a call that was kept for a plugin's author.
    CapsuleId = "capsule";
    /// A voucher (科技创新券).
    VoucherId = "voucher";
    /// A guarantee of a risk pool (风险池担保).
    GuaranteeId = "guarantee";
}

#[cfg(test)]
mod tests;
