//! The plugin contract as plain data: what `wit/` says, in the kernel's own types.
//!
//! Inputs borrow from the records they show; the sandbox lays a batch out by columns, as it crosses.
//! Answers are owned; they are *unchecked* until the sandbox has checked them, and it composes
//! scores and evidence out of numbers. Names, units and ranges are those of the WIT files, which
//! say more.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Text;

/// The package that kernel and plugins share.
pub const PACKAGE: &str = "taihu:plugin@0.1.0";

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute<'a> {
    /// Its name.
    pub key: Cow<'a, str>,
    /// Its value.
    pub value: AttributeValue,
}

/// What is the same for every call of one installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The tenant's slug.
    pub tenant: String,
    /// The configuration: a JSON object as text.
    pub config: String,
    /// The day in Huzhou, `2026-05-20`.
    pub today: String,
}

/// An achievement as a plugin sees it. Empty means "not said, or not shown".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AchievementView<'a> {
    /// Identifier.
    pub id: Cow<'a, str>,
    /// 成果名称.
    pub title: Cow<'a, str>,
    /// 成果简介.
    pub summary: Cow<'a, str>,
    /// 解决的问题.
    pub problem: Cow<'a, str>,
    /// 对比优势.
    pub advantage: Cow<'a, str>,
    /// 关键词.
    pub keywords: Cow<'a, [String]>,
    /// Field code.
    pub field: Cow<'a, str>,
    /// Stage code.
    pub stage: Cow<'a, str>,
    /// Readiness.
    pub trl: Option<Readiness<'a>>,
    /// Transfer mode codes.
    pub transfer_modes: Vec<Cow<'a, str>>,
    /// 先用后转.
    pub trial_offered: bool,
    /// IPC symbols.
    pub ipc: Cow<'a, [String]>,
    /// Industry codes.
    pub industry: Cow<'a, [String]>,
    /// Every other declared field.
    pub attributes: Vec<Attribute<'a>>,
}

/// Technology readiness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness<'a> {
    /// 1–9.
    pub level: u8,
    /// True if derived from the stage.
    #[serde(default)]
    pub estimated: bool,
    /// What shows it.
    #[serde(default)]
    pub evidence: Cow<'a, str>,
}

/// A need as a plugin sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NeedView<'a> {
    /// Identifier.
    pub id: Cow<'a, str>,
    /// 需求名称.
    pub title: Cow<'a, str>,
    /// 技术难题.
    pub problem: Cow<'a, str>,
    /// 技术关键.
    pub technical_key: Cow<'a, str>,
    /// 目标指标.
    pub target_indicators: Cow<'a, str>,
    /// 已尝试的办法.
    pub tried: Cow<'a, str>,
    /// 现有基础条件.
    pub base_conditions: Cow<'a, str>,
    /// Transfer mode code.
    pub cooperation_mode: Cow<'a, str>,
    /// Budget in 分.
    pub budget_fen: Option<u64>,
    /// `2026-12-31`.
    pub deadline: Cow<'a, str>,
    /// Chain code.
    pub chain: Cow<'a, str>,
    /// IPC symbols.
    pub ipc: Cow<'a, [String]>,
    /// Industry codes.
    pub industry: Cow<'a, [String]>,
    /// Room for more.
    pub attributes: Vec<Attribute<'a>>,
}

/// Which field of which record says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `achievement` or `need`.
    pub subject: String,
    /// Name of the column: the field, or a part of it such as `trl_evidence`.
    pub field: String,
    /// The words found there; where the plugin names the field alone, its value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quote: String,
}

/// Why a plugin gave no answer, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "case", content = "text", rename_all = "snake_case")]
pub enum Failure {
    /// The configuration is wrong.
    BadConfig(Text),
    /// This input can't be judged.
    BadInput(Text),
    /// The other side does not keep to its format.
    Upstream(Text),
    /// The plugin found a fault of its own.
    Internal(Text),
}

/// What a scorer says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScorerDescription {
    /// Its factors.
    pub factors: Vec<FactorDescription>,
}

/// A factor that a scorer may name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorDescription {
    /// Key.
    pub key: String,
    /// What people read.
    pub label: Text,
}

/// One reason for a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// A key of the description.
    pub key: String,
    /// Share of the score, per mille.
    pub weight: u16,
    /// 0–1000.
    pub value: u16,
    /// Which fields said so.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// How well one achievement answers the need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The achievement's id.
    pub id: String,
    /// 0–1000: Σ weight × value / 1000, rounded down.
    pub value: u16,
    /// The factors.
    pub factors: Vec<Factor>,
}

