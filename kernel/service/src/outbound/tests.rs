//! The gate against a world that does not mean well: addresses in every spelling, names that change
//! their answer, redirects inward, bodies and waits without end. No test leaves this machine.

mod spellings;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use taihu_model::HostTerms;
use url::Url;

use super::gate::{Names, fetch_by};
use super::{
    Grant, GrantedOrigin, HttpReply, HttpRequest, OutboundError, Secret, SecretHeader, origin_of,
};

/// A server on loopback that answers each request with the next of its replies, the last for ever, and
/// tells what it was asked.
struct Server {
    at: SocketAddr,
    asked: Receiver<String>,
}

impl Server {
    fn start(replies: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let (tell, asked) = channel();
        std::thread::spawn(move || {
            let mut replies = replies.into_iter().peekable();
            let mut last = String::new();
            for stream in listener.incoming().map_while(Result::ok) {
                last = replies.next().unwrap_or(last);
                let Some(request) = read(&stream) else { continue };
                let _ = tell.send(request);
                answer(stream, &last);
            }
        });
        Self { at, asked }
    }

    fn url(&self) -> String {
        format!("http://{}/oai", self.at)
    }
}

fn read(mut stream: &TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 2048];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
    Some(String::from_utf8_lossy(&request).into_owned())
}

/// What a server says, as text; two words of it have a meaning of their own.
fn answer(mut stream: TcpStream, reply: &str) {
    match reply {
        "silence" => {
            // Until the other side goes away.
            let _ = stream.read_to_end(&mut Vec::new());
        }
        "endless" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            while stream.write_all(&[b'x'; 8192]).is_ok() {}
        }
        reply => {
            let _ = stream.write_all(reply.as_bytes());
        }
    }
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// A grant for what some URLs name, as wide as it can be made.
fn grant(urls: &[&str]) -> Grant {
    let terms = HostTerms {
        methods: ["GET".to_owned(), "POST".to_owned()].into(),
        per_minute: 60,
        body_kib: 64,
    };
    let origins = urls.iter().filter_map(|url| {
        let (scheme, host, port) = origin_of(url)?;
        Some(GrantedOrigin { scheme, host, port, terms: terms.clone(), secrets: Vec::new() })
    });
    Grant { origins: origins.collect(), ..Grant::default() }
}

fn get(url: &str) -> HttpRequest {
    let (method, url) = ("GET".to_owned(), url.to_owned());
    HttpRequest { method, url, headers: Vec::new(), body: Vec::new() }
}

/// Names that all lead to some addresses; a wait stands for the network where none is to be asked.
fn names(to: &'static [&'static str]) -> Box<Names> {
    Box::new(move |url: &Url, _: Duration| {
        let port = url.port_or_known_default().unwrap_or(80);
        Ok(to.iter().map(|to| (to.parse::<std::net::IpAddr>().unwrap(), port).into()).collect())
    })
}

#[track_caller]
fn refused(names: &Names, grant: &Grant, url: &str) {
    match fetch_by(names, grant, &get(url)) {
        Err(OutboundError::Refused(_)) => {}
        other => panic!("{url:?} was not refused: {other:?}"),
    }
}

#[test]
fn no_spelling_of_a_closed_address_is_asked_even_where_it_was_granted() {
    let mut granted = 0;
    for spelling in spellings::CLOSED {
        let grant = grant(&[spelling]);
        granted += usize::from(!grant.origins.is_empty());
        refused(&names(&["127.0.0.1"]), &grant, spelling);
    }
    assert!(spellings::CLOSED.len() >= 60, "{}", spellings::CLOSED.len());
    assert!(granted >= 60, "most were granted, and refused for what they lead to: {granted}");
}

#[test]
fn no_spelling_of_a_closed_address_passes_for_the_granted_host() {
    let grant = grant(&["https://lib.seu.edu.cn/oai"]);
    for spelling in spellings::CLOSED {
        refused(&names(&["202.120.2.119"]), &grant, spelling);
    }
    for near in spellings::NEAR {
        refused(&names(&["202.120.2.119"]), &grant, near);
    }
}

#[test]
fn a_name_with_one_closed_address_is_closed() {
    let granted = grant(&["http://seu.edu.cn/"]);
    for to in [
        &["127.0.0.1"][..],
        &["202.120.2.119", "10.0.0.1"],
        &["202.120.2.119", "fd00::1"],
        &["::ffff:127.0.0.1"],
    ] {
        let to: &'static [&'static str] = Box::leak(to.to_vec().into_boxed_slice());
        refused(&names(to), &granted, "http://seu.edu.cn/");
    }
}

#[test]
fn what_was_checked_is_what_is_connected_to_however_the_name_changes() {
    let (good, evil) =
        (Server::start(vec![reply("200 OK", "", "good")]), Server::start(vec![String::new()]));
    let asked = Arc::new(AtomicUsize::new(0));
    let (first, later, counted) = (good.at, evil.at, Arc::clone(&asked));
    // A name that leads to the good server when it is checked, and elsewhere ever after.
    let names = move |_: &Url, _: Duration| {
        let nth = counted.fetch_add(1, Ordering::SeqCst);
        Ok(vec![if nth == 0 { first } else { later }])
    };
    let url = format!("http://seu.edu.cn:{}/oai", good.at.port());
    let grant = Grant { loopback: true, ..grant(&[&url]) };
    let reply = fetch_by(&names, &grant, &get(&url)).unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (200, &b"good"[..]));
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a name is asked for once for each hop");
    assert!(
        good.asked.try_recv().unwrap().contains(&format!("host: seu.edu.cn:{}", good.at.port()))
    );
    assert!(evil.asked.try_recv().is_err());
}

fn moved(to: &str) -> String {
    reply("302 Found", &format!("location: {to}\r\n"), "")
}

