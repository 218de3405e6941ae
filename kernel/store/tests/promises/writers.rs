//! Many writers at once: a gapless log, one winner of each race, and groups that pay.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use taihu_store::conformance::audit;
use taihu_store::{Batch, CommitError, Engine, EngineOptions, Expect, Key, Space, Store, Write};

const WRITERS: usize = 16;

fn batch(space: &Space, key: &str, expect: Expect) -> Batch {
    let write = Write { key: Key(key.to_owned()), value: Some(vec![7; 300]), expect };
    Batch { audit: audit(space, 0), writes: vec![write], guards: vec![], idempotency: None }
}

#[test]
fn sixteen_writers_leave_a_gapless_log() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(&folder.path().join("store"), EngineOptions::default()).unwrap();
    let space: Space = "deqing".parse().unwrap();
    let (won, per_writer) = (AtomicUsize::new(0), 20);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (engine, space, won) = (&engine, &space, &won);
            scope.spawn(move || {
                for n in 0..per_writer {
                    engine
                        .commit(space, batch(space, &format!("{writer}/{n}"), Expect::Absent))
                        .unwrap();
                    // Everybody races for the same key: one wins, the others are told.
                    match engine.commit(space, batch(space, &format!("race/{n}"), Expect::Absent)) {
                        Ok(_) => drop(won.fetch_add(1, Ordering::Relaxed)),
                        Err(CommitError::Conflict { found: Some(_), .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    assert_eq!(won.into_inner(), per_writer);
    let commits = (WRITERS * per_writer + per_writer) as u64;
    assert_eq!(engine.verify(&space).unwrap(), commits);
    let numbers: Vec<u64> =
        engine.log(&space, 0, usize::MAX).unwrap().iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=commits).collect::<Vec<_>>());
}

/// Commits a second of 16 writers.
fn commits_per_s(group: bool, time: Duration) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions { group, ..EngineOptions::default() };
    let engine = Engine::open(&folder.path().join("store"), options).unwrap();
    let (commits, start) = (AtomicU64::new(0), Instant::now());
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (engine, commits) = (&engine, &commits);
            scope.spawn(move || {
                let space: Space = "anji".parse().unwrap();
                let mut n = 0;
                while start.elapsed() < time {
                    engine
                        .commit(&space, batch(&space, &format!("{writer}/{n}"), Expect::Any))
                        .unwrap();
                    commits.fetch_add(1, Ordering::Relaxed);
                    n += 1;
                }
            });
        }
    });
    commits.into_inner() as f64 / start.elapsed().as_secs_f64()
}

#[test]
fn groups_pay() {
    let time = Duration::from_millis(crate::count("TAIHU_COMMIT_MS", 700) as u64);
    let (plain, grouped) = (commits_per_s(false, time), commits_per_s(true, time));
    println!(
        "{WRITERS} writers: grouped {grouped:.0}/s, plain {plain:.0}/s, {:.1} x",
        grouped / plain
    );
    // The measure is `taihu bench commit`; this only holds that groups form at all.
    assert!(grouped > 1.5 * plain, "grouped {grouped:.0}/s, plain {plain:.0}/s");
}

#[test]
fn one_more_than_may_wait_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions { queue_jobs: 0, ..EngineOptions::default() };
    let engine = Engine::open(&folder.path().join("store"), options).unwrap();
    let space = "anji".parse().unwrap();
    let refused = engine.commit(&space, batch(&space, "k", Expect::Any)).unwrap_err();
    assert!(matches!(refused, CommitError::Busy), "{refused}");
}

#[test]
fn idempotency_keys_are_forgotten_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions { idempotency_keys: 3, ..EngineOptions::default() };
    let engine = Engine::open(&folder.path().join("store"), options).unwrap();
    let space: Space = "anji".parse().unwrap();
    let commit = |key: &str| {
        let idempotency = Some(key.to_owned());
        engine.commit(&space, Batch { idempotency, ..batch(&space, "k", Expect::Any) }).unwrap()
    };
    ["a", "b", "c"].into_iter().for_each(|key| assert!(!commit(key).repeated));
    assert!(commit("a").repeated, "a key that is remembered");
    commit("d");
    let known = ["a", "b", "c", "d"].map(|key| engine.receipt(&space, key).unwrap().is_some());
    assert_eq!(known, [false, true, true, true]);
    assert_eq!(commit("a").seq, 5, "a key that was forgotten is new");
}
