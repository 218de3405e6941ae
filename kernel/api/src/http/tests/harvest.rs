//! Runs and sources over HTTP: reports, decisions, health, and where each value went.

use serde_json::json;
use taihu_model::{SourceSlug, TenantSlug};
use taihu_service::{Caller, Role, RunMode};

use super::town::{CONTACT, Town, slug};

const PROVIDER: Option<(Role, &str)> = Some((Role::Provider, "deqing"));
const DISTRICT: Option<(Role, &str)> = Some((Role::District, "deqing"));

/// Reads deqing's source of lines whole, with what it has now.
fn read(town: &Town, lines: &str) -> taihu_model::Run {
    let (kernel, console) = (town.kernel(), Caller::console(slug("city")));
    town.clock.advance_ms(60_000);
    let source: SourceSlug = "deqing-lines".parse().unwrap();
    let run = kernel.start_run(&console, &source, RunMode::Full).unwrap();
    kernel.drive_lines(&console, run.id, lines.as_bytes(), &mut |_| {}).unwrap()
}

#[tokio::test]
async fn a_report_is_a_table_that_no_spreadsheet_takes_for_formulas() {
    let town = Town::new();
    let (_, run) = town.import("deqing");
    let seen = town.ask("GET", &format!("/v1/runs/{run}/report.csv"), PROVIDER, None).await;
    assert_eq!(seen.status, 200);
    assert!(seen.header("content-type").starts_with("text/csv"));
    assert!(seen.header("content-disposition").contains(&run));
    let mut lines = seen.text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "\u{feff}处理结果,来源记录号,位置,成果编号,说明,字段,原因代码,原值"
    );
    assert_eq!(seen.text.lines().filter(|line| line.starts_with("新增,")).count(), 3);
    assert!(seen.text.contains("未收,deqing-3,第4行,"), "{}", seen.text);
    assert!(seen.text.contains("summary_missing"), "{}", seen.text);
    assert!(!seen.text.contains(CONTACT));

    let evil = json!({ "id": "=cmd|' /C calc'!A0", "title": "", "summary": "x" });
    let run = read(&town, &evil.to_string());
    let seen = town.ask("GET", &format!("/v1/runs/{}/report.csv", run.id), PROVIDER, None).await;
    assert!(seen.text.contains(",'=cmd|' /C calc'!A0,"), "{}", seen.text);

    let report =
        town.ask("GET", &format!("/v1/runs/{}/report", run.id), PROVIDER, None).await.must(200);
    let next = report["next"].as_str().unwrap();
    let path = format!("/v1/runs/{}/report?cursor={next}", run.id);
    let rest = town.ask("GET", &path, PROVIDER, None).await.must(200);
    assert_eq!(rest["rejections"][0]["source_id"], "=cmd|' /C calc'!A0");
    assert_eq!(rest["next"], json!(null));
}

#[tokio::test]
async fn vanished_records_wait_for_who_manages_sources() {
    let town = Town::new();
    town.import("deqing");
    let run = read(&town, "");
    let path = format!("/v1/runs/{}", run.id);
    let seen = town.ask("GET", &path, PROVIDER, None).await.must(200);
    assert_eq!(seen["run"]["vanished"]["decision"], "waiting");
    assert_eq!(seen["run"]["vanished"]["missing"], 3);
    let decide = json!({ "decision": "withdraw", "reason": "学校已确认" });
    let path = format!("{path}/withdrawals");
    assert_eq!(town.ask("POST", &path, PROVIDER, Some(decide.clone())).await.status, 403);
    let nonsense = json!({ "decision": "perhaps", "reason": "" });
    assert_eq!(town.ask("POST", &path, DISTRICT, Some(nonsense)).await.status, 422);
    let done = town.ask("POST", &path, DISTRICT, Some(decide.clone())).await.must(200);
    assert_eq!(done["run"]["vanished"]["decision"], "confirmed");
    assert_eq!(done["run"]["counts"]["withdrawn"], 3);
    town.ask("POST", &path, DISTRICT, Some(decide)).await.must(409);
}

#[tokio::test]
async fn the_board_of_sources_tells_how_each_is_and_is_no_markup_of_theirs() {
    let town = Town::new();
    town.import("deqing");
    read(&town, "");
    let path = "/v1/tenants/deqing/source-health";
    let health = town.ask("GET", path, PROVIDER, None).await.must(200);
    let source = &health["sources"][0];
    assert_eq!((&source["source"], &source["runs"]), (&json!("deqing-lines"), &json!(2)));
    assert_eq!((&source["failed"], &source["rejected"]), (&json!(0), &json!(1)));
    assert_eq!(source["reasons"][0]["code"], "summary_missing");
    assert!(source["waiting"].is_string());

    let source: SourceSlug = "deqing-lines".parse().unwrap();
    let console = Caller::console(slug("city"));
    let tenant: TenantSlug = slug("deqing");
    let mut known = town.kernel().sources(&console, &tenant).unwrap();
    known[0].name = "<script>alert(1)</script>".into();
    town.kernel().put_source(&console, known.remove(0)).unwrap();
    let page = town.ask("GET", "/tenants/deqing/sources", PROVIDER, None).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("&lt;script&gt;alert(1)") && !page.text.contains("<script"));
    assert!(page.text.contains("待人工确认撤回") && page.text.contains(source.as_str()));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert!(page.header("cache-control").contains("no-store"));
    assert_eq!(town.ask("GET", "/tenants/anji/sources", PROVIDER, None).await.status, 403);
}

