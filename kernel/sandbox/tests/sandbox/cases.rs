//! Contract cases: what passes, and in which words the rest fails.

use taihu_model::Case;
use taihu_sandbox::{Component, run_case};

use crate::guest::*;

/// `want` are the differences in English.
#[track_caller]
fn check(component: &Component, case: &str, want: &[&str]) {
    let case: Case = serde_json::from_str(case).unwrap();
    let outcome = run_case(component, &case);
    let said: Vec<_> = outcome.differences.iter().map(|it| it.en.as_str()).collect();
    assert_eq!(said, want);
    assert_eq!(outcome.passed(), want.is_empty());
}

#[test]
fn a_scorers_cases() {
    let component = control();
    let case = |expect: &str| {
        format!(
            r#"{{"name": "c", "score": {{"need": {{"id": "n"}},
                "achievements": [{{"id": "a", "title": "x"}}, {{"id": "b"}}], {expect}}}}}"#
        )
    };
    check(
        &component,
        &case(r#""scores": {"a": [500, 500]}, "evidence": {"a": {"fit": ["title"]}}"#),
        &[],
    );
    check(
        &component,
        &case(r#""order": ["a", "b"], "scores": {"a": [600, 700], "z": [0, 1]}"#),
        &[
            "order: a has Some(500), want more than Some(500) of b",
            "score of a: got Some(500), want 600 to 700",
            "score of z: got None, want 0 to 1",
        ],
    );
    check(
        &component,
        &case(r#""evidence": {"a": {"fit": ["problem"]}}"#),
        &["evidence of a for fit: problem is missing, there is [\"title\"]"],
    );
}

#[test]
fn a_pools_cases() {
    let component = load(sandbox(), &pool(&[]));
    let case = |expect: &str| {
        format!(
            r#"{{"name": "c", "classify": {{"achievements": [{{"id": "a"}}], "expect": {{{expect}}}}}}}"#
        )
    };
    check(&component, &case(r#""a": {"verdict": "in", "category": "battery"}"#), &[]);
    check(
        &component,
        &case(r#""a": {"verdict": "out"}, "z": {"verdict": "in"}"#),
        &["a verdict: got In, want Out", "z is no achievement of the case"],
    );
}

#[test]
fn a_connectors_cases() {
    let component = load(sandbox(), &connector(&[]));
    let case = |expect: &str| {
        format!(
            r#"{{"name": "c", "harvest": {{"replies": [{{"case": "files", "files": [
                {{"name": "a.csv", "bytes": 1, "modified": ""}}]}}], {expect}}}}}"#
        )
    };
    check(
        &component,
        &case(
            r#""asks": ["files"], "records": ["a.csv"], "fields": {"a.csv": {"title": ["a.csv"]}},
               "warnings": 0, "complete": true"#,
        ),
        &[],
    );
    check(
        &component,
        &case(r#""records": ["b.csv"], "failure": "upstream""#),
        &[
            "records: got [\"a.csv\"], want [\"b.csv\"]",
            "failure: got None, want Some(\"upstream\")",
        ],
    );
    check(
        &component,
        r#"{"name": "c", "harvest": {"replies": []}}"#,
        &["asked once more for files, but the case has no further reply"],
    );
}

#[test]
fn a_case_of_another_kind_is_a_difference() {
    let component = control();
    check(
        &component,
        r#"{"name": "c", "harvest": {"replies": []}}"#,
        &["plugin honest@0.1.0: bad call at kind: the plugin is a scorer, not a connector"],
    );
}
