//! How far the maker of vectors has come: one record beside the vectors, written with them.

use serde::{Deserialize, Serialize};
use taihu_store::Seq;

use super::vector::Mark;

/// Where the maker goes on, after a restart too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Mark of the model whose vectors are made.
    pub(super) model: String,
    /// Commits of the city's log that were looked through.
    pub(super) cursor: Seq,
    /// The last achievement of the sweep through all of them; nothing once it came to its end.
    pub(super) sweep: Option<String>,
    /// Vectors of this model in the store.
    pub(super) vectors: u64,
}

impl Position {
    /// The beginning for a model: everything from here on is followed, everything before is swept.
    pub(super) fn beginning(model: Mark, head: Seq) -> Self {
        Self { model: model.to_string(), cursor: head, sweep: Some(String::new()), vectors: 0 }
    }

    /// The same place, with what has changed hands since.
    pub(super) fn counted(mut self, fresh: u64, gone: u64) -> Self {
        self.vectors = (self.vectors + fresh).saturating_sub(gone);
        self
    }
}
