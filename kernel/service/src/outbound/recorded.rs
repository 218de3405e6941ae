//! Recorded replies in the place of the network: for samples, tests and replays.

use taihu_model::contract::Header;
use url::Url;

use super::{Grant, HttpReply, HttpRequest, Outbound, OutboundError};

/// What a server once answered, and to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// `GET` or `POST`.
    pub method: String,
    /// The URL that was asked. A request may have more arguments than it, in any order: that of an
    /// incremental run names an instant that no recording knows.
    pub url: String,
    /// The body that was sent; `None` if any will do.
    pub sent: Option<Vec<u8>>,
    /// Status code.
    pub status: u16,
    /// Headers of the reply, names in lower case.
    pub headers: Vec<Header>,
    /// Body of the reply.
    pub body: Vec<u8>,
}

/// Recorded replies. A request must lie within the grant all the same; nothing leaves this machine.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    recordings: Vec<(Url, Recording)>,
}

impl Recorded {
    /// Answers from these recordings; of several that fit the one with most arguments, the first of
    /// equals.
    ///
    /// # Errors
    /// [`OutboundError::Refused`] if a recording has no URL.
    pub fn new(recordings: Vec<Recording>) -> Result<Self, OutboundError> {
        let parsed = recordings.into_iter().map(|one| match Url::parse(&one.url) {
            Ok(url) => Ok((url, one)),
            Err(error) => Err(OutboundError::refused(
                format!("录制的地址“{}”无法识别：{error}", one.url),
                format!("{:?} of a recording is no URL: {error}", one.url),
            )),
        });
        Ok(Self { recordings: parsed.collect::<Result<_, _>>()? })
    }
}

/// How many arguments a recording has in common with a request, all of its own; `None` if it is no
/// recording of it.
fn fits(at: &Url, recording: &Recording, url: &Url, request: &HttpRequest) -> Option<usize> {
    let place = |url: &Url| (url.origin(), url.path().to_owned());
    let asked: Vec<_> = url.query_pairs().collect();
    let own: Vec<_> = at.query_pairs().collect();
    let fits = recording.method == request.method
        && recording.sent.as_ref().is_none_or(|sent| *sent == request.body)
        && place(at) == place(url)
        && own.iter().all(|pair| asked.contains(pair));
    fits.then_some(own.len())
}

impl Outbound for Recorded {
    fn fetch(&self, grant: &Grant, request: &HttpRequest) -> Result<HttpReply, OutboundError> {
        let (url, _) = grant.check(&request.method, &request.url)?;
        let fitting = self.recordings.iter().rev();
        let fitting =
            fitting.filter_map(|(at, one)| fits(at, one, &url, request).map(|size| (size, one)));
        let Some((_, found)) = fitting.max_by_key(|(size, _)| *size) else {
            return Err(OutboundError::failed(
                format!("没有录制过 {} {url} 的答复", request.method),
                format!("no reply to {} {url} was recorded", request.method),
            ));
        };
        Ok(HttpReply {
            status: found.status,
            url: url.to_string(),
            headers: found.headers.clone(),
            body: found.body.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use taihu_model::HostTerms;

    use super::*;
    use crate::outbound::GrantedOrigin;

    fn recording(method: &str, url: &str, sent: Option<&str>, body: &str) -> Recording {
        Recording {
            method: method.into(),
            url: url.into(),
            sent: sent.map(|sent| sent.as_bytes().to_vec()),
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    #[track_caller]
    fn check(method: &str, url: &str, body: &str, want: Option<&str>) {
        let recorded = Recorded::new(vec![
            recording("GET", "https://a.cn/list", None, "all"),
            recording("GET", "https://a.cn/list?page=2&size=3", None, "two"),
            recording("POST", "https://a.cn/list", Some("{}"), "posted"),
            recording("GET", "https://b.cn/list", None, "foreign"),
        ])
        .unwrap();
        let terms = HostTerms {
            methods: ["GET".to_owned(), "POST".to_owned()].into(),
            per_minute: 60,
            body_kib: 1024,
        };
        let origin = GrantedOrigin {
            scheme: "https".into(),
            host: "a.cn".into(),
            port: 443,
            terms,
            secrets: Vec::new(),
        };
        let grant = Grant { origins: vec![origin], ..Grant::default() };
        let request = HttpRequest {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: body.into(),
        };
        let reply = recorded.fetch(&grant, &request).ok();
        let body = reply.map(|reply| String::from_utf8(reply.body).unwrap());
        assert_eq!(body.as_deref(), want, "{method} {url}");
    }

    #[test]
    fn recorded_replies_answer_within_the_grant() {
        check("GET", "https://a.cn/list", "", Some("all"));
        check("GET", "https://a.cn/list?since=2026-03-01", "", Some("all"));
        check("GET", "https://a.cn/list?size=3&since=x&page=2", "", Some("two"));
        check("GET", "https://a.cn/list?page=3&size=3", "", Some("all"));
        check("GET", "https://a.cn/other", "", None);
        check("POST", "https://a.cn/list", "{}", Some("posted"));
        check("POST", "https://a.cn/list", "{\"a\":1}", None);
        check("GET", "https://b.cn/list", "", None);
    }
}
