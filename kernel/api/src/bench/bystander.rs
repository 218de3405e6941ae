//! One honest caller alone, and beside hostile callers of another tenant, in turns.
//!
//! Hostile scorers spin, or take and fill memory, until they are ended. What is compared is each
//! turn beside them with the turn alone before it; what is reported are medians over the turns. The
//! control is the same with the lane for heavy calls switched off: it must be visibly worse.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taihu_model::contract::{AchievementView, Context, NeedView, ScorerDescription};
use taihu_service::rooms::sandbox::bench::{Hostility, hostile, switch_lane};
use taihu_service::rooms::sandbox::{Cause, Component};

use super::sample::{self, Length};
use super::{median, quantile, round};
use crate::cli::{Failure, Say};

const TURNS: usize = 15;
const CALLS: usize = 5_000;
const BATCH: usize = 100;
/// How long a hostile caller that is refused stays away: a hundredth of what it is told. That is
/// 3,200 refused calls a second of 32.
const REFUSED_PAUSE: Duration = Duration::from_millis(10);

/// Who calls what.
struct Callers<'a> {
    honest: &'a Component,
    description: &'a ScorerDescription,
    need: &'a NeedView<'a>,
    batch: &'a [AchievementView<'a>],
    /// Whether it is the hostile callers' turn.
    turn: AtomicBool,
    over: AtomicBool,
    inside: AtomicUsize,
    stopped: AtomicUsize,
}

/// What one composition came to: medians over the turns.
struct Found {
    p50_ratio: f64,
    p99_ratio: f64,
    p99_extra_ms: f64,
    p50_alone_us: f64,
    refused: usize,
    slowed: usize,
    stopped: usize,
}

pub(super) fn run(say: Say) -> Result<Value, Failure> {
    let packed = sample::packed("smallest-scorer", say)?;
    let sandbox = sample::sandbox()?;
    let honest = sample::load(&sandbox, &packed.bytes)?;
    let context = Context { tenant: "anji".into(), ..sample::context(&packed) };
    let (need, batch) = (sample::need(), sample::candidates(BATCH, Length::Short));
    let description = honest.describe_scorer(&context).map_err(failed)?.value;
    let (mut cases, mut worst) = (Vec::new(), [0_f64; 3]);
    for (mix, hostility) in [("spin", Hostility::Spins), ("grow", Hostility::Grows)] {
        let file = hostile(hostility, &packed.manifest).map_err(failed)?;
        let attacker = sample::load(&sandbox, &file)?;
        for (count, lane) in [(8, true), (32, true), (8, false)] {
            switch_lane(&sandbox, lane);
            let callers = Callers {
                honest: &honest,
                description: &description,
                need: &need,
                batch: &batch,
                turn: AtomicBool::new(false),
                over: AtomicBool::new(false),
                inside: AtomicUsize::new(0),
                stopped: AtomicUsize::new(0),
            };
            let turns = if lane { TURNS } else { TURNS / 5 };
            let found = callers.measure(&context, &attacker, count, turns);
            switch_lane(&sandbox, true);
            say.line(found.line(mix, count, lane));
            if lane {
                let found = [found.p50_ratio, found.p99_ratio, found.p99_extra_ms];
                worst = std::array::from_fn(|at| worst[at].max(found[at]));
            }
            cases.push(found.json(mix, count, lane));
        }
    }
    let [p50_ratio, p99_ratio, p99_extra_ms] = worst.map(round);
    Ok(json!({
        "bench": "bystander",
        "hostile": [8, 32],
        "p50_ratio": p50_ratio,
        "p99_ratio": p99_ratio,
        "p99_extra_ms": p99_extra_ms,
        "cases": cases,
    }))
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure::new(format!("调用失败：{error}"), error.to_string())
}

