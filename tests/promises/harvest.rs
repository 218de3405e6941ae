//! What runs promise: what vanished from a source, schedules, reports, health, and where every value
//! came from. Sources are lines of JSON, so that a test says what a source has in one line.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use taihu_model::{
    AchievementState, Run, RunStatus, Source, SourceSlug, VanishedDecision, WithdrawMax,
};
use taihu_service::{Caller, Filter, Home, Kernel, LineOutcome, ManualClock, Progress, RunMode};

use crate::ground::{Ground, guest};

/// A kernel of its own in a folder of its own, and a clock that is moved by hand.
pub(crate) struct Town {
    home: Home,
    pub(crate) caller: Caller,
    pub(crate) clock: Arc<ManualClock>,
    dir: tempfile::TempDir,
}

const SUMMARY: &str = "本成果面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成年处理五百吨的中试线，再生正极材料的比容量和循环寿命均达到动力级要求，综合成本降低三成。";

impl Town {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let home = Ground::open(dir.path(), &clock);
        Self { caller: Caller::console(home.kernel.city().clone()), home, clock, dir }
    }

    pub(crate) fn kernel(&self) -> &Kernel {
        &self.home.kernel
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Falls as if killed, and opens again.
    pub(crate) fn fall(self) -> Self {
        let Self { home, caller, clock, dir } = self;
        drop(home);
        Self { home: Ground::open(dir.path(), &clock), caller, clock, dir }
    }

    pub(crate) fn source(&self, slug: &str, withdraw_max: WithdrawMax) -> Source {
        let source = json!({
            "slug": slug, "name": "东南大学", "tenant": "city", "connector": "json-lines",
            "trust": "partner", "withdraw_max": withdraw_max,
            "config": { "id": "id", "fields": {
                "title": "title", "summary": "summary", "owner": "owner", "ip": "ip", "trl": "trl",
                "stage": "stage", "contact": "contact", "price": "price",
            } },
            "defaults": { "secrecy": "公开", "owner_declaration": "是", "owner": "东南大学" },
        });
        self.kernel().put_source(&self.caller, serde_json::from_value(source).unwrap()).unwrap()
    }

    fn start(&self, slug: &str, mode: RunMode) -> Run {
        self.clock.advance_ms(60_000);
        self.kernel().start_run(&self.caller, &slug.parse().unwrap(), mode).unwrap()
    }

    fn drive(&self, run: &Run, lines: &str, progress: &mut dyn FnMut(Progress<'_>)) -> Run {
        let run = self.kernel().drive_lines(&self.caller, run.id, lines.as_bytes(), progress);
        self.kernel().catch_up().unwrap();
        run.unwrap()
    }

    pub(crate) fn read(&self, slug: &str, mode: RunMode, lines: &str) -> Run {
        let run = self.start(slug, mode);
        self.drive(&run, lines, &mut |_| {})
    }

    fn published(&self) -> u64 {
        let filter =
            Filter { states: vec![AchievementState::Published.to_string()], ..Filter::default() };
        self.kernel().catch_up().unwrap();
        self.kernel().find_achievements(&self.caller, "", filter, 0, 1).unwrap().total
    }

    fn decide(&self, run: &Run, withdraw: bool) -> taihu_service::Result<Run> {
        self.kernel().decide_vanished(&self.caller, run.id, withdraw, "已与学校核实", &mut |_| {})
    }
}

/// What a source has: a line for each number.
pub(crate) fn lines(numbers: impl IntoIterator<Item = usize>) -> String {
    let line = |n: usize| json!({ "id": format!("s-{n}"), "title": format!("第{n}号极片剥离与补锂修复技术"), "summary": SUMMARY });
    numbers.into_iter().map(|n| format!("{}\n", line(n))).collect()
}

const FEW: WithdrawMax = WithdrawMax { percent: 10, records: 3 };
const ANY: WithdrawMax = WithdrawMax { percent: 100, records: 10_000 };

/// Reads `before`, then `after`; says what the second run withdrew, what is published then, and what
/// was decided about the vanished.
#[track_caller]
fn check(
    max: WithdrawMax,
    (before, after): (usize, usize),
    mode: RunMode,
    expected: (u64, u64, Option<VanishedDecision>),
) {
    let town = Town::new();
    town.source("seu", max);
    town.read("seu", RunMode::Full, &lines(0..before));
    let run = town.read("seu", mode, &lines(before - after..before));
    assert_eq!(run.status, RunStatus::Done);
    let decision = run.vanished.as_ref().map(|vanished| vanished.decision);
    assert_eq!((run.counts.withdrawn, town.published(), decision), expected, "{run:?}");
    if let Some(vanished) = &run.vanished {
        assert_eq!(vanished.missing, (before - after) as u64);
        assert_eq!(vanished.live, before as u64);
    }
}

#[test]
fn a_full_run_withdraws_the_few_that_vanished_and_of_many_none() {
    use VanishedDecision as D;
    check(FEW, (20, 18), RunMode::Full, (2, 18, Some(D::Withdrawn)));
    check(FEW, (20, 17), RunMode::Full, (0, 20, Some(D::Waiting)));
    check(FEW, (50, 47), RunMode::Full, (3, 47, Some(D::Withdrawn)));
    check(FEW, (50, 46), RunMode::Full, (0, 50, Some(D::Waiting)));
    check(FEW, (5, 5), RunMode::Full, (0, 5, None));
    check(WithdrawMax { percent: 0, records: 9 }, (5, 4), RunMode::Full, (0, 5, Some(D::Waiting)));
}

#[test]
fn an_incremental_run_concludes_nothing_from_absence() {
    check(ANY, (20, 10), RunMode::Incremental, (0, 20, None));
}

#[test]
fn an_empty_answer_withdraws_nothing_by_itself_whatever_the_limit() {
    check(ANY, (20, 0), RunMode::Full, (0, 20, Some(VanishedDecision::Waiting)));
}

#[test]
fn a_run_that_failed_concludes_nothing_and_the_next_begins_anew() {
    let town = Town::new();
    town.source("seu", ANY);
    town.read("seu", RunMode::Full, &lines(0..10));
    let run = town.start("seu", RunMode::Full);
    let long = format!("{}{}\n", lines(0..5), "x".repeat(2 << 20));
    let error = town.kernel().drive_lines(&town.caller, run.id, long.as_bytes(), &mut |_| {});
    assert!(error.is_err());
    let failed = town.kernel().run(&town.caller, run.id).unwrap();
    assert_eq!((failed.status, failed.vanished), (RunStatus::Failed, None));
    assert_eq!(town.published(), 10);
    // What the failed run saw counts for nothing.
    let run = town.read("seu", RunMode::Full, &lines(5..10));
    assert_eq!((run.counts.withdrawn, town.published()), (5, 5));
}

#[test]
fn a_person_decides_about_many_and_is_named_in_the_audit() {
    let town = Town::new();
    town.source("seu", FEW);
    town.read("seu", RunMode::Full, &lines(0..20));
    let run = town.read("seu", RunMode::Full, &lines(0..10));
    let run = town.decide(&run, true).unwrap();
    let vanished = run.vanished.clone().unwrap();
    assert_eq!((run.counts.withdrawn, town.published()), (10, 10));
    assert_eq!(vanished.decision, VanishedDecision::Confirmed);
    assert_eq!(vanished.by.as_deref(), Some("operator@console"));
    let city = town.kernel().city().clone();
    let log = town.kernel().log(&town.caller, &city, 0, 200).unwrap();
    let entry = log.iter().find(|entry| entry.audit.action == "run.withdrawn").unwrap();
    assert_eq!(entry.audit.reason, "已与学校核实");
    assert_eq!(town.decide(&run, true).unwrap_err().code(), "conflict", "it was decided");

    let run = town.read("seu", RunMode::Full, &lines(0..4));
    let run = town.decide(&run, false).unwrap();
    assert_eq!(run.vanished.unwrap().decision, VanishedDecision::Kept);
    assert_eq!(town.published(), 10);
}

#[test]
fn what_was_seen_again_before_the_decision_stays() {
    let town = Town::new();
    town.source("seu", FEW);
    town.read("seu", RunMode::Full, &lines(0..20));
    let waits = town.read("seu", RunMode::Full, &lines(0..10));
    // An incremental run sees two of the ten that were missing; one of them says something new.
    let changed = lines([11]).replace("第11号", "新第11号");
    let seen = town.read("seu", RunMode::Incremental, &format!("{}{changed}", lines([10])));
    assert_eq!((seen.counts.unchanged, seen.counts.changed), (1, 1));
    let run = town.decide(&waits, true).unwrap();
    assert_eq!((run.counts.withdrawn, town.published()), (8, 12));
}

#[test]
fn a_later_full_run_knows_better() {
    let town = Town::new();
    town.source("seu", FEW);
    town.read("seu", RunMode::Full, &lines(0..20));
    let first = town.read("seu", RunMode::Full, &lines(0..10));
    let second = town.read("seu", RunMode::Full, &lines(0..12));
    let first = town.kernel().run(&town.caller, first.id).unwrap();
    assert_eq!(first.vanished.as_ref().unwrap().decision, VanishedDecision::Outdated);
    assert_eq!(town.decide(&first, true).unwrap_err().code(), "conflict");
    assert_eq!(town.decide(&second, true).unwrap().counts.withdrawn, 8);
    let all = town.read("seu", RunMode::Full, &lines(0..12));
    assert_eq!((all.vanished, town.published()), (None, 12));
}

#[test]
fn only_who_manages_sources_decides() {
    let town = Town::new();
    town.source("seu", FEW);
    town.read("seu", RunMode::Full, &lines(0..20));
    let run = town.read("seu", RunMode::Full, &lines(0..10));
    let city = town.kernel().city().clone();
    let (_, token) = town
        .kernel()
        .issue_token(&town.caller, "东南大学", taihu_service::Role::Provider, &city)
        .unwrap();
    let provider = town.kernel().authenticate(&token).unwrap();
    let error = town.kernel().decide_vanished(&provider, run.id, true, "", &mut |_| {});
    assert_eq!(error.unwrap_err().code(), "denied");
}

#[test]
fn what_another_source_still_says_survives_its_vanishing() {
    let town = Town::new();
    town.source("seu", ANY);
    town.source("fudan", ANY);
    let same = json!({
        "id": "a", "title": "一种极片剥离方法", "summary": SUMMARY, "owner": "复旦大学",
        "ip": "ZL202111144021.7",
    });
    town.read("fudan", RunMode::Full, &same.to_string());
    town.read("seu", RunMode::Full, &format!("{same}\n{}", lines(0..3)));
    assert_eq!(town.published(), 4);
    let run = town.read("seu", RunMode::Full, &lines(0..2));
    assert_eq!((run.counts.withdrawn, town.published()), (2, 3), "fudan still says it");
}

/// Interrupts a full run over a source of which most vanished after every step it tells of, and has a
/// fresh kernel drive it on: it ends as if nobody had disturbed it.
#[test]
fn a_kill_at_any_point_of_withdrawing_leaves_the_same_end() {
    const BEFORE: usize = 450;
    for step in [1, 2, 3, usize::MAX] {
        let mut town = Town::new();
        town.source("seu", ANY);
        town.read("seu", RunMode::Full, &lines(0..BEFORE));
        let run = town.start("seu", RunMode::Full);
        let rest = lines(0..30);
        let mut steps = 0;
        let killed = catch_unwind(AssertUnwindSafe(|| {
            town.drive(&run, &rest, &mut |progress| {
                if let Progress::Page(_) = progress {
                    steps += 1;
                    assert!(steps < step, "killed on purpose");
                }
            })
        }));
        assert_eq!(killed.is_err(), step != usize::MAX, "after {step}");
        town = town.fall();
        let run = town.drive(&run, &rest, &mut |_| {});
        let vanished = run.vanished.clone().unwrap();
        assert_eq!((vanished.missing, vanished.live), (420, 450), "killed after {step}");
        assert_eq!((run.counts.withdrawn, run.counts.unchanged), (420, 30), "after {step}");
        assert_eq!(town.published(), 30, "killed after {step}");
        let told = report(&town, &run).into_iter();
        assert_eq!(told.filter(|line| line.0 == LineOutcome::Withdrawn).count(), 420);
    }
}

#[test]
fn a_kill_in_the_middle_of_what_a_person_decided_is_gone_on_from() {
    let mut town = Town::new();
    town.source("seu", FEW);
    town.read("seu", RunMode::Full, &lines(0..450));
    let run = town.read("seu", RunMode::Full, &lines(0..10));
    let killed = catch_unwind(AssertUnwindSafe(|| {
        let kernel = town.kernel();
        kernel.decide_vanished(&town.caller, run.id, true, "", &mut |_| panic!("on purpose"))
    }));
    assert!(killed.is_err());
    town = town.fall();
    let half = town.kernel().run(&town.caller, run.id).unwrap();
    assert!((1..440).contains(&half.counts.withdrawn), "{half:?}");
    assert_eq!(half.vanished.as_ref().unwrap().decision, VanishedDecision::Waiting);
    let whole = town.decide(&half, true).unwrap();
    assert_eq!((whole.counts.withdrawn, town.published()), (440, 10));
}

/// Every line of a run's report: what was done, with whom, why.
fn report(town: &Town, run: &Run) -> Vec<(LineOutcome, String, String)> {
    let mut lines = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = town.kernel().report(&town.caller, run.id, after.as_deref()).unwrap();
        lines.extend(page.lines.into_iter().map(|line| (line.outcome, line.source_id, line.why)));
        match page.next {
            Some(next) => after = Some(next),
            None => return lines,
        }
    }
}

