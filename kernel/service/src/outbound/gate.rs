//! The real network: resolve → check every address → connect to the checked address → the same
//! again for each redirect.

use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822;
use taihu_model::Text;
use taihu_model::contract::Header;
use ureq::Timeout;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use url::{Host, Url};

use super::{
    Grant, GrantedOrigin, HttpReply, HttpRequest, Outbound, OutboundError, SecretHeader,
    closed_reason,
};
use crate::limits::{HTTP_RETRIES_MAX, HTTP_WAIT_MS_MAX, REDIRECTS_MAX, RETRY_AFTER_S_MAX};

/// The network, behind the checks of this module.
#[derive(Debug, Default)]
pub struct Gate;

/// Headers that are the kernel's own business.
pub(crate) const KERNEL_HEADERS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "authorization",
    "cookie",
    "proxy-authorization",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "accept-encoding",
];

impl Outbound for Gate {
    fn fetch(&self, grant: &Grant, request: &HttpRequest) -> Result<HttpReply, OutboundError> {
        fetch_by(&resolve, grant, request)
    }
}

/// Finds every address of a host.
pub(super) type Names = dyn Fn(&Url, Duration) -> Result<Vec<SocketAddr>, ureq::Error>;

/// Performs a request, with names found by `names`: once for each hop, and what was found is both
/// what is checked and what is connected to.
pub(super) fn fetch_by(
    names: &Names,
    grant: &Grant,
    request: &HttpRequest,
) -> Result<HttpReply, OutboundError> {
    let (mut url, mut origin) = grant.check(&request.method, &request.url)?;
    let mut retries = 0;
    let mut redirects = 0;
    // Who was led elsewhere is not to be trusted with secrets any more, also where it is led back.
    let mut secrets: &[SecretHeader] = &origin.secrets;
    let started = Instant::now();
    loop {
        let wait = match grant.patience {
            Some(patience) => patience.saturating_sub(started.elapsed()),
            None => Duration::from_millis(HTTP_WAIT_MS_MAX),
        };
        let reply = ask(names, grant, (origin, secrets), request, &url, wait)?;
        if let Some(wait) = retry_after(&reply).filter(|_| grant.patience.is_none()) {
            if retries == HTTP_RETRIES_MAX || wait > RETRY_AFTER_S_MAX {
                return Err(OutboundError::Later { text: later(&url, &reply, wait), wait_s: wait });
            }
            retries += 1;
            std::thread::sleep(Duration::from_secs(wait));
            continue;
        }
        let Some(target) = redirect(&reply, &url) else { return Ok(reply) };
        if redirects == REDIRECTS_MAX {
            return Err(OutboundError::failed(
                format!("{} 重定向超过{REDIRECTS_MAX}次", host(&url)),
                format!("{} redirects more than {REDIRECTS_MAX} times", host(&url)),
            ));
        }
        redirects += 1;
        let (to, at) = grant.check(&request.method, &target)?;
        if at != origin {
            secrets = &[];
        }
        (url, origin) = (to, at);
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("?")
}

fn retry_after(reply: &HttpReply) -> Option<u64> {
    if !matches!(reply.status, 429 | 503) {
        return None;
    }
    let said = |name: &str| {
        let header = reply.headers.iter().find(|header| header.name == name)?;
        Some(header.value.trim())
    };
    let after = said("retry-after")?;
    // Either seconds or a date (RFC 9110, 10.2.3); what a date is far from, the server's own clock says.
    after.parse().ok().or_else(|| {
        let (until, now) = (rfc2822::parse(after).ok()?, rfc2822::parse(said("date")?).ok()?);
        u64::try_from(until.timestamp().as_second() - now.timestamp().as_second()).ok()
    })
}

fn later(url: &Url, reply: &HttpReply, wait: u64) -> Text {
    let (host, status) = (host(url), reply.status);
    Text::new(
        format!("{host} 返回 {status}，要求{wait}秒后再试；届时将接着已存的页继续"),
        format!("{host} answered {status} and asks to wait {wait} s; the run goes on then"),
    )
}

fn redirect(reply: &HttpReply, from: &Url) -> Option<String> {
    if !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let header = reply.headers.iter().find(|header| header.name == "location")?;
    Some(from.join(&header.value).ok()?.to_string())
}

/// Resolves a host and checks every address it has; one closed address closes the host.
fn checked_addresses(
    names: &Names,
    grant: &Grant,
    url: &Url,
    wait: Duration,
) -> Result<Vec<SocketAddr>, OutboundError> {
    let port = url.port_or_known_default().unwrap_or(80);
    let addresses: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(v4)) => vec![(v4, port).into()],
        Some(Host::Ipv6(v6)) => vec![(v6, port).into()],
        Some(Host::Domain(name)) => names(url, wait).map_err(|error| {
            OutboundError::failed(
                format!("无法解析主机名 {name}：{error}"),
                format!("failed to resolve {name}: {error}"),
            )
        })?,
        None => Vec::new(),
    };
    if addresses.is_empty() {
        return Err(OutboundError::failed(
            format!("主机 {} 没有地址", host(url)),
            format!("{} has no address", host(url)),
        ));
    }
    for address in &addresses {
        if let Some(reason) = closed_reason(address.ip()) {
            if grant.loopback && is_loopback(address.ip()) {
                continue;
            }
            return Err(OutboundError::refused(
                format!("禁止访问内部地址：{} 指向 {}（{reason}）", host(url), address.ip()),
                format!("{} leads to the closed address {} ({reason})", host(url), address.ip()),
            ));
        }
    }
    Ok(addresses)
}

