//! A pool comes to be what its rule says, whichever version that is: by itself, and whatever happens.

use std::collections::BTreeSet;

use serde_json::json;
use taihu_model::{CurationAction, PluginName, PoolSlug};
use taihu_service::{Filter, Promotion, Refill};

use crate::ground::{Ground, import, version};

fn name() -> PluginName {
    "steered-pool".parse().unwrap()
}

fn slug() -> PoolSlug {
    "steered-pool".parse().unwrap()
}

impl Ground {
    /// Installs the `minor`th version of the pool's rule: who has the word belongs.
    fn rule(&self, minor: u64, word: &str) {
        self.install(&version("steered-pool", minor, json!({ "word": word })));
    }

    fn members(&self) -> BTreeSet<String> {
        let page = self.kernel().memberships(&self.caller, &slug(), None, 200).unwrap();
        let inside = page.members.into_iter().filter(|(one, _)| one.is_in());
        inside.map(|(_, it)| it.facts.title).collect()
    }

    /// Which version judged, which serves, and how far a refill is.
    fn standing(&self) -> (Option<String>, Option<String>, Option<Refill>) {
        let it = self.kernel().pool_standing(&self.caller, &slug()).unwrap();
        (it.judged_by, it.serving, it.refill)
    }

    #[track_caller]
    fn check_standing(&self, judged_by: &str, serving: &str, refill: Option<Refill>) {
        let named = |version: &str| Some(version.to_owned()).filter(|it| !it.is_empty());
        assert_eq!(self.standing(), (named(judged_by), named(serving), refill));
    }
}

fn titles(subjects: &[&str]) -> BTreeSet<String> {
    subjects.iter().map(|it| format!("退役磷酸铁锂电池{it}技术")).collect()
}

#[test]
fn a_pool_is_judged_again_when_its_rule_is_promoted_and_when_it_goes_back() {
    let g = Ground::new();
    let kernel = g.kernel();
    g.rule(1, "回收");
    g.enable(&name());
    g.check_standing("", "0.1.0", Some(Refill::Waiting));
    g.care();
    g.check_standing("0.1.0", "0.1.0", None);
    assert_eq!(g.members(), titles(&["电解液回收", "铜箔回收"]));
    // A person's word: one in, one out.
    let found = |word: &str| {
        kernel.find_achievements(&g.caller, word, Filter::default(), 0, 1).unwrap().achievements[0]
            .id
    };
    let (pinned, excluded) = (found("余能检测"), found("铜箔回收"));
    let curate = |id, action| kernel.curate(&g.caller, &slug(), id, Some(action), "急需").unwrap();
    curate(pinned, CurationAction::Pin);
    curate(excluded, CurationAction::Exclude);

    g.rule(2, "再生");
    g.care();
    g.check_standing("0.1.0", "0.1.0", None);
    g.enable(&name());
    g.check_standing("0.1.0", "0.2.0", Some(Refill::Waiting));
    g.care();
    g.check_standing("0.2.0", "0.2.0", None);
    assert_eq!(g.members(), titles(&["极片再生", "短流程再生", "余能检测"]));

    kernel.roll_back(&g.caller, &g.city, &name(), "规则有误").unwrap();
    g.care();
    g.check_standing("0.1.0", "0.1.0", None);
    assert_eq!(g.members(), titles(&["电解液回收", "余能检测"]));
    let log = kernel.log(&g.caller, &g.city, 0, 10_000).unwrap();
    let fills = log.iter().filter(|entry| entry.audit.action == "pool.fill");
    assert!(fills.clone().count() == 3 && fills.clone().all(|it| it.audit.actor == "kernel"));
    g.clock.advance_ms(120_000);
    g.care();
    let later = kernel.log(&g.caller, &g.city, log.last().unwrap().seq, 100).unwrap();
    let of_pools = |it: &&taihu_service::LogEntry| it.audit.action.starts_with("pool.");
    assert_eq!(later.iter().filter(of_pools).count(), 0, "once is enough");
}

#[test]
fn a_share_and_other_settings_are_judged_too_and_a_shadow_is_not() {
    let g = Ground::new();
    g.rule(1, "回收");
    g.enable(&name());
    g.care();
    g.rule(2, "再生");
    g.kernel().shadow(&g.caller, &g.city, &name(), false).unwrap();
    g.care();
    assert_eq!(g.members(), titles(&["电解液回收", "铜箔回收"]));
    g.kernel().promote(&g.caller, &g.city, &name(), Promotion::Percent(99)).unwrap();
    g.care();
    assert!(g.members().iter().any(|title| title.contains("再生")), "{:?}", g.members());
    g.kernel().roll_back(&g.caller, &g.city, &name(), "规则有误").unwrap();
    g.care();
    assert_eq!(g.members(), titles(&["电解液回收", "铜箔回收"]));
    // The same version, configured otherwise.
    let file = version("steered-pool", 1, json!({ "word": "回收" }));
    let config = serde_json::from_value(json!({ "word": "检测" })).unwrap();
    let signature = crate::signing::sign(g.kernel(), &file);
    let options = taihu_service::InstallOptions { config, signature, ..Default::default() };
    g.kernel().install(&g.caller, &g.city, &file, options).unwrap();
    g.care();
    assert_eq!(g.members(), titles(&["余能检测"]));
}

#[test]
fn a_refill_goes_on_after_a_fall_and_is_in_nobodys_way() {
    let g = Ground::new();
    let subjects: Vec<String> = (0..1_100).map(|n| format!("第{n}号回收")).collect();
    import(g.kernel(), &g.caller, &subjects.iter().map(String::as_str).collect::<Vec<_>>());
    g.rule(1, "回收");
    g.enable(&name());
    assert!(g.kernel().care_for_plugins().unwrap() > 0);
    let Some(Refill::UnderWay { judged }) = g.standing().2 else { panic!("{:?}", g.standing()) };
    assert!((900..=1_000).contains(&judged), "{judged}: a part at a time");
    // An end of the process does not wait for it.
    g.kernel().settle_plugins().unwrap();
    assert!(g.standing().2.is_some());
    let g = g.fall();
    g.check_standing("", "0.1.0", Some(Refill::Waiting));
    g.care();
    g.check_standing("0.1.0", "0.1.0", None);
    let size = g.kernel().pool_standing(&g.caller, &slug()).unwrap().members;
    assert_eq!(size, 1_100, "the twelve of before have other titles now");
    // Who fills by hand meanwhile gets the same, and nothing is left to do.
    g.rule(2, "再生");
    g.enable(&name());
    g.kernel().care_for_plugins().unwrap();
    let filled = g.kernel().fill_pool(&g.caller, &slug(), &mut |_| {}).unwrap();
    assert_eq!((filled.judged, filled.members), (1_100, 0));
    g.check_standing("0.2.0", "0.2.0", None);
    assert_eq!(g.kernel().care_for_plugins().unwrap(), 0);
}

#[test]
fn a_rule_that_fails_stops_its_refill_and_another_version_is_tried() {
    let g = Ground::new();
    g.rule(1, "回收");
    g.enable(&name());
    g.care();
    let broken = version("steered-pool", 2, json!({ "panic_on": "湿法浸出" }));
    g.install(&broken);
    g.enable(&name());
    g.care();
    g.check_standing("0.1.0", "0.2.0", Some(Refill::Stopped));
    assert_eq!(g.members(), titles(&["电解液回收", "铜箔回收"]), "what was judged stays");
    g.rule(3, "再生");
    g.enable(&name());
    g.care();
    g.check_standing("0.3.0", "0.3.0", None);
}
