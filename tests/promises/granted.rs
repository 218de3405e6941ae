//! What is tried and kept for authors is held to what was granted, not to what a manifest asks for.

use serde_json::json;
use taihu_model::{GrantRequest, LimitWish};
use taihu_service::{InstallOptions, pack, replay_capsule, unpack};

use crate::ground::{Ground, scorer, v};

/// A scorer that wishes for two seconds, is granted its fields only, and needs more than the 50 ms
/// that are left for a heavy need.
fn ground() -> Ground {
    let g = Ground::new();
    let file = v(1, json!({ "rounds": 30_000_000, "heavy_on": "重活" }));
    let (mut manifest, cases, component) = unpack(&file).unwrap();
    manifest.limits = LimitWish { cpu_ms: Some(2_000), memory_mib: None };
    let file = pack(&component, &manifest, &cases).unwrap();
    let signature = crate::signing::sign(g.kernel(), &file);
    let options = InstallOptions { weight: Some(1000), signature, ..InstallOptions::default() };
    g.kernel().install(&g.caller, &g.city, &file, options).unwrap();
    let fields = ["achievement.title", "need.title"].map(str::to_owned).into();
    let request = GrantRequest { fields, ..GrantRequest::default() };
    g.kernel().grant_plugin(&g.caller, &g.city, &scorer(), &request).unwrap();
    g.enable(&scorer());
    g
}

#[test]
fn an_open_breaker_is_tried_within_what_was_granted() {
    let g = ground();
    let failure = |title: &str| g.rank(title).scorers[0].failure.clone().unwrap_or_default();
    for _ in 0..5 {
        assert!(failure("重活").contains("may use 50.0 ms"));
    }
    assert!(failure("重活").contains("已暂停"));
    g.clock.advance_ms(30_000);
    g.care();
    assert!(failure("重活").contains("已暂停"), "it fails as it would if it were called");
    // Once it may use more, it is tried with more.
    let request = GrantRequest { all: true, ..GrantRequest::default() };
    g.kernel().grant_plugin(&g.caller, &g.city, &scorer(), &request).unwrap();
    g.clock.advance_ms(60_000);
    g.care();
    assert_eq!(failure("重活"), "");
}

#[test]
fn a_capsule_fails_within_what_was_granted_on_its_authors_machine_too() {
    let g = ground();
    assert!(g.rank("重活").degraded);
    g.care();
    let kept = g.kernel().capsules(&g.caller, &g.city, &scorer()).unwrap();
    assert!(kept.len() == 1 && kept[0].reproduces, "{kept:?}");
    let file = g.kernel().capsule(&g.caller, &g.city, &scorer(), kept[0].id).unwrap();
    let replayed = replay_capsule(&file).unwrap();
    assert!(replayed.same, "{replayed:?}");
}

#[test]
fn a_second_person_is_told_that_there_is_nothing_to_agree_to_yet() {
    let g = Ground::new();
    let second = |name: &str| {
        g.kernel().second_grant(&g.caller, &g.city, &name.parse().unwrap()).unwrap_err()
    };
    assert_eq!(second("steered-scorer").code(), "not_found");
    let file = v(1, json!({}));
    let signature = crate::signing::sign(g.kernel(), &file);
    let options = InstallOptions { signature, ..InstallOptions::default() };
    g.kernel().install(&g.caller, &g.city, &file, options).unwrap();
    let error = second("steered-scorer");
    assert_eq!(error.code(), "conflict", "{error}");
    assert!(error.zh().contains("先由一人授权"), "{}", error.zh());
}
