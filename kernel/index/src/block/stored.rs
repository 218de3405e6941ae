//! A block in a snapshot. Reading checks everything that the rest of the room relies on, so that
//! even a snapshot with right checksums and wrong contents is refused, and never a panic later.

use std::io;

use super::ids::Ids;
use super::labels::{KINDS, LabelSets};
use super::postings::{DIRECTORY_BITS, Postings};
use super::{BLOCK_DOCS_MAX, Block, list};
use crate::bits::{Bits, Members};
use crate::snapshot::{FrameReader, FrameWriter, SnapshotError};
use crate::text::KEY_BITS;

impl Block {
    /// Writes the block.
    pub(crate) fn write_to(&self, out: &mut FrameWriter<'_>) -> io::Result<()> {
        out.numbers(&self.lengths)?;
        out.text(&self.ids.text)?;
        out.numbers(&self.ids.ends)?;
        for sets in &self.labels.kinds {
            out.number(sets.len() as u64)?;
            for (value, members) in sets {
                out.text(value)?;
                match members {
                    Members::Few(offsets) => {
                        out.number(0_u8)?;
                        out.numbers(offsets)?;
                    }
                    Members::Many(bits) => {
                        out.number(1_u8)?;
                        out.numbers(bits.words())?;
                    }
                }
            }
        }
        out.numbers(&self.postings.directory)?;
        out.numbers(&self.postings.keys)?;
        out.numbers(&self.postings.starts)?;
        out.numbers(&self.postings.records)
    }

    /// Reads a block and checks it.
    pub(crate) fn read_from(input: &mut FrameReader<'_>) -> Result<Self, SnapshotError> {
        let lengths: Vec<u32> = input.numbers(BLOCK_DOCS_MAX)?;
        let ids = read_ids(input, lengths.len())?;
        let mut labels = LabelSets::default();
        for kind in 0..KINDS {
            labels.kinds[kind] = read_labels(input, lengths.len())?;
        }
        let postings = read_postings(input, lengths.len())?;
        Ok(Self::of(ids, lengths, labels, postings))
    }
}

fn read_ids(input: &mut FrameReader<'_>, len: usize) -> Result<Ids, SnapshotError> {
    let text = input.text(u32::MAX as usize)?;
    let ends: Vec<u32> = input.numbers(len)?;
    let ends_there = |end: &u32| text.is_char_boundary(*end as usize);
    if ends.len() != len || !ends.is_sorted() || !ends.iter().all(ends_there) {
        return Err(SnapshotError::Damaged("an id ends where none can end"));
    }
    let whole = ends.last().map_or(0, |end| *end as usize);
    let ids = Ids { text, ends };
    match whole == ids.text.len() && (1..len).all(|at| ids.at(at - 1) < ids.at(at)) {
        true => Ok(ids),
        false => Err(SnapshotError::Damaged("ids are not in order")),
    }
}

fn read_labels(
    input: &mut FrameReader<'_>,
    len: usize,
) -> Result<Vec<(Box<str>, Members)>, SnapshotError> {
    let mut sets: Vec<(Box<str>, Members)> = Vec::new();
    for _ in 0..input.count(usize::MAX)? {
        let value = input.text(usize::MAX)?;
        if sets.last().is_some_and(|(before, _)| **before >= *value) {
            return Err(SnapshotError::Damaged("labels are not in order"));
        }
        let members = if input.number::<u8>()? == 0 {
            let offsets: Vec<u16> = input.numbers(len)?;
            (ascending(&offsets) && offsets.iter().all(|offset| usize::from(*offset) < len))
                .then_some(Members::Few(offsets))
        } else {
            Bits::from_words(input.numbers(len.div_ceil(64))?, len).map(Members::Many)
        };
        let members = members.ok_or(SnapshotError::Damaged("a label's set is not of its block"))?;
        sets.push((value.into(), members));
    }
    Ok(sets)
}

fn read_postings(input: &mut FrameReader<'_>, len: usize) -> Result<Postings, SnapshotError> {
    let most = u32::MAX as usize;
    let directory: Vec<u32> = input.numbers(most)?;
    let keys: Vec<u32> = input.numbers(most)?;
    let starts: Vec<u32> = input.numbers(most)?;
    let records: Vec<u8> = input.numbers(most)?;
    let buckets = directory.len().wrapping_sub(1);
    let fits = buckets.is_power_of_two()
        && DIRECTORY_BITS.contains(&buckets.ilog2())
        && directory.first() == Some(&0)
        && directory.last().is_some_and(|end| *end as usize == keys.len())
        && directory.is_sorted()
        && directory.windows(2).all(|pair| ascending(&keys[pair[0] as usize..pair[1] as usize]))
        && keys.iter().all(|key| u64::from(*key) >> (KEY_BITS - buckets.ilog2()) == 0)
        && starts.len() == keys.len()
        && follow(&starts, &records, len);
    match fits {
        true => Ok(Postings { keys, starts, records, directory }),
        false => Err(SnapshotError::Damaged("postings do not fit together")),
    }
}

/// Whether sound records of a block of `len` documents stand where they should, and nothing else.
fn follow(starts: &[u32], records: &[u8], len: usize) -> bool {
    let mut at = 0;
    let all = starts.iter().all(|start| {
        let sound = *start as usize == at;
        let record = records.get(at..).and_then(|records| list::check(records, len));
        at += record.unwrap_or(0);
        sound && record.is_some()
    });
    all && at == records.len()
}

fn ascending<T: PartialOrd>(values: &[T]) -> bool {
    values.windows(2).all(|pair| pair[0] < pair[1])
}
