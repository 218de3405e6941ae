//! When an endpoint that failed is asked again: pure, with time and chance as arguments.
//!
//! So many failures in a row open the circuit; it stays open for a wait that doubles with each
//! further failure, somewhere in its upper half, so that many kernels do not come back at once. One
//! success forgives all.

use std::time::Duration;

use taihu_model::Timestamp;

use crate::limits::{CIRCUIT_WAIT_MS_MAX, CIRCUIT_WAIT_MS_MIN, RETRY_AFTER_HONOURED_S_MAX};

/// Whether an endpoint may be asked.
#[derive(Debug)]
pub(super) struct Circuit {
    /// Failures in a row that open it.
    failures_max: u32,
    failures: u32,
    until: Option<Timestamp>,
    cause: Option<&'static str>,
}

impl Circuit {
    pub(super) fn new(failures_max: u32) -> Self {
        Self { failures_max, failures: 0, until: None, cause: None }
    }

    /// Until when it is open, if it is.
    pub(super) fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        // A clock that jumped back does not keep it open for longer than any wait lasts.
        let longest = millis(CIRCUIT_WAIT_MS_MAX).max(seconds(RETRY_AFTER_HONOURED_S_MAX));
        self.until.filter(|until| now < *until && until.duration_since(now) <= longest)
    }

    /// Code of the last failure, if nothing succeeded since.
    pub(super) fn cause(&self) -> Option<&'static str> {
        self.cause
    }

    pub(super) fn succeeded(&mut self) {
        (self.failures, self.until, self.cause) = (0, None, None);
    }

    /// Notes a failure. `retry_after` is what the endpoint asked for.
    pub(super) fn failed(
        &mut self,
        now: Timestamp,
        cause: &'static str,
        retry_after: Option<Duration>,
        chance: u128,
    ) {
        self.failures = self.failures.saturating_add(1);
        self.cause = Some(cause);
        let asked = retry_after.map_or(0, |wait| {
            let wait = wait.min(Duration::from_secs(RETRY_AFTER_HONOURED_S_MAX));
            u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
        });
        if self.failures < self.failures_max && asked == 0 {
            return;
        }
        let doublings = self.failures.saturating_sub(self.failures_max).min(20);
        let longest = (CIRCUIT_WAIT_MS_MIN << doublings).min(CIRCUIT_WAIT_MS_MAX);
        let half = u128::from(longest / 2);
        let wait = longest / 2 + u64::try_from(chance % (half + 1)).unwrap_or(0);
        self.until = now.checked_add(millis(wait.max(asked))).ok();
    }
}

fn millis(ms: u64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn seconds(s: u64) -> jiff::SignedDuration {
    millis(s.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After so many failures: the waits with the least and with the most chance, in milliseconds.
    #[track_caller]
    fn check(failures_max: u32, failures: u32, retry_after_s: Option<u64>, waits: (i64, i64)) {
        let now: Timestamp = "2026-05-20T01:00:00Z".parse().unwrap();
        let wait = |chance: u128| {
            let mut circuit = Circuit::new(failures_max);
            for _ in 0..failures {
                circuit.failed(now, "down", retry_after_s.map(Duration::from_secs), chance);
            }
            let until = circuit.open_until(now);
            until.map_or(0, |until| until.as_millisecond() - now.as_millisecond())
        };
        // The largest remainder of any half: one below a common multiple of what they may be.
        let most = |longest: i64| u128::try_from(longest / 2).unwrap();
        assert_eq!((wait(0), wait(most(waits.1))), waits, "{failures} failures");
    }

    #[test]
    fn the_wait_doubles_and_ends_somewhere() {
        check(1, 0, None, (0, 0));
        check(1, 1, None, (500, 1_000));
        check(1, 2, None, (1_000, 2_000));
        check(1, 5, None, (8_000, 16_000));
        check(1, 60, None, (150_000, 300_000));
        check(3, 2, None, (0, 0));
        check(3, 3, None, (500, 1_000));
    }

    #[test]
    fn what_the_endpoint_asks_for_is_kept_within_reason() {
        check(3, 1, Some(7), (7_000, 7_000));
        check(1, 1, Some(1_000_000), (3_600_000, 3_600_000));
    }

    #[test]
    fn a_success_forgives_and_a_clock_that_jumps_back_does_not_matter() {
        let now: Timestamp = "2026-05-20T01:00:00Z".parse().unwrap();
        let mut circuit = Circuit::new(1);
        circuit.failed(now, "down", None, 0);
        assert!(circuit.open_until(now).is_some());
        let long_ago: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(circuit.open_until(long_ago), None);
        circuit.succeeded();
        assert_eq!((circuit.open_until(now), circuit.cause()), (None, None));
    }
}
