//! Texts as people compare them: pairs of letters, and the runs of a text that a query's terms make.

use std::collections::HashSet;

use taihu_index::{Marker, TermShare};
use taihu_model::Achievement;
use taihu_model::contract::Evidence;

use crate::limits::{QUOTE_CHARS_MAX, QUOTED_FIELDS_MAX};

/// The different pairs of neighbouring letters of a text, ascending; punctuation and blanks separate.
pub(super) fn pairs(text: &str) -> Vec<(char, char)> {
    let mut pairs = Vec::new();
    let mut last = None;
    for letter in text.chars().map(fold) {
        let known = letter.is_alphanumeric().then_some(letter);
        if let (Some(one), Some(other)) = (last, known) {
            pairs.push((one, other));
        }
        last = known;
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// How alike two lists of pairs are, per mille: twice what both have, of all that they have.
pub(super) fn alike_permille(one: &[(char, char)], other: &[(char, char)]) -> usize {
    (2_000 * shared(one, other)).checked_div(one.len() + other.len()).unwrap_or(0)
}

/// How much of one list the other has, per mille.
pub(super) fn covered_permille(of: &[(char, char)], by: &[(char, char)]) -> usize {
    (1_000 * shared(of, by)).checked_div(of.len()).unwrap_or(0)
}

/// How many pairs two ascending lists have in common.
fn shared(one: &[(char, char)], other: &[(char, char)]) -> usize {
    let (mut at, mut count) = (0, 0);
    for pair in one {
        while other.get(at).is_some_and(|it| it < pair) {
            at += 1;
        }
        count += usize::from(other.get(at) == Some(pair));
    }
    count
}

/// A run of a text that a query's terms make, and the share of the score that they carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) share: u32,
}

/// Terms of a query, and where they stand.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    shares: &'a [TermShare],
    marker: Marker,
}

impl<'a> Terms<'a> {
    pub(super) fn new(shares: &'a [TermShare]) -> Self {
        Self { shares, marker: Marker::new(shares) }
    }
}

/// The runs that terms make in a text, in its order. Terms that overlap, touch or have one letter
/// between them are one run; a run has at most [`QUOTE_CHARS_MAX`] characters.
pub(super) fn runs(text: &str, terms: &Terms<'_>) -> Vec<Run> {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let letter = |byte: usize| letters.partition_point(|(at, _)| *at < byte);
    let marks = terms.marker.marks(text).into_iter();
    let mut places: Vec<(usize, usize, usize)> =
        marks.map(|mark| (letter(mark.range.start), letter(mark.range.end), mark.term)).collect();
    places.sort_unstable();
    let mut runs = Vec::new();
    let mut rest = places.as_slice();
    while let Some(&(start, first_end, _)) = rest.first() {
        let mut end = first_end.min(start + QUOTE_CHARS_MAX);
        let mut inside = HashSet::new();
        let mut count = 0;
        for &(from, to, nth) in rest {
            let bridged = from <= end || from == end + 1 && letters[end].1.is_alphanumeric();
            if count > 0 && (!bridged || to > start + QUOTE_CHARS_MAX) {
                break;
            }
            end = end.max(to.min(start + QUOTE_CHARS_MAX));
            inside.insert(nth);
            count += 1;
        }
        let share = inside.iter().map(|nth| u32::from(terms.shares[*nth].share_permille)).sum();
        let text = letters[start..end].iter().map(|(_, letter)| letter).collect();
        runs.push(Run { text, share });
        rest = &rest[count..];
    }
    runs
}

/// Which words of which fields of an achievement a query's terms stand in: of each field the run that
/// carries most of the score, of equal ones the longest, then the first; the strongest fields first.
pub(super) fn quotes(record: &Achievement, terms: &[TermShare]) -> Vec<Evidence> {
    let facts = &record.facts;
    let terms = Terms::new(terms);
    let texts = [
        ("title", std::slice::from_ref(&facts.title)),
        ("problem", std::slice::from_ref(&facts.problem)),
        ("summary", std::slice::from_ref(&facts.summary)),
        ("advantage", std::slice::from_ref(&facts.advantage)),
        ("indicators", std::slice::from_ref(&facts.indicators)),
        ("keywords", facts.keywords.as_slice()),
        ("owners", facts.owners.as_slice()),
    ];
    let mut best: Vec<(&str, Run)> = texts
        .into_iter()
        .filter_map(|(field, texts)| {
            let runs = texts.iter().flat_map(|text| runs(text, &terms));
            Some((field, strongest(runs)?))
        })
        .collect();
    // Stable: of equal fields the one that says most about the whole comes first.
    best.sort_by_key(|(_, run)| std::cmp::Reverse(run.share));
    best.truncate(QUOTED_FIELDS_MAX);
    best.into_iter()
        .map(|(field, run)| Evidence {
            subject: "achievement".into(),
            field: field.into(),
            quote: run.text,
        })
        .collect()
}

fn strongest(runs: impl Iterator<Item = Run>) -> Option<Run> {
    let length = |run: &Run| run.text.chars().count();
    runs.reduce(|best, run| {
        let better = (run.share, length(&run)) > (best.share, length(&best));
        if better { run } else { best }
    })
}

/// A letter in lower case; one letter stays one.
fn fold(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(terms: &[(&str, u16)]) -> Vec<TermShare> {
        let of = |(term, share): &(&str, u16)| TermShare {
            term: (*term).to_owned(),
            share_permille: *share,
        };
        terms.iter().map(of).collect()
    }

    #[track_caller]
    fn check(text: &str, by: &[(&str, u16)], expected: &[(&str, u32)]) {
        let found = runs(text, &Terms::new(&terms(by)));
        let found: Vec<_> = found.iter().map(|run| (run.text.as_str(), run.share)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn terms_that_stand_together_are_one_run() {
        check("", &[("电池", 1)], &[]);
        check("一种锂电池负极材料", &[("锂电", 30), ("电池", 10)], &[("锂电池", 40)]);
        check("电池的回收，电池", &[("电池", 5), ("回收", 7)], &[("电池的回收", 12), ("电池", 5)]);
        check("电池，回收", &[("电池", 5), ("回收", 7)], &[("电池", 5), ("回收", 7)]);
        check("用YOLOv8检测", &[("yolov8", 9), ("检测", 1)], &[("YOLOv8检测", 10)]);
        check("PM25与PM2", &[("pm2", 9)], &[("PM2", 9)]);
        check("一種鋰電池", &[("锂电", 30), ("电池", 10)], &[("鋰電池", 40)]);
        check("重5公斤", &[("5", 1), ("kg", 2)], &[("5公斤", 3)]);
    }

    #[test]
    fn a_run_has_so_many_characters_at_most() {
        let text = "电池".repeat(60);
        let found = runs(&text, &Terms::new(&terms(&[("电池", 5), ("池电", 5)])));
        let lengths: Vec<_> = found.iter().map(|run| run.text.chars().count()).collect();
        // Where a run is cut, the next begins with the term that had no room.
        assert_eq!(lengths, [QUOTE_CHARS_MAX, QUOTE_CHARS_MAX, QUOTE_CHARS_MAX, 3]);
    }

    #[test]
    fn likeness_is_of_pairs() {
        let alike = |a: &str, b: &str| alike_permille(&pairs(a), &pairs(b));
        assert_eq!(alike("电池回收", "电池回收"), 1000);
        assert_eq!(alike("电池回收", "竹材展平"), 0);
        assert_eq!(alike("", ""), 0);
        assert_eq!(alike("电池回收", "电池"), 500);
        assert_eq!(covered_permille(&pairs("电池"), &pairs("电池回收")), 1000);
    }
}
