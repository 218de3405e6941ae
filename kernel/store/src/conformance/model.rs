//! The model: what a store does, said as plainly as possible.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use taihu_model::Digest;

use crate::{
    Batch, Change, CommitError, Expect, Key, LogEntry, ReadError, Receipt, Record, Seq, Snapshot,
    Space, Store,
};

type Contents = Vec<(Key, Option<Vec<u8>>)>;

#[derive(Debug, Clone, Default)]
struct Ground {
    records: BTreeMap<Key, Record>,
    log: Vec<LogEntry>,
    answers: BTreeMap<String, (Receipt, Contents)>,
}

/// A store in memory.
#[derive(Debug, Clone, Default)]
pub(super) struct Model(BTreeMap<Space, Ground>);

impl Model {
    pub(super) fn get(&self, space: &Space, key: &Key) -> Option<Record> {
        self.0.get(space)?.records.get(key).cloned()
    }

    pub(super) fn range(
        &self,
        space: &Space,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Vec<(Key, Record)> {
        let Some(ground) = self.0.get(space) else { return Vec::new() };
        let wanted = |key: &Key| key.0.starts_with(prefix) && after.is_none_or(|after| key > after);
        let records = ground.records.iter().filter(|(key, _)| wanted(key));
        records.map(|(key, record)| (key.clone(), record.clone())).take(limit).collect()
    }

    pub(super) fn log(&self, space: &Space) -> &[LogEntry] {
        self.0.get(space).map_or(&[], |ground| &ground.log)
    }

    pub(super) fn head(&self, space: &Space) -> Seq {
        self.log(space).len() as Seq
    }

    pub(super) fn spaces(&self) -> Vec<Space> {
        let used = self.0.iter().filter(|(_, ground)| !ground.log.is_empty());
        used.map(|(space, _)| space.clone()).collect()
    }

    pub(super) fn receipt(&self, space: &Space, key: &str) -> Option<Receipt> {
        let (receipt, _) = self.0.get(space)?.answers.get(key)?;
        Some(Receipt { repeated: true, ..*receipt })
    }

    /// Commits a batch that breaks no rule of shape.
    pub(super) fn commit(
        &mut self,
        space: &Space,
        batch: Batch,
    ) -> Result<Result<Receipt, CommitError>, String> {
        let ground = self.0.entry(space.clone()).or_default();
        let contents: Contents =
            batch.writes.iter().map(|write| (write.key.clone(), write.value.clone())).collect();
        if let Some((receipt, known)) =
            batch.idempotency.as_ref().and_then(|key| ground.answers.get(key))
        {
            let answer = Receipt { repeated: true, ..*receipt };
            let invalid = || CommitError::Invalid { detail: String::new() };
            return Ok(if *known == contents { Ok(answer) } else { Err(invalid()) });
        }
        let wishes = batch.guards.iter().map(|(key, expect)| (key, *expect));
        let writes = batch.writes.iter().map(|write| (&write.key, write.expect));
        for (key, expect) in wishes.chain(writes) {
            let found = ground.records.get(key).map(|record| record.rev);
            let (fits, wanted) = match expect {
                Expect::Any => (true, String::new()),
                Expect::Absent => (found.is_none(), "absent".to_owned()),
                Expect::Rev(rev) => (found == Some(rev), rev.to_string()),
            };
            if !fits {
                let (space, key) = (space.clone(), key.clone());
                return Ok(Err(CommitError::Conflict { space, key, found, wanted }));
            }
        }
        let seq = ground.log.len() as Seq + 1;
        let mut changes = Vec::new();
        for write in batch.writes {
            let before = ground.records.get(&write.key).map(|record| Digest::of(&record.value));
            let after = write.value.as_ref().map(|value| Digest::of(value));
            if before.is_some() || after.is_some() {
                changes.push(Change { key: write.key.clone(), before, after });
            }
            match write.value {
                Some(value) => drop(ground.records.insert(write.key, Record { rev: seq, value })),
                None => drop(ground.records.remove(&write.key)),
            }
        }
        let previous = ground.log.last().map_or(Digest::default(), |entry| entry.hash);
        let hash = Digest::default();
        let mut entry = LogEntry { seq, previous, audit: batch.audit, changes, hash };
        entry.hash = entry.digest(space).map_err(|error| error.to_string())?;
        let receipt = Receipt { seq, hash: entry.hash, repeated: false };
        ground.log.push(entry);
        if let Some(key) = batch.idempotency {
            ground.answers.insert(key, (receipt, contents));
        }
        Ok(Ok(receipt))
    }
}

/// A store that is not there.
pub(super) struct Nowhere;

fn nowhere<T>() -> Result<T, ReadError> {
    Err(ReadError::Unavailable { detail: "it is closed".to_owned() })
}

fn refused<T>() -> Result<T, CommitError> {
    Err(CommitError::Unavailable { detail: "it is closed".to_owned() })
}

impl Store for Nowhere {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, ReadError> {
        nowhere()
    }
    fn commit(&self, _: &Space, _: Batch) -> Result<Receipt, CommitError> {
        refused()
    }
    fn receipt(&self, _: &Space, _: &str) -> Result<Option<Receipt>, ReadError> {
        nowhere()
    }
    fn log(&self, _: &Space, _: Seq, _: usize) -> Result<Vec<LogEntry>, ReadError> {
        nowhere()
    }
    fn spaces(&self) -> Result<Vec<Space>, ReadError> {
        nowhere()
    }
    fn put_blob(&self, _: &[u8]) -> Result<Digest, CommitError> {
        refused()
    }
    fn get_blob(&self, _: &Digest) -> Result<Option<Vec<u8>>, ReadError> {
        nowhere()
    }
    fn verify(&self, _: &Space) -> Result<Seq, ReadError> {
        nowhere()
    }
    fn wait(&self, seen: u64, _: Duration) -> u64 {
        seen
    }
}
