//! Which words say so: what a person can look up.

use crate::Achievement;
use crate::bindings::types as raw;
use crate::fields::code_of;

/// Longest quote that the contract takes, in characters.
pub const QUOTE_CHARS_MAX: usize = 200;

/// Words of a field that say why.
///
/// The words are those of the record itself, best a part of the field (`&candidate.title[..]`, what
/// a search returned). Words that are equal are found in the field; what the field does not have
/// is not quoted. Without words the field alone is named, and people see its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence<'a> {
    of_need: bool,
    code: u8,
    field: &'a str,
    quote: &'a str,
}

/// Points to a field of the achievement, with the words found there (may be empty).
#[inline(always)]
pub fn found<'a>(field: &'a str, quote: &'a str) -> Evidence<'a> {
    Evidence { of_need: false, code: code_of(field), field, quote }
}

/// Points to a field of the need, with the words found there (may be empty).
#[inline(always)]
pub fn asked<'a>(field: &'a str, quote: &'a str) -> Evidence<'a> {
    Evidence { of_need: true, code: code_of(field), field, quote }
}

/// Cuts a text after so many characters, never inside one.
pub fn cut(text: &str, chars_max: usize) -> &str {
    // A character is at most four bytes, so a short text needs no count.
    if text.len() <= chars_max {
        return text;
    }
    text.char_indices().nth(chars_max).map_or(text, |(end, _)| &text[..end])
}

impl Evidence<'_> {
    /// As numbers: which column, and where in it the words begin and end. `None` if the field was
    /// not given, because it was not declared or not granted.
    #[inline]
    pub(crate) fn locate(&self, achievement: &Achievement<'_>) -> Option<[u32; 3]> {
        let batch = achievement.batch;
        let (columns, row, before) = if self.of_need {
            (batch.need.as_ref()?, 0, batch.achievements.columns.len())
        } else {
            (&batch.achievements, achievement.row, 0)
        };
        let place = columns.place(self.code, self.field)?;
        let (start, end) = match self.quote {
            "" => (0, 0),
            quote => words_in(&columns.columns.get(place)?.values, row, quote),
        };
        let number = |number: usize| u32::try_from(number).unwrap_or(0);
        Some([number(before + place), number(start), number(end)])
    }
}

/// Where in a record's part of a column the words begin and end.
#[inline(never)]
fn words_in(values: &raw::Values, row: usize, quote: &str) -> (usize, usize) {
    let quote = cut(quote, QUOTE_CHARS_MAX);
    match values {
        raw::Values::Text(texts) => range(crate::table::text_at(texts, row), quote),
        raw::Values::Texts(lists) => {
            let list = crate::table::texts_at(lists, row);
            part(list.joined(), quote).unwrap_or_else(|| equal_item(&list, quote))
        }
        raw::Values::Integer(_) | raw::Values::Boolean(_) => (0, 0),
    }
}

/// Where words begin and end that are a part of the text itself, in its own memory.
#[inline]
fn part(text: &str, words: &str) -> Option<(usize, usize)> {
    let start = (words.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    let end = start.checked_add(words.len())?;
    (end <= text.len()).then_some((start, end))
}

/// Where words are in a text: they themselves, or the first that are equal; else nowhere.
#[inline]
fn range(text: &str, words: &str) -> (usize, usize) {
    part(text, words).unwrap_or_else(|| search(text, words))
}

#[cold]
fn search(text: &str, words: &str) -> (usize, usize) {
    text.find(words).map_or((0, 0), |start| (start, start + words.len()))
}

/// Where the first item is that has the words.
#[cold]
fn equal_item(list: &crate::Texts<'_>, words: &str) -> (usize, usize) {
    let mut begins = 0;
    for item in list.iter() {
        if let Some(start) = item.find(words) {
            return (begins + start, begins + start + words.len());
        }
        begins += item.len();
    }
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::{cut, range};

    #[track_caller]
    fn check(text: &str, chars_max: usize, want: &str) {
        assert_eq!(cut(text, chars_max), want, "{text:?} after {chars_max}");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        check("电池回收", 2, "电池");
        check("电池", 2, "电池");
        check("ab电", 2, "ab");
        check("", 0, "");
        check("电", 0, "");
    }

    #[test]
    fn words_are_found_where_they_are() {
        let text = "电池与电池";
        assert_eq!(range(text, &text[9..15]), (9, 15), "the very words");
        assert_eq!(range(text, &String::from("电池")), (0, 6), "equal words");
        assert_eq!(range(text, "竹"), (0, 0), "no such words");
    }
}
