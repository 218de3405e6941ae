//! A kernel with the bundled plugins and a pool of any size.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use taihu_model::{RunStatus, Source};
use taihu_service::{Caller, Home, Progress, RunMode};

use super::super::pool::Pool;
use super::super::sample;
use super::SCORER;
use crate::cli::{Failure, Say, console, open};
use crate::{demo, project};

/// Runs that go on side by side: one plans its next page while the other's is made durable.
const RUNS: usize = 2;
/// How many owners the achievements have.
const OWNERS: usize = 1_009;
/// Stages as sources name them.
const STAGES: &[&str] = &["初期", "中期", "成熟应用"];
/// Achievements between two lines that tell how far the import is.
const TELL_EVERY: u64 = 50_000;

/// It, and who asks.
pub(in crate::bench) struct Ground {
    pub(in crate::bench) home: Home,
    pub(in crate::bench) caller: Caller,
    /// How many achievements a second were imported and indexed; nothing if they were there.
    pub(super) import_per_s: Option<f64>,
}

impl Ground {
    /// Makes one in an empty directory, as it is installed in Huzhou; or opens what was made there.
    pub(in crate::bench) fn open(
        pool: &Pool,
        achievements: usize,
        dir: &Path,
        say: Say,
    ) -> Result<Self, Failure> {
        let home = open(dir, false)?;
        let caller = console(&home);
        let runs = home.kernel.runs(&caller, home.kernel.city())?;
        let known = home.kernel.index().len();
        let done = runs.iter().all(|run| run.status == RunStatus::Done);
        match runs.len() {
            0 => Self::make(pool, achievements, home, caller, say),
            RUNS if done && known.abs_diff(achievements) * 100 <= achievements => {
                while home.kernel.tidy_index() {}
                home.kernel.save_index()?;
                say.line(format!("沿用 {}：{known} 项成果 · as it was made", dir.display()));
                Ok(Self { home, caller, import_per_s: None })
            }
            _ => Err(Failure::new(
                format!("{} 中的导入未完成或数量不符，请删除该目录重来", dir.display()),
                format!("the import in {} is not whole; remove it first", dir.display()),
            )),
        }
    }

    fn make(
        pool: &Pool,
        achievements: usize,
        home: Home,
        caller: Caller,
        say: Say,
    ) -> Result<Self, Failure> {
        let mut packed = demo::plugins::build(&project::root()?, say)?;
        packed.push(sample::packed(SCORER, say)?);
        demo::plugins::install(&home, &caller, &packed, say)?;
        let started = Instant::now();
        let stored = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let home = &home;
            let shares: Vec<_> = (0..RUNS)
                .map(|nth| {
                    let lines = Lines::new(pool, nth, achievements);
                    let (caller, stored) = (&caller, &stored);
                    scope.spawn(move || import(home, caller, nth, lines, stored, say))
                })
                .collect();
            shares.into_iter().try_for_each(|share| {
                share.join().unwrap_or_else(|_| Err(Failure::new("导入中断", "the import ended")))
            })
        })?;
        home.kernel.catch_up()?;
        while home.kernel.tidy_index() {}
        home.kernel.save_index()?;
        let took_s = started.elapsed().as_secs_f64();
        let known = home.kernel.index().len();
        say.line(format!("已导入并索引 {known} 项，用时 {took_s:.1} 秒"));
        Ok(Self { home, caller, import_per_s: Some(known as f64 / took_s) })
    }
}

fn import(
    home: &Home,
    caller: &Caller,
    nth: usize,
    lines: Lines<'_>,
    stored: &AtomicU64,
    say: Say,
) -> Result<(), Failure> {
    let kernel = &home.kernel;
    let source: Source = serde_json::from_value(source(nth))
        .map_err(|error| Failure::new("来源配置有误", error.to_string()))?;
    let slug = kernel.put_source(caller, source)?.slug;
    let run = kernel.start_run(caller, &slug, RunMode::Full)?;
    let mut before = 0;
    let run = kernel.drive_lines(caller, run.id, lines, &mut |progress| {
        if let Progress::Page(run) = progress {
            let new = run.counts.records() - before;
            before = run.counts.records();
            let sum = stored.fetch_add(new, Ordering::Relaxed) + new;
            if sum / TELL_EVERY > (sum - new) / TELL_EVERY {
                say.line(format!("  已存 {sum} 项 · stored"));
            }
        }
    })?;
    // A few real texts have no title that could be one.
    if run.status != RunStatus::Done || run.counts.rejected * 100 > run.counts.records() {
        return Err(Failure::new("导入不完整", format!("imported {:?}", run.counts)));
    }
    Ok(())
}

fn source(nth: usize) -> Value {
    json!({
        "slug": format!("bench-{nth}"), "name": "性能测试", "tenant": "city",
        "connector": "json-lines", "trust": "partner",
        "config": { "id": "id", "fields": {
            "title": { "first_of": ["title", "summary"], "cut_chars": 80 },
            "summary": "summary", "problem": "problem", "keyword": "keywords", "stage": "stage",
            "owner": "owner", "trial_offered": "trial_offered",
            "secrecy": { "constant": "公开" }, "owner_declaration": { "constant": "是" },
        } },
    })
}

/// Every so many-th text of a pool as lines of JSON, without holding them all.
struct Lines<'a> {
    pool: &'a Pool,
    next: usize,
    count: usize,
    rest: Vec<u8>,
    read: usize,
}

impl<'a> Lines<'a> {
    const fn new(pool: &'a Pool, first: usize, count: usize) -> Self {
        Self { pool, next: first, count, rest: Vec::new(), read: 0 }
    }
}

impl Read for Lines<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.read == self.rest.len() && self.next < self.count {
            let n = self.next;
            self.next += RUNS;
            let text = self.pool.at(n);
            let line = json!({
                "id": text.id,
                "title": text.title,
                "summary": text.summary,
                "problem": text.problem,
                "keywords": text.keywords,
                "owner": format!("第{}研究院", n % OWNERS + 1),
                "stage": STAGES[n % STAGES.len()],
                "trial_offered": if n.is_multiple_of(3) { "是" } else { "否" },
            });
            self.rest = format!("{line}\n").into_bytes();
            self.read = 0;
        }
        let rest = &self.rest[self.read..];
        let count = out.len().min(rest.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}
