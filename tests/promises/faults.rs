//! OAI-PMH servers that bend or break the protocol (DOMAIN §7), one row each: what the run says of it,
//! what it brings all the same, and that nothing is withdrawn which the server still has.
//!
//! The server is ours and its faults are written down. Every row begins with a source of six records,
//! read whole while the server behaved. Then a seventh comes, on the first page, and the fault with it.
//! In the end the server behaves again, and the pool holds what it has, whatever was before.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use encoding_rs::GB18030;
use serde_json::json;
use taihu_model::{
    AchievementState, GrantRequest, PluginName, Run, RunStatus, SourceSlug, VanishedDecision,
};
use taihu_service::{
    Caller, Compiler, Filter, Gate, Grant, Home, HomeOptions, HttpReply, HttpRequest,
    InstallOptions, ManualClock, Outbound, OutboundError, Progress, Role, RunMode,
};

use crate::ground::guest;

mod server;

use server::*;

/// What a request waits for a server that says nothing, where a row says so.
const PATIENCE: Duration = Duration::from_millis(400);
/// Waits for a server that says nothing as long as a row wants to, and asks nothing of the clock.
struct Hurried;

impl Outbound for Hurried {
    fn fetch(&self, grant: &Grant, request: &HttpRequest) -> Result<HttpReply, OutboundError> {
        let mut grant = grant.clone();
        if request.url.contains("hurried=") {
            grant.patience = Some(PATIENCE);
        }
        Gate.fetch(&grant, request)
    }
}

/// One home for all rows: each has a source of its own in it.
pub(crate) struct House {
    home: Home,
    caller: Caller,
    clock: Arc<ManualClock>,
    _dir: tempfile::TempDir,
}

pub(crate) fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let options = HomeOptions {
            clock: Arc::<ManualClock>::clone(&clock),
            outbound: Arc::new(Hurried),
            compiler: Compiler::InProcess,
            loopback: true,
            allow_unsigned: false,
            embedding: None,
        };
        let home = Home::open(dir.path(), options).unwrap();
        let kernel = &home.kernel;
        let (city, caller) = (kernel.city().clone(), Caller::console(kernel.city().clone()));
        let (_, token) = kernel.issue_token(&caller, "第二人", Role::City, &city).unwrap();
        let second = kernel.authenticate(&token).unwrap();
        let file = guest("oai-pmh");
        let signature = crate::signing::sign(kernel, &file);
        let options = InstallOptions { signature, ..InstallOptions::default() };
        kernel.install(&caller, &city, &file, options).unwrap();
        let name: PluginName = "oai-pmh".parse().unwrap();
        let all = GrantRequest { all: true, ..GrantRequest::default() };
        if !kernel.grant_plugin(&caller, &city, &name, &all).unwrap().pending().is_empty() {
            kernel.second_grant(&second, &city, &name).unwrap();
        }
        kernel.enable(&caller, &city, &name).unwrap();
        House { home, caller, clock, _dir: dir }
    })
}

/// What a run said: the run, every warning, and the error it ended with.
pub(crate) struct Said {
    pub(crate) run: Run,
    pub(crate) words: String,
}

impl House {
    /// A source of a server's records, in a set, with few of them to vanish unasked.
    pub(crate) fn source(&self, name: &str, base: &str, set: &str) -> SourceSlug {
        let source = json!({
            "slug": name, "name": "东南大学", "tenant": "city", "connector": "oai-pmh",
            "trust": "partner", "withdraw_max": { "percent": 20, "records": 3 },
            "config": { "base_url": base, "set": set },
            "defaults": { "secrecy": "公开", "owner_declaration": "是" },
        });
        let source = serde_json::from_value(source).unwrap();
        self.home.kernel.put_source(&self.caller, source).unwrap().slug
    }

    pub(crate) fn read(&self, slug: &SourceSlug, mode: RunMode) -> Said {
        self.clock.advance_ms(60_000);
        let kernel = &self.home.kernel;
        let run = kernel.start_run(&self.caller, slug, mode).unwrap();
        let mut words = String::new();
        let driven = kernel.drive_run(&self.caller, run.id, &mut |progress| {
            if let Progress::Warning(warning) = progress {
                words += &format!("{}\n", warning.text.en);
            }
        });
        if let Err(error) = driven {
            words += &error.to_string();
        }
        Said { run: kernel.run(&self.caller, run.id).unwrap(), words }
    }

