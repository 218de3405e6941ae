//! Building scores that add up.

use crate::bindings::scoring as raw;
use crate::{Achievement, Evidence, FactorDescription};

/// Most pieces of evidence that a factor may name.
const EVIDENCE_MAX: u16 = 8;

/// Whole of the weights, and the highest value, in per mille.
const WHOLE: u32 = 1000;

/// Room that a score begins with: most have no more factors and evidence.
const FACTORS_USUAL: usize = 8;
const EVIDENCE_USUAL: usize = 16;

/// How well one candidate answers the need.
#[derive(Debug, Clone)]
pub struct Score {
    row: u32,
    value: u16,
    factors: Vec<Factor>,
    evidence: Vec<[u32; 3]>,
}

#[derive(Debug, Clone, Copy)]
struct Factor {
    key: &'static str,
    weight: u16,
    value: u16,
    evidence: u16,
}

impl Score {
    /// Begins a score for a candidate.
    #[inline]
    pub fn build<'a>(candidate: &'a Achievement<'a>) -> ScoreBuilder<'a> {
        ScoreBuilder {
            candidate,
            score: Score {
                row: u32::try_from(candidate.row).unwrap_or(u32::MAX),
                value: 0,
                factors: Vec::with_capacity(FACTORS_USUAL),
                evidence: Vec::with_capacity(EVIDENCE_USUAL),
            },
        }
    }

    /// 0–1000.
    pub fn value(&self) -> u16 {
        self.value
    }
}

/// A score in the making: factors with their weights, values and evidence.
#[derive(Debug)]
pub struct ScoreBuilder<'a> {
    candidate: &'a Achievement<'a>,
    score: Score,
}

impl ScoreBuilder<'_> {
    /// Adds a factor: a key of `Scorer::factors`, its weight and its value, both 0–1000.
    ///
    /// A value above 1000 counts as 1000. Weights should add up to 1000; if they don't, `done`
    /// scales them.
    #[must_use]
    #[inline]
    pub fn factor(mut self, key: &'static str, weight: u16, value: u16) -> Self {
        let value = value.min(1000);
        self.score.factors.push(Factor { key, weight, value, evidence: 0 });
        self
    }

    /// Says why the last factor has its value. Beyond eight reasons the rest is left out, and so is
    /// a field that was not granted.
    #[must_use]
    #[inline]
    pub fn because(mut self, evidence: Evidence<'_>) -> Self {
        self.add(evidence);
        self
    }

    /// The same for several reasons.
    #[must_use]
    #[inline]
    pub fn because_all<'e>(mut self, evidence: impl IntoIterator<Item = Evidence<'e>>) -> Self {
        for one in evidence {
            self.add(one);
        }
        self
    }

    #[inline]
    fn add(&mut self, evidence: Evidence<'_>) {
        let Some(factor) = self.score.factors.last_mut() else { return };
        if factor.evidence == EVIDENCE_MAX {
            return;
        }
        if let Some(located) = evidence.locate(self.candidate) {
            factor.evidence += 1;
            self.score.evidence.push(located);
        }
    }

    /// The score: the sum of its factors. Weights that do not add up to 1000 are scaled first.
    #[must_use]
    #[inline]
    pub fn done(mut self) -> Score {
        let factors = &mut self.score.factors;
        let sum = factors.iter().map(|factor| u32::from(factor.weight)).sum();
        if sum != WHOLE {
            scale(factors, sum);
        }
        let value: u32 = factors.iter().map(|it| u32::from(it.weight) * u32::from(it.value)).sum();
        self.score.value = per_mille(value / WHOLE);
        self.score
    }
}

#[cold]
fn scale(factors: &mut [Factor], sum: u32) {
    let mut left = WHOLE;
    for factor in factors.iter_mut() {
        let share = (u32::from(factor.weight) * WHOLE).checked_div(sum).unwrap_or(0);
        factor.weight = per_mille(share);
        left -= share;
    }
    if let Some(first) = factors.first_mut() {
        first.weight += per_mille(left);
    }
}

fn per_mille(value: u32) -> u16 {
    u16::try_from(value.min(WHOLE)).unwrap_or(1000)
}

/// The scores of a batch, in the order of its candidates; collected from an iterator of [`Score`]s.
#[derive(Debug, Default)]
pub struct Scores {
    flat: raw::Scores,
    /// The keys of factors that were named, in the order they came up: what `flat` has numbers of.
    keys: Vec<&'static str>,
}

