//! Whether an answer may be believed. Pure functions over the contract's plain data: the first
//! thing that is wrong is named by its place (`scores[3].factors[1].weight`).

mod connector;
mod pool;
mod scorer;

pub(crate) use connector::{connector_description, step};
pub(crate) use pool::{decisions, pool_description};
pub(crate) use scorer::{scorer_description, scores};

use taihu_model::contract::{AchievementView, Evidence, Failure};
use taihu_model::{FieldWish, Sight, Text};

use crate::Fault;
use crate::limits;

pub(crate) type Check<T = ()> = Result<T, Fault>;

/// The fields that a plugin declared to read: what its evidence may name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readable {
    achievement: Vec<String>,
    need: Vec<String>,
}

impl Readable {
    pub(crate) fn of(wishes: &[FieldWish]) -> Self {
        let mut readable = Self::default();
        for wish in wishes.iter().filter(|wish| Sight::can_show(&wish.field)) {
            match wish.field.split_once('.') {
                Some(("achievement", field)) => readable.achievement.push(field.to_owned()),
                Some((_, field)) => readable.need.push(field.to_owned()),
                None => {}
            }
        }
        readable
    }
}

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

fn count(have: usize, min: usize, max: usize, place: &dyn Fn() -> String) -> Check {
    if (min..=max).contains(&have) {
        return Ok(());
    }
    Err(Fault::new(
        place(),
        format!("有 {have} 个，应为 {min}–{max} 个"),
        format!("{have} of them, want {min} to {max}"),
    ))
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

/// Checks that an answer has one item for each achievement, in the same order.
fn same_order<'a>(
    list: &str,
    ids: impl ExactSizeIterator<Item = &'a str>,
    asked: &[AchievementView<'_>],
) -> Check {
    if ids.len() != asked.len() {
        return Err(Fault::new(
            list,
            format!("有 {} 项，输入有 {} 项：每个成果应恰有一项", ids.len(), asked.len()),
            format!("{} of them for {} achievements, want one for each", ids.len(), asked.len()),
        ));
    }
    for (at, (id, asked)) in ids.zip(asked).enumerate() {
        if id != asked.id {
            let shown: String = id.chars().take(80).collect();
            return Err(Fault::new(
                format!("{list}[{at}].id"),
                format!("是 {shown:?}，应为 {:?}：编号与顺序须同输入一致", asked.id),
                format!("{shown:?}, want {:?}: ids come back in the order they went in", asked.id),
            ));
        }
    }
    Ok(())
}

/// Checks evidence: a field of an achievement or a need that the plugin declared to read.
fn evidence(
    list: &[Evidence],
    readable: &Readable,
    budget: &mut Budget,
    place: &dyn Fn() -> String,
) -> Check {
    count(list.len(), 0, limits::EVIDENCE_MAX, &|| format!("{}.evidence", place()))?;
    for (at, evidence) in list.iter().enumerate() {
        let part = |part: &str| format!("{}.evidence[{at}].{part}", place());
        let fields = match evidence.subject.as_str() {
            "achievement" => &readable.achievement,
            "need" => &readable.need,
            other => {
                let shown: String = other.chars().take(80).collect();
                return Err(Fault::new(
                    part("subject"),
                    format!("{shown:?}，应为 achievement 或 need"),
                    format!("{shown:?}, want achievement or need"),
                ));
            }
        };
        if !fields.contains(&evidence.field) {
            let shown: String = evidence.field.chars().take(80).collect();
            return Err(Fault::new(
                part("field"),
                format!("{shown:?} 不在清单 reads 声明的 {} 字段中", evidence.subject),
                format!(
                    "{shown:?} is no field of the {} that the manifest declares under reads",
                    evidence.subject
                ),
            ));
        }
        budget.spend(evidence.subject.len() + evidence.field.len(), &|| part("field"))?;
        let place = || part("quote");
        string(&evidence.quote, limits::STRING_BYTES_MAX, Letters::Lines, budget, &place)?;
        at_most_chars(&evidence.quote, limits::QUOTE_CHARS_MAX, &place)?;
    }
    Ok(())
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