#[tokio::test]
async fn a_record_tells_where_its_values_went_and_no_contact() {
    let town = Town::new();
    town.import("deqing");
    let base = "/v1/tenants/deqing/sources/deqing-lines/records";
    let all = town.ask("GET", base, PROVIDER, None).await.must(200);
    assert_eq!(all["records"].as_array().unwrap().len(), 4);
    let seen = town.ask("GET", &format!("{base}/deqing-0"), PROVIDER, None).await;
    assert!(!seen.text.contains(CONTACT), "{}", seen.text);
    let mapped = seen.must(200);
    assert_eq!(mapped["verbatim"], json!(null), "it has contact data");
    assert_eq!(mapped["verbatim_digest"].as_str().unwrap().len(), 64);
    let values = mapped["values"].as_array().unwrap();
    let title = values.iter().find(|value| value["name"] == "title").unwrap();
    assert_eq!((&title["origin"], &title["fate"]), (&json!("title"), &json!("taken")));
    assert_eq!(title["became"][0]["field"], "title");
    town.ask("GET", &format!("{base}/nobody"), PROVIDER, None).await.must(404);
    let elsewhere = "/v1/tenants/city/sources/deqing-lines/records/deqing-0";
    town.ask("GET", elsewhere, Some((Role::City, "city")), None).await.must(404);
}

#[tokio::test]
async fn contacts_in_what_nobody_mapped_are_masked_and_it_is_said() {
    let town = Town::new();
    town.import("deqing");
    let line = json!({
        "id": "tel", "title": "电池热失控预警，咨询13700137000", "owner": "德清研究院",
        "summary": "本成果针对锂离子动力电池热失控问题，提出早期预警方法，可提前十分钟识别，专利ZL202111144021.7。",
        "联系人": "李四 0572-8012345", "mail": "lisi@deqing.example.cn",
    });
    read(&town, &line.to_string());
    let path = "/v1/tenants/deqing/sources/deqing-lines/records/tel";
    let seen = town.ask("GET", path, PROVIDER, None).await.must(200);
    let (verbatim, all) = (seen["verbatim"].as_str().unwrap(), seen.to_string());
    for hidden in ["13700137000", "8012345", "lisi", "deqing.example"] {
        assert!(!all.contains(hidden), "{hidden} is shown: {all}");
    }
    assert!(verbatim.contains("李四 ***") && verbatim.contains("ZL202111144021.7"), "{verbatim}");
    assert_eq!(seen["verbatim_masked"], json!(true));
    let title = seen["record"]["fields"].as_array().unwrap();
    let title = title.iter().find(|field| field["name"] == "title").unwrap();
    assert_eq!(title["value"], "电池热失控预警，咨询***");
}

#[tokio::test]
async fn a_secret_goes_in_and_never_out() {
    let town = Town::new();
    town.import("deqing");
    let base = "/v1/tenants/deqing/sources/deqing-lines/secrets";
    let path = format!("{base}/token");
    let body = |value: serde_json::Value| {
        json!({ "origin": "https://api.deqing.example.cn", "header": "X-API-Key", "form": "plain",
            "value": value })
    };
    town.ask("PUT", &path, PROVIDER, Some(body(json!("open-sesame")))).await.must(403);
    for (value, status) in [
        (json!(4_711_471_147_114_711_u64), 422),
        (json!(["open-sesame"]), 422),
        (json!("open sesame"), 422),
        (json!("芝麻开门芝麻开门"), 422),
        (json!("sesame"), 422),
        (json!("open-sesame"), 200),
    ] {
        let seen = town.ask("PUT", &path, DISTRICT, Some(body(value.clone()))).await;
        assert_eq!(seen.status, status, "{value}: {}", seen.text);
        for word in ["4711", "sesame", "芝麻"] {
            assert!(!seen.text.contains(word), "{}", seen.text);
        }
    }
    let seen = town.ask("GET", base, DISTRICT, None).await.must(200);
    let kept = json!({ "name": "token", "origin": "https://api.deqing.example.cn:443",
        "header": "x-api-key", "form": "plain" });
    assert_eq!(seen["secrets"], json!([kept]));
    let twin = format!("{base}/other");
    town.ask("PUT", &twin, DISTRICT, Some(body(json!("open-sesame")))).await.must(409);
    town.ask("PUT", &format!("{base}/No%20Name"), DISTRICT, Some(body(json!("open-sesame"))))
        .await
        .must(422);
    assert_eq!(town.ask("DELETE", &path, DISTRICT, None).await.status, 204);
    town.ask("DELETE", &path, DISTRICT, None).await.must(404);
    let elsewhere = "/v1/tenants/city/sources/deqing-lines/secrets";
    town.ask("GET", elsewhere, Some((Role::City, "city")), None).await.must(404);
    let mut keys = Vec::new();
    for n in 0..9 {
        let body = json!({ "origin": format!("https://api{n}.deqing.example.cn"),
            "header": "authorization", "value": "open-sesame" });
        let path = format!("{base}/key-{n}");
        keys.push(town.ask("PUT", &path, DISTRICT, Some(body)).await.status.as_u16());
    }
    assert_eq!(keys, [200, 200, 200, 200, 200, 200, 200, 200, 507]);
}
