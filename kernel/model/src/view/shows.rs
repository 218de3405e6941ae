//! What is shown of an achievement, looked up once for a batch of them.

use std::borrow::Cow;

use super::Sight;
use crate::Achievement;
use crate::contract::{AchievementView, Attribute, AttributeValue, Readiness};

/// The fields of an achievement that are shown: those of the view's own each by itself, the others by
/// their names.
pub(super) struct Shows {
    title: bool,
    summary: bool,
    problem: bool,
    advantage: bool,
    keywords: bool,
    field: bool,
    stage: bool,
    trl: bool,
    transfer_modes: bool,
    trial_offered: bool,
    ipc: bool,
    industry: bool,
    others: Vec<&'static str>,
}

impl Shows {
    pub(super) fn of(sight: &Sight) -> Self {
        let mut shows = Self {
            title: false,
            summary: false,
            problem: false,
            advantage: false,
            keywords: false,
            field: false,
            stage: false,
            trl: false,
            transfer_modes: false,
            trial_offered: false,
            ipc: false,
            industry: false,
            others: Vec::new(),
        };
        for field in sight.achievement_fields() {
            match field {
                "title" => shows.title = true,
                "summary" => shows.summary = true,
                "problem" => shows.problem = true,
                "advantage" => shows.advantage = true,
                "keywords" => shows.keywords = true,
                "field" => shows.field = true,
                "stage" => shows.stage = true,
                "trl" => shows.trl = true,
                "transfer_modes" => shows.transfer_modes = true,
                "trial_offered" => shows.trial_offered = true,
                "ipc" => shows.ipc = true,
                "industry" => shows.industry = true,
                other => shows.others.push(other),
            }
        }
        shows
    }

    pub(super) fn achievement<'a>(&self, record: &'a Achievement) -> AchievementView<'a> {
        let facts = &record.facts;
        let text = |shown: bool, text: &'a str| Cow::Borrowed(if shown { text } else { "" });
        let list =
            |shown: bool, list: &'a [String]| Cow::Borrowed(if shown { list } else { &[][..] });
        AchievementView {
            id: Cow::Owned(record.id.to_string()),
            title: text(self.title, &facts.title),
            summary: text(self.summary, &facts.summary),
            problem: text(self.problem, &facts.problem),
            advantage: text(self.advantage, &facts.advantage),
            keywords: list(self.keywords, &facts.keywords),
            field: text(self.field, facts.field.as_ref().map_or("", |code| code.as_str())),
            stage: text(self.stage, facts.stage.as_ref().map_or("", |code| code.as_str())),
            trl: facts.trl.as_ref().filter(|_| self.trl).map(|trl| Readiness {
                level: trl.level,
                estimated: trl.estimated,
                evidence: Cow::Borrowed(&trl.evidence),
            }),
            transfer_modes: if self.transfer_modes {
                facts.transfer_modes.iter().map(|mode| Cow::Borrowed(mode.as_str())).collect()
            } else {
                Vec::new()
            },
            trial_offered: facts.trial_offered && self.trial_offered,
            ipc: list(self.ipc, &facts.ipc),
            industry: list(self.industry, &facts.industry),
            attributes: self.attributes(record),
        }
    }

    fn attributes(&self, record: &Achievement) -> Vec<Attribute<'static>> {
        let facts = &record.facts;
        let text = |text: &str| (!text.is_empty()).then(|| AttributeValue::Text(text.to_owned()));
        let texts = |list: Vec<String>| (!list.is_empty()).then_some(AttributeValue::Texts(list));
        let value = |field: &str| match field {
            "economics" => text(&facts.economics),
            "indicators" => text(&facts.indicators),
            "form" => facts.form.as_ref().and_then(|form| text(form.as_str())),
            "level" => facts.level.as_ref().and_then(|level| text(level.as_str())),
            "owners" => texts(facts.owners.clone()),
            "ip_types" => texts(facts.ip.iter().map(|ip| ip.kind.to_string()).collect()),
            "ip_statuses" => texts(facts.ip.iter().map(|ip| ip.status.to_string()).collect()),
            "price_fen" => match facts.price {
                Some(crate::Price::Fixed { amount_fen }) => {
                    Some(AttributeValue::Integer(amount_fen))
                }
                _ => None,
            },
            "completeness_permille" => {
                Some(AttributeValue::Integer(i64::from(facts.completeness_permille())))
            }
            "year" => facts.year.map(|year| AttributeValue::Integer(i64::from(year))),
            "inventors" => texts(facts.inventors.clone()),
            "contact" => text(&facts.contact),
            _ => None,
        };
        self.others
            .iter()
            .filter_map(|field| {
                Some(Attribute { key: Cow::Borrowed(*field), value: value(field)? })
            })
            .collect()
    }
}
