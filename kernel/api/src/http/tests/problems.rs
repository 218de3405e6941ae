//! What is told when a request is wrong: one shape, the right status, words in two languages.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use http_body_util::BodyExt as _;
use serde_json::Value;
use taihu_service::Role;
use tower::ServiceExt as _;

use super::town::{Seen, Town};
use crate::http::{around, layers, limits};

const NEEDS: &str = "/v1/tenants/deqing/needs";
const PLUGINS: &str = "/v1/tenants/deqing/plugins";
const NEED: &str = r#"{"title":"t","problem":"电池热失控需要提前预警","enterprise":"某公司""#;

/// A request as the district's operator of 德清 would send it: method, path, headers, body.
fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

#[track_caller]
fn check(seen: &Seen, status: u16, code: &str, field: &str) -> Value {
    let problem = seen.json();
    assert_eq!(
        (seen.status.as_u16(), problem["code"].as_str()),
        (status, Some(code)),
        "{problem:#}"
    );
    assert_eq!(seen.header("content-type"), "application/problem+json");
    assert_eq!(problem["type"], format!("urn:taihu:problem:{code}"));
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"], seen.header("x-request-id"));
    for part in ["title", "detail", "detail_en", "blame"] {
        assert!(problem[part].as_str().is_some_and(|text| !text.is_empty()), "{part}: {problem:#}");
    }
    let found = problem["faults"][0]["field"].as_str().unwrap_or_default();
    assert_eq!(found, field, "{problem:#}");
    problem
}

