//! Every noun survives JSON, whatever its texts hold.

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::contract::{AchievementView, AttributeValue, Page, RawRecord, Reply, Step};
use crate::*;

/// Reads a noun, writes it, reads it again: the same noun, and nothing that was said is lost.
fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: Value) {
    let noun: T =
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
    let written = serde_json::to_string(&noun).unwrap();
    let read: T =
        serde_json::from_str(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(read, noun, "{written}");
    let bytes: T = serde_json::from_slice(written.as_bytes()).unwrap();
    assert_eq!(bytes, noun);
    let written: Value = serde_json::from_str(&written).unwrap();
    let (Value::Object(given), Value::Object(written)) = (value, written) else { return };
    for (key, value) in given.into_iter().filter(|(_, value)| !value.is_null()) {
        assert!(written.contains_key(&key), "{key} is lost");
        if !value.is_object() && !value.is_array() {
            assert_eq!(written[&key], value, "{key}");
        }
    }
}

const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const AT: &str = "2026-05-20T08:30:00Z";

fn id(prefix: &str) -> String {
    format!("{prefix}_01JSG0Z3M8ABCDEFGHJKMNPQRS")
}

fn facts(t: &str, n: i64) -> Value {
    json!({
        "title": format!("名称{t}"), "summary": format!("简介{t}"), "problem": format!("问题{t}"),
        "advantage": format!("优势{t}"), "economics": format!("经济{t}"), "indicators": format!("指标{t}"),
        "field": "new_energy", "form": "process", "stage": "pilot", "level": "unrated",
        "trl": {"level": 6, "estimated": true, "evidence": t}, "owners": [t, "东南大学"], "inventors": [t],
        "ip": [{"kind": "invention", "number": "CN202111144021.7", "status": "granted"}],
        "registration_no": "9332023Y0123", "owner_declaration": true, "ipc": ["H01M10/54"], "industry": ["3843"],
        "keywords": [t], "transfer_modes": ["trial_first", "some_later_code"], "trial_offered": true,
        "price": {"kind": "fixed", "amount_fen": n}, "secrecy": "public", "contact": format!("电话{t}"),
        "url": format!("https://a.cn/{t}"), "year": 2025
    })
}

fn with(mut value: Value, more: Value) -> Value {
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

fn records(t: &str, n: i64) {
    let text = json!({"zh": format!("中文{t}"), "en": t});
    survives::<AchievementFacts>(facts(t, n));
    for price in [
        json!({"kind": "negotiable"}),
        json!({"kind": "auction", "amount_fen": n}),
        json!({"kind": "auction", "amount_fen": null}),
    ] {
        survives::<Price>(price);
    }
    survives::<Achievement>(with(
        facts(t, n),
        json!({
            "id": id("ach"), "tenant": "city", "state": "published", "created": AT, "updated": AT,
            "ext": {"changxing-newenergy": {"voltage_mv": n, "kind": t, "parts": [t], "sealed": true}}
        }),
    ));
    survives::<Need>(json!({
        "id": id("need"), "tenant": "changxing", "state": "matching", "tier": "county", "title": t, "problem": t,
        "technical_key": t, "target_indicators": t, "tried": t, "base_conditions": t, "budget_fen": n,
        "deadline": "2026-12-31", "cooperation_mode": "license", "secrecy": "summary_only", "enterprise": t,
        "chain": t, "ipc": ["H01M10/54"], "industry": ["3843"], "channel": "visit", "kind": "scenario",
        "submitted_by": id("user"), "created": AT, "updated": AT, "valid_until": "2027-05-20"
    }));
    survives::<Org>(json!({
        "id": id("org"), "name": t, "aliases": [t], "uscc": "12100000400000624D", "kind": "university",
        "division_code": "330500", "industry": ["8341"], "chains": [t], "tenant": "city"
    }));
    survives::<Tenant>(
        json!({"slug": "nantaihu", "name": t, "parent": "city", "division_code": null}),
    );
    survives::<AuditEntry>(json!({
        "at": AT, "actor": t, "tenant": "city", "action": "need.submit", "subject": t, "reason": format!("因{t}"),
        "edges": [{"subject": t, "from": "draft", "to": "submitted"}]
    }));
    survives::<Membership>(json!({
        "achievement": id("ach"), "pool": "changxing-newenergy", "verdict": "unsure", "category": t,
        "reasons": [{"text": text, "evidence": [{"subject": "achievement", "field": "title", "quote": t}]}],
        "rule": DIGEST, "curation": {"action": "pin", "reason": t, "actor": t, "at": AT}, "at": AT
    }));
    survives::<Pool>(json!({
        "slug": "changxing-newenergy", "tenant": "changxing", "plugin": "changxing-newenergy", "rule": null,
        "description": {"label": text, "categories": [{"code": "battery", "label": text, "parent": ""}],
            "own_fields": [{"key": "voltage_mv", "label": text, "kind": "integer", "facet": true}]}
    }));
}

fn runs(t: &str, n: u64) {
    let text = json!({"zh": t, "en": t});
    let raw = json!({"source_id": t, "datestamp": format!("日{t}"), "place": format!("行{t}"), "verbatim": format!("原{t}"),
        "fields": [{"name": "title", "value": t, "origin": t}]});
    survives::<RawRecord>(raw.clone());
    survives::<Source>(json!({
        "slug": "seu-oai", "name": t, "tenant": "city", "connector": "oai-pmh", "config": {"base_url": t},
        "defaults": {"owner": t}, "trust": "partner", "schedule": {"changes": t, "full": t},
        "withdraw_max": {"percent": 5, "records": 100}, "watermark": AT
    }));
    survives::<SourceRecord>(json!({
        "source": "seu-oai", "source_id": t, "digest": DIGEST, "raw": raw, "fetched": AT, "run": id("run"),
        "connector": DIGEST, "status": "rejected", "facts": facts(t, 1), "achievement": id("ach"),
        "rejected": [{"field": "ip", "code": "ip_shape", "value": t, "text": text}]
    }));
    survives::<Run>(json!({
        "id": id("run"), "source": "seu-oai", "connector": DIGEST, "status": "running", "since": AT, "state": t,
        "counts": {"new": n, "merged": 1, "changed": 2, "unchanged": 3, "rejected": 4, "withdrawn": 5, "pages": 6, "warnings": 7},
        "total": n, "complete": true, "started": AT, "updated": AT, "error": text,
        "vanished": {"missing": n, "live": n, "allowed": 1, "decision": "waiting", "by": t, "at": AT},
        "reasons": [{"field": "ip", "code": "ip_shape", "count": n, "text": text}]
    }));
    let factor = json!({"by": "readiness", "key": "stage", "label": text, "weight": 500, "value": 1000,
        "evidence": [{"subject": "need", "field": "problem", "quote": t}]});
    survives::<ScoreRun>(json!({
        "id": id("score"), "need": id("need"), "tenant": "city", "candidates": 200, "retrieval_weight": 400, "answer": "00000000000000000000000000000000000000000000000000000000000000aa",
        "scorers": [{"plugin": "readiness", "digest": DIGEST, "weight": 600, "input": DIGEST, "output": null, "failure": t}],
        "started": AT, "took_us": n
    }));
    survives::<Match>(json!({
        "id": id("match"), "need": id("need"), "achievement": id("ach"), "run": id("score"), "rank": 1, "score": 900,
        "factors": [factor.clone()], "state": "declined", "decline_reason": "too_early", "note": format!("因{t}"), "updated": AT,
        "folded": [id("ach")]
    }));
    survives::<FusionWeights>(json!({
        "revision": n, "retrieval": 300, "scorers": {"readiness": 0, "relevance": 1000}, "by": t, "updated": AT
    }));
    survives::<Feedback>(json!({
        "need": id("need"), "match": id("match"), "kind": "viewed", "rank": 3, "by": t, "at": AT
    }));
    survives::<Push>(json!({
        "need": id("need"), "achievement": id("ach"), "score": 512, "factors": [factor], "scorers": [DIGEST],
        "at": AT
    }));
    let manifest = json!({
        "name": "readiness", "version": "1.2.3", "kind": "niche-pool", "title": text, "description": text, "author": t,
        "reads": [{"field": "achievement.title", "reason": text}],
        "hosts": [{"origin": t, "methods": ["GET"], "reason": text}], "files": text,
        "limits": {"cpu_ms": 50, "memory_mib": 32},
        "config": [{"key": "a", "kind": "texts", "label": text, "required": true, "default": [t]}]
    });
    survives::<Manifest>(manifest.clone());
    survives::<Plugin>(json!({"digest": DIGEST, "bytes": n, "manifest": manifest, "added": AT}));
    survives::<Installation>(json!({
        "tenant": "city", "plugin": "readiness", "digest": DIGEST, "state": "shadow", "config": {"a": [t]},
        "weight": 500, "updated": AT,
        "trial": {"digest": DIGEST, "config": {}, "weight": 0, "stage": {"stage": "canary", "percent": 5},
            "since": AT, "by_rule": true},
        "history": [{"digest": DIGEST, "config": {"a": [t]}, "weight": 1, "until": AT}]
    }));
}

fn contract(t: &str, n: i64) {
    let bytes = json!("AAH/");
    for reply in [
        json!({"case": "http", "status": 200, "url": t, "headers": [{"name": "a", "value": t}], "body": bytes}),
        json!({"case": "files", "files": [{"name": t, "bytes": 3, "modified": AT}]}),
        json!({"case": "file", "content": bytes}),
        json!({"case": "failed", "message": t}),
    ] {
        survives::<Reply>(reply.clone());
        survives::<Case>(
            json!({"name": t, "config": {}, "today": "2026-05-20", "harvest": {"replies": [reply]}}),
        );
    }
    for step in [
        json!({"case": "ask", "request": {"case": "http", "method": "GET", "url": t, "headers": [], "body": ""}, "state": t}),
        json!({"case": "ask", "request": {"case": "list_files"}, "state": t}),
        json!({"case": "ask", "request": {"case": "read_file", "name": t}, "state": t}),
        json!({"case": "page", "records": [{"source_id": t, "fields": []}], "tombstones": [], "warnings": [], "state": t, "total": null}),
        json!({"case": "done", "complete": true, "warnings": []}),
    ] {
        survives::<Step>(step);
    }
    survives::<Page>(
        json!({"records": [], "tombstones": [{"source_id": t, "datestamp": t}], "warnings": [], "state": t, "total": 3}),
    );
    for value in [json!(n), json!(t), json!(true), json!([t])] {
        survives::<AttributeValue>(value);
    }
    let view = json!({"id": t, "title": t, "summary": t, "keywords": [t], "trl": {"level": 6, "estimated": false, "evidence": t},
        "transfer_modes": ["license"], "trial_offered": true, "attributes": [{"key": "price_fen", "value": n}]});
    survives::<AchievementView<'static>>(view.clone());
    survives::<Case>(json!({"name": t, "config": {"a": t}, "today": "2026-05-20",
        "score": {"need": {"title": t}, "achievements": [view], "order": [t], "scores": {"a": [0, 1000]}, "evidence": {"a": {"stage": ["stage"]}}}}));
    survives::<Case>(json!({"name": t, "config": {}, "today": "2026-05-20",
        "classify": {"achievements": [view], "expect": {"a": {"verdict": "in", "category": t, "fields": {"x": n}}}}}));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn every_noun_survives_json(text: String, number: i64) {
        records(&text, number);
        runs(&text, number.unsigned_abs());
        contract(&text, number);
    }
}

#[test]
fn what_is_not_known_is_refused_where_authors_write() {
    let error = serde_json::from_value::<Case>(
        json!({"name": "a", "harvest": {"replies": [], "recrods": []}}),
    )
    .unwrap_err();
    assert!(error.to_string().contains("recrods"), "{error}");
    assert!(
        serde_json::from_value::<Case>(
            json!({"name": "a", "harvest": {"replies": []}, "tody": "2026-05-20"})
        )
        .is_err()
    );
    assert!(serde_json::from_value::<Case>(json!({"name": "a", "harvest": {"replies": []}, "classify": {"achievements": [], "expect": {}}})).is_err());
    let manifest = json!({"name": "a", "version": "1.0.0", "kind": "scorer", "title": {"zh": "a"}, "description": {"zh": "a"}, "author": "a", "read": []});
    assert!(
        serde_json::from_value::<Manifest>(manifest).unwrap_err().to_string().contains("`read`")
    );
    for (file, name) in [
        (json!({"file": "page1.xml"}), "page1.xml"),
        (json!({"file": "a.csv", "kind": "file"}), "a.csv"),
    ] {
        match serde_json::from_value::<CaseReply>(file).unwrap() {
            CaseReply::File { file, .. } => assert_eq!(file, name),
            other => panic!("{other:?}"),
        }
    }
}
