//! What a query asks: its terms, what each weighs now, and where its postings are.

use std::ops::Range;

use crate::block::List;
use crate::impact::{Impacts, RATIO_ONE};
use crate::index::State;
use crate::text::{self, Key, QUERY_CHARS_MAX};

/// Different terms of a query that are used: those that weigh most.
///
/// Ten times a long paragraph; bounds a query's cost to about ten times that of a paragraph. (The 32
/// heaviest terms alone find 99 % as well, so none is missed.)
pub const QUERY_TERMS_MAX: usize = 1_024;

/// The greatest sum of weights, so that no sum of weight × ratio exceeds 32 bits.
const WEIGHT_SUM_MAX: f64 = (1_u32 << 20) as f64;

/// The greatest weight of a term: a question of one word needs no finer steps.
const WEIGHT_MAX: f64 = 65_535.0;

/// A term of a query that some living document has.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// What it tells × how often the query has it, scaled; at least 1.
    pub(crate) weight: u32,
    /// Where it first stands in the folded text, in bytes.
    pub(crate) at: Range<usize>,
    /// Its postings in all parts, of the dead as well.
    pub(crate) postings: usize,
    /// Which of the terms of each part it is.
    terms: Vec<Option<u32>>,
}

impl Wanted {
    /// Its postings in a part.
    pub(crate) fn list<'a>(&self, state: &'a State, part: usize) -> Option<List<'a>> {
        let term = self.terms[part]? as usize;
        Some(state.parts[part].block.postings.list(term))
    }
}

/// A query, ready to be counted.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The text as terms stand in it.
    pub(crate) folded: String,
    /// The heaviest first.
    pub(crate) terms: Vec<Wanted>,
    pub(crate) impacts: Impacts,
}

impl Plan {
    /// Weighs the terms of a text.
    pub(crate) fn new(state: &State, text: &str) -> Self {
        let folded = text::fold(text, QUERY_CHARS_MAX);
        let living = state.living();
        let mut asked = asked(&folded);
        let mut places: Vec<Vec<Option<u32>>> = Vec::with_capacity(asked.len());
        for term in &mut asked {
            let find = |part: &crate::part::Part| Some(part.block.postings.find(term.key)? as u32);
            let terms: Vec<Option<u32>> = state.parts.iter().map(find).collect();
            let having = |(part, term): (&crate::part::Part, &Option<u32>)| {
                term.map_or(0, |term| part.having(term as usize))
            };
            term.rarity = rarity(state.parts.iter().zip(&terms).map(having).sum(), living);
            places.push(terms);
        }
        let terms = weigh(&asked).into_iter().map(|(weight, at)| {
            let terms = std::mem::take(&mut places[at]);
            let postings = state.parts.iter().zip(&terms).map(|(part, term)| {
                term.map_or(0, |term| part.block.postings.list(term as usize).len())
            });
            Wanted { weight, at: asked[at].at.clone(), postings: postings.sum(), terms }
        });
        let terms = terms.collect();
        let length: u64 = state.parts.iter().map(|part| part.length()).sum();
        let impacts = Impacts::at(length as f64 / living.max(1) as f64);
        Self { terms, folded, impacts }
    }

    /// The score of a document that had every term infinitely often and was infinitely short.
    pub(crate) fn ceiling(&self) -> u32 {
        self.terms.iter().map(|term| term.weight * RATIO_ONE).sum()
    }
}

/// A term of a query's text.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) key: Key,
    /// Where it first stands, in bytes.
    pub(crate) at: Range<usize>,
    /// How much of each time it stands there counts, added up: see [`asked`].
    pub(crate) emphasis: f64,
    /// How rare it is among the living; 0 if nobody has it.
    pub(crate) rarity: f64,
}

/// The different terms of a folded text, by their numbers.
pub(crate) fn asked(folded: &str) -> Vec<Asked> {
    let mut all: Vec<(Key, Range<usize>)> = Vec::new();
    text::terms(folded, |key, start, end| all.push((key, start..end)));
    let overlap = |one: usize, other: usize| {
        let (Some(one), Some(other)) = (all.get(one), all.get(other)) else { return false };
        other.1.start < one.1.end
    };
    let mut terms: Vec<(Key, usize, f64)> = (0..all.len())
        .map(|at| {
            let neighbours = usize::from(at > 0 && overlap(at - 1, at)) + usize::from(overlap(at, at + 1));
            (all[at].0, at, EMPHASIS[neighbours])
        })
        .collect();
    terms.sort_unstable_by_key(|(key, at, _)| (*key, *at));
    let terms = terms.chunk_by(|one, other| one.0 == other.0).map(|run| Asked {
        key: run[0].0,
        at: all[run[0].1].1.clone(),
        emphasis: run.iter().map(|(.., emphasis)| emphasis).sum(),
        rarity: 0.0,
    });
    terms.collect()
}

/// How much a term counts that shares characters with none, one or two of its neighbours. The bigrams
/// of one word say in part the same; a Latin word says it once.
const EMPHASIS: [f64; 3] = [1.0, 0.8, 0.6];

/// The weights of terms and which they are, the heaviest first; those that nobody has are left out.
pub(crate) fn weigh(asked: &[Asked]) -> Vec<(u32, usize)> {
    let mut weights: Vec<(f64, usize)> = asked
        .iter()
        .enumerate()
        .filter(|(_, term)| term.rarity > 0.0)
        .map(|(at, term)| (term.emphasis * term.rarity, at))
        .collect();
    weights.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    weights.truncate(QUERY_TERMS_MAX);
    let greatest = weights.first().map_or(1.0, |(weight, _)| *weight);
    let sum: f64 = weights.iter().map(|(weight, _)| weight).sum();
    // Rounding may add up to 1 a term.
    let scale = (WEIGHT_MAX / greatest).min((WEIGHT_SUM_MAX - weights.len() as f64) / sum);
    weights
        .into_iter()
        .map(|(weight, at)| ((weight * scale).round().max(1.0) as u32, at))
        .collect()
}

/// BM25's inverse document frequency, always above 0; 0 if nobody has the term.
pub(crate) fn rarity(having: usize, living: usize) -> f64 {
    if having == 0 {
        return 0.0;
    }
    let (having, living) = (having as f64, living as f64);
    (1.0 + (living - having + 0.5) / (having + 0.5)).ln()
}
