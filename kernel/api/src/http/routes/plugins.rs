//! `/v1/tenants/{tenant}/plugins`.

use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use taihu_model::{PluginName, TenantSlug};
use taihu_service::InstallOptions;
use utoipa::IntoParams;

use super::needs::OfTenant;
use super::{Answer, Problems};
use crate::http::body::Why;
use crate::http::body::cost::Costs;
use crate::http::body::plugin::{InstalledNow, OneInstallation, Plugins};
use crate::http::extract::{self, Body, By, Path, Query};
use crate::http::limits::PLUGIN_BYTES_MAX;
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    pub(super) tenant: TenantSlug,
    /// Name of the plugin.
    #[param(value_type = String, example = "readiness")]
    pub(super) plugin: PluginName,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Options {
    /// For scorers: weight in the fused score, per mille.
    #[param(minimum = 0, maximum = 1000)]
    weight: Option<u16>,
}

/// 插件列表
///
/// What is installed on a tenant's ground, with what each says of itself.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/plugins", operation_id = "plugins", tag = "plugins",
    params(OfTenant), responses((status = 200, body = Plugins), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<Plugins> {
    let found = app.ask(move |kernel| {
        let installed = kernel.installations(&caller, &at.tenant)?;
        Ok(Plugins::of(installed, kernel.withheld(&caller, &at.tenant)?))
    });
    Ok(Json(found.await?))
}

/// 插件用量
///
/// What plugins have cost a tenant since each was first called for it: calls, time, memory, traffic.
/// The last minute is in it.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/costs", operation_id = "plugin_costs", tag = "plugins",
    params(OfTenant), responses((status = 200, body = Costs), Problems))]
pub(super) async fn costs(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<Costs> {
    let found = app.ask(move |kernel| kernel.costs(&caller, &at.tenant)).await?;
    Ok(Json(found.into()))
}

/// 安装插件
///
/// Installs a component (`.wasm`), or another version of it: finds out who answers for it, admits the
/// file, compiles it, runs its own cases and the kernel's. It is not called before it is enabled, and not enabled before
/// its wishes are decided upon: `undecided` names those that are not. A refusal names every fault, and
/// keeps nothing.
/// The signature is in the header `Taihu-Signature`: the base64 of the whole `.minisig` file that
/// `taihu plugin sign` or minisign made over the whole component, with a key of a publisher. Without
/// one, or with one that does not hold, the answer is 422 `signature_refused`; versions only go up,
/// and an old one is 409 `conflict`.
/// The configuration is a JSON object in the header `Taihu-Config`, in ASCII (`\u` for the rest).
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins", operation_id = "install_plugin", tag = "plugins",
    params(OfTenant, Options, ("Taihu-Config" = Option<String>, Header, description = "插件配置，JSON对象"),
        ("Taihu-Signature" = Option<String>, Header, description = ".minisig 文件全文的 base64")),
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses((status = 200, body = InstalledNow), Problems))]
pub(super) async fn install(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
    Query(Options { weight }): Query<Options>,
    request: Request,
) -> Answer<InstalledNow> {
    let options = InstallOptions {
        config: extract::config(request.headers())?,
        weight,
        signature: extract::signature(request.headers())?,
    };
    let _leave = app.upload()?;
    let file = extract::upload(request, Some("application/wasm"), PLUGIN_BYTES_MAX).await?;
    let installed = app.ask(move |kernel| {
        let installation = kernel.install(&caller, &at.tenant, &file, options)?;
        let grants = kernel.grants(&caller, &at.tenant, &installation.plugin)?;
        Ok((installation, grants.undecided))
    });
    let (installation, undecided) = installed.await?;
    Ok(Json(InstalledNow { installation: installation.into(), undecided: undecided.into() }))
}

/// 启用插件
///
/// Enables an installed plugin. A niche pool gets its pool. Enabling it again changes nothing.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/enable", operation_id = "enable_plugin",
    tag = "plugins", params(At), responses((status = 200, body = OneInstallation), Problems))]
pub(super) async fn enable(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneInstallation> {
    let enabled = app.ask(move |kernel| kernel.enable(&caller, &at.tenant, &at.plugin)).await?;
    Ok(Json(OneInstallation { installation: enabled.into() }))
}

/// 停用插件
///
/// Suspends an enabled plugin: it is not called until it is enabled again.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/plugins/{plugin}/suspend", operation_id = "suspend_plugin",
    tag = "plugins", params(At), request_body = Why,
    responses((status = 200, body = OneInstallation), Problems))]
pub(super) async fn suspend(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(why): Body<Why>,
) -> Answer<OneInstallation> {
    let suspended =
        app.ask(move |kernel| kernel.suspend(&caller, &at.tenant, &at.plugin, &why.reason)).await?;
    Ok(Json(OneInstallation { installation: suspended.into() }))
}
