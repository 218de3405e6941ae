//! Matches and rankings over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::{
    self as model, AchievementId, DeclineReason, Digest, MatchId, MatchState, NeedId, PluginName,
    ScoreRunId, Timestamp,
};
use taihu_service::{Matched, Ranked, Ranking, diversity_rule};
use utoipa::ToSchema;

use super::achievement::Achievement;
use super::{Evidence, Text, list};

/// A need and an achievement that may answer it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Match {
    #[schema(value_type = String, example = "match_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    id: MatchId,
    #[schema(value_type = String)]
    need: NeedId,
    /// The run that found it.
    #[schema(value_type = String)]
    run: ScoreRunId,
    /// 1 for the best.
    rank: u16,
    /// 0–1000.
    score: u16,
    /// Why.
    factors: Vec<Factor>,
    /// Achievements of the same team that would have been answers too, the best first.
    #[schema(value_type = Vec<String>)]
    folded: Vec<AchievementId>,
    /// How many of them there are, in words; empty if none.
    #[schema(example = "同一团队另有3项")]
    folded_zh: String,
    /// Where it is in its life.
    #[schema(value_type = String, example = "proposed")]
    state: MatchState,
    #[schema(example = "候选")]
    state_zh: &'static str,
    /// Why it was declined, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_reason_zh: Option<String>,
    /// What the enterprise added.
    note: String,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
    /// Identifier of the achievement.
    #[schema(value_type = String)]
    achievement_id: AchievementId,
    /// The achievement, where it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    achievement: Option<Achievement>,
}

/// One reason of a score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Factor {
    /// A plugin's name, or `kernel`.
    by: String,
    key: String,
    label: Text,
    /// Its share of the score, per mille.
    weight: u16,
    /// How well the achievement does, 0–1000.
    value: u16,
    /// Which fields said so.
    evidence: Vec<Evidence>,
}

impl From<model::MatchFactor> for Factor {
    fn from(factor: model::MatchFactor) -> Self {
        Self {
            by: factor.by,
            key: factor.key,
            label: factor.label.into(),
            weight: factor.weight,
            value: factor.value,
            evidence: list(factor.evidence),
        }
    }
}

impl From<model::Match> for Match {
    fn from(found: model::Match) -> Self {
        Self {
            id: found.id,
            need: found.need,
            run: found.run,
            rank: found.rank,
            score: found.score,
            factors: list(found.factors),
            folded_zh: folded_zh(&found.folded),
            folded: found.folded,
            state: found.state,
            state_zh: found.state.zh(),
            decline_reason_zh: found.decline_reason.as_ref().map(|reason| reason.zh().to_owned()),
            decline_reason: found.decline_reason.map(|reason| reason.to_string()),
            note: found.note,
            updated: found.updated,
            achievement_id: found.achievement,
            achievement: None,
        }
    }
}

impl From<(model::Match, model::Achievement)> for Match {
    fn from((found, achievement): (model::Match, model::Achievement)) -> Self {
        Self { achievement: Some(achievement.into()), ..found.into() }
    }
}

/// What was asked of whom.
#[derive(Debug, Serialize, ToSchema)]
struct ScoreRun {
    #[schema(value_type = String)]
    id: ScoreRunId,
    /// How many candidates the index gave.
    candidates: u32,
    /// Every scorer that was asked.
    scorers: Vec<ScorerRun>,
    /// What an embedding endpoint added, if one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<Meaning>,
    /// Weight of the kernel's own order, per mille.
    retrieval_weight: u16,
    /// Revision of the tenant's weights that held; 0 for those that a tenant begins with.
    weights_revision: u64,
    /// True if a scorer gave no answer: the order is the others' alone.
    degraded: bool,
    #[schema(value_type = String, format = DateTime)]
    started: Timestamp,
    took_us: u64,
}

/// What an embedding endpoint added.
#[derive(Debug, Serialize, ToSchema)]
struct Meaning {
    /// Its model, as it is configured.
    #[schema(example = "e5-small")]
    model: String,
    /// Its weight beside the kernel's own order; 0 if it failed.
    weight: u16,
    /// Candidates that had a vector.
    vectors: u32,
    /// Why it added nothing, if it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl From<model::MeaningRun> for Meaning {
    fn from(run: model::MeaningRun) -> Self {
        let model::MeaningRun { model, weight, vectors, failure } = run;
        Self { model, weight, vectors, failure }
    }
}

