//! Scoring in the sandbox against the same scorer compiled natively, per candidate.
//!
//! `relevance` reads all of a candidate's text, finds the need's words in it and quotes them: over full
//! registrations of 900 characters (`heavy`, a few microseconds natively) and over short records of
//! 110 (`light`, about half a microsecond). `readiness` (`lightest`) only looks at seven codes and
//! numbers. Natively the same crate is called through the same
//! trait of the SDK, over the same columns: what is compared is everything that the sandbox adds
//! (making the columns, a fresh instance, crossing both ways, checking the answer) and the slower
//! code. Both run on this one thread, in turns; `cpu_ratio` compares the CPU time of this thread, which
//! a busy machine does not lengthen.
//!
//! # Why the ratio is what it is
//!
//! Aimed at are 1.3 for a scorer of 3 µs and 2 for one of 0.5 µs. Of 3.7 µs in the sandbox for a full
//! record (batches of 100; 2.2 µs natively) some 2.7 µs are the guest's own code, about 1.25 of native,
//! and 1.0 µs are the crossing: two copies of 2,700 bytes, making and clearing the instance, checking the
//! answer. For 1.3 all of that would have to fit into 0.65 µs. Of short records, 1.36 against 0.66 µs, the
//! guest takes 1.0 µs. Tried, each against 3.65 (full) and 1.36 µs (short) in the same runs, as the
//! fastest twentieth:
//!
//! | tried | full | short | |
//! |---|---|---|---|
//! | memory there from the start, not grown in each call | −0.2 | −0.10 | done: `sdk/rust/src/alloc.rs`; a batch of one +0.8 of 19 |
//! | 2 MiB stay mapped instead of 1 (batches of 500) | −0.2 | 0 | done: `KEEP_RESIDENT_BYTES` |
//! | a filter of fixed size in `relevance` | −0.15 | 0 | done |
//! | no epochs (a guest could not be stopped) | 0 | −0.11 | refused |
//! | no canonical NaN; optimised for size too | 0 | 0 | |
//! | Cranelift's inlining | +0.4 | +0.08 | |
//! | Cranelift's inlining and no epochs | −0.25 | −0.15 | refused |
//! | Cranelift's register allocator of one pass | +5 | +1.8 | |
//! | a memory without 4 GiB of reserved addresses: bounds are checked by code | +3.7 | +1.4 | ours has them |
//! | four characters at once by a table of letters, without and with `simd128` | +0.4 | +0.3 | natively no faster |
//! | the same one by one; two characters in a round of the loop | +0.2–0.5 | +0.05–0.3 | natively up to 0.15 faster |
//!
//! What makes a loop faster natively by keeping more in registers makes it slower in the sandbox, where
//! they are moved to the stack and back. Two instances on two cores would halve the time for a batch, not
//! its cost, and take the core from another tenant.

use serde_json::{Map, Value, json};
use taihu_model::Sight;
use taihu_model::contract::{Context, NeedView};
use taihu_plugin::Scorer;
use taihu_plugin::testing::Records;
use taihu_service::rooms::sandbox::Component;
use taihu_service::rooms::sandbox::thread_cpu;

use super::sample::{self, Length};
use super::{median, round, time_us};
use crate::author::Packed;
use crate::cli::{Done, Failure, Say};

/// Batches, and how often each is measured; the last is the one that is reported by name.
const BATCHES: &[(usize, usize)] = &[(1, 2_000), (100, 400), (500, 200)];

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 每项最多测几轮 · rounds of each measurement at most
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    let rounds = usize::from(args.rounds);
    let heavy = compare::<relevance::Relevance>("relevance", Length::Full, rounds, say)?;
    let light = compare::<relevance::Relevance>("relevance", Length::Short, rounds, say)?;
    let lightest = compare::<readiness::Readiness>("readiness", Length::Short, rounds, say)?;
    let mut object = Map::new();
    object.insert("bench".into(), "score".into());
    object.extend(heavy.clone());
    object.insert("heavy".into(), heavy.into());
    object.insert("light".into(), light.into());
    object.insert("lightest".into(), lightest.into());
    Ok(Value::Object(object))
}

