//! `/v1/tenants/{tenant}/log`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::needs::OfTenant;
use super::{Answer, Problems};
use crate::http::body::log::{Entries, OneVerification, Verification};
use crate::http::cursor;
use crate::http::extract::{By, Path, Query};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// Number of the entry to go on after; 0 if absent.
    #[serde(default)]
    after: u64,
    /// 1 to 200; 20 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// 审计日志
///
/// The commits of a tenant's space, in order.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/log", operation_id = "log", tag = "log",
    params(OfTenant, After), responses((status = 200, body = Entries), Problems))]
pub(super) async fn entries(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
    Query(After { after, limit }): Query<After>,
) -> Answer<Entries> {
    let limit = cursor::limit(limit)?;
    let found = app.ask(move |kernel| kernel.log(&caller, &at.tenant, after, limit)).await?;
    Ok(Json(found.into()))
}

/// 验证审计日志
///
/// Verifies the whole chain of a tenant's log. A broken one is a problem `damaged`; the kernel's own
/// log names the entry.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/log/verification", operation_id = "verify_log", tag = "log",
    params(OfTenant), responses((status = 200, body = OneVerification), Problems))]
pub(super) async fn verify(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<OneVerification> {
    let entries = app.ask(move |kernel| kernel.verify_log(&caller, &at.tenant)).await?;
    Ok(Json(OneVerification { verification: Verification { entries } }))
}
