//! `/v1/tenants/{tenant}/sources/{source}/secrets`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use taihu_model::{SourceSlug, TenantSlug};
use taihu_service::{Error, Kernel, Secret};
use utoipa::IntoParams;

use super::{Answer, Problems};
use crate::http::body::secret::{OneSecret, PutSecret, Secrets};
use crate::http::extract::{Body, By, Path};
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
    /// Name of the secret: 1 to 64 of a-z, 0-9 and hyphens.
    #[param(example = "token")]
    name: String,
}

/// 来源密钥列表
///
/// The names of a source's secrets, and where each is put in. What they are is shown to nobody.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/sources/{source}/secrets", operation_id = "source_secrets",
    tag = "sources", params(Of), responses((status = 200, body = Secrets), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(of): Path<Of>,
) -> Answer<Secrets> {
    let found = app.ask(move |kernel| kernel.secrets(&caller, &of.tenant, &of.source)).await?;
    Ok(Json(found.into()))
}

/// 存入来源密钥
///
/// Keeps a secret, or replaces the one of that name: the kernel itself puts it into one header of the
/// requests to one origin. It is in no plugin's input, log, capsule or answer.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/sources/{source}/secrets/{name}", operation_id = "put_source_secret",
    tag = "sources", params(At), request_body = PutSecret, responses((status = 200, body = OneSecret), Problems))]
pub(super) async fn put(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(body): Body<PutSecret>,
) -> Answer<OneSecret> {
    let verb = move |kernel: &Kernel| {
        let value = Secret::new(&body.value.0).ok_or_else(|| {
            let (zh, en) = ("密钥为可见的ASCII字符", "a secret is of visible ASCII characters");
            Error::invalid("value", zh, en)
        })?;
        let secret = (&body.terms(), &value);
        kernel.put_secret(&caller, &at.tenant, &at.source, &at.name, secret)
    };
    Ok(Json(OneSecret { secret: app.ask(verb).await?.into() }))
}

/// 删除来源密钥
///
/// Deletes a secret; from the next request on it is not sent any more.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/sources/{source}/secrets/{name}",
    operation_id = "delete_source_secret", tag = "sources", params(At),
    responses((status = 204, description = "已删除。 It is gone."), Problems))]
pub(super) async fn delete(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Result<StatusCode, Problem> {
    let verb =
        move |kernel: &Kernel| kernel.delete_secret(&caller, &at.tenant, &at.source, &at.name);
    app.ask(verb).await?;
    Ok(StatusCode::NO_CONTENT)
}
