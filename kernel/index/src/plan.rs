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

/// The greatest sum of weights, so that no sum of weight × ratio exceeds 31 bits.
const WEIGHT_SUM_MAX: f64 = (1_u32 << 19) as f64;

/// The greatest weight of a term: a question of one word needs no finer steps.
const WEIGHT_MAX: f64 = 65_535.0;

/// A term of a query that some living document has.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// What it tells × how often the query has it, scaled; at least 1.
    pub(crate) weight: u32,
    pub(crate) key: Key,
    /// How rare it is among the living, in powers of e; above 0.
    pub(crate) rarity: f64,
    /// Where it first stands in the folded text, in bytes.
    pub(crate) at: Range<usize>,
    /// Its postings in all parts, of the dead as well.
    pub(crate) postings: usize,
    /// Which of the terms of each part it is, and how many postings it has there.
    places: Vec<Option<(u32, u32)>>,
}

impl Wanted {
    /// Its postings in a part.
    pub(crate) fn list<'a>(&self, state: &'a State, part: usize) -> Option<List<'a>> {
        let (term, _) = self.places[part]?;
        Some(state.parts[part].block.postings.list(term as usize))
    }

    /// The postings of some terms in a part, each with its term's weight.
    ///
    /// With a glance at the beginning of each first: what a record begins with says how to go on, and so
    /// those that are far away would be waited for one by one.
    pub(crate) fn lists<'a>(
        terms: &[&Self],
        state: &'a State,
        part: usize,
    ) -> Vec<(u32, List<'a>)> {
        let postings = &state.parts[part].block.postings;
        let places = |term: &&Self| Some((term.weight, term.places[part]?.0 as usize));
        let places: Vec<(u32, usize)> = terms.iter().filter_map(places).collect();
        postings.glance(places.iter().map(|(_, term)| *term));
        places.into_iter().map(|(weight, term)| (weight, postings.list(term))).collect()
    }

    /// How many postings it has in a part.
    pub(crate) fn postings_in(&self, part: usize) -> usize {
        self.places[part].map_or(0, |(_, postings)| postings as usize)
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
    /// Mean length of the living, in terms; 0 if there is none.
    pub(crate) average: f64,
}

impl Plan {
    /// Weighs the terms of a text.
    pub(crate) fn new(state: &State, text: &str) -> Self {
        let folded = text::fold(text, QUERY_CHARS_MAX);
        let living = state.living();
        let mut asked = Asked::of(&folded);
        let parts = state.parts.len();
        let mut places: Vec<Vec<Option<(u32, u32)>>> =
            asked.terms.iter().map(|_| Vec::with_capacity(parts)).collect();
        let mut having = vec![0; asked.terms.len()];
        for part in &state.parts {
            let found = part.block.postings.find_all(asked.terms.iter().map(|term| term.key));
            for ((found, places), having) in found.into_iter().zip(&mut places).zip(&mut having) {
                *having += found
                    .map_or(0, |(term, postings)| part.having(term as usize, postings as usize));
                places.push(found);
            }
        }
        for (term, having) in asked.terms.iter_mut().zip(having) {
            term.rarity = rarity(having, living);
        }
        let terms = asked.weigh().into_iter().map(|(weight, at)| {
            let places = std::mem::take(&mut places[at]);
            let postings = places.iter().flatten().map(|(_, postings)| *postings as usize).sum();
            let Term { key, at, rarity } = &asked.terms[at];
            Wanted { weight, key: *key, rarity: *rarity, at: at.clone(), postings, places }
        });
        let terms = terms.collect();
        let length: u64 = state.parts.iter().map(|part| part.length()).sum();
        let average = length as f64 / living.max(1) as f64;
        Self { terms, folded, impacts: Impacts::at(average), average }
    }

    /// How a term reads.
    pub(crate) fn reading(&self, term: &Wanted) -> &str {
        text::reading(term.key, &self.folded[term.at.clone()])
    }

    /// The score of a document that had every term infinitely often and was infinitely short.
    pub(crate) fn ceiling(&self) -> u32 {
        self.terms.iter().map(|term| term.weight * RATIO_ONE).sum()
    }
}

