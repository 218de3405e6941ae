//! Pages, links, the feed and tables: what people and machines are shown, and who is shown what.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use taihu_model::AchievementState;
use taihu_service::{Caller, Role};

use super::town::{CONTACT, Town, need};

const CITY: Option<(Role, &str)> = Some((Role::City, "city"));

fn between<'a>(text: &'a str, open: &str, close: &str) -> &'a str {
    text.split_once(open).and_then(|(_, rest)| rest.split_once(close)).unwrap().0
}

#[tokio::test]
async fn a_page_shows_an_achievement_to_who_may_see_it_and_says_so_to_machines() {
    let town = Town::new();
    let (ids, _) = town.import("deqing");
    let (open, draft) = (&ids[0], &ids[2]);
    let page = town.ask("GET", &format!("/achievements/{open}"), None, None).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.text.contains("<h1>deqing电池热失控预警方法第0号</h1>"), "{}", page.text);
    assert!(!page.text.contains(CONTACT), "contact data left the house");
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self'") && !policy.contains("script")
    );
    let ld: Value = serde_json::from_str(between(&page.text, "ld+json\">", "</script>")).unwrap();
    assert_eq!(ld["@id"], format!("http://localhost/achievements/{open}"));
    assert_eq!(ld["copyrightHolder"][0]["name"], "deqing研究院");
    let links: Vec<_> =
        page.headers.get_all("link").iter().map(|it| it.to_str().unwrap()).collect();
    for rel in ["cite-as", "describedby", "type"] {
        let of = format!("rel=\"{rel}\"");
        assert!(links.iter().any(|link| link.contains(&of)), "{rel} is not among {links:?}");
        assert!(page.text.contains(&format!("<link {of}")), "{rel}");
    }
    // Where the links lead, there is something.
    for link in links.iter().filter(|link| link.contains("describedby")) {
        let path = between(link, "<http://localhost", ">");
        assert_eq!(town.ask("GET", path, None, None).await.status.as_u16(), 200, "{path}");
    }
    let hidden = town.ask("GET", &format!("/achievements/{draft}"), None, None).await;
    assert_eq!(hidden.status.as_u16(), 404);
    let seen = town.ask("GET", &format!("/achievements/{draft}"), CITY, None).await;
    assert!(seen.text.contains("已提交") && !seen.text.contains("ld+json"), "{}", seen.text);
    let search = town.ask("GET", "/search", None, None).await;
    assert!(search.text.contains(&format!("href=\"/achievements/{open}\"")), "{}", search.text);
    assert!(search.text.contains("href=\"/v1/achievements/export?format=xlsx\""));
}

#[tokio::test]
async fn the_feed_is_the_same_for_everybody_and_is_not_sent_twice() {
    let town = Town::new();
    town.import("deqing");
    let feed = town.ask("GET", "/feed.atom", None, None).await;
    assert_eq!(feed.text.matches("<entry>").count(), 2, "{}", feed.text);
    assert!(!feed.text.contains(CONTACT));
    let etag = feed.header("etag").to_owned();
    let again = |etag: String| Request::get("/feed.atom").header("if-none-match", etag);
    let same = town.send(again(format!("\"x\", W/{etag}")).body(Body::empty()).unwrap()).await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
    assert_eq!(town.ask("GET", "/feed.atom", CITY, None).await.text, feed.text);
    town.import("anji");
    let other = town.send(again(etag).body(Body::empty()).unwrap()).await;
    assert_eq!(other.status.as_u16(), 200);
}

#[tokio::test]
async fn a_table_has_what_the_caller_may_see_and_no_more() {
    let town = Town::new();
    let (ids, _) = town.import("deqing");
    let path = "/v1/achievements/export?tenant=deqing&format=csv";
    let table = town.ask("GET", path, None, None).await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"achievements.csv\"");
    assert!(table.text.starts_with("\u{feff}成果编号,成果名称,"), "{}", table.text);
    assert_eq!(table.text.lines().count(), 3);
    let whole = town.ask("GET", path, CITY, None).await;
    assert_eq!(whole.text.lines().count(), 4);
    assert!(whole.text.contains(&ids[2]) && !table.text.contains(&ids[2]));
    assert!(!whole.text.contains(CONTACT), "contact data left the house");
    let book = town.ask("GET", "/v1/achievements/export?format=xlsx&q=%E7%94%B5", None, None).await;
    assert!(book.status.as_u16() == 200 && book.text.starts_with("PK"));
    town.ask("GET", "/v1/achievements/export?format=pdf", None, None).await.must(400);
    town.ask("GET", "/v1/achievements/export?colour=red", None, None).await.must(400);

    town.ask("POST", "/v1/tenants/deqing/needs", CITY, Some(need())).await.must(201);
    let path = "/v1/tenants/deqing/needs/export";
    town.ask("GET", path, None, None).await.must(401);
    town.ask("GET", path, Some((Role::Provider, "deqing")), None).await.must(403);
    let needs = town.ask("GET", path, Some((Role::Manager, "deqing")), None).await;
    assert_eq!(needs.text.lines().count(), 2, "{}", needs.text);
    let own = town.ask("GET", path, Some((Role::Enterprise, "deqing")), None).await;
    assert_eq!(own.text.lines().count(), 1, "another's need: {}", own.text);
}

#[tokio::test]
async fn what_is_no_longer_published_has_no_page_and_no_entry() {
    let town = Town::new();
    let (ids, _) = town.import("deqing");
    let console = Caller::console(town.kernel().city().clone());
    let id = ids[0].parse().unwrap();
    town.kernel().move_achievement(&console, id, AchievementState::Suspended, "核查").unwrap();
    let page = town.ask("GET", &format!("/achievements/{}", ids[0]), None, None).await;
    assert_eq!(page.status.as_u16(), 404);
    let feed = town.ask("GET", "/feed.atom", None, None).await;
    assert!(!feed.text.contains(&ids[0]), "the index may be behind, the record is not");
}
