//! Errors, cut by what the caller was doing; one variant for each reaction.

use thiserror::Error;

use crate::{Key, Rev, Seq, Space};

/// The store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it open: stop that one, or ask it.
    #[error("the store {path} is in use by another process")]
    InUse {
        /// The file.
        path: String,
    },
    /// It was written by a newer version: upgrade this one.
    #[error("the store has format {found}, and this version reads up to {known}")]
    Newer {
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// Its file is damaged: restore a backup.
    #[error("the store is damaged: {detail}")]
    Damaged {
        /// What was found.
        detail: String,
    },
    /// The disk failed: mend it, and try again.
    #[error("failed to open the store: {0}")]
    Io(#[from] std::io::Error),
}

/// A read failed.
#[derive(Debug, Clone, Error)]
pub enum ReadError {
    /// A record is damaged: restore it from a backup; other records are not affected.
    #[error("record {key} of space {space} is damaged: {detail}")]
    Damaged {
        /// Its space; `-` for blobs.
        space: String,
        /// Its key.
        key: String,
        /// What was found.
        detail: String,
    },
    /// The chain of a log is broken: somebody edited it, or the disk did.
    #[error("the log of space {space} is broken at entry {seq}: {detail}")]
    Broken {
        /// The space.
        space: Space,
        /// The first bad entry.
        seq: Seq,
        /// What was found.
        detail: String,
    },
    /// The disk fails; the store reopens itself, so try again later.
    #[error("the disk fails: {detail}")]
    Unavailable {
        /// What it said.
        detail: String,
    },
}

/// A commit failed.
#[derive(Debug, Clone, Error)]
pub enum CommitError {
    /// Something else is there than was expected: read again, decide again.
    #[error("key {key} of space {space} has revision {found:?}, not {wanted}")]
    Conflict {
        /// The space.
        space: Space,
        /// The key.
        key: Key,
        /// Its revision; none if absent.
        found: Option<Rev>,
        /// What was expected.
        wanted: String,
    },
    /// The batch breaks a rule of the store: the caller's fault.
    #[error("the batch is invalid: {detail}")]
    Invalid {
        /// Which rule, and how.
        detail: String,
    },
    /// The disk is full: nothing was written; make room.
    #[error("the disk is full: {detail}")]
    Full {
        /// What it said.
        detail: String,
    },
    /// The disk fails or the store is reopening: nothing was written; try again later.
    #[error("the store is unavailable: {detail}")]
    Unavailable {
        /// What it said.
        detail: String,
    },
    /// The disk failed while making the commit durable: it may or may not have happened. Try again
    /// with the same idempotency key.
    #[error("the outcome of the commit is unknown: {detail}")]
    Unknown {
        /// What it said.
        detail: String,
    },
    /// Too many commits are waiting: try again in a moment.
    #[error("too many commits are waiting")]
    Busy,
}
