//! What the project promises, as tests: the house itself, and the product from end to end.
//!
//! `TAIHU_SWAPS=200` sets how often versions of a plugin are swapped under 500 calls a second.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read the project's own files"
)]

mod answers;
mod embedding;
mod evil;
mod faults;
mod granted;
mod grants;
mod ground;
mod guests;
mod harvest;
mod house;
mod kernel;
mod life;
mod merges;
mod one_day;
mod overload;
mod program;
mod provider;
mod pypi;
mod refill;
mod repository;
mod secrets;
mod server;
mod signing;
mod swaps;
mod torn;
mod trust;
mod universities;
mod withheld;
