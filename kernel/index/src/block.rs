//! Up to 65,535 documents that never change: identifiers, lengths, dates, labels, phrases and
//! postings.
//!
//! Documents stand in the order of their identifiers, so the order of places is the order of ties.

mod ids;
mod labels;
mod list;
mod phrases;
mod postings;
mod stored;

use crate::document::Document;
use crate::impact;
use crate::part::Part;
use crate::text::{self, Key, TEXT_CHARS_MAX};

pub(crate) use ids::Ids;
pub(crate) use labels::LabelSets;
pub(crate) use list::{List, Sums};
pub(crate) use phrases::Phrases;
pub use phrases::{PHRASE_CHARS_MAX, PHRASES_MAX};
pub(crate) use postings::Postings;

use labels::LabelsBuilder;
use list::ONCE;
use phrases::PhrasesBuilder;
use postings::GONE;

/// Documents of a block: a place fits 16 bits, and one number remains that is no place. Their sums
/// (256 KiB) stay in the second-level cache.
pub(crate) const BLOCK_DOCS_MAX: usize = 65_535;

/// Documents whose sums are looked at together: as many as a word of a set has bits.
pub(crate) const LANES: usize = 64;

/// Documents that never change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) ids: Ids,
    /// How many terms each document has, repeated ones counted.
    pub(crate) lengths: Vec<u32>,
    /// The class of each of these lengths.
    pub(crate) classes: Vec<u8>,
    /// The least class of every [`LANES`] documents.
    pub(crate) least: Vec<u8>,
    /// What newest means, of each.
    pub(crate) dates: Vec<u32>,
    pub(crate) labels: LabelSets,
    pub(crate) phrases: Phrases,
    pub(crate) postings: Postings,
}

/// What a block is composed of.
struct Pieces {
    ids: Ids,
    lengths: Vec<u32>,
    dates: Vec<u32>,
    labels: LabelSets,
    phrases: Phrases,
    postings: Postings,
}

impl Block {
    /// Composes a block of what belongs together.
    fn of(pieces: Pieces) -> Self {
        let Pieces { ids, lengths, dates, labels, phrases, postings } = pieces;
        let classes: Vec<u8> = lengths.iter().map(|length| impact::class(*length)).collect();
        let least = classes.chunks(LANES).map(|some| some.iter().copied().min().unwrap_or(0));
        Self { ids, least: least.collect(), classes, lengths, dates, labels, phrases, postings }
    }

    /// How many documents it has.
    pub(crate) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// The document of this identifier.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.ids.search(0, id).ok()
    }

    /// Writes the living documents of some parts anew; at most [`BLOCK_DOCS_MAX`].
    pub(crate) fn merge(parts: &[Part]) -> Self {
        let mut places: Vec<Vec<u16>> = parts.iter().map(|part| vec![GONE; part.len()]).collect();
        let mut heads: Vec<Option<usize>> = parts.iter().map(|part| part.next_living(0)).collect();
        let (mut ids, mut lengths, mut dates) = (Ids::default(), Vec::new(), Vec::new());
        while let Some((source, offset)) = least(parts, &heads) {
            places[source][offset] = lengths.len() as u16;
            ids.push(parts[source].block.ids.at(offset));
            lengths.push(parts[source].block.lengths[offset]);
            dates.push(parts[source].block.dates[offset]);
            heads[source] = parts[source].next_living(offset + 1);
        }
        ids.shrink_to_fit();
        lengths.shrink_to_fit();
        dates.shrink_to_fit();

        let mut labels = LabelsBuilder::default();
        for (part, places) in parts.iter().zip(&places) {
            for (kind, sets) in part.block.labels.kinds.iter().enumerate() {
                for (value, members) in sets {
                    members.for_each(|offset| {
                        if places[offset] != GONE {
                            labels.note(kind, value, places[offset]);
                        }
                    });
                }
            }
        }
        let sources: Vec<(&Postings, &[u16])> = parts
            .iter()
            .zip(&places)
            .map(|(part, places)| (&part.block.postings, places.as_slice()))
            .collect();
        let postings = Postings::merge(&sources);
        let sources = parts.iter().zip(&places);
        let sources: Vec<(&Phrases, &[u16])> =
            sources.map(|(part, places)| (&part.block.phrases, places.as_slice())).collect();
        let phrases = Phrases::merge(&sources);
        let labels = labels.finish(lengths.len());
        Self::of(Pieces { ids, lengths, dates, labels, phrases, postings })
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.ids.memory_bytes()
            + self.lengths.capacity() * 4
            + self.classes.capacity()
            + self.least.capacity()
            + self.dates.capacity() * 4
            + self.phrases.memory_bytes()
            + self.labels.memory_bytes()
            + self.postings.memory_bytes()
    }
}

/// The part whose next document has the least identifier, and the offset of that document.
fn least(parts: &[Part], heads: &[Option<usize>]) -> Option<(usize, usize)> {
    let next = heads.iter().enumerate().filter_map(|(source, head)| Some((source, (*head)?)));
    next.min_by_key(|(source, offset)| parts[*source].block.ids.at(*offset))
}

/// Makes a block of documents that come in ascending order of their identifiers.
#[derive(Debug, Default)]
pub(crate) struct BlockBuilder {
    ids: Ids,
    lengths: Vec<u32>,
    dates: Vec<u32>,
    labels: LabelsBuilder,
    phrases: PhrasesBuilder,
    /// Term, place, and code + 1 or [`ONCE`], in 40 + 16 + 8 bits.
    entries: Vec<u64>,
    keys: Vec<Key>,
}

impl BlockBuilder {
    /// Appends a document.
    pub(crate) fn push(&mut self, document: &Document) {
        let place = self.lengths.len() as u16;
        self.keys.clear();
        text::terms(&text::fold(&document.text, TEXT_CHARS_MAX), |key, _, _| self.keys.push(key));
        self.keys.sort_unstable();
        let length = self.keys.len() as u32;
        for run in self.keys.chunk_by(|one, other| one == other) {
            let code = match run.len() {
                1 => ONCE,
                more => impact::code(more as u32, length) + 1,
            };
            self.entries.push(run[0] << 24 | u64::from(place) << 8 | u64::from(code));
        }
        self.ids.push(&document.id);
        self.lengths.push(length);
        self.dates.push(document.date);
        self.labels.add(place, &document.labels);
        self.phrases.add(place, document);
    }

    /// How many documents it has.
    pub(crate) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// How many postings it has.
    pub(crate) fn postings(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn finish(mut self) -> Block {
        self.entries.sort_unstable();
        let mut postings = postings::Builder::default();
        for run in self.entries.chunk_by(|one, other| one >> 24 == other >> 24) {
            let of = |entry: &u64| ((entry >> 8) as u16, *entry as u8);
            postings.push(run[0] >> 24, run.iter().map(of));
        }
        self.ids.shrink_to_fit();
        self.lengths.shrink_to_fit();
        self.dates.shrink_to_fit();
        Block::of(Pieces {
            labels: self.labels.finish(self.lengths.len()),
            ids: self.ids,
            lengths: self.lengths,
            dates: self.dates,
            phrases: self.phrases.finish(),
            postings: postings.finish(),
        })
    }
}
