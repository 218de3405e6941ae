//! Telephone numbers and e-mail addresses in running text, found by their form.

use std::borrow::Cow;

/// What stands in the place of what was masked.
const MASKED: &str = "***";

/// Words after which a number is somebody's, however short it is.
const LABELS: &[&str] =
    &["电话", "手机", "座机", "传真", "热线", "联系方式", "微信", "qq", "tel", "phone", "mobile"];

/// Characters between such a word and its number at most: 「（办公室）：」.
const LABEL_GAP_MAX: usize = 12;

/// Digits of a number that follows such a word at least.
const LABELLED_DIGITS_MIN: usize = 5;

/// Takes telephone numbers and e-mail addresses out of a text, each for `***`.
///
/// By form: mobile numbers (11 digits, 13–19…, also with +86 and grouped), numbers with an area code
/// (0…) or 400/800 in front, numbers of five digits and more after 电话, 手机, QQ and their like, and
/// what stands around an @; in half and in full width. Numbers of patents and registrations, prices and
/// dates stay. A name is not found, nor a number that is written out in words.
#[must_use]
pub fn mask_contacts(text: &str) -> Cow<'_, str> {
    let chars: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, narrow(c))).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((_, c)) = chars.get(at) {
        let end = match c {
            '0'..='9' | '+' => number(&chars, at),
            '@' => {
                // The name before it was passed already.
                let start = back(&chars, at, found.last().map_or(0, |(_, end)| *end));
                let end = domain(&chars, at + 1);
                if let Some(end) = end.filter(|_| start < at) {
                    found.push((start, end));
                    at = end;
                    continue;
                }
                None
            }
            _ => None,
        };
        match end {
            Some(end) => {
                found.push((at, end));
                at = end;
            }
            // Inside of a longer number nothing begins.
            None if c.is_ascii_digit() => {
                while chars.get(at).is_some_and(|(_, c)| c.is_ascii_digit()) {
                    at += 1;
                }
            }
            None => at += 1,
        }
    }
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let byte = |at: usize| chars.get(at).map_or(text.len(), |(byte, _)| *byte);
    let (mut masked, mut kept) = (String::with_capacity(text.len()), 0);
    for (start, end) in found {
        masked.push_str(text.get(kept..byte(start)).unwrap_or_default());
        masked.push_str(MASKED);
        kept = byte(end);
    }
    masked.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(masked)
}

/// Half width, lower case.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        '–' | '—' | '‐' | '‑' => '-',
        _ => c,
    }
    .to_ascii_lowercase()
}

/// Where a telephone number that begins here ends.
fn number(chars: &[(usize, char)], start: usize) -> Option<usize> {
    let before = start.checked_sub(1).and_then(|at| chars.get(at)).map(|(_, c)| *c);
    let labelled = is_labelled(chars, start);
    // A letter, digit or point in front: a part of another number, unless a word says whose it is.
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_') && !labelled {
        return None;
    }
    let mut digits = String::new();
    // The digits so far, and where they end; after each group, because a number may be followed by others.
    let mut ends = Vec::new();
    let mut at = start + usize::from(chars.get(start).is_some_and(|(_, c)| *c == '+'));
    loop {
        while let Some((_, c)) = chars.get(at).filter(|(_, c)| c.is_ascii_digit()) {
            digits.push(*c);
            at += 1;
        }
        ends.push((digits.len(), at));
        let gap = chars[at..].iter().take_while(|(_, c)| matches!(c, ' ' | '-' | ')')).count();
        let goes_on = chars.get(at + gap).is_some_and(|(_, c)| c.is_ascii_digit());
        if !(1..=2).contains(&gap) || !goes_on || digits.len() > 20 {
            break;
        }
        at += gap;
    }
    let whole = |(_, end): &&(usize, usize)| {
        let follows = chars.get(*end).map(|(_, c)| *c);
        let point = follows == Some('.')
            && chars.get(end + 1).is_some_and(|(_, c)| c.is_ascii_digit() || *c == 'x');
        !follows.is_some_and(|c| c.is_ascii_alphanumeric()) && !point
    };
    let is_number = |(count, _): &&(usize, usize)| {
        let digits = &digits[..*count];
        is_telephone(digits) || labelled && *count >= LABELLED_DIGITS_MIN
    };
    ends.iter().rev().filter(whole).find(is_number).map(|(_, end)| *end)
}

