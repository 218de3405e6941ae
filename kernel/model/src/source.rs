//! Sources (来源) and the records that they delivered.

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
    /// When the kernel itself reads it.
    #[serde(default, skip_serializing_if = "Schedule::is_empty")]
    pub schedule: Schedule,
    /// How many vanished records a full run withdraws by itself.
    #[serde(default)]
    pub withdraw_max: WithdrawMax,
    /// Start of the last run that came to its end: what the next incremental run asks for.
    pub watermark: Option<Timestamp>,
}

/// When the kernel itself reads a source: cron expressions of five fields, in the time of Huzhou
/// (UTC+8). Where both fall on one minute, the full run is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// When it is asked for what changed, such as `30 3 * * *`: every night at half past three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<String>,
    /// When it is read whole, such as `0 4 1 * *`: on the first of every month. Only a run that read
    /// everything can find out what is gone without having been told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full: Option<String>,
}

impl Schedule {
    /// True if the kernel never reads the source by itself.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_none() && self.full.is_none()
    }
}

/// How many records that a full run did not find any more it withdraws by itself. Of more, a person
/// decides: a server that shows half of what it has is commoner than half of it being gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WithdrawMax {
    /// Share of the source's live records, per cent.
    pub percent: u8,
    /// Records.
    pub records: u32,
}

impl WithdrawMax {
    /// What holds for a source that says nothing.
    pub const DEFAULT: Self = Self { percent: 5, records: 100 };

    /// How many of so many live records may go: the smaller of the share and the number.
    #[must_use]
    pub fn of(self, live: u64) -> u64 {
        (live * u64::from(self.percent.min(100)) / 100).min(u64::from(self.records))
    }
}

impl Default for WithdrawMax {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What a source delivered of one record: kept for ever, never overwritten by another source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// The source.
    pub source: SourceSlug,
    /// The source's own identifier.
    pub source_id: String,
    /// Digest of what it says, wherever it was found, with the source's defaults of then.
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
    /// Why it speaks of an achievement that another record had brought, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
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

/// Why a record was merged into an achievement: what it had in common with which records, when, and
/// in which run. Kept as it was when it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The key that they have in common ([`merge_keys`](crate::merge_keys)); empty where a person
    /// decided.
    pub key: String,
    /// How alike the titles are, per mille, where they are not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likeness: Option<u16>,
    /// The records that spoke of the achievement and have that in common, at most [`Merged::WITH_MAX`].
    pub with: Vec<RecordName>,
    /// When.
    pub at: Timestamp,
    /// The run that brought it; none where a person decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

impl Merged {
    /// Records that are named: who wants to know why needs one, and some more say how sure it is.
    pub const WITH_MAX: usize = 8;
}

/// A source record by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordName {
    /// The source.
    pub source: SourceSlug,
    /// The source's own identifier.
    pub source_id: String,
}

impl SourceRecord {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> RecordName {
        RecordName { source: self.source.clone(), source_id: self.source_id.clone() }
    }
}

/// That a person found two records to be of different things: they are never merged again, whatever
/// they have in common. Kept beside each of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Apart {
    /// The other record.
    pub from: RecordName,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
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
    /// The source says that it is gone, or a full run did not find it any more.
    Deleted,
    /// A version of the connector brought it, that version was recalled, and nobody else had.
    Recalled,
}
