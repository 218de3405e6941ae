//! From bytes to text, whatever encoding the server declares.

use encoding_rs::{Encoding, GB18030, UTF_8};
use taihu_plugin::HttpReply;

/// The body as text, and an oddity if the declared encoding was not the real one.
pub(crate) struct Decoded {
    /// The text, without byte order mark.
    pub(crate) text: String,
    /// What was odd: Chinese, English.
    pub(crate) odd: Option<(String, String)>,
}

/// Decodes a body: byte order mark, then what is declared (XML declaration before the HTTP
/// header), then what fits. GBK and GB2312 are read as GB18030, which contains them.
pub(crate) fn decode(reply: &HttpReply) -> Decoded {
    let body = reply.body.as_slice();
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        let (text, _) = encoding.decode_without_bom_handling(&body[mark..]);
        return Decoded { text: text.into_owned(), odd: None };
    }
    let declared = declared_in_xml(body).or_else(|| declared_in_http(reply));
    let is_utf8 = std::str::from_utf8(body);
    let claimed = declared.unwrap_or(UTF_8);
    match is_utf8 {
        Ok(text) if claimed == UTF_8 || text.is_ascii() => {
            Decoded { text: text.to_owned(), odd: None }
        }
        // Chinese text in GBK is practically never valid UTF-8, so this is UTF-8 by another name.
        Ok(text) => Decoded { text: text.to_owned(), odd: Some(misdeclared(claimed, UTF_8)) },
        Err(_) if claimed != UTF_8 => lossy(body, claimed),
        Err(_) => {
            let (text, broken) = GB18030.decode_without_bom_handling(body);
            if broken {
                return lossy(body, UTF_8);
            }
            Decoded { text: text.into_owned(), odd: Some(misdeclared(UTF_8, GB18030)) }
        }
    }
}

fn lossy(body: &[u8], encoding: &'static Encoding) -> Decoded {
    let (text, broken) = encoding.decode_without_bom_handling(body);
    let name = encoding.name();
    let odd = broken.then(|| {
        (
            format!("答复中有不符合 {name} 编码的字节，已用 \u{fffd} 代替"),
            format!("bytes that are no {name} were replaced by \u{fffd}"),
        )
    });
    Decoded { text: text.into_owned(), odd }
}

fn misdeclared(claimed: &'static Encoding, real: &'static Encoding) -> (String, String) {
    let (claimed, real) = (claimed.name(), real.name());
    (
        format!("服务器声明编码为 {claimed}，实际是 {real}，已按实际读取"),
        format!("the server declares {claimed}, but it is {real}; read as it is"),
    )
}

fn by_label(label: &[u8]) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(label)?;
    Some(if encoding == encoding_rs::GBK { GB18030 } else { encoding })
}

fn declared_in_xml(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(200)];
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let head = &head[..end];
    let start = head.windows(8).position(|word| word == b"encoding")? + 8;
    let rest = &head[start..];
    let quote = rest.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let value = &rest[quote + 1..];
    let close = value.iter().position(|byte| *byte == rest[quote])?;
    by_label(&value[..close])
}

fn declared_in_http(reply: &HttpReply) -> Option<&'static Encoding> {
    let header = reply.headers.iter().find(|header| header.name == "content-type")?;
    let lower = header.value.to_ascii_lowercase();
    let at = lower.find("charset=")?;
    let label = lower[at + 8..].trim_matches(['"', ' ']);
    let end = label.find([';', '"', ' ']).unwrap_or(label.len());
    by_label(&label.as_bytes()[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use taihu_plugin::Header;

    #[track_caller]
    fn check(content_type: &str, body: &[u8], want: &str, odd: bool) {
        let headers = vec![Header { name: "content-type".into(), value: content_type.into() }];
        let reply = HttpReply { status: 200, url: String::new(), headers, body: body.to_vec() };
        let decoded = decode(&reply);
        assert!(decoded.text.contains(want), "{}", decoded.text);
        assert_eq!(decoded.odd.is_some(), odd, "{:?}", decoded.odd);
    }

    #[test]
    fn encodings_are_believed_only_if_they_fit() {
        let gbk = |text: &str| GB18030.encode(text).0.into_owned();
        let plain = "<?xml version='1.0' encoding='UTF-8'?><a>成果</a>";
        check("text/xml", plain.as_bytes(), "成果", false);
        check("text/xml; charset=gbk", plain.as_bytes(), "成果", false);
        check("text/xml", &gbk(plain), "成果", true);
        let declared = "<?xml version=\"1.0\" encoding=\"GBK\"?><a>成果</a>";
        check("text/xml", &gbk(declared), "成果", false);
        check("text/xml", declared.as_bytes(), "成果", true);
        check("text/xml; charset=\"gb2312\"", &gbk("<a>成果</a>"), "成果", false);
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend("<a>成果</a>".bytes());
        check("text/xml; charset=gbk", &marked, "<a>成果</a>", false);
        let mut broken = "<a>成果</a>".as_bytes().to_vec();
        broken.push(0xff);
        check("text/xml", &broken, "成果", true);
    }
}