    /// Whether an achievement of this title is published.
    pub(crate) fn has(&self, title: &str) -> bool {
        let kernel = &self.home.kernel;
        kernel.catch_up().unwrap();
        let states = vec![AchievementState::Published.to_string()];
        let filter = Filter { states, ..Filter::default() };
        let found = kernel.find_achievements(&self.caller, title, filter, 0, 50).unwrap();
        found.achievements.iter().any(|one| one.facts.title == title)
    }

    /// Which of the server's records are published.
    fn published(&self, name: &str) -> Vec<usize> {
        (0..10).filter(|n| self.has(&title(name, *n))).collect()
    }
}

/// What a row expects of the run in which the fault is.
struct Want {
    status: RunStatus,
    complete: bool,
    /// New, unchanged, withdrawn, rejected.
    counts: [u64; 4],
    vanished: Option<VanishedDecision>,
    /// What it must say, in warnings or as the error.
    says: &'static [&'static str],
}

/// A run that reads everything in spite of the fault.
const WHOLE: Want = Want {
    status: RunStatus::Done,
    complete: true,
    counts: [1, 6, 0, 0],
    vanished: None,
    says: &[],
};

/// A run that ends, knows that it did not see everything, and so concludes nothing.
const PARTIAL: Want = Want { complete: false, counts: [1, 3, 0, 0], ..WHOLE };

/// A run that fails on the second page: the first stays.
const FAILED: Want = Want { status: RunStatus::Failed, ..PARTIAL };

const ALL: &[usize] = &[0, 1, 2, 3, 4, 5, 6];

#[track_caller]
fn check(name: &'static str, mode: RunMode, fault: Script, want: &Want) {
    run_through(name, "", mode, fault, want, ALL);
}

#[track_caller]
fn run_through(
    name: &'static str,
    query: &str,
    mode: RunMode,
    fault: Script,
    want: &Want,
    published: &[usize],
) {
    let house = house();
    let feed = Feed::start(name);
    let slug = house.source(name, &format!("{}{query}", feed.base), "cg");
    let first = house.read(&slug, RunMode::Full);
    assert_eq!((first.run.status, first.run.counts.new), (RunStatus::Done, 6), "{}", first.words);
    *feed.script.lock().unwrap() = fault;
    let Said { run, words } = house.read(&slug, mode);
    let counts = &run.counts;
    let counted = [counts.new, counts.unchanged, counts.withdrawn, counts.rejected];
    let vanished = run.vanished.as_ref().map(|vanished| vanished.decision);
    let got = (run.status, run.complete, counted, vanished);
    assert_eq!(got, (want.status, want.complete, want.counts, want.vanished), "{name}: {words}");
    for said in want.says {
        assert!(words.contains(said), "{name} does not say {said:?}: {words}");
    }
    assert_eq!(house.published(name), published, "{name}: {words}");
    // The server behaves again: the pool holds what it has.
    *feed.script.lock().unwrap() = honest;
    let after = house.read(&slug, RunMode::Full);
    assert_eq!((after.run.status, after.run.complete), (RunStatus::Done, true), "{}", after.words);
    assert_eq!(house.published(name), ALL, "{name} afterwards");
}

use RunMode::{Full, Incremental};

#[test]
fn a_server_that_behaves_is_read_whole() {
    check("honest", Full, honest, &WHOLE);
    let changes = Want { counts: [1, 0, 0, 0], ..WHOLE };
    check("honest-changes", Incremental, honest, &changes);
}

#[test]
fn lost_tombstones_show_in_full_runs_only_and_many_at_once_wait_for_a_person() {
    fn one_lost(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || list(name, &[3, 4], ""))
    }
    fn many_lost(asked: &Asked, name: &str) -> Answer {
        but_first(asked, name, || list(name, SEVEN, ""))
    }
    let rule = Want { counts: [1, 5, 1, 0], vanished: Some(VanishedDecision::Withdrawn), ..WHOLE };
    run_through("lost-one", "", Full, one_lost, &rule, &[0, 1, 2, 3, 4, 6]);
    let waits = Want { counts: [1, 3, 0, 0], vanished: Some(VanishedDecision::Waiting), ..WHOLE };
    check("lost-many", Full, many_lost, &waits);
    let changes = Want { counts: [1, 3, 0, 0], ..WHOLE };
    check("lost-changes", Incremental, many_lost, &changes);
}

#[test]
fn a_tombstone_withdraws_in_every_run_and_one_of_nobody_nothing() {
    fn deleted(asked: &Asked, name: &str) -> Answer {
        let page = || {
            let gone = gone(name, 5) + &gone(name, 99);
            Oai(format!("<ListRecords>{}{gone}</ListRecords>", records(name, &[6])))
        };
        but_first(asked, name, page)
    }
    let want = Want { counts: [1, 0, 1, 0], ..WHOLE };
    run_through("tombstone", "", Incremental, deleted, &want, &[0, 1, 2, 3, 4, 6]);
}

