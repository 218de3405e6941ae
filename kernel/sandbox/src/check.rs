//! Whether an answer may be believed. Pure functions over the contract's plain data: the first
//! thing that is wrong is named by its place (`scores[3].factors[1].weight`).

mod connector;
mod pool;
mod scorer;

pub(crate) use connector::{connector_description, step};
pub(crate) use pool::{decisions, pool_description};
pub(crate) use scorer::{scorer_description, scores};

use taihu_model::Text;
use taihu_model::contract::Failure;

use crate::Fault;
use crate::bindings::taihu::plugin::types as t;
use crate::evidence::{Subject, Wrong};
use crate::limits;

pub(crate) type Check<T = ()> = Result<T, Fault>;

/// Adds up the text of an answer, so that many small strings are no way around the size.
pub(crate) struct Budget {
    left: usize,
    max: usize,
}

impl Budget {
    pub(crate) fn of_batch(items: usize) -> Self {
        let max = limits::ANSWER_BYTES_MAX.max(items * limits::ANSWER_BYTES_PER_ITEM_MAX);
        Self { left: max, max }
    }

    pub(crate) fn of_page() -> Self {
        Self { left: limits::PAGE_BYTES_MAX, max: limits::PAGE_BYTES_MAX }
    }

    fn spend(&mut self, bytes: usize, place: &dyn Fn() -> String) -> Check {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Fault::new(
                place(),
                format!("整个答复的文字超过 {} 字节，请减少引文或分批", self.max),
                format!("the answer's text exceeds {} bytes: quote less or split it", self.max),
            )),
        }
    }
}

/// What characters a string may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Letters {
    /// One line.
    Line,
    /// Lines for people.
    Lines,
    /// As it came from a source; it is normalised later.
    Raw,
}

/// Checks the length and the characters of a string.
fn string(
    text: &str,
    bytes_max: usize,
    letters: Letters,
    budget: &mut Budget,
    place: &dyn Fn() -> String,
) -> Check {
    if text.len() > bytes_max {
        return Err(Fault::new(
            place(),
            format!("长 {} 字节，上限 {bytes_max} 字节", text.len()),
            format!("{} bytes long, want at most {bytes_max}", text.len()),
        ));
    }
    budget.spend(text.len(), place)?;
    if letters == Letters::Raw {
        return Ok(());
    }
    // Only bytes below 0x20, 0x7f and the lead byte 0xc2 can begin a control character.
    let suspicious = |byte: u8| byte < 0x20 || byte == 0x7f || byte == 0xc2;
    if !text.bytes().any(suspicious) {
        return Ok(());
    }
    let is_bad =
        |letter: &char| letter.is_control() && !(*letter == '\n' && letters == Letters::Lines);
    match text.chars().find(is_bad) {
        None => Ok(()),
        Some(letter) => Err(Fault::new(
            place(),
            format!("含控制字符 U+{:04X}，请去掉", u32::from(letter)),
            format!("has the control character U+{:04X}, want none", u32::from(letter)),
        )),
    }
}

/// Checks a text for people: Chinese, not empty, and not longer than `chars_max` characters.
fn people(text: &Text, chars_max: usize, budget: &mut Budget, place: &dyn Fn() -> String) -> Check {
    for (part, text) in [("zh", &text.zh), ("en", &text.en)] {
        let place = || format!("{}.{part}", place());
        string(text, limits::STRING_BYTES_MAX, Letters::Lines, budget, &place)?;
        at_most_chars(text, chars_max, &place)?;
    }
    if text.zh.trim().is_empty() {
        return Err(Fault::new(
            format!("{}.zh", place()),
            "中文文字为空",
            "the Chinese text is empty, want some",
        ));
    }
    Ok(())
}

fn at_most_chars(text: &str, chars_max: usize, place: &dyn Fn() -> String) -> Check {
    if text.len() <= chars_max {
        return Ok(());
    }
    let chars = text.chars().count();
    if chars <= chars_max {
        return Ok(());
    }
    Err(Fault::new(
        place(),
        format!("长 {chars} 个字符，上限 {chars_max}"),
        format!("{chars} characters long, want at most {chars_max}"),
    ))
}

#[inline]
fn count(have: usize, min: usize, max: usize, place: &dyn Fn() -> String) -> Check {
    if (min..=max).contains(&have) { Ok(()) } else { Err(miscounted(have, min, max, place)) }
}

