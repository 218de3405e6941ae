//! A plugin's life over the wire: what is asked for, and what a version on trial does differently.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use taihu_model::{
    self as model, AchievementId, CapsuleId, Digest, NeedId, PluginName, ScoreRunId, Timestamp,
};
use taihu_service::{KeptCapsule, Promotion, Replay, ReplayedScorer};
use utoipa::ToSchema;

use super::{Text, list};

/// 影子运行。
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shadow {
    /// True if the rule may take it further: after 200 calls or a day, 5 %, 25 %, then all.
    #[serde(default)]
    pub(crate) by_rule: bool,
}

/// 推进。
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Promote {
    /// Its share of the calls, per cent; absent for the next step, 100 for all.
    #[schema(minimum = 1, maximum = 100)]
    #[serde(default)]
    percent: Option<u8>,
}

impl From<Promote> for Promotion {
    fn from(body: Promote) -> Self {
        match body.percent {
            None => Self::Next,
            Some(100) => Self::All,
            Some(percent) => Self::Percent(percent),
        }
    }
}

/// What a version on trial does differently from what serves without it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Difference {
    #[schema(value_type = String, example = "readiness")]
    plugin: PluginName,
    /// SHA-256 of the version on trial.
    #[schema(value_type = String)]
    version: Digest,
    /// SHA-256 of the version it is compared with; null if nothing serves yet.
    #[schema(value_type = Option<String>)]
    against: Option<Digest>,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Calls compared.
    calls: u64,
    /// Failures by the plugin's fault: code of the cause → how many.
    failures: BTreeMap<String, u64>,
    /// Calls that were not compared because too many waited.
    skipped: u64,
    /// CPU time of a call of the version on trial, microseconds.
    cpu_us: Times,
    /// CPU time of the same calls by the version that it is compared with.
    cpu_us_before: Times,
    rankings: Rankings,
    /// For niche pools, once all achievements were judged.
    pool: Option<PoolDifference>,
    steps: Steps,
}

/// Quantiles, right to a quarter.
#[derive(Debug, Serialize, ToSchema)]
struct Times {
    p50: u64,
    p99: u64,
}

impl From<model::Times> for Times {
    fn from(times: model::Times) -> Self {
        Self { p50: times.quantile_us(500), p99: times.quantile_us(990) }
    }
}

/// For scorers: what became of the ten answers.
#[derive(Debug, Serialize, ToSchema)]
struct Rankings {
    compared: u64,
    /// How many have other answers, or the same in another order.
    changed: u64,
    /// Share of the answers that both have, on average, per mille.
    overlap_permille: u64,
    /// The largest change of a score.
    largest: Option<LargestChange>,
}

/// The largest change of a score, and where it was.
#[derive(Debug, Serialize, ToSchema)]
struct LargestChange {
    #[schema(value_type = String)]
    need: NeedId,
    #[schema(value_type = String)]
    achievement: AchievementId,
    before: u16,
    after: u16,
}

/// For niche pools: who would enter and who would leave.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PoolDifference {
    judged: u64,
    entering: u64,
    leaving: u64,
    unsure: u64,
    /// The first hundred.
    moves: Vec<Move>,
}

/// An achievement that would be judged otherwise.
#[derive(Debug, Serialize, ToSchema)]
struct Move {
    #[schema(value_type = String)]
    achievement: AchievementId,
    title: String,
    /// `in`, `out`, `unsure`, or null by a pool's first version.
    #[schema(value_type = Option<String>)]
    from: Option<model::contract::Verdict>,
    #[schema(value_type = String)]
    to: model::contract::Verdict,
    reason: Text,
}

/// For connectors: what became of the steps of runs.
#[derive(Debug, Serialize, ToSchema)]
struct Steps {
    compared: u64,
    changed: u64,
    records_before: u64,
    records_after: u64,
    records_changed: u64,
}

impl From<model::Difference> for Difference {
    fn from(it: model::Difference) -> Self {
        let overlap_permille = it.rankings.overlap_permille();
        Self {
            plugin: it.plugin,
            version: it.version,
            against: it.against,
            since: it.since,
            until: it.until,
            calls: it.calls,
            failures: it.failures,
            skipped: it.skipped,
            cpu_us: it.cpu_us.into(),
            cpu_us_before: it.cpu_us_before.into(),
            rankings: Rankings {
                compared: it.rankings.compared,
                changed: it.rankings.changed,
                overlap_permille,
                largest: it.rankings.largest.map(|largest| LargestChange {
                    need: largest.need,
                    achievement: largest.achievement,
                    before: largest.before,
                    after: largest.after,
                }),
            },
            pool: it.pool.map(Into::into),
            steps: Steps {
                compared: it.steps.compared,
                changed: it.steps.changed,
                records_before: it.steps.records_before,
                records_after: it.steps.records_after,
                records_changed: it.steps.records_changed,
            },
        }
    }
}

