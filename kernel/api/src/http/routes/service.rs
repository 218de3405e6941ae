//! What the service says of itself: a page for people, OpenAPI, health, metrics.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use taihu_model::AchievementState;
use taihu_service::{Error, Filter, Kernel};
use utoipa::ToSchema;

use super::{Answer, Problems};
use crate::bridge::Crossing;
use crate::http::layers;
use crate::http::metrics::Measured;
use crate::http::problem::{Details, Problem};
use crate::http::state::AppState;

const SELF_ONLY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                         frame-ancestors 'none'";

/// 首页
#[utoipa::path(get, path = "/", operation_id = "page", tag = "service",
    responses((status = 200, description = "首页", body = String, content_type = "text/html")))]
pub(super) async fn page() -> Response {
    layers::page("text/html; charset=utf-8", SELF_ONLY, include_str!("../pages/index.html"))
}

/// 首页样式
#[utoipa::path(get, path = "/style.css", operation_id = "style", tag = "service",
    responses((status = 200, description = "样式", body = String, content_type = "text/css")))]
pub(super) async fn style() -> Response {
    layers::page("text/css; charset=utf-8", SELF_ONLY, include_str!("../pages/style.css"))
}

/// 接口说明
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "service",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(super) async fn openapi(State(app): State<AppState>) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, app.openapi()).into_response()
}

/// How the kernel is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`: the store can be read.
    #[schema(example = "ok")]
    status: &'static str,
    index: IndexHealth,
    /// True if plugins that nobody signed are let in: for development only.
    allows_unsigned_plugins: bool,
    /// How the embedding endpoint is, if one is configured. Nothing depends on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<EmbeddingState>,
}

/// How the embedding endpoint is.
#[derive(Debug, Serialize, ToSchema)]
struct EmbeddingState {
    /// Its model, as it is configured.
    #[schema(example = "e5-small")]
    model: String,
    /// Vectors of that model.
    vectors: u64,
    /// True once every achievement was looked at.
    complete: bool,
    /// True while it is left alone because it failed.
    resting: bool,
    /// Code of its last failure, if nothing succeeded since.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
}

fn how(kernel: &Kernel) -> Result<(IndexHealth, Option<EmbeddingState>), Error> {
    let embedding = kernel.embedding_health()?.map(|on| EmbeddingState {
        model: on.model,
        vectors: on.vectors,
        complete: on.complete,
        resting: on.resting,
        cause: on.cause,
    });
    Ok((index_health(kernel)?, embedding))
}

/// How far the index is.
#[derive(Debug, Serialize, ToSchema)]
struct IndexHealth {
    /// Achievements in it.
    documents: u64,
    /// Commits of the city's log.
    head: u64,
    /// Commits that it has applied.
    cursor: u64,
    /// Commits that it has not applied yet.
    lag: u64,
}

fn index_health(kernel: &Kernel) -> Result<IndexHealth, Error> {
    let head = kernel.store().snapshot()?.head(kernel.city())?;
    let cursor = kernel.index().cursors().get(kernel.city().as_str()).copied().unwrap_or(0);
    let documents = kernel.index().len() as u64;
    Ok(IndexHealth { documents, head, cursor, lag: head.saturating_sub(cursor) })
}

/// 运行状态
///
/// 200 as long as the store can be read; 503 otherwise.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "service",
    responses((status = 200, body = Health), Problems))]
pub(super) async fn health(State(app): State<AppState>) -> Answer<Health> {
    match app.probe(how).await {
        Ok((index, embedding)) => {
            let allows_unsigned_plugins = app.kernel().allows_unsigned();
            Ok(Json(Health { status: "ok", index, allows_unsigned_plugins, embedding }))
        }
        Err(Crossing::Verb(error)) => {
            let down = |details: &mut Details| details.status = StatusCode::SERVICE_UNAVAILABLE;
            Err(Problem::from(error).with(down))
        }
        Err(Crossing::Panicked) => Err(Problem::internal()),
    }
}

fn measure(kernel: &Kernel) -> Result<Measured, Error> {
    let health = index_health(kernel)?;
    let states = vec![AchievementState::Published.as_str().to_owned()];
    let published = kernel.index().find("", &Filter { states, ..Filter::default() }, 0, 1).total;
    Ok(Measured {
        documents: health.documents,
        published,
        index_bytes: kernel.index().memory_bytes() as u64,
        lag: health.lag,
        work: 0,
        embedding: kernel.embedding_health()?.map_or([0; 8], |on| {
            let [complete, resting] = [on.complete, on.resting].map(u64::from);
            let [with, without] = [on.with, on.without];
            [on.vectors, complete, resting, on.made, on.refused, on.failures, with, without]
        }),
    })
}

/// 监控指标
///
/// The text format of OpenMetrics, for Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "service",
    responses((status = 200, description = "OpenMetrics", body = String,
        content_type = "application/openmetrics-text"), Problems))]
pub(super) async fn metrics(State(app): State<AppState>) -> Result<Response, Problem> {
    let measured = app.probe(measure).await?;
    let now = Measured { work: app.work_inside() as u64, ..measured };
    let text = app.metrics().write(now).map_err(|_| Problem::internal())?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}