#[test]
fn a_report_names_each_record_and_what_was_done_with_it() {
    use LineOutcome as O;
    let town = Town::new();
    town.source("seu", ANY);
    town.read("seu", RunMode::Full, &lines(0..3));
    let bad = json!({ "id": "bad", "title": "", "summary": "太短", "ip": "202111144021.8" });
    let twin = lines([7]).replace("s-7", "twin");
    let changed = lines([1]).replace("第1号", "新第1号");
    let text = format!("{}{changed}{}{twin}{bad}\n", lines([0]), lines([7]));
    let run = town.read("seu", RunMode::Full, &text);
    let told = report(&town, &run);
    let of = |outcome: O| -> Vec<&str> {
        told.iter().filter(|line| line.0 == outcome).map(|line| line.1.as_str()).collect()
    };
    assert_eq!(of(O::New), ["s-7"]);
    assert_eq!(of(O::Changed), ["s-1"]);
    assert_eq!(of(O::Merged), ["twin"]);
    assert_eq!(of(O::Withdrawn), ["s-2"]);
    assert_eq!(run.counts.unchanged, 1);
    let codes: Vec<(&str, u64)> =
        run.reasons.iter().map(|reason| (reason.code.as_str(), reason.count)).collect();
    assert!(codes.contains(&("title_missing", 1)), "{codes:?}");
    assert!(codes.contains(&("ip_check_digit", 1)), "{codes:?}");
    let page = town.kernel().report(&town.caller, run.id, Some("r")).unwrap();
    assert_eq!(page.rejected[0].source_id, "bad");
}

