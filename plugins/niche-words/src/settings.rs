//! What an operator configures.

use std::collections::BTreeMap;

use serde::Deserialize;
use taihu_plugin::{Context, Failure};

use crate::Rules;

/// Most words of each configured list: more is a taxonomy of its own and belongs into the rules.
pub const WORDS_MAX: usize = 200;

/// Longest configured word, in characters: beyond it it is a sentence and will not be found.
pub const WORD_CHARS_MAX: usize = 32;

/// Bounds of the two thresholds, in points: above, not even a title full of words would do.
const POINTS: std::ops::RangeInclusive<i32> = 1..=200;

/// The configuration of an installation, checked.
#[derive(Debug, Clone, Deserialize)]
pub struct Settings {
    /// Further words of the field → category.
    #[serde(default)]
    pub extra_keywords: BTreeMap<String, String>,
    /// Words that keep an achievement out: in the title or among the keywords certainly, elsewhere
    /// a person looks.
    #[serde(default)]
    pub excluded_keywords: Vec<String>,
    /// Points from which on an achievement belongs.
    #[serde(default = "in_points")]
    pub in_points: i32,
    /// Points from which on a person looks.
    #[serde(default = "unsure_points")]
    pub unsure_points: i32,
}

fn in_points() -> i32 {
    20
}

fn unsure_points() -> i32 {
    10
}

impl Settings {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    /// `bad-config` that names the key and what would be right.
    pub fn read(context: &Context, rules: &Rules) -> Result<Self, Failure> {
        let mut settings: Self = context.config()?;
        words("extra_keywords", settings.extra_keywords.keys())?;
        words("excluded_keywords", settings.excluded_keywords.iter())?;
        for (word, category) in &settings.extra_keywords {
            if !rules.categories.contains(&category.as_str()) {
                let known = rules.categories.join("、");
                return Err(Failure::bad_config(
                    format!("extra_keywords 中“{word}”的类目“{category}”不存在；可用：{known}"),
                    format!("extra_keywords.{word}: no category {category:?}; want one of {known}"),
                ));
            }
        }
        let (high, low) = (settings.in_points, settings.unsure_points);
        if !POINTS.contains(&high) || !POINTS.contains(&low) || low > high {
            return Err(Failure::bad_config(
                format!(
                    "in_points 与 unsure_points 应在 1 至 200 之间且前者不小于后者，现为 {high} 与 {low}"
                ),
                format!(
                    "in_points and unsure_points lie between 1 and 200 and the former is not below the latter; they are {high} and {low}"
                ),
            ));
        }
        // The text is compared in lower case.
        for word in &mut settings.excluded_keywords {
            *word = word.trim().to_lowercase();
        }
        let extra = std::mem::take(&mut settings.extra_keywords);
        settings.extra_keywords =
            extra.into_iter().map(|(word, to)| (word.trim().to_lowercase(), to)).collect();
        Ok(settings)
    }
}

fn words<'a>(key: &str, words: impl ExactSizeIterator<Item = &'a String>) -> Result<(), Failure> {
    if words.len() > WORDS_MAX {
        let count = words.len();
        return Err(Failure::bad_config(
            format!("{key} 最多 {WORDS_MAX} 个词，现有 {count} 个"),
            format!("{key} holds at most {WORDS_MAX} words, not {count}"),
        ));
    }
    for word in words {
        let chars = word.trim().chars().count();
        if !(1..=WORD_CHARS_MAX).contains(&chars) {
            return Err(Failure::bad_config(
                format!("{key} 的词应为 1 至 {WORD_CHARS_MAX} 字，“{word}”为 {chars} 字"),
                format!(
                    "words of {key} have 1 to {WORD_CHARS_MAX} characters; {word:?} has {chars}"
                ),
            ));
        }
    }
    Ok(())
}
