//! The commit thread: it alone writes, and it alone opens the database again.
//!
//! It takes what waits, applies each batch in one write transaction, makes the transaction durable
//! with two phases and a recorded allocator state (so that opening after a crash takes
//! milliseconds), and only then answers. Answers that depend on others of the group, a conflict
//! for example, wait for the sync too: what they tell must not be undone.
//!
//! After a failure the database is opened again at once. If the failure was in the commit itself,
//! the reopened database says whether it happened, since opening syncs what is read; only if the
//! disk does not even let it be opened is the outcome unknown.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::apply::{Outcome, Tables};
use super::database::{Make, Open};
use super::disk::Mode;
use super::fault::{Fault, guard};
use super::queue::{Call, Job, Work};
use super::shared::Shared;
use crate::{CommitError, REOPEN_PAUSE_MAX, REOPEN_PAUSE_MIN};

/// What the commit thread needs.
pub(super) struct Committer {
    pub(super) shared: Arc<Shared>,
    pub(super) make: Make,
    pub(super) cache_bytes: usize,
    pub(super) keys_max: u64,
    pub(super) path: String,
}

/// Why no commit is possible now, and when the next attempt to reopen is due.
struct Outage {
    fault: Fault,
    due: Instant,
    pause: Duration,
}

/// A group that failed.
struct Failure {
    fault: Fault,
    /// What would be answered had the commit happened; `None` if it was not even tried.
    committing: Option<Vec<Outcome>>,
    /// The number the group would have.
    group: u64,
}

impl Committer {
    /// Runs until the engine is dropped.
    pub(super) fn run(self) {
        let mut outage: Option<Outage> = None;
        let mut before = 0;
        loop {
            let due = outage.as_ref().map(|outage| outage.due);
            match self.shared.queue.next(before, due) {
                Call::Close => break,
                Call::Time => outage = self.reopen(outage).err(),
                Call::Reopen(generation) => {
                    let current = self.shared.slot().generation;
                    if generation == current && outage.is_none() {
                        outage = self.reopen(None).err();
                    }
                }
                Call::Jobs(jobs) => {
                    if outage.as_ref().is_some_and(|outage| outage.due <= Instant::now()) {
                        outage = self.reopen(outage).err();
                    }
                    before = jobs.len();
                    outage = match outage {
                        None => self.commit(jobs).err(),
                        Some(outage) => {
                            refuse(&jobs, &outage.fault.clone().into_refusal());
                            Some(outage)
                        }
                    };
                }
            }
        }
        if let Some(open) = self.shared.take() {
            open.close();
        }
        self.shared.close();
    }

    /// Closes what is open, and opens it again: for writing, else for reading.
    fn reopen(&self, before: Option<Outage>) -> Result<(), Outage> {
        if let Some(open) = self.shared.take() {
            open.close();
        }
        let open = |mode| Open::at(&self.make, mode, self.cache_bytes, &self.path);
        let error = match open(Mode::Writable) {
            Ok(open) => {
                tracing::info!(path = self.path, groups = ?open.groups, "reopened the store");
                self.shared.put(Some(open));
                return Ok(());
            }
            Err(error) => error,
        };
        let frozen = open(Mode::Frozen).ok();
        tracing::error!(
            path = self.path, %error, readable = frozen.is_some(), "failed to reopen the store"
        );
        self.shared.put(frozen);
        let pause =
            before.map_or(REOPEN_PAUSE_MIN, |before| before.pause * 2).min(REOPEN_PAUSE_MAX);
        Err(Outage { fault: error.into(), due: Instant::now() + pause, pause })
    }

