//! The work itself: one job at a time, and what is to be done about what it found.

use std::sync::Arc;

use taihu_model::contract::Step;
use taihu_model::{
    Achievement, Digest, FusionWeights, Installation, LimitWish, Need, PluginCall, PluginName,
    Source, TenantSlug, Text, TrialStage,
};
use taihu_sandbox::{Blame, PluginAnswer};

use super::NoAnswer;
use super::capsules::Kept;
use crate::authority::Caller;
use crate::error::{Error, Result};
use crate::import::configured;
use crate::kernel::Kernel;
use crate::limits::{BREAKER_OPENINGS_MAX, PROBATION_S_MAX};
use crate::matching::fuse::Word;
use crate::matching::{Scored, compare_orders, weigh};

/// Something to be done when nobody waits.
pub(crate) enum Job {
    /// Rank a need again with the versions that are called beside those that answered.
    Ranking(Box<RankingJob>),
    /// Take a step of a run again with the version that is called beside.
    Step(Box<StepJob>),
    /// Count who would enter and leave a pool.
    Pool {
        /// The tenant of the installation.
        home: TenantSlug,
        /// The niche pool.
        plugin: PluginName,
    },
    /// Keep a failing call for its author.
    Failed {
        /// The tenant of the installation.
        home: TenantSlug,
        /// The plugin.
        plugin: PluginName,
        /// Its version.
        version: Digest,
        /// What it was granted to use.
        limits: LimitWish,
        /// The call.
        call: Arc<[u8]>,
        /// Code of the cause.
        cause: &'static str,
        /// What happened.
        text: Text,
    },
    /// Draw the conclusion from a breaker that opened.
    Opened {
        /// The tenant of the installation.
        home: TenantSlug,
        /// The plugin.
        plugin: PluginName,
        /// For whom it was called, and the version.
        key: (TenantSlug, Digest),
        /// Code of the cause.
        cause: &'static str,
        /// How often in a row.
        openings: u32,
    },
}

impl Job {
    pub(super) fn is_small(&self) -> bool {
        !matches!(self, Self::Ranking(_) | Self::Step(_))
    }

    /// Says whether another would find nothing more to do: the same failure of the same version, or
    /// the same pool.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Failed { version: a, cause: a_cause, .. },
                Self::Failed { version: b, cause: b_cause, .. },
            ) => (a, a_cause) == (b, b_cause),
            (
                Self::Pool { home: a, plugin: a_plugin },
                Self::Pool { home: b, plugin: b_plugin },
            ) => (a, a_plugin) == (b, b_plugin),
            _ => false,
        }
    }
}

/// A ranking that was answered, whole.
pub(crate) struct RankingJob {
    pub(crate) need: Need,
    /// Installations with a version to be called beside, as they stand in the store.
    pub(crate) beside: Vec<Installation>,
    pub(crate) subject: Digest,
    pub(crate) records: Vec<(Achievement, u32)>,
    pub(crate) ceiling: u32,
    pub(crate) weights: FusionWeights,
    pub(crate) scored: Vec<Scored>,
    /// What meaning said.
    pub(crate) own: Option<Word>,
}

/// A step of a run that was taken.
pub(crate) struct StepJob {
    pub(crate) installation: Installation,
    pub(crate) subject: Digest,
    pub(crate) source: Source,
    pub(crate) call: Arc<[u8]>,
    pub(crate) step: Step,
    pub(crate) cpu_us: u64,
}

impl Kernel {
    /// Leaves a ranking to be compared; one that finds no room is counted as skipped.
    pub(crate) fn compare_later(&self, job: RankingJob) {
        if self.has_room() {
            self.later(Job::Ranking(Box::new(job)));
            return;
        }
        for installation in &job.beside {
            self.skip(installation);
        }
    }

