//! Every counter of a call, reached from outside: by what a manifest wishes for, or by a guest.
//!
//! | counter | default | reached by |
//! |---|---|---|
//! | CPU time | 50 / 20 / 500 ms | `the_budget_of_a_manifest_holds`, evil `loop` |
//! | CPU time at full speed | 3 ms | `traffic::a_heavy_call_goes_on_at_low_priority_and_answers` |
//! | CPU time of a tenant at full speed | half of the cores | `traffic::whoever_has_used_up_its_share_starts_in_the_lane_and_nobody_else_does` |
//! | time on the wall | sixty times the CPU time, ≥ 10 s | `a_call_ends_when_the_machine_does_not_come_to_it` |
//! | memories, tables and log lines, one sum | 32 / 32 / 64 MiB | `memories_tables_and_log_lines_are_one_sum` |
//! | elements of a table | 60,000 | evil `table_growth` |
//! | stack | 512 KiB | evil `recursion` |
//! | bytes across in one answer or log line (host-call fuel) | 2 / 2 / 8 MiB | evil `ten_megabytes`, `alias_bomb`, `log_huge_line` |
//! | log lines, bytes of a line | 200, 1 KiB | `hostile::a_flood_of_log_lines_is_cut_and_nobody_is_blamed` |
//! | text of an answer, of a string | 256 KiB, 8 KiB | the tests of `check/` |
//! | bytes of a configuration, items of a batch | 64 KiB, 500 | `calls::what_the_contract_does_not_allow_is_not_asked` |
//! | memories, instances, tables of a file | 2, 64, 16 | `admission::a_bomb_is_refused_by_its_shape` |
//! | calls at once | 64 | `an_exhausted_pool_is_an_answer` (`sandbox.rs`) |
//! | calls that wait, of a tenant and in all | 8, 24 | `calls::a_crowd_is_served_or_told_when_to_come_again`, the tests of `lane.rs` |
//! | handles | 1,000 | `handles_are_counted`, evil `handles_without_end` |
//!
//! `evil` are the components of `src/evil/`, which `hostile` lets loose. The depth of an answer needs no counter: no type of the contract holds itself.

use std::time::Duration;

use taihu_model::PluginKind;
use taihu_sandbox::limits::{CallLimits, HANDLES_MAX};
use taihu_sandbox::{Blame, CallError, evil, pack};

use crate::guest::*;

/// Runs a scorer whose manifest wishes for so much, and hands out what came of it.
fn with_limits(cpu_ms: u32, memory_mib: u32, fixture: &str) -> Result<u64, CallError> {
    let mut manifest = manifest("counted", PluginKind::Scorer);
    manifest.limits.cpu_ms = Some(cpu_ms);
    manifest.limits.memory_mib = Some(memory_mib);
    let file = pack(&scorer("counted", fixture), &manifest, &[]).unwrap();
    Ok(score(&load(sandbox(), &file), 1)?.usage.memory_bytes_max)
}

#[test]
fn the_budget_of_a_manifest_holds() {
    for (cpu_ms, want) in [(1, "may use 1.0 ms"), (7, "may use 7.0 ms")] {
        let error = with_limits(cpu_ms, 1, include_str!("../../src/evil/loop.wat")).unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
        assert_eq!(error.usage.slow, cpu_ms > 3, "{:?}", error.usage);
    }
}

#[test]
fn memories_tables_and_log_lines_are_one_sum() {
    let wants = |pages: u32, elements: u32, lines: u32| {
        let fixture = format!(
            "(table $t 0 funcref)
             (func $score (param $args i32) (result i32)
               (local $left i32)
               (memory.fill (i32.const 65536) (i32.const 97) (i32.const 1000))
               (drop (memory.grow (i32.const {pages})))
               (drop (table.grow $t (ref.null func) (i32.const {elements})))
               (local.set $left (i32.const {lines}))
               (block $end
                 (loop $next
                   (br_if $end (i32.eqz (local.get $left)))
                   (call $log (i32.const 1) (i32.const 65536) (i32.const 1000))
                   (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                   (br $next)))
               (call $honest (local.get $args)))"
        );
        with_limits(50, 1, &fixture)
    };
    // Of 1,024 KiB: 128 and 8 bytes are there at the start, a page is 64, 8,000 elements 62.5, 64
    // lines 64.5.
    for (pages, elements, lines, held_kib) in [
        (13, 0, 0, Some(960)),
        (13, 8_000, 0, Some(1022)),
        (13, 0, 63, Some(1023)),
        (12, 8_000, 60, Some(1018)),
        (14, 0, 0, None),
        (13, 16_000, 0, None),
        (13, 0, 64, None),
        (13, 8_000, 60, None),
    ] {
        let what = format!("{pages} pages, {elements} elements, {lines} lines");
        match (wants(pages, elements, lines), held_kib) {
            (Ok(bytes), Some(kib)) => assert_eq!(bytes / 1024, kib, "{what}"),
            (Err(error), None) => {
                assert_eq!(error.cause.code(), "memory", "{what}: {error}");
                assert!(error.to_string().contains("may have 1024 KiB"), "{what}: {error}");
            }
            (Ok(bytes), None) => panic!("{what}: {bytes} bytes are within the limit"),
            (Err(error), Some(_)) => panic!("{what}: {error}"),
        }
    }
}

#[test]
fn what_a_call_used_is_told_whatever_came_of_it() {
    let honest = score(&control(), 3).unwrap().usage;
    assert!(honest.bytes_in > 3 * 36 && honest.bytes_out == 3 * 32, "{honest:?}");
    assert!(honest.memory_bytes_max >= 131_072 && !honest.cpu.is_zero());
    let failing =
        load(sandbox(), &scorer("grows", include_str!("../../src/evil/memory_growth.wat")));
    let failed = score(&failing, 3).unwrap_err().usage;
    assert_eq!((failed.bytes_in, failed.bytes_out), (honest.bytes_in, 0));
    assert!(failed.memory_bytes_max > 31 << 20 && !failed.cpu.is_zero(), "{failed:?}");
}

#[test]
fn a_call_ends_when_the_machine_does_not_come_to_it() {
    let spinner = load(sandbox(), &scorer("spins", include_str!("../../src/evil/loop.wat")));
    let wall = Duration::from_millis(2);
    let brief = spinner.limited(CallLimits { wall, ..spinner.limits() });
    let error = score(&brief, 1).unwrap_err();
    assert_eq!((error.cause.code(), error.blame), ("wall_time", Blame::Kernel));
    assert!(error.to_string().contains("may take 2.0 ms"), "{error}");
    // Nobody gets more by asking for it.
    let more = CallLimits { wall: Duration::MAX, cpu: Duration::MAX, ..spinner.limits() };
    assert_eq!(spinner.limited(more).limits(), spinner.limits());
}

#[test]
fn handles_are_counted() {
    let takes = |count: usize| {
        let other = evil::takes_handles(u32::try_from(count).unwrap());
        score(&load(sandbox(), &evil::scorer_beside("takes-handles", &other).unwrap()), 1)
    };
    assert_eq!(takes(HANDLES_MAX).unwrap().value, [500]);
    let error = takes(HANDLES_MAX + 1).unwrap_err();
    assert_eq!((error.cause.code(), error.blame), ("trap", Blame::Plugin), "{error}");
    assert!(error.to_string().contains("handle limit exceeded"), "{error}");
}
