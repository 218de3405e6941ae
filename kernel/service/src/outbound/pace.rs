//! The pace of asking: so many requests a minute to a host for each plugin, and for all of them
//! together at least a second between two requests to one host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use taihu_model::Timestamp;

use crate::clock::Clock;
use crate::limits::{HOST_PAUSE_MS_MIN, PACE_WAIT_MS_MAX, PACED_MAX};

/// Who asked whom when: nobody's host is asked faster than it was granted.
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    asked: Mutex<Asked>,
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

/// The instant of the last request, in milliseconds, which may lie ahead: it was promised.
#[derive(Debug, Default)]
struct Asked {
    hosts: HashMap<String, i64>,
    holders: HashMap<(String, String), i64>,
}

impl Pace {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, asked: Mutex::default() }
    }

    /// Takes the next turn of a holder at a host, and says how long to wait for it.
    ///
    /// # Errors
    /// The wait that it would take, if it is longer than anybody should; then no turn is taken.
    pub(crate) fn turn(
        &self,
        holder: &str,
        host: &str,
        per_minute: u16,
    ) -> Result<Duration, Duration> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.turn(holder, host, per_minute, self.clock.now())
    }
}

impl Asked {
    fn turn(
        &mut self,
        holder: &str,
        host: &str,
        per_minute: u16,
        now: Timestamp,
    ) -> Result<Duration, Duration> {
        let now = now.as_millisecond();
        self.forget(now);
        let own = (holder.to_owned(), host.to_owned());
        let apart = (60_000 / i64::from(per_minute.max(1))).max(HOST_PAUSE_MS_MIN);
        let after = |last: Option<&i64>, apart: i64| last.map_or(now, |last| last + apart);
        let next = now
            .max(after(self.hosts.get(host), HOST_PAUSE_MS_MIN))
            .max(after(self.holders.get(&own), apart));
        let wait = Duration::from_millis(u64::try_from(next - now).unwrap_or(0));
        if next - now > PACE_WAIT_MS_MAX {
            return Err(wait);
        }
        self.hosts.insert(host.to_owned(), next);
        self.holders.insert(own, next);
        Ok(wait)
    }

    /// Forgets what bounds nothing any more, and what a clock that jumped back makes nonsense of.
    fn forget(&mut self, now: i64) {
        let ahead = now + PACE_WAIT_MS_MAX + 60_000;
        if self.holders.len() >= PACED_MAX || self.holders.values().any(|last| *last > ahead) {
            let bounds = |last: i64| (now - 60_000..=ahead).contains(&last);
            self.hosts.retain(|_, last| bounds(*last));
            self.holders.retain(|_, last| bounds(*last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each turn: milliseconds on the clock, holder, host, rate, and the wait in milliseconds.
    #[track_caller]
    fn check(turns: &[(i64, &str, &str, u16, u64)]) {
        let mut asked = Asked::default();
        for (at, holder, host, rate, wait) in turns {
            let now = Timestamp::from_millisecond(1_000_000 + at).unwrap();
            let found = asked.turn(holder, host, *rate, now);
            assert_eq!(found, Ok(Duration::from_millis(*wait)), "{holder} at {host}, {at} ms");
        }
    }

    #[test]
    fn a_host_is_asked_at_most_every_second_whoever_asks() {
        check(&[
            (0, "a", "x.cn", 60, 0),
            (0, "b", "x.cn", 60, 1_000),
            (0, "a", "x.cn", 60, 2_000),
            (0, "a", "y.cn", 60, 0),
            (2_500, "b", "x.cn", 60, 500),
            (9_000, "a", "x.cn", 60, 0),
        ]);
    }

    #[test]
    fn a_holder_keeps_to_its_own_rate() {
        check(&[
            (0, "a", "x.cn", 6, 0),
            (100, "a", "x.cn", 6, 9_900),
            (100, "b", "x.cn", 60, 10_900),
            (25_000, "a", "x.cn", 6, 0),
        ]);
    }

    #[test]
    fn nobody_waits_for_ever_and_a_clock_that_jumps_back_does_not_matter() {
        let mut asked = Asked::default();
        let at = |ms: i64| Timestamp::from_millisecond(10_000_000 + ms).unwrap();
        for turn in 0..3 {
            let wait = asked.turn("a", "x.cn", 1, at(0));
            assert_eq!(wait, Ok(Duration::from_secs(60 * turn)));
        }
        assert_eq!(asked.turn("a", "x.cn", 1, at(0)), Err(Duration::from_secs(180)));
        assert_eq!(asked.turn("a", "x.cn", 1, at(-9_000_000)), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut asked = Asked::default();
        for n in 0..PACED_MAX + 10 {
            let now = Timestamp::from_millisecond(1_000 * n as i64).unwrap();
            asked.turn("a", &format!("{n}.cn"), 60, now).unwrap();
        }
        assert!(asked.holders.len() <= PACED_MAX && asked.hosts.len() <= PACED_MAX);
    }
}
