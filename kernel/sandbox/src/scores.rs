//! The checked scores of a batch, as flat as they came: a score with its quotes is made on demand.

use serde::ser::{Serialize, SerializeTuple as _, Serializer};
use taihu_model::Digest;
use taihu_model::contract::{Factor, Score, ScorerDescription};

use crate::bindings::exports::taihu::plugin::scoring as s;
use crate::bindings::taihu::plugin::types as t;
use crate::evidence::Subject;
use crate::table::Table;

/// One score for each candidate, in the order of the batch.
///
/// Values are at hand; factors and quotes are composed for those candidates that are asked for,
/// out of what was sent: of hundreds of candidates ten are shown.
#[derive(Debug, Clone, Default)]
pub struct Scores {
    keys: Vec<String>,
    candidates: Table,
    need: Table,
    scores: Vec<s::CandidateScore>,
    factors: Vec<s::Factor>,
    evidence: Vec<t::Evidence>,
    /// Where the factors of each score and the evidence of its first factor begin.
    begins: Vec<(u32, u32)>,
}

impl Scores {
    /// Takes an answer that has been checked against the same description and tables.
    pub(crate) fn of(
        answer: s::Scores,
        description: &ScorerDescription,
        candidates: Table,
        need: Table,
    ) -> Self {
        let s::Scores { scores, factors, evidence } = answer;
        let (mut factor, mut piece) = (0u32, 0u32);
        let mut begins = Vec::with_capacity(scores.len());
        for score in &scores {
            begins.push((factor, piece));
            let end = factor + u32::from(score.factors);
            let own = factors.get(factor as usize..end as usize).unwrap_or_default();
            piece += own.iter().map(|it| u32::from(it.evidence)).sum::<u32>();
            factor = end;
        }
        let keys = description.factors.iter().map(|it| it.key.clone()).collect();
        Self { keys, candidates, need, scores, factors, evidence, begins }
    }

    /// Digests the answer as it came.
    #[must_use]
    pub fn digest(&self) -> Digest {
        crate::replay::digest(self)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Says whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The value of the candidate at a place, 0–1000; 0 where there is no such candidate.
    #[must_use]
    pub fn value(&self, at: usize) -> u16 {
        self.scores.get(at).map_or(0, |score| score.value)
    }

    /// The value of every candidate, in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = u16> {
        self.scores.iter().map(|score| score.value)
    }

    /// Composes the score of the candidate at a place, with its factors and their quotes.
    #[must_use]
    pub fn score(&self, at: usize) -> Option<Score> {
        let score = self.scores.get(at)?;
        let (factor, piece) = self.begins.get(at)?;
        let subject = Subject { achievements: &self.candidates, row: at, need: Some(&self.need) };
        let mut evidence = self.evidence.iter().skip(*piece as usize);
        let own = self.factors.iter().skip(*factor as usize).take(usize::from(score.factors));
        let factors = own.map(|factor| Factor {
            key: self.keys.get(usize::from(factor.key)).cloned().unwrap_or_default(),
            weight: factor.weight,
            value: factor.value,
            evidence: evidence
                .by_ref()
                .take(usize::from(factor.evidence))
                .filter_map(|piece| subject.quote(piece))
                .collect(),
        });
        let factors = factors.collect();
        Some(Score { id: self.candidates.ids.at(at).to_owned(), value: score.value, factors })
    }

    /// Composes every score, in order.
    pub fn iter(&self) -> impl Iterator<Item = Score> {
        (0..self.len()).filter_map(|at| self.score(at))
    }
}

/// As it came, so that a digest of it says whether two answers were the same.
impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scores: Vec<_> = self.scores.iter().map(|it| (it.row, it.value, it.factors)).collect();
        let factors: Vec<_> =
            self.factors.iter().map(|it| (it.key, it.weight, it.value, it.evidence)).collect();
        let evidence: Vec<_> =
            self.evidence.iter().map(|it| (it.column, it.start, it.end)).collect();
        let mut tuple = serializer.serialize_tuple(3)?;
        tuple.serialize_element(&scores)?;
        tuple.serialize_element(&factors)?;
        tuple.serialize_element(&evidence)?;
        tuple.end()
    }
}
