//! Reading: views of one moment, logs, blobs.

use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use redb::{ReadOnlyTable, ReadTransaction, ReadableDatabase as _};

use super::batch::is_key;
use super::disk::Disk;
use super::fault::{Fault, guard};
use super::record::{Kind, place, place_after, unwrap};
use super::shared::Shared;
use super::tables::{
    Answer, BLOB_VERSION, BLOBS, GROUPS, HEADS, Head, IDEMPOTENCY, LOG, META, RECORDS, StoredEntry,
    groups_from_bytes,
};
use crate::{Key, LogEntry, ReadError, Receipt, Record, Seq, Snapshot, Space};

type Bytes = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Entries of a log that are held in memory while it is verified.
const VERIFY_PAGE: usize = 256;

/// A view of one moment.
///
/// It lives through a reopening of the store if nothing was committed since it was taken: then
/// a view of the reopened store is a view of the same moment, and takes its place.
pub(super) struct View {
    shared: Arc<Shared>,
    eye: RwLock<Arc<Eye>>,
}

/// A read transaction.
struct Eye {
    generation: u64,
    /// How many groups of commits it sees.
    groups: u64,
    disk: Disk,
    records: Bytes,
    heads: Bytes,
    transaction: ReadTransaction,
}

impl Eye {
    fn open(shared: &Shared) -> Result<Self, Fault> {
        shared.read(|slot, open| {
            let transaction = open.database.begin_read()?;
            let groups = transaction.open_table(META)?.get(GROUPS)?;
            let groups = groups.map(|found| groups_from_bytes(found.value()));
            Ok(Self {
                generation: slot.generation,
                // Damage here is no reason not to read records; such an eye is never replaced.
                groups: groups.and_then(Result::ok).unwrap_or(0),
                disk: open.disk.clone(),
                records: transaction.open_table(RECORDS)?,
                heads: transaction.open_table(HEADS)?,
                transaction,
            })
        })
    }
}

impl View {
    /// A view of now.
    pub(super) fn take(shared: &Arc<Shared>) -> Result<Self, ReadError> {
        let eye = Eye::open(shared).map_err(|fault| fault.into_read_error("-", "-"))?;
        Ok(Self { shared: Arc::clone(shared), eye: RwLock::new(Arc::new(eye)) })
    }

