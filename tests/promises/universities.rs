//! Six universities: each sample through its source configuration, by the command a newcomer types,
//! and every record as its author wrote it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use taihu_model::{Achievement, GrantRequest, PluginName, Price};
use taihu_service::{Caller, Filter, Home, InstallOptions, ManualClock, Role};

use crate::ground::{Ground, guest};
use crate::program::{last_json, run};

/// School, name, and what its run brings: new, rejected, withdrawn, warnings.
const SCHOOLS: &[(&str, &str, [u64; 4])] = &[
    ("tsinghua", "清华大学", [5, 1, 0, 0]),
    ("seu", "东南大学", [4, 0, 0, 0]),
    ("fudan", "复旦大学", [4, 1, 0, 1]),
    ("sjtu", "上海交通大学", [4, 0, 0, 0]),
    ("hit", "哈尔滨工业大学", [4, 0, 0, 0]),
    ("xmu", "厦门大学", [4, 0, 0, 0]),
];

#[test]
fn a_university_is_a_configuration_and_one_command() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    install(&data);
    for (school, _, want) in SCHOOLS {
        let first = import(&data, school);
        let count = |name: &str| first["counts"][name].as_u64().unwrap();
        let got = ["new", "rejected", "withdrawn", "warnings"].map(count);
        assert_eq!((got, &first["complete"]), (*want, &Value::Bool(true)), "{school}: {first}");
        // A second run changes nothing.
        let second = import(&data, school);
        assert_eq!(second["counts"]["new"], 0, "{school}: {second}");
        assert_eq!(second["counts"]["changed"], 0, "{school}: {second}");
        assert_eq!(second["counts"]["unchanged"], want[0], "{school}: {second}");
    }
    let home = open(&data);
    let caller = Caller::console(home.kernel.city().clone());
    let content: toml::Table =
        std::fs::read_to_string(example().join("content.toml")).unwrap().parse().unwrap();
    for (school, name, _) in SCHOOLS {
        for wrote in content[*school].as_array().unwrap() {
            let title = wrote["title"].as_str().unwrap();
            let found =
                home.kernel.find_achievements(&caller, title, Filter::default(), 0, 1).unwrap();
            let read = &found.achievements[0];
            is_as_written(read, wrote, name);
            let records = home.kernel.source_records(&caller, read.id).unwrap();
            assert_eq!(records.len(), 1, "{title}");
            assert!(!records[0].raw.verbatim.is_empty(), "{title}");
            let has_origin = |name: &str| {
                let of = records[0].raw.fields.iter().find(|field| field.name == name);
                of.is_some_and(|field| !field.origin.is_empty())
            };
            assert!(has_origin("title") && has_origin("summary"), "{title}");
        }
    }
}

#[track_caller]
fn is_as_written(read: &Achievement, wrote: &toml::Value, school: &str) {
    let facts = &read.facts;
    let texts = |name: &str| -> Vec<&str> {
        wrote[name].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect()
    };
    let title = wrote["title"].as_str().unwrap();
    assert_eq!((facts.title.as_str(), facts.owners.as_slice()), (title, &[school.to_owned()][..]));
    let summary = taihu_model::normalise_prose(wrote["summary"].as_str().unwrap());
    assert_eq!(facts.summary, summary, "{title}");
    assert_eq!(facts.inventors, texts("by"), "{title}");
    assert_eq!(facts.keywords, texts("kw"), "{title}");
    assert_eq!(facts.ip.len(), 1, "{title}: {:?}", facts.ip);
    assert!(facts.year.is_some() && (facts.stage.is_some() || facts.trl.is_some()), "{title}");
    let modes: Vec<&str> = facts.transfer_modes.iter().map(|mode| mode.zh()).collect();
    let mut wanted = texts("modes");
    wanted.sort_unstable();
    let mut got = modes.clone();
    got.sort_unstable();
    assert_eq!(got, wanted, "{title}");
    match (wrote.get("price").and_then(toml::Value::as_integer), &facts.price) {
        (Some(wan), Some(Price::Fixed { amount_fen })) => {
            assert_eq!(*amount_fen, wan * 1_000_000, "{title}");
        }
        (None, None | Some(Price::Negotiable)) => {}
        other => panic!("{title}: {other:?}"),
    }
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/universities")
}

fn open(data: &Path) -> Home {
    let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
    Ground::open(data, &clock)
}

/// Brings a school's sample in, as the README says.
fn import(data: &Path, school: &str) -> Value {
    let folder = example().join(school);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let mut args = vec!["import".to_owned(), text(&folder.join("source.toml"))];
    if folder.join("replies.json").exists() {
        args.extend(["--replies".to_owned(), text(&folder)]);
    } else {
        let files = std::fs::read_dir(folder.join("files")).unwrap();
        args.extend(files.map(|file| text(&file.unwrap().path())));
    }
    args.extend(["--full", "--json", "--data"].map(ToOwned::to_owned));
    args.push(text(data));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    last_json(&run(&args))
}

/// Installs the connectors, as `taihu demo` does.
fn install(data: &Path) {
    let home = open(data);
    let kernel = &home.kernel;
    let (city, caller) = (kernel.city().clone(), Caller::console(kernel.city().clone()));
    let (_, token) = kernel.issue_token(&caller, "第二人", Role::City, &city).unwrap();
    let second = kernel.authenticate(&token).unwrap();
    for name in ["oai-pmh", "spreadsheet", "json-http"] {
        let file = guest(name);
        let signature = crate::signing::sign(kernel, &file);
        let options = InstallOptions { signature, ..InstallOptions::default() };
        kernel.install(&caller, &city, &file, options).unwrap();
        let name: PluginName = name.parse().unwrap();
        let all = GrantRequest { all: true, ..GrantRequest::default() };
        let grant = kernel.grant_plugin(&caller, &city, &name, &all).unwrap();
        if !grant.pending().is_empty() {
            kernel.second_grant(&second, &city, &name).unwrap();
        }
        kernel.enable(&caller, &city, &name).unwrap();
    }
}
