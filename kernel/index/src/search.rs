//! What a search box asks: a page in an order that a person chose, how many there are of what kind,
//! and the terms to be marked.
//!
//! The same sums over the same postings as a need's candidates come from (`scan`), without its
//! shortcuts: a page begins behind the last document of the one before, whatever was added meanwhile.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fmt;
use std::str::FromStr;

use crate::bits::Bits;
use crate::block::{BLOCK_DOCS_MAX, LANES, Sums};
use crate::document::{Filter, Hit, TermShare};
use crate::facets::{Facet, Facets};
use crate::index::State;
use crate::part::Part;
use crate::plan::Plan;

/// Terms that are marked: those of a sentence.
const MARKED_TERMS_MAX: usize = 64;

/// A term that weighs less than the heaviest divided by this is not marked: 的方 and its like.
const MARKED_SHARE: u32 = 8;

/// In which order documents are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The greatest score first, ties by id, ascending. Without a text there is no relevance: then
    /// as by date.
    Relevance,
    /// The greatest date first, ties by id, descending.
    Date,
}

/// Where a page ended: the last document that was shown, and what it stood there for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The order of the pages.
    pub order: Order,
    /// Its score or its date.
    pub key: u32,
    /// Its identifier.
    pub id: String,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            Order::Relevance => 'r',
            Order::Date => 'd',
        };
        write!(f, "{order}{}:{}", self.key, self.id)
    }
}

/// This is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a position is an order, a number and an id, such as `d1735689600:a1`")]
pub struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let (key, id) = text.split_once(':').ok_or(NoPosition)?;
        let (order, key) = match (key.strip_prefix('r'), key.strip_prefix('d')) {
            (Some(key), _) => (Order::Relevance, key),
            (_, Some(key)) => (Order::Date, key),
            _ => return Err(NoPosition),
        };
        Ok(Self { order, key: key.parse().map_err(|_| NoPosition)?, id: id.to_owned() })
    }
}

/// A question of a search box.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// As for [`Index::find`](crate::Index::find).
    pub text: &'a str,
    /// What is let through.
    pub filter: &'a Filter,
    /// The order of the pages.
    pub order: Order,
    /// [`Page::next`] of the page before; one of another order counts for nothing.
    pub after: Option<&'a Position>,
    /// Hits of a page; at most [`FIND_MAX`](crate::FIND_MAX).
    pub limit: usize,
    /// Whether labels are to be counted.
    pub facets: bool,
}

/// A page of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// In the order that was asked for.
    pub hits: Vec<Hit>,
    /// How many documents matched in all, on whatever page.
    pub total: u64,
    /// As [`Found::ceiling`](crate::Found::ceiling).
    pub ceiling: u32,
    /// The text's terms that tell most, to be marked: [`Marker::new`](crate::Marker::new). The share
    /// is that of the ceiling.
    pub terms: Vec<TermShare>,
    /// Of every kind, if that was asked for.
    pub facets: Vec<Facet>,
    /// Where the next page begins; absent if there is none.
    pub next: Option<Position>,
}

/// A document by where it stands: the greater stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place<'a> {
    order: Order,
    key: u32,
    id: &'a str,
    score: u32,
}

impl Ord for Place<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key).then_with(|| match self.order {
            Order::Relevance => other.id.cmp(self.id),
            Order::Date => self.id.cmp(other.id),
        })
    }
}

impl PartialOrd for Place<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Searches; the limit has been checked.
pub(crate) fn search(state: &State, asked: &Search<'_>) -> Page {
    let plan = Plan::new(state, asked.text);
    let order = if plan.folded.is_empty() { Order::Date } else { asked.order };
    let after = asked.after.filter(|after| after.order == order);
    let after = after.map(|after| Place { order, key: after.key, id: &after.id, score: 0 });
    let mut top = Top { order, limit: asked.limit, after, behind: 0, heap: BinaryHeap::new() };
    let (mut facets, mut total) = (asked.facets.then(Facets::default), 0);
    let mut sums = vec![0_u32; BLOCK_DOCS_MAX + 1];
    let Some(sums) = sums.first_chunk_mut() else { return top.finish(total, &plan, None) };
    for (at, part) in state.parts.iter().enumerate() {
        let Some(matched) = matched(state, at, &plan, sums) else { continue };
        if let Some(facets) = &mut facets {
            facets.add(part, &matched, asked.filter);
        }
        let mut passing = part.passing(asked.filter);
        passing.intersect(&matched);
        total += passing.count() as u64;
        top.look(part, &passing, &plan, sums);
        sums.fill(0);
    }
    top.finish(total, &plan, facets)
}

