//! Talking to a running server from the command line: over the kernel's own gate, so that a token is
//! sent to the granted origin only.

use std::path::{Path, PathBuf};

use serde_json::Value;
use taihu_model::contract::Header;
use taihu_model::{HostTerms, SourceSlug, TenantSlug};
use taihu_service::{
    Gate, Grant, GrantedOrigin, HttpReply, HttpRequest, Outbound as _, Secret, SecretHeader,
};

use super::import::read;
use super::{DataDir, Failure};

/// A running server, as commands take it.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ServerArgs {
    /// 通过正在运行的服务操作，如 http://127.0.0.1:8620 · asks a running server instead of a data directory
    #[arg(long, value_name = "URL")]
    pub(super) server: Option<String>,
    /// 存有令牌的文件；省略则用数据目录中的 first-token.txt · a file that holds a token
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    // A form writes blanks as plus signs, which a path takes for themselves.
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

impl ServerArgs {
    /// The server, if one is named.
    pub(super) fn open(&self, data: &DataDir) -> Result<Option<Remote>, Failure> {
        let Some(base) = &self.server else { return Ok(None) };
        let path = match &self.token_file {
            Some(path) => path.clone(),
            None => data.data.join("first-token.txt"),
        };
        Remote::new(base, &path).map(Some)
    }
}

/// A server, and who asks it.
pub(super) struct Remote {
    base: String,
    grant: Grant,
}

impl Remote {
    fn new(base: &str, token: &Path) -> Result<Self, Failure> {
        let text = String::from_utf8(read(token)?).unwrap_or_default();
        let bearer = Secret::new(&text).ok_or_else(|| {
            Failure::new(
                format!("{} 中没有可用的令牌", token.display()),
                format!("{} holds no token", token.display()),
            )
        })?;
        let bad = || {
            Failure::new(
                format!("“{base}”不是服务地址，应如 http://127.0.0.1:8620"),
                format!("{base:?} is no server's address, such as http://127.0.0.1:8620"),
            )
        };
        let base = base.trim_end_matches('/');
        let (scheme, rest) = base.split_once("://").ok_or_else(bad)?;
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| bad())?),
            _ => (rest, if scheme == "https" { 443 } else { 80 }),
        };
        let terms = HostTerms {
            methods: ["GET", "POST", "PUT", "DELETE"].map(ToOwned::to_owned).into(),
            per_minute: u16::MAX,
            // A report of a run comes in parts of some megabytes.
            body_kib: u16::MAX,
        };
        let mut grant = Grant::default();
        grant.origins.push(GrantedOrigin {
            scheme: scheme.to_owned(),
            host: host.to_ascii_lowercase(),
            port,
            terms,
            secrets: vec![SecretHeader::bearer(&bearer)],
        });
        grant.loopback = true;
        Ok(Self { base: base.to_owned(), grant })
    }

    /// A source that the token's holder may see: of the city's all, else of that tenant's.
    pub(super) fn source(&self, name: &SourceSlug, tenant: &TenantSlug) -> Result<Value, Failure> {
        let all = match self.ask("GET", "/v1/tenants/city/sources", None) {
            Ok(all) => all,
            // Who is not of the city sees the sources of its own tenant.
            Err(_) => self.ask("GET", &format!("/v1/tenants/{tenant}/sources"), None)?,
        };
        let mut sources = all["sources"].as_array().into_iter().flatten();
        let found = sources.find(|source| source["slug"] == name.as_str());
        found.cloned().ok_or_else(|| super::source::unknown(name))
    }

    /// Asks, and answers what came as JSON; null if it is none.
    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let reply = self.fetch(method, path, body)?;
        Ok(serde_json::from_slice(&reply.body).unwrap_or_default())
    }

    /// Asks, and answers what came.
    pub(super) fn fetch(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<HttpReply, Failure> {
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        let request = HttpRequest {
            method: method.to_owned(),
            url: format!("{}{path}", self.base),
            headers: vec![header("content-type", "application/json")],
            body: body.map(ToString::to_string).unwrap_or_default().into_bytes(),
        };
        let reply = Gate.fetch(&self.grant, &request).map_err(|error| {
            let text = error.text();
            Failure::new(&text.zh, &text.en)
        })?;
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let say = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let mut failure = Failure::new(say("detail"), say("detail_en"));
        if failure.zh.is_empty() {
            failure.zh = format!("服务返回 {}", reply.status);
        }
        failure.busy = reply.status == 429;
        Err(failure)
    }
}
