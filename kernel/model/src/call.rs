//! One call of a plugin, whole: since plugins are pure, whoever has the call and the version has the answer.

use serde::{Deserialize, Serialize};

use crate::Digest;
use crate::contract::{AchievementView, Context, Decision, NeedView, Reply, RunView, Score, Step};

/// A call: the function and every argument, as the plugin saw them.
///
/// Its bytes are its JSON, the same on every machine; their digest names it in a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "function", rename_all = "snake_case")]
pub enum PluginCall<'a> {
    /// A scorer's.
    Score {
        /// For whom and how.
        context: Context,
        /// The need.
        need: NeedView<'a>,
        /// The candidates, 1–500.
        candidates: Vec<AchievementView<'a>>,
    },
    /// A niche pool's.
    Classify {
        /// For whom and how.
        context: Context,
        /// The achievements, 1–500.
        achievements: Vec<AchievementView<'a>>,
    },
    /// A connector's.
    Next {
        /// For whom and how.
        context: Context,
        /// The run.
        run: RunView,
        /// The state that it goes on from.
        state: String,
        /// The reply to its ask, if it asked.
        reply: Option<Reply>,
    },
}

impl PluginCall<'_> {
    /// The bytes that its digest is taken of.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain data in the order of its declaration: serialisation cannot fail, and is the same each time.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// What a call was answered, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "function", content = "answer", rename_all = "snake_case")]
pub enum PluginAnswer {
    /// One score for each candidate, in their order.
    Score(Vec<Score>),
    /// One decision for each achievement, in their order.
    Classify(Vec<Decision>),
    /// One step of a run.
    Next(Step),
}

impl PluginAnswer {
    /// The bytes that its digest is taken of.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The digest that a receipt holds.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }
}
