//! `taihu sync`: reads a known source, here or at a running server; without a name, how sources are.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use taihu_model::{Run, RunId, Source, SourceSlug, TenantSlug};
use taihu_service::{Home, LinesFeed, RunMode};

use super::import::open_file;
use super::output::run_bar;
use super::remote::{Remote, ServerArgs};
use super::source::{At, unknown};
use super::{DataDir, Done, Failure, Say, console, say_progress};
use crate::http::{RunBody, SourcesHealth};
use crate::words::ago_zh;

/// How many rejected rows and merges are told in full; the report has all of them.
const DETAILS_MAX: usize = 20;
/// Milliseconds between two looks at a run that a server drives.
const LOOK_MS: u64 = 500;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 来源；省略则列出全部来源的状况 · the source; without it, how all of them are
    name: Option<SourceSlug>,
    /// 全量导入，而非自上次以来的增量 · everything, not only what changed since the last run
    #[arg(long)]
    full: bool,
    /// 确认撤回某批次中未再出现的记录 · withdraws what a full run did not find any more
    #[arg(long, value_name = "RUN", requires = "name", conflicts_with_all = ["full", "keep"])]
    confirm_withdrawals: Option<RunId>,
    /// 保留某批次中未再出现的记录 · has them stay
    #[arg(long, value_name = "RUN", requires = "name", conflicts_with = "full")]
    keep: Option<RunId>,
    /// 确认或保留的理由 · why
    #[arg(long, default_value = "")]
    reason: String,
    /// 只列某一主体的来源 · whose sources are listed
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    /// 允许来源访问本机地址 · lets the source ask this machine itself
    #[arg(long)]
    allow_loopback: bool,
    /// 只在最后输出一个 JSON 对象 · prints only one JSON object at the end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    data: DataDir,
}

pub(super) fn run(args: &Args) -> Done {
    let at = At::open(&args.server, &args.data, args.allow_loopback)?;
    let say = Say { json: args.json };
    let Some(name) = &args.name else { return list(&at, args, say) };
    let decided = args.confirm_withdrawals.map(|run| (run, true));
    let run = match decided.or(args.keep.map(|run| (run, false))) {
        Some((run, withdraw)) => decide(&at, run, withdraw, &args.reason)?,
        None => sync(&at, name, args, say)?,
    };
    told(say, name, &run);
    Ok(())
}

/// Reads a source.
fn sync(at: &At, name: &SourceSlug, args: &Args, say: Say) -> Result<Value, Failure> {
    let mode = if args.full { RunMode::Full } else { RunMode::Incremental };
    match at {
        At::Here(home) => {
            let caller = console(home);
            let sources = home.kernel.sources(&caller, home.kernel.city())?;
            let source = sources.into_iter().find(|source| source.slug == *name);
            let source = source.ok_or_else(|| unknown(name))?;
            if source.connector.as_str() == LinesFeed::CONNECTOR {
                return Err(Failure::new(
                    format!("来源“{name}”为 JSON Lines，请给出文件：taihu import 来源.toml 文件"),
                    format!("{name} comes as JSON Lines: taihu import SOURCE.toml FILE"),
                ));
            }
            wire(&drive(home, &source, mode, None, say)?)
        }
        At::There(remote) => {
            let source = remote.source(name, &args.tenant)?;
            let tenant = source["tenant"].as_str().unwrap_or_default();
            let path = format!("/v1/tenants/{tenant}/sources/{name}/runs");
            let run = remote.ask("POST", &path, Some(&json!({ "mode": mode })))?;
            follow(remote, source["name"].as_str().unwrap_or_default(), run["run"].clone(), say)
        }
    }
}

/// Looks at a run that a server drives until it has ended. Whoever stops looking stops nothing.
fn follow(remote: &Remote, name: &str, mut run: Value, say: Say) -> Result<Value, Failure> {
    let bar = run_bar(say, name);
    let id = run["id"].as_str().unwrap_or_default().to_owned();
    while run["status"] == "running" {
        if let Some(total) = run["total"].as_u64() {
            bar.set_length(total);
        }
        bar.set_position(run["counts"]["records"].as_u64().unwrap_or(0));
        bar.set_message(format!("{name} 第{}页", run["counts"]["pages"]));
        std::thread::sleep(Duration::from_millis(LOOK_MS));
        run = remote.ask("GET", &format!("/v1/runs/{id}"), None)?["run"].take();
    }
    bar.finish_and_clear();
    Ok(run)
}

/// Starts a run here, or finds the one that was interrupted, and drives it to its end.
pub(super) fn drive(
    home: &Home,
    source: &Source,
    mode: RunMode,
    lines: Option<&Path>,
    say: Say,
) -> Result<Run, Failure> {
    let (kernel, caller) = (&home.kernel, console(home));
    let started = kernel.start_run(&caller, &source.slug, mode)?;
    if started.counts.pages > 0 {
        say.line(format!(
            "继续上次中断的导入（已存 {} 页） · going on with an interrupted run",
            started.counts.pages
        ));
    }
    let bar = run_bar(say, &source.name);
    bar.set_position(started.counts.records());
    bar.reset_eta();
    let mut progress = say_progress(say, &bar, DETAILS_MAX);
    let run = match lines {
        Some(path) => kernel.drive_lines(&caller, started.id, open_file(path)?, &mut progress)?,
        None => kernel.drive_run(&caller, started.id, &mut progress)?,
    };
    drop(progress);
    bar.finish_and_clear();
    kernel.settle_plugins()?;
    kernel.catch_up()?;
    kernel.save_index()?;
    Ok(run)
}

