//! Stage and technology readiness, which real exports mix up.

use super::desk::Desk;
use super::lexicon::Found;
use super::vocabulary::STAGES;
use crate::{Stage, Trl, normalise};

/// What a text about maturity says.
#[derive(Debug, PartialEq, Eq)]
enum Maturity {
    /// A level, 0 and above 9 included.
    Level(u32),
    /// A level with a guess in it: 6–7 is 6.
    Range(u32),
    /// A stage.
    Stage(Found),
    /// Nothing that is known.
    Unknown,
}

/// Stage and readiness. A level under 所处阶段 and a stage under 技术成熟度 are put where they belong;
/// where only a stage is known, readiness is estimated: early 3, pilot 6, mature 8 (DOMAIN §4).
pub(super) fn readiness(desk: &mut Desk<'_>) -> (Option<Stage>, Option<Trl>) {
    let evidence = super::text::long(desk, "trl_evidence");
    let (mut stage, mut level) = (None, None);
    for name in ["trl", "stage"] {
        let Some((text, _)) = desk.first(name) else { continue };
        match read(&text, name == "trl") {
            Maturity::Level(value) | Maturity::Range(value) if !(1..=9).contains(&value) => desk
                .reason(
                    name,
                    "trl_range",
                    &text,
                    format!("技术成熟度应在1至9级之间，而不是{value}"),
                    format!("a readiness level lies between 1 and 9, not at {value}"),
                ),
            Maturity::Level(value) => level = level.or(u8::try_from(value).ok()),
            Maturity::Range(value) => {
                level = level.or(u8::try_from(value).ok());
                desk.note(
                    name,
                    "estimated",
                    &text,
                    format!("为区间，取较低的{value}级"),
                    format!("a range; its lower end {value} was taken"),
                );
            }
            Maturity::Stage(found) => {
                // 所处阶段 comes second and is the better word for a stage.
                if name == "stage" || stage.is_none() {
                    stage = found.code.parse::<Stage>().ok();
                }
                if found.estimated {
                    desk.note(
                        name,
                        "estimated",
                        &text,
                        format!("按近似含义归为{}", found.code),
                        format!("taken as {}, which it roughly means", found.code),
                    );
                }
            }
            Maturity::Unknown => desk.note(
                name,
                "value_unknown",
                &text,
                "不认识的成熟度，已忽略",
                "a maturity that is not known; it was left out",
            ),
        }
    }
    let trl = match level {
        Some(level) => Some(Trl { level, estimated: false, evidence }),
        None => estimate(desk, stage.as_ref(), evidence),
    };
    (stage, trl)
}

fn estimate(desk: &mut Desk<'_>, stage: Option<&Stage>, evidence: String) -> Option<Trl> {
    let stage = stage?;
    let level = match stage {
        stage if *stage == Stage::EARLY => 3,
        stage if *stage == Stage::PILOT => 6,
        _ => 8,
    };
    desk.note(
        "trl",
        "estimated",
        stage.as_str(),
        format!("未填技术成熟度，按{}估计为{level}级", stage.zh()),
        format!("no readiness level is given; {level} was estimated from {}", stage.en()),
    );
    Some(Trl { level, estimated: true, evidence })
}

/// Reads a level or a stage. A bare number is a level only where a level is asked for.
fn read(text: &str, is_level: bool) -> Maturity {
    let text = normalise(text);
    if let Some((level, range)) = level(&text, is_level) {
        return if range { Maturity::Range(level) } else { Maturity::Level(level) };
    }
    STAGES
        .find(&text)
        .or_else(|| STAGES.find_within(&text).filter(|_| !is_intended(&text)))
        .map_or(Maturity::Unknown, Maturity::Stage)
}

/// Says whether a text speaks of what is not yet: 尚未产业化, 拟开展中试.
fn is_intended(text: &str) -> bool {
    ["未", "尚", "待", "拟", "可", "预", "计划", "即将", "准备"]
        .iter()
        .any(|word| text.contains(word))
}

/// Reads `TRL6`, `TRL-6级`, `6级`, `第6级`, `六级`, `6`, `6.0`, `TRL 6-7`, `第六级 (中试)`.
fn level(text: &str, is_level: bool) -> Option<(u32, bool)> {
    let bare = text.to_lowercase().replace([' ', ':', '_'], "");
    let (mut rest, mut marked) = (bare.as_str(), false);
    for prefix in ["技术成熟度", "技术就绪度", "成熟度", "trl", "level", "等级", "-", "第"]
    {
        if let Some(after) = rest.strip_prefix(prefix) {
            (rest, marked) = (after, true);
        }
    }
    let (level, after) = numeral(rest)?;
    let after = after.strip_prefix(".0").unwrap_or(after);
    let graded = after.strip_prefix('级').or_else(|| after.strip_prefix("等级"));
    marked |= graded.is_some();
    let after = graded.unwrap_or(after);
    let range = after.strip_prefix(['-', '~', '至', '到', '—', '–', '/']).map(|rest| {
        let rest = rest.strip_prefix("trl").unwrap_or(rest);
        rest.strip_prefix('第').unwrap_or(rest)
    });
    if let Some((other, _)) = range.and_then(numeral) {
        return marked_or(is_level, marked, (level.min(other), true));
    }
    // A description may follow a marked level; after a bare number nothing may.
    let ends = after.is_empty()
        || marked && !after.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
    if ends { marked_or(is_level, marked, (level, false)) } else { None }
}

fn marked_or<T>(is_level: bool, marked: bool, found: T) -> Option<T> {
    (is_level || marked).then_some(found)
}

/// Reads an Arabic or a Chinese numeral; gives what comes after it.
fn numeral(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=4).contains(&digits) {
        return Some((text[..digits].parse().ok()?, &text[digits..]));
    }
    let letter = text.chars().next()?;
    let value = "零一二三四五六七八九十".chars().position(|numeral| numeral == letter)?;
    Some((u32::try_from(value).ok()?, &text[letter.len_utf8()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, maturity: Maturity) {
        assert_eq!(read(text, true), maturity, "{text}");
    }

    fn stage(code: &'static str, estimated: bool) -> Maturity {
        Maturity::Stage(Found { code, estimated })
    }

    #[test]
    fn levels_and_stages_are_told_apart() {
        for text in [
            "TRL6",
            "trl 6",
            "6级",
            "第6级",
            "第六级",
            "六级",
            "6",
            "6.0",
            "TRL-6级",
            "ＴＲＬ６",
            "TRL6(中试)",
            "第6级 中试验证",
        ] {
            check(text, Maturity::Level(6));
        }
        check("TRL 6-7", Maturity::Range(6));
        check("6~7级", Maturity::Range(6));
        check("0", Maturity::Level(0));
        check("TRL10", Maturity::Level(10));
        check("第十级", Maturity::Level(10));
        check("中试", stage("pilot", false));
        check("已完成中试", stage("pilot", true));
        check("小批量生产", stage("pilot", true));
        check("批量生产", stage("mature", false));
        check("成熟应用阶段", stage("mature", false));
        check("很好", Maturity::Unknown);
        check("尚未产业化", Maturity::Unknown);
        check("6.5", Maturity::Unknown);
        assert_eq!(read("6", false), Maturity::Unknown);
        assert_eq!(read("TRL6", false), Maturity::Level(6));
    }
}
