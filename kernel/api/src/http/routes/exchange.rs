//! Doors for other platforms: OAI-PMH.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use taihu_service::Caller;
use utoipa::{IntoParams, ToSchema};

use super::Problems;
use crate::http::extract::By;
use crate::http::oai;
use crate::http::problem::Problem;
use crate::http::state::AppState;

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

/// Names and values of a form, each as it came.
fn pairs(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().collect()
}
