//! What goes with answers, over the wire: weights, why not, what is similar, teams, feedback, pushes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use taihu_model::{
    self as model, AchievementId, FeedbackKind, MatchId, NeedId, NeedState, PluginName, TenantSlug,
    Timestamp,
};
use taihu_service::{self as service, ChosenWeights, NeedGlance};
use utoipa::ToSchema;

use super::achievement::Achievement;
use super::matching::Factor;
use super::{Text, list};

/// How much each word counts in a tenant's fused scores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneWeights {
    pub(crate) weights: Weights,
}

/// Weights. A score is the weighted mean of the kernel's own order and of every scorer that answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Weights {
    /// Hand it back as `expected_revision`; 0 as long as nobody has set any.
    revision: u64,
    /// 检索（内核自身排序）的权重，千分比。 Weight of the kernel's own order, per mille.
    retrieval: u16,
    /// Every scorer that answers the tenant's needs now.
    scorers: Vec<ScorerWeight>,
    /// Who set them last; empty if nobody did.
    by: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    updated: Option<Timestamp>,
}

/// One scorer's weight.
#[derive(Debug, Serialize, ToSchema)]
struct ScorerWeight {
    #[schema(value_type = String, example = "relevance")]
    plugin: PluginName,
    /// Per mille; 0 is asked and has no say.
    weight: u16,
    /// True if the tenant set it; else it is the installation's.
    set: bool,
}

impl From<service::Weights> for Weights {
    fn from(weights: service::Weights) -> Self {
        let service::Weights { set, scorers } = weights;
        let scorers = scorers
            .into_iter()
            .map(|one| ScorerWeight { plugin: one.plugin, weight: one.weight, set: one.set })
            .collect();
        let model::FusionWeights { revision, retrieval, by, updated, .. } = set;
        Self { revision, retrieval, scorers, by, updated }
    }
}

/// Weights to be set; they stand instead of those before, all of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutWeights {
    /// `revision` of the weights that were read.
    expected_revision: u64,
    /// 1–1000.
    #[schema(minimum = 1, maximum = 1000)]
    retrieval: u16,
    /// 0–1000 each; a scorer that is not named has the weight of its installation.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, u16>)]
    scorers: BTreeMap<PluginName, u16>,
    /// Why; at most 1,000 characters.
    #[serde(default)]
    #[schema(example = "本县看重成熟度")]
    reason: String,
}

impl From<PutWeights> for ChosenWeights {
    fn from(body: PutWeights) -> Self {
        let PutWeights { expected_revision, retrieval, scorers, reason } = body;
        Self { expected: expected_revision, retrieval, scorers, reason }
    }
}

/// What was learnt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneTuning {
    pub(crate) tuning: Tuning,
}

/// Weights learnt from what people accepted and declined.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tuning {
    /// The weights that held.
    weights: Weights,
    /// Judgements that were found.
    judgements: usize,
    /// Needs with judgements of both kinds: all that can be learnt from.
    needs: usize,
    /// How many would be enough.
    needs_wanted: usize,
    /// On the needs that weights were learnt from; null if there are too few.
    learnt: Option<Quality>,
    /// On the needs that were held back.
    held: Option<Quality>,
    /// Of the needs held back, how many became better.
    better: usize,
    /// And how many worse.
    worse: usize,
    /// What to set; null if there is too little to learn from, or it does not help.
    proposed: Option<Proposed>,
}

/// How good weights are on some needs.
#[derive(Debug, Serialize, ToSchema)]
struct Quality {
    needs: usize,
    /// Mean nDCG@10 with the weights that held, 0–1.
    before: f64,
    /// With those that were learnt.
    after: f64,
}

/// Weights that are proposed.
#[derive(Debug, Serialize, ToSchema)]
struct Proposed {
    /// Per mille.
    retrieval: u16,
    /// Per mille.
    #[schema(value_type = BTreeMap<String, u16>)]
    scorers: BTreeMap<PluginName, u16>,
}

impl From<service::Tuning> for Tuning {
    fn from(tuning: service::Tuning) -> Self {
        let quality =
            |it: service::Quality| Quality { needs: it.needs, before: it.before, after: it.after };
        let (better, worse) = tuning.better_worse;
        let proposed =
            tuning.proposed.map(|it| Proposed { retrieval: it.retrieval, scorers: it.scorers });
        Self {
            weights: tuning.weights.into(),
            judgements: tuning.judgements,
            needs: tuning.needs,
            needs_wanted: tuning.needs_wanted,
            learnt: tuning.learnt.map(quality),
            held: tuning.held.map(quality),
            better,
            worse,
            proposed,
        }
    }
}

