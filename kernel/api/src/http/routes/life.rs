//! `/v1/tenants/{tenant}/plugins/{plugin}/…`: a plugin's life, what it does differently, and what is
//! kept of it.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderName};
use serde::Deserialize;
use taihu_model::{CapsuleId, PluginName, ScoreRunId, TenantSlug};
use utoipa::IntoParams;

use super::plugins::At;
use super::{Answer, Problems};
use crate::http::body::Why;
use crate::http::body::life::{
    Capsules, OneCapsule, OneDifference, OnePoolDifference, OneReplay, Promote, SampleCapsule,
    Shadow,
};
use crate::http::body::plugin::OneInstallation;
use crate::http::extract::{Body, By, Path};
use crate::http::problem::Problem;
use crate::http::state::AppState;

/// 影子运行
///
/// Has a version that waits called beside what serves; nobody sees its answers. Doing it again
/// changes nothing.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/shadow", operation_id = "shadow_plugin",
    tag = "plugins", params(At), request_body = Shadow,
    responses((status = 200, body = OneInstallation), Problems))]
pub(super) async fn shadow(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<Shadow>,
) -> Answer<OneInstallation> {
    let changed =
        app.ask(move |kernel| kernel.shadow(&caller, &at.tenant, &at.plugin, body.by_rule)).await?;
    Ok(Json(OneInstallation { installation: changed.into() }))
}

/// 推进试运行版本
///
/// Takes the version on trial further: to a share of the calls, or to all of them.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/promote", operation_id = "promote_plugin",
    tag = "plugins", params(At), request_body = Promote,
    responses((status = 200, body = OneInstallation), Problems))]
pub(super) async fn promote(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<Promote>,
) -> Answer<OneInstallation> {
    let changed =
        app.ask(move |kernel| kernel.promote(&caller, &at.tenant, &at.plugin, body.into())).await?;
    Ok(Json(OneInstallation { installation: changed.into() }))
}

/// 恢复上一版本
///
/// Sends the version on trial away, or else goes back to the version that served before. Calls in
/// flight finish on the version they began with.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/rollback", operation_id = "roll_back_plugin",
    tag = "plugins", params(At), request_body = Why,
    responses((status = 200, body = OneInstallation), Problems))]
pub(super) async fn roll_back(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(why): Body<Why>,
) -> Answer<OneInstallation> {
    let changed = app
        .ask(move |kernel| kernel.roll_back(&caller, &at.tenant, &at.plugin, &why.reason))
        .await?;
    Ok(Json(OneInstallation { installation: changed.into() }))
}

/// 隔离插件
///
/// Takes a plugin out of service until a person releases it.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/quarantine", operation_id = "quarantine_plugin",
    tag = "plugins", params(At), request_body = Why,
    responses((status = 200, body = OneInstallation), Problems))]
pub(super) async fn quarantine(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(why): Body<Why>,
) -> Answer<OneInstallation> {
    let changed = app
        .ask(move |kernel| kernel.quarantine(&caller, &at.tenant, &at.plugin, &why.reason))
        .await?;
    Ok(Json(OneInstallation { installation: changed.into() }))
}

/// 解除隔离
///
/// Releases a quarantined plugin: it is suspended, and can be enabled again.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/release", operation_id = "release_plugin",
    tag = "plugins", params(At), request_body = Why,
    responses((status = 200, body = OneInstallation), Problems))]
pub(super) async fn release(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(why): Body<Why>,
) -> Answer<OneInstallation> {
    let changed =
        app.ask(move |kernel| kernel.release(&caller, &at.tenant, &at.plugin, &why.reason)).await?;
    Ok(Json(OneInstallation { installation: changed.into() }))
}

/// 移除插件
///
/// Removes a plugin from a tenant's ground. What it wrote stays, with its digest.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/remove", operation_id = "remove_plugin",
    tag = "plugins", params(At), request_body = Why,
    responses((status = 200, body = OneInstallation), Problems))]
