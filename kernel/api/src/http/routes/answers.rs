//! What goes with answers: `/v1/tenants/{tenant}/weights`, why not, what is similar, teams, feedback,
//! pushes.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::{AchievementId, NeedId, TenantSlug};
use utoipa::IntoParams;

use super::achievements::At as AtAchievement;
use super::needs::{At as AtNeed, OfTenant};
use super::{Answer, Problems};
use crate::http::body::answers::{
    FeedbackList, NeedsFor, NoteFeedback, OneTuning, OneWeights, OneWhyNot, Pushes, PutWeights,
    SimilarAchievements, SimilarNeeds, Teams,
};
use crate::http::extract::{Body, By, Path};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AtPair {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Identifier of the need.
    #[param(value_type = String)]
    need: NeedId,
    /// Identifier of the achievement.
    #[param(value_type = String)]
    achievement: AchievementId,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct Offered {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Identifier of the achievement.
    #[param(value_type = String)]
    achievement: AchievementId,
}

/// 融合权重
///
/// How much the kernel's own order and every scorer count in a tenant's fused scores.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/weights", operation_id = "weights", tag = "matches",
    params(OfTenant), responses((status = 200, body = OneWeights), Problems))]
pub(super) async fn weights(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<OneWeights> {
    let found = app.ask(move |kernel| kernel.weights(&caller, &at.tenant)).await?;
    Ok(Json(OneWeights { weights: found.into() }))
}

/// 设置融合权重
///
/// Sets a tenant's weights, all of them; the next ranking goes by them. 409 if somebody set others
/// since they were read.
#[utoipa::path(put, path = "/v1/tenants/{tenant}/weights", operation_id = "put_weights", tag = "matches",
    params(OfTenant), request_body = PutWeights,
    responses((status = 200, body = OneWeights), Problems))]
pub(super) async fn put_weights(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
    Body(body): Body<PutWeights>,
) -> Answer<OneWeights> {
    let set = app.ask(move |kernel| kernel.set_weights(&caller, &at.tenant, body.into())).await?;
    Ok(Json(OneWeights { weights: set.into() }))
}

/// 学习融合权重
///
/// Weights learnt from what the tenant's people accepted and declined, and what they would gain on
/// needs held back. Changes nothing.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/weights/tuning", operation_id = "tuning",
    tag = "matches", params(OfTenant), responses((status = 200, body = OneTuning), Problems))]
pub(super) async fn tuning(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<OneTuning> {
    let tuning = app.ask(move |kernel| kernel.tune(&caller, &at.tenant)).await?;
    Ok(Json(OneTuning { tuning: tuning.into() }))
}

/// 采用学到的融合权重
///
/// Learns anew and sets what is proposed; 409 if there is too little to learn from, or it does not help.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/weights/tuning", operation_id = "apply_tuning",
    tag = "matches", params(OfTenant), responses((status = 200, body = OneTuning), Problems))]
pub(super) async fn apply_tuning(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<OneTuning> {
    let tuning = app.ask(move |kernel| kernel.apply_tuning(&caller, &at.tenant)).await?;
    Ok(Json(OneTuning { tuning: tuning.into() }))
}

/// 为何未推荐
///
/// Where an achievement stands in the order of a need, each of its factors beside that of the last
/// answer that is shown, and what held it back. Ranks anew, stores nothing.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/needs/{need}/why-not/{achievement}",
    operation_id = "why_not", tag = "matches", params(AtPair),
    responses((status = 200, body = OneWhyNot), Problems))]
pub(super) async fn why_not(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtPair>,
) -> Answer<OneWhyNot> {
    let why =
        app.ask(move |kernel| kernel.why_not(&caller, &at.tenant, at.need, at.achievement)).await?;
    Ok(Json(OneWhyNot { why_not: why.into() }))
}

/// 相似需求
///
/// Needs that say much the same: those that the caller may read, and the titles of public ones.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/needs/{need}/similar", operation_id = "similar_needs",
    tag = "matches", params(AtNeed), responses((status = 200, body = SimilarNeeds), Problems))]
pub(super) async fn similar_needs(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtNeed>,
) -> Answer<SimilarNeeds> {
    let found = app.ask(move |kernel| kernel.similar_needs(&caller, &at.tenant, at.need)).await?;
    Ok(Json(found.into()))
}

/// 相似成果
///
/// Published achievements that say much the same.
#[utoipa::path(get, path = "/v1/achievements/{achievement}/similar",
    operation_id = "similar_achievements", tag = "matches", params(AtAchievement),
    responses((status = 200, body = SimilarAchievements), Problems))]
pub(super) async fn similar_achievements(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtAchievement>,
) -> Answer<SimilarAchievements> {
    let found = app.ask(move |kernel| kernel.similar_achievements(&caller, at.achievement)).await?;
    Ok(Json(found.into()))
}

/// 技术与团队导航
///
/// Who stands behind the best candidates for a need: organisations and inventors by name, their
/// achievements, and how many matches with them were accepted. Never contact data.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/needs/{need}/teams", operation_id = "teams",
    tag = "matches", params(AtNeed), responses((status = 200, body = Teams), Problems))]
pub(super) async fn teams(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtNeed>,
) -> Answer<Teams> {
    let found = app.ask(move |kernel| kernel.teams(&caller, &at.tenant, at.need)).await?;
    Ok(Json(found.into()))
}

/// 匹配的反馈记录
///
/// Which matches of a need were shown to whom, and opened by whom. An enterprise sees its own.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/needs/{need}/feedback", operation_id = "feedback",
    tag = "matches", params(AtNeed), responses((status = 200, body = FeedbackList), Problems))]
pub(super) async fn feedback(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtNeed>,
) -> Answer<FeedbackList> {
    let found = app.ask(move |kernel| kernel.feedback(&caller, &at.tenant, at.need)).await?;
    Ok(Json(found.into()))
}

/// 登记匹配的展示与查看
///
/// Notes that matches were shown to the caller, or opened by them; each match once for each person
/// and kind. Answers with what was new.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/needs/{need}/feedback", operation_id = "note_feedback",
    tag = "matches", params(AtNeed), request_body = NoteFeedback,
    responses((status = 200, body = FeedbackList), Problems))]
pub(super) async fn note_feedback(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtNeed>,
    Body(NoteFeedback { kind, matches }): Body<NoteFeedback>,
) -> Answer<FeedbackList> {
    let noted = app
        .ask(move |kernel| kernel.note_feedback(&caller, &at.tenant, at.need, kind, &matches))
        .await?;
    Ok(Json(noted.into()))
}

/// 新成果推送
///
/// New achievements that may answer the tenant's open needs and that nobody has taken up, the newest
/// first. An enterprise sees those for its own needs.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/pushes", operation_id = "pushes", tag = "matches",
    params(OfTenant), responses((status = 200, body = Pushes), Problems))]
pub(super) async fn pushes(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<Pushes> {
    let found = app.ask(move |kernel| kernel.pushes(&caller, &at.tenant)).await?;
    Ok(Json(found.into()))
}

/// 成果可解决的需求
///
/// Open needs that a published achievement may answer, on the tenant's ground and public ones
/// elsewhere; scored as the need itself would score it.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/achievements/{achievement}/needs",
    operation_id = "needs_for", tag = "matches", params(Offered),
    responses((status = 200, body = NeedsFor), Problems))]
pub(super) async fn needs_for(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<Offered>,
) -> Answer<NeedsFor> {
    let found =
        app.ask(move |kernel| kernel.needs_for(&caller, &at.tenant, at.achievement)).await?;
    Ok(Json(found.into()))
}
