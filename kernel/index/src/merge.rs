//! Keeping the number of blocks small.
//!
//! A block is of level *n* while 4ⁿ ≤ living documents < 4ⁿ⁺¹. While a level has four blocks or more,
//! its smallest are merged into one, as many as fit into a block (at least two, or none); a block of
//! which more than half is dead is written anew without them. So at rest there are at most about two
//! dozen small blocks, a document is rewritten about once a level (eight times at most in a growing
//! index, fewer the larger the batches), and the dead never outnumber the living.
//!
//! The work is done beside everything else, on blocks that never change: only who died meanwhile is
//! made up for when the merged block takes the others' place.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bits::Bits;
use crate::block::Block;
use crate::index::{Shape, State};
use crate::part::Part;

/// Blocks of a level that are merged.
const MERGE_MIN: usize = 4;

/// Bytes of records in a block: a full block of texts of two thousand characters; keeps where a record
/// begins within 32 bits.
const RECORD_BYTES_MAX: usize = 1 << 30;

/// A block that takes the place of others.
pub(crate) struct Merged {
    /// What was merged, as it was then.
    old: Vec<Part>,
    new: Part,
}

impl Merged {
    /// Merges what should be merged next; absent if nothing should.
    pub(crate) fn next(state: &State, shape: Shape) -> Option<Self> {
        let old: Vec<Part> = chosen(&state.parts, shape)?.into_iter().cloned().collect();
        let new = Part::new(Block::merge(&old));
        Some(Self { old, new })
    }

    /// Exchanges the parts, which must still be there: nobody else takes any away.
    pub(crate) fn put_into(mut self, parts: &mut Vec<Part>) {
        for old in &self.old {
            let Some(at) = parts.iter().position(|part| Arc::ptr_eq(&part.block, &old.block)) else {
                continue;
            };
            let now = parts.swap_remove(at);
            let died = now.dead().into_iter().flat_map(Bits::iter).filter(|place| {
                let before = old.dead();
                before.is_none_or(|before| !before.has(*place))
            });
            let places: Vec<usize> =
                died.filter_map(|place| self.new.block.find(now.block.ids.at(place))).collect();
            self.new.bury(places);
        }
        if self.new.living() > 0 {
            parts.push(self.new);
        }
    }
}

/// The parts to be merged next.
fn chosen(parts: &[Part], shape: Shape) -> Option<Vec<&Part>> {
    if let Some(dead) = parts.iter().find(|part| part.living() * 2 < part.len()) {
        return Some(vec![dead]);
    }
    let mut levels: BTreeMap<u32, Vec<&Part>> = BTreeMap::new();
    for part in parts {
        levels.entry(part.living().max(1).ilog(4)).or_default().push(part);
    }
    for mut crowd in levels.into_values().filter(|level| level.len() >= MERGE_MIN) {
        crowd.sort_by_key(|part| part.living());
        let (mut documents, mut bytes) = (0, 0);
        let fitting = crowd.iter().take_while(|part| {
            documents += part.living();
            bytes += part.record_bytes();
            documents <= shape.block_docs_max && bytes <= RECORD_BYTES_MAX
        });
        let fitting = fitting.count();
        if fitting >= 2 {
            crowd.truncate(fitting);
            return Some(crowd);
        }
    }
    None
}
