//! `/v1/tenants` and `/v1/tokens`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::PrincipalId;
use utoipa::IntoParams;

use super::{Answer, Made, Problems, made};
use crate::http::body::list as bodies;
use crate::http::body::tenant::{AddTenant, OneTenant, Tenants};
use crate::http::body::token::{IssueToken, NewToken, OneToken, Tokens};
use crate::http::extract::{Body, By, Path};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Identifier of the principal.
    #[param(value_type = String, example = "user_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    principal: PrincipalId,
}

/// 主体列表
#[utoipa::path(get, path = "/v1/tenants", operation_id = "tenants", tag = "tenants",
    responses((status = 200, body = Tenants), Problems))]
pub(super) async fn list(State(app): State<AppState>) -> Answer<Tenants> {
    let found = app.ask(|kernel| kernel.tenants()).await?;
    Ok(Json(Tenants { tenants: bodies(found), next: None }))
}

/// 新增主体
#[utoipa::path(post, path = "/v1/tenants", operation_id = "add_tenant", tag = "tenants",
    request_body = AddTenant,
    responses((status = 201, body = OneTenant, headers(("location" = String))), Problems))]
pub(super) async fn add(
    State(app): State<AppState>,
    By(caller): By,
    Body(body): Body<AddTenant>,
) -> Made<OneTenant> {
    let tenant = app.ask(move |kernel| kernel.add_tenant(&caller, body.into())).await?;
    made("/v1/tenants".into(), OneTenant { tenant: tenant.into() })
}

/// 令牌列表
///
/// Everybody who ever held a token.
#[utoipa::path(get, path = "/v1/tokens", operation_id = "tokens", tag = "tenants",
    responses((status = 200, body = Tokens), Problems))]
pub(super) async fn tokens(State(app): State<AppState>, By(caller): By) -> Answer<Tokens> {
    let found = app.ask(move |kernel| kernel.principals(&caller)).await?;
    Ok(Json(Tokens { tokens: bodies(found), next: None }))
}

/// 签发令牌
///
/// Issues a token. Its secret is in this answer only.
#[utoipa::path(post, path = "/v1/tokens", operation_id = "issue_token", tag = "tenants",
    request_body = IssueToken,
    responses((status = 201, body = NewToken, headers(("location" = String))), Problems))]
pub(super) async fn issue(
    State(app): State<AppState>,
    By(caller): By,
    Body(body): Body<IssueToken>,
) -> Made<NewToken> {
    let issued =
        app.ask(move |kernel| kernel.issue_token(&caller, &body.name, body.role, &body.tenant));
    let (principal, secret) = issued.await?;
    made(format!("/v1/tokens/{}", principal.id), NewToken { token: principal.into(), secret })
}

/// 吊销令牌
///
/// Revokes a principal's token, at once and for ever.
#[utoipa::path(delete, path = "/v1/tokens/{principal}", operation_id = "revoke_token", tag = "tenants",
    params(At), responses((status = 200, body = OneToken), Problems))]
pub(super) async fn revoke(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneToken> {
    let principal = app.ask(move |kernel| kernel.revoke_token(&caller, at.principal)).await?;
    Ok(Json(OneToken { token: principal.into() }))
}
