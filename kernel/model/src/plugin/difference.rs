//! What a version on trial does differently from what serves without it: counted call by call.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::contract::Verdict;
use crate::{AchievementId, Digest, NeedId, PluginName, Text};

/// Moves that a difference names one by one; further ones are counted.
pub const MOVES_MAX: usize = 100;

/// The difference between a version on trial and what serves without it, since it was first called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The plugin.
    pub plugin: PluginName,
    /// The version on trial.
    pub version: Digest,
    /// The version it is compared with; none if nothing serves yet.
    pub against: Option<Digest>,
    /// When the first call was compared.
    pub since: Timestamp,
    /// When the last call was compared.
    pub until: Timestamp,
    /// Calls of the version on trial.
    pub calls: u64,
    /// How many of them failed by its fault, by the code of the cause.
    #[serde(default)]
    pub failures: BTreeMap<String, u64>,
    /// Calls that were not compared because the queue was full.
    #[serde(default)]
    pub skipped: u64,
    /// CPU time of its calls.
    pub cpu_us: Times,
    /// CPU time of the same calls by the version that it is compared with.
    pub cpu_us_before: Times,
    /// For scorers: what became of the ten answers.
    #[serde(default)]
    pub rankings: Rankings,
    /// For niche pools: who would enter and who would leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolDifference>,
    /// For connectors: what became of the steps of runs.
    #[serde(default)]
    pub steps: Steps,
}

/// What became of the ten answers to each need.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rankings {
    /// Rankings compared.
    pub compared: u64,
    /// How many have other answers, or the same in another order.
    pub changed: u64,
    /// Sum over the rankings of the share of answers that both have, per mille.
    pub overlap_permille_sum: u64,
    /// The largest change of a fused score.
    pub largest: Option<LargestChange>,
}

impl Rankings {
    /// The mean share of the ten answers that both versions have, per mille; 1000 while nothing was compared.
    #[must_use]
    pub fn overlap_permille(&self) -> u64 {
        self.overlap_permille_sum.checked_div(self.compared).unwrap_or(1000)
    }
}

/// The largest change of a fused score, and where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargestChange {
    /// The need.
    pub need: NeedId,
    /// The achievement.
    pub achievement: AchievementId,
    /// Its score by what serves, 0–1000.
    pub before: u16,
    /// Its score with the version on trial.
    pub after: u16,
}

/// Who would enter a pool and who would leave it, of all published achievements.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolDifference {
    /// Achievements judged.
    pub judged: u64,
    /// How many would enter.
    pub entering: u64,
    /// How many would leave.
    pub leaving: u64,
    /// How many would be looked at by a person, or no longer.
    pub unsure: u64,
    /// The first of them, at most [`MOVES_MAX`].
    pub moves: Vec<Move>,
}

/// An achievement that would be judged otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The achievement.
    pub achievement: AchievementId,
    /// Its title.
    pub title: String,
    /// What it is judged now; none by a pool's first version.
    pub from: Option<Verdict>,
    /// What it would be judged.
    pub to: Verdict,
    /// The reason that the version on trial gives.
    pub reason: Text,
}

/// What became of the steps of a connector's runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Steps {
    /// Steps compared.
    pub compared: u64,
    /// How many were answered otherwise.
    pub changed: u64,
    /// Records on the pages that serve.
    pub records_before: u64,
    /// Records on the same pages by the version on trial.
    pub records_after: u64,
    /// Records that both have, with other values.
    pub records_changed: u64,
}

impl Difference {
    /// Begins to count.
    #[must_use]
    pub fn new(
        plugin: PluginName,
        version: Digest,
        against: Option<Digest>,
        at: Timestamp,
    ) -> Self {
        Self {
            plugin,
            version,
            against,
            since: at,
            until: at,
            calls: 0,
            failures: BTreeMap::new(),
            skipped: 0,
            cpu_us: Times::default(),
            cpu_us_before: Times::default(),
            rankings: Rankings::default(),
            pool: None,
            steps: Steps::default(),
        }
    }

    /// Calls that failed by the plugin's fault.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }
}

/// How often calls took how long, in classes a fifth wide: enough for a median and a p99, and a few
/// dozen numbers however many calls there were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Times(BTreeMap<u8, u64>);

/// Classes in one doubling of the time.
const CLASSES: u32 = 4;

impl Times {
    /// Counts a call that took so many microseconds.
    pub fn add(&mut self, us: u64) {
        *self.0.entry(class(us)).or_default() += 1;
    }

    /// How many calls were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The time in microseconds below which a share of the calls (per mille) stayed, rounded up to
    /// the end of its class; 0 without calls.
    #[must_use]
    pub fn quantile_us(&self, permille: u64) -> u64 {
        let wanted = (self.count() * permille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (&class, count) in &self.0 {
            seen += count;
            if seen >= wanted {
                return end(class);
            }
        }
        0
    }
}

/// The class of a time: four a doubling.
fn class(us: u64) -> u8 {
    let us = us.max(1);
    let doubling = us.ilog2();
    // The two bits after the first say which quarter of the doubling it is.
    let quarter = if doubling >= 2 { (us >> (doubling - 2)) & 3 } else { 0 };
    u8::try_from(u64::from(doubling * CLASSES) + quarter).unwrap_or(u8::MAX)
}

/// The largest time of a class.
fn end(class: u8) -> u64 {
    let (doubling, quarter) = (u32::from(class) / CLASSES, u64::from(class) % 4);
    if doubling < 2 {
        return (2u64 << doubling) - 1;
    }
    (((4 + quarter + 1) << (doubling - 2)) - 1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(times: &[u64], permille: u64, low: u64, high: u64) {
        let mut all = Times::default();
        times.iter().for_each(|us| all.add(*us));
        let found = all.quantile_us(permille);
        assert!((low..=high).contains(&found), "{permille} per mille: {found}");
    }

    #[test]
    fn quantiles_are_right_to_a_quarter() {
        check(&[], 500, 0, 0);
        check(&[0], 500, 1, 1);
        check(&[100], 500, 100, 125);
        let all: Vec<u64> = (1..=1_000).collect();
        check(&all, 500, 500, 640);
        check(&all, 990, 990, 1_280);
        check(&[10, 10, 10, 5_000_000], 500, 10, 12);
        check(&[10, 10, 10, 5_000_000], 1000, 5_000_000, 6_300_000);
        check(&[u64::MAX / 2], 500, u64::MAX / 2, u64::MAX);
    }

    #[test]
    fn every_time_lies_within_its_class() {
        for us in (1..5_000).chain([1 << 20, (1 << 20) + 1, 1 << 40]) {
            assert!(end(class(us)) >= us, "{us}");
            assert!(end(class(us)) <= us + us / 4 + 1, "{us}: {}", end(class(us)));
        }
    }
}
