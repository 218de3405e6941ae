//! A plugin of the city's that fails one tenant's calls is taken from that tenant, and from nobody else.

use serde_json::json;
use taihu_model::{InstallationState, TenantSlug};

use crate::ground::{Ground, scorer, v};

impl Ground {
    fn scorers(&self, tenant: &TenantSlug, title: &str) -> Vec<Option<String>> {
        let ranking = self.kernel().rank(&self.caller, tenant, Self::facts(title)).unwrap();
        assert!(!ranking.ranked.is_empty(), "everything stays usable");
        ranking.scorers.into_iter().map(|one| one.failure).collect()
    }

    /// Lets its breaker open for a tenant until the third time.
    fn fail_for(&self, tenant: &TenantSlug) {
        for wait_s in [30, 60, 120] {
            assert_eq!(self.withheld(tenant), [""; 0]);
            while !self.scorers(tenant, "坏")[0].as_ref().unwrap().contains("已暂停") {}
            self.care();
            self.clock.advance_ms(wait_s * 1_000);
            self.care();
        }
    }

    fn withheld(&self, tenant: &TenantSlug) -> Vec<String> {
        let all = self.kernel().withheld(&self.caller, tenant).unwrap();
        all.into_iter().map(|one| format!("{} {}", one.plugin, one.cause)).collect()
    }
}

#[test]
fn a_plugin_that_fails_one_tenant_is_withheld_from_it_until_a_person_releases_it() {
    let g = Ground::new();
    let (anji, deqing): (TenantSlug, TenantSlug) =
        ("anji".parse().unwrap(), "deqing".parse().unwrap());
    g.install(&v(1, json!({ "panic_on": "坏" })));
    g.enable(&scorer());
    g.scorers(&anji, "电池再生");
    g.fail_for(&anji);
    assert_eq!(g.withheld(&anji), ["steered-scorer trap"]);
    assert!(g.scorers(&anji, "电池再生").is_empty(), "it is not asked for this tenant");
    for other in [&deqing, &g.city] {
        assert_eq!(g.scorers(other, "电池再生"), [None], "nobody else goes without");
        assert_eq!(g.withheld(other), [""; 0]);
    }
    assert_eq!(g.installation(&scorer()).state, InstallationState::Enabled);
    // It outlives the kernel, whose memory of breakers does not.
    let g = g.fall();
    g.clock.advance_ms(86_400_000);
    g.care();
    assert!(g.scorers(&anji, "电池再生").is_empty());
    let error = g.kernel().release(&g.caller, &deqing, &scorer(), "看错了").unwrap_err();
    assert_eq!(error.code(), "not_found", "{error}");
    g.kernel().release(&g.caller, &anji, &scorer(), "数据已更正").unwrap();
    assert_eq!(g.scorers(&anji, "电池再生"), [None]);
    let log = g.kernel().log(&g.caller, &anji, 0, 1_000).unwrap();
    let steps: Vec<_> = log
        .iter()
        .filter(|entry| entry.audit.subject == scorer().as_str())
        .map(|entry| (entry.audit.action.as_str(), entry.audit.actor.as_str()))
        .collect();
    assert_eq!(steps[0], ("plugin.withhold", "kernel"));
    assert_eq!((steps.len(), steps[1].0), (2, "plugin.release"));
}

#[test]
fn who_was_released_begins_anew_and_another_version_is_called() {
    let g = Ground::new();
    let anji: TenantSlug = "anji".parse().unwrap();
    g.install(&v(1, json!({ "panic_on": "坏" })));
    g.enable(&scorer());
    g.scorers(&anji, "电池再生");
    g.fail_for(&anji);
    g.kernel().release(&g.caller, &anji, &scorer(), "再试一次").unwrap();
    assert!(g.scorers(&anji, "坏")[0].as_ref().unwrap().contains("unreachable"));
    assert_eq!(g.scorers(&anji, "电池再生"), [None], "one failure opens nothing");
    g.fail_for(&anji);
    assert!(g.scorers(&anji, "电池再生").is_empty());
    g.install(&v(2, json!({})));
    g.enable(&scorer());
    assert_eq!(g.scorers(&anji, "坏"), [None]);
}
