//! Exchange: what of the pool other platforms may harvest, since when, and in which sets.
//!
//! An achievement is *offered* while everybody may see it: it is published, and what it says is
//! public. For each that ever was, the city's space keeps an [`Offer`]: when it last changed as a
//! harvester sees it (its datestamp), and whether it is gone. A second key, by datestamp, is the
//! list that harvesters walk. [`Kernel::keep_offers`] derives both from the city's log: one writer,
//! whose cursor stands in the same commit, so that a fall loses and repeats nothing, and a home that
//! knew nothing of this is brought up by its own log.
//!
//! **Each change is seen once, and none is missed.** A list holds what was stamped before the
//! second of its answer began, and no second is answered for before everything stamped in it is in
//! the store ([`Seconds`](seconds::Seconds)). So a harvester that asks again from the answer's date
//! on begins exactly where it stopped, however many commits share a second.

mod export;
mod keep;
mod kind;
mod list;
mod seconds;
mod sets;
mod token;

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use taihu_model::{Achievement, AchievementState, Digest, Secrecy};
use taihu_store::{Rev, Seq};

use crate::error::Result;
use crate::kernel::Kernel;

pub use kind::OutputKind;
pub use list::{Listed, Offered, OfferedPage, OfferedSet, Range, SetsPage};

/// What is kept of an achievement that is or was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offer {
    /// The second in which it last changed as harvesters see it.
    stamp: i64,
    /// True if it is no longer offered. Such a record stays for ever.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    /// The sets that it is in, or was when it ceased to be offered.
    sets: Vec<String>,
    /// Digest of what is shown of it.
    shown: Digest,
    /// The revision of the achievement that says so.
    rev: Rev,
}

/// What stands in the list by datestamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listing {
    #[serde(default, rename = "d", skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    #[serde(default, rename = "s", skip_serializing_if = "Vec::is_empty")]
    sets: Vec<String>,
}

/// How far the log has been looked through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// Version of what [`shown`] digests: another one stamps everything anew.
    shape: u32,
    /// Everything up to this entry is settled.
    cursor: Seq,
    /// The latest datestamp that was given.
    stamp: i64,
    /// Offers in all, tombstones included.
    offers: u64,
}

/// A set, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeptSet {
    /// What people call it.
    name: String,
    /// Offers in it, tombstones included.
    offers: u64,
}

/// What of the exchange is in memory.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    keeping: Mutex<Option<keep::Keeping>>,
    seconds: Mutex<seconds::Seconds>,
}

impl Exchange {
    fn seconds<T>(&self, change: impl FnOnce(&mut seconds::Seconds) -> T) -> T {
        change(&mut self.seconds.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether anybody may see an achievement, and harvest it.
#[must_use]
pub fn is_open(record: &Achievement) -> bool {
    record.state == AchievementState::Published && record.facts.secrecy == Some(Secrecy::PUBLIC)
}

/// Digest of what harvesters are shown of an achievement: everything it says but the contact.
fn shown(record: &Achievement, sets: &[String]) -> Result<Digest> {
    let facts = taihu_model::AchievementFacts { contact: String::new(), ..record.facts.clone() };
    let bytes = serde_json::to_vec(&(SHAPE, facts, record.created, &record.tenant, sets))
        .map_err(|error| crate::error::Error::Damaged(error.to_string()))?;
    Ok(Digest::of(&bytes))
}

/// Version of what is shown. A higher one makes every harvester take every record again.
const SHAPE: u32 = 1;

impl Kernel {
    /// The second that an answer to a harvester has as its date: everything stamped before it can be
    /// listed, and nothing will be stamped before it any more.
    pub fn exchange_second(&self) -> i64 {
        let now = self.now().as_second();
        self.exchange.seconds(|seconds| seconds.answered(now))
    }
}
