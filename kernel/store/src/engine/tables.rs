//! What is in the database: tables, their keys and their small records.
//!
//! Keys begin with the space and a zero byte, but for heads (the space alone) and blobs (a digest).

use redb::{ReadTransaction, TableDefinition, TableError, WriteTransaction};
use taihu_model::Digest;

use super::record::{Kind, place, unwrap, wrap};
use crate::types::entry_hash;
use crate::{LogEntry, Receipt, Seq, Space};

type Bytes = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// space, key → record.
pub(super) const RECORDS: Bytes = TableDefinition::new("records");
/// space, number → log entry.
pub(super) const LOG: Bytes = TableDefinition::new("log");
/// space → head.
pub(super) const HEADS: Bytes = TableDefinition::new("heads");
/// space, idempotency key → what it was answered with.
pub(super) const IDEMPOTENCY: Bytes = TableDefinition::new("idempotency");
/// space, number → idempotency key, so that the oldest can be forgotten.
pub(super) const IDEMPOTENCY_AGE: Bytes = TableDefinition::new("idempotency-age");
/// digest → version, bytes.
pub(super) const BLOBS: Bytes = TableDefinition::new("blobs");
/// name → small records of the store itself.
pub(super) const META: Bytes = TableDefinition::new("meta");

/// Name of the record that counts the groups that were made durable.
pub(super) const GROUPS: &[u8] = b"groups";
/// Version of a stored blob.
pub(super) const BLOB_VERSION: u8 = 1;

const ALL: [Bytes; 7] = [RECORDS, LOG, HEADS, IDEMPOTENCY, IDEMPOTENCY_AGE, BLOBS, META];

/// Creates what is not there yet.
pub(super) fn create(transaction: &WriteTransaction) -> Result<(), TableError> {
    ALL.iter().try_for_each(|table| transaction.open_table(*table).map(drop))
}

