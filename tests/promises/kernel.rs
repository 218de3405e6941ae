//! The verbs of the service, without HTTP and without plugins.

use std::sync::Arc;

use taihu_model::{
    AchievementState, NeedFacts, NeedState, PrincipalId, RunStatus, Source, TenantSlug,
};
use taihu_service::{
    Caller, Compiler, Error, Filter, Gate, Home, HomeOptions, Kernel, ManualClock, Progress, Role,
    RunMode,
};

struct Fixture {
    home: Home,
    caller: Caller,
    clock: Arc<ManualClock>,
    dir: tempfile::TempDir,
}

fn open(dir: &std::path::Path, clock: &Arc<ManualClock>) -> Home {
    let options = HomeOptions {
        clock: Arc::<ManualClock>::clone(clock),
        outbound: Arc::new(Gate),
        compiler: Compiler::InProcess,
        loopback: true,
        allow_unsigned: false,
        embedding: None,
    };
    Home::open(dir, options).unwrap()
}

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
    let home = open(dir.path(), &clock);
    let caller = Caller::console(home.kernel.city().clone());
    Fixture { home, caller, clock, dir }
}

impl Fixture {
    fn kernel(&self) -> &Kernel {
        &self.home.kernel
    }

    fn reopen(self) -> Self {
        let Self { home, caller, clock, dir } = self;
        drop(home);
        let home = open(dir.path(), &clock);
        Self { home, caller, clock, dir }
    }

    fn source(&self, slug: &str, trust: &str) -> Source {
        let source = serde_json::json!({
            "slug": slug, "name": slug, "tenant": "city", "connector": "json-lines", "trust": trust,
            "config": { "id": "id", "fields": {
                "title": "title", "summary": "summary", "owner": "owner", "ip": "ip", "secrecy": "secrecy",
                "problem": "problem", "owner_declaration": "declared",
            } },
        });
        self.kernel().put_source(&self.caller, serde_json::from_value(source).unwrap()).unwrap()
    }

    fn import(&self, slug: &str, lines: &str) -> taihu_model::Run {
        let slug = slug.parse().unwrap();
        let run = self.kernel().start_run(&self.caller, &slug, RunMode::Full).unwrap();
        let run =
            self.kernel().drive_lines(&self.caller, run.id, lines.as_bytes(), &mut |_| {}).unwrap();
        self.kernel().catch_up().unwrap();
        run
    }

    fn found(&self, text: &str, states: &[&str]) -> u64 {
        let states = states.iter().map(ToString::to_string).collect();
        let filter = Filter { states, ..Filter::default() };
        self.kernel().find_achievements(&self.caller, text, filter, 0, 10).unwrap().total
    }
}

const SUMMARY: &str = "本成果面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成年处理五百吨的中试线，再生正极材料的比容量和循环寿命均达到动力级要求，综合成本降低三成。";

fn line(id: &str, title: &str, owner: &str, ip: &str) -> String {
    serde_json::json!({
        "id": id, "title": title, "summary": SUMMARY, "owner": owner, "ip": ip, "secrecy": "公开",
    })
    .to_string()
}

#[test]
fn records_of_one_achievement_are_merged_and_survive_each_other() {
    let f = fixture();
    f.source("seu", "partner");
    f.source("fudan", "partner");
    let run = f.import("seu", &line("1", "磷酸铁锂再生技术", "东南大学", "ZL202111144021.7"));
    assert_eq!((run.counts.new, run.counts.merged, run.counts.rejected), (1, 0, 0));
    f.clock.advance_ms(1_000);
    // The same patent, written otherwise, under another title.
    let run = f.import("fudan", &line("a", "一种磷酸铁锂再生方法", "复旦大学", "2021111440217"));
    assert_eq!((run.counts.new, run.counts.merged), (0, 1));
    assert_eq!(f.found("磷酸铁锂", &["published"]), 1);
    let page =
        f.kernel().find_achievements(&f.caller, "磷酸铁锂", Filter::default(), 0, 1).unwrap();
    let one = &page.achievements[0];
    assert_eq!(one.facts.owners, ["东南大学", "复旦大学"]);
    assert_eq!(f.kernel().source_records(&f.caller, one.id).unwrap().len(), 2);
    // A second run of the same changes nothing but the run itself.
    let run = f.import("seu", &line("1", "磷酸铁锂再生技术", "东南大学", "ZL202111144021.7"));
    assert_eq!((run.counts.unchanged, run.counts.records()), (1, 1));
}

