//! The index by itself: building it, its size, a snapshot and its loading, and how fresh it is while a
//! thousand records a second change.
//!
//! Texts are made before anything is timed. One thread builds and another merges beside it, as a
//! server does; the CPU time of both is what `docs_per_cpu_s` goes by. For freshness, one thread applies what is
//! due every few milliseconds, half of it new and half in place of older ones, one merges, one asks
//! paragraph after paragraph (its times are compared with those before the writing), and one asks for
//! what was written: `fresh` is the time from when a write was due until a question finds it.

use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taihu_service::limits::CANDIDATES_DEFAULT;
use taihu_service::rooms::index::{Cursors, Document, Filter, Index, Order, Search, Update};
use taihu_service::rooms::sandbox::bench::process_cpu;
use taihu_service::steps;

use super::pool::{NeedsArgs, Pool, PoolArgs};
use super::{median, quantile, round};
use crate::cli::{Failure, Say};

/// Documents that one step of building takes: as many as the follower reads at once of a large import.
const BATCH: usize = 32_000;
/// Writes a second.
const WRITES_PER_S: usize = 1_000;
/// How often what is due is applied.
const APPLY_EVERY: Duration = Duration::from_millis(5);
/// Of so many writes one is looked for.
const LOOKED_FOR: usize = 5;
/// When looking for a write is given up.
const FRESH_WAIT: Duration = Duration::from_secs(10);
/// Suggestions for what somebody types.
const SUGGESTIONS: usize = 10;
/// Characters of a search, and hits of its page.
const SEARCHED_CHARS: usize = 12;
const PAGE: usize = 20;
/// Questions that are asked before the writing begins.
const IDLE_QUERIES: usize = 500;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// 文档数；默认与文件一致，无文件时十万 · how many documents; as many as the file has, else 100,000
    #[arg(long, value_name = "N")]
    docs: Option<usize>,
    /// 持续写入的秒数 · how long it is written to
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[command(flatten)]
    pool: PoolArgs,
    #[command(flatten)]
    needs: NeedsArgs,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    let pool = args.pool.read()?;
    let docs = args.docs.unwrap_or(if pool.real() == 0 { 100_000 } else { pool.real() });
    let needs = args.needs.read(IDLE_QUERIES)?;
    let built = build(&pool, docs)?;
    let docs_per_cpu_s = docs as f64 / built.cpu_s;
    say.line(format!(
        "{docs} 项，每 CPU 秒建 {docs_per_cpu_s:.0} 项，用时 {:.1} 秒，占 {:.0} MiB",
        built.wall_s, built.mib
    ));
    let saved = snapshot(built.index)?;
    say.line(format!(
        "快照 {:.0} MiB，写 {:.1} 秒，读 {:.1} 秒",
        saved.mib, saved.save_s, saved.load_s
    ));
    let typing_ms = typing(&saved.index, &needs);
    let page_ms = pages(&saved.index, &needs);
    let mut fresh = freshness(&saved.index, &pool, docs, args.seconds, &needs)?;
    let [idle, busy] = [&mut fresh.idle_ms, &mut fresh.busy_ms]
        .map(|times| (quantile(times, 0.99), median(times)));
    let fresh_p99_ms = quantile(&mut fresh.fresh_ms, 0.99);
    say.line(format!("每秒 {WRITES_PER_S} 条写入时，p99 {fresh_p99_ms:.1} 毫秒后可检索"));
    Ok(json!({
        "bench": "index",
        "docs": docs,
        "texts": pool.kind(docs),
        "enlarged": pool.kind(docs) == "enlarged",
        "docs_per_cpu_s": docs_per_cpu_s.round(),
        "build_s": round(built.wall_s),
        "build_cpu_s": round(built.cpu_s),
        "mib": round(built.mib),
        "snapshot_mib": round(saved.mib),
        "save_s": round(saved.save_s),
        "load_s": round(saved.load_s),
        "suggest_p99_ms": round(typing_ms),
        "page_p99_ms": round(page_ms),
        "writes_per_s": round(fresh.writes_per_s),
        "fresh_p50_ms": round(median(&mut fresh.fresh_ms)),
        "fresh_p99_ms": round(fresh_p99_ms),
        "apply_p99_ms": round(quantile(&mut fresh.apply_ms, 0.99)),
        "query_idle_p50_ms": round(idle.1),
        "query_idle_p99_ms": round(idle.0),
        "query_busy_p50_ms": round(busy.1),
        "query_busy_p99_ms": round(busy.0),
        "query_p50_ratio": round(busy.1 / idle.1),
        "query_p99_ratio": round(busy.0 / idle.0),
        "merged": fresh.merged,
    }))
}

