//! Secrets that the kernel shows to one origin and to nobody else.

use std::fmt;

use serde::{Deserialize, Serialize};
use taihu_model::to_base64;

use super::HttpReply;
use crate::limits::SECRET_CHARS_MIN;

/// A text that is sent and never shown: it prints as dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret as it stands in a file, without the blanks around it; nothing if it is empty,
    /// or has what no header may have.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let good = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Self(text.to_owned()))
    }

    pub(crate) fn shown(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How a secret stands in its header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretForm {
    /// `Bearer SECRET`.
    #[default]
    Bearer,
    /// `Basic …`, of `user:password`.
    Basic,
    /// Alone, such as in `X-API-Key`.
    Plain,
}

impl SecretForm {
    /// The code on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::Plain => "plain",
        }
    }
}

/// A header with a secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretHeader {
    /// Name, lower case.
    pub(super) name: String,
    /// What is sent.
    pub(super) line: Secret,
    /// Every spelling in which a reply might show it, the longest first.
    spellings: Vec<Secret>,
}

/// What stands in the place of a secret that a server shows.
const HIDDEN: &str = "***";

impl SecretHeader {
    /// `Authorization: Bearer SECRET`.
    #[must_use]
    pub fn bearer(secret: &Secret) -> Self {
        Self::new("authorization", SecretForm::Bearer, secret)
    }

    /// A header of that name, lower case.
    pub(crate) fn new(name: &str, form: SecretForm, secret: &Secret) -> Self {
        let text = secret.shown();
        let mut known = vec![text.to_owned()];
        let line = match form {
            SecretForm::Bearer => format!("Bearer {text}"),
            SecretForm::Plain => text.to_owned(),
            SecretForm::Basic => {
                let encoded = to_base64(text.as_bytes());
                known.push(encoded.clone());
                let password = text.split_once(':').map_or("", |(_, password)| password);
                if password.len() >= SECRET_CHARS_MIN {
                    known.push(password.to_owned());
                }
                format!("Basic {encoded}")
            }
        };
        let mut spellings: Vec<String> = known.iter().flat_map(|text| spelled(text)).collect();
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self {
            name: name.to_owned(),
            line: Secret(line),
            spellings: spellings.into_iter().map(Secret).collect(),
        }
    }

    /// Takes the secret out of a reply, wherever a server shows what it was sent: as it is, and as
    /// URLs, JSON, XML and base 64 spell it.
    pub(super) fn hide(&self, reply: &mut HttpReply) {
        for spelling in self.spellings.iter().map(Secret::shown) {
            if reply.url.contains(spelling) {
                reply.url = reply.url.replace(spelling, HIDDEN);
            }
            for header in &mut reply.headers {
                for text in [&mut header.name, &mut header.value] {
                    if text.contains(spelling) {
                        *text = text.replace(spelling, HIDDEN);
                    }
                }
            }
            if let Some(clean) = without(&reply.body, spelling.as_bytes()) {
                reply.body = clean;
            }
        }
    }
}

/// The spellings of a text that documents and URLs use.
fn spelled(text: &str) -> Vec<String> {
    let json = text.replace('\\', "\\\\").replace('"', "\\\"");
    let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    vec![
        text.to_owned(),
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        json.replace('/', "\\/"),
        json,
        xml.replace('"', "&quot;").replace('\'', "&#39;"),
        xml.replace('"', "&quot;").replace('\'', "&apos;"),
        xml,
        to_base64(text.as_bytes()),
    ]
}

/// The bytes with every occurrence of a word replaced; `None` if it does not occur.
fn without(bytes: &[u8], word: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = word.split_first()?;
    let mut clean = Vec::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(skip) = bytes[at..].iter().position(|byte| byte == first) {
        at += skip;
        if bytes[at + 1..].starts_with(rest) {
            clean.extend_from_slice(&bytes[kept..at]);
            clean.extend_from_slice(HIDDEN.as_bytes());
            at += word.len();
            kept = at;
        } else {
            at += 1;
        }
    }
    if kept == 0 {
        return None;
    }
    clean.extend_from_slice(&bytes[kept..]);
    Some(clean)
}

#[cfg(test)]
mod tests {
    use taihu_model::contract::Header;

    use super::*;

    #[track_caller]
    fn check(form: SecretForm, secret: &str, body: &str, want: &str) {
        let header = SecretHeader::new("x-key", form, &Secret::new(secret).unwrap());
        let shown = Header { name: "location".into(), value: body.into() };
        let mut reply =
            HttpReply { status: 200, url: body.into(), headers: vec![shown], body: body.into() };
        header.hide(&mut reply);
        assert_eq!(String::from_utf8(reply.body).unwrap(), want, "{body}");
        assert_eq!((reply.url.as_str(), reply.headers[0].value.as_str()), (want, want), "{body}");
        assert!(!format!("{header:?}").contains(secret));
    }

    #[test]
    fn what_a_server_shows_of_a_secret_is_taken_out() {
        use SecretForm as F;
        check(F::Plain, "open-sesame", "", "");
        check(F::Plain, "open-sesame", "nothing of it: open-sesam", "nothing of it: open-sesam");
        check(F::Plain, "open-sesame", "open-sesame", "***");
        check(F::Bearer, "open-sesame", "ooopen-sesameopen-sesame.", "oo******.");
        check(F::Bearer, "a/b+c&d=e", r#"{"k":"a\/b+c&d=e"}"#, r#"{"k":"***"}"#);
        check(F::Bearer, "a/b+c&d=e", "?k=a%2Fb%2Bc%26d%3De", "?k=***");
        check(F::Bearer, "a/b+c&d=e", "<k>a/b+c&amp;d=e</k>", "<k>***</k>");
        check(F::Basic, "seu:open-sesame", "Basic c2V1Om9wZW4tc2VzYW1l", "Basic ***");
        check(F::Basic, "seu:open-sesame", "password open-sesame", "password ***");
    }
}
