//! Runs over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::{self as model, RunId, RunStatus, SourceSlug, Timestamp, VanishedDecision};
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
    /// What it found to be gone without having been told; null if nothing, or if it did not look:
    /// only a full run that saw everything does.
    vanished: Option<Vanished>,
    /// Why records were not admitted, and how often.
    reasons: Vec<ReasonCount>,
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
    /// Records that the source says are gone, or that a full run did not find any more.
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
            vanished: run.vanished.map(Vanished::from),
            reasons: list(run.reasons),
            started: run.started,
            updated: run.updated,
            error: run.error.map(Text::from),
        }
    }
}

/// Live records of a source that a full run did not find any more.
#[derive(Debug, Serialize, ToSchema)]
struct Vanished {
    /// How many.
    missing: u64,
    /// How many live records the source had before.
    live: u64,
    /// How many the run might have withdrawn by itself.
    allowed: u64,
    /// `withdrawn` by the rule; `waiting` for a person; `confirmed` or `kept` by one; `outdated`: a later
    /// full run looked again.
    #[schema(value_type = String, example = "waiting")]
    decision: VanishedDecision,
    #[schema(example = "待人工确认")]
    decision_zh: &'static str,
    /// When that was decided, or found.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<model::Vanished> for Vanished {
    fn from(vanished: model::Vanished) -> Self {
        let model::Vanished { missing, live, allowed, decision, by: _, at } = vanished;
        Self { missing, live, allowed, decision, decision_zh: decision_zh(decision), at }
    }
}

/// 中文.
pub(crate) const fn decision_zh(decision: VanishedDecision) -> &'static str {
    match decision {
        VanishedDecision::Withdrawn => "已自动撤回",
        VanishedDecision::Waiting => "待人工确认",
        VanishedDecision::Confirmed => "已确认撤回",
        VanishedDecision::Kept => "已确认保留",
        VanishedDecision::Outdated => "已有更新的全量导入",
    }
}

/// How often records were not admitted for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonCount {
    /// Name of the raw field; empty if it is the record as a whole.
    field: String,
    /// The reason's code.
    #[schema(example = "ip_check_digit")]
    code: String,
    /// Records.
    count: u64,
    /// What the first of them was told.
    text: Text,
}

impl From<model::ReasonCount> for ReasonCount {
    fn from(reason: model::ReasonCount) -> Self {
        let model::ReasonCount { field, code, count, text } = reason;
        Self { field, code, count, text: text.into() }
    }
}

/// What is to become of records that a full run did not find any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecideVanished {
    /// `withdraw` or `keep`.
    #[schema(value_type = String, example = "withdraw")]
    pub(crate) decision: Decide,
    /// 理由，最多1000字。 At most 1,000 characters.
    #[schema(example = "已与学校核实")]
    pub(crate) reason: String,
}

/// The one or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decide {
    Withdraw,
    Keep,
}

/// A line of a run's report.
#[derive(Debug, Serialize, ToSchema)]
struct ReportLine {
    /// `new`, `changed`, `merged` or `withdrawn`.
    #[schema(example = "merged")]
    outcome: &'static str,
    outcome_zh: &'static str,
    /// The source's own identifier.
    source_id: String,
    /// What a person finds it by.
    place: String,
    #[schema(value_type = Option<String>)]
    achievement: Option<model::AchievementId>,
    /// The key by which it was merged, or who says that it is gone: `source`, `rule`, `person`.
    why: String,
}

impl From<taihu_service::ReportLine> for ReportLine {
    fn from(line: taihu_service::ReportLine) -> Self {
        Self {
            outcome: line.outcome.as_str(),
            outcome_zh: line.outcome.zh(),
            source_id: line.source_id,
            place: line.place,
            achievement: line.achievement,
            why: line.why,
        }
    }
}

/// A page of a run's report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Report {
    /// What was done, in the order in which it happened. What was as before is only counted.
    lines: Vec<ReportLine>,
    /// What was not admitted; comes after all lines.
    rejections: Vec<Rejection>,
    /// Where the next page begins: hand it back as `cursor`.
    next: Option<String>,
}

impl From<taihu_service::ReportPage> for Report {
    fn from(page: taihu_service::ReportPage) -> Self {
        Self {
            lines: list(page.lines),
            rejections: list(page.rejected),
            next: page.next.map(|at| cursor::write("report", at)),
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
