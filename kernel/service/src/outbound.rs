//! The way to the outside: what the kernel fetches for connectors, under a grant.

mod address;
mod gate;

use taihu_model::contract::Header;
use taihu_model::{Config, Manifest, Text};
use url::Url;

pub use address::closed_reason;
pub use gate::Gate;

/// Something that can ask a server: the network, or recorded replies.
pub trait Outbound: Send + Sync {
    /// Performs one request that lies within the grant, redirects included.
    ///
    /// # Errors
    /// [`OutboundError`], with words for the source's owner.
    fn fetch(&self, grant: &Grant, request: &HttpRequest) -> Result<HttpReply, OutboundError>;
}

/// What a source may ask for: exact origins and methods.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// Origins with their methods.
    pub origins: Vec<GrantedOrigin>,
    /// True if this machine itself may be asked.
    pub loopback: bool,
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
    /// `GET`, `POST`.
    pub methods: Vec<String>,
}

impl Grant {
    /// What a manifest wishes for, with this configuration.
    ///
    /// # Errors
    /// Every wish that names no origin.
    pub fn of(manifest: &Manifest, config: &Config, loopback: bool) -> Result<Self, Vec<Text>> {
        let mut grant = Self { origins: Vec::new(), loopback };
        let mut faults = Vec::new();
        for wish in &manifest.hosts {
            let origin = match wish.origin.strip_prefix("config:") {
                Some(key) => match config.get(key).and_then(|value| value.as_str()) {
                    Some(text) => text,
                    None => continue,
                },
                None => &wish.origin,
            };
            match origin_of(origin) {
                Some((scheme, host, port)) => grant.origins.push(GrantedOrigin {
                    scheme,
                    host,
                    port,
                    methods: wish.methods.clone(),
                }),
                None => faults.push(Text::new(
                    format!("“{origin}”不是 http 或 https 地址"),
                    format!("{origin:?} is no http or https URL"),
                )),
            }
        }
        if faults.is_empty() { Ok(grant) } else { Err(faults) }
    }

    /// Parses a URL and says whether it may be asked with this method.
    pub(crate) fn check(&self, method: &str, url: &str) -> Result<Url, OutboundError> {
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
        let Some((scheme, host, port)) = origin_of(url) else {
            return Err(OutboundError::refused(
                format!("只能访问 http 或 https 地址，不能访问“{}”", cut(url)),
                format!("only http and https URLs can be asked, not {:?}", cut(url)),
            ));
        };
        let granted = self
            .origins
            .iter()
            .find(|origin| origin.scheme == scheme && origin.host == host && origin.port == port);
        let Some(granted) = granted else {
            let known = self
                .origins
                .iter()
                .map(|origin| format!("{}://{}:{}", origin.scheme, origin.host, origin.port))
                .collect::<Vec<_>>()
                .join(", ");
            return Err(OutboundError::refused(
                format!("未授权访问 {scheme}://{host}:{port}；已授权：{known}"),
                format!("{scheme}://{host}:{port} is not granted; granted are: {known}"),
            ));
        };
        if !granted.methods.iter().any(|known| known == method) {
            return Err(OutboundError::refused(
                format!("未授权对 {host} 使用 {} 方法", cut(method)),
                format!("method {:?} is not granted for {host}", cut(method)),
            ));
        }
        Ok(parsed)
    }
}

fn origin_of(url: &str) -> Option<(String, String, u16)> {
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
            Self::Refused(text) | Self::Failed(text) => text,
        }
    }
}
