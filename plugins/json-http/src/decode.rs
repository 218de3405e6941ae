//! From the bytes of a reply to its JSON, or to words about what came instead.

use encoding_rs::{Encoding, GB18030};
use serde_json::value::RawValue;
use taihu_plugin::{Failure, HttpReply};

/// A reply as text.
pub(crate) struct Decoded {
    /// It, without byte order mark.
    pub(crate) text: String,
    /// What was odd: Chinese, English.
    pub(crate) odd: Option<(String, String)>,
}

/// Decodes a body. JSON is UTF-8 (RFC 8259 §8.1); some servers answer in GB18030 all the same.
pub(crate) fn decode(reply: &HttpReply) -> Decoded {
    let body = reply.body.as_slice();
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        let text = encoding.decode_without_bom_handling(&body[mark..]).0.into_owned();
        return Decoded { text, odd: None };
    }
    if let Ok(text) = std::str::from_utf8(body) {
        return Decoded { text: text.to_owned(), odd: None };
    }
    let (text, broken) = GB18030.decode_without_bom_handling(body);
    if broken {
        let text = String::from_utf8_lossy(body).into_owned();
        let zh = "答复中有不是 UTF-8 的字节，已用 \u{fffd} 代替";
        let odd = (zh.to_owned(), "bytes that are no UTF-8 were replaced by \u{fffd}".to_owned());
        return Decoded { text, odd: Some(odd) };
    }
    let zh = "答复不是 UTF-8 而是 GB18030，已按实际读取";
    let odd = (zh.to_owned(), "the reply is not UTF-8 but GB18030; read as it is".to_owned());
    Decoded { text: text.into_owned(), odd: Some(odd) }
}

/// Parses a reply.
///
/// # Errors
/// `upstream` that says where it breaks off, or what came instead of JSON.
pub(crate) fn parse<'a>(text: &'a str, reply: &HttpReply) -> Result<&'a RawValue, Failure> {
    let begins = text.trim_start();
    if begins.starts_with('<') {
        let title = title(begins);
        return Err(Failure::upstream(
            format!("得到的是网页而不是 JSON（{title}），可能需要登录或地址有误：{}", reply.url),
            format!(
                "a web page came instead of JSON ({title}); a login may be needed or the address is wrong: {}",
                reply.url
            ),
        ));
    }
    if begins.is_empty() {
        let url = &reply.url;
        return Err(Failure::upstream(
            format!("答复是空的：{url}"),
            format!("the reply is empty: {url}"),
        ));
    }
    serde_json::from_str::<&RawValue>(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let near = near(text, line, column);
        Failure::upstream(
            format!("答复不是合格的 JSON：第 {line} 行第 {column} 列附近（“{near}”）：{error}"),
            format!(
                "the reply is broken JSON near line {line}, column {column} ({near:?}): {error}"
            ),
        )
    })
}

fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|at| {
        let rest = &page[at + 7..];
        rest.split('<').next()
    });
    let shown = title.unwrap_or(page).trim();
    shown.chars().filter(|letter| !letter.is_control()).take(40).collect()
}

/// The text around a place; a column counts bytes.
fn near(text: &str, line: usize, column: usize) -> String {
    let line = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let mut from = column.saturating_sub(20).min(line.len());
    while !line.is_char_boundary(from) {
        from -= 1;
    }
    line[from..].chars().filter(|letter| !letter.is_control()).take(30).collect()
}
