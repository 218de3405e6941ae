//! Identifiers of the outside world, with their check digits (DOMAIN §7).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A text that is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is no {what}: {why}")]
pub struct IdentError {
    what: &'static str,
    text: String,
    why: String,
}

/// 统一社会信用代码 (GB 32100), upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uscc(String);

/// A number of an intellectual property right, normalised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IpNumber(String);