fn slug(text: &str) -> SourceSlug {
    text.parse().unwrap()
}

/// A source of one title a line that is read every night at half past three, on a ground of its own.
fn nightly(titles: &str) -> Ground {
    let g = Ground::new();
    let installed = g.install(&guest("steered-connector"));
    g.enable(&installed.plugin);
    let source = json!({
        "slug": "nightly", "name": "每夜", "tenant": "city", "connector": "steered-connector",
        "trust": "partner", "schedule": { "changes": "30 3 * * *", "full": "30 3 1 * *" },
        "defaults": {
            "summary": SUMMARY, "owner": "复旦大学", "secrecy": "公开", "owner_declaration": "是",
        },
    });
    g.kernel().put_source(&g.caller, serde_json::from_value(source).unwrap()).unwrap();
    g.kernel().drop_file(&g.caller, &slug("nightly"), "titles.txt", titles.as_bytes()).unwrap();
    g
}

const HOUR: i64 = 3_600_000;

#[test]
fn a_source_is_read_by_its_schedule_and_missed_nights_are_made_up_for_once() {
    let at = slug("nightly");
    let g = nightly("竹材展平技术\n竹材防霉技术\n");
    assert!(g.kernel().due_sources().unwrap().is_empty());
    assert!(g.kernel().fire(&at).unwrap().is_none());
    // It is nine in the morning; the next half past three is in eighteen and a half hours.
    g.clock.advance_ms(18 * HOUR);
    assert!(g.kernel().due_sources().unwrap().is_empty());
    g.clock.advance_ms(HOUR);
    assert_eq!(g.kernel().due_sources().unwrap(), std::slice::from_ref(&at));
    let run = g.kernel().fire(&at).unwrap().unwrap();
    assert!(
        g.kernel().due_sources().unwrap().is_empty() && g.kernel().fire(&at).unwrap().is_none()
    );

    // A kill after the firing: the run is there to be driven on, and the night is not doubled.
    let g = g.fall();
    assert_eq!(g.kernel().interrupted_runs().unwrap(), [run.id]);
    assert!(g.kernel().due_sources().unwrap().is_empty());
    // Three nights go by while it is going on: it stays due, and no second run begins beside it.
    g.clock.advance_ms(72 * HOUR);
    let same = g.kernel().fire(&at).unwrap().unwrap();
    assert_eq!(same.id, run.id);
    assert_eq!(g.kernel().due_sources().unwrap(), std::slice::from_ref(&at));
    let done = g.kernel().drive_run(&g.caller, run.id, &mut |_| {}).unwrap();
    assert_eq!((done.status, done.counts.new), (RunStatus::Done, 2));

    let next = g.kernel().fire(&at).unwrap().unwrap();
    assert!(next.id != run.id && next.since.is_some());
    g.kernel().drive_run(&g.caller, next.id, &mut |_| {}).unwrap();
    assert!(g.kernel().due_sources().unwrap().is_empty(), "three nights were made up for once");

    // On the first of the month both are due, and the full run is made.
    g.clock.advance_ms(12 * 24 * HOUR);
    let full = g.kernel().fire(&at).unwrap().unwrap();
    assert_eq!(full.since, None);
    let city = g.kernel().city().clone();
    let log = g.kernel().log(&g.caller, &city, 0, 200).unwrap();
    let started = log.iter().filter(|entry| entry.audit.action == "run.start");
    let by: Vec<&str> = started.map(|entry| entry.audit.actor.as_str()).collect();
    assert_eq!(by, ["operator@console", "kernel", "kernel", "kernel"]);
}

