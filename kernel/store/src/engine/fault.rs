//! What can go wrong under the engine, cut by what it does about it, and the guard that keeps
//! redb's panics inside.

use std::io::{Error, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::disk::Disk;
use crate::{CommitError, OpenError, ReadError, Space};

/// Error numbers of a disk, a quota or a file-size limit that was reached; std names only some.
const FULL: [i32; 3] = [27 /* EFBIG */, 28 /* ENOSPC */, 122 /* EDQUOT */];

/// A failure of what is below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The disk said no.
    Disk {
        /// What it said.
        detail: String,
        /// True if it said that there is no room.
        full: bool,
    },
    /// redb refuses to go on until it is opened again.
    Stale(String),
    /// A page is not what it should be; others may be good.
    Damaged(String),
}

impl Fault {
    fn of_io(error: &Error) -> Self {
        let full = matches!(
            error.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
        ) || error.raw_os_error().is_some_and(|code| FULL.contains(&code));
        Self::Disk { detail: error.to_string(), full }
    }

    /// True if the database has to be opened again.
    pub(super) fn needs_reopening(&self) -> bool {
        !matches!(self, Self::Damaged(_))
    }

    /// With what the disk found, if that explains it.
    pub(super) fn explained(self, disk: &Disk) -> Self {
        match (self, disk.damage()) {
            (Self::Damaged(detail), Some(damage)) => Self::Damaged(format!("{damage}; {detail}")),
            (fault, _) => fault,
        }
    }

    fn into_detail(self) -> String {
        let (Self::Disk { detail, .. } | Self::Stale(detail) | Self::Damaged(detail)) = self;
        detail
    }

    /// As the failure of a commit that did not happen.
    pub(super) fn into_refusal(self) -> CommitError {
        match self {
            Self::Disk { detail, full: true } => CommitError::Full { detail },
            other => CommitError::Unavailable { detail: other.into_detail() },
        }
    }

    /// As the failure of a commit of which nobody knows whether it happened.
    pub(super) fn into_unknown(self) -> CommitError {
        CommitError::Unknown { detail: self.into_detail() }
    }

    /// As the failure of a read.
    pub(super) fn into_read_error(self, space: &str, key: &str) -> ReadError {
        match self {
            Self::Damaged(detail) => {
                ReadError::Damaged { space: space.to_owned(), key: key.to_owned(), detail }
            }
            other => ReadError::Unavailable { detail: other.into_detail() },
        }
    }

    /// As the failure to read a space's log.
    pub(super) fn into_log_error(self, space: &Space, seq: u64) -> ReadError {
        match self {
            Self::Damaged(detail) => ReadError::Broken { space: space.clone(), seq, detail },
            other => other.into_read_error("", ""),
        }
    }
}

impl From<redb::Error> for Fault {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(error) => Self::of_io(&error),
            redb::Error::PreviousIo
            | redb::Error::DatabaseClosed
            | redb::Error::LockPoisoned(_)
            | redb::Error::TransactionPoisoned => Self::Stale(error.to_string()),
            error => Self::Damaged(error.to_string()),
        }
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io(error) => Self::of_io(&error),
            error => Self::Stale(error.to_string()),
        }
    }
}

/// Runs something on redb. redb panics on some pages that are none (its documentation of
/// `Database::open` says so), and a damaged file must not end the process: a panic is a damage.
/// What it may leave behind is a poisoned lock, which is [`Fault::Stale`] for the next one.
pub(super) fn guard<T>(run: impl FnOnce() -> Result<T, redb::Error>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(Fault::from),
        Err(panic) => {
            let said = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied());
            Err(Fault::Damaged(format!("redb gave up: {}", said.unwrap_or("without a word"))))
        }
    }
}
