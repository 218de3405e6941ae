//! Sources and what they delivered, over the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use taihu_model::{
    self as model, AchievementId, Config, PluginName, RunId, SourceRecordStatus, SourceSlug,
    TenantSlug, Timestamp, Trust, mask_contacts,
};
use utoipa::ToSchema;

use super::{Reason, Text, is_contact, list};

/// Somewhere that achievements come from (来源).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Source {
    #[schema(value_type = String, example = "seu-oai")]
    slug: SourceSlug,
    /// 名称。
    name: String,
    /// The tenant that runs it.
    #[schema(value_type = String)]
    tenant: TenantSlug,
    /// The connector that reads it.
    #[schema(value_type = String, example = "oai-pmh")]
    connector: PluginName,
    /// The connector's configuration for this source.
    #[schema(value_type = Object)]
    config: Config,
    /// Constants for what the source never says.
    defaults: BTreeMap<String, String>,
    /// `official`, `partner` or `self`.
    trust: String,
    trust_zh: String,
    schedule: Schedule,
    withdraw_max: WithdrawMax,
    /// Start of the last run that came to its end.
    #[schema(value_type = Option<String>, format = DateTime)]
    watermark: Option<Timestamp>,
}

impl From<model::Source> for Source {
    fn from(source: model::Source) -> Self {
        Self {
            slug: source.slug,
            name: source.name,
            tenant: source.tenant,
            connector: source.connector,
            config: source.config,
            defaults: source.defaults,
            schedule: source.schedule.into(),
            withdraw_max: source.withdraw_max.into(),
            trust: source.trust.to_string(),
            trust_zh: source.trust.zh().to_owned(),
            watermark: source.watermark,
        }
    }
}

/// What a source is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutSource {
    /// 名称。
    #[schema(example = "东南大学 OAI-PMH")]
    name: String,
    /// The enabled connector that reads it.
    #[schema(value_type = String, example = "oai-pmh")]
    connector: PluginName,
    /// The connector's configuration.
    #[serde(default)]
    #[schema(value_type = Object)]
    config: Config,
    /// Constants for what the source never says, by the name of a raw field.
    #[serde(default)]
    #[schema(example = json!({"owner": "东南大学"}))]
    defaults: BTreeMap<String, String>,
    /// `official`, `partner` (the default) or `self`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "partner")]
    trust: Option<Trust>,
    /// When the kernel itself reads it; never if absent.
    #[serde(default)]
    schedule: Option<Schedule>,
    /// How many vanished records a full run withdraws by itself: 5 % and 100 if absent.
    #[serde(default)]
    withdraw_max: Option<WithdrawMax>,
}

/// When the kernel itself reads a source: cron expressions of five fields, in the time of Huzhou.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Schedule {
    /// For what changed.
    #[schema(example = "30 3 * * *")]
    changes: Option<String>,
    /// For everything. Only a full run can find out what is gone without having been told.
    #[schema(example = "0 4 1 * *")]
    full: Option<String>,
}

impl From<model::Schedule> for Schedule {
    fn from(model::Schedule { changes, full }: model::Schedule) -> Self {
        Self { changes, full }
    }
}

/// How many records that a full run did not find any more it withdraws by itself: the smaller of the two.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithdrawMax {
    /// Share of the source's live records, per cent.
    #[schema(minimum = 0, maximum = 100, example = 5)]
    percent: u8,
    /// Records.
    #[schema(example = 100)]
    records: u32,
}

impl From<model::WithdrawMax> for WithdrawMax {
    fn from(model::WithdrawMax { percent, records }: model::WithdrawMax) -> Self {
        Self { percent, records }
    }
}

impl PutSource {
    /// The source at an address.
    pub(crate) fn at(self, tenant: TenantSlug, slug: SourceSlug) -> model::Source {
        model::Source {
            slug,
            name: self.name,
            tenant,
            connector: self.connector,
            config: self.config,
            defaults: self.defaults,
            trust: self.trust.unwrap_or(Trust::PARTNER),
            schedule: self.schedule.map_or_else(Default::default, |schedule| model::Schedule {
                changes: schedule.changes,
                full: schedule.full,
            }),
            withdraw_max: self.withdraw_max.map_or_else(Default::default, |max| {
                model::WithdrawMax { percent: max.percent, records: max.records }
            }),
            watermark: None,
        }
    }
}

/// The sources of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sources {
    /// By slug; for the city, those of all tenants.
    pub(crate) sources: Vec<Source>,
    /// Always null: there are few.
    pub(crate) next: Option<String>,
}

/// One source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneSource {
    pub(crate) source: Source,
}

