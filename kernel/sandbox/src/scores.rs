//! The checked scores of a batch, as flat as they came: a score with its quotes is made on demand.

use serde::ser::{Serialize, SerializeTuple as _, Serializer};
use taihu_model::Digest;
use taihu_model::contract::{Factor, Score, ScorerDescription};

use crate::bindings::exports::taihu::plugin::scoring as s;
use crate::evidence::{Subject, pointing};
use crate::table::Table;

/// Numbers of a score: its row, its value, how many factors.
pub(crate) const SCORE: usize = 3;
/// Numbers of a factor: its place in the description, its weight, its value, how much evidence.
pub(crate) const FACTOR: usize = 4;
/// Numbers of a piece of evidence: its column, its start, its end.
pub(crate) const PIECE: usize = 3;

/// One score for each candidate, in the order of the batch.
///
/// Values are at hand; factors and quotes are composed for those candidates that are asked for,
/// out of what was sent: of hundreds of candidates ten are shown.
#[derive(Debug, Clone, Default)]
pub struct Scores {
    keys: Vec<String>,
    candidates: Table,
    need: Table,
    scores: Vec<u32>,
    factors: Vec<u16>,
    evidence: Vec<u32>,
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
        let mut begins = Vec::with_capacity(scores.len() / SCORE);
        let (mut of_factors, _) = factors.as_chunks::<FACTOR>();
        for [_, _, count] in scores.as_chunks::<SCORE>().0 {
            begins.push((factor, piece));
            let (own, rest) = of_factors.split_at_checked(*count as usize).unwrap_or_default();
            piece += own.iter().map(|[_, _, _, evidence]| u32::from(*evidence)).sum::<u32>();
            factor += count;
            of_factors = rest;
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
        self.begins.len()
    }

    /// Says whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.begins.is_empty()
    }

    /// The value of the candidate at a place, 0–1000; 0 where there is no such candidate.
    #[must_use]
    pub fn value(&self, at: usize) -> u16 {
        self.scores.as_chunks::<SCORE>().0.get(at).map_or(0, |[_, value, _]| per_mille(*value))
    }

    /// The value of every candidate, in order.
    pub fn values(&self) -> impl ExactSizeIterator<Item = u16> {
        self.scores.as_chunks::<SCORE>().0.iter().map(|[_, value, _]| per_mille(*value))
    }

    /// Composes the score of the candidate at a place, with its factors and their quotes.
    #[must_use]
    pub fn score(&self, at: usize) -> Option<Score> {
        let [_, value, count] = *self.scores.as_chunks::<SCORE>().0.get(at)?;
        let (factor, piece) = self.begins.get(at)?;
        let subject = Subject { achievements: &self.candidates, row: at, need: Some(&self.need) };
        let mut evidence = self.evidence.as_chunks::<PIECE>().0.iter().skip(*piece as usize);
        let own = self.factors.as_chunks::<FACTOR>().0.iter().skip(*factor as usize);
        let factors = own.take(count as usize).map(|[key, weight, value, pieces]| Factor {
            key: self.keys.get(usize::from(*key)).cloned().unwrap_or_default(),
            weight: *weight,
            value: *value,
            evidence: evidence
                .by_ref()
                .take(usize::from(*pieces))
                .filter_map(|piece| subject.quote(pointing(*piece)))
                .collect(),
        });
        let (id, factors) = (self.candidates.ids.at(at).to_owned(), factors.collect());
        Some(Score { id, value: per_mille(value), factors })
    }

    /// Composes every score, in order.
    pub fn iter(&self) -> impl Iterator<Item = Score> {
        (0..self.len()).filter_map(|at| self.score(at))
    }
}

fn per_mille(value: u32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

/// As it came, so that a digest of it says whether two answers were the same.
impl Serialize for Scores {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let scores = self.scores.as_chunks::<SCORE>().0;
        let factors = self.factors.as_chunks::<FACTOR>().0;
        let evidence = self.evidence.as_chunks::<PIECE>().0;
        let mut tuple = serializer.serialize_tuple(3)?;
        tuple.serialize_element(&scores)?;
        tuple.serialize_element(&factors)?;
        tuple.serialize_element(&evidence)?;
        tuple.end()
    }
}
