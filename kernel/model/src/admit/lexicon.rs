//! Looking words up: what a text means in a vocabulary.

use std::collections::HashMap;

use super::list::is_chinese;
use crate::{CodeLabel, normalise};

/// Words that mean one code, with `|` between them: those that mean it, and those that mean it only
/// roughly.
pub(super) type Entry = (&'static str, &'static str, &'static str);

/// How a text was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The code.
    pub(super) code: &'static str,
    /// True if the text means it only roughly.
    pub(super) estimated: bool,
}

/// A vocabulary with all its words, built once.
pub(super) struct Lexicon {
    /// By key, and by the stem of the key.
    words: HashMap<String, Found>,
    /// Stems with Chinese characters, longest first.
    stems: Vec<(String, &'static str)>,
}

impl Lexicon {
    /// Builds a lexicon of the codes, their labels in both languages, and further words. Where two
    /// entries claim a word, the exact one counts, then the first.
    pub(super) fn of(known: &'static [CodeLabel], table: &[Entry]) -> Self {
        let mut lexicon = Self { words: HashMap::new(), stems: Vec::new() };
        for label in known {
            for word in [label.code, label.zh, label.en] {
                lexicon.add(word, label.code, false);
            }
        }
        let split = |words: &'static str| words.split('|').filter(|word| !word.is_empty());
        for (code, words, _) in table {
            split(words).for_each(|word| lexicon.add(word, code, false));
        }
        for (code, _, words) in table {
            split(words).for_each(|word| lexicon.add(word, code, true));
        }
        lexicon.stems.sort_by_key(|(stem, _)| std::cmp::Reverse(stem.chars().count()));
        lexicon
    }

    fn add(&mut self, word: &'static str, code: &'static str, estimated: bool) {
        let whole = key(word);
        let stem = stem(&whole).to_owned();
        if stem.chars().count() >= 2 && stem.chars().any(|letter| is_chinese(&letter)) {
            self.stems.push((stem.clone(), code));
        }
        for spelling in [whole, stem] {
            self.words.entry(spelling).or_insert(Found { code, estimated });
        }
    }

    /// Looks a text up. Case, blanks, punctuation and a trailing 技术, 领域, 产业, 阶段, 水平, 类
    /// make no difference.
    pub(super) fn find(&self, text: &str) -> Option<Found> {
        let whole = key(text);
        self.words.get(&whole).or_else(|| self.words.get(stem(&whole))).copied()
    }

    /// Looks for the longest known word within a text; what it finds is an estimate.
    pub(super) fn find_within(&self, text: &str) -> Option<Found> {
        let whole = key(text);
        let (_, code) = self.stems.iter().find(|(stem, _)| whole.contains(stem.as_str()))?;
        Some(Found { code, estimated: true })
    }
}

/// What a text is compared by: no case, no blanks, no punctuation.
pub(super) fn key(text: &str) -> String {
    normalise(text).to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

fn stem(key: &str) -> &str {
    let mut stem = key;
    for ending in ["领域", "产业", "行业", "技术", "阶段", "水平", "类"] {
        let shorter = stem.strip_suffix(ending).filter(|shorter| shorter.chars().count() >= 2);
        stem = shorter.unwrap_or(stem);
    }
    stem
}
