//! One batch, within the write transaction of its group: first every check, then every write, so
//! that a batch that is refused has touched nothing.

use redb::{ReadableTable, Table, WriteTransaction};
use taihu_model::Digest;

use super::batch::Prepared;
use super::record::{Kind, place, place_after, unwrap, wrap};
use super::tables::{
    Answer, BLOB_VERSION, BLOBS, GROUPS, HEADS, Head, IDEMPOTENCY, IDEMPOTENCY_AGE, LOG, META,
    RECORDS, StoredEntry, groups_to_bytes,
};
use crate::{Change, CommitError, Expect, Key, Receipt, Rev, Space};

type Bytes<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// The tables of a write transaction.
pub(super) struct Tables<'t> {
    records: Bytes<'t>,
    log: Bytes<'t>,
    heads: Bytes<'t>,
    idempotency: Bytes<'t>,
    ages: Bytes<'t>,
    blobs: Bytes<'t>,
    meta: Bytes<'t>,
}

/// What became of one job.
#[derive(Debug, Clone)]
pub(super) struct Done {
    /// What the caller is told.
    pub(super) receipt: Receipt,
    /// True if something was written.
    pub(super) wrote: bool,
}

/// A refusal of one batch; the others of its group go on.
pub(super) type Outcome = Result<Done, CommitError>;

/// What is at a key.
enum Found {
    Absent,
    Record { rev: Rev, digest: Digest },
    Damaged { detail: String, digest: Digest },
}

