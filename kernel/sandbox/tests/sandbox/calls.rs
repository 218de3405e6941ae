//! Honest calls of every kind, what may be asked, and how many at once.

use std::sync::Barrier;

use taihu_model::PluginKind;
use taihu_model::contract::{FileEntry, NeedView, Reply, Request, RunView, Step, Verdict};
use taihu_sandbox::limits::{BATCH_MAX, CALLS_MAX, RETRY_AFTER_MAX, RETRY_AFTER_MIN};
use taihu_sandbox::{Blame, CallError, Cause, pack};

use crate::guest::*;

#[test]
fn an_honest_scorer_answers_every_size_of_batch() {
    let component = control();
    for count in [1, 2, 100, BATCH_MAX] {
        let answer = score(&component, count).unwrap();
        assert_eq!(answer.value, vec![500; count]);
        assert!(answer.usage.memory_bytes_max >= 131_072, "{:?}", answer.usage);
    }
}

#[test]
fn an_honest_pool_answers() {
    let component = load(sandbox(), &pool(&[]));
    let description = component.describe_pool(&context()).unwrap().value;
    assert_eq!(description.label.zh, "电池");
    let answer = component.classify(&context(), &description, &achievements(3)).unwrap();
    for (at, decision) in answer.value.iter().enumerate() {
        assert_eq!((decision.id.clone(), decision.verdict), (format!("ach_{at}"), Verdict::In));
        assert_eq!(decision.category, "battery");
    }
}

#[test]
fn an_honest_connector_comes_to_its_end() {
    let component = load(sandbox(), &connector(&[]));
    assert_eq!(component.describe_connector(&context()).unwrap().value.label.zh, "文件");
    let run = RunView::default();
    let next = |state: &str, reply: Option<&Reply>| {
        component.next(&context(), &run, state, reply).unwrap().value
    };
    let Step::Ask { request: Request::ListFiles, state } = next("", None) else { panic!() };
    let file = FileEntry { name: "a.xlsx".into(), bytes: 9, modified: String::new() };
    let Step::Page(page) = next(&state, Some(&Reply::Files { files: vec![file] })) else {
        panic!()
    };
    assert_eq!(page.records[0].source_id, "a.xlsx");
    assert_eq!(page.records[0].fields[0].value, "a.xlsx");
    assert!(matches!(next(&page.state, None), Step::Done { complete: true, .. }));
}

#[track_caller]
fn check_refused<T: std::fmt::Debug>(call: Result<T, CallError>, want: &str) {
    let error = call.unwrap_err();
    assert_eq!((error.cause.code(), error.blame), ("bad_call", Blame::Caller));
    assert_eq!(error.to_string(), want);
}

#[test]
fn what_the_contract_does_not_allow_is_not_asked() {
    let component = control();
    check_refused(
        score(&component, 0),
        "plugin honest@0.1.0: bad call at achievements: 0 in a batch, want 1 to 500",
    );
    check_refused(
        score(&component, BATCH_MAX + 1),
        "plugin honest@0.1.0: bad call at achievements: 501 in a batch, want 1 to 500",
    );
    check_refused(
        component.describe_pool(&context()),
        "plugin honest@0.1.0: bad call at kind: the plugin is a scorer, not a niche-pool",
    );
    let mut large = context();
    large.config = "x".repeat(65_537);
    check_refused(
        component.describe_scorer(&large),
        "plugin honest@0.1.0: bad call at context.config: longer than 65536 bytes",
    );
}

#[test]
fn an_answer_holds_no_more_than_its_description_says() {
    let component = control();
    let mut description = component.describe_scorer(&context()).unwrap().value;
    description.factors.clear();
    let need = NeedView::default();
    let error = component.score(&context(), &description, &need, &achievements(1)).unwrap_err();
    assert_eq!((error.cause.code(), error.blame), ("bad_answer", Blame::Plugin));
}

/// More heavy calls at once than may run and wait: some come to their end, the others are told at
/// once when to come again, and nothing is left behind.
#[test]
fn a_crowd_is_served_or_told_when_to_come_again() {
    // A sandbox of its own: its lane is nobody else's.
    let own = new_sandbox([9; 32], true);
    let mut brief = manifest("brief", PluginKind::Scorer);
    brief.limits.cpu_ms = Some(50);
    let spinner = scorer("brief", include_str!("../../src/evil/loop.wat"));
    let spinner = load(&own, &pack(&spinner, &brief, &[]).unwrap());
    let gate = Barrier::new(CALLS_MAX as usize);
    let codes: Vec<_> = std::thread::scope(|scope| {
        let call = || {
            gate.wait();
            let error = score(&spinner, 1).unwrap_err();
            if let Cause::Busy { retry_after } = error.cause {
                assert!((RETRY_AFTER_MIN..=RETRY_AFTER_MAX).contains(&retry_after));
            }
            error.cause.code()
        };
        let calls: Vec<_> = (0..CALLS_MAX).map(|_| scope.spawn(call)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    for code in ["cpu_time", "busy"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    assert!(codes.iter().all(|code| ["cpu_time", "busy"].contains(code)), "{codes:?}");
    assert_eq!(score(&load(&own, &honest()), 1).unwrap().value, [500]);
}

#[test]
fn instances_made_on_demand_answer_the_same() {
    let own = new_sandbox([7; 32], false);
    assert!(!own.is_pooled());
    assert_eq!(score(&load(&own, &honest()), 3).unwrap().value, [500; 3]);
    let looping = scorer("loop", include_str!("../../src/evil/loop.wat"));
    assert_eq!(score(&load(&own, &looping), 1).unwrap_err().cause.code(), "cpu_time");
}
