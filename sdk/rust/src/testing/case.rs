//! The shape of `cases/*.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{AttributeValue, FileEntry, Verdict};

#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    #[serde(default)]
    pub(super) config: Map<String, Value>,
    #[serde(default = "default_today")]
    pub(super) today: String,
    #[serde(flatten)]
    pub(super) body: Body,
}

fn default_today() -> String {
    "2026-05-20".to_owned()
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    Score(Box<ScoreCase>),
    Classify(ClassifyCase),
    Harvest(HarvestCase),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScoreCase {
    pub(super) need: Value,
    pub(super) achievements: Vec<Value>,
    #[serde(default)]
    pub(super) order: Vec<String>,
    #[serde(default)]
    pub(super) scores: BTreeMap<String, (u16, u16)>,
    #[serde(default)]
    pub(super) evidence: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClassifyCase {
    pub(super) achievements: Vec<Value>,
    pub(super) expect: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    #[serde(deserialize_with = "verdict")]
    pub(super) verdict: Verdict,
    #[serde(default)]
    pub(super) category: Option<String>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, AttributeValue>,
}

fn verdict<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Verdict, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "in" => Ok(Verdict::In),
        "out" => Ok(Verdict::Out),
        "unsure" => Ok(Verdict::Unsure),
        other => Err(serde::de::Error::custom(format!("{other:?} is not in, out or unsure"))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HarvestCase {
    #[serde(default)]
    pub(super) since: String,
    pub(super) replies: Vec<CaseReply>,
    #[serde(default)]
    pub(super) asks: Option<Vec<String>>,
    #[serde(default)]
    pub(super) records: Option<Vec<String>>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    pub(super) tombstones: Vec<String>,
    #[serde(default)]
    pub(super) warnings: Option<usize>,
    #[serde(default)]
    pub(super) complete: Option<bool>,
    #[serde(default)]
    pub(super) failure: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum CaseReply {
    File { file: String, kind: Option<String>, status: Option<u16>, url: Option<String> },
    Text { text: String, status: Option<u16> },
    Reply(RecordedReply),
}

#[derive(Deserialize)]
#[serde(tag = "case", rename_all = "snake_case")]
pub(super) enum RecordedReply {
    Http { status: u16, url: String, headers: Vec<RecordedHeader>, body: String },
    Files { files: Vec<RecordedFile> },
    File { content: String },
    Failed { message: String },
}

#[derive(Deserialize)]
pub(super) struct RecordedHeader {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Deserialize)]
pub(super) struct RecordedFile {
    name: String,
    bytes: u64,
    modified: String,
}

impl RecordedFile {
    pub(super) fn entry(&self) -> FileEntry {
        FileEntry { name: self.name.clone(), bytes: self.bytes, modified: self.modified.clone() }
    }
}

impl Case {
    /// The fields that the case fills, as `achievement.title`; ids and empty values are left out.
    pub(super) fn filled(&self) -> Vec<String> {
        let of = |subject: &str, records: &[Value]| -> Vec<String> {
            let fields = records.iter().flat_map(filled);
            fields.map(|field| format!("{subject}.{field}")).collect()
        };
        match &self.body {
            Body::Score(case) => {
                let mut fields = of("need", std::slice::from_ref(&case.need));
                fields.extend(of("achievement", &case.achievements));
                fields
            }
            Body::Classify(case) => of("achievement", &case.achievements),
            Body::Harvest(_) => Vec::new(),
        }
    }
}

fn filled(record: &Value) -> Vec<&str> {
    let is_filled = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    let attributes = record.get("attributes").and_then(Value::as_array).into_iter().flatten();
    let attributes = attributes.filter_map(|attribute| attribute.get("key")?.as_str());
    let fields = record.as_object().into_iter().flatten();
    let fields = fields
        .filter(|(name, value)| !["id", "attributes"].contains(&name.as_str()) && is_filled(value));
    fields.map(|(name, _)| name.as_str()).chain(attributes).collect()
}

/// Reads `cases/*.json` in the order of their names, with the name of each file.
#[expect(clippy::disallowed_methods, reason = "a test reads its own project")]
pub(super) fn read(project: &Path) -> Result<Vec<(String, Case)>, String> {
    let folder = project.join("cases");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".json"))
        .collect();
    names.sort();
    if names.is_empty() {
        return Err(format!("{}: no cases (*.json); want at least one", folder.display()));
    }
    let mut cases = Vec::with_capacity(names.len());
    for name in names {
        let text = std::fs::read_to_string(folder.join(&name))
            .map_err(|e| format!("cases/{name}: {e}"))?;
        let case = serde_json::from_str(&text).map_err(|e| format!("cases/{name}: {e}"))?;
        cases.push((name, case));
    }
    Ok(cases)
}
