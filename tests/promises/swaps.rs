//! Row 13: versions of a plugin are swapped under load, and no call is lost.
//!
//! Calls are offered at a steady 500 a second whatever comes back: who is behind goes on until every
//! call that was due has been made. Nothing asserts how long that takes, since machines are noisy;
//! the rate that was reached is printed.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use taihu_model::Digest;
use taihu_service::{Error, Ranking};

use crate::ground::{Ground, scorer, v};

const CALLS_PER_S: u64 = 500;
/// Threads that call; as many calls are in flight at most.
const CALLERS: usize = 8;
/// Swaps in `cargo test`; the environment variable `TAIHU_SWAPS` says how many for the full form.
const SWAPS: u64 = 20;
/// Calls that a version answers at least before it is swapped again.
const CALLS_BETWEEN: u64 = 5;
/// What each of the two versions gives every candidate: so an answer tells who made it.
const VALUES: [u16; 2] = [500, 700];

/// Two versions that are swapped, the first one serving.
struct Swaps {
    g: Ground,
    files: [Vec<u8>; 2],
    known: [Digest; 2],
    /// Swaps that may have taken hold, and swaps that have.
    begun: AtomicU64,
    done: AtomicU64,
}

impl Swaps {
    fn new() -> Self {
        let g = Ground::new();
        let files = [1, 2].map(|n| v(n, json!({ "value": VALUES[n as usize - 1] })));
        let known = [Digest::of(&files[0]), Digest::of(&files[1])];
        g.install(&files[0]);
        g.enable(&scorer());
        Self { g, files, known, begun: AtomicU64::new(0), done: AtomicU64::new(0) }
    }

    /// Puts the second version in the place of the first, or takes it back.
    fn swap(&self) {
        let (g, at) = (&self.g, self.done.load(Ordering::SeqCst));
        if at.is_multiple_of(2) {
            g.install(&self.files[1]);
            self.begun.fetch_add(1, Ordering::SeqCst);
            g.enable(&scorer());
        } else {
            self.begun.fetch_add(1, Ordering::SeqCst);
            g.kernel().roll_back(&g.caller, &g.city, &scorer(), &format!("换回 {at}")).unwrap();
        }
        self.done.fetch_add(1, Ordering::SeqCst);
    }

    /// Makes a call; hands out what came of it, and which swaps had or may have taken hold meanwhile.
    fn call(&self, title: &str) -> (Result<Ranking, Error>, RangeInclusive<u64>) {
        let before = self.done.load(Ordering::SeqCst);
        let answer = self.g.kernel().rank(&self.g.caller, &self.g.city, Ground::facts(title));
        (answer, before..=self.begun.load(Ordering::SeqCst))
    }

    /// Finds which version answered, or what is wrong: no answer, not by all, not by a version that
    /// served while the call was made, or not what the version that is named says.
    fn answered(
        &self,
        answer: &Result<Ranking, Error>,
        swaps: &RangeInclusive<u64>,
    ) -> Result<usize, String> {
        let ranking = answer.as_ref().map_err(ToString::to_string)?;
        let [run] = ranking.scorers.as_slice() else {
            return Err(format!("{} scorers answered", ranking.scorers.len()));
        };
        if ranking.degraded {
            return Err(format!("degraded: {:?}", run.failure));
        }
        let by = self.known.iter().position(|known| *known == run.digest);
        let by = by.ok_or_else(|| format!("nobody knows version {}", run.digest))?;
        // After an even number of swaps the first version serves, after an odd one the second.
        if swaps.end() == swaps.start() && swaps.start() % 2 != by as u64 {
            return Err(format!("version {by} answered after {swaps:?} swaps"));
        }
        let mut said = ranking.ranked.iter().flat_map(|it| &it.factors);
        if ranking.ranked.is_empty() || said.any(|it| it.key == "steered" && it.value != VALUES[by])
        {
            return Err(format!("not what version {by} says: {:?}", ranking.ranked));
        }
        Ok(by)
    }
}

/// What was offered, and what came of it.
struct Load<'a> {
    swaps: &'a Swaps,
    began: Instant,
    /// Numbers of calls are handed out from here, and are due one after the other.
    next: AtomicU64,
    /// The first call that is not due any more.
    end: AtomicU64,
    /// Calls by each version.
    by: [AtomicU64; 2],
    /// Calls that were in flight while a swap took hold.
    across: AtomicU64,
    late_us_max: AtomicU64,
    lost: Mutex<Vec<String>>,
}

impl<'a> Load<'a> {
    fn new(swaps: &'a Swaps) -> Self {
        Self {
            swaps,
            began: Instant::now(),
            next: AtomicU64::new(0),
            end: AtomicU64::new(u64::MAX),
            by: [const { AtomicU64::new(0) }; 2],
            across: AtomicU64::new(0),
            late_us_max: AtomicU64::new(0),
            lost: Mutex::default(),
        }
    }

