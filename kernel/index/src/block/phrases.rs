//! What the documents of a block suggest: a sorted dictionary of short phrases, each with who has it.
//!
//! Phrases stand in the order of how they are folded, so that what begins alike stands together; how
//! one is written is kept where that is something else. A phrase costs its bytes and 8 more once a
//! block, and 2 for every document that has it.

use std::ops::Range;

use super::ids::Ids;
use super::postings::GONE;
use crate::document::Document;
use crate::text;

/// Phrases of a document that are kept: ten keywords, a title and its head, some owners.
pub const PHRASES_MAX: usize = 24;

/// Characters of a phrase: the longest name of an institute. Longer ones are left out.
pub const PHRASE_CHARS_MAX: usize = 40;

/// The phrases of a block.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Phrases {
    /// Each as it is folded, ascending; of those that are folded alike by how they are written.
    pub(super) folded: Ids,
    /// Those that are written otherwise than folded, ascending …
    pub(super) other: Vec<u32>,
    /// … and how each of them is.
    pub(super) written: Ids,
    /// Where the places of each end.
    pub(super) ends: Vec<u32>,
    /// The documents of each, ascending.
    pub(super) places: Vec<u16>,
}

impl Phrases {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn folded(&self, at: usize) -> &str {
        self.folded.at(at)
    }

    /// How a phrase is written.
    pub(crate) fn written(&self, at: usize) -> &str {
        match self.other.binary_search(&(at as u32)) {
            Ok(other) => self.written.at(other),
            Err(_) => self.folded.at(at),
        }
    }

    /// The documents that have a phrase.
    pub(crate) fn places(&self, at: usize) -> &[u16] {
        &self.places[self.span(at)]
    }

    /// How many documents have each phrase of a range, dead ones counted.
    pub(crate) fn counts(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        range.map(|at| self.span(at).len())
    }

    fn span(&self, at: usize) -> Range<usize> {
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        from as usize..self.ends[at] as usize
    }

    /// The phrases that begin so.
    pub(crate) fn begin(&self, prefix: &str) -> Range<usize> {
        let from = self.first(0, |folded| folded < prefix);
        from..self.first(from, |folded| folded.starts_with(prefix))
    }

    /// The phrases that are folded so.
    pub(crate) fn same(&self, phrase: &str) -> Range<usize> {
        let from = self.first(0, |folded| folded < phrase);
        from..self.first(from, |folded| folded == phrase)
    }

    /// The first from here on of which something no longer holds.
    fn first(&self, from: usize, holds: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (from, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match holds(self.folded.at(middle)) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    /// Merges phrases, each with the new place of every old one ([`GONE`] leaves it out).
    pub(super) fn merge(sources: &[(&Self, &[u16])]) -> Self {
        let mut merged = Self::default();
        let mut heads = vec![0; sources.len()];
        let name = |source: usize, at: usize| {
            let phrases = sources[source].0;
            (at < phrases.len()).then(|| (phrases.folded(at), phrases.written(at)))
        };
        loop {
            let next = heads.iter().enumerate().filter_map(|(source, at)| name(source, *at)).min();
            let Some(next) = next else { break };
            let begins = merged.places.len();
            for (source, at) in heads.iter_mut().enumerate() {
                if name(source, *at) == Some(next) {
                    let (phrases, places) = sources[source];
                    let new = phrases.places(*at).iter().map(|place| places[usize::from(*place)]);
                    merged.places.extend(new.filter(|place| *place != GONE));
                    *at += 1;
                }
            }
            if merged.places.len() > begins {
                merged.places[begins..].sort_unstable();
                merged.close(next.0, next.1);
            }
        }
        merged.shrink_to_fit();
        merged
    }

    /// Ends a phrase whose places have been added.
    fn close(&mut self, folded: &str, written: &str) {
        if folded != written {
            self.other.push(self.ends.len() as u32);
            self.written.push(written);
        }
        self.folded.push(folded);
        self.ends.push(self.places.len() as u32);
    }

    fn shrink_to_fit(&mut self) {
        self.folded.shrink_to_fit();
        self.other.shrink_to_fit();
        self.written.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.places.shrink_to_fit();
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.folded.memory_bytes()
            + self.written.memory_bytes()
            + (self.other.capacity() + self.ends.capacity()) * 4
            + self.places.capacity() * 2
    }
}

/// Collects the phrases of a block's documents.
#[derive(Debug, Default)]
pub(super) struct PhrasesBuilder {
    /// Folded, written and place.
    entries: Vec<(Box<str>, Box<str>, u16)>,
}

impl PhrasesBuilder {
    /// Adds what a document suggests. Of phrases that are folded alike the first counts.
    pub(super) fn add(&mut self, place: u16, document: &Document) {
        let begins = self.entries.len();
        let short = |phrase: &&String| phrase.chars().nth(PHRASE_CHARS_MAX).is_none();
        for phrase in document.phrases.iter().filter(short).take(PHRASES_MAX) {
            let written = taihu_model::normalise(phrase);
            let folded = text::fold(&written, PHRASE_CHARS_MAX);
            let known = |(known, ..): &(Box<str>, _, _)| **known == *folded;
            if !folded.is_empty() && !self.entries[begins..].iter().any(known) {
                self.entries.push((folded.into(), written.into(), place));
            }
        }
    }

    pub(super) fn finish(mut self) -> Phrases {
        self.entries.sort_unstable();
        let mut phrases = Phrases::default();
        let alike = |one: &(Box<str>, Box<str>, u16), other: &(Box<str>, Box<str>, u16)| {
            (&one.0, &one.1) == (&other.0, &other.1)
        };
        for run in self.entries.chunk_by(alike) {
            phrases.places.extend(run.iter().map(|(.., place)| *place));
            phrases.close(&run[0].0, &run[0].1);
        }
        phrases.shrink_to_fit();
        phrases
    }
}
