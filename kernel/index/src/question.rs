//! A text that is asked about more than once.

use std::sync::Arc;

use crate::closer::Closer;
use crate::document::{Filter, Found, TermShare};
use crate::index::{FIND_MAX, State};
use crate::plan::Plan;
use crate::{explain, scan};

/// A text whose terms have been weighed, and the index as it was then: what is found and why it was
/// found go by the same weights, whatever is applied meanwhile.
///
/// Keeps the blocks of that moment in memory, so questions are for moments.
#[derive(Debug)]
pub struct Question {
    state: Arc<State>,
    plan: Plan,
}

impl Question {
    pub(crate) fn new(state: Arc<State>, text: &str) -> Self {
        Self { plan: Plan::new(&state, text), state }
    }

    /// Finds the best `limit` (or [`FIND_MAX`]) documents within a budget: for a text whose terms have
    /// more than `postings_max` postings, the most telling ones that fit into it choose a fifth more
    /// documents than are wanted (and 600 at least), and all terms order those. Otherwise as
    /// [`Index::find`](crate::Index::find). [`Found::exact`] says whether the budget was needed.
    #[must_use]
    pub fn find_within(&self, filter: &Filter, limit: usize, postings_max: usize) -> Found {
        scan::find_within(&self.state, &self.plan, filter, limit.min(FIND_MAX), postings_max)
    }

    /// What reads the texts of the best that were found: see [`Closer::nearness`].
    #[must_use]
    pub fn closer(&self) -> Closer {
        Closer::new(&self.state, &self.plan)
    }

    /// The terms of the text that each of some documents has, in their order: as
    /// [`Index::explain`](crate::Index::explain).
    #[must_use]
    pub fn explain(&self, ids: &[impl AsRef<str>], limit: usize) -> Vec<Vec<TermShare>> {
        explain::explain(&self.state, &self.plan, ids, limit.min(FIND_MAX))
    }
}
