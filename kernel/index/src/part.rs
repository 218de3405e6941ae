//! A block and which of its documents are still alive: what a search walks over.

use std::sync::Arc;

use crate::bits::Bits;
use crate::block::Block;
use crate::document::Filter;

/// Dead whose terms are not counted before counting is due: each costs a look-up in the list of every
/// term that somebody asks for, and counting reads the whole block.
pub(crate) const UNCOUNTED_DUE: usize = 64;

/// Dead of a block whose terms are not counted, at most: sixteen times what is due. Counting is done
/// beside changes, and only if nobody got round to it do the changes themselves wait for it.
const UNCOUNTED_MAX: usize = 1_024;

/// A block and its dead.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) block: Arc<Block>,
    /// Those that were removed or replaced; absent while there are none.
    dead: Option<Arc<Dead>>,
    /// Terms of the living documents, repeated ones counted.
    length: u64,
}

/// The dead of a block, and how many of them had each term: what is rare is what few *living*
/// documents have.
#[derive(Debug, Clone)]
struct Dead {
    places: Bits,
    count: usize,
    /// For each term of the block how many of the counted dead had it; empty before the first count.
    having: Arc<Vec<u16>>,
    /// The others, ascending.
    uncounted: Vec<u16>,
}

impl Part {
    /// A part of which all are alive.
    pub(crate) fn new(block: Block) -> Self {
        let length = block.lengths.iter().map(|length| u64::from(*length)).sum();
        Self { block: Arc::new(block), dead: None, length }
    }

    /// A part of which these are dead; they must fit the block.
    pub(crate) fn with_dead(block: Block, dead: &Bits) -> Self {
        let mut part = Self::new(block);
        part.bury(dead.iter());
        part
    }

    /// Marks documents as dead.
    pub(crate) fn bury(&mut self, places: impl IntoIterator<Item = usize>) {
        let mut places = places.into_iter().peekable();
        if places.peek().is_none() {
            return;
        }
        let dead = self.dead.get_or_insert_with(|| {
            let places = Bits::none(self.block.len());
            Arc::new(Dead { places, count: 0, having: Arc::default(), uncounted: Vec::new() })
        });
        let dead = Arc::make_mut(dead);
        for place in places {
            if dead.places.insert(place) {
                dead.count += 1;
                dead.uncounted.push(place as u16);
                self.length -= u64::from(self.block.lengths[place]);
            }
        }
        dead.uncounted.sort_unstable();
        if dead.uncounted.len() > UNCOUNTED_MAX {
            dead.count_terms(&self.block);
        }
    }

    /// How many of its dead have not been counted.
    pub(crate) fn uncounted(&self) -> usize {
        self.dead.as_ref().map_or(0, |dead| dead.uncounted.len())
    }

    /// Counts the terms of its dead, which takes as long as reading the block.
    pub(crate) fn count_dead(&mut self) {
        if let Some(dead) = &mut self.dead {
            Arc::make_mut(dead).count_terms(&self.block);
        }
    }

    /// Takes what was counted of an older copy of this part meanwhile: whoever died since is left.
    pub(crate) fn take_count(&mut self, older: &Self) {
        let (Some(dead), Some(older)) = (&mut self.dead, &older.dead) else { return };
        let dead = Arc::make_mut(dead);
        dead.having = Arc::clone(&older.having);
        let since = dead.places.iter().filter(|place| !older.places.has(*place));
        dead.uncounted = since.map(|place| place as u16).collect();
    }

    /// How many documents the block has, dead ones counted.
    pub(crate) fn len(&self) -> usize {
        self.block.len()
    }

    pub(crate) fn living(&self) -> usize {
        self.block.len() - self.dead.as_ref().map_or(0, |dead| dead.count)
    }

    /// Terms of the living documents.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn dead(&self) -> Option<&Bits> {
        self.dead.as_deref().map(|dead| &dead.places)
    }

    fn is_dead(&self, place: usize) -> bool {
        self.dead().is_some_and(|dead| dead.has(place))
    }

    /// The living document of this identifier.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.block.find(id).filter(|place| !self.is_dead(*place))
    }

    /// The first living document at or after a place.
    pub(crate) fn next_living(&self, from: usize) -> Option<usize> {
        (from..self.len()).find(|place| !self.is_dead(*place))
    }

    /// The living documents that pass a filter.
    pub(crate) fn passing(&self, filter: &Filter) -> Bits {
        let mut passing = Bits::all(self.len());
        if let Some(dead) = self.dead() {
            passing.subtract(dead);
        }
        self.block.labels.narrow(filter, &mut passing, self.len());
        passing
    }

    /// How many living documents have one of the block's terms, of the `all` who have it.
    pub(crate) fn having(&self, term: usize, all: usize) -> usize {
        let Some(dead) = &self.dead else { return all };
        let counted = dead.having.get(term).copied().unwrap_or(0);
        let uncounted = match dead.uncounted.is_empty() {
            true => 0,
            false => self.block.postings.list(term).count(&dead.uncounted),
        };
        all - usize::from(counted) - uncounted
    }

    /// How many bytes its records take: what merging it costs.
    pub(crate) fn record_bytes(&self) -> usize {
        self.block.postings.record_bytes()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let dead = self.dead.as_ref().map_or(0, |dead| {
            dead.places.memory_bytes() + (dead.having.capacity() + dead.uncounted.capacity()) * 2
        });
        size_of::<Self>() + self.block.memory_bytes() + dead
    }
}

impl Dead {
    /// Counts the terms of the uncounted.
    fn count_terms(&mut self, block: &Block) {
        let mut places = Bits::none(block.len());
        for place in self.uncounted.drain(..) {
            places.insert(usize::from(place));
        }
        let having = Arc::make_mut(&mut self.having);
        having.resize(block.postings.terms(), 0);
        for (term, count) in having.iter_mut().enumerate() {
            block.postings.list(term).for_each(|place, _| {
                *count += u16::from(places.has(usize::from(place)));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::BlockBuilder;
    use crate::document::Document;

    /// Documents of terms that all or some have.
    fn part() -> Part {
        let mut block = BlockBuilder::default();
        for nth in 10..60 {
            let text = format!("all some{} own{nth}", nth % 7);
            block.push(&Document { id: nth.to_string(), text, ..Document::default() });
        }
        Part::new(block.finish())
    }

    fn having(part: &Part) -> Vec<usize> {
        let postings = &part.block.postings;
        (0..postings.terms()).map(|term| part.having(term, postings.count(term))).collect()
    }

    /// Some die and are counted on a copy; others die meanwhile, and are `left` to be counted.
    #[track_caller]
    fn check(before: &[usize], meanwhile: &[usize], left: usize) {
        let mut plain = part();
        plain.bury(before.iter().chain(meanwhile).copied());
        let mut now = plain.clone();
        now.count_dead();
        assert_eq!((now.uncounted(), having(&now)), (0, having(&plain)));

        let mut now = part();
        now.bury(before.iter().copied());
        let mut older = now.clone();
        older.count_dead();
        now.bury(meanwhile.iter().copied());
        now.take_count(&older);
        assert_eq!((now.uncounted(), having(&now)), (left, having(&plain)));
    }

    #[test]
    fn what_is_rare_is_what_few_of_the_living_have_whenever_the_dead_are_counted() {
        check(&[], &[], 0);
        check(&[], &[3], 1);
        check(&[1, 2, 8, 49], &[], 0);
        check(&[8, 49], &[0, 1, 30], 3);
        check(&[8, 49], &[8, 1], 1);
    }
}
