//! Publishers: whose keys sign plugins, and what a signature says of a version.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::TenantSlug;

/// The identifier of a signing key, as minisign counts it: eight bytes, written as sixteen
/// hexadecimal digits, the last byte first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", u64::from_le_bytes(self.0))
    }
}

/// A text that is no identifier of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadKeyId(String);

impl fmt::Display for BadKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no key id: want 16 hexadecimal digits", self.0)
    }
}

impl std::error::Error for BadKeyId {}

impl FromStr for KeyId {
    type Err = BadKeyId;

    fn from_str(text: &str) -> Result<Self, BadKeyId> {
        let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u64::from_str_radix(text, 16) {
            Ok(number) if is_hex => Ok(Self(number.to_le_bytes())),
            _ => Err(BadKeyId(text.chars().take(32).collect())),
        }
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A key that may sign plugins, and the tenant that answers for what it signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// Identifier of the key.
    pub key: KeyId,
    /// The tenant that answers for it.
    pub tenant: TenantSlug,
    /// The public key, as the second line of minisign's file has it.
    pub public_key: String,
    /// Who holds it, for people.
    pub name: String,
    /// When it was added.
    pub added: Timestamp,
    /// Who added it.
    pub by: String,
    /// When and why it ceased to be good, if it did; it never becomes good again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revoked>,
}

/// The end of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// When.
    pub at: Timestamp,
    /// Who revoked it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What is kept of the signature of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The key that made it.
    pub key: KeyId,
    /// The tenant that answered for the key when the version came.
    pub publisher: TenantSlug,
    /// The comment that the signature covers too.
    #[serde(default)]
    pub comment: String,
    /// The signature as it came: the text of a `.minisig` file.
    pub signature: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_ids_are_written_as_minisign_writes_them() {
        let id: KeyId = "E7620F1842B4E81F".parse().unwrap();
        assert_eq!(id.0, [0x1f, 0xe8, 0xb4, 0x42, 0x18, 0x0f, 0x62, 0xe7]);
        assert_eq!(id.to_string(), "E7620F1842B4E81F");
        assert_eq!("e7620f1842b4e81f".parse(), Ok(id));
        for bad in ["", "E7620F1842B4E81", "E7620F1842B4E81FF", "+7620F1842B4E81F", "成果成果成"]
        {
            assert!(bad.parse::<KeyId>().is_err(), "{bad:?}");
        }
    }
}
