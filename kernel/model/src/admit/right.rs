//! Intellectual property rights and registration numbers, as people write them into cells.

use super::desk::{Desk, is_nothing};
use super::list::too_many;
use super::{PIECES_MAX, RIGHTS_MAX};
use crate::{
    IdentError, IdentFault, IpNumber, IpReading, IpRight, IpStatus, IpType, RegistrationNo,
    normalise,
};

/// What stands beside a number and is no part of it, longest first.
const LABELS: &[&str] = &[
    "国家发明专利",
    "授权公告号",
    "申请公布号",
    "专利申请号",
    "申请公开号",
    "专利证书号",
    "软著登记号",
    "授权专利号",
    "公开(公告)号",
    "发明专利",
    "实用新型专利",
    "外观设计专利",
    "实用新型",
    "外观设计",
    "软件著作权",
    "计算机软件著作权",
    "登记号",
    "专利号",
    "申请号",
    "公开号",
    "公告号",
    "授权号",
    "证书号",
    "专利",
    "软著",
    "编号",
    "号码",
    "NO.",
    "NO:",
    "№",
];

/// Every right that is named, each number checked; every wrong one is a reason.
pub(super) fn rights(desk: &mut Desk<'_>) -> Vec<IpRight> {
    let mut rights: Vec<IpRight> = Vec::new();
    let mut read = 0;
    for value in desk.values("ip") {
        for piece in pieces(value.raw) {
            read += 1;
            if read == PIECES_MAX {
                too_many(desk, "ip", PIECES_MAX);
            }
            if read >= PIECES_MAX {
                break;
            }
            let kind = kind_of(&piece).or_else(|| kind_of(value.origin));
            let numbers = numbers(&piece, kind.as_ref());
            if numbers.is_empty() && count_digits(&piece) != piece.len() {
                desk.note(
                    "ip",
                    "ip_no_number",
                    &piece,
                    "没有号码，已忽略",
                    "there is no number in it; it was left out",
                );
            }
            for found in numbers {
                match found {
                    Ok(reading) => add(desk, &mut rights, &piece, reading, kind.as_ref()),
                    Err(error) => refuse(desk, &error),
                }
            }
        }
    }
    if rights.len() > RIGHTS_MAX {
        let count = rights.len();
        desk.reason(
            "ip",
            "too_many_values",
            "",
            format!("共{count}项知识产权，最多{RIGHTS_MAX}项"),
            format!("there are {count} rights, at most {RIGHTS_MAX} are allowed"),
        );
        rights.truncate(RIGHTS_MAX);
    }
    rights
}

fn add(
    desk: &mut Desk<'_>,
    rights: &mut Vec<IpRight>,
    piece: &str,
    reading: IpReading,
    said: Option<&IpType>,
) {
    let IpReading { number, granted, repaired } = reading;
    if repaired {
        desk.note(
            "ip",
            "ip_repaired",
            piece,
            format!("电子表格把号码当成了数字，已还原为{number}"),
            format!("a spreadsheet had made a number of it; restored to {number}"),
        );
    }
    let kind = number.kind();
    if let Some(said) = said.filter(|said| **said != kind) {
        desk.note(
            "ip",
            "ip_kind_differs",
            piece,
            format!("写的是{}，号码却是{}，以号码为准", said.zh(), kind.zh()),
            format!("called {}, but the number is one of {}, which counts", said.en(), kind.en()),
        );
    }
    let status = status_of(piece, granted);
    match rights.iter_mut().find(|right| right.number == number) {
        // A second mention may know more.
        Some(right) if right.status == IpStatus::UNKNOWN => right.status = status,
        Some(_) => {}
        None => rights.push(IpRight { kind, number, status }),
    }
}

fn refuse(desk: &mut Desk<'_>, error: &IdentError) {
    let code = match error.fault() {
        IdentFault::CheckDigit => "ip_check_digit",
        IdentFault::Shape => "ip_shape",
        IdentFault::DigitsLost => "ip_digits_lost",
    };
    desk.reason("ip", code, error.text(), error.why().zh.clone(), error.why().en.clone());
}

/// Splits a cell at `；;、|，,` and line breaks. Not at a slash, which belongs to `PCT/CN2021/123456`,
/// and not at the commas of `US 10,112,233 B2`.
fn pieces(cell: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    for line in cell.lines() {
        let line = normalise(line);
        let letters: Vec<char> = line.chars().collect();
        let mut piece = String::new();
        for (at, letter) in letters.iter().enumerate() {
            let between_digits = at > 0
                && letters[at - 1].is_ascii_digit()
                && letters.get(at + 1).is_some_and(char::is_ascii_digit)
                && is_foreign(&piece);
            if matches!(letter, ';' | '、' | '|') || *letter == ',' && !between_digits {
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece.push(*letter);
            }
        }
        pieces.push(piece);
    }
    pieces.iter().map(|piece| normalise(piece)).filter(|piece| !is_nothing(piece)).collect()
}

fn is_foreign(piece: &str) -> bool {
    let start = piece.trim_start().to_ascii_uppercase();
    start.starts_with("US") || start.starts_with("EP") || start.starts_with("JP")
}

fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Finds the numbers in a piece: the piece itself, its words, or the runs of Latin letters and
/// digits in it once labels are gone.
fn numbers(piece: &str, kind: Option<&IpType>) -> Vec<Result<IpReading, IdentError>> {
    if let Ok(reading) = IpNumber::read(piece) {
        return vec![Ok(reading)];
    }
    let words: Vec<&str> = piece.split([' ', '/']).filter(|word| !word.is_empty()).collect();
    let each: Vec<_> = words.iter().map(|word| IpNumber::read(word)).collect();
    let all_whole = words.iter().all(|word| word.is_ascii() && count_digits(word) >= 9);
    if words.len() > 1 && (all_whole || each.iter().all(Result::is_ok)) {
        return each;
    }
    let opaque = [IpType::IC_LAYOUT, IpType::PLANT, IpType::SECRET, IpType::OTHER];
    let kind = kind.filter(|kind| opaque.contains(kind));
    let read = |run: &String| match (IpNumber::read(run), kind) {
        (Err(_), Some(kind)) => IpNumber::opaque(kind.clone(), run).map(|number| IpReading {
            number,
            granted: false,
            repaired: false,
        }),
        (read, _) => read,
    };
    runs(piece).iter().map(read).collect()
}

/// Runs of Latin letters, digits and points with enough digits for a number, blanks left out: 7, or
/// 4 where there is none of 7. A run ends before every further `ZL`, `CN` and `PCT`; slashes belong
/// to foreign numbers only; dates and years are left out.
fn runs(piece: &str) -> Vec<String> {
    let mut upper = piece.to_uppercase();
    if let Some(at) = upper.find("软著登字第") {
        // The one form that has Chinese characters in it.
        return vec![upper[at..].chars().take_while(|letter| *letter != '号').collect()];
    }
    for label in LABELS {
        upper = upper.replace(label, "\u{1}");
    }
    let letters: Vec<char> = upper.chars().filter(|letter| *letter != ' ').collect();
    let mut runs = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        let Some(run) = runs.last_mut() else { break };
        if begins_number(run, *letter, letters.get(at + 1)) {
            runs.push(letter.to_string());
        } else if belongs(run, *letter) {
            run.push(*letter);
        } else {
            runs.push(String::new());
        }
    }
    let runs: Vec<String> = runs
        .iter()
        .map(|run| run.trim_matches(['.', '/', '+', '-']).to_owned())
        .filter(|run| count_digits(run) >= 4 && !is_date(run))
        .collect();
    let long: Vec<String> = runs.iter().filter(|run| count_digits(run) >= 7).cloned().collect();
    if long.is_empty() { runs } else { long }
}

/// Says whether a letter begins the prefix of a number of its own after a run.
fn begins_number(run: &str, letter: char, next: Option<&char>) -> bool {
    let ended = run.ends_with(|last: char| last.is_ascii_digit() || matches!(last, 'X' | '.'));
    match letter {
        'Z' => next == Some(&'L') && !run.ends_with("CN"),
        'P' => next == Some(&'C'),
        'C' => next == Some(&'N') && ended,
        _ => false,
    }
}

/// Says whether a letter goes on with a run.
fn belongs(run: &str, letter: char) -> bool {
    let is_foreign = || ["PCT", "US", "JP"].iter().any(|office| run.starts_with(office));
    letter.is_ascii_alphanumeric()
        || matches!(letter, '.' | '+' | '×')
        || letter == '/' && is_foreign()
        || letter == '-' && !run.is_empty()
}

/// A year or a date that stands beside a number: 2021, 2021.05.06, 20210506.
fn is_date(run: &str) -> bool {
    let digits: String = run.chars().filter(char::is_ascii_digit).collect();
    let plain =
        run.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '-' | '/'));
    plain && (4..=8).contains(&digits.len()) && ("1985"..="2099").contains(&&digits[..4])
}

fn kind_of(text: &str) -> Option<IpType> {
    let kinds = [
        ("实用新型", IpType::UTILITY),
        ("外观", IpType::DESIGN),
        ("软件著作权", IpType::SOFTWARE),
        ("软著", IpType::SOFTWARE),
        ("布图", IpType::IC_LAYOUT),
        ("集成电路", IpType::IC_LAYOUT),
        ("植物新品种", IpType::PLANT),
        ("品种权", IpType::PLANT),
        ("技术秘密", IpType::SECRET),
        ("发明", IpType::INVENTION),
    ];
    // Several kinds in one header (专利号/软著登记号) say nothing of this number.
    let mut found = kinds.into_iter().filter(|(word, _)| text.contains(word)).map(|(_, kind)| kind);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

fn status_of(piece: &str, granted: bool) -> IpStatus {
    let bare = LABELS.iter().fold(piece.to_uppercase(), |text, label| text.replace(label, " "));
    let says = |words: &[&str]| words.iter().any(|word| bare.contains(word));
    if says(&["失效", "终止", "届满", "无效", "撤回", "驳回", "放弃"]) {
        IpStatus::LAPSED
    } else if granted || says(&["授权", "有效", "已登记", "维持"]) && !says(&["未授权", "待授权"])
    {
        IpStatus::GRANTED
    } else if says(&["申请", "受理", "实审", "实质审查", "公开", "未授权", "待授权", "审查"])
    {
        IpStatus::FILED
    } else {
        IpStatus::UNKNOWN
    }
}

/// The number in the national register of achievements; a wrong one is a reason.
pub(super) fn registration_no(desk: &mut Desk<'_>) -> Option<RegistrationNo> {
    let (text, _) = desk.first("registration_no")?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(error) => {
            let error: IdentError = error;
            desk.reason(
                "registration_no",
                "registration_no_shape",
                error.text(),
                error.why().zh.clone(),
                error.why().en.clone(),
            );
            None
        }
    }
}
