//! A pool in a map, searched by reading every document.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Filter, Found, Hit, Kind, TermShare, Update};
use crate::facets::Facet;
use crate::impact::{self, Impacts, RATIO_ONE};
use crate::plan::{self, Asked};
use crate::search::Order;
use crate::suggest::Suggestion;
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
        let reading = text::reading(key, &folded[start..end]);
        terms.entry(key).or_insert_with(|| (0, reading.to_owned())).0 += 1;
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
            .map(|(weight, at)| {
                let reading = text::reading(terms[at].key, &folded[terms[at].at.clone()]);
                (terms[at].key, reading.to_owned(), weight)
            })
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

    /// Every match in an order.
    pub(super) fn search(&self, text: &str, filter: &Filter, order: Order) -> Vec<Hit> {
        let mut hits = self.find(text, filter, 0, usize::MAX).hits;
        if order == Order::Date || text::fold(text, QUERY_CHARS_MAX).is_empty() {
            let date = |hit: &Hit| self.documents[&hit.id].0.date;
            hits.sort_by(|a, b| date(b).cmp(&date(a)).then(b.id.cmp(&a.id)));
        }
        hits
    }

    /// Each label of each match of everything but the filter's part of its kind.
    pub(super) fn facets(&self, text: &str, filter: &Filter) -> Vec<Facet> {
        let facet = |kind| {
            let mut others = filter.clone();
            match kind {
                Kind::State => others.states.clear(),
                Kind::Tenant => others.tenants.clear(),
                Kind::Pool => others.pools.clear(),
                Kind::Field => others.fields.clear(),
                Kind::Stage => others.stages.clear(),
                Kind::Mode => others.modes.clear(),
                Kind::Chain => others.chains.clear(),
            }
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for hit in self.find(text, &others, 0, usize::MAX).hits {
                let labels = self.documents[&hit.id].0.labels.clone();
                let values = match kind {
                    Kind::State => vec![labels.state],
                    Kind::Tenant => vec![labels.tenant],
                    Kind::Pool => labels.pools,
                    Kind::Field => vec![labels.field],
                    Kind::Stage => vec![labels.stage],
                    Kind::Mode => labels.modes,
                    Kind::Chain => labels.chains,
                };
                let values: BTreeSet<String> = values.into_iter().collect();
                for value in values.into_iter().filter(|value| !value.is_empty()) {
                    *counts.entry(value).or_default() += 1;
                }
            }
            let mut values: Vec<(String, u64)> = counts.into_iter().collect();
            values.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            Facet { kind, values }
        };
        Kind::ALL.into_iter().map(facet).collect()
    }

    pub(super) fn suggest(&self, begun: &str) -> Vec<Suggestion> {
        let begun = text::fold(begun, QUERY_CHARS_MAX);
        let mut forms: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (document, _) in self.documents.values() {
            let mut seen = BTreeSet::new();
            for phrase in &document.phrases {
                let folded = text::fold(phrase, QUERY_CHARS_MAX);
                let fits = !begun.is_empty() && folded.starts_with(&begun);
                if fits && seen.insert(folded.clone()) {
                    let written = taihu_model::normalise(phrase);
                    *forms.entry(folded).or_default().entry(written).or_default() += 1;
                }
            }
        }
        let mut found: Vec<(String, Suggestion)> = Vec::new();
        for (folded, forms) in forms {
            let count = forms.values().sum();
            let most = forms.values().max().copied().unwrap_or(0);
            let text = forms.into_iter().find(|(_, count)| *count == most).unwrap().0;
            found.push((folded, Suggestion { text, count }));
        }
        found.sort_by(|(a, one), (b, other)| {
            other.count.cmp(&one.count).then(a.len().cmp(&b.len())).then(a.cmp(b))
        });
        found.into_iter().map(|(_, one)| one).take(10).collect()
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
fn shares(weights: &[(Key, String, u32)], impacts: &Impacts, terms: &Terms) -> Vec<(u32, String)> {
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
    let some = |wanted: &[String], values: &[String]| {
        wanted.is_empty() || values.iter().any(|value| any(wanted, value))
    };
    any(&filter.states, &labels.state)
        && any(&filter.tenants, &labels.tenant)
        && any(&filter.fields, &labels.field)
        && any(&filter.stages, &labels.stage)
        && some(&filter.pools, &labels.pools)
        && some(&filter.modes, &labels.modes)
        && some(&filter.chains, &labels.chains)
}
