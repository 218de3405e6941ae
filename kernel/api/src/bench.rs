//! `taihu bench NAME`: measures, and compares in the same run. The last line is one JSON object.
//!
//! Machines are shared and noisy, so what is compared is measured in turns within one run, and what
//! is reported are medians and ratios.

mod bystander;
mod call;
mod commit;
mod density;
mod generated;
mod import;
mod index;
mod matching;
mod overload;
mod pool;
mod quality;
mod sample;
mod score;
mod sync;

use std::time::Instant;

use clap::Subcommand;

use crate::cli::{Done, Failure, Say};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    name: Name,
    /// 只输出最后的 JSON 对象 · prints the JSON object only
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Name {
    /// 一次全新沙箱调用，对比 wasmtime 默认配置 · a fresh call, against wasmtime's default configuration
    Call,
    /// 沙箱内评分，对比本机编译的同一插件 · scoring in the sandbox, against the same scorer compiled natively
    Score(score::Args),
    /// 恶意调用旁的正常调用，对比其单独运行 · an honest caller beside hostile ones, against itself alone
    Bystander,
    /// 组提交，对比逐个事务提交（16 个写者） · group commit, against one transaction a writer
    Commit,
    /// 一千个插件的内存与启动时间 · the memory and the start of a thousand plugins
    Density(density::Args),
    /// 检索质量，对有标注的查询 · what the retrieval of candidates finds, over judged queries
    Quality(quality::Args),
    /// 索引的构建、载入与新鲜度 · building, loading and freshness of the index
    Index(index::Args),
    /// 从需求到十项有理由的答案 · from a need to ten explained answers
    Match(matching::Args),
    /// 从五万行的 XLSX 和 GB18030 CSV 到成果池 · from 50,000 rows of XLSX and GB18030 CSV to the pool
    Import(import::Args),
    /// 从十万条 OAI-PMH 记录到成果池，及时间用在哪里 · from 100,000 OAI-PMH records to the pool, and where the time goes
    Sync(sync::Args),
    /// 超出承载能力四倍时的表现 · what happens at four times the capacity
    Overload(overload::Args),
}

pub(crate) fn run(args: &Args) -> Done {
    let say = Say { json: args.json };
    let object = match &args.name {
        Name::Call => call::run(say)?,
        Name::Score(args) => score::run(args, say)?,
        Name::Bystander => bystander::run(say)?,
        Name::Commit => commit::run(say)?,
        Name::Density(args) => density::run(args, say)?,
        Name::Quality(args) => quality::run(args, say)?,
        Name::Index(args) => index::run(args, say)?,
        Name::Match(args) => matching::run(args, say)?,
        Name::Import(args) => import::run(args, say)?,
        Name::Sync(args) => sync::run(args, say)?,
        Name::Overload(args) => overload::run(args, say)?,
    };
    say.object(&object);
    Ok(())
}

/// Times something once, in microseconds.
fn time_us(work: impl FnOnce() -> Done) -> Result<f64, Failure> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64() * 1e6)
}

/// The value below which a share of the values lies; values must not be empty.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = ((values.len() as f64 - 1.0) * share).round();
    // The share is within 0 to 1, so the place is within the list.
    values.get(at as usize).copied().unwrap_or(f64::NAN)
}

fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

/// Two digits behind the point: more is noise.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
