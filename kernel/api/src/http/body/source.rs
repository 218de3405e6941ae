//! Sources and what they delivered, over the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use taihu_model::{
    self as model, AchievementId, Config, PluginName, RunId, SourceRecordStatus, SourceSlug,
    TenantSlug, Timestamp, Trust, mask_contacts,
};
use utoipa::ToSchema;

use super::{Reason, is_contact, list};

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
        }
    }
}

/// What sources delivered of an achievement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceRecords {
    pub(crate) sources: Vec<SourceRecord>,
    /// Always null: an achievement has at most 64.
    pub(crate) next: Option<String>,
}
