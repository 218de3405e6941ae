//! Ledgers over HTTP: vouchers, a risk pool and revenue, each from its opening to its last step.

use serde_json::{Value, json};
use taihu_service::Role;

use super::town::Town;

const CITY: Option<(Role, &str)> = Some((Role::City, "city"));
const DISTRICT: Option<(Role, &str)> = Some((Role::District, "deqing"));
const ENTERPRISE: Option<(Role, &str)> = Some((Role::Enterprise, "deqing"));
const MANAGER: Option<(Role, &str)> = Some((Role::Manager, "deqing"));
const AUDITOR: Option<(Role, &str)> = Some((Role::Auditor, "deqing"));
const LEDGERS: &str = "/v1/tenants/deqing/ledgers";

fn why(mut body: Value) -> Option<Value> {
    body["grounds"] = json!({"reason": "测试", "evidence": [{"reference": "合同2026-17"}]});
    Some(body)
}

async fn open(town: &Town, slug: &str, terms: Value) {
    let body = json!({"slug": slug, "name": "测试账本", "terms": terms});
    let opened = town.ask("POST", LEDGERS, DISTRICT, Some(body)).await.must(201);
    assert_eq!(opened["ledger"]["slug"], slug);
}

#[tokio::test]
async fn a_voucher_is_issued_reserved_spent_once_and_settled() {
    let town = Town::new();
    open(&town, "v", json!({"kind": "vouchers", "budget_fen": 10_000})).await;
    let base = format!("{LEDGERS}/v/vouchers");
    let order = json!({"holder": "某公司", "face_fen": 1_000, "valid_until": "2099-12-31"});
    let issued = town.ask("POST", &base, DISTRICT, why(order)).await.must(201);
    let id = issued["voucher"]["id"].as_str().unwrap();
    let step = |name: &str| format!("{base}/{id}/{name}");
    // Nobody but officials may reserve of a voucher without an owner, or know of it.
    let part = json!({"amount_fen": 700, "service": "检测"});
    town.ask("POST", &step("reserve"), ENTERPRISE, why(part.clone())).await.must(404);
    town.ask("POST", &step("reserve"), DISTRICT, why(part)).await.must(200);
    let spend = json!({"number": 1, "amount_fen": 600});
    town.ask("POST", &step("spend"), ENTERPRISE, why(spend.clone())).await.must(403);
    let spent = town.ask("POST", &step("spend"), DISTRICT, why(spend.clone())).await.must(200);
    assert_eq!(spent["voucher"]["available_fen"], 400);
    let again = town.ask("POST", &step("spend"), DISTRICT, why(spend)).await.must(409);
    assert!(again["detail"].as_str().is_some_and(|zh| zh.contains("不能重复使用")), "{again}");
    town.ask("POST", &step("settle"), DISTRICT, why(json!({"number": 1}))).await.must(200);
    town.ask("POST", &step("expire"), DISTRICT, why(json!({}))).await.must(409);
    let none = town.ask("GET", &base, ENTERPRISE, None).await.must(200);
    assert_eq!(none["vouchers"], json!([]));

    let now = town.ask("GET", &format!("{LEDGERS}/v"), AUDITOR, None).await.must(200);
    assert_eq!((&now["at"], &now["sum_fen"]), (&json!(4), &json!(0)));
    let then = town.ask("GET", &format!("{LEDGERS}/v?at=2"), AUDITOR, None).await.must(200);
    let reserved = then["accounts"].as_array().unwrap().iter();
    let reserved = reserved.filter(|one| one["slug"] == "reserved").collect::<Vec<_>>();
    assert_eq!(reserved[0]["balance_fen"], 700, "{then}");
    town.ask("GET", &format!("{LEDGERS}/v?at=5"), AUDITOR, None).await.must(422);
    let check = town.ask("GET", &format!("{LEDGERS}/v/check"), AUDITOR, None).await.must(200);
    assert_eq!((&check["check"]["right"], &check["check"]["entries"]), (&json!(true), &json!(4)));
    let mut path = format!("{LEDGERS}/v/accounts/reserved?limit=1");
    let mut amounts = Vec::new();
    loop {
        let page = town.ask("GET", &path, AUDITOR, None).await.must(200);
        amounts.extend(page["lines"].as_array().unwrap().iter().map(|it| it["amount_fen"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{LEDGERS}/v/accounts/reserved?limit=1&cursor={next}");
    }
    assert_eq!(amounts, [json!(-700), json!(700)]);
}

#[tokio::test]
async fn a_risk_pool_pays_what_somebody_else_decides() {
    let town = Town::new();
    let terms = json!({
        "kind": "risk_pool", "ratio_bp": 4_000, "guarantee_fen_max": 5_000, "claims_fen_max": 9_000,
    });
    open(&town, "r", terms).await;
    let (capital, base) = (format!("{LEDGERS}/r/capital"), format!("{LEDGERS}/r/guarantees"));
    let order = json!({"beneficiary": "某公司", "deal": "合同2026-17", "principal_fen": 10_000});
    let early = town.ask("POST", &base, DISTRICT, why(order.clone())).await.must(409);
    assert!(early["detail"].as_str().is_some_and(|zh| zh.contains("超过池内资金")), "{early}");
    town.ask("POST", &capital, DISTRICT, why(json!({"amount_fen": 4_000}))).await.must(200);
    let given = town.ask("POST", &base, DISTRICT, why(order)).await.must(201);
    assert_eq!(given["guarantee"]["covered_fen"], 4_000);
    let id = given["guarantee"]["id"].as_str().unwrap();
    let step = |name: &str| format!("{base}/{id}/{name}");
    let loss = json!({"loss_fen": 5_000});
    town.ask("POST", &step("claim"), MANAGER, why(loss)).await.must(200);
    town.ask("POST", &step("pay"), MANAGER, why(json!({}))).await.must(403);
    let paid = town.ask("POST", &step("pay"), CITY, why(json!({}))).await.must(200);
    assert_eq!(paid["guarantee"]["claim"]["pays_fen"], 2_000);
    let more = json!({"amount_fen": 2_001});
    town.ask("POST", &step("recover"), DISTRICT, why(more)).await.must(409);
    town.ask("POST", &step("recover"), DISTRICT, why(json!({"amount_fen": 500}))).await.must(200);
    let seen = town.ask("GET", &format!("{base}/{id}"), MANAGER, None).await.must(200);
    assert_eq!(seen["guarantee"]["state_zh"], "已代偿");
    let check = town.ask("GET", &format!("{LEDGERS}/r/check"), CITY, None).await.must(200);
    assert_eq!(check["check"]["right"], true, "{check}");
}

#[tokio::test]
async fn revenue_is_split_whole_and_paid_out() {
    let town = Town::new();
    open(&town, "income", json!({"kind": "revenue"})).await;
    let at = |rest: &str| format!("{LEDGERS}/income/{rest}");
    let party = json!({"slug": "team", "name": "王教授团队"});
    town.ask("POST", &at("accounts"), DISTRICT, Some(party)).await.must(201);
    let income = |fen: i64| {
        let portions = json!([{"account": "team", "amount_fen": fen}]);
        json!({"deal": "合同", "gross_fen": 1_000, "costs_fen": 100, "portions": portions})
    };
    let short = town.ask("POST", &at("income"), DISTRICT, why(income(899))).await.must(422);
    assert!(short["detail"].as_str().is_some_and(|zh| zh.contains("净收益")), "{short}");
    town.ask("POST", &at("income"), DISTRICT, why(income(900))).await.must(200);
    let pay = |fen: i64| json!({"postings": [{"account": "team", "amount_fen": fen}, {"account": "bank", "amount_fen": -fen}]});
    town.ask("POST", &at("entries"), DISTRICT, why(pay(901))).await.must(409);
    town.ask("POST", &at("entries"), DISTRICT, why(pay(900))).await.must(200);
    let bare = town.ask("POST", &at("entries"), DISTRICT, Some(pay(1))).await.must(422);
    assert!(bare["detail"].as_str().is_some_and(|zh| zh.contains("grounds")), "{bare}");
    let entries = town.ask("GET", &at("entries"), CITY, None).await.must(200);
    assert_eq!(entries["entries"].as_array().map(Vec::len), Some(2));
}