#[cold]
fn miscounted(have: usize, min: usize, max: usize, place: &dyn Fn() -> String) -> Fault {
    Fault::new(
        place(),
        format!("有 {have} 个，应为 {min}–{max} 个"),
        format!("{have} of them, want {min} to {max}"),
    )
}

fn code(text: &str, place: &dyn Fn() -> String) -> Check {
    if taihu_model::is_code(text) {
        return Ok(());
    }
    let shown: String = text.chars().take(80).collect();
    Err(Fault::new(
        place(),
        format!("{shown:?} 不是代码：应为 1–64 个 a-z、0-9、_，以字母开头"),
        format!("{shown:?} is not a code: want 1 to 64 of a-z, 0-9 and _, beginning with a letter"),
    ))
}

/// Checks that an answer has one item for each record, in the same order.
fn same_order(list: &str, rows: impl ExactSizeIterator<Item = u32>, asked: usize) -> Check {
    if rows.len() != asked {
        return Err(Fault::new(
            list,
            format!("有 {} 项，输入有 {asked} 项：每个成果应恰有一项", rows.len()),
            format!("{} of them for {asked} achievements, want one for each", rows.len()),
        ));
    }
    for (at, row) in rows.enumerate() {
        if row as usize != at {
            return Err(Fault::new(
                format!("{list}[{at}].row"),
                format!("是 {row}，应为 {at}：须与输入逐项对应，顺序一致"),
                format!("{row}, want {at}: one for each record, in the order they came in"),
            ));
        }
    }
    Ok(())
}

/// Checks evidence: words of the record, in a column that was sent.
#[inline]
fn evidence(
    list: impl ExactSizeIterator<Item = t::Evidence>,
    subject: Subject<'_>,
    place: &dyn Fn() -> String,
) -> Check {
    count(list.len(), 0, limits::EVIDENCE_MAX, &|| format!("{}.evidence", place()))?;
    for (at, evidence) in list.enumerate() {
        if let Err(wrong) = subject.check(evidence) {
            return Err(pointless(&format!("{}.evidence[{at}]", place()), evidence, wrong));
        }
    }
    Ok(())
}

/// Says in words why evidence points to nothing.
#[cold]
fn pointless(place: &str, it: t::Evidence, wrong: Wrong) -> Fault {
    let (part, zh, en) = match wrong {
        Wrong::Column { columns } => (
            "column",
            format!("是 {}，但只给了 {columns} 列", it.column),
            format!("{}, but {columns} columns were sent: want a smaller one", it.column),
        ),
        Wrong::NoWords { field } => (
            "end",
            format!("是 {}，但字段 {field} 不是文字，应为 0", it.end),
            format!("{}, but field {field} has no words, want 0", it.end),
        ),
        Wrong::Backwards => (
            "end",
            format!("是 {}，在起点 {} 之前", it.end, it.start),
            format!("{}, before the start at {}", it.end, it.start),
        ),
        Wrong::Outside { field, bytes } => (
            "end",
            format!("是 {}，但字段 {field} 只有 {bytes} 字节", it.end),
            format!("{}, but field {field} is {bytes} bytes long", it.end),
        ),
        Wrong::SplitsCharacter { field } => (
            "start",
            format!("{} 至 {} 切开了字段 {field} 的一个字符", it.start, it.end),
            format!("{} to {} splits a character of field {field}", it.start, it.end),
        ),
        Wrong::CrossesItems { field } => (
            "start",
            format!("{} 至 {} 跨越了字段 {field} 的多项，应在一项之内", it.start, it.end),
            format!("{} to {} crosses items of field {field}, want one item", it.start, it.end),
        ),
        Wrong::TooLong { chars } => (
            "end",
            format!("引文长 {chars} 个字符，上限 {}", limits::QUOTE_CHARS_MAX),
            format!("{chars} characters quoted, want at most {}", limits::QUOTE_CHARS_MAX),
        ),
    };
    Fault::new(format!("{place}.{part}"), zh, en)
}

/// Checks a failure: its text is shown to people.
pub(crate) fn failure(failure: &Failure) -> Check {
    let (Failure::BadConfig(text)
    | Failure::BadInput(text)
    | Failure::Upstream(text)
    | Failure::Internal(text)) = failure;
    let mut budget = Budget::of_batch(0);
    people(text, limits::STRING_BYTES_MAX, &mut budget, &|| "failure".to_owned())
}
