//! `taihu serve`: what a power cut in the middle of an import leaves, and how it stops.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taihu_service::signatures::{Password, keygen, sign};

use crate::program::{Server, last_json, run, taihu};

const PAGES: usize = 40;
const PAGE_RECORDS: usize = 50;
/// How long a test waits for something before it says that it did not happen.
const WAIT: Duration = Duration::from_secs(120);

/// An OAI-PMH server of generated records, one page a request; counts what it is asked.
struct Feed {
    base: String,
    asked: Arc<AtomicUsize>,
}

impl Feed {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/oai", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || answer(stream));
            }
        });
        Self { base, asked }
    }
}

fn answer(mut stream: TcpStream) {
    let mut request = Vec::new();
    let mut buffer = [0; 2048];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
    let head = String::from_utf8_lossy(&request);
    let target = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let body = if target.contains("verb=Identify") {
        "<Identify><repositoryName>t</repositoryName><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>".to_owned()
    } else {
        let page =
            target.split("resumptionToken=p").nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
        list(page)
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2026-05-20T00:00:00Z</responseDate><request>{}</request>{body}</OAI-PMH>",
        "x"
    );
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn list(page: usize) -> String {
    let mut out = String::from("<ListRecords>");
    for n in page * PAGE_RECORDS..(page + 1) * PAGE_RECORDS {
        out.push_str(&format!(
            "<record><header><identifier>oai:test:{n}</identifier><datestamp>2026-05-01T00:00:00Z</datestamp></header><metadata><oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>第{n}号动力电池极片剥离与补锂修复技术</dc:title><dc:description>第{n}号成果面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成中试线，再生正极材料的比容量和循环寿命均达到动力级要求，综合成本降低三成以上。</dc:description><dc:publisher>东南大学</dc:publisher></oai_dc:dc></metadata></record>"
        ));
    }
    if page + 1 < PAGES {
        out.push_str(&format!("<resumptionToken>p{}</resumptionToken>", page + 1));
    }
    out.push_str("</ListRecords>");
    out
}

/// The connector, built once.
pub(crate) fn connector() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/oai-pmh");
        run(&["plugin", "build", dir.to_str().unwrap()]);
        let packed = std::fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "wasm"));
        std::fs::read(packed.max().expect("a packed plugin")).unwrap()
    })
}

pub(crate) struct Client {
    base: String,
    token: String,
}

impl Client {
    pub(crate) fn new(server: &Server, data: &Path) -> Self {
        let token =
            std::fs::read_to_string(data.join("first-token.txt")).unwrap().trim().to_owned();
        Self { base: server.base.clone(), token }
    }

    /// Installs a plugin as a city does: signed by a publisher whose key it knows, and granted by one
    /// person and a second.
    #[track_caller]
    pub(crate) fn install_signed(&self, name: &str, file: &[u8]) {
        let key = keygen(Password::None).unwrap();
        let publisher = json!({ "tenant": "city", "public_key": key.public, "name": "市科技局" });
        self.json("POST", "/v1/publishers", &publisher);
        let signature = sign(file, &key.secret, Password::None, "test").unwrap();
        let signature = taihu_model::to_base64(signature.as_bytes());
        let headers = [("content-type", "application/wasm"), ("taihu-signature", &signature)];
        self.send_with("POST", "/v1/tenants/city/plugins", &headers, file);
        let plugin = format!("/v1/tenants/city/plugins/{name}");
        self.json("PUT", &format!("{plugin}/grants"), &json!({ "all": true }));
        let second = json!({ "name": "副局长", "role": "city", "tenant": "city" });
        let secret =
            self.json("POST", "/v1/tokens", &second)["secret"].as_str().unwrap().to_owned();
        let second = Self { base: self.base.clone(), token: secret };
        second.json("POST", &format!("{plugin}/second"), &json!({}));
    }

    #[track_caller]
    pub(crate) fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Value {
        self.send_with(method, path, &[("content-type", kind)], body)
    }

    #[track_caller]
    fn send_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Value {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_vec()).unwrap();
        let mut response = agent.run(request).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        assert!(response.status().is_success(), "{method} {path}: {} {text}", response.status());
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    #[track_caller]
    pub(crate) fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        self.send(method, path, "application/json", body.to_string().as_bytes())
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.send("GET", path, "application/json", b"")
    }
}

/// Asks until something is so.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    while started.elapsed() < WAIT {
        if let Some(found) = look() {
            return found;
        }
        std::thread::yield_now();
    }
    panic!("{what} did not happen within {WAIT:?}");
}

