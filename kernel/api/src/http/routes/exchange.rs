//! Doors for other platforms and their readers: OAI-PMH, the page of an achievement, the feed.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, LINK,
};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use taihu_service::{Caller, Kernel};
use utoipa::{IntoParams, ToSchema};

use super::Problems;
use super::achievements::At;
use crate::http::extract::{By, Path};
use crate::http::limits::FEED_AGE_S;
use crate::http::pages::achievement::Shown;
use crate::http::problem::Problem;
use crate::http::state::AppState;
use crate::http::{feed, oai};

const FORM: &str = "application/x-www-form-urlencoded";

/// A request of OAI-PMH 2.0. Which arguments a verb has, the standard says.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "only its description is used: faults are answered as the standard wants"
)]
pub(super) struct OaiRequest {
    /// `Identify`, `ListMetadataFormats`, `ListSets`, `ListIdentifiers`, `ListRecords`, `GetRecord`.
    #[param(example = "Identify")]
    verb: Option<String>,
    identifier: Option<String>,
    /// `oai_dc`, `oai_cerif_openaire`.
    #[serde(rename = "metadataPrefix")]
    metadata_prefix: Option<String>,
    /// `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ssZ`.
    from: Option<String>,
    until: Option<String>,
    set: Option<String>,
    #[serde(rename = "resumptionToken")]
    resumption_token: Option<String>,
}

/// OAI-PMH 2.0 收割接口
///
/// What everybody may see of the pool, for other platforms. Errors of the protocol come with 200, as
/// it wants; only an overloaded or broken service answers otherwise.
#[utoipa::path(get, path = "/oai", operation_id = "oai", tag = "exchange", params(OaiRequest),
    responses((status = 200, description = "OAI-PMH", body = String, content_type = "text/xml"), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    uri: Uri,
) -> Result<Response, Problem> {
    ask(app, caller, pairs(uri.query().unwrap_or_default().as_bytes())).await
}

/// OAI-PMH 2.0 收割接口（POST）
#[utoipa::path(post, path = "/oai", operation_id = "oai_post", tag = "exchange",
    request_body(content = OaiRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "OAI-PMH", body = String, content_type = "text/xml"), Problems))]
pub(super) async fn post(
    State(app): State<AppState>,
    By(caller): By,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Problem::caller(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!("请以 Content-Type: {FORM} 提交"),
            format!("send it with Content-Type: {FORM}"),
        ));
    }
    ask(app, caller, pairs(&body)).await
}

async fn ask(
    app: AppState,
    caller: Caller,
    pairs: Vec<(String, String)>,
) -> Result<Response, Problem> {
    let site = app.site().clone();
    let verb = move |kernel: &taihu_service::Kernel| oai::answer(kernel, &caller, &site, &pairs);
    match app.ask(verb).await {
        Ok(xml) => {
            let headers = [(CONTENT_TYPE, "text/xml; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
            Ok((headers, xml).into_response())
        }
        // Harvesters know 503 with Retry-After, and nothing else that says wait.
        Err(problem) if problem.status == StatusCode::TOO_MANY_REQUESTS => {
            Err(problem.with(|details| details.status = StatusCode::SERVICE_UNAVAILABLE))
        }
        Err(problem) => Err(problem),
    }
}

/// The page's own style, and nothing else.
const PAGE_ONLY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
                         form-action 'none'; frame-ancestors 'none'";

/// 成果页面
///
/// An achievement for people, with links (Signposting) and JSON-LD (schema.org) for machines.
#[utoipa::path(get, path = "/achievements/{achievement}", operation_id = "achievement_page", tag = "exchange",
    params(At), responses((status = 200, description = "成果页面", body = String, content_type = "text/html"), Problems))]
pub(super) async fn page(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Result<Response, Problem> {
    let shown = app.ask(move |kernel| show(kernel, &caller, &at)).await?;
    let mut response = (
        [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, PAGE_ONLY),
            (CACHE_CONTROL, "no-cache"),
        ],
        shown.page(app.site()),
    )
        .into_response();
    for link in shown.links(app.site()) {
        if let Ok(value) = HeaderValue::from_str(&link.value()) {
            response.headers_mut().append(LINK, value);
        }
    }
    Ok(response)
}

fn show(kernel: &Kernel, caller: &Caller, at: &At) -> Result<Shown, taihu_service::Error> {
    let (record, memberships) = kernel.achievement(caller, at.achievement)?;
    let mut pools = Vec::new();
    for membership in memberships.iter().filter(|membership| membership.is_in()) {
        let pool = kernel.pool(caller, &membership.pool)?;
        pools.push((pool.slug.to_string(), pool.description.label.zh));
    }
    let tenant = kernel.tenant(&record.tenant)?.name;
    Ok(Shown { record, pools, tenant })
}

/// 新发布成果订阅（Atom）
///
/// The newest achievements, the same for everybody; 304 for who has them already.
#[utoipa::path(get, path = "/feed.atom", operation_id = "feed", tag = "exchange",
    params(("If-None-Match" = Option<String>, Header, description = "上次的 ETag")),
    responses((status = 200, description = "Atom", body = String, content_type = "application/atom+xml"),
        (status = 304, description = "没有变化"), Problems))]
pub(super) async fn feed(
    State(app): State<AppState>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let site = app.site().clone();
    let found = app.ask(move |kernel| feed::read(kernel, &site)).await?;
    let age = format!("public, max-age={FEED_AGE_S}");
    let same = headers.get_all(IF_NONE_MATCH).iter().any(|tags| {
        let mut tags = tags.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.any(|tag| tag == "*" || tag.trim_start_matches("W/") == found.etag)
    });
    let about = [(ETAG, found.etag), (CACHE_CONTROL, age)];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let kind = [(CONTENT_TYPE, "application/atom+xml; charset=utf-8")];
    Ok((about, kind, found.xml).into_response())
}

/// Names and values of a form, each as it came.
fn pairs(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().collect()
}
