//! What other platforms harvest: by clients from PyPI, by our own connector, and held to the schema.
//!
//! What needs Python, an index of its packages or xmllint says so loudly where they are missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use taihu_model::{Achievement, AchievementId, AchievementState};
use taihu_service::{
    Caller, Clock, Compiler, Filter, Gate, Home, HomeOptions, Kernel, Listed, ManualClock,
    OfferRange, OfferedPage, RunMode, SystemClock,
};

use crate::program::{Server, run};
use crate::pypi::{self, skipped};
use crate::server::{Client, connector, until};

/// Records of the pool: three pages.
const RECORDS: usize = 230;
/// Records that were offered and are no longer.
const GONE: usize = 3;
/// Clients from PyPI, as `harvest.py` knows them, in the versions that were tried.
const CLIENTS: [&str; 2] = ["sickle", "scythe"];
const PACKAGES: [&str; 2] = ["sickle==0.7.0", "oaipmh-scythe==0.16.0"];
const SUMMARY: &str = "本成果面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成年处理五百吨的中试线，再生正极材料的比容量和循环寿命均达到动力级要求，综合成本降低三成。";

/// Identifier, whether it is gone, title.
type Seen = (String, bool, String);

fn record(n: usize) -> Value {
    // Some begin a formula, or need quotes.
    let begin = ["", "=1+", "-", "@", "\"引\","][n % 5 * usize::from(n < 50)];
    let title = format!("{begin}第{n}号动力电池极片剥离<与>补锂&修复");
    let owner = ["东南大学", "复旦大学", "湖州师范学院"][n % 3];
    let mut record = json!({
        "id": format!("r{n}"), "title": title, "summary": SUMMARY,
        "owner": owner, "inventor": "沈牧之；顾明远", "contact": "13900139000",
        "keyword": "锂电池；再生", "field": "新能源与节能", "stage": "中期", "mode": "许可；先用后转", "price": "12万元",
        "advantage": "流程短，\u{b}不用强酸", "problem": "极片与集流体难以分离",
    });
    if n.is_multiple_of(5) {
        // 2021 1 14 + five digits, and the check digit of GB.
        record["ip"] = patent(n).into();
    }
    record
}

/// A number of a Chinese invention patent with its check digit.
fn patent(n: usize) -> String {
    let digits = format!("2021114{n:05}");
    let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let sum: u32 = digits.chars().zip(weights).map(|(d, w)| d.to_digit(10).unwrap() * w).sum();
    let check = match sum % 11 {
        10 => "X".to_owned(),
        rest => rest.to_string(),
    };
    format!("ZL{digits}.{check}")
}

fn open(dir: &Path, clock: Arc<dyn Clock>) -> Home {
    let options = HomeOptions {
        clock,
        outbound: Arc::new(Gate),
        compiler: Compiler::InProcess,
        loopback: true,
        allow_unsigned: false,
        embedding: None,
    };
    Home::open(dir, options).unwrap()
}

/// Fills a pool, offers all of it, takes some back, and says what a harvester must see.
fn fill(dir: &Path) -> BTreeSet<Seen> {
    let home = open(dir, Arc::new(SystemClock));
    let all = import(&home.kernel);
    home.kernel.keep_offers().unwrap();
    let mut seen = BTreeSet::new();
    for (n, one) in all.iter().enumerate() {
        let gone = n < GONE;
        if gone {
            shift(&home.kernel, one.id, AchievementState::Suspended);
        }
        let title = if gone { String::new() } else { one.facts.title.clone() };
        seen.insert((format!("oai:taihu.local:{}", one.id), gone, title));
    }
    seen
}

fn console(kernel: &Kernel) -> Caller {
    Caller::console(kernel.city().clone())
}

fn shift(kernel: &Kernel, id: AchievementId, to: AchievementState) {
    kernel.move_achievement(&console(kernel), id, to, "核查").unwrap();
}

