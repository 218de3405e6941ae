//! Texts for people, and the ways to give no answer.

use crate::{Failure, Text};

/// Composes a text for people: Chinese first, English beside it (may be empty).
pub fn text(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), en: en.into() }
}

impl Failure {
    /// The configuration is wrong: the operator is told, and the kernel stops calling.
    pub fn bad_config(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::BadConfig(text(zh, en))
    }

    /// This input can't be judged: the kernel goes on without an answer; nobody is to blame.
    pub fn bad_input(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::BadInput(text(zh, en))
    }

    /// The other side does not keep to its format: the kernel ends the run. Connectors only.
    pub fn upstream(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Upstream(text(zh, en))
    }

    /// The plugin found a fault of its own: counts against the plugin.
    pub fn internal(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Internal(text(zh, en))
    }
}
