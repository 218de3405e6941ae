//! A plugin's life: watched before it serves, stopped when it fails, and made again from what was
//! kept. `swaps.rs` holds that no call is lost when versions are exchanged.

use std::time::{Duration, Instant};

use serde_json::json;
use taihu_model::{Digest, InstallationState, PluginName, TenantSlug, TrialStage};
use taihu_service::{Caller, Promotion, Role, RunMode, replay_capsule};

use crate::ground::{Ground, scorer, v, version};

#[test]
fn a_version_is_watched_before_it_serves_and_can_be_taken_back() {
    let g = Ground::new();
    let (first, second) = (v(1, json!({})), v(2, json!({ "favourite": "余能检测" })));
    g.install(&first);
    g.enable(&scorer());
    let before = g.rank("电池再生");
    assert!(!before.degraded && before.scorers[0].digest == Digest::of(&first));

    let waiting = g.install(&second);
    assert_eq!(waiting.digest, Digest::of(&first), "installing changes nothing that serves");
    assert_eq!(waiting.trial.as_ref().unwrap().stage, TrialStage::Waiting);
    assert_eq!(g.rank("电池再生").ranked, before.ranked);

    g.kernel().shadow(&g.caller, &g.city, &scorer(), false).unwrap();
    for _ in 0..3 {
        assert_eq!(g.rank("电池再生").ranked, before.ranked, "a shadow is seen by nobody");
    }
    g.care();
    let seen = g.kernel().difference(&g.caller, &g.city, &scorer()).unwrap();
    assert_eq!((seen.calls, seen.failed(), seen.rankings.changed), (3, 0, 3), "{seen:?}");
    assert_eq!((seen.cpu_us.count(), seen.cpu_us_before.count()), (3, 3));
    let largest = seen.rankings.largest.unwrap();
    assert!(largest.after > largest.before + 200, "{largest:?}");
    assert!(seen.rankings.overlap_permille_sum / 3 >= 800);

    let canary = g.kernel().promote(&g.caller, &g.city, &scorer(), Promotion::Percent(50)).unwrap();
    assert_eq!(canary.state, InstallationState::Enabled, "what serves goes on serving");
    let answered = |n: usize| g.rank(&format!("电池再生{n}")).scorers[0].digest;
    let new = (0..40).filter(|&n| answered(n) == Digest::of(&second)).count();
    assert!((8..=32).contains(&new), "{new} of 40");

    let enabled = g.enable(&scorer());
    assert_eq!((enabled.digest, enabled.trial.is_none()), (Digest::of(&second), true));
    assert_ne!(g.rank("电池再生").ranked, before.ranked);

    let started = Instant::now();
    let back = g.kernel().roll_back(&g.caller, &g.city, &scorer(), "排序变差").unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(back.digest, Digest::of(&first));
    assert_eq!(g.rank("电池再生").ranked, before.ranked);
    let error = g.kernel().roll_back(&g.caller, &g.city, &scorer(), "再退一步").unwrap_err();
    assert_eq!(error.code(), "conflict", "{error}");
}

#[test]
fn by_rule_a_version_goes_from_shadow_to_all_and_every_step_is_in_the_audit() {
    let g = Ground::new();
    g.install(&v(1, json!({})));
    g.enable(&scorer());
    let second = v(2, json!({ "value": 501 }));
    g.install(&second);
    g.kernel().shadow(&g.caller, &g.city, &scorer(), true).unwrap();
    let mut stages = Vec::new();
    for day in 0..8 {
        g.rank(&format!("第{day}天的需求"));
        g.care();
        stages.push(g.installation(&scorer()).trial.map(|trial| trial.stage));
        g.clock.advance_ms(86_400_000);
    }
    let canary = |percent| Some(TrialStage::Canary { percent });
    assert_eq!(stages[0], Some(TrialStage::Shadow));
    assert!(stages.contains(&canary(5)) && stages.contains(&canary(25)), "{stages:?}");
    assert_eq!(stages[7], None, "{stages:?}");
    assert_eq!(g.installation(&scorer()).digest, Digest::of(&second));
    let log = g.kernel().log(&g.caller, &g.city, 0, 1_000).unwrap();
    let steps: Vec<_> = log
        .iter()
        .filter(|entry| entry.audit.actor == "kernel")
        .filter(|entry| {
            ["plugin.canary", "plugin.enable", "plugin.rollback"]
                .contains(&entry.audit.action.as_str())
        })
        .map(|entry| format!("{} {}", entry.audit.action, entry.audit.reason))
        .collect();
    assert_eq!(steps, ["plugin.canary 5 %", "plugin.canary 25 %", "plugin.enable "]);
}