struct Built {
    index: Index,
    wall_s: f64,
    cpu_s: f64,
    mib: f64,
}

fn build(pool: &Pool, docs: usize) -> Result<Built, Failure> {
    let document = |nth: usize| Ok(Update::Put(pool.at(nth).document(nth)?));
    let batches: Vec<Vec<Update>> = (0..docs)
        .step_by(BATCH)
        .map(|from| (from..docs.min(from + BATCH)).map(document).collect())
        .collect::<Result<_, Failure>>()?;
    let index = Index::new();
    let (more, due) = channel();
    let started = Instant::now();
    let begun = process_cpu();
    std::thread::scope(|scope| {
        scope.spawn(|| merge(&index, due));
        for batch in batches {
            index.apply(batch, &Cursors::new());
            let _ = more.send(());
        }
        drop(more);
    });
    let cpu_s = process_cpu().saturating_sub(begun).as_secs_f64();
    let (wall_s, mib) = (started.elapsed().as_secs_f64(), mib(index.memory_bytes()));
    Ok(Built { index, wall_s, cpu_s, mib })
}

/// Merges whenever there is more, and to the end once there is no more; in how many steps.
fn merge(index: &Index, due: Receiver<()>) -> usize {
    let mut steps = 0;
    for () in due {
        while index.tidy() {
            steps += 1;
        }
    }
    steps
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

struct Saved {
    index: Index,
    mib: f64,
    save_s: f64,
    load_s: f64,
}

/// Writes the index to a file, and reads it back.
fn snapshot(index: Index) -> Result<Saved, Failure> {
    let path = Path::new("target").join(format!("taihu-bench-{}.snapshot", std::process::id()));
    let saved = save_and_load(index, &path).map_err(|error| Failure::file(&path, &error));
    let _ = std::fs::remove_file(&path);
    saved
}

fn save_and_load(index: Index, path: &Path) -> std::io::Result<Saved> {
    let mut how = std::fs::OpenOptions::new();
    let file = how.read(true).write(true).create(true).truncate(true).open(path)?;
    let started = Instant::now();
    let mut out = BufWriter::new(&file);
    index.write_to(&mut out)?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    let save_s = started.elapsed().as_secs_f64();
    let bytes = file.metadata()?.len();
    drop(index);
    let file = std::fs::OpenOptions::new().read(true).open(path)?;
    let started = Instant::now();
    let index = Index::read_from(&mut BufReader::new(file)).map_err(std::io::Error::other)?;
    let load_s = started.elapsed().as_secs_f64();
    Ok(Saved { index, mib: mib(usize::try_from(bytes).unwrap_or(usize::MAX)), save_s, load_s })
}

/// Suggestions for the first one to four characters of every need: the 99th hundredth.
fn typing(index: &Index, needs: &[String]) -> f64 {
    let mut times_ms = Vec::new();
    for (chars, need) in (1..=4).flat_map(|chars| needs.iter().map(move |need| (chars, need))) {
        let begun: String = need.chars().take(chars).collect();
        let started = Instant::now();
        std::hint::black_box(index.suggest(&begun, SUGGESTIONS));
        times_ms.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    quantile(&mut times_ms, 0.99)
}

/// First pages of the search box by relevance and by date, with all labels counted.
fn pages(index: &Index, needs: &[String]) -> f64 {
    let filter = Filter { states: vec!["published".to_owned()], ..Filter::default() };
    let mut times_ms = Vec::new();
    for (order, need) in [Order::Relevance, Order::Date]
        .into_iter()
        .flat_map(|order| needs.iter().map(move |need| (order, need)))
    {
        let text: String = need.chars().take(SEARCHED_CHARS).collect();
        let started = Instant::now();
        let asked =
            Search { text: &text, filter: &filter, order, after: None, limit: PAGE, facets: true };
        std::hint::black_box(index.search(asked));
        times_ms.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    quantile(&mut times_ms, 0.99)
}

#[derive(Default)]
struct Fresh {
    fresh_ms: Vec<f64>,
    apply_ms: Vec<f64>,
    idle_ms: Vec<f64>,
    busy_ms: Vec<f64>,
    writes_per_s: f64,
    merged: usize,
}

/// A write that is looked for.
struct Written {
    word: String,
    due: Instant,
}

fn freshness(
    index: &Index,
    pool: &Pool,
    docs: usize,
    seconds: u64,
    needs: &[String],
) -> Result<Fresh, Failure> {
    let count = WRITES_PER_S * usize::try_from(seconds.max(1)).unwrap_or(usize::MAX);
    let writes = writes(pool, docs, count)?;
    let mut fresh = Fresh { idle_ms: ask(index, needs, needs.len(), None), ..Fresh::default() };
    let over = AtomicBool::new(false);
    let (merge_due, merging) = channel();
    let (written, looked_for) = channel();
    std::thread::scope(|scope| {
        let merger = scope.spawn(|| merge(index, merging));
        let asker = scope.spawn(|| ask(index, needs, usize::MAX, Some(&over)));
        let looker = scope.spawn(|| look(index, looked_for));
        let started = Instant::now();
        fresh.apply_ms = write(index, writes, &written, &merge_due);
        fresh.writes_per_s = count as f64 / started.elapsed().as_secs_f64();
        drop((written, merge_due));
        fresh.fresh_ms = looker.join().unwrap_or_default();
        over.store(true, Ordering::Relaxed);
        fresh.busy_ms = asker.join().unwrap_or_default();
        fresh.merged = merger.join().unwrap_or_default();
    });
    let failed = || Failure::new("写入后未能检索到", "what was written was not found in time");
    if fresh.fresh_ms.len() == count / LOOKED_FOR { Ok(fresh) } else { Err(failed()) }
}

/// What is written: texts with a word that no other has, every other one in place of an older text.
fn writes(pool: &Pool, docs: usize, count: usize) -> Result<Vec<Document>, Failure> {
    (0..count)
        .map(|nth| {
            let place = if nth.is_multiple_of(2) { docs + nth } else { nth * 7_919 % docs.max(1) };
            let mut document = pool.at(docs + nth).document(place)?;
            document.text.push_str(&word(nth));
            Ok(document)
        })
        .collect()
}

fn word(nth: usize) -> String {
    format!("fresh{nth}word")
}

/// Applies what is due, until nothing is left.
fn write(
    index: &Index,
    writes: Vec<Document>,
    written: &Sender<Written>,
    merge_due: &Sender<()>,
) -> Vec<f64> {
    let (started, mut apply_ms, mut done) = (Instant::now(), Vec::new(), 0);
    let due = |nth: usize| started + Duration::from_secs_f64(nth as f64 / WRITES_PER_S as f64);
    let mut writes = writes.into_iter().peekable();
    let mut round = started;
    while writes.peek().is_some() {
        let mut batch = Vec::new();
        let first = done;
        while due(done) <= Instant::now()
            && let Some(document) = writes.next()
        {
            batch.push(Update::Put(document));
            done += 1;
        }
        let begun = Instant::now();
        if !batch.is_empty() {
            index.apply(batch, &Cursors::new());
            apply_ms.push(begun.elapsed().as_secs_f64() * 1000.0);
            let _ = merge_due.send(());
        }
        for nth in (first..done).filter(|nth| nth.is_multiple_of(LOOKED_FOR)) {
            let _ = written.send(Written { word: word(nth), due: due(nth) });
        }
        round += APPLY_EVERY;
        // Nobody wakes it: the time is what is waited for.
        std::thread::park_timeout(round.saturating_duration_since(Instant::now()));
    }
    apply_ms
}

/// Asks for each write until it is found; how long after it was due, in milliseconds.
fn look(index: &Index, looked_for: Receiver<Written>) -> Vec<f64> {
    let mut fresh_ms = Vec::new();
    loop {
        match looked_for.recv_timeout(FRESH_WAIT) {
            Ok(Written { word, due }) => {
                while steps::candidates(index, &word, 1).hits.is_empty() {
                    if due.elapsed() > FRESH_WAIT {
                        return fresh_ms;
                    }
                }
                fresh_ms.push(due.elapsed().as_secs_f64() * 1000.0);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return fresh_ms,
        }
    }
}

/// Asks paragraph after paragraph, so many or until it is over; how long each took.
fn ask(index: &Index, needs: &[String], count: usize, over: Option<&AtomicBool>) -> Vec<f64> {
    needs
        .iter()
        .cycle()
        .take(count)
        .take_while(|_| over.is_none_or(|over| !over.load(Ordering::Relaxed)))
        .map(|need| {
            let started = Instant::now();
            std::hint::black_box(steps::candidates(index, need, CANDIDATES_DEFAULT));
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect()
}