    /// Runs a read. If it shows that the store has to be reopened, that is asked for, and the read
    /// is run once more on the reopened store if that is of the same moment.
    fn read<T>(&self, run: impl Fn(&Eye) -> Result<T, redb::Error>) -> Result<T, Fault> {
        let look = |eye: &Eye| guard(|| run(eye)).map_err(|fault| fault.explained(&eye.disk));
        let eye = Arc::clone(&self.eye.read().unwrap_or_else(PoisonError::into_inner));
        let fault = match look(&eye) {
            Err(fault) if fault.needs_reopening() => fault,
            done => return done,
        };
        self.shared.queue.ask_reopening(eye.generation);
        if !self.shared.wait_reopened(eye.generation) {
            return Err(fault);
        }
        let next = Eye::open(&self.shared)?;
        if eye.groups == 0 || next.groups != eye.groups {
            return Err(Fault::Stale("the store went on after this view was taken".to_owned()));
        }
        let next = Arc::new(next);
        *self.eye.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&next);
        look(&next)
    }

    fn full_head(&self, space: &Space) -> Result<Head, ReadError> {
        let read = |eye: &Eye| match eye.heads.get(Head::place(space))? {
            Some(found) => Ok(Head::from_bytes(space, found.value())),
            None => Ok(Ok(Head::default())),
        };
        let damaged = |detail| damaged(space.as_str(), "head", detail);
        self.read(read)
            .map_err(|fault| fault.into_read_error(space.as_str(), "head"))?
            .map_err(damaged)
    }

    /// Entries from `from` on, at most `limit`, each verified by itself and against the one before.
    fn entries(
        &self,
        space: &Space,
        from: Seq,
        limit: usize,
        mut previous: Option<taihu_model::Digest>,
    ) -> Result<Vec<LogEntry>, ReadError> {
        let head = self.full_head(space)?;
        if from > head.seq {
            return Ok(Vec::new());
        }
        let wanted = usize::try_from(head.seq - from).unwrap_or(usize::MAX).saturating_add(1);
        let wanted = wanted.min(limit);
        let start = StoredEntry::place(space, from);
        let read = |eye: &Eye| {
            let mut entries = Vec::new();
            let log = eye.transaction.open_table(LOG)?;
            let range = log.range(start.as_slice()..place_after(space).as_slice())?;
            for (seq, found) in (from..).zip(range.take(wanted)) {
                let (at, bytes) = found?;
                if at.value() != StoredEntry::place(space, seq).as_slice() {
                    break;
                }
                let decoded = StoredEntry::from_bytes(space, seq, bytes.value())
                    .and_then(|(entry, hash)| entry.decode(hash));
                match decoded {
                    Ok(entry) => entries.push(entry),
                    Err(detail) => return Ok((entries, Some(detail))),
                }
            }
            Ok((entries, None))
        };
        let (entries, flaw) = self.read(read).map_err(|fault| fault.into_log_error(space, from))?;
        let broken = |seq, detail: String| ReadError::Broken { space: space.clone(), seq, detail };
        for entry in &entries {
            if previous.is_some_and(|previous| previous != entry.previous) {
                let detail = "it does not follow the entry before".to_owned();
                return Err(broken(entry.seq, detail));
            }
            previous = Some(entry.hash);
        }
        let next = from + entries.len() as u64;
        match flaw {
            Some(detail) => Err(broken(next, detail)),
            None if entries.len() < wanted => {
                Err(broken(next, format!("it is missing, and the log has {} entries", head.seq)))
            }
            None => Ok(entries),
        }
    }

    /// Entries of a log after a number.
    pub(super) fn log(
        &self,
        space: &Space,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<LogEntry>, ReadError> {
        let previous = (after == 0).then(taihu_model::Digest::default);
        match after.checked_add(1) {
            Some(from) if limit > 0 => self.entries(space, from, limit, previous),
            _ => Ok(Vec::new()),
        }
    }

    /// Verifies a whole log.
    pub(super) fn verify(&self, space: &Space) -> Result<Seq, ReadError> {
        let head = self.full_head(space)?;
        let broken = |seq, detail: &str| ReadError::Broken {
            space: space.clone(),
            seq,
            detail: detail.to_owned(),
        };
        let (mut seq, mut previous) = (0, taihu_model::Digest::default());
        while seq < head.seq {
            let page = self.entries(space, seq + 1, VERIFY_PAGE, Some(previous))?;
            let Some(last) = page.last() else { break };
            (seq, previous) = (last.seq, last.hash);
        }
        if previous != head.hash {
            return Err(broken(head.seq, "its hash is not the one that the space's head has"));
        }
        // Nothing may lie beyond the head, nor before the first entry.
        let read = |eye: &Eye| {
            let log = eye.transaction.open_table(LOG)?;
            let beyond = StoredEntry::place(space, head.seq);
            let bounds = (Bound::Excluded(beyond.as_slice()), Bound::Unbounded);
            let after = log.range::<&[u8]>(bounds)?.next().transpose()?;
            let end = place_after(space);
            if after.is_some_and(|(at, _)| at.value() < end.as_slice()) {
                return Ok(Some(head.seq + 1));
            }
            let (first, one) = (place(space, &[]), StoredEntry::place(space, 1));
            let before = log.range(first.as_slice()..one.as_slice())?.next().transpose()?;
            Ok(before.map(|_| 0))
        };
        match self.read(read).map_err(|fault| fault.into_log_error(space, head.seq))? {
            Some(seq) => Err(broken(seq, "an entry that the space's head does not know of")),
            None => Ok(head.seq),
        }
    }

    /// Every space, sorted.
    pub(super) fn spaces(&self) -> Result<Vec<Space>, ReadError> {
        let read = |eye: &Eye| {
            let mut spaces = Vec::new();
            for found in eye.heads.range::<&[u8]>(..)? {
                let (space, _) = found?;
                spaces.push(String::from_utf8_lossy(space.value()).into_owned());
            }
            Ok(spaces)
        };
        let spaces = self.read(read).map_err(|fault| fault.into_read_error("-", "heads"))?;
        let slug = |text: String| {
            text.parse::<Space>().map_err(|error| damaged(&text, "head", error.to_string()))
        };
        spaces.into_iter().map(slug).collect()
    }

    /// The receipt of an idempotency key.
    pub(super) fn receipt(&self, space: &Space, key: &str) -> Result<Option<Receipt>, ReadError> {
        let read = |eye: &Eye| {
            let table = eye.transaction.open_table(IDEMPOTENCY)?;
            let found = table.get(place(space, key.as_bytes()).as_slice())?;
            Ok(found.map(|found| Answer::from_bytes(space, key, found.value())))
        };
        let found = self.read(read).map_err(|fault| fault.into_read_error(space.as_str(), key))?;
        found
            .map(|found| found.map(|answer| answer.receipt))
            .transpose()
            .map_err(|detail| damaged(space.as_str(), key, detail))
    }

    /// The bytes of a digest.
    pub(super) fn blob(&self, digest: &taihu_model::Digest) -> Result<Option<Vec<u8>>, ReadError> {
        let read = |eye: &Eye| {
            let table = eye.transaction.open_table(BLOBS)?;
            let found = table.get(digest.0.as_slice())?;
            Ok(found.map(|found| {
                let (version, bytes) = found.value().split_first()?;
                (*version == BLOB_VERSION).then(|| bytes.to_vec())
            }))
        };
        let name = digest.to_string();
        let found = self.read(read).map_err(|fault| fault.into_read_error("-", &name))?;
        let Some(bytes) = found else { return Ok(None) };
        let fits = |bytes: &Vec<u8>| taihu_model::Digest::of(bytes) == *digest;
        match bytes.filter(fits) {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(damaged("-", &name, "its bytes do not have its digest".to_owned())),
        }
    }
}

