//! Score runs, matches, and what people made of them.

use std::collections::BTreeMap;

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
    /// Revision of the tenant's weights that held; 0 for those that a tenant begins with.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weights_revision: u64,
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
    /// Its weight in the fused score, per mille; 0 if it failed or the tenant gives it no say.
    pub weight: u16,
    /// Digest of its input: context, need and candidates as it saw them. Zeros where no receipt is kept.
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
    /// Achievements of the same team that would have been answers too, the best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folded: Vec<AchievementId>,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_zero(revision: &u64) -> bool {
    *revision == 0
}

/// How much each word counts in a tenant's fused scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FusionWeights {
    /// Rises by one with every change; 0 as long as nobody has set any.
    pub revision: u64,
    /// Weight of the kernel's own order, per mille, 1–1000.
    pub retrieval: u16,
    /// Weights of scorers, per mille, 0–1000: 0 is asked and recorded, and has no say. A scorer that
    /// is not named has the weight of its installation.
    #[serde(default)]
    pub scorers: BTreeMap<PluginName, u16>,
    /// Who set them last.
    #[serde(default)]
    pub by: String,
    /// When.
    #[serde(default)]
    pub updated: Option<Timestamp>,
}

impl FusionWeights {
    /// The greatest weight, per mille.
    pub const WEIGHT_MAX: u16 = 1_000;
}

/// Somebody was shown a match, or opened it. Written once, never edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The need.
    pub need: NeedId,
    /// The match.
    #[serde(rename = "match")]
    pub found: MatchId,
    /// What happened.
    pub kind: FeedbackKind,
    /// The match's rank at that time: who stands first is looked at more.
    pub rank: u16,
    /// The principal.
    pub by: String,
    /// When, the first time.
    pub at: Timestamp,
}

/// What somebody did with a match short of answering it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackKind {
    /// 已展示: it stood on a page in front of somebody.
    Shown,
    /// 已查看: somebody opened it.
    Viewed,
}

impl FeedbackKind {
    /// The code on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Viewed => "viewed",
        }
    }

    /// 中文.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Shown => "已展示",
            Self::Viewed => "已查看",
        }
    }
}

/// A new achievement that may answer an open need: proposed before anybody asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// The need.
    pub need: NeedId,
    /// The achievement.
    pub achievement: AchievementId,
    /// Fused score as an answer to the need, 0–1000.
    pub score: u16,
    /// Why.
    pub factors: Vec<MatchFactor>,
    /// Versions of the scorers that had a part in it.
    #[serde(default)]
    pub scorers: Vec<Digest>,
    /// When.
    pub at: Timestamp,
}