#[test]
fn a_version_is_not_held_different_from_one_that_fails() {
    let g = Ground::new();
    g.install(&v(1, json!({ "panic_on": "坏" })));
    g.enable(&scorer());
    g.install(&v(2, json!({})));
    g.kernel().shadow(&g.caller, &g.city, &scorer(), true).unwrap();
    for _ in 0..3 {
        assert!(g.rank("坏").degraded);
    }
    g.rank("电池再生");
    g.care();
    let seen = g.kernel().difference(&g.caller, &g.city, &scorer()).unwrap();
    assert_eq!((seen.calls, seen.failed(), seen.rankings.compared), (4, 0, 1), "{seen:?}");
    assert_eq!(seen.rankings.changed, 0, "{seen:?}");
}

#[test]
fn a_version_that_fails_in_its_canary_goes_back_by_itself() {
    let g = Ground::new();
    let first = v(1, json!({}));
    g.install(&first);
    g.enable(&scorer());
    g.install(&v(2, json!({ "panic_on": "电池再生" })));
    g.kernel().promote(&g.caller, &g.city, &scorer(), Promotion::Percent(99)).unwrap();
    let mut degraded = 0;
    for n in 0..20 {
        degraded += usize::from(g.rank(&format!("电池再生{n}")).degraded);
        g.care();
    }
    assert!((1..=6).contains(&degraded), "{degraded} answers were degraded");
    let installation = g.installation(&scorer());
    assert_eq!((installation.digest, installation.trial), (Digest::of(&first), None));
    assert_eq!(installation.state, InstallationState::Enabled);
    let ranking = g.rank("电池再生");
    assert!(!ranking.degraded && ranking.scorers[0].digest == Digest::of(&first));
}

#[test]
fn a_version_that_fails_soon_after_its_promotion_gives_way_to_the_one_before() {
    let g = Ground::new();
    let first = v(1, json!({}));
    g.install(&first);
    g.enable(&scorer());
    g.install(&v(2, json!({ "panic_on": "电池再生" })));
    g.enable(&scorer());
    for n in 0..5 {
        assert!(g.rank(&format!("电池再生{n}")).degraded);
    }
    g.care();
    assert_eq!(g.installation(&scorer()).digest, Digest::of(&first));
    assert!(!g.rank("电池再生").degraded);
}

#[test]
fn a_plugin_that_fails_again_and_again_is_quarantined_until_a_person_acts() {
    let g = Ground::new();
    g.install(&v(1, json!({ "panic_on": "坏" })));
    g.enable(&scorer());
    let good = g.rank("电池再生");
    let mut openings = 0;
    for wait_s in [30, 60, 120] {
        // Before it opens, a failing call costs its own answer only.
        while !g.rank("坏").scorers[0].failure.as_ref().unwrap().contains("已暂停") {}
        openings += 1;
        let open = g.rank("电池再生");
        assert!(open.degraded && !open.ranked.is_empty(), "everything stays usable");
        assert_eq!(open.scorers[0].weight, 0);
        g.care();
        if openings == 3 {
            break;
        }
        assert_eq!(g.installation(&scorer()).state, InstallationState::Enabled);
        g.clock.advance_ms(wait_s * 1_000 - 1_000);
        g.care();
        assert!(g.rank("电池再生").degraded, "still open a second before the end");
        g.clock.advance_ms(1_000);
        g.care();
        // Recorded calls went well.
        assert_eq!(g.rank("电池再生").ranked, good.ranked);
    }
    assert_eq!(g.installation(&scorer()).state, InstallationState::Quarantined);
    assert!(g.rank("电池再生").scorers.is_empty());
    let error = g.kernel().enable(&g.caller, &g.city, &scorer()).unwrap_err();
    assert_eq!(error.code(), "illegal_edge", "{error}");
    let suspended = g.kernel().release(&g.caller, &g.city, &scorer(), "已联系开发单位").unwrap();
    assert_eq!(suspended.state, InstallationState::Suspended);
    g.enable(&scorer());
}

