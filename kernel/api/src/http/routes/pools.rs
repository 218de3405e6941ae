//! `/v1/pools`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::{AchievementId, PoolSlug};
use utoipa::IntoParams;

use super::achievements::works_on_pools;
use super::needs::Page;
use super::{Answer, Problems};
use crate::http::body::pool::{
    Curate, Member, Members, Membership, OneFill, OneMembership, OnePool, Pools,
};
use crate::http::body::{Why, list as bodies};
use crate::http::cursor;
use crate::http::extract::{Body, By, Path, Query};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Slug of the pool.
    #[param(value_type = String, example = "changxing-newenergy")]
    pool: PoolSlug,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AtMember {
    /// Slug of the pool.
    #[param(value_type = String, example = "changxing-newenergy")]
    pool: PoolSlug,
    /// Identifier of the achievement.
    #[param(value_type = String)]
    achievement: AchievementId,
}

/// 成果池列表
#[utoipa::path(get, path = "/v1/pools", operation_id = "pools", tag = "pools",
    responses((status = 200, body = Pools), Problems))]
pub(super) async fn list(State(app): State<AppState>, By(caller): By) -> Answer<Pools> {
    let found = app.ask(move |kernel| kernel.pools(&caller)).await?;
    Ok(Json(Pools { pools: bodies(found), next: None }))
}

/// 查看成果池
///
/// One pool, how many published achievements are in it, and which version of its rule decided so.
#[utoipa::path(get, path = "/v1/pools/{pool}", operation_id = "pool", tag = "pools", params(At),
    responses((status = 200, body = OnePool), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OnePool> {
    let found = app.ask(move |kernel| kernel.pool_standing(&caller, &at.pool)).await?;
    Ok(Json(found.into()))
}

/// 成果池成员
///
/// Published achievements of a pool. Who works on pools sees also those it might have, and those it
/// has not, with every reason.
#[utoipa::path(get, path = "/v1/pools/{pool}/members", operation_id = "pool_members", tag = "pools",
    params(At, Page), responses((status = 200, body = Members), Problems))]
pub(super) async fn members(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Query(page): Query<Page>,
) -> Answer<Members> {
    let (limit, inside) = (cursor::limit(page.limit)?, works_on_pools(&caller));
    let after = cursor::read("members", page.cursor.as_deref())?;
    let found = app.ask(move |kernel| kernel.memberships(&caller, &at.pool, after, limit));
    let found = found.await?;
    let shown = |(membership, achievement)| {
        let membership = Membership::from(membership);
        let membership = if inside { Some(membership) } else { membership.published() };
        membership.map(|membership| Member { membership, achievement: bodies_of(achievement) })
    };
    let members = found.members.into_iter().filter_map(shown).collect();
    Ok(Json(Members { members, next: found.next.map(|id| cursor::write("members", id)) }))
}

fn bodies_of(record: taihu_model::Achievement) -> crate::http::body::achievement::Achievement {
    record.into()
}

/// 运行入池规则
///
/// Runs a pool's rule over every published achievement. What a person decided stays. Harmless to
/// repeat: what did not change is not written.
#[utoipa::path(post, path = "/v1/pools/{pool}/fill", operation_id = "fill_pool", tag = "pools", params(At),
    responses((status = 200, body = OneFill), Problems))]
pub(super) async fn fill(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneFill> {
    let filled = app.ask(move |kernel| kernel.fill_pool(&caller, &at.pool, &mut |_| {})).await?;
    Ok(Json(filled.into()))
}

/// 置入或排除
///
/// A person's word over the rule's: it survives every run of the rule.
#[utoipa::path(put, path = "/v1/pools/{pool}/members/{achievement}", operation_id = "curate", tag = "pools",
    params(AtMember), request_body = Curate, responses((status = 200, body = OneMembership), Problems))]
pub(super) async fn curate(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtMember>,
    Body(body): Body<Curate>,
) -> Answer<OneMembership> {
    let curated = app.ask(move |kernel| {
        kernel.curate(&caller, &at.pool, at.achievement, Some(body.action), &body.reason)
    });
    Ok(Json(OneMembership { membership: curated.await?.into() }))
}

/// 取消置入或排除
///
/// The rule decides again.
#[utoipa::path(delete, path = "/v1/pools/{pool}/members/{achievement}", operation_id = "uncurate", tag = "pools",
    params(AtMember), request_body = Why, responses((status = 200, body = OneMembership), Problems))]
pub(super) async fn uncurate(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtMember>,
    Body(why): Body<Why>,
) -> Answer<OneMembership> {
    let curated =
        app.ask(move |kernel| kernel.curate(&caller, &at.pool, at.achievement, None, &why.reason));
    Ok(Json(OneMembership { membership: curated.await?.into() }))
}
