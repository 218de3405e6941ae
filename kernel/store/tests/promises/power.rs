//! PROMISES row 1: power is lost, again and again, also while recovering from a loss.

use std::sync::atomic::{AtomicUsize, Ordering};

use taihu_store::conformance::Random;
use taihu_store::{Engine, EngineOptions};

use crate::disk::Disk;
use crate::ledger::Ledger;

/// Losses that one disk lives through before a new one is taken.
const LOSSES_PER_DISK: usize = 25;

fn options(random: &mut Random) -> EngineOptions {
    let cache_bytes = [0, 1 << 20][random.below(2)];
    EngineOptions { cache_bytes, idempotency_keys: 20, ..EngineOptions::default() }
}

/// Writes until the power is gone.
fn write_until_lost(engine: &Engine, disk: &Disk, ledger: &Ledger, random: &mut Random) {
    let writers = [1, 1, 4][random.below(3)];
    std::thread::scope(|scope| {
        for _ in 0..writers {
            let mut random = Random::new(random.next());
            scope.spawn(move || {
                while !disk.has_lost_power() {
                    let _ = ledger.write(engine, &mut random);
                }
            });
        }
    });
}

/// Lets one disk live through its losses; returns how many commits were acknowledged.
fn live(seed: u64, lies: bool, losses: &AtomicUsize, wanted: usize) -> Result<usize, String> {
    let mut random = Random::new(seed);
    let (disk, ledger) = (Disk::default(), Ledger::default());
    if lies {
        disk.lie();
    }
    for life in 0..LOSSES_PER_DISK {
        if losses.load(Ordering::Relaxed) >= wanted {
            break;
        }
        let say = |what: String| format!("seed {seed}, life {life}: {what}");
        // Losses in the recovery itself, at any of its operations.
        let recovery = disk.operations();
        let opened = disk.open(options(&mut random)).map_err(|error| say(error.to_string()))?;
        let recovery = disk.operations() - recovery;
        ledger.check(&opened).map_err(say)?;
        let most = [recovery, 60, 600][random.below(3)];
        disk.lose_power_after(random.below(most));
        write_until_lost(&opened, &disk, &ledger, &mut random);
        drop(opened);
        disk.restart(&mut random);
        losses.fetch_add(1, Ordering::Relaxed);
        while random.below(3) == 0 {
            disk.lose_power_after(random.below(recovery + 10));
            drop(disk.open(options(&mut random)));
            if disk.has_lost_power() {
                losses.fetch_add(1, Ordering::Relaxed);
            }
            disk.restart(&mut random);
        }
    }
    let opened = disk.open(options(&mut random)).map_err(|e| format!("seed {seed}: {e}"))?;
    ledger.check(&opened).map_err(|what| format!("seed {seed}, at the end: {what}"))?;
    Ok(ledger.acknowledged())
}

/// Runs lives on both cores until there were enough losses; returns what went wrong.
fn run(lies: bool, wanted: usize) -> Vec<String> {
    let (losses, seeds) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let acknowledged = AtomicUsize::new(0);
    let one = || {
        let mut wrong = Vec::new();
        while losses.load(Ordering::Relaxed) < wanted && wrong.is_empty() {
            let seed = seeds.fetch_add(1, Ordering::Relaxed) as u64;
            match live(seed, lies, &losses, wanted) {
                Ok(commits) => drop(acknowledged.fetch_add(commits, Ordering::Relaxed)),
                Err(what) => wrong.push(what),
            }
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let other = scope.spawn(one);
        one().into_iter().chain(other.join().unwrap()).collect()
    });
    let (losses, seeds) = (losses.into_inner(), seeds.into_inner());
    let commits = acknowledged.into_inner();
    println!("{losses} power losses, {commits} commits, seeds 0 to {}: {wrong:#?}", seeds - 1);
    assert!(lies || commits > losses, "{commits} commits say little about {losses} losses");
    wrong
}

#[test]
fn nothing_acknowledged_is_lost_with_the_power() {
    let wrong = run(false, crate::count("TAIHU_CRASHES", 500));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_disk_that_lies_about_syncing_is_found_out() {
    let wrong = run(true, crate::count("TAIHU_CRASHES", 500));
    assert!(!wrong.is_empty(), "the simulation cannot tell a good disk from a bad one");
}
