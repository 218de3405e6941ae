//! Values that are one or several codes of a vocabulary.

use super::desk::Desk;
use super::lexicon::{Found, key};
use super::list::split;
use super::vocabulary::{FIELDS, FORMS, LEVELS, MODES, NO, YES, is_paper};
use crate::{Field, Form, Level, Secrecy, TransferMode, normalise};

/// Most transfer modes that are read: more than there are.
const MODES_MAX: usize = 16;

/// The technology field: the first one that is understood.
pub(super) fn field(desk: &mut Desk<'_>) -> Option<Field> {
    let mut texts = Vec::new();
    for value in desk.values("field") {
        texts.push(normalise(value.raw));
        texts.extend(split(value.raw));
    }
    let known = |text: &String| FIELDS.find(text).map(|found| (text.clone(), found));
    let within = |text: &String| FIELDS.find_within(text).map(|found| (text.clone(), found));
    let exact = texts.iter().filter_map(known).find(|(_, found)| !found.estimated);
    let found =
        exact.or_else(|| texts.iter().find_map(known)).or_else(|| texts.iter().find_map(within));
    match found {
        Some((text, found)) => {
            estimate(desk, "field", &text, found);
            found.code.parse().ok()
        }
        None => {
            unknown(
                desk,
                "field",
                texts.first(),
                "不是11个高新技术领域之一，已忽略",
                "not one of the 11 technology fields; it was left out",
            );
            None
        }
    }
}

fn estimate(desk: &mut Desk<'_>, name: &'static str, text: &str, found: Found) {
    if found.estimated {
        desk.note(
            name,
            "estimated",
            text,
            format!("按近似含义归为{}", found.code),
            format!("taken as {}, which it roughly means", found.code),
        );
    }
}

fn unknown(desk: &mut Desk<'_>, name: &'static str, text: Option<&String>, zh: &str, en: &str) {
    if let Some(text) = text {
        desk.note(name, "value_unknown", text, zh, en);
    }
}

/// The form. Papers and theories are `other`: whether they come in at all is the gate's decision.
pub(super) fn form(desk: &mut Desk<'_>) -> Option<Form> {
    let values = desk.values("form");
    let texts: Vec<String> = values.iter().flat_map(|value| split(value.raw)).collect();
    let found = texts.iter().find_map(|text| FORMS.find(text).map(|found| (text, found)));
    if let Some((text, found)) = found {
        estimate(desk, "form", text, found);
        return found.code.parse().ok();
    }
    let text = texts.first()?;
    let (zh, en) = if is_paper(text) {
        ("论文或理论成果，归为其他", "a paper or theory; taken as other")
    } else {
        ("不认识的成果形式，归为其他", "a form that is not known; taken as other")
    };
    desk.note("form", "value_unknown", text, zh, en);
    Some(Form::OTHER)
}

/// The assessed level: the one that is named first (总体国际先进，部分国际领先 → 国际先进).
pub(super) fn level(desk: &mut Desk<'_>) -> Option<Level> {
    let (text, _) = desk.first("level")?;
    if let Some(found) = LEVELS.find(&text) {
        return found.code.parse().ok();
    }
    let bare = key(&text);
    let first = Level::KNOWN
        .iter()
        .filter_map(|level| bare.find(level.zh).map(|at| (at, level.code)))
        .min_by_key(|(at, _)| *at);
    let Some((_, code)) = first else {
        unknown(
            desk,
            "level",
            Some(&text),
            "不认识的成果水平，已忽略",
            "a level that is not known; it was left out",
        );
        return None;
    };
    code.parse().ok()
}

/// Ways of transfer, in the order they are named; unknown ones are `other`, with a note.
pub(super) fn transfer_modes(desk: &mut Desk<'_>) -> Vec<TransferMode> {
    let mut modes = Vec::new();
    for value in desk.values("transfer_mode") {
        for piece in split(value.raw).iter().flat_map(|piece| split_modes(piece)) {
            let found = MODES.find(&piece);
            let mode = match found {
                Some(found) => {
                    estimate(desk, "transfer_mode", &piece, found);
                    found.code.parse().unwrap_or(TransferMode::OTHER)
                }
                None => {
                    unknown(
                        desk,
                        "transfer_mode",
                        Some(&piece),
                        "不认识的转化方式，归为其他",
                        "a way of transfer that is not known; taken as other",
                    );
                    TransferMode::OTHER
                }
            };
            if !modes.contains(&mode) && modes.len() < MODES_MAX {
                modes.push(mode);
            }
        }
    }
    modes
}

/// Splits 转让或许可 and `转让 许可`, unless the whole is one mode.
fn split_modes(piece: &str) -> Vec<String> {
    if MODES.find(piece).is_some() {
        return vec![piece.to_owned()];
    }
    let bare = match piece.split_once('(') {
        Some((bare, _)) if !bare.trim().is_empty() => bare,
        _ => piece,
    };
    let parts: Vec<String> = bare
        .split([' ', '或', '和', '及', '与', '+', ':', ','])
        .filter(|part| !part.trim().is_empty())
        .map(normalise)
        .collect();
    let all = parts.iter().all(|part| MODES.find(part).is_some());
    if all && !parts.is_empty() { parts } else { vec![piece.to_owned()] }
}

