//! Measures what the index finds and how fast, over judged queries.
//!
//! ```text
//! cargo run --release -p taihu-index --example quality -- POOL QUERIES NEEDS [BATCH]
//! ```
//! Three gzip files of JSON Lines: POOL of `id, title, abstract, keywords`; QUERIES of
//! `task, text, rel` (the ids it should find); NEEDS of `short, para`. BATCH is how many documents an
//! `apply` takes (1,000). Prints nDCG@10, R@50 and R@200, each the mean over the tasks, ties counted
//! against us; then milliseconds a query (one thread, the 200 best): processor time over three runs
//! of each query where Linux tells it, and elapsed time of the fastest of the three; the time of
//! building, of a snapshot and of reading it, and memory; suggestions and pages of a search box.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::time::Instant;

use flate2::read::GzDecoder;
use serde_json::Value;
use taihu_index::{Cursors, Document, Filter, Found, Index, Labels, Order, Search, Update};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Candidates of a query, as the measured table has them.
const FOUND: usize = 200;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pool, queries, needs, rest @ ..] = arguments.as_slice() else {
        return Err("give the paths of pool, queries and needs".into());
    };
    let batch = rest.first().map_or(Ok(1_000), |batch| batch.parse())?;
    let index = build(&lines(pool)?, batch)?;
    measure_snapshot(&index)?;
    measure_quality(&index, &lines(queries)?)?;
    measure_speed(&index, &lines(needs)?)?;
    measure_suggestions(&index, &lines(needs)?);
    measure_pages(&index, &lines(needs)?);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a tool for developers, run by hand on named files")]
