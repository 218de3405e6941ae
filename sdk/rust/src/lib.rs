//! Everything a plugin of Taihu needs: one trait and one macro for each kind.
//!
//! A plugin is a pure function: it sees its arguments and nothing else, and the kernel checks what
//! it answers. A whole scorer:
//!
//! ```
//! use taihu_plugin::*;
//!
//! struct Trial;
//!
//! impl Scorer for Trial {
//!     fn factors() -> Vec<FactorDescription> {
//!         vec![factor("trial", "先用后转", "Trial before payment")]
//!     }
//!
//!     fn score_one(_: &Context, _: &Need, candidate: &Achievement) -> Score {
//!         let value = if candidate.trial_offered { 1000 } else { 0 };
//!         Score::build(candidate).factor("trial", 1000, value).because(found("trial_offered", "")).done()
//!     }
//! }
//!
//! scorer!(Trial);
//! ```
//!
//! | kind | trait | macro | what it answers |
//! |---|---|---|---|
//! | 评分 | [`Scorer`] | [`scorer!`] | how well achievements answer a need |
//! | 细分领域成果池 | [`NichePool`] | [`niche_pool!`] | which achievements belong to the pool, and why |
//! | 连接器 | [`Connector`] | [`connector!`] | what to fetch next, and what the reply contains |
//!
//! Records come by columns and answers go as numbers, as `wit/` says; authors see neither. Views
//! ([`Achievement`], [`Need`]) borrow from what the kernel sent, a [`Score`] or [`Decision`] is
//! built for a view, and [`found`] and [`asked`] point to words of it.
//!
//! The macros export only on `wasm32`; everywhere else a plugin is an ordinary library, tested with
//! `cargo test`. The `testing` module runs a plugin over its own `cases/` there.

#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
mod alloc;
mod bindings;
mod connector;
mod context;
mod decision;
mod evidence;
mod failure;
mod fields;
pub mod log;
mod niche_pool;
mod score;
mod scorer;
#[cfg(any(test, all(target_arch = "wasm32", feature = "allocator")))]
mod size_class;
mod table;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod view;

pub use bindings::classifying::{
    Category, Decision, Description as PoolDescription, OwnField, Reason, Verdict,
};
pub use bindings::harvesting::{
    Ask, Description as ConnectorDescription, FileEntry, Header, HttpReply, HttpRequest, Page,
    RawField, RawRecord, Reply, Request, Run, Step, Summary, Tombstone, Warning,
};
pub use bindings::scoring::{Description as ScorerDescription, FactorDescription};
pub use bindings::types::{Attribute, AttributeValue, Context, Failure, Text};
pub use connector::{Connector, RAW_FIELDS, field};
pub use decision::{DecisionBuilder, attribute};
pub use evidence::{Evidence, QUOTE_CHARS_MAX, asked, cut, found};
pub use failure::text;
pub use niche_pool::{NichePool, category, own_field};
pub use score::{Score, ScoreBuilder, Scores};
pub use scorer::{Scorer, factor};
pub use view::{Achievement, Achievements, Need, Readiness, Texts};

/// What the macros expand to. Not for authors.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings::worlds;
    pub use crate::bindings::worlds::connector::export_connector;
    pub use crate::bindings::worlds::niche_pool::export_niche_pool;
    pub use crate::bindings::worlds::scorer::export_scorer;
    pub use crate::connector::{ConnectorExport, is_connector};
    pub use crate::niche_pool::{NichePoolExport, is_niche_pool};
    pub use crate::scorer::{ScorerExport, is_scorer};
}