/// Adds up a part, and says which of its living documents have a term; absent if none can.
fn matched(state: &State, at: usize, plan: &Plan, sums: &mut Sums) -> Option<Bits> {
    let part = &state.parts[at];
    let mut matched = part.passing(&Filter::default());
    if plan.folded.is_empty() {
        return Some(matched);
    }
    let lists = plan.terms.iter().filter_map(|term| Some((term.weight, term.list(state, at)?)));
    let mut lists = lists.peekable();
    lists.peek()?;
    for (weight, list) in lists {
        list.add_to(sums, weight, &plan.impacts.ratios);
    }
    let words = sums.chunks_exact(LANES).take(part.len().div_ceil(LANES)).map(|lanes| {
        lanes.iter().enumerate().fold(0, |word, (lane, sum)| word | u64::from(*sum > 0) << lane)
    });
    matched.intersect(&Bits::from_words(words.collect(), part.len())?);
    Some(matched)
}

/// The first of those behind a position.
struct Top<'a> {
    order: Order,
    limit: usize,
    after: Option<Place<'a>>,
    /// How many stand behind the position.
    behind: usize,
    /// The last of the first on top.
    heap: BinaryHeap<Reverse<Place<'a>>>,
}

impl<'a> Top<'a> {
    /// Looks at the documents of a part that match and pass.
    fn look(&mut self, part: &'a Part, passing: &Bits, plan: &Plan, sums: &Sums) {
        let block = &part.block;
        let score = |place: usize| plan.impacts.score(sums[place], block.classes[place]);
        match self.order {
            Order::Relevance => passing.iter().for_each(|place| {
                let score = score(place);
                self.offer(score, || block.ids.at(place), || score);
            }),
            // From the end: what came last is most often what is newest, so that few displace others.
            Order::Date => {
                let mut end = part.len();
                while let Some(place) = passing.last_below(end) {
                    self.offer(block.dates[place], || block.ids.at(place), || score(place));
                    end = place;
                }
            }
        }
    }

    fn offer(&mut self, key: u32, id: impl Fn() -> &'a str, score: impl Fn() -> u32) {
        let order = self.order;
        let place = || Place { order, key, id: id(), score: 0 };
        if self.after.is_some_and(|after| key > after.key || key == after.key && place() >= after) {
            return;
        }
        self.behind += 1;
        if self.heap.len() >= self.limit {
            let kept = self
                .heap
                .peek()
                .is_some_and(|Reverse(last)| key > last.key || key == last.key && place() > *last);
            if !kept {
                return;
            }
            self.heap.pop();
        }
        self.heap.push(Reverse(Place { score: score(), ..place() }));
    }

    fn finish(self, total: u64, plan: &Plan, facets: Option<Facets<'_>>) -> Page {
        let mut places: Vec<Place<'_>> =
            self.heap.into_iter().map(|Reverse(place)| place).collect();
        places.sort_unstable_by(|one, other| other.cmp(one));
        let last = places.last().filter(|_| self.behind > places.len());
        Page {
            next: last.map(|last| Position {
                order: self.order,
                key: last.key,
                id: last.id.to_owned(),
            }),
            hits: places
                .iter()
                .map(|place| Hit { id: place.id.to_owned(), score: place.score })
                .collect(),
            total,
            ceiling: plan.ceiling(),
            terms: telling(plan),
            facets: facets.map_or_else(Vec::new, Facets::finish),
        }
    }
}

/// The terms that are worth marking.
fn telling(plan: &Plan) -> Vec<TermShare> {
    let whole: u64 = plan.terms.iter().map(|term| u64::from(term.weight)).sum();
    let heaviest = plan.terms.first().map_or(0, |term| term.weight);
    let telling = plan.terms.iter().take_while(|term| term.weight >= heaviest / MARKED_SHARE);
    telling
        .take(MARKED_TERMS_MAX)
        .map(|term| TermShare {
            term: plan.reading(term).to_owned(),
            share_permille: (u64::from(term.weight) * 1_000 / whole.max(1)) as u16,
        })
        .collect()
}
