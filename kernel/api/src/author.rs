//! The author's tools: from an empty folder to one packed file.
//!
//! `new_project` writes a project that works, `build_project` and `build_workspace` make core
//! modules of projects (finding or installing a toolchain for wasm on the way), and `pack` turns a
//! module into a component with its manifest and contract cases in it.
//!
//! This is the one room that starts programs (`cargo`, `rustc`, `rustup`, `apt-get`) and reads and
//! writes wherever the person at the keyboard says; nothing of it is reachable over HTTP.

mod build;
mod environment;
mod error;
mod files;
mod names;
mod pack;
mod process;
mod project;
pub mod toolchain;

pub use build::{build, build_all, build_project, build_workspace};
pub use error::{AuthorError, Missing};
pub(crate) use files::write;
pub use pack::{Packed, pack, read_project, write_packed};
pub use project::new_project;
pub use toolchain::Route;

/// Where tools tell how far they are: one line at a time, without a line feed.
pub type Progress<'a> = &'a mut dyn FnMut(&str);
