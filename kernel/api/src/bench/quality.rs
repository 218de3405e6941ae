//! What the retrieval of candidates finds, over judged queries.
//!
//! The document's text is what the follower makes of an achievement, a query is asked as a need's
//! problem, and the order is the one in which the product retrieves its candidates: within its budget
//! of postings (`ndcg10`), and beside it exactly (`ndcg10_exact`; `loss` is the difference).
//! Figures are means over the tasks. Ties are counted against us: a document that should be
//! found stands behind all others of its score. Queries without a text are dropped.
//!
//! With an embedding endpoint, everything is measured over a subset of the queries and a pool of what
//! they should find and every so many-th other text, by words alone and with meaning.
//!
//! An enlarged pool (`--enlarge`) is for comparing the two ways of retrieving, not for a claim: what it
//! is enlarged with says what answers say, and is nobody's answer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use taihu_service::limits::CANDIDATES_DEFAULT;
use taihu_service::rooms::index::{Cursors, Document, Filter, Found, Index, Update};
use taihu_service::{Embedder, Embedding, EmbeddingOptions, Gate, steps};

use super::pool::{self, Pool};
use crate::cli::{EmbeddingArgs, Failure, Say};

/// Documents that one step of building takes.
const BATCH: usize = 10_000;
/// Digits behind the point of a quality.
const DIGITS: f64 = 10_000.0;
/// Texts between two lines that tell how far their vectors are.
const TELL_EVERY: usize = 1_000;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// 成果文本：gzip 的 JSON Lines，字段 id、title、abstract、keywords · texts of achievements
    #[arg(long, value_name = "FILE")]
    pool: PathBuf,
    /// 有标注的查询：字段 task、text、rel · judged queries
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// 扩充到多少项，只用于比较精确与截断 · enlarges the pool to so many texts, to compare exact and cut
    #[arg(long, value_name = "N")]
    enlarge: Option<usize>,
    /// 有语义向量服务时，取多少项成果 · how many texts are embedded, with an endpoint
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    subset: usize,
    #[command(flatten)]
    embedding: EmbeddingArgs,
}

/// A query, and what it should find.
#[derive(Debug, Deserialize)]
struct Query {
    task: String,
    text: String,
    rel: HashSet<String>,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    let pool = Pool::read(&args.pool)?;
    let mut queries: Vec<Query> = pool::lines(&args.queries)?;
    queries.retain(|query| !query.text.trim().is_empty() && !query.rel.is_empty());
    let mut object = match args.embedding.options()? {
        None => by_words(&pool, &queries, args.enlarge.unwrap_or(0), say)?,
        Some(options) => with_meaning(&pool, queries, args.subset, options, say)?,
    };
    object.insert("bench".into(), "quality".into());
    Ok(object.into())
}

fn by_words(
    pool: &Pool,
    queries: &[Query],
    enlarge: usize,
    say: Say,
) -> Result<Map<String, Value>, Failure> {
    let count = enlarge.max(pool.real());
    let documents: Vec<Document> =
        (0..count).map(|nth| document(pool, nth)).collect::<Result<_, _>>()?;
    let texts: HashMap<String, String> =
        documents.iter().map(|one| (one.id.clone(), one.text.clone())).collect();
    let index = build(documents.into_iter().map(Ok))?;
    say.line(format!("{} 项成果，{} 个查询", index.len(), queries.len()));
    let (mut cut, mut exact, mut inexact) = (Tally::default(), Tally::default(), 0);
    for query in queries {
        let found = steps::candidates(&index, &query.text, CANDIDATES_DEFAULT);
        inexact += usize::from(!found.exact);
        cut.add(query, &order(&index, &query.text, &found, &texts));
        let filter = Filter { states: vec!["published".to_owned()], ..Filter::default() };
        let found = index.find(&query.text, &filter, 0, CANDIDATES_DEFAULT);
        exact.add(query, &order(&index, &query.text, &found, &texts));
    }
    cut.tell("", say);
    let exactly = exact.mean();
    let mut object = cut.json();
    object.insert("documents".into(), index.len().into());
    object.insert("texts".into(), pool.kind(count).into());
    object.insert("enlarged".into(), (count > pool.real()).into());
    object.insert("cut_queries".into(), inexact.into());
    for (name, value) in ["ndcg10_exact", "recall50_exact", "recall200_exact"].iter().zip(exactly) {
        object.insert((*name).into(), digits(value).into());
    }
    object.insert("loss".into(), digits(exactly[0] - cut.mean()[0]).into());
    Ok(object)
}

/// The text of a number as the product keeps it, by the data's own identifier.
fn document(pool: &Pool, nth: usize) -> Result<Document, Failure> {
    let passage = pool.at(nth);
    Ok(Document { id: passage.id.clone(), ..passage.document(nth)? })
}

