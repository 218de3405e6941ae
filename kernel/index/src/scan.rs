//! Counting: a sum for each document of a block, then a look for the best.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::best::{Best, Candidate};
use crate::bits::{Bits, ones};
use crate::block::{BLOCK_DOCS_MAX, LANES, Sums};
use crate::document::{Filter, Found, Hit};
use crate::index::State;
use crate::plan::{Plan, Wanted};

/// What finding a document in a list costs, roughly, in postings that are added up meanwhile: a wait for
/// memory. Where few documents pass a filter, each is looked up instead of adding up all.
const LOOKUP_POSTINGS: usize = 30;

/// Candidates that the telling terms choose, at least; and a fifth more than are wanted. (At this
/// many nothing was lost in a million documents, down to the fourth digit of nDCG@10.)
const KEPT_MIN: usize = 600;

/// Finds; the limit has been checked.
pub(crate) fn find(
    state: &State,
    text: &str,
    filter: &Filter,
    offset: usize,
    limit: usize,
) -> Found {
    all(state, &Plan::new(state, text), filter, offset, limit)
}

/// Finds by all terms.
fn all(state: &State, plan: &Plan, filter: &Filter, offset: usize, limit: usize) -> Found {
    if plan.folded.is_empty() {
        return list(state, filter, offset, limit);
    }
    let terms: Vec<&Wanted> = plan.terms.iter().collect();
    let mut best = Best::new(state, offset.saturating_add(limit).min(state.living()));
    let total = count(state, plan, &terms, filter, true, &mut best);
    let page = best.finish().into_iter().skip(offset).take(limit);
    let hits = page.map(|one| hit(state, &one)).collect();
    Found { hits, total, ceiling: plan.ceiling(), exact: true }
}

/// Finds within a budget of postings: first by the telling terms that fit into it, then, among the
/// best of those, by all.
pub(crate) fn find_within(
    state: &State,
    plan: &Plan,
    filter: &Filter,
    limit: usize,
    postings_max: usize,
) -> Found {
    let (mut telling, mut rest, mut left) = (Vec::new(), Vec::new(), postings_max);
    for term in &plan.terms {
        match left.checked_sub(term.postings) {
            Some(less) => {
                left = less;
                telling.push(term);
            }
            None => rest.push(term),
        }
    }
    // A question of common terms only: better the most telling of them than none.
    if telling.is_empty() && !rest.is_empty() {
        telling.push(rest.remove(0));
    }
    if rest.is_empty() {
        return all(state, plan, filter, 0, limit);
    }
    let kept = (limit + limit / 5).max(KEPT_MIN).min(state.living());
    let mut best = Best::new(state, kept);
    count(state, plan, &telling, filter, false, &mut best);
    let mut candidates = best.finish();
    candidates.sort_unstable_by_key(|one| (one.part, one.place));
    for some in candidates.chunk_by_mut(|one, other| one.part == other.part) {
        let part = some[0].part as usize;
        let places: Vec<u16> = some.iter().map(|one| one.place).collect();
        for (weight, list) in Wanted::lists(&rest, state, part) {
            list.ratios(&places, &plan.impacts.ratios, |at, ratio| {
                some[at].sum += weight * ratio;
            });
        }
        for candidate in some {
            let class = state.parts[part].block.classes[usize::from(candidate.place)];
            candidate.score = plan.impacts.score(candidate.sum, class);
        }
    }
    candidates.sort_unstable_by(|one, other| one.order(other, state));
    let hits = candidates.iter().take(limit).map(|one| hit(state, one)).collect();
    Found { hits, total: 0, ceiling: plan.ceiling(), exact: false }
}

fn hit(state: &State, candidate: &Candidate) -> Hit {
    Hit { id: candidate.id(state).to_owned(), score: candidate.score }
}

