//! Admission: from one raw record to an achievement's facts, or to *every* reason against it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::RawRecord;
use crate::{AchievementFacts, Text};

/// One reason why a record was not admitted, or one thing that was changed or guessed on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Name of the raw field, such as `ip`; empty if it is the record as a whole.
    pub field: String,
    /// A stable code, such as `ip_check_digit`.
    pub code: String,
    /// The value that was wrong, at most 80 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What is wrong and what would be right.
    pub text: Text,
}

/// A record that was admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// What it says, normalised.
    pub facts: AchievementFacts,
    /// What was guessed, converted or left out on the way.
    pub notes: Vec<Reason>,
    /// Keys under which another record may be of the same achievement, strongest first:
    /// `ip:<number>`, `reg:<number>`, `title:<digest of owner and title>` (DOMAIN §3).
    pub merge_keys: Vec<String>,
}

/// Admits a raw record, or says *every* reason against it.
///
/// `defaults` are the source's constants by the name of a raw field, for what it never says.
///
/// # Errors
/// All reasons, in the order of the fields; at least one.
pub fn admit(
    raw: &RawRecord,
    defaults: &BTreeMap<String, String>,
) -> Result<Admitted, Vec<Reason>> {
    let _ = (raw, defaults);
    Err(Vec::new())
}
