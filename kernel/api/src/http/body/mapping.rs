//! Where each value of a source record went, over the wire.

use serde::Serialize;
use serde_json::Value;
use taihu_model::{Digest, SourceRecordStatus, mask_contacts};
use taihu_service as service;
use utoipa::ToSchema;

use super::source::SourceRecord;
use super::{Reason, Text, is_contact, list, masked};
use crate::http::cursor;

/// A source record, and where each of its values went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MappedRecord {
    record: SourceRecord,
    /// As it came, an XML element or a row; null if it has contact data. Telephone numbers and e-mail
    /// addresses in it, which a column that nobody mapped may have, are `***`.
    verbatim: Option<String>,
    /// True if something in it was masked so.
    verbatim_masked: bool,
    /// SHA-256 of it as it came.
    #[schema(value_type = String)]
    verbatim_digest: Digest,
    /// SHA-256 of the file of the connector that read it.
    #[schema(value_type = String)]
    connector: Digest,
    /// Its values in their order, then the source's defaults that were used. Contact data is left out.
    values: Vec<MappedValue>,
    /// What was guessed, converted or left out; why it is not admitted, if it is not.
    notes: Vec<Reason>,
    /// True if today's rules or defaults make something else of it: its next reading will change it.
    would_change: bool,
}

/// One value, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct MappedValue {
    /// What the source calls the field; empty for a default.
    origin: String,
    /// The kernel's name for it.
    name: String,
    /// As it came; telephone numbers and e-mail addresses in it are `***`.
    value: String,
    /// `taken`, `estimated`, `default`, `left_out` or `rejected`.
    #[schema(example = "estimated")]
    fate: &'static str,
    #[schema(example = "推算")]
    fate_zh: &'static str,
    /// The achievement's fields that are made of it.
    became: Vec<Became>,
    /// 说明。 What was noted about it.
    notes: Vec<Text>,
}

/// A field of an achievement, and what it says.
#[derive(Debug, Serialize, ToSchema)]
struct Became {
    #[schema(example = "trl")]
    field: &'static str,
    value: Value,
}

impl From<service::MappedRecord> for MappedRecord {
    fn from(mapped: service::MappedRecord) -> Self {
        let has_contact = mapped.record.raw.fields.iter().any(|field| is_contact(&field.name));
        let verbatim = mask_contacts(&mapped.record.raw.verbatim).into_owned();
        Self {
            verbatim_masked: !has_contact && verbatim != mapped.record.raw.verbatim,
            verbatim: (!has_contact).then_some(verbatim),
            verbatim_digest: mapped.verbatim,
            connector: mapped.record.connector,
            record: mapped.record.into(),
            values: list(
                mapped.values.into_iter().filter(|value| !is_contact(&value.name)).collect(),
            ),
            notes: list(mapped.notes),
            would_change: mapped.would_change,
        }
    }
}

impl From<service::MappedValue> for MappedValue {
    fn from(value: service::MappedValue) -> Self {
        let became = value.became.into_iter();
        Self {
            origin: value.origin,
            name: value.name,
            value: mask_contacts(&value.value).into_owned(),
            fate: value.fate.as_str(),
            fate_zh: value.fate.zh(),
            became: became
                .map(|(field, value)| Became { field, value: without_contacts(value) })
                .collect(),
            notes: value.notes.into_iter().map(masked).collect(),
        }
    }
}

/// Masks telephone numbers and e-mail addresses in every text of a value.
fn without_contacts(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask_contacts(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(without_contacts).collect(),
        Value::Object(items) => {
            items.into_iter().map(|(key, item)| (key, without_contacts(item))).collect()
        }
        other => other,
    }
}

/// A source record by its name.
#[derive(Debug, Serialize, ToSchema)]
struct RecordName {
    /// The source's own identifier.
    source_id: String,
    /// `live`, `rejected`, `deleted` or `recalled`.
    #[schema(value_type = String, example = "live")]
    status: SourceRecordStatus,
}

/// A page of the records of a source.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordNames {
    records: Vec<RecordName>,
    /// Where the next page begins: hand it back as `cursor`.
    next: Option<String>,
}

impl From<(service::RecordNames, Option<String>)> for RecordNames {
    fn from((found, next): (service::RecordNames, Option<String>)) -> Self {
        let name = |(source_id, status)| RecordName { source_id, status };
        Self {
            records: found.into_iter().map(name).collect(),
            next: next.map(|at| cursor::write("records", at)),
        }
    }
}