#[test]
fn a_kill_in_the_middle_of_an_import_loses_nothing_and_the_import_goes_on() {
    let feed = Feed::start();
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(dir.path());
    let client = Client::new(&server, dir.path());
    client.install_signed("oai-pmh", connector());
    client.json("POST", "/v1/tenants/city/plugins/oai-pmh/enable", &json!({}));
    let source = json!({
        "name": "东南大学", "connector": "oai-pmh", "trust": "partner",
        "config": { "base_url": feed.base },
        "defaults": { "secrecy": "公开", "owner_declaration": "是" },
    });
    client.json("PUT", "/v1/tenants/city/sources/seu", &source);
    let run = client.json("POST", "/v1/tenants/city/sources/seu/runs", &json!({ "mode": "full" }));
    let id = run["run"]["id"].as_str().unwrap().to_owned();
    let look = |client: &Client| client.get(&format!("/v1/runs/{id}"))["run"].clone();
    let acknowledged = until("a fifth page", || {
        let counts = look(&client)["counts"].clone();
        (counts["pages"].as_u64() >= Some(5)).then(|| counts["new"].as_u64().unwrap())
    });
    server.kill();

    let server = Server::start(dir.path());
    let client = Client::new(&server, dir.path());
    let counts = look(&client)["counts"].clone();
    assert!(
        counts["new"].as_u64() >= Some(acknowledged),
        "{counts} after {acknowledged} were acknowledged"
    );
    let run = until("the end of the run", || {
        let run = look(&client);
        (run["status"] != "running").then_some(run)
    });
    assert_eq!(run["status"], "done", "{run}");
    let all = (PAGES * PAGE_RECORDS) as u64;
    assert_eq!(run["counts"]["new"].as_u64(), Some(all), "{run}");
    let found = until("the index to follow", || {
        let found = client.get("/v1/achievements?limit=1");
        (found["total"].as_u64() == Some(all)).then_some(found)
    });
    assert_eq!(found["achievements"].as_array().unwrap().len(), 1);
    assert!(client.get("/healthz")["status"].is_string());
    assert!(server.terminate(), "the server did not stop when it was asked to");
}

#[test]
fn a_source_is_read_by_name_at_a_server_and_here_and_a_kill_of_either_is_gone_on_from() {
    let feed = Feed::start();
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let server = Server::start(dir.path());
    let client = Client::new(&server, dir.path());
    client.install_signed("oai-pmh", connector());
    client.json("POST", "/v1/tenants/city/plugins/oai-pmh/enable", &json!({}));
    let source = json!({
        "name": "东南大学", "connector": "oai-pmh", "trust": "partner",
        "config": { "base_url": feed.base }, "schedule": { "changes": "30 3 * * *" },
        "defaults": { "secrecy": "公开", "owner_declaration": "是" },
    });
    client.json("PUT", "/v1/tenants/city/sources/seu", &source);
    // While the server has the data directory, the command line asks it.
    let at = ["--server", server.base.as_str(), "--data", data, "--json"];
    let sync = |args: &[&str]| last_json(&run(&[&["sync"], args].concat()));
    let done = sync(&[&["seu", "--full"], &at[..]].concat());
    let all = (PAGES * PAGE_RECORDS) as u64;
    assert_eq!((&done["status"], done["counts"]["new"].as_u64()), (&json!("done"), Some(all)));
    let health = sync(&at);
    assert_eq!(health["sources"][0]["runs"], 1, "{health}");
    assert!(health["sources"][0]["next_changes"].is_string(), "{health}");
    let wrong = taihu().args(["sync", "nobody"]).args(at).output().unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(server.terminate());

    // Without a server the same words work here; one that is killed goes on where it was.
    let here = ["--data", data, "--allow-loopback", "--json"];
    let asked = feed.asked.load(Ordering::SeqCst);
    let mut child = taihu().args(["sync", "seu", "--full"]).args(here).spawn().unwrap();
    until("a fifth page", || (feed.asked.load(Ordering::SeqCst) > asked + 6).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    let output = run(&[&["sync", "seu", "--full"], &here[..]].concat());
    let done = last_json(&output);
    assert_eq!(
        (&done["status"], done["counts"]["unchanged"].as_u64()),
        (&json!("done"), Some(all))
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("继续上次中断的导入"), "{said}");

    let table = dir.path().join("报告.csv");
    let id = done["id"].as_str().unwrap();
    run(&["source", "report", id, "--csv", table.to_str().unwrap(), "--data", data]);
    assert!(std::fs::read_to_string(table).unwrap().starts_with('\u{feff}'));
    let record = run(&["source", "record", "seu", "oai:test:3", "--data", data]);
    let said = String::from_utf8_lossy(&record.stdout).into_owned();
    for word in ["dc:title → title", "采用", "默认值", "sha256", "<dc:title>"] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    let listed = run(&["sync", "--data", data]);
    let said = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(said.contains("东南大学") && said.contains("下次增量"), "{said}");
}