#[test]
fn rejected_rows_name_every_reason_and_stop_nothing() {
    let f = fixture();
    f.source("seu", "partner");
    let bad =
        serde_json::json!({ "id": "bad", "title": "", "summary": "太短", "ip": "202111144021.8" });
    let lines = format!(
        "{bad}\nno json at all\n{}",
        line("good", "竹材展平技术", "南京林业大学", "201310699744.2")
    );
    let mut rejected = Vec::new();
    let slug = "seu".parse().unwrap();
    let run = f.kernel().start_run(&f.caller, &slug, RunMode::Full).unwrap();
    let run = f
        .kernel()
        .drive_lines(&f.caller, run.id, lines.as_bytes(), &mut |progress| {
            if let Progress::Rejected(rejection) = progress {
                rejected.push(rejection.clone());
            }
        })
        .unwrap();
    assert_eq!((run.counts.new, run.counts.rejected, run.counts.warnings), (1, 1, 1));
    assert_eq!(run.status, RunStatus::Done);
    let fields: Vec<_> = rejected[0].reasons.iter().map(|reason| reason.field.as_str()).collect();
    for field in ["title", "owner", "summary", "ip"] {
        assert!(fields.contains(&field), "{field} is not among {fields:?}");
    }
    let (told, next) = f.kernel().rejections(&f.caller, run.id, None, 10).unwrap();
    assert_eq!((told, next), (rejected, None));
}

#[test]
fn the_word_of_a_self_declared_source_is_not_published_by_itself() {
    let f = fixture();
    f.source("self", "self");
    f.import("self", &line("1", "磷酸铁锂再生技术", "某企业", "ZL202111144021.7"));
    assert_eq!((f.found("", &["submitted"]), f.found("", &["published"])), (1, 0));
    let page = f.kernel().find_achievements(&f.caller, "", Filter::default(), 0, 1).unwrap();
    let id = page.achievements[0].id;
    let to = AchievementState::Published;
    f.kernel().move_achievement(&f.caller, id, to, "核实无误").unwrap();
    f.kernel().catch_up().unwrap();
    assert_eq!(f.found("", &["published"]), 1);
    let error =
        f.kernel().move_achievement(&f.caller, id, AchievementState::Draft, "").unwrap_err();
    assert!(matches!(error, Error::IllegalEdge(_)), "{error}");
}

#[test]
fn everything_is_there_after_reopening_and_the_index_can_be_thrown_away() {
    let f = fixture();
    f.source("seu", "partner");
    f.import("seu", &line("1", "磷酸铁锂再生技术", "东南大学", "ZL202111144021.7"));
    f.kernel().save_index().unwrap();
    let f = f.reopen();
    assert_eq!(f.found("磷酸铁锂", &["published"]), 1);
    std::fs::write(f.dir.path().join("cache/index.snapshot"), b"not an index").unwrap();
    let f = f.reopen();
    assert_eq!(f.found("磷酸铁锂", &["published"]), 1);
    std::fs::remove_dir_all(f.dir.path().join("cache")).unwrap();
    let f = f.reopen();
    assert_eq!(f.found("磷酸铁锂", &["published"]), 1);
    let city = f.kernel().city().clone();
    assert!(f.kernel().verify_log(&f.caller, &city).unwrap() > 0);
}

fn facts() -> NeedFacts {
    NeedFacts {
        title: "废旧电池再生".into(),
        problem: "回收的磷酸铁锂极片再生后循环寿命不达标".into(),
        enterprise: "长兴某电池有限公司".into(),
        ..NeedFacts::default()
    }
}

#[test]
fn a_need_is_submitted_once_whatever_the_network_does() {
    let f = fixture();
    let tenant: TenantSlug = "changxing".parse().unwrap();
    let key = || Some("k1".to_owned());
    let first = f.kernel().submit_need(&f.caller, &tenant, facts(), key()).unwrap();
    let again = f.kernel().submit_need(&f.caller, &tenant, facts(), key()).unwrap();
    assert_eq!(first, again);
    let other = NeedFacts { title: "另一项".into(), ..facts() };
    let error = f.kernel().submit_need(&f.caller, &tenant, other, key()).unwrap_err();
    assert_eq!(error.code(), "conflict");
    assert_eq!(f.kernel().needs(&f.caller, &tenant, None, 10).unwrap().0.len(), 1);
}

