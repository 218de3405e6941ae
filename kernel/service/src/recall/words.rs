//! What one source record said, word by word, and what is left of it when a version of the connector
//! is taken back. Pure.

use taihu_model::{Digest, Reading, SourceRecord, SourceRecordStatus};

/// What a record says without a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// What counts, oldest first: the last is what the record says now.
    pub(super) kept: Vec<SourceRecord>,
    /// What was taken back, now or before; kept for the record's sake only.
    pub(super) taken: Vec<SourceRecord>,
}

impl Words {
    /// Sorts out what counts of all that a record said, oldest first.
    pub(super) fn of(said: &[SourceRecord]) -> Self {
        let (taken, kept) =
            said.iter().cloned().partition(|word| word.status == SourceRecordStatus::Recalled);
        Self { kept, taken }
    }

    /// The same without what only this version of the connector said.
    pub(super) fn without(&self, version: &Digest) -> Self {
        let mut left = Self { kept: Vec::new(), taken: self.taken.clone() };
        for word in &self.kept {
            let mut word = word.clone();
            word.also.retain(|reading| reading.connector != *version);
            if word.connector == *version {
                if word.also.is_empty() {
                    word.status = SourceRecordStatus::Recalled;
                    word.achievement = None;
                    left.taken.push(word);
                    continue;
                }
                // Another version read the same: the word is its word.
                let first = word.also.remove(0);
                word.connector = first.connector;
                word.run = first.run;
                word.fetched = first.at;
                word.nth = first.nth;
            }
            match left.kept.last_mut() {
                Some(last) if same(last, &word) => absorb(last, word),
                _ => left.kept.push(word),
            }
        }
        left
    }

    /// What is to be kept as the record, and what beside it, oldest first.
    pub(super) fn shelved(&self) -> Option<(SourceRecord, Vec<SourceRecord>)> {
        let mut all = self.taken.clone();
        all.extend(self.kept.iter().cloned());
        let now = all.pop()?;
        Some((now, all))
    }
}

/// Says whether a version said any of this, alone or with others.
pub(super) fn has_word_of(word: &SourceRecord, version: &Digest) -> bool {
    word.status != SourceRecordStatus::Recalled
        && (word.connector == *version
            || word.also.iter().any(|reading| reading.connector == *version))
}

/// Says whether a run would have found the second to be the first, unchanged.
fn same(first: &SourceRecord, second: &SourceRecord) -> bool {
    let gone = |word: &SourceRecord| word.status == SourceRecordStatus::Deleted;
    gone(first) == gone(second) && (gone(first) || first.digest == second.digest)
}

fn absorb(first: &mut SourceRecord, second: SourceRecord) {
    let SourceRecord { connector, run, fetched: at, nth, .. } = second;
    let readings = std::iter::once(Reading { connector, run, at, nth }).chain(second.also);
    for reading in readings {
        let known = first.connector == reading.connector
            || first.also.iter().any(|one| one.connector == reading.connector);
        if !known {
            first.also.push(reading);
        }
    }
    // Where it is now counts, not where it was then.
    first.achievement = second.achievement;
}
