//! OAI-PMH over HTTP: every error, tokens, datestamps, tombstones, sets, and what never leaves.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use taihu_model::{AchievementState, Source, SourceSlug, Trust};
use taihu_service::{Caller, Kernel, RunMode};

use super::town::{CONTACT, Town, slug};

const SUMMARY: &str = "面向动力电池产线，提出在线检测与早期预警方法，可提前十分钟识别内部短路，误报率低于千分之一，\
                       已在两条产线完成中试验证，节拍不变，改造费用低，适合中小企业。";

/// Imports achievements, by identifier and title, of one source; publishes what can be.
fn import(town: &Town, records: &[(&str, &str)]) {
    let records = records.iter().map(|(id, title)| {
        json!({"id": id, "title": title, "summary": SUMMARY, "owner": "湖州研究院", "contact": CONTACT})
    });
    import_lines(town, "oai-lines", &Vec::from_iter(records));
}

fn import_lines(town: &Town, source: &str, records: &[Value]) {
    let kernel = town.kernel();
    let console = console(kernel);
    let source: SourceSlug = source.parse().unwrap();
    let config = json!({"id": "id", "fields": {
        "title": "title", "summary": "summary", "owner": "owner", "contact": "contact", "ip": "ip",
        "inventor": "inventor", "keyword": "keyword", "secrecy": {"constant": "公开"},
        "owner_declaration": {"constant": "是"},
    }});
    let source = Source {
        slug: source,
        name: "测试来源".into(),
        tenant: slug("deqing"),
        connector: taihu_service::LinesFeed::CONNECTOR.parse().unwrap(),
        config: config.as_object().unwrap().clone(),
        defaults: BTreeMap::new(),
        trust: Trust::PARTNER,
        watermark: None,
        schedule: Default::default(),
        withdraw_max: Default::default(),
    };
    let source = kernel.put_source(&console, source).unwrap();
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let run = kernel.start_run(&console, &source.slug, RunMode::Full).unwrap();
    let run = kernel.drive_lines(&console, run.id, lines.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(run.counts.rejected, 0, "{run:?}");
    kernel.catch_up().unwrap();
    kernel.keep_offers().unwrap();
}

fn console(kernel: &Kernel) -> Caller {
    Caller::console(kernel.city().clone())
}

fn named(town: &Town, title: &str) -> taihu_model::Achievement {
    let filter = taihu_service::Filter::default();
    let found =
        town.kernel().find_achievements(&console(town.kernel()), "", filter, 0, 200).unwrap();
    found.achievements.into_iter().find(|one| one.facts.title == title).unwrap()
}

fn shift(town: &Town, title: &str, to: AchievementState) {
    let id = named(town, title).id;
    town.kernel().move_achievement(&console(town.kernel()), id, to, "测试").unwrap();
    town.kernel().keep_offers().unwrap();
}

async fn ask(town: &Town, query: &str) -> String {
    let seen = town.ask("GET", &format!("/oai?{query}"), None, None).await;
    assert_eq!(seen.status.as_u16(), 200, "{query}: {}", seen.text);
    assert_eq!(seen.header("content-type"), "text/xml; charset=utf-8");
    assert!(!seen.text.contains(CONTACT), "contact data left the house: {query}");
    seen.text
}

/// Texts of every element of a name, in their order.
fn texts<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    for part in xml.split(&open).skip(1) {
        let Some((head, rest)) = part.split_once('>') else { continue };
        if (head.is_empty() || head.starts_with(' ')) && !head.ends_with('/') {
            found.push(rest.split(&close).next().unwrap());
        }
    }
    found
}

fn codes(xml: &str) -> Vec<&str> {
    xml.split("<error code=\"").skip(1).map(|part| part.split('"').next().unwrap()).collect()
}

#[track_caller]
fn token(xml: &str) -> Option<String> {
    texts(xml, "resumptionToken").first().map(|token| (*token).to_owned())
}

