//! Scoring in the sandbox against the same scorer compiled natively, per candidate.
//!
//! Two scorers: `relevance` over records with their full summary reads 350 characters a candidate
//! (about 3 µs natively), and `readiness` looks at seven codes and numbers of it (about half a
//! microsecond with all factors and evidence). Natively the same crate is called through the same
//! trait of the SDK, over the same columns: what is compared is everything that the sandbox adds
//! (making the columns, a fresh instance, crossing both ways, checking the answer) and the slower
//! code. Both run on this one thread, in turns.

use serde_json::{Map, Value, json};
use taihu_model::Sight;
use taihu_model::contract::{Context, NeedView};
use taihu_plugin::Scorer;
use taihu_plugin::testing::Records;
use taihu_service::rooms::sandbox::Component;

use super::sample::{self, Length};
use super::{median, round, time_us};
use crate::author::Packed;
use crate::cli::{Failure, Say};

/// Batches, and how often each is measured; the last is the one that is reported by name.
const BATCHES: &[(usize, usize)] = &[(1, 2_000), (100, 400), (500, 200)];

pub(super) fn run(say: Say) -> Result<Value, Failure> {
    let heavy = compare::<relevance::Relevance>("relevance", Length::Long, say)?;
    let light = compare::<readiness::Readiness>("readiness", Length::Short, say)?;
    let mut object = Map::new();
    object.insert("bench".into(), "score".into());
    object.extend(heavy.clone());
    object.insert("light".into(), light.into());
    object.insert("heavy".into(), heavy.into());
    Ok(Value::Object(object))
}

/// What one scorer takes, inside and outside.
fn compare<T: Scorer>(
    name: &'static str,
    length: Length,
    say: Say,
) -> Result<Map<String, Value>, Failure> {
    let packed = sample::packed(name, say)?;
    let component = sample::loaded(&packed)?;
    let mut object = Map::new();
    object.insert("scorer".into(), name.into());
    for &(batch, rounds) in BATCHES {
        let (native_us, sandbox_us) = measure::<T>(&packed, &component, length, batch, rounds)?;
        say.line(format!(
            "{name} 每批 {batch:>3}：本机 {native_us:.2} µs/项，沙箱 {sandbox_us:.2} µs/项，比 {:.2}",
            sandbox_us / native_us
        ));
        let one = json!({
            "native_us": round(native_us),
            "sandbox_us": round(sandbox_us),
            "ratio": round(sandbox_us / native_us),
        });
        object.insert(format!("batch_{batch}"), one.clone());
        if let Value::Object(one) = one {
            object.extend(one);
        }
    }
    Ok(object)
}

/// Medians per candidate, native and in the sandbox, of a batch measured in turns.
fn measure<T: Scorer>(
    packed: &Packed,
    component: &Component,
    length: Length,
    batch: usize,
    rounds: usize,
) -> Result<(f64, f64), Failure> {
    let (context, need) = (sample::context(packed), sample::need());
    let candidates = sample::candidates(batch, length);
    let description =
        component.describe_scorer(&context).map_err(|error| failed(error.to_string()))?.value;
    let records = native_records(&reads(packed), &need, &candidates)?;
    let native_context = native_context(&context);
    let (mut sandboxed, mut native) = (Vec::new(), Vec::new());
    for at in 0..rounds + rounds / 10 {
        let ours = time_us(|| {
            let answer = component.score(&context, &description, &need, &candidates);
            answer.map(drop).map_err(|error| failed(error.to_string()))
        })?;
        let theirs = time_us(|| {
            let answer = records.score::<T>(&native_context);
            answer.map(drop).map_err(|failure| failed(format!("{failure:?}")))
        })?;
        if at >= rounds / 10 {
            sandboxed.push(ours / batch as f64);
            native.push(theirs / batch as f64);
        }
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
    Ok((median(&mut native), median(&mut sandboxed)))
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