/// What one scorer did.
#[derive(Debug, Serialize, ToSchema)]
struct ScorerRun {
    #[schema(value_type = String)]
    plugin: PluginName,
    /// SHA-256 of the plugin's file: its version.
    #[schema(value_type = String)]
    digest: Digest,
    /// Its weight, per mille; 0 if it failed or has no say.
    weight: u16,
    /// Why it gave no answer, if it gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl From<model::ScoreRun> for ScoreRun {
    fn from(run: model::ScoreRun) -> Self {
        Self {
            id: run.id,
            candidates: run.candidates,
            scorers: list(run.scorers),
            meaning: run.meaning.map(Into::into),
            retrieval_weight: run.retrieval_weight,
            weights_revision: run.weights_revision,
            degraded: run.degraded,
            started: run.started,
            took_us: run.took_us,
        }
    }
}

impl From<model::ScorerRun> for ScorerRun {
    fn from(run: model::ScorerRun) -> Self {
        let model::ScorerRun { plugin, digest, weight, failure, .. } = run;
        Self { plugin, digest, weight, failure }
    }
}

/// A run and what it found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewMatches {
    run: ScoreRun,
    /// The best first, at most ten.
    matches: Vec<Match>,
    /// By what rule achievements of one team are folded under the best of them.
    diversity: Text,
    /// True if the same question had been answered before, and nothing was stored now.
    repeated: bool,
    /// True if a scorer gave no answer now: this is the last good answer, or the others' alone.
    degraded: bool,
}

impl From<Matched> for NewMatches {
    fn from(matched: Matched) -> Self {
        let Matched { run, matches, repeated, degraded } = matched;
        let diversity = diversity_rule().into();
        Self { run: run.into(), matches: list(matches), diversity, repeated, degraded }
    }
}

/// Every match of a need.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Matches {
    /// By run and rank; an enterprise sees what was recommended to it.
    pub(crate) matches: Vec<Match>,
    /// Always null: a need has few.
    pub(crate) next: Option<String>,
}

/// One match.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneMatch {
    #[serde(rename = "match")]
    pub(crate) found: Match,
}

/// 采纳。
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accept {
    /// What the enterprise adds; at most 1,000 characters.
    #[serde(default)]
    pub(crate) note: String,
}

/// 不采纳。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decline {
    /// `too_early`, `advantage_unclear`, `route_unclear`, `description_unclear`, `technical_doubt`,
    /// `price`, `scope_mismatch`, `already_solved`.
    #[schema(value_type = String, example = "too_early")]
    pub(crate) reason: DeclineReason,
    /// What the enterprise adds; at most 1,000 characters.
    #[serde(default)]
    pub(crate) note: String,
}

/// The answer to a need that is not stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneRanking {
    ranking: RankingBody,
}

/// What fits a need.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ranking)]
struct RankingBody {
    /// The best first, at most ten.
    ranked: Vec<RankedBody>,
    /// How many candidates the index gave.
    candidates: u32,
    /// Every scorer that was asked.
    scorers: Vec<ScorerRun>,
    /// Weight of the kernel's own order, per mille, beside the scorers' weights.
    retrieval_weight: u16,
    /// Revision of the tenant's weights; 0 for those that a tenant begins with.
    weights_revision: u64,
    /// By what rule achievements of one team are folded under the best of them.
    diversity: Text,
    /// What an embedding endpoint added, if one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<Meaning>,
    /// True if a scorer gave no answer: the order is the others' alone.
    degraded: bool,
    candidates_us: u64,
    took_us: u64,
}

/// An achievement that fits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ranked)]
struct RankedBody {
    achievement: Achievement,
    /// 0–1000.
    score: u16,
    factors: Vec<Factor>,
    /// Achievements of the same team that would have been answers too, the best first.
    #[schema(value_type = Vec<String>)]
    folded: Vec<AchievementId>,
    /// How many of them there are, in words; empty if none.
    #[schema(example = "同一团队另有3项")]
    folded_zh: String,
}

/// What people read of folded achievements.
pub(crate) fn folded_zh(folded: &[AchievementId]) -> String {
    match folded.len() {
        0 => String::new(),
        count => format!("同一团队另有{count}项"),
    }
}

impl From<Ranked> for RankedBody {
    fn from(ranked: Ranked) -> Self {
        Self {
            achievement: ranked.achievement.into(),
            score: ranked.score,
            factors: list(ranked.factors),
            folded_zh: folded_zh(&ranked.folded),
            folded: ranked.folded,
        }
    }
}

impl From<Ranking> for OneRanking {
    fn from(ranking: Ranking) -> Self {
        let ranking = RankingBody {
            ranked: list(ranking.ranked),
            candidates: ranking.candidates,
            scorers: list(ranking.scorers),
            retrieval_weight: ranking.retrieval_weight,
            weights_revision: ranking.weights_revision,
            diversity: diversity_rule().into(),
            meaning: ranking.meaning.map(Into::into),
            degraded: ranking.degraded,
            candidates_us: ranking.candidates_us,
            took_us: ranking.took_us,
        };
        Self { ranking }
    }
}
