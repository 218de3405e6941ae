//! One fresh call: store, instance, one candidate scored, all dropped; against the same call under
//! wasmtime's default configuration.

use serde_json::{Value, json};
use taihu_service::rooms::sandbox::bench::DefaultScorer;

use super::sample::{self, Length};
use super::{median, quantile, round, time_us};
use crate::cli::{Failure, Say};

const ROUNDS: usize = 4_000;
const WARM_UP: usize = 200;

pub(super) fn run(say: Say) -> Result<Value, Failure> {
    let packed = sample::packed("smallest-scorer", say)?;
    let component = sample::loaded(&packed)?;
    let failed = |error: String| Failure::new(format!("调用失败：{error}"), error);
    let plain = DefaultScorer::new(&packed.bytes).map_err(|error| failed(error.to_string()))?;
    let (context, need, candidates) =
        (sample::context(&packed), sample::need(), sample::candidates(1, Length::Short));
    let description =
        component.describe_scorer(&context).map_err(|error| failed(error.to_string()))?.value;
    let (mut fresh, mut default) = (Vec::new(), Vec::new());
    for at in 0..ROUNDS + WARM_UP {
        let ours = time_us(|| {
            let answer = component.score(&context, &description, &need, &candidates);
            answer.map(drop).map_err(|error| failed(error.to_string()))
        })?;
        let theirs = time_us(|| {
            let answer = plain.score(&context, &description, &need, &candidates);
            answer.map(drop).map_err(|error| failed(error.to_string()))
        })?;
        if at >= WARM_UP {
            fresh.push(ours);
            default.push(theirs);
        }
    }
    let (fresh_p99, fresh_p50) = (quantile(&mut fresh, 0.99), median(&mut fresh));
    let default_p50 = median(&mut default);
    say.line(format!("全新调用 p50 {fresh_p50:.1} µs，wasmtime 默认配置 {default_p50:.1} µs"));
    Ok(json!({
        "bench": "call",
        "fresh_us_p50": round(fresh_p50),
        "fresh_us_p99": round(fresh_p99),
        "default_us_p50": round(default_p50),
        "ratio": round(fresh_p50 / default_p50),
        "rounds": ROUNDS,
    }))
}
