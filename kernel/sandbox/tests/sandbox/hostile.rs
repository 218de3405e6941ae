//! Hostile components: each is stopped by the right rule, by its own fault, and harms nobody.

use std::collections::BTreeSet;

use taihu_sandbox::evil::{Expectation, Ground, Hostile, all};
use taihu_sandbox::{Compiler, Sandbox, SandboxOptions, evil};

use crate::guest::{load, sandbox, score, scorer};

/// Lets some loose, and names every one that is not contained.
#[track_caller]
fn check(sandbox: &Sandbox, which: impl Fn(&Hostile) -> bool) {
    let ground = Ground::new(sandbox, &|| None).unwrap();
    let mut escaped = Vec::new();
    for hostile in all().into_iter().filter(which) {
        let report = ground.run(&hostile, &hostile.file().unwrap());
        assert!(!report.said().0.is_empty(), "{}: nothing is said in Chinese", hostile.name);
        escaped.extend(report.escaped.map(|why| format!("{}: {why}", hostile.name)));
    }
    assert!(escaped.is_empty(), "{} escaped:\n{}", escaped.len(), escaped.join("\n"));
}

#[test]
fn who_must_not_get_in_does_not() {
    check(sandbox(), |it| matches!(it.want, Expectation::Door(_)));
}

/// Of the compiler's, only those that cost little: `taihu evil` lets the others loose.
#[test]
fn who_attacks_the_compiler_is_refused_or_compiled_within_bounds() {
    let compiler =
        Compiler::Child { program: env!("CARGO_BIN_EXE_taihu-compile").into(), args: Vec::new() };
    let options = SandboxOptions { seal_key: [7; 32], pooling: false, compiler };
    let cheap = ["no_valid_body", "huge_br_table"];
    let own = Sandbox::new(options).unwrap();
    check(&own, |it| it.want == Expectation::Compiler && cheap.contains(&it.name));
}

#[test]
fn who_breaks_a_limit_of_its_call_is_stopped_by_it() {
    check(sandbox(), |it| matches!(it.want, Expectation::Call { .. }));
}

#[test]
fn who_is_harmless_is_let_alone_and_who_is_unfit_is_found() {
    check(sandbox(), |it| matches!(it.want, Expectation::Harmless | Expectation::Conformance(_)));
}

#[test]
fn there_are_many_and_none_twice() {
    let all = all();
    assert!(all.len() >= 100, "{}", all.len());
    let names: BTreeSet<_> = all.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), all.len(), "a name is there twice");
    assert!(all.iter().all(|it| !it.zh.is_empty() && !it.en.is_empty()));
}

/// The control: an honest component is not contained by any rule, so that containing means something.
#[test]
fn the_honest_one_is_contained_by_nothing() {
    let file = evil::honest(taihu_model::PluginKind::Scorer).unwrap();
    let ground = Ground::new(sandbox(), &|| None).unwrap();
    for hostile in all().into_iter().filter(|it| it.want != Expectation::Compiler).step_by(17) {
        let report = ground.run(&hostile, &file);
        assert!(report.escaped.is_some() || hostile.want == Expectation::Harmless, "{report:?}");
    }
}

#[test]
fn a_trap_names_the_function() {
    let fixture = include_str!("../../src/evil/unreachable.wat");
    let error = score(&load(sandbox(), &scorer("traps", fixture)), 1).unwrap_err();
    assert!(error.to_string().contains("gives_up ← score"), "{error}");
}

#[test]
fn a_flood_of_log_lines_is_cut_and_nobody_is_blamed() {
    let fixture = include_str!("../../src/evil/log_flood.wat");
    let answer = score(&load(sandbox(), &scorer("floods", fixture)), 1).unwrap();
    assert_eq!(answer.value, [500]);
    assert_eq!((answer.usage.log.len(), answer.usage.log_dropped), (200, 800));
    assert!(answer.usage.log.iter().all(|line| line.text.len() == 1024 + "…".len()));
}

#[test]
fn nothing_is_remembered_between_calls() {
    let fixture = include_str!("../../src/evil/remembers.wat");
    let component = load(sandbox(), &scorer("remembers", fixture));
    for _ in 0..200 {
        assert_eq!(score(&component, 1).unwrap().value, [500]);
    }
}
