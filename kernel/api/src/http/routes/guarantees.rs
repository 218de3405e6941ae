//! `/v1/tenants/{tenant}/ledgers/{ledger}/guarantees`: 担保.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::{Grounds, GuaranteeId, LedgerSlug, TenantSlug};
use taihu_service::{Caller, GuaranteeStep};
use utoipa::IntoParams;

use super::ledgers::AtLedger;
use super::needs::Page;
use super::{Answer, Made, Problems, made};
use crate::http::body::guarantee::{
    BookedGuarantee, GiveGuarantee, Guarantees, LodgeClaim, OneGuarantee,
};
use crate::http::body::ledger::{Amount, Because};
use crate::http::body::list as bodies;
use crate::http::cursor;
use crate::http::extract::{Body, By, Once, Path, Query};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct At {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Slug of the ledger.
    #[param(value_type = String, example = "risk-pool")]
    ledger: LedgerSlug,
    /// Identifier of the guarantee.
    #[param(value_type = String, example = "guarantee_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    guarantee: GuaranteeId,
}

/// 担保列表
///
/// The guarantees of a ledger, the oldest first. Who lodges claims sees them too.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees", operation_id = "guarantees",
    tag = "ledgers", params(AtLedger, Page), responses((status = 200, body = Guarantees), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Query(page): Query<Page>,
) -> Answer<Guarantees> {
    let limit = cursor::limit(page.limit)?;
    let after = cursor::read("guarantees", page.cursor.as_deref())?;
    let found =
        app.ask(move |kernel| kernel.guarantees(&caller, &at.tenant, &at.ledger, after, limit));
    let (found, next) = found.await?;
    let next = next.map(|id| cursor::write("guarantees", id));
    Ok(Json(Guarantees { guarantees: bodies(found), next }))
}

/// 提供担保
///
/// Gives a guarantee, if the pool could pay it in full today.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees", operation_id = "give_guarantee",
    tag = "ledgers", params(AtLedger, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = GiveGuarantee,
    responses((status = 201, body = BookedGuarantee, headers(("location" = String))), Problems))]
pub(super) async fn give(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Once(once): Once,
    Body(body): Body<GiveGuarantee>,
) -> Made<BookedGuarantee> {
    let (order, grounds) = body.parts();
    let base = format!("/v1/tenants/{}/ledgers/{}/guarantees", at.tenant, at.ledger);
    let booked = app.ask(move |kernel| {
        kernel.give_guarantee(&caller, &at.tenant, &at.ledger, &order, &grounds, once.as_deref())
    });
    let booked = booked.await?;
    made(format!("{base}/{}", booked.0.id), booked.into())
}

/// 查看担保
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}", operation_id = "guarantee",
    tag = "ledgers", params(At), responses((status = 200, body = OneGuarantee), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneGuarantee> {
    let found =
        app.ask(move |kernel| kernel.guarantee(&caller, &at.tenant, &at.ledger, at.guarantee));
    Ok(Json(OneGuarantee { guarantee: found.await?.into() }))
}

/// What every step asks of the kernel.
async fn take(
    app: &AppState,
    caller: Caller,
    at: At,
    step: GuaranteeStep,
    grounds: Grounds,
    once: Option<String>,
) -> Answer<BookedGuarantee> {
    let booked = app.ask(move |kernel| {
        let of = (&at.ledger, at.guarantee);
        kernel.step_guarantee(&caller, &at.tenant, of, &step, &grounds, once.as_deref())
    });
    Ok(Json(booked.await?.into()))
}

/// 解除担保
///
/// It ends without a loss.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/release",
    operation_id = "release_guarantee", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = Because,
    responses((status = 200, body = BookedGuarantee), Problems))]
pub(super) async fn release(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<Because>,
) -> Answer<BookedGuarantee> {
    let step = GuaranteeStep::Release;
    take(&app, caller, at, step, body.grounds.into(), once).await
}

/// 申请代偿
///
/// Claims a loss: the pool pays its share, up to what it covers, once somebody else decides so.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/claim",
    operation_id = "claim_guarantee", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = LodgeClaim,
    responses((status = 200, body = BookedGuarantee), Problems))]
pub(super) async fn claim(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<LodgeClaim>,
) -> Answer<BookedGuarantee> {
    let step = GuaranteeStep::Claim { loss_fen: body.loss_fen };
    take(&app, caller, at, step, body.grounds.into(), once).await
}

/// 支付代偿
///
/// Pays the claim. Who lodged it does not decide it.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/pay",
    operation_id = "pay_guarantee", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = Because,
    responses((status = 200, body = BookedGuarantee), Problems))]
pub(super) async fn pay(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<Because>,
) -> Answer<BookedGuarantee> {
    let step = GuaranteeStep::Pay;
    take(&app, caller, at, step, body.grounds.into(), once).await
}

/// 驳回代偿
///
/// Refuses the claim: the guarantee goes on.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/refuse",
    operation_id = "refuse_guarantee", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = Because,
    responses((status = 200, body = BookedGuarantee), Problems))]
pub(super) async fn refuse(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<Because>,
) -> Answer<BookedGuarantee> {
    let step = GuaranteeStep::Refuse;
    take(&app, caller, at, step, body.grounds.into(), once).await
}

/// 追偿入账
///
/// Money of a paid claim comes back.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/recover",
    operation_id = "recover_guarantee", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = Amount,
    responses((status = 200, body = BookedGuarantee), Problems))]
pub(super) async fn recover(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<Amount>,
) -> Answer<BookedGuarantee> {
    let step = GuaranteeStep::Recover { amount_fen: body.amount_fen };
    take(&app, caller, at, step, body.grounds.into(), once).await
}
