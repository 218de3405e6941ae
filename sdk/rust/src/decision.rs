//! Building a decision that keeps to the contract.

use crate::{
    Achievement, Attribute, AttributeValue, Decision, Evidence, Reason, Verdict, cut, text,
};

/// Most reasons of a decision, and most pieces of evidence of a reason.
const REASONS_MAX: usize = 16;
const EVIDENCE_MAX: usize = 8;

/// Longest text of a reason, in characters.
const REASON_CHARS_MAX: usize = 500;

impl Decision {
    /// Begins a decision that the achievement belongs, in this category.
    pub fn belongs<'a>(achievement: &'a Achievement<'a>, category: &str) -> DecisionBuilder<'a> {
        DecisionBuilder::new(achievement, Verdict::In, category)
    }

    /// Begins a decision that a person should look; the category is the best guess.
    pub fn unsure<'a>(achievement: &'a Achievement<'a>, category: &str) -> DecisionBuilder<'a> {
        DecisionBuilder::new(achievement, Verdict::Unsure, category)
    }

    /// Begins a decision that the achievement does not belong.
    pub fn out<'a>(achievement: &'a Achievement<'a>) -> DecisionBuilder<'a> {
        DecisionBuilder::new(achievement, Verdict::Out, "")
    }
}

/// A decision in the making.
#[derive(Debug)]
pub struct DecisionBuilder<'a> {
    achievement: &'a Achievement<'a>,
    decision: Decision,
}

impl<'a> DecisionBuilder<'a> {
    fn new(achievement: &'a Achievement<'a>, verdict: Verdict, category: &str) -> Self {
        let decision = Decision {
            row: u32::try_from(achievement.row).unwrap_or(u32::MAX),
            verdict,
            category: category.to_owned(),
            reasons: Vec::new(),
            fields: Vec::new(),
        };
        Self { achievement, decision }
    }

    /// Says why, with the fields that said so. At least one reason is needed; beyond 16 reasons,
    /// 8 fields of one or 500 characters the rest is left out, and so is a field that was not granted.
    #[must_use]
    pub fn because<'e>(
        mut self,
        zh: &str,
        en: &str,
        evidence: impl IntoIterator<Item = Evidence<'e>>,
    ) -> Self {
        if self.decision.reasons.len() < REASONS_MAX {
            let located = evidence.into_iter().filter_map(|one| {
                let [column, start, end] = one.locate(self.achievement)?;
                Some(crate::bindings::types::Evidence { column, start, end })
            });
            self.decision.reasons.push(Reason {
                text: text(cut(zh, REASON_CHARS_MAX), cut(en, REASON_CHARS_MAX)),
                evidence: located.take(EVIDENCE_MAX).collect(),
            });
        }
        self
    }

    /// Fills a field of the pool's own. Left out if the achievement does not belong.
    #[must_use]
    pub fn field(mut self, key: &str, value: impl Into<AttributeValue>) -> Self {
        if self.decision.verdict != Verdict::Out {
            self.decision.fields.push(attribute(key, value));
        }
        self
    }

    /// The decision.
    #[must_use]
    pub fn done(self) -> Decision {
        self.decision
    }
}

/// Composes a named value.
pub fn attribute(key: &str, value: impl Into<AttributeValue>) -> Attribute {
    Attribute { key: key.to_owned(), value: value.into() }
}

impl From<&str> for AttributeValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for AttributeValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for AttributeValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for AttributeValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<Vec<String>> for AttributeValue {
    fn from(value: Vec<String>) -> Self {
        Self::Texts(value)
    }
}
