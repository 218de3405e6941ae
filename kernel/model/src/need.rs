//! Needs (企业技术需求): what enterprises want solved.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Channel, Fen, NeedId, NeedKind, NeedSecrecy, NeedState, TenantSlug, Tier, TransferMode,
};

/// A need and where it is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Its identifier.
    pub id: NeedId,
    /// Whose ground it stands on.
    pub tenant: TenantSlug,
    /// Where it is in its life.
    pub state: NeedState,
    /// Who answers it.
    pub tier: Tier,
    /// What is needed.
    #[serde(flatten)]
    pub facts: NeedFacts,
    /// The principal that submitted it: its owner.
    #[serde(default)]
    pub submitted_by: String,
    /// When it was submitted.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// Until when it stands.
    pub valid_until: Option<Date>,
}

/// What an enterprise says of its need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NeedFacts {
    /// 需求名称.
    pub title: String,
    /// 技术难题.
    pub problem: String,
    /// 技术关键.
    pub technical_key: String,
    /// 目标指标.
    pub target_indicators: String,
    /// 已尝试的办法.
    pub tried: String,
    /// 现有基础条件.
    pub base_conditions: String,
    /// 预算（分）.
    pub budget_fen: Option<Fen>,
    /// 期望完成日期.
    pub deadline: Option<Date>,
    /// 合作方式.
    pub cooperation_mode: Option<TransferMode>,
    /// 公开范围.
    pub secrecy: NeedSecrecy,
    /// 企业名称.
    pub enterprise: String,
    /// 产业链: a code of the city's reference data.
    pub chain: Option<String>,
    /// IPC symbols.
    pub ipc: Vec<String>,
    /// GB/T 4754-2017 codes.
    pub industry: Vec<String>,
    /// 来源渠道.
    pub channel: Channel,
    /// Technical need or application scenario.
    pub kind: NeedKind,
}

impl Default for NeedFacts {
    fn default() -> Self {
        Self {
            title: String::new(),
            problem: String::new(),
            technical_key: String::new(),
            target_indicators: String::new(),
            tried: String::new(),
            base_conditions: String::new(),
            budget_fen: None,
            deadline: None,
            cooperation_mode: None,
            secrecy: NeedSecrecy::SUMMARY_ONLY,
            enterprise: String::new(),
            chain: None,
            ipc: Vec::new(),
            industry: Vec::new(),
            channel: Channel::WEB,
            kind: NeedKind::TECHNICAL,
        }
    }
}

/// What is wrong with a need that is submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedGap {
    /// Name of the field.
    pub field: String,
    /// What is missing and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl NeedFacts {
    /// The fewest characters that a problem has to be matched with sense.
    pub const PROBLEM_CHARS_MIN: usize = 10;

    /// Lists everything that keeps a need from being submitted; empty if nothing does.
    #[must_use]
    pub fn submit_gaps(&self) -> Vec<NeedGap> {
        let mut gaps = Vec::new();
        let mut gap = |is: bool, field: &str, zh: String, en: String| {
            if is {
                gaps.push(NeedGap { field: field.into(), zh, en });
            }
        };
        gap(self.title.trim().is_empty(), "title", "请填写需求名称".into(), "state a title".into());
        gap(
            self.title.chars().count() > 300,
            "title",
            format!("需求名称最多300字，现有{}字", self.title.chars().count()),
            format!("a title has at most 300 characters, this one {}", self.title.chars().count()),
        );
        let problem = self.problem.trim().chars().count();
        gap(
            problem < Self::PROBLEM_CHARS_MIN,
            "problem",
            format!("请用至少{}个字描述技术难题，现有{problem}字", Self::PROBLEM_CHARS_MIN),
            format!(
                "describe the problem in at least {} characters, not {problem}",
                Self::PROBLEM_CHARS_MIN
            ),
        );
        gap(
            self.enterprise.trim().is_empty(),
            "enterprise",
            "请填写企业名称".into(),
            "name the enterprise".into(),
        );
        gap(
            self.budget_fen.is_some_and(|fen| fen < 0),
            "budget_fen",
            "预算不能为负数".into(),
            "a budget is not negative".into(),
        );
        for (field, text) in [
            ("problem", &self.problem),
            ("technical_key", &self.technical_key),
            ("target_indicators", &self.target_indicators),
            ("tried", &self.tried),
            ("base_conditions", &self.base_conditions),
        ] {
            let chars = text.chars().count();
            gap(
                chars > 5000,
                field,
                format!("最多5000字，现有{chars}字"),
                format!("at most 5000 characters, not {chars}"),
            );
        }
        gaps
    }

    /// Everything a search for answers goes by, in one text.
    #[must_use]
    pub fn query_text(&self) -> String {
        [&self.title, &self.problem, &self.technical_key, &self.target_indicators]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    }
}