    pub(super) fn work_off(&self, job: Job) -> Result<()> {
        let settled = match job {
            Job::Ranking(job) => self.compare_ranking(*job),
            Job::Step(job) => self.compare_step(*job),
            Job::Pool { home, plugin } => {
                let kernel = Caller::kernel(self.city.clone());
                self.compare_pool(&kernel, &home, &plugin, &mut |_| {}).map(drop)
            }
            Job::Failed { home, plugin, version, limits, call, cause, text } => {
                let of = Kept { home: &home, plugin: &plugin, version, limits };
                self.keep_capsule(&of, &call, cause, text)
            }
            Job::Opened { home, plugin, key: (tenant, version), cause, openings } => {
                self.opened(&home, &plugin, &tenant, version, cause, openings)
            }
        };
        match settled {
            Ok(()) => Ok(()),
            // The store's own trouble: what could not be written now is counted the next time.
            Err(error @ (Error::Unavailable(_) | Error::Full(_) | Error::Busy { .. })) => {
                Err(error)
            }
            // A person was faster, or the plugin is gone meanwhile.
            Err(error) => {
                tracing::info!(%error, "work about a plugin came to nothing");
                Ok(())
            }
        }
    }

    fn compare_ranking(&self, job: RankingJob) -> Result<()> {
        for installation in &job.beside {
            let Some(other) = installation.beside(&job.subject) else { continue };
            let on_trial = installation.trial.as_ref().map(|trial| trial.digest);
            let other_is_trial = Some(other.digest) == on_trial;
            let Some(version) = on_trial else { continue };
            let mut ready = self.ready(other, &job.need.tenant)?;
            weigh(&job.weights, &mut ready.installation);
            let fresh = self.score(&ready, &job.need, &job.records, false);
            if fresh.busy.is_some() {
                self.skip(installation);
                continue;
            }
            let served = job.scored.iter().find(|one| one.run.plugin == installation.plugin);
            let served_cpu_us = served.map(|one| one.cpu_us);
            let (trial_cpu_us, before_cpu_us) = if other_is_trial {
                (Some(fresh.cpu_us), served_cpu_us)
            } else {
                (served_cpu_us, Some(fresh.cpu_us))
            };
            let failure =
                if other_is_trial { fresh.cause } else { served.and_then(|one| one.cause) };
            let mut with: Vec<&Scored> =
                job.scored.iter().filter(|one| one.run.plugin != installation.plugin).collect();
            with.push(&fresh);
            let as_served: Vec<&Scored> = job.scored.iter().collect();
            let (before, after) =
                if other_is_trial { (as_served, with) } else { (with, as_served) };
            let baseline = if other_is_trial { served } else { Some(&fresh) };
            // Against a version that gave no answer, every answer would look different.
            let change = baseline.is_none_or(|one| one.run.failure.is_none()).then(|| {
                let own = (job.weights.retrieval, job.own.as_ref());
                compare_orders(&job.records, job.ceiling, own, &before, &after)
            });
            let against = installation.serves().then_some(installation.digest);
            self.count(installation, version, against, |seen| {
                seen.calls += 1;
                match (failure, change) {
                    (Some(cause), _) => *seen.failures.entry(cause.to_owned()).or_default() += 1,
                    (None, Some(change)) => change.add_to(&job.need, &mut seen.rankings),
                    (None, None) => {}
                }
                trial_cpu_us.into_iter().for_each(|us| seen.cpu_us.add(us));
                before_cpu_us.into_iter().for_each(|us| seen.cpu_us_before.add(us));
            })?;
        }
        Ok(())
    }