#[test]
fn a_version_that_fails_and_cannot_give_way_is_quarantined_in_the_end() {
    let g = Ground::new();
    g.install(&v(1, json!({})));
    g.enable(&scorer());
    g.install(&v(2, json!({ "panic_on": "坏" })));
    g.enable(&scorer());
    // The version before cannot come back: nobody answers for it any more.
    let key = g.kernel().publishers(&g.caller).unwrap()[0].key;
    g.kernel().revoke_publisher(&g.caller, key, "密钥遗失", false).unwrap();
    assert!(!g.rank("电池再生").degraded, "what serves goes on serving");
    for wait_s in [30, 60, 120] {
        assert_eq!(g.installation(&scorer()).state, InstallationState::Enabled);
        while !g.rank("坏").scorers[0].failure.as_ref().unwrap().contains("已暂停") {}
        g.care();
        g.clock.advance_ms(wait_s * 1_000);
        g.care();
    }
    assert_eq!(g.installation(&scorer()).state, InstallationState::Quarantined);
}

#[test]
fn the_last_good_answer_is_served_while_a_scorer_fails() {
    let g = Ground::new();
    g.install(&v(1, json!({ "panic_on": "坏", "favourite": "余能检测" })));
    g.enable(&scorer());
    let need = g.published_need("电池再生");
    let matched = g.kernel().match_need(&g.caller, &g.city, need).unwrap();
    assert!(!matched.degraded && !matched.run.degraded && !matched.matches.is_empty());
    for _ in 0..5 {
        g.rank("坏");
    }
    let again = g.kernel().match_need(&g.caller, &g.city, need).unwrap();
    assert!(again.degraded && again.repeated);
    assert_eq!((again.run.id, &again.matches), (matched.run.id, &matched.matches));
    // A need that never had a good answer gets the kernel's own order, and the run says so.
    let other = g.published_need("退役电池梯次利用");
    let without = g.kernel().match_need(&g.caller, &g.city, other).unwrap();
    assert!(without.degraded && without.run.degraded && !without.matches.is_empty());
    // Once the scorer answers again, so does the need.
    g.clock.advance_ms(30_000);
    g.care();
    let whole = g.kernel().match_need(&g.caller, &g.city, other).unwrap();
    assert!(!whole.degraded && !whole.repeated);
}

#[test]
fn a_score_run_can_be_made_again_years_later() {
    let g = Ground::new();
    g.install(&v(1, json!({ "favourite": "余能检测" })));
    g.enable(&scorer());
    let need = g.published_need("电池再生");
    let run = g.kernel().match_need(&g.caller, &g.city, need).unwrap().run;
    g.install(&v(2, json!({ "value": 1 })));
    g.enable(&scorer());
    g.kernel().remove(&g.caller, &g.city, &scorer(), "不再使用").unwrap();
    g.clock.advance_ms(3 * 365 * 86_400_000);
    let replay = g.kernel().replay(&g.caller, &g.city, run.id, true).unwrap();
    assert!(replay.same && replay.order_same, "{replay:?}");
    assert_eq!(replay.scorers.len(), 1);
    assert_eq!(replay.scorers[0].now, run.scorers[0].output);
    // The same call as a file for its author.
    let kept = g.kernel().sample_capsule(&g.caller, &g.city, &scorer(), run.id).unwrap();
    assert!(kept.reproduces, "{kept:?}");
    let file = g.kernel().capsule(&g.caller, &g.city, &scorer(), kept.id).unwrap();
    assert!(replay_capsule(&file).unwrap().same);
    let stranger =
        Caller { actor: "user_other".into(), role: Role::Enterprise, tenant: g.city.clone() };
    let error = g.kernel().replay(&stranger, &g.city, run.id, true).unwrap_err();
    assert_eq!(error.code(), "not_found", "a need of another enterprise");
    let elsewhere = "deqing".parse().unwrap();
    let error = g.kernel().replay(&g.caller, &elsewhere, run.id, true).unwrap_err();
    assert_eq!(error.code(), "not_found", "{error}");
}

