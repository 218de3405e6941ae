//! Finding words in a text: leftmost, longest, none inside of another.

use std::collections::BTreeMap;

/// Words and what they stand for, ready to be looked for.
#[derive(Debug)]
pub(crate) struct Lexicon<T> {
    /// By first character; the longest first.
    by_first: BTreeMap<char, Vec<(String, T)>>,
}

impl<T> Lexicon<T> {
    /// Makes a lexicon of words in lower case. Of equal words the first counts.
    pub(crate) fn new(words: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut by_first: BTreeMap<char, Vec<(String, T)>> = BTreeMap::new();
        for (word, value) in words {
            if let Some(first) = word.chars().next() {
                by_first.entry(first).or_default().push((word, value));
            }
        }
        for words in by_first.values_mut() {
            // Stable, so that equal words stay in order.
            words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
        Self { by_first }
    }

    /// Calls back with every word found, as it is written in the text, from left to right.
    pub(crate) fn scan<'t, 'l>(&'l self, text: &'t str, mut found: impl FnMut(&'t str, &'l T)) {
        // Lower case of ASCII alone: it keeps every position.
        let lower = text.to_ascii_lowercase();
        let mut at = 0;
        while let Some(first) = lower[at..].chars().next() {
            let hit = self.by_first.get(&first).and_then(|words| {
                words.iter().find(|(word, _)| {
                    lower[at..].starts_with(word.as_str()) && stands_alone(&lower, at, word.len())
                })
            });
            at += match hit {
                Some((word, value)) => {
                    found(&text[at..at + word.len()], value);
                    word.len()
                }
                None => first.len_utf8(),
            };
        }
    }
}

/// A word of Latin letters is no part of a longer one: `sar` is not in `sars`.
fn stands_alone(text: &str, at: usize, length: usize) -> bool {
    let bytes = text.as_bytes();
    let is_letter = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_alphanumeric);
    let end = at + length;
    let cut_before = is_letter(at) && at.checked_sub(1).is_some_and(is_letter);
    let cut_after = is_letter(end - 1) && is_letter(end);
    !cut_before && !cut_after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, text: &str, want: &[&str]) {
        let words = words.split(' ').map(|word| (word.to_owned(), ()));
        let mut got = Vec::new();
        Lexicon::new(words).scan(text, |word, ()| got.push(word));
        assert_eq!(got, want, "in {text:?}");
    }

    #[test]
    fn the_longest_word_hides_those_inside() {
        check("氢 脱氢酶", "脱氢酶催化", &["脱氢酶"]);
        check("电池 锂离子电池", "锂离子电池与电池", &["锂离子电池", "电池"]);
        check("电池 池片", "电池片", &["电池"]);
    }

    #[test]
    fn latin_words_stand_alone_and_case_makes_no_difference() {
        check("sar", "SAR影像", &["SAR"]);
        check("sar", "SARS、QSAR", &[]);
        check("5g", "基于5G的", &["5G"]);
        check("gis", "", &[]);
    }
}
