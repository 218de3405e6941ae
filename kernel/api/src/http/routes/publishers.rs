//! `/v1/publishers`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::KeyId;
use utoipa::IntoParams;

use super::{Answer, Made, Problems, made};
use crate::http::body::list as bodies;
use crate::http::body::publisher::{
    AddPublisher, OnePublisher, Publishers, Revocation, RevokePublisher,
};
use crate::http::extract::{Body, By, Path};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Identifier of the key.
    #[param(value_type = String, example = "C35A63AC5CBB30E5")]
    key: KeyId,
}

/// 发布者密钥列表
///
/// Every key that may sign plugins, or might once.
#[utoipa::path(get, path = "/v1/publishers", operation_id = "publishers", tag = "plugins",
    responses((status = 200, body = Publishers), Problems))]
pub(super) async fn list(State(app): State<AppState>, By(caller): By) -> Answer<Publishers> {
    let found = app.ask(move |kernel| kernel.publishers(&caller)).await?;
    Ok(Json(Publishers { publishers: bodies(found), next: None }))
}

/// 登记发布者密钥
///
/// Adds a key that may sign plugins, and the tenant that answers for it. Adding it again changes
/// nothing.
#[utoipa::path(post, path = "/v1/publishers", operation_id = "add_publisher", tag = "plugins",
    request_body = AddPublisher,
    responses((status = 201, body = OnePublisher, headers(("location" = String))), Problems))]
pub(super) async fn add(
    State(app): State<AppState>,
    By(caller): By,
    Body(body): Body<AddPublisher>,
) -> Made<OnePublisher> {
    let added = app.ask(move |kernel| {
        kernel.add_publisher(&caller, &body.tenant, &body.public_key, &body.name)
    });
    let publisher = added.await?;
    made(format!("/v1/publishers/{}", publisher.key), OnePublisher { publisher: publisher.into() })
}

/// 吊销发布者密钥
///
/// Revokes a key for ever: nothing that it signed is installed or comes into service any more. What
/// serves goes on, unless it is to be quarantined too; the answer names both.
#[utoipa::path(post, path = "/v1/publishers/{key}/revoke", operation_id = "revoke_publisher",
    tag = "plugins", params(At), request_body = RevokePublisher,
    responses((status = 200, body = Revocation), Problems))]
pub(super) async fn revoke(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<RevokePublisher>,
) -> Answer<Revocation> {
    let revoked = app
        .ask(move |kernel| kernel.revoke_publisher(&caller, at.key, &body.reason, body.quarantine));
    Ok(Json(revoked.await?.into()))
}
