//! The HTTP face: REST under `/v1`, its own description at `/openapi.json`, health at `/healthz`,
//! numbers at `/metrics`, pages for people at `/`, `/search` and `/achievements/{id}`, and for other
//! platforms `/oai` and `/feed.atom`.
//!
//! A handler extracts, calls one verb of the service over the [`Bridge`](crate::bridge::Bridge), and
//! answers. *Never* here: a decision of the domain, the store, a record as it is stored — bodies are
//! types of their own (`body`), made from the model's.

mod access;
mod body;
mod cursor;
mod export;
mod extract;
mod feed;
mod layers;
mod limits;
mod metrics;
mod oai;
mod openapi;
mod pages;
mod problem;
mod routes;
mod serve;
mod share;
mod site;
mod state;
#[cfg(test)]
mod tests;
mod xml;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use body::health::SourcesHealth;
pub(crate) use body::mapping::MappedRecord;
pub(crate) use body::run::Run as RunBody;
pub(crate) use body::search::{label as kind_label, name as kind_name};
pub use serve::serve;
pub use site::Site;
pub use state::AppState;

/// The routes over a kernel, with everything around them.
pub fn router(state: AppState) -> Router {
    let (routes, _) = routes::all().split_for_parts();
    around(routes, state)
}

/// Puts everything around some routes that every request goes through.
fn around(routes: Router<AppState>, state: AppState) -> Router {
    routes
        .fallback(async || problem::Problem::no_route())
        .layer(DefaultBodyLimit::max(limits::JSON_BYTES_MAX))
        .layer(from_fn_with_state(state.clone(), layers::gate))
        .layer(from_fn(layers::in_time))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(state.clone(), layers::finish))
        .with_state(state)
}
