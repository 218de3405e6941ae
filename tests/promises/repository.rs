//! Our harvester at an OAI-PMH server that nobody here wrote: `oaipmh` under `waitress`, from PyPI, in
//! an environment that the test makes. Where there is no Python, or no index of its packages, it says
//! so loudly.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use taihu_model::{RunStatus, SourceSlug};
use taihu_service::RunMode;

use crate::faults::house;
use crate::pypi::{self, skipped};

/// What the server is made of, in the versions that were tried.
const PACKAGES: [&str; 3] = ["oaipmh==4.0.0", "waitress==3.0.2", "lxml==6.1.3"];
const SUMMARY: &str = "面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成年处理五百吨的中试线，再生正极材料的比容量和循环寿命均达到动力级要求，综合成本降低三成。";

/// Records of the repository: four pages of its ten, and a rest.
const RECORDS: usize = 43;
/// Every third is of the set `xw`, the others of `cg`.
const OF_CG: usize = 29;

/// The server as a process; it ends when its standard input does.
struct Repository {
    child: Child,
    base: String,
    file: PathBuf,
    records: Vec<Value>,
}

impl Repository {
    fn start(python: &Path, dir: &Path) -> Self {
        let file = dir.join("records.json");
        let records: Vec<Value> = (0..RECORDS).map(|n| record(n, "2026-05-01T00:00:00")).collect();
        std::fs::write(&file, Value::from(records.clone()).to_string()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oai/repository.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut base = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut base).unwrap();
        Self { child, base: base.trim().to_owned(), file, records }
    }

    fn write(&self) {
        // Whole or not at all: the server may be reading.
        let fresh = self.file.with_extension("new");
        std::fs::write(&fresh, Value::from(self.records.clone()).to_string()).unwrap();
        std::fs::rename(fresh, &self.file).unwrap();
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn set(n: usize) -> [&'static str; 1] {
    [if n % 3 == 1 { "xw" } else { "cg:lab" }]
}

fn title(n: usize) -> String {
    format!("仓储第{n}号<极片>剥离&补锂技术")
}

fn record(n: usize, stamp: &str) -> Value {
    json!({
        "id": format!("oai:repository:{n}"), "stamp": stamp, "sets": set(n),
        "dc": {
            "title": [title(n)], "description": [format!("第{n}号成果{SUMMARY}"), "优势：流程短"],
            "creator": ["沈牧之"], "publisher": ["东南大学"], "date": ["2025"],
        },
    })
}

/// Reads the source, over this many pages; says what the run counted: new, of a known achievement,
/// changed, unchanged, withdrawn.
#[track_caller]
fn check(slug: &SourceSlug, mode: RunMode, pages: u32, counts: [u64; 5]) {
    let said = house().read(slug, mode);
    let got = &said.run.counts;
    assert_eq!((said.run.status, said.run.complete), (RunStatus::Done, true), "{}", said.words);
    let counted = [got.new, got.merged, got.changed, got.unchanged, got.withdrawn];
    assert_eq!((got.pages, counted, got.rejected), (pages, counts, 0), "{slug} {mode:?}");
    assert_eq!(said.words, "", "{slug} {mode:?}");
}

#[test]
fn a_server_that_nobody_here_wrote_is_harvested_whole_then_by_changes_and_by_sets() {
    use RunMode::{Full, Incremental};
    let python = match pypi::python("oai-server", "import oaipmh, waitress", &PACKAGES) {
        Ok(python) => python,
        Err(reason) => return skipped("harvesting a server from PyPI", &reason),
    };
    let dir = tempfile::tempdir().unwrap();
    let mut repository = Repository::start(&python, dir.path());
    let house = house();
    let all = house.source("repository", &repository.base, "");
    let cg = house.source("repository-cg", &repository.base, "cg");
    let (records, of_cg) = (RECORDS as u64, OF_CG as u64);
    check(&all, Full, 5, [records, 0, 0, 0, 0]);
    check(&all, Full, 5, [0, 0, 0, records, 0]);
    // The same achievements from a second source: a set, and the sets below it.
    check(&cg, Full, 3, [0, of_cg, 0, 0, 0]);
    // Nothing happened: the server says noRecordsMatch.
    check(&all, Incremental, 0, [0; 5]);

    // One says something else, one is gone, one is new.
    let later = "2026-06-01T00:00:00";
    repository.records[0] = record(0, later);
    repository.records[0]["dc"]["description"][1] = "优势：流程更短".into();
    repository.records[2] = json!({
        "id": "oai:repository:2", "stamp": later, "sets": set(2), "deleted": true,
    });
    repository.records.push(record(RECORDS, later));
    repository.write();
    check(&all, Incremental, 1, [1, 0, 1, 0, 1]);
    assert!(house.has(&title(2)), "the second source still says it");
    check(&cg, Incremental, 1, [0, 0, 1, 0, 1]);
    assert!(!house.has(&title(2)) && house.has(&title(RECORDS)));
    // Inclusive: what is as late as the last run may come again, and changes nothing.
    check(&all, Incremental, 1, [0, 0, 0, 2, 0]);
    check(&all, Full, 5, [0, 0, 0, records, 0]);
    assert!((0..=RECORDS).all(|n| house.has(&title(n)) == (n != 2)));
}
