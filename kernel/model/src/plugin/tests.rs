//! Manifests and configurations, good and bad.

use serde_json::json;

use super::*;

fn manifest(change: impl FnOnce(&mut serde_json::Value)) -> Manifest {
    let mut value = json!({
        "name": "oai-pmh", "version": "1.0.0", "kind": "connector",
        "title": {"zh": "OAI-PMH连接器"}, "description": {"zh": "读取机构知识库"}, "author": "湖州市科技局",
        "hosts": [{"origin": "config:base_url", "methods": ["GET"], "reason": {"zh": "读取成果"}}],
        "config": [
            {"key": "base_url", "kind": "url", "label": {"zh": "地址"}, "required": true},
            {"key": "page", "kind": "integer", "label": {"zh": "页长"}, "default": 100},
            {"key": "sets", "kind": "texts", "label": {"zh": "集合"}},
            {"key": "fields", "kind": "table", "label": {"zh": "映射"}},
            {"key": "strict", "kind": "boolean", "label": {"zh": "严格"}, "default": false},
            {"key": "prefix", "kind": "text", "label": {"zh": "格式"}}
        ]
    });
    change(&mut value);
    serde_json::from_value(value).unwrap()
}

fn scorer(value: &mut serde_json::Value) {
    value["kind"] = json!("scorer");
    value["hosts"] = json!([]);
}

#[track_caller]
fn check(change: impl FnOnce(&mut serde_json::Value), place: &str, says: &str) {
    let faults = manifest(change).check();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].place, place);
    assert!(faults[0].text.en.contains(says), "{faults:?}");
    assert!(!faults[0].text.zh.is_empty());
}

#[test]
fn a_manifest_is_checked_by_itself() {
    assert_eq!(manifest(|_| {}).check(), []);
    let wish = |field: &str| json!([{"field": field, "reason": {"zh": "评分"}}]);
    assert_eq!(
        manifest(|v| {
            scorer(v);
            v["reads"] = wish("need.title");
        })
        .check(),
        []
    );
    check(
        |v| {
            scorer(v);
            v["reads"] = wish("achievement.url");
        },
        "reads[0].field",
        "there is no field",
    );
    check(
        |v| {
            scorer(v);
            v["kind"] = json!("niche-pool");
            v["reads"] = wish("need.title");
        },
        "reads[0].field",
        "sees no needs",
    );
    check(
        |v| {
            scorer(v);
            v["reads"] = json!([wish("need.title")[0], wish("need.title")[0]]);
        },
        "reads[1].field",
        "twice",
    );
    check(|v| v["reads"] = wish("need.title"), "reads", "a connector reads no records");
    check(|v| v["kind"] = json!("scorer"), "hosts", "only a connector asks hosts");
    check(
        |v| {
            scorer(v);
            v["files"] = json!({"zh": "读取"});
        },
        "files",
        "only a connector reads files",
    );
    check(
        |v| v["hosts"][0]["origin"] = json!("config:page"),
        "hosts[0].origin",
        "no key \"page\" of kind url",
    );
    check(
        |v| v["hosts"][0]["origin"] = json!("https://a.cn/oai"),
        "hosts[0].origin",
        "leave \"/oai\" out",
    );
    check(|v| v["hosts"][0]["methods"] = json!(["PUT"]), "hosts[0].methods", "want GET, POST");
    check(|v| v["hosts"][0]["reason"] = json!({"zh": " "}), "hosts[0].reason", "Chinese text");
    check(|v| v["limits"] = json!({"cpu_ms": 2001}), "limits.cpu_ms", "want 1 to 2000, not 2001");
    check(|v| v["limits"] = json!({"memory_mib": 0}), "limits.memory_mib", "want 1 to 256, not 0");
    check(|v| v["config"][1]["key"] = json!("base_url"), "config[1].key", "twice");
    check(|v| v["config"][1]["key"] = json!("Page"), "config[1].key", "is no key");
    check(
        |v| v["config"][1]["default"] = json!("100"),
        "config[1].default",
        "want a whole number, not \"100\"",
    );
    check(|v| v["author"] = json!(""), "author", "name the organisation");
    check(
        |v| v["title"]["zh"] = json!("字".repeat(501)),
        "title",
        "at most 500 characters, not 501",
    );
}

#[test]
fn a_configuration_is_filled_and_checked() {
    let url = json!("https://repository.example.edu.cn/oai");
    let given =
        json!({"base_url": url, "sets": ["a"], "fields": {"题名": "title"}, "prefix": null});
    let config = manifest(|_| {}).configure(given.as_object().unwrap()).unwrap();
    let wanted = json!({"base_url": url, "sets": ["a"], "fields": {"题名": "title"}, "page": 100, "strict": false});
    assert_eq!(serde_json::Value::Object(config.clone()), wanted);
    // What was filled stays as it is.
    assert_eq!(manifest(|_| {}).configure(&config).unwrap(), config);
}

#[track_caller]
fn refuse(given: serde_json::Value, key: &str, says: &str) {
    let faults = manifest(|_| {}).configure(given.as_object().unwrap()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].key, key);
    assert!(faults[0].text.en.contains(says), "{faults:?}");
}

#[test]
fn a_wrong_configuration_is_refused() {
    let url = "https://a.cn/oai";
    refuse(json!({}), "base_url", "must be set");
    refuse(json!({"base_url": null}), "base_url", "must be set");
    refuse(json!({"base_url": "a.cn"}), "base_url", "https://");
    refuse(json!({"base_url": 1}), "base_url", "want a URL");
    refuse(
        json!({"base_url": url, "pages": 3}),
        "pages",
        "there are base_url, page, sets, fields, strict, prefix",
    );
    refuse(json!({"base_url": url, "page": 1.5}), "page", "want a whole number, not 1.5");
    refuse(json!({"base_url": url, "sets": "a"}), "sets", "want a list of texts");
    refuse(json!({"base_url": url, "sets": [1]}), "sets", "want a list of texts");
    refuse(json!({"base_url": url, "fields": {"a": []}}), "fields", "want an object");
    refuse(json!({"base_url": url, "strict": "yes"}), "strict", "true or false");
    refuse(json!({"base_url": url, "prefix": "x".repeat(8193)}), "prefix", "at most 8 KiB");
    let many: Vec<String> = (0..20).map(|_| "x".repeat(8000)).collect();
    refuse(json!({"base_url": url, "sets": many}), "", "at most 65536");
    // Every fault is named, not only the first.
    let faults =
        manifest(|_| {}).configure(json!({"a": 1, "b": 2}).as_object().unwrap()).unwrap_err();
    assert_eq!(
        faults.iter().map(|fault| fault.key.as_str()).collect::<Vec<_>>(),
        ["a", "b", "base_url"]
    );
}