/// True if every table is there.
pub(super) fn exist(transaction: &ReadTransaction) -> Result<bool, TableError> {
    for table in ALL {
        match transaction.open_table(table) {
            Ok(_) => {}
            Err(TableError::TableDoesNotExist(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Cuts numbers and digests off the front of a content.
struct Cut<'a>(&'a [u8]);

impl<'a> Cut<'a> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }

    fn digest(&mut self) -> Option<Digest> {
        let (digest, rest) = self.0.split_first_chunk::<32>()?;
        self.0 = rest;
        Some(Digest(*digest))
    }

    fn bytes(&mut self, count: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(count).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

fn misshapen() -> String {
    "the content does not have the shape it should have".to_owned()
}

/// Where a space's log ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// Number of the last entry; 0 for none.
    pub(super) seq: Seq,
    /// Its hash; zeros for none.
    pub(super) hash: Digest,
    /// How many idempotency keys are remembered.
    pub(super) keys: u64,
}

impl Head {
    pub(super) fn place(space: &Space) -> &[u8] {
        space.as_str().as_bytes()
    }

    pub(super) fn to_bytes(self, space: &Space) -> Vec<u8> {
        let content =
            [&self.seq.to_be_bytes()[..], &self.hash.0, &self.keys.to_be_bytes()].concat();
        wrap(Kind::Head, space.as_str(), &[], self.seq, &Digest::default(), &content)
    }

    pub(super) fn from_bytes(space: &Space, bytes: &[u8]) -> Result<Self, String> {
        let mut cut = Cut(unwrap(Kind::Head, space.as_str(), &[], bytes)?.content);
        let mut read = || {
            let head = Self { seq: cut.number()?, hash: cut.digest()?, keys: cut.number()? };
            cut.end().map(|()| head)
        };
        read().ok_or_else(misshapen)
    }
}

/// What an idempotency key was answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) receipt: Receipt,
    /// Digest of what the batch wrote.
    pub(super) writes: Digest,
}

impl Answer {
    pub(super) fn to_bytes(self, space: &Space, key: &str) -> Vec<u8> {
        let content = [self.receipt.hash.0, self.writes.0].concat();
        let (space, key, seq) = (space.as_str(), key.as_bytes(), self.receipt.seq);
        wrap(Kind::Idempotency, space, key, seq, &Digest::default(), &content)
    }

    pub(super) fn from_bytes(space: &Space, key: &str, bytes: &[u8]) -> Result<Self, String> {
        let read = unwrap(Kind::Idempotency, space.as_str(), key.as_bytes(), bytes)?;
        let mut cut = Cut(read.content);
        let (Some(hash), Some(writes), Some(())) = (cut.digest(), cut.digest(), cut.end()) else {
            return Err(misshapen());
        };
        Ok(Self { receipt: Receipt { seq: read.rev, hash, repeated: true }, writes })
    }
}

/// The number of groups made durable.
pub(super) fn groups_to_bytes(groups: u64) -> Vec<u8> {
    wrap(Kind::Meta, "", GROUPS, groups, &Digest::default(), &[])
}

/// Reads it.
pub(super) fn groups_from_bytes(bytes: &[u8]) -> Result<u64, String> {
    unwrap(Kind::Meta, "", GROUPS, bytes).map(|read| read.rev)
}

/// A log entry as it is stored: audit and changes stay the bytes they were, so that fields of a
/// newer version do not change its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredEntry<'a> {
    pub(super) seq: Seq,
    pub(super) previous: Digest,
    pub(super) audit: &'a [u8],
    pub(super) changes: &'a [u8],
}

impl<'a> StoredEntry<'a> {
    pub(super) fn place(space: &Space, seq: Seq) -> Vec<u8> {
        place(space, &seq.to_be_bytes())
    }

    pub(super) fn hash(&self, space: &Space) -> Digest {
        entry_hash(space, self.seq, &self.previous, self.audit, self.changes)
    }

    /// Its bytes, with a hash that [`Self::hash`] has computed.
    pub(super) fn to_bytes(&self, space: &Space, hash: &Digest) -> Vec<u8> {
        let audit_len = (self.audit.len() as u64).to_be_bytes();
        let content = [&self.previous.0[..], &audit_len, self.audit, self.changes].concat();
        let key = self.seq.to_be_bytes();
        wrap(Kind::Entry, space.as_str(), &key, self.seq, hash, &content)
    }

    /// Reads one that is to be number `seq`, and verifies its hash.
    pub(super) fn from_bytes(
        space: &Space,
        seq: Seq,
        bytes: &'a [u8],
    ) -> Result<(Self, Digest), String> {
        let read = unwrap(Kind::Entry, space.as_str(), &seq.to_be_bytes(), bytes)?;
        let mut cut = Cut(read.content);
        let mut parts = || {
            let previous = cut.digest()?;
            let audit_len = cut.number()?;
            Some((previous, cut.bytes(audit_len)?))
        };
        let (previous, audit) = parts().ok_or_else(misshapen)?;
        let entry = Self { seq, previous, audit, changes: cut.0 };
        let wanted = entry.hash(space);
        if read.digest != wanted {
            return Err(format!("hash {}, and its content has {wanted}", read.digest));
        }
        Ok((entry, wanted))
    }

    /// The entry as callers see it.
    pub(super) fn decode(&self, hash: Digest) -> Result<LogEntry, String> {
        let audit = serde_json::from_slice(self.audit).map_err(|error| error.to_string())?;
        let changes = serde_json::from_slice(self.changes).map_err(|error| error.to_string())?;
        Ok(LogEntry { seq: self.seq, previous: self.previous, audit, changes, hash })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn foreign_bytes_are_refused_and_never_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            content in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let space: Space = "anji".parse().unwrap();
            prop_assert!(Head::from_bytes(&space, &bytes).is_err());
            prop_assert!(Answer::from_bytes(&space, "k", &bytes).is_err());
            prop_assert!(StoredEntry::from_bytes(&space, 7, &bytes).is_err());
            prop_assert!(groups_from_bytes(&bytes).is_err());
            // A good envelope around a content of another shape is refused as well.
            let digest = Digest::of(&content);
            let wrapped = wrap(Kind::Entry, "anji", &7_u64.to_be_bytes(), 7, &digest, &content);
            prop_assert!(StoredEntry::from_bytes(&space, 7, &wrapped).is_err());
        }

        #[test]
        fn small_records_read_as_they_were_written(seq: u64, keys: u64, hash: [u8; 32], key: String) {
            let space: Space = "anji".parse().unwrap();
            let head = Head { seq, hash: Digest(hash), keys };
            prop_assert_eq!(Head::from_bytes(&space, &head.to_bytes(&space)), Ok(head));
            let receipt = Receipt { seq, hash: Digest(hash), repeated: true };
            let answer = Answer { receipt, writes: Digest::of(&hash) };
            prop_assert_eq!(Answer::from_bytes(&space, &key, &answer.to_bytes(&space, &key)), Ok(answer));
            let entry =
                StoredEntry { seq, previous: Digest(hash), audit: b"{}", changes: key.as_bytes() };
            let bytes = entry.to_bytes(&space, &entry.hash(&space));
            let read = StoredEntry::from_bytes(&space, seq, &bytes);
            prop_assert_eq!(read, Ok((entry.clone(), entry.hash(&space))));
            prop_assert_eq!(groups_from_bytes(&groups_to_bytes(seq)), Ok(seq));
        }
    }
}
