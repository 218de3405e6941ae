//! `/v1/tenants/{tenant}/plugins/{plugin}/grants`, and the city's ceiling.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::GrantRequest;
use utoipa::IntoParams;

use super::plugins::At;
use super::{Answer, Problems};
use crate::http::body::grant::{
    Ceiling, OneCeiling, OneDifference, OneExplained, OneGrant, PutGrant,
};
use crate::http::extract::{Body, By, Path, Query};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Versions {
    /// The earlier version; by default the one that serves.
    #[param(example = "1.0.0")]
    from: Option<String>,
    /// The later version; by default the one on trial.
    #[param(example = "1.1.0")]
    to: Option<String>,
}

/// 插件授权
///
/// What a plugin wishes for and why, what was granted, what counts now, how many of how many records
/// and fields it sees, and what is still undecided.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/plugins/{plugin}/grants", operation_id = "grants",
    tag = "plugins", params(At), responses((status = 200, body = OneExplained), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneExplained> {
    let found = app.ask(move |kernel| kernel.grants(&caller, &at.tenant, &at.plugin)).await?;
    Ok(Json(OneExplained { grants: found.into() }))
}

/// 决定插件授权
///
/// Decides what a plugin may do, of what its versions here wish for; nothing more than that, and
/// nothing above the city's ceiling. Hosts and personal data count once a second person agreed.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/plugins/{plugin}/grants", operation_id = "put_grant",
    tag = "plugins", params(At), request_body = PutGrant,
    responses((status = 200, body = OneGrant), Problems))]
pub(super) async fn put(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<PutGrant>,
) -> Answer<OneGrant> {
    let request = GrantRequest::from(body);
    let granted =
        app.ask(move |kernel| kernel.grant_plugin(&caller, &at.tenant, &at.plugin, &request));
    Ok(Json(OneGrant { grant: granted.await?.into() }))
}

/// 第二人同意插件授权
///
/// Agrees, as the second person, to the hosts and the personal data that somebody else granted.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/second", operation_id = "second_grant",
    tag = "plugins", params(At), responses((status = 200, body = OneGrant), Problems))]
pub(super) async fn second(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneGrant> {
    let granted = app.ask(move |kernel| kernel.second_grant(&caller, &at.tenant, &at.plugin));
    Ok(Json(OneGrant { grant: granted.await?.into() }))
}

/// 比较两个版本申请的权限
///
/// What a later version wishes for beyond an earlier one, what it wishes no more, and what of it is
/// undecided.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/plugins/{plugin}/grants/diff",
    operation_id = "grants_diff", tag = "plugins", params(At, Versions),
    responses((status = 200, body = OneDifference), Problems))]
pub(super) async fn diff(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Query(Versions { from, to }): Query<Versions>,
) -> Answer<OneDifference> {
    let found = app.ask(move |kernel| {
        kernel.grants_diff(&caller, &at.tenant, &at.plugin, from.as_deref(), to.as_deref())
    });
    Ok(Json(OneDifference { difference: found.await?.into() }))
}

/// 授权上限
///
/// What no tenant's grant goes beyond.
#[utoipa::path(get, path = "/v1/ceiling", operation_id = "ceiling", tag = "plugins",
    responses((status = 200, body = OneCeiling), Problems))]
pub(super) async fn ceiling(State(app): State<AppState>, By(caller): By) -> Answer<OneCeiling> {
    let found = app.ask(move |kernel| kernel.ceiling(&caller)).await?;
    Ok(Json(OneCeiling { ceiling: found.into() }))
}

/// 修改授权上限
///
/// Changes it; what was granted above it ceases to count at once.
#[utoipa::path(put, path = "/v1/ceiling", operation_id = "put_ceiling", tag = "plugins",
    request_body = Ceiling, responses((status = 200, body = OneCeiling), Problems))]
pub(super) async fn put_ceiling(
    State(app): State<AppState>,
    By(caller): By,
    Body(body): Body<Ceiling>,
) -> Answer<OneCeiling> {
    let kept = app.ask(move |kernel| kernel.put_ceiling(&caller, body.into())).await?;
    Ok(Json(OneCeiling { ceiling: kept.into() }))
}
