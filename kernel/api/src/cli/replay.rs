//! `taihu replay`: a score run from its receipt, or a capsule on an author's machine.

use std::path::PathBuf;

use taihu_model::{CapsuleOutcome, ScoreRunId, TenantSlug};

use super::import::read;
use super::{DataDir, Done, Failure, Say, console};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 评分记录编号 score_…，或胶囊文件 · a score run, or a capsule's file
    what: String,
    /// 评分记录所在主体 · on whose ground the score run is
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    #[command(flatten)]
    data: DataDir,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Done {
    let say = Say { json: args.json };
    match args.what.parse::<ScoreRunId>() {
        Ok(id) => receipt(args, id, say),
        Err(_) => capsule(&args.what, say),
    }
}

fn receipt(args: &Args, id: ScoreRunId, say: Say) -> Done {
    let home = args.data.open(false)?;
    let replay = home.kernel.replay(&console(&home), &args.tenant, id, true)?;
    for scorer in &replay.scorers {
        match &scorer.difference {
            None => say.line(format!("✓ {} {}：逐字节相同", scorer.plugin, scorer.version)),
            Some(text) => {
                say.line(format!("✗ {} {}：{}", scorer.plugin, scorer.version, text.zh));
            }
        }
    }
    let order = if replay.order_same { "✓ 综合排序相同" } else { "✗ 综合排序不同" };
    say.line(order);
    if say.json {
        say.object(&serde_json::json!({
            "run": replay.run, "need": replay.need, "scorers": replay.scorers.len(), "same": replay.same,
        }));
    }
    if replay.same {
        return Ok(());
    }
    Err(Failure::new(
        "重放结果与当时不同",
        format!(
            "score run {id} is not what it was: its receipt was made by another kernel, or is damaged"
        ),
    ))
}

fn capsule(path: &str, say: Say) -> Done {
    let path = PathBuf::from(path);
    let replayed = taihu_service::replay_capsule(&read(&path)?)?;
    say.line(format!("插件 {}", replayed.plugin));
    if !replayed.masked.is_empty() {
        say.line(format!("  个人信息已遮蔽：{}", replayed.masked.join("、")));
    }
    say.line(format!("  当时：{}", outcome(&replayed.then)));
    say.line(format!("  现在：{}", outcome(&replayed.now)));
    for line in &replayed.log {
        say.line(format!("  | {line}"));
    }
    if say.json {
        say.object(&serde_json::json!({ "plugin": replayed.plugin, "same": replayed.same }));
    }
    if replayed.same {
        say.line("已重现 · it ends the same");
        return Ok(());
    }
    Err(Failure::new("结果与当时不同", "it does not end as it did then"))
}

fn outcome(outcome: &CapsuleOutcome) -> String {
    match outcome {
        CapsuleOutcome::Answered { answer } => format!("已答复，摘要 {answer} · answered"),
        CapsuleOutcome::Failed { cause, text } => format!("{}（{cause}） · {}", text.zh, text.en),
    }
}