/// The terms of a query's text, before it is known where they stand.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The different ones, by their numbers.
    pub(crate) terms: Vec<Term>,
    /// Which of them stand in the text one after the other, and whether each shares a character with
    /// the one before.
    stream: Vec<(usize, bool)>,
}

/// A term of a query's text.
#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) key: Key,
    /// Where it first stands, in bytes.
    pub(crate) at: Range<usize>,
    /// How rare it is among the living; 0 if nobody has it.
    pub(crate) rarity: f64,
}

// The five that follow were chosen by nDCG@10 on all development queries of `taihu bench quality`:
// 0.889 without them, 0.896 with them. Queries that nobody has seen may gain less.

/// How much a term counts that shares characters with none, one or two of its neighbours: the bigrams
/// of one word say in part the same, a Latin word or a pair of characters says it once.
const EMPHASIS: [f64; 3] = [1.0, 0.75, 0.5];

/// How much a bigram counts that is rarer than the bigrams it shares characters with: it rather spans
/// the end of one word and the beginning of the next. (锂电 and 电池 are words, 池材 of 电池材料 is not.)
const SEAM: f64 = 0.7;

/// How much a bigram counts that is more common than both: it rather is a word.
const CORE: f64 = 1.3;

/// How much rarer (in rarity, that is powers of e) the first or last bigram of a run must be than its
/// only neighbour to be taken for a seam.
const SEAM_AT_END: f64 = 1.0;

/// How sharply weights follow rarity. Above 1 because a long text has many common terms, which
/// together would outweigh the few that tell.
const SHARPNESS: f64 = 1.3;

impl Asked {
    /// The terms of a folded text.
    pub(crate) fn of(folded: &str) -> Self {
        let mut all: Vec<(Key, Range<usize>)> = Vec::new();
        text::terms(folded, |key, start, end| all.push((key, start..end)));
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_unstable_by_key(|at| (all[*at].0, *at));
        let (mut terms, mut stream) = (Vec::new(), vec![(0, false); all.len()]);
        for run in order.chunk_by(|one, other| all[*one].0 == all[*other].0) {
            for at in run {
                let joined = *at > 0 && all[*at].1.start < all[*at - 1].1.end;
                stream[*at] = (terms.len(), joined);
            }
            let (key, at) = all[run[0]].clone();
            terms.push(Term { key, at, rarity: 0.0 });
        }
        Self { terms, stream }
    }

    /// The weights of terms and which they are, the heaviest first; those that nobody has are left out.
    pub(crate) fn weigh(&self) -> Vec<(u32, usize)> {
        let mut weights = vec![0.0; self.terms.len()];
        for (at, (term, joined)) in self.stream.iter().enumerate() {
            let rarity = |at: usize| self.terms[self.stream[at].0].rarity;
            let before = joined.then(|| rarity(at - 1));
            let after = self.stream.get(at + 1).and_then(|next| next.1.then(|| rarity(at + 1)));
            weights[*term] += rarity(at).powf(SHARPNESS) * emphasis(rarity(at), before, after);
        }
        let mut weights: Vec<(f64, usize)> = weights
            .into_iter()
            .enumerate()
            .filter(|(at, _)| self.terms[*at].rarity > 0.0)
            .map(|(at, weight)| (weight, at))
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
}

/// How much a term of this rarity counts beside those it shares characters with.
fn emphasis(rarity: f64, before: Option<f64>, after: Option<f64>) -> f64 {
    let seam = match (before, after) {
        (Some(before), Some(after)) if rarity > before.max(after) => SEAM,
        (Some(before), Some(after)) if rarity < before.min(after) => CORE,
        (Some(only), None) | (None, Some(only)) if rarity > only + SEAM_AT_END => SEAM,
        _ => 1.0,
    };
    seam * EMPHASIS[usize::from(before.is_some()) + usize::from(after.is_some())]
}

/// BM25's inverse document frequency, always above 0; 0 if nobody has the term.
pub(crate) fn rarity(having: usize, living: usize) -> f64 {
    if having == 0 {
        return 0.0;
    }
    let (having, living) = (having as f64, living as f64);
    (1.0 + (living - having + 0.5) / (having + 0.5)).ln()
}