fn decide(at: &At, run: RunId, withdraw: bool, reason: &str) -> Result<Value, Failure> {
    match at {
        At::Here(home) => {
            let caller = console(home);
            let run = home.kernel.decide_vanished(&caller, run, withdraw, reason, &mut |_| {})?;
            home.kernel.catch_up()?;
            home.kernel.save_index()?;
            wire(&run)
        }
        At::There(remote) => {
            let decision = if withdraw { "withdraw" } else { "keep" };
            let body = json!({ "decision": decision, "reason": reason });
            let path = format!("/v1/runs/{run}/withdrawals");
            Ok(remote.ask("POST", &path, Some(&body))?["run"].take())
        }
    }
}

/// A run as it goes over the wire.
pub(super) fn wire(run: &Run) -> Result<Value, Failure> {
    serde_json::to_value(RunBody::from(run.clone()))
        .map_err(|error| Failure::new("", error.to_string()))
}

/// Tells how a run ended.
pub(super) fn told(say: Say, name: &SourceSlug, run: &Value) {
    let (c, id) = (&run["counts"], run["id"].as_str().unwrap_or_default());
    say.line(format!(
        "{name}：读取 {} 条，新增 {}，合并 {}，更新 {}，未变 {}，未收 {}，撤回 {}",
        c["records"],
        c["new"],
        c["merged"],
        c["changed"],
        c["unchanged"],
        c["rejected"],
        c["withdrawn"]
    ));
    for reason in run["reasons"].as_array().into_iter().flatten().take(3) {
        let zh = reason["text"]["zh"].as_str().unwrap_or_default();
        say.line(format!("  ✗ {zh} ×{}", reason["count"]));
    }
    let vanished = &run["vanished"];
    if vanished["decision"] == "waiting" {
        say.line(format!(
            "  ! 有 {} 条记录未再出现（在库 {} 条，自动撤回上限 {} 条），暂全部保留，请人工核实：\n    \
             撤回：taihu sync {name} --confirm-withdrawals {id} --reason 理由\n    \
             保留：taihu sync {name} --keep {id} --reason 理由",
            vanished["missing"], vanished["live"], vanished["allowed"]
        ));
    }
    if let Some(zh) = run["error"]["zh"].as_str() {
        say.line(format!("  失败：{zh}"));
    }
    say.line(format!(
        "  报告：taihu source report {id} --csv 报告.csv，或 GET /v1/runs/{id}/report.csv"
    ));
    if say.json {
        say.object(run);
    }
}

/// How sources are, a line for each.
fn list(at: &At, args: &Args, say: Say) -> Done {
    let health = match at {
        At::Here(home) => {
            let found = home.kernel.source_health(&console(home), &args.tenant)?;
            serde_json::to_value(SourcesHealth::from(found))
                .map_err(|error| Failure::new("", error.to_string()))?
        }
        At::There(remote) => {
            remote.ask("GET", &format!("/v1/tenants/{}/source-health", args.tenant), None)?
        }
    };
    if args.json {
        say.object(&health);
        return Ok(());
    }
    let sources = health["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    if sources.is_empty() {
        say.line("还没有来源；用 taihu import 来源.toml 添加 · there is no source yet");
    }
    sources.iter().for_each(|source| say.line(line(source)));
    Ok(())
}

fn line(source: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let last = &source["last_run"];
    let last = match last["status_zh"].as_str() {
        None => "近三个月未导入".to_owned(),
        Some(status) => format!("{status}（读取 {} 条）", last["counts"]["records"]),
    };
    let lag = source["lag_s"].as_i64().map_or_else(|| "从未成功".to_owned(), ago_zh);
    let rate = source["failed_permille"].as_u64();
    let rate = rate.map_or_else(|| "—".to_owned(), |permille| format!("{}%", permille / 10));
    let mut out = format!(
        "{:<16} {}\n    上次 {last}，距上次成功 {lag}，失败率 {rate}（{}/{} 次），未收 {}/{} 条",
        text(&source["source"]),
        text(&source["name"]),
        source["failed"],
        source["runs"],
        source["rejected"],
        source["records"]
    );
    let reasons: Vec<String> = source["reasons"]
        .as_array()
        .into_iter()
        .flatten()
        .take(3)
        .map(|reason| format!("{} ×{}", text(&reason["text"]["zh"]), reason["count"]))
        .collect();
    if !reasons.is_empty() {
        out += &format!("\n    未收最多：{}", reasons.join("；"));
    }
    for (key, what) in [("next_changes", "增量"), ("next_full", "全量")] {
        if let Some(at) = source[key].as_str().and_then(|at| at.parse().ok()) {
            out += &format!("\n    下次{what} {}", crate::words::local_time(at));
        }
    }
    if let Some(zh) = source["refused"]["zh"].as_str() {
        out += &format!("\n    ! 上次到期未能开始：{zh}");
    }
    if let Some(run) = source["waiting"].as_str() {
        out +=
            &format!("\n    ! {run} 有未再出现的记录待人工确认：--confirm-withdrawals 或 --keep");
    }
    out
}