fn unavailable(detail: String) -> CommitError {
    CommitError::Unavailable { detail }
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            records: transaction.open_table(RECORDS)?,
            log: transaction.open_table(LOG)?,
            heads: transaction.open_table(HEADS)?,
            idempotency: transaction.open_table(IDEMPOTENCY)?,
            ages: transaction.open_table(IDEMPOTENCY_AGE)?,
            blobs: transaction.open_table(BLOBS)?,
            meta: transaction.open_table(META)?,
        })
    }

    /// Writes down how many groups there are.
    pub(super) fn count_group(&mut self, groups: u64) -> Result<(), redb::Error> {
        self.meta.insert(GROUPS, groups_to_bytes(groups).as_slice())?;
        Ok(())
    }

    /// Keeps a blob. One that is there but damaged is mended.
    pub(super) fn keep_blob(
        &mut self,
        digest: Digest,
        bytes: &[u8],
    ) -> Result<Outcome, redb::Error> {
        let stored = [&[BLOB_VERSION], bytes].concat();
        let same = |found: &[u8]| found == stored;
        let known = self.blobs.get(digest.0.as_slice())?.is_some_and(|found| same(found.value()));
        if !known {
            self.blobs.insert(digest.0.as_slice(), stored.as_slice())?;
        }
        let receipt = Receipt { seq: 0, hash: digest, repeated: known };
        Ok(Ok(Done { receipt, wrote: !known }))
    }

    /// Applies a batch, or says why not.
    pub(super) fn apply(
        &mut self,
        batch: &Prepared,
        keys_max: u64,
    ) -> Result<Outcome, redb::Error> {
        let space = &batch.space;
        if let Some(outcome) = self.repeat(batch)? {
            return Ok(outcome);
        }
        let head = match self.head(space)? {
            Ok(head) => head,
            Err(detail) => {
                let detail = format!("the head of space {space} is damaged: {detail}");
                return Ok(Err(unavailable(detail)));
            }
        };
        for (key, expect) in &batch.guards {
            let found = self.find(space, key, &place(space, key.0.as_bytes()))?;
            if let Err(refusal) = meets(space, key, &found, *expect) {
                return Ok(Err(refusal));
            }
        }
        let mut changes = Vec::with_capacity(batch.writes.len());
        for write in &batch.writes {
            let found = self.find(space, &write.key, &write.place)?;
            if let Err(refusal) = meets(space, &write.key, &found, write.expect) {
                return Ok(Err(refusal));
            }
            let before = match found {
                Found::Absent => None,
                Found::Record { digest, .. } | Found::Damaged { digest, .. } => Some(digest),
            };
            let after = write.value.as_ref().map(|(_, digest)| *digest);
            // Deleting what is not there is no change.
            if before.is_some() || after.is_some() {
                changes.push(Change { key: write.key.clone(), before, after });
            }
        }
        match serde_json::to_vec(&changes) {
            Ok(changes) => Ok(Ok(self.write(batch, head, &changes, keys_max)?)),
            Err(error) => Ok(Err(CommitError::Invalid { detail: error.to_string() })),
        }
    }

    /// The answer to a batch whose idempotency key is known.
    fn repeat(&self, batch: &Prepared) -> Result<Option<Outcome>, redb::Error> {
        let Some(key) = &batch.idempotency else { return Ok(None) };
        let Some(found) = self.idempotency.get(place(&batch.space, key.as_bytes()).as_slice())?
        else {
            return Ok(None);
        };
        Ok(Some(match Answer::from_bytes(&batch.space, key, found.value()) {
            Ok(answer) if answer.writes == batch.digest => {
                Ok(Done { receipt: answer.receipt, wrote: false })
            }
            Ok(answer) => Err(CommitError::Invalid {
                detail: format!(
                    "idempotency key {key:?} was used for other contents, in commit {}",
                    answer.receipt.seq
                ),
            }),
            Err(detail) => Err(unavailable(format!(
                "what is known of idempotency key {key:?} is damaged: {detail}"
            ))),
        }))
    }

    fn head(&self, space: &Space) -> Result<Result<Head, String>, redb::Error> {
        let found = self.heads.get(Head::place(space))?;
        Ok(found.map_or(Ok(Head::default()), |found| Head::from_bytes(space, found.value())))
    }

    fn find(&self, space: &Space, key: &Key, place: &[u8]) -> Result<Found, redb::Error> {
        let Some(found) = self.records.get(place)? else { return Ok(Found::Absent) };
        Ok(match unwrap(Kind::Record, space.as_str(), key.0.as_bytes(), found.value()) {
            Ok(record) => Found::Record { rev: record.rev, digest: record.digest },
            // A record that rotted can be replaced by whoever does not ask what was there; the log
            // then says what was there, as it was.
            Err(detail) => Found::Damaged { detail, digest: Digest::of(found.value()) },
        })
    }

    fn write(
        &mut self,
        batch: &Prepared,
        head: Head,
        changes: &[u8],
        keys_max: u64,
    ) -> Result<Done, redb::Error> {
        let (space, seq) = (&batch.space, head.seq + 1);
        let entry = StoredEntry { seq, previous: head.hash, audit: &batch.audit, changes };
        let hash = entry.hash(space);
        for write in &batch.writes {
            let key = write.key.0.as_bytes();
            match &write.value {
                Some((value, digest)) => {
                    let record = wrap(Kind::Record, space.as_str(), key, seq, digest, value);
                    self.records.insert(write.place.as_slice(), record.as_slice())?;
                }
                None => drop(self.records.remove(write.place.as_slice())?),
            }
        }
        let at = StoredEntry::place(space, seq);
        self.log.insert(at.as_slice(), entry.to_bytes(space, &hash).as_slice())?;
        let receipt = Receipt { seq, hash, repeated: false };
        let mut keys = head.keys;
        if let Some(key) = &batch.idempotency {
            let answer = Answer { receipt, writes: batch.digest };
            let known = place(space, key.as_bytes());
            self.idempotency.insert(known.as_slice(), answer.to_bytes(space, key).as_slice())?;
            self.ages.insert(at.as_slice(), known.as_slice())?;
            keys = self.forget(space, keys + 1, keys_max)?;
        }
        let head = Head { seq, hash, keys }.to_bytes(space);
        self.heads.insert(Head::place(space), head.as_slice())?;
        Ok(Done { receipt, wrote: true })
    }

    /// Forgets the oldest idempotency keys beyond the limit; returns how many are left.
    fn forget(&mut self, space: &Space, mut keys: u64, keys_max: u64) -> Result<u64, redb::Error> {
        let (from, to) = (place(space, &[]), place_after(space));
        while keys > keys_max {
            let oldest = {
                let mut ages = self.ages.range(from.as_slice()..to.as_slice())?;
                let Some(oldest) = ages.next() else { return Ok(0) };
                let (age, known) = oldest?;
                (age.value().to_vec(), known.value().to_vec())
            };
            self.ages.remove(oldest.0.as_slice())?;
            self.idempotency.remove(oldest.1.as_slice())?;
            keys -= 1;
        }
        Ok(keys)
    }
}

/// Whether what was found is what was expected.
fn meets(space: &Space, key: &Key, found: &Found, expect: Expect) -> Result<(), CommitError> {
    let rev = match (found, expect) {
        (_, Expect::Any) | (Found::Absent, Expect::Absent) => return Ok(()),
        (Found::Record { rev, .. }, Expect::Rev(wanted)) if *rev == wanted => return Ok(()),
        (Found::Damaged { detail, .. }, _) => {
            return Err(unavailable(format!("record {key} of space {space} is damaged: {detail}")));
        }
        (Found::Absent, _) => None,
        (Found::Record { rev, .. }, _) => Some(*rev),
    };
    let wanted = match expect {
        Expect::Rev(rev) => rev.to_string(),
        Expect::Any | Expect::Absent => "absent".to_owned(),
    };
    Err(CommitError::Conflict { space: space.clone(), key: key.clone(), found: rev, wanted })
}
