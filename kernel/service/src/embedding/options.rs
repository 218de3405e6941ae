//! How an endpoint is configured, and what is wrong with a configuration.

use taihu_model::HostTerms;
use url::{Host, Url};

use crate::error::{Error, Result};
use crate::limits::{
    EMBEDDING_NAME_CHARS_MAX, EMBEDDING_SHARE_DEFAULT, EMBEDDING_SHARE_MAX, HTTP_BODY_BYTES_MAX,
};
use crate::outbound::{Grant, GrantedOrigin, Secret, SecretHeader};

/// How an embedding endpoint is asked. Setting these is the operator's grant for that one origin:
/// texts of published achievements and of needs that are matched are sent there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingOptions {
    /// The endpoint, `https://host/v1/embeddings`; `http` only for this machine itself.
    pub url: String,
    /// The model's name as the endpoint knows it, at most 200 characters.
    pub model: String,
    /// Sent as `Authorization: Bearer …`, to this origin only.
    pub key: Option<Secret>,
    /// Its share of the kernel's own score, per mille, 1–900; the rest is the index's.
    pub share: u16,
    /// What is put before a need's text; e5 wants `query: `.
    pub query_prefix: String,
    /// What is put before an achievement's text; e5 wants `passage: `.
    pub passage_prefix: String,
    /// True if the endpoint is told `input_type`, `query` or `passage`, as some servers want it
    /// instead of prefixes.
    pub input_type: bool,
    /// True if the endpoint may stand on this machine itself. Closed by default, as everything is
    /// that is not plainly public.
    pub loopback: bool,
}

impl EmbeddingOptions {
    /// An endpoint with e5's prefixes, the default share, no key, and this machine closed.
    #[must_use]
    pub fn new(url: &str, model: &str) -> Self {
        Self {
            url: url.to_owned(),
            model: model.to_owned(),
            key: None,
            share: EMBEDDING_SHARE_DEFAULT,
            query_prefix: "query: ".to_owned(),
            passage_prefix: "passage: ".to_owned(),
            input_type: false,
            loopback: false,
        }
    }

    /// The grant for its one origin, and whether that is this machine.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong and what would be right.
    pub(super) fn grant(&self) -> Result<(Grant, bool)> {
        let invalid = |zh: String, en: String| Error::invalid("embedding", zh, en);
        let url = Url::parse(&self.url).map_err(|error| {
            invalid(format!("向量服务地址无法识别：{error}"), format!("the URL is none: {error}"))
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid(
                "向量服务地址中不能带用户名或密码，请使用密钥文件".to_owned(),
                "the URL has no user or password; give a key file".to_owned(),
            ));
        }
        let here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if here && !self.loopback {
            return Err(invalid(
                "向量服务在本机，需显式允许：--embedding-allow-loopback".to_owned(),
                "the endpoint is on this machine; --embedding-allow-loopback lets it be asked"
                    .to_owned(),
            ));
        }
        if !(url.scheme() == "https" || url.scheme() == "http" && here) {
            return Err(invalid(
                "向量服务须使用 https；只有本机可用 http".to_owned(),
                "the endpoint is asked over https; http only on this machine".to_owned(),
            ));
        }
        self.check_names()?;
        let origin = GrantedOrigin {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase(),
            port: url.port_or_known_default().unwrap_or(443),
            terms: HostTerms {
                methods: ["POST".to_owned()].into(),
                per_minute: u16::MAX,
                body_kib: u16::try_from(HTTP_BODY_BYTES_MAX >> 10).unwrap_or(u16::MAX),
            },
            secrets: self.key.iter().map(SecretHeader::bearer).collect(),
        };
        let holder = "kernel/embedding".to_owned();
        // A name that stands for a distant machine must not lead here, whatever was allowed.
        let grant = Grant { origins: vec![origin], loopback: here, holder, ..Grant::default() };
        Ok((grant, here))
    }

    fn check_names(&self) -> Result<()> {
        let invalid = |zh: String, en: String| Error::invalid("embedding", zh, en);
        if !(1..=EMBEDDING_SHARE_MAX).contains(&self.share) {
            return Err(invalid(
                format!("份额应为1–{EMBEDDING_SHARE_MAX}‰，现为{}", self.share),
                format!("the share is 1–{EMBEDDING_SHARE_MAX} per mille, not {}", self.share),
            ));
        }
        let chars = |text: &str| text.chars().count();
        let longest = [&self.model, &self.query_prefix, &self.passage_prefix]
            .into_iter()
            .map(|text| chars(text))
            .max();
        if self.model.is_empty() || longest > Some(EMBEDDING_NAME_CHARS_MAX) {
            return Err(invalid(
                format!("模型名和前缀最多{EMBEDDING_NAME_CHARS_MAX}字，模型名不能为空"),
                format!(
                    "a model's name and prefixes have at most {EMBEDDING_NAME_CHARS_MAX} characters, and a name has one"
                ),
            ));
        }
        Ok(())
    }
}
