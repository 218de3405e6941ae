//! Achievements (成果): what universities and institutes offer.

mod read;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::AttributeValue;
use crate::{
    AchievementId, AchievementState, Fen, Field, Form, IpNumber, IpStatus, IpType, Level,
    PluginName, Secrecy, Stage, TenantSlug, TransferMode,
};

/// An achievement of the shared pool (成果池).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Achievement {
    /// Its identifier.
    pub id: AchievementId,
    /// The tenant that brought it.
    pub tenant: TenantSlug,
    /// Where it is in its life.
    pub state: AchievementState,
    /// What it is: everything a source can say about it.
    #[serde(flatten)]
    pub facts: AchievementFacts,
    /// Own fields of niche pools: plugin → key → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ext: BTreeMap<PluginName, BTreeMap<String, AttributeValue>>,
    /// When it came into the pool.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
}

/// What a source says of an achievement, normalised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AchievementFacts {
    /// 成果名称, at most 300 characters.
    pub title: String,
    /// 成果简介.
    pub summary: String,
    /// 解决的问题.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub problem: String,
    /// 对比优势.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub advantage: String,
    /// 经济性.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub economics: String,
    /// 技术指标.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub indicators: String,
    /// 高新技术领域.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// 成果形式.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// 所处阶段.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// 技术成熟度.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trl: Option<Trl>,
    /// 成果水平.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// 成果权属人, as named by the source.
    pub owners: Vec<String>,
    /// 完成人.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inventors: Vec<String>,
    /// 知识产权.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ip: Vec<IpRight>,
    /// 科技成果登记号.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_no: Option<crate::RegistrationNo>,
    /// True if the owner declared in writing that it may dispose of the achievement.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub owner_declaration: bool,
    /// IPC symbols, without blanks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ipc: Vec<String>,
    /// GB/T 4754-2017 codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub industry: Vec<String>,
    /// 关键词, at most 10.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// 转化方式.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transfer_modes: Vec<TransferMode>,
    /// 价格.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// 先用后转: a free trial before payment is offered.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trial_offered: bool,
    /// 密级.
    pub secrecy: Option<Secrecy>,
    /// 联系方式: never shown to the public, and to a plugin only where two persons granted it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// The page a person finds it at.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// Year it was completed or published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i16>,
}

/// Technology readiness level (GB/T 22900).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trl {
    /// 1–9.
    pub level: u8,
    /// True if derived from the stage: early ≈ 3, pilot ≈ 6, mature ≈ 8 (DOMAIN §4).
    #[serde(default)]
    pub estimated: bool,
    /// What shows it; may be empty.
    #[serde(default)]
    pub evidence: String,
}

/// One intellectual property right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpRight {
    /// What it is.
    pub kind: IpType,
    /// Its number, normalised, with its check digit verified.
    pub number: IpNumber,
    /// Its legal status, as far as the source says.
    pub status: IpStatus,
}

/// What an achievement costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Price {
    /// 一口价.
    Fixed {
        /// In 分.
        amount_fen: Fen,
    },
    /// 面议.
    Negotiable,
    /// 拍卖.
    Auction {
        /// Starting price in 分, if set.
        amount_fen: Option<Fen>,
    },
}

/// What must be there before an achievement may be published (DOMAIN §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublishGap {
    /// 缺少名称.
    Title,
    /// 缺少权属人.
    Owner,
    /// 简介不足 60 字.
    Summary,
    /// 密级不是公开.
    Secrecy,
    /// 既无有效知识产权号，也无权属声明.
    RightOrDeclaration,
}

impl PublishGap {
    /// What is missing, in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Title => "缺少成果名称",
            Self::Owner => "缺少权属人",
            Self::Summary => "简介不足60字",
            Self::Secrecy => "密级未标明公开",
            Self::RightOrDeclaration => "既无有效知识产权号，也无权属声明",
        }
    }
}

impl AchievementFacts {
    /// The fewest characters a published summary has (DOMAIN §5).
    pub const SUMMARY_CHARS_MIN: usize = 60;

    /// Lists what is missing for publication; empty if nothing is.
    #[must_use]
    pub fn publish_gaps(&self) -> Vec<PublishGap> {
        let mut gaps = Vec::new();
        let mut missing = |is: bool, gap| {
            if is {
                gaps.push(gap);
            }
        };
        missing(self.title.is_empty(), PublishGap::Title);
        missing(self.owners.is_empty(), PublishGap::Owner);
        missing(self.summary.chars().count() < Self::SUMMARY_CHARS_MIN, PublishGap::Summary);
        missing(self.secrecy != Some(Secrecy::PUBLIC), PublishGap::Secrecy);
        missing(self.ip.is_empty() && !self.owner_declaration, PublishGap::RightOrDeclaration);
        gaps
    }

    /// Says how much of the record is filled, in per mille of the 14 parts that help a match.
    #[must_use]
    pub fn completeness_permille(&self) -> u16 {
        let filled = [
            !self.title.is_empty(),
            self.summary.chars().count() >= Self::SUMMARY_CHARS_MIN,
            !self.problem.is_empty(),
            !self.advantage.is_empty(),
            !self.indicators.is_empty(),
            self.field.is_some(),
            self.stage.is_some(),
            self.trl.as_ref().is_some_and(|trl| !trl.estimated),
            !self.owners.is_empty(),
            !self.ip.is_empty(),
            !self.ipc.is_empty(),
            !self.keywords.is_empty(),
            !self.transfer_modes.is_empty(),
            self.price.is_some(),
        ];
        let count = filled.iter().filter(|is| **is).count();
        u16::try_from(count * 1000 / filled.len()).unwrap_or(1000)
    }
}

#[cfg(test)]
mod tests;
