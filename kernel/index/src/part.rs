//! A block and which of its documents are still alive: what a search walks over.

use std::ops::Range;
use std::sync::Arc;

use crate::bits::Bits;
use crate::block::Block;
use crate::document::Filter;

/// A block and its dead.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) block: Arc<Block>,
    /// Those that were removed or replaced; absent while there are none.
    dead: Option<Arc<Bits>>,
    dead_count: usize,
    /// Terms of the living documents, repeated ones counted.
    length: u64,
}

impl Part {
    /// A part of which all are alive.
    pub(crate) fn new(block: Block) -> Self {
        let length = block.lengths.iter().map(|length| u64::from(*length)).sum();
        Self { block: Arc::new(block), dead: None, dead_count: 0, length }
    }

    /// A part of which these are dead; they must fit the block.
    pub(crate) fn with_dead(block: Block, dead: Bits) -> Self {
        let mut part = Self::new(block);
        part.bury(dead.iter());
        part
    }

    /// Marks documents as dead.
    pub(crate) fn bury(&mut self, offsets: impl IntoIterator<Item = usize>) {
        let mut dead = None;
        for offset in offsets {
            let dead = dead.get_or_insert_with(|| match &self.dead {
                Some(dead) => Bits::clone(dead),
                None => Bits::none(self.block.len()),
            });
            if dead.insert(offset) {
                self.dead_count += 1;
                self.length -= u64::from(self.block.lengths[offset]);
            }
        }
        if let Some(dead) = dead {
            self.dead = Some(Arc::new(dead));
        }
    }

    /// How many documents the block has, dead ones counted.
    pub(crate) fn len(&self) -> usize {
        self.block.len()
    }

    pub(crate) fn living(&self) -> usize {
        self.block.len() - self.dead_count
    }

    /// Terms of the living documents.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn dead(&self) -> Option<&Bits> {
        self.dead.as_deref()
    }

    fn is_dead(&self, offset: usize) -> bool {
        self.dead.as_ref().is_some_and(|dead| dead.has(offset))
    }

    /// The living document of this identifier.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.block.find(id).filter(|offset| !self.is_dead(*offset))
    }

    /// The first living document at or after an offset.
    pub(crate) fn next_living(&self, from: usize) -> Option<usize> {
        (from..self.len()).find(|offset| !self.is_dead(*offset))
    }

    /// The living documents that pass a filter.
    pub(crate) fn passing(&self, filter: &Filter) -> Bits {
        let mut passing = Bits::all(self.len());
        if let Some(dead) = &self.dead {
            passing.subtract(dead);
        }
        self.block.labels.narrow(filter, &mut passing, self.len());
        passing
    }

    /// How many postings of a range belong to living documents.
    pub(crate) fn count_living(&self, range: Range<usize>) -> usize {
        let offsets = self.block.postings.offsets(range);
        let Some(dead) = &self.dead else { return offsets.len() };
        // A dozen steps for each of the dead, or one for each posting.
        let gone = if self.dead_count * 12 < offsets.len() {
            dead.iter().filter(|offset| offsets.binary_search(&(*offset as u16)).is_ok()).count()
        } else {
            offsets.iter().filter(|offset| dead.has(usize::from(**offset))).count()
        };
        offsets.len() - gone
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.block.memory_bytes()
            + self.dead.as_ref().map_or(0, |dead| dead.memory_bytes())
    }
}
