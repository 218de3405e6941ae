//! Where each value of a source record went: what came, verbatim; which of its fields became which of
//! the achievement's; what was guessed; what the source's defaults added; and what was left out, with
//! the reason. Computed by admitting the record again, so that it says what the rules of today do.

use std::collections::BTreeSet;

use serde_json::Value;
use taihu_model::{
    Digest, Reason, Source, SourceRecord, SourceRecordStatus, SourceSlug, TenantSlug, Text, admit,
};

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::PAGE_MAX;

/// A source record, and where each of its values went.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedRecord {
    /// As it is kept.
    pub record: SourceRecord,
    /// Digest of it verbatim.
    pub verbatim: Digest,
    /// Its values in their order, then the source's defaults that were used.
    pub values: Vec<MappedValue>,
    /// What was guessed, converted or left out on the way; why it is not admitted, if it is not.
    pub notes: Vec<Reason>,
    /// True if the rules or the source's defaults of today make something else of it than what is
    /// kept: its next reading will change it.
    pub would_change: bool,
}

/// Identifiers of source records, each with where it stands.
pub type RecordNames = Vec<(String, SourceRecordStatus)>;

/// One value, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedValue {
    /// What the source calls the field; empty for a default.
    pub origin: String,
    /// The kernel's name for it.
    pub name: String,
    /// As it came.
    pub value: String,
    /// What became of it.
    pub fate: Fate,
    /// The achievement's fields that are made of it, and what they say.
    pub became: Vec<(&'static str, Value)>,
    /// What was noted about its field.
    pub notes: Vec<Text>,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was read.
    Taken,
    /// It was read, and something was guessed or repaired.
    Estimated,
    /// The source says nothing, and its default stands there.
    Default,
    /// It was left out.
    LeftOut,
    /// The record is not admitted because of it.
    Rejected,
}

impl Fate {
    /// The code on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Estimated => "estimated",
            Self::Default => "default",
            Self::LeftOut => "left_out",
            Self::Rejected => "rejected",
        }
    }

    /// 中文.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Taken => "采用",
            Self::Estimated => "推算",
            Self::Default => "默认值",
            Self::LeftOut => "舍弃",
            Self::Rejected => "不合格",
        }
    }
}

/// Codes of notes that say that something was guessed or repaired (`admit`).
const GUESSED: &[&str] =
    &["estimated", "unit_assumed", "ip_repaired", "ip_kind_differs", "secrecy_unsaid"];
/// Codes of notes that say that a value was left out.
const LEFT_OUT: &[&str] = &[
    "value_unknown",
    "field_unknown",
    "name_too_long",
    "keyword_too_long",
    "ipc_unreadable",
    "industry_unreadable",
    "ip_no_number",
    "url_unreadable",
    "date_unreadable",
    "price_zero",
];

/// Which fields of an achievement are made of a raw field.
const fn facts_of(name: &str) -> &'static [&'static str] {
    match name.as_bytes() {
        b"title" => &["title"],
        b"summary" => &["summary"],
        b"problem" => &["problem"],
        b"advantage" => &["advantage"],
        b"economics" => &["economics"],
        b"indicators" => &["indicators"],
        b"field" => &["field"],
        b"form" => &["form"],
        b"stage" => &["stage", "trl"],
        b"trl" | b"trl_evidence" => &["trl", "stage"],
        b"level" => &["level"],
        b"owner" => &["owners"],
        b"inventor" => &["inventors"],
        b"ip" => &["ip"],
        b"ipc" => &["ipc"],
        b"industry" => &["industry"],
        b"keyword" => &["keywords"],
        b"transfer_mode" => &["transfer_modes", "trial_offered"],
        b"price" => &["price"],
        b"trial_offered" => &["trial_offered"],
        b"secrecy" => &["secrecy"],
        b"registration_no" => &["registration_no"],
        b"owner_declaration" => &["owner_declaration"],
        b"contact" => &["contact"],
        b"date" => &["year"],
        b"url" => &["url"],
        _ => &[],
    }
}

impl Kernel {
    /// Where each value of a source record went.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such record, [`Error::Denied`] for who may not see it.
    pub fn mapped_record(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        source: &SourceSlug,
        source_id: &str,
    ) -> Result<MappedRecord> {
        let source = self.source_of(caller, tenant, source)?;
        let view = self.snapshot()?;
        let key = keys::record(&source.slug, source_id);
        let mut record = view.need::<SourceRecord>(&self.city, &key, "record", source_id)?.value;
        self.hide_others(caller, &view, &mut record)?;
        mapped(record, &source)
    }

