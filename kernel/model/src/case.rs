//! Contract cases: examples that a plugin brings along and the kernel runs before it trusts it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Config;
use crate::contract::{AchievementView, AttributeValue, NeedView, Reply, Verdict};

/// One example: what goes in, and what must come out. In a plugin's source a file
/// `cases/<name>.json`; packed into the component as a JSON array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the example shows, as a short sentence.
    pub name: String,
    /// The configuration it runs with.
    #[serde(default)]
    pub config: Config,
    /// The day it runs on, `2026-05-20`.
    #[serde(default = "default_today")]
    pub today: String,
    /// Input and expectation.
    #[serde(flatten)]
    pub body: CaseBody,
}

fn default_today() -> String {
    "2026-05-20".to_owned()
}

/// Input and expectation, by the kind of the plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a case is read once and kept singly")]
pub enum CaseBody {
    /// For a scorer.
    Score(ScoreCase),
    /// For a niche pool.
    Classify(ClassifyCase),
    /// For a connector.
    Harvest(HarvestCase),
}

/// An example for a scorer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreCase {
    /// The need.
    pub need: NeedView<'static>,
    /// The candidates.
    pub achievements: Vec<AchievementView<'static>>,
    /// Ids from best to worst; strictly falling scores.
    #[serde(default)]
    pub order: Vec<String>,
    /// Bounds of scores: id → lowest and highest.
    #[serde(default)]
    pub scores: BTreeMap<String, (u16, u16)>,
    /// Fields that a factor must name as its evidence: id → factor → field names.
    #[serde(default)]
    pub evidence: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// An example for a niche pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifyCase {
    /// The achievements.
    pub achievements: Vec<AchievementView<'static>>,
    /// What is decided: id → expectation.
    pub expect: BTreeMap<String, ExpectedDecision>,
}

/// What a decision must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedDecision {
    /// The verdict.
    pub verdict: Verdict,
    /// The category, if it matters.
    #[serde(default)]
    pub category: Option<String>,
    /// Values of own fields that must be there.
    #[serde(default)]
    pub fields: BTreeMap<String, AttributeValue>,
}

/// An example for a connector: a whole run over recorded replies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HarvestCase {
    /// Incremental since then; empty for everything.
    #[serde(default)]
    pub since: String,
    /// The answers to the run's asks, in order. One more ask fails the case.
    pub replies: Vec<CaseReply>,
    /// URLs (or `files`, `file:<name>`) that are asked for, in order; not checked if absent.
    #[serde(default)]
    pub asks: Option<Vec<String>>,
    /// Source ids of the records that come, in order.
    #[serde(default)]
    pub records: Option<Vec<String>>,
    /// Values that records must have: source id → field → values in order.
    #[serde(default)]
    pub fields: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// Source ids of tombstones, in order.
    #[serde(default)]
    pub tombstones: Vec<String>,
    /// How many warnings come; not checked if absent.
    #[serde(default)]
    pub warnings: Option<usize>,
    /// Whether the run says that it saw everything; not checked if absent.
    #[serde(default)]
    pub complete: Option<bool>,
    /// The run ends with this failure (`upstream`, `bad_config`, …) instead of coming to its end.
    #[serde(default)]
    pub failure: Option<String>,
}

/// A recorded reply. In a plugin's source `file` names a file beside the case; packing replaces it
/// by the file's content as `reply`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CaseReply {
    /// A file of the source tree as the body of an HTTP reply of status 200 (`kind` absent or
    /// `http`), or as the content of a dropped file (`kind` is `file`).
    File {
        /// Path relative to the case.
        file: String,
        /// `http` or `file`.
        #[serde(default)]
        kind: Option<String>,
        /// Status code, if not 200.
        #[serde(default)]
        status: Option<u16>,
        /// The URL that answered, if it matters.
        #[serde(default)]
        url: Option<String>,
    },
    /// The body of an HTTP reply of status 200 as text.
    Text {
        /// The body.
        text: String,
        /// Status code, if not 200.
        #[serde(default)]
        status: Option<u16>,
    },
    /// A reply as it is.
    Reply(Reply),
}