/// Whether digits have the form of a telephone number.
fn is_telephone(digits: &str) -> bool {
    let own = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86"));
    let own = own.filter(|own| own.len() >= 10).unwrap_or(digits);
    let second = own.as_bytes().get(1).copied().unwrap_or_default();
    match own.as_bytes().first() {
        Some(b'1') => own.len() == 11 && (b'3'..=b'9').contains(&second),
        Some(b'0') => (10..=12).contains(&own.len()) && second != b'0',
        Some(b'4' | b'8') => own.len() == 10 && own[1..].starts_with("00"),
        // An area code without its zero, after 86.
        _ => own.len() != digits.len() && (10..=11).contains(&own.len()),
    }
}

/// Whether a word shortly before says that a number is somebody's.
fn is_labelled(chars: &[(usize, char)], start: usize) -> bool {
    let mut end = start;
    let from = start.saturating_sub(LABEL_GAP_MAX);
    while end > from {
        let text: String = chars[end.saturating_sub(6)..end].iter().map(|(_, c)| *c).collect();
        if LABELS.iter().any(|label| text.ends_with(label)) {
            return true;
        }
        // Across a number or a sentence nothing is said of this one.
        if chars[end - 1].1.is_ascii_digit() || matches!(chars[end - 1].1, '。' | '\n' | ';') {
            return false;
        }
        end -= 1;
    }
    false
}

/// Where the name before an @ begins.
fn back(chars: &[(usize, char)], at: usize, from: usize) -> usize {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let length = chars[from..at].iter().rev().take_while(|(_, c)| is_name(*c)).count();
    at - length
}

/// Where the host after an @ ends; `None` if it has no point, and so is none.
fn domain(chars: &[(usize, char)], start: usize) -> Option<usize> {
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let length = chars[start..].iter().take_while(|(_, c)| is_host(*c)).count();
    let host: String = chars[start..start + length].iter().map(|(_, c)| *c).collect();
    let host = host.trim_end_matches(['.', '-']);
    host.split('.').nth(1).is_some_and(|part| !part.is_empty()).then(|| start + host.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(mask_contacts(text), want, "{text}");
    }

    #[test]
    fn telephone_numbers_and_addresses_are_masked() {
        for (text, want) in [
            ("张三 13800000000", "张三 ***"),
            ("张三13800000000李四13911112222", "张三***李四***"),
            ("<td>138-0000-0000</td>", "<td>***</td>"),
            ("138 0000 0000", "***"),
            ("１３８００００００００", "***"),
            ("+86 138-0000-0000。", "***。"),
            ("8613800000000", "***"),
            ("0572-2012345", "***"),
            ("(0572)20123456转", "(***转"),
            ("+86-25-83790000", "***"),
            ("400-800-1234", "***"),
            ("联系电话：2012345", "联系电话：***"),
            ("\"电话\":\"83790000\"", "\"电话\":\"***\""),
            ("Tel(office): 8379 0000", "Tel(office): ***"),
            ("QQ:12345，微信 wx", "QQ:***，微信 wx"),
            ("邮箱li.si+a@seu.edu.cn。", "邮箱***。"),
            ("a@b.cn;c＠ｄ．ｃｎ", "***;***"),
            ("mailto:li@seu.edu.cn?x", "mailto:***?x"),
        ] {
            check(text, want);
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "",
            "ZL202111144021.7",
            "202111144021.8",
            "CN113745678A",
            "登记号 9322021Y0123",
            "2026-05-20T01:00:00Z",
            "2026-05-20 13:00",
            "转让价格 13000000 元，0.5 万元",
            "ISSN 0123-4567",
            "10.1016/j.jpowsour.2021.230123",
            "年产 15000 吨，循环 3000 次",
            "a @ b, @user, x@localhost",
            "1380000000012345",
        ] {
            check(text, text);
        }
    }
}
