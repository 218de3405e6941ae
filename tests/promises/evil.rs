//! Hostile plugins and the real program: all contained, no memory lost, nobody else disturbed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use taihu_model::{PluginKind, PluginName};
use taihu_service::rooms::sandbox::evil::{Expectation, Hostile, all};
use taihu_service::{pack, rooms::sandbox::evil};

use crate::program::{Server, last_json, run};

/// Row 6, in a process of its own that is measured. The bombs that take the compiler long are left
/// to `taihu evil` without `--quick`.
#[test]
fn hostile_components_are_contained_and_the_process_does_not_grow() {
    let seen = last_json(&run(&["evil", "--quick", "--json"]));
    let number = |key: &str| seen[key].as_u64().unwrap_or(u64::MAX);
    assert!(number("components") >= 100, "{seen}");
    assert_eq!(number("contained"), number("components"), "{seen}");
    assert!(number("growth_mib") <= 32, "{seen}");
    assert_eq!(number("bystander_failures"), 0, "{seen}");
    assert!(number("bystander_answers") >= number("components"), "{seen}");
}

/// CPU time of one compilation, and what a busy machine adds before it counts.
const COMPILE_CPU_MAX: Duration = Duration::from_secs(11);

/// Bombs that cost a test little: those that are refused by their shape, and the cheapest others.
fn bombs() -> Vec<Hostile> {
    let cheap = ["no_valid_body", "huge_br_table", "most_calls"];
    let bombs = all().into_iter().filter(|it| it.target == evil::Target::Compiler);
    bombs.filter(|it| it.want != Expectation::Compiler || cheap.contains(&it.name)).collect()
}

/// A bomb under a name of its own, so that it is no other version of the one before.
fn named(bomb: &Hostile) -> (PluginName, Vec<u8>) {
    let manifest = evil::manifest(bomb.name, PluginKind::Scorer).unwrap();
    let file = pack(&bomb.file().unwrap(), &manifest, &[]).unwrap();
    (manifest.name, file)
}

struct Client {
    base: String,
    token: String,
}

impl Client {
    fn new(server: &Server, data: &std::path::Path) -> Self {
        let token = std::fs::read_to_string(data.join("first-token.txt")).unwrap();
        Self { base: server.base.clone(), token: token.trim().to_owned() }
    }

    fn ask(&self, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/wasm")
            .body(body.to_vec())
            .unwrap();
        let mut response = agent.run(request).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// Row 8: bombs are uploaded while somebody reads.
#[test]
fn compiler_bombs_during_traffic_are_refused_or_compiled_and_nobody_waits() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_unsigned(dir.path());
    let client = Client::new(&server, dir.path());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let traffic = scope.spawn(|| {
            let (mut answers, mut errors) = (0, Vec::new());
            while !done.load(Ordering::Relaxed) {
                for path in ["/v1/achievements?limit=1", "/healthz", "/v1/tenants/city/plugins"] {
                    let (status, said) = client.ask("GET", path, b"");
                    answers += 1;
                    if status != 200 {
                        errors.push(format!("{path}: {status} {said}"));
                    }
                }
            }
            (answers, errors)
        });
        for bomb in bombs() {
            let (name, file) = named(&bomb);
            let before = server.children_cpu();
            let (status, said) = client.ask("POST", "/v1/tenants/city/plugins", &file);
            let cpu = server.children_cpu().saturating_sub(before);
            assert!(cpu <= COMPILE_CPU_MAX, "{name} took the compiler {cpu:?}");
            match status {
                200 => assert_eq!(said["installation"]["plugin"], name.as_str(), "{said}"),
                422 => {
                    assert_eq!(said["code"], "plugin_refused", "{name}: {said}");
                    let reason = said["faults"][0].to_string();
                    assert!(
                        reason.contains("上限") || reason.contains("无法编译"),
                        "{name}: {said}"
                    );
                }
                other => panic!("{name}: {other} {said}"),
            }
            let by_shape = matches!(bomb.want, Expectation::Door(_));
            assert!(!by_shape || (status == 422 && cpu.is_zero()), "{name} was compiled: {cpu:?}");
        }
        done.store(true, Ordering::Relaxed);
        let (answers, errors) = traffic.join().unwrap();
        assert!(errors.is_empty() && answers > 0, "{answers} answers; errors: {errors:#?}");
    });
    assert!(server.terminate(), "the server did not stop when it was asked to");
}

/// Row 15 on a real connection: the other end goes away in the middle of a file.
#[test]
fn an_upload_whose_sender_goes_away_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start_unsigned(dir.path());
    let client = Client::new(&server, dir.path());
    let file = evil::honest(PluginKind::Scorer).unwrap();
    let address = server.base.trim_start_matches("http://");
    for part in (0..20).map(|part| file.len() * part / 20) {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST /v1/tenants/city/plugins HTTP/1.1\r\nhost: {address}\r\n\
             authorization: Bearer {}\r\ncontent-type: application/wasm\r\ncontent-length: {}\r\n\r\n",
            client.token,
            file.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&file[..part]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        // Whatever it is told, if anything: that the upload was taken it is not.
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.starts_with("HTTP/1.1 2"), "cut at {part}: {answer}");
    }
    let plugins = |client: &Client| client.ask("GET", "/v1/tenants/city/plugins", b"").1;
    assert_eq!(plugins(&client)["plugins"].as_array().map(Vec::len), Some(0));
    for _ in 0..2 {
        assert_eq!(client.ask("POST", "/v1/tenants/city/plugins", &file).0, 200);
        assert_eq!(plugins(&client)["plugins"].as_array().map(Vec::len), Some(1));
    }
}
