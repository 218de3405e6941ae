//! One day in Huzhou: the demonstration, as a newcomer runs it, twice; and what came of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use taihu_model::{Achievement, CurationAction, Membership};
use taihu_service::{Caller, Compiler, Filter, Gate, Home, HomeOptions, SystemClock};

use crate::program::{last_json, run};

#[test]
fn the_demonstration_runs_and_a_second_run_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let args = ["demo", "--json", "--data", data.to_str().unwrap()];
    let first = last_json(&run(&args));
    let number =
        |name: &str| first[name].as_u64().unwrap_or_else(|| panic!("{name} is missing in {first}"));
    let expected = expected();
    for name in ["imported", "rejected", "merged", "achievements"] {
        assert_eq!(Some(number(name)), expected[name].as_u64(), "{name} in {first}");
    }
    assert!(number("pool_members") >= 40, "{first}");
    assert!(number("needs") == 12 && number("matches") >= 25, "{first}");
    assert_eq!((number("accepted"), number("declined")), (1, 1), "{first}");
    assert!(first["seconds"].as_f64().unwrap() > 0.0);

    let mut second = last_json(&run(&args));
    assert_eq!(second["changes"], 0, "{second}");
    let mut first = first;
    for summary in [&mut first, &mut second] {
        summary["seconds"] = 0.into();
        summary["changes"] = 0.into();
    }
    assert_eq!(first, second);
    let home = open(&data);
    let caller = Caller::console(home.kernel.city().clone());
    answers_are_what_people_expect(&home, &caller, &expected);
    what_a_person_decides_survives_the_rule(&home, &caller);
    drop(home);

    // What is derived can be thrown away: compiled code and the index come again by themselves.
    std::fs::remove_dir_all(data.join("cache")).unwrap();
    let answer = last_json(&run(&["match", "户外竹材防霉防蛀", "--json", "--data", args[3]]));
    assert!(answer["answers"][0]["factors"].as_array().unwrap().len() > 5, "{answer}");
}

fn open(data: &Path) -> Home {
    let options = HomeOptions {
        clock: Arc::new(SystemClock),
        outbound: Arc::new(Gate),
        compiler: Compiler::InProcess,
        loopback: false,
        allow_unsigned: false,
        embedding: None,
    };
    Home::open(data, options).unwrap()
}

/// Pins an achievement that the rule leaves out, excludes one that it takes in, and runs the rule again.
fn what_a_person_decides_survives_the_rule(home: &Home, caller: &Caller) {
    let kernel = &home.kernel;
    let slug = "deqing-geoinfo".parse().unwrap();
    let before = kernel.memberships(caller, &slug, None, 200).unwrap().members;
    let taken_in = before.iter().find(|(one, _)| one.is_in()).unwrap().0.achievement;
    let all = kernel.find_achievements(caller, "竹材", Filter::default(), 0, 1).unwrap();
    let left_out = all.achievements[0].id;
    assert!(before.iter().all(|(one, _)| one.achievement != left_out));
    let error = kernel.curate(caller, &slug, left_out, Some(CurationAction::Pin), " ").unwrap_err();
    assert_eq!(error.code(), "invalid", "a decision has a reason");
    let decisions = [(left_out, CurationAction::Pin), (taken_in, CurationAction::Exclude)];
    for (id, action) in decisions {
        kernel.curate(caller, &slug, id, Some(action), "专家现场核实").unwrap();
    }
    kernel.fill_pool(caller, &slug, &mut |_| {}).unwrap();
    let after = kernel.memberships(caller, &slug, None, 200).unwrap().members;
    let is_in = |id| after.iter().find(|(one, _)| one.achievement == id).unwrap().0.is_in();
    assert!(is_in(left_out) && !is_in(taken_in), "the rule overruled a person");
    let size = |members: &[(Membership, Achievement)]| {
        members.iter().filter(|(one, _)| one.is_in()).count()
    };
    assert_eq!(size(&after), size(&before));
    assert_eq!(kernel.pool_size(&slug).unwrap(), size(&after) as u64);
}

/// For each need: the best answer is one that the example's authors expect, every expected one is
/// among the answers, and a need that nothing answers gets none.
fn answers_are_what_people_expect(home: &Home, caller: &Caller, expected: &Value) {
    let mut seen = 0;
    for tenant in home.kernel.tenants().unwrap() {
        for need in home.kernel.needs(caller, &tenant.slug, None, 100).unwrap().0 {
            let good: BTreeSet<&str> = expected["needs"][&need.facts.title]
                .as_array()
                .unwrap_or_else(|| panic!("nothing is said of {:?}", need.facts.title))
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let ids: Vec<BTreeSet<String>> = home
                .kernel
                .matches(caller, &tenant.slug, need.id)
                .unwrap()
                .into_iter()
                .map(|(found, _)| {
                    let records = home.kernel.source_records(caller, found.achievement).unwrap();
                    records.into_iter().map(|record| record.source_id).collect()
                })
                .collect();
            let is_good = |ids: &BTreeSet<String>| ids.iter().any(|id| good.contains(id.as_str()));
            match ids.first() {
                Some(best) => assert!(is_good(best), "{}: {best:?} is no answer", need.facts.title),
                None => assert!(good.is_empty(), "{} has no answer", need.facts.title),
            }
            let found: BTreeSet<&str> =
                ids.iter().flatten().map(String::as_str).filter(|id| good.contains(id)).collect();
            assert_eq!(found, good, "{}: an expected answer is missing", need.facts.title);
            seen += 1;
        }
    }
    assert_eq!(Some(seen), expected["needs"].as_object().map(serde_json::Map::len));
}

/// What the example's authors say must be found.
fn expected() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/one-day/expected.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
