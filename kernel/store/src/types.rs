//! What is written, what is read, and what is acknowledged.

use std::fmt;

use serde::{Deserialize, Serialize};
use taihu_model::{AuditEntry, Digest, TenantSlug};

/// The shard key: a tenant's ground.
pub type Space = TenantSlug;

/// Number of a commit in its space: 1 for the first, without gaps.
pub type Seq = u64;

/// Revision of a record: the sequence number of the commit that wrote it.
pub type Rev = u64;

/// A key within a space: printable ASCII, `/` between its parts, 1–512 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub String);

impl Key {
    /// Composes a key of its parts.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        Self(parts.join("/"))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The commit that wrote it.
    pub rev: Rev,
    /// Its content.
    pub value: Vec<u8>,
}

/// What a writer expects to find where it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Whatever is there.
    Any,
    /// Nothing.
    Absent,
    /// The record of this revision.
    Rev(Rev),
}

/// One change of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Where.
    pub key: Key,
    /// The new content; `None` deletes.
    pub value: Option<Vec<u8>>,
    /// What must be there before.
    pub expect: Expect,
}

/// What is committed at once, or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Who does what, and why.
    pub audit: AuditEntry,
    /// The changes, each key at most once. May be empty: then only the log grows.
    pub writes: Vec<Write>,
    /// Checked but not written: key and what must be there.
    pub guards: Vec<(Key, Expect)>,
    /// Bytes of a client's choice, 1–128: a second commit with the same key in the same space does
    /// nothing and answers with the first one's receipt, if it would write the same contents to the
    /// same keys; else it is `Invalid`. (What it expects, its guards and its audit entry may
    /// differ.) A space remembers its newest [`IDEMPOTENCY_KEYS_MAX`](crate::IDEMPOTENCY_KEYS_MAX).
    pub idempotency: Option<String>,
}

/// The acknowledgement of a commit: it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The commit's number; also the revision of every record it wrote.
    pub seq: Seq,
    /// Hash of its log entry.
    pub hash: Digest,
    /// True if the idempotency key had been used before and nothing was done now.
    #[serde(default)]
    pub repeated: bool,
}

/// What a commit did to one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where.
    pub key: Key,
    /// Digest of the content before; absent if there was none.
    pub before: Option<Digest>,
    /// Digest of the content after; absent if it was deleted.
    pub after: Option<Digest>,
}

/// An entry of a space's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Its number.
    pub seq: Seq,
    /// Hash of the entry before; all zeros for the first.
    pub previous: Digest,
    /// Who did what, and why.
    pub audit: AuditEntry,
    /// What changed.
    pub changes: Vec<Change>,
    /// SHA-256 over everything above and the space; [`LogEntry::digest`] says how.
    pub hash: Digest,
}

impl LogEntry {
    /// Computes what `hash` must be: [`Digest::of_parts`] over `taihu-log-1`, the space, the number
    /// (8 bytes, big endian), the hash before, and audit and changes as JSON.
    ///
    /// An entry written by a newer version may have fields that this one does not know, so the
    /// store itself verifies the stored bytes; use this for entries that came another way.
    ///
    /// # Errors
    /// Never in practice: the parts are plain data.
    pub fn digest(&self, space: &Space) -> Result<Digest, serde_json::Error> {
        let audit = serde_json::to_vec(&self.audit)?;
        let changes = serde_json::to_vec(&self.changes)?;
        Ok(entry_hash(space, self.seq, &self.previous, &audit, &changes))
    }
}

/// The hash of a log entry, over its stored bytes.
pub(crate) fn entry_hash(
    space: &Space,
    seq: Seq,
    previous: &Digest,
    audit: &[u8],
    changes: &[u8],
) -> Digest {
    let seq = seq.to_be_bytes();
    let parts: [&[u8]; 6] =
        [b"taihu-log-1", space.as_str().as_bytes(), &seq, &previous.0, audit, changes];
    Digest::of_parts(parts)
}
