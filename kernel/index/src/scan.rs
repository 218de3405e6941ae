//! Counting: an accumulator for each document of a block, then a look for the best.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::bits::{Bits, ones};
use crate::block::BLOCK_DOCS_MAX;
use crate::document::{Filter, Found, Hit};
use crate::index::State;
use crate::part::Part;
use crate::plan::Plan;

/// Accumulators looked at together: as many as a word of a set has bits.
const LANES: usize = 64;

/// From how many postings on it pays to multiply weight and impact once for each of the 256 codes.
const TABLE_MIN: usize = 128;

type Accumulators = [u32; BLOCK_DOCS_MAX];

/// Finds; the limit has been checked.
pub(crate) fn find(
    state: &State,
    text: &str,
    filter: &Filter,
    offset: usize,
    limit: usize,
) -> Found {
    let plan = Plan::new(state, text);
    if plan.folded.is_empty() {
        return list(state, filter, offset, limit);
    }
    let ceiling = plan.ceiling();
    let mut best = Best::new(&state.parts, offset.saturating_add(limit).min(state.living()));
    let mut accumulators = vec![0_u32; BLOCK_DOCS_MAX];
    let Some(accumulators) = accumulators.first_chunk_mut::<BLOCK_DOCS_MAX>() else {
        return Found::default();
    };
    let mut total = 0;
    for at in 0..state.parts.len() {
        let passing = state.parts[at].passing(filter);
        if plan.terms.iter().all(|term| term.postings[at].is_empty()) || passing.is_empty() {
            continue;
        }
        count(&state.parts[at], at, &plan, accumulators);
        total += best.look(at, &passing, accumulators);
    }
    Found { hits: best.finish(offset, limit), total, ceiling }
}

/// Adds the score of every document of a part to its accumulator.
fn count(part: &Part, at: usize, plan: &Plan, accumulators: &mut Accumulators) {
    for term in &plan.terms {
        let range = term.postings[at].clone();
        let offsets = part.block.postings.offsets(range.clone());
        let codes = part.block.postings.codes(range);
        // The sum of all weights × 255 fits 32 bits (`plan::scale`).
        if offsets.len() < TABLE_MIN {
            for (offset, code) in offsets.iter().zip(codes) {
                accumulators[usize::from(*offset) % BLOCK_DOCS_MAX] +=
                    term.weight * u32::from(plan.impacts[usize::from(*code)]);
            }
        } else {
            let scores = plan.impacts.map(|impact| term.weight * u32::from(impact));
            for (offset, code) in offsets.iter().zip(codes) {
                accumulators[usize::from(*offset) % BLOCK_DOCS_MAX] += scores[usize::from(*code)];
            }
        }
    }
}

/// A document that may be among the best.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    score: u32,
    part: u32,
    offset: u32,
}

/// The best so far, and up to as many again that have not been compared yet.
struct Best<'a> {
    parts: &'a [Part],
    /// How many are wanted.
    wanted: usize,
    candidates: Vec<Candidate>,
    /// The last of the wanted when they were last compared; absent while there are fewer.
    last: Option<Candidate>,
}

impl<'a> Best<'a> {
    fn new(parts: &'a [Part], wanted: usize) -> Self {
        Self { parts, wanted, candidates: Vec::new(), last: None }
    }

    /// The least score worth offering.
    fn floor(&self) -> u32 {
        self.last.map_or(1, |last| last.score)
    }

    /// Looks through a part's accumulators, zeroes them, and says how many matched.
    fn look(&mut self, part: usize, passing: &Bits, accumulators: &mut Accumulators) -> u64 {
        let mut matched = 0;
        let mut floor = if self.wanted == 0 { u32::MAX } else { self.floor() };
        for (group, (lanes, pass)) in
            accumulators.chunks_exact_mut(LANES).zip(passing.words()).enumerate()
        {
            let pass = *pass;
            if pass == u64::MAX {
                matched += lanes.iter().map(|score| u32::from(*score > 0)).sum::<u32>();
            } else {
                matched += ones(pass).map(|lane| u32::from(lanes[lane] > 0)).sum::<u32>();
            }
            if lanes.iter().fold(false, |any, score| any | (*score >= floor)) {
                for lane in ones(pass) {
                    if lanes[lane] < floor {
                        continue;
                    }
                    let offset = (group * LANES + lane) as u32;
                    let candidate = Candidate { score: lanes[lane], part: part as u32, offset };
                    // Of equals within a part each is behind the one before: none will do any more.
                    let equals = if self.offer(candidate) { 0 } else { 1 };
                    floor = floor.max(self.floor().saturating_add(equals));
                }
            }
            lanes.fill(0);
        }
        u64::from(matched)
    }

    /// Takes a candidate, unless it is behind the last of the wanted.
    fn offer(&mut self, candidate: Candidate) -> bool {
        if self.wanted == 0
            || self.last.is_some_and(|last| self.order(&last, &candidate) == Ordering::Less)
        {
            return false;
        }
        self.candidates.push(candidate);
        if self.candidates.len() >= self.wanted * 2 {
            self.compare();
        }
        true
    }

    /// Keeps the wanted ones.
    fn compare(&mut self) {
        let mut candidates = std::mem::take(&mut self.candidates);
        if candidates.len() >= self.wanted {
            let (_, last, _) = candidates
                .select_nth_unstable_by(self.wanted - 1, |one, other| self.order(one, other));
            self.last = Some(*last);
            candidates.truncate(self.wanted);
        }
        self.candidates = candidates;
    }

    /// The better first: by score, then by identifier.
    fn order(&self, one: &Candidate, other: &Candidate) -> Ordering {
        let tie = || match one.part == other.part {
            true => one.offset.cmp(&other.offset),
            false => self.id(one).cmp(self.id(other)),
        };
        other.score.cmp(&one.score).then_with(tie)
    }

    fn id(&self, candidate: &Candidate) -> &'a str {
        self.parts[candidate.part as usize].block.ids.at(candidate.offset as usize)
    }

    fn finish(mut self, offset: usize, limit: usize) -> Vec<Hit> {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.sort_unstable_by(|one, other| self.order(one, other));
        let page = candidates.iter().skip(offset).take(limit);
        page.map(|hit| Hit { id: self.id(hit).to_owned(), score: hit.score }).collect()
    }
}

/// Every document that passes, greatest identifier first.
fn list(state: &State, filter: &Filter, offset: usize, limit: usize) -> Found {
    let sets: Vec<Bits> = state.parts.iter().map(|part| part.passing(filter)).collect();
    let total = sets.iter().map(Bits::count).sum::<usize>() as u64;
    let before = |part: usize, end: usize| {
        let offset = sets[part].last_below(end)?;
        Some((state.parts[part].block.ids.at(offset), Reverse(part), offset))
    };
    let mut heads: BinaryHeap<_> =
        (0..sets.len()).filter_map(|part| before(part, state.parts[part].len())).collect();
    let mut hits = Vec::new();
    let mut skipped = 0;
    while hits.len() < limit
        && let Some((id, Reverse(part), at)) = heads.pop()
    {
        if skipped < offset {
            skipped += 1;
        } else {
            hits.push(Hit { id: id.to_owned(), score: 0 });
        }
        heads.extend(before(part, at));
    }
    Found { hits, total, ceiling: 0 }
}
