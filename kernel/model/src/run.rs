//! Runs (导入批次): one reading of a source, and what it brought.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Digest, RunId, SourceSlug};

/// A run of a connector over a source (导入批次).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its identifier.
    pub id: RunId,
    /// The source.
    pub source: SourceSlug,
    /// Version digest of the connector it began with.
    pub connector: Digest,
    /// Where it stands.
    pub status: RunStatus,
    /// Only what changed since then is wanted; everything if absent.
    pub since: Option<Timestamp>,
    /// The connector's state after the last stored page.
    pub state: String,
    /// What it brought so far.
    pub counts: RunCounts,
    /// How many records it will bring, if the source said so.
    pub total: Option<u64>,
    /// True if the connector said that it saw everything. While the run goes on: that nothing is left
    /// to be read.
    #[serde(default)]
    pub complete: bool,
    /// What it found to be gone without having been told; only a full run that saw everything looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vanished: Option<Vanished>,
    /// What it has used up of its budget.
    #[serde(default)]
    pub spent: RunSpent,
    /// Why records were not admitted, and how often; the reasons that came first, of very many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReasonCount>,
    /// When it began.
    pub started: Timestamp,
    /// When it last stored a page, or ended.
    pub updated: Timestamp,
    /// Why it failed, if it did: Chinese and English.
    pub error: Option<crate::Text>,
}

/// What a run has used up, up to its last stored page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSpent {
    /// Milliseconds in which it was driven.
    pub ms: u64,
    /// Bytes that its source sent.
    pub bytes: u64,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Going on, or interrupted and to be resumed.
    Running,
    /// Came to its end.
    Done,
    /// Stopped by an error.
    Failed,
}

/// What a run brought. The first five add up to the records it read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunCounts {
    /// New achievements.
    pub new: u64,
    /// Records of achievements that another source or record had already brought.
    pub merged: u64,
    /// Records that changed.
    pub changed: u64,
    /// Records that were as before.
    pub unchanged: u64,
    /// Records that were not admitted.
    pub rejected: u64,
    /// Records that the source says are gone, or that a full run did not find any more.
    pub withdrawn: u64,
    /// Pages stored.
    pub pages: u32,
    /// Oddities that connectors reported.
    pub warnings: u64,
}

impl RunCounts {
    /// Records read, tombstones excluded.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.new + self.merged + self.changed + self.unchanged + self.rejected
    }
}

/// Live records of a source that a full run did not find any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vanished {
    /// How many.
    pub missing: u64,
    /// How many live records the source had before.
    pub live: u64,
    /// How many the run might have withdrawn by itself.
    pub allowed: u64,
    /// What becomes of them.
    pub decision: VanishedDecision,
    /// Who decided, if that was a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What becomes of records that a full run did not find any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VanishedDecision {
    /// They were few: the run withdrew them.
    Withdrawn,
    /// They are many: they stay until a person decides.
    Waiting,
    /// A person had them withdrawn.
    Confirmed,
    /// A person had them stay.
    Kept,
    /// A later full run looked again.
    Outdated,
}

/// How often records were not admitted for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// Name of the raw field; empty if it is the record as a whole.
    pub field: String,
    /// The reason's code, such as `ip_check_digit`.
    pub code: String,
    /// Records.
    pub count: u64,
    /// What the first of them was told.
    pub text: crate::Text,
}
