//! Several values in one cell.

use super::desk::{Desk, is_nothing};
use super::{CLASSES_MAX, INVENTORS_MAX, KEYWORDS_MAX, OWNERS_MAX, PIECES_MAX};
use crate::{IndustryCode, Ipc, normalise};

/// The longest name of an owner or inventor, in characters; a longer one is a sentence.
const NAME_CHARS_MAX: usize = 100;

/// The longest keyword, in characters; a longer one is a sentence.
const KEYWORD_CHARS_MAX: usize = 64;

/// Splits a cell at `；;、|/，,` and line breaks into normalised pieces that say something.
///
/// Separators within brackets do not count, nor a slash between Latin letters or digits (`TCP/IP`),
/// a comma between digits (`1,2-二氯乙烷`), before `Ltd.` and the like, or in a piece without Chinese.
pub(super) fn split(cell: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for line in cell.lines() {
        for piece in split_where(&normalise(line), separates) {
            let piece = normalise(&piece);
            if piece.chars().any(|letter| is_chinese(&letter)) {
                pieces.extend(split_where(&piece, comma_separates));
            } else {
                pieces.push(piece);
            }
        }
    }
    pieces.iter().map(|piece| normalise(piece)).filter(|piece| !is_nothing(piece)).collect()
}

/// Splits a line where `separates` says so, outside brackets if they are balanced.
fn split_where(line: &str, separates: fn(&[char], usize) -> bool) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    let brackets = is_balanced(&letters);
    let (mut pieces, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, letter) in letters.iter().enumerate() {
        depth += if brackets { turn(*letter) } else { 0 };
        if depth == 0 && separates(&letters, at) {
            pieces.push(letters[from..at].iter().collect());
            from = at + 1;
        }
    }
    pieces.push(letters[from..].iter().collect());
    pieces
}

/// How a letter changes the depth of brackets.
const fn turn(letter: char) -> i32 {
    match letter {
        '(' | '[' | '【' | '《' | '{' => 1,
        ')' | ']' | '】' | '》' | '}' => -1,
        _ => 0,
    }
}