#[test]
fn a_redirect_is_checked_like_a_request_of_its_own() {
    for inward in [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "//192.168.1.1/",
        "http://[fd00:ec2::254]/",
        "http://elsewhere.cn/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "https://user:secret@127.0.0.1/",
    ] {
        let server = Server::start(vec![moved(inward)]);
        let granted = ["http://169.254.169.254/", "http://10.0.0.1/", "http://192.168.1.1/"];
        let mut urls = granted.to_vec();
        let own = server.url();
        urls.extend([own.as_str(), "http://[fd00:ec2::254]/", "https://127.0.0.1/"]);
        let grant = Grant { loopback: true, ..grant(&urls) };
        refused(&names(&["127.0.0.1"]), &grant, &own);
    }
}

#[track_caller]
fn ask(server: &Server) -> Result<HttpReply, OutboundError> {
    let grant = Grant { loopback: true, ..grant(&[&server.url()]) };
    fetch_by(&names(&["127.0.0.1"]), &grant, &get(&server.url()))
}

#[test]
fn redirects_come_to_an_end() {
    let failed = ask(&Server::start(vec![moved("/oai?again")]));
    assert!(matches!(failed, Err(OutboundError::Failed(_))), "{failed:?}");
    let found = ask(&Server::start(vec![moved("/oai?once"), reply("200 OK", "", "x")])).unwrap();
    assert!(found.url.ends_with("/oai?once"), "{}", found.url);
}

#[test]
fn a_server_that_is_busy_is_asked_again_when_it_says_so() {
    let wait = |after: &str| reply("503 Service Unavailable", after, "");
    let server = Server::start(vec![wait("retry-after: 0\r\n"), reply("200 OK", "", "there")]);
    assert_eq!(ask(&server).unwrap().body, b"there");
    assert_eq!(server.asked.iter().take(2).count(), 2);
    // Longer than a request waits: the run is interrupted for as long.
    for (headers, expected) in [
        ("retry-after: 600\r\n", 600),
        (
            "date: Wed, 20 May 2026 08:00:00 GMT\r\nretry-after: Wed, 20 May 2026 08:10:00 GMT\r\n",
            600,
        ),
        ("retry-after: 0\r\n", 0),
    ] {
        match ask(&Server::start(vec![wait(headers)])) {
            Err(OutboundError::Later { wait_s, .. }) => assert_eq!(wait_s, expected),
            other => panic!("{other:?}"),
        }
    }
    // Without a word of when, the connector decides.
    assert_eq!(ask(&Server::start(vec![wait("")])).unwrap().status, 503);
}

#[test]
fn a_body_without_end_and_a_server_without_an_answer_are_cut_off() {
    let started = std::time::Instant::now();
    let endless = ask(&Server::start(vec!["endless".into()]));
    assert!(matches!(endless, Err(OutboundError::Failed(_))), "{endless:?}");
    let server = Server::start(vec!["silence".into()]);
    let patience = Some(Duration::from_millis(200));
    let grant = Grant { loopback: true, patience, ..grant(&[&server.url()]) };
    let silent = fetch_by(&names(&["127.0.0.1"]), &grant, &get(&server.url()));
    assert!(matches!(silent, Err(OutboundError::Failed(_))), "{silent:?}");
    assert!(started.elapsed() < Duration::from_secs(8));
    let large = ask(&Server::start(vec![reply("200 OK", "", &"x".repeat((64 << 10) + 1))]));
    assert!(matches!(large, Err(OutboundError::Failed(_))), "{large:?}");
    let fits = ask(&Server::start(vec![reply("200 OK", "", &"x".repeat(64 << 10))])).unwrap();
    assert_eq!(fits.body.len(), 64 << 10);
}

#[test]
fn a_secret_goes_to_its_own_origin_and_nowhere_else() {
    let other = Server::start(vec![reply("200 OK", "", "")]);
    let own = Server::start(vec![moved(&other.url())]);
    let mut grant = Grant { loopback: true, ..grant(&[&own.url(), &other.url()]) };
    grant.origins[0].secrets.push(SecretHeader::bearer(&Secret::new("sesame").unwrap()));
    let mut request = get(&own.url());
    // What a connector says of itself in the kernel's headers is not sent.
    let header = |name: &str| super::Header { name: name.into(), value: "forged".into() };
    request.headers = ["authorization", "Cookie", "host", "x-own"].map(header).into();
    fetch_by(&names(&["127.0.0.1"]), &grant, &request).unwrap();
    let (at_own, at_other) = (own.asked.recv().unwrap(), other.asked.recv().unwrap());
    assert!(at_own.contains("authorization: Bearer sesame"), "{at_own}");
    assert!(!at_other.contains("sesame"), "{at_other}");
    for seen in [at_own, at_other] {
        assert_eq!(seen.matches("forged").count(), 1, "{seen}");
        assert!(seen.contains("x-own: forged"), "{seen}");
    }
    assert!(!format!("{grant:?}").contains("sesame"));
}

#[test]
fn only_granted_methods_schemes_and_ports_are_asked() {
    let granted = grant(&["http://seu.edu.cn:8080/"]);
    let names = names(&["127.0.0.1"]);
    for url in ["https://seu.edu.cn:8080/", "http://seu.edu.cn/", "http://seu.edu.cn:8081/"] {
        refused(&names, &granted, url);
    }
    for method in ["DELETE", "get", "CONNECT", "GET / HTTP/1.1\r\nx: y"] {
        let request = HttpRequest { method: method.into(), ..get("http://seu.edu.cn:8080/") };
        let found = fetch_by(&names, &granted, &request);
        assert!(matches!(found, Err(OutboundError::Refused(_))), "{method:?}: {found:?}");
    }
}