#[test]
fn a_need_takes_only_the_edges_there_are_and_each_is_in_the_audit() {
    let f = fixture();
    let tenant: TenantSlug = "changxing".parse().unwrap();
    let need = f.kernel().submit_need(&f.caller, &tenant, facts(), None).unwrap();
    let error = f.kernel().match_need(&f.caller, &tenant, need.id).unwrap_err();
    assert_eq!(error.code(), "conflict", "a need is matched once it is published");
    let path = [NeedState::Triaged, NeedState::Published];
    f.clock.advance_ms(-86_400_000); // A clock that jumps back disturbs nothing.
    f.kernel().move_need(&f.caller, &tenant, need.id, &path, "描述完整").unwrap();
    let error =
        f.kernel().move_need(&f.caller, &tenant, need.id, &[NeedState::Draft], "").unwrap_err();
    assert_eq!(error.code(), "illegal_edge");
    let matched = f.kernel().match_need(&f.caller, &tenant, need.id).unwrap();
    assert!(matched.matches.is_empty() && !matched.repeated);
    assert!(f.kernel().match_need(&f.caller, &tenant, need.id).unwrap().repeated);
    let log = f.kernel().log(&f.caller, &tenant, 0, 100).unwrap();
    let edges: Vec<_> = log
        .iter()
        .flat_map(|entry| &entry.audit.edges)
        .map(|edge| format!("{}>{}", edge.from, edge.to))
        .collect();
    assert_eq!(
        edges,
        ["draft>submitted", "submitted>triaged", "triaged>published", "published>matching"]
    );
    let seqs: Vec<_> = log.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=log.len() as u64).collect::<Vec<_>>());
}

#[test]
fn an_incomplete_need_is_told_everything_it_lacks() {
    let f = fixture();
    let tenant: TenantSlug = "deqing".parse().unwrap();
    let error = f.kernel().submit_need(&f.caller, &tenant, NeedFacts::default(), None).unwrap_err();
    let Error::Invalid(faults) = error else { panic!("{error}") };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["title", "problem", "enterprise"]);
}

#[test]
fn tokens_are_kept_as_hashes_and_end_when_revoked() {
    let f = fixture();
    let kernel = f.kernel();
    let tenant: TenantSlug = "deqing".parse().unwrap();
    let (principal, token) =
        kernel.issue_token(&f.caller, "德清科技局", Role::District, &tenant).unwrap();
    let caller = kernel.authenticate(&token).unwrap();
    assert_eq!((caller.role, &caller.tenant), (Role::District, &tenant));
    let bytes = std::fs::read(f.dir.path().join("taihu.redb")).unwrap();
    let secret = token.trim_start_matches("taihu_").as_bytes();
    assert!(
        !bytes.windows(secret.len()).any(|window| window == secret),
        "the token itself is stored"
    );
    kernel.revoke_token(&f.caller, principal.id).unwrap();
    assert!(matches!(kernel.authenticate(&token), Err(Error::Unauthenticated)));
    let nobody = PrincipalId::from_parts(kernel.now(), 1);
    assert_eq!(kernel.revoke_token(&f.caller, nobody).unwrap_err().code(), "not_found");
    let first = std::fs::read_to_string(f.dir.path().join("first-token.txt")).unwrap();
    assert_eq!(kernel.authenticate(first.trim()).unwrap().role, Role::City);
}

#[test]
fn an_enterprise_sees_its_own_needs_only() {
    let f = fixture();
    let kernel = f.kernel();
    let tenant: TenantSlug = "deqing".parse().unwrap();
    let one = |name: &str| {
        let (_, token) = kernel.issue_token(&f.caller, name, Role::Enterprise, &tenant).unwrap();
        kernel.authenticate(&token).unwrap()
    };
    let (a, b) = (one("甲公司"), one("乙公司"));
    let need = kernel.submit_need(&a, &tenant, facts(), None).unwrap();
    assert_eq!(kernel.need(&a, &tenant, need.id).unwrap(), need);
    assert_eq!(kernel.need(&b, &tenant, need.id).unwrap_err().code(), "not_found");
    assert!(kernel.needs(&b, &tenant, None, 10).unwrap().0.is_empty());
    let elsewhere: TenantSlug = "anji".parse().unwrap();
    assert_eq!(kernel.needs(&a, &elsewhere, None, 10).unwrap_err().code(), "denied");
}

#[test]
fn no_file_name_leads_out_of_a_drop_folder() {
    let f = fixture();
    f.source("seu", "partner");
    let slug = "seu".parse().unwrap();
    for name in ["", "..", "../x", "a/b", "/etc/passwd", ".hidden", "a\\b", "a\0b"] {
        let error = f.kernel().drop_file(&f.caller, &slug, name, b"x").unwrap_err();
        assert_eq!(error.code(), "invalid", "{name:?}");
    }
    f.kernel().drop_file(&f.caller, &slug, "成果.xlsx", b"x").unwrap();
    assert!(f.dir.path().join("drop/seu/成果.xlsx").is_file());
}

