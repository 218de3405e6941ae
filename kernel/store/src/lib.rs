//! Where it is kept: one trait, spaces, a gapless hash-chained log, and the embedded engine.
//!
//! A **space** is a tenant's ground and the shard key: a commit touches one space, and each space
//! has a log of its own. The log is at once change feed, audit trail, index feed and replication feed.

mod engine;
mod error;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use taihu_model::{AuditEntry, Digest, TenantSlug};

pub use engine::{Engine, EngineOptions};
pub use error::{CommitError, OpenError, ReadError};

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
    /// nothing and answers with the first one's receipt.
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
    /// SHA-256 over everything above.
    pub hash: Digest,
}

/// A view of one moment, of all spaces; later commits do not show in it.
pub trait Snapshot: Send + Sync {
    /// Reads one record.
    ///
    /// # Errors
    /// [`ReadError`] if the record is damaged or the disk fails; never a wrong value.
    fn get(&self, space: &Space, key: &Key) -> Result<Option<Record>, ReadError>;

    /// Reads records in the order of their keys: those that begin with `prefix`, after `after`
    /// where given, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] if a record is damaged or the disk fails.
    fn range(
        &self,
        space: &Space,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Record)>, ReadError>;

    /// The number of the last commit of a space; 0 for an empty one.
    ///
    /// # Errors
    /// [`ReadError`] if the head is damaged or the disk fails.
    fn head(&self, space: &Space) -> Result<Seq, ReadError>;
}

/// A place where records are kept.
pub trait Store: Send + Sync {
    /// A view of this moment.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read.
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, ReadError>;

    /// Commits a batch to a space: durable when this returns, and never half done.
    ///
    /// # Errors
    /// [`CommitError`]; unless it is `Unknown`, nothing was written.
    fn commit(&self, space: &Space, batch: Batch) -> Result<Receipt, CommitError>;

    /// Entries of a space's log with numbers greater than `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] if an entry is damaged or the disk fails.
    fn log(&self, space: &Space, after: Seq, limit: usize) -> Result<Vec<LogEntry>, ReadError>;

    /// Every space that has a commit, sorted.
    ///
    /// # Errors
    /// [`ReadError`] if the store cannot be read.
    fn spaces(&self) -> Result<Vec<Space>, ReadError>;

    /// Keeps bytes under their digest. Keeping them again is harmless.
    ///
    /// # Errors
    /// [`CommitError`] if they could not be made durable.
    fn put_blob(&self, bytes: &[u8]) -> Result<Digest, CommitError>;

    /// Reads the bytes of a digest.
    ///
    /// # Errors
    /// [`ReadError`] if they are damaged or the disk fails.
    fn get_blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ReadError>;

    /// Verifies the chain of a space's log from its beginning.
    ///
    /// # Errors
    /// [`ReadError`] naming the first bad entry.
    fn verify(&self, space: &Space) -> Result<Seq, ReadError>;
}