#[test]
fn a_set_that_is_lost_on_page_two_brings_in_nobody_else() {
    fn fault(asked: &Asked, name: &str) -> Answer {
        let foreign = || {
            let foreign: String = [7, 8, 9].iter().map(|n| record(name, *n, "xw")).collect();
            Oai(format!("<ListRecords>{foreign}{}</ListRecords>", records(name, SECOND)))
        };
        but_second(asked, name, foreign)
    }
    check("lost-set", Full, fault, &Want { says: &["the server lost the set: 3"], ..WHOLE });
}

#[test]
fn a_repeated_token_ends_the_run_and_concludes_nothing() {
    fn same_page(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || list(name, SEVEN, NEXT))
    }
    fn in_a_ring(asked: &Asked, name: &str) -> Answer {
        let token = if asked.token == "t2" { "t3" } else { "t2" };
        let end = format!("<resumptionToken>{token}</resumptionToken>");
        but_second(asked, name, || list(name, SEVEN, &end))
    }
    let want = Want { says: &["gave the token \"t2\" again", "4 records came twice"], ..PARTIAL };
    check("token-again", Full, same_page, &want);
    check("token-ring", Full, in_a_ring, &want);
}

#[test]
fn a_list_that_changes_its_size_is_a_list_that_changed() {
    fn shrinks(asked: &Asked, name: &str) -> Answer {
        let end = |size: usize, token: &str| {
            format!("<resumptionToken completeListSize=\"{size}\">{token}</resumptionToken>")
        };
        match (asked.verb.as_str(), asked.token.as_str()) {
            ("Identify", _) => honest(asked, name),
            (_, "") => list(name, SEVEN, &end(7, "t2")),
            _ => list(name, &[3, 4], &end(6, "")),
        }
    }
    let says = &["completeListSize changed from 7 to 6"];
    check("size", Full, shrinks, &Want { counts: [1, 5, 0, 0], says, ..PARTIAL });
}

#[test]
fn a_final_token_may_be_absent_or_empty_and_one_that_is_lost_midway_is_noticed_by_the_size() {
    fn absent(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || list(name, SECOND, ""))
    }
    fn blank(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || {
            list(name, SECOND, "<resumptionToken completeListSize=\"7\"> \n </resumptionToken>")
        })
    }
    fn midway(asked: &Asked, name: &str) -> Answer {
        but_first(asked, name, || list(name, SEVEN, "<resumptionToken completeListSize=\"7\"/>"))
    }
    check("token-absent", Full, absent, &WHOLE);
    check("token-empty", Full, honest, &WHOLE);
    check("token-blank", Full, blank, &WHOLE);
    check("token-lost", Full, midway, &Want { says: &["7 records, but 4 came"], ..PARTIAL });
}

#[test]
fn a_token_that_expired_begins_the_list_again_once() {
    fn once(asked: &Asked, name: &str) -> Answer {
        // The list was read once before the fault.
        let expired = asked.before == 1;
        but_second(asked, name, || {
            if expired { error("badResumptionToken") } else { list(name, SECOND, "") }
        })
    }
    fn always(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || error("badResumptionToken"))
    }
    check("expired", Full, once, &Want { says: &["had expired"], ..WHOLE });
    check("expired-again", Full, always, &Want { says: &["badResumptionToken"], ..FAILED });
}

fn error(code: &str) -> Answer {
    Oai(format!("<error code=\"{code}\">no</error>"))
}

#[test]
fn days_and_mixed_granularity_bring_what_changed() {
    /// Knows days, and refuses a `from` of anything else.
    fn days(asked: &Asked, name: &str) -> Answer {
        match asked.verb.as_str() {
            "Identify" => identify("YYYY-MM-DD"),
            _ if asked.from == "2026-05-19" || asked.from.is_empty() => honest(asked, name),
            _ => error("badArgument"),
        }
    }
    /// States seconds, takes days, and dates records by days.
    fn mixed(asked: &Asked, name: &str) -> Answer {
        match honest(asked, name) {
            _ if asked.from.len() > 10 => error("badArgument"),
            Oai(body) if !asked.from.is_empty() => Oai(body.replace("T00:00:00Z", "")),
            other => other,
        }
    }
    let changes = Want { counts: [1, 0, 0, 0], ..WHOLE };
    check("days", Incremental, days, &changes);
    check("mixed", Incremental, mixed, &Want { says: &["does not take them"], ..changes });
}

