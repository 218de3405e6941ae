//! The server of the rows: two pages of six records, or of seven, and whatever a script answers instead.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const SUMMARY: &str = "面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成年处理五百吨的中试线，再生正极材料的比容量和循环寿命均达到动力级要求，综合成本降低三成。";

/// What the server answers.
pub(super) enum Answer {
    /// A body within `OAI-PMH`, status 200.
    Oai(String),
    /// A whole body, status 200.
    Whole(Vec<u8>),
    /// A status with headers, and no body.
    Status(u16, &'static str),
    /// A head that promises a body, and nothing after.
    Slow,
    /// A body without an end.
    Endless,
}

pub(super) use Answer::{Endless, Oai, Slow, Status, Whole};

/// What it was asked.
pub(super) struct Asked {
    pub(super) verb: String,
    pub(super) token: String,
    pub(super) from: String,
    /// How often this very request came before.
    pub(super) before: usize,
}

pub(super) type Script = fn(&Asked, &str) -> Answer;

/// A server whose behaviour can be changed.
pub(super) struct Feed {
    pub(super) base: String,
    pub(super) script: Arc<Mutex<Script>>,
}

impl Feed {
    pub(super) fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/oai", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(before as Script));
        let current = Arc::clone(&script);
        std::thread::spawn(move || {
            let (mut seen, mut held) = (Vec::<String>::new(), Vec::new());
            for mut stream in listener.incoming().map_while(Result::ok) {
                let Some(target) = target(&mut stream) else { continue };
                let asked = Asked {
                    verb: argument(&target, "verb"),
                    token: argument(&target, "resumptionToken"),
                    from: argument(&target, "from"),
                    before: seen.iter().filter(|known| **known == target).count(),
                };
                seen.push(target);
                let script = *current.lock().unwrap();
                // A slow one keeps its connection, and others are answered meanwhile.
                held.extend(answer(stream, script(&asked, name)));
            }
        });
        Self { base, script }
    }
}

pub(super) fn target(stream: &mut TcpStream) -> Option<String> {
    let (mut request, mut buffer) = (Vec::new(), [0; 2048]);
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
    String::from_utf8_lossy(&request).split_whitespace().nth(1).map(ToOwned::to_owned)
}

pub(super) fn argument(target: &str, name: &str) -> String {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let found = query.split('&').find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_default().replace("%3A", ":")
}

pub(super) fn answer(mut stream: TcpStream, answer: Answer) -> Option<TcpStream> {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\n";
    let body = match answer {
        Oai(inner) => wrap(&inner).into_bytes(),
        Whole(body) => body,
        Status(status, headers) => {
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n"
            );
            return None;
        }
        Slow => {
            let _ = write!(stream, "{HEAD}content-length: 5000\r\n\r\n<OAI-PMH>");
            return Some(stream);
        }
        Endless => {
            let _ = write!(stream, "{HEAD}\r\n<OAI-PMH>");
            while stream.write_all(&[b' '; 65_536]).is_ok() {}
            return None;
        }
    };
    let _ = write!(stream, "{HEAD}content-length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(&body);
    None
}

pub(super) fn wrap(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">{inner}</OAI-PMH>"
    )
}

pub(super) fn title(name: &str, n: usize) -> String {
    format!("{name}第{n}号极片剥离与补锂修复技术")
}

pub(super) fn record(name: &str, n: usize, set: &str) -> String {
    let title = title(name, n);
    format!(
        "<record><header><identifier>oai:{name}:{n}</identifier><datestamp>2026-05-01T00:00:00Z</datestamp><setSpec>{set}</setSpec></header><metadata><dc><title>{title}</title><description>第{n}号成果{SUMMARY}</description><publisher>东南大学</publisher></dc></metadata></record>"
    )
}

pub(super) fn gone(name: &str, n: usize) -> String {
    format!(
        "<record><header status=\"deleted\"><identifier>oai:{name}:{n}</identifier><datestamp>2026-05-01T00:00:00Z</datestamp></header></record>"
    )
}

pub(super) fn records(name: &str, numbers: &[usize]) -> String {
    numbers.iter().map(|n| record(name, *n, "cg")).collect()
}

pub(super) fn list(name: &str, numbers: &[usize], end: &str) -> Answer {
    Oai(format!("<ListRecords>{}{end}</ListRecords>", records(name, numbers)))
}

pub(super) fn identify(granularity: &str) -> Answer {
    Oai(format!(
        "<Identify><granularity>{granularity}</granularity><deletedRecord>persistent</deletedRecord></Identify>"
    ))
}

/// The first page of a server with six records, or with seven.
pub(super) const SIX: &[usize] = &[0, 1, 2];
pub(super) const SEVEN: &[usize] = &[6, 0, 1, 2];
pub(super) const SECOND: &[usize] = &[3, 4, 5];
pub(super) const NEXT: &str = "<resumptionToken>t2</resumptionToken>";

/// Two pages, and an empty final token, as the standard asks.
pub(super) fn pages(asked: &Asked, name: &str, first: &[usize]) -> Answer {
    match (asked.verb.as_str(), asked.token.as_str()) {
        ("Identify", _) => identify("YYYY-MM-DDThh:mm:ssZ"),
        (_, "") if !asked.from.is_empty() => list(name, &[6], ""),
        (_, "") => list(name, first, NEXT),
        _ => list(name, SECOND, "<resumptionToken/>"),
    }
}

pub(super) fn before(asked: &Asked, name: &str) -> Answer {
    pages(asked, name, SIX)
}

pub(super) fn honest(asked: &Asked, name: &str) -> Answer {
    pages(asked, name, SEVEN)
}

/// Honest but for one page: the first, or the second.
pub(super) fn but_first(asked: &Asked, name: &str, page: impl Fn() -> Answer) -> Answer {
    let first = asked.verb == "ListRecords" && asked.token.is_empty();
    if first { page() } else { honest(asked, name) }
}

pub(super) fn but_second(asked: &Asked, name: &str, page: impl Fn() -> Answer) -> Answer {
    if asked.token.is_empty() { honest(asked, name) } else { page() }
}
