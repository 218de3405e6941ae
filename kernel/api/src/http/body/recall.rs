//! Recalls over the wire.

use serde::Serialize;
use taihu_model::{
    AchievementId, Digest, PluginKind, PluginName, SourceSlug, TenantSlug, Timestamp,
};
use taihu_service::{self as service, Outcome};
use utoipa::ToSchema;

use super::list;

/// What a recall of a plugin's version takes back, and what follows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recall {
    #[schema(value_type = String, example = "spreadsheet")]
    plugin: PluginName,
    #[schema(example = "1.0.0")]
    version: String,
    /// SHA-256 of its file: what everything carries that it wrote.
    #[schema(value_type = String)]
    digest: Digest,
    /// `scorer`, `niche-pool` or `connector`.
    #[schema(value_type = String, example = "connector")]
    kind: PluginKind,
    #[schema(value_type = String)]
    tenant: TenantSlug,
    /// For connectors: source records, by source.
    sources: Vec<SourceRecall>,
    achievements: AchievementRecall,
    /// The first twenty achievements that are not as before and that the caller may know of.
    named: Vec<NamedAchievement>,
    /// Groups of records tied by merge keys of which only the version's words are taken back: what it
    /// merged wrongly stays one.
    not_taken_apart: u64,
    /// For scorers: proposed matches and pushes that it had a part in, which expire and go.
    matches: u64,
    /// For niche pools: memberships that its rule decided, which are taken back; fill the pool again.
    memberships: u64,
    /// For niche pools: memberships that a person decided over, which stay.
    curated: u64,
    /// True if there is nothing to take back.
    nothing: bool,
}

/// What a recall does to the records of one source.
#[derive(Debug, Serialize, ToSchema)]
struct SourceRecall {
    #[schema(value_type = String)]
    source: SourceSlug,
    /// Records that nobody else had.
    taken_back: u64,
    /// Records that say again what another version had read before.
    restored: u64,
    /// Records that stay, because another version read the same or something newer.
    kept: u64,
    /// Runs of the version over it.
    runs: u64,
    /// Where the next incremental run begins; null for the beginning.
    #[schema(value_type = Option<String>, format = DateTime)]
    goes_on_from: Option<Timestamp>,
}

/// What a recall does to achievements.
#[derive(Debug, Serialize, ToSchema)]
struct AchievementRecall {
    /// Nobody else speaks of them.
    withdrawn: u64,
    /// Merged anew from what others say.
    changed: u64,
    /// Published by the version's word alone: suspended until a person looks.
    suspended: u64,
    /// Withdrawn or merged wrongly by the version: they come back under new identifiers.
    new: u64,
    /// Others say the same.
    unchanged: u64,
}

/// An achievement, and what becomes of it.
#[derive(Debug, Serialize, ToSchema)]
struct NamedAchievement {
    #[schema(value_type = String)]
    id: AchievementId,
    title: String,
    /// `withdrawn`, `changed`, `suspended` or `new`.
    #[schema(value_type = String, example = "withdrawn")]
    outcome: Outcome,
    #[schema(example = "撤回")]
    outcome_zh: &'static str,
}

impl From<service::NamedAchievement> for NamedAchievement {
    fn from(named: service::NamedAchievement) -> Self {
        let service::NamedAchievement { id, title, outcome } = named;
        Self { id, title, outcome, outcome_zh: outcome.zh() }
    }
}

impl From<service::Recall> for Recall {
    fn from(recall: service::Recall) -> Self {
        let nothing = recall.is_empty();
        let counts = recall.achievements;
        let sources = recall.sources.into_iter().map(|(source, it)| SourceRecall {
            source,
            taken_back: it.taken_back,
            restored: it.restored,
            kept: it.kept,
            runs: it.runs,
            goes_on_from: it.goes_on_from,
        });
        Self {
            plugin: recall.plugin,
            version: recall.version,
            digest: recall.digest,
            kind: recall.kind,
            tenant: recall.tenant,
            sources: sources.collect(),
            achievements: AchievementRecall {
                withdrawn: counts.withdrawn,
                changed: counts.changed,
                suspended: counts.suspended,
                new: counts.new,
                unchanged: counts.unchanged,
            },
            named: list(recall.named),
            not_taken_apart: recall.not_taken_apart,
            matches: recall.matches,
            memberships: recall.memberships,
            curated: recall.curated,
            nothing,
        }
    }
}

/// One recall.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneRecall {
    pub(crate) recall: Recall,
}
