//! Vocabularies: string codes with Chinese and English labels. Every list can grow, so a code that
//! is not in the list is kept and shown as it is; only its shape is checked.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A text that has not the shape of a code: 1–64 of `a-z`, `0-9` and `_`, a letter first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a code: want 1 to 64 of a-z, 0-9 and _, beginning with a letter")]
pub struct CodeError(String);

impl CodeError {
    pub(crate) fn unknown(text: &str) -> Self {
        Self(text.chars().take(80).collect())
    }
}

/// Says whether a text has the shape of a code.
#[must_use]
pub fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// One entry of a vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeLabel {
    /// The code on the wire.
    pub code: &'static str,
    /// 中文.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

macro_rules! vocabularies {
    ($($(#[$doc:meta])* $name:ident { $($constant:ident $code:literal $zh:literal $en:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            $(#[doc = concat!($zh, ": ", $en, ".")] pub const $constant: Self = Self(Cow::Borrowed($code));)*

            /// The codes that this version knows, in their usual order.
            pub const KNOWN: &'static [CodeLabel] =
                &[$(CodeLabel { code: $code, zh: $zh, en: $en }),*];

            /// The code.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The Chinese label, or the code itself where this version knows none.
            #[must_use]
            pub fn zh(&self) -> &str {
                Self::KNOWN.iter().find(|known| known.code == self.0).map_or(&self.0, |known| known.zh)
            }

            /// The English label, or the code itself where this version knows none.
            #[must_use]
            pub fn en(&self) -> &str {
                Self::KNOWN.iter().find(|known| known.code == self.0).map_or(&self.0, |known| known.en)
            }

            /// Says whether this version knows the code.
            #[must_use]
            pub fn is_known(&self) -> bool {
                Self::KNOWN.iter().any(|known| known.code == self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = CodeError;
            fn from_str(text: &str) -> Result<Self, CodeError> {
                if let Some(known) = Self::KNOWN.iter().find(|known| known.code == text) {
                    return Ok(Self(Cow::Borrowed(known.code)));
                }
                if is_code(text) {
                    Ok(Self(Cow::Owned(text.to_owned())))
                } else {
                    Err(CodeError(text.chars().take(80).collect()))
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

vocabularies! {
    /// How an achievement may change hands (转化方式).
    TransferMode {
        ASSIGN "assign" "转让" "assignment";
        LICENSE "license" "许可" "licence";
        COOPERATE "cooperate" "合作实施" "joint implementation";
        INVEST "invest" "作价投资" "contribution as capital";
        SELF "self" "自行实施" "own implementation";
        TRIAL_FIRST "trial_first" "先用后转" "trial before transfer";
        SERVICE "service" "技术服务" "technical service";
        OTHER "other" "其他" "other";
    }
    /// Kind of intellectual property (知识产权类型).
    IpType {
        INVENTION "invention" "发明专利" "invention patent";
        UTILITY "utility" "实用新型" "utility model";
        DESIGN "design" "外观设计" "design patent";
        SOFTWARE "software" "软件著作权" "software copyright";
        IC_LAYOUT "ic_layout" "集成电路布图设计" "layout design of integrated circuits";
        PLANT "plant" "植物新品种" "plant variety";
        SECRET "secret" "技术秘密" "trade secret";
        OTHER "other" "其他" "other";
    }
    /// Legal status of an intellectual property right (法律状态).
    IpStatus {
        FILED "filed" "申请中" "filed";
        GRANTED "granted" "已授权" "granted";
        LAPSED "lapsed" "已失效" "lapsed";
        UNKNOWN "unknown" "未知" "unknown";
    }
    /// Stage of maturity (所处阶段).
    Stage {
        EARLY "early" "初期" "early";
        PILOT "pilot" "中期" "pilot";
        MATURE "mature" "成熟应用" "mature";
    }
    /// Assessed level (成果水平).
    Level {
        WORLD_LEADING "world_leading" "国际领先" "world leading";
        WORLD_ADVANCED "world_advanced" "国际先进" "world advanced";
        NATION_LEADING "nation_leading" "国内领先" "nationally leading";
        NATION_ADVANCED "nation_advanced" "国内先进" "nationally advanced";
        NATION_AVERAGE "nation_average" "国内一般" "nationally average";
        UNRATED "unrated" "未评价" "not assessed";
    }
    /// Form of an achievement (成果形式).
    Form {
        TECHNOLOGY "technology" "新技术" "technology";
        PROCESS "process" "新工艺" "process";
        PRODUCT "product" "新产品" "product";
        MATERIAL "material" "新材料" "material";
        EQUIPMENT "equipment" "新装备" "equipment";
        SOFTWARE "software" "软件" "software";
        VARIETY "variety" "新品种" "variety";
        OTHER "other" "其他" "other";
    }
    /// Technology field (高新技术领域).
    Field {
        ELECTRONICS "electronics" "电子信息" "electronics and information";
        MANUFACTURING "manufacturing" "先进制造" "advanced manufacturing";
        AEROSPACE "aerospace" "航空航天" "aerospace";
        TRANSPORT "transport" "现代交通" "modern transport";
        BIOMEDICINE "biomedicine" "生物医药与医疗器械" "biomedicine and medical devices";
        NEW_MATERIALS "new_materials" "新材料" "new materials";
        NEW_ENERGY "new_energy" "新能源与节能" "new energy and energy saving";
        ENVIRONMENT "environment" "环境保护" "environmental protection";
        GEO_MARINE "geo_marine" "地球空间与海洋" "earth, space and sea";
        NUCLEAR "nuclear" "核应用技术" "nuclear applications";
        AGRICULTURE "agriculture" "现代农业" "modern agriculture";
    }
    /// Why a recommendation was declined (不采纳原因).
    DeclineReason {
        TOO_EARLY "too_early" "成熟度不足" "too early";
        ADVANTAGE_UNCLEAR "advantage_unclear" "优势不清" "advantage unclear";
        ROUTE_UNCLEAR "route_unclear" "商业化路径不清" "route to market unclear";
        DESCRIPTION_UNCLEAR "description_unclear" "描述不清" "description unclear";
        TECHNICAL_DOUBT "technical_doubt" "技术存疑" "technical doubt";
        PRICE "price" "价格" "price";
        SCOPE_MISMATCH "scope_mismatch" "方向不符" "out of scope";
        ALREADY_SOLVED "already_solved" "已解决" "already solved";
    }
    /// Kind of an organisation (单位类型).
    OrgKind {
        ENTERPRISE "enterprise" "企业" "enterprise";
        UNIVERSITY "university" "高校" "university";
        INSTITUTE "institute" "科研院所" "institute";
        NEW_RD "new_rd" "新型研发机构" "new R&D institution";
        INCUBATOR "incubator" "孵化器" "incubator";
        PLATFORM "platform" "平台" "platform";
        INVESTOR "investor" "投资机构" "investor";
        BANK "bank" "银行" "bank";
        AGENCY "agency" "政府部门" "agency";
        SERVICE "service" "服务机构" "service provider";
    }
    /// Who may see an achievement (密级).
    Secrecy {
        PUBLIC "public" "公开" "public";
        INTERNAL "internal" "内部" "internal";
        CLASSIFIED "classified" "涉密" "classified";
    }
    /// Who may see a need (公开范围).
    NeedSecrecy {
        PUBLIC "public" "公开" "public";
        SUMMARY_ONLY "summary_only" "仅公开摘要" "summary only";
        MANAGER_ONLY "manager_only" "仅技术经理人可见" "technology managers only";
    }
    /// How a need came in (来源渠道).
    Channel {
        WEB "web" "网上填报" "web";
        VISIT "visit" "走访" "visit";
        IMPORT "import" "导入" "import";
        SCENARIO "scenario" "应用场景" "scenario";
    }
    /// Who answers a need (响应层级).
    Tier {
        COUNTY "county" "区县级" "county";
        CITY "city" "市级" "city";
        PROVINCE "province" "省级" "province";
    }
    /// Kind of a need (需求类型).
    NeedKind {
        TECHNICAL "technical" "技术需求" "technical need";
        SCENARIO "scenario" "应用场景" "application scenario";
    }
    /// How much the word of a source counts (来源可信度).
    Trust {
        OFFICIAL "official" "官方" "official";
        PARTNER "partner" "合作方" "partner";
        SELF "self" "自行申报" "self-declared";
    }
    /// Kind of a contract (合同类型).
    ContractType {
        DEVELOPMENT_COMMISSIONED "development_commissioned" "委托开发" "commissioned development";
        DEVELOPMENT_JOINT "development_joint" "合作开发" "joint development";
        ASSIGNMENT "assignment" "技术转让" "assignment";
        LICENCE "licence" "技术许可" "licence";
        CONSULTING "consulting" "技术咨询" "consulting";
        SERVICE "service" "技术服务" "service";
    }
}