    /// Makes calls as they fall due, until none is due any more.
    fn caller(&self) {
        loop {
            let n = self.next.fetch_add(1, Ordering::SeqCst);
            let due = self.began + Duration::from_micros(n * 1_000_000 / CALLS_PER_S);
            // This paces the calls; nothing waits here for something to happen.
            while let Some(early) = due.checked_duration_since(Instant::now()) {
                std::thread::park_timeout(early);
            }
            if n >= self.end.load(Ordering::SeqCst) {
                return;
            }
            let late = due.elapsed().as_micros();
            self.late_us_max.fetch_max(u64::try_from(late).unwrap(), Ordering::Relaxed);
            let (answer, swaps) = self.swaps.call(&format!("电池再生{n}"));
            self.across.fetch_add(u64::from(swaps.end() > swaps.start()), Ordering::Relaxed);
            match self.swaps.answered(&answer, &swaps) {
                Ok(by) => drop(self.by[by].fetch_add(1, Ordering::Relaxed)),
                Err(lost) => self.lost.lock().unwrap_or_else(PoisonError::into_inner).push(lost),
            }
        }
    }

    /// Swaps so often, each time after the version that came has answered a few calls.
    fn swap(&self, count: u64) {
        for n in 0..count {
            let comes = &self.by[usize::try_from((n + 1) % 2).unwrap()];
            let before = comes.load(Ordering::Relaxed);
            self.swaps.swap();
            while comes.load(Ordering::Relaxed) < before + CALLS_BETWEEN && self.is_whole() {
                std::thread::yield_now();
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn made(&self) -> u64 {
        self.by.iter().map(|by| by.load(Ordering::Relaxed)).sum()
    }

    /// Says that no more calls fall due; hands out how many did.
    fn stop(&self) -> u64 {
        let us = u64::try_from(self.began.elapsed().as_micros()).unwrap();
        let end = us * CALLS_PER_S / 1_000_000 + 1;
        self.end.store(end, Ordering::SeqCst);
        end
    }
}

#[test]
fn versions_are_swapped_under_load_and_no_call_fails() {
    let count = std::env::var("TAIHU_SWAPS").ok().map_or(SWAPS, |text| text.parse().unwrap());
    let swaps = Swaps::new();
    let load = Load::new(&swaps);
    let (offered, meanwhile, took) = std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| load.caller());
        }
        // Should a swap fail, the callers must still come to their end.
        let swapping = scope.spawn(|| load.swap(count));
        let swapped = swapping.join();
        let (meanwhile, took) = (load.made(), load.began.elapsed().as_secs_f64());
        let offered = load.stop();
        swapped.unwrap();
        (offered, meanwhile, took)
    });
    let lost = load.lost.lock().unwrap();
    let [first, second] = load.by.each_ref().map(|by| by.load(Ordering::Relaxed));
    let across = load.across.load(Ordering::Relaxed);
    println!(
        "{count} swaps in {took:.1} s: {offered} calls offered ({CALLS_PER_S} a second), {meanwhile} made meanwhile \
         ({:.0} a second), {} in all, {first} by the first version, {second} by the second, {across} across a swap, \
         at most {} ms late, {} failed",
        meanwhile as f64 / took,
        first + second,
        load.late_us_max.load(Ordering::Relaxed) / 1_000,
        lost.len(),
    );
    assert!(
        lost.is_empty(),
        "{} of {offered} failed: {:#?}",
        lost.len(),
        &lost[..lost.len().min(5)]
    );
    assert_eq!(first + second, offered, "every call that was due was made and answered");
    assert!(offered as f64 >= took * CALLS_PER_S as f64);
    assert!(first > 0 && second > 0 && across > 0, "{first}, {second}, {across}");
}

/// The control: what a swap could lose is seen to be lost.
#[test]
fn a_swap_that_loses_calls_would_be_noticed() {
    let swaps = Swaps::new();
    let (g, check) = (&swaps.g, |wrong: &str, heard: (Result<Ranking, Error>, _)| {
        let found = swaps.answered(&heard.0, &heard.1);
        assert!(found.as_ref().is_err_and(|text| text.contains(wrong)), "{found:?}");
    });
    let (answer, at) = swaps.call("电池再生");
    assert_eq!(swaps.answered(&answer, &at), Ok(0));
    check("version 0 answered after 1..=1", (answer, 1..=1));
    // A version that says what only the other would.
    let mut ranking = swaps.call("电池再生").0.unwrap();
    ranking.scorers[0].digest = swaps.known[1];
    check("not what version 1 says", (Ok(ranking), 1..=1));
    // A swap that takes the plugin down before the other comes up.
    g.kernel().suspend(&g.caller, &g.city, &scorer(), "换版本").unwrap();
    check("0 scorers", swaps.call("电池再生"));
    g.enable(&scorer());
    check("busy", (Err(Error::Busy { retry_after_s: 1 }), 0..=1));
    swaps.swap();
    let (answer, at) = swaps.call("电池再生");
    assert_eq!((swaps.answered(&answer, &at), at), (Ok(1), 1..=1));
}
