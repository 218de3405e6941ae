//! From a need to ten explained answers, over a pool of any size.
//!
//! A need is asked as a person would ask it in passing, with three scorers over 500 candidates each.
//! Times are CPU time of the thread that asks (`…_ms`), and by the clock (`wall_…`). A scorer that
//! is called for longer than a quick call goes on in the sandbox's lane, on another thread; so the
//! CPU time of the whole process is told too (`process_…`): it counts that, and the kernel's own clerks.

mod ground;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use taihu_model::{Need, NeedFacts, NeedId, NeedState, Tier};
use taihu_service::limits::CANDIDATES_MAX;
use taihu_service::rooms::sandbox::{bench::process_cpu, thread_cpu};
use taihu_service::{Ranking, RankingCost};

use super::pool::{NeedsArgs, Pool, PoolArgs};
use super::{quantile, round};
use crate::cli::{Failure, Say};

pub(super) use ground::Ground;

/// The scorer that is asked beside the bundled ones.
const SCORER: &str = "smallest-scorer";
/// How many scorers are asked.
const SCORERS: usize = 3;
/// Achievements of the smaller pool of a comparison.
const COMPARED: usize = 10_000;
/// Needs that are asked before anything is measured.
const WARMING: usize = 50;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// 成果数 · how many achievements
    #[arg(long, default_value_t = 10_000)]
    achievements: usize,
    /// 提问次数 · how many needs are asked
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    asked: u32,
    /// 同时测一万项成果，给出倍数 · also measures 10,000 achievements, and says how many times more
    #[arg(long)]
    compare: bool,
    /// 保留数据目录，下次沿用 · keeps what was imported there, for the next time
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    #[command(flatten)]
    pool: PoolArgs,
    #[command(flatten)]
    needs: NeedsArgs,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    let beside = Path::new("target").join(format!("taihu-bench-{}", std::process::id()));
    let dir = args.keep.as_ref().unwrap_or(&beside);
    let measured = measure(args, dir, say);
    if args.keep.is_none() {
        let _ = std::fs::remove_dir_all(dir);
    }
    measured
}

fn measure(args: &Args, dir: &Path, say: Say) -> Result<Value, Failure> {
    let pool = args.pool.read()?;
    let needs = args.needs.read(args.asked as usize + WARMING)?;
    let mut found = measure_pool(&pool, args.achievements, &needs, dir, say)?;
    if args.compare {
        let small = measure_pool(&pool, COMPARED, &needs, dir, say)?;
        let of = |object: &Map<String, Value>, key: &str| object[key].as_f64().unwrap_or(f64::NAN);
        for key in ["p50_ms", "p99_ms", "candidates_p50_ms"] {
            let times = of(&found, key) / of(&small, key);
            found.insert(format!("times_{key}"), round(times).into());
        }
        found.insert("compared".into(), small.into());
    }
    Ok(found.into())
}

/// What was measured of each need, in milliseconds.
#[derive(Default)]
struct Times {
    of: Vec<(&'static str, Vec<f64>)>,
}

impl Times {
    fn add(&mut self, name: &'static str, time: Duration) {
        let ms = time.as_secs_f64() * 1000.0;
        match self.of.iter_mut().find(|(known, _)| *known == name) {
            Some((_, times)) => times.push(ms),
            None => self.of.push((name, vec![ms])),
        }
    }

    fn tell(self, object: &mut Map<String, Value>) {
        for (name, mut times) in self.of {
            for (key, share) in [("p50", 0.5), ("p99", 0.99)] {
                object.insert(format!("{name}{key}_ms"), round(quantile(&mut times, share)).into());
            }
        }
    }
}

fn measure_pool(
    pool: &Pool,
    achievements: usize,
    needs: &[String],
    dir: &Path,
    say: Say,
) -> Result<Map<String, Value>, Failure> {
    let dir = dir.join(achievements.to_string());
    let ground = Ground::open(pool, achievements, &dir, say)?;
    let kernel = &ground.home.kernel;
    let (mut times, mut candidates, mut answers) = (Times::default(), 0, 0);
    for (nth, text) in needs.iter().enumerate() {
        let need = need(&ground, text);
        let (wall, thread, process) = (Instant::now(), thread_cpu(), process_cpu());
        let ranking = kernel.rank_with(&ground.caller, &need, CANDIDATES_MAX)?;
        let took = (wall.elapsed(), thread_cpu() - thread, process_cpu() - process);
        check(&ranking)?;
        if nth < WARMING {
            continue;
        }
        candidates += ranking.candidates;
        answers += ranking.ranked.len();
        times.add("", took.1);
        times.add("wall_", took.0);
        times.add("process_", took.2);
        let RankingCost { candidates, records, scorers, rest } = ranking.cost;
        times.add("candidates_", candidates);
        times.add("records_", records);
        times.add("scorers_", scorers);
        times.add("rest_", rest);
    }
    let asked = (needs.len() - WARMING) as f64;
    let mut object = Map::new();
    object.insert("bench".into(), "match".into());
    object.insert("achievements".into(), kernel.index().len().into());
    object.insert("texts".into(), pool.kind(achievements).into());
    object.insert("asked".into(), asked.into());
    object.insert("candidates".into(), round(f64::from(candidates) / asked).into());
    object.insert("answers".into(), round(answers as f64 / asked).into());
    times.tell(&mut object);
    object.insert("import_per_s".into(), json!(ground.import_per_s.map(f64::round)));
    say.line(format!(
        "{achievements} 项成果，每个需求 CPU p50 {} 毫秒，p99 {} 毫秒（候选 {}，读取 {}，评分 {}，其余 {}）",
        object["p50_ms"],
        object["p99_ms"],
        object["candidates_p50_ms"],
        object["records_p50_ms"],
        object["scorers_p50_ms"],
        object["rest_p50_ms"],
    ));
    Ok(object)
}

/// A need that is not stored.
fn need(ground: &Ground, text: &str) -> Need {
    let kernel = &ground.home.kernel;
    let now = kernel.now();
    Need {
        id: NeedId::from_parts(now, 0),
        tenant: kernel.city().clone(),
        state: NeedState::Draft,
        tier: Tier::COUNTY,
        facts: NeedFacts { problem: text.to_owned(), ..NeedFacts::default() },
        submitted_by: "bench".into(),
        created: now,
        updated: now,
        valid_until: None,
    }
}

/// What is measured must be the whole.
fn check(ranking: &Ranking) -> Result<(), Failure> {
    let asked = ranking.scorers.iter().filter(|one| one.output.is_some()).count();
    if asked == SCORERS && !ranking.degraded {
        return Ok(());
    }
    let failures: Vec<_> = ranking.scorers.iter().filter_map(|one| one.failure.clone()).collect();
    Err(Failure::new(
        format!("应有{SCORERS}个评分插件作答，实际{asked}个：{failures:?}"),
        format!("{asked} scorers answered instead of {SCORERS}: {failures:?}"),
    ))
}
