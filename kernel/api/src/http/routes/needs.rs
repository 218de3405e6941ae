//! `/v1/tenants/{tenant}/needs`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use taihu_model::{NeedId, TenantSlug};
use utoipa::IntoParams;

use super::{Answer, Made, Problems, made};
use crate::http::body::need::{MoveNeed, NeedFacts, Needs, OneNeed};
use crate::http::cursor;
use crate::http::extract::{Body, By, Once, Path, Query};
use crate::http::limits::PATH_MAX;
use crate::http::problem::Problem;
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OfTenant {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    pub(super) tenant: TenantSlug,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    pub(super) tenant: TenantSlug,
    /// Identifier of the need.
    #[param(value_type = String, example = "need_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    pub(super) need: NeedId,
}

/// A page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// 1 to 200; 20 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<usize>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// 提交需求
///
/// Submits a need. With an `Idempotency-Key`, a second submission of the same contents answers with
/// the first one's need.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs", operation_id = "submit_need", tag = "needs",
    params(OfTenant, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符")),
    request_body = NeedFacts,
    responses((status = 201, body = OneNeed, headers(("location" = String))), Problems))]
pub(super) async fn submit(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
    Once(key): Once,
    Body(facts): Body<NeedFacts>,
) -> Made<OneNeed> {
    let need =
        app.ask(move |kernel| kernel.submit_need(&caller, &at.tenant, facts.into(), key)).await?;
    made(format!("/v1/tenants/{}/needs/{}", need.tenant, need.id), OneNeed { need: need.into() })
}

/// 需求列表
///
/// The needs of a tenant, the oldest first. An enterprise sees its own.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/needs", operation_id = "needs", tag = "needs",
    params(OfTenant, Page), responses((status = 200, body = Needs), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
    Query(page): Query<Page>,
) -> Answer<Needs> {
    let limit = cursor::limit(page.limit)?;
    let after = cursor::read("needs", page.cursor.as_deref())?;
    let found = app.ask(move |kernel| kernel.needs(&caller, &at.tenant, after, limit)).await?;
    Ok(Json(found.into()))
}

/// 查看需求
#[utoipa::path(get, path = "/v1/tenants/{tenant}/needs/{need}", operation_id = "need", tag = "needs",
    params(At), responses((status = 200, body = OneNeed), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneNeed> {
    let need = app.ask(move |kernel| kernel.need(&caller, &at.tenant, at.need)).await?;
    Ok(Json(OneNeed { need: need.into() }))
}

/// 受理需求、变更状态
///
/// Takes edges of a need's life, all or none: `["triaged", "published"]`. `solved` is not reached
/// here: it needs evidence.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs/{need}/state", operation_id = "move_need", tag = "needs",
    params(At), request_body = MoveNeed, responses((status = 200, body = OneNeed), Problems))]
pub(super) async fn change(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<MoveNeed>,
) -> Answer<OneNeed> {
    if !(1..=PATH_MAX).contains(&body.path.len()) {
        return Err(bad_length(body.path.len()));
    }
    let moved = app
        .ask(move |kernel| kernel.move_need(&caller, &at.tenant, at.need, &body.path, &body.reason))
        .await?;
    Ok(Json(OneNeed { need: moved.into() }))
}

fn bad_length(edges: usize) -> Problem {
    let zh = format!("path 应有1至{PATH_MAX}个状态，现有{edges}个");
    let en = format!("a path has 1 to {PATH_MAX} states, not {edges}");
    Problem::fault(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "path", zh, en)
}