/// What a niche pool says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolDescription {
    /// Name of the pool.
    pub label: Text,
    /// Its taxonomy, parents before children.
    pub categories: Vec<Category>,
    /// Its own fields.
    #[serde(default)]
    pub own_fields: Vec<OwnField>,
}

/// A category of a pool's taxonomy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Code.
    pub code: String,
    /// What people read.
    pub label: Text,
    /// Code of the category above; empty at the top.
    #[serde(default)]
    pub parent: String,
}

/// A field of a pool's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnField {
    /// Key.
    pub key: String,
    /// What people read.
    pub label: Text,
    /// `text`, `integer`, `boolean` or `texts`.
    pub kind: String,
    /// True if people may narrow the pool by it.
    pub facet: bool,
}

/// Whether an achievement belongs to a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It belongs.
    In,
    /// It does not.
    Out,
    /// A person should look.
    Unsure,
}

/// One reason of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionReason {
    /// What people read.
    pub text: Text,
    /// Which fields said so.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// A pool's judgement of one achievement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The achievement's id.
    pub id: String,
    /// In, out or unsure.
    pub verdict: Verdict,
    /// Category; empty exactly if out.
    #[serde(default)]
    pub category: String,
    /// Why.
    pub reasons: Vec<DecisionReason>,
    /// Values of own fields.
    #[serde(default)]
    pub fields: Vec<Attribute<'static>>,
}

/// What a connector says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorDescription {
    /// What people read.
    pub label: Text,
}

/// What a run is to bring.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunView {
    /// Only what changed since then; empty for everything.
    pub since: String,
    /// Pages stored so far.
    pub pages: u32,
}

/// A header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Name, lower case.
    pub name: String,
    /// Value.
    pub value: String,
}

/// What the kernel is to fetch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "case", rename_all = "snake_case")]
pub enum Request {
    /// From the network.
    Http {
        /// `GET` or `POST`.
        method: String,
        /// Absolute URL.
        url: String,
        /// Headers.
        #[serde(default)]
        headers: Vec<Header>,
        /// Body; base 64 on the wire.
        #[serde(default, with = "crate::base64_bytes")]
        body: Vec<u8>,
    },
    /// The list of files in the drop folder.
    ListFiles,
    /// One file of the drop folder.
    ReadFile {
        /// Its name.
        name: String,
    },
}

/// A file of the drop folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name without folders.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// When it last changed, RFC 3339.
    pub modified: String,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "case", rename_all = "snake_case")]
pub enum Reply {
    /// To an HTTP request.
    Http {
        /// Status code.
        status: u16,
        /// The URL that answered.
        url: String,
        /// Headers.
        headers: Vec<Header>,
        /// Body, decompressed; base 64 on the wire.
        #[serde(with = "crate::base64_bytes")]
        body: Vec<u8>,
    },
    /// To a list of files.
    Files {
        /// Sorted by name.
        files: Vec<FileEntry>,
    },
    /// To the reading of a file.
    File {
        /// Its content; base 64 on the wire.
        #[serde(with = "crate::base64_bytes")]
        content: Vec<u8>,
    },
    /// It could not be had.
    Failed {
        /// What happened.
        message: String,
    },
}

/// One value as the source gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawField {
    /// The kernel's name.
    pub name: String,
    /// The value as it came.
    pub value: String,
    /// What the source calls it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
}

/// One record as the source gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawRecord {
    /// The source's own identifier.
    pub source_id: String,
    /// When the source last changed it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub datestamp: String,
    /// What a person finds it by.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Its values.
    pub fields: Vec<RawField>,
    /// The record verbatim.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub verbatim: String,
}

/// A record that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The source's own identifier.
    pub source_id: String,
    /// When.
    #[serde(default)]
    pub datestamp: String,
}

/// Something odd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Where.
    pub place: String,
    /// What.
    pub text: Text,
}

/// Some records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Records.
    pub records: Vec<RawRecord>,
    /// Records that are gone.
    pub tombstones: Vec<Tombstone>,
    /// Oddities.
    pub warnings: Vec<Warning>,
    /// Where to go on.
    pub state: String,
    /// How many records the run will bring.
    pub total: Option<u64>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "case", rename_all = "snake_case")]
pub enum Step {
    /// Fetch this and come back.
    Ask {
        /// What to fetch.
        request: Request,
        /// Handed back with the reply.
        state: String,
    },
    /// Store these and come back.
    Page(Page),
    /// Nothing is left.
    Done {
        /// True if everything was seen.
        complete: bool,
        /// Oddities.
        #[serde(default)]
        warnings: Vec<Warning>,
    },
}
