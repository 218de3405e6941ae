//! The audit log over the wire: with its digests, so that whoever reads it can verify the chain.

use serde::Serialize;
use taihu_model::{self as model, Digest, TenantSlug, Timestamp};
use taihu_service::LogEntry;
use utoipa::ToSchema;

use super::list;

/// A commit: who did what to what, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// Its number; without gaps.
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// A principal's id, `operator@console`, or `kernel`.
    actor: String,
    /// For which tenant.
    #[schema(value_type = String)]
    tenant: TenantSlug,
    /// What: `need.submit`, `match.decline`.
    action: String,
    /// To what.
    subject: String,
    /// Why; may be empty.
    reason: String,
    /// Every edge of a state machine that was taken.
    edges: Vec<Edge>,
    /// What changed, by digests of contents.
    changes: Vec<Change>,
    /// Hash of the entry before; all zeros for the first.
    #[schema(value_type = String)]
    previous: Digest,
    /// Hash of this entry.
    #[schema(value_type = String)]
    hash: Digest,
}

/// An edge that was taken.
#[derive(Debug, Serialize, ToSchema)]
struct Edge {
    subject: String,
    from: String,
    to: String,
}

/// What a commit did to one record.
#[derive(Debug, Serialize, ToSchema)]
struct Change {
    key: String,
    /// Digest before; null if there was nothing.
    #[schema(value_type = Option<String>)]
    before: Option<Digest>,
    /// Digest after; null if it was deleted.
    #[schema(value_type = Option<String>)]
    after: Option<Digest>,
}

impl From<model::Edge> for Edge {
    fn from(edge: model::Edge) -> Self {
        let model::Edge { subject, from, to } = edge;
        Self { subject, from, to }
    }
}

impl From<LogEntry> for Entry {
    fn from(entry: LogEntry) -> Self {
        let audit = entry.audit;
        let changes = entry.changes.into_iter().map(|change| Change {
            key: change.key.0,
            before: change.before,
            after: change.after,
        });
        Self {
            seq: entry.seq,
            at: audit.at,
            actor: audit.actor,
            tenant: audit.tenant,
            action: audit.action,
            subject: audit.subject,
            reason: audit.reason,
            edges: list(audit.edges),
            changes: changes.collect(),
            previous: entry.previous,
            hash: entry.hash,
        }
    }
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entries {
    /// In order.
    entries: Vec<Entry>,
    /// Number of the last entry: hand it back as `after`. Null if there was none.
    next: Option<u64>,
}

impl From<Vec<LogEntry>> for Entries {
    fn from(entries: Vec<LogEntry>) -> Self {
        Self { next: entries.last().map(|entry| entry.seq), entries: list(entries) }
    }
}

/// The chain holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneVerification {
    pub(crate) verification: Verification,
}

/// The chain holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verification {
    /// How many entries it has.
    pub(crate) entries: u64,
}
