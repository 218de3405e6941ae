//! What the sandbox promises, against components that are meant to break it.
//!
//! Guests are WAT: `../../src/evil/` is what every scorer has in common and what each hostile one does
//! on its own; `pool.wat` and `connector.wat` are honest ones of the other kinds.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod admission;
mod calls;
mod cases;
mod compiling;
mod counters;
mod guest;
mod hostile;
mod traffic;