#[tokio::test]
async fn whatever_is_wrong_is_named_in_one_shape() {
    let town = Town::new();
    let token = format!("Bearer {}", town.token(Role::District, "deqing"));
    let auth = ("authorization", token.as_str());
    let json = ("content-type", "application/json");
    let wasm = ("content-type", "application/wasm");
    let long = "x".repeat(limits::JSON_BYTES_MAX + 1);
    let huge = vec![0_u8; limits::PLUGIN_BYTES_MAX + 1];
    let key_129 = "k".repeat(129);
    let body = |rest: &str| format!("{NEED}{rest}}}");
    let cases: Vec<(Request<Body>, u16, &str, &str)> = vec![
        (request("GET", "/v1/nothing", &[], ""), 404, "route_not_found", ""),
        (request("GET", "/v1/needs", &[auth], ""), 404, "route_not_found", ""),
        (request("PATCH", "/v1/tokens", &[auth], ""), 405, "method_not_allowed", ""),
        (
            request("GET", "/v1/tokens", &[("authorization", "Bearer taihu_no")], ""),
            401,
            "unauthenticated",
            "",
        ),
        (
            request("GET", "/v1/pools", &[("authorization", "Basic dTpw")], ""),
            401,
            "unauthenticated",
            "",
        ),
        (
            request("GET", "/v1/pools", &[("authorization", "Bearer")], ""),
            401,
            "unauthenticated",
            "",
        ),
        (request("GET", "/v1/pools", &[auth, auth], ""), 401, "unauthenticated", ""),
        (request("GET", "/v1/achievements/ach_1", &[], ""), 400, "malformed", "path.achievement"),
        (request("GET", "/v1/achievements/%FF", &[], ""), 400, "malformed", "path"),
        (request("GET", "/v1/tenants/DEQING/needs", &[auth], ""), 400, "malformed", "path.tenant"),
        (request("GET", "/v1/achievements?limit=x", &[], ""), 400, "malformed", "query.limit"),
        (request("GET", "/v1/achievements?limit=0", &[], ""), 400, "malformed", "query.limit"),
        (
            request("GET", "/v1/achievements?nonsense=1", &[], ""),
            400,
            "malformed",
            "query.nonsense",
        ),
        (
            request("GET", "/v1/achievements?state=nonsense", &[], ""),
            400,
            "malformed",
            "query.state",
        ),
        (request("GET", "/v1/achievements?cursor=ff", &[], ""), 400, "malformed", "query.cursor"),
        (request("POST", NEEDS, &[auth], body("")), 415, "unsupported_media_type", ""),
        (request("POST", NEEDS, &[auth, json], ""), 400, "malformed", ""),
        (request("POST", NEEDS, &[auth, json], "{"), 400, "malformed", ""),
        (request("POST", NEEDS, &[auth, json], "[".repeat(5_000)), 400, "malformed", ""),
        (request("POST", NEEDS, &[auth, json], "{}"), 422, "invalid", "title"),
        (
            request("POST", NEEDS, &[auth, json], body(r#","nonsense":1"#)),
            422,
            "invalid",
            "nonsense",
        ),
        (
            request("POST", NEEDS, &[auth, json], body(r#","budget_fen":1.5"#)),
            422,
            "invalid",
            "budget_fen",
        ),
        (
            request("POST", NEEDS, &[auth, json], body(r#","deadline":"tomorrow""#)),
            422,
            "invalid",
            "deadline",
        ),
        (
            request("POST", NEEDS, &[auth, json], body(r#","ipc":["H01M",3]"#)),
            422,
            "invalid",
            "ipc[1]",
        ),
        (
            request("POST", NEEDS, &[auth, json], body(r#","budget_fen":-1"#)),
            422,
            "invalid",
            "budget_fen",
        ),
        (request("POST", NEEDS, &[auth, json], long), 413, "too_large", ""),
        (
            request("POST", NEEDS, &[auth, json, ("idempotency-key", &key_129)], body("")),
            400,
            "malformed",
            "Idempotency-Key",
        ),
        (
            request("POST", NEEDS, &[auth, json, ("idempotency-key", "a b")], body("")),
            400,
            "malformed",
            "Idempotency-Key",
        ),
        (request("POST", PLUGINS, &[auth], "x"), 415, "unsupported_media_type", ""),
        (request("POST", PLUGINS, &[auth, wasm], huge), 413, "too_large", ""),
        (
            request("POST", PLUGINS, &[auth, wasm, ("taihu-config", "[]")], "x"),
            400,
            "malformed",
            "Taihu-Config",
        ),
        (
            request("POST", PLUGINS, &[auth, wasm, ("taihu-signature", "no base 64")], "x"),
            400,
            "malformed",
            "Taihu-Signature",
        ),
        (request("POST", PLUGINS, &[auth, wasm], "x"), 422, "signature_refused", "signature"),
        (
            request("POST", PLUGINS, &[auth, wasm, ("taihu-signature", "dW50cnVzdGVk")], "x"),
            422,
            "signature_refused",
            "signature",
        ),
        (
            request("POST", &format!("{PLUGINS}?weight=-1"), &[auth, wasm], "x"),
            400,
            "malformed",
            "query.weight",
        ),
        (request("GET", "/v1/tenants/anji/needs", &[auth], ""), 403, "denied", ""),
        (
            request("GET", "/v1/tenants/deqing/needs/need_01JSG0Z3M8QK5T7V9XA1B2C3D4", &[auth], ""),
            404,
            "not_found",
            "",
        ),
    ];
    for (request, status, code, field) in cases {
        let asked = format!("{} {}", request.method(), request.uri());
        let seen = town.send(request).await;
        println!("{asked}");
        check(&seen, status, code, field);
    }
}

#[tokio::test]
async fn a_refused_plugin_is_told_every_fault() {
    let town = Town::new();
    let token = format!("Bearer {}", town.token(Role::District, "deqing"));
    let file = "no wasm at all";
    let signature = town.sign(file.as_bytes());
    let headers = [
        ("authorization", token.as_str()),
        ("content-type", "application/wasm"),
        ("taihu-signature", &signature),
    ];
    let seen = town.send(request("POST", PLUGINS, &headers, file)).await;
    let problem = seen.json();
    assert_eq!(
        (seen.status.as_u16(), problem["code"].as_str()),
        (422, Some("plugin_refused")),
        "{problem:#}"
    );
    assert_eq!(problem["blame"], "plugin");
    assert!(problem["faults"].as_array().is_some_and(|faults| !faults.is_empty()));
}

#[tokio::test]
async fn who_has_no_token_and_which_methods_there_are_is_said_in_headers() {
    let town = Town::new();
    let seen = town.ask("GET", "/v1/tokens", None, None).await;
    check(&seen, 401, "unauthenticated", "");
    assert_eq!(seen.header("www-authenticate"), "Bearer realm=\"taihu\"");
    let seen = town.ask("DELETE", "/v1/tenants", None, None).await;
    check(&seen, 405, "method_not_allowed", "");
    assert_eq!(seen.header("allow"), "GET, HEAD, POST");
}

#[tokio::test]
async fn a_body_is_not_read_for_who_may_not_come() {
    let town = Town::new();
    let broken = || request("POST", NEEDS, &[("content-type", "application/json")], "{");
    check(&town.send(broken()).await, 401, "unauthenticated", "");
    let token = format!("Bearer {}", town.token(Role::Provider, "deqing"));
    let mut mine = broken();
    mine.headers_mut().insert("authorization", token.parse().unwrap());
    check(&town.send(mine).await, 403, "denied", "");
}

#[tokio::test]
async fn a_panic_and_a_slow_answer_are_problems_without_details() {
    let town = Town::new();
    let handler = async || -> &'static str { panic!("a secret of ours") };
    let router = around(Router::new().route("/healthz", get(handler)), town.state.clone());
    let answer = router.oneshot(request("GET", "/healthz", &[], "")).await.unwrap();
    let (parts, body) = answer.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    assert!(!text.contains("secret"), "{text}");
    let seen = Seen { status: parts.status, headers: parts.headers, text };
    check(&seen, 500, "internal", "");

    let answer = layers::within(0, std::future::pending()).await;
    assert_eq!(answer.status().as_u16(), 503);
}

#[tokio::test]
async fn the_id_of_a_plain_proxy_is_kept_and_any_other_replaced() {
    let town = Town::new();
    let id = |id: &str| request("GET", "/v1/nothing", &[("x-request-id", id)], "");
    assert_eq!(town.send(id("proxy-7")).await.header("x-request-id"), "proxy-7");
    for bad in ["a b", "\"", &"x".repeat(65), ""] {
        let seen = town.send(id(bad)).await;
        let given = seen.header("x-request-id");
        assert!(given != bad && given.len() == 36, "{bad:?} became {given:?}");
    }
}