/// Offers every document that passes and has one of the terms, and says how many there are if they are counted.
fn count(
    state: &State,
    plan: &Plan,
    terms: &[&Wanted],
    filter: &Filter,
    counting: bool,
    best: &mut Best<'_>,
) -> u64 {
    let mut sums = vec![0_u32; BLOCK_DOCS_MAX + 1];
    let Some(sums) = sums.first_chunk_mut() else { return 0 };
    let mut total = 0;
    for (at, part) in state.parts.iter().enumerate() {
        let passing = part.passing(filter);
        let postings: usize = terms.iter().map(|term| term.postings_in(at)).sum();
        let few = passing.count();
        if postings == 0 || few == 0 {
            continue;
        }
        let lists = Wanted::lists(terms, state, at);
        if few * terms.len() * LOOKUP_POSTINGS < postings {
            let places: Vec<u16> = passing.iter().map(|place| place as u16).collect();
            for (weight, list) in lists {
                list.ratios(&places, &plan.impacts.ratios, |at, ratio| {
                    sums[usize::from(places[at])] += weight * ratio;
                });
            }
        } else {
            for (weight, list) in lists {
                list.add_to(sums, weight, &plan.impacts.ratios);
            }
        }
        total += look(at, state, (&passing, counting), plan, sums, best);
    }
    total
}

/// Looks through the sums of a part, zeroes them, offers what may be among the best, and says how many
/// matched if they are counted.
fn look(
    at: usize,
    state: &State,
    (passing, counting): (&Bits, bool),
    plan: &Plan,
    sums: &mut Sums,
    best: &mut Best<'_>,
) -> u64 {
    let block = &state.parts[at].block;
    let mut matched = 0;
    let mut floors = Floors::new(best.floor(), plan);
    for (group, (lanes, pass)) in sums.chunks_exact_mut(LANES).zip(passing.words()).enumerate() {
        let pass = *pass;
        matched += match pass {
            _ if !counting => 0,
            u64::MAX => lanes.iter().map(|sum| u32::from(sum.cast_signed() > 0)).sum::<u32>(),
            some => ones(some).map(|lane| u32::from(lanes[lane] > 0)).sum::<u32>(),
        };
        let floor = floors.of(block.least[group]);
        // No sum reaches 2³¹ (`plan::WEIGHT_SUM_MAX`), and comparing with a sign takes half as long.
        let reaches = |sum: &u32| sum.cast_signed() >= floor.cast_signed();
        if lanes.iter().fold(false, |any, sum| any | reaches(sum)) {
            for lane in ones(reaching(lanes, floor) & pass) {
                let (sum, place) = (lanes[lane], group * LANES + lane);
                if sum < floors.of(block.classes[place]) {
                    continue;
                }
                let score = plan.impacts.score(sum, block.classes[place]);
                let one = Candidate { score, sum, part: at as u32, place: place as u16 };
                // Of equals within a part each is behind the one before: none will do any more.
                let equals = if best.offer(one) { 0 } else { 1 };
                floors.raise(best.floor().saturating_add(equals), plan);
            }
        }
        lanes.fill(0);
    }
    u64::from(matched)
}

/// Which lanes reach a floor. Few do where any does.
fn reaching(lanes: &[u32], floor: u32) -> u64 {
    let reaches = |sum: &u32| sum.cast_signed() >= floor.cast_signed();
    let mut all = 0;
    for (eighth, lanes) in lanes.chunks_exact(8).enumerate() {
        if lanes.iter().fold(false, |any, sum| any | reaches(sum)) {
            for (lane, sum) in lanes.iter().enumerate() {
                all |= u64::from(reaches(sum)) << (eighth * 8 + lane);
            }
        }
    }
    all
}

/// The least sum that makes a score, for each class of length.
struct Floors {
    score: u32,
    sums: [u32; 256],
}

impl Floors {
    fn new(score: u32, plan: &Plan) -> Self {
        let mut floors = Self { score: 0, sums: [0; 256] };
        floors.raise(score, plan);
        floors
    }

    fn of(&self, class: u8) -> u32 {
        self.sums[usize::from(class)]
    }

    fn raise(&mut self, score: u32, plan: &Plan) {
        if score > self.score {
            self.score = score;
            self.sums = std::array::from_fn(|class| plan.impacts.least_sum(score, class as u8));
        }
    }
}

/// Every document that passes, greatest identifier first.
fn list(state: &State, filter: &Filter, offset: usize, limit: usize) -> Found {
    let sets: Vec<Bits> = state.parts.iter().map(|part| part.passing(filter)).collect();
    let total = sets.iter().map(Bits::count).sum::<usize>() as u64;
    let before = |part: usize, end: usize| {
        let place = sets[part].last_below(end)?;
        Some((state.parts[part].block.ids.at(place), Reverse(part), place))
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
    Found { hits, total, ceiling: 0, exact: true }
}