/// What a source delivered of one achievement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceRecord {
    #[schema(value_type = String)]
    source: SourceSlug,
    /// The source's own identifier.
    source_id: String,
    /// What a person finds it by, such as a row's number.
    place: String,
    /// When the source last changed it, in its own words; may be empty.
    datestamp: String,
    /// The values as they came. Contact data is left out.
    fields: Vec<RawField>,
    #[schema(value_type = String, format = DateTime)]
    fetched: Timestamp,
    /// The run that brought it.
    #[schema(value_type = String)]
    run: RunId,
    /// `live`, `rejected`, `deleted` or `recalled`.
    #[schema(value_type = String, example = "live")]
    status: SourceRecordStatus,
    /// Every reason it was rejected for.
    rejected: Vec<Reason>,
    #[schema(value_type = Option<String>)]
    achievement: Option<AchievementId>,
    /// 合并依据。 Why it was merged into an achievement that another record had brought; null if it was not.
    merged: Option<Merged>,
}

/// Why a record was merged: what it had in common with which records, when, and in which run.
#[derive(Debug, Serialize, ToSchema)]
struct Merged {
    /// `ip`, `reg`, `title` or `like`; null where a person decided.
    #[schema(example = "ip")]
    ground: Option<&'static str>,
    /// In words.
    why: Text,
    /// The key that they have in common; empty where a person decided.
    #[schema(example = "ip:CN202111144021.7")]
    key: String,
    /// How alike the titles are, per mille, where they are not the same.
    #[schema(minimum = 900, maximum = 1000)]
    likeness: Option<u16>,
    /// The records that had it, at most 8; of other tenants' sources only for who may read those.
    with: Vec<RecordName>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The run; null where a person decided.
    #[schema(value_type = Option<String>)]
    run: Option<RunId>,
}

impl From<model::Merged> for Merged {
    fn from(merged: model::Merged) -> Self {
        let (zh, en) = taihu_service::merge_words(&merged);
        Self {
            ground: model::MergeGround::of(&merged.key).map(model::MergeGround::as_str),
            why: Text { zh, en },
            key: merged.key,
            likeness: merged.likeness,
            with: list(merged.with),
            at: merged.at,
            run: merged.run,
        }
    }
}

/// A source record by its name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordOfSource)]
pub(crate) struct RecordName {
    #[schema(value_type = String, example = "seu-oai")]
    source: SourceSlug,
    /// The source's own identifier.
    #[schema(example = "oai:seu.edu.cn:1")]
    source_id: String,
}

impl From<model::RecordName> for RecordName {
    fn from(model::RecordName { source, source_id }: model::RecordName) -> Self {
        Self { source, source_id }
    }
}

/// That a person found two records to be of different things: they are never merged again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Apart {
    /// One that speaks of the achievement.
    record: RecordName,
    /// The other.
    from: RecordName,
    /// Who decided it.
    by: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why.
    reason: String,
}

impl From<(model::RecordName, model::Apart)> for Apart {
    fn from((record, apart): (model::RecordName, model::Apart)) -> Self {
        let model::Apart { from, by, at, reason } = apart;
        Self { record: record.into(), from: from.into(), by, at, reason }
    }
}

/// A record that a person moves from one achievement to another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveRecord {
    #[schema(value_type = String, example = "seu-oai")]
    source: SourceSlug,
    /// The source's own identifier.
    #[schema(example = "oai:seu.edu.cn:1")]
    source_id: String,
    /// Why; 1 to 1,000 characters.
    #[schema(min_length = 1, max_length = 1000)]
    pub(crate) reason: String,
}

impl MoveRecord {
    /// What the record is called, and why it is moved.
    pub(crate) fn split(self) -> (model::RecordName, String) {
        let Self { source, source_id, reason } = self;
        (model::RecordName { source, source_id }, reason)
    }
}

/// One value as the source gave it.
#[derive(Debug, Serialize, ToSchema)]
struct RawField {
    /// The kernel's name.
    name: String,
    /// The value as it came; telephone numbers and e-mail addresses in it are `***`.
    value: String,
    /// What the source calls it; may be empty.
    origin: String,
}

impl From<model::SourceRecord> for SourceRecord {
    fn from(record: model::SourceRecord) -> Self {
        let fields = record
            .raw
            .fields
            .into_iter()
            .filter(|field| !is_contact(&field.name))
            .map(|field| RawField {
                name: field.name,
                value: mask_contacts(&field.value).into_owned(),
                origin: field.origin,
            })
            .collect();
        Self {
            source: record.source,
            source_id: record.source_id,
            place: record.raw.place,
            datestamp: record.raw.datestamp,
            fields,
            fetched: record.fetched,
            run: record.run,
            status: record.status,
            rejected: list(record.rejected),
            achievement: record.achievement,
            merged: record.merged.map(Merged::from),
        }
    }
}

/// What sources delivered of an achievement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceRecords {
    pub(crate) sources: Vec<SourceRecord>,
    /// 已区分。 Records that people keep apart from these.
    pub(crate) apart: Vec<Apart>,
    /// Always null: an achievement has at most 64.
    pub(crate) next: Option<String>,
}
