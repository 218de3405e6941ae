//! Niche pools over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::contract::{self, Verdict};
use taihu_model::{
    self as model, AchievementId, CurationAction, PluginName, PoolSlug, TenantSlug, Timestamp,
};
use taihu_service::{Filled, PoolStanding};
use utoipa::ToSchema;

use super::achievement::Achievement;
use super::{Evidence, Text, list};

/// A niche pool (细分领域成果池).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pool {
    #[schema(value_type = String, example = "changxing-newenergy")]
    slug: PoolSlug,
    /// The tenant it belongs to.
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// The plugin whose rule it follows.
    #[schema(value_type = String)]
    plugin: PluginName,
    /// 名称。
    label: Text,
    /// Its taxonomy, parents before children.
    categories: Vec<Category>,
    /// Its own fields.
    own_fields: Vec<OwnField>,
}

/// A category of a pool.
#[derive(Debug, Serialize, ToSchema)]
struct Category {
    code: String,
    label: Text,
    /// Code of the category above; empty at the top.
    parent: String,
}

/// A field of a pool's own.
#[derive(Debug, Serialize, ToSchema)]
struct OwnField {
    key: String,
    label: Text,
    /// `text`, `integer`, `boolean` or `texts`.
    kind: String,
    /// True if people may narrow the pool by it.
    facet: bool,
}

impl From<contract::Category> for Category {
    fn from(category: contract::Category) -> Self {
        Self { code: category.code, label: category.label.into(), parent: category.parent }
    }
}

impl From<contract::OwnField> for OwnField {
    fn from(field: contract::OwnField) -> Self {
        Self { key: field.key, label: field.label.into(), kind: field.kind, facet: field.facet }
    }
}

impl From<model::Pool> for Pool {
    fn from(pool: model::Pool) -> Self {
        Self {
            slug: pool.slug,
            tenant: pool.tenant,
            plugin: pool.plugin,
            label: pool.description.label.into(),
            categories: list(pool.description.categories),
            own_fields: list(pool.description.own_fields),
        }
    }
}

/// Every pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pools {
    /// By slug.
    pub(crate) pools: Vec<Pool>,
    /// Always null: there are few.
    pub(crate) next: Option<String>,
}

/// One pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnePool {
    pool: Pool,
    /// Published achievements in it.
    members: u64,
    /// The version that decided upon its memberships; null if none did.
    #[schema(example = "0.1.0")]
    judged_by: Option<String>,
    /// The version that serves; null if the plugin is out of service.
    #[schema(example = "0.2.0")]
    serving: Option<String>,
    /// 正在按现行规则重新判定时才有。 There while the memberships are not what the rule says now.
    refill: Option<Refill>,
}

/// How far the kernel is with judging a pool again.
#[derive(Debug, Serialize, ToSchema)]
struct Refill {
    /// `waiting` 等待中, `under_way` 进行中, or `stopped` 规则出错而停止: fill it again once the rule is mended.
    #[schema(example = "under_way")]
    state: &'static str,
    /// Achievements judged so far.
    judged: u64,
}

impl From<PoolStanding> for OnePool {
    fn from(it: PoolStanding) -> Self {
        let PoolStanding { pool, members, judged_by, serving, refill } = it;
        let refill = refill.map(|refill| match refill {
            taihu_service::Refill::Waiting => Refill { state: "waiting", judged: 0 },
            taihu_service::Refill::UnderWay { judged } => Refill { state: "under_way", judged },
            taihu_service::Refill::Stopped => Refill { state: "stopped", judged: 0 },
        });
        Self { pool: pool.into(), members, judged_by, serving, refill }
    }
}

/// Whether an achievement belongs to a pool.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Membership {
    #[schema(value_type = String)]
    achievement: AchievementId,
    #[schema(value_type = String)]
    pool: PoolSlug,
    /// True if it is in the pool: a person's word counts over the rule's.
    is_in: bool,
    /// What the rule decided last: `in`, `out` or `unsure`.
    #[schema(value_type = String, example = "in")]
    verdict: Verdict,
    /// Category the rule put it in; may be empty.
    category: String,
    /// Why, by the rule.
    reasons: Vec<DecisionReason>,
    /// What a person decided over the rule; shown to who works on pools.
    #[serde(skip_serializing_if = "Option::is_none")]
    curation: Option<Curation>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// One reason of a rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct DecisionReason {
    text: Text,
    /// Which fields said so.
    evidence: Vec<Evidence>,
}

/// A person's decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Curation {
    /// `pin` 置入 or `exclude` 排除.
    #[schema(value_type = String, example = "pin")]
    action: CurationAction,
    reason: String,
    /// The principal who decided.
    actor: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<contract::DecisionReason> for DecisionReason {
    fn from(reason: contract::DecisionReason) -> Self {
        Self { text: reason.text.into(), evidence: list(reason.evidence) }
    }
}

impl From<model::Membership> for Membership {
    fn from(membership: model::Membership) -> Self {
        Self {
            is_in: membership.is_in(),
            achievement: membership.achievement,
            pool: membership.pool,
            verdict: membership.verdict,
            category: membership.category,
            reasons: list(membership.reasons),
            curation: membership.curation.map(|curation| Curation {
                action: curation.action,
                reason: curation.reason,
                actor: curation.actor,
                at: curation.at,
            }),
            at: membership.at,
        }
    }
}

impl Membership {
    /// What the public gets to see of it: that it is in, without the words of whoever decided so.
    pub(crate) fn published(self) -> Option<Self> {
        self.is_in.then_some(Self { curation: None, ..self })
    }
}

/// An achievement of a pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    pub(crate) membership: Membership,
    pub(crate) achievement: Achievement,
}

/// A page of a pool's members.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Members {
    /// By achievement. A page may have fewer than asked for although there is a next one.
    pub(crate) members: Vec<Member>,
    /// Where the next page begins: hand it back as `cursor`.
    pub(crate) next: Option<String>,
}

/// One membership.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneMembership {
    pub(crate) membership: Membership,
}

/// What a person decides over the rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Curate {
    /// `pin` 置入 or `exclude` 排除.
    #[schema(value_type = String, example = "pin")]
    pub(crate) action: CurationAction,
    /// 理由，1至1000字。 1 to 1,000 characters.
    #[schema(example = "县域重点企业急需")]
    pub(crate) reason: String,
}

/// What a run of a pool's rule did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneFill {
    fill: Fill,
}

/// What a run of a pool's rule did.
#[derive(Debug, Serialize, ToSchema)]
struct Fill {
    /// Achievements judged.
    judged: u64,
    /// Achievements in the pool now.
    members: u64,
    /// Achievements that a person should look at.
    unsure: u64,
    /// Achievements that entered.
    entered: u64,
    /// Achievements that left.
    left: u64,
}

impl From<Filled> for OneFill {
    fn from(filled: Filled) -> Self {
        let Filled { judged, members, unsure, entered, left } = filled;
        Self { fill: Fill { judged, members, unsure, entered, left } }
    }
}