    /// Commits a group and answers. An outage remains if the database could not be reopened.
    fn commit(&self, jobs: Vec<Job>) -> Result<(), Outage> {
        let mut retried = false;
        let failure = loop {
            let failure = match self.try_commit(&jobs) {
                Ok(outcomes) => {
                    answer(&jobs, outcomes);
                    return Ok(());
                }
                Err(failure) => failure,
            };
            // Somebody's read had failed before: that is not this group's failure.
            let stale = matches!(failure.fault, Fault::Stale(_)) && failure.committing.is_none();
            if retried || !stale {
                break failure;
            }
            retried = true;
            if let Err(outage) = self.reopen(None) {
                refuse(&jobs, &outage.fault.clone().into_refusal());
                return Err(outage);
            }
        };
        tracing::error!(fault = ?failure.fault, jobs = jobs.len(), "failed to commit a group");
        match (failure.committing, &failure.fault) {
            (None, Fault::Damaged(_)) => self.commit_singly(jobs, failure.fault),
            (None, _) => {
                let reopened = self.reopen(None);
                refuse(&jobs, &failure.fault.into_refusal());
                reopened
            }
            (Some(outcomes), _) => {
                let reopened = self.reopen(None);
                let groups = self
                    .shared
                    .slot()
                    .open
                    .as_ref()
                    .map_or(0, |open| open.groups.load(Ordering::Acquire));
                match &reopened {
                    Ok(()) if groups >= failure.group => answer(&jobs, outcomes),
                    Ok(()) => refuse(&jobs, &failure.fault.into_refusal()),
                    Err(_) => refuse(&jobs, &failure.fault.into_unknown()),
                }
                reopened
            }
        }
    }

    /// Commits each job alone, so that a damaged page fails only those that need it.
    fn commit_singly(&self, jobs: Vec<Job>, fault: Fault) -> Result<(), Outage> {
        // A panic may have left a lock that nobody can take any more.
        self.reopen(None)
            .inspect_err(|outage| refuse(&jobs, &outage.fault.clone().into_refusal()))?;
        if jobs.len() == 1 {
            refuse(&jobs, &fault.into_refusal());
            return Ok(());
        }
        let mut jobs = jobs.into_iter();
        while let Some(job) = jobs.next() {
            if let Err(outage) = self.commit(vec![job]) {
                let rest: Vec<Job> = jobs.collect();
                refuse(&rest, &outage.fault.clone().into_refusal());
                return Err(outage);
            }
        }
        Ok(())
    }

    /// Makes a group durable, or says how far it came.
    fn try_commit(&self, jobs: &[Job]) -> Result<Vec<Outcome>, Failure> {
        let slot = self.shared.slot();
        let Some(open) = slot.open.as_ref().filter(|open| open.mode == Mode::Writable) else {
            let fault = Fault::Stale("the store is not open for writing".to_owned());
            return Err(Failure { fault, committing: None, group: 0 });
        };
        let group = open.groups.load(Ordering::Acquire) + 1;
        let mut committing = None;
        let result = guard(|| {
            let mut transaction = open.database.begin_write()?;
            transaction.set_two_phase_commit(true);
            transaction.set_quick_repair(true);
            let mut outcomes = Vec::with_capacity(jobs.len());
            {
                let mut tables = Tables::open(&transaction)?;
                for job in jobs {
                    outcomes.push(match &job.work {
                        Work::Batch(batch) => tables.apply(batch, self.keys_max)?,
                        Work::Blob { digest, bytes } => tables.keep_blob(*digest, bytes)?,
                    });
                }
                if wrote(&outcomes) {
                    tables.count_group(group)?;
                }
            }
            if !wrote(&outcomes) {
                transaction.abort()?;
                return Ok(outcomes);
            }
            committing = Some(outcomes.clone());
            transaction.commit()?;
            Ok(outcomes)
        });
        match result {
            Ok(outcomes) => {
                if wrote(&outcomes) {
                    open.groups.store(group, Ordering::Release);
                    // Lost, it costs nothing but the proof that this group was durable.
                    if let Err(error) = open.disk.confirm(group) {
                        tracing::warn!(%error, group, "failed to write down that a group is durable");
                    }
                    drop(slot);
                    self.shared.tell_commit();
                }
                Ok(outcomes)
            }
            Err(fault) => Err(Failure { fault: fault.explained(&open.disk), committing, group }),
        }
    }
}

fn wrote(outcomes: &[Outcome]) -> bool {
    outcomes.iter().flatten().any(|done| done.wrote)
}

fn answer(jobs: &[Job], outcomes: Vec<Outcome>) {
    for (job, outcome) in jobs.iter().zip(outcomes) {
        // Nobody waits any more if the caller's thread has ended.
        let _ = job.answer.send(outcome.map(|done| done.receipt));
    }
}

fn refuse(jobs: &[Job], error: &CommitError) {
    for job in jobs {
        let _ = job.answer.send(Err(error.clone()));
    }
}
