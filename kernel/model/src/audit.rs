//! What an audit says of a change.

use serde::{Deserialize, Serialize};

use jiff::Timestamp;

use crate::TenantSlug;

/// Who did what to what, and why. The log adds what changed (digests before and after), the
/// sequence number and the hash of the entry before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: a principal's id, `kernel`, or `plugin:<name>@<version>`.
    pub actor: String,
    /// For which tenant.
    pub tenant: TenantSlug,
    /// What: `need.submit`, `match.decline`.
    pub action: String,
    /// To what: an identifier.
    pub subject: String,
    /// Why, if the action takes a reason.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Every edge of a state machine that was taken, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
}

/// An edge of a state machine that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Identifier of the record.
    pub subject: String,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
}
