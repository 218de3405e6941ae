//! Needs over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::{
    self as model, Channel, Fen, NeedId, NeedKind, NeedSecrecy, NeedState, TenantSlug, Timestamp,
    TransferMode,
};
use utoipa::ToSchema;

use super::list;
use crate::http::cursor;

/// A need (企业技术需求).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Need {
    #[schema(value_type = String, example = "need_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    id: NeedId,
    /// Whose ground it stands on.
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Where it is in its life.
    #[schema(value_type = String, example = "submitted")]
    state: NeedState,
    #[schema(example = "已提交")]
    state_zh: &'static str,
    /// Who answers it: `county`, `city`, `province`.
    tier: String,
    tier_zh: String,
    /// 需求名称。
    title: String,
    /// 技术难题。
    problem: String,
    /// 技术关键。
    technical_key: String,
    /// 目标指标。
    target_indicators: String,
    /// 已尝试的办法。
    tried: String,
    /// 现有基础条件。
    base_conditions: String,
    /// 预算（分）。
    budget_fen: Option<Fen>,
    /// 期望完成日期。
    #[schema(format = Date)]
    deadline: Option<String>,
    /// 合作方式。
    cooperation_mode: Option<String>,
    cooperation_mode_zh: Option<String>,
    /// 公开范围。
    secrecy: String,
    secrecy_zh: String,
    /// 企业名称。
    enterprise: String,
    /// 产业链。
    chain: Option<String>,
    ipc: Vec<String>,
    industry: Vec<String>,
    /// 来源渠道。
    channel: String,
    kind: String,
    /// The principal that submitted it.
    submitted_by: String,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
    /// Until when it stands.
    #[schema(format = Date)]
    valid_until: Option<String>,
}

impl From<model::Need> for Need {
    fn from(need: model::Need) -> Self {
        let facts = need.facts;
        Self {
            id: need.id,
            tenant: need.tenant,
            state: need.state,
            state_zh: need.state.zh(),
            tier: need.tier.to_string(),
            tier_zh: need.tier.zh().to_owned(),
            title: facts.title,
            problem: facts.problem,
            technical_key: facts.technical_key,
            target_indicators: facts.target_indicators,
            tried: facts.tried,
            base_conditions: facts.base_conditions,
            budget_fen: facts.budget_fen,
            deadline: facts.deadline.map(|date| date.to_string()),
            cooperation_mode_zh: facts.cooperation_mode.as_ref().map(|mode| mode.zh().to_owned()),
            cooperation_mode: facts.cooperation_mode.map(|mode| mode.to_string()),
            secrecy: facts.secrecy.to_string(),
            secrecy_zh: facts.secrecy.zh().to_owned(),
            enterprise: facts.enterprise,
            chain: facts.chain,
            ipc: facts.ipc,
            industry: facts.industry,
            channel: facts.channel.to_string(),
            kind: facts.kind.to_string(),
            submitted_by: need.submitted_by,
            created: need.created,
            updated: need.updated,
            valid_until: need.valid_until.map(|date| date.to_string()),
        }
    }
}

/// What an enterprise says of its need.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NeedFacts {
    /// 需求名称，最多300字。
    #[schema(example = "动力电池热失控早期预警")]
    title: String,
    /// 技术难题，10至5000字。
    #[schema(example = "现有BMS只能在温度超限后报警，需要提前五分钟以上识别热失控")]
    problem: String,
    /// 技术关键。
    #[serde(default)]
    technical_key: String,
    /// 目标指标。
    #[serde(default)]
    target_indicators: String,
    /// 已尝试的办法。
    #[serde(default)]
    tried: String,
    /// 现有基础条件。
    #[serde(default)]
    base_conditions: String,
    /// 预算（分）。
    #[serde(default)]
    budget_fen: Option<Fen>,
    /// 期望完成日期。
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date, example = "2026-12-31")]
    deadline: Option<jiff::civil::Date>,
    /// 合作方式的代码，与成果的转化方式相同。
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "license")]
    cooperation_mode: Option<TransferMode>,
    /// 公开范围：`public`、`summary_only`（默认）、`manager_only`。
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "summary_only")]
    secrecy: Option<NeedSecrecy>,
    /// 企业名称。
    #[schema(example = "浙江某新能源有限公司")]
    enterprise: String,
    /// 产业链。
    #[serde(default)]
    chain: Option<String>,
    /// IPC symbols.
    #[serde(default)]
    ipc: Vec<String>,
    /// GB/T 4754-2017 codes.
    #[serde(default)]
    industry: Vec<String>,
    /// 来源渠道：`web`（默认）、`visit`、`import`、`scenario`。
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "web")]
    channel: Option<Channel>,
    /// `technical`（默认）或 `scenario`。
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "technical")]
    kind: Option<NeedKind>,
}

impl From<NeedFacts> for model::NeedFacts {
    fn from(facts: NeedFacts) -> Self {
        Self {
            title: facts.title,
            problem: facts.problem,
            technical_key: facts.technical_key,
            target_indicators: facts.target_indicators,
            tried: facts.tried,
            base_conditions: facts.base_conditions,
            budget_fen: facts.budget_fen,
            deadline: facts.deadline,
            cooperation_mode: facts.cooperation_mode,
            secrecy: facts.secrecy.unwrap_or(NeedSecrecy::SUMMARY_ONLY),
            enterprise: facts.enterprise,
            chain: facts.chain,
            ipc: facts.ipc,
            industry: facts.industry,
            channel: facts.channel.unwrap_or(Channel::WEB),
            kind: facts.kind.unwrap_or(NeedKind::TECHNICAL),
        }
    }
}

/// One need.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneNeed {
    pub(crate) need: Need,
}

/// A page of needs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Needs {
    /// The oldest first.
    needs: Vec<Need>,
    /// Where the next page begins: hand it back as `cursor`.
    next: Option<String>,
}

impl From<(Vec<model::Need>, Option<NeedId>)> for Needs {
    fn from((needs, next): (Vec<model::Need>, Option<NeedId>)) -> Self {
        Self { needs: list(needs), next: next.map(|id| cursor::write("needs", id)) }
    }
}

/// The edges that a need is to take.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveNeed {
    /// The states in their order, 1 to 8: `["triaged", "published"]`.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 8)]
    pub(crate) path: Vec<NeedState>,
    /// Why; at most 1,000 characters.
    #[serde(default)]
    pub(crate) reason: String,
}
