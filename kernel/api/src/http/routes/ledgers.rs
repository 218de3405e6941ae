//! `/v1/tenants/{tenant}/ledgers`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use taihu_model::{AccountSlug, LedgerSlug, TenantSlug};
use utoipa::IntoParams;

use super::needs::{OfTenant, Page};
use super::{Answer, Made, Problems, made};
use crate::http::body::ledger::{
    Amount, Balance, Income, LedgerEntries, Ledgers, OneAccount, OneCheck, OneEntry, OneLedger,
    OpenAccount, OpenLedger, PostEntry, Statement,
};
use crate::http::body::list as bodies;
use crate::http::cursor;
use crate::http::extract::{Body, By, Once, Path, Query};
use crate::http::state::AppState;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AtLedger {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    pub(super) tenant: TenantSlug,
    /// Slug of the ledger.
    #[param(value_type = String, example = "vouchers-2026")]
    pub(super) ledger: LedgerSlug,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct AtAccount {
    /// Slug of the tenant.
    #[param(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// Slug of the ledger.
    #[param(value_type = String, example = "vouchers-2026")]
    ledger: LedgerSlug,
    /// Slug of the account.
    #[param(value_type = String, example = "available")]
    account: AccountSlug,
}

/// After which entry.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// Number of an entry: as it was after that one. Now, if absent.
    at: Option<u64>,
}

/// A page of what was up to an entry.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageAt {
    /// Number of an entry: as it was after that one. Now, if absent.
    at: Option<u64>,
    /// 1 to 200; 20 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// 账本列表
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers", operation_id = "ledgers", tag = "ledgers",
    params(OfTenant), responses((status = 200, body = Ledgers), Problems))]
pub(super) async fn list(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
) -> Answer<Ledgers> {
    let found = app.ask(move |kernel| kernel.ledgers(&caller, &at.tenant)).await?;
    Ok(Json(Ledgers { ledgers: bodies(found), next: None }))
}

/// 开立账本
///
/// Opens a ledger of vouchers (科技创新券), of a risk pool (风险池) or of revenue (转化收益), with the
/// accounts of its kind. Its terms stay.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers", operation_id = "open_ledger", tag = "ledgers",
    params(OfTenant), request_body = OpenLedger,
    responses((status = 201, body = OneLedger, headers(("location" = String))), Problems))]
pub(super) async fn open(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<OfTenant>,
    Body(body): Body<OpenLedger>,
) -> Made<OneLedger> {
    let opened = app.ask(move |kernel| {
        kernel.open_ledger(&caller, &at.tenant, body.slug, &body.name, body.terms.into())
    });
    let ledger = opened.await?;
    let location = format!("/v1/tenants/{}/ledgers/{}", ledger.tenant, ledger.slug);
    made(location, OneLedger { ledger: ledger.into() })
}

/// 账本余额
///
/// A ledger and its accounts: now, or as they were after an entry.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers/{ledger}", operation_id = "ledger", tag = "ledgers",
    params(AtLedger, After), responses((status = 200, body = Balance), Problems))]
pub(super) async fn balance(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Query(after): Query<After>,
) -> Answer<Balance> {
    let found = app
        .ask(move |kernel| kernel.ledger_balance(&caller, &at.tenant, &at.ledger, after.at))
        .await?;
    Ok(Json(found.into()))
}

/// 核对账本
///
/// Adds the ledger up from its first entry to its last, or to the one that is named, and says what is
/// wrong: sums that are not zero, balances that do not follow, limits that were crossed.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers/{ledger}/check", operation_id = "check_ledger",
    tag = "ledgers", params(AtLedger, After), responses((status = 200, body = OneCheck), Problems))]
pub(super) async fn check(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Query(after): Query<After>,
) -> Answer<OneCheck> {
    let check = app
        .ask(move |kernel| kernel.check_ledger(&caller, &at.tenant, &at.ledger, after.at))
        .await?;
    Ok(Json(OneCheck { check: check.into() }))
}

/// 开立科目
///
/// Opens a party's account in a ledger of revenue. The other kinds have the accounts they need.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/accounts", operation_id = "open_account",
    tag = "ledgers", params(AtLedger), request_body = OpenAccount,
    responses((status = 201, body = OneAccount, headers(("location" = String))), Problems))]
