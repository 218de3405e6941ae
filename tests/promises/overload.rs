//! Too much at once, over HTTP: who finds no place is told when to come again, nobody else notices,
//! and afterwards all is as it was. How fast that goes is measured by `taihu bench overload`.
//!
//! Nothing here is timed. The scorer takes as much CPU time as it is told; callers call again and
//! again until what is promised was seen.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use taihu_model::LimitWish;
use taihu_service::{Role, pack, unpack};

use crate::ground::{Ground, scorer, version};
use crate::program::Server;

/// Callers of one tenant at once: more than the forty whose work may wait, of which the lane holds two
/// that run and eight.
const CALLERS: usize = 50;
/// Rounds of idle work for each of a dozen candidates: some 100 ms of CPU time, thirty times what a
/// call may take at full speed.
const ROUNDS: u64 = 6_000_000;

/// An answer.
#[derive(Debug)]
struct Seen {
    status: u16,
    kind: String,
    retry_after: Option<String>,
    body: Value,
}

struct Client<'a> {
    base: &'a str,
    token: String,
    agent: ureq::Agent,
}

impl<'a> Client<'a> {
    fn new(server: &'a Server, token: String) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Self { base: &server.base, token, agent }
    }

    /// Asks for a ranking in passing.
    fn rank(&self, tenant: &str, title: &str) -> Seen {
        let need = json!({
            "title": title, "problem": "退役磷酸铁锂电池的极片怎样再生", "enterprise": "长兴某电池有限公司",
        });
        let request =
            ureq::http::Request::post(format!("{}/v1/tenants/{tenant}/rankings", self.base))
                .header("authorization", format!("Bearer {}", self.token))
                .header("content-type", "application/json")
                .body(need.to_string())
                .unwrap();
        let mut response = self.agent.run(request).unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let (kind, retry_after) =
            (header("content-type").unwrap_or_default(), header("retry-after"));
        let text = response.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Seen { status: response.status().as_u16(), kind, retry_after, body }
    }

    /// A ranking that all scorers made: the order of achievements with their scores.
    #[track_caller]
    fn ranked(&self, tenant: &str, title: &str) -> Vec<(String, u64)> {
        whole(self.rank(tenant, title))
    }
}

#[track_caller]
fn whole(seen: Seen) -> Vec<(String, u64)> {
    assert_eq!(seen.status, 200, "{seen:?}");
    let ranking = &seen.body["ranking"];
    assert_eq!(
        (&ranking["degraded"], ranking["scorers"].as_array().unwrap().len()),
        (&json!(false), 1)
    );
    let ranked = ranking["ranked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["achievement"]["title"].to_string(), one["score"].as_u64().unwrap()));
    let ranked: Vec<_> = ranked.collect();
    assert!(!ranked.is_empty(), "{ranking}");
    ranked
}

/// What one who is refused is told.
#[track_caller]
fn refused(seen: &Seen) {
    assert_eq!((seen.status, seen.kind.as_str()), (429, "application/problem+json"), "{seen:?}");
    let seconds: u32 = seen.retry_after.as_deref().unwrap().parse().unwrap();
    assert!(seconds > 0, "{seen:?}");
    let part = |key: &str| seen.body[key].as_str().unwrap_or_default();
    assert_eq!((part("code"), part("blame"), part("title")), ("busy", "kernel", "系统繁忙"));
    assert_eq!((part("type"), seen.body["status"].as_u64()), ("urn:taihu:problem:busy", Some(429)));
    assert_eq!(part("detail"), format!("系统繁忙，请在{seconds}秒后重试"));
    assert_eq!(part("detail_en"), format!("busy; try again in {seconds} s"));
    assert!(!part("request_id").is_empty(), "{seen:?}");
}

#[test]
fn who_finds_no_place_is_told_when_to_come_again_and_nobody_else_notices() {
    let g = Ground::new();
    let told = json!({ "heavy_on": "费时", "rounds": ROUNDS, "favourite": "余能检测" });
    let (mut manifest, cases, component) = unpack(&version("steered-scorer", 1, told)).unwrap();
    manifest.limits = LimitWish { cpu_ms: Some(2_000), memory_mib: None };
    g.install(&pack(&component, &manifest, &cases).unwrap());
    g.enable(&scorer());
    let token = |role, tenant: &str| {
        g.kernel().issue_token(&g.caller, "测试", role, &tenant.parse().unwrap()).unwrap().1
    };
    let (city, anji) = (token(Role::City, "city"), token(Role::District, "anji"));
    let dir = g.close();
    let server = Server::start(dir.path());
    let (city, anji) = (Client::new(&server, city), Client::new(&server, anji));
    let before = (city.ranked("city", "费时的电池再生"), anji.ranked("anji", "电池再生"));

    let (over, sent_away) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let answers: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut answers = 0;
                    while !over.load(Ordering::SeqCst) {
                        let seen = city.rank("city", "费时的电池再生");
                        if seen.status == 200 {
                            assert_eq!(whole(seen), before.0);
                            answers += 1;
                        } else {
                            sent_away.lock().unwrap().push(seen);
                        }
                    }
                    answers
                })
            })
            .collect();
        let refusals = || sent_away.lock().unwrap().len();
        // A caller that fails ends; if all did, nobody would ever be refused.
        let going_on = || callers.iter().any(|caller| !caller.is_finished());
        while refusals() == 0 && going_on() {
            std::thread::yield_now();
        }
        // The bystander asks until others were refused before and after it was answered.
        for _ in 0..3 {
            let so_far = refusals();
            assert_eq!(anji.ranked("anji", "电池再生"), before.1);
            while refusals() == so_far && going_on() {
                std::thread::yield_now();
            }
        }
        over.store(true, Ordering::SeqCst);
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    let sent_away = sent_away.into_inner().unwrap();
    assert!(sent_away.len() > 3 && answers > 0, "{answers} answers, {} refusals", sent_away.len());
    sent_away.iter().for_each(refused);

    let after = (city.ranked("city", "费时的电池再生"), anji.ranked("anji", "电池再生"));
    assert_eq!(after, before);
    assert!(server.terminate(), "the server did not stop when it was asked to");
}
