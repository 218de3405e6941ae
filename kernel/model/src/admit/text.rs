//! Titles, summaries and other texts that are read as they are.

use super::desk::{Desk, is_nothing};
use super::{SUMMARY_ADMIT_CHARS_MIN, TEXT_BYTES_MAX, TITLE_CHARS_MAX, gate};
use crate::{AchievementFacts, normalise, normalise_prose};

/// The longest contact that is kept, in characters: name, telephone, e-mail, address.
const CONTACT_CHARS_MAX: usize = 300;

/// The longest URL that is kept, in bytes.
const URL_BYTES_MAX: usize = 2_048;

/// The title: one, in the right encoding, at most 300 characters.
pub(super) fn title(desk: &mut Desk<'_>) -> String {
    gate::encoding(desk, "title", false);
    let Some(title) = desk.first_prose("title") else {
        desk.reason("title", "title_missing", "", "缺少成果名称", "the title is missing");
        return String::new();
    };
    gate::marked_secret(desk, "title", &title);
    let chars = title.chars().count();
    if chars > TITLE_CHARS_MAX {
        desk.reason(
            "title",
            "title_too_long",
            &title,
            format!("成果名称{chars}字，最多{TITLE_CHARS_MAX}字"),
            format!("the title has {chars} characters, at most {TITLE_CHARS_MAX} are allowed"),
        );
    }
    title
}

/// The summary: long enough to tell what the achievement is, in the right encoding.
pub(super) fn summary(desk: &mut Desk<'_>) -> String {
    gate::encoding(desk, "summary", true);
    let summary = long(desk, "summary");
    gate::marked_secret(desk, "summary", &summary);
    let chars = summary.chars().count();
    let publish = AchievementFacts::SUMMARY_CHARS_MIN;
    if chars == 0 {
        desk.reason("summary", "summary_missing", "", "缺少成果简介", "the summary is missing");
    } else if chars < SUMMARY_ADMIT_CHARS_MIN {
        desk.reason(
            "summary",
            "summary_too_short",
            &summary,
            format!("简介仅{chars}字，至少{SUMMARY_ADMIT_CHARS_MIN}字（发布须{publish}字）"),
            format!(
                "the summary has {chars} characters, want at least {SUMMARY_ADMIT_CHARS_MIN} \
                 ({publish} to be published)"
            ),
        );
    } else if chars < publish {
        desk.note(
            "summary",
            "summary_short",
            &summary,
            format!("简介{chars}字，补足{publish}字后方可发布"),
            format!("the summary has {chars} characters, {publish} are needed for publication"),
        );
    }
    summary
}

/// A long text: its values joined in order, each once. Never split.
pub(super) fn long(desk: &mut Desk<'_>, name: &'static str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for value in desk.values(name) {
        let mut part = normalise_prose(value.raw);
        // A replacement character at the very end is what a cut at a byte limit leaves behind.
        let whole = part.trim_end_matches([' ', '\u{fffd}']);
        if whole.len() < part.len() {
            part.truncate(whole.len());
            desk.note(
                name,
                "cut_at_source",
                value.raw,
                "来源在末尾截断了文字，已去掉残缺的字符",
                "the source cut the text within its last character, which was left out",
            );
        }
        if !is_nothing(&part) && !parts.contains(&part) {
            parts.push(part);
        }
    }
    // Once more: no blank stays behind a mark.
    let mut text = normalise_prose(&parts.join(" "));
    if text.len() > TEXT_BYTES_MAX {
        let bytes = text.len();
        desk.note(
            name,
            "too_long_cut",
            &text,
            format!("共{bytes}字节，只保留前{TEXT_BYTES_MAX}字节"),
            format!("the text has {bytes} bytes; the first {TEXT_BYTES_MAX} were kept"),
        );
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text.truncate(text.trim_end_matches([' ', '\u{fffd}']).len());
    }
    text
}

/// How to reach someone: restricted, so it is kept in one text and shown to nobody.
pub(super) fn contact(desk: &mut Desk<'_>) -> String {
    let mut parts: Vec<String> = Vec::new();
    for value in desk.values("contact") {
        let part = normalise(value.raw);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let text = parts.join("; ");
    if text.chars().count() <= CONTACT_CHARS_MAX {
        return text;
    }
    // The value is personal, so the note does not show it.
    desk.note(
        "contact",
        "too_long_cut",
        "",
        format!("联系方式过长，只保留前{CONTACT_CHARS_MAX}字"),
        format!("the contact is long; the first {CONTACT_CHARS_MAX} characters were kept"),
    );
    let cut: String = text.chars().take(CONTACT_CHARS_MAX).collect();
    cut.trim_end().to_owned()
}

/// The page a person finds it at: `http` or `https`, without blanks.
pub(super) fn url(desk: &mut Desk<'_>) -> String {
    let mut odd = None;
    for value in desk.values("url") {
        let url = normalise(value.raw);
        let lower = url.to_ascii_lowercase();
        let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
        let fits = rest.is_some_and(|rest| {
            rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '[')
        }) && url.len() <= URL_BYTES_MAX
            && !url.contains([' ', '"', '<', '>', '\\']);
        if fits {
            return url;
        }
        odd.get_or_insert(url);
    }
    if let Some(odd) = odd {
        desk.note(
            "url",
            "url_unreadable",
            &odd,
            "不是http或https网址，已忽略",
            "not a URL with http or https; it was left out",
        );
    }
    String::new()
}
