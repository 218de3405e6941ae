//! The shape of `cases/*.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Achievement, AttributeValue, FileEntry, Need, Verdict};

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
    pub(super) need: Need,
    pub(super) achievements: Vec<Achievement>,
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
    pub(super) achievements: Vec<Achievement>,
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
        match &self.body {
            Body::Score(case) => {
                let candidates = case.achievements.iter().flat_map(filled_achievement);
                filled_need(&case.need).into_iter().chain(candidates).collect()
            }
            Body::Classify(case) => case.achievements.iter().flat_map(filled_achievement).collect(),
            Body::Harvest(_) => Vec::new(),
        }
    }
}

fn filled_achievement(view: &Achievement) -> Vec<String> {
    let known = [
        ("title", !view.title.is_empty()),
        ("summary", !view.summary.is_empty()),
        ("problem", !view.problem.is_empty()),
        ("advantage", !view.advantage.is_empty()),
        ("keywords", !view.keywords.is_empty()),
        ("field", !view.field.is_empty()),
        ("stage", !view.stage.is_empty()),
        ("trl", view.trl.is_some()),
        ("transfer_modes", !view.transfer_modes.is_empty()),
        ("trial_offered", view.trial_offered),
        ("ipc", !view.ipc.is_empty()),
        ("industry", !view.industry.is_empty()),
    ];
    let attributes = view.attributes.iter().map(|attribute| attribute.key.as_str());
    let known = known.iter().filter(|(_, is)| *is).map(|(name, _)| *name);
    known.chain(attributes).map(|name| format!("achievement.{name}")).collect()
}

fn filled_need(view: &Need) -> Vec<String> {
    let known = [
        ("title", !view.title.is_empty()),
        ("problem", !view.problem.is_empty()),
        ("technical_key", !view.technical_key.is_empty()),
        ("target_indicators", !view.target_indicators.is_empty()),
        ("tried", !view.tried.is_empty()),
        ("base_conditions", !view.base_conditions.is_empty()),
        ("cooperation_mode", !view.cooperation_mode.is_empty()),
        ("budget_fen", view.budget_fen.is_some()),
        ("deadline", !view.deadline.is_empty()),
        ("chain", !view.chain.is_empty()),
        ("ipc", !view.ipc.is_empty()),
        ("industry", !view.industry.is_empty()),
    ];
    let known = known.iter().filter(|(_, is)| *is);
    known.map(|(name, _)| format!("need.{name}")).collect()
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
