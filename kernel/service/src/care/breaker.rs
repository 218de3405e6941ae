//! The breaker of one version for one tenant: pure, with the time as an argument.
//!
//! Each cause has a circuit of its own. Five failures within a minute, or more than a fifth of the
//! last twenty calls and more, open it; while it is open, nobody calls the plugin. When the wait is
//! over, recorded calls are tried, never live ones; if they fail, the wait doubles.

use std::collections::{BTreeMap, VecDeque};

use taihu_model::Timestamp;

use crate::limits::{
    BREAKER_CALLS_MIN, BREAKER_FAILED_PERMILLE_MAX, BREAKER_FAILURES_MAX, BREAKER_FORGIVE_S,
    BREAKER_WAIT_S_MAX, BREAKER_WAIT_S_MIN, BREAKER_WINDOW_CALLS_MAX, BREAKER_WINDOW_S,
};

/// What a caller may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Call it.
    Closed,
    /// Do without it.
    Open {
        /// The cause that opened it.
        cause: &'static str,
        /// When it is tried again at the earliest.
        until: Timestamp,
    },
}

/// The circuits of one version for one tenant.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    calls: VecDeque<(Timestamp, Option<&'static str>)>,
    circuits: BTreeMap<&'static str, Circuit>,
}

#[derive(Debug)]
struct Circuit {
    /// Open until then; tried after it.
    until: Option<Timestamp>,
    wait_s: u32,
    /// Openings in a row, forgiven after a long quiet.
    openings: u32,
    closed: Timestamp,
}

impl Breaker {
    /// Says whether the plugin may be called.
    pub(crate) fn gate(&self) -> Gate {
        let open = self.circuits.iter().filter_map(|(&cause, it)| Some((it.until?, cause)));
        // The one that stays open longest is what a caller waits for.
        open.max().map_or(Gate::Closed, |(until, cause)| Gate::Open { cause, until })
    }

    /// Says whether recorded calls should be tried now.
    pub(crate) fn wants_probe(&self, now: Timestamp) -> bool {
        matches!(self.gate(), Gate::Open { until, .. } if until <= now)
    }

    /// Notes that a call was answered.
    pub(crate) fn succeeded(&mut self, now: Timestamp) {
        self.note(now, None);
    }

    /// Notes that a call failed by the plugin's fault. Returns how often in a row the circuit of
    /// this cause has opened, if it opened now.
    pub(crate) fn failed(&mut self, now: Timestamp, cause: &'static str) -> Option<u32> {
        self.note(now, Some(cause));
        if self.circuits.get(cause).is_some_and(|circuit| circuit.until.is_some()) {
            return None;
        }
        let failed = self.calls.iter().filter(|(_, why)| *why == Some(cause)).count();
        let too_often = failed >= BREAKER_FAILURES_MAX;
        let too_large_a_share = self.calls.len() >= BREAKER_CALLS_MIN
            && failed * 1000 > self.calls.len() * BREAKER_FAILED_PERMILLE_MAX;
        (too_often || too_large_a_share).then(|| self.open(now, cause))
    }

    /// Notes how the recorded calls went: all circuits whose wait is over close, or open for longer.
    /// Returns the cause and its openings in a row if one opened again.
    pub(crate) fn probed(&mut self, now: Timestamp, good: bool) -> Option<(&'static str, u32)> {
        let due: Vec<&'static str> = self
            .circuits
            .iter()
            .filter(|(_, circuit)| circuit.until.is_some_and(|until| until <= now))
            .map(|(cause, _)| *cause)
            .collect();
        let mut opened = None;
        for cause in due {
            if good {
                if let Some(circuit) = self.circuits.get_mut(cause) {
                    circuit.until = None;
                    circuit.closed = now;
                }
            } else {
                opened = Some((cause, self.open(now, cause)));
            }
        }
        if good {
            self.calls.clear();
        }
        opened
    }

