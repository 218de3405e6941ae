//! Nonsense from a seed, at every operation, by the one who may do everything: no answer is a fault
//! of ours, and each keeps to the OpenAPI document ([`Town::send`] holds it to that).

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use taihu_service::Role;

use super::doors::{Ground, body, operations};
use super::town::Town;

/// Requests to each operation.
const TRIES: usize = 24;

/// Parts of a path or a query, percent-encoded.
const PARTS: &[&str] = &[
    "",
    ".",
    "..",
    "%2F",
    "%00",
    "%FF",
    "%F0%9F%8C%8A",
    "0",
    "-1",
    "18446744073709551616",
    "1e9",
    "null",
    "true",
    "city",
    "deqing",
    "DEQING",
    "a-",
    "ach_01JSG0Z3M8QK5T7V9XA1B2C3D4",
    "need_7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "need_8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "run_",
    "%22%3Cscript%3E",
    "%E6%88%90%E6%9E%9C",
    "+",
    "published,published,",
    ",,,",
    "6e656564733a",
];

/// Names of query parameters, ours and not.
const NAMES: &[&str] = &[
    "q", "limit", "cursor", "state", "field", "stage", "tenant", "pool", "after", "weight", "x",
    "mode", "chain", "sort", "facets",
];

/// A small generator (xorshift64*), so that a seed is all that a failure needs.
pub(super) struct Dice(u64);

impl Dice {
    /// Dice of a seed; nought is as good as any.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    fn value(&mut self) -> Value {
        match self.roll(12) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!(u64::MAX),
            4 => json!(1.5e300),
            5 => json!(""),
            6 => json!("字".repeat(6_000)),
            7 => json!("\u{0}\u{feff}\u{202e}"),
            8 => json!([[[[{}]]]]),
            9 => json!({"": {"$ref": "#"}}),
            10 => json!(["a", "published", "triaged"]),
            _ => json!(self.pick(PARTS)),
        }
    }

    /// A right body with some nonsense in it, or nonsense.
    fn body(&mut self, right: Option<Value>, fields: &[String]) -> String {
        if self.roll(10) == 0 {
            return self.value().to_string();
        }
        let mut body = right.unwrap_or_else(|| json!({}));
        for field in fields {
            if self.roll(8) == 0 {
                body[field] = self.value();
            }
        }
        let text = body.to_string();
        let end = if self.roll(10) == 0 { text.len() / 2 } else { text.len() };
        text[..text.floor_char_boundary(end)].to_owned()
    }

    /// A right path with some nonsense in it.
    fn path(&mut self, right: &str, template: &str) -> String {
        let mut parts: Vec<_> = right.split('/').collect();
        for (part, named) in parts.iter_mut().zip(template.split('/')) {
            if named.starts_with('{') && self.roll(5) == 0 {
                *part = self.pick(PARTS);
            }
        }
        let mut path = parts.join("/");
        for _ in 0..self.roll(3) {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(&format!("{}={}", self.pick(NAMES), self.pick(PARTS)));
        }
        path
    }
}

/// The fields that the document gives the body of an operation.
fn fields(document: &Value, path: &str, method: &str) -> Vec<String> {
    let operation = &document["paths"][path][method.to_lowercase()];
    let schema = operation.pointer("/requestBody/content/application~1json/schema/$ref");
    let schema = schema.and_then(|at| document.pointer(at.as_str()?.trim_start_matches('#')));
    let named = schema.and_then(|schema| schema["properties"].as_object());
    let mut fields: Vec<_> = named.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    fields.push("nonsense".into());
    fields
}

#[tokio::test]
async fn nonsense_is_never_answered_with_a_fault_of_ours() {
    let town = Town::new();
    let ground = Ground::new(&town, "deqing").await;
    let document = town.ask("GET", "/openapi.json", None, None).await.must(200);
    let token = format!("Bearer {}", town.token(Role::City, "city"));
    let seed = 0x5441_4948_5532_3032;
    println!("seed {seed:#x}");
    let mut dice = Dice(seed);
    let mut statuses = BTreeSet::new();
    for one in operations(&document) {
        let fields = fields(&document, &one.path, &one.method);
        for _ in 0..TRIES {
            let kinds = ["application/json", "application/wasm", "text/x"];
            let kind = if dice.roll(6) == 0 { dice.pick(&kinds) } else { kinds[0] };
            let path = dice.path(&ground.fill(&one), &one.path);
            let body = dice.body(body(&one, &ground), &fields);
            let mut request = Request::builder().method(one.method.as_str()).uri(&path);
            request = request.header("authorization", &token).header("content-type", kind);
            if dice.roll(6) == 0 {
                request = request.header("idempotency-key", dice.pick(PARTS));
                request = request.header("taihu-config", dice.pick(PARTS));
            }
            println!("{} {path} {kind} {}", one.method, &body[..body.floor_char_boundary(200)]);
            let seen = town.send(request.body(Body::from(body)).unwrap()).await;
            assert!(seen.status.as_u16() < 500, "{}", seen.text);
            statuses.insert(seen.status.as_u16());
        }
    }
    // The nonsense comes past every check at the door: it is not all turned away by the first.
    for status in [200, 201, 204, 400, 404, 409, 415, 422] {
        assert!(statuses.contains(&status), "{status} is not among {statuses:?}");
    }
}
