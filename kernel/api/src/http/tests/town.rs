//! A town for tests: a kernel in an empty directory, tokens for every role, and something to find.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use taihu_model::{Source, SourceSlug, TenantSlug, Trust};
use taihu_service::{
    Caller, Compiler, Gate, Home, HomeOptions, Kernel, ManualClock, Role, RunMode,
};
use tower::ServiceExt as _;

use crate::http::{AppState, router};

/// Contact data of every record: must never come out.
pub(super) const CONTACT: &str = "13900139000";

pub(super) struct Town {
    pub(super) state: AppState,
    pub(super) router: Router,
    /// Stands still unless a test moves it.
    pub(super) clock: Arc<ManualClock>,
    document: Value,
    /// By role and tenant.
    tokens: BTreeMap<(&'static str, String), String>,
    dir: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(super) fn must(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }
}

pub(super) fn slug(text: &str) -> TenantSlug {
    text.parse().unwrap()
}

impl Town {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:02:03Z".parse().unwrap()));
        let options = HomeOptions {
            clock: clock.clone(),
            outbound: Arc::new(Gate),
            compiler: Compiler::InProcess,
            loopback: false,
            allow_unsigned: false,
            embedding: None,
        };
        let home = Home::open(&dir.path().join("home"), options).unwrap();
        let kernel = Arc::clone(&home.kernel);
        let console = Caller::console(kernel.city().clone());
        let mut tokens = BTreeMap::new();
        for (role, tenant) in Self::people() {
            let (_, token) = kernel.issue_token(&console, role.zh(), role, &slug(tenant)).unwrap();
            tokens.insert((role.as_str(), tenant.to_owned()), token);
        }
        let state = AppState::new(kernel);
        let document = serde_json::from_slice(&state.openapi()).unwrap();
        Self { router: router(state.clone()), state, clock, document, tokens, dir }
    }

    /// Everybody who has a token.
    pub(super) fn people() -> Vec<(Role, &'static str)> {
        let mut people = vec![(Role::City, "city"), (Role::Auditor, "city")];
        for role in [Role::District, Role::Provider, Role::Enterprise, Role::Manager, Role::Auditor]
        {
            people.push((role, "deqing"));
        }
        people
    }

    /// The header `Taihu-Signature` of a file.
    pub(super) fn sign(&self, file: &[u8]) -> String {
        taihu_model::to_base64(self.signature(file).as_bytes())
    }

    /// The signature of a file, by a key that the city adds.
    pub(super) fn signature(&self, file: &[u8]) -> String {
        use taihu_service::signatures::{Password, keygen, sign};
        let key = keygen(Password::None).unwrap();
        let console = Caller::console(self.kernel().city().clone());
        self.kernel().add_publisher(&console, &slug("deqing"), &key.public, "测试").unwrap();
        sign(file, &key.secret, Password::None, "test").unwrap()
    }

    pub(super) fn kernel(&self) -> &Kernel {
        self.state.kernel()
    }

    /// The directory that it lives in.
    pub(super) fn path(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(super) fn token(&self, role: Role, tenant: &str) -> &str {
        &self.tokens[&(role.as_str(), tenant.to_owned())]
    }

    /// Sends a request, and holds the answer to the OpenAPI document.
    pub(super) async fn send(&self, request: Request<Body>) -> Seen {
        let (method, path) = (request.method().to_string(), request.uri().to_string());
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        // A workbook is no text.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let seen = Seen { status: parts.status, headers: parts.headers, text };
        let faults = super::shape::faults(&self.document, &method, &path, &seen);
        assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{}", seen.text);
        seen
    }

    /// Asks something as somebody, or as anybody.
    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        who: Option<(Role, &str)>,
        body: Option<Value>,
    ) -> Seen {
        let mut request = Request::builder().method(Method::try_from(method).unwrap()).uri(path);
        if let Some((role, tenant)) = who {
            request =
                request.header("authorization", format!("Bearer {}", self.token(role, tenant)));
        }
        let body = match body {
            None => Body::empty(),
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
        };
        self.send(request.body(body).unwrap()).await
    }

    /// Imports three achievements on a tenant's ground, of which the last lacks what publication
    /// wants; answers with their identifiers and the run's.
    pub(super) fn import(&self, tenant: &str) -> (Vec<String>, String) {
        let kernel = self.kernel();
        let console = Caller::console(kernel.city().clone());
        let source: SourceSlug = format!("{tenant}-lines").parse().unwrap();
        let config = json!({"id": "id", "fields": {
            "title": "title", "summary": "summary", "owner": "owner", "contact": "contact",
            "secrecy": {"constant": "公开"}, "owner_declaration": {"constant": "是"},
        }});
        let source = Source {
            slug: source,
            name: "测试来源".into(),
            tenant: slug(tenant),
            connector: taihu_service::LinesFeed::CONNECTOR.parse().unwrap(),
            config: config.as_object().unwrap().clone(),
            defaults: BTreeMap::new(),
            trust: Trust::PARTNER,
            schedule: Default::default(),
            withdraw_max: Default::default(),
            watermark: None,
        };
        let source = kernel.put_source(&console, source).unwrap();
        let lines: String = (0..4).map(|number| line(tenant, number)).collect();
        let run = kernel.start_run(&console, &source.slug, RunMode::Full).unwrap();
        let run = kernel.drive_lines(&console, run.id, lines.as_bytes(), &mut |_| {}).unwrap();
        kernel.catch_up().unwrap();
        let filter =
            taihu_service::Filter { tenants: vec![tenant.to_owned()], ..Default::default() };
        let mut found = kernel.find_achievements(&console, "", filter, 0, 10).unwrap().achievements;
        found.sort_by(|a, b| a.facts.title.cmp(&b.facts.title));
        assert_eq!(found.len(), 3, "{run:?}");
        (found.iter().map(|record| record.id.to_string()).collect(), run.id.to_string())
    }
}

/// Two records that are published at once, one with a short summary, and one without any.
fn line(tenant: &str, number: usize) -> String {
    let summary = "本成果针对锂离子动力电池热失控问题，提出基于多传感融合的早期预警方法，可提前十分钟识别\
                   内部短路，误报率低于千分之一，已在两条产线完成中试验证。";
    let chars = [usize::MAX, usize::MAX, 40, 0][number];
    let record = json!({
        "id": format!("{tenant}-{number}"),
        "title": format!("{tenant}电池热失控预警方法第{number}号"),
        "summary": summary.chars().take(chars).collect::<String>(),
        "owner": format!("{tenant}研究院"),
        "contact": CONTACT,
    });
    format!("{record}\n")
}

/// A need that can be submitted.
pub(super) fn need() -> Value {
    json!({
        "title": "动力电池热失控早期预警",
        "problem": "现有电池管理系统只能在温度超限后报警，需要提前五分钟以上识别热失控",
        "enterprise": "浙江某新能源有限公司",
    })
}