/// Walks a whole list: titles (or `-` for what is gone) by identifier, how many pages, the first date.
async fn harvest(town: &Town, query: &str) -> (Vec<(String, String)>, usize, String) {
    let mut reply = ask(town, &format!("verb=ListRecords&metadataPrefix=oai_dc{query}")).await;
    if codes(&reply) == ["noRecordsMatch"] {
        return (Vec::new(), 0, texts(&reply, "responseDate")[0].to_owned());
    }
    let at = texts(&reply, "responseDate")[0].to_owned();
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        assert_eq!(codes(&reply), [""; 0], "{reply}");
        pages += 1;
        for record in texts(&reply, "record") {
            let id = texts(record, "identifier")[0].to_owned();
            let title = texts(record, "dc:title").first().map_or("-", |title| *title).to_owned();
            assert_eq!(title == "-", record.contains("status=\"deleted\""), "{record}");
            found.push((id, title));
        }
        let Some(next) = token(&reply) else { break };
        reply = ask(town, &format!("verb=ListRecords&resumptionToken={next}")).await;
    }
    (found, pages, at)
}

fn titles(found: &[(String, String)]) -> Vec<&str> {
    let mut titles: Vec<_> = found.iter().map(|(_, title)| title.as_str()).collect();
    titles.sort_unstable();
    titles
}

