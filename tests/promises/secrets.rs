//! Secrets of sources go to the granted origin and nowhere else: not to a plugin, not into what it
//! hands on, not into the store, its log, a capsule, an error or anything that is printed. And a run
//! has an end, whatever its source does.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use taihu_model::{GrantRequest, PluginName, RunStatus, Source, SourceSlug};
use taihu_service::{
    Caller, Home, InstallOptions, ManualClock, Progress, Role, RunMode, Secret, SecretForm,
    SecretTerms, replay_capsule,
};

use crate::ground::{Ground, guest};
use crate::program::{fails, run, taihu};

const SECRET: &str = "open+sesame/4711";

/// A server on loopback. It answers by what `reply` makes of the head of a request.
struct Server {
    at: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(reply: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (mut request, mut buffer) = (Vec::new(), [0; 2048]);
                while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                    match stream.read(&mut buffer) {
                        Ok(0) | Err(_) => break,
                        Ok(count) => request.extend_from_slice(&buffer[..count]),
                    }
                }
                let head = String::from_utf8_lossy(&request).into_owned();
                let answer = reply(&head);
                seen.lock().unwrap().push(head);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { at, heads }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.at)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// A home whose only source is asked at a server.
struct School {
    home: Home,
    caller: Caller,
    clock: Arc<ManualClock>,
    dir: tempfile::TempDir,
}

impl School {
    fn new(base_url: &str, other_url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let home = Ground::open(dir.path(), &clock);
        let (kernel, city) = (&home.kernel, home.kernel.city().clone());
        let caller = Caller::console(city.clone());
        let file = guest("steered-asker");
        let signature = crate::signing::sign(kernel, &file);
        let options = InstallOptions { signature, ..InstallOptions::default() };
        kernel.install(&caller, &city, &file, options).unwrap();
        let all = GrantRequest { all: true, ..GrantRequest::default() };
        kernel.grant_plugin(&caller, &city, &asker(), &all).unwrap();
        let (_, token) = kernel.issue_token(&caller, "第二人", Role::City, &city).unwrap();
        let second = kernel.authenticate(&token).unwrap();
        kernel.second_grant(&second, &city, &asker()).unwrap();
        kernel.enable(&caller, &city, &asker()).unwrap();
        let school = Self { home, caller, clock, dir };
        school.point_to(base_url, other_url);
        school
    }

    /// Has the source ask another URL.
    fn point_to(&self, base_url: &str, other_url: &str) {
        let source = json!({
            "slug": "seu", "name": "东南大学", "tenant": "city", "connector": "steered-asker",
            "trust": "partner", "config": { "base_url": base_url, "other_url": other_url },
        });
        let source: Source = serde_json::from_value(source).unwrap();
        self.home.kernel.put_source(&self.caller, source).unwrap();
    }

    fn put(&self, origin: &str, header: &str, form: SecretForm, value: &str) -> Result<(), String> {
        let (origin, header) = (origin.to_owned(), header.to_owned());
        let terms = SecretTerms { origin, header, form };
        let secret = (&terms, &Secret::new(value).unwrap());
        let kernel = &self.home.kernel;
        let kept = kernel.put_secret(&self.caller, kernel.city(), &seu(), "token", secret);
        kept.map(drop).map_err(|error| error.code().to_owned())
    }

    /// Reads the source whole; answers with how the run ended, or what the error says.
    fn read(&self) -> Result<RunStatus, String> {
        self.clock.advance_ms(60_000);
        let kernel = &self.home.kernel;
        let started = kernel.start_run(&self.caller, &seu(), RunMode::Full).unwrap();
        let run = kernel.drive_run(&self.caller, started.id, &mut |_| {});
        run.map(|run| run.status).map_err(|error| format!("{error:?} {error} {}", error.zh()))
    }
}

fn asker() -> PluginName {
    "steered-asker".parse().unwrap()
}

fn seu() -> SourceSlug {
    "seu".parse().unwrap()
}

/// Every spelling of the secret that something could be left in.
fn spellings() -> Vec<String> {
    let plain = [SECRET.to_owned(), format!("seu:{SECRET}")];
    let encoded = plain.iter().map(|text| taihu_model::to_base64(text.as_bytes()));
    let mut all: Vec<String> = encoded.chain(plain.clone()).collect();
    all.extend(["open%2Bsesame%2F4711".to_owned(), "open+sesame\\/4711".to_owned()]);
    all
}

