//! What the project promises, as tests: the house itself, and the product from end to end.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and read the project's own files"
)]

mod embedding;
mod evil;
mod grants;
mod ground;
mod guests;
mod house;
mod kernel;
mod life;
mod one_day;
mod program;
mod server;
mod signing;
mod torn;
mod trust;