#[test]
fn a_firing_that_cannot_begin_is_told_and_the_next_night_is_another() {
    let at = slug("nightly");
    let g = nightly("竹材展平技术\n");
    let name = "steered-connector".parse().unwrap();
    g.kernel().suspend(&g.caller, &g.city, &name, "维护").unwrap();
    g.clock.advance_ms(19 * HOUR);
    assert!(g.kernel().fire(&at).unwrap().is_none());
    assert!(g.kernel().due_sources().unwrap().is_empty());
    let health = g.kernel().source_health(&g.caller, &g.city).unwrap();
    let nightly = health.iter().find(|one| one.source.slug == at).unwrap();
    let firing = nightly.firing.clone().unwrap();
    assert!(firing.refused.is_some());
    assert_eq!(firing.next().unwrap().to_string(), "2026-05-21T19:30:00Z");
    assert_eq!((nightly.runs, nightly.lag_s, nightly.failed_permille()), (0, None, None));
}

#[test]
fn health_tells_of_failures_lag_and_what_was_rejected_most() {
    let town = Town::new();
    town.source("seu", ANY);
    let bad = |n: usize| {
        format!("{}\n", json!({ "id": format!("b-{n}"), "title": "x", "summary": "短" }))
    };
    let text = format!("{}{}{}", lines(0..3), bad(1), bad(2));
    town.read("seu", RunMode::Full, &text);
    let run = town.start("seu", RunMode::Full);
    let long = "x".repeat(2 << 20);
    assert!(town.kernel().drive_lines(&town.caller, run.id, long.as_bytes(), &mut |_| {}).is_err());
    town.clock.advance_ms(2 * HOUR);
    let city = town.kernel().city().clone();
    let health = town.kernel().source_health(&town.caller, &city).unwrap().remove(0);
    assert_eq!((health.runs, health.failed, health.failed_permille()), (2, 1, Some(500)));
    assert_eq!(health.lag_s, Some(2 * 3_600 + 60));
    assert_eq!(health.last.unwrap().status, RunStatus::Failed);
    assert_eq!((health.records, health.rejected), (5, 2));
    let reason = &health.reasons[0];
    assert_eq!((reason.code.as_str(), reason.count), ("summary_too_short", 2));
    // A quarter later nobody counts that any more; how long ago it last went well is still known.
    town.clock.advance_ms(100 * 24 * HOUR);
    let health = town.kernel().source_health(&town.caller, &city).unwrap().remove(0);
    assert_eq!((health.runs, health.last, health.lag_s.unwrap() / 86_400), (0, None, 100));
}

