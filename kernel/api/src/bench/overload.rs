//! What happens at four times the capacity: who is refused, how fast, and what the others get.
//!
//! A kernel with the bundled plugins is served over loopback by this very process, and asked to match
//! the needs of every tenant in turn. Each turn finds the peak (so many callers, each after its
//! answer), then offers four times as much at a steady pace, whatever comes back, and then asks one
//! after the other until answers take as long as they did before. Times are counted from the moment
//! that a request was due, so that a crowd that cannot keep up hides nothing.
//!
//! The control is the same with a line that never ends: nobody is refused, and it must be visibly worse.

mod crowd;

use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taihu_model::{NeedFacts, NeedState};
use taihu_service::{Caller, Kernel, Role};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, LocalSet};

use self::crowd::{Asked, Crowd, Seen};
use super::generated;
use super::matching::Ground;
use super::pool::PoolArgs;
use super::{median, quantile, round};
use crate::cli::{Failure, Say};
use crate::http::{AppState, serve};

/// How many times the peak is offered.
const TIMES: f64 = 4.0;
/// Callers at once of which one number is found to give the peak.
const CALLERS: [usize; 4] = [2, 4, 16, 64];
const TURNS: usize = 5;
/// Answers that say how long one takes when nobody else asks.
const ALONE: usize = 200;
/// Answers in a row that take no longer than that before all counts as it was.
const IN_A_ROW: usize = 10;
/// Needs of each tenant.
const NEEDS: usize = 8;
/// Places in a line that never ends.
const ENDLESS: usize = 1 << 20;

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Args {
    /// 成果数 · how many achievements
    #[arg(long, default_value_t = 10_000)]
    achievements: usize,
    /// 每一步的秒数 · seconds of each step
    #[arg(long, default_value_t = 4)]
    seconds: u64,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    let dir = Path::new("target").join(format!("taihu-bench-{}", std::process::id()));
    let measured = measure(args, &dir, say);
    let _ = std::fs::remove_dir_all(&dir);
    measured
}

/// What one turn came to.
struct Turn {
    peak_per_s: f64,
    offered_ratio: f64,
    goodput_ratio: f64,
    alone_ms: f64,
    recovered_ms: f64,
    offered: usize,
    failed: usize,
    refused_ms: Vec<f64>,
    answered_ms: Vec<f64>,
}

/// What several turns came to: medians of ratios, the worst recovery, and times of all together.
struct Found {
    turns: Vec<Turn>,
}

fn measure(args: &Args, dir: &Path, say: Say) -> Result<Value, Failure> {
    let Ground { home, caller, .. } =
        Ground::open(&PoolArgs::default().read()?, args.achievements, dir, say)?;
    let kernel = &home.kernel;
    let asked = publish(kernel, &caller)?;
    let step = Duration::from_secs(args.seconds.max(1));
    let bounded = measured(AppState::new(Arc::clone(kernel)), &asked, step, TURNS, say)?;
    say.line("对照：排队没有上限 · the control: a line without an end");
    let endless = AppState::with_line(Arc::clone(kernel), ENDLESS, ENDLESS);
    let control = measured(endless, &asked, step, 1, say)?;
    let mut found = bounded.json();
    if let Some(found) = found.as_object_mut() {
        found.insert("bench".into(), "overload".into());
        found.insert("achievements".into(), args.achievements.into());
        found.insert("control".into(), control.json());
    }
    Ok(found)
}