#[test]
fn a_right_whose_number_is_written_in_chinese_is_merged_by_like_any_other() {
    let f = fixture();
    f.source("seu", "partner");
    f.source("fudan", "partner");
    let number = "软著登字第0123456号";
    let run = f.import("seu", &line("1", "磷酸铁锂再生控制软件", "东南大学", number));
    assert_eq!((run.counts.new, run.counts.rejected), (1, 0));
    let run = f.import("fudan", &line("a", "再生产线控制系统", "复旦大学", number));
    assert_eq!((run.counts.new, run.counts.merged), (0, 1));
}

/// Two sources deliver the same patents at the same moment.
#[test]
fn two_runs_at_once_make_one_achievement_of_one_patent() {
    let f = fixture();
    let numbers = ["202111144021.7", "201310699744.2", "95115608.X"];
    let lines = |owner: &str| -> String {
        let one = |(n, number): (usize, &&str)| {
            line(&n.to_string(), &format!("{owner}第{n}项再生技术"), owner, number)
        };
        numbers.iter().enumerate().map(one).collect::<Vec<_>>().join("\n")
    };
    for turn in 0..8 {
        let f = if turn == 0 { &f } else { &fixture() };
        for slug in ["seu", "fudan"] {
            f.source(slug, "partner");
        }
        std::thread::scope(|scope| {
            scope.spawn(|| f.import("seu", &lines("东南大学")));
            scope.spawn(|| f.import("fudan", &lines("复旦大学")));
        });
        f.kernel().catch_up().unwrap();
        assert_eq!(f.found("", &["published"]), numbers.len() as u64, "in turn {turn}");
    }
}

#[test]
fn a_page_that_is_too_much_for_one_commit_is_stored_in_several() {
    let f = fixture();
    f.source("seu", "partner");
    // Sixty rights a record, and so sixty merge keys: 500 records are 30,000 writes and more.
    let lines: Vec<String> = (0..500)
        .map(|n| {
            let rights: Vec<String> = (0..60).map(|k| format!("CN1{:08}A", n * 60 + k)).collect();
            line(&n.to_string(), &format!("第{n}号极片剥离技术"), "东南大学", &rights.join("；"))
        })
        .collect();
    let run = f.import("seu", &lines.join("\n"));
    assert_eq!((run.status, run.counts.new, run.counts.pages), (RunStatus::Done, 500, 1));
    assert_eq!(f.found("", &["published"]), 500);
}

#[test]
fn a_file_of_rubbish_is_read_page_by_page() {
    let f = fixture();
    f.source("seu", "partner");
    let run = f.import("seu", &"rubbish\n".repeat(1_000));
    assert_eq!(
        (run.status, run.counts.records(), run.counts.warnings),
        (RunStatus::Done, 0, 1_000)
    );
    assert!(run.counts.pages >= 5, "one page held {} warnings", run.counts.warnings);
}

#[test]
fn the_same_question_over_a_changed_pool_is_answered_anew() {
    let f = fixture();
    f.source("seu", "partner");
    f.import("seu", &line("1", "磷酸铁锂极片再生", "东南大学", "ZL202111144021.7"));
    let tenant: TenantSlug = "changxing".parse().unwrap();
    let need = f.kernel().submit_need(&f.caller, &tenant, facts(), None).unwrap();
    let path = [NeedState::Triaged, NeedState::Published];
    f.kernel().move_need(&f.caller, &tenant, need.id, &path, "").unwrap();
    let first = f.kernel().match_need(&f.caller, &tenant, need.id).unwrap();
    assert_eq!((first.matches.len(), first.repeated), (1, false));
    assert!(f.kernel().match_need(&f.caller, &tenant, need.id).unwrap().repeated);
    // As many candidates as before, but another record.
    f.import(
        "seu",
        &line("1", "回收的磷酸铁锂极片再生后循环寿命提升", "东南大学", "ZL202111144021.7"),
    );
    assert!(!f.kernel().match_need(&f.caller, &tenant, need.id).unwrap().repeated);
}

#[test]
fn a_kernel_that_fell_before_its_first_token_was_written_writes_one_when_it_stands_up() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
    // The directory in the way makes the writing fail, as a full disk would.
    std::fs::create_dir_all(dir.path().join("first-token.txt.new")).unwrap();
    let options = || HomeOptions {
        clock: Arc::<ManualClock>::clone(&clock),
        outbound: Arc::new(Gate),
        compiler: Compiler::InProcess,
        loopback: true,
        allow_unsigned: false,
        embedding: None,
    };
    assert!(Home::open(dir.path(), options()).is_err());
    std::fs::remove_dir(dir.path().join("first-token.txt.new")).unwrap();
    let home = Home::open(dir.path(), options()).unwrap();
    let token = std::fs::read_to_string(home.first_token.as_ref().unwrap()).unwrap();
    assert_eq!(home.kernel.authenticate(token.trim()).unwrap().role, Role::City);
}
