//! How long a fresh call takes: `cargo run --release -p taihu-sandbox --example fresh_call < MODULE`.
//!
//! Measures the scorer whose core module is on standard input, or the honest one of the tests if
//! there is none. `taihu bench call` measures the bundled one.

use std::io::{IsTerminal as _, Read as _};
use std::time::{Duration, Instant};

use taihu_model::contract::{AchievementView, Context, NeedView, ScorerDescription};
use taihu_model::{FieldWish, Manifest, PluginKind, Sight, Text};
use taihu_sandbox::bench::DefaultScorer;
use taihu_sandbox::{Compiler, Sandbox, SandboxOptions, componentize, pack};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let file = packed()?;
    let mut description = ScorerDescription { factors: Vec::new() };
    for pooling in [true, false] {
        let options = SandboxOptions { seal_key: [7; 32], pooling, compiler: Compiler::InProcess };
        let sandbox = Sandbox::new(options)?;
        let admission = sandbox.admit(&file)?;
        let sealed = sandbox.compile(&admission, &file)?;
        let scorer = sandbox.load(&admission, &sealed)?;
        description = scorer.describe_scorer(&context())?.value;
        let name = if sandbox.is_pooled() { "pooled" } else { "on demand" };
        measure(name, |need, batch| {
            Ok(scorer.score(&context(), &description, need, batch).map(|it| it.value.len())?)
        })?;
    }
    let scorer = DefaultScorer::new(&file)?;
    measure("wasmtime's defaults", |need, batch| {
        Ok(scorer.score(&context(), &description, need, batch)?.len())
    })
}

fn measure(
    name: &str,
    call: impl Fn(&NeedView<'_>, &[AchievementView<'_>]) -> Outcome<usize>,
) -> Outcome<()> {
    let need =
        NeedView { id: "need_1".into(), title: "铅蓄电池回收".into(), ..NeedView::default() };
    for count in [1, 100, 500] {
        let batch: Vec<_> = (0..count).map(achievement).collect();
        let mut times = Vec::new();
        for _ in 0..2_000 {
            let start = Instant::now();
            if call(&need, &batch)? != count {
                return Err("another number of scores".into());
            }
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let us = |time: Duration| time.as_secs_f64() * 1e6;
        let (p50, p99) = (us(times[1_000]), us(times[1_980]));
        println!("{name}, batch of {count}: p50 {p50:.1} µs, p99 {p99:.1} µs");
    }
    Ok(())
}

fn context() -> Context {
    Context { tenant: "changxing".into(), config: "{}".into(), today: "2026-05-20".into() }
}

fn achievement(at: usize) -> AchievementView<'static> {
    AchievementView {
        id: format!("ach_{at:020}").into(),
        title: "废旧铅蓄电池清洁回收与再生利用技术".into(),
        summary: "针对铅蓄电池回收过程中的酸雾与铅尘污染，提出湿法脱硫与低温熔炼相结合的工艺。"
            .into(),
        keywords: vec!["铅蓄电池".to_owned(), "回收".to_owned(), "再生铅".to_owned()].into(),
        stage: "pilot".into(),
        ..AchievementView::default()
    }
}

fn packed() -> Outcome<Vec<u8>> {
    let mut module = Vec::new();
    if !std::io::stdin().is_terminal() {
        std::io::stdin().read_to_end(&mut module)?;
    }
    if module.is_empty() {
        let frame = include_str!("../src/evil/frame.wat");
        let fixture = include_str!("../src/evil/honest.wat");
        module = wat::parse_str(format!("(module {frame} {fixture})"))?;
    }
    let wish = |(subject, field): (&str, &&str)| FieldWish {
        field: format!("{subject}.{field}"),
        reason: Text::new("据此判断", "to judge by it"),
    };
    let achievement = Sight::ACHIEVEMENT_FIELDS.iter().map(|field| wish(("achievement", field)));
    let need = Sight::NEED_FIELDS.iter().map(|field| wish(("need", field)));
    let manifest = Manifest {
        name: "measured".parse()?,
        version: "0.1.0".parse()?,
        kind: PluginKind::Scorer,
        title: Text::new("试验", "trial"),
        description: Text::new("试验用", "for a trial"),
        author: "湖州市科技局".to_owned(),
        reads: achievement.chain(need).collect(),
        hosts: Vec::new(),
        files: None,
        limits: taihu_model::LimitWish::default(),
        config: Vec::new(),
    };
    Ok(pack(&componentize(&module, PluginKind::Scorer)?, &manifest, &[])?)
}
