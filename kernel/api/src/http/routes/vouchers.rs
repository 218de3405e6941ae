//! `/v1/tenants/{tenant}/ledgers/{ledger}/vouchers`: 创新券.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::{Grounds, LedgerSlug, TenantSlug, VoucherId};
use taihu_service::{Caller, VoucherStep};
use utoipa::IntoParams;

use super::ledgers::AtLedger;
use super::needs::Page;
use super::{Answer, Made, Problems, made};
use crate::http::body::ledger::Because;
use crate::http::body::list as bodies;
use crate::http::body::voucher::{
    BookedVoucher, IssueVoucher, OfUse, OneVoucher, ReserveVoucher, SpendVoucher, Vouchers,
};
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
    #[param(value_type = String, example = "vouchers-2026")]
    ledger: LedgerSlug,
    /// Identifier of the voucher.
    #[param(value_type = String, example = "voucher_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    voucher: VoucherId,
}

/// 创新券列表
///
/// The vouchers of a ledger, the oldest first. An enterprise sees its own.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers", operation_id = "vouchers",
    tag = "ledgers", params(AtLedger, Page), responses((status = 200, body = Vouchers), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Query(page): Query<Page>,
) -> Answer<Vouchers> {
    let limit = cursor::limit(page.limit)?;
    let after = cursor::read("vouchers", page.cursor.as_deref())?;
    let found =
        app.ask(move |kernel| kernel.vouchers(&caller, &at.tenant, &at.ledger, after, limit));
    let (found, next) = found.await?;
    let next = next.map(|id| cursor::write("vouchers", id));
    Ok(Json(Vouchers { vouchers: bodies(found), next }))
}

/// 发放创新券
///
/// Issues a voucher out of the ledger's budget.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers", operation_id = "issue_voucher",
    tag = "ledgers", params(AtLedger, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = IssueVoucher,
    responses((status = 201, body = BookedVoucher, headers(("location" = String))), Problems))]
pub(super) async fn issue(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Once(once): Once,
    Body(body): Body<IssueVoucher>,
) -> Made<BookedVoucher> {
    let (order, grounds) = body.parts();
    let base = format!("/v1/tenants/{}/ledgers/{}/vouchers", at.tenant, at.ledger);
    let booked = app.ask(move |kernel| {
        kernel.issue_voucher(&caller, &at.tenant, &at.ledger, &order, &grounds, once.as_deref())
    });
    let booked = booked.await?;
    made(format!("{base}/{}", booked.0.id), booked.into())
}

/// 查看创新券
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}", operation_id = "voucher",
    tag = "ledgers", params(At), responses((status = 200, body = OneVoucher), Problems))]
pub(super) async fn get(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
) -> Answer<OneVoucher> {
    let found = app.ask(move |kernel| kernel.voucher(&caller, &at.tenant, &at.ledger, at.voucher));
    Ok(Json(OneVoucher { voucher: found.await?.into() }))
}

/// What every step asks of the kernel.
async fn take(
    app: &AppState,
    caller: Caller,
    at: At,
    step: VoucherStep,
    grounds: Grounds,
    once: Option<String>,
) -> Answer<BookedVoucher> {
    let booked = app.ask(move |kernel| {
        let of = (&at.ledger, at.voucher);
        kernel.step_voucher(&caller, &at.tenant, of, &step, &grounds, once.as_deref())
    });
    Ok(Json(booked.await?.into()))
}

/// 预留创新券
///
/// Reserves a part of a voucher for a service.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/reserve",
    operation_id = "reserve_voucher", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = ReserveVoucher,
    responses((status = 200, body = BookedVoucher), Problems))]
pub(super) async fn reserve(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<ReserveVoucher>,
) -> Answer<BookedVoucher> {
    let step = VoucherStep::Reserve { amount_fen: body.amount_fen, service: body.service };
    take(&app, caller, at, step, body.grounds.into(), once).await
}

/// 退回预留
///
/// What was reserved is available again.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/release",
    operation_id = "release_voucher", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = OfUse,
    responses((status = 200, body = BookedVoucher), Problems))]
pub(super) async fn release(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<OfUse>,
) -> Answer<BookedVoucher> {
    let step = VoucherStep::Release { number: body.number };
    take(&app, caller, at, step, body.grounds.into(), once).await
}

/// 使用创新券
///
/// The service was rendered: what was reserved for it is spent, or less, and the rest is available again. Of
/// two at once, one is told that it is spent already.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/spend",
    operation_id = "spend_voucher", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = SpendVoucher,
    responses((status = 200, body = BookedVoucher), Problems))]
pub(super) async fn spend(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<SpendVoucher>,
) -> Answer<BookedVoucher> {
    let step = VoucherStep::Spend { number: body.number, amount_fen: body.amount_fen };
    take(&app, caller, at, step, body.grounds.into(), once).await
}

/// 兑付
///
/// Who rendered the service is paid.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/settle",
    operation_id = "settle_voucher", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = OfUse,
    responses((status = 200, body = BookedVoucher), Problems))]
pub(super) async fn settle(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<OfUse>,
) -> Answer<BookedVoucher> {
    let step = VoucherStep::Settle { number: body.number };
    take(&app, caller, at, step, body.grounds.into(), once).await
}

/// 到期失效
///
/// What is available after the last day is taken back. What is reserved stays.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/expire",
    operation_id = "expire_voucher", tag = "ledgers", params(At, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = Because,
    responses((status = 200, body = BookedVoucher), Problems))]
pub(super) async fn expire(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<At>,
    Once(once): Once,
    Body(body): Body<Because>,
) -> Answer<BookedVoucher> {
    let step = VoucherStep::Expire;
    take(&app, caller, at, step, body.grounds.into(), once).await
}