#[track_caller]
fn free_of_it(place: &str, bytes: &[u8]) {
    for word in spellings() {
        let found = bytes.windows(word.len()).position(|window| window == word.as_bytes());
        let around = found.map(|at| {
            let from = at.saturating_sub(200);
            String::from_utf8_lossy(&bytes[from..(at + 60).min(bytes.len())]).into_owned()
        });
        assert!(around.is_none(), "{place} has {word}: {}", around.unwrap_or_default());
    }
}

/// Every file under a folder.
fn files(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Walks all that a kernel keeps and shows; answers with how many capsules there were.
fn walk(school: &School) -> usize {
    let (kernel, city) = (&school.home.kernel, school.home.kernel.city().clone());
    let store = kernel.store();
    for space in store.spaces().unwrap() {
        for (key, record) in store.snapshot().unwrap().range(&space, "", None, 100_000).unwrap() {
            free_of_it(&key.0, key.0.as_bytes());
            free_of_it(&key.0, &record.value);
        }
        let log = store.log(&space, 0, 10_000).unwrap();
        free_of_it("the log", format!("{log:?}").as_bytes());
    }
    for run in kernel.runs(&school.caller, &city).unwrap() {
        free_of_it("a run", format!("{run:?}").as_bytes());
    }
    let (records, _) = kernel.record_ids(&school.caller, &city, &seu(), None, 100).unwrap();
    for (id, _) in records {
        let mapped = kernel.mapped_record(&school.caller, &city, &seu(), &id).unwrap();
        free_of_it("a record", format!("{mapped:?}").as_bytes());
    }
    let capsules = kernel.capsules(&school.caller, &city, &asker()).unwrap();
    for kept in &capsules {
        let file = kernel.capsule(&school.caller, &city, &asker(), kept.id).unwrap();
        let path = school.dir.path().join("capsule.bin");
        std::fs::write(&path, &file).unwrap();
        let unpressed = std::process::Command::new("gzip").arg("-dc").arg(&path).output().unwrap();
        assert!(unpressed.stdout.len() > 100, "the capsule was unpressed");
        free_of_it("a capsule", &unpressed.stdout);
        free_of_it("a replay", format!("{:?}", replay_capsule(&file).unwrap()).as_bytes());
        std::fs::remove_file(path).unwrap();
    }
    let mut all = Vec::new();
    files(school.dir.path(), &mut all);
    for path in all.iter().filter(|path| !path.starts_with(school.dir.path().join("secrets"))) {
        free_of_it(&path.display().to_string(), &std::fs::read(path).unwrap());
    }
    capsules.len()
}

/// What a header is for a form.
fn line(form: SecretForm) -> String {
    match form {
        SecretForm::Bearer => format!("Bearer {SECRET}"),
        SecretForm::Plain => SECRET.to_owned(),
        SecretForm::Basic => {
            format!("Basic {}", taihu_model::to_base64(format!("seu:{SECRET}").as_bytes()))
        }
    }
}

/// A server that lets in who shows the secret, and shows all of it to everybody in every way it can:
/// in its pages, in its errors, in what makes the plugin panic, in where it redirects to.
fn tell_tale(header: &'static str, form: SecretForm) -> Server {
    Server::start(move |head| {
        let wanted = format!("{header}: {}", line(form));
        let all = format!(
            "{} {SECRET} open%2Bsesame%2F4711 open+sesame\\/4711 {}",
            line(form),
            head.replace("\r\n", " ")
        );
        let headers = format!("x-seen: {all}\r\n");
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path {
            _ if !head.contains(&wanted) => answer("401 Unauthorized", "", "who are you"),
            "/pages" => answer("200 OK", &headers, &format!("the last page {all}")),
            "/error" => answer("403 Forbidden", &headers, &all),
            "/panic" => answer("200 OK", &headers, &format!("panic {all}")),
            _ => {
                let away =
                    format!("location: http://127.0.0.1:9/{SECRET}?k=open%2Bsesame%2F4711\r\n");
                answer("302 Found", &away, &all)
            }
        }
    })
}

#[track_caller]
fn check(header: &'static str, form: SecretForm, value: &str) {
    let server = tell_tale(header, form);
    let origin = server.origin();
    let school = School::new(&format!("{origin}/pages"), "");
    free_of_it("the error without it", school.read().unwrap_err().as_bytes());
    school.put(&origin, header, form, value).unwrap();
    assert_eq!(school.read(), Ok(RunStatus::Done), "{form:?}");
    for path in ["error", "panic", "away"] {
        school.point_to(&format!("{origin}/{path}"), "");
        let error = school.read().unwrap_err();
        free_of_it(path, error.as_bytes());
        assert_eq!(error.contains("***"), path != "panic", "{path}: {error}");
    }
    let shown = server.heads().iter().filter(|head| head.contains(&line(form))).count();
    assert_eq!(shown, 4, "the server was shown it with every request but the first");
    assert!(walk(&school) > 0, "there was a capsule of the panic to be looked into");
    let log = school.home.kernel.log(&school.caller, school.home.kernel.city(), 0, 200).unwrap();
    let put = log.iter().find(|entry| entry.audit.action == "source.secret.put").unwrap();
    assert_eq!(put.audit.subject, "seu/token");
    assert_eq!(put.audit.reason, format!("{origin} {header} ({})", form.as_str()));
}

#[test]
fn a_secret_is_seen_by_its_server_and_nowhere_else() {
    check("authorization", SecretForm::Bearer, SECRET);
    check("authorization", SecretForm::Basic, &format!("seu:{SECRET}"));
    check("x-api-key", SecretForm::Plain, SECRET);
}

#[test]
fn a_secret_is_not_carried_to_another_origin_by_a_redirect_nor_back_from_it() {
    let own_at = Arc::new(Mutex::new(String::new()));
    let back = Arc::clone(&own_at);
    let other = Server::start(move |_| {
        answer("302 Found", &format!("location: {}/back\r\n", back.lock().unwrap()), "")
    });
    let away = other.origin();
    let own = Server::start(move |head| match head.contains("/back") {
        true => answer("200 OK", "", "the last page"),
        false => answer("302 Found", &format!("location: {away}/\r\n"), ""),
    });
    *own_at.lock().unwrap() = own.origin();
    let school = School::new(&format!("{}/start", own.origin()), &other.origin());
    school.put(&own.origin(), "x-api-key", SecretForm::Plain, SECRET).unwrap();
    assert_eq!(school.read(), Ok(RunStatus::Done));
    let has = |server: &Server| -> Vec<bool> {
        server.heads().iter().map(|head| head.contains(SECRET)).collect()
    };
    assert_eq!((has(&own), has(&other)), (vec![true, false], vec![false]));
}

#[test]
fn a_secret_is_for_one_origin_https_unless_here_and_of_a_length() {
    let school = School::new("http://127.0.0.1:9/", "");
    let put = |origin: &str, header: &str, form, value: &str| {
        school.put(origin, header, form, value).err().unwrap_or_default()
    };
    use SecretForm::{Basic, Bearer, Plain};
    for (origin, header, form, value, want) in [
        ("https://api.seu.edu.cn", "Authorization", Bearer, SECRET, ""),
        ("https://api.seu.edu.cn:8443/", "x-api-key", Plain, SECRET, ""),
        ("http://127.0.0.1:9", "x-api-key", Plain, SECRET, ""),
        ("http://api.seu.edu.cn", "authorization", Bearer, SECRET, "invalid"),
        ("https://api.seu.edu.cn/v1", "authorization", Bearer, SECRET, "invalid"),
        ("https://a@api.seu.edu.cn", "authorization", Bearer, SECRET, "invalid"),
        ("ftp://api.seu.edu.cn", "authorization", Bearer, SECRET, "invalid"),
        ("", "authorization", Bearer, SECRET, "invalid"),
        ("https://api.seu.edu.cn", "cookie", Plain, SECRET, "invalid"),
        ("https://api.seu.edu.cn", "host", Plain, SECRET, "invalid"),
        ("https://api.seu.edu.cn", "x api", Plain, SECRET, "invalid"),
        ("https://api.seu.edu.cn", "x-api-key", Basic, "seu:open-sesame", "invalid"),
        ("https://api.seu.edu.cn", "authorization", Basic, "open-sesame", "invalid"),
        ("https://api.seu.edu.cn", "authorization", Basic, "school-of-it:short", "invalid"),
        ("https://api.seu.edu.cn", "authorization", Bearer, "short", "invalid"),
    ] {
        assert_eq!(put(origin, header, form, value), want, "{origin} {header} {form:?}");
    }
}

#[test]
fn a_secret_comes_from_a_file_or_standard_input_and_what_is_printed_is_free_of_it() {
    let server = tell_tale("authorization", SecretForm::Bearer);
    let school = School::new(&format!("{}/pages", server.origin()), "");
    let School { home, dir, .. } = school;
    drop(home);
    let file = dir.path().join("key.txt");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let (data, origin) = (dir.path().to_str().unwrap(), server.origin());
    let tail = ["--data", data];
    let put = ["source", "secret", "seu", "--host", &origin, "--allow-loopback", "--file"];
    let put = [&put[..], &[file.to_str().unwrap()], &tail].concat();
    free_of_it("what putting prints", &run(&put).stdout);
    std::fs::remove_file(&file).unwrap();
    let kept = dir.path().join("secrets/seu/token");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&kept), mode(kept.parent().unwrap())), (0o600, 0o700));
    assert_eq!(mode(&dir.path().join("secrets")), 0o700);
    assert!(std::fs::read_to_string(&kept).unwrap().contains(SECRET));

    let list = [&["source", "secret", "seu"][..], &tail].concat();
    let listed = String::from_utf8(run(&list).stdout).unwrap();
    assert!(listed.starts_with("token ") && listed.contains(&origin), "{listed}");
    free_of_it("the list", listed.as_bytes());
    let sync = [&["sync", "seu", "--full", "--allow-loopback"][..], &tail].concat();
    let output = taihu().args(&sync).env("TAIHU_LOG", "trace").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.len() > 1_000, "everything was logged");
    free_of_it("standard output", &output.stdout);
    free_of_it("standard error", &output.stderr);

    run(&[&["source", "secret", "seu", "--delete"][..], &tail].concat());
    assert!(!kept.exists());
    assert!(fails(&sync).contains("who are you"), "it is not sent any more");
    fails(&[&["source", "secret", "seu", "--delete"][..], &tail].concat());
}

