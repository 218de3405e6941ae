//! The embedded engine: redb on a checked disk, behind one thread that commits in groups.
//!
//! What it adds to redb, and where: a sum for every block of the file, verified on every read
//! (`disk`); envelopes with their own sums, and the hash chain (`record`, `tables`); group commit,
//! and reopening after a failure of the disk (`commit`); views that no failure can make lie
//! (`view`). redb may panic on pages that are none; `fault` keeps that inside.

mod apply;
mod batch;
mod commit;
mod database;
mod disk;
mod fault;
mod queue;
mod record;
mod shared;
mod tables;
#[cfg(test)]
mod tampering;
mod view;

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

pub use redb::StorageBackend;
use redb::backends::FileBackend;
use taihu_model::Digest;

use self::batch::prepare;
use self::commit::Committer;
use self::database::{Make, Open};
use self::disk::Mode;
use self::queue::{Job, Queue, Work};
use self::shared::Shared;
use self::view::View;
use crate::{
    BLOB_BYTES_MAX, Batch, CACHE_BYTES_DEFAULT, CommitError, IDEMPOTENCY_KEYS_MAX, LogEntry,
    OpenError, QUEUE_JOBS_MAX, ReadError, Receipt, Seq, Snapshot, Space, Store,
};

/// How an engine works; the default is how it should.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// True: commits that wait together are made durable together. False: each alone, as plain
    /// redb would; `taihu bench commit` compares the two.
    pub group: bool,
    /// Memory for cached pages, in bytes.
    pub cache_bytes: usize,
    /// Commits that may wait before one is answered [`CommitError::Busy`].
    pub queue_jobs: usize,
    /// Idempotency keys that a space remembers.
    pub idempotency_keys: u64,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            group: true,
            cache_bytes: CACHE_BYTES_DEFAULT,
            queue_jobs: QUEUE_JOBS_MAX,
            idempotency_keys: IDEMPOTENCY_KEYS_MAX,
        }
    }
}

/// A store in one file.
///
/// Dropping it makes durable and answers what still waits, and closes the file. Views that are
/// still held then answer [`ReadError::Unavailable`].
pub struct Engine {
    shared: Arc<Shared>,
    committer: Option<JoinHandle<()>>,
}

impl Engine {
    /// Opens the store in a file, or creates it where there is none (or an empty one).
    ///
    /// After a crash or a kill this takes milliseconds. If a power loss left the first block of
    /// the file in doubt, the whole file is verified first, about five seconds for a gigabyte.
    ///
    /// # Errors
    /// [`OpenError`]. The file is as it was, but for a recovery after a crash.
    pub fn open(path: &Path, options: EngineOptions) -> Result<Self, OpenError> {
        let path = path.to_owned();
        let name = path.display().to_string();
        // Without this a power loss could take the whole new file along, synced or not.
        let is_new = !path.exists();
        let file = path.clone();
        let make = move || -> io::Result<Box<dyn StorageBackend>> {
            let mut how = OpenOptions::new();
            let file = how.read(true).write(true).create(true).truncate(false).open(&file)?;
            Ok(Box::new(FileBackend::new(file).map_err(io::Error::other)?))
        };
        let engine = Self::start(Box::new(make), options, name)?;
        if is_new && let Some(folder) = path.parent().filter(|folder| folder.is_dir()) {
            OpenOptions::new().read(true).open(folder)?.sync_all()?;
        }
        Ok(engine)
    }

    /// Opens the store on a storage of another kind, such as a simulated disk. `make` is called
    /// again whenever the engine reopens itself, after the storage it made before was closed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_backend(
        make: impl Fn() -> io::Result<Box<dyn StorageBackend>> + Send + 'static,
        options: EngineOptions,
    ) -> Result<Self, OpenError> {
        Self::start(Box::new(make), options, "-".to_owned())
    }

    fn start(make: Make, options: EngineOptions, path: String) -> Result<Self, OpenError> {
        let EngineOptions { group, cache_bytes, queue_jobs, idempotency_keys } = options;
        let open = Open::at(&make, Mode::Writable, cache_bytes, &path)?;
        let shared = Arc::new(Shared::new(Queue::new(queue_jobs, group), open));
        let committer = Committer {
            shared: Arc::clone(&shared),
            make,
            cache_bytes,
            keys_max: idempotency_keys,
            path,
        };
        let thread = std::thread::Builder::new().name("taihu-commit".to_owned());
        let committer = Some(thread.spawn(move || committer.run())?);
        Ok(Self { shared, committer })
    }

    /// Waits until commits are possible, at most `timeout`; returns whether they are. They are
    /// not while the disk fails and the engine tries to reopen the store.
    #[must_use]
    pub fn wait_writable(&self, timeout: Duration) -> bool {
        self.shared.wait_writable(timeout)
    }

    /// Lets the commit thread do something, and waits for what it says.
    fn submit(&self, work: Work) -> Result<Receipt, CommitError> {
        let (answer, answered) = sync_channel(1);
        self.shared.queue.push(Job { work, answer })?;
        answered.recv().unwrap_or_else(|_| {
            let detail = "the commit thread has ended".to_owned();
            Err(CommitError::Unknown { detail })
        })
    }

    /// A view, for reads that need only one; taken again if the first one went stale.
    fn view<T>(&self, read: impl Fn(&View) -> Result<T, ReadError>) -> Result<T, ReadError> {
        match read(&View::take(&self.shared)?) {
            Err(ReadError::Unavailable { .. }) => read(&View::take(&self.shared)?),
            done => done,
        }
    }
}

impl Store for Engine {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, ReadError> {
        Ok(Arc::new(View::take(&self.shared)?))
    }

    fn commit(&self, space: &Space, batch: Batch) -> Result<Receipt, CommitError> {
        self.submit(Work::Batch(Box::new(prepare(space, batch)?)))
    }

    fn receipt(&self, space: &Space, idempotency: &str) -> Result<Option<Receipt>, ReadError> {
        self.view(|view| view.receipt(space, idempotency))
    }

    fn log(&self, space: &Space, after: Seq, limit: usize) -> Result<Vec<LogEntry>, ReadError> {
        self.view(|view| view.log(space, after, limit))
    }

    fn spaces(&self) -> Result<Vec<Space>, ReadError> {
        self.view(View::spaces)
    }

    fn put_blob(&self, bytes: &[u8]) -> Result<Digest, CommitError> {
        if bytes.len() > BLOB_BYTES_MAX {
            let len = bytes.len();
            let detail = format!("blob of {len} bytes is over {BLOB_BYTES_MAX}");
            return Err(CommitError::Invalid { detail });
        }
        let digest = Digest::of(bytes);
        self.submit(Work::Blob { digest, bytes: bytes.to_vec() }).map(|receipt| receipt.hash)
    }

    fn get_blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ReadError> {
        self.view(|view| view.blob(digest))
    }

    fn verify(&self, space: &Space) -> Result<Seq, ReadError> {
        self.view(|view| view.verify(space))
    }

    fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        self.shared.wait_commits(seen, timeout)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.queue.close();
        if let Some(committer) = self.committer.take() {
            // A panic of that thread is reported by the panic hook; nothing is left to be done.
            let _ = committer.join();
        }
    }
}
