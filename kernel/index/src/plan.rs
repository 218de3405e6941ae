//! What a query asks: its terms, what each weighs now, and where its postings are.

use std::ops::Range;

use crate::impact::{self, IMPACT_MAX};
use crate::index::State;
use crate::text::{self, Key, QUERY_CHARS_MAX};

/// Different terms of a query that are used: those that weigh most.
///
/// Ten times a long paragraph; bounds a query's cost to about ten times that of a paragraph. (The 32
/// heaviest terms alone find 99 % as well, so none is missed.)
pub const QUERY_TERMS_MAX: usize = 1_024;

/// The greatest weight of a term.
const WEIGHT_MAX: f64 = 65_535.0;

/// The greatest sum of weights, so that the highest score fits 32 bits.
const WEIGHT_SUM_MAX: f64 = (u32::MAX / IMPACT_MAX) as f64;

/// A term of a query that some living document has.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Inverse document frequency × frequency in the query, scaled: 1 to 65,535.
    pub(crate) weight: u32,
    /// Where it first stands in the folded text, in bytes.
    pub(crate) at: Range<usize>,
    /// Its postings in each part.
    pub(crate) postings: Vec<Range<usize>>,
}

/// A query, ready to be counted.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The text as terms stand in it.
    pub(crate) folded: String,
    /// The heaviest first.
    pub(crate) terms: Vec<Wanted>,
    /// The impact of every code.
    pub(crate) impacts: [u8; 256],
}

impl Plan {
    /// Weighs the terms of a text.
    pub(crate) fn new(state: &State, text: &str) -> Self {
        let folded = text::fold(text, QUERY_CHARS_MAX);
        let living = state.living();
        let mut weighed = Vec::new();
        for (key, frequency, at) in counted(&folded) {
            let postings: Vec<Range<usize>> =
                state.parts.iter().map(|part| part.block.postings.find(key)).collect();
            let having: usize = state
                .parts
                .iter()
                .zip(&postings)
                .map(|(part, range)| part.count_living(range.clone()))
                .sum();
            if having > 0 {
                weighed.push((f64::from(frequency) * rarity(having, living), key, at, postings));
            }
        }
        weighed.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        weighed.truncate(QUERY_TERMS_MAX);

        let scale = scale(weighed.iter().map(|(weight, ..)| *weight));
        let terms = weighed.into_iter().map(|(weight, _, at, postings)| Wanted {
            weight: (weight * scale).round().max(1.0) as u32,
            at,
            postings,
        });
        let length: u64 = state.parts.iter().map(|part| part.length()).sum();
        let impacts = impact::impacts(length as f64 / living.max(1) as f64);
        Self { terms: terms.collect(), folded, impacts }
    }

    /// The score of a document that had every term infinitely often.
    pub(crate) fn ceiling(&self) -> u32 {
        self.terms.iter().map(|term| term.weight * IMPACT_MAX).sum()
    }
}

/// The terms of a folded text, how often it has each, and where first.
fn counted(folded: &str) -> Vec<(Key, u32, Range<usize>)> {
    let mut all = Vec::new();
    text::terms(folded, |key, start, end| all.push((key, start, end)));
    all.sort_unstable();
    all.chunk_by(|one, other| one.0 == other.0)
        .map(|run| (run[0].0, run.len() as u32, run[0].1..run[0].2))
        .collect()
}

/// BM25's inverse document frequency, always above 0.
pub(crate) fn rarity(having: usize, living: usize) -> f64 {
    let (having, living) = (having as f64, living as f64);
    (1.0 + (living - having + 0.5) / (having + 0.5)).ln()
}

/// What to multiply weights by: as much as the limits of one and of all allow.
pub(crate) fn scale(weights: impl Iterator<Item = f64> + Clone) -> f64 {
    let (greatest, sum) =
        weights.clone().fold((0.0_f64, 0.0), |(max, sum), weight| (max.max(weight), sum + weight));
    // Rounding may add up to 1 a term.
    (WEIGHT_MAX / greatest).min((WEIGHT_SUM_MAX - weights.count() as f64) / sum)
}