#[test]
fn a_failing_call_becomes_a_capsule_that_its_author_can_make_again() {
    let g = Ground::new();
    g.install(&v(1, json!({ "spin_on": "空转", "panic_on": "坏" })));
    g.enable(&scorer());
    g.rank("坏，联系电话13812345678");
    g.rank("空转");
    g.rank("空转");
    g.care();
    let kept = g.kernel().capsules(&g.caller, &g.city, &scorer()).unwrap();
    assert_eq!(kept.len(), 2, "one of each cause a minute: {kept:?}");
    assert_eq!(kept.iter().filter(|one| one.masked == ["need.title"]).count(), 1, "{kept:?}");
    assert!(kept.iter().all(|one| one.reproduces));
    for one in &kept {
        let file = g.kernel().capsule(&g.caller, &g.city, &scorer(), one.id).unwrap();
        let replayed = replay_capsule(&file).unwrap();
        assert!(replayed.same, "{replayed:?}");
        assert!(!String::from_utf8_lossy(&file).contains("13812345678"));
        for cut in (0..20).map(|part| file.len() * part / 20) {
            assert_eq!(replay_capsule(&file[..cut]).unwrap_err().code(), "invalid", "cut at {cut}");
        }
    }
}

#[test]
fn who_would_enter_a_pool_and_who_would_leave_is_known_before() {
    let g = Ground::new();
    let name: PluginName = "steered-pool".parse().unwrap();
    let pool = |minor, word: &str| version("steered-pool", minor, json!({ "word": word }));
    g.install(&pool(1, "回收"));
    g.kernel().shadow(&g.caller, &g.city, &name, false).unwrap();
    g.care();
    let seen = g.kernel().difference(&g.caller, &g.city, &name).unwrap().pool.unwrap();
    assert_eq!((seen.judged, seen.entering, seen.leaving), (12, 2, 0), "{seen:?}");
    g.enable(&name);
    let slug = "steered-pool".parse().unwrap();
    let filled = g.kernel().fill_pool(&g.caller, &slug, &mut |_| {}).unwrap();
    assert_eq!((filled.members, filled.entered), (2, 2));

    g.install(&pool(2, "再生"));
    let seen = g.kernel().compare_pool(&g.caller, &g.city, &name, &mut |_| {}).unwrap();
    assert_eq!((seen.entering, seen.leaving), (2, 2), "{seen:?}");
    let entering = seen.moves.iter().find(|it| it.title.contains("再生")).unwrap();
    assert_eq!(entering.reason.zh, "标题提到该词");
    let members = g.kernel().memberships(&g.caller, &slug, None, 100).unwrap().members;
    assert!(
        members
            .iter()
            .filter(|(one, _)| one.is_in())
            .all(|(_, it)| it.facts.title.contains("回收"))
    );
    g.enable(&name);
    let filled = g.kernel().fill_pool(&g.caller, &slug, &mut |_| {}).unwrap();
    assert_eq!((filled.entered, filled.left, filled.members), (2, 2, 2));
    g.kernel().roll_back(&g.caller, &g.city, &name, "规则有误").unwrap();
    let filled = g.kernel().fill_pool(&g.caller, &slug, &mut |_| {}).unwrap();
    assert_eq!((filled.entered, filled.left, filled.members), (2, 2, 2));
}