pub(super) async fn open_account(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Body(body): Body<OpenAccount>,
) -> Made<OneAccount> {
    let location =
        format!("/v1/tenants/{}/ledgers/{}/accounts/{}", at.tenant, at.ledger, body.slug);
    let opened = app.ask(move |kernel| {
        kernel.open_account(&caller, &at.tenant, &at.ledger, body.slug, &body.name)
    });
    made(location, OneAccount { account: opened.await?.into() })
}

/// 科目明细
///
/// The lines of an account, the newest first, each with its whole entry; up to an entry, if one is named.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers/{ledger}/accounts/{account}", operation_id = "statement",
    tag = "ledgers", params(AtAccount, PageAt), responses((status = 200, body = Statement), Problems))]
pub(super) async fn statement(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtAccount>,
    Query(page): Query<PageAt>,
) -> Answer<Statement> {
    let limit = cursor::limit(page.limit)?;
    let last: Option<u64> = cursor::read("statement", page.cursor.as_deref())?;
    let up_to = last.map(|number| number.saturating_sub(1)).or(page.at);
    let found = app.ask(move |kernel| {
        kernel.statement(&caller, &at.tenant, &at.ledger, &at.account, up_to, limit)
    });
    Ok(Json(found.await?.into()))
}

/// 分录列表
///
/// The entries of a ledger, the oldest first.
#[utoipa::path(get, path = "/v1/tenants/{tenant}/ledgers/{ledger}/entries", operation_id = "entries",
    tag = "ledgers", params(AtLedger, Page), responses((status = 200, body = LedgerEntries), Problems))]
pub(super) async fn entries(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Query(page): Query<Page>,
) -> Answer<LedgerEntries> {
    let limit = cursor::limit(page.limit)?;
    let after = cursor::read("entries", page.cursor.as_deref())?;
    let found = app
        .ask(move |kernel| kernel.entries(&caller, &at.tenant, &at.ledger, after, limit))
        .await?;
    Ok(Json(found.into()))
}

/// 手工记账
///
/// Books an entry by hand in a ledger of revenue: a payment to a party, a correction. It sums to zero,
/// and no account crosses zero.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/entries", operation_id = "post_entry",
    tag = "ledgers", params(AtLedger, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = PostEntry,
    responses((status = 200, body = OneEntry), Problems))]
pub(super) async fn post(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Once(once): Once,
    Body(body): Body<PostEntry>,
) -> Answer<OneEntry> {
    let (postings, grounds) = body.parts();
    let booked = app.ask(move |kernel| {
        kernel.post_entry(&caller, &at.tenant, &at.ledger, &postings, &grounds, once.as_deref())
    });
    Ok(Json(booked.await?.into()))
}

/// 收益入账
///
/// Books income and how it is split. Costs and portions sum to the gross, to the 分; by which
/// rule it is split is for the caller to say.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/income", operation_id = "book_income",
    tag = "ledgers", params(AtLedger, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = Income,
    responses((status = 200, body = OneEntry), Problems))]
pub(super) async fn income(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Once(once): Once,
    Body(body): Body<Income>,
) -> Answer<OneEntry> {
    let (income, grounds) = body.parts();
    let booked = app.ask(move |kernel| {
        kernel.book_income(&caller, &at.tenant, &at.ledger, &income, &grounds, once.as_deref())
    });
    Ok(Json(booked.await?.into()))
}

/// 风险池出资
///
/// Pays capital into a risk pool, or out of it (below zero); never out of what it stands for.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/ledgers/{ledger}/capital", operation_id = "move_capital",
    tag = "ledgers", params(AtLedger, ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 128,
        description = "幂等键，可见ASCII字符：同一键只记一次")), request_body = Amount,
    responses((status = 200, body = OneEntry), Problems))]
pub(super) async fn capital(
    State(app): State<AppState>,
    By(caller): By,
    Path(at): Path<AtLedger>,
    Once(once): Once,
    Body(body): Body<Amount>,
) -> Answer<OneEntry> {
    let (fen, grounds) = (body.amount_fen, body.grounds.into());
    let booked = app.ask(move |kernel| {
        kernel.move_capital(&caller, &at.tenant, &at.ledger, fen, &grounds, once.as_deref())
    });
    Ok(Json(booked.await?.into()))
}