    fn compare_step(&self, job: StepJob) -> Result<()> {
        let Some(other) = job.installation.beside(&job.subject) else { return Ok(()) };
        let Some(version) = job.installation.trial.as_ref().map(|trial| trial.digest) else {
            return Ok(());
        };
        let other_is_trial = other.digest == version;
        let ready = self.ready(other, &job.source.tenant)?;
        let mut call: PluginCall<'_> = serde_json::from_slice(&job.call)
            .map_err(|error| Error::Damaged(format!("a recorded step: {error}")))?;
        // The same step, under the configuration that this version would have.
        if let PluginCall::Next { context, .. } = &mut call {
            *context = configured(&ready, &job.source)?.0;
        }
        let record = |_| Arc::from(call.to_bytes());
        let answer = self.cared(&ready, record, || ready.component.replay(&call));
        // What the machine had no time for says nothing of either version.
        if matches!(&answer, Err(NoAnswer::Failed(error)) if error.blame == Blame::Kernel) {
            self.skip(&job.installation);
            return Ok(());
        }
        let against = job.installation.serves().then_some(job.installation.digest);
        self.count(&job.installation, version, against, |seen| {
            seen.calls += 1;
            match answer {
                Ok(answer) => {
                    let cpu_us = micros(answer.usage.cpu);
                    let PluginAnswer::Next(fresh) = answer.value else { return };
                    let (before, after, before_us, after_us) = if other_is_trial {
                        (&job.step, &fresh, job.cpu_us, cpu_us)
                    } else {
                        (&fresh, &job.step, cpu_us, job.cpu_us)
                    };
                    seen.cpu_us.add(after_us);
                    seen.cpu_us_before.add(before_us);
                    compare_steps(before, after, &mut seen.steps);
                }
                Err(NoAnswer::Failed(error)) if error.blame != Blame::Plugin => {
                    seen.steps.compared += 1;
                    seen.steps.changed += 1;
                }
                Err(none) if other_is_trial => {
                    let cause = match none {
                        NoAnswer::Failed(error) => error.cause.code(),
                        NoAnswer::Open { cause, .. } => cause,
                    };
                    *seen.failures.entry(cause.to_owned()).or_default() += 1;
                }
                Err(_) => {}
            }
        })
    }

    /// A breaker opened: a version on trial goes back at once, one that was promoted lately gives
    /// way to the one before, and one that opens again and again is quarantined: for the tenant alone
    /// whose calls fail, where it is the city's.
    fn opened(
        &self,
        home: &TenantSlug,
        plugin: &PluginName,
        tenant: &TenantSlug,
        version: Digest,
        cause: &'static str,
        openings: u32,
    ) -> Result<()> {
        let installation = self.installation(home, plugin)?;
        let kernel = Caller::kernel(self.city.clone());
        let reason = format!(
            "连续失败（{cause}），熔断第{openings}次 · the breaker opened, time {openings}"
        );
        if let Some(trial) = installation.trial.as_ref().filter(|trial| trial.digest == version) {
            // In a shadow nobody is hurt, and whoever watches it sees the failures counted.
            if trial.stage != TrialStage::Shadow || trial.by_rule {
                self.roll_back(&kernel, home, plugin, &reason)?;
            }
            return Ok(());
        }
        if installation.digest != version {
            return Ok(());
        }
        let promoted = installation.history.last().map(|before| before.until);
        let lately = promoted.is_some_and(|at| {
            self.now().as_second().saturating_sub(at.as_second()) <= PROBATION_S_MAX
        });
        if lately && installation.trial.is_none() {
            match self.roll_back(&kernel, home, plugin, &reason) {
                Ok(_) => return Ok(()),
                // The one before may not come back, for its key was revoked: then a person must act.
                Err(error) => tracing::warn!(%plugin, %error, "no way back to the version before"),
            }
        }
        match (openings >= BREAKER_OPENINGS_MAX, home == tenant) {
            (true, true) => self.quarantine(&kernel, home, plugin, &reason).map(drop),
            (true, false) => self.withhold(&kernel, tenant, plugin, version, cause, &reason),
            (false, _) => Ok(()),
        }
    }
}

fn compare_steps(before: &Step, after: &Step, seen: &mut taihu_model::Steps) {
    seen.compared += 1;
    seen.changed += u64::from(before != after);
    let records = |step: &Step| match step {
        Step::Page(page) => page.records.clone(),
        _ => Vec::new(),
    };
    let (before, after) = (records(before), records(after));
    seen.records_before += before.len() as u64;
    seen.records_after += after.len() as u64;
    for record in &after {
        let known = before.iter().find(|known| known.source_id == record.source_id);
        seen.records_changed += u64::from(known.is_some_and(|known| known != record));
    }
}

pub(crate) fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
