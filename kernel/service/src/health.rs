//! How sources are: when each was last read and how that ended, how old what it brought is, how often
//! reading it fails, what of it is not admitted and why, and when it is read next.

use std::collections::BTreeMap;

use taihu_model::{
    ReasonCount, Run, RunId, RunStatus, Source, SourceSlug, TenantSlug, Timestamp, VanishedDecision,
};

use crate::authority::Caller;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::limits::{HEALTH_DAYS, HEALTH_REASONS_MAX, HEALTH_RUNS_MAX};
use crate::schedule::Firing;

/// How a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceHealth {
    /// The source.
    pub source: Source,
    /// Its last run of the last [`HEALTH_DAYS`] days, ended or not.
    pub last: Option<Run>,
    /// Seconds since the last run that came to its end began: how old what it brought may be. Absent
    /// if none ever did.
    pub lag_s: Option<i64>,
    /// Runs that ended, of the last [`HEALTH_DAYS`] days, at most [`HEALTH_RUNS_MAX`].
    pub runs: u32,
    /// Those of them that failed.
    pub failed: u32,
    /// Records that those runs read.
    pub records: u64,
    /// Records that they did not admit.
    pub rejected: u64,
    /// Why, the commonest first, at most [`HEALTH_REASONS_MAX`].
    pub reasons: Vec<ReasonCount>,
    /// The run that waits for a person to decide about vanished records.
    pub waiting: Option<RunId>,
    /// When it is read next, if it has a schedule.
    pub firing: Option<Firing>,
}

impl SourceHealth {
    /// Share of runs that failed, per mille; absent if none ended.
    #[must_use]
    pub fn failed_permille(&self) -> Option<u32> {
        (self.runs > 0).then(|| self.failed * 1_000 / self.runs)
    }
}

impl Kernel {
    /// How the sources of a tenant are, or for the city all, by slug.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] for who may not see them.
    pub fn source_health(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Vec<SourceHealth>> {
        let sources = self.sources(caller, tenant)?;
        let now = self.now();
        let since = now.as_millisecond() - HEALTH_DAYS * 86_400_000;
        let since = Timestamp::from_millisecond(since).unwrap_or_default();
        let mut runs: BTreeMap<SourceSlug, Vec<Run>> = BTreeMap::new();
        for run in self.runs_since(since, &|run| sources.iter().any(|it| it.slug == run.source))? {
            let of = runs.entry(run.source.clone()).or_default();
            if of.len() < HEALTH_RUNS_MAX {
                of.push(run);
            }
        }
        let mut health = Vec::new();
        for source in sources {
            let firing = self.firing(&source.slug)?;
            let runs = runs.remove(&source.slug).unwrap_or_default();
            health.push(judged(source, runs, firing, now));
        }
        Ok(health)
    }
}

/// `runs` are the source's, the newest first.
fn judged(source: Source, runs: Vec<Run>, firing: Option<Firing>, now: Timestamp) -> SourceHealth {
    let ended: Vec<&Run> = runs.iter().filter(|run| run.status != RunStatus::Running).collect();
    let count = |wanted: RunStatus| {
        u32::try_from(ended.iter().filter(|run| run.status == wanted).count()).unwrap_or(u32::MAX)
    };
    let waits = |run: &&&Run| {
        let decision = run.vanished.as_ref().map(|vanished| vanished.decision);
        decision == Some(VanishedDecision::Waiting)
    };
    SourceHealth {
        lag_s: source.watermark.map(|mark| now.duration_since(mark).as_secs().max(0)),
        runs: count(RunStatus::Failed).saturating_add(count(RunStatus::Done)),
        failed: count(RunStatus::Failed),
        records: ended.iter().map(|run| run.counts.records()).sum(),
        rejected: ended.iter().map(|run| run.counts.rejected).sum(),
        reasons: commonest(ended.iter().flat_map(|run| &run.reasons)),
        waiting: ended.iter().find(waits).map(|run| run.id),
        last: runs.first().cloned(),
        firing,
        source,
    }
}

/// The commonest reasons of several runs.
fn commonest<'a>(reasons: impl Iterator<Item = &'a ReasonCount>) -> Vec<ReasonCount> {
    let mut all: BTreeMap<(&str, &str), ReasonCount> = BTreeMap::new();
    for reason in reasons {
        all.entry((&reason.field, &reason.code))
            .and_modify(|known| known.count += reason.count)
            .or_insert_with(|| reason.clone());
    }
    let mut all: Vec<ReasonCount> = all.into_values().collect();
    all.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    all.truncate(HEALTH_REASONS_MAX);
    all
}
