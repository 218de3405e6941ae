//! A block in a snapshot. Reading checks everything that the rest of the room relies on, so that
//! even a snapshot with right checksums and wrong contents is refused, and never a panic later.

use std::io;

use super::ids::Ids;
use super::labels::{KINDS, LabelSets};
use super::phrases::Phrases;
use super::postings::{DIRECTORY_BITS, Postings};
use super::{BLOCK_DOCS_MAX, Block, Pieces, list};
use crate::bits::{Bits, Members};
use crate::snapshot::{FrameReader, FrameWriter, SnapshotError};
use crate::text::KEY_BITS;

impl Block {
    /// Writes the block.
    pub(crate) fn write_to(&self, out: &mut FrameWriter<'_>) -> io::Result<()> {
        out.numbers(&self.lengths)?;
        out.numbers(&self.dates)?;
        write_names(&self.ids, out)?;
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
        write_names(&self.phrases.folded, out)?;
        out.numbers(&self.phrases.other)?;
        write_names(&self.phrases.written, out)?;
        out.numbers(&self.phrases.ends)?;
        out.numbers(&self.phrases.places)?;
        out.numbers(&self.postings.directory)?;
        out.numbers(&self.postings.keys)?;
        out.numbers(&self.postings.starts)?;
        out.numbers(&self.postings.records)
    }

    /// Reads a block and checks it.
    pub(crate) fn read_from(input: &mut FrameReader<'_>) -> Result<Self, SnapshotError> {
        let lengths: Vec<u32> = input.numbers(BLOCK_DOCS_MAX)?;
        let dates: Vec<u32> = input.numbers(lengths.len())?;
        if dates.len() != lengths.len() {
            return Err(SnapshotError::Damaged("a document has no date"));
        }
        let ids = read_names(input, lengths.len())?;
        if ids.len() != lengths.len() || !(1..ids.len()).all(|at| ids.at(at - 1) < ids.at(at)) {
            return Err(SnapshotError::Damaged("ids are not in order"));
        }
        let mut labels = LabelSets::default();
        for kind in 0..KINDS {
            labels.kinds[kind] = read_labels(input, lengths.len())?;
        }
        let phrases = read_phrases(input, lengths.len())?;
        let postings = read_postings(input, lengths.len())?;
        Ok(Self::of(Pieces { ids, lengths, dates, labels, phrases, postings }))
    }
}

fn write_names(names: &Ids, out: &mut FrameWriter<'_>) -> io::Result<()> {
    out.text(&names.text)?;
    out.numbers(&names.ends)
}

/// Reads at most `max` names, in whatever order.
fn read_names(input: &mut FrameReader<'_>, max: usize) -> Result<Ids, SnapshotError> {
    let text = input.text(u32::MAX as usize)?;
    let ends: Vec<u32> = input.numbers(max)?;
    let ends_there = |end: &u32| text.is_char_boundary(*end as usize);
    let whole = ends.last().map_or(0, |end| *end as usize);
    match whole == text.len() && ends.is_sorted() && ends.iter().all(ends_there) {
        true => Ok(Ids { text, ends }),
        false => Err(SnapshotError::Damaged("an id ends where none can end")),
    }
}

/// Reads the phrases of a block of `len` documents.
fn read_phrases(input: &mut FrameReader<'_>, len: usize) -> Result<Phrases, SnapshotError> {
    let folded = read_names(input, u32::MAX as usize)?;
    let other: Vec<u32> = input.numbers(folded.len())?;
    let written = read_names(input, other.len())?;
    let ends: Vec<u32> = input.numbers(folded.len())?;
    let places: Vec<u16> = input.numbers(u32::MAX as usize)?;
    let fits = ends.len() == folded.len()
        && written.len() == other.len()
        && ascending(&other)
        && other.last().is_none_or(|last| (*last as usize) < folded.len())
        && ends.first().is_none_or(|first| *first > 0)
        && ascending(&ends)
        && ends.last().map_or(0, |end| *end as usize) == places.len()
        && places.iter().all(|place| usize::from(*place) < len);
    let phrases = Phrases { folded, other, written, ends, places };
    let all = 1..phrases.len();
    let name = |at| (phrases.folded(at), phrases.written(at));
    let ordered = fits
        && all.into_iter().all(|at| name(at - 1) < name(at))
        && (0..phrases.len()).all(|at| ascending(phrases.places(at)));
    match ordered {
        true => Ok(phrases),
        false => Err(SnapshotError::Damaged("phrases do not fit together")),
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
