//! How the city asks: HTTP, console and command line; the binary `taihu`.

pub mod author;
mod bench;
mod bridge;
mod cli;
mod demo;
mod evil;
pub mod http;
mod project;
mod report;
mod words;

pub use bridge::Bridge;
pub use cli::run;