    fn open(&mut self, now: Timestamp, cause: &'static str) -> u32 {
        let circuit = self.circuits.entry(cause).or_insert(Circuit {
            until: None,
            wait_s: 0,
            openings: 0,
            closed: now,
        });
        if circuit.until.is_none() && seconds(circuit.closed, now) >= BREAKER_FORGIVE_S {
            (circuit.openings, circuit.wait_s) = (0, 0);
        }
        circuit.wait_s = (circuit.wait_s * 2).clamp(BREAKER_WAIT_S_MIN, BREAKER_WAIT_S_MAX);
        circuit.openings += 1;
        circuit.until = Some(later(now, circuit.wait_s));
        circuit.openings
    }

    fn note(&mut self, now: Timestamp, why: Option<&'static str>) {
        self.calls.push_back((now, why));
        while self.calls.len() > BREAKER_WINDOW_CALLS_MAX
            || self.calls.front().is_some_and(|(at, _)| seconds(*at, now) > BREAKER_WINDOW_S)
        {
            self.calls.pop_front();
        }
    }
}

/// Seconds from one instant to another; a clock that jumped backwards counts as a long time.
fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_second().saturating_sub(from.as_second())).unwrap_or(u64::MAX)
}

fn later(now: Timestamp, seconds: u32) -> Timestamp {
    now.saturating_add(std::time::Duration::from_secs(u64::from(seconds))).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens to a breaker: `.` answered, `t` a trap, `m` too much memory, `+` a probe that
    /// went well, `-` one that did not, a number of seconds that pass.
    #[track_caller]
    fn check(story: &str, open: Option<(&'static str, i64)>, openings: u32) {
        let mut breaker = Breaker::default();
        let mut now: Timestamp = "2026-05-20T01:00:00Z".parse().unwrap();
        let start = now;
        let mut last = 0;
        for word in story.split_whitespace() {
            if let Ok(seconds) = word.parse::<u32>() {
                now = later(now, seconds);
                continue;
            }
            for letter in word.chars() {
                let opened = match letter {
                    't' => breaker.failed(now, "trap"),
                    'm' => breaker.failed(now, "memory"),
                    '.' => {
                        breaker.succeeded(now);
                        None
                    }
                    '+' | '-' => breaker.probed(now, letter == '+').map(|(_, openings)| openings),
                    other => unreachable!("{other}"),
                };
                last = opened.unwrap_or(last);
            }
        }
        let found = match breaker.gate() {
            Gate::Closed => None,
            Gate::Open { cause, until } => Some((cause, until.as_second() - start.as_second())),
        };
        assert_eq!((found, last), (open, openings), "{story}");
    }

    #[test]
    fn a_breaker_opens_by_count_and_by_share_and_each_cause_for_itself() {
        check("", None, 0);
        check("tttt", None, 0);
        check("ttttt", Some(("trap", 30)), 1);
        check("ttmmtt", None, 0);
        check("ttmmtttmm", Some(("trap", 30)), 1);
        // Four in a minute, four in another.
        check("tttt 70 tttt", None, 0);
        // A fifth of twenty calls is not more than a fifth.
        check("................tttt", None, 0);
        check("...............tttt.", None, 0);
    }

    #[test]
    fn what_opened_is_tried_on_recorded_calls_and_waits_longer_each_time() {
        check("ttttt 30 +", None, 1);
        check("ttttt 30 -", Some(("trap", 90)), 2);
        check("ttttt 30 - 60 -", Some(("trap", 210)), 3);
        check("ttttt 30 - 60 - 120 +", None, 3);
        // Nothing is due yet.
        check("ttttt 10 +", Some(("trap", 30)), 1);
        // It closed, and failed again soon: the wait goes on doubling.
        check("ttttt 30 + ttttt", Some(("trap", 90)), 2);
        // A long quiet is forgiven.
        check("ttttt 30 + 3700 ttttt", Some(("trap", 3_760)), 1);
        check("ttttt 30 - 60 - 120 - 240 - 480 - 900 -", Some(("trap", 2_730)), 7);
    }

    #[test]
    fn a_clock_that_goes_backwards_opens_nothing() {
        let mut breaker = Breaker::default();
        let now: Timestamp = "2026-05-20T01:00:00Z".parse().unwrap();
        for day in 0..20 {
            let then = now.saturating_sub(std::time::Duration::from_secs(86_400 * day)).unwrap();
            assert_eq!(breaker.failed(then, "trap"), None);
        }
    }
}
