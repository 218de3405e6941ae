//! `/v1/runs`.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use taihu_model::{RunId, TenantSlug};
use utoipa::IntoParams;

use super::needs::Page;
use super::{Answer, Problems};
use crate::http::body::list as bodies;
use crate::http::body::run::{Decide, DecideVanished, OneRun, Rejections, Report, Runs};
use crate::http::cursor;
use crate::http::extract::{Body, By, Path, Query};
use crate::http::limits::TABLE_ROWS;
use crate::http::problem::Problem;
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

/// Where a page begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct From {
    /// `next` of the page before; from the beginning if absent.
    cursor: Option<String>,
}

/// 导入报告
///
/// What a run did, record by record: new, changed, merged, withdrawn, then what it did not admit with
/// every reason. What was as before is only counted. Kept for half a year.
#[utoipa::path(get, path = "/v1/runs/{run}/report", operation_id = "run_report", tag = "sources",
    params(At, From), responses((status = 200, body = Report), Problems))]
pub(super) async fn report(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Query(from): Query<From>,
) -> Answer<Report> {
    let after = cursor::read::<String>("report", from.cursor.as_deref())?;
    let found = app.ask(move |kernel| kernel.report(&caller, at.run, after.as_deref())).await?;
    Ok(Json(found.into()))
}

/// 导入报告（CSV）
///
/// The same as a table: UTF-8 with a byte order mark, Chinese headers, a row for each record and for
/// each reason; cells that a spreadsheet would take for formulas begin with an apostrophe. A long one
/// comes in parts: the header `Link` then names the next, without headers, to be appended.
#[utoipa::path(get, path = "/v1/runs/{run}/report.csv", operation_id = "run_report_csv", tag = "sources",
    params(At, From), responses((status = 200, description = "表格", body = String,
        content_type = "text/csv", headers(("link" = String))), Problems))]
pub(super) async fn table(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Query(from): Query<From>,
) -> Result<Response, Problem> {
    let after = cursor::read::<String>("report", from.cursor.as_deref())?;
    let run = at.run;
    let table = app
        .ask(move |kernel| crate::report::table(kernel, &caller, run, after, TABLE_ROWS))
        .await?;
    let name = format!("attachment; filename=\"{run}.csv\"");
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    let link = table.next.map(|next| {
        let cursor = cursor::write("report", next);
        [(LINK, format!("</v1/runs/{run}/report.csv?cursor={cursor}>; rel=\"next\""))]
    });
    Ok((headers, axum::response::AppendHeaders(link.into_iter().flatten()), table.csv)
        .into_response())
}

/// 确认或保留未再出现的记录
///
/// Decides what becomes of the records that a full run did not find any more, where they were too many
/// for it to withdraw them itself. Of those that somebody has seen since, nothing is withdrawn. May be
/// asked for again if it was interrupted.
#[utoipa::path(post, path = "/v1/runs/{run}/withdrawals", operation_id = "decide_vanished", tag = "sources",
    params(At), request_body = DecideVanished, responses((status = 200, body = OneRun), Problems))]
pub(super) async fn decide(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<DecideVanished>,
) -> Answer<OneRun> {
    let verb = move |kernel: &taihu_service::Kernel| {
        let withdraw = body.decision == Decide::Withdraw;
        kernel.decide_vanished(&caller, at.run, withdraw, &body.reason, &mut |_| {})
    };
    Ok(Json(OneRun { run: app.ask(verb).await?.into() }))
}
