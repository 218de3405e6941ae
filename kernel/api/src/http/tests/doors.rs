//! Every door: who comes in, who does not, and that the description, the table and the router agree.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use taihu_service::{Action, Caller, Role, allowed};

use super::town::{Town, need, slug};
use crate::http::access::ROUTES;

/// An operation of the OpenAPI document.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) id: String,
    action: Option<Action>,
    ground: String,
    optional: bool,
}

pub(super) fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let text = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
            let security = operation["security"].as_array();
            found.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                id: text("operationId"),
                action: operation.get("x-action").map(|_| text("x-action").parse().unwrap()),
                ground: text("x-ground"),
                optional: security.is_none_or(|all| all.contains(&json!({}))),
            });
        }
    }
    found
}

/// What stands in the path of an operation, by tenant.
pub(super) struct Ground {
    tenant: &'static str,
    achievement: String,
    need: String,
    run: String,
    principal: String,
}

impl Ground {
    pub(super) async fn new(town: &Town, tenant: &'static str) -> Self {
        let (achievements, run) = town.import(tenant);
        let submitted = town
            .ask("POST", &format!("/v1/tenants/{tenant}/needs"), CITY, Some(need()))
            .await
            .must(201);
        let console = Caller::console(town.kernel().city().clone());
        let (principal, _) =
            town.kernel().issue_token(&console, "临时", Role::Manager, &slug(tenant)).unwrap();
        Self {
            tenant,
            achievement: achievements[0].clone(),
            need: submitted["need"]["id"].as_str().unwrap().to_owned(),
            run,
            principal: principal.id.to_string(),
        }
    }

    pub(super) fn fill(&self, operation: &Operation) -> String {
        let path = operation
            .path
            .replace("{tenant}", self.tenant)
            .replace("{achievement}", &self.achievement)
            .replace("{need}", &self.need)
            .replace("{match}", "match_01JSG0Z3M8QK5T7V9XA1B2C3D4")
            .replace("{principal}", &self.principal)
            .replace("{pool}", "nowhere")
            .replace("{plugin}", "nothing")
            .replace("{version}", "1.0.0")
            .replace("{source}", &format!("{}-lines", self.tenant))
            .replace("{ledger}", "none")
            .replace("{account}", "none")
            .replace("{voucher}", "voucher_01JSG0Z3M8QK5T7V9XA1B2C3D4")
            .replace("{guarantee}", "guarantee_01JSG0Z3M8QK5T7V9XA1B2C3D4")
            .replace("{name}", "a.csv")
            .replace("{key}", "0123456789ABCDEF")
            .replace("{record}", "1")
            .replace("{run}", &self.run);
        if operation.id == "runs" { format!("{path}?tenant={}", self.tenant) } else { path }
    }
}

/// Of a key that nobody has any more.
pub(super) const PUB: &str = "RWTlMLtcrGNawwaef8Pg9ajVkjLOzoz8+LxUKDCgcVCduzFWCkpgbxGn";
const CITY: Option<(Role, &str)> = Some((Role::City, "city"));

/// A body that an operation takes.
pub(super) fn body(operation: &Operation, ground: &Ground) -> Option<Value> {
    match operation.id.as_str() {
        "move_achievement" => Some(json!({"to": "suspended", "reason": "测试"})),
        "split_achievement" | "join_achievement" => {
            Some(json!({"source": "nothing", "source_id": "1", "reason": "测试"}))
        }
        "add_tenant" => Some(json!({"slug": "seu", "name": "东南大学"})),
        "issue_token" => Some(json!({"name": "某人", "role": "manager", "tenant": ground.tenant})),
        "submit_need" | "rank" => Some(need()),
        "move_need" => Some(json!({"path": ["triaged"]})),
        "decline_match" => Some(json!({"reason": "price"})),
        "curate" => Some(json!({"action": "pin", "reason": "测试"})),
        "uncurate" | "suspend_plugin" | "recall_plugin" => Some(json!({"reason": "测试"})),
        "put_source" => Some(json!({"name": "某来源", "connector": "oai-pmh"})),
        "add_publisher" => {
            Some(json!({"tenant": ground.tenant, "public_key": PUB, "name": "某人"}))
        }
        "put_source_secret" => Some(json!({
            "origin": "https://api.example.edu.cn", "header": "x-api-key", "form": "plain",
            "value": "open-sesame",
        })),
        "put_grant" => Some(json!({"all": true})),
        "put_ceiling" => Some(json!({"files": true})),
        "revoke_publisher" => Some(json!({"reason": "测试"})),
        "put_weights" => Some(json!({"expected_revision": 0, "retrieval": 400, "reason": "测试"})),
        "note_feedback" => {
            Some(json!({"kind": "shown", "matches": ["match_01JSG0Z3M8QK5T7V9XA1B2C3D4"]}))
        }
        "start_run" => Some(json!({"mode": "full"})),
        "decide_vanished" => Some(json!({"decision": "withdraw", "reason": "测试"})),
        _ => None,
    }
}

