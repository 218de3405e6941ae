//! The search box over HTTP: order, pages, labels, marks, suggestions, and the page for people.

use serde_json::{Value, json};
use taihu_model::{Source, SourceSlug, Trust};
use taihu_service::{Caller, Role, RunMode};

use super::town::{CONTACT, Town, slug};

const CITY: Option<(Role, &str)> = Some((Role::City, "city"));
/// 電池 of a traditional keyboard.
const BATTERY: &str = "%E9%9B%BB%E6%B1%A0";
const SUMMARY: &str = "面向动力电池产线，提出在线检测与早期预警方法，可提前十分钟识别内部短路，误报率低于千分之一，\
                       已在两条产线完成中试验证，节拍不变，改造费用低，适合中小企业。";

/// Imports achievements of these titles, one after the other, the last without what publication wants.
fn import(town: &Town, titles: &[&str]) {
    let kernel = town.kernel();
    let console = Caller::console(kernel.city().clone());
    let source: SourceSlug = "search-lines".parse().unwrap();
    let config = json!({"id": "id", "fields": {
        "title": "title", "summary": "summary", "owner": "owner", "contact": "contact",
        "keyword": "keywords", "field": "field", "stage": "stage", "transfer_mode": "modes",
        "secrecy": {"constant": "公开"}, "owner_declaration": {"constant": "是"},
    }});
    let source = Source {
        slug: source,
        name: "测试来源".into(),
        tenant: slug("deqing"),
        connector: taihu_service::LinesFeed::CONNECTOR.parse().unwrap(),
        config: config.as_object().unwrap().clone(),
        defaults: std::collections::BTreeMap::new(),
        trust: Trust::PARTNER,
        schedule: Default::default(),
        withdraw_max: Default::default(),
        watermark: None,
    };
    let source = kernel.put_source(&console, source).unwrap();
    let lines = titles.iter().enumerate().map(|(at, title)| {
        let short = at + 1 == titles.len();
        let record = json!({
            "id": format!("{title}-{at}"), "title": title, "owner": "湖州研究院", "contact": CONTACT,
            "summary": SUMMARY.chars().take(if short { 40 } else { 100 }).collect::<String>(),
            "keywords": if short { "未公开词" } else { "锂电池；热失控" },
            "field": "新能源与节能", "stage": "中期", "modes": "许可",
        });
        format!("{record}\n")
    });
    let lines: String = lines.collect();
    let run = kernel.start_run(&console, &source.slug, RunMode::Full).unwrap();
    kernel.drive_lines(&console, run.id, lines.as_bytes(), &mut |_| {}).unwrap();
    kernel.catch_up().unwrap();
}

const TITLES: [&str; 4] = ["电池甲", "电池乙<b>", "电池丙", "电池丁"];

fn titles(page: &Value) -> Vec<&str> {
    let all = page["achievements"].as_array().unwrap().iter();
    all.map(|one| one["title"].as_str().unwrap()).collect()
}

fn facet<'a>(page: &'a Value, name: &str) -> Option<&'a Value> {
    let facets = page["facets"].as_array().unwrap();
    facets.iter().find(|facet| facet["name"] == name).map(|facet| &facet["values"])
}

#[tokio::test]
async fn matches_are_counted_by_label_and_nothing_is_counted_that_is_not_theirs_to_see() {
    let town = Town::new();
    import(&town, &TITLES);
    let path = format!("/v1/achievements?q={BATTERY}&facets=true&limit=1");
    let page = town.ask("GET", &path, None, None).await.must(200);
    assert_eq!(page["total"], 3);
    let one = |value: &str, zh: Value, count: u32| json!([{"value": value, "value_zh": zh, "count": count}]);
    assert_eq!(facet(&page, "stage"), Some(&one("pilot", json!("中期"), 3)));
    assert_eq!(facet(&page, "tenant"), Some(&one("deqing", Value::Null, 3)));
    assert_eq!(facet(&page, "mode"), Some(&one("license", json!("许可"), 3)));
    assert_eq!(facet(&page, "state"), None, "the public learns nothing of drafts");
    let all = town.ask("GET", &path, CITY, None).await.must(200);
    assert_eq!(all["total"], 4);
    assert_eq!(facet(&all, "state").unwrap().as_array().unwrap().len(), 2);
    let narrowed = format!("{path}&mode=license,assign&stage=early");
    let page = town.ask("GET", &narrowed, None, None).await.must(200);
    assert_eq!(page["total"], 0);
    assert_eq!(facet(&page, "stage"), Some(&one("pilot", json!("中期"), 3)), "what else could be");
    assert_eq!(facet(&page, "mode"), Some(&json!([])));
    let plain = town.ask("GET", "/v1/achievements", None, None).await.must(200);
    assert_eq!((plain.get("facets"), plain["achievements"][0].get("snippets")), (None, None));
}

