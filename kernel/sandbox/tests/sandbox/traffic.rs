//! Who may run how fast: heavy calls move to the lane, and an honest tenant beside heavy ones is
//! neither refused nor moved.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use taihu_model::PluginKind;
use taihu_model::contract::{Context, NeedView};
use taihu_sandbox::limits::{FAST_CPU, LANE_WAITING_PER_TENANT_MAX};
use taihu_sandbox::{Answer, CallError, Cause, Component, Sandbox, Scores, Usage, pack};

use crate::guest::*;

/// Spins for about so many rounds of 1 ns, then answers honestly.
fn busy_for(rounds: u64) -> String {
    format!(
        "(func $score (param $args i32) (result i32)
           (local $left i64)
           (local.set $left (i64.const {rounds}))
           (loop $more
             (local.set $left (i64.sub (local.get $left) (i64.const 1)))
             (br_if $more (i64.gt_s (local.get $left) (i64.const 0))))
           (call $honest (local.get $args)))"
    )
}

fn heavy(sandbox: &Sandbox, rounds: u64) -> Component {
    let mut heavy = manifest("heavy", PluginKind::Scorer);
    heavy.limits.cpu_ms = Some(2_000);
    load(sandbox, &pack(&scorer("heavy", &busy_for(rounds)), &heavy, &[]).unwrap())
}

fn score_for(
    tenant: &str,
    component: &Component,
    count: usize,
) -> Result<Answer<Scores>, CallError> {
    let context = Context { tenant: tenant.into(), ..context() };
    let description = component.describe_scorer(&context)?.value;
    component.score(&context, &description, &NeedView::default(), &achievements(count))
}

#[test]
fn a_heavy_call_goes_on_at_low_priority_and_answers() {
    let own = new_sandbox([3; 32], true);
    let light = score_for("deqing", &heavy(&own, 10), 3).unwrap().usage;
    assert!(!light.slow && light.waited == Duration::ZERO, "{light:?}");
    let answer = score_for("deqing", &heavy(&own, 20_000_000), 3).unwrap();
    assert_eq!(answer.value.values().collect::<Vec<_>>(), [500; 3]);
    let Usage { cpu, slow, waited, .. } = answer.usage;
    assert!(slow && cpu > FAST_CPU && waited == Duration::ZERO, "{cpu:?} {waited:?}");
}

#[test]
fn a_start_function_moves_too() {
    let spinning = scorer("spins", include_str!("../../src/evil/spinning_start.wat"));
    let error = score(&load(&new_sandbox([3; 32], false), &spinning), 1).unwrap_err();
    assert_eq!(error.cause.code(), "cpu_time");
    assert!(error.usage.slow && error.usage.cpu > Duration::from_millis(50), "{error:?}");
}

#[test]
fn whoever_has_used_up_its_share_starts_in_the_lane_and_nobody_else_does() {
    let own = new_sandbox([3; 32], true);
    let (heavy, honest) = (heavy(&own, 400_000_000), load(&own, &honest()));
    // The account fills as time passes, and much may pass between two calls on a busy machine.
    let slowed = (0..20).any(|_| {
        let used = score_for("deqing", &heavy, 1).unwrap().usage.cpu;
        let slow = score_for("deqing", &honest, 1).unwrap().usage.slow;
        assert!(used > 2 * FAST_CPU, "{used:?}");
        assert!(!score_for("anji", &honest, 1).unwrap().usage.slow);
        slow
    });
    assert!(slowed, "nobody pays");
}

/// The reduced form of `taihu bench bystander`: as many hostile callers as the line of a tenant has
/// places, and one honest caller of another tenant.
#[test]
fn a_bystander_is_never_refused_nor_slowed() {
    let own = new_sandbox([3; 32], true);
    let (honest, done) = (load(&own, &honest()), AtomicBool::new(false));
    let spinner = load(&own, &scorer("loop", include_str!("../../src/evil/loop.wat")));
    let (slowed, stopped) = std::thread::scope(|scope| {
        let spin = || {
            let mut stopped = 0;
            while !done.load(Ordering::Relaxed) {
                match score_for("deqing", &spinner, 1).unwrap_err().cause {
                    Cause::CpuTime { .. } => stopped += 1,
                    Cause::Busy { .. } => std::thread::yield_now(),
                    cause => panic!("{cause:?}"),
                }
            }
            stopped
        };
        let hostile: Vec<_> = (0..LANE_WAITING_PER_TENANT_MAX).map(|_| scope.spawn(spin)).collect();
        let slowed = (0..300)
            .filter(|_| score_for("anji", &honest, 100).expect("refused").usage.slow)
            .count();
        done.store(true, Ordering::Relaxed);
        (slowed, hostile.into_iter().map(|caller| caller.join().unwrap()).sum::<u32>())
    });
    assert_eq!(slowed, 0, "an honest call was moved to the lane");
    assert!(stopped > 0, "nobody was hostile");
}