/// Why an achievement is not among the answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneWhyNot {
    pub(crate) why_not: WhyNot,
}

/// Where an achievement stands in the order of a need, and what held it back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhyNot {
    #[schema(value_type = String)]
    need: NeedId,
    achievement: Achievement,
    /// `shown`, `folded`, `beyond_ten`, `below_line`, `not_candidate`, `nothing_in_common`, `not_published`.
    #[schema(example = "below_line")]
    standing: &'static str,
    /// Its rank: among the candidates, or for `not_candidate` in the index's order, as far as known.
    rank: Option<usize>,
    /// How many candidates there are.
    candidates: usize,
    /// Under whom it is folded.
    #[schema(value_type = Option<String>)]
    folded_under: Option<AchievementId>,
    /// Its fused score, 0–1000, as it is or would be.
    score: Option<u16>,
    /// The last answer that is shown.
    #[schema(value_type = Option<String>)]
    last_shown: Option<AchievementId>,
    last_shown_score: Option<u16>,
    /// What costs most first.
    factors: Vec<FactorBeside>,
    /// 需求中有、推荐成果提到而它没有的词。 Words of the need that the answers have and it has not.
    lacking: Vec<String>,
    /// 原因。 What held it back.
    reasons: Vec<Text>,
}

/// One factor beside that of the last answer that is shown.
#[derive(Debug, Serialize, ToSchema)]
struct FactorBeside {
    factor: Factor,
    /// The value of the last shown answer.
    last_shown_value: Option<u16>,
    /// Points of the score that it loses against that one; negative if it gains.
    lost: i32,
}

impl From<service::WhyNot> for WhyNot {
    fn from(why: service::WhyNot) -> Self {
        let folded_under = match why.standing {
            service::Standing::Folded { under, .. } => Some(under),
            _ => None,
        };
        let factors = why.factors.into_iter().map(|one| FactorBeside {
            factor: one.factor.into(),
            last_shown_value: one.last,
            lost: one.lost,
        });
        Self {
            need: why.need,
            achievement: why.achievement.into(),
            standing: why.standing.as_str(),
            rank: why.standing.rank(),
            candidates: why.candidates,
            folded_under,
            score: why.score,
            last_shown: why.last_shown.map(|(id, _)| id),
            last_shown_score: why.last_shown.map(|(_, score)| score),
            factors: factors.collect(),
            lacking: why.lacking,
            reasons: list(why.reasons),
        }
    }
}

/// A need as it is named beside another.
#[derive(Debug, Serialize, ToSchema)]
struct NamedNeed {
    #[schema(value_type = String)]
    id: NeedId,
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    #[schema(value_type = String, example = "published")]
    state: NeedState,
    #[schema(example = "已发布")]
    state_zh: &'static str,
    /// 需求名称。
    title: String,
    /// 企业名称；无权查看全文时为空。 Null for who may not read the whole need.
    enterprise: Option<String>,
}

impl From<NeedGlance> for NamedNeed {
    fn from(need: NeedGlance) -> Self {
        let NeedGlance { id, tenant, state, title, enterprise } = need;
        Self { id, tenant, state, state_zh: state.zh(), title, enterprise }
    }
}

/// Needs that say much the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarNeeds {
    /// The most alike first, at most ten.
    similar: Vec<SimilarNeed>,
}

/// A need, and how alike it is.
#[derive(Debug, Serialize, ToSchema)]
struct SimilarNeed {
    need: NamedNeed,
    /// Per mille of how the need finds itself.
    likeness: u16,
}

impl From<Vec<(NeedGlance, u16)>> for SimilarNeeds {
    fn from(found: Vec<(NeedGlance, u16)>) -> Self {
        let similar =
            found.into_iter().map(|(need, likeness)| SimilarNeed { need: need.into(), likeness });
        Self { similar: similar.collect() }
    }
}

/// Achievements that say much the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarAchievements {
    /// The most alike first, at most ten.
    similar: Vec<SimilarAchievement>,
}

/// An achievement, and how alike it is.
#[derive(Debug, Serialize, ToSchema)]
struct SimilarAchievement {
    achievement: Achievement,
    /// Per mille of how the achievement finds itself.
    likeness: u16,
}

impl From<Vec<(model::Achievement, u16)>> for SimilarAchievements {
    fn from(found: Vec<(model::Achievement, u16)>) -> Self {
        let similar = found.into_iter().map(|(achievement, likeness)| SimilarAchievement {
            achievement: achievement.into(),
            likeness,
        });
        Self { similar: similar.collect() }
    }
}

