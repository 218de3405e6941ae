//! Where the terms of a search stand in a text, as it is written.

use std::collections::HashMap;
use std::ops::Range;

use crate::document::TermShare;
use crate::plan::QUERY_TERMS_MAX;
use crate::text::{self, Key, QUERY_CHARS_MAX, TEXT_CHARS_MAX, Traced};

/// Characters that a snippet begins before its first mark at most, to begin with a sentence.
const LEAD_CHARS_MAX: usize = 24;

/// Where a term stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the original, at boundaries of characters.
    pub range: Range<usize>,
    /// Which of the terms it is.
    pub term: usize,
}

/// A stretch of a text, and what is marked in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// Bytes of the original, at boundaries of characters.
    pub range: Range<usize>,
    /// Bytes of the original within the range, ascending, none touching another.
    pub marks: Vec<Range<usize>>,
    /// Σ of the shares of the different terms in it.
    pub share: u32,
}

/// Finds terms in texts.
#[derive(Debug, Clone)]
pub struct Marker {
    /// Which term has a number.
    terms: HashMap<Key, usize>,
    shares: Vec<u32>,
}

impl Marker {
    /// Of terms as [`Index::explain`](crate::Index::explain) or [`Page::terms`](crate::Page::terms)
    /// tell them.
    #[must_use]
    pub fn new(shares: &[TermShare]) -> Self {
        let mut terms = HashMap::new();
        for (nth, share) in shares.iter().enumerate() {
            text::terms(&share.term, |key, _, _| {
                terms.entry(key).or_insert(nth);
            });
        }
        let shares = shares.iter().map(|share| u32::from(share.share_permille).max(1)).collect();
        Self { terms, shares }
    }

    /// Of a query's terms, all alike.
    #[must_use]
    pub fn of(query: &str) -> Self {
        let mut terms = HashMap::new();
        text::terms(&text::fold(query, QUERY_CHARS_MAX), |key, _, _| {
            let next = terms.len();
            if next < QUERY_TERMS_MAX {
                terms.entry(key).or_insert(next);
            }
        });
        let shares = vec![1; terms.len()];
        Self { terms, shares }
    }

    /// Every place where a term stands in a text, in its order; bigrams overlap.
    #[must_use]
    pub fn marks(&self, text: &str) -> Vec<Mark> {
        let mut marks = Vec::new();
        if self.terms.is_empty() {
            return marks;
        }
        let traced = Traced::new(text, TEXT_CHARS_MAX);
        text::terms(&traced.folded, |key, from, to| {
            if let Some(term) = self.terms.get(&key) {
                let range = traced.original(from, to);
                if !range.is_empty() {
                    marks.push(Mark { range, term: *term });
                }
            }
        });
        marks
    }

    /// The stretch of a text of at most `chars_max` characters in which the terms that tell most
    /// stand: of equal ones the first. A text without any gives its beginning.
    #[must_use]
    pub fn snippet(&self, text: &str, chars_max: usize) -> Snippet {
        let marks = self.marks(text);
        let room = chars_max.saturating_sub(LEAD_CHARS_MAX.min(chars_max / 3));
        let mut best = (0, 0);
        let mut inside: HashMap<usize, usize> = HashMap::new();
        let (mut end, mut share) = (0, 0);
        for (first, mark) in marks.iter().enumerate() {
            let to = forward(text, mark.range.start, room);
            while let Some(next) = marks.get(end).filter(|next| next.range.end <= to) {
                let count = inside.entry(next.term).or_default();
                *count += 1;
                share += if *count == 1 { self.shares[next.term] } else { 0 };
                end += 1;
            }
            if share > best.0 {
                best = (share, first);
            }
            if end > first
                && let Some(count) = inside.get_mut(&mark.term)
            {
                *count -= 1;
                share -= if *count == 0 { self.shares[mark.term] } else { 0 };
            }
            end = end.max(first + 1);
        }
        let from = match marks.get(best.1).filter(|_| best.0 > 0) {
            Some(mark) => begin(text, mark.range.start, chars_max - room),
            None => 0,
        };
        let mut range = from..forward(text, from, chars_max);
        // What ends with the text begins as far before as there is room.
        if range.end == text.len() && from > 0 && text[range.clone()].chars().count() < chars_max {
            let reached = text.char_indices().rev().take(chars_max).last();
            let earliest = reached.map_or(0, |(at, _)| at);
            range.start = earliest.min(from);
        }
        let within = marks
            .iter()
            .filter(|mark| range.start <= mark.range.start && mark.range.end <= range.end);
        let marks = joined(within.map(|mark| mark.range.clone()));
        Snippet { range, marks, share: best.0 }
    }
}

/// Where the terms of a query stand in a text: bytes of the original at boundaries of characters,
/// ascending, none touching another.
///
/// A text is read as documents are: `電池` marks `电池`, `5公斤` marks `5kg`.
///
/// ```
/// let text = "一種鋰電池負極";
/// let marks = taihu_index::highlight("锂电池", text);
/// assert_eq!(&text[marks[0].clone()], "鋰電池");
/// ```
#[must_use]
pub fn highlight(query: &str, text: &str) -> Vec<Range<usize>> {
    joined(Marker::of(query).marks(text).into_iter().map(|mark| mark.range))
}

/// Ascending ranges, those that overlap or touch as one.
fn joined(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// The place so many characters further, or the end.
fn forward(text: &str, from: usize, chars: usize) -> usize {
    text[from..].char_indices().nth(chars).map_or(text.len(), |(at, _)| from + at)
}

/// Where a snippet begins whose first mark is here: with its sentence if that is near, else some
/// characters before.
fn begin(text: &str, mark: usize, chars_max: usize) -> usize {
    let mut from = mark;
    for (at, letter) in text[..mark].char_indices().rev().take(chars_max) {
        if matches!(letter, '。' | '！' | '？' | '；' | '，' | '\n' | '!' | '?' | ';') {
            return from;
        }
        from = at;
    }
    from
}
