//! Runs over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::{self as model, RunId, RunStatus, SourceSlug, Timestamp};
use taihu_service::RunMode;
use utoipa::ToSchema;

use super::{Reason, Text, list};
use crate::http::cursor;

/// A run of a connector over a source (导入批次).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Run {
    #[schema(value_type = String, example = "run_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    id: RunId,
    #[schema(value_type = String)]
    source: SourceSlug,
    /// `running`, `done` or `failed`.
    #[schema(value_type = String, example = "running")]
    status: RunStatus,
    #[schema(example = "进行中")]
    status_zh: &'static str,
    /// Only what changed since then is wanted; everything if null.
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    counts: RunCounts,
    /// How many records it will bring, if the source said so.
    total: Option<u64>,
    /// True if the connector said that it saw everything.
    complete: bool,
    #[schema(value_type = String, format = DateTime)]
    started: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
    /// Why it failed, if it did.
    error: Option<Text>,
}

/// What a run brought. The first five add up to `records`.
#[derive(Debug, Serialize, ToSchema)]
struct RunCounts {
    /// New achievements.
    new: u64,
    /// Records of achievements that another record had already brought.
    merged: u64,
    /// Records that changed.
    changed: u64,
    /// Records that were as before.
    unchanged: u64,
    /// Records that were not admitted.
    rejected: u64,
    /// Records read.
    records: u64,
    /// Records that the source says are gone.
    withdrawn: u64,
    /// Pages stored.
    pages: u32,
    /// Oddities that the connector reported.
    warnings: u64,
}

impl From<model::RunCounts> for RunCounts {
    fn from(counts: model::RunCounts) -> Self {
        Self {
            records: counts.records(),
            new: counts.new,
            merged: counts.merged,
            changed: counts.changed,
            unchanged: counts.unchanged,
            rejected: counts.rejected,
            withdrawn: counts.withdrawn,
            pages: counts.pages,
            warnings: counts.warnings,
        }
    }
}

impl From<model::Run> for Run {
    fn from(run: model::Run) -> Self {
        Self {
            id: run.id,
            source: run.source,
            status: run.status,
            status_zh: match run.status {
                RunStatus::Running => "进行中",
                RunStatus::Done => "已完成",
                RunStatus::Failed => "失败",
            },
            since: run.since,
            counts: run.counts.into(),
            total: run.total,
            complete: run.complete,
            started: run.started,
            updated: run.updated,
            error: run.error.map(Text::from),
        }
    }
}

/// One run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneRun {
    pub(crate) run: Run,
}

/// Runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Runs {
    /// The newest first, at most 200.
    pub(crate) runs: Vec<Run>,
    /// Always null: older runs are found by their id.
    pub(crate) next: Option<String>,
}

/// How a run is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartRun {
    /// `full`, or `incremental`: what changed since the last run that came to its end.
    #[schema(value_type = String, example = "incremental")]
    pub(crate) mode: RunMode,
}

/// A record that a run did not admit.
#[derive(Debug, Serialize, ToSchema)]
struct Rejection {
    /// The source's own identifier.
    source_id: String,
    /// What a person finds it by, such as a row's number.
    place: String,
    /// Every reason.
    reasons: Vec<Reason>,
}

impl From<taihu_service::Rejection> for Rejection {
    fn from(rejection: taihu_service::Rejection) -> Self {
        Self {
            source_id: rejection.source_id,
            place: rejection.place,
            reasons: list(rejection.reasons),
        }
    }
}

/// A page of what a run did not admit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rejections {
    rejections: Vec<Rejection>,
    /// Where the next page begins: hand it back as `cursor`.
    next: Option<String>,
}

impl From<(Vec<taihu_service::Rejection>, Option<String>)> for Rejections {
    fn from((found, next): (Vec<taihu_service::Rejection>, Option<String>)) -> Self {
        Self { rejections: list(found), next: next.map(|at| cursor::write("rejections", at)) }
    }
}
