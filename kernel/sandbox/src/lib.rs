//! Who may judge: admits, compiles, limits and calls components.
//!
//! A plugin is a pure function from a stranger. This crate is all that stands between it and the
//! kernel: it is admitted only if it fits its world, compiled in a process of its own, sealed, run
//! in a fresh instance for every call within limits of CPU time, memory and size, and nothing that
//! it answers is believed before it has been checked. Every failure says whose fault it is.
//!
//! ```no_run
//! use taihu_model::contract::{AchievementView, Context, NeedView};
//! use taihu_sandbox::{Compiler, Sandbox, SandboxOptions};
//!
//! fn judge(
//!     file: &[u8],
//!     context: &Context,
//!     need: &NeedView<'_>,
//!     candidates: &[AchievementView<'_>],
//! ) -> Result<(), Box<dyn std::error::Error>> {
//!     let sandbox = Sandbox::new(SandboxOptions {
//!         seal_key: [7; 32],
//!         pooling: true,
//!         compiler: Compiler::InProcess,
//!     })?;
//!     let admission = sandbox.admit(file)?;
//!     let sealed = sandbox.compile(&admission, file)?;
//!     let scorer = sandbox.load(&admission, &sealed)?;
//!     let description = scorer.describe_scorer(context)?.value;
//!     let answer = scorer.score(context, &description, need, candidates)?;
//!     println!("{} scores in {:?} of CPU time", answer.value.len(), answer.usage.cpu);
//!     Ok(())
//! }
//! ```

mod accounts;
mod admit;
pub mod bench;
mod bindings;
mod case;
mod check;
pub mod compiler;
mod component;
mod conform;
mod contract;
mod engine;
mod error;
mod evidence;
pub mod evil;
mod lane;
mod lift;
pub mod limits;
mod lower;
mod pack;
mod replay;
mod run;
mod sandbox;
mod scores;
mod seal;
mod state;
mod table;
mod usage;
mod weigh;

pub use case::{CaseOutcome, run_case};
pub use compiler::Compiler;
pub use component::Component;
pub use conform::conform;
pub use error::{Blame, CallError, Cause, Fault, LoadError, PackError, Refusal, SetupError};
pub use limits::SizeClass;
pub use pack::{componentize, pack, unpack};
pub use replay::PluginAnswer;
pub use sandbox::{Admission, Sandbox, SandboxOptions};
pub use scores::Scores;
pub use state::thread_cpu;
pub use usage::{Answer, LogLevel, LogLine, Usage};