#[tokio::test]
async fn every_door_lets_in_whom_the_table_of_rights_lets_in_and_nobody_else() {
    let town = Town::new();
    let document = town.ask("GET", "/openapi.json", None, None).await.must(200);
    let city = town.kernel().city().clone();
    let mut asked = 0;
    for tenant in ["deqing", "anji"] {
        let ground = Ground::new(&town, tenant).await;
        for operation in operations(&document) {
            let mut people: Vec<_> = Town::people().into_iter().map(Some).collect();
            people.push(None);
            for who in people {
                let path = ground.fill(&operation);
                let seen = town.ask(&operation.method, &path, who, body(&operation, &ground)).await;
                let (role, of) = who.unwrap_or((Role::Public, "city"));
                let on = if operation.ground == "city" { city.clone() } else { slug(tenant) };
                let may =
                    operation.action.is_none_or(|action| allowed(role, &slug(of), action, &on));
                let status = seen.status.as_u16();
                let context = || format!("{who:?} {operation:?} {path}: {status} {}", seen.text);
                assert!(status < 500, "{}", context());
                assert!(!seen.text.contains("\"route_not_found\""), "{}", context());
                assert_ne!(status, 405, "{}", context());
                match (may, who) {
                    (true, _) => assert!(status != 401 && status != 403, "{}", context()),
                    (false, None) => assert_eq!(status, 401, "{}", context()),
                    // Who may not know of a record is told that there is none.
                    (false, Some(_)) if operation.ground == "record" => {
                        assert!(status == 403 || status == 404, "{}", context());
                    }
                    (false, Some(_)) => assert_eq!(status, 403, "{}", context()),
                }
                if who.is_none() {
                    assert_eq!(operation.optional, may, "{}", context());
                }
                asked += 1;
            }
        }
    }
    assert_eq!(asked, ROUTES.len() * 2 * (Town::people().len() + 1));
}

#[tokio::test]
async fn description_table_and_router_have_the_same_routes() {
    let town = Town::new();
    let document = town.ask("GET", "/openapi.json", None, None).await.must(200);
    let described: BTreeSet<_> =
        operations(&document).into_iter().map(|one| (one.path, one.method)).collect();
    let listed: BTreeSet<_> =
        ROUTES.iter().map(|route| (route.path.to_owned(), route.method.to_owned())).collect();
    assert_eq!(described, listed);
    let ids: BTreeSet<_> = operations(&document).into_iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), ROUTES.len(), "operation ids are unique");
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_ascii(), "{method} {path} has a Chinese summary");
            if path.starts_with("/v1") {
                assert!(
                    operation["responses"]["401"].is_object(),
                    "{method} {path} says how it fails"
                );
            }
        }
    }
}

#[tokio::test]
async fn every_reference_in_the_description_leads_somewhere() {
    let town = Town::new();
    let document = town.ask("GET", "/openapi.json", None, None).await.must(200);
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 30, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            if let Some(Value::String(reference)) = entries.get("$ref") {
                found.insert(reference.clone());
            }
            entries.values().for_each(|value| collect(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}
