//! The way to the outside: what the kernel fetches for connectors, under a grant.

mod address;
mod gate;
mod pace;
mod recorded;
mod secret;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use taihu_model::contract::Header;
use taihu_model::{Config, Effective, HostTerms, Text};
use url::Url;

use crate::limits::HTTP_BODY_BYTES_MAX;

pub use address::closed_reason;
pub use gate::Gate;
pub(crate) use gate::KERNEL_HEADERS;
pub(crate) use pace::Pace;
pub use recorded::{Recorded, Recording};
pub use secret::{Secret, SecretForm, SecretHeader};

/// Something that can ask a server: the network, or recorded replies.
pub trait Outbound: Send + Sync {
    /// Performs one request that lies within the grant, redirects included.
    ///
    /// # Errors
    /// [`OutboundError`], with words for the source's owner.
    fn fetch(&self, grant: &Grant, request: &HttpRequest) -> Result<HttpReply, OutboundError>;
}

/// What a source may ask for: exact origins, in their terms.
#[derive(Debug, Clone, Default)]
pub struct Grant {
    /// Origins with their terms.
    pub origins: Vec<GrantedOrigin>,
    /// True if this machine itself may be asked.
    pub loopback: bool,
    /// True if the source's drop folder may be read.
    pub files: bool,
    /// For whom it is asked, `tenant/plugin`: each keeps to its own rate.
    pub holder: String,
    /// How long is waited for all of one request, names and redirects and body. With it, nothing is
    /// asked again; without, a request has ten seconds and 429 is waited out.
    pub patience: Option<Duration>,
    /// Whose turn it is at a host.
    pub(crate) pace: Option<Arc<Pace>>,
}

/// One origin that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedOrigin {
    /// `http` or `https`.
    pub scheme: String,
    /// Host, lower case; an address in its canonical form.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How it may be asked.
    pub terms: HostTerms,
    /// Headers that the kernel itself puts in, for this origin only: no plugin sees them.
    pub secrets: Vec<SecretHeader>,
}

impl Grant {
    /// What is effective for a plugin, with this configuration.
    ///
    /// # Errors
    /// Every origin that is none, or lies above the city's ceiling.
    pub fn of(effective: &Effective, config: &Config, loopback: bool) -> Result<Self, Vec<Text>> {
        let mut grant = Self { loopback, files: effective.files, ..Self::default() };
        let mut faults = Vec::new();
        for (origin, terms) in &effective.hosts {
            let origin = match origin.strip_prefix("config:") {
                Some(key) => match config.get(key).and_then(|value| value.as_str()) {
                    Some(text) => text,
                    None => continue,
                },
                None => origin,
            };
            match origin_of(origin) {
                Some((_, host, _)) if !effective.reaches(&host) => faults.push(Text::new(
                    format!("全市授权上限不允许访问“{host}”；如确有需要，请市级管理员调整上限"),
                    format!(
                        "{host} is above the city's ceiling; the city's operator may raise that"
                    ),
                )),
                Some((scheme, host, port)) => {
                    let mut terms = terms.clone();
                    let kib_max = u16::try_from(HTTP_BODY_BYTES_MAX >> 10).unwrap_or(u16::MAX);
                    terms.body_kib = terms.body_kib.min(kib_max);
                    grant.origins.push(GrantedOrigin {
                        scheme,
                        host,
                        port,
                        terms,
                        secrets: Vec::new(),
                    });
                }
                None => faults.push(Text::new(
                    format!("“{origin}”不是 http 或 https 地址"),
                    format!("{origin:?} is no http or https URL"),
                )),
            }
        }
        if faults.is_empty() { Ok(grant) } else { Err(faults) }
    }

    /// Parses a URL and says whether it may be asked with this method.
    pub(crate) fn check(
        &self,
        method: &str,
        url: &str,
    ) -> Result<(Url, &GrantedOrigin), OutboundError> {
        let parsed = Url::parse(url).map_err(|error| {
            OutboundError::refused(
                format!("地址“{}”无法识别：{error}", cut(url)),
                format!("{:?} is no URL: {error}", cut(url)),
            )
        })?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(OutboundError::refused(
                "地址中不能带用户名或密码",
                "a URL has no user or password",
            ));
        }
        let Some(asked) = origin_of(url) else {
            return Err(OutboundError::refused(
                format!("只能访问 http 或 https 地址，不能访问“{}”", cut(url)),
                format!("only http and https URLs can be asked, not {:?}", cut(url)),
            ));
        };
        let granted = self.origins.iter().find(|origin| origin.is(&asked));
        let (scheme, host, port) = asked;
        let Some(granted) = granted else {
            let known = self
                .origins
                .iter()
                .map(|origin| format!("{}://{}:{}", origin.scheme, origin.host, origin.port))
                .collect::<Vec<_>>()
                .join(", ");
            return Err(OutboundError::refused(
                format!(
                    "未授权访问 {scheme}://{host}:{port}；已授权：{known}。查看授权：taihu plugin grants"
                ),
                format!(
                    "{scheme}://{host}:{port} is not granted; granted are: {known}; see taihu plugin grants"
                ),
            ));
        };
        if !granted.terms.methods.contains(method) {
            return Err(OutboundError::refused(
                format!("未授权对 {host} 使用 {} 方法", cut(method)),
                format!("method {:?} is not granted for {host}", cut(method)),
            ));
        }
        Ok((parsed, granted))
    }
}

impl GrantedOrigin {
    /// Whether it is this origin.
    pub(crate) fn is(&self, (scheme, host, port): &(String, String, u16)) -> bool {
        self.scheme == *scheme && self.host == *host && self.port == *port
    }

    /// Bytes of one reply.
    pub(crate) fn body_bytes_max(&self) -> u64 {
        u64::from(self.terms.body_kib) << 10
    }
}

pub(crate) fn origin_of(url: &str) -> Option<(String, String, u16)> {
    let url = Url::parse(url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    Some((url.scheme().to_owned(), host, url.port_or_known_default()?))
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}

/// A request of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// Absolute URL.
    pub url: String,
    /// Headers.
    pub headers: Vec<Header>,
    /// Body.
    pub body: Vec<u8>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// Status code.
    pub status: u16,
    /// The URL that answered.
    pub url: String,
    /// Headers.
    pub headers: Vec<Header>,
    /// Body, decompressed.
    pub body: Vec<u8>,
}

/// A request was not performed, or got no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// It lies outside the grant or leads to a closed address: asking again is useless.
    #[error("{}", .0.en)]
    Refused(Text),
    /// The other side failed: asking later may help.
    #[error("{}", .0.en)]
    Failed(Text),
    /// The other side asks to be left alone for longer than a request waits.
    #[error("{}", .text.en)]
    Later {
        /// What happened.
        text: Text,
        /// Seconds.
        wait_s: u64,
    },
}

impl OutboundError {
    pub(crate) fn refused(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused(Text::new(zh, en))
    }

    pub(crate) fn failed(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Failed(Text::new(zh, en))
    }

    /// What happened, for people.
    #[must_use]
    pub fn text(&self) -> &Text {
        match self {
            Self::Refused(text) | Self::Failed(text) | Self::Later { text, .. } => text,
        }
    }
}