impl From<model::PoolDifference> for PoolDifference {
    fn from(pool: model::PoolDifference) -> Self {
        Self {
            judged: pool.judged,
            entering: pool.entering,
            leaving: pool.leaving,
            unsure: pool.unsure,
            moves: list(pool.moves),
        }
    }
}

impl From<model::Move> for Move {
    fn from(it: model::Move) -> Self {
        Self {
            achievement: it.achievement,
            title: it.title,
            from: it.from,
            to: it.to,
            reason: it.reason.into(),
        }
    }
}

/// What a version on trial does differently.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneDifference {
    pub(crate) difference: Difference,
}

/// Who would enter and who would leave.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnePoolDifference {
    pub(crate) difference: PoolDifference,
}

/// A failing or sampled call that is kept for the plugin's author.
#[derive(Debug, Serialize, ToSchema)]
struct Capsule {
    #[schema(value_type = String, example = "capsule_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    id: CapsuleId,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// SHA-256 of the version.
    #[schema(value_type = String)]
    version: Digest,
    /// Code of the cause, such as `cpu_time`; null if the call was answered.
    cause: Option<String>,
    /// What happened.
    text: Option<Text>,
    /// Fields in which something personal was masked.
    masked: Vec<String>,
    /// True if the masked call ended like the real one.
    reproduces: bool,
}

impl From<KeptCapsule> for Capsule {
    fn from(kept: KeptCapsule) -> Self {
        let (cause, text) = match kept.outcome {
            model::CapsuleOutcome::Failed { cause, text } => (Some(cause), Some(text.into())),
            model::CapsuleOutcome::Answered { .. } => (None, None),
        };
        let KeptCapsule { id, at, version, masked, reproduces, .. } = kept;
        Self { id, at, version, cause, text, masked, reproduces }
    }
}

/// 留存一次评分的调用。
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SampleCapsule {
    /// The score run in which the plugin was asked.
    #[schema(value_type = String, example = "score_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    pub(crate) run: ScoreRunId,
}

/// One call that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneCapsule {
    capsule: Capsule,
}

impl From<KeptCapsule> for OneCapsule {
    fn from(kept: KeptCapsule) -> Self {
        Self { capsule: kept.into() }
    }
}

/// The failing and sampled calls that are kept of a plugin.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Capsules {
    /// The oldest first, at most 20.
    capsules: Vec<Capsule>,
    /// Always null: there are few.
    next: Option<String>,
}

impl From<Vec<KeptCapsule>> for Capsules {
    fn from(kept: Vec<KeptCapsule>) -> Self {
        Self { capsules: list(kept), next: None }
    }
}

/// What came of making a score run again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneReplay {
    replay: Replayed,
}

/// Whether a score run is made again to the byte, and what differs if not.
#[derive(Debug, Serialize, ToSchema)]
struct Replayed {
    #[schema(value_type = String)]
    run: ScoreRunId,
    #[schema(value_type = String)]
    need: NeedId,
    scorers: Vec<Scorer>,
    /// True if the fused order is the same, identifiers and scores.
    order_same: bool,
    /// True if everything is.
    same: bool,
}

/// One scorer asked again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReplayedScorer)]
struct Scorer {
    #[schema(value_type = String)]
    plugin: PluginName,
    #[schema(value_type = String)]
    version: Digest,
    #[schema(value_type = String)]
    input: Digest,
    #[schema(value_type = String)]
    then: Digest,
    #[schema(value_type = Option<String>)]
    now: Option<Digest>,
    /// What differs first; null if the bytes are the same.
    difference: Option<Text>,
}

impl From<ReplayedScorer> for Scorer {
    fn from(it: ReplayedScorer) -> Self {
        Self {
            plugin: it.plugin,
            version: it.version,
            input: it.input,
            then: it.then,
            now: it.now,
            difference: it.difference.map(Text::from),
        }
    }
}

impl From<Replay> for OneReplay {
    fn from(it: Replay) -> Self {
        let Replay { run, need, scorers, order_same, same } = it;
        Self { replay: Replayed { run, need, scorers: list(scorers), order_same, same } }
    }
}
