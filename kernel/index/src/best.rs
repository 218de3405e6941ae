//! The best of many, of which most are not even looked at.

use std::cmp::Ordering;

use crate::index::State;

/// A document that may be among the best.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) score: u32,
    /// Σ weight × ratio: what its score comes from.
    pub(crate) sum: u32,
    pub(crate) part: u32,
    pub(crate) place: u16,
}

impl Candidate {
    /// The better first: by score, then by identifier.
    pub(crate) fn order(&self, other: &Self, state: &State) -> Ordering {
        let tie = || match self.part == other.part {
            true => self.place.cmp(&other.place),
            false => self.id(state).cmp(other.id(state)),
        };
        other.score.cmp(&self.score).then_with(tie)
    }

    pub(crate) fn id<'a>(&self, state: &'a State) -> &'a str {
        state.parts[self.part as usize].block.ids.at(usize::from(self.place))
    }
}

/// The best so far, and up to as many again that have not been compared yet.
pub(crate) struct Best<'a> {
    state: &'a State,
    /// How many are wanted.
    wanted: usize,
    candidates: Vec<Candidate>,
    /// The last of the wanted when they were last compared; absent while there are fewer.
    last: Option<Candidate>,
}

impl<'a> Best<'a> {
    pub(crate) fn new(state: &'a State, wanted: usize) -> Self {
        Self { state, wanted, candidates: Vec::new(), last: None }
    }

    /// The least score worth offering.
    pub(crate) fn floor(&self) -> u32 {
        match self.wanted {
            0 => u32::MAX,
            _ => self.last.map_or(1, |last| last.score),
        }
    }

    /// Takes a candidate, unless it is behind the last of the wanted.
    pub(crate) fn offer(&mut self, candidate: Candidate) -> bool {
        let behind = |last: Candidate| last.order(&candidate, self.state) == Ordering::Less;
        if self.wanted == 0 || self.last.is_some_and(behind) {
            return false;
        }
        self.candidates.push(candidate);
        if self.candidates.len() >= self.wanted * 2 {
            self.compare();
        }
        true
    }

    /// Keeps the wanted ones.
    fn compare(&mut self) {
        let state = self.state;
        if self.candidates.len() >= self.wanted {
            let (_, last, _) = self
                .candidates
                .select_nth_unstable_by(self.wanted - 1, |one, other| one.order(other, state));
            self.last = Some(*last);
            self.candidates.truncate(self.wanted);
        }
    }

    /// The wanted ones, the best first.
    pub(crate) fn finish(mut self) -> Vec<Candidate> {
        let state = self.state;
        self.candidates.sort_unstable_by(|one, other| one.order(other, state));
        self.candidates.truncate(self.wanted);
        self.candidates
    }
}