#[test]
fn a_record_says_what_became_of_each_of_its_values() {
    use taihu_service::Fate as F;
    let town = Town::new();
    town.source("seu", ANY);
    let record = json!({
        "id": "a", "title": "一种极片剥离方法", "summary": SUMMARY, "stage": "中试", "price": "50",
        "ip": ["ZL202111144021.7"],
    });
    town.read("seu", RunMode::Full, &record.to_string());
    let city = town.kernel().city().clone();
    let of = |id: &str| town.kernel().mapped_record(&town.caller, &city, &slug("seu"), id);
    let mapped = of("a").unwrap();
    let fate = |name: &str| {
        let value = mapped.values.iter().find(|value| value.name == name).unwrap();
        let became: Vec<&str> = value.became.iter().map(|(field, _)| *field).collect();
        (value.origin.as_str(), value.fate, became)
    };
    assert_eq!(fate("title"), ("title", F::Taken, vec!["title"]));
    assert_eq!(fate("stage"), ("stage", F::Estimated, vec!["stage", "trl"]));
    assert_eq!(fate("owner"), ("", F::Default, vec!["owners"]));
    assert_eq!(fate("secrecy"), ("", F::Default, vec!["secrecy"]));
    assert_eq!(fate("ip").1, F::Taken);
    assert_eq!(mapped.record.raw.verbatim, record.to_string(), "kept as it came");
    assert!(!mapped.would_change);
    assert_eq!(of("b").unwrap_err().code(), "not_found");

    // What is not admitted says which value is to blame.
    let bad = json!({ "id": "b", "title": "一种方法", "summary": SUMMARY, "ip": "202111144021.8" });
    town.read("seu", RunMode::Incremental, &bad.to_string());
    let mapped = of("b").unwrap();
    let blamed: Vec<&str> = mapped
        .values
        .iter()
        .filter(|value| value.fate == F::Rejected)
        .map(|value| value.name.as_str())
        .collect();
    assert_eq!(blamed, ["ip"]);

    // Other defaults make something else of it at its next reading.
    let mut source = town.kernel().sources(&town.caller, &city).unwrap().remove(0);
    source.defaults.insert("owner".into(), "东南大学成贤学院".into());
    town.kernel().put_source(&town.caller, source).unwrap();
    assert!(of("a").unwrap().would_change);
}