fn damaged(space: &str, key: &str, detail: String) -> ReadError {
    ReadError::Damaged { space: space.to_owned(), key: key.to_owned(), detail }
}

fn record(space: &Space, key: &[u8], bytes: &[u8]) -> Result<Record, ReadError> {
    match unwrap(Kind::Record, space.as_str(), key, bytes) {
        Ok(read) => Ok(Record { rev: read.rev, value: read.content.to_vec() }),
        Err(detail) => Err(damaged(space.as_str(), &String::from_utf8_lossy(key), detail)),
    }
}

impl Snapshot for View {
    fn get(&self, space: &Space, key: &Key) -> Result<Option<Record>, ReadError> {
        if !is_key(key) {
            return Ok(None);
        }
        let read = |eye: &Eye| {
            let found = eye.records.get(place(space, key.0.as_bytes()).as_slice())?;
            Ok(found.map(|found| record(space, key.0.as_bytes(), found.value())).transpose())
        };
        self.read(read).map_err(|fault| fault.into_read_error(space.as_str(), &key.0))?
    }

    fn range(
        &self,
        space: &Space,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Record)>, ReadError> {
        let start = place(space, prefix.as_bytes());
        let after = after.map(|after| place(space, after.0.as_bytes()));
        let lower = match &after {
            Some(after) if *after >= start => Bound::Excluded(after.as_slice()),
            _ => Bound::Included(start.as_slice()),
        };
        let read = |eye: &Eye| {
            let mut records = Vec::new();
            for found in eye.records.range::<&[u8]>((lower, Bound::Unbounded))?.take(limit) {
                let (at, bytes) = found?;
                let Some(rest) = at.value().strip_prefix(start.as_slice()) else { break };
                let key = [prefix.as_bytes(), rest].concat();
                let name = String::from_utf8_lossy(&key).into_owned();
                match record(space, &key, bytes.value()) {
                    Ok(record) => records.push((Key(name), record)),
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Ok(records))
        };
        let name = format!("{prefix}*");
        self.read(read).map_err(|fault| fault.into_read_error(space.as_str(), &name))?
    }

    fn head(&self, space: &Space) -> Result<Seq, ReadError> {
        self.full_head(space).map(|head| head.seq)
    }
}
