//! Which documents of a block have a term, and how.
//!
//! Three bytes a posting: a 16-bit offset and an 8-bit code ([`impact`](crate::impact)), in two
//! arrays. Term numbers are evenly spread, so a directory of their leading bits leads to about four
//! candidates in one step.

use std::ops::Range;

use crate::text::Key;

/// An offset that a merge leaves out.
pub(crate) const GONE: u16 = u16::MAX;

/// The postings of a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Postings {
    /// Ascending.
    pub(super) keys: Vec<Key>,
    /// Where the postings of each term begin, and where the last end.
    pub(super) starts: Vec<u32>,
    /// Ascending within a term.
    pub(super) offsets: Vec<u16>,
    pub(super) codes: Vec<u8>,
    /// Where the terms of each combination of leading bits begin, and where the last end.
    directory: Vec<u32>,
    /// How far to shift a term's number to have its leading bits only; 64 is none of them.
    shift: u32,
}

impl Postings {
    /// The postings of a term; empty if no document has it.
    pub(crate) fn find(&self, key: Key) -> Range<usize> {
        let bucket = key.checked_shr(self.shift).unwrap_or(0) as usize;
        let (from, to) = (self.directory[bucket] as usize, self.directory[bucket + 1] as usize);
        match self.keys[from..to].binary_search(&key) {
            Ok(at) => self.starts[from + at] as usize..self.starts[from + at + 1] as usize,
            Err(_) => 0..0,
        }
    }

    /// The offsets of a range of postings.
    pub(crate) fn offsets(&self, range: Range<usize>) -> &[u16] {
        &self.offsets[range]
    }

    /// The codes of a range of postings.
    pub(crate) fn codes(&self, range: Range<usize>) -> &[u8] {
        &self.codes[range]
    }

    /// Merges postings, each with the new offset of every old one ([`GONE`] leaves it out).
    pub(crate) fn merge(sources: &[(&Self, &[u16])]) -> Self {
        let mut merged = Builder::default();
        let mut heads = vec![0_usize; sources.len()];
        let mut gathered = Vec::new();
        while let Some(key) = least(sources, &heads) {
            gathered.clear();
            for ((postings, places), head) in sources.iter().zip(&mut heads) {
                if postings.keys.get(*head) != Some(&key) {
                    continue;
                }
                let range = postings.starts[*head] as usize..postings.starts[*head + 1] as usize;
                *head += 1;
                for (offset, code) in
                    postings.offsets[range.clone()].iter().zip(&postings.codes[range])
                {
                    let place = places[usize::from(*offset)];
                    if place != GONE {
                        gathered.push(u32::from(place) << 8 | u32::from(*code));
                    }
                }
            }
            // Runs that are sorted already, which this sort takes advantage of.
            gathered.sort();
            for posting in &gathered {
                merged.push(key, *posting);
            }
        }
        merged.finish()
    }

    /// Composes postings of their arrays; the caller has checked them.
    pub(super) fn of(keys: Vec<Key>, starts: Vec<u32>, offsets: Vec<u16>, codes: Vec<u8>) -> Self {
        let bits = keys.len().max(1).ilog2().saturating_sub(2);
        let shift = u64::BITS - bits;
        let mut directory = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for bucket in 0..1_u64 << bits {
            directory.push(at as u32);
            while keys.get(at).is_some_and(|key| key.checked_shr(shift).unwrap_or(0) == bucket) {
                at += 1;
            }
        }
        directory.push(at as u32);
        Self { keys, starts, offsets, codes, directory, shift }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.keys.capacity() * 8
            + self.starts.capacity() * 4
            + self.directory.capacity() * 4
            + self.offsets.capacity() * 2
            + self.codes.capacity()
    }
}

/// Takes postings in ascending order of term and offset.
#[derive(Debug, Default)]
pub(super) struct Builder {
    keys: Vec<Key>,
    starts: Vec<u32>,
    offsets: Vec<u16>,
    codes: Vec<u8>,
}

impl Builder {
    /// Appends a posting: its offset in the high bits, its code in the low eight.
    pub(super) fn push(&mut self, key: Key, posting: u32) {
        if self.keys.last() != Some(&key) {
            self.keys.push(key);
            self.starts.push(self.offsets.len() as u32);
        }
        self.offsets.push((posting >> 8) as u16);
        self.codes.push(posting as u8);
    }

    pub(super) fn finish(mut self) -> Postings {
        self.starts.push(self.offsets.len() as u32);
        self.keys.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.offsets.shrink_to_fit();
        self.codes.shrink_to_fit();
        Postings::of(self.keys, self.starts, self.offsets, self.codes)
    }
}

fn least(sources: &[(&Postings, &[u16])], heads: &[usize]) -> Option<Key> {
    let rest = sources.iter().zip(heads);
    rest.filter_map(|((postings, _), head)| postings.keys.get(*head)).min().copied()
}