/// Imports the records, all of which are published.
fn import(kernel: &Kernel) -> Vec<Achievement> {
    let caller = console(kernel);
    let fields = json!({"title": "title", "summary": "summary", "owner": "owner", "inventor": "inventor",
        "contact": "contact", "keyword": "keyword", "field": "field", "stage": "stage", "transfer_mode": "mode",
        "price": "price", "advantage": "advantage", "problem": "problem", "ip": "ip",
        "secrecy": {"constant": "公开"}, "owner_declaration": {"constant": "是"}});
    let source = json!({"slug": "seu", "name": "东南大学", "tenant": "deqing", "connector": "json-lines",
        "trust": "partner", "config": {"id": "id", "fields": fields}});
    let source = kernel.put_source(&caller, serde_json::from_value(source).unwrap()).unwrap();
    let lines: String = (0..RECORDS).map(|n| format!("{}\n", record(n))).collect();
    let run = kernel.start_run(&caller, &source.slug, RunMode::Full).unwrap();
    let run = kernel.drive_lines(&caller, run.id, lines.as_bytes(), &mut |_| {}).unwrap();
    assert_eq!(run.counts.new as usize, RECORDS, "{run:?}");
    kernel.catch_up().unwrap();
    let mut all = Vec::new();
    while all.len() < RECORDS {
        let page =
            kernel.find_achievements(&caller, "", Filter::default(), all.len(), 100).unwrap();
        all.extend(page.achievements);
    }
    assert!(all.iter().all(|one| one.state == AchievementState::Published));
    all
}

#[track_caller]
fn get(server: &Server, query: &str) -> String {
    let mut response = ureq::get(format!("{}/oai?{query}", server.base)).call().unwrap();
    response.body_mut().read_to_string().unwrap()
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    text.split_once(open)?.1.split_once(close).map(|(inner, _)| inner)
}

/// Waits until what was done is in a closed second, and all of it is offered.
fn offered(server: &Server, query: &str, count: usize) {
    until("what is offered", || {
        let reply = get(server, &format!("verb=ListIdentifiers&metadataPrefix=oai_dc{query}"));
        (reply.matches("<header").count() == count).then_some(())
    });
}

fn python() -> Result<PathBuf, String> {
    pypi::python("oai-clients", "import sickle, oaipmh_scythe", &PACKAGES)
}

fn harvest(python: &Path, client: &str, base: &str, from: &str) -> BTreeSet<Seen> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oai/harvest.py");
    let mut command = Command::new(python);
    command.arg(script).args([client, &format!("{base}/oai")]);
    if !from.is_empty() {
        command.arg(from);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{client}: {said}");
    let mut seen = BTreeSet::new();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let one = |at: usize| line[at].as_str().unwrap_or_default().to_owned();
        let fresh = seen.insert((one(0), line[2].as_bool().unwrap(), one(3)));
        assert!(fresh, "{client} saw it twice: {line}");
    }
    seen
}

/// The pages of a list from a second on; the date of the first.
fn pages(kernel: &Kernel, from: i64) -> (Vec<OfferedPage>, i64) {
    let caller = console(kernel);
    let range = OfferRange { from: Some(from), ..OfferRange::default() };
    let before = kernel.exchange_second();
    let mut listed = kernel.list_offers(&caller, "oai_dc", &range, 20).unwrap();
    let mut pages: Vec<OfferedPage> = Vec::new();
    while let Listed::Page(page) = listed {
        let resume = page.resume.clone();
        pages.push(page);
        let Some(token) = resume else { break };
        listed = kernel.resume_offers(&caller, &token, 20).unwrap();
    }
    let at = pages.first().map_or(before, |page| page.at);
    (pages, at)
}

