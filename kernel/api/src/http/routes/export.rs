//! Lists as tables, for spreadsheets.

use axum::extract::State;
use axum::http::Uri;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Problems;
use super::achievements::Find;
use super::needs::OfTenant;
use crate::http::export::{self, Format, Table};
use crate::http::extract::{self, By, Path, Query};
use crate::http::problem::Problem;
use crate::http::state::AppState;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct As {
    /// `csv` (UTF-8 with a mark) or `xlsx`; `csv` if absent.
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// 导出成果
///
/// Every achievement that the same search finds, as a table: at most 5,000, more are refused. Contact
/// data is never among it.
#[utoipa::path(get, path = "/v1/achievements/export", operation_id = "export_achievements", tag = "achievements",
    params(Find, As), responses(
        (status = 200, description = "CSV 或 XLSX", content((String = "text/csv"), (Vec<u8> = XLSX))), Problems))]
pub(super) async fn achievements(
    State(app): State<AppState>,
    By(caller): By,
    uri: Uri,
) -> Result<Response, Problem> {
    let (form, search) = apart(&uri);
    let As { format } = extract::query(&form)?;
    let asked = extract::query::<Find>(&search)?.asked()?;
    let found = app.ask(move |kernel| kernel.export_achievements(&caller, &asked)).await?;
    file(format, &export::achievements(&found), "achievements")
}

/// 导出需求
///
/// Every need of the tenant that the token may see, as a table: at most 5,000, more are refused.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/needs/export", operation_id = "export_needs", tag = "needs",
    params(OfTenant, As), responses(
        (status = 200, description = "CSV 或 XLSX", content((String = "text/csv"), (Vec<u8> = XLSX))), Problems))]
pub(super) async fn needs(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
    Query(form): Query<As>,
) -> Result<Response, Problem> {
    let found = app.ask(move |kernel| kernel.export_needs(&caller, &at.tenant)).await?;
    file(form.format, &export::needs(&found), "needs")
}

/// The query's `format`, and the rest of it, as addresses of their own.
fn apart(uri: &Uri) -> (Uri, Uri) {
    let query = uri.query().unwrap_or_default();
    let parts = query.split('&').filter(|part| !part.is_empty());
    let (form, search): (Vec<_>, Vec<_>) =
        parts.partition(|part| part.split('=').next() == Some("format"));
    let address = |parts: &[&str]| format!("/?{}", parts.join("&")).parse().unwrap_or_default();
    (address(&form), address(&search))
}

fn file(format: Format, table: &Table, name: &str) -> Result<Response, Problem> {
    let bytes = format.write(table).map_err(|error| {
        tracing::error!(%error, "a table cannot be written");
        Problem::internal()
    })?;
    let disposition = format!("attachment; filename=\"{name}.{}\"", format.extension());
    let headers =
        [(CONTENT_TYPE, format.content_type().to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, bytes).into_response())
}