/// Publishes needs of every tenant and matches them once, so that asking again stores nothing; hands
/// out what to ask, tenant by tenant in turn, each on behalf of its own official.
fn publish(kernel: &Kernel, caller: &Caller) -> Result<Vec<Asked>, Failure> {
    let mut people = Vec::new();
    for tenant in kernel.tenants()? {
        let city = tenant.slug == *kernel.city();
        let role = if city { Role::City } else { Role::District };
        let (_, token) = kernel.issue_token(caller, "性能测试", role, &tenant.slug)?;
        people.push((tenant.slug, token));
    }
    let mut asked = Vec::new();
    for n in 0..NEEDS {
        for (at, (tenant, token)) in people.iter().enumerate() {
            let facts = NeedFacts {
                title: format!("性能测试第{n}项需求"),
                problem: generated::problem(n * 31 + at),
                enterprise: "湖州某企业".into(),
                technical_key: "关键工艺参数的在线控制".into(),
                target_indicators: "良率不低于99%".into(),
                tried: "委托第三方试过传统工艺".into(),
                base_conditions: "已有年产千吨的产线".into(),
                ..NeedFacts::default()
            };
            let need = kernel.submit_need(caller, tenant, facts, None)?;
            let path = [NeedState::Triaged, NeedState::Published];
            kernel.move_need(caller, tenant, need.id, &path, "")?;
            kernel.match_need(caller, tenant, need.id)?;
            let path = format!("/v1/tenants/{tenant}/needs/{}/matches", need.id);
            asked.push(Asked { path, token: token.clone() });
        }
    }
    Ok(asked)
}