#[test]
fn datestamps_and_tokens_outlive_a_restart_and_an_older_home_is_brought_up_by_its_log() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
    // A home that never knew of harvesters, as one of an earlier version.
    let home = open(dir.path(), clock.clone());
    import(&home.kernel);
    drop(home);
    clock.advance_ms(3_600_000);
    let home = open(dir.path(), clock.clone());
    assert_eq!(home.kernel.keep_offers().unwrap(), RECORDS as u64);
    clock.advance_ms(1_000);
    let (before, _) = pages(&home.kernel, 0);
    let token = before[0].resume.clone().unwrap();
    drop(home);
    clock.advance_ms(1_000);
    let home = open(dir.path(), clock.clone());
    assert_eq!(home.kernel.keep_offers().unwrap(), 0, "nothing changed");
    let caller = console(&home.kernel);
    let Listed::Page(next) = home.kernel.resume_offers(&caller, &token, 20).unwrap() else {
        panic!("the token did not outlive a restart")
    };
    assert_eq!(next.offers, before[1].offers);
    let (after, _) = pages(&home.kernel, 0);
    let all = |pages: &[OfferedPage]| -> Vec<_> {
        pages.iter().flat_map(|page| page.offers.clone()).collect()
    };
    assert!(all(&before) == all(&after) && all(&after).len() == RECORDS);
}

#[test]
fn a_harvester_beside_a_writer_sees_each_change_once_and_misses_none() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
    let home = open(dir.path(), clock.clone());
    let kernel = &home.kernel;
    let records = import(kernel);
    kernel.keep_offers().unwrap();
    let (mut from, mut known, mut stamps) = (0, BTreeMap::new(), BTreeSet::new());
    let mut take = |from: &mut i64| {
        let (pages, at) = pages(kernel, *from);
        for offer in pages.into_iter().flat_map(|page| page.offers) {
            assert!(stamps.insert((offer.id, offer.stamp)), "{} was seen twice", offer.id);
            known.insert(offer.id, offer.achievement.is_some());
        }
        *from = at;
    };
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for turn in 0..150 {
                let one = &records[turn * 7 % 20];
                let now = kernel.achievement(&console(kernel), one.id).unwrap().0.state;
                let to = match now {
                    AchievementState::Published => AchievementState::Suspended,
                    _ => AchievementState::Published,
                };
                shift(kernel, one.id, to);
                // Half of what is written is kept by the writer, the rest by whoever asks.
                if usize::is_multiple_of(turn, 2) {
                    kernel.keep_offers().unwrap();
                }
                clock.advance_ms(170);
            }
        });
        while !writer.is_finished() {
            take(&mut from);
        }
    });
    kernel.keep_offers().unwrap();
    clock.advance_ms(2_000);
    take(&mut from);
    assert_eq!(known.len(), RECORDS);
    for one in &records {
        let now = kernel.achievement(&console(kernel), one.id).unwrap().0.state;
        assert_eq!(known[&one.id], now == AchievementState::Published, "{}", one.id);
    }
}

#[test]
fn clients_that_nobody_here_wrote_harvest_everything_and_then_each_change_once() {
    let python = match python() {
        Ok(python) => python,
        Err(reason) => return skipped("harvesting with clients from PyPI", &reason),
    };
    let dir = tempfile::tempdir().unwrap();
    let mut expected = fill(dir.path());
    let server = Server::start(dir.path());
    offered(&server, "", RECORDS);
    let first = get(&server, "verb=ListIdentifiers&metadataPrefix=oai_dc");
    let from = between(&first, "<responseDate>", "</responseDate>").unwrap();
    for client in CLIENTS {
        let seen = harvest(&python, client, &server.base, "");
        assert_eq!(seen.len(), RECORDS);
        assert!(
            seen == expected,
            "{client} saw something else: {:?}",
            seen.symmetric_difference(&expected).next()
        );
    }
    let client = Client::new(&server, dir.path());
    let mut changed = BTreeSet::new();
    for _ in 0..2 {
        let one = expected.iter().find(|(_, gone, _)| !gone).unwrap().clone();
        let id = one.0.rsplit(':').next().unwrap();
        let body = json!({ "to": "suspended", "reason": "核查" });
        client.json("POST", &format!("/v1/achievements/{id}/state"), &body);
        expected.remove(&one);
        let gone = (one.0, true, String::new());
        expected.insert(gone.clone());
        changed.insert(gone);
    }
    offered(&server, &format!("&from={from}"), 2);
    for client in CLIENTS {
        assert_eq!(harvest(&python, client, &server.base, from), changed, "{client}");
        assert!(harvest(&python, client, &server.base, "") == expected, "{client}");
    }
    assert!(server.terminate());
}

