//! Runs a plugin over its own `cases/`, natively.
//!
//! The kernel runs the same cases inside of the sandbox when the plugin is installed. Here they
//! run in a plain `cargo test`, with a debugger if need be, and the answers are checked against
//! the contract (sums, keys, lengths) as the kernel would:
//!
//! ```no_run
//! # use taihu_plugin::*;
//! # struct Mine;
//! # impl Scorer for Mine {
//! #     fn factors() -> Vec<FactorDescription> { vec![] }
//! #     fn score_one(_: &Context, _: &Need, a: &Achievement) -> Score { Score::build(a).done() }
//! # }
//! #[test]
//! fn cases() -> Result<(), testing::Differences> {
//!     testing::scorer::<Mine>(env!("CARGO_MANIFEST_DIR"))
//! }
//! ```
//!
//! Not there on wasm32.

mod base64;
mod case;
mod classify;
mod harvest;
mod manifest;
mod records;
mod score;

pub use records::Records;

use std::fmt;
use std::path::Path;

use crate::{Connector, Context, NichePool, Scorer};
use case::{Body, Case};

/// Everything in which a plugin differs from its cases or from the contract; at least one line.
pub struct Differences(Vec<String>);

impl Differences {
    /// The differences, each in a sentence that names the case.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

// What `cargo test` prints when a test returns an error.
impl fmt::Debug for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} difference(s)\n{self}", self.0.len())
    }
}

impl std::error::Error for Differences {}

/// Runs a scorer over the cases of a project folder.
///
/// # Errors
/// Every difference of every case; also an unreadable file, and a folder without cases.
pub fn scorer<T: Scorer>(project: &str) -> Result<(), Differences> {
    run(project, "scorer", |case, context, reads| match &case.body {
        Body::Score(body) => score::check::<T>(context, reads, body),
        _ => vec!["wants `score`: the plugin is a scorer".to_owned()],
    })
}

/// Runs a niche pool over the cases of a project folder.
///
/// # Errors
/// As for [`scorer`].
pub fn niche_pool<T: NichePool>(project: &str) -> Result<(), Differences> {
    run(project, "niche-pool", |case, context, reads| match &case.body {
        Body::Classify(body) => classify::check::<T>(context, reads, body),
        _ => vec!["wants `classify`: the plugin is a niche pool".to_owned()],
    })
}

/// Runs a connector over the cases of a project folder.
///
/// # Errors
/// As for [`scorer`].
pub fn connector<T: Connector>(project: &str) -> Result<(), Differences> {
    let folder = Path::new(project).join("cases");
    run(project, "connector", |case, context, _| match &case.body {
        Body::Harvest(body) => harvest::check::<T>(context, body, &folder),
        _ => vec!["wants `harvest`: the plugin is a connector".to_owned()],
    })
}

fn run(
    project: &str,
    kind: &str,
    check: impl Fn(&Case, &Context, &[String]) -> Vec<String>,
) -> Result<(), Differences> {
    let project = Path::new(project);
    let manifest = manifest::read(project, kind).map_err(|fault| Differences(vec![fault]))?;
    let cases = case::read(project).map_err(|fault| Differences(vec![fault]))?;
    let reads = manifest.reads();
    let mut lines = Vec::new();
    for (file, case) in cases {
        let context = manifest.context(&case);
        let unread = manifest.unread(&case);
        let found = unread.into_iter().chain(check(&case, &context, &reads));
        lines.extend(found.map(|line| format!("{file} ({}): {line}", case.name)));
    }
    if lines.is_empty() { Ok(()) } else { Err(Differences(lines)) }
}