/// The teams behind the best candidates.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Teams {
    /// The one with the best achievement first, at most ten.
    teams: Vec<Team>,
}

/// 团队. Who stands behind some of the candidates; never how to reach anybody.
#[derive(Debug, Serialize, ToSchema)]
struct Team {
    /// 单位。
    #[schema(example = "东南大学")]
    organisation: String,
    /// 完成人, who stands on most of the achievements first.
    people: Vec<Member>,
    /// The best first.
    achievements: Vec<TeamAchievement>,
    /// 这些成果已被采纳的次数。 How many matches with them were accepted, anywhere.
    accepted: u64,
}

/// A person of a team.
#[derive(Debug, Serialize, ToSchema)]
struct Member {
    name: String,
    /// On how many of the team's achievements it stands.
    achievements: usize,
}

/// An achievement of a team.
#[derive(Debug, Serialize, ToSchema)]
struct TeamAchievement {
    #[schema(value_type = String)]
    id: AchievementId,
    title: String,
    /// 0–1000.
    score: u16,
}

impl From<Vec<service::Team>> for Teams {
    fn from(teams: Vec<service::Team>) -> Self {
        let teams = teams.into_iter().map(|team| Team {
            organisation: team.organisation,
            people: team
                .people
                .into_iter()
                .map(|one| Member { name: one.name, achievements: one.achievements })
                .collect(),
            achievements: team
                .achievements
                .into_iter()
                .map(|(id, title, score)| TeamAchievement { id, title, score })
                .collect(),
            accepted: team.accepted,
        });
        Self { teams: teams.collect() }
    }
}

/// Matches that were shown to whoever reports it, or opened by them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteFeedback {
    /// `shown` 已展示 or `viewed` 已查看.
    #[schema(value_type = String, example = "shown")]
    pub(crate) kind: FeedbackKind,
    /// 1 to 50.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 50)]
    pub(crate) matches: Vec<MatchId>,
}

/// What was noted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackList {
    /// By match; each match once for each person and kind.
    feedback: Vec<Feedback>,
}

/// One report.
#[derive(Debug, Serialize, ToSchema)]
struct Feedback {
    #[serde(rename = "match")]
    #[schema(value_type = String)]
    found: MatchId,
    #[schema(value_type = String, example = "viewed")]
    kind: FeedbackKind,
    #[schema(example = "已查看")]
    kind_zh: &'static str,
    /// The match's rank.
    rank: u16,
    /// The principal.
    by: String,
    /// When, the first time.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Vec<model::Feedback>> for FeedbackList {
    fn from(found: Vec<model::Feedback>) -> Self {
        let feedback = found.into_iter().map(|one| Feedback {
            found: one.found,
            kind: one.kind,
            kind_zh: one.kind.zh(),
            rank: one.rank,
            by: one.by,
            at: one.at,
        });
        Self { feedback: feedback.collect() }
    }
}

/// New achievements that may answer open needs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pushes {
    /// The newest first, at most 200.
    pushes: Vec<Push>,
}

/// 推送. A new achievement that may answer an open need, proposed before anybody asked.
#[derive(Debug, Serialize, ToSchema)]
struct Push {
    #[schema(value_type = String)]
    need: NeedId,
    /// 需求名称。
    need_title: String,
    achievement: Achievement,
    /// 0–1000.
    score: u16,
    factors: Vec<Factor>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<Vec<service::Pushed>> for Pushes {
    fn from(found: Vec<service::Pushed>) -> Self {
        let pushes = found.into_iter().map(|one| Push {
            need: one.push.need,
            need_title: one.need_title,
            achievement: one.achievement.into(),
            score: one.push.score,
            factors: list(one.push.factors),
            at: one.push.at,
        });
        Self { pushes: pushes.collect() }
    }
}

/// Open needs that an achievement may answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NeedsFor {
    /// The best first, at most 20.
    needs: Vec<NeedFor>,
}

/// An open need that an achievement may answer.
#[derive(Debug, Serialize, ToSchema)]
struct NeedFor {
    need: NamedNeed,
    /// Score of the achievement as an answer to it, 0–1000.
    score: u16,
    /// Why; empty for who may not read the whole need.
    factors: Vec<Factor>,
}

impl From<Vec<service::NeedFor>> for NeedsFor {
    fn from(found: Vec<service::NeedFor>) -> Self {
        let needs = found.into_iter().map(|one| NeedFor {
            need: one.need.into(),
            score: one.score,
            factors: list(one.factors),
        });
        Self { needs: needs.collect() }
    }
}