#[test]
fn replies_are_valid_against_the_schema() {
    let probe = Command::new("xmllint").arg("--version").stderr(Stdio::null()).status();
    if let Err(error) = probe {
        return skipped("validation of OAI-PMH with xmllint", &error.to_string());
    }
    let dir = tempfile::tempdir().unwrap();
    let expected = fill(dir.path());
    let server = Server::start(dir.path());
    offered(&server, "", RECORDS);
    let id = |gone: bool| expected.iter().find(|one| one.1 == gone).unwrap().0.clone();
    let mut queries = vec![
        "verb=Identify".to_owned(),
        "verb=ListMetadataFormats".to_owned(),
        "verb=ListSets".to_owned(),
        "verb=Nothing".to_owned(),
        "verb=GetRecord&metadataPrefix=a%20b&identifier=%00%01".to_owned(),
        "verb=GetRecord&metadataPrefix=marc21&identifier=x".to_owned(),
        "verb=ListRecords&resumptionToken=x".to_owned(),
        "verb=ListRecords&metadataPrefix=oai_dc&from=2026&from=2027".to_owned(),
        "verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01&set=a.b".to_owned(),
    ];
    for prefix in ["oai_dc", "oai_cerif_openaire"] {
        queries.push(format!("verb=ListRecords&metadataPrefix={prefix}"));
        queries.push(format!("verb=ListIdentifiers&metadataPrefix={prefix}&until=2999-01-01"));
        queries.push(format!("verb=GetRecord&metadataPrefix={prefix}&identifier={}", id(false)));
        queries.push(format!("verb=GetRecord&metadataPrefix={prefix}&identifier={}", id(true)));
        let mut page = get(&server, &format!("verb=ListRecords&metadataPrefix={prefix}"));
        while let Some(token) = between(&page, "\">r:", "</resumptionToken>") {
            queries.push(format!("verb=ListRecords&resumptionToken=r:{token}"));
            page = get(&server, &format!("verb=ListRecords&resumptionToken=r:{token}"));
        }
    }
    assert!(queries.len() >= 20, "the lists have pages: {}", queries.len());
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("oai/all.xsd");
    let check = |files: &[PathBuf]| {
        let mut command = Command::new("xmllint");
        command.args(["--nonet", "--noout", "--schema"]).arg(&schema).args(files);
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let mut files = Vec::new();
    for (n, query) in queries.iter().enumerate() {
        let reply = get(&server, query);
        assert!(!reply.contains("13900139000"), "contact data left the house");
        files.push(dir.path().join(format!("{n}.xml")));
        std::fs::write(&files[n], reply).unwrap();
    }
    let (valid, said) = check(&files);
    assert!(valid, "{said}");
    // The control: a schema that finds nothing wrong would prove nothing.
    let broken = std::fs::read_to_string(&files[0]).unwrap().replace("persistent", "sometimes");
    std::fs::write(&files[0], broken).unwrap();
    assert!(!check(&files[..1]).0);
}

#[test]
fn our_own_connector_brings_over_what_we_offer() {
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fill(theirs.path());
    let provider = Server::start(theirs.path());
    offered(&provider, "", RECORDS);
    let server = Server::start(ours.path());
    let client = Client::new(&server, ours.path());
    client.install_signed("oai-pmh", connector());
    client.json("POST", "/v1/tenants/city/plugins/oai-pmh/enable", &json!({}));
    let source = json!({
        "name": "省成果平台", "connector": "oai-pmh", "trust": "partner",
        "config": { "base_url": format!("{}/oai", provider.base) },
    });
    client.json("PUT", "/v1/tenants/city/sources/province", &source);
    let living = RECORDS - GONE;
    let ours = imported(&client, "province", living);
    let theirs = all(&Client::new(&provider, theirs.path()));
    assert_eq!(theirs.len(), living);
    assert!(theirs == ours, "{:#?}", theirs.symmetric_difference(&ours).next());
}

/// The connector for spreadsheets.
fn spreadsheet() -> Vec<u8> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/spreadsheet");
    run(&["plugin", "build", dir.to_str().unwrap()]);
    let entries = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
    let packed = entries.filter(|path| path.extension().is_some_and(|end| end == "wasm"));
    std::fs::read(packed.max().expect("a packed plugin")).unwrap()
}

