//! What goes with answers, over HTTP: weights, why not, what is similar, teams, feedback, pushes.

use serde_json::{Value, json};
use taihu_service::Role;

use super::town::{CONTACT, Town, need};

const MANAGER: Option<(Role, &str)> = Some((Role::Manager, "deqing"));
const DISTRICT: Option<(Role, &str)> = Some((Role::District, "deqing"));
const ENTERPRISE: Option<(Role, &str)> = Some((Role::Enterprise, "deqing"));

/// A published need of deqing's enterprise.
async fn published(town: &Town, need: Value) -> String {
    let needs = "/v1/tenants/deqing/needs";
    let made = town.ask("POST", needs, ENTERPRISE, Some(need)).await.must(201);
    let id = made["need"]["id"].as_str().unwrap().to_owned();
    let path = json!({"path": ["triaged", "published"]});
    town.ask("POST", &format!("{needs}/{id}/state"), DISTRICT, Some(path)).await.must(200);
    id
}

#[tokio::test]
async fn weights_are_read_and_set_by_revision() {
    let town = Town::new();
    let path = "/v1/tenants/deqing/weights";
    let begun = town.ask("GET", path, ENTERPRISE, None).await.must(200);
    let begun = &begun["weights"];
    assert_eq!((&begun["revision"], &begun["retrieval"]), (&json!(0), &json!(300)));
    let body = |revision: u64, weight: u64| json!({"expected_revision": revision, "retrieval": weight, "scorers": {"relevance": 0}});
    let set = town.ask("PUT", path, DISTRICT, Some(body(0, 400))).await.must(200);
    let set = &set["weights"];
    assert_eq!((&set["revision"], &set["retrieval"]), (&json!(1), &json!(400)));
    let stale = town.ask("PUT", path, DISTRICT, Some(body(0, 500))).await.must(409);
    assert!(stale["detail_en"].as_str().unwrap().contains("revision 1"), "{stale}");
    let wrong = town.ask("PUT", path, DISTRICT, Some(body(1, 0))).await.must(422);
    assert_eq!(wrong["faults"][0]["field"], "retrieval", "{wrong}");
    town.ask("PUT", path, MANAGER, Some(body(1, 500))).await.must(403);
    let tuning = town.ask("GET", &format!("{path}/tuning"), DISTRICT, None).await.must(200);
    let tuning = &tuning["tuning"];
    assert_eq!((&tuning["needs"], &tuning["proposed"]), (&json!(0), &Value::Null), "{tuning}");
    let refused = town.ask("POST", &format!("{path}/tuning"), DISTRICT, None).await.must(409);
    assert!(refused["detail_en"].as_str().unwrap().contains("wanted"), "{refused}");
    let ranking = town.ask("POST", "/v1/tenants/deqing/rankings", MANAGER, Some(need())).await;
    let ranking = ranking.must(200);
    let ranking = &ranking["ranking"];
    assert_eq!(
        (&ranking["weights_revision"], &ranking["retrieval_weight"]),
        (&json!(1), &json!(400))
    );
    assert!(ranking["diversity"]["zh"].as_str().unwrap().contains("同一团队"), "{ranking}");
}

#[tokio::test]
async fn what_goes_with_an_answer_is_asked_over_http() {
    let town = Town::new();
    let id = published(&town, need()).await;
    let other = published(&town, need()).await;
    let (achievements, _) = town.import("deqing");
    while town.kernel().push_achievements().unwrap() > 0 {}
    let at = |rest: &str| format!("/v1/tenants/deqing/needs/{id}/{rest}");

    let pushes = town.ask("GET", "/v1/tenants/deqing/pushes", ENTERPRISE, None).await.must(200);
    let pushes = pushes["pushes"].as_array().unwrap().clone();
    assert_eq!(pushes.len(), 4, "two achievements to two needs: {pushes:?}");
    assert_eq!(pushes[0]["need_title"], "动力电池热失控早期预警");
    let elsewhere = Some((Role::Auditor, "deqing"));
    town.ask("GET", "/v1/tenants/deqing/pushes", elsewhere, None).await.must(403);

    let path = format!("/v1/tenants/deqing/achievements/{}/needs", achievements[0]);
    let needs = town.ask("GET", &path, MANAGER, None).await.must(200);
    let mut found: Vec<_> =
        needs["needs"].as_array().unwrap().iter().map(|it| it["need"]["id"].clone()).collect();
    found.sort_by_key(ToString::to_string);
    let mut both = vec![json!(id), json!(other)];
    both.sort_by_key(ToString::to_string);
    assert_eq!(found, both);
    assert_eq!(needs["needs"][0]["need"]["enterprise"], "浙江某新能源有限公司");

    let matched = town.ask("POST", &at("matches"), MANAGER, None).await.must(200);
    let first = matched["matches"][0].clone();
    assert_eq!((&first["folded"], &first["folded_zh"]), (&json!([]), &json!("")));
    let quote = first["factors"][0]["evidence"][0]["quote"].as_str().unwrap();
    assert!(quote.chars().count() > 2, "{quote}");
    let seen = json!({"kind": "shown", "matches": [first["id"]]});
    let noted = town.ask("POST", &at("feedback"), MANAGER, Some(seen.clone())).await.must(200);
    assert_eq!(noted["feedback"][0]["kind_zh"], "已展示", "{noted}");
    let again = town.ask("POST", &at("feedback"), MANAGER, Some(seen.clone())).await.must(200);
    assert_eq!(again["feedback"], json!([]));
    town.ask("POST", &at("feedback"), ENTERPRISE, Some(seen)).await.must(404);
    let listed = town.ask("GET", &at("feedback"), DISTRICT, None).await.must(200);
    assert_eq!(listed["feedback"].as_array().map(Vec::len), Some(1));

    let why = town.ask("GET", &at(&format!("why-not/{}", achievements[0])), MANAGER, None).await;
    let why = why.must(200);
    assert_eq!(why["why_not"]["standing"], "shown", "{why}");
    // The third has too short a summary to be published: who may not see it is told nothing.
    let hidden = at(&format!("why-not/{}", achievements[2]));
    town.ask("GET", &hidden, MANAGER, None).await.must(404);
    let why = town.ask("GET", &hidden, DISTRICT, None).await.must(200);
    assert_eq!(why["why_not"]["standing"], "not_published", "{why}");
    assert!(why["why_not"]["reasons"][0]["zh"].as_str().unwrap().contains("已发布"), "{why}");

    let similar = town.ask("GET", &at("similar"), MANAGER, None).await.must(200);
    assert_eq!(similar["similar"][0]["need"]["id"], json!(other), "{similar}");
    assert_eq!(similar["similar"][0]["likeness"], 1000);
    let path = format!("/v1/achievements/{}/similar", achievements[0]);
    let similar = town.ask("GET", &path, None, None).await.must(200);
    assert_eq!(similar["similar"][0]["achievement"]["id"], json!(achievements[1]));

    let teams = town.ask("GET", &at("teams"), MANAGER, None).await;
    assert!(!teams.text.contains(CONTACT));
    let teams = teams.must(200);
    assert_eq!(teams["teams"][0]["organisation"], "deqing研究院", "{teams}");
    assert_eq!(teams["teams"][0]["achievements"].as_array().map(Vec::len), Some(2));
}
