//! What an achievement is to those who exchange research information: a patent, a product, or what
//! is written about it.

use taihu_model::{AchievementFacts, IpType};

/// An entity of CERIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// It has a patent, a utility model or a design.
    Patent,
    /// It has registered software, and no patent.
    Product,
    /// Neither: its description is what can be exchanged.
    Publication,
}

impl OutputKind {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Patent, Self::Product, Self::Publication];

    /// What an achievement is.
    #[must_use]
    pub fn of(facts: &AchievementFacts) -> Self {
        let has = |kinds: &[IpType]| facts.ip.iter().any(|right| kinds.contains(&right.kind));
        if has(&[IpType::INVENTION, IpType::UTILITY, IpType::DESIGN]) {
            Self::Patent
        } else if has(&[IpType::SOFTWARE]) {
            Self::Product
        } else {
            Self::Publication
        }
    }

    /// The set that the OpenAIRE guidelines want for its kind.
    #[must_use]
    pub const fn set(self) -> &'static str {
        match self {
            Self::Patent => "openaire_cris_patents",
            Self::Product => "openaire_cris_products",
            Self::Publication => "openaire_cris_publications",
        }
    }

    /// What the guidelines call that set.
    #[must_use]
    pub const fn set_name(self) -> &'static str {
        match self {
            Self::Patent => "OpenAIRE_CRIS_patents",
            Self::Product => "OpenAIRE_CRIS_products",
            Self::Publication => "OpenAIRE_CRIS_publications",
        }
    }
}
