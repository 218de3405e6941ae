//! Duplicates across sources: found by number, by registration, by owner and title; every merge
//! explained; undone by a person, and then for good.

use std::sync::Arc;

use serde_json::{Value, json};
use taihu_model::{
    Achievement, AchievementId, AchievementState, MergeGround, RecordName, Run, Source,
    SourceRecord,
};
use taihu_service::{Caller, Filter, Home, Kernel, ManualClock, Role, RunMode, merge_words};

use crate::ground::Ground;

const SUMMARY: &str = "本成果面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成年处理五百吨的中试线，再生正极材料的比容量和循环寿命均达到动力级要求，综合成本降低三成。";
const TITLE: &str = "一种磷酸铁锂正极材料的短流程再生修复技术及其应用";
const ELSE: &str = "与此无关的另一项装备";
const RIGHT: &str = "ZL202111144021.7";
const OTHER_RIGHT: &str = "ZL201310699744.2";

/// A kernel with three sources on two grounds, each a file of lines.
struct Town {
    home: Home,
    clock: Arc<ManualClock>,
    caller: Caller,
    dir: tempfile::TempDir,
}

impl Town {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let home = Ground::open(dir.path(), &clock);
        let caller = Caller::console(home.kernel.city().clone());
        let town = Self { home, clock, caller, dir };
        for (slug, tenant) in [("seu", "city"), ("fudan", "city"), ("lab", "deqing")] {
            let source = json!({
                "slug": slug, "name": slug, "tenant": tenant, "connector": "json-lines",
                "trust": "partner", "withdraw_max": { "percent": 100, "records": 100 }, "config": { "id": "id", "fields": {
                    "title": "title", "summary": "summary", "owner": "owner", "ip": "ip",
                    "registration_no": "reg", "inventor": "inventor", "problem": "problem",
                    "secrecy": {"constant": "公开"}, "owner_declaration": {"constant": "是"},
                } },
            });
            let source: Source = serde_json::from_value(source).unwrap();
            town.kernel().put_source(&town.caller, source).unwrap();
        }
        town
    }

    /// Ends as a killed process does, loses everything that can be made anew, and opens again.
    fn rebuilt(self) -> Self {
        let Self { home, clock, caller, dir } = self;
        drop(home);
        let cache = dir.path().join("cache");
        assert!(cache.exists());
        std::fs::remove_dir_all(cache).unwrap();
        let home = Ground::open(dir.path(), &clock);
        Self { home, clock, caller, dir }
    }

    fn kernel(&self) -> &Kernel {
        &self.home.kernel
    }

    /// Reads all that a source has; of nothing at all a run concludes nothing, so there is always
    /// something else then.
    fn read(&self, source: &str, records: &[Value]) -> Run {
        let else_there = [record("else", json!({ "title": format!("{ELSE}（{source}）") }))];
        let records = if records.is_empty() { &else_there } else { records };
        self.clock.advance_ms(1_000);
        let run = self.kernel().start_run(&self.caller, &source.parse().unwrap(), RunMode::Full);
        let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
        let kernel = self.kernel();
        let run = kernel.drive_lines(&self.caller, run.unwrap().id, lines.as_bytes(), &mut |_| {});
        kernel.catch_up().unwrap();
        run.unwrap()
    }

    /// What is published, the oldest first.
    fn published(&self) -> Vec<Achievement> {
        let filter = Filter { states: vec!["published".into()], ..Filter::default() };
        let found = self.kernel().find_achievements(&self.caller, "", filter, 0, 50).unwrap();
        let mut found = found.achievements;
        found.retain(|one| !one.facts.title.starts_with(ELSE));
        found.sort_by_key(|one| one.id);
        found
    }

    fn records(&self, id: AchievementId) -> Vec<SourceRecord> {
        self.kernel().source_records(&self.caller, id).unwrap()
    }

    fn split(&self, id: AchievementId, record: &RecordName) -> Achievement {
        let split = self.kernel().split_achievement(&self.caller, id, record, "是两项成果");
        self.kernel().catch_up().unwrap();
        split.unwrap()
    }
}

