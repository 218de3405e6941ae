//! What the city may ask: one file for each verb, and the only conductor of the other rooms.
//!
//! [`Kernel`] is made of [`Parts`]; every verb is a method that takes the [`Caller`] it is done for,
//! decides whether the caller may, reads one moment of the store, and commits once. Knows no HTTP.

mod achievements;
mod answers;
mod audit;
mod authority;
mod clock;
mod drops;
mod error;
mod follow;
mod home;
mod import;
mod kernel;
mod keys;
pub mod limits;
mod matching;
mod needs;
mod outbound;
mod plugins;
mod pools;
mod sources;
mod tenants;
mod tokens;

pub use achievements::FoundPage;
pub use answers::MatchStep;
pub use authority::{Action, Caller, Principal, Role, allowed};
pub use clock::{Clock, ManualClock, SystemClock};
pub use home::{Home, HomeError, HomeOptions};
pub use error::{Error, Fault, Result};
pub use import::{FieldMapping, LinesFeed, LinesMapping, Progress, Rejection, RunMode};
pub use kernel::{Kernel, Parts};
pub use matching::{Matched, Ranked, Ranking};
pub use outbound::{
    Gate, Grant, GrantedOrigin, HttpReply, HttpRequest, Outbound, OutboundError, closed_reason,
};
pub use plugins::InstallOptions;
pub use pools::Filled;

pub use taihu_index::Filter;
pub use taihu_sandbox::Compiler;
