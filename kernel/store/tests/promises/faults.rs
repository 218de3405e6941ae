//! PROMISES row 2: the N-th operation of the disk fails, for every N, and the disk fails for a
//! while.

use std::time::Duration;

use taihu_store::conformance::Random;
use taihu_store::{CommitError, Engine, EngineOptions, OpenError, ReadError, Store};

use crate::disk::{Disk, Failing};
use crate::ledger::Ledger;

/// Longer than the longest pause between two attempts to reopen.
const PATIENCE: Duration = Duration::from_secs(10);

fn options() -> EngineOptions {
    EngineOptions { cache_bytes: 0, ..EngineOptions::default() }
}

/// Writes a little; every failure must be one that says what it should.
#[track_caller]
fn write(engine: &Engine, ledger: &Ledger, random: &mut Random, failing: Failing) {
    for _ in 0..3 {
        match (ledger.write(engine, random), failing) {
            (Ok(()) | Err(CommitError::Unknown { .. }), _)
            | (Err(CommitError::Unavailable { .. }), Failing::Broken)
            | (Err(CommitError::Full { .. }), Failing::Full) => {}
            (found, _) => panic!("{failing:?}: {found:?}"),
        }
    }
}

/// One operation fails; returns false if there are not so many operations.
#[track_caller]
fn check(number: usize, failing: Failing) -> bool {
    let disk = Disk::default();
    let (ledger, mut random) = (Ledger::default(), Random::new(number as u64));
    disk.fail(number, 1, failing);
    let engine = match (disk.open(options()), failing) {
        (Ok(engine), _) => engine,
        (Err(OpenError::Io(error)), _) => {
            let wanted = if failing == Failing::Full { "No space" } else { "error" };
            assert!(error.to_string().contains(wanted), "operation {number}: {error}");
            disk.open(options()).unwrap()
        }
        (Err(error), _) => panic!("operation {number}: {error}"),
    };
    write(&engine, &ledger, &mut random, failing);
    let failed = disk.failed() > 0;
    disk.heal();
    // Full service is back without a restart, and what was acknowledged can be read.
    assert!(engine.wait_writable(PATIENCE), "operation {number}");
    ledger.write(&engine, &mut random).unwrap();
    ledger.check(&engine).unwrap_or_else(|what| panic!("operation {number}: {what}"));
    drop(engine);
    ledger.check(&disk.open(options()).unwrap()).unwrap();
    failed
}

/// The first operations fail in turn until none is left.
#[track_caller]
fn check_each(failing: Failing) {
    // Without room only what writes fails, so a few numbers in a row may do nothing.
    let (mut number, mut idle) = (0, 0);
    while idle < 20 {
        idle = if check(number, failing) { 0 } else { idle + 1 };
        number += 1;
    }
    println!("{failing:?}: {} operations failed in turn", number - idle);
    assert!(number - idle > 60, "only {} operations", number - idle);
}

#[test]
fn any_operation_may_fail_once() {
    check_each(Failing::Broken);
}

#[test]
fn any_write_may_find_the_disk_full() {
    check_each(Failing::Full);
}

#[track_caller]
fn reads_go_on(engine: &Engine, ledger: &Ledger) {
    ledger.check(engine).unwrap();
}

#[test]
fn a_full_disk_is_read_and_serves_again_when_there_is_room() {
    let (disk, ledger, mut random) = (Disk::default(), Ledger::default(), Random::new(1));
    let engine = disk.open(options()).unwrap();
    (0..10).for_each(|_| ledger.write(&engine, &mut random).unwrap());
    let view = engine.snapshot().unwrap();
    let anji = "anji".parse().unwrap();
    let before = view.range(&anji, "", None, 100).unwrap();
    disk.fail(0, usize::MAX, Failing::Full);
    for _ in 0..5 {
        let refused = ledger.write(&engine, &mut random).unwrap_err();
        assert!(matches!(refused, CommitError::Full { .. }), "{refused:?}");
        reads_go_on(&engine, &ledger);
        assert!(view.range(&anji, "", None, 100).unwrap() == before, "an old view goes on too");
    }
    disk.heal();
    assert!(engine.wait_writable(PATIENCE));
    (0..10).for_each(|_| ledger.write(&engine, &mut random).unwrap());
    reads_go_on(&engine, &ledger);
}

#[test]
fn a_dead_disk_refuses_clearly_and_comes_back() {
    let (disk, ledger, mut random) = (Disk::default(), Ledger::default(), Random::new(2));
    let engine = disk.open(options()).unwrap();
    (0..10).for_each(|_| ledger.write(&engine, &mut random).unwrap());
    let (view, seen) = (engine.snapshot().unwrap(), engine.wait(0, Duration::ZERO));
    disk.fail(0, usize::MAX, Failing::Broken);
    for _ in 0..3 {
        let refused = ledger.write(&engine, &mut random).unwrap_err();
        assert!(matches!(refused, CommitError::Unavailable { .. } | CommitError::Unknown { .. }));
    }
    let anji = "anji".parse().unwrap();
    let unread = view.range(&anji, "", None, 100).unwrap_err();
    assert!(matches!(unread, ReadError::Unavailable { .. }), "{unread:?}");
    let unseen = engine.snapshot().map(drop).unwrap_err();
    assert!(matches!(unseen, ReadError::Unavailable { .. }), "{unseen:?}");
    disk.heal();
    assert!(engine.wait_writable(PATIENCE));
    ledger.write(&engine, &mut random).unwrap();
    reads_go_on(&engine, &ledger);
    assert!(engine.wait(seen, PATIENCE) > seen, "those who follow are woken");
}