/// A record with a title, an owner and a summary unless it says otherwise.
fn record(id: &str, says: Value) -> Value {
    let mut record = json!({ "id": id, "title": TITLE, "owner": "东南大学", "summary": SUMMARY });
    record.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
    record
}

fn name(source: &str, id: &str) -> RecordName {
    RecordName { source: source.parse().unwrap(), source_id: id.into() }
}

/// What two sources say of one thing or of two: by which ground they are merged, if they are.
#[track_caller]
fn check(one: Value, other: Value, ground: Option<MergeGround>) {
    let town = Town::new();
    town.read("seu", &[record("1", one)]);
    let run = town.read("fudan", &[record("a", other)]);
    let found = town.published();
    assert_eq!(found.len(), if ground.is_some() { 1 } else { 2 });
    assert_eq!(run.counts.merged, u64::from(ground.is_some()));
    let Some(ground) = ground else { return };
    let records = town.records(found[0].id);
    let of = |source: &str| records.iter().find(|one| one.source.as_str() == source).unwrap();
    assert_eq!(of("seu").merged, None, "it brought the achievement");
    let merged = of("fudan").merged.clone().unwrap();
    assert_eq!(MergeGround::of(&merged.key), Some(ground), "{}", merged.key);
    assert_eq!(merged.with, [name("seu", "1")]);
    assert_eq!((merged.run, merged.at), (Some(run.id), of("fudan").fetched));
    assert_eq!(merged.likeness.is_some(), ground == MergeGround::LikeTitle);
    let (zh, en) = merge_words(&merged);
    assert!(zh.contains(ground.zh()) && !en.is_empty(), "{zh} {en}");
}

#[test]
fn records_of_two_sources_are_merged_by_number_then_registration_then_owner_and_title() {
    let other = "水下地形激光测绘方法与装备";
    let right = Some(MergeGround::Right);
    check(json!({"ip": RIGHT}), json!({"ip": "2021111440217", "title": other}), right);
    check(json!({"ip": RIGHT}), json!({"ip": format!("{OTHER_RIGHT}；{RIGHT}")}), right);
    let by_reg = json!({"reg": "330202610012", "title": other, "owner": "复旦大学"});
    check(json!({"reg": "３３０202610012"}), by_reg, Some(MergeGround::Registration));
    let title = Some(MergeGround::Title);
    check(json!({}), json!({"title": "磷酸铁锂正极材料短流程再生修复技术与应用"}), title);
    check(json!({}), json!({"title": "《磷酸鐵鋰正極材料　短流程再生修復技術及應用》"}), title);
    // A right of one kind beside a right of another contradicts nothing.
    check(json!({"ip": RIGHT}), json!({"ip": "2023SR0123456"}), title);
    let like = Some(MergeGround::LikeTitle);
    check(json!({}), json!({"title": "磷酸铁锂正极材料短流程再生修复新技术应用"}), like);
}

#[test]
fn one_title_is_two_things_where_a_number_a_letter_or_the_inventors_say_so() {
    check(json!({"ip": RIGHT}), json!({"ip": OTHER_RIGHT}), None);
    check(json!({"reg": "330202610012"}), json!({"reg": "330202610013"}), None);
    check(json!({}), json!({"owner": "复旦大学"}), None);
    check(json!({}), json!({"title": "磷酸铁锂负极材料短流程再生修复技术应用"}), None);
    check(json!({}), json!({"title": "磷酸铁锂正极材料短流程再生修复技术应用二期"}), None);
    let strange = json!({"title": "磷酸铁锂正极材料短流程再生修复新技术应用", "inventor": "王五"});
    check(json!({"inventor": "张三；李四"}), strange, None);
    check(json!({"title": "再生铅"}), json!({"title": "再生铅"}), None);
}

