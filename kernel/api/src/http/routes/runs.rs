//! `/v1/runs`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::{RunId, TenantSlug};
use utoipa::IntoParams;

use super::needs::Page;
use super::{Answer, Problems};
use crate::http::body::list as bodies;
use crate::http::body::run::{OneRun, Rejections, Runs};
use crate::http::cursor;
use crate::http::extract::{By, Path, Query};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Identifier of the run.
    #[param(value_type = String, example = "run_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    run: RunId,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// Slug of the tenant; the caller's own if absent.
    #[param(value_type = Option<String>, example = "changxing")]
    tenant: Option<TenantSlug>,
}

/// 导入批次列表
///
/// The newest runs over a tenant's sources; for the city, over all.
#[utoipa::path(get, path = "/v1/runs", operation_id = "runs", tag = "sources", params(Whose),
    responses((status = 200, body = Runs), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Query(whose): Query<Whose>,
) -> Answer<Runs> {
    let tenant = whose.tenant.unwrap_or_else(|| caller.tenant.clone());
    let found = app.ask(move |kernel| kernel.runs(&caller, &tenant)).await?;
    Ok(Json(Runs { runs: bodies(found), next: None }))
}

/// 查看导入批次
#[utoipa::path(get, path = "/v1/runs/{run}", operation_id = "run", tag = "sources", params(At),
    responses((status = 200, body = OneRun), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneRun> {
    let run = app.ask(move |kernel| kernel.run(&caller, at.run)).await?;
    Ok(Json(OneRun { run: run.into() }))
}

/// 未入库的记录
///
/// What a run did not admit, each record with every reason.
#[utoipa::path(get, path = "/v1/runs/{run}/rejections", operation_id = "rejections", tag = "sources",
    params(At, Page), responses((status = 200, body = Rejections), Problems))]
pub(super) async fn rejections(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Query(page): Query<Page>,
) -> Answer<Rejections> {
    let limit = cursor::limit(page.limit)?;
    let after = cursor::read::<String>("rejections", page.cursor.as_deref())?;
    let found = app.ask(move |kernel| kernel.rejections(&caller, at.run, after.as_deref(), limit));
    Ok(Json(found.await?.into()))
}