impl Callers<'_> {
    fn measure(
        &self,
        context: &Context,
        attacker: &Component,
        count: usize,
        turns: usize,
    ) -> Found {
        std::thread::scope(|scope| {
            for _ in 0..count {
                scope.spawn(|| self.attack(attacker));
            }
            let found = self.turns(context, turns);
            self.over.store(true, Ordering::SeqCst);
            found
        })
    }

    /// Calls the hostile scorer whenever it is its turn.
    fn attack(&self, attacker: &Component) {
        let context =
            Context { tenant: "deqing".into(), config: "{}".into(), today: String::new() };
        while !self.over.load(Ordering::SeqCst) {
            self.inside.fetch_add(1, Ordering::SeqCst);
            if !self.turn.load(Ordering::SeqCst) {
                self.inside.fetch_sub(1, Ordering::SeqCst);
                std::thread::sleep(REFUSED_PAUSE);
                continue;
            }
            let answer = attacker.score(&context, self.description, self.need, self.batch);
            self.inside.fetch_sub(1, Ordering::SeqCst);
            if answer.is_err_and(|error| matches!(error.cause, Cause::Busy { .. })) {
                std::thread::sleep(REFUSED_PAUSE);
            } else {
                self.stopped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn turns(&self, context: &Context, turns: usize) -> Found {
        let mut alone_p50 = Vec::new();
        let mut ratios: [Vec<f64>; 3] = Default::default();
        let (mut refused, mut slowed) = (0, 0);
        for _ in 0..turns {
            while self.inside.load(Ordering::SeqCst) > 0 {
                std::thread::sleep(REFUSED_PAUSE);
            }
            let (mut alone, mut beside) = (Vec::new(), Vec::new());
            for (times, hostile) in [(&mut alone, false), (&mut beside, true)] {
                self.turn.store(hostile, Ordering::SeqCst);
                // Until all are there: each looks every ten milliseconds.
                std::thread::sleep(3 * REFUSED_PAUSE);
                for _ in 0..CALLS {
                    let begun = Instant::now();
                    let answer =
                        self.honest.score(context, self.description, self.need, self.batch);
                    times.push(begun.elapsed().as_secs_f64() * 1e6);
                    match answer {
                        Ok(answer) => slowed += usize::from(answer.usage.slow),
                        Err(_) => refused += 1,
                    }
                }
            }
            self.turn.store(false, Ordering::SeqCst);
            let p99 = (quantile(&mut alone, 0.99), quantile(&mut beside, 0.99));
            let p50 = (median(&mut alone), median(&mut beside));
            alone_p50.push(p50.0);
            let found = [p50.1 / p50.0, p99.1 / p99.0, (p99.1 - p99.0) / 1e3];
            for (ratios, found) in ratios.iter_mut().zip(found) {
                ratios.push(found);
            }
        }
        let [p50_ratio, p99_ratio, p99_extra_ms] = ratios.each_mut().map(|all| median(all));
        Found {
            p50_ratio,
            p99_ratio,
            p99_extra_ms,
            p50_alone_us: median(&mut alone_p50),
            refused,
            slowed,
            stopped: self.stopped.load(Ordering::Relaxed),
        }
    }
}

impl Found {
    fn line(&self, mix: &str, count: usize, lane: bool) -> String {
        let lane = if lane { "" } else { "（对照：不设慢车道）" };
        format!(
            "{count} 个恶意调用者（{mix}）{lane}：p50 × {:.2}，p99 × {:.2}（多 {:.2} ms），单独 p50 {:.0} µs；\
             被拒 {}，转低优先级 {}，终止 {}",
            self.p50_ratio,
            self.p99_ratio,
            self.p99_extra_ms,
            self.p50_alone_us,
            self.refused,
            self.slowed,
            self.stopped
        )
    }

    fn json(&self, mix: &str, count: usize, lane: bool) -> Value {
        json!({
            "mix": mix,
            "hostile": count,
            "lane": lane,
            "p50_ratio": round(self.p50_ratio),
            "p99_ratio": round(self.p99_ratio),
            "p99_extra_ms": round(self.p99_extra_ms),
            "p50_alone_us": round(self.p50_alone_us),
            "refused": self.refused,
            "slowed": self.slowed,
            "stopped": self.stopped,
        })
    }
}
