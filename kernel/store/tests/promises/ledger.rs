//! A client's ledger: what it tried and what it was told, to be held against the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use taihu_model::Digest;
use taihu_store::conformance::{Random, audit};
use taihu_store::{Batch, CommitError, Expect, Key, Receipt, Space, Store, Write};

/// What one client was told, by everything it tried.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    tries: i64,
    acknowledged: Vec<(Space, Receipt, String)>,
    /// Subjects of commits of which was said that nothing was written.
    refused: BTreeSet<String>,
    blobs: Vec<Digest>,
}

fn spaces() -> [Space; 2] {
    ["anji", "deqing"].map(|slug| slug.parse().unwrap())
}

impl Ledger {
    /// Tries one commit that changes several keys together, and sometimes a blob.
    pub(crate) fn write(&self, store: &dyn Store, random: &mut Random) -> Result<(), CommitError> {
        let tries = {
            let mut told = self.0.lock().unwrap();
            told.tries += 1;
            told.tries
        };
        let space = spaces()[random.below(2)].clone();
        let audit = audit(&space, tries);
        let subject = audit.subject.clone();
        let len = if random.below(10) == 0 { random.below(30_000) } else { random.below(300) };
        let value = format!("{tries} {}", "x".repeat(len)).into_bytes();
        let first = random.below(20);
        let write = |n: usize| Write {
            key: Key::of(&["k", &((first + n) % 20).to_string()]),
            value: (random.below(5) > 0).then(|| value.clone()),
            expect: Expect::Any,
        };
        let writes = (0..4).map(write).collect();
        let idempotency = (tries % 3 == 0).then(|| subject.clone());
        let result = store.commit(&space, Batch { audit, writes, guards: vec![], idempotency });
        let mut told = self.0.lock().unwrap();
        let result = match result {
            Ok(receipt) => {
                told.acknowledged.push((space, receipt, subject));
                Ok(())
            }
            Err(error) => {
                if !matches!(error, CommitError::Unknown { .. }) {
                    told.refused.insert(subject);
                }
                Err(error)
            }
        };
        drop(told);
        if tries % 7 == 0 {
            let kept = store.put_blob(&value)?;
            self.0.lock().unwrap().blobs.push(kept);
        }
        result
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.0.lock().unwrap().acknowledged.len()
    }

    /// Holds the ledger against the store; says what the store has lost, torn or made up.
    pub(crate) fn check(&self, store: &dyn Store) -> Result<(), String> {
        let told = self.0.lock().unwrap();
        let mut subjects = BTreeSet::new();
        let view = store.snapshot().map_err(|error| error.to_string())?;
        for space in spaces() {
            let head = store.verify(&space).map_err(|error| format!("verify: {error}"))?;
            let log = store.log(&space, 0, usize::MAX).map_err(|error| format!("log: {error}"))?;
            if head != log.len() as u64 {
                return Err(format!("head {head} of {space}, and {} entries", log.len()));
            }
            // The records are what the log says they are: no batch is half there.
            let mut contents = BTreeMap::new();
            for entry in &log {
                for change in &entry.changes {
                    let before = contents.insert(change.key.clone(), change.after).flatten();
                    if before != change.before {
                        return Err(format!(
                            "entry {} of {space} follows another state",
                            entry.seq
                        ));
                    }
                }
                if !subjects.insert(entry.audit.subject.clone()) {
                    return Err(format!("{} was committed twice", entry.audit.subject));
                }
            }
            contents.retain(|_, digest| digest.is_some());
            let records = view.range(&space, "", None, usize::MAX).map_err(|e| e.to_string())?;
            let found: BTreeMap<_, _> = records
                .into_iter()
                .map(|(key, record)| (key, Some(Digest::of(&record.value))))
                .collect();
            if found != contents {
                return Err(format!("torn: the records of {space} are not what its log says"));
            }
            for (_, receipt, subject) in told.acknowledged.iter().filter(|told| told.0 == space) {
                let place = receipt.seq as usize - 1;
                let entry = log.get(place).filter(|entry| entry.hash == receipt.hash);
                if entry.is_none_or(|entry| entry.audit.subject != *subject) {
                    return Err(format!("lost: commit {} of {space}, {subject}", receipt.seq));
                }
            }
        }
        if let Some(made_up) = subjects.intersection(&told.refused).next() {
            return Err(format!("{made_up} was refused, and is there"));
        }
        for digest in &told.blobs {
            match store.get_blob(digest) {
                Ok(Some(_)) => {}
                found => return Err(format!("lost: blob {digest}: {found:?}")),
            }
        }
        Ok(())
    }
}