pub(super) async fn remove(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(why): Body<Why>,
) -> Answer<OneInstallation> {
    let changed =
        app.ask(move |kernel| kernel.remove(&caller, &at.tenant, &at.plugin, &why.reason)).await?;
    Ok(Json(OneInstallation { installation: changed.into() }))
}

/// 试运行差异
///
/// What the version on trial does differently from what serves without it, as far as it was counted.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/plugins/{plugin}/difference", operation_id = "plugin_difference",
    tag = "plugins", params(At), responses((status = 200, body = OneDifference), Problems))]
pub(super) async fn difference(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneDifference> {
    let seen = app.ask(move |kernel| kernel.difference(&caller, &at.tenant, &at.plugin)).await?;
    Ok(Json(OneDifference { difference: seen.into() }))
}

/// 预览入池变化
///
/// Has the version on trial of a niche pool judge every published achievement: who would enter, who
/// would leave, and why. Changes no membership.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/preview", operation_id = "preview_pool",
    tag = "plugins", params(At), responses((status = 200, body = OnePoolDifference), Problems))]
pub(super) async fn preview(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OnePoolDifference> {
    let seen =
        app.ask(move |kernel| kernel.compare_pool(&caller, &at.tenant, &at.plugin, &mut |_| {}));
    Ok(Json(OnePoolDifference { difference: seen.await?.into() }))
}

/// 留存一次评分的调用
///
/// Keeps the call that a scorer was asked in a score run, masked: a sample for its author.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/capsules", operation_id = "sample_capsule",
    tag = "plugins", params(At), request_body = SampleCapsule,
    responses((status = 200, body = OneCapsule), Problems))]
pub(super) async fn sample(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<SampleCapsule>,
) -> Answer<OneCapsule> {
    let kept =
        app.ask(move |kernel| kernel.sample_capsule(&caller, &at.tenant, &at.plugin, body.run));
    Ok(Json(kept.await?.into()))
}

/// 留存的调用
///
/// The failing and sampled calls that are kept of a plugin, for its author.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/plugins/{plugin}/capsules", operation_id = "capsules",
    tag = "plugins", params(At), responses((status = 200, body = Capsules), Problems))]
pub(super) async fn capsules(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<Capsules> {
    let kept = app.ask(move |kernel| kernel.capsules(&caller, &at.tenant, &at.plugin)).await?;
    Ok(Json(kept.into()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AtCapsule {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Name of the plugin.
    #[param(value_type = String, example = "readiness")]
    plugin: PluginName,
    /// Identifier of the capsule.
    #[param(value_type = String)]
    capsule: CapsuleId,
}

/// 下载胶囊
///
/// One failing call as a file that `taihu replay` makes again on the author's machine.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/plugins/{plugin}/capsules/{capsule}", operation_id = "capsule",
    tag = "plugins", params(AtCapsule),
    responses((status = 200, body = Vec<u8>, content_type = "application/gzip"), Problems))]
pub(super) async fn capsule(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtCapsule>,
) -> Result<([(HeaderName, String); 2], Vec<u8>), Problem> {
    let named = format!("attachment; filename=\"{}.capsule\"", at.capsule);
    let file =
        app.ask(move |kernel| kernel.capsule(&caller, &at.tenant, &at.plugin, at.capsule)).await?;
    let headers = [(CONTENT_TYPE, "application/gzip".to_owned()), (CONTENT_DISPOSITION, named)];
    Ok((headers, file))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AtRun {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Identifier of the score run.
    #[param(value_type = String)]
    run: ScoreRunId,
}

/// 重放评分
///
/// Makes a score run again from what was kept, with the versions that were asked then, and says what
/// differs. Stores nothing.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/score-runs/{run}/replay", operation_id = "replay",
    tag = "matches", params(AtRun), responses((status = 200, body = OneReplay), Problems))]
pub(super) async fn replay(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtRun>,
) -> Answer<OneReplay> {
    let replay = app.ask(move |kernel| kernel.replay(&caller, &at.tenant, at.run, false)).await?;
    Ok(Json(replay.into()))
}
