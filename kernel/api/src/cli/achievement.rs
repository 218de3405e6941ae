//! `taihu achievement`: whose records an achievement is of and why they were merged; undoing a merge,
//! and merging by hand.

use serde_json::{Value, json};
use taihu_model::{Achievement, AchievementId, Merged, RecordName};
use taihu_service::{Home, Kernel, merge_words};

use super::remote::ServerArgs;
use super::{DataDir, Done, Failure, Say, console};
use crate::words::local_time;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// 来源记录与合并依据 · which records speak of it, and why each was merged
    Sources {
        /// 成果 · the achievement
        achievement: AchievementId,
        #[command(flatten)]
        server: ServerArgs,
        #[command(flatten)]
        data: DataDir,
    },
    /// 撤销合并：该记录另立成果，以后不再合并 · gives a record its own achievement, for good
    Split(Moved),
    /// 人工合并：把另一成果的记录并入 · has another achievement's record speak of this one
    Join(Moved),
}

#[derive(Debug, clap::Args)]
struct Moved {
    /// 成果 · the achievement
    achievement: AchievementId,
    /// 来源/记录号，如 seu-oai/oai:seu.edu.cn:1 · the source and its own identifier
    #[arg(value_name = "SOURCE/RECORD", value_parser = named)]
    record: RecordName,
    /// 理由 · why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    data: DataDir,
}

fn named(text: &str) -> Result<RecordName, String> {
    let (source, id) = text
        .split_once('/')
        .ok_or_else(|| format!("{text:?} 应如 来源/记录号 · want SOURCE/RECORD"))?;
    let source = source.parse().map_err(|error| format!("{error}"))?;
    Ok(RecordName { source, source_id: id.to_owned() })
}

pub(super) fn run(args: &Args) -> Done {
    let say = Say { json: false };
    match &args.command {
        Command::Sources { achievement, server, data } => {
            let path = format!("/v1/achievements/{achievement}/sources");
            let answer = match server.open(data)? {
                Some(remote) => remote.ask("GET", &path, None)?,
                None => known(&data.open(false)?, *achievement)?,
            };
            tell(say, &answer);
            Ok(())
        }
        Command::Split(moved) => {
            let own = act(moved, "split", Kernel::split_achievement)?;
            say.line(format!("已撤销合并，该记录另立为成果 {own}，以后不再合并 · split"));
            Ok(())
        }
        Command::Join(moved) => {
            let into = act(moved, "join", Kernel::join_achievement)?;
            say.line(format!("已并入成果 {into} · joined"));
            Ok(())
        }
    }
}

type Verb = fn(
    &Kernel,
    &taihu_service::Caller,
    AchievementId,
    &RecordName,
    &str,
) -> taihu_service::Result<Achievement>;

/// Does it, here or at a server, and answers the achievement that the record speaks of now.
fn act(moved: &Moved, what: &str, verb: Verb) -> Result<String, Failure> {
    let Moved { achievement, record, reason, server, data } = moved;
    if let Some(remote) = server.open(data)? {
        let RecordName { source, source_id } = record;
        let body = json!({ "source": source, "source_id": source_id, "reason": reason });
        let path = format!("/v1/achievements/{achievement}/{what}");
        let answer = remote.ask("POST", &path, Some(&body))?;
        return Ok(answer["achievement"]["id"].as_str().unwrap_or_default().to_owned());
    }
    let home = data.open(false)?;
    Ok(verb(&home.kernel, &console(&home), *achievement, record, reason)?.id.to_string())
}

/// What the console knows, as a server answers it.
fn known(home: &Home, id: AchievementId) -> Result<Value, Failure> {
    let (kernel, caller) = (&home.kernel, console(home));
    let merged = |merged: &Merged| {
        let (zh, en) = merge_words(merged);
        let at = local_time(merged.at);
        json!({ "why": { "zh": zh, "en": en }, "with": merged.with, "at": at, "run": merged.run })
    };
    let records = kernel.source_records(&caller, id)?;
    let sources = records.iter().map(|record| {
        let RecordName { source, source_id } = record.name();
        let place = &record.raw.place;
        let merged = record.merged.as_ref().map(merged);
        json!({ "source": source, "source_id": source_id, "place": place, "merged": merged })
    });
    let apart = kernel.kept_apart(&caller, id)?;
    let apart = apart.iter().map(|(record, apart)| {
        let at = local_time(apart.at);
        json!({ "record": record, "from": apart.from, "by": apart.by, "at": at, "reason": apart.reason })
    });
    Ok(json!({ "sources": sources.collect::<Vec<_>>(), "apart": apart.collect::<Vec<_>>() }))
}

fn tell(say: Say, answer: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = |one: &Value| format!("{}/{}", text(&one["source"]), text(&one["source_id"]));
    for record in answer["sources"].as_array().into_iter().flatten() {
        say.line(format!("{}（{}）", name(record), text(&record["place"])));
        let merged = &record["merged"];
        if merged.is_null() {
            say.line("  首条或独立的记录 · brought it");
            continue;
        }
        let why = &merged["why"];
        let with: Vec<String> = merged["with"].as_array().into_iter().flatten().map(name).collect();
        say.line(format!("  合并依据：{} · {}", text(&why["zh"]), text(&why["en"])));
        say.line(format!("  与 {}，{}", with.join("、"), text(&merged["at"])));
        if !merged["run"].is_null() {
            say.line(format!("  批次 {}", text(&merged["run"])));
        }
    }
    for one in answer["apart"].as_array().into_iter().flatten() {
        say.line(format!(
            "已区分：{} 与 {}，{} {}：{}",
            name(&one["record"]),
            name(&one["from"]),
            text(&one["by"]),
            text(&one["at"]),
            text(&one["reason"])
        ));
    }
}