#[test]
fn two_entries_of_one_source_are_two_things_unless_they_say_the_very_same() {
    let town = Town::new();
    let run = town.read(
        "seu",
        &[
            record("1", json!({})),
            record("2", json!({"problem": "第二阶段：放大到万吨级"})),
            record("3", json!({})),
        ],
    );
    assert_eq!((run.counts.new, run.counts.merged), (2, 1), "the third is the first, pasted twice");
    let run = town.read(
        "lab",
        &[
            record("x", json!({"ip": RIGHT})),
            record("y", json!({"ip": RIGHT, "title": "另一个名称的同一专利成果"})),
        ],
    );
    assert_eq!(run.counts.merged, 2, "a number is one thing's, within a source too");
}

#[test]
fn what_a_person_took_apart_stays_apart_through_runs_of_either_kills_and_rebuilding() {
    let mut town = Town::new();
    let ours = record("1", json!({"ip": RIGHT, "problem": "问题甲"}));
    let theirs = |problem: &str| record("a", json!({"ip": RIGHT, "problem": problem}));
    town.read("seu", std::slice::from_ref(&ours));
    town.read("fudan", &[theirs("问题乙")]);
    let id = town.published()[0].id;
    let own = town.split(id, &name("fudan", "a"));
    assert_eq!(own.state, AchievementState::Published, "it stands on its own");
    let problems = |town: &Town| -> Vec<String> {
        town.published().into_iter().map(|one| one.facts.problem).collect()
    };
    assert_eq!(problems(&town), ["问题甲", "问题乙"], "each says what its records say");
    let apart = town.kernel().kept_apart(&town.caller, id).unwrap();
    let (record, from) = &apart[0];
    assert_eq!((record, &from.from), (&name("seu", "1"), &name("fudan", "a")));
    assert_eq!((from.reason.as_str(), from.by.as_str()), ("是两项成果", "operator@console"));
    let log = town.kernel().log(&town.caller, town.kernel().city(), 0, 200).unwrap();
    let split = log.iter().find(|entry| entry.audit.action == "achievement.split").unwrap();
    assert_eq!(
        (&split.audit.subject, split.audit.reason.as_str()),
        (&id.to_string(), "是两项成果")
    );
    // The same again, changed, gone and back again, from either side, each time by a fresh kernel.
    for records in [vec![theirs("问题乙")], vec![theirs("问题丙")], vec![], vec![theirs("问题丁")]]
    {
        town = town.rebuilt();
        town.read("fudan", &records);
        town.read("seu", std::slice::from_ref(&ours));
        assert_eq!(town.records(id).len(), 1);
        assert_eq!(town.published().len(), 1 + records.len());
    }
    town.read("seu", &[]);
    town = town.rebuilt();
    town.read("seu", std::slice::from_ref(&ours));
    assert_eq!(town.published().len(), 2, "the other side came back, and they are still two");
    // A third that says the same is of one of them, and bridges nothing.
    let run = town.read("lab", &[record_of_lab()]);
    assert_eq!((run.counts.merged, town.published().len()), (1, 2));
}

fn record_of_lab() -> Value {
    record("x", json!({"ip": RIGHT}))
}

#[test]
fn who_may_not_move_what_several_grounds_speak_of_undoes_no_merge() {
    let town = Town::new();
    town.read("lab", &[record("x", json!({"ip": RIGHT}))]);
    let id = town.published()[0].id;
    let caller =
        |role, tenant: &str| Caller { actor: "d".into(), role, tenant: tenant.parse().unwrap() };
    let split = |caller: &Caller, record: &RecordName, reason: &str| {
        town.kernel().split_achievement(caller, id, record, reason).unwrap_err().code()
    };
    assert_eq!(split(&town.caller, &name("lab", "x"), "误"), "conflict", "there is no merge");
    town.read("seu", &[record("1", json!({"ip": RIGHT}))]);
    let record = name("lab", "x");
    assert_eq!(split(&caller(Role::District, "deqing"), &record, "误"), "denied");
    assert_eq!(split(&caller(Role::Provider, "deqing"), &record, "误"), "denied");
    assert_eq!(split(&caller(Role::Auditor, "city"), &record, "误"), "denied");
    assert_eq!(split(&town.caller, &record, " "), "invalid");
    assert_eq!(split(&town.caller, &name("lab", "nothing"), "误"), "not_found");
    let shown = town.kernel().source_records(&caller(Role::District, "deqing"), id).unwrap();
    assert_eq!(shown.len(), 1, "its own record, and of whose explanation nothing else");
    assert!(shown.iter().filter_map(|one| one.merged.as_ref()).all(|it| it.with.is_empty()));
}

