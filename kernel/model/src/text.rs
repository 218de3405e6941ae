//! Texts for people, and the one place where text is normalised.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// A text for people: Chinese, and English beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Text {
    /// 中文.
    pub zh: String,
    /// English; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub en: String,
}

impl Text {
    /// Composes a text.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// Normalises a text that came from outside: full-width letters and digits to half-width (NFKC),
/// control characters and runs of blanks to one blank, none at the ends.
///
/// Determined by the text alone; applying it twice changes nothing.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.nfkc() {
        if letter.is_whitespace() || letter.is_control() || letter == '\u{feff}' {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(letter);
        }
    }
    out.truncate(out.trim_end().len());
    out
}