#[tokio::test]
async fn every_verb_answers_and_every_error_has_its_code() {
    let town = Town::new();
    let empty = ask(&town, "verb=ListRecords&metadataPrefix=oai_dc").await;
    assert_eq!(codes(&empty), ["noRecordsMatch"]);
    let none = ask(&town, "verb=ListSets").await;
    assert_eq!(texts(&none, "setSpec").len(), 3, "{none}");
    import(&town, &[("1", "电池甲")]);
    town.clock.advance_ms(1_000);
    let identify = ask(&town, "verb=Identify").await;
    for part in [
        "<deletedRecord>persistent<",
        "<granularity>YYYY-MM-DDThh:mm:ssZ<",
        "<earliestDatestamp>2026-05-20T01:02:03Z<",
    ] {
        assert!(identify.contains(part), "{identify}");
    }
    let id = format!("oai:taihu.local:{}", named(&town, "电池甲").id);
    let record = ask(&town, &format!("verb=GetRecord&metadataPrefix=oai_dc&identifier={id}")).await;
    assert_eq!(texts(&record, "dc:title"), ["电池甲"]);
    let formats = ask(&town, &format!("verb=ListMetadataFormats&identifier={id}")).await;
    assert_eq!(texts(&formats, "metadataPrefix"), ["oai_dc", "oai_cerif_openaire"]);
    for (query, code) in [
        ("", "badVerb"),
        ("verb=Explain", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&until=2026-05-20", "badArgument"),
        ("verb=GetRecord&identifier=a", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-05-21&until=2026-05-20", "badArgument"),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2026-05-20&until=2026-05-20T00:00:00Z",
            "badArgument",
        ),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=org.nobody", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2027-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=2026-05-19", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=ach_1", "idDoesNotExist"),
        (
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:taihu.local:ach_01JSG0Z3M8QK5T7V9XA1B2C3D4",
            "idDoesNotExist",
        ),
        ("verb=ListMetadataFormats&identifier=%25", "idDoesNotExist"),
        ("verb=%00&x=%FF%FE", "badVerb"),
    ] {
        let reply = ask(&town, query).await;
        assert_eq!(codes(&reply), [code], "{query}: {reply}");
        let repeats = !matches!(code, "badVerb" | "badArgument");
        assert_eq!(reply.contains("<request verb="), repeats, "{query}: {reply}");
    }
    let form = Request::post("/oai").header("content-type", "application/x-www-form-urlencoded");
    let posted = town.send(form.body(Body::from("verb=Identify")).unwrap()).await;
    assert_eq!(posted.text, identify, "a POST says the same");
}

#[tokio::test]
async fn a_list_goes_on_over_pages_and_writes_and_a_token_of_it_cannot_be_altered() {
    let town = Town::new();
    let records: Vec<_> = (0..250).map(|n| (format!("r{n}"), format!("电池第{n:03}号"))).collect();
    let records: Vec<_> = records.iter().map(|(id, title)| (id.as_str(), title.as_str())).collect();
    import(&town, &records);
    town.clock.advance_ms(1_000);
    let first = ask(&town, "verb=ListRecords&metadataPrefix=oai_dc").await;
    assert!(first.contains("<resumptionToken completeListSize=\"250\" cursor=\"0\">"), "{first}");
    let next = token(&first).unwrap();
    // The world goes on: new, changed and withdrawn ones belong to the next list.
    let shown = texts(&first, "dc:title");
    let mut unseen = records.iter().filter(|(_, title)| !shown.contains(title));
    let (changed, gone) = (*unseen.next().unwrap(), *unseen.next().unwrap());
    import(&town, &[("new", "电池新号"), (changed.0, "电池改号")]);
    shift(&town, gone.1, AchievementState::Suspended);
    town.clock.advance_ms(5_000);
    let second = ask(&town, &format!("verb=ListRecords&resumptionToken={next}")).await;
    assert!(second.contains("<resumptionToken completeListSize=\"250\" cursor=\"100\">"));
    let again = ask(&town, &format!("verb=ListRecords&resumptionToken={next}")).await;
    assert_eq!(second, again, "a token asked twice says the same");
    let third = token(&second).unwrap();
    let third = ask(&town, &format!("verb=ListRecords&resumptionToken={third}")).await;
    assert!(
        third.contains("<resumptionToken completeListSize=\"250\" cursor=\"200\"/>"),
        "{third}"
    );
    let pages = [&first, &second, &third];
    let mut seen: Vec<_> = pages.iter().flat_map(|page| texts(page, "dc:title")).collect();
    seen.sort_unstable();
    let expected = records.iter().map(|(_, title)| *title);
    let expected: Vec<_> = expected.filter(|title| ![changed.1, gone.1].contains(title)).collect();
    assert_eq!(seen, expected);
    let at = texts(&first, "responseDate")[0];
    let (later, ..) = harvest(&town, &format!("&from={at}")).await;
    assert_eq!(titles(&later), ["-", "电池改号", "电池新号"]);
    for wrong in [
        next.replace("oai_dc", "marc"),
        next.replace(":250:", ":900:"),
        format!("{next}0"),
        next[1..].to_owned(),
    ] {
        let reply = ask(&town, &format!("verb=ListRecords&resumptionToken={wrong}")).await;
        assert_eq!(codes(&reply), ["badResumptionToken"], "{wrong}");
    }
    let headers = ask(&town, "verb=ListIdentifiers&metadataPrefix=oai_dc").await;
    assert_eq!((texts(&headers, "header").len(), token(&headers)), (251, None), "{headers}");
}

#[tokio::test]
async fn an_incremental_harvest_sees_each_change_once_within_the_same_second_too() {
    let town = Town::new();
    import(&town, &[("1", "电池甲"), ("2", "电池乙")]);
    let (found, _, at) = harvest(&town, "").await;
    assert!(found.is_empty(), "the second that goes on belongs to the next list: {found:?}");
    import(&town, &[("3", "电池丙")]);
    town.clock.advance_ms(1_000);
    let (found, _, at) = harvest(&town, &format!("&from={at}")).await;
    assert_eq!(titles(&found), ["电池丙", "电池乙", "电池甲"]);
    // Within the second of that answer, before and after it.
    import(&town, &[("2", "电池乙二")]);
    shift(&town, "电池甲", AchievementState::Suspended);
    let (none, ..) = harvest(&town, &format!("&from={at}")).await;
    assert!(none.is_empty(), "{none:?}");
    town.clock.advance_ms(999);
    let (found, _, next) = harvest(&town, &format!("&from={at}")).await;
    assert!(found.is_empty() || next > at, "{found:?}");
    town.clock.advance_ms(1_001);
    let (found, _, at) = harvest(&town, &format!("&from={at}")).await;
    assert_eq!(titles(&found), ["-", "电池乙二"]);
    // What comes back is offered again, and the same said again is no change.
    shift(&town, "电池甲", AchievementState::Published);
    import(&town, &[("2", "电池乙二"), ("3", "电池丙")]);
    town.clock.advance_ms(2_000);
    let (found, _, at) = harvest(&town, &format!("&from={at}")).await;
    assert_eq!(titles(&found), ["电池甲"]);
    // A clock that is set back hides nothing.
    town.clock.advance_ms(-86_400_000);
    import(&town, &[("4", "电池丁")]);
    let (found, ..) = harvest(&town, &format!("&from={at}")).await;
    assert_eq!(titles(&found), ["电池丁"]);
    let (day, ..) = harvest(&town, "&from=2026-05-20&until=2026-05-20").await;
    assert_eq!(titles(&day), ["电池丁", "电池丙", "电池乙二", "电池甲"]);
}

#[tokio::test]
async fn sets_have_their_members_and_tombstones_stay_in_them() {
    let town = Town::new();
    import(&town, &[("1", "电池甲"), ("2", "电池乙")]);
    let patent = json!({"id": "p", "title": "极片再生", "summary": SUMMARY, "owner": "东南大学", "ip": "ZL202111144021.7",
        "inventor": "沈牧之", "keyword": "锂电池"});
    import_lines(&town, "seu-lines", &[patent]);
    town.clock.advance_ms(1_000);
    let sets = ask(&town, "verb=ListSets").await;
    let specs = texts(&sets, "setSpec");
    let names = texts(&sets, "setName");
    assert!(specs.contains(&"district.deqing") && names.contains(&"德清县"), "{sets}");
    let org = specs[names.iter().position(|name| *name == "东南大学").unwrap()];
    let (found, ..) = harvest(&town, &format!("&set={org}")).await;
    assert_eq!(titles(&found), ["极片再生"]);
    let (found, ..) = harvest(&town, "&set=openaire_cris_patents").await;
    assert_eq!(titles(&found), ["极片再生"]);
    shift(&town, "极片再生", AchievementState::Suspended);
    town.clock.advance_ms(1_000);
    let (found, ..) = harvest(&town, &format!("&set={org}")).await;
    assert_eq!(titles(&found), ["-"], "who harvests one set learns that it is gone");
    let gone =
        ask(&town, &format!("verb=GetRecord&metadataPrefix=oai_dc&identifier={}", found[0].0))
            .await;
    assert!(gone.contains("<header status=\"deleted\">") && !gone.contains("<metadata>"), "{gone}");
    let cerif = ask(&town, "verb=ListRecords&metadataPrefix=oai_cerif_openaire").await;
    assert_eq!(texts(&cerif, "Publication").len(), 2, "{cerif}");
}

#[tokio::test]
async fn the_xml_is_well_formed_whatever_a_record_says() {
    let town = Town::new();
    let evil = "]]><!-- &amp; <b>&#0;\u{b}\u{fffe}\"'&lt;电池";
    import(&town, &[("1", evil)]);
    town.clock.advance_ms(1_000);
    for prefix in ["oai_dc", "oai_cerif_openaire"] {
        let reply =
            ask(&town, &format!("verb=ListRecords&metadataPrefix={prefix}&set=district.deqing"))
                .await;
        let mut reader = quick_xml::Reader::from_str(&reply);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => panic!("{error}: {reply}"),
            }
        }
        assert!(!reply.contains('\u{b}') && !reply.contains("<b>"), "{reply}");
    }
}
