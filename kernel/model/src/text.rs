//! Texts for people, and the one place where text is normalised.

pub(crate) mod script;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

pub use script::simplified;

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
/// control characters and runs of blanks to one blank, none at the ends; characters that nobody sees
/// (byte order marks, zero-width blanks, marks of direction) are left out.
///
/// Determined by the text alone; applying it twice changes nothing.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !is_invisible(*letter)).nfkc() {
        if letter.is_whitespace() || letter.is_control() {
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

/// [`normalise`] for what people read: the full-width marks of Chinese punctuation stay as they are.
///
/// Determined by the text alone; applying it twice changes nothing.
#[must_use]
pub fn normalise_prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(is_mark) {
        let body = piece.trim_end_matches(is_mark);
        out.push_str(&normalise(body));
        out.push_str(&piece[body.len()..]);
    }
    out
}

/// The marks of Chinese punctuation that NFKC would turn into those of English.
const fn is_mark(letter: char) -> bool {
    matches!(letter, '，' | '；' | '：' | '？' | '！' | '（' | '）' | '～')
}

/// Characters that copying from web pages leaves behind, and those that turn text around.
pub(crate) const fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests;
