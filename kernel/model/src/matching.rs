//! Score runs and matches.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::Evidence;
use crate::{
    AchievementId, DeclineReason, Digest, MatchId, MatchState, NeedId, PluginName, ScoreRunId,
    TenantSlug, Text,
};

/// One answer to one need: what was asked of whom, and what came of it. Never edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreRun {
    /// Its identifier.
    pub id: ScoreRunId,
    /// The need.
    pub need: NeedId,
    /// The need's tenant.
    pub tenant: TenantSlug,
    /// How many candidates the index gave.
    pub candidates: u32,
    /// Every scorer that was asked.
    pub scorers: Vec<ScorerRun>,
    /// What an embedding endpoint added, if one was configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<MeaningRun>,
    /// Weight of the kernel's own order in the fused score, per mille.
    pub retrieval_weight: u16,
    /// Digest of the fused answer: identifiers, scores and factors in their order.
    pub answer: Digest,
    /// True if a scorer that should have been asked gave no answer: the order is the others' alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub degraded: bool,
    /// Digest of the kept inputs and outputs: what a replay goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Digest>,
    /// When it began.
    pub started: Timestamp,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// What an embedding endpoint added to a score run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeaningRun {
    /// The model's name as it is configured.
    pub model: String,
    /// Its weight beside the kernel's own order, per mille of the same scale; 0 if it failed.
    pub weight: u16,
    /// Candidates that had a vector to compare.
    pub vectors: u32,
    /// Why it added nothing, if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What one scorer did in a score run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScorerRun {
    /// The plugin.
    pub plugin: PluginName,
    /// Its version.
    pub digest: Digest,
    /// Its weight in the fused score, per mille; 0 if it failed.
    pub weight: u16,
    /// Digest of its input: context, need and candidates as it saw them.
    pub input: Digest,
    /// Digest of its answer, if it gave one.
    pub output: Option<Digest>,
    /// Why it gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// A need and an achievement that may answer it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Its identifier.
    pub id: MatchId,
    /// The need.
    pub need: NeedId,
    /// The achievement.
    pub achievement: AchievementId,
    /// The run that found it.
    pub run: ScoreRunId,
    /// 1 for the best.
    pub rank: u16,
    /// Fused score, 0–1000.
    pub score: u16,
    /// Why: every factor, its weight in the fused score and the fields that said so.
    pub factors: Vec<MatchFactor>,
    /// Where it is in its life.
    pub state: MatchState,
    /// Why it was declined, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline_reason: Option<DeclineReason>,
    /// What the enterprise added to that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it last changed.
    pub updated: Timestamp,
}

/// One reason of a match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchFactor {
    /// Who says so: a plugin's name, or `kernel` for the kernel's own order.
    pub by: String,
    /// Key of the factor, unique for its scorer.
    pub key: String,
    /// What people read.
    pub label: Text,
    /// Its share of the fused score in per mille; all of a match add up to 1000 (± rounding).
    pub weight: u16,
    /// How well the achievement does, 0–1000.
    pub value: u16,
    /// Which fields said so.
    pub evidence: Vec<Evidence>,
}