fn build(documents: impl Iterator<Item = Result<Document, Failure>>) -> Result<Index, Failure> {
    let index = Index::new();
    let mut batch = Vec::new();
    for document in documents {
        batch.push(Update::Put(document?));
        if batch.len() == BATCH {
            index.apply(std::mem::take(&mut batch), &Cursors::new());
        }
    }
    index.apply(batch, &Cursors::new());
    while index.tidy() {}
    Ok(index)
}

/// Both ways over a subset that is small enough to embed.
fn with_meaning(
    pool: &Pool,
    queries: Vec<Query>,
    subset: usize,
    options: EmbeddingOptions,
    say: Say,
) -> Result<Map<String, Value>, Failure> {
    let embedder = Embedder::new(options, Arc::new(Gate))?;
    let (places, queries) = chosen(pool, queries, subset);
    let documents: Vec<Document> =
        places.iter().map(|nth| document(pool, *nth)).collect::<Result<_, _>>()?;
    let vectors = vectors(&embedder, &documents, say)?;
    let texts: HashMap<String, String> =
        documents.iter().map(|one| (one.id.clone(), one.text.clone())).collect();
    let index = build(documents.into_iter().map(Ok))?;
    let (mut words, mut both) = (Tally::default(), Tally::default());
    for query in &queries {
        let found = steps::candidates(&index, &query.text, CANDIDATES_DEFAULT);
        let order = order(&index, &query.text, &found, &texts);
        words.add(query, &order);
        let need = embedder.need(&query.text)?;
        let candidates: Vec<_> = order
            .iter()
            .map(|(score, id)| (u32::try_from(*score).unwrap_or(u32::MAX), vectors.get(*id)))
            .collect();
        let scores = embedder.rescore(&need, &candidates);
        let ids = order.iter().map(|(_, id)| *id);
        both.add(query, &scores.into_iter().zip(ids).collect::<Vec<_>>());
    }
    words.tell("用词 · words ", say);
    both.tell("加语义 · with meaning ", say);
    let mut object = words.json();
    object.insert("documents".into(), index.len().into());
    object.insert("texts".into(), "subset".into());
    object.insert("with_meaning".into(), both.json().into());
    object.insert("gain".into(), digits(both.mean()[0] - words.mean()[0]).into());
    Ok(object)
}

/// Of each task as many queries in turn as half the places hold what they should find, and every
/// so many-th other text.
fn chosen(pool: &Pool, queries: Vec<Query>, subset: usize) -> (Vec<usize>, Vec<Query>) {
    let by_id: HashMap<String, usize> =
        (0..pool.real()).map(|nth| (pool.at(nth).id, nth)).collect();
    let mut of_tasks: BTreeMap<String, Vec<Query>> = BTreeMap::new();
    for query in queries {
        of_tasks.entry(query.task.clone()).or_default().push(query);
    }
    let (mut places, mut chosen) = (HashSet::new(), Vec::new());
    let mut turns: Vec<_> = of_tasks.into_values().map(Vec::into_iter).collect();
    while places.len() < subset / 2 {
        let before = chosen.len();
        chosen.extend(turns.iter_mut().filter_map(Iterator::next));
        let rel = chosen[before..].iter().flat_map(|query| &query.rel);
        places.extend(rel.filter_map(|id| by_id.get(id)).copied());
        if chosen.len() == before {
            break;
        }
    }
    let every = (pool.real() / subset.saturating_sub(places.len()).max(1)).max(1);
    places.extend((0..pool.real()).step_by(every));
    let mut places: Vec<usize> = places.into_iter().collect();
    places.sort_unstable();
    (places, chosen)
}

fn vectors(
    embedder: &Embedder,
    documents: &[Document],
    say: Say,
) -> Result<HashMap<String, Embedding>, Failure> {
    let mut vectors = HashMap::new();
    for some in documents.chunks(TELL_EVERY) {
        let texts: Vec<&str> = some.iter().map(|one| one.text.as_str()).collect();
        let made = embedder.passages(&texts)?;
        vectors.extend(some.iter().map(|one| one.id.clone()).zip(made));
        say.line(format!("  已有 {} 个向量 · vectors made", vectors.len()));
    }
    Ok(vectors)
}

/// What was found, the best first, after a closer look at the best.
fn order<'a>(
    index: &Index,
    asked: &str,
    found: &'a Found,
    texts: &HashMap<String, String>,
) -> Vec<(u64, &'a str)> {
    let scores: Vec<u32> = found.hits.iter().map(|hit| hit.score).collect();
    let closer = steps::closer_order(&index.ask(asked).closer(), &scores, |at| {
        texts[&found.hits[at].id].clone()
    });
    let places = (0..found.hits.len()).map(|at| closer.get(at).copied().unwrap_or(at));
    let ids = places.map(|at| found.hits[at].id.as_str());
    scores.iter().map(|score| u64::from(*score)).zip(ids).collect()
}

