//! The search page for people, and suggestions while somebody types.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use taihu_service::SUGGEST_MAX;
use utoipa::IntoParams;

use super::achievements::Find;
use super::{Answer, Problems};
use crate::http::body::search::Suggestions;
use crate::http::extract::{By, Query};
use crate::http::layers;
use crate::http::pages::search::{Names, page};
use crate::http::problem::Problem;
use crate::http::state::AppState;

/// The page's own style and script, and the suggestions that the script asks for.
const SEARCH_ONLY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
                           connect-src 'self'; base-uri 'none'; form-action 'self'; \
                           frame-ancestors 'none'";

/// 成果检索页面
///
/// What `/v1/achievements` answers, for people; works without a script.
#[utoipa::path(get, path = "/search", operation_id = "search_page", tag = "service", params(Find),
    responses((status = 200, description = "检索页面", body = String, content_type = "text/html"), Problems))]
pub(super) async fn show(
    State(app): State<AppState>,
    By(caller): By,
    Query(find): Query<Find>,
) -> Result<Response, Problem> {
    let mut asked = find.asked()?;
    asked.facets = true;
    let verb = move |kernel: &taihu_service::Kernel| {
        let found = kernel.search(&caller, &asked)?;
        let tenants = kernel.tenants()?.into_iter().map(|one| (one.slug.to_string(), one.name));
        // Who may not read pools sees their slugs.
        let pools = kernel.pools(&caller).unwrap_or_default().into_iter();
        let pools = pools.map(|one| (one.slug.to_string(), one.description.label.zh));
        let names = Names { tenants: tenants.collect(), pools: pools.collect() };
        Ok(page(&asked, &found, &names))
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, SEARCH_ONLY),
        (CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, app.ask(verb).await?).into_response())
}

/// 检索页面脚本
#[utoipa::path(get, path = "/search.js", operation_id = "search_script", tag = "service",
    responses((status = 200, description = "脚本", body = String, content_type = "text/javascript")))]
pub(super) async fn script() -> Response {
    layers::page(
        "text/javascript; charset=utf-8",
        "default-src 'none'; frame-ancestors 'none'",
        include_str!("../pages/search.js"),
    )
}

/// What has been typed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Begun {
    /// 已输入的内容。 The beginning of a word.
    #[serde(default)]
    q: String,
    /// 1 to 10; 10 if absent.
    #[param(minimum = 1, maximum = 10)]
    limit: Option<usize>,
}

/// 输入提示
///
/// Keywords, owners and heads of titles of published achievements that begin so, the most common
/// first. Full width, capitals and traditional characters make no difference.
#[utoipa::path(get, path = "/v1/suggest", operation_id = "suggest", tag = "achievements",
    params(Begun), responses((status = 200, body = Suggestions), Problems))]
pub(super) async fn suggest(
    State(app): State<AppState>,
    By(caller): By,
    Query(begun): Query<Begun>,
) -> Answer<Suggestions> {
    let limit = begun.limit.unwrap_or(SUGGEST_MAX);
    if !(1..=SUGGEST_MAX).contains(&limit) {
        return Err(Problem::fault(
            StatusCode::BAD_REQUEST,
            "malformed",
            "query.limit",
            format!("limit 应为1至{SUGGEST_MAX}，现为{limit}"),
            format!("there are 1 to {SUGGEST_MAX} suggestions, not {limit}"),
        ));
    }
    let verb = move |kernel: &taihu_service::Kernel| kernel.suggest(&caller, &begun.q, limit);
    Ok(Json(app.ask(verb).await?.into()))
}