    /// Identifiers of a source's records, in no order that means anything, at most a page, each with
    /// where it stands; and what to ask for the next page with.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such source, or it is not the caller's to see.
    pub fn record_ids(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        source: &SourceSlug,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(RecordNames, Option<String>)> {
        let source = self.source_of(caller, tenant, source)?;
        let prefix = format!("record/{}/", source.slug);
        let after = after.map(|after| taihu_store::Key(format!("{prefix}{after}")));
        let limit = limit.clamp(1, PAGE_MAX);
        let found =
            self.snapshot()?.list::<SourceRecord>(&self.city, &prefix, after.as_ref(), limit)?;
        let next = found.last().filter(|_| found.len() == limit);
        let next = next.and_then(|(key, _)| key.0.strip_prefix(&prefix).map(ToOwned::to_owned));
        Ok((found.into_iter().map(|(_, it)| (it.source_id, it.status)).collect(), next))
    }

    /// A source that is on a tenant's ground, for who may read its records.
    fn source_of(&self, caller: &Caller, tenant: &TenantSlug, slug: &SourceSlug) -> Result<Source> {
        caller.may(Action::ReadDrafts, tenant)?;
        let source = self.source(slug)?;
        if source.tenant == *tenant { Ok(source) } else { Err(Error::not_found("source", slug)) }
    }
}

fn mapped(record: SourceRecord, source: &Source) -> Result<MappedRecord> {
    let (facts, notes, rejected) = match admit(&record.raw, &source.defaults) {
        Ok(admitted) => (Some(admitted.facts), admitted.notes, false),
        Err(reasons) => (None, reasons, true),
    };
    let stays = matches!(record.status, SourceRecordStatus::Live | SourceRecordStatus::Rejected);
    let would_change = stays && (facts != record.facts || rejected && notes != record.rejected);
    let said = facts
        .as_ref()
        .map(serde_json::to_value)
        .transpose()
        .map_err(|error| Error::Damaged(error.to_string()))?
        .unwrap_or_default();
    let mut values: Vec<MappedValue> = record
        .raw
        .fields
        .iter()
        .map(|field| value(&field.origin, &field.name, &field.value, &said, &notes, rejected))
        .collect();
    let own: BTreeSet<&str> = values
        .iter()
        .filter(|value| value.fate != Fate::LeftOut)
        .map(|value| value.name.as_str())
        .collect();
    let defaults: Vec<MappedValue> = source
        .defaults
        .iter()
        .filter(|(name, _)| !own.contains(name.as_str()))
        .map(|(name, text)| {
            let value = value("", name, text, &said, &notes, rejected);
            let fate = if value.fate == Fate::Rejected { Fate::Rejected } else { Fate::Default };
            MappedValue { fate, ..value }
        })
        .collect();
    values.extend(defaults);
    Ok(MappedRecord {
        verbatim: Digest::of(record.raw.verbatim.as_bytes()),
        record,
        values,
        notes,
        would_change,
    })
}

/// Says what became of one value, by what was noted about its field and what the facts say.
fn value(
    origin: &str,
    name: &str,
    text: &str,
    said: &Value,
    notes: &[Reason],
    rejected: bool,
) -> MappedValue {
    let shown = Reason::new("", "", &taihu_model::normalise(text), Text::new("", "")).value;
    // A note about one value of several is about that one.
    let about = |note: &&Reason| {
        note.field == name
            && (note.value.is_empty() || note.value == shown || text.contains(&note.value))
    };
    let noted: Vec<&Reason> = notes.iter().filter(about).collect();
    let became: Vec<(&'static str, Value)> = facts_of(name)
        .iter()
        .filter_map(|fact| Some((*fact, said.get(*fact)?.clone())))
        .filter(|(_, value)| !is_nothing(value))
        .collect();
    let has = |codes: &[&str]| noted.iter().any(|note| codes.contains(&note.code.as_str()));
    let fate = if rejected && !noted.is_empty() {
        Fate::Rejected
    } else if has(LEFT_OUT)
        || noted.iter().any(|note| note.code == "more_values" && note.value == shown)
    {
        Fate::LeftOut
    } else if has(GUESSED) || became.iter().any(|(_, value)| value["estimated"] == true) {
        Fate::Estimated
    } else if became.is_empty() && !rejected {
        Fate::LeftOut
    } else {
        Fate::Taken
    };
    MappedValue {
        origin: origin.to_owned(),
        name: name.to_owned(),
        value: text.to_owned(),
        fate,
        became: if fate == Fate::LeftOut { Vec::new() } else { became },
        notes: noted.into_iter().map(|note| note.text.clone()).collect(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}
