//! Group commit against one transaction a writer, with 16 writers on the same disk, in turns.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taihu_model::{AuditEntry, Timestamp};
use taihu_service::rooms::store::{Batch, Engine, EngineOptions, Expect, Key, Store as _, Write};

use super::{median, round};
use crate::cli::{Failure, Say};

const WRITERS: u64 = 16;
const TURNS: usize = 5;
const TURN: Duration = Duration::from_millis(1_500);
const RECORD_BYTES: usize = 600;

pub(super) fn run(say: Say) -> Result<Value, Failure> {
    let dir = Path::new("target").join(format!("taihu-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).map_err(|error| Failure::file(&dir, &error))?;
    let measured = measure(&dir);
    let _ = std::fs::remove_dir_all(&dir);
    let (mut grouped, mut plain) = measured?;
    let (grouped, plain) = (median(&mut grouped), median(&mut plain));
    say.line(format!(
        "组提交 {grouped:.0}/秒，逐个提交 {plain:.0}/秒（{WRITERS} 个写者，均已落盘）"
    ));
    Ok(json!({
        "bench": "commit",
        "grouped_per_s": grouped.round(),
        "plain_per_s": plain.round(),
        "ratio": round(grouped / plain),
        "writers": WRITERS,
        "record_bytes": RECORD_BYTES,
    }))
}

fn measure(dir: &Path) -> Result<(Vec<f64>, Vec<f64>), Failure> {
    let open = |name: &str, group: bool| {
        let options = EngineOptions { group, ..EngineOptions::default() };
        Engine::open(&dir.join(name), options)
            .map_err(|error| Failure::new(format!("无法打开存储：{error}"), error.to_string()))
    };
    let engines = (open("grouped", true)?, open("plain", false)?);
    let (mut grouped, mut plain) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        grouped.push(turn_per_s(&engines.0, turn)?);
        plain.push(turn_per_s(&engines.1, turn)?);
    }
    Ok((grouped, plain))
}

/// Acknowledged commits a second in one turn.
fn turn_per_s(engine: &Engine, turn: usize) -> Result<f64, Failure> {
    let count = AtomicU64::new(0);
    let started = Instant::now();
    let failed = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn({
                    let count = &count;
                    move || write(engine, turn, writer, started, count)
                })
            })
            .collect();
        writers.into_iter().find_map(|writer| writer.join().ok().and_then(Result::err))
    });
    match failed {
        Some(failure) => Err(failure),
        None => Ok(count.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()),
    }
}

fn write(
    engine: &Engine,
    turn: usize,
    writer: u64,
    started: Instant,
    count: &AtomicU64,
) -> Result<(), Failure> {
    let space: taihu_model::TenantSlug =
        "city".parse().map_err(|error| Failure::new("", format!("{error}")))?;
    for n in 0.. {
        if started.elapsed() > TURN {
            break;
        }
        let audit = AuditEntry {
            at: Timestamp::UNIX_EPOCH,
            actor: "bench".into(),
            tenant: space.clone(),
            action: "bench.write".into(),
            subject: "record".into(),
            reason: String::new(),
            edges: Vec::new(),
        };
        let key = Key(format!("record/{turn}/{writer}/{n}"));
        let writes =
            vec![Write { key, value: Some(vec![b'x'; RECORD_BYTES]), expect: Expect::Absent }];
        let batch = Batch { audit, writes, guards: Vec::new(), idempotency: None };
        engine
            .commit(&space, batch)
            .map_err(|error| Failure::new(format!("写入失败：{error}"), error.to_string()))?;
        count.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
