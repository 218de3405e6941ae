//! Words for people from the words of deserializers, which know English only.

/// Splits off where in the content something is wrong: `need.title`, and what.
///
/// Of `Failed to …: need.title: missing field …` it makes (`need.title`, `missing field …`).
pub(super) fn place(text: &str) -> (&str, &str) {
    let text = text
        .strip_prefix("Failed to ")
        .and_then(|rest| rest.split_once(": "))
        .map_or(text, |(_, rest)| rest);
    match text.split_once(": ") {
        Some((place, what)) if is_place(place) => (place, what),
        _ => (named(text).unwrap_or(""), text),
    }
}

fn is_place(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'[' | b']'))
}

/// The field that a message about a missing or unknown one names.
fn named(text: &str) -> Option<&str> {
    let rest = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| text.strip_prefix(start))?;
    rest.split('`').next()
}

/// Says in Chinese what a deserializer says in English; what it says otherwise is kept.
pub(super) fn zh(en: &str) -> String {
    let quoted = |start: &str| en.strip_prefix(start).and_then(|rest| rest.split('`').next());
    if let Some(field) = quoted("missing field `") {
        return format!("缺少字段“{field}”");
    }
    if let Some(field) = quoted("unknown field `") {
        let known = en
            .split_once("expected ")
            .map(|(_, known)| known.split(" at line").next().unwrap_or(known));
        return match known {
            Some(known) => format!("不认识字段“{field}”，可用：{known}"),
            None => format!("不认识字段“{field}”"),
        };
    }
    if let Some(field) = quoted("duplicate field `") {
        return format!("字段“{field}”重复");
    }
    if let Some((found, wanted)) =
        en.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("类型不符：现为 {found}，应为 {wanted}");
    }
    for (what, zh) in [
        (" is not an identifier of the form ", "不是编号，应为以下形式："),
        (" is not a slug: ", "不是有效的标识，应为1至41个小写字母、数字或短横线，以字母开头："),
        (" is not a code: ", "不是有效的代码，应为1至64个小写字母、数字或下划线，以字母开头："),
    ] {
        if let Some((found, wanted)) = en.split_once(what) {
            return format!("{found} {zh}{wanted}");
        }
    }
    if en.starts_with("invalid digit found in string") || en.starts_with("number too large") {
        return format!("应为不太大的非负整数（{en}）");
    }
    en.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, field: &str, what: &str, in_chinese: &str) {
        let (found, en) = place(text);
        assert_eq!((found, en, zh(en).as_str()), (field, what, in_chinese));
    }

    #[test]
    fn places_and_words_come_out_of_messages() {
        check(
            "Failed to deserialize the JSON body into the target type: missing field `title` at line 1 column 2",
            "title",
            "missing field `title` at line 1 column 2",
            "缺少字段“title”",
        );
        check(
            "Failed to deserialize the JSON body into the target type: path[1]: invalid type: integer `3`, expected string",
            "path[1]",
            "invalid type: integer `3`, expected string",
            "类型不符：现为 integer `3`，应为 string",
        );
        check(
            "Failed to deserialize query string: limit: invalid digit found in string",
            "limit",
            "invalid digit found in string",
            "应为不太大的非负整数（invalid digit found in string）",
        );
        check(
            "Failed to deserialize query string: unknown field `x`, expected `q` or `limit`",
            "x",
            "unknown field `x`, expected `q` or `limit`",
            "不认识字段“x”，可用：`q` or `limit`",
        );
        check("nothing of the kind", "", "nothing of the kind", "nothing of the kind");
    }
}
