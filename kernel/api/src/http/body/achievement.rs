//! Achievements over the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use taihu_model::contract::AttributeValue;
use taihu_model::{self as model, AchievementId, AchievementState, Fen, TenantSlug, Timestamp};
use taihu_service::FieldSnippet;
use utoipa::ToSchema;

use super::list;
use super::pool::Membership;
use super::search::Snippet;

/// An achievement (成果).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Achievement {
    #[schema(value_type = String, example = "ach_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    id: AchievementId,
    /// The tenant that brought it.
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Where it is in its life.
    #[schema(value_type = String, example = "published")]
    state: AchievementState,
    #[schema(example = "已发布")]
    state_zh: &'static str,
    /// 成果名称。
    title: String,
    /// 成果简介。
    summary: String,
    /// 解决的问题。
    problem: String,
    /// 对比优势。
    advantage: String,
    /// 经济性。
    economics: String,
    /// 技术指标。
    indicators: String,
    /// 高新技术领域。
    field: Option<String>,
    field_zh: Option<String>,
    /// 成果形式。
    form: Option<String>,
    form_zh: Option<String>,
    /// 所处阶段：`early`、`pilot`、`mature`。
    stage: Option<String>,
    stage_zh: Option<String>,
    /// 技术成熟度（GB/T 22900）。
    trl: Option<Trl>,
    /// 成果水平。
    level: Option<String>,
    level_zh: Option<String>,
    /// 成果权属人。
    owners: Vec<String>,
    /// 完成人。
    inventors: Vec<String>,
    /// 知识产权。
    ip: Vec<IpRight>,
    /// 科技成果登记号。
    registration_no: Option<String>,
    /// True if the owner declared in writing that it may dispose of it (权属声明).
    owner_declaration: bool,
    /// IPC symbols.
    ipc: Vec<String>,
    /// GB/T 4754-2017 codes.
    industry: Vec<String>,
    /// 关键词。
    keywords: Vec<String>,
    /// 转化方式。
    transfer_modes: Vec<String>,
    transfer_modes_zh: Vec<String>,
    /// 价格。
    price: Option<Price>,
    /// 先用后转: a free trial before payment is offered.
    trial_offered: bool,
    /// 密级。
    secrecy: Option<String>,
    /// The page a person finds it at; may be empty.
    url: String,
    /// Year it was completed or published.
    year: Option<i16>,
    /// How much of it is filled, per mille.
    completeness_permille: u16,
    /// Own fields of niche pools: plugin → key → value.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, serde_json::Value>>)]
    ext: BTreeMap<String, BTreeMap<String, AttributeValue>>,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
    /// Only in answers to a search with a text: where it stands. The title first, then the field that
    /// says most, then keywords and owners.
    #[serde(skip_serializing_if = "Option::is_none")]
    snippets: Option<Vec<Snippet>>,
}

/// Technology readiness level.
#[derive(Debug, Serialize, ToSchema)]
struct Trl {
    /// 1–9.
    level: u8,
    /// True if derived from the stage, and to be shown as an estimate (估计值).
    estimated: bool,
    /// What shows it; may be empty.
    evidence: String,
}

/// One intellectual property right.
#[derive(Debug, Serialize, ToSchema)]
struct IpRight {
    kind: String,
    kind_zh: String,
    /// Normalised, its check digit verified.
    #[schema(example = "ZL202111144021.7")]
    number: String,
    status: String,
    status_zh: String,
}

/// What it costs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Price {
    /// 一口价。
    Fixed {
        /// In 分.
        amount_fen: Fen,
    },
    /// 面议。
    Negotiable,
    /// 拍卖。
    Auction {
        /// Starting price in 分, if set.
        amount_fen: Option<Fen>,
    },
}

impl From<model::Achievement> for Achievement {
    fn from(record: model::Achievement) -> Self {
        let completeness_permille = record.facts.completeness_permille();
        let facts = record.facts;
        let both = |code: &str, zh: &str| (Some(code.to_owned()), Some(zh.to_owned()));
        let (field, field_zh) =
            facts.field.map_or((None, None), |code| both(code.as_str(), code.zh()));
        let (form, form_zh) =
            facts.form.map_or((None, None), |code| both(code.as_str(), code.zh()));
        let (stage, stage_zh) =
            facts.stage.map_or((None, None), |code| both(code.as_str(), code.zh()));
        let (level, level_zh) =
            facts.level.map_or((None, None), |code| both(code.as_str(), code.zh()));
        Self {
            id: record.id,
            tenant: record.tenant,
            state: record.state,
            state_zh: record.state.zh(),
            title: facts.title,
            summary: facts.summary,
            problem: facts.problem,
            advantage: facts.advantage,
            economics: facts.economics,
            indicators: facts.indicators,
            field,
            field_zh,
            form,
            form_zh,
            stage,
            stage_zh,
            trl: facts.trl.map(Trl::from),
            level,
            level_zh,
            owners: facts.owners,
            inventors: facts.inventors,
            ip: list(facts.ip),
            registration_no: facts.registration_no.map(|number| number.to_string()),
            owner_declaration: facts.owner_declaration,
            ipc: facts.ipc,
            industry: facts.industry,
            keywords: facts.keywords,
            transfer_modes_zh: facts
                .transfer_modes
                .iter()
                .map(|mode| mode.zh().to_owned())
                .collect(),
            transfer_modes: facts.transfer_modes.iter().map(ToString::to_string).collect(),
            price: facts.price.map(Price::from),
            trial_offered: facts.trial_offered,
            secrecy: facts.secrecy.map(|code| code.to_string()),
            url: facts.url,
            year: facts.year,
            completeness_permille,
            ext: record.ext.into_iter().map(|(plugin, own)| (plugin.to_string(), own)).collect(),
            created: record.created,
            updated: record.updated,
            snippets: None,
        }
    }
}

impl Achievement {
    /// One that a search found.
    pub(super) fn found(record: model::Achievement, snippets: Option<Vec<FieldSnippet>>) -> Self {
        Self { snippets: snippets.map(list), ..Self::from(record) }
    }
}

impl From<model::Trl> for Trl {
    fn from(trl: model::Trl) -> Self {
        Self { level: trl.level, estimated: trl.estimated, evidence: trl.evidence }
    }
}

impl From<model::IpRight> for IpRight {
    fn from(right: model::IpRight) -> Self {
        Self {
            kind: right.kind.to_string(),
            kind_zh: right.kind.zh().to_owned(),
            number: right.number.to_string(),
            status: right.status.to_string(),
            status_zh: right.status.zh().to_owned(),
        }
    }
}

impl From<model::Price> for Price {
    fn from(price: model::Price) -> Self {
        match price {
            model::Price::Fixed { amount_fen } => Self::Fixed { amount_fen },
            model::Price::Negotiable => Self::Negotiable,
            model::Price::Auction { amount_fen } => Self::Auction { amount_fen },
        }
    }
}

/// An achievement, and what pools say of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneAchievement {
    pub(crate) achievement: Achievement,
    /// The pools that it is in; who works on pools sees also those it might be in, and those it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memberships: Option<Vec<Membership>>,
}

/// Where an achievement is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveAchievement {
    /// The state: `published`, `rectify`, `suspended`, …
    #[schema(value_type = String, example = "published")]
    pub(crate) to: AchievementState,
    /// Why; at most 1,000 characters.
    #[serde(default)]
    pub(crate) reason: String,
}
