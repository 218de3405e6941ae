//! The traits that an engine implements.

use std::sync::Arc;
use std::time::Duration;

use taihu_model::Digest;

use crate::{Batch, CommitError, Key, LogEntry, ReadError, Receipt, Record, Seq, Space};

/// A view of one moment, of all spaces; later commits do not show in it.
///
/// A view outlives later commits. If the disk fails and the store reopens itself, a view goes on
/// unless something was committed since it was taken; then it answers [`ReadError::Unavailable`],
/// and a new one is to be taken. A view that is kept keeps the pages it sees from being used
/// again, so views are for moments.
pub trait Snapshot: Send + Sync {
    /// Reads one record. A text that is no valid key has no record.
    ///
    /// # Errors
    /// [`ReadError`] if the record is damaged or the disk fails; never a wrong value.
    fn get(&self, space: &Space, key: &Key) -> Result<Option<Record>, ReadError>;

    /// Reads records in the order of their keys: those that begin with `prefix`, after `after`
    /// where given, at most `limit`. What is returned is held in memory, so `limit` is the bound.
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

    /// The receipt that an idempotency key was answered with, while the space remembers the key;
    /// `repeated` is true in it.
    ///
    /// # Errors
    /// [`ReadError`] if it is damaged or the disk fails.
    fn receipt(&self, space: &Space, idempotency: &str) -> Result<Option<Receipt>, ReadError>;

    /// Entries of a space's log with numbers greater than `after`, in order, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] if an entry is damaged or missing, or the disk fails.
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

    /// Verifies the chain of a space's log from its beginning, and that it ends where the space's
    /// head says. Whoever can rewrite the whole file can rewrite a whole chain: what proves a
    /// chain to a third party is a [`Receipt`] kept elsewhere.
    ///
    /// # Errors
    /// [`ReadError`] naming the first bad entry.
    fn verify(&self, space: &Space) -> Result<Seq, ReadError>;

    /// Waits for commits, of any space: returns as soon as this process has seen more than `seen`
    /// of them, else after `timeout`, with how many it has seen. Begin with 0, and read the logs
    /// after every return; a return without news is harmless and possible.
    fn wait(&self, seen: u64, timeout: Duration) -> u64;
}