#[tokio::test]
async fn pages_by_date_neither_repeat_nor_miss_while_others_come() {
    let town = Town::new();
    import(&town, &TITLES);
    let mut seen = Vec::new();
    let mut path = format!("/v1/achievements?q={BATTERY}&sort=date&limit=1");
    for round in 0.. {
        let page = town.ask("GET", &path, None, None).await.must(200);
        seen.extend(titles(&page).into_iter().map(str::to_owned));
        if round == 0 {
            town.clock.advance_ms(1_000);
            import(&town, &["电池戊", "电池己"]);
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/achievements?q={BATTERY}&sort=date&limit=1&cursor={next}");
    }
    seen.sort();
    let mut expected: Vec<&str> = TITLES[..3].to_vec();
    expected.sort_unstable();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_order() {
    let town = Town::new();
    import(&town, &TITLES);
    let path = format!("/v1/achievements?q={BATTERY}&limit=1");
    let page = town.ask("GET", &format!("{path}&sort=date"), None, None).await.must(200);
    let next = page["next"].as_str().unwrap();
    let other = format!("{path}&sort=relevance&cursor={next}");
    let seen = town.ask("GET", &other, None, None).await.must(400);
    assert_eq!(seen["faults"][0]["field"], "query.cursor", "{seen}");
    // Without an order it is the cursor's; without a text there is only one.
    town.ask("GET", &format!("{path}&cursor={next}"), None, None).await.must(200);
    let all = town.ask("GET", "/v1/achievements?limit=2", None, None).await.must(200);
    let next = all["next"].as_str().unwrap();
    let rest = format!("/v1/achievements?limit=2&sort=relevance&cursor={next}");
    assert_eq!(titles(&town.ask("GET", &rest, None, None).await.must(200)).len(), 1);
}

#[tokio::test]
async fn snippets_say_where_the_text_stands() {
    let town = Town::new();
    import(&town, &TITLES);
    let path = format!("/v1/achievements?q={BATTERY}&limit=3&sort=date");
    let page = town.ask("GET", &path, None, None).await.must(200);
    for found in page["achievements"].as_array().unwrap() {
        let snippets = found["snippets"].as_array().unwrap();
        let of = |field: &str| snippets.iter().find(|snippet| snippet["field"] == field).unwrap();
        assert_eq!(of("title")["marks"], json!([[0, 2]]));
        assert_eq!(of("summary")["marks"], json!([[4, 6]]));
        assert_eq!(of("keywords")["text"], "锂电池、热失控");
        assert_eq!(of("keywords")["marks"], json!([[1, 3]]));
    }
}

#[track_caller]
fn check_suggestions(page: &Value, expected: &[(&str, u64)]) {
    let found = page["suggestions"].as_array().unwrap().iter();
    let found: Vec<(&str, u64)> =
        found.map(|one| (one["text"].as_str().unwrap(), one["count"].as_u64().unwrap())).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn suggestions_come_from_what_is_published_alone() {
    let town = Town::new();
    import(&town, &TITLES);
    // 鋰, 湖, 未公开
    for (begun, expected) in [
        ("%E9%8B%B0", vec![("锂电池", 3)]),
        ("%E6%B9%96", vec![("湖州研究院", 3)]),
        ("%E6%9C%AA%E5%85%AC", Vec::new()),
        ("", Vec::new()),
    ] {
        let path = format!("/v1/suggest?q={begun}");
        check_suggestions(&town.ask("GET", &path, CITY, None).await.must(200), &expected);
    }
    let found = town.ask("GET", &format!("/v1/suggest?q={BATTERY}&limit=2"), None, None).await;
    check_suggestions(&found.must(200), &[("电池丙", 1), ("电池乙", 1)]);
    town.ask("GET", "/v1/suggest?limit=11", None, None).await.must(400);
    town.ask("GET", &format!("/v1/suggest?q={}", "x".repeat(10_001)), None, None).await.must(422);
    let first = town.ask("GET", "/v1/achievements?limit=1", None, None).await.must(200);
    let path =
        format!("/v1/achievements/{}/state", first["achievements"][0]["id"].as_str().unwrap());
    let body = json!({"to": "suspended", "reason": "测试"});
    town.ask("POST", &path, CITY, Some(body)).await.must(200);
    town.kernel().catch_up().unwrap();
    let found = town.ask("GET", "/v1/suggest?q=%E9%8B%B0", None, None).await.must(200);
    check_suggestions(&found, &[("锂电池", 2)]);
}

#[tokio::test]
async fn the_page_shows_texts_as_texts() {
    let town = Town::new();
    import(&town, &TITLES);
    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let path = format!("/search?q={BATTERY}{hostile}&stage=pilot&sort=date");
    let seen = town.ask("GET", &path, None, None).await;
    assert_eq!(seen.status.as_u16(), 200);
    let page = &seen.text;
    assert!(
        page.contains("电池乙&lt;b&gt;") || page.contains("<mark>电池</mark>乙&lt;b&gt;"),
        "{page}"
    );
    assert!(!page.contains("<script>") && !page.contains("乙<b>") && !page.contains(CONTACT));
    assert!(!page.contains("style=") && !page.contains("onclick"));
    for wanted in [
        "<mark>电池</mark>乙&lt;b&gt;",
        "共 <b>3</b> 项成果",
        "<mark>电池</mark>",
        "所处阶段：中期",
        "德清县</a> <span class=\"number\">3</span>",
        "name=\"stage\" value=\"pilot\"",
        "&quot;&gt;&lt;script&gt;",
    ] {
        assert!(page.contains(wanted), "{wanted} is not in {page}");
    }
    // Its links lead where they say.
    for link in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        if let Some(place) = link.strip_prefix('#') {
            assert!(page.contains(&format!("id=\"{place}\"")), "{link}");
            continue;
        }
        let link = link.replace("&amp;", "&");
        assert_eq!(town.ask("GET", &link, None, None).await.status.as_u16(), 200, "{link}");
    }
    let two = town.ask("GET", "/search?limit=2", None, None).await;
    let next = two.text.split("class=\"next\"><a href=\"").nth(1).unwrap();
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    let rest = town.ask("GET", &next, None, None).await;
    assert_eq!(
        (two.text.matches("<article>").count(), rest.text.matches("<article>").count()),
        (2, 1)
    );
    let nothing = town.ask("GET", "/search?q=%E5%92%96%E5%95%A1", None, None).await;
    assert!(nothing.text.contains("没有找到成果"));
}
