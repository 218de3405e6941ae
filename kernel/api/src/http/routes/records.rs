//! How sources are, and where each value of what they delivered went.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use taihu_model::{SourceSlug, TenantSlug};
use utoipa::IntoParams;

use super::needs::{OfTenant, Page};
use super::{Answer, Problems};
use crate::http::body::health::SourcesHealth;
use crate::http::body::mapping::{MappedRecord, RecordNames};
use crate::http::cursor;
use crate::http::extract::{By, Path, Query};
use crate::http::pages::{PLAIN, sources};
use crate::http::problem::Problem;
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Of {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Slug of the source.
    #[param(value_type = String, example = "seu-oai")]
    source: SourceSlug,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Slug of the source.
    #[param(value_type = String, example = "seu-oai")]
    source: SourceSlug,
    /// The source's own identifier of the record, percent-encoded.
    #[param(example = "oai:seu.edu.cn:1")]
    record: String,
}

/// 来源健康状况
///
/// How the sources of a tenant are: last run, lag, share of failed runs, what is not admitted and why,
/// and when each is read next. For the city, those of all tenants.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/source-health", operation_id = "source_health",
    tag = "sources", params(OfTenant), responses((status = 200, body = SourcesHealth), Problems))]
pub(super) async fn health(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<SourcesHealth> {
    let found = app.ask(move |kernel| kernel.source_health(&caller, &at.tenant)).await?;
    Ok(Json(found.into()))
}

/// 来源健康状况页面
///
/// The same for people; works without a script.
#[utoipa::path(get, path = "/tenants/{tenant}/sources", operation_id = "sources_page", tag = "service",
    params(OfTenant),
    responses((status = 200, description = "来源页面", body = String, content_type = "text/html"), Problems))]
pub(super) async fn page(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Result<Response, Problem> {
    let verb = move |kernel: &taihu_service::Kernel| {
        let name = kernel.tenant(&at.tenant)?.name;
        let found = kernel.source_health(&caller, &at.tenant)?;
        Ok(sources::page(&name, &found, kernel.now()))
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, PLAIN),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, app.ask(verb).await?).into_response())
}

/// 来源记录列表
///
/// The records that a source delivered, by their own identifiers.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/sources/{source}/records", operation_id = "source_record_list",
    tag = "sources", params(Of, Page), responses((status = 200, body = RecordNames), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(of): Path<Of>,
    Query(page): Query<Page>,
) -> Answer<RecordNames> {
    let limit = cursor::limit(page.limit)?;
    let after = cursor::read::<String>("records", page.cursor.as_deref())?;
    let verb = move |kernel: &taihu_service::Kernel| {
        kernel.record_ids(&caller, &of.tenant, &of.source, after.as_deref(), limit)
    };
    Ok(Json(app.ask(verb).await?.into()))
}

/// 来源记录与字段对应
///
/// Where each value of a record went: what came, verbatim, with its digest and time; which field became
/// which of the achievement's; what was guessed; what was left out, and why.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/sources/{source}/records/{record}",
    operation_id = "source_record", tag = "sources", params(At),
    responses((status = 200, body = MappedRecord), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<MappedRecord> {
    let verb = move |kernel: &taihu_service::Kernel| {
        kernel.mapped_record(&caller, &at.tenant, &at.source, &at.record)
    };
    Ok(Json(app.ask(verb).await?.into()))
}
