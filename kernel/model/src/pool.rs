//! Niche pools (细分领域成果池) and who belongs to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::{PoolDescription, Verdict};
use crate::{AchievementId, Digest, PluginName, PoolSlug, TenantSlug};

/// A niche pool of a tenant, kept by a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Its slug.
    pub slug: PoolSlug,
    /// The tenant it belongs to.
    pub tenant: TenantSlug,
    /// The plugin whose rule it follows.
    pub plugin: PluginName,
    /// The version of the rule that was last run over the pool.
    pub rule: Option<Digest>,
    /// Digest of who judged in that run: versions, configurations and shares. While it is not that of
    /// who judges now, the memberships are another rule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judges: Option<Digest>,
    /// What the plugin says the pool is.
    pub description: PoolDescription,
}

/// Whether an achievement belongs to a pool: the rule's decision and, over it, a person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The achievement.
    pub achievement: AchievementId,
    /// The pool.
    pub pool: PoolSlug,
    /// What the rule decided last.
    pub verdict: Verdict,
    /// Category the rule put it in.
    #[serde(default)]
    pub category: String,
    /// Why, by the rule.
    #[serde(default)]
    pub reasons: Vec<crate::contract::DecisionReason>,
    /// The version of the rule.
    pub rule: Option<Digest>,
    /// What a person decided; survives every re-run of the rule.
    #[serde(default)]
    pub curation: Option<Curation>,
    /// When it last changed.
    pub at: Timestamp,
}

impl Membership {
    /// Says whether the achievement is in the pool: a person's word counts over the rule's.
    #[must_use]
    pub fn is_in(&self) -> bool {
        match &self.curation {
            Some(curation) => curation.action == CurationAction::Pin,
            None => self.verdict == Verdict::In,
        }
    }
}

/// A person's decision over a membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Curation {
    /// Pin or exclude.
    pub action: CurationAction,
    /// Why; never empty.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

/// What a curator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurationAction {
    /// 置入: in, whatever the rule says.
    Pin,
    /// 排除: out, whatever the rule says.
    Exclude,
}
