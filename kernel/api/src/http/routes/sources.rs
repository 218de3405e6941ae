//! `/v1/tenants/{tenant}/sources`.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use taihu_model::{Source, SourceSlug, TenantSlug};
use taihu_service::{Caller, Error, Kernel, LinesFeed};
use utoipa::IntoParams;

use super::needs::OfTenant;
use super::{Answer, Problems};
use crate::http::body::list as bodies;
use crate::http::body::run::{OneRun, StartRun};
use crate::http::body::source::{OneSource, PutSource, Sources};
use crate::http::extract::{self, Body, By, Path};
use crate::http::limits::FILE_BYTES_MAX;
use crate::http::problem::Problem;
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Slug of the source.
    #[param(value_type = String, example = "seu-oai")]
    source: SourceSlug,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AtFile {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Slug of the source.
    #[param(value_type = String)]
    source: SourceSlug,
    /// Name of the file, 1 to 200 bytes, without folders.
    #[param(example = "2026成果汇总.xlsx")]
    name: String,
}

/// 来源列表
///
/// The sources of a tenant; for the city, those of all tenants.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/sources", operation_id = "sources", tag = "sources",
    params(OfTenant), responses((status = 200, body = Sources), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<Sources> {
    let found = app.ask(move |kernel| kernel.sources(&caller, &at.tenant)).await?;
    Ok(Json(Sources { sources: bodies(found), next: None }))
}

/// A source that is on that tenant's ground.
fn of_tenant(
    kernel: &Kernel,
    caller: &Caller,
    tenant: &TenantSlug,
    slug: &SourceSlug,
) -> Result<Source, Error> {
    let mut found = kernel.sources(caller, tenant)?.into_iter();
    found
        .find(|source| source.slug == *slug && source.tenant == *tenant)
        .ok_or_else(|| Error::not_found("source", slug))
}

/// 查看来源
#[utoipa::path(get, path = "/v1/tenants/{tenant}/sources/{source}", operation_id = "source", tag = "sources",
    params(At), responses((status = 200, body = OneSource), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneSource> {
    let source = app.ask(move |kernel| of_tenant(kernel, &caller, &at.tenant, &at.source)).await?;
    Ok(Json(OneSource { source: source.into() }))
}

/// 新增或修改来源
///
/// Adds a source, or changes one; what it has brought stays.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/sources/{source}", operation_id = "put_source", tag = "sources",
    params(At), request_body = PutSource, responses((status = 200, body = OneSource), Problems))]
pub(super) async fn put(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<PutSource>,
) -> Answer<OneSource> {
    let source = body.at(at.tenant, at.source);
    let source = app.ask(move |kernel| kernel.put_source(&caller, source)).await?;
    Ok(Json(OneSource { source: source.into() }))
}

/// 上传文件
///
/// Puts a file into a source's drop folder, whole or not at all; one of the same name is replaced.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/sources/{source}/files/{name}", operation_id = "drop_file",
    tag = "sources", params(AtFile),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "已保存。 It is kept."), Problems))]
pub(super) async fn file(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtFile>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let _leave = app.upload()?;
    let file = extract::upload(request, None, FILE_BYTES_MAX).await?;
    let verb = move |kernel: &Kernel| {
        let source = of_tenant(kernel, &caller, &at.tenant, &at.source)?;
        kernel.drop_file(&caller, &source.slug, &at.name, &file)
    };
    app.ask(verb).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 开始导入
///
/// Starts a run, or finds the one that is going on, and drives it in the background: look at
/// `/v1/runs/{run}` for how it goes.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/sources/{source}/runs", operation_id = "start_run",
    tag = "sources", params(At), request_body = StartRun,
    responses((status = 202, body = OneRun, headers(("location" = String))), Problems))]
pub(super) async fn start(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<StartRun>,
) -> Result<impl axum::response::IntoResponse, Problem> {
    let place = app.place_for_run()?;
    let driver = caller.clone();
    let verb = move |kernel: &Kernel| {
        let source = of_tenant(kernel, &caller, &at.tenant, &at.source)?;
        not_lines(&source)?;
        kernel.start_run(&caller, &source.slug, body.mode)
    };
    let run = app.ask(verb).await?;
    app.drive(place, driver, run.id);
    let location = [("location", format!("/v1/runs/{}", run.id))];
    Ok((StatusCode::ACCEPTED, location, Json(OneRun { run: run.into() })))
}

/// Lines come from a file that only the command line has.
fn not_lines(source: &Source) -> Result<(), Error> {
    if source.connector.as_str() != LinesFeed::CONNECTOR {
        return Ok(());
    }
    Err(Error::conflict(
        "JSON Lines 来源请用命令行导入：taihu import",
        "a source of JSON Lines is imported at the command line: taihu import",
    ))
}
