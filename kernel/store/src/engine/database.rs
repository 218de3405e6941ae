//! A database that is open: redb on a checked disk.

use std::io;
use std::sync::atomic::AtomicU64;

use redb::{Builder, Database, ReadableDatabase as _, StorageBackend};

use super::disk::{Disk, Mode};
use super::fault::{Fault, guard};
use super::tables::{GROUPS, META, create, exist, groups_from_bytes, groups_to_bytes};
use crate::OpenError;

/// Where the file comes from, each time it is opened.
pub(super) type Make = Box<dyn Fn() -> io::Result<Box<dyn StorageBackend>> + Send>;

/// An open database.
pub(super) struct Open {
    pub(super) database: Database,
    pub(super) disk: Disk,
    pub(super) mode: Mode,
    /// How many groups were made durable, ever.
    pub(super) groups: AtomicU64,
}

fn to_open_error(fault: Fault) -> OpenError {
    match fault {
        Fault::Damaged(detail) => OpenError::Damaged { detail },
        Fault::Disk { detail, full } => {
            let kind = if full { io::ErrorKind::StorageFull } else { io::ErrorKind::Other };
            io::Error::new(kind, detail).into()
        }
        Fault::Stale(detail) => io::Error::other(detail).into(),
    }
}

/// redb reports what is no database as an I/O error of this kind, and damage in other ways too.
fn classify(error: redb::Error) -> redb::Error {
    match error {
        redb::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            redb::Error::Corrupted(error.to_string())
        }
        redb::Error::UpgradeRequired(found) => {
            redb::Error::Corrupted(format!("its tables have the format {found} of another redb"))
        }
        error => error,
    }
}

impl Open {
    /// Opens a database, or creates one in an empty file. Recovers it after a crash: in
    /// milliseconds, or, if a power loss left its first block in doubt, by reading all of it.
    pub(super) fn at(
        make: &Make,
        mode: Mode,
        cache_bytes: usize,
        path: &str,
    ) -> Result<Self, OpenError> {
        let super::disk::Opened { disk, trusted } = Disk::open(make()?, mode, path)?;
        if !trusted {
            tracing::warn!(path, "first block in doubt after a crash: verifying the whole store");
        }
        let opened = guard(|| {
            let mut builder = Builder::new();
            builder.set_cache_size(cache_bytes).set_check_integrity_on_open(!trusted);
            let database = builder
                .create_with_backend(disk.clone())
                .map_err(|error| classify(error.into()))?;
            let groups = match Self::groups(&database)? {
                Some(groups) => groups,
                None => Self::begin(&database).map(|()| Ok(1))?,
            };
            Ok((database, groups))
        });
        // A block that does not fit its sum explains whatever redb said about it.
        let (database, groups) = opened.map_err(|fault| match (fault, disk.damage()) {
            (Fault::Damaged(detail), Some(damage)) => {
                OpenError::Damaged { detail: format!("{damage}; {detail}") }
            }
            (fault, _) => to_open_error(fault),
        })?;
        let groups = groups.map_err(|detail| OpenError::Damaged { detail })?;
        if groups < disk.confirmed() {
            let confirmed = disk.confirmed();
            return Err(OpenError::Damaged {
                detail: format!(
                    "it is at group {groups} of commits, and group {confirmed} was durable: it was \
                     turned back"
                ),
            });
        }
        // Opening has synced the file, so what is read now is durable.
        disk.confirm(groups)?;
        Ok(Self { database, disk, mode, groups: AtomicU64::new(groups) })
    }

    /// How many groups there are; `None` in a new database.
    fn groups(database: &Database) -> Result<Option<Result<u64, String>>, redb::Error> {
        let transaction = database.begin_read()?;
        if !exist(&transaction)? {
            return Ok(None);
        }
        let meta = transaction.open_table(META)?;
        let found = meta.get(GROUPS)?;
        Ok(Some(match found {
            Some(found) => groups_from_bytes(found.value()),
            None => Err("it does not say how many groups of commits it has".to_owned()),
        }))
    }

    /// Fills a new database.
    fn begin(database: &Database) -> Result<(), redb::Error> {
        let mut transaction = database.begin_write()?;
        transaction.set_two_phase_commit(true);
        transaction.set_quick_repair(true);
        create(&transaction)?;
        transaction.open_table(META)?.insert(GROUPS, groups_to_bytes(1).as_slice())?;
        Ok(transaction.commit()?)
    }

    /// Closes it. An error is of no consequence: everything acknowledged is durable already, and
    /// the next opening recovers the rest.
    pub(super) fn close(self) {
        let database = self.database;
        if let Err(fault) = guard(|| Ok(database.close()?)) {
            tracing::warn!(?fault, "failed to close the store cleanly; it recovers when opened");
        }
    }
}