fn is_balanced(letters: &[char]) -> bool {
    let mut depth = 0;
    for letter in letters {
        depth += turn(*letter);
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Says whether the letters on both sides are there and are such ones.
fn both(letters: &[char], at: usize, is: fn(&char) -> bool) -> bool {
    let before = at.checked_sub(1).and_then(|at| letters.get(at));
    before.is_some_and(is) && letters.get(at + 1).is_some_and(is)
}

fn separates(letters: &[char], at: usize) -> bool {
    match letters[at] {
        ';' | '、' | '|' => true,
        '/' => !both(letters, at, char::is_ascii_alphanumeric),
        _ => false,
    }
}

fn comma_separates(letters: &[char], at: usize) -> bool {
    letters[at] == ','
        && !both(letters, at, char::is_ascii_digit)
        && !begins_legal_form(&letters[at + 1..])
}

/// `Ltd.`, `Inc.` and the like, which follow a comma that belongs to a name.
fn begins_legal_form(letters: &[char]) -> bool {
    let word: String = letters
        .iter()
        .skip_while(|letter| **letter == ' ')
        .take_while(|letter| letter.is_ascii_alphabetic())
        .take(8)
        .map(char::to_ascii_lowercase)
        .collect();
    matches!(word.as_str(), "ltd" | "limited" | "inc" | "llc" | "corp" | "gmbh" | "co" | "plc")
}

/// Says whether a letter is a Chinese character.
pub(super) fn is_chinese(letter: &char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// Every piece of every value of a field, each once, in order; at most [`PIECES_MAX`].
fn pieces(desk: &mut Desk<'_>, name: &'static str, split: fn(&str) -> Vec<String>) -> Vec<String> {
    let mut pieces = Vec::new();
    for piece in desk.values(name).into_iter().flat_map(|value| split(value.raw)) {
        if pieces.contains(&piece) {
            continue;
        }
        if pieces.len() == PIECES_MAX {
            too_many(desk, name, PIECES_MAX);
            break;
        }
        pieces.push(piece);
    }
    pieces
}

/// A reason against a field with so many values that the rest is not even read.
pub(super) fn too_many(desk: &mut Desk<'_>, name: &'static str, max: usize) {
    desk.reason(
        name,
        "too_many_values",
        "",
        format!("超过{max}项，其余未读"),
        format!("there are more than {max} values; the rest was not read"),
    );
}

/// Refuses a list that is too long, and keeps its beginning.
fn bounded<T>(desk: &mut Desk<'_>, name: &'static str, mut list: Vec<T>, max: usize) -> Vec<T> {
    if list.len() > max {
        let count = list.len();
        desk.reason(
            name,
            "too_many_values",
            "",
            format!("共{count}项，最多{max}项"),
            format!("there are {count} values, at most {max} are allowed"),
        );
        list.truncate(max);
    }
    list
}

/// Who owns it: at least one.
pub(super) fn owners(desk: &mut Desk<'_>) -> Vec<String> {
    let owners = names(desk, "owner", OWNERS_MAX);
    if owners.is_empty() {
        desk.reason("owner", "owner_missing", "", "缺少成果权属人", "the owner is missing");
    }
    owners
}

/// Who made it.
pub(super) fn inventors(desk: &mut Desk<'_>) -> Vec<String> {
    names(desk, "inventor", INVENTORS_MAX)
}

fn names(desk: &mut Desk<'_>, field: &'static str, max: usize) -> Vec<String> {
    let (names, sentences): (Vec<_>, Vec<_>) = pieces(desk, field, split)
        .into_iter()
        .partition(|name| name.chars().count() <= NAME_CHARS_MAX);
    for sentence in &sentences {
        desk.note(
            field,
            "name_too_long",
            sentence,
            format!("名称超过{NAME_CHARS_MAX}字，已忽略"),
            format!("a name has at most {NAME_CHARS_MAX} characters; it was left out"),
        );
    }
    bounded(desk, field, names, max)
}

/// Up to ten keywords. Chinese ones are also split at blanks; an English phrase keeps its blanks.
pub(super) fn keywords(desk: &mut Desk<'_>) -> Vec<String> {
    let (mut keywords, sentences): (Vec<_>, Vec<_>) = pieces(desk, "keyword", split_keywords)
        .into_iter()
        .partition(|keyword| keyword.chars().count() <= KEYWORD_CHARS_MAX);
    for sentence in &sentences {
        desk.note(
            "keyword",
            "keyword_too_long",
            sentence,
            format!("关键词超过{KEYWORD_CHARS_MAX}字，已忽略"),
            format!("a keyword has at most {KEYWORD_CHARS_MAX} characters; it was left out"),
        );
    }
    if keywords.len() > KEYWORDS_MAX {
        let count = keywords.len();
        desk.note(
            "keyword",
            "keywords_cut",
            &keywords[KEYWORDS_MAX],
            format!("共{count}个关键词，只保留前{KEYWORDS_MAX}个"),
            format!("there are {count} keywords; the first {KEYWORDS_MAX} were kept"),
        );
        keywords.truncate(KEYWORDS_MAX);
    }
    keywords
}

fn split_keywords(cell: &str) -> Vec<String> {
    let mut keywords = Vec::new();
    for piece in split(cell) {
        let words = split_where(&piece, |letters, at| letters[at] == ' ');
        let is_chinese = |word: &String| word.chars().any(|letter| is_chinese(&letter));
        if words.len() > 1 && words.iter().all(is_chinese) {
            keywords.extend(words.into_iter().filter(|word| !is_nothing(word)));
        } else {
            keywords.push(piece);
        }
    }
    keywords
}

/// IPC symbols; what is none is noted and left out.
pub(super) fn ipc(desk: &mut Desk<'_>) -> Vec<String> {
    let mut symbols: Vec<String> = Vec::new();
    for value in desk.values("ipc") {
        let (found, errors) = Ipc::find_all(value.raw);
        for symbol in found {
            if symbols.len() > CLASSES_MAX {
                break;
            }
            if symbols.iter().all(|known| known != symbol.as_str()) {
                symbols.push(symbol.to_string());
            }
        }
        for error in errors.iter().filter(|error| !is_nothing(error.text())) {
            let (zh, en) = (error.why().zh.clone(), error.why().en.clone());
            desk.note(
                "ipc",
                "ipc_unreadable",
                error.text(),
                format!("不是IPC分类号，已忽略：{zh}"),
                format!("not an IPC symbol and left out: {en}"),
            );
        }
    }
    bounded(desk, "ipc", symbols, CLASSES_MAX)
}

/// Industry codes; names of industries are noted and left out.
pub(super) fn industry(desk: &mut Desk<'_>) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for piece in pieces(desk, "industry", split) {
        // `C3843 铅蓄电池制造`: the code comes first, its name after it.
        let code =
            piece.split(|letter: char| letter == ' ' || is_chinese(&letter)).next().unwrap_or("");
        match code.parse::<IndustryCode>() {
            Ok(code) if codes.contains(&code.to_string()) => {}
            Ok(code) => codes.push(code.to_string()),
            Err(error) => {
                let why = error.why().clone();
                desk.note(
                    "industry",
                    "industry_unreadable",
                    &piece,
                    format!("不是GB/T 4754-2017行业代码，已忽略：{}", why.zh),
                    format!("not an industry code of GB/T 4754-2017 and left out: {}", why.en),
                );
            }
        }
    }
    bounded(desk, "industry", codes, CLASSES_MAX)
}
