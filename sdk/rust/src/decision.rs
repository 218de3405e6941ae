//! Building a decision that keeps to the contract.

use crate::{Attribute, AttributeValue, Decision, Evidence, Reason, Verdict, cut, text};

/// Most reasons of a decision, and most pieces of evidence of a reason.
const REASONS_MAX: usize = 16;
const EVIDENCE_MAX: usize = 8;

/// Longest text of a reason, in characters.
const REASON_CHARS_MAX: usize = 500;

impl Decision {
    /// Begins a decision that the achievement of this id belongs, in this category.
    pub fn belongs(id: &str, category: &str) -> DecisionBuilder {
        DecisionBuilder::new(id, Verdict::In, category)
    }

    /// Begins a decision that a person should look; the category is the best guess.
    pub fn unsure(id: &str, category: &str) -> DecisionBuilder {
        DecisionBuilder::new(id, Verdict::Unsure, category)
    }

    /// Begins a decision that the achievement does not belong.
    pub fn out(id: &str) -> DecisionBuilder {
        DecisionBuilder::new(id, Verdict::Out, "")
    }
}

/// A decision in the making.
pub struct DecisionBuilder(Decision);

impl DecisionBuilder {
    fn new(id: &str, verdict: Verdict, category: &str) -> Self {
        Self(Decision {
            id: id.to_owned(),
            verdict,
            category: category.to_owned(),
            reasons: Vec::new(),
            fields: Vec::new(),
        })
    }

    /// Says why, with the fields that said so. At least one reason is needed; beyond 16 reasons,
    /// 8 fields of one or 500 characters the rest is left out.
    #[must_use]
    pub fn because(
        mut self,
        zh: &str,
        en: &str,
        evidence: impl IntoIterator<Item = Evidence>,
    ) -> Self {
        if self.0.reasons.len() < REASONS_MAX {
            self.0.reasons.push(Reason {
                text: text(cut(zh, REASON_CHARS_MAX), cut(en, REASON_CHARS_MAX)),
                evidence: evidence.into_iter().take(EVIDENCE_MAX).collect(),
            });
        }
        self
    }

    /// Fills a field of the pool's own. Left out if the achievement does not belong.
    #[must_use]
    pub fn field(mut self, key: &str, value: impl Into<AttributeValue>) -> Self {
        if self.0.verdict != Verdict::Out {
            self.0.fields.push(attribute(key, value));
        }
        self
    }

    /// The decision.
    #[must_use]
    pub fn done(self) -> Decision {
        self.0
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