/// A server of pages without end, each of which takes an hour.
fn endless(clock: &Arc<Mutex<Option<Arc<ManualClock>>>>) -> Server {
    let clock = Arc::clone(clock);
    Server::start(move |_| {
        if let Some(clock) = &*clock.lock().unwrap() {
            clock.advance_ms(3_600_000);
        }
        answer("200 OK", "", "one more page")
    })
}

#[test]
fn a_source_without_end_ends_in_a_run_that_says_so_also_after_a_kill() {
    let hands = Arc::new(Mutex::new(None));
    let server = endless(&hands);
    let mut school = School::new(&format!("{}/pages", server.origin()), "");
    *hands.lock().unwrap() = Some(Arc::clone(&school.clock));
    let run = school.home.kernel.start_run(&school.caller, &seu(), RunMode::Full).unwrap();
    let mut pages = 0;
    let killed = catch_unwind(AssertUnwindSafe(|| {
        school.home.kernel.drive_run(&school.caller, run.id, &mut |progress| {
            pages += usize::from(matches!(progress, Progress::Page(_)));
            assert!(pages < 5, "killed on purpose");
        })
    }));
    assert!(killed.is_err());
    let School { home, caller, clock, dir } = school;
    drop(home);
    school = School { home: Ground::open(dir.path(), &clock), caller, clock, dir };
    // What passed while nobody drove it takes nothing of its time.
    school.clock.advance_ms(100 * 3_600_000);
    let error = school.home.kernel.drive_run(&school.caller, run.id, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("ran for more than 12 hours"), "{error}");
    let ended = school.home.kernel.run(&school.caller, run.id).unwrap();
    assert_eq!((ended.status, ended.counts.pages, ended.complete), (RunStatus::Failed, 12, false));
    assert!(ended.error.unwrap().zh.starts_with("导入中断：已运行超过12小时"));
    assert_eq!(ended.vanished, None, "nothing is concluded from it");
    let text: Value = serde_json::to_value(ended.spent).unwrap();
    assert_eq!(text["ms"], 13 * 3_600_000);
}