/// Yes or no; what is neither is noted and taken as no.
pub(super) fn yes(desk: &mut Desk<'_>, name: &'static str) -> bool {
    if desk.says_no(name) {
        return false;
    }
    let Some((text, _)) = desk.first(name) else { return false };
    yes_or_no(&text).unwrap_or_else(|| {
        unknown(desk, name, Some(&text), "应为是或否，按否处理", "want yes or no; taken as no");
        false
    })
}

/// Reads 是, 有, `Y`, `1` … and 否, 无, `N`, `0` …
fn yes_or_no(text: &str) -> Option<bool> {
    let whole = normalise(text).to_lowercase();
    let bare = key(&whole);
    let is = |word: &&str| whole == **word || bare == **word;
    if YES.iter().any(is) {
        return Some(true);
    }
    NO.iter().any(is).then_some(false)
}

/// Whether the owner declared that it may dispose of the achievement: yes, or the declaration
/// itself (权属清晰，无争议). A dispute or a missing declaration within the text makes it no.
pub(super) fn owner_declaration(desk: &mut Desk<'_>) -> bool {
    if desk.says_no("owner_declaration") {
        return false;
    }
    let Some((text, _)) = desk.first("owner_declaration") else { return false };
    if let Some(answer) = yes_or_no(&text) {
        return answer;
    }
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let declares = says(&["声明", "承诺", "权属清晰", "产权清晰", "拥有"]);
    let denies = says(&[
        "未声明",
        "未签",
        "没有声明",
        "无声明",
        "不声明",
        "未承诺",
        "未提供",
        "不清晰",
        "未拥有",
        "不拥有",
        "尚未",
    ]);
    let disputed = says(&["争议", "纠纷", "异议"]) && !says(&["无", "没有", "不存在", "未发生"]);
    if declares && !denies && !disputed {
        return true;
    }
    unknown(
        desk,
        "owner_declaration",
        Some(&text),
        "不是权属声明，按未声明处理",
        "no declaration of the owner; taken as none",
    );
    false
}

/// Who may see it: the strictest of what is said. 涉密 is refused; 不涉密 only says that it is no
/// state secret, which is no consent to publication, so the source's default counts then, or nothing.
pub(super) fn secrecy(desk: &mut Desk<'_>) -> Option<Secrecy> {
    let mut strictest: Option<Secrecy> = None;
    let mut values = desk.values("secrecy");
    let unclassified =
        !values.is_empty() && values.iter().all(|v| is_unclassified(v.raw, v.origin));
    if unclassified {
        let text = normalise(values[0].raw);
        values = desk.default_of("secrecy").into_iter().collect();
        if values.is_empty() {
            desk.note(
                "secrecy",
                "secrecy_unsaid",
                &text,
                "非涉密不等于同意公开；注明“公开”后方可发布",
                "not being classified is no consent to publication; say 公开 to publish it",
            );
        }
    }
    for value in values {
        let text = normalise(value.raw);
        if is_unclassified(value.raw, value.origin) {
            continue;
        }
        let rank = |secrecy: &Option<Secrecy>| {
            [None, Some(Secrecy::PUBLIC), Some(Secrecy::INTERNAL), Some(Secrecy::CLASSIFIED)]
                .iter()
                .position(|known| known == secrecy)
        };
        match secrecy_of(&text, value.origin) {
            Some(secrecy) if rank(&Some(secrecy.clone())) > rank(&strictest) => {
                strictest = Some(secrecy)
            }
            Some(_) => {}
            None => unknown(
                desk,
                "secrecy",
                Some(&text),
                "不认识的密级，按未标明处理",
                "a secrecy that is not known; taken as not said",
            ),
        }
    }
    if strictest == Some(Secrecy::CLASSIFIED) {
        let value =
            desk.values("secrecy").first().map_or(String::new(), |value| normalise(value.raw));
        desk.reason(
            "secrecy",
            "classified",
            &value,
            "涉密成果不得入库",
            "classified records are refused",
        );
    }
    strictest
}

fn is_unclassified(raw: &str, origin: &str) -> bool {
    let text = key(raw);
    let asked = origin.contains("涉密") && yes_or_no(raw) == Some(false);
    asked
        || matches!(
            text.as_str(),
            "不涉密"
                | "非涉密"
                | "非密"
                | "无密级"
                | "未涉密"
                | "不涉及国家秘密"
                | "不涉密成果"
                | "unclassified"
        )
}

fn secrecy_of(text: &str, origin: &str) -> Option<Secrecy> {
    let bare = key(text);
    if origin.contains("涉密") && yes_or_no(text) == Some(true) {
        return Some(Secrecy::CLASSIFIED);
    }
    let is_any = |words: &[&str]| words.iter().any(|word| bare == *word);
    if is_any(&[
        "公开",
        "可公开",
        "完全公开",
        "全部公开",
        "对外公开",
        "同意公开",
        "public",
        "open",
        "公开发布",
        "公开级",
    ]) {
        return Some(Secrecy::PUBLIC);
    }
    if bare.contains('密')
        || is_any(&["classified", "secret", "confidential", "topsecret", "restricted"])
    {
        return Some(Secrecy::CLASSIFIED);
    }
    let inside =
        ["内部", "不公开", "暂不公开", "限制公开", "仅限"].iter().any(|word| bare.contains(word));
    (inside || is_any(&["internal", "校内", "院内"])).then_some(Secrecy::INTERNAL)
}