/// What one scorer takes, inside and outside.
fn compare<T: Scorer>(
    name: &'static str,
    length: Length,
    rounds_max: usize,
    say: Say,
) -> Result<Map<String, Value>, Failure> {
    let packed = sample::packed(name, say)?;
    let component = sample::loaded(&packed)?;
    let mut object = Map::new();
    object.insert("scorer".into(), name.into());
    object.insert("records".into(), if length == Length::Full { "full" } else { "short" }.into());
    for &(batch, rounds) in BATCHES {
        let rounds = rounds.min(rounds_max);
        let [native, sandbox] = measure::<T>(&packed, &component, length, batch, rounds)?;
        let (ratio, cpu_ratio) = (sandbox.wall_us / native.wall_us, sandbox.cpu_us / native.cpu_us);
        say.line(format!(
            "{name} 每批 {batch:>3}：本机 {:.2} µs/项，沙箱 {:.2} µs/项，比 {ratio:.2}，CPU 时间比 {cpu_ratio:.2}",
            native.wall_us, sandbox.wall_us,
        ));
        let one = json!({
            "native_us": round(native.wall_us),
            "sandbox_us": round(sandbox.wall_us),
            "ratio": round(ratio),
            "cpu_ratio": round(cpu_ratio),
        });
        object.insert(format!("batch_{batch}"), one.clone());
        if let Value::Object(one) = one {
            object.extend(one);
        }
    }
    Ok(object)
}

/// Medians of what a candidate takes.
struct Took {
    wall_us: f64,
    cpu_us: f64,
}

/// What was measured of one side, per candidate.
#[derive(Default)]
struct Side {
    wall_us: Vec<f64>,
    cpu_us: Vec<f64>,
}

impl Side {
    fn time(&mut self, batch: usize, work: impl FnOnce() -> Done) -> Result<(), Failure> {
        let before = thread_cpu();
        let wall_us = time_us(work)?;
        let cpu_us = thread_cpu().saturating_sub(before).as_secs_f64() * 1e6;
        self.wall_us.push(wall_us / batch as f64);
        self.cpu_us.push(cpu_us / batch as f64);
        Ok(())
    }

    fn took(mut self) -> Took {
        Took { wall_us: median(&mut self.wall_us), cpu_us: median(&mut self.cpu_us) }
    }
}

/// What a batch takes, natively and in the sandbox, measured in turns.
fn measure<T: Scorer>(
    packed: &Packed,
    component: &Component,
    length: Length,
    batch: usize,
    rounds: usize,
) -> Result<[Took; 2], Failure> {
    let (context, need) = (sample::context(packed), sample::need());
    let candidates = sample::candidates(batch, length);
    let description =
        component.describe_scorer(&context).map_err(|error| failed(error.to_string()))?.value;
    let records = native_records(&reads(packed), &need, &candidates)?;
    let native_context = native_context(&context);
    let (mut sandbox, mut native) = (Side::default(), Side::default());
    for at in 0..rounds + rounds / 10 {
        if at == rounds / 10 {
            (sandbox, native) = (Side::default(), Side::default());
        }
        sandbox.time(batch, || {
            let answer = component.score(&context, &description, &need, &candidates);
            answer.map(drop).map_err(|error| failed(error.to_string()))
        })?;
        native.time(batch, || {
            let answer = records.score::<T>(&native_context);
            answer.map(drop).map_err(|failure| failed(format!("{failure:?}")))
        })?;
    }
    let answer = component
        .score(&context, &description, &need, &candidates)
        .map_err(|error| failed(error.to_string()))?;
    let ours = serde_json::to_value(&answer.value).map_err(|error| failed(error.to_string()))?;
    let theirs =
        records.answer::<T>(&native_context).map_err(|failure| failed(format!("{failure:?}")))?;
    if ours != theirs {
        return Err(failed(
            "沙箱与本机评分结果不一致 · the sandbox and the native scorer differ".into(),
        ));
    }
    Ok([native.took(), sandbox.took()])
}

fn failed(error: String) -> Failure {
    Failure::new(format!("评分失败：{error}"), error)
}

fn native_context(context: &Context) -> taihu_plugin::Context {
    taihu_plugin::Context {
        tenant: context.tenant.clone(),
        config: context.config.clone(),
        today: context.today.clone(),
        attributes: Vec::new(),
    }
}

/// The fields that the plugin is shown, in the order in which the kernel sends their columns.
fn reads(packed: &Packed) -> Vec<String> {
    let sight = Sight::of(&packed.manifest.reads);
    let achievement = sight.achievement_fields().map(|field| format!("achievement.{field}"));
    let need = sight.need_fields().map(|field| format!("need.{field}"));
    achievement.chain(need).collect()
}

/// The same records as the guest's own types.
fn native_records(
    reads: &[String],
    need: &NeedView<'_>,
    candidates: &[taihu_model::contract::AchievementView<'_>],
) -> Result<Records, Failure> {
    let json = |value: Result<Value, serde_json::Error>| value.map_err(|e| failed(e.to_string()));
    let candidates: Vec<Value> =
        candidates.iter().map(|one| json(serde_json::to_value(one))).collect::<Result<_, _>>()?;
    Records::new(reads, &json(serde_json::to_value(need))?, &candidates).map_err(failed)
}
