//! The lane: heavy calls run here, at low priority, as many at once as there are cores.
//!
//! Whoever waits holds nothing but its own thread, no instance and no slot. Tenants are served in
//! turn, so that a heavy one waits for itself. The line is short, for each tenant and in all: the one
//! beyond is told at once when to come again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::limits;

/// The lane of a sandbox.
#[derive(Debug)]
pub(crate) struct Lane {
    line: Mutex<Line<Thread>>,
}

/// Leave to run one heavy call; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    lane: &'a Lane,
    since: Instant,
}

/// No place was found: the line is full, or it took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full {
    /// When to come again.
    pub(crate) retry_after: Duration,
}

impl Lane {
    pub(crate) fn new(places: u32) -> Self {
        Self { line: Mutex::new(Line::new(places)) }
    }

    /// Takes a place if one is free now.
    pub(crate) fn try_enter(&self) -> Option<Place<'_>> {
        self.lock().try_take().then(|| self.place())
    }

    /// Takes a place, as soon as it is this tenant's turn.
    ///
    /// # Errors
    /// If too many wait already, of this tenant or in all, or if the turn does not come.
    pub(crate) fn enter(&self, tenant: &str) -> Result<Place<'_>, Full> {
        let mut line = self.lock();
        if line.try_take() {
            return Ok(self.place());
        }
        let ticket = line.stand(tenant, std::thread::current())?;
        drop(line);
        let deadline = Instant::now() + limits::LANE_WAIT_MAX;
        loop {
            std::thread::park_timeout(deadline.saturating_duration_since(Instant::now()));
            let mut line = self.lock();
            if line.is_called(ticket) {
                return Ok(self.place());
            }
            if Instant::now() >= deadline {
                line.leave(tenant, ticket);
                return Err(line.full(tenant));
            }
        }
    }

    /// Says when to come again, if there is no place and no room to wait for one.
    pub(crate) fn refuses(&self, tenant: &str) -> Option<Duration> {
        let line = self.lock();
        let full = line.running >= line.places && line.is_full(tenant);
        full.then(|| line.full(tenant).retry_after)
    }

    fn place(&self) -> Place<'_> {
        Place { lane: self, since: Instant::now() }
    }

    fn lock(&self) -> MutexGuard<'_, Line<Thread>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let next = self.lane.lock().give_back(self.since.elapsed());
        if let Some(next) = next {
            next.unpark();
        }
    }
}

/// Who runs and who waits. Pure; `W` is whom to wake.
#[derive(Debug)]
struct Line<W> {
    places: u32,
    running: u32,
    /// Tenants that wait, the next one first; each has at least one in its queue.
    turns: VecDeque<String>,
    queues: HashMap<String, VecDeque<(u64, W)>>,
    waiting: usize,
    /// Tickets whose turn has come and who have not noticed yet; each holds a place.
    called: Vec<u64>,
    tickets: u64,
    /// How long a place was held lately, a moving mean in microseconds.
    held_us: u64,
}

impl<W> Line<W> {
    fn new(places: u32) -> Self {
        Self {
            places: places.max(1),
            running: 0,
            turns: VecDeque::new(),
            queues: HashMap::new(),
            waiting: 0,
            called: Vec::new(),
            tickets: 0,
            held_us: 0,
        }
    }

    /// Takes a place if one is free; then nobody waits, because places are given on at once.
    fn try_take(&mut self) -> bool {
        let free = self.running < self.places;
        self.running += u32::from(free);
        free
    }

    fn own(&self, tenant: &str) -> usize {
        self.queues.get(tenant).map_or(0, VecDeque::len)
    }

    fn is_full(&self, tenant: &str) -> bool {
        self.own(tenant) >= limits::LANE_WAITING_PER_TENANT_MAX
            || self.waiting >= limits::LANE_WAITING_MAX
    }

    fn stand(&mut self, tenant: &str, whom: W) -> Result<u64, Full> {
        if self.is_full(tenant) {
            return Err(self.full(tenant));
        }
        let own = self.own(tenant);
        let ticket = self.tickets;
        self.tickets += 1;
        self.waiting += 1;
        if own == 0 {
            self.turns.push_back(tenant.to_owned());
        }
        self.queues.entry(tenant.to_owned()).or_default().push_back((ticket, whom));
        Ok(ticket)
    }

    fn give_back(&mut self, held: Duration) -> Option<W> {
        let held_us = u64::try_from(held.as_micros()).unwrap_or(u64::MAX).min(1 << 32);
        self.held_us = (self.held_us * 7 + held_us) / 8;
        self.running = self.running.saturating_sub(1);
        let tenant = self.turns.pop_front()?;
        let queue = self.queues.get_mut(&tenant)?;
        let (ticket, whom) = queue.pop_front()?;
        self.waiting -= 1;
        if queue.is_empty() {
            self.queues.remove(&tenant);
        } else {
            self.turns.push_back(tenant);
        }
        self.running += 1;
        self.called.push(ticket);
        Some(whom)
    }

