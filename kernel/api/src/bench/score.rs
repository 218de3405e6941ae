//! Scoring in the sandbox against the same scorer compiled natively, per candidate.

use serde_json::{Map, Value, json};
use taihu_plugin::Scorer as _;

use super::{median, round, sample, time_us};
use crate::cli::{Failure, Say};

/// Batches, and how often each is measured; the last is the one that is reported by name.
const BATCHES: &[(usize, usize)] = &[(1, 2_000), (100, 400), (500, 200)];

pub(super) fn run(say: Say) -> Result<Value, Failure> {
    let packed = sample::packed("relevance", say)?;
    let component = sample::loaded(&packed)?;
    let failed = |error: String| Failure::new(format!("评分失败：{error}"), error);
    let (context, need) = (sample::context(&packed), sample::need());
    let description =
        component.describe_scorer(&context).map_err(|error| failed(error.to_string()))?.value;
    let mut object = Map::new();
    object.insert("bench".into(), "score".into());
    for &(batch, rounds) in BATCHES {
        let candidates = sample::candidates(batch);
        let native_context = native::context(&context);
        let native_need = native::need(&need);
        let native_candidates: Vec<_> = candidates.iter().map(native::candidate).collect();
        let (mut sandboxed, mut native) = (Vec::new(), Vec::new());
        let mut same = true;
        for at in 0..rounds + rounds / 10 {
            let mut ours = Vec::new();
            let a = time_us(|| {
                ours = component
                    .score(&context, &description, &need, &candidates)
                    .map_err(|error| failed(error.to_string()))?
                    .value;
                Ok(())
            })?;
            let mut theirs = Vec::new();
            let b = time_us(|| {
                theirs =
                    relevance::Relevance::score(&native_context, &native_need, &native_candidates)
                        .map_err(|failure| failed(format!("{failure:?}")))?;
                Ok(())
            })?;
            same &= ours.len() == theirs.len()
                && ours.iter().zip(&theirs).all(|(a, b)| a.id == b.id && a.value == b.value);
            if at >= rounds / 10 {
                sandboxed.push(a / batch as f64);
                native.push(b / batch as f64);
            }
        }
        if !same {
            return Err(failed(
                "沙箱与本机评分结果不一致 · the sandbox and the native scorer differ".into(),
            ));
        }
        let (sandbox_us, native_us) = (median(&mut sandboxed), median(&mut native));
        say.line(format!(
            "每批 {batch:>3}：本机 {native_us:.2} µs/项，沙箱 {sandbox_us:.2} µs/项，比 {:.2}",
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
    Ok(Value::Object(object))
}

/// The same input as the guest's own types.
mod native {
    use taihu_model::contract as c;
    use taihu_plugin as p;

    pub(super) fn context(context: &c::Context) -> p::Context {
        p::Context {
            tenant: context.tenant.clone(),
            config: context.config.clone(),
            today: context.today.clone(),
            attributes: Vec::new(),
        }
    }

    pub(super) fn need(need: &c::NeedView<'_>) -> p::Need {
        p::Need {
            id: need.id.to_string(),
            title: need.title.to_string(),
            problem: need.problem.to_string(),
            technical_key: need.technical_key.to_string(),
            target_indicators: need.target_indicators.to_string(),
            tried: need.tried.to_string(),
            base_conditions: need.base_conditions.to_string(),
            cooperation_mode: need.cooperation_mode.to_string(),
            budget_fen: need.budget_fen,
            deadline: need.deadline.to_string(),
            chain: need.chain.to_string(),
            ipc: need.ipc.to_vec(),
            industry: need.industry.to_vec(),
            attributes: Vec::new(),
        }
    }

    pub(super) fn candidate(view: &c::AchievementView<'_>) -> p::Achievement {
        p::Achievement {
            id: view.id.to_string(),
            title: view.title.to_string(),
            summary: view.summary.to_string(),
            problem: view.problem.to_string(),
            advantage: view.advantage.to_string(),
            keywords: view.keywords.to_vec(),
            field: view.field.to_string(),
            stage: view.stage.to_string(),
            trl: view.trl.as_ref().map(|trl| p::Readiness {
                level: trl.level,
                estimated: trl.estimated,
                evidence: trl.evidence.to_string(),
            }),
            transfer_modes: view.transfer_modes.iter().map(ToString::to_string).collect(),
            trial_offered: view.trial_offered,
            ipc: view.ipc.to_vec(),
            industry: view.industry.to_vec(),
            attributes: Vec::new(),
        }
    }
}
