//! The index beside tantivy: the same texts, the same queries, one run, one thread.
//!
//! ```text
//! cd tests/compare
//! cargo run --release -- POOL QUERIES NEEDS [DOCUMENTS]
//! ```
//! Three gzip files of JSON Lines: POOL of `id, title, abstract, keywords`; QUERIES of
//! `task, text, rel`; NEEDS of `short, para`. With DOCUMENTS, the pool is enlarged to so many texts out
//! of real sentences nearby: for speed only.
//!
//! tantivy gets the same terms (character bigrams; words of letters and digits) in one field with
//! BM25, everything in memory in one segment, and answers with the 200 best: by all terms of a query, or
//! by the 32 that weigh most, each counted as often as the query has it. Times are CPU time of
//! this thread. The last line is one JSON object.

mod data;
mod other;
mod ours;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde_json::{Map, Value, json};

use data::{Outcome, lines, text};

/// Candidates of a query.
const FOUND: usize = 200;
/// Queries whose quality is measured, evenly from the file.
const JUDGED: usize = 600;
/// Needs whose time is measured, evenly from the file.
const TIMED: usize = 100;

/// Something that finds texts, the best first, with scores that can be compared.
type Find<'a> = dyn Fn(&str) -> Vec<(f64, String)> + 'a;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pool, queries, needs, rest @ ..] = arguments.as_slice() else {
        return Err("give the paths of pool, queries and needs".into());
    };
    let pool = data::Pool::read(pool)?;
    let count = rest.first().map_or(Ok(pool.real()), |count| count.parse())?;
    let (queries, needs) = (lines(queries)?, lines(needs)?);
    let ours = ours::Ours::build(&pool, count);
    let other = other::Other::build(&pool, count)?;
    let engines: [(&str, &Find<'_>); 4] = [
        ("ours", &|query| ours.find(query)),
        ("ours_exact", &|query| ours.find_exactly(query)),
        ("tantivy_all", &|query| other.find(query, usize::MAX)),
        ("tantivy_best_32", &|query| other.find(query, 32)),
    ];
    let mut object = Map::new();
    for (name, find) in engines {
        let mut found = Map::new();
        for length in ["short", "para"] {
            found.insert(format!("{length}_cpu_ms"), round(cpu_ms(find, &needs, length)).into());
        }
        // An enlarged pool has texts that answer and are nobody's answer.
        if count == pool.real() {
            found.extend(quality(find, &queries));
        }
        eprintln!("{name}: {}", Value::from(found.clone()));
        object.insert(name.into(), found.into());
    }
    let of = |name: &str| object[name]["para_cpu_ms"].as_f64().unwrap_or(f64::NAN);
    let (all, best) = (of("tantivy_all"), of("tantivy_best_32"));
    let ratios = json!({
        "all_terms": round(all / of("ours_exact")),
        "product_to_all_terms": round(all / of("ours")),
        "product_to_best_32": round(best / of("ours")),
    });
    object.insert("documents".into(), count.into());
    object.insert("enlarged".into(), (count > pool.real()).into());
    object.insert("para_times_less_cpu".into(), ratios);
    println!("{}", Value::from(object));
    Ok(())
}

/// The mean CPU time of a need, in milliseconds.
fn cpu_ms(find: &Find<'_>, needs: &[Value], length: &str) -> f64 {
    let needs: Vec<&str> = evenly(needs, TIMED).map(|need| text(need, length)).collect();
    for need in needs.iter().take(TIMED / 10) {
        std::hint::black_box(find(need));
    }
    let begun = thread_cpu();
    for need in &needs {
        std::hint::black_box(find(need));
    }
    thread_cpu().saturating_sub(begun).as_secs_f64() * 1000.0 / needs.len() as f64
}

/// nDCG@10 and R@200, means over the tasks; ties are counted against the engine.
fn quality(find: &Find<'_>, queries: &[Value]) -> Map<String, Value> {
    let mut tasks: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for query in evenly(queries, JUDGED) {
        let wanted: HashSet<&str> =
            query["rel"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if text(query, "text").trim().is_empty() || wanted.is_empty() {
            continue;
        }
        let mut order: Vec<(f64, bool)> = find(text(query, "text"))
            .iter()
            .map(|(score, id)| (*score, wanted.contains(id.as_str())))
            .collect();
        order.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let ranks = || order.iter().enumerate().filter(|(_, (_, is))| *is).map(|(rank, _)| rank);
        let most: f64 = (0..wanted.len().min(10)).map(gain).sum();
        let sums = tasks.entry(text(query, "task")).or_default();
        sums.0 += 1.0;
        sums.1 += ranks().filter(|rank| *rank < 10).map(gain).sum::<f64>() / most;
        sums.2 += ranks().count() as f64 / wanted.len() as f64;
    }
    let count = tasks.len() as f64;
    let ndcg: f64 = tasks.values().map(|(queries, ndcg, _)| ndcg / queries).sum();
    let recall: f64 = tasks.values().map(|(queries, _, recall)| recall / queries).sum();
    let mut found = Map::new();
    found.insert("ndcg10".into(), digits(ndcg / count).into());
    found.insert("recall200".into(), digits(recall / count).into());
    found
}

fn evenly<T>(all: &[T], wanted: usize) -> impl Iterator<Item = &T> {
    all.iter().step_by((all.len() / wanted).max(1))
}

/// What this thread has used of a processor.
fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos)
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn digits(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
