//! Measures what an embedding endpoint adds to the order of candidates, over judged queries.
//!
//! ```text
//! cargo run --release -p taihu-service --example embedding -- POOL QUERIES DOCS URL MODEL
//! ```
//! POOL and QUERIES are gzip files of JSON Lines as `MATCHING.md` describes them; the first DOCS of the
//! pool are indexed and embedded, so a pool should begin with what the queries should find. The
//! endpoint is told `input_type` and may stand on this machine. Prints nDCG@10 (mean over the tasks,
//! ties counted against us) by words alone and with several shares; with the default share also with
//! half and with nine tenths of the vectors missing; and the time of rescoring.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use serde_json::Value;
use taihu_index::{Cursors, Document, Filter, Index, Labels, Update};
use taihu_service::{Embedder, Embedding, EmbeddingOptions, Gate};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Candidates of a query.
const FOUND: usize = 200;
/// Share, and of a hundred vectors how many are missing.
const VARIANTS: [(u16, usize); 6] = [(1, 0), (250, 0), (350, 0), (450, 0), (350, 50), (350, 90)];

struct Query {
    task: String,
    relevant: HashSet<String>,
    found: Vec<(String, u32)>,
    need: Embedding,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pool, queries, docs, url, model] = arguments.as_slice() else {
        return Err("give pool, queries, a number of documents, a URL and a model".into());
    };
    let pool: Vec<Value> = lines(pool)?.into_iter().take(docs.parse()?).collect();
    let embedder = embedder_with(url, model, 350)?;
    let started = Instant::now();
    let texts: Vec<String> = pool.iter().map(whole).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = embedder.passages(&texts)?;
    println!("{} documents embedded in {:.0} s", pool.len(), started.elapsed().as_secs_f64());
    let ids = pool.iter().map(|line| text(line, "id").to_owned());
    let vectors: HashMap<String, Embedding> = ids.zip(vectors).collect();
    let index = build(&pool);
    let mut asked = Vec::new();
    for line in lines(queries)? {
        let relevant: HashSet<String> = line["rel"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if relevant.iter().all(|id| vectors.contains_key(id)) {
            let found = index.find(text(&line, "text"), &Filter::default(), 0, FOUND).hits;
            asked.push(Query {
                task: text(&line, "task").to_owned(),
                relevant,
                found: found.into_iter().map(|hit| (hit.id, hit.score)).collect(),
                need: embedder.need(text(&line, "text"))?,
            });
        }
    }
    println!("{} queries", asked.len());
    for (share, missing) in VARIANTS {
        measure(&asked, &vectors, &embedder_with(url, model, share)?, share, missing);
    }
    Ok(())
}

fn embedder_with(url: &str, model: &str, share: u16) -> Outcome<Embedder> {
    let options = EmbeddingOptions {
        share,
        loopback: true,
        input_type: true,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        ..EmbeddingOptions::new(url, model)
    };
    Ok(Embedder::new(options, Arc::new(Gate))?)
}

fn measure(
    asked: &[Query],
    vectors: &HashMap<String, Embedding>,
    embedder: &Embedder,
    share: u16,
    missing: usize,
) {
    let mut tasks: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let mut took = Duration::ZERO;
    for query in asked {
        let candidates: Vec<(u32, Option<&Embedding>)> = query
            .found
            .iter()
            .map(|(id, hit)| (*hit, vectors.get(id).filter(|_| spread(id) >= missing)))
            .collect();
        let started = Instant::now();
        let scores = embedder.rescore(&query.need, &candidates);
        took += started.elapsed();
        let mut order: Vec<(u64, bool)> = scores
            .into_iter()
            .zip(&query.found)
            .map(|(score, (id, _))| (score, query.relevant.contains(id)))
            .collect();
        order.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let gained: f64 = order
            .iter()
            .take(10)
            .enumerate()
            .filter(|(_, one)| one.1)
            .map(|(at, _)| gain(at))
            .sum();
        let best: f64 = (0..query.relevant.len().min(10)).map(gain).sum();
        let tally = tasks.entry(&query.task).or_default();
        *tally = (tally.0 + gained / best, tally.1 + 1.0);
    }
    let mean = tasks.values().map(|(sum, count)| sum / count).sum::<f64>() / tasks.len() as f64;
    let each: Vec<String> =
        tasks.iter().map(|(task, (sum, count))| format!("{task} {:.3}", sum / count)).collect();
    let us = took.as_secs_f64() * 1e6 / asked.len().max(1) as f64;
    println!("share {share:3}, {missing:2} % missing: {mean:.4}, {us:.0} µs; {}", each.join(", "));
}

/// A number below 100 for each identifier, always the same.
fn spread(id: &str) -> usize {
    let sum = id.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31) ^ usize::from(byte));
    (sum >> 3) % 100
}

fn build(pool: &[Value]) -> Index {
    let index = Index::new();
    let documents = pool.iter().map(|line| {
        Update::Put(Document {
            id: text(line, "id").to_owned(),
            text: whole(line),
            labels: Labels { state: "published".to_owned(), ..Labels::default() },
            ..Document::default()
        })
    });
    index.apply(documents.collect(), &Cursors::from([("pool".to_owned(), 1)]));
    index
}

fn whole(line: &Value) -> String {
    ["title", "abstract", "keywords"].map(|field| text(line, field)).join("\n")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "a tool for developers, run by hand on named files")]
fn lines(path: &str) -> Outcome<Vec<Value>> {
    let file = std::fs::File::open(path).map_err(|error| format!("open {path}: {error}"))?;
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}
