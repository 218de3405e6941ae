//! The routes, by what they are about. Every handler extracts, calls one verb, and answers.

mod achievements;
mod answers;
mod exchange;
mod export;
mod grants;
mod guarantees;
mod ledgers;
mod life;
mod log;
mod matches;
mod needs;
mod plugins;
mod pools;
mod publishers;
mod recall;
mod records;
mod runs;
mod search;
mod secrets;
mod service;
mod sources;
mod tenants;
mod vouchers;

use axum::Json;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, LOCATION};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::limits::{FILE_BYTES_MAX, PLUGIN_BYTES_MAX};
use super::problem::{Problem, ProblemBody};
use super::state::AppState;

/// What a handler answers.
type Answer<T> = Result<Json<T>, Problem>;
/// What a handler answers that made something: where it is, and it.
type Made<T> = Result<(StatusCode, [(HeaderName, String); 1], Json<T>), Problem>;

fn made<T>(location: String, body: T) -> Made<T> {
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(body)))
}

/// The problems that any operation may answer with.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
enum Problems {
    /// 请求有误。 The request is malformed.
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(#[to_schema] ProblemBody<'static>),
    /// 缺少有效令牌。 There is no valid token.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(#[to_schema] ProblemBody<'static>),
    /// 没有权限。 The token's role may not.
    #[response(status = 403, content_type = "application/problem+json")]
    Denied(#[to_schema] ProblemBody<'static>),
    /// 未找到。 There is no such thing, or it is not yours to see.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] ProblemBody<'static>),
    /// 与现状冲突。 Something stands in the way.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] ProblemBody<'static>),
    /// 内容过大。 Too many bytes.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] ProblemBody<'static>),
    /// 内容类型不支持。 Wrong content type.
    #[response(status = 415, content_type = "application/problem+json")]
    WrongType(#[to_schema] ProblemBody<'static>),
    /// 内容有误，逐项列出。 What was sent is wrong; every fault is named.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] ProblemBody<'static>),
    /// 系统繁忙。 Too much at once: come back after Retry-After.
    #[response(status = 429, content_type = "application/problem+json")]
    Busy(#[to_schema] ProblemBody<'static>),
    /// 服务端、插件或来源出错，见 `code` 与 `blame`。 Ours, a plugin's or a source's fault.
    #[response(status = "5XX", content_type = "application/problem+json")]
    Failed(#[to_schema] ProblemBody<'static>),
}

/// All of them.
pub(crate) fn all() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(super::openapi::head())
        .routes(routes!(service::page))
        .routes(routes!(service::style))
        .routes(routes!(service::openapi))
        .routes(routes!(service::health))
        .routes(routes!(service::metrics))
        .routes(routes!(search::show))
        .routes(routes!(search::script))
        .routes(routes!(search::suggest))
        .routes(routes!(exchange::get, exchange::post))
        .routes(routes!(exchange::page))
        .routes(routes!(export::achievements))
        .routes(routes!(export::needs))
        .routes(routes!(exchange::feed))
        .routes(routes!(achievements::find))
        .routes(routes!(achievements::get))
        .routes(routes!(achievements::sources))
        .routes(routes!(achievements::change))
        .routes(routes!(achievements::split))
        .routes(routes!(achievements::join))
        .routes(routes!(tenants::list, tenants::add))
        .routes(routes!(tenants::tokens, tenants::issue))
        .routes(routes!(tenants::revoke))
        .routes(routes!(needs::list, needs::submit))
        .routes(routes!(needs::get))
        .routes(routes!(needs::change))
        .routes(routes!(matches::list, matches::run))
        .routes(routes!(matches::shortlist))
        .routes(routes!(matches::recommend))
        .routes(routes!(matches::view))
        .routes(routes!(matches::accept))
        .routes(routes!(matches::decline))
        .routes(routes!(matches::rank))
        .routes(routes!(answers::weights, answers::put_weights))
        .routes(routes!(answers::tuning, answers::apply_tuning))
        .routes(routes!(answers::why_not))
        .routes(routes!(answers::similar_needs))
        .routes(routes!(answers::similar_achievements))
        .routes(routes!(answers::teams))
        .routes(routes!(answers::feedback, answers::note_feedback))
        .routes(routes!(answers::pushes))
        .routes(routes!(answers::needs_for))
        .routes(routes!(pools::list))
        .routes(routes!(pools::get))
        .routes(routes!(pools::members))
        .routes(routes!(pools::fill))
        .routes(routes!(pools::curate, pools::uncurate))
        .routes(routes!(plugins::costs))
        .routes(
            routes!(plugins::list, plugins::install).layer(DefaultBodyLimit::max(PLUGIN_BYTES_MAX)),
        )
        .routes(routes!(plugins::enable))
        .routes(routes!(plugins::suspend))
        .routes(routes!(life::shadow))
        .routes(routes!(life::promote))
        .routes(routes!(life::roll_back))
        .routes(routes!(life::quarantine))
        .routes(routes!(life::release))
        .routes(routes!(life::remove))
        .routes(routes!(life::difference))
        .routes(routes!(life::preview))
        .routes(routes!(life::capsules, life::sample))
        .routes(routes!(life::capsule))
        .routes(routes!(life::replay))
        .routes(routes!(recall::list, recall::undo))
        .routes(routes!(grants::get, grants::put))
        .routes(routes!(grants::diff))
        .routes(routes!(grants::second))
        .routes(routes!(grants::ceiling, grants::put_ceiling))
        .routes(routes!(publishers::list, publishers::add))
        .routes(routes!(publishers::revoke))
        .routes(routes!(sources::list))
        .routes(routes!(sources::get, sources::put))
        .routes(routes!(sources::file).layer(DefaultBodyLimit::max(FILE_BYTES_MAX)))
        .routes(routes!(sources::start))
        .routes(routes!(secrets::list))
        .routes(routes!(secrets::put, secrets::delete))
        .routes(routes!(runs::list))
        .routes(routes!(runs::get))
        .routes(routes!(runs::rejections))
        .routes(routes!(runs::report))
        .routes(routes!(runs::table))
        .routes(routes!(runs::decide))
        .routes(routes!(records::health))
        .routes(routes!(records::page))
        .routes(routes!(records::list))
        .routes(routes!(records::get))
        .routes(routes!(ledgers::list, ledgers::open))
        .routes(routes!(ledgers::balance))
        .routes(routes!(ledgers::check))
        .routes(routes!(ledgers::open_account))
        .routes(routes!(ledgers::statement))
        .routes(routes!(ledgers::entries, ledgers::post))
        .routes(routes!(ledgers::income))
        .routes(routes!(ledgers::capital))
        .routes(routes!(vouchers::list, vouchers::issue))
        .routes(routes!(vouchers::get))
        .routes(routes!(vouchers::reserve))
        .routes(routes!(vouchers::release))
        .routes(routes!(vouchers::spend))
        .routes(routes!(vouchers::settle))
        .routes(routes!(vouchers::expire))
        .routes(routes!(guarantees::list, guarantees::give))
        .routes(routes!(guarantees::get))
        .routes(routes!(guarantees::release))
        .routes(routes!(guarantees::claim))
        .routes(routes!(guarantees::pay))
        .routes(routes!(guarantees::refuse))
        .routes(routes!(guarantees::recover))
        .routes(routes!(log::entries))
        .routes(routes!(log::verify))
}
