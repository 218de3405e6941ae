//! Which documents of a block have a term, and how.
//!
//! Terms in ascending order of their numbers, each with where its record ([`list`](super::list))
//! begins. Term numbers are evenly spread, so a directory of their leading bits leads to a handful of
//! candidates in one step, and only the 32 bits that follow at most are kept of each.

use std::ops::RangeInclusive;

use crate::block::list::{self, List};
use crate::text::{KEY_BITS, Key};

/// A place that a merge leaves out.
pub(crate) const GONE: u16 = u16::MAX;

/// Leading bits that a directory may have: at least so many that the rest of a term's number fits 32.
pub(super) const DIRECTORY_BITS: RangeInclusive<u32> = KEY_BITS - 32..=KEY_BITS - 8;

/// The postings of a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Postings {
    /// Of each term's number what the directory does not tell, ascending within a bucket.
    pub(super) keys: Vec<u32>,
    /// Where the record of each term begins.
    pub(super) starts: Vec<u32>,
    pub(super) records: Vec<u8>,
    /// Where the terms of each combination of leading bits begin, and where the last end.
    pub(super) directory: Vec<u32>,
}

impl Postings {
    /// How many terms there are.
    pub(crate) fn terms(&self) -> usize {
        self.keys.len()
    }

    /// Of some terms, which each is and how many documents have it; absent if none has.
    ///
    /// Every step is taken for all of them before the next, with a glance at what that will need: what
    /// is fetched from memory is then fetched for many at once.
    pub(crate) fn find_all(&self, keys: impl Iterator<Item = Key>) -> Vec<Option<(u32, u32)>> {
        let rest = KEY_BITS - self.bits();
        let mut glances = 0;
        let buckets: Vec<(usize, usize, u32)> = keys
            .map(|key| {
                let bucket = (key >> rest) as usize;
                let (from, to) = (self.directory[bucket], self.directory[bucket + 1]);
                (from as usize, to as usize, (key & ((1 << rest) - 1)) as u32)
            })
            .collect();
        for (from, ..) in &buckets {
            glances ^= self.keys.get(*from).copied().unwrap_or(0);
        }
        let found = buckets.into_iter().map(|(from, to, rest)| {
            let term = from + self.keys[from..to].binary_search(&rest).ok()?;
            glances ^= self.starts[term];
            Some(term)
        });
        let found: Vec<Option<usize>> = found.collect();
        std::hint::black_box(glances);
        self.glance(found.iter().flatten().copied());
        let counted = |term: usize| (term as u32, self.count(term) as u32);
        found.into_iter().map(|term| term.map(counted)).collect()
    }

    /// Looks at where the records of some terms begin, so that they are at hand.
    pub(crate) fn glance(&self, terms: impl Iterator<Item = usize>) {
        let glances = terms.fold(0, |glances, term| {
            let record = self.records.get(self.starts[term] as usize);
            glances ^ record.copied().unwrap_or(0)
        });
        std::hint::black_box(glances);
    }

    /// The postings of one of the terms.
    pub(crate) fn list(&self, term: usize) -> List<'_> {
        List::read(&self.records[self.starts[term] as usize..])
    }

    /// How many documents have one of the terms.
    pub(crate) fn count(&self, term: usize) -> usize {
        list::count(&self.records[self.starts[term] as usize..])
    }

    /// Leading bits of the directory.
    fn bits(&self) -> u32 {
        self.directory.len().ilog2()
    }

    /// The number of each term.
    fn numbers(&self) -> impl Iterator<Item = Key> {
        let rest = KEY_BITS - self.bits();
        let mut bucket = 0;
        self.keys.iter().enumerate().map(move |(term, key)| {
            while self.directory[bucket + 1] as usize <= term {
                bucket += 1;
            }
            (bucket as u64) << rest | u64::from(*key)
        })
    }

    /// Merges postings, each with the new place of every old one ([`GONE`] leaves it out).
    pub(crate) fn merge(sources: &[(&Self, &[u16])]) -> Self {
        let mut merged = Builder::default();
        let mut heads: Vec<_> = sources
            .iter()
            .map(|(postings, places)| {
                (postings.numbers().enumerate().peekable(), *postings, *places)
            })
            .collect();
        let mut gathered: Vec<u32> = Vec::new();
        loop {
            let next = heads.iter_mut().filter_map(|(terms, ..)| Some(terms.peek()?.1)).min();
            let Some(key) = next else { break };
            gathered.clear();
            for (terms, postings, places) in &mut heads {
                if let Some((term, _)) = terms.next_if(|(_, number)| *number == key) {
                    postings.list(term).for_each(|place, code| {
                        let place = places[usize::from(place)];
                        if place != GONE {
                            gathered.push(u32::from(place) << 8 | u32::from(code));
                        }
                    });
                }
            }
            gathered.sort_unstable();
            merged
                .push(key, gathered.iter().map(|posting| ((posting >> 8) as u16, *posting as u8)));
        }
        merged.finish()
    }

    pub(crate) fn record_bytes(&self) -> usize {
        self.records.len()
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.keys.capacity() * 4
            + self.starts.capacity() * 4
            + self.directory.capacity() * 4
            + self.records.capacity()
    }
}

/// Takes terms in ascending order.
#[derive(Debug, Default)]
pub(super) struct Builder {
    keys: Vec<Key>,
    starts: Vec<u32>,
    records: Vec<u8>,
    once: Vec<u16>,
    again: Vec<(u16, u8)>,
}

impl Builder {
    /// Appends a term with its ascending places, each with its code + 1 or [`list::ONCE`]. A term that
    /// nobody has is left out.
    pub(super) fn push(&mut self, key: Key, postings: impl Iterator<Item = (u16, u8)>) {
        self.once.clear();
        self.again.clear();
        for (place, code) in postings {
            match code.checked_sub(1) {
                None => self.once.push(place),
                Some(code) => self.again.push((place, code)),
            }
        }
        if self.once.is_empty() && self.again.is_empty() {
            return;
        }
        self.keys.push(key);
        self.starts.push(self.records.len() as u32);
        list::write(&self.once, &self.again, &mut self.records);
    }

    pub(super) fn finish(mut self) -> Postings {
        self.starts.shrink_to_fit();
        self.records.shrink_to_fit();
        let bits = self.keys.len().max(1).ilog2().saturating_sub(2);
        let bits = bits.clamp(*DIRECTORY_BITS.start(), *DIRECTORY_BITS.end());
        let rest = KEY_BITS - bits;
        let mut directory = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for bucket in 0..1_u64 << bits {
            directory.push(at as u32);
            while self.keys.get(at).is_some_and(|key| key >> rest == bucket) {
                at += 1;
            }
        }
        directory.push(at as u32);
        let keys = self.keys.iter().map(|key| (key & ((1 << rest) - 1)) as u32).collect();
        Postings { keys, starts: self.starts, records: self.records, directory }
    }
}
