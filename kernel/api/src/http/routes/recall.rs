//! `/v1/tenants/{tenant}/plugins/{plugin}/versions/{version}/recall`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use taihu_model::{PluginName, TenantSlug};
use taihu_service::Error;
use utoipa::IntoParams;

use super::{Answer, Problems};
use crate::bridge::Crossing;
use crate::http::body::Why;
use crate::http::body::recall::OneRecall;
use crate::http::extract::{Body, By, Path};
use crate::http::problem::Problem;
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Slug of the tenant; `city` for what the version wrote on everybody's ground.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Name of the plugin.
    #[param(value_type = String, example = "spreadsheet")]
    plugin: PluginName,
    /// The version.
    #[param(example = "1.0.0")]
    version: String,
}

/// 召回预览
///
/// Lists what a version of a plugin wrote that is still to be taken back, and what would follow.
/// Changes nothing. While a recall goes on, this becomes less; nothing is left when it is done.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/plugins/{plugin}/versions/{version}/recall",
    operation_id = "recall_preview", tag = "plugins", params(At),
    responses((status = 200, body = OneRecall), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(At { tenant, plugin, version }): Path<At>,
) -> Answer<OneRecall> {
    let listed =
        app.ask(move |kernel| kernel.recall_list(&caller, &tenant, &plugin, &version)).await?;
    Ok(Json(OneRecall { recall: listed.into() }))
}

/// 召回插件版本
///
/// Recalls a version of a plugin: takes back what only it said, in the background. Answers with what
/// is to be taken back; ask the same address with GET for what is left. It must not serve any more.
/// May be asked for again, also after it was interrupted: then the rest is done.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/versions/{version}/recall",
    operation_id = "recall_plugin", tag = "plugins", params(At), request_body = Why,
    responses((status = 202, body = OneRecall), Problems))]
pub(super) async fn undo(
    State(app): State<AppState>,
    By(caller): By,
    Path(At { tenant, plugin, version }): Path<At>,
    Body(why): Body<Why>,
) -> Result<(StatusCode, Json<OneRecall>), Problem> {
    let place = app.place_for_run()?;
    let (by, on, name, number, reason) =
        (caller.clone(), tenant.clone(), plugin.clone(), version.clone(), why.reason.clone());
    let listed = app
        .ask(move |kernel| {
            kernel.recall_may_begin(&by, &on, &name, &number, &reason)?;
            kernel.recall_list(&by, &on, &name, &number)
        })
        .await?;
    let kernel = std::sync::Arc::clone(app.kernel());
    tokio::spawn(async move {
        let id = format!("{plugin}@{version}");
        let done = place.run_detached(move || {
            let told = &mut |recall: &taihu_service::Recall| {
                tracing::debug!(records = recall.records(), "a page is recalled");
            };
            let done =
                kernel.recall_undo(&caller, &tenant, &plugin, &version, &why.reason, told)?;
            kernel.catch_up()?;
            Ok(done)
        });
        match done.await {
            Ok(done) => {
                tracing::info!(plugin = %id, records = done.records(), "a version is recalled")
            }
            Err(Crossing::Verb(error @ (Error::Busy { .. } | Error::Unavailable(_)))) => {
                tracing::warn!(plugin = %id, %error, "a recall is interrupted; ask for it again");
            }
            Err(error) => {
                tracing::error!(plugin = %id, %error, "a recall failed; ask for it again")
            }
        }
    });
    Ok((StatusCode::ACCEPTED, Json(OneRecall { recall: listed.into() })))
}