#[test]
fn a_run_ends_with_the_version_it_began_with_and_steps_are_compared() {
    let g = Ground::new();
    let kernel = g.kernel();
    let name: PluginName = "steered-connector".parse().unwrap();
    let first = version("steered-connector", 1, json!({}));
    let second = version("steered-connector", 2, json!({ "prefix": "新", "leave_out": "旧" }));
    g.install(&first);
    g.enable(&name);
    let source = json!({
        "slug": "zju", "name": "浙江大学", "tenant": "city", "connector": "steered-connector", "trust": "partner",
        "defaults": {
            "owner": "浙江大学", "secrecy": "公开", "owner_declaration": "是",
            "summary": "面向动力电池产线的在线检测成果，已在三家企业连续运行两年，检出率百分之九十九以上，误报率低于千分之一，可直接接入现有产线控制系统。",
        },
    });
    let slug = kernel.put_source(&g.caller, serde_json::from_value(source).unwrap()).unwrap().slug;
    let titles = "极片缺陷在线检测\n旧型号电池检测\n隔膜针孔检测\n";
    kernel.drop_file(&g.caller, &slug, "titles.txt", titles.as_bytes()).unwrap();

    g.install(&second);
    kernel.shadow(&g.caller, &g.city, &name, false).unwrap();
    let run = kernel.start_run(&g.caller, &slug, RunMode::Full).unwrap();
    let run = kernel.drive_run(&g.caller, run.id, &mut |_| {}).unwrap();
    assert_eq!((run.connector, run.counts.new), (Digest::of(&first), 3));
    g.care();
    let steps = kernel.difference(&g.caller, &g.city, &name).unwrap().steps;
    assert_eq!((steps.compared, steps.changed), (3, 1), "{steps:?}");
    assert_eq!(
        (steps.records_before, steps.records_after, steps.records_changed),
        (3, 2, 2),
        "{steps:?}"
    );

    let run = kernel.start_run(&g.caller, &slug, RunMode::Full).unwrap();
    g.enable(&name);
    let run = kernel.drive_run(&g.caller, run.id, &mut |_| {}).unwrap();
    assert_eq!(run.connector, Digest::of(&first), "a run ends with the version it began with");
    assert_eq!(run.counts.unchanged, 3);
    let run = kernel.start_run(&g.caller, &slug, RunMode::Full).unwrap();
    let run = kernel.drive_run(&g.caller, run.id, &mut |_| {}).unwrap();
    assert_eq!((run.connector, run.counts.changed), (Digest::of(&second), 2));
}

#[test]
fn costs_are_counted_for_whom_a_call_was_made_and_kept() {
    let g = Ground::new();
    g.install(&v(1, json!({ "spin_on": "空转" })));
    g.enable(&scorer());
    let district: TenantSlug = "anji".parse().unwrap();
    let calls = |g: &Ground, tenant: &TenantSlug| {
        let costs = g.kernel().costs(&g.caller, tenant).unwrap();
        costs.first().map(|entry| (entry.plugin.clone(), entry.cost.calls, entry.cost.failures))
    };
    assert!(!g.rank("电池再生").degraded);
    assert!(g.rank("电池空转").degraded);
    g.kernel().rank(&g.caller, &district, Ground::facts("电池再生")).unwrap();
    assert_eq!(calls(&g, &g.city), Some((scorer(), 2, 1)));
    assert_eq!(calls(&g, &district), Some((scorer(), 1, 0)));
    let cost = g.kernel().costs(&g.caller, &g.city).unwrap()[0].cost;
    assert!(cost.cpu_us > 50_000 && cost.slow == 1 && cost.refused == 0, "{cost:?}");
    assert!(cost.bytes_in > 500 && cost.bytes_out > 0 && cost.memory_bytes_max > 0, "{cost:?}");
    // What was not written is lost in a fall; a minute later it is written, and a fall loses nothing.
    let g = g.fall();
    assert_eq!(calls(&g, &g.city), None);
    g.rank("电池再生");
    g.care();
    g.clock.advance_ms(61_000);
    g.care();
    let g = g.fall();
    g.rank("电池再生");
    assert_eq!(calls(&g, &g.city), Some((scorer(), 2, 0)));
    g.kernel().settle_plugins().unwrap();
    let g = g.fall();
    assert_eq!(calls(&g, &g.city), Some((scorer(), 2, 0)));
}
