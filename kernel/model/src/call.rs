//! One call of a plugin, whole: since plugins are pure, whoever has the call and the version has the answer.

use serde::{Deserialize, Serialize};

use crate::Sight;
use crate::contract::{AchievementView, Context, NeedView, Reply, RunView};

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
        /// The fields that were granted, where they are not all that the manifest declares.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sees: Option<Sight>,
    },
    /// A niche pool's.
    Classify {
        /// For whom and how.
        context: Context,
        /// The achievements, 1–500.
        achievements: Vec<AchievementView<'a>>,
        /// The fields that were granted, where they are not all that the manifest declares.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sees: Option<Sight>,
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
