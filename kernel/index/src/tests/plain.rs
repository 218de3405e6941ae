//! A pool in a map, searched by reading every document.

use std::collections::BTreeMap;

use crate::document::{Document, Filter, Found, Hit, TermShare, Update};
use crate::impact::{self, Impacts, RATIO_ONE};
use crate::plan::{self, Asked};
use crate::text::{self, Key, QUERY_CHARS_MAX, TEXT_CHARS_MAX};

/// Term → how often, and how it reads.
type Terms = BTreeMap<Key, (u32, String)>;

#[derive(Debug, Default)]
pub(super) struct Plain {
    documents: BTreeMap<String, (Document, Terms)>,
}

fn terms_of(text: &str, chars_max: usize) -> Terms {
    let folded = text::fold(text, chars_max);
    let mut terms = Terms::new();
    text::terms(&folded, |key, start, end| {
        terms.entry(key).or_insert_with(|| (0, folded[start..end].to_owned())).0 += 1;
    });
    terms
}

impl Plain {
    pub(super) fn apply(&mut self, updates: Vec<Update>) {
        for update in updates {
            match update {
                Update::Put(document) => {
                    let terms = terms_of(&document.text, TEXT_CHARS_MAX);
                    self.documents.insert(document.id.clone(), (document, terms))
                }
                Update::Remove(id) => self.documents.remove(&id),
            };
        }
    }

    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    /// Term, its reading and its weight.
    fn weights(&self, text: &str) -> Vec<(Key, String, u32)> {
        let folded = text::fold(text, QUERY_CHARS_MAX);
        let mut asked = Asked::of(&folded);
        for term in &mut asked.terms {
            let all = self.documents.values();
            let having = all.filter(|(_, terms)| terms.contains_key(&term.key)).count();
            term.rarity = plan::rarity(having, self.documents.len());
        }
        let weights = asked.weigh().into_iter();
        let terms = &asked.terms;
        weights
            .map(|(weight, at)| (terms[at].key, folded[terms[at].at.clone()].to_owned(), weight))
            .collect()
    }

    fn impacts(&self) -> Impacts {
        let whole: u32 = self.documents.values().map(|(_, terms)| length(terms)).sum();
        Impacts::at(f64::from(whole) / self.documents.len().max(1) as f64)
    }

    pub(super) fn find(&self, text: &str, filter: &Filter, offset: usize, limit: usize) -> Found {
        let passing = self.documents.values().filter(|(document, _)| passes(document, filter));
        let (weights, impacts) = (self.weights(text), self.impacts());
        let mut hits: Vec<Hit> = if text::fold(text, QUERY_CHARS_MAX).is_empty() {
            passing.map(|(document, _)| Hit { id: document.id.clone(), score: 0 }).rev().collect()
        } else {
            let score = |terms| {
                let sum = shares(&weights, &impacts, terms).iter().map(|(one, _)| one).sum();
                impacts.score(sum, impact::class(length(terms)))
            };
            let hits = passing.map(|(one, terms)| Hit { id: one.id.clone(), score: score(terms) });
            let mut hits: Vec<Hit> = hits.filter(|hit| hit.score > 0).collect();
            hits.sort_by(|one, other| other.score.cmp(&one.score).then(one.id.cmp(&other.id)));
            hits
        };
        let total = hits.len() as u64;
        hits = hits.into_iter().skip(offset).take(limit).collect();
        let ceiling = weights.iter().map(|(.., weight)| weight * RATIO_ONE).sum();
        Found { hits, total, ceiling, exact: true }
    }

    pub(super) fn explain(&self, text: &str, id: &str) -> Vec<TermShare> {
        let Some((_, terms)) = self.documents.get(id) else { return Vec::new() };
        let mut shares = shares(&self.weights(text), &self.impacts(), terms);
        shares.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        let whole: u64 = shares.iter().map(|(share, _)| u64::from(*share)).sum();
        let permille = |share: u32| (u64::from(share) * 1_000 / whole) as u16;
        shares
            .into_iter()
            .map(|(share, term)| TermShare { term, share_permille: permille(share) })
            .collect()
    }
}

/// What each term adds to a document's score.
fn shares(
    weights: &[(Key, String, u32)],
    impacts: &Impacts,
    terms: &Terms,
) -> Vec<(u32, String)> {
    let length = length(terms);
    let shares = weights.iter().filter_map(|(key, reading, weight)| {
        let ratio = match terms.get(key)?.0 {
            1 => RATIO_ONE,
            more => impacts.ratios[usize::from(impact::code(more, length))],
        };
        Some((weight * ratio, reading.clone()))
    });
    shares.collect()
}

fn length(terms: &Terms) -> u32 {
    terms.values().map(|(frequency, _)| frequency).sum()
}

fn passes(document: &Document, filter: &Filter) -> bool {
    let labels = &document.labels;
    let any = |wanted: &[String], value: &String| {
        wanted.is_empty() || (!value.is_empty() && wanted.contains(value))
    };
    any(&filter.states, &labels.state)
        && any(&filter.tenants, &labels.tenant)
        && any(&filter.fields, &labels.field)
        && any(&filter.stages, &labels.stage)
        && (filter.pools.is_empty() || labels.pools.iter().any(|pool| any(&filter.pools, pool)))
}
