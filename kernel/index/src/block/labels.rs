//! What the documents of a block may be narrowed by: for each value, the set of those that have it.

use std::collections::BTreeMap;

use crate::bits::{Bits, Members};
use crate::document::{Filter, Kind, Labels};

/// How many kinds of labels there are.
pub(crate) const KINDS: usize = Kind::ALL.len();

/// The labels of a block, by kind and value.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelSets {
    /// For each kind its values, ascending.
    pub(super) kinds: [Vec<(Box<str>, Members)>; KINDS],
}

impl LabelSets {
    /// Narrows a set of the block's documents to those that pass.
    pub(crate) fn narrow(&self, filter: &Filter, passing: &mut Bits, len: usize) {
        for kind in Kind::ALL {
            if let Some(any) = self.any_of(kind, filter, len) {
                passing.intersect(&any);
            }
        }
    }

    /// The documents that pass a filter's part of one kind; absent if it narrows nothing.
    pub(crate) fn any_of(&self, kind: Kind, filter: &Filter, len: usize) -> Option<Bits> {
        let values = filter.of(kind);
        if values.is_empty() {
            return None;
        }
        let mut any = Bits::none(len);
        for value in values {
            let sets = self.values(kind);
            if let Ok(at) = sets.binary_search_by(|(known, _)| (**known).cmp(value)) {
                sets[at].1.add_to(&mut any);
            }
        }
        Some(any)
    }

    /// The values of a kind, ascending, each with who has it.
    pub(crate) fn values(&self, kind: Kind) -> &[(Box<str>, Members)] {
        &self.kinds[kind as usize]
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
        let one = |value| std::slice::from_ref(value);
        for kind in Kind::ALL {
            let values = match kind {
                Kind::State => one(&labels.state),
                Kind::Tenant => one(&labels.tenant),
                Kind::Pool => &labels.pools,
                Kind::Field => one(&labels.field),
                Kind::Stage => one(&labels.stage),
                Kind::Mode => &labels.modes,
                Kind::Chain => &labels.chains,
            };
            values.iter().for_each(|value| self.note(kind as usize, value, offset));
        }
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
