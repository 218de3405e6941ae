//! Pages, health, metrics; and a real socket: that it serves, and how it ends.

use std::io::ErrorKind;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use super::town::Town;
use crate::http::{AppState, serve};

#[tokio::test]
async fn every_answer_has_the_headers_of_safety() {
    let town = Town::new();
    for (path, policy) in [
        ("/", "default-src 'none'; style-src 'self'"),
        ("/style.css", "default-src 'none'; style-src 'self'"),
        ("/search?q=%3Cscript%3E", "default-src 'none'; style-src 'self'; script-src 'self'"),
        ("/search.js", "default-src 'none'"),
        ("/v1/suggest?q=x", "default-src 'none'"),
        ("/openapi.json", "default-src 'none'"),
        ("/healthz", "default-src 'none'"),
        ("/metrics", "default-src 'none'"),
        ("/v1/tenants", "default-src 'none'"),
        ("/nothing", "default-src 'none'"),
    ] {
        let seen = town.ask("GET", path, None, None).await;
        assert_eq!(seen.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(seen.header("referrer-policy"), "no-referrer", "{path}");
        assert!(seen.header("content-security-policy").starts_with(policy), "{path}");
        let head = town.ask("HEAD", path, None, None).await;
        assert_eq!((head.status, head.text.as_str()), (seen.status, ""), "{path}");
    }
    let page = town.ask("GET", "/", None, None).await;
    assert!(
        page.text.contains("成果池")
            && !page.text.contains("<script")
            && !page.text.contains("<style")
    );
}

#[tokio::test]
async fn health_tells_the_lag_of_the_index() {
    let town = Town::new();
    let health = town.ask("GET", "/healthz", None, None).await.must(200);
    let part = |key: &str| health["index"][key].as_u64().unwrap();
    assert_eq!(health["status"], "ok");
    assert!(part("lag") > 0, "tokens were issued since the index last followed: {health}");
    assert_eq!(part("lag"), part("head") - part("cursor"));
    town.kernel().catch_up().unwrap();
    assert_eq!(town.ask("GET", "/healthz", None, None).await.must(200)["index"]["lag"], 0);
}

#[tokio::test]
async fn metrics_count_by_template_and_never_by_what_was_asked() {
    let town = Town::new();
    town.import("deqing");
    town.ask("GET", "/v1/pools/some-pool", None, None).await.must(404);
    town.ask("GET", "/secret-path?x=secret-query", None, None).await.must(404);
    town.ask("BREW", "/v1/pools", None, None).await.must(405);
    let seen = town.ask("GET", "/metrics", None, None).await;
    assert!(seen.header("content-type").starts_with("application/openmetrics-text"));
    for line in [
        "taihu_http_requests_total{method=\"GET\",route=\"/v1/pools/{pool}\",status=\"404\"} 1",
        "taihu_http_requests_total{method=\"GET\",route=\"nothing\",status=\"404\"} 1",
        "taihu_http_requests_total{method=\"other\",route=\"other_method\",status=\"405\"} 1",
        "taihu_achievements 3",
        "taihu_achievements_published 2",
        "taihu_index_lag 0",
    ] {
        assert!(seen.text.lines().any(|found| found == line), "{line} is not in\n{}", seen.text);
    }
    assert!(
        !seen.text.contains("secret")
            && !seen.text.contains("some-pool")
            && !seen.text.contains("BREW")
    );
    assert!(seen.text.ends_with("# EOF\n"));
}

pub(super) async fn write(stream: &TcpStream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        stream.writable().await.unwrap();
        match stream.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // It answered and closed before it had read all.
            Err(_) => return,
        }
    }
}

/// Reads until a connection is closed, or at least so many bytes have come.
pub(super) async fn read(stream: &TcpStream, enough: usize) -> String {
    let mut answer = Vec::new();
    let mut part = [0; 4_096];
    while answer.len() < enough {
        let readable = tokio::time::timeout(Duration::from_secs(10), stream.readable()).await;
        readable.expect("no answer comes").unwrap();
        match stream.try_read(&mut part) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Ends the follower of the log even if a test fails, so that the failure is seen.
pub(super) struct End(pub(super) AppState);

impl Drop for End {
    fn drop(&mut self) {
        self.0.closing().store(true, Ordering::Release);
    }
}

/// Sends bytes over a connection and reads until it is closed.
async fn talk(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let stream = TcpStream::connect(address).await.unwrap();
    write(&stream, bytes).await;
    read(&stream, usize::MAX).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_serves_until_it_is_told_to_end_and_then_ends_cleanly() {
    let town = Town::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let _end = End(town.state.clone());
    let (end, ended) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, town.state.clone(), async {
        let _ = ended.await;
    }));
    let close = "host: x\r\nconnection: close\r\n\r\n";
    let answer = talk(address, format!("GET /healthz HTTP/1.1\r\n{close}").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let large = format!("GET / HTTP/1.1\r\nx: {}\r\n{close}", "y".repeat(200_000));
    for (bytes, status) in [
        ("no http at all\r\n\r\n", "400"),
        ("GET / HTTP/9.9\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nbad header\r\n\r\n", "400"),
        (large.as_str(), "431"),
    ] {
        let answer = talk(address, bytes.as_bytes()).await;
        let head = answer.lines().next().unwrap_or_default();
        assert!(head.contains(status), "{:?}: {head:?}", &bytes[..bytes.len().min(40)]);
    }
    // The follower keeps the index up to the log by itself.
    let lag = format!("GET /healthz HTTP/1.1\r\n{close}");
    let mut followed = false;
    for _ in 0..200 {
        followed |= talk(address, lag.as_bytes()).await.contains("\"lag\":0");
        if followed {
            break;
        }
    }
    assert!(followed);

    let idle = TcpStream::connect(address).await.unwrap();
    write(&idle, b"GET /v1/tenants HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(read(&idle, 12).await.starts_with("HTTP/1.1 200"));
    end.send(()).unwrap();
    let done = tokio::time::timeout(Duration::from_secs(20), serving).await;
    done.expect("it ends although a connection is kept open").unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    let late = town.ask("GET", "/v1/tenants", None, None).await;
    assert_eq!((late.status.as_u16(), late.header("retry-after")), (429, "1"));
}