#[test]
fn an_exported_list_reads_back_unchanged_through_our_own_connector() {
    let theirs = tempfile::tempdir().unwrap();
    fill(theirs.path());
    let provider = Server::start(theirs.path());
    let living = RECORDS - GONE;
    let plugin = spreadsheet();
    let expected = all(&Client::new(&provider, theirs.path()));
    assert_eq!(expected.len(), living);
    for format in ["csv", "xlsx"] {
        let address = format!("{}/v1/achievements/export?format={format}", provider.base);
        let mut response = ureq::get(address).call().unwrap();
        let file = response.body_mut().with_config().limit(1 << 24).read_to_vec().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start_unsigned(dir.path());
        let client = Client::new(&server, dir.path());
        client.send("POST", "/v1/tenants/city/plugins", "application/wasm", &plugin);
        let grants = "/v1/tenants/city/plugins/spreadsheet/grants";
        client.json("PUT", grants, &json!({ "all": true }));
        client.json("POST", "/v1/tenants/city/plugins/spreadsheet/enable", &json!({}));
        let source =
            json!({ "name": "导出的成果表", "connector": "spreadsheet", "trust": "partner" });
        client.json("PUT", "/v1/tenants/city/sources/table", &source);
        let name = format!("/v1/tenants/city/sources/table/files/export.{format}");
        client.send("PUT", &name, "application/octet-stream", &file);
        let ours = imported(&client, "table", living);
        assert!(
            ours == expected,
            "{format}: {:#?}",
            ours.symmetric_difference(&expected).take(2).collect::<Vec<_>>()
        );
    }
}

/// Reads a source whole, and says what was published of it.
fn imported(client: &Client, source: &str, count: usize) -> BTreeSet<String> {
    let runs = format!("/v1/tenants/city/sources/{source}/runs");
    let run = client.json("POST", &runs, &json!({ "mode": "full" }));
    let id = run["run"]["id"].as_str().unwrap().to_owned();
    let run = until("the end of the run", || {
        let run = client.get(&format!("/v1/runs/{id}"))["run"].clone();
        (run["status"] != "running").then_some(run)
    });
    assert_eq!(run["status"], "done", "{run}");
    assert_eq!(run["counts"]["rejected"], 0, "{run}");
    until("the index to follow", || {
        (client.get("/v1/achievements?limit=1&state=published")["total"] == count).then_some(())
    });
    all(client)
}

/// What every published achievement says, without what is each pool's own.
fn all(client: &Client) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut path = "/v1/achievements?limit=200&state=published".to_owned();
    loop {
        let page = client.get(&path);
        for one in page["achievements"].as_array().unwrap() {
            let mut facts = serde_json::Map::new();
            for name in [
                "title",
                "summary",
                "problem",
                "advantage",
                "field",
                "stage",
                "owners",
                "inventors",
                "ip",
                "keywords",
                "transfer_modes",
                "trial_offered",
                "price",
                "secrecy",
                "owner_declaration",
            ] {
                let mut value = one[name].clone();
                if let Some(rights) = value.as_array_mut().filter(|_| name == "ip") {
                    // Whether a right is in force is no part of Dublin Core.
                    rights.iter_mut().for_each(|right| right["status"] = Value::Null);
                    rights.iter_mut().for_each(|right| right["status_zh"] = Value::Null);
                }
                facts.insert(name.to_owned(), value);
            }
            found.insert(Value::Object(facts).to_string());
        }
        match page["next"].as_str() {
            Some(next) => {
                path = format!("/v1/achievements?limit=200&state=published&cursor={next}")
            }
            None => return found,
        }
    }
}
