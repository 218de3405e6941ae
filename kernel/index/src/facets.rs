//! How many of the documents that match have each label.

use std::collections::HashMap;

use crate::bits::Bits;
use crate::document::{Filter, Kind};
use crate::part::Part;

/// The values of one kind among the matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// Which labels.
    pub kind: Kind,
    /// Each value that a match has, and how many have it: the most first, then by value.
    pub values: Vec<(String, u64)>,
}

/// Sums over the parts of an index.
#[derive(Debug, Default)]
pub(crate) struct Facets<'a> {
    counts: [HashMap<&'a str, u64>; Kind::ALL.len()],
}

impl<'a> Facets<'a> {
    /// Adds the living documents of a part that match the text, as a filter lets them through. What
    /// is wanted of a kind narrows the other kinds, but not its own: it says what else could be
    /// wanted.
    pub(crate) fn add(&mut self, part: &'a Part, matched: &Bits, filter: &Filter) {
        let labels = &part.block.labels;
        let wanted: Vec<(Kind, Bits)> = Kind::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, labels.any_of(kind, filter, part.len())?)))
            .collect();
        let but = |kind: Option<Kind>| {
            let mut seen = matched.clone();
            for (_, any) in wanted.iter().filter(|(other, _)| Some(*other) != kind) {
                seen.intersect(any);
            }
            seen
        };
        let all = but(None);
        for (kind, counts) in Kind::ALL.into_iter().zip(&mut self.counts) {
            let own = wanted.iter().any(|(wanted, _)| *wanted == kind).then(|| but(Some(kind)));
            let seen = own.as_ref().unwrap_or(&all);
            for (value, members) in labels.values(kind) {
                let count = members.count_in(seen) as u64;
                if count > 0 {
                    *counts.entry(value).or_default() += count;
                }
            }
        }
    }

    pub(crate) fn finish(self) -> Vec<Facet> {
        let facet = |(kind, counts): (Kind, HashMap<&str, u64>)| {
            let mut values: Vec<(String, u64)> =
                counts.into_iter().map(|(value, count)| (value.to_owned(), count)).collect();
            values.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
            Facet { kind, values }
        };
        Kind::ALL.into_iter().zip(self.counts).map(facet).collect()
    }
}