fn lines(path: &str) -> Outcome<Vec<Value>> {
    let file = std::fs::File::open(path).map_err(|error| format!("open {path}: {error}"))?;
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn build(pool: &[Value], batch: usize) -> Outcome<Index> {
    let documents = pool.iter().map(|line| Document {
        id: text(line, "id").to_owned(),
        text: ["title", "abstract", "keywords"].map(|field| text(line, field)).join("\n"),
        labels: Labels { state: "published".to_owned(), ..Labels::default() },
        phrases: text(line, "keywords")
            .split([' ', ';', ',', '；', '，', '_'])
            .map(str::to_owned)
            .collect(),
        ..Document::default()
    });
    let documents: Vec<Document> = documents.collect();
    let index = Index::new();
    let start = Instant::now();
    let mut slowest_ms: f64 = 0.0;
    for (seq, batch) in documents.chunks(batch).enumerate() {
        let step = Instant::now();
        let updates = batch.iter().cloned().map(Update::Put).collect();
        index.apply(updates, &Cursors::from([("pool".to_owned(), seq as u64)]));
        slowest_ms = slowest_ms.max(milliseconds(step));
        while index.tidy() {}
    }
    let seconds = start.elapsed().as_secs_f64();
    let memory_mb = index.memory_bytes() as f64 / 1e6;
    println!(
        "built {} documents in {seconds:.1} s, slowest apply {slowest_ms:.0} ms, {memory_mb:.0} MB",
        index.len()
    );
    Ok(index)
}

fn measure_snapshot(index: &Index) -> Outcome<()> {
    let mut bytes = Vec::new();
    let start = Instant::now();
    index.write_to(&mut bytes)?;
    let written_ms = milliseconds(start);
    let start = Instant::now();
    let read = Index::read_from(&mut bytes.as_slice())?;
    let read_ms = milliseconds(start);
    assert_eq!(read.len(), index.len());
    let mb = bytes.len() as f64 / 1e6;
    println!("snapshot of {mb:.0} MB written in {written_ms:.0} ms, read in {read_ms:.0} ms");
    Ok(())
}

/// Sums over the queries of a task.
#[derive(Default)]
struct Tally {
    queries: f64,
    ndcg_10: f64,
    recall_50: f64,
    recall_200: f64,
}

fn measure_quality(index: &Index, queries: &[Value]) -> Outcome<()> {
    let mut tasks: BTreeMap<&str, Tally> = BTreeMap::new();
    for query in queries {
        let relevant: HashSet<&str> =
            query["rel"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if text(query, "text").trim().is_empty() || relevant.is_empty() {
            continue;
        }
        let found = index.find(text(query, "text"), &Filter::default(), 0, FOUND);
        let ranks = ranks(&found, &relevant);
        let recall = |depth: usize| {
            let reached = ranks.iter().filter(|rank| **rank < depth).count();
            reached as f64 / relevant.len() as f64
        };
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let gained: f64 = ranks.iter().filter(|rank| **rank < 10).map(|rank| gain(*rank)).sum();
        let tally = tasks.entry(text(query, "task")).or_default();
        tally.queries += 1.0;
        tally.ndcg_10 += gained / (0..relevant.len().min(10)).map(gain).sum::<f64>();
        tally.recall_50 += recall(50);
        tally.recall_200 += recall(200);
    }
    println!("{:16} {:>7} {:>7} {:>7} {:>7}", "task", "queries", "nDCG@10", "R@50", "R@200");
    let mut means = [0.0; 3];
    for (task, tally) in &tasks {
        let of_task =
            [tally.ndcg_10, tally.recall_50, tally.recall_200].map(|sum| sum / tally.queries);
        let [ndcg, at_50, at_200] = of_task;
        println!("{task:16} {:7} {ndcg:7.4} {at_50:7.4} {at_200:7.4}", tally.queries);
        for (mean, value) in means.iter_mut().zip(of_task) {
            *mean += value / tasks.len() as f64;
        }
    }
    println!("{:16} {:7} {:7.4} {:7.4} {:7.4}", "mean", "", means[0], means[1], means[2]);
    Ok(())
}

/// Where the relevant ones are, from 0, each behind all irrelevant ones of its score.
fn ranks(found: &Found, relevant: &HashSet<&str>) -> Vec<usize> {
    let mut order: Vec<(u32, bool)> =
        found.hits.iter().map(|hit| (hit.score, relevant.contains(hit.id.as_str()))).collect();
    order.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    order.iter().enumerate().filter(|(_, (_, relevant))| *relevant).map(|(rank, _)| rank).collect()
}

fn measure_speed(index: &Index, needs: &[Value]) -> Outcome<()> {
    let unfiltered = Filter::default();
    let published = Filter { states: vec!["published".to_owned()], ..Filter::default() };
    for (name, field, filter) in [
        ("short", "short", &unfiltered),
        ("para", "para", &unfiltered),
        ("para, filtered", "para", &published),
    ] {
        let mut times_ms = Vec::new();
        let before_ms = processor_ms();
        for need in needs {
            let runs = (0..3).map(|_| {
                let start = Instant::now();
                std::hint::black_box(index.find(text(need, field), filter, 0, FOUND));
                milliseconds(start)
            });
            times_ms.push(runs.fold(f64::INFINITY, f64::min));
        }
        let processor = match (before_ms, processor_ms()) {
            (Some(from), Some(to)) => format!("{:.2} ms", (to - from) / 3.0 / needs.len() as f64),
            _ => "unknown".to_owned(),
        };
        times_ms.sort_by(f64::total_cmp);
        let mean = times_ms.iter().sum::<f64>() / times_ms.len() as f64;
        let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
        println!(
            "{name}: processor {processor}; elapsed {mean:.2} ms, p50 {:.2}, p99 {:.2}",
            at(0.5),
            at(0.99)
        );
    }
    Ok(())
}

/// Suggestions for one to four characters of every need.
fn measure_suggestions(index: &Index, needs: &[Value]) {
    for chars in 1..=4 {
        let mut times_ms = Vec::new();
        for need in needs {
            let begun: String = text(need, "short").chars().take(chars).collect();
            let start = Instant::now();
            std::hint::black_box(index.suggest(&begun, 10));
            times_ms.push(milliseconds(start));
        }
        times_ms.sort_by(f64::total_cmp);
        let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
        println!("suggestions for {chars}: p50 {:.3} ms, p99 {:.3} ms", at(0.5), at(0.99));
    }
}

/// First pages of a search box, with all labels counted.
fn measure_pages(index: &Index, needs: &[Value]) {
    let filter = Filter { states: vec!["published".to_owned()], ..Filter::default() };
    for order in [Order::Relevance, Order::Date] {
        let mut times_ms = Vec::new();
        for need in needs {
            let start = Instant::now();
            let text: String = text(need, "short").chars().take(12).collect();
            let (after, limit, facets) = (None, 20, true);
            let asked = Search { text: &text, filter: &filter, order, after, limit, facets };
            std::hint::black_box(index.search(asked));
            times_ms.push(milliseconds(start));
        }
        times_ms.sort_by(f64::total_cmp);
        let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
        println!("pages by {order:?}: p50 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99));
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// What this thread has used of a processor.
#[expect(clippy::disallowed_methods, reason = "a tool for developers, run by hand")]
fn processor_ms() -> Option<f64> {
    let all = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = all.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e6)
}
