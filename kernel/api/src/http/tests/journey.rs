//! The main journey over HTTP: searched, published, submitted, matched, accepted and declined.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use taihu_service::Role;

use super::town::{CONTACT, Town, need};

const CITY: Option<(Role, &str)> = Some((Role::City, "city"));
const DISTRICT: Option<(Role, &str)> = Some((Role::District, "deqing"));
const ENTERPRISE: Option<(Role, &str)> = Some((Role::Enterprise, "deqing"));
const MANAGER: Option<(Role, &str)> = Some((Role::Manager, "deqing"));
const AUDITOR: Option<(Role, &str)> = Some((Role::Auditor, "deqing"));
const NEEDS: &str = "/v1/tenants/deqing/needs";

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

#[tokio::test]
async fn the_public_finds_what_is_published_and_pages_through_it() {
    let town = Town::new();
    let (mine, _) = town.import("deqing");
    let found = town.ask("GET", "/v1/achievements?q=%E7%94%B5%E6%B1%A0", None, None).await;
    assert_eq!(found.header("cache-control"), "no-cache");
    let found = found.must(200);
    assert_eq!((found["total"].as_u64(), &found["next"]), (Some(2), &Value::Null), "{found:#}");
    assert_eq!(found["achievements"][0]["state_zh"], "已发布");
    let all = town.ask("GET", "/v1/achievements?tenant=deqing", CITY, None).await;
    assert_eq!(all.header("cache-control"), "private, no-store");
    assert_eq!(all.must(200)["total"], 3);

    let mut seen = Vec::new();
    let mut path = "/v1/achievements?limit=1".to_owned();
    loop {
        let page = town.ask("GET", &path, None, None).await.must(200);
        seen.push(text(&page["achievements"][0]["id"]).to_owned());
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/achievements?limit=1&cursor={next}"),
            None => break,
        }
    }
    seen.sort();
    let mut published = mine[..2].to_vec();
    published.sort();
    assert_eq!(seen, published);

    let hidden = format!("/v1/achievements/{}", mine[2]);
    town.ask("GET", &hidden, None, None).await.must(404);
    town.ask("GET", &hidden, DISTRICT, None).await.must(200);
}

#[tokio::test]
async fn contact_data_never_comes_out() {
    let town = Town::new();
    let (mine, run) = town.import("deqing");
    for path in [
        "/v1/achievements".to_owned(),
        format!("/v1/achievements/{}", mine[0]),
        format!("/v1/achievements/{}/sources", mine[0]),
        format!("/v1/runs/{run}/rejections"),
        "/v1/tenants/deqing/sources".to_owned(),
    ] {
        let seen = town.ask("GET", &path, CITY, None).await;
        assert!(seen.status.is_success() && !seen.text.contains(CONTACT), "{path}: {}", seen.text);
    }
}

#[tokio::test]
async fn an_achievement_is_moved_along_its_edges_only() {
    let town = Town::new();
    let (mine, run) = town.import("deqing");
    let path = format!("/v1/achievements/{}/state", mine[0]);
    let to = |state: &str| Some(json!({"to": state, "reason": "复核"}));
    let moved = town.ask("POST", &path, DISTRICT, to("suspended")).await.must(200);
    assert_eq!(moved["achievement"]["state_zh"], "已暂停");
    let illegal = town.ask("POST", &path, DISTRICT, to("archived")).await.must(409);
    assert_eq!(illegal["code"], "illegal_edge");
    let unknown = town.ask("POST", &path, DISTRICT, to("lost")).await.must(422);
    assert_eq!(unknown["faults"][0]["field"], "to");

    let run = town.ask("GET", &format!("/v1/runs/{run}"), DISTRICT, None).await.must(200);
    assert_eq!((&run["run"]["status"], &run["run"]["counts"]["new"]), (&json!("done"), &json!(3)));
    let path = format!("/v1/runs/{}/rejections?limit=1", text(&run["run"]["id"]));
    let rejected = town.ask("GET", &path, DISTRICT, None).await.must(200);
    assert_eq!(rejected["rejections"][0]["source_id"], "deqing-3", "{rejected:#}");
    let lines = town
        .ask(
            "POST",
            "/v1/tenants/deqing/sources/deqing-lines/runs",
            DISTRICT,
            Some(json!({"mode": "full"})),
        )
        .await;
    assert_eq!(lines.must(409)["code"], "conflict");
}

