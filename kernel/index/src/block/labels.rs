//! What the documents of a block may be narrowed by: for each value, the set of those that have it.

use std::collections::BTreeMap;

use crate::bits::{Bits, Members};
use crate::document::{Filter, Labels};

/// State, tenant, pool, field, stage.
pub(crate) const KINDS: usize = 5;

/// The labels of a block, by kind and value.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSets {
    /// For each kind its values, ascending.
    pub(super) kinds: [Vec<(Box<str>, Members)>; KINDS],
}

impl LabelSets {
    /// Narrows a set of the block's documents to those that pass.
    pub(crate) fn narrow(&self, filter: &Filter, passing: &mut Bits, len: usize) {
        let wanted =
            [&filter.states, &filter.tenants, &filter.pools, &filter.fields, &filter.stages];
        for (values, sets) in wanted.into_iter().zip(&self.kinds) {
            if values.is_empty() {
                continue;
            }
            let mut any = Bits::none(len);
            for value in values {
                if let Ok(at) = sets.binary_search_by(|(known, _)| (**known).cmp(value)) {
                    sets[at].1.add_to(&mut any);
                }
            }
            passing.intersect(&any);
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let entry = size_of::<(Box<str>, Members)>();
        let of_kind = |sets: &Vec<(Box<str>, Members)>| {
            let inner = sets.iter().map(|(value, members)| value.len() + members.memory_bytes());
            sets.capacity() * entry + inner.sum::<usize>()
        };
        self.kinds.iter().map(of_kind).sum()
    }
}

/// Collects the labels of a block's documents.
#[derive(Debug, Default)]
pub(super) struct LabelsBuilder {
    kinds: [BTreeMap<Box<str>, Vec<u16>>; KINDS],
}

impl LabelsBuilder {
    /// Adds the labels of the document at an offset.
    pub(super) fn add(&mut self, offset: u16, labels: &Labels) {
        let pools = labels.pools.iter().map(String::as_str);
        self.note(0, &labels.state, offset);
        self.note(1, &labels.tenant, offset);
        pools.for_each(|pool| self.note(2, pool, offset));
        self.note(3, &labels.field, offset);
        self.note(4, &labels.stage, offset);
    }

    /// Adds that the document at an offset has a value. The empty one is none.
    pub(super) fn note(&mut self, kind: usize, value: &str, offset: u16) {
        if value.is_empty() {
            return;
        }
        match self.kinds[kind].get_mut(value) {
            Some(offsets) => offsets.push(offset),
            None => {
                self.kinds[kind].insert(value.into(), vec![offset]);
            }
        }
    }

    pub(super) fn finish(self, len: usize) -> LabelSets {
        let kinds = self.kinds.map(|sets| {
            let sets = sets.into_iter().map(|(value, mut offsets)| {
                offsets.sort_unstable();
                offsets.dedup();
                (value, Members::of(offsets, len))
            });
            sets.collect()
        });
        LabelSets { kinds }
    }
}
