//! `/v1/tenants/{tenant}/needs/{need}/matches`, and rankings that are not stored.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::{MatchId, NeedId, TenantSlug};
use taihu_service::{Caller, MatchStep};
use utoipa::IntoParams;

use super::needs::{At as AtNeed, OfTenant};
use super::{Answer, Problems};
use crate::http::body::list as bodies;
use crate::http::body::matching::{Accept, Decline, Matches, NewMatches, OneMatch, OneRanking};
use crate::http::body::need::NeedFacts;
use crate::http::extract::{Body, By, Path};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Identifier of the need.
    #[param(value_type = String)]
    need: NeedId,
    /// Identifier of the match.
    #[serde(rename = "match")]
    #[param(value_type = String)]
    found: MatchId,
}

/// 匹配
///
/// Ranks achievements for a published need, and stores the answers as proposed matches. The same
/// question asked again stores nothing.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs/{need}/matches", operation_id = "match_need",
    tag = "matches", params(AtNeed), responses((status = 200, body = NewMatches), Problems))]
pub(super) async fn run(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtNeed>,
) -> Answer<NewMatches> {
    let matched = app.ask(move |kernel| kernel.match_need(&caller, &at.tenant, at.need)).await?;
    Ok(Json(matched.into()))
}

/// 需求的匹配结果
///
/// Every match of a need, by run and rank; an enterprise sees what was recommended to it.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/needs/{need}/matches", operation_id = "matches",
    tag = "matches", params(AtNeed), responses((status = 200, body = Matches), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtNeed>,
) -> Answer<Matches> {
    let found = app.ask(move |kernel| kernel.matches(&caller, &at.tenant, at.need)).await?;
    Ok(Json(Matches { matches: bodies(found), next: None }))
}

async fn step(app: &AppState, caller: Caller, at: At, step: MatchStep) -> Answer<OneMatch> {
    let found = app
        .ask(move |kernel| kernel.step_match(&caller, &at.tenant, at.need, at.found, &step))
        .await?;
    Ok(Json(OneMatch { found: found.into() }))
}

/// 入围
///
/// A manager thinks a proposed match worth a look.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs/{need}/matches/{match}/shortlist",
    operation_id = "shortlist_match", tag = "matches", params(At),
    responses((status = 200, body = OneMatch), Problems))]
pub(super) async fn shortlist(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneMatch> {
    step(&app, caller, at, MatchStep::Shortlist).await
}

/// 推荐
///
/// The enterprise gets to see a shortlisted match.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs/{need}/matches/{match}/recommend",
    operation_id = "recommend_match", tag = "matches", params(At),
    responses((status = 200, body = OneMatch), Problems))]
pub(super) async fn recommend(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneMatch> {
    step(&app, caller, at, MatchStep::Recommend).await
}

/// 查看推荐
///
/// The enterprise looked at a recommended match.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs/{need}/matches/{match}/view",
    operation_id = "view_match", tag = "matches", params(At),
    responses((status = 200, body = OneMatch), Problems))]
pub(super) async fn view(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneMatch> {
    step(&app, caller, at, MatchStep::View).await
}

/// 采纳
///
/// The enterprise accepts a recommended match. The body may be left out.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs/{need}/matches/{match}/accept",
    operation_id = "accept_match", tag = "matches", params(At), request_body = Option<Accept>,
    responses((status = 200, body = OneMatch), Problems))]
pub(super) async fn accept(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    body: Option<Body<Accept>>,
) -> Answer<OneMatch> {
    let note = body.map(|Body(accept)| accept.note).unwrap_or_default();
    step(&app, caller, at, MatchStep::Accept { note }).await
}

/// 不采纳
///
/// The enterprise declines a recommended match, with a coded reason.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs/{need}/matches/{match}/decline",
    operation_id = "decline_match", tag = "matches", params(At), request_body = Decline,
    responses((status = 200, body = OneMatch), Problems))]
pub(super) async fn decline(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Body(Decline { reason, note }): Body<Decline>,
) -> Answer<OneMatch> {
    step(&app, caller, at, MatchStep::Decline { reason, note }).await
}

/// 即席匹配
///
/// Ranks achievements for a need that is not submitted; nothing is stored.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/rankings", operation_id = "rank", tag = "matches",
    params(OfTenant), request_body = NeedFacts, responses((status = 200, body = OneRanking), Problems))]
pub(super) async fn rank(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
    Body(facts): Body<NeedFacts>,
) -> Answer<OneRanking> {
    let ranking = app.ask(move |kernel| kernel.rank(&caller, &at.tenant, facts.into())).await?;
    Ok(Json(ranking.into()))
}
