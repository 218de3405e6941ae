//! Building a score that adds up.

use crate::{Evidence, Factor, Score};

/// Most pieces of evidence that a factor may name.
const EVIDENCE_MAX: usize = 8;

/// Whole of the weights, and the highest value, in per mille.
const WHOLE: u32 = 1000;

impl Score {
    /// Begins a score for the candidate of this id.
    pub fn build(id: &str) -> ScoreBuilder {
        ScoreBuilder { id: id.to_owned(), factors: Vec::with_capacity(4) }
    }
}

/// A score in the making: factors with their weights, values and evidence.
pub struct ScoreBuilder {
    id: String,
    factors: Vec<Factor>,
}

impl ScoreBuilder {
    /// Adds a factor: a key of `Scorer::factors`, its weight and its value, both 0–1000.
    ///
    /// A value above 1000 counts as 1000. Weights should add up to 1000; if they don't, `done`
    /// scales them.
    #[must_use]
    pub fn factor(mut self, key: &str, weight: u16, value: u16) -> Self {
        let value = value.min(1000);
        self.factors.push(Factor { key: key.to_owned(), weight, value, evidence: Vec::new() });
        self
    }

    /// Says why the last factor has its value. Beyond eight reasons the rest is left out.
    #[must_use]
    pub fn because(mut self, evidence: Evidence) -> Self {
        if let Some(factor) = self.factors.last_mut() {
            if factor.evidence.len() < EVIDENCE_MAX {
                factor.evidence.push(evidence);
            }
        }
        self
    }

    /// Says why the last factor has its value, with several reasons or none.
    #[must_use]
    pub fn because_all(self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        evidence.into_iter().fold(self, Self::because)
    }

    /// Adds the factors up: Σ weight × value / 1000, rounded down.
    ///
    /// Weights that don't add up to 1000 are scaled so that they do; what rounding leaves goes to
    /// the first factor. If all are 0 the first has everything.
    #[must_use]
    pub fn done(mut self) -> Score {
        let sum: u32 = self.factors.iter().map(|factor| u32::from(factor.weight)).sum();
        if sum != WHOLE {
            self.scale(sum);
        }
        let value: u32 = self
            .factors
            .iter()
            .map(|factor| u32::from(factor.weight) * u32::from(factor.value))
            .sum();
        Score { id: self.id, value: per_mille(value / WHOLE), factors: self.factors }
    }

    fn scale(&mut self, sum: u32) {
        let mut left = WHOLE;
        for factor in &mut self.factors {
            let share = (u32::from(factor.weight) * WHOLE).checked_div(sum).unwrap_or(0);
            factor.weight = per_mille(share);
            left -= share;
        }
        if let Some(first) = self.factors.first_mut() {
            first.weight += per_mille(left);
        }
    }
}

fn per_mille(value: u32) -> u16 {
    u16::try_from(value.min(WHOLE)).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use crate::{Score, found};

    #[track_caller]
    fn check(parts: &[(u16, u16)], weights: &[u16], value: u16) {
        let build = parts
            .iter()
            .fold(Score::build("a"), |build, (weight, value)| build.factor("k", *weight, *value));
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
    fn a_factor_has_at_most_eight_reasons() {
        let evidence = (0..20).map(|_| found("title", ""));
        let score = Score::build("a").factor("k", 1000, 1).because_all(evidence).done();
        assert_eq!(score.factors[0].evidence.len(), 8);
    }
}
