//! The line that commits wait in.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use taihu_model::Digest;

use super::batch::Prepared;
use crate::{CommitError, GATHER_MAX, GROUP_BYTES_MAX, QUEUE_BYTES_MAX, Receipt};

/// What is to be made durable.
#[derive(Debug)]
pub(super) enum Work {
    Batch(Box<Prepared>),
    Blob { digest: Digest, bytes: Vec<u8> },
}

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Self::Batch(batch) => batch.bytes,
            Self::Blob { bytes, .. } => bytes.len(),
        }
    }
}

/// Work, and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) work: Work,
    pub(super) answer: SyncSender<Result<Receipt, CommitError>>,
}

/// What the commit thread wakes up for.
#[derive(Debug)]
pub(super) enum Call {
    /// These jobs, in order; at least one.
    Jobs(Vec<Job>),
    /// Somebody found that the database of this generation no longer works.
    Reopen(u64),
    /// The time has come that was waited for.
    Time,
    /// The engine is being dropped, and nothing is left to do.
    Close,
}

#[derive(Debug, Default)]
struct Line {
    jobs: VecDeque<Job>,
    bytes: usize,
    reopen: Option<u64>,
    closing: bool,
}

/// The line.
#[derive(Debug)]
pub(super) struct Queue {
    line: Mutex<Line>,
    arrived: Condvar,
    jobs_max: usize,
    /// False: each job alone.
    group: bool,
}

impl Queue {
    pub(super) fn new(jobs_max: usize, group: bool) -> Self {
        Self { line: Mutex::default(), arrived: Condvar::new(), jobs_max, group }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job at the end.
    ///
    /// # Errors
    /// [`CommitError::Busy`] if the line is as long as it may be.
    pub(super) fn push(&self, job: Job) -> Result<(), CommitError> {
        let mut line = self.line();
        let bytes = line.bytes + job.work.bytes();
        if line.jobs.len() >= self.jobs_max || bytes > QUEUE_BYTES_MAX {
            return Err(CommitError::Busy);
        }
        line.bytes = bytes;
        line.jobs.push_back(job);
        drop(line);
        self.arrived.notify_one();
        Ok(())
    }

    /// Asks for the database of a generation to be opened again.
    pub(super) fn ask_reopening(&self, generation: u64) {
        self.line().reopen = Some(generation);
        self.arrived.notify_one();
    }

    /// Asks the commit thread to finish what waits, and end.
    pub(super) fn close(&self) {
        self.line().closing = true;
        self.arrived.notify_one();
    }

    /// Waits for a call, or until `until`. `before` is how many jobs the last group had: if there
    /// were several, their writers get a moment to come back.
    pub(super) fn next(&self, before: usize, until: Option<Instant>) -> Call {
        let mut line = self.line();
        loop {
            if let Some(generation) = line.reopen.take() {
                return Call::Reopen(generation);
            }
            if !line.jobs.is_empty() {
                break;
            }
            if line.closing {
                return Call::Close;
            }
            line = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => self.arrived.wait(line).unwrap_or_else(PoisonError::into_inner),
                Some(rest) if rest.is_zero() => return Call::Time,
                Some(rest) => {
                    let waited = self.arrived.wait_timeout(line, rest);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        if self.group && before > 1 && line.jobs.len() < before && !line.closing {
            let since = Instant::now();
            while line.jobs.len() < before && !line.closing {
                let rest = GATHER_MAX.saturating_sub(since.elapsed());
                if rest.is_zero() {
                    break;
                }
                let waited = self.arrived.wait_timeout(line, rest);
                line = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        let mut jobs = Vec::new();
        let mut bytes = 0;
        while let Some(job) = line.jobs.pop_front() {
            line.bytes -= job.work.bytes();
            bytes += job.work.bytes();
            jobs.push(job);
            let next = line.jobs.front().map_or(0, |job| job.work.bytes());
            if !self.group || bytes + next > GROUP_BYTES_MAX {
                break;
            }
        }
        Call::Jobs(jobs)
    }
}
