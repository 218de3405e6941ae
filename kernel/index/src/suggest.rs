//! What somebody who has begun to type may mean: phrases of living documents that begin so.

use std::collections::HashMap;
use std::ops::Range;

use crate::block::{PHRASE_CHARS_MAX, Phrases};
use crate::index::State;
use crate::part::Part;
use crate::text;

/// Suggestions of one answer: what fits under a search box.
pub const SUGGEST_MAX: usize = 10;

/// Phrases that are looked at one by one: some 300 µs, so that the slowest answer of a million
/// documents takes half a millisecond. Where more begin so (a letter or two, in a
/// large pool), those that most documents of their block have stand for all.
const VISITED_MAX: usize = 2_048;

/// Of phrases that were not all looked at, how many are counted in every block before they are
/// ordered.
const COUNTED_MAX: usize = 4 * SUGGEST_MAX;

/// A phrase that begins as somebody has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// As most documents write it.
    pub text: String,
    /// How many documents have it.
    pub count: u64,
}

pub(crate) fn suggest(state: &State, begun: &str, limit: usize) -> Vec<Suggestion> {
    // One more than a phrase has: who has typed more than any phrase has, means none.
    let prefix = text::fold(begun, PHRASE_CHARS_MAX + 1);
    if prefix.is_empty() {
        return Vec::new();
    }
    let ranges: Vec<(&Part, Range<usize>)> =
        state.parts.iter().map(|part| (part, part.block.phrases.begin(&prefix))).collect();
    let all: usize = ranges.iter().map(|(_, range)| range.len()).sum();
    let mut counts: HashMap<&str, u64> = HashMap::new();
    let floor = if all <= VISITED_MAX { 0 } else { floor(&ranges) };
    let mut spare = VISITED_MAX;
    for (part, range) in &ranges {
        let phrases = &part.block.phrases;
        for (at, count) in range.clone().zip(phrases.counts(range.clone())) {
            // Those of the floor itself as far as there is room.
            if count < floor || count == floor && spare == 0 {
                continue;
            }
            spare = spare.saturating_sub(1);
            let living = living(part, at);
            if living > 0 {
                *counts.entry(phrases.folded(at)).or_default() += living;
            }
        }
    }
    let mut best: Vec<(&str, u64)> = counts.into_iter().collect();
    sort(&mut best);
    if floor > 0 {
        best.truncate(COUNTED_MAX);
        for (folded, count) in &mut best {
            *count = written(state, folded).values().sum();
        }
        sort(&mut best);
    }
    best.truncate(limit.min(SUGGEST_MAX));
    let suggestion = |(folded, count)| {
        let forms = written(state, folded).into_iter();
        let most = forms.max_by(|one, other| one.1.cmp(&other.1).then(other.0.cmp(one.0)));
        Suggestion { text: most.map_or(folded, |(form, _)| form).to_owned(), count }
    };
    best.into_iter().map(suggestion).collect()
}

/// What most documents have first, then the shorter, then in the order of their characters.
fn sort(phrases: &mut [(&str, u64)]) {
    phrases.sort_unstable_by(|one, other| {
        other.1.cmp(&one.1).then(one.0.len().cmp(&other.0.len())).then(one.0.cmp(other.0))
    });
}

/// How many documents a phrase must have in its block so that not more than may are looked at.
fn floor(ranges: &[(&Part, Range<usize>)]) -> usize {
    let mut having = [0_usize; 256];
    for (part, range) in ranges {
        for count in part.block.phrases.counts(range.clone()) {
            having[count.min(255)] += 1;
        }
    }
    let mut seen = 0;
    let last = (0..256).rev().find(|count| {
        seen += having[*count];
        seen >= VISITED_MAX
    });
    last.unwrap_or(0)
}

fn living(part: &Part, at: usize) -> u64 {
    let places = part.block.phrases.places(at);
    match part.dead() {
        None => places.len() as u64,
        Some(dead) => places.iter().filter(|place| !dead.has(usize::from(**place))).count() as u64,
    }
}

/// The ways in which a folded phrase is written, and how many living documents write it so.
fn written<'a>(state: &'a State, folded: &str) -> HashMap<&'a str, u64> {
    let mut forms = HashMap::new();
    for part in &state.parts {
        let phrases: &Phrases = &part.block.phrases;
        for at in phrases.same(folded) {
            let living = living(part, at);
            if living > 0 {
                *forms.entry(phrases.written(at)).or_default() += living;
            }
        }
    }
    forms
}
