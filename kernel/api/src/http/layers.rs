//! What happens to every request, around its handler: from the outside in, an id, a line in the log,
//! a count, headers of safety and the words of problems; then no panic and no answer that comes too
//! late; then the gate.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use taihu_model::TenantSlug;
use taihu_service::{Caller, Error};
use tower_http::request_id::{MakeRequestId, MakeRequestUuid};

use super::access::{self, Found};
use super::extract::{self, By};
use super::limits::{ANSWER_S_MAX, REQUEST_ID_CHARS_MAX};
use super::problem::Problem;
use super::share;
use super::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Gives the request an id, and its answer everything that answers have.
pub(crate) async fn finish(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(&request);
    let method = method_label(request.method());
    let is_head = request.method() == Method::HEAD;
    let authorised = request.headers().contains_key(AUTHORIZATION);
    let found = route_of(&request);
    let route = match found {
        Found::Route(route) => route.path,
        Found::OtherMethod => "other_method",
        Found::Nothing => "nothing",
    };
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions().get::<Problem>() {
        let body = problem.body(id.to_str().unwrap_or_default());
        *response.body_mut() = if is_head { Body::empty() } else { Body::from(body) };
    }
    dress(response.headers_mut(), &id, authorised);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    app.metrics().answered(method, route, status, took);
    let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let actor = response.extensions().get::<By>().map_or("-", |By(caller)| caller.actor.as_str());
    tracing::info!(target: "taihu::http", method, route, status, us, actor, request_id = id.to_str().unwrap_or("-"), "answered");
    response
}

/// What every answer says of itself.
fn dress(headers: &mut HeaderMap, id: &HeaderValue, authorised: bool) {
    let mut unless_there = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    unless_there(X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_there(CONTENT_SECURITY_POLICY, NOTHING);
    unless_there(REFERRER_POLICY, "no-referrer");
    unless_there(RESOURCE_POLICY, "same-origin");
    unless_there(VARY, "authorization");
    unless_there(CACHE_CONTROL, "no-cache");
    if authorised {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    headers.insert(REQUEST_ID, id.clone());
}

/// The id that a proxy in front gave it, if it is plain; else a new one.
fn request_id(request: &Request) -> HeaderValue {
    let plain = |id: &&HeaderValue| {
        (1..=REQUEST_ID_CHARS_MAX).contains(&id.len())
            && id
                .as_bytes()
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    if let Some(id) = request.headers().get(REQUEST_ID).filter(plain) {
        return id.clone();
    }
    let made = MakeRequestUuid.make_request_id(request);
    made.map_or(HeaderValue::from_static("-"), |made| made.header_value().clone())
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn route_of(request: &Request) -> Found {
    let path = request.extensions().get::<MatchedPath>();
    path.map_or(Found::Nothing, |path| access::find(request.method(), path.as_str()))
}

/// The answer to a request whose handler panicked: the log has the panic, the caller has no details.
pub(crate) fn panicked(what: Box<dyn Any + Send>) -> Response<Body> {
    let what = what
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| what.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(what, "a handler panicked");
    Problem::internal().into_response()
}

/// Answers for a handler that takes too long; its work on the bridge goes on to its end.
pub(crate) async fn in_time(request: Request, next: Next) -> Response {
    let seconds = match route_of(&request) {
        Found::Route(route) => route.seconds_max,
        Found::OtherMethod | Found::Nothing => ANSWER_S_MAX,
    };
    within(seconds, next.run(request)).await
}

/// An answer, or that it did not come within so many seconds.
pub(crate) async fn within(seconds: u64, answer: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(Duration::from_secs(seconds), answer).await {
        Ok(response) => response,
        Err(_) => Problem::too_slow(seconds).into_response(),
    }
}

/// The gate: finds out who asks, and lets in who may come, before a body is read.
pub(crate) async fn gate(
    State(app): State<AppState>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let Some(path) = path else { return Err(Problem::no_route()) };
    let route = match access::find(request.method(), path.as_str()) {
        Found::Route(route) => route,
        Found::OtherMethod => return Err(Problem::no_method(access::methods(path.as_str()))),
        Found::Nothing => return Err(Problem::no_route()),
    };
    let params = params.map_err(|_| extract::not_utf8())?;
    let caller = caller(&app, request.headers()).await?;
    let tenant = params.iter().find(|(name, _)| *name == "tenant");
    let tenant = tenant.and_then(|(_, value)| value.parse::<TenantSlug>().ok());
    let mut response = match route.admit(&caller, tenant.as_ref(), app.city()) {
        Ok(()) => {
            request.extensions_mut().insert(By(caller.clone()));
            share::answered_for(&caller, next.run(request)).await
        }
        Err(error) => Problem::from(error).into_response(),
    };
    response.extensions_mut().insert(By(caller));
    Ok(response)
}

/// Who holds the token of a request; anybody, if there is none.
async fn caller(app: &AppState, headers: &HeaderMap) -> Result<Caller, Problem> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = sent.next() else { return Ok(Caller::anonymous(app.city().clone())) };
    let token = first.to_str().ok().and_then(|text| text.split_once(' '));
    match (token, sent.next()) {
        (Some((scheme, token)), None)
            if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() =>
        {
            app.who(token.trim().to_owned()).await
        }
        _ => Err(Error::Unauthenticated.into()),
    }
}

/// What an answer that is a page and not data says of itself.
pub(crate) fn page(
    content_type: &'static str,
    policy: &'static str,
    body: &'static str,
) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, body).into_response()
}