#[test]
fn a_503_is_waited_out_or_come_back_to_and_one_without_a_time_fails() {
    fn soon(asked: &Asked, name: &str) -> Answer {
        let busy = asked.before == 1;
        but_second(asked, name, || {
            if busy { Status(503, "retry-after: 0\r\n") } else { list(name, SECOND, "") }
        })
    }
    fn later(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || Status(503, "retry-after: 600\r\n"))
    }
    fn never(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || Status(503, ""))
    }
    check("busy-soon", Full, soon, &WHOLE);
    // The run stands where it was, and whoever drives it next goes on from there.
    let stands = Want { status: RunStatus::Running, says: &["try again in 600 s"], ..PARTIAL };
    check("busy-later", Full, later, &stands);
    check("busy-never", Full, never, &Want { says: &["status 503"], ..FAILED });
}

#[test]
fn a_slow_and_an_endless_body_are_cut_and_the_first_page_stays() {
    fn slow(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || Slow)
    }
    fn endless(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || Endless)
    }
    let want = Want { says: &["there was no reply"], ..FAILED };
    run_through("slow", "?hurried=1", Full, slow, &want, ALL);
    check("endless", Full, endless, &want);
}

#[test]
fn broken_xml_and_what_is_no_xml_fail_with_their_place_and_the_first_page_stays() {
    fn torn(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || {
            let whole = wrap(&format!("<ListRecords>{}", records(name, SECOND)));
            Whole(whole.as_bytes()[..whole.len() * 2 / 3].to_vec())
        })
    }
    fn crossed(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || Oai("<ListRecords><record></ListRecords></record>".to_owned()))
    }
    fn page_of_a_portal(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || Whole(b"<html><body>502</body></html>".to_vec()))
    }
    fn bomb(asked: &Asked, name: &str) -> Answer {
        let bomb = b"<!DOCTYPE a [<!ENTITY b \"bb\">]><OAI-PMH>&b;</OAI-PMH>";
        but_second(asked, name, || Whole(bomb.to_vec()))
    }
    check("torn", Full, torn, &Want { says: &["line 2, column "], ..FAILED });
    check("crossed", Full, crossed, &Want { says: &["line 2, column "], ..FAILED });
    check("portal", Full, page_of_a_portal, &Want { says: &["but <html>"], ..FAILED });
    check("bomb", Full, bomb, &Want { says: &["document type declaration"], ..FAILED });
}

#[test]
fn a_wrong_encoding_is_read_as_it_is_and_what_is_garbled_takes_nothing_back() {
    /// GB18030 by the name of UTF-8.
    fn other(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || {
            let text = wrap(&format!("<ListRecords>{}</ListRecords>", records(name, SECOND)));
            Whole(GB18030.encode(&text).0.into_owned())
        })
    }
    /// UTF-8 with a byte that is of no encoding, in one title.
    fn garbled(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || {
            let text = wrap(&format!("<ListRecords>{}</ListRecords>", records(name, SECOND)));
            let at = text.find("第4号").unwrap();
            let mut bytes = text.into_bytes();
            bytes.splice(at..at + 1, [0xff, 0xff]);
            Whole(bytes)
        })
    }
    check("encoding", Full, other, &Want { says: &["declares UTF-8, but it is gb18030"], ..WHOLE });
    let want = Want { counts: [1, 5, 0, 1], says: &["were replaced"], ..WHOLE };
    check("garbled", Full, garbled, &want);
}

#[test]
fn a_redirect_to_a_private_address_leads_nowhere() {
    fn private(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || Status(302, "location: http://10.0.0.8/oai\r\n"))
    }
    fn metadata(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || Status(307, "location: //169.254.169.254/latest\r\n"))
    }
    fn for_ever(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || {
            Status(302, "location: ?verb=ListRecords&resumptionToken=t2\r\n")
        })
    }
    check(
        "private",
        Full,
        private,
        &Want { says: &["http://10.0.0.8:80 is not granted"], ..FAILED },
    );
    let want = Want { says: &["http://169.254.169.254:80 is not granted"], ..FAILED };
    check("metadata", Full, metadata, &want);
    check("for-ever", Full, for_ever, &Want { says: &["there was no reply"], ..FAILED });
}

#[test]
fn a_bad_record_among_good_ones_is_rejected_alone() {
    fn fault(asked: &Asked, name: &str) -> Answer {
        but_second(asked, name, || {
            let bad = record(name, 9, "cg").replace(&title(name, 9), "");
            Oai(format!("<ListRecords>{bad}{}</ListRecords>", records(name, SECOND)))
        })
    }
    check("bad-record", Full, fault, &Want { counts: [1, 6, 0, 1], ..WHOLE });
}