/// Where the ones that should be found are, from 0, each behind all others of its score.
fn ranks(found: &[(u64, &str)], wanted: &HashSet<String>) -> Vec<usize> {
    let mut order: Vec<(u64, bool)> =
        found.iter().map(|(score, id)| (*score, wanted.contains(*id))).collect();
    order.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    order.iter().enumerate().filter(|(_, (_, wanted))| *wanted).map(|(rank, _)| rank).collect()
}

/// nDCG@10, R@50 and R@200 of one answer.
fn judged(found: &[(u64, &str)], wanted: &HashSet<String>) -> [f64; 3] {
    let ranks = ranks(found, wanted);
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let gained: f64 = ranks.iter().filter(|rank| **rank < 10).map(|rank| gain(*rank)).sum();
    let most: f64 = (0..wanted.len().min(10)).map(gain).sum();
    let recall = |depth: usize| {
        ranks.iter().filter(|rank| **rank < depth).count() as f64 / wanted.len() as f64
    };
    [gained / most, recall(50), recall(200)]
}

/// Sums over the queries of each task.
#[derive(Default)]
struct Tally {
    tasks: BTreeMap<String, (f64, [f64; 3])>,
}

impl Tally {
    fn add(&mut self, query: &Query, found: &[(u64, &str)]) {
        let (queries, sums) = self.tasks.entry(query.task.clone()).or_default();
        *queries += 1.0;
        for (sum, one) in sums.iter_mut().zip(judged(found, &query.rel)) {
            *sum += one;
        }
    }

    fn means(&self) -> impl Iterator<Item = (&str, f64, [f64; 3])> {
        let mean = |(queries, sums): &(f64, [f64; 3])| (*queries, sums.map(|sum| sum / queries));
        self.tasks.iter().map(move |(task, sums)| {
            let (queries, means) = mean(sums);
            (task.as_str(), queries, means)
        })
    }

    /// The mean over the tasks.
    fn mean(&self) -> [f64; 3] {
        let tasks = self.tasks.len().max(1) as f64;
        let mut sums = [0.0; 3];
        for (_, _, means) in self.means() {
            sums.iter_mut().zip(means).for_each(|(sum, one)| *sum += one / tasks);
        }
        sums
    }

    fn json(&self) -> Map<String, Value> {
        let tasks: Map<String, Value> = self
            .means()
            .map(|(task, queries, of)| (task.into(), figures(queries, of).into()))
            .collect();
        let mut object = figures(self.means().map(|(_, queries, _)| queries).sum(), self.mean());
        object.insert("tasks".into(), json!(tasks));
        object
    }

    fn tell(&self, what: &str, say: Say) {
        let line = |name: &str, [ndcg, at_50, at_200]: [f64; 3]| {
            say.line(format!(
                "{what}{name:16} nDCG@10 {ndcg:.4}，R@50 {at_50:.4}，R@200 {at_200:.4}"
            ));
        };
        self.means().for_each(|(task, _, means)| line(task, means));
        line("mean", self.mean());
    }
}

fn figures(queries: f64, [ndcg, at_50, at_200]: [f64; 3]) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("queries".into(), json!(queries as u64));
    object.insert("ndcg10".into(), digits(ndcg).into());
    object.insert("recall50".into(), digits(at_50).into());
    object.insert("recall200".into(), digits(at_200).into());
    object
}

fn digits(value: f64) -> f64 {
    (value * DIGITS).round() / DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: &[(u64, &str)], wanted: &[&str], expected: [f64; 3]) {
        let wanted = wanted.iter().map(|id| (*id).to_owned()).collect();
        let judged = judged(found, &wanted);
        let difference = judged.iter().zip(expected).map(|(a, b)| (a - b).abs());
        assert!(difference.sum::<f64>() < 1e-9, "{found:?}: {judged:?}");
    }

    #[test]
    fn ties_are_counted_against_us() {
        check(&[(9, "a"), (8, "b")], &["a"], [1.0, 1.0, 1.0]);
        check(&[(9, "a"), (9, "b")], &["a"], [1.0 / 3_f64.log2(), 1.0, 1.0]);
        check(&[(9, "b")], &["a"], [0.0, 0.0, 0.0]);
        check(&[(9, "a"), (8, "b")], &["a", "c"], [1.0 / (1.0 + 1.0 / 3_f64.log2()), 0.5, 0.5]);
    }
}