/// A kernel that is served on a runtime of its own, as `taihu serve` does.
struct Served {
    runtime: Runtime,
    address: SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Served {
    fn start(state: AppState) -> Result<Self, Failure> {
        let runtime =
            Builder::new_multi_thread().enable_all().build().map_err(|error| failed(&error))?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.map_err(|error| failed(&error))?;
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        let (end, ended) = oneshot::channel();
        let serving = runtime.spawn(serve(listener, state, async {
            let _ = ended.await;
        }));
        Ok(Self { runtime, address, end, serving })
    }

    fn stop(self) -> Result<(), Failure> {
        let _ = self.end.send(());
        let ended = self.runtime.block_on(self.serving);
        ended.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("无法测量：{error}"), error.to_string())
}

/// Serves, and takes so many turns.
fn measured(
    state: AppState,
    asked: &[Asked],
    step: Duration,
    turns: usize,
    say: Say,
) -> Result<Found, Failure> {
    let served = Served::start(state)?;
    let crowd = Rc::new(Crowd::new(served.address, asked));
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
    let turns = LocalSet::new().block_on(&runtime, async {
        let mut best = (0.0, CALLERS[0]);
        for callers in CALLERS {
            let per_s = good_per_s(&crowd.callers(callers, step / 2).await, step / 2);
            best = if per_s > best.0 { (per_s, callers) } else { best };
        }
        say.line(format!("{} 个调用者时最快：每秒 {:.0} 次匹配", best.1, best.0));
        let mut done = Vec::new();
        for _ in 0..turns {
            let turn = turn(&crowd, best.1, step).await;
            say.line(turn.line());
            done.push(turn);
        }
        done
    });
    drop((runtime, crowd));
    served.stop()?;
    Ok(Found { turns })
}

async fn turn(crowd: &Rc<Crowd>, callers: usize, step: Duration) -> Turn {
    let mut alone = Vec::new();
    for _ in 0..ALONE {
        alone.push(ms(crowd.ask(Instant::now()).await.took));
    }
    let alone_ms = median(&mut alone);
    let normal_ms = quantile(&mut alone, 0.99).max(2.0 * alone_ms);
    let peak_per_s = good_per_s(&crowd.callers(callers, step).await, step);
    let begun = Instant::now();
    let offers = crowd.offers(TIMES * peak_per_s, step).await;
    let (ended, offered) = (Instant::now(), offers.len());
    let recovered_ms = recovered(crowd, normal_ms, ended).await;
    let seen = Crowd::all(offers).await;
    let answered = seen.iter().filter(|seen| seen.is_good());
    let in_time = answered.clone().filter(|seen| seen.at <= ended).count();
    let per_s = |count: usize| count as f64 / ended.duration_since(begun).as_secs_f64();
    let times = |of: &dyn Fn(&Seen) -> bool| {
        seen.iter().filter(|seen| of(seen)).map(|seen| ms(seen.took)).collect::<Vec<_>>()
    };
    Turn {
        peak_per_s,
        offered_ratio: per_s(offered) / peak_per_s,
        goodput_ratio: per_s(in_time) / peak_per_s,
        alone_ms,
        recovered_ms,
        offered,
        failed: seen.iter().filter(|seen| !seen.is_good() && !seen.is_refused()).count(),
        refused_ms: times(&Seen::is_refused),
        answered_ms: times(&Seen::is_good),
    }
}

/// Asks one after the other until so many in a row took no longer than they do alone; hands out how
/// long after the end the first of them was asked.
async fn recovered(crowd: &Crowd, normal_ms: f64, ended: Instant) -> f64 {
    let (mut first, mut in_a_row) = (Instant::now(), 0);
    while in_a_row < IN_A_ROW {
        let begun = Instant::now();
        let seen = crowd.ask(begun).await;
        if seen.is_good() && ms(seen.took) <= normal_ms {
            first = if in_a_row == 0 { begun } else { first };
            in_a_row += 1;
        } else {
            in_a_row = 0;
        }
    }
    ms(first.duration_since(ended))
}

fn good_per_s(seen: &[Seen], time: Duration) -> f64 {
    seen.iter().filter(|seen| seen.is_good()).count() as f64 / time.as_secs_f64()
}

/// Zero if there is nothing to speak of.
fn p99(times: &mut [f64]) -> f64 {
    if times.is_empty() { 0.0 } else { quantile(times, 0.99) }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl Turn {
    fn line(&self) -> String {
        let (mut refused, mut answered) = (self.refused_ms.clone(), self.answered_ms.clone());
        format!(
            "峰值每秒 {:.0} 次（单独 {:.1} ms）；来了 {:.1} 倍：答复为峰值的 {:.0}%，p99 {:.0} ms；\
             拒绝 {:.0}%，p99 {:.1} ms；出错 {}；{:.0} ms 后恢复",
            self.peak_per_s,
            self.alone_ms,
            self.offered_ratio,
            100.0 * self.goodput_ratio,
            p99(&mut answered),
            100.0 * self.refused_ms.len() as f64 / self.offered.max(1) as f64,
            p99(&mut refused),
            self.failed,
            self.recovered_ms,
        )
    }
}

impl Found {
    fn json(&self) -> Value {
        let median_of = |of: &dyn Fn(&Turn) -> f64| {
            round(median(&mut self.turns.iter().map(of).collect::<Vec<_>>()))
        };
        let all = |of: &dyn Fn(&Turn) -> &Vec<f64>| {
            self.turns.iter().flat_map(|turn| of(turn).iter().copied()).collect::<Vec<_>>()
        };
        let sum = |of: &dyn Fn(&Turn) -> usize| self.turns.iter().map(of).sum::<usize>();
        let mut refused = all(&|turn| &turn.refused_ms);
        let mut answered = all(&|turn| &turn.answered_ms);
        let share = refused.len() as f64 / sum(&|turn| turn.offered).max(1) as f64;
        let slowest = refused.iter().copied().fold(0.0, f64::max);
        let recovered = self.turns.iter().map(|turn| turn.recovered_ms).fold(0.0, f64::max);
        json!({
            "offered_ratio": median_of(&|turn| turn.offered_ratio),
            "refused": round(share),
            "refused_p99_ms": round(p99(&mut refused)),
            "refused_max_ms": round(slowest),
            "goodput_ratio": median_of(&|turn| turn.goodput_ratio),
            "recovered_ms": round(recovered),
            "peak_per_s": median_of(&|turn| turn.peak_per_s),
            "alone_p50_ms": median_of(&|turn| turn.alone_ms),
            "answered_p99_ms": round(p99(&mut answered)),
            "failed": sum(&|turn| turn.failed),
        })
    }
}
