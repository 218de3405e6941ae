//! `taihu source`: what a run did, record by record, and where each value of a record went.

use std::io::Write as _;
use std::path::PathBuf;

use taihu_model::{RunId, SourceSlug};
use taihu_service::{Fate, MappedRecord};

use super::{DataDir, Done, Failure, Say, console};
use crate::report;
use crate::words::local_time;

/// Rows that are read at once while a report is written.
const ROWS_AT_ONCE: usize = 10_000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// 导入报告：新增、更新、合并、撤回、未收，逐条列出 · what a run did, record by record
    Report {
        /// 导入批次 · the run
        run: RunId,
        /// 写入 CSV 文件；省略则输出到屏幕 · the file; standard output if absent
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        #[command(flatten)]
        data: DataDir,
    },
    /// 列出来源的记录 · the records of a source
    Records {
        /// 来源 · the source
        source: SourceSlug,
        /// 列出几条 · how many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=200))]
        top: u8,
        #[command(flatten)]
        data: DataDir,
    },
    /// 一条来源记录：原文、字段对应、推算与舍弃 · a record: verbatim, which field became which
    Record {
        /// 来源 · the source
        source: SourceSlug,
        /// 来源自己的记录号 · the source's own identifier
        id: String,
        #[command(flatten)]
        data: DataDir,
    },
}

pub(super) fn run(args: &Args) -> Done {
    let say = Say { json: false };
    match &args.command {
        Command::Report { run, csv, data } => {
            let home = data.open(false)?;
            let mut file: Box<dyn std::io::Write> = match csv {
                Some(path) => Box::new(create(path)?),
                None => Box::new(std::io::stdout().lock()),
            };
            let failed = |error: std::io::Error| {
                Failure::new(format!("无法写入报告：{error}"), format!("failed to write: {error}"))
            };
            let mut next = None;
            loop {
                let part = report::table(&home.kernel, &console(&home), *run, next, ROWS_AT_ONCE)?;
                file.write_all(&part.csv).map_err(failed)?;
                next = part.next;
                if next.is_none() {
                    return file.flush().map_err(failed);
                }
            }
        }
        Command::Records { source, top, data } => {
            let home = data.open(false)?;
            let tenant = tenant_of(&home, source)?;
            let caller = console(&home);
            let (found, _) =
                home.kernel.record_ids(&caller, &tenant, source, None, usize::from(*top))?;
            for (id, status) in found {
                let status = serde_json::to_value(status).unwrap_or_default();
                say.line(format!("{:<9} {id}", status.as_str().unwrap_or_default()));
            }
            Ok(())
        }
        Command::Record { source, id, data } => {
            let home = data.open(false)?;
            let tenant = tenant_of(&home, source)?;
            let mapped = home.kernel.mapped_record(&console(&home), &tenant, source, id)?;
            tell(say, &mapped);
            Ok(())
        }
    }
}

fn tenant_of(
    home: &taihu_service::Home,
    slug: &SourceSlug,
) -> Result<taihu_model::TenantSlug, Failure> {
    let found = home.kernel.sources(&console(home), home.kernel.city())?;
    let source = found.into_iter().find(|source| source.slug == *slug);
    source.map(|source| source.tenant).ok_or_else(|| {
        Failure::new(format!("没有来源“{slug}”"), format!("there is no source {slug}"))
    })
}

fn tell(say: Say, mapped: &MappedRecord) {
    let record = &mapped.record;
    let status = serde_json::to_value(record.status).unwrap_or_default();
    say.line(format!("{} / {}（{}）", record.source, record.source_id, record.raw.place));
    say.line(format!(
        "  状态 {}，{} 取得，批次 {}，连接器 {}",
        status.as_str().unwrap_or_default(),
        local_time(record.fetched),
        record.run,
        record.connector
    ));
    if let Some(achievement) = record.achievement {
        say.line(format!("  成果 {achievement}"));
    }
    for value in &mapped.values {
        let became: Vec<String> =
            value.became.iter().map(|(field, value)| format!("{field} = {value}")).collect();
        let origin = match value.origin.as_str() {
            "" if value.fate == Fate::Default => "（默认值）",
            "" => "（常量）",
            origin => origin,
        };
        let shown: String = value.value.chars().take(60).collect();
        say.line(format!("  [{}] {origin} → {}：{shown}", value.fate.zh(), value.name));
        became.iter().for_each(|became| say.line(format!("        {became}")));
        value.notes.iter().for_each(|note| say.line(format!("        · {}", note.zh)));
    }
    for reason in mapped.notes.iter().filter(|note| note.field.is_empty()) {
        say.line(format!("  · {}", reason.text.zh));
    }
    if mapped.would_change {
        say.line("  ! 按现行规则或默认值，下次导入时该记录会变化");
    }
    say.line(format!("  原文（sha256 {}）：", mapped.verbatim));
    record.raw.verbatim.lines().for_each(|line| say.line(format!("    {line}")));
}

#[expect(clippy::disallowed_methods, reason = "a file that the person at the console named")]
fn create(path: &std::path::Path) -> Result<std::fs::File, Failure> {
    std::fs::File::create(path).map_err(|error| Failure::file(path, &error))
}
