//! PROMISES row 15, for imports: a file that breaks off at every twentieth leaves nothing partial to
//! be seen, and bringing it again is harmless.

use std::io::{Error, ErrorKind, Read};
use std::sync::Arc;

use taihu_model::{Run, RunStatus, Source};
use taihu_service::{
    Caller, Compiler, Filter, Gate, Home, HomeOptions, ManualClock, RunMode, limits,
};

const RECORDS: usize = 40;

struct Place {
    home: Home,
    caller: Caller,
    dir: tempfile::TempDir,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let options = HomeOptions {
        clock: Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap())),
        outbound: Arc::new(Gate),
        compiler: Compiler::InProcess,
        loopback: false,
        allow_unsigned: false,
        embedding: None,
    };
    let home = Home::open(dir.path(), options).unwrap();
    let caller = Caller::console(home.kernel.city().clone());
    let source = serde_json::json!({
        "slug": "seu", "name": "东南大学", "tenant": "city", "connector": "json-lines",
        "trust": "partner", "config": { "id": "id", "fields": {
            "title": "title", "summary": "summary", "owner": "owner",
            "secrecy": {"constant": "公开"}, "owner_declaration": {"constant": "是"},
        } },
    });
    let source: Source = serde_json::from_value(source).unwrap();
    home.kernel.put_source(&caller, source).unwrap();
    Place { home, caller, dir }
}

fn lines() -> Vec<u8> {
    let summary = "本成果面向动力电池回收企业，提出极片无损剥离与补锂修复的短流程工艺，已建成年处理五百吨的中试线，\
                   再生正极材料的比容量和循环寿命均达到动力级要求。";
    let line = |n| {
        let record = serde_json::json!({
            "id": n, "title": format!("第{n}号极片剥离技术"), "summary": summary, "owner": "东南大学",
        });
        format!("{record}\n")
    };
    (0..RECORDS).map(line).collect::<String>().into_bytes()
}

/// A file of which the rest never comes.
struct Breaks<'a>(&'a [u8]);

impl Read for Breaks<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(out)? {
            0 if !out.is_empty() => Err(Error::from(ErrorKind::ConnectionReset)),
            read => Ok(read),
        }
    }
}

impl Place {
    fn import(&self, file: impl Read) -> Result<Run, taihu_service::Error> {
        let kernel = &self.home.kernel;
        let slug = "seu".parse().unwrap();
        let run = kernel.start_run(&self.caller, &slug, RunMode::Full)?;
        kernel.drive_lines(&self.caller, run.id, file, &mut |_| {})
    }

    /// Every title and summary, by title.
    fn seen(&self) -> Vec<(String, String)> {
        let kernel = &self.home.kernel;
        kernel.catch_up().unwrap();
        let page = kernel.find_achievements(&self.caller, "", Filter::default(), 0, 200).unwrap();
        let facts = page.achievements.into_iter().map(|one| one.facts);
        let mut seen: Vec<_> = facts.map(|facts| (facts.title, facts.summary)).collect();
        seen.sort();
        seen
    }
}

/// Brings a part of the lines in some way, then all of them twice.
#[track_caller]
fn check(cut: usize, part: impl Read, status: RunStatus) {
    let (whole, fresh) = (lines(), place());
    fresh.import(whole.as_slice()).unwrap();
    let all = fresh.seen();
    assert_eq!(all.len(), RECORDS);
    let torn = place();
    let brought = torn.import(part);
    match (&brought, status) {
        (Ok(run), RunStatus::Done) => assert_eq!(run.status, RunStatus::Done, "cut at {cut}"),
        (Err(error), RunStatus::Failed) => {
            assert_eq!(error.code(), "upstream_failed", "cut at {cut}: {error}");
        }
        _ => panic!("cut at {cut}: {brought:?}"),
    }
    let some = torn.seen();
    assert!(some.iter().all(|one| all.contains(one)), "cut at {cut}: a part of a record is seen");
    let again = torn.import(whole.as_slice()).unwrap();
    assert_eq!((torn.seen(), again.status), (all.clone(), RunStatus::Done), "cut at {cut}");
    assert_eq!(again.counts.unchanged, some.len() as u64, "cut at {cut}");
    let third = torn.import(whole.as_slice()).unwrap();
    assert_eq!((torn.seen(), third.counts.unchanged), (all, RECORDS as u64), "cut at {cut}");
}

#[test]
fn lines_that_end_too_early_show_whole_records_only() {
    let whole = lines();
    for twentieth in 1..20 {
        let cut = whole.len() * twentieth / 20;
        check(cut, &whole[..cut], RunStatus::Done);
    }
}

#[test]
fn lines_whose_rest_never_comes_fail_and_can_be_brought_again() {
    let whole = lines();
    for twentieth in [1, 7, 13, 19] {
        let cut = whole.len() * twentieth / 20;
        check(cut, Breaks(&whole[..cut]), RunStatus::Failed);
    }
}

#[test]
fn a_file_that_a_fall_left_half_written_is_never_seen_and_goes_with_the_next_one() {
    let place = place();
    let folder = place.dir.path().join("drop/seu");
    std::fs::create_dir_all(&folder).unwrap();
    let whole = lines();
    let slug = "seu".parse().unwrap();
    for twentieth in 1..20 {
        let half = folder.join(".成果.csv.new");
        std::fs::write(&half, &whole[..whole.len() * twentieth / 20]).unwrap();
        let other = format!("{twentieth}.csv");
        place.home.kernel.drop_file(&place.caller, &slug, &other, &whole).unwrap();
        assert!(!half.exists(), "what is half written goes");
        assert_eq!(std::fs::read(folder.join(&other)).unwrap(), whole);
    }
    place.home.kernel.drop_file(&place.caller, &slug, "成果.csv", &whole).unwrap();
    place.home.kernel.drop_file(&place.caller, &slug, "成果.csv", &whole).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 20, "a file of the same name is one");
}

#[test]
fn a_drop_folder_takes_so_many_files_and_bytes_and_says_what_to_do() {
    let place = place();
    let (kernel, slug) = (&place.home.kernel, "seu".parse().unwrap());
    let drop = |name: &str, bytes: &[u8]| kernel.drop_file(&place.caller, &slug, name, bytes);
    let folder = place.dir.path().join("drop/seu");
    std::fs::create_dir_all(&folder).unwrap();
    // Sparse: a file of a size, without its bytes.
    let sized = |name: &str, bytes: u64| {
        std::fs::File::create(folder.join(name)).unwrap().set_len(bytes).unwrap();
    };
    sized("large.csv", limits::DROP_BYTES_MAX - 10);
    drop("a.csv", &[b'x'; 10]).unwrap();
    let error = drop("b.csv", b"x").unwrap_err();
    assert_eq!(error.code(), "no_room");
    assert!(error.to_string().contains("replace a file by its name"), "{error}");
    drop("a.csv", &[b'y'; 10]).unwrap();
    drop("large.csv", b"x").unwrap();
    for number in 2..limits::FILES_MAX {
        sized(&format!("{number}.csv"), 0);
    }
    assert_eq!(drop("b.csv", b"x").unwrap_err().code(), "no_room");
    drop("a.csv", b"x").unwrap();
    let elsewhere = place.dir.path().join("drop/other");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let file = std::fs::File::create(elsewhere.join("huge.csv")).unwrap();
    file.set_len(limits::DROPS_BYTES_MAX).unwrap();
    let error = drop("a.csv", b"x").unwrap_err();
    assert!(error.to_string().starts_with("all drop folders"), "{error}");
}