#[tokio::test]
async fn from_a_need_to_an_accepted_recommendation() {
    let town = Town::new();
    town.import("deqing");
    let once = |key: &str| {
        let mut body = need();
        body["tried"] = json!(key);
        Request::builder()
            .method("POST")
            .uri(NEEDS)
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", town.token(Role::Enterprise, "deqing")))
            .header("idempotency-key", "first-try")
            .body(Body::from(body.to_string()))
            .unwrap()
    };
    let submitted = town.send(once("无")).await;
    let location = submitted.header("location").to_owned();
    let submitted = submitted.must(201);
    let id = text(&submitted["need"]["id"]);
    assert_eq!(location, format!("{NEEDS}/{id}"));
    assert_eq!(town.send(once("无")).await.must(201)["need"]["id"], id);
    assert_eq!(town.send(once("另一个")).await.must(409)["code"], "conflict");

    let matches = format!("{location}/matches");
    assert_eq!(town.ask("POST", &matches, MANAGER, None).await.must(409)["code"], "conflict");
    let path = Some(json!({"path": ["triaged", "published"], "reason": "材料齐全"}));
    let moved = town.ask("POST", &format!("{location}/state"), DISTRICT, path).await.must(200);
    assert_eq!(moved["need"]["state"], "published");

    let ranked =
        town.ask("POST", "/v1/tenants/deqing/rankings", MANAGER, Some(need())).await.must(200);
    assert_eq!(ranked["ranking"]["ranked"].as_array().map(Vec::len), Some(2), "{ranked:#}");
    let matched = town.ask("POST", &matches, MANAGER, None).await.must(200);
    assert_eq!(
        (matched["matches"].as_array().map(Vec::len), &matched["repeated"]),
        (Some(2), &json!(false))
    );
    assert_eq!(town.ask("POST", &matches, MANAGER, None).await.must(200)["repeated"], true);

    let step = async |found: usize, step: &str, who, body| {
        let path = format!("{matches}/{}/{step}", text(&matched["matches"][found]["id"]));
        town.ask("POST", &path, who, body).await
    };
    assert_eq!(
        step(0, "accept", ENTERPRISE, None).await.status.as_u16(),
        404,
        "not yet recommended"
    );
    for found in 0..2 {
        step(found, "shortlist", MANAGER, None).await.must(200);
        step(found, "recommend", MANAGER, None).await.must(200);
    }
    let seen = town.ask("GET", &matches, ENTERPRISE, None).await.must(200);
    assert_eq!(seen["matches"].as_array().map(Vec::len), Some(2));
    assert!(!text(&seen["matches"][0]["achievement"]["title"]).is_empty());
    let accepted = step(0, "accept", ENTERPRISE, Some(json!({"note": "先试用"}))).await.must(200);
    assert_eq!(
        (&accepted["match"]["state_zh"], &accepted["match"]["note"]),
        (&json!("已采纳"), &json!("先试用"))
    );
    let why = |reason: &str| Some(json!({"reason": reason}));
    assert_eq!(
        step(1, "decline", ENTERPRISE, why("no_such")).await.must(422)["faults"][0]["field"],
        "reason"
    );
    let declined = step(1, "decline", ENTERPRISE, why("too_early")).await.must(200);
    assert_eq!(declined["match"]["decline_reason_zh"], "成熟度不足");

    let log = town.ask("GET", "/v1/tenants/deqing/log?limit=200", AUDITOR, None).await.must(200);
    let actions: Vec<_> =
        log["entries"].as_array().unwrap().iter().map(|one| text(&one["action"])).collect();
    assert!(actions.contains(&"match.accept") && actions.contains(&"match.decline"), "{actions:?}");
    let verified =
        town.ask("GET", "/v1/tenants/deqing/log/verification", AUDITOR, None).await.must(200);
    assert_eq!(verified["verification"]["entries"], actions.len());
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked_for_ever() {
    let town = Town::new();
    let wish = json!({"name": "王工", "role": "enterprise", "tenant": "deqing"});
    let issued = town.ask("POST", "/v1/tokens", CITY, Some(wish)).await.must(201);
    let secret = text(&issued["secret"]).to_owned();
    let listed = town.ask("GET", "/v1/tokens", CITY, None).await;
    assert!(listed.text.contains("王工") && !listed.text.contains(&secret));
    let with = |secret: &str| {
        let header = format!("bearer {secret}");
        Request::builder().uri(NEEDS).header("authorization", header).body(Body::empty()).unwrap()
    };
    town.send(with(&secret)).await.must(200);
    let path = format!("/v1/tokens/{}", text(&issued["token"]["id"]));
    town.ask("DELETE", &path, CITY, None).await.must(200);
    town.send(with(&secret)).await.must(401);
}

#[tokio::test]
async fn a_file_goes_into_the_drop_folder_of_its_own_tenant_only() {
    let town = Town::new();
    town.import("deqing");
    let put = |path: &str| {
        Request::builder()
            .method("PUT")
            .uri(path)
            .header("authorization", format!("Bearer {}", town.token(Role::City, "city")))
            .body(Body::from("编号,名称\n"))
            .unwrap()
    };
    let good = town
        .send(put("/v1/tenants/deqing/sources/deqing-lines/files/%E6%88%90%E6%9E%9C.csv"))
        .await;
    assert_eq!(good.status.as_u16(), 204, "{}", good.text);
    town.send(put("/v1/tenants/anji/sources/deqing-lines/files/a.csv")).await.must(404);
    let climbing = town.send(put("/v1/tenants/deqing/sources/deqing-lines/files/..%2Fa.csv")).await;
    assert_eq!(climbing.must(422)["faults"][0]["field"], "name");
}