/// Every address of a name, found in time: the system's own resolver knows no deadline.
fn resolve(url: &Url, wait: Duration) -> Result<Vec<SocketAddr>, ureq::Error> {
    let uri: ureq::http::Uri = url.as_str().parse().map_err(|_| ureq::Error::HostNotFound)?;
    let timeout =
        NextTimeout { after: wait.into(), reason: Timeout::Resolve, ..NextTimeout::default() };
    let config = ureq::config::Config::default();
    let found = DefaultResolver::default().resolve(&uri, &config, timeout)?;
    Ok(found.iter().copied().collect())
}

fn is_loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

/// Answers with the addresses that were checked, whatever it is asked: what was checked is what is
/// connected to.
#[derive(Debug)]
struct Checked(Vec<SocketAddr>);

impl Resolver for Checked {
    fn resolve(
        &self,
        _uri: &ureq::http::Uri,
        _config: &ureq::config::Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        for address in &self.0 {
            found.push(*address);
        }
        Ok(found)
    }
}

/// Waits for the turn of a grant's holder at a host. This machine itself bears any pace.
fn wait_for_turn(
    grant: &Grant,
    origin: &GrantedOrigin,
    addresses: &[SocketAddr],
) -> Result<(), OutboundError> {
    let Some(pace) = &grant.pace else { return Ok(()) };
    if addresses.iter().all(|address| is_loopback(address.ip())) {
        return Ok(());
    }
    match pace.turn(&grant.holder, &origin.host, origin.terms.per_minute) {
        Ok(wait) => {
            std::thread::sleep(wait);
            Ok(())
        }
        Err(wait) => Err(OutboundError::failed(
            format!("访问 {} 排队过长（需等{}秒），请稍后再试", origin.host, wait.as_secs()),
            format!("the line at {} is {} s long; try again later", origin.host, wait.as_secs()),
        )),
    }
}

fn ask(
    names: &Names,
    grant: &Grant,
    (origin, secrets): (&GrantedOrigin, &[SecretHeader]),
    request: &HttpRequest,
    url: &Url,
    wait: Duration,
) -> Result<HttpReply, OutboundError> {
    let started = Instant::now();
    let addresses = checked_addresses(names, grant, url, wait)?;
    let left = wait.saturating_sub(started.elapsed()).max(Duration::from_millis(1));
    wait_for_turn(grant, origin, &addresses)?;
    let config = ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(left))
        .user_agent(concat!("taihu/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent = ureq::Agent::with_parts(config, DefaultConnector::default(), Checked(addresses));
    let failed = |error: &dyn std::fmt::Display| {
        OutboundError::failed(
            format!("访问 {} 失败：{error}", host(url)),
            format!("failed to ask {}: {error}", host(url)),
        )
    };
    let mut built =
        ureq::http::Request::builder().method(request.method.as_str()).uri(url.as_str());
    for header in &request.headers {
        let name = header.name.to_ascii_lowercase();
        let is_secret = secrets.iter().any(|secret| secret.name == name);
        if !is_secret && !KERNEL_HEADERS.contains(&name.as_str()) {
            built = built.header(&header.name, &header.value);
        }
    }
    for secret in secrets {
        built = built.header(&secret.name, secret.line.shown());
    }
    let built = built.body(request.body.clone()).map_err(|error| failed(&error))?;
    let response = agent.run(built).map_err(|error| failed(&error))?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .take(64)
        .filter_map(|(name, value)| {
            Some(Header { name: name.as_str().to_owned(), value: value.to_str().ok()?.to_owned() })
        })
        .collect();
    let mut body = Vec::new();
    let bytes_max = origin.body_bytes_max();
    let mut reader = response.into_body().into_reader().take(bytes_max + 1);
    reader.read_to_end(&mut body).map_err(|error| failed(&error))?;
    if body.len() as u64 > bytes_max {
        return Err(OutboundError::failed(
            format!("{} 的回应超过{bytes_max}字节，请减小每页记录数", host(url)),
            format!("{} answered more than {bytes_max} bytes; ask for smaller pages", host(url)),
        ));
    }
    let mut reply = HttpReply { status, url: url.to_string(), headers, body };
    let known = grant.origins.iter().flat_map(|origin| &origin.secrets);
    known.for_each(|secret| secret.hide(&mut reply));
    Ok(reply)
}
