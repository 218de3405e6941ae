//! A closer look at few texts: what the sums over postings cannot see.
//!
//! Postings say how often a term stands in a document, not where, and nothing of terms that nearly
//! match. So the best of the candidates are read once more, and three things are looked at in their
//! texts beside the sum:
//! - **together**: how much of the query stands together somewhere, within [`NEAR_TERMS`] terms;
//! - **letters**: BM25's part over single ideographs, for 检验 and 检测 have one in common;
//! - **likelihood**: how much likelier a text that is written like this one has the query's terms than
//!   any text has (a language model, smoothed after Dirichlet): it counts *again* for a rare term
//!   where BM25 is saturated, and takes length otherwise into account.
//!
//! What comes out orders texts for one query. It is no share of the ceiling: how likely a term is in
//! any text depends on the pool, so the same text may come to more or to less in another.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::impact;
use crate::index::State;
use crate::plan::Plan;
use crate::text::{self, Key, TEXT_CHARS_MAX};

/// Terms that stand near one another.
const NEAR_TERMS: usize = 60;

/// Terms that a text is lent from the language of all, so that it has every term a little.
const LENT_TERMS: f64 = 250.0;

/// How often a document that has a term has it, in the mean: for how likely it is in any text. From
/// the development pool; the postings' own frequencies would have to be added up for more.
const TIMES_PER_DOCUMENT: f64 = 1.3;

// The weights were chosen by nDCG@10 on every other development query of `taihu bench quality` in a
// prototype: that half gained 0.005, the other 0.003. Here 0.8964 became 0.8996 on all, and around the
// weights the figure is flat.

/// How much standing together counts beside the sum.
const TOGETHER: f64 = 0.13;

/// How much letters count beside the sum.
const LETTERS: f64 = 0.13;

/// How much likelihood counts beside the sum.
const LIKELIHOOD: f64 = 0.5;

/// A term of the query.
#[derive(Debug, Clone, Copy)]
struct Asked {
    /// Its share of the weight of all.
    weight: f64,
    /// How much its likelihood counts.
    language: f64,
    /// 1 ÷ how often it is lent.
    odds: f64,
}

/// A query, ready to read texts by.
#[derive(Debug)]
pub struct Closer {
    ceiling: u32,
    /// Mean length of all documents, in terms.
    average: f64,
    terms: Table<Key, Asked>,
    /// The shares of the query's ideographs.
    letters: Table<char, f64>,
    /// What all terms' likelihood counts.
    language: f64,
}

impl Closer {
    pub(crate) fn new(state: &State, plan: &Plan) -> Self {
        let living = state.living() as f64;
        let whole: f64 = plan.terms.iter().map(|term| f64::from(term.weight)).sum();
        let terms: Vec<(Key, Asked)> = plan
            .terms
            .iter()
            .map(|term| {
                let rarity = term.rarity.max(0.1);
                let having = (living + 1.0) / term.rarity.exp();
                let lent = LENT_TERMS * having * TIMES_PER_DOCUMENT
                    / (living * plan.average.max(1.0)).max(1.0);
                let weight = f64::from(term.weight) / whole;
                (term.key, Asked { weight, language: weight / rarity, odds: 1.0 / lent })
            })
            .collect();
        Self {
            ceiling: plan.ceiling(),
            average: plan.average,
            language: terms.iter().map(|(_, term)| term.language).sum::<f64>(),
            letters: letters(plan),
            terms: Table::new(terms),
        }
    }

    /// How near a document that has this text and was found with that score comes to the query, after a
    /// closer look; greater is nearer, a score of the ceiling alone is 1.
    ///
    /// Always a number, and the same for the same query, text and score over the same documents.
    #[must_use]
    pub fn nearness(&self, text: &str, found: u32) -> f64 {
        let sum = f64::from(found) / f64::from(self.ceiling.max(1));
        let folded = text::fold(text, TEXT_CHARS_MAX);
        let (mut hits, mut length) = (Vec::new(), 0_usize);
        text::terms(&folded, |key, _, _| {
            if let Some(at) = self.terms.find(key) {
                hits.push((length, at));
            }
            length += 1;
        });
        if hits.is_empty() {
            return sum;
        }
        sum + TOGETHER * self.together(&hits)
            + LETTERS * self.lettered(&folded, length)
            + LIKELIHOOD * self.likelihood(&hits, length)
    }

    /// The most of the query's weight that stands within [`NEAR_TERMS`] terms; 0 to 1.
    fn together(&self, hits: &[(usize, usize)]) -> f64 {
        let mut inside = vec![0_u32; self.terms.len()];
        let (mut from, mut sum, mut best) = (0, 0.0, 0.0_f64);
        for (place, term) in hits {
            if inside[*term] == 0 {
                sum += self.terms.get(*term).weight;
            }
            inside[*term] += 1;
            while place - hits[from].0 > NEAR_TERMS {
                let left = hits[from].1;
                inside[left] -= 1;
                if inside[left] == 0 {
                    sum -= self.terms.get(left).weight;
                }
                from += 1;
            }
            best = best.max(sum);
        }
        best
    }

    /// BM25's part over the query's single ideographs; 0 to 1.
    fn lettered(&self, folded: &str, length: usize) -> f64 {
        let mut counts = vec![0_u32; self.letters.len()];
        for at in folded.chars().filter_map(|letter| self.letters.find(letter)) {
            counts[at] += 1;
        }
        let k = impact::k(length as f64, self.average);
        let parts = counts.iter().enumerate().map(|(at, count)| {
            let count = f64::from(*count);
            self.letters.get(at) * count / (count + k)
        });
        parts.sum()
    }

