//! Chinese titles that differ a little: what is left of one when what does not matter is gone, which
//! parts are worth looking for, and how alike two are.

use std::collections::BTreeMap;

/// How alike two titles are, per mille, from which on they may be one: of twenty characters two may
/// differ. A lower one takes 制备方法 for 制备装置.
pub const TITLE_LIKENESS_MIN: u16 = 900;

/// The shortest title, in characters, that may be alike to another: of a shorter one, one letter is
/// too much of it.
const ALIKE_CHARS_MIN: usize = 10;

/// Characters of a title that are compared; titles have at most 300.
const COMPARED_CHARS_MAX: usize = 300;

/// Words that only join: with them or without, a title says the same. The longer first.
const JOINING: [&str; 8] = ["以及", "及其", "的", "之", "及", "与", "和", "并"];
/// What titles of patents begin with.
const OPENINGS: [&str; 4] = ["一种", "一类", "一款", "一套"];
/// Beginnings that too many titles of one owner share to be worth looking for.
const COMMON_HEADS: [&str; 4] = ["基于", "面向", "用于", "新型"];
/// Ends of that kind. The longer first.
const COMMON_TAILS: [&str; 16] = [
    "关键技术",
    "产业化",
    "方法",
    "技术",
    "工艺",
    "系统",
    "装置",
    "设备",
    "研究",
    "应用",
    "开发",
    "制备",
    "生产",
    "产品",
    "材料",
    "平台",
];
/// Letters that tell things apart where all else is the same: numerals, opposites, and what makes of
/// a method a device. Latin letters and digits do so too.
const TELLING: &str = "一二三四五六七八九十百千万两零甲乙丙丁正负阴阳上下左右前后内外高中低冷热干湿大小长短单双\
    多无非不有酸碱固液气东南西北进出快慢轻重粗细软硬动静开关公母雌雄男女成幼稀浓深浅法装设系软件";
/// Lengths of parts, characters. About half a title each, in few steps, so that two titles of nearly
/// the same length have a part of the same length.
const PART_CHARS: [usize; 8] = [6, 9, 13, 19, 28, 42, 63, 95];

/// What is left of a title when case, width, punctuation, script and joining words are gone.
pub(super) fn core(title: &str) -> String {
    let bare = super::bare(title);
    let opened = OPENINGS.iter().find_map(|opening| bare.strip_prefix(opening)).unwrap_or(&bare);
    JOINING.iter().fold(opened.to_owned(), |text, word| text.replace(word, ""))
}

/// The parts of a title's core by which one that is alike is looked for: beginnings (`^`) and ends
/// (`$`), each of one length or, near a step, of two. None of a short one.
pub(super) fn parts(core: &str) -> Vec<(&'static str, String)> {
    if core.chars().count() < ALIKE_CHARS_MIN {
        return Vec::new();
    }
    let stem: Vec<char> = stem(core).chars().collect();
    let [first, ..] = PART_CHARS;
    let step = |half: usize| PART_CHARS.into_iter().rev().find(|step| *step <= half);
    let mut lengths = vec![step(stem.len() / 2).unwrap_or(first)];
    let longer = step((stem.len() + 2) / 2).unwrap_or(first);
    if !lengths.contains(&longer) {
        lengths.push(longer);
    }
    let mut parts = Vec::new();
    for length in lengths {
        parts.push(("^", stem.iter().take(length).collect()));
        parts.push(("$", stem.iter().skip(stem.len().saturating_sub(length)).collect()));
    }
    parts
}

/// A title's core without what too many begin and end with, unless little is left of it then.
fn stem(core: &str) -> &str {
    let mut left = COMMON_HEADS.iter().find_map(|head| core.strip_prefix(head)).unwrap_or(core);
    while let Some(cut) = COMMON_TAILS.iter().find_map(|tail| left.strip_suffix(tail)) {
        left = cut;
    }
    let [first, ..] = PART_CHARS;
    if left.chars().count() < first { core } else { left }
}

/// How alike two titles are, per mille: 1,000 less the share of letters that must be put in, taken
/// out or replaced to make one of the other, after what does not matter is gone. `None` if that is
/// less than [`TITLE_LIKENESS_MIN`], one is too short, or a letter differs that tells things apart.
#[must_use]
pub fn title_likeness(one: &str, other: &str) -> Option<u16> {
    let letters = |title: &str| core(title).chars().take(COMPARED_CHARS_MAX).collect::<Vec<char>>();
    let (one, other) = (letters(one), letters(other));
    if one == other && !one.is_empty() {
        return Some(1_000);
    }
    let longest = one.len().max(other.len());
    if one.len().min(other.len()) < ALIKE_CHARS_MIN {
        return None;
    }
    let most = longest * usize::from(1_000 - TITLE_LIKENESS_MIN) / 1_000;
    if one.len().abs_diff(other.len()) > most || tells_apart(&one, &other) {
        return None;
    }
    let edits = distance(&one, &other);
    let likeness = 1_000 - edits * 1_000 / longest;
    u16::try_from(likeness).ok().filter(|_| edits <= most)
}

/// Whether a letter is oftener in one than in the other and tells things apart.
fn tells_apart(one: &[char], other: &[char]) -> bool {
    let mut counts: BTreeMap<char, i64> = BTreeMap::new();
    one.iter().for_each(|letter| *counts.entry(*letter).or_default() += 1);
    other.iter().for_each(|letter| *counts.entry(*letter).or_default() -= 1);
    let telling = |letter: char| {
        letter.is_ascii() || letter.is_numeric() || !is_han(letter) || TELLING.contains(letter)
    };
    counts.into_iter().any(|(letter, count)| count != 0 && telling(letter))
}

const fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Letters to put in, take out or replace (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut corner = at;
        let mut left = at + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, against) in row.iter_mut().skip(1).zip(other) {
            let replaced = corner + usize::from(letter != against);
            corner = *cell;
            left = replaced.min(left + 1).min(corner + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
