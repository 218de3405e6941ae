//! Where it is kept: one trait, spaces, a gapless hash-chained log, and the embedded engine.
//!
//! A **space** is a tenant's ground and the shard key: a commit touches one space, and each space
//! has a log of its own. The log is at once change feed, audit trail, index feed and replication feed.
//!
//! ```
//! use taihu_store::{Batch, Engine, EngineOptions, Expect, Key, Store, Write};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let (path, audit) = (dir.path().join("store"), taihu_store::conformance::audit(1));
//! let engine = Engine::open(&path, EngineOptions::default())?;
//! let space = "changxing".parse()?;
//! let key = Key::of(&["need", "1"]);
//! let write =
//!     Write { key: key.clone(), value: Some(b"lithium".to_vec()), expect: Expect::Absent };
//! let batch = Batch { audit, writes: vec![write], guards: vec![], idempotency: None };
//! let receipt = engine.commit(&space, batch)?; // durable from here on
//! let record = engine.snapshot()?.get(&space, &key)?.ok_or("absent")?;
//! assert_eq!((record.rev, record.value), (receipt.seq, b"lithium".to_vec()));
//! assert_eq!(engine.verify(&space)?, 1);
//! # Ok(()) }
//! ```

pub mod conformance;
mod engine;
mod error;
mod limits;
mod store;
mod types;

pub use engine::{Engine, EngineOptions, StorageBackend};
pub use error::{CommitError, OpenError, ReadError};
pub use limits::*;
pub use store::{Snapshot, Store};
pub use types::{Batch, Change, Expect, Key, LogEntry, Receipt, Record, Rev, Seq, Space, Write};
