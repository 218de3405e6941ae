//! What the commit thread and the readers share: the database that is open now, and news.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use super::database::Open;
use super::disk::Mode;
use super::fault::{Fault, guard};
use super::queue::Queue;
use crate::VIEW_WAIT_MAX;

/// What changes while others wait for it.
#[derive(Debug, Clone, Copy, Default)]
struct News {
    /// Groups that were made durable since the engine was opened.
    commits: u64,
    /// How many times a database was put in place.
    generation: u64,
    /// True if commits are possible.
    writable: bool,
    /// True if the engine is gone: there is nothing to wait for.
    closed: bool,
}

/// The database that is open now, if any.
pub(super) struct Slot {
    pub(super) open: Option<Open>,
    pub(super) generation: u64,
}

/// What the commit thread and the readers share.
pub(super) struct Shared {
    pub(super) queue: Queue,
    slot: RwLock<Slot>,
    news: Mutex<News>,
    told: Condvar,
}

impl Shared {
    pub(super) fn new(queue: Queue, open: Open) -> Self {
        let writable = open.mode == Mode::Writable;
        Self {
            queue,
            slot: RwLock::new(Slot { open: Some(open), generation: 0 }),
            news: Mutex::new(News { writable, ..News::default() }),
            told: Condvar::new(),
        }
    }

    pub(super) fn slot(&self) -> RwLockReadGuard<'_, Slot> {
        self.slot.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the database out, to close it. Readers wait.
    pub(super) fn take(&self) -> Option<Open> {
        self.news().writable = false;
        self.slot.write().unwrap_or_else(PoisonError::into_inner).open.take()
    }

    /// Puts a database in place, or says that there is none to be had.
    pub(super) fn put(&self, open: Option<Open>) {
        let writable = open.as_ref().is_some_and(|open| open.mode == Mode::Writable);
        let generation = {
            let mut slot = self.slot.write().unwrap_or_else(PoisonError::into_inner);
            slot.generation += 1;
            slot.open = open;
            slot.generation
        };
        let mut news = self.news();
        // What was in doubt may have come to light with the reopening.
        news.commits += 1;
        news.generation = generation;
        news.writable = writable;
        drop(news);
        self.told.notify_all();
    }

    /// Says that no database will ever be put in place again.
    pub(super) fn close(&self) {
        self.news().closed = true;
        self.told.notify_all();
    }

    /// Waits until a later database than that of a generation is in place; returns whether it is.
    pub(super) fn wait_reopened(&self, generation: u64) -> bool {
        let until = deadline(VIEW_WAIT_MAX);
        self.wait_until(until, |news| news.generation > generation).generation > generation
    }

    /// Tells those who wait for commits.
    pub(super) fn tell_commit(&self) {
        self.news().commits += 1;
        self.told.notify_all();
    }

    fn wait_until(&self, until: Instant, enough: impl Fn(&News) -> bool) -> News {
        let mut news = self.news();
        while !enough(&news) && !news.closed {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                break;
            }
            let waited = self.told.wait_timeout(news, rest);
            news = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *news
    }

    /// Waits for more than `seen` commits; returns how many there are.
    pub(super) fn wait_commits(&self, seen: u64, timeout: Duration) -> u64 {
        self.wait_until(deadline(timeout), |news| news.commits > seen).commits
    }

    /// Waits until commits are possible; returns whether they are.
    pub(super) fn wait_writable(&self, timeout: Duration) -> bool {
        self.wait_until(deadline(timeout), |news| news.writable).writable
    }

    /// Runs something on the database that is open now. If it has to be opened again, that is
    /// asked for, and waited for once.
    pub(super) fn read<T>(
        &self,
        run: impl Fn(&Slot, &Open) -> Result<T, redb::Error>,
    ) -> Result<T, Fault> {
        let mut tries = 0;
        loop {
            let (generation, fault) = {
                let slot = self.slot();
                let fault = match &slot.open {
                    None => Fault::Stale("the store is being reopened".to_owned()),
                    Some(open) => match guard(|| run(&slot, open)) {
                        Ok(value) => return Ok(value),
                        Err(fault) => fault.explained(&open.disk),
                    },
                };
                (slot.generation, fault)
            };
            if !fault.needs_reopening() {
                return Err(fault);
            }
            self.queue.ask_reopening(generation);
            tries += 1;
            if tries == 2 || !self.wait_reopened(generation) {
                return Err(fault);
            }
        }
    }
}

fn deadline(timeout: Duration) -> Instant {
    // A time-out beyond what a clock can say is a day.
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or(now + Duration::from_secs(86_400))
}