impl Scores {
    /// The value of every candidate, in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = u16> {
        self.flat.scores.chunks_exact(3).map(|score| per_mille(score[1]))
    }

    fn push(&mut self, score: &Score) {
        for (at, factor) in score.factors.iter().enumerate() {
            let key = self.number(at, factor.key);
            let Factor { weight, value, evidence, .. } = *factor;
            self.flat.factors.extend_from_slice(&[key, weight, value, evidence]);
        }
        self.flat.evidence.extend_from_slice(score.evidence.as_flattened());
        let factors = u32::try_from(score.factors.len()).unwrap_or(u32::MAX);
        self.flat.scores.extend_from_slice(&[score.row, u32::from(score.value), factors]);
    }

    /// The number of a key: mostly scores name the same factors in the same order, so the key at the
    /// same place is looked at first, and mostly it is the very same text.
    #[inline]
    fn number(&mut self, at: usize, key: &'static str) -> u16 {
        match self.keys.get(at) {
            Some(known) if std::ptr::eq(*known, key) => u16::try_from(at).unwrap_or(u16::MAX),
            _ => self.number_of(key),
        }
    }

    #[cold]
    fn number_of(&mut self, key: &'static str) -> u16 {
        let known = self.keys.iter().position(|known| *known == key);
        let at = known.unwrap_or_else(|| {
            self.keys.push(key);
            self.keys.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// As the contract has it: factors by their place in the description. A key that is not
    /// described has no place, and the kernel will say so.
    pub(crate) fn described(mut self, factors: &[FactorDescription]) -> raw::Scores {
        let place = |key: &&'static str| {
            let at = factors.iter().position(|factor| factor.key == *key);
            at.and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX)
        };
        let places: Vec<u16> = self.keys.iter().map(place).collect();
        let in_order = places.iter().enumerate().all(|(at, place)| at == usize::from(*place));
        if !in_order {
            for key in self.flat.factors.iter_mut().step_by(4) {
                *key = places.get(usize::from(*key)).copied().unwrap_or(u16::MAX);
            }
        }
        self.flat
    }
}

impl FromIterator<Score> for Scores {
    fn from_iter<I: IntoIterator<Item = Score>>(scores: I) -> Self {
        let mut scores = scores.into_iter();
        let Some(first) = scores.next() else { return Self::default() };
        // Most scores of a batch are as long as the first: three lists grow only once.
        let count = scores.size_hint().0 + 1;
        let flat = raw::Scores {
            scores: Vec::with_capacity(count * 3),
            factors: Vec::with_capacity(count * first.factors.len() * 4),
            evidence: Vec::with_capacity(count * first.evidence.len() * 3),
        };
        let mut all = Self { flat, keys: Vec::with_capacity(first.factors.len()) };
        all.push(&first);
        drop(first);
        for score in scores {
            all.push(&score);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::{Factor, scale};
    use crate::table::Batch;
    use crate::{Score, Scores, bindings, factor, found};

    fn table() -> bindings::types::Table {
        let texts = |text: &str, ends: &[u32]| bindings::types::Texts {
            text: text.to_owned(),
            ends: ends.to_vec(),
        };
        let title = bindings::types::Values::Text(texts("电池竹", &[6, 9]));
        bindings::types::Table {
            ids: texts("ab", &[1, 2]),
            columns: vec![bindings::types::Column { name: "title".to_owned(), values: title }],
        }
    }

    #[track_caller]
    fn check(parts: &[(u16, u16)], weights: &[u16], value: u16) {
        let table = table();
        let batch = Batch::of(&table, None);
        let candidate = batch.achievement(0);
        let build = parts.iter().fold(Score::build(&candidate), |build, (weight, value)| {
            build.factor("k", *weight, *value)
        });
        let score = build.done();
        let got: Vec<u16> = score.factors.iter().map(|factor| factor.weight).collect();
        assert_eq!(got, weights, "weights of {parts:?}");
        assert_eq!(score.value, value, "value of {parts:?}");
    }

    #[test]
    fn weights_add_up_to_a_thousand() {
        check(&[(400, 700), (600, 500)], &[400, 600], 580);
        check(&[(1, 1000), (1, 0), (1, 0)], &[334, 333, 333], 334);
        check(&[(4, 700), (6, 500)], &[400, 600], 580);
        check(&[(0, 300), (0, 900)], &[1000, 0], 300);
        check(&[(u16::MAX, 2000), (u16::MAX, 0)], &[500, 500], 500);
        check(&[], &[], 0);
    }

    #[test]
    fn scaling_nothing_is_harmless() {
        let mut none: [Factor; 0] = [];
        scale(&mut none, 0);
    }

    #[test]
    fn a_factor_has_at_most_eight_reasons_and_only_of_fields_that_were_given() {
        let table = table();
        let batch = Batch::of(&table, None);
        let candidate = batch.achievement(0);
        let evidence = (0..20).map(|_| found("title", "池"));
        let score = Score::build(&candidate)
            .factor("k", 1000, 1)
            .because(found("summary", ""))
            .because(found("colour", ""))
            .because_all(evidence)
            .done();
        assert_eq!(score.factors[0].evidence, 8);
        assert_eq!(score.evidence.len(), 8);
        assert_eq!(score.evidence[0], [0, 3, 6]);
    }

    #[test]
    fn factors_get_the_numbers_of_their_description() {
        let table = table();
        let batch = Batch::of(&table, None);
        let scores: Scores = (0..2)
            .map(|row| {
                let candidate = batch.achievement(row);
                let keys = if row == 0 { ["b", "a"] } else { ["x", "b"] };
                Score::build(&candidate).factor(keys[0], 500, 2).factor(keys[1], 500, 4).done()
            })
            .collect();
        let flat = scores.described(&[factor("a", "甲", ""), factor("b", "乙", "")]);
        let keys: Vec<u16> = flat.factors.iter().copied().step_by(4).collect();
        assert_eq!(keys, [1, 0, u16::MAX, 1]);
        assert_eq!(flat.scores.iter().step_by(3).collect::<Vec<_>>(), [&0, &1]);
    }
}
