//! From a JSON value to the text that goes to the kernel.

use crate::json::Json;

/// Tags behind which a line ends.
const LINES: &[&str] = &["br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"];

/// Entities that rich texts of Chinese systems have; the rest stays as it is.
const ENTITIES: &[(&str, &str)] = &[
    ("&nbsp;", " "),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&ldquo;", "“"),
    ("&rdquo;", "”"),
    ("&mdash;", "—"),
    ("&middot;", "·"),
    ("&times;", "×"),
    ("&deg;", "°"),
    ("&amp;", "&"),
];

/// A value as text: markup of rich texts gone, control characters gone. `None` if it is no text:
/// an object or a list.
pub(crate) fn text(json: &Json) -> Option<String> {
    match json {
        Json::Text(text) => Some(tidy(&without_markup(text))),
        Json::Number(number) => Some(number.clone()),
        Json::Bool(true) => Some("是".to_owned()),
        Json::Bool(false) => Some("否".to_owned()),
        Json::Null => Some(String::new()),
        Json::List(_) | Json::Object(_) => None,
    }
}

/// Leaves out control characters, and blanks around.
pub(crate) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace(['\t', '\u{a0}'], " ");
    let kept = |letter: &char| (!letter.is_control() || *letter == '\n') && *letter != '\u{feff}';
    text.chars().filter(kept).collect::<String>().trim().to_owned()
}

/// Cuts a text at a character; true if it was longer.
pub(crate) fn cut(text: &mut String, bytes_max: usize) -> bool {
    if text.len() <= bytes_max {
        return false;
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    true
}

/// Leaves out the tags of a rich text. `a < b` is no tag: a tag begins with a letter or a slash.
fn without_markup(text: &str) -> String {
    if !text.contains('<') && !text.contains('&') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let name: String = from[1..]
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        match from.find('>') {
            Some(end) if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) => {
                if LINES.contains(&name.as_str()) && !plain.ends_with('\n') {
                    plain.push('\n');
                }
                rest = &from[end + 1..];
            }
            _ => {
                plain.push('<');
                rest = &from[1..];
            }
        }
    }
    plain.push_str(rest);
    for (entity, letter) in ENTITIES {
        if plain.contains(entity) {
            plain = plain.replace(entity, letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(text(&Json::Text(given.to_owned())).as_deref(), Some(want));
    }

    #[test]
    fn rich_texts_become_texts() {
        check("<p>第一段&nbsp;A&amp;B</p><p class=\"x\">第二段</p>", "第一段 A&B\n第二段");
        check("误差<3%，产率>95%", "误差<3%，产率>95%");
        check("a < b <br/> c", "a < b \n c");
        check("一\r\n二\u{0}\t三", "一\n二 三");
        check("没有闭合 <b", "没有闭合 <b");
    }
}
