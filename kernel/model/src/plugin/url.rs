//! The shape of URLs and origins: enough to refuse nonsense early. What may be reached is decided
//! where the request is made, on the address that is connected to.

use crate::Text;

/// The longest URL, in bytes (`harvesting.wit`).
pub(super) const URL_BYTES_MAX: usize = 4_096;

/// Accepts an absolute URL with scheme `http` or `https`, a host, and no user name in it.
pub(super) fn url(text: &str) -> Result<(), Text> {
    split(text).map(|_| ())
}

/// Accepts a URL's scheme, host and port, with nothing after them.
pub(super) fn origin(text: &str) -> Result<(), Text> {
    let (_, rest) = split(text)?;
    if rest.is_empty() {
        return Ok(());
    }
    Err(Text::new(
        format!("来源只含协议、主机和端口，请去掉{rest:?}"),
        format!("an origin is scheme, host and port; leave {rest:?} out"),
    ))
}

/// Gives host with port, and what comes after.
fn split(text: &str) -> Result<(&str, &str), Text> {
    if text.len() > URL_BYTES_MAX {
        return Err(Text::new(
            format!("网址超过{URL_BYTES_MAX}字节"),
            format!("the URL is longer than {URL_BYTES_MAX} bytes"),
        ));
    }
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return Err(Text::new(
            "网址应以https://或http://开头",
            "want a URL that begins with https:// or http://",
        ));
    };
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        let en = "a URL holds printable ASCII without blanks; percent-encode the rest";
        return Err(Text::new("网址只含可见ASCII字符，其余请用百分号编码", en));
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    if authority.contains('@') {
        return Err(Text::new("网址中不能含用户名或密码", "a URL names no user and no password"));
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(inner) => match inner.split_once(']') {
            Some((host, port))
                if host.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.')) =>
            {
                (host, port)
            }
            _ => ("", ""),
        },
        None => {
            let at = authority.find(':').unwrap_or(authority.len());
            authority.split_at(at)
        }
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => {
            digits.parse::<u16>().is_ok_and(|port| port > 0) && !digits.starts_with('+')
        }
        None => port.is_empty(),
    };
    let is_host = (1..=253).contains(&host.len())
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'_'));
    if is_host && is_port {
        return Ok((authority, after));
    }
    Err(Text::new(
        format!("{authority:?}不是主机名（可加:端口）"),
        format!("{authority:?} is not a host with or without :port"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_origins() {
        for good in
            ["http://127.0.0.1:8080", "https://repository.example.edu.cn", "http://[::1]:80"]
        {
            assert_eq!((url(good), origin(good)), (Ok(()), Ok(())), "{good}");
        }
        let full = "https://repository.example.edu.cn/oai?verb=Identify";
        assert_eq!(url(full), Ok(()));
        assert!(origin(full).unwrap_err().en.contains("leave \"/oai?verb=Identify\" out"));
        for wrong in [
            "",
            "ftp://a.cn",
            "a.cn",
            "https://",
            "https://a b.cn",
            "https://u:p@a.cn",
            "https://a.cn:0",
            "https://a.cn:99999",
            "https://a.cn:+80",
            "https://成果.cn",
            "http://[::1",
            "https://a.cn\\@b.cn",
        ] {
            assert!(url(wrong).is_err(), "{wrong} passes");
        }
        assert!(url(&format!("https://a.cn/{}", "x".repeat(URL_BYTES_MAX))).is_err());
    }
}
