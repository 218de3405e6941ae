//! How sources are, over the wire.

use serde::Serialize;
use taihu_model::{RunId, SourceSlug, TenantSlug, Timestamp};
use taihu_service as service;
use utoipa::ToSchema;

use super::run::{ReasonCount, Run};
use super::{Text, list};

/// How a source is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceHealth {
    #[schema(value_type = String, example = "seu-oai")]
    source: SourceSlug,
    /// 名称。
    name: String,
    #[schema(value_type = String)]
    tenant: TenantSlug,
    /// Its last run of the last three months, ended or not.
    last_run: Option<Run>,
    /// Seconds since the last run that came to its end began; null if none ever did.
    lag_s: Option<i64>,
    /// Runs that ended, of the last three months, at most 20.
    runs: u32,
    /// Those of them that failed.
    failed: u32,
    /// Share of them that failed, per mille.
    failed_permille: Option<u32>,
    /// Records that those runs read.
    records: u64,
    /// Records that they did not admit.
    rejected: u64,
    /// Why, the commonest first, at most 5.
    reasons: Vec<ReasonCount>,
    /// The run that waits for a person to decide about vanished records.
    #[schema(value_type = Option<String>)]
    waiting: Option<RunId>,
    /// When it is asked next for what changed.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_changes: Option<Timestamp>,
    /// When it is read whole next.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_full: Option<Timestamp>,
    /// Why the last time that it was due began no run, if it did not.
    refused: Option<Text>,
}

impl From<service::SourceHealth> for SourceHealth {
    fn from(health: service::SourceHealth) -> Self {
        let failed_permille = health.failed_permille();
        let firing = health.firing.unwrap_or_default();
        Self {
            source: health.source.slug,
            name: health.source.name,
            tenant: health.source.tenant,
            last_run: health.last.map(Run::from),
            lag_s: health.lag_s,
            runs: health.runs,
            failed: health.failed,
            failed_permille,
            records: health.records,
            rejected: health.rejected,
            reasons: list(health.reasons),
            waiting: health.waiting,
            next_changes: firing.changes.map(|due| due.next),
            next_full: firing.full.map(|due| due.next),
            refused: firing.refused.map(Text::from),
        }
    }
}

impl From<Vec<service::SourceHealth>> for SourcesHealth {
    fn from(found: Vec<service::SourceHealth>) -> Self {
        Self { sources: list(found) }
    }
}

/// How the sources of a tenant are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourcesHealth {
    /// By slug; for the city, those of all tenants.
    sources: Vec<SourceHealth>,
}