#[test]
fn a_person_merges_by_hand_and_takes_a_splitting_back() {
    let town = Town::new();
    town.read("seu", &[record("1", json!({"ip": RIGHT}))]);
    town.read(
        "fudan",
        &[record("a", json!({"title": "另一个名称的同一项成果", "problem": "问题乙"}))],
    );
    let [one, other] = town.published().try_into().unwrap();
    let join = |record: &RecordName| {
        town.kernel().join_achievement(&town.caller, one.id, record, "同一成果的两个名称")
    };
    let joined = join(&name("fudan", "a")).unwrap();
    assert_eq!((joined.id, joined.facts.problem.as_str()), (one.id, "问题乙"));
    let gone = town.kernel().achievement(&town.caller, other.id).unwrap().0;
    assert_eq!(gone.state, AchievementState::Withdrawn);
    let merged = town.records(one.id).into_iter().find_map(|one| one.merged).unwrap();
    assert_eq!((merged.run, merge_words(&merged).0.as_str()), (None, "由人工合并"));
    assert_eq!(join(&name("fudan", "a")).unwrap_err().code(), "conflict");
    let third = record("a", json!({"title": "另一个名称的同一项成果", "problem": "问题丙"}));
    town.read("fudan", &[third]);
    assert_eq!(town.records(one.id).len(), 2, "a changed record stays where it was put");
    town.split(one.id, &name("fudan", "a"));
    join(&name("fudan", "a")).unwrap();
    assert_eq!(town.kernel().kept_apart(&town.caller, one.id).unwrap(), []);
}

#[test]
fn what_is_left_of_a_published_achievement_and_lacks_what_that_needs_is_suspended() {
    let town = Town::new();
    let short: String = SUMMARY.chars().take(30).collect();
    town.read("fudan", &[record("a", json!({"ip": RIGHT}))]);
    town.read("seu", &[record("1", json!({"ip": RIGHT, "summary": short}))]);
    let id = town.published()[0].id;
    let own = town.split(id, &name("fudan", "a"));
    assert_eq!(own.state, AchievementState::Published);
    let left = town.kernel().achievement(&town.caller, id).unwrap().0;
    assert_eq!(left.state, AchievementState::Suspended);
}

#[test]
fn an_achievement_outlives_a_source_and_says_what_the_others_say() {
    let town = Town::new();
    town.read("seu", &[record("1", json!({"ip": RIGHT, "inventor": "张三"}))]);
    let more =
        json!({"ip": format!("{RIGHT}；{OTHER_RIGHT}"), "owner": "复旦大学", "problem": "乙"});
    town.read("fudan", &[record("a", more)]);
    let id = town.published()[0].id;
    let facts = || town.kernel().achievement(&town.caller, id).unwrap().0.facts;
    assert_eq!((facts().owners.len(), facts().ip.len(), facts().problem.as_str()), (2, 2, "乙"));
    town.read("seu", &[]);
    assert_eq!(facts().owners, ["复旦大学"]);
    assert!(facts().inventors.is_empty() && facts().ip.len() == 2, "what only it said is gone");
    assert_eq!(town.published().len(), 1);
    town.read("fudan", &[]);
    let gone = town.kernel().achievement(&town.caller, id).unwrap().0;
    assert_eq!(gone.state, AchievementState::Withdrawn, "the last one gone, it goes");
}
