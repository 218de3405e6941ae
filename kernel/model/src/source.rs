//! Sources (来源) and what they delivered.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::RawRecord;
use crate::{
    AchievementFacts, AchievementId, Digest, PluginName, Reason, RunId, SourceSlug, TenantSlug,
    Trust,
};

/// Somewhere that achievements come from, and the connector that reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its slug.
    pub slug: SourceSlug,
    /// 名称, such as 「东南大学 OAI-PMH」.
    pub name: String,
    /// The tenant that runs it.
    pub tenant: TenantSlug,
    /// The connector that reads it.
    pub connector: PluginName,
    /// The connector's configuration for this source.
    #[serde(default)]
    pub config: serde_json::Map<String, serde_json::Value>,
    /// Constants for what the source never says, by the name of a raw field: `owner` → 东南大学.
    #[serde(default)]
    pub defaults: BTreeMap<String, String>,
    /// How much its word counts.
    pub trust: Trust,
    /// Start of the last run that came to its end: what the next incremental run asks for.
    pub watermark: Option<Timestamp>,
}

/// What a source delivered of one record: kept for ever, never overwritten by another source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// The source.
    pub source: SourceSlug,
    /// The source's own identifier.
    pub source_id: String,
    /// Digest of the raw record.
    pub digest: Digest,
    /// The raw record, verbatim.
    pub raw: RawRecord,
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The run that brought it.
    pub run: RunId,
    /// Version digest of the connector that read it.
    pub connector: Digest,
    /// Where it stands.
    pub status: SourceRecordStatus,
    /// What it says, normalised, if it was admitted.
    pub facts: Option<AchievementFacts>,
    /// The achievement it speaks of, if it was admitted.
    pub achievement: Option<AchievementId>,
    /// Every reason it was rejected for, if it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Reason>,
    /// Its place among what its run read: what came earlier in the same run has a lower one.
    #[serde(default)]
    pub nth: u64,
    /// Later readings of the very same by other versions of the connector, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Reading>,
}

/// That a version of a connector read a record, and found what was known already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Version digest of the connector.
    pub connector: Digest,
    /// The run.
    pub run: RunId,
    /// When.
    pub at: Timestamp,
    /// Its place among what the run read.
    pub nth: u64,
}

/// Where a source record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceRecordStatus {
    /// The source has it, and it was admitted.
    Live,
    /// The source has it, and it was not admitted.
    Rejected,
    /// The source says that it is gone.
    Deleted,
    /// A version of the connector brought it, that version was recalled, and nobody else had.
    Recalled,
}

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
    /// True if the connector said that it saw everything.
    #[serde(default)]
    pub complete: bool,
    /// When it began.
    pub started: Timestamp,
    /// When it last stored a page, or ended.
    pub updated: Timestamp,
    /// Why it failed, if it did: Chinese and English.
    pub error: Option<crate::Text>,
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
    /// Records that the source says are gone.
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