/// How many records the city's space has under a prefix.
fn kept(town: &Town, prefix: &str) -> usize {
    let (kernel, city) = (town.kernel(), town.kernel().city().clone());
    kernel.store().snapshot().unwrap().range(&city, prefix, None, 1_000).unwrap().len()
}

#[test]
fn what_a_run_saw_goes_with_its_end_and_reports_after_half_a_year() {
    let town = Town::new();
    town.source("seu", ANY);
    let run = town.start("seu", RunMode::Full);
    let mut during = 0;
    let all = lines(0..600);
    let first = town.drive(&run, &all, &mut |_| during = during.max(kept(&town, "seen/")));
    assert!(during > 0 && kept(&town, "seen/") == 0, "{during}");
    assert_eq!(report(&town, &first).len(), 600);
    town.clock.advance_ms(184 * 24 * HOUR);
    let second = town.read("seu", RunMode::Full, &lines(0..601));
    assert_eq!((report(&town, &first).len(), report(&town, &second).len()), (0, 1));
    assert_eq!(town.kernel().run(&town.caller, first.id).unwrap().counts.new, 600);
}

#[test]
fn a_source_of_lines_has_no_schedule() {
    let town = Town::new();
    let mut source = town.source("seu", ANY);
    source.schedule.changes = Some("30 3 * * *".into());
    let error = town.kernel().put_source(&town.caller, source).unwrap_err();
    assert_eq!(error.code(), "invalid");
    assert!(town.kernel().due_sources().unwrap().is_empty());
    assert!(town.kernel().fire(&slug("seu")).unwrap().is_none());
    assert!(town.path().join("taihu.redb").is_file());
}
