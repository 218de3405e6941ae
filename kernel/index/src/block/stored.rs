//! A block in a snapshot. Reading checks everything that the rest of the room relies on, so that
//! even a snapshot with right checksums and wrong contents is refused, and never a panic later.

use std::io;

use super::ids::Ids;
use super::labels::{KINDS, LabelSets};
use super::postings::Postings;
use super::{BLOCK_DOCS_MAX, Block};
use crate::bits::{Bits, Members};
use crate::snapshot::{FrameReader, FrameWriter, SnapshotError};

impl Block {
    /// Writes the block.
    pub(crate) fn write_to(&self, out: &mut FrameWriter<'_>) -> io::Result<()> {
        out.numbers(&self.lengths)?;
        out.text(&self.ids.text)?;
        for end in &self.ids.ends {
            out.number(*end as u64)?;
        }
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
        out.numbers(&self.postings.keys)?;
        out.numbers(&self.postings.starts)?;
        out.numbers(&self.postings.offsets)?;
        out.numbers(&self.postings.codes)
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
        Ok(Self { ids, lengths, labels, postings })
    }
}

fn read_ids(input: &mut FrameReader<'_>, len: usize) -> Result<Ids, SnapshotError> {
    let text = input.text(usize::MAX)?;
    let mut ends = Vec::with_capacity(len);
    let mut before = 0;
    for _ in 0..len {
        let end = input.count(text.len())?;
        if end < before || !text.is_char_boundary(end) {
            return Err(SnapshotError::Damaged("an id ends where none can end"));
        }
        ends.push(end);
        before = end;
    }
    let ids = Ids { text, ends };
    match before == ids.text.len() && (1..len).all(|at| ids.at(at - 1) < ids.at(at)) {
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
    let keys: Vec<u64> = input.numbers(most)?;
    let starts: Vec<u32> = input.numbers(most)?;
    let offsets: Vec<u16> = input.numbers(most)?;
    let codes: Vec<u8> = input.numbers(most)?;
    let fits = ascending(&keys)
        && ascending(&starts)
        && starts.len() == keys.len() + 1
        && starts.first() == Some(&0)
        && starts.last().is_some_and(|end| *end as usize == offsets.len())
        && codes.len() == offsets.len()
        && starts.windows(2).all(|pair| {
            let offsets = &offsets[pair[0] as usize..pair[1] as usize];
            ascending(offsets) && offsets.iter().all(|offset| usize::from(*offset) < len)
        });
    match fits {
        true => Ok(Postings::of(keys, starts, offsets, codes)),
        false => Err(SnapshotError::Damaged("postings do not fit together")),
    }
}

fn ascending<T: PartialOrd>(values: &[T]) -> bool {
    values.windows(2).all(|pair| pair[0] < pair[1])
}