    /// The logarithm of how much likelier this text's language has the query than that of all, by
    /// the query's whole weight; about −0.5 to 1.
    fn likelihood(&self, hits: &[(usize, usize)], length: usize) -> f64 {
        let mut counts = vec![0_u32; self.terms.len()];
        hits.iter().for_each(|(_, term)| counts[*term] += 1);
        let had = counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(at, count)| {
            let term = self.terms.get(at);
            term.language * (f64::from(*count) * term.odds).ln_1p()
        });
        had.sum::<f64>() - self.language * (length as f64 / LENT_TERMS).ln_1p()
    }
}

/// What each ideograph of a query counts: as the commonest of the bigrams that it stands in tells, as
/// often as it stands there.
fn letters(plan: &Plan) -> Table<char, f64> {
    let mut rarities: BTreeMap<char, f64> = BTreeMap::new();
    for term in &plan.terms {
        let stretch = &plan.folded[term.at.clone()];
        for letter in stretch.chars().filter(|letter| text::is_ideograph(*letter)) {
            let rarity = rarities.entry(letter).or_insert(term.rarity);
            *rarity = rarity.min(term.rarity);
        }
    }
    let mut weights = rarities.clone();
    weights.values_mut().for_each(|weight| *weight = 0.0);
    for letter in plan.folded.chars() {
        if let Some(weight) = weights.get_mut(&letter) {
            *weight += rarities[&letter];
        }
    }
    // Words have no letters that could be had alone, but their part of the query.
    let bigram = |at: &Range<usize>| plan.folded[at.clone()].starts_with(text::is_ideograph);
    let words = plan.terms.iter().filter(|term| !bigram(&term.at)).map(|term| term.rarity);
    let whole = weights.values().sum::<f64>() + words.sum::<f64>();
    Table::new(weights.into_iter().map(|(letter, weight)| (letter, weight / whole)).collect())
}

/// Bits of [`Table::seen`].
const SEEN_BITS: usize = 4_096;

/// A few things that much is looked up among, nearly always in vain.
#[derive(Debug)]
struct Table<K, V> {
    /// Ascending.
    keys: Vec<K>,
    values: Vec<V>,
    /// Which keys there may be, by their last bits.
    seen: Box<[u64; SEEN_BITS / 64]>,
}

impl<K: Copy + Ord + Into<u64>, V: Copy> Table<K, V> {
    fn new(mut entries: Vec<(K, V)>) -> Self {
        entries.sort_unstable_by_key(|(key, _)| *key);
        let mut seen = Box::new([0; SEEN_BITS / 64]);
        for (key, _) in &entries {
            let (word, bit) = place(*key);
            seen[word] |= bit;
        }
        let (keys, values) = entries.into_iter().unzip();
        Self { keys, values, seen }
    }

    fn find(&self, key: K) -> Option<usize> {
        let (word, bit) = place(key);
        if self.seen[word] & bit == 0 { None } else { self.keys.binary_search(&key).ok() }
    }

    fn get(&self, at: usize) -> V {
        self.values[at]
    }

    fn len(&self) -> usize {
        self.keys.len()
    }
}

/// Where a key's bit is.
fn place<K: Into<u64>>(key: K) -> (usize, u64) {
    let at = key.into() as usize % SEEN_BITS;
    (at / 64, 1 << (at % 64))
}

#[cfg(test)]
mod tests {
    use crate::{Cursors, Document, Index, Update};

    const ASKED: &str = "锂电池负极材料容量衰减快，YOLOv8";

    /// An index in which the terms of the query are rare.
    fn index(texts: &[&str]) -> Index {
        let index = Index::new();
        let other = (0..200).map(|nth| format!("毛竹竹材展平与胶合工艺之{nth}"));
        let known = std::iter::once(ASKED.to_owned());
        let texts = texts.iter().map(|text| (*text).to_owned()).chain(known).chain(other);
        let put = |(nth, text)| {
            Update::Put(Document { id: format!("a{nth:03}"), text, ..Document::default() })
        };
        index.apply(texts.enumerate().map(put).collect(), &Cursors::new());
        index
    }

    /// The first text is nearer than the second, though the sums alone know no difference.
    #[track_caller]
    fn check(better: &str, worse: &str) {
        let closer = index(&[better, worse]).ask(ASKED).closer();
        let near = |text| closer.nearness(text, 7);
        assert!(near(better) > near(worse), "{better}: {} {}", near(better), near(worse));
    }

    #[test]
    fn what_stands_together_counts_more() {
        let between = "毛竹竹材展平与胶合工艺".repeat(8);
        check(
            &format!("锂电池负极材料的容量衰减{between}{between}"),
            &format!("锂电池{between}负极材料的容量{between}衰减"),
        );
    }

    #[test]
    fn letters_in_common_count() {
        check("电池负极的衰老", "电池负极的试样");
    }

    #[test]
    fn of_texts_with_the_same_terms_the_one_that_is_about_them_is_nearer() {
        check("锂电池负极", &format!("锂电池负极{}", "毛竹竹材展平".repeat(30)));
    }

    #[test]
    fn nearness_is_a_number() {
        let long = ASKED.repeat(2_000);
        let index = index(&[ASKED, &long]);
        for asked in ["", "，。", "😀", "丁香花开", ASKED, &long] {
            let closer = index.ask(asked).closer();
            for text in ["", "，。", "😀", "毛竹竹材展平", "衰减😀", "YOLOv8", ASKED, &long]
            {
                let near = [0, 7, u32::MAX].map(|found| closer.nearness(text, found));
                assert!(near.iter().all(|near| near.is_finite()), "{asked}, {text}: {near:?}");
                assert!(near[0] <= near[1] && near[1] <= near[2], "{asked}, {text}: {near:?}");
            }
        }
    }
}
