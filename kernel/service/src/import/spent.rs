//! Where the time of runs goes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::care::micros;
use crate::kernel::Kernel;

/// How long the runs of this process took at what, since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpentOnRuns {
    /// Steps of connectors: into the sandbox, there, and what they answered checked.
    pub steps: Duration,
    /// Admission, looking for duplicates, and composing what is written.
    pub planning: Duration,
    /// Commits.
    pub committing: Duration,
}

/// The same while it is counted, in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Spending {
    pub(super) steps: AtomicU64,
    pub(super) planning: AtomicU64,
    pub(super) committing: AtomicU64,
}

/// Does something and counts how long it took.
pub(super) fn counted<T>(counter: &AtomicU64, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = work();
    counter.fetch_add(micros(started.elapsed()), Ordering::Relaxed);
    done
}

impl Kernel {
    /// Where the time of runs went since the start.
    #[must_use]
    pub fn spent_on_runs(&self) -> SpentOnRuns {
        let of = |counter: &AtomicU64| Duration::from_micros(counter.load(Ordering::Relaxed));
        let Spending { steps, planning, committing } = &self.spending;
        SpentOnRuns { steps: of(steps), planning: of(planning), committing: of(committing) }
    }
}