    fn is_called(&mut self, ticket: u64) -> bool {
        let at = self.called.iter().position(|called| *called == ticket);
        at.map(|at| self.called.swap_remove(at)).is_some()
    }

    fn leave(&mut self, tenant: &str, ticket: u64) {
        let Some(queue) = self.queues.get_mut(tenant) else { return };
        let before = queue.len();
        queue.retain(|(waiting, _)| *waiting != ticket);
        self.waiting -= before - queue.len();
        if queue.is_empty() {
            self.queues.remove(tenant);
            self.turns.retain(|waiting| waiting != tenant);
        }
    }

    /// Estimates when it is worth to come again: when those of the tenant that wait now will have
    /// had their turns.
    fn full(&self, tenant: &str) -> Full {
        let own = self.own(tenant).max(1);
        let ahead = self.waiting.min(own.saturating_mul(self.turns.len().max(1))) as u64 + 1;
        let wait = Duration::from_micros(self.held_us * ahead / u64::from(self.places));
        Full { retry_after: wait.clamp(limits::RETRY_AFTER_MIN, limits::RETRY_AFTER_MAX) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: Duration = Duration::from_millis(50);

    /// Lets these tenants stand in line behind one that runs; hands out in which order they are called.
    fn order(arrivals: &str) -> String {
        let mut line = Line::new(1);
        assert!(line.try_take());
        for tenant in arrivals.chars() {
            line.stand(&tenant.to_string(), tenant).unwrap();
        }
        let called = std::iter::from_fn(|| line.give_back(HELD)).collect();
        assert_eq!((line.running, line.waiting, line.turns.len(), line.queues.len()), (0, 0, 0, 0));
        called
    }

    #[test]
    fn tenants_are_served_in_turn() {
        for (arrivals, want) in [
            ("a", "a"),
            ("abc", "abc"),
            ("aaab", "abaa"),
            ("aaaabbc", "abcabaa"),
            ("abababab", "abababab"),
        ] {
            assert_eq!(order(arrivals), want, "{arrivals}");
        }
    }

    #[test]
    fn the_line_is_short_for_each_and_in_all() {
        let mut line = Line::new(2);
        assert!(line.try_take() && line.try_take() && !line.try_take());
        for _ in 0..limits::LANE_WAITING_PER_TENANT_MAX {
            line.stand("a", ()).unwrap();
        }
        assert!(line.stand("a", ()).is_err());
        line.stand("b", ()).unwrap();
        let mut tenants = 0;
        while line.stand(&format!("t{tenants}"), ()).is_ok() {
            tenants += 1;
        }
        assert_eq!(line.waiting, limits::LANE_WAITING_MAX);
        assert!(line.stand("b", ()).is_err());
    }

    #[test]
    fn whoever_gives_up_leaves_no_gap() {
        let mut line = Line::new(1);
        assert!(line.try_take());
        let first = line.stand("a", 'a').unwrap();
        line.stand("b", 'b').unwrap();
        line.leave("a", first);
        line.leave("a", first);
        assert_eq!((line.give_back(HELD), line.waiting), (Some('b'), 0));
        assert!(line.is_called(1) && !line.is_called(1));
        assert_eq!((line.give_back(HELD), line.running), (None, 0));
    }

    #[test]
    fn whoever_is_sent_away_is_told_when_to_come_again() {
        let mut line = Line::new(2);
        assert_eq!(line.full("a").retry_after, limits::RETRY_AFTER_MIN);
        for _ in 0..100 {
            line.give_back(Duration::from_secs(2));
        }
        assert!(line.try_take() && line.try_take());
        for _ in 0..4 {
            line.stand("a", ()).unwrap();
        }
        let seconds = line.full("a").retry_after.as_secs_f64();
        assert!((4.5..=5.0).contains(&seconds), "{seconds}");
        line.give_back(Duration::from_secs(u64::MAX));
        assert_eq!(line.full("a").retry_after, limits::RETRY_AFTER_MAX);
    }

    #[test]
    fn places_are_given_on_between_threads() {
        let lane = Lane::new(1);
        let held = lane.try_enter().unwrap();
        assert!(lane.try_enter().is_none());
        std::thread::scope(|scope| {
            let waiting: Vec<_> = (0..limits::LANE_WAITING_PER_TENANT_MAX)
                .map(|_| scope.spawn(|| lane.enter("a").map(drop)))
                .collect();
            while lane.lock().waiting < waiting.len() {
                std::thread::yield_now();
            }
            assert!(lane.enter("a").is_err());
            drop(held);
            for one in waiting {
                assert_eq!(one.join().unwrap(), Ok(()));
            }
        });
        assert!(lane.try_enter().is_some());
    }
}
