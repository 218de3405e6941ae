//! From records to what plugins may see of them: the one place where fields are shown or withheld.

mod shows;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::contract::{AchievementView, Attribute, AttributeValue, NeedView};
use crate::{Achievement, FieldWish, Need};

use shows::Shows;

/// The fields of records that a plugin sees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    achievement: BTreeSet<String>,
    need: BTreeSet<String>,
}

impl Sight {
    /// Names of the fields of an achievement that can be shown. The last two are personal data.
    pub const ACHIEVEMENT_FIELDS: &'static [&'static str] = &[
        "title",
        "summary",
        "problem",
        "advantage",
        "keywords",
        "field",
        "stage",
        "trl",
        "transfer_modes",
        "trial_offered",
        "ipc",
        "industry",
        "economics",
        "indicators",
        "form",
        "level",
        "owners",
        "ip_types",
        "ip_statuses",
        "price_fen",
        "completeness_permille",
        "year",
        "inventors",
        "contact",
    ];

    /// Names of the fields of a need that can be shown. The last says whose it is.
    pub const NEED_FIELDS: &'static [&'static str] = &[
        "title",
        "problem",
        "technical_key",
        "target_indicators",
        "tried",
        "base_conditions",
        "cooperation_mode",
        "budget_fen",
        "deadline",
        "chain",
        "ipc",
        "industry",
        "enterprise",
    ];

    /// Fields that say who somebody is: shown only where two persons decided so.
    pub const PERSONAL_FIELDS: &'static [&'static str] =
        &["achievement.inventors", "achievement.contact", "need.enterprise"];

    /// Says whether a field (`achievement.contact`) is personal data.
    #[must_use]
    pub fn is_personal(field: &str) -> bool {
        Self::PERSONAL_FIELDS.contains(&field)
    }

    /// Every field that can be shown at all, by the name that a wish has.
    pub fn names() -> impl Iterator<Item = String> {
        let achievement = Self::ACHIEVEMENT_FIELDS.iter().map(|it| format!("achievement.{it}"));
        achievement.chain(Self::NEED_FIELDS.iter().map(|it| format!("need.{it}")))
    }

    /// Says whether a wish (`achievement.title`) names a field that can be shown at all.
    #[must_use]
    pub fn can_show(wish: &str) -> bool {
        match wish.split_once('.') {
            Some(("achievement", field)) => Self::ACHIEVEMENT_FIELDS.contains(&field),
            Some(("need", field)) => Self::NEED_FIELDS.contains(&field),
            _ => false,
        }
    }

    /// Shows what was wished for and can be shown.
    #[must_use]
    pub fn of(wishes: &[FieldWish]) -> Self {
        Self::of_names(wishes.iter().map(|wish| wish.field.as_str()))
    }

    /// Shows the fields of these names that can be shown.
    #[must_use]
    pub fn of_names<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut sight = Self::default();
        for name in names.filter(|name| Self::can_show(name)) {
            match name.split_once('.') {
                Some(("achievement", field)) => sight.achievement.insert(field.to_owned()),
                Some((_, field)) => sight.need.insert(field.to_owned()),
                None => false,
            };
        }
        sight
    }

    /// The fields of an achievement that are shown, in the order of [`Self::ACHIEVEMENT_FIELDS`].
    pub fn achievement_fields(&self) -> impl Iterator<Item = &'static str> + use<'_> {
        let fields = Self::ACHIEVEMENT_FIELDS.iter().copied();
        fields.filter(|field| self.achievement.contains(*field))
    }

    /// The fields of a need that are shown, in the order of [`Self::NEED_FIELDS`].
    pub fn need_fields(&self) -> impl Iterator<Item = &'static str> + use<'_> {
        Self::NEED_FIELDS.iter().copied().filter(|field| self.need.contains(*field))
    }

    /// Shows what both show.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            achievement: self.achievement.intersection(&other.achievement).cloned().collect(),
            need: self.need.intersection(&other.need).cloned().collect(),
        }
    }

    /// Shows an achievement.
    #[must_use]
    pub fn achievement<'a>(&self, record: &'a Achievement) -> AchievementView<'a> {
        Shows::of(self).achievement(record)
    }

    /// Shows achievements: what is shown is looked up once for all of them.
    pub fn achievements<'a>(
        &self,
        records: impl Iterator<Item = &'a Achievement>,
    ) -> impl Iterator<Item = AchievementView<'a>> {
        let shows = Shows::of(self);
        records.map(move |record| shows.achievement(record))
    }

    /// Shows a need.
    #[must_use]
    pub fn need<'a>(&self, record: &'a Need) -> NeedView<'a> {
        let facts = &record.facts;
        let sees = |field: &str| self.need.contains(field);
        let text = |field: &str, text: &'a str| Cow::Borrowed(if sees(field) { text } else { "" });
        let list = |field: &str, list: &'a [String]| {
            Cow::Borrowed(if sees(field) { list } else { &[][..] })
        };
        NeedView {
            id: Cow::Owned(record.id.to_string()),
            title: text("title", &facts.title),
            problem: text("problem", &facts.problem),
            technical_key: text("technical_key", &facts.technical_key),
            target_indicators: text("target_indicators", &facts.target_indicators),
            tried: text("tried", &facts.tried),
            base_conditions: text("base_conditions", &facts.base_conditions),
            cooperation_mode: text(
                "cooperation_mode",
                facts.cooperation_mode.as_ref().map_or("", |mode| mode.as_str()),
            ),
            budget_fen: facts
                .budget_fen
                .filter(|_| sees("budget_fen"))
                .and_then(|fen| u64::try_from(fen).ok()),
            deadline: facts
                .deadline
                .filter(|_| sees("deadline"))
                .map_or(Cow::Borrowed(""), |day| Cow::Owned(day.to_string())),
            chain: text("chain", facts.chain.as_deref().unwrap_or("")),
            ipc: list("ipc", &facts.ipc),
            industry: list("industry", &facts.industry),
            attributes: if sees("enterprise") && !facts.enterprise.is_empty() {
                let value = AttributeValue::Text(facts.enterprise.clone());
                vec![Attribute { key: Cow::Borrowed("enterprise"), value }]
            } else {
                Vec::new()
            },
        }
    }
}

#[cfg(test)]
mod tests;
