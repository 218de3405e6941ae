//! Hostile scorers: each is contained, for its own reason, by its own fault, and harms nobody.

use std::sync::atomic::{AtomicBool, Ordering};

use taihu_sandbox::{Blame, Component};

use crate::guest::{control, load, sandbox, score, scorer};

/// Runs a hostile scorer beside an honest one. `want` is the cause's code, `words` a part of what
/// is said in English.
#[track_caller]
fn check(name: &str, fixture: &str, blame: Blame, want: &str, words: &str) {
    let hostile = load(sandbox(), &scorer(name, fixture));
    let control = control();
    let done = AtomicBool::new(false);
    let error = std::thread::scope(|scope| {
        let bystander = scope.spawn(|| answers_until(&control, &done));
        let answer = score(&hostile, 3);
        done.store(true, Ordering::Relaxed);
        assert!(bystander.join().unwrap() > 0, "nobody was beside {name}");
        answer.expect_err(name)
    });
    assert_eq!((error.cause.code(), error.blame), (want, blame), "{name}: {error}");
    assert!(error.to_string().contains(words), "{name}: {error}");
    assert!(error.zh().starts_with(&format!("插件 {}", hostile.name())), "{}", error.zh());
    // It can be called again, and fails in the same way; the honest one answers as before.
    assert_eq!(score(&hostile, 3).unwrap_err().cause.code(), want, "{name} again");
    assert_eq!(score(&control, 2).unwrap().value, [500, 500]);
}

fn answers_until(component: &Component, done: &AtomicBool) -> u32 {
    let mut answered = 0;
    while !done.load(Ordering::Relaxed) || answered == 0 {
        assert_eq!(score(component, 2).unwrap().value, [500, 500], "the bystander suffers");
        answered += 1;
    }
    answered
}

/// A fixture of the folder by its name.
macro_rules! hostile {
    ($($name:ident $blame:ident $cause:literal $words:literal;)*) => {$(
        #[test]
        fn $name() {
            check(
                stringify!($name),
                include_str!(concat!("../hostile/", stringify!($name), ".wat")),
                Blame::$blame,
                $cause,
                $words,
            );
        }
    )*};
}

hostile! {
    loop_over_calls Plugin "cpu_time" "ms of CPU, may use 50.0 ms";
    bulk_fill Plugin "cpu_time" "may use 50.0 ms";
    spinning_start Plugin "cpu_time" "may use 50.0 ms";
    log_for_ever Plugin "cpu_time" "may use 50.0 ms";
    recursion Plugin "stack" "recursed until the stack was used up";
    memory_growth Plugin "memory" "may have 32768 KiB";
    memory_at_once Plugin "memory" "may have 32768 KiB";
    table_growth Plugin "memory" "may have 469 KiB";
    wrong_length Plugin "bad_answer" "scores: 2 of them for 3 achievements, want one for each";
    foreign_id Plugin "bad_answer" "scores[0].row: 77, want 0";
    swapped Plugin "bad_answer" "scores[1].row: 0, want 1";
    out_of_range Plugin "bad_answer" "scores[0].value: 4294967295, want 0 to 1000";
    lying_sum Plugin "bad_answer" "scores[0].value: 999, but its factors add up to 500";
    undeclared_evidence Plugin "bad_answer" "evidence[0].column: 9, but 1 columns were sent";
    range_backwards Plugin "bad_answer" "evidence[0].end: 3, before the start at 6";
    range_outside Plugin "bad_answer" "evidence[0].end: 60, but field title is 36 bytes long";
    range_overflow Plugin "bad_answer" "end: 4294967295, but field title is 36 bytes long";
    range_splits_character Plugin "bad_answer" "0 to 1 splits a character of field title";
    factor_not_described Plugin "bad_answer" "factors[0].key: factor 40000 is not among the 1";
    too_much_evidence Plugin "bad_answer" "factors[0].evidence: 60000 of them, want 0 to 8";
    counts_exceed_list Plugin "bad_answer" "16 of them, but only 3 are left in the list factors";
    endless_counts Plugin "bad_answer" "factors: 4294967295 of them, want 1 to 16";
    half_an_item Plugin "bad_answer" "evidence: 8 numbers, want 3 for each";
    list_exceeds_counts Plugin "bad_answer" "evidence: 1 too many";
    lists_overlap Plugin "bad_answer" "fuel";
    list_misaligned Plugin "bad_answer" "align";
    ten_megabytes Plugin "bad_answer" "fuel";
    alias_bomb Plugin "bad_answer" "fuel";
    endless_list Plugin "bad_answer" "out of bounds";
    outside Plugin "bad_answer" "out of bounds";
    result_outside Plugin "bad_answer" "out of bounds";
    no_such_case Plugin "bad_answer" "";
    invalid_utf8 Plugin "bad_answer" "utf-8";
    unreachable Plugin "trap" "unreachable";
    divides_by_zero Plugin "trap" "divide by zero";
    reads_outside Plugin "trap" "out of bounds memory access";
    calls_nothing Plugin "trap" "uninitialized element";
    log_not_utf8 Plugin "bad_answer" "log.write";
    log_outside Plugin "bad_answer" "out of bounds";
    log_level Plugin "bad_answer" "";
    log_huge_line Plugin "bad_answer" "fuel";
    states_failure Plugin "internal" "fault of its own: 匹配";
    states_bad_config Caller "bad_config" "wrong configuration: 匹配";
}

#[test]
fn a_loop_ends_near_its_budget() {
    let hostile = load(sandbox(), &scorer("loop", include_str!("../hostile/loop.wat")));
    let error = score(&hostile, 1).unwrap_err();
    assert_eq!((error.cause.code(), error.blame), ("cpu_time", Blame::Plugin));
    let used = error.usage.cpu.as_millis();
    // A tick is 5 ms; the rest is room for a busy machine, whose ticker may come late.
    assert!((50..150).contains(&used), "stopped after {used} ms of 50");
}

#[test]
fn a_trap_names_the_function() {
    let fixture = include_str!("../hostile/unreachable.wat");
    let error = score(&load(sandbox(), &scorer("traps", fixture)), 1).unwrap_err();
    assert!(error.to_string().contains("gives_up ← score"), "{error}");
}

#[test]
fn a_flood_of_log_lines_is_cut_and_nobody_is_blamed() {
    let fixture = include_str!("../hostile/log_flood.wat");
    let answer = score(&load(sandbox(), &scorer("floods", fixture)), 1).unwrap();
    assert_eq!(answer.value, [500]);
    assert_eq!((answer.usage.log.len(), answer.usage.log_dropped), (200, 800));
    assert!(answer.usage.log.iter().all(|line| line.text.len() == 1024 + "…".len()));
}

#[test]
fn nothing_is_remembered_between_calls() {
    let component = load(sandbox(), &scorer("remembers", include_str!("../hostile/remembers.wat")));
    for _ in 0..200 {
        assert_eq!(score(&component, 1).unwrap().value, [500]);
    }
}
