//! `taihu source`: what a run did, record by record, where each value of a record went, and secrets;
//! here or at a running server.

use std::path::PathBuf;

use serde_json::Value;
use taihu_model::{RunId, SourceSlug, TenantSlug};
use taihu_service::{Home, HttpReply};

use super::remote::{Remote, ServerArgs, segment};
use super::{DataDir, Done, Failure, Say, console, secret};
use crate::http::MappedRecord;
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
        at: Where,
    },
    /// 列出来源的记录 · the records of a source
    Records {
        /// 来源 · the source
        source: SourceSlug,
        /// 列出几条 · how many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=200))]
        top: u8,
        #[command(flatten)]
        at: Where,
    },
    /// 一条来源记录：原文、字段对应、推算与舍弃 · a record: verbatim, which field became which
    Record {
        /// 来源 · the source
        source: SourceSlug,
        /// 来源自己的记录号 · the source's own identifier
        id: String,
        #[command(flatten)]
        at: Where,
    },
    /// 来源接口的密钥：存入、列出、删除 · secrets that the kernel shows a source's server
    Secret(secret::Args),
}

/// Where a source is looked for.
#[derive(Debug, clap::Args)]
pub(super) struct Where {
    /// 主体；仅在服务的令牌不属于市级时需要 · the source's tenant, for a token that is not of the city
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    data: DataDir,
}

impl Where {
    pub(super) fn open(&self, loopback: bool) -> Result<At, Failure> {
        At::open(&self.server, &self.data, loopback)
    }

    /// Whose a source is.
    pub(super) fn tenant_of(&self, at: &At, slug: &SourceSlug) -> Result<TenantSlug, Failure> {
        match at {
            At::Here(home) => {
                let mut found =
                    home.kernel.sources(&console(home), home.kernel.city())?.into_iter();
                let source = found.find(|source| source.slug == *slug);
                source.map(|source| source.tenant).ok_or_else(|| unknown(slug))
            }
            At::There(remote) => {
                let source = remote.source(slug, &self.tenant)?;
                let tenant = source["tenant"].as_str().unwrap_or_default().parse();
                tenant.map_err(|_| unknown(slug))
            }
        }
    }
}

/// Where the kernel is.
pub(super) enum At {
    /// In this process.
    Here(Home),
    /// Behind a running server.
    There(Remote),
}

impl At {
    pub(super) fn open(
        server: &ServerArgs,
        data: &DataDir,
        loopback: bool,
    ) -> Result<Self, Failure> {
        Ok(match server.open(data)? {
            Some(remote) => Self::There(remote),
            None => Self::Here(data.open(loopback)?),
        })
    }
}

pub(super) fn unknown(name: &SourceSlug) -> Failure {
    Failure::new(
        format!("没有来源“{name}”；用 taihu import 来源.toml 添加，用 taihu sync 列出"),
        format!("there is no source {name}; taihu import adds one, taihu sync lists them"),
    )
}

pub(super) fn run(args: &Args) -> Done {
    let say = Say { json: false };
    match &args.command {
        Command::Report { run, csv, at } => {
            let at = at.open(false)?;
            let mut file: Box<dyn std::io::Write> = match csv {
                Some(path) => Box::new(create(path)?),
                None => Box::new(std::io::stdout().lock()),
            };
            write_report(&at, *run, &mut file)
        }
        Command::Records { source, top, at: place } => {
            let at = place.open(false)?;
            let tenant = place.tenant_of(&at, source)?;
            for (status, id) in records(&at, &tenant, source, *top)? {
                say.line(format!("{status:<9} {id}"));
            }
            Ok(())
        }
        Command::Record { source, id, at: place } => {
            let at = place.open(false)?;
            let tenant = place.tenant_of(&at, source)?;
            tell(say, &record(&at, &tenant, source, id)?);
            Ok(())
        }
        Command::Secret(args) => secret::run(args),
    }
}

fn write_report(at: &At, run: RunId, file: &mut dyn std::io::Write) -> Done {
    let failed = |error: std::io::Error| {
        Failure::new(format!("无法写入报告：{error}"), format!("failed to write: {error}"))
    };
    match at {
        At::Here(home) => {
            let mut next = None;
            loop {
                let part = report::table(&home.kernel, &console(home), run, next, ROWS_AT_ONCE)?;
                file.write_all(&part.csv).map_err(failed)?;
                next = part.next;
                if next.is_none() {
                    return file.flush().map_err(failed);
                }
            }
        }
        At::There(remote) => {
            let mut path = Some(format!("/v1/runs/{run}/report.csv"));
            while let Some(part) = path {
                let reply = remote.fetch("GET", &part, None)?;
                file.write_all(&reply.body).map_err(failed)?;
                path = next_of(&reply);
            }
            file.flush().map_err(failed)
        }
    }
}

/// Where the header `Link` says that the next part is.
fn next_of(reply: &HttpReply) -> Option<String> {
    let links = reply.headers.iter().filter(|header| header.name == "link");
    let next = links.filter_map(|header| header.value.strip_suffix(">; rel=\"next\""));
    next.filter_map(|value| value.strip_prefix('<')).next().map(ToOwned::to_owned)
}

/// Records of a source: where each stands, and its identifier.
fn records(
    at: &At,
    tenant: &TenantSlug,
    source: &SourceSlug,
    top: u8,
) -> Result<Vec<(String, String)>, Failure> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match at {
        At::Here(home) => {
            let (kernel, top) = (&home.kernel, usize::from(top));
            let (found, _) = kernel.record_ids(&console(home), tenant, source, None, top)?;
            let status = |status| text(&serde_json::to_value(status).unwrap_or_default());
            Ok(found.into_iter().map(|(id, it)| (status(it), id)).collect())
        }
        At::There(remote) => {
            let path = format!("/v1/tenants/{tenant}/sources/{source}/records?limit={top}");
            let found = remote.ask("GET", &path, None)?;
            let found = found["records"].as_array().into_iter().flatten();
            Ok(found.map(|it| (text(&it["status"]), text(&it["source_id"]))).collect())
        }
    }
}

/// A record and where each of its values went, as it goes over the wire. Who sits at the console owns
/// the data, and reads it verbatim.
fn record(at: &At, tenant: &TenantSlug, source: &SourceSlug, id: &str) -> Result<Value, Failure> {
    match at {
        At::Here(home) => {
            let mapped = home.kernel.mapped_record(&console(home), tenant, source, id)?;
            let verbatim = mapped.record.raw.verbatim.clone();
            let mut record = serde_json::to_value(MappedRecord::from(mapped))
                .map_err(|error| Failure::new("", error.to_string()))?;
            record["verbatim"] = verbatim.into();
            record["verbatim_masked"] = false.into();
            Ok(record)
        }
        At::There(remote) => {
            let id = segment(id);
            remote.ask("GET", &format!("/v1/tenants/{tenant}/sources/{source}/records/{id}"), None)
        }
    }
}

fn tell(say: Say, mapped: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let record = &mapped["record"];
    let [source, id, place] = ["source", "source_id", "place"].map(|key| text(&record[key]));
    say.line(format!("{source} / {id}（{place}）"));
    let fetched = text(&record["fetched"]);
    say.line(format!(
        "  状态 {}，{} 取得，批次 {}，连接器 {}",
        text(&record["status"]),
        fetched.parse().map(local_time).unwrap_or(fetched),
        text(&record["run"]),
        text(&mapped["connector"])
    ));
    if let Some(achievement) = record["achievement"].as_str() {
        say.line(format!("  成果 {achievement}"));
    }
    for value in list(&mapped["values"]) {
        let origin = match text(&value["origin"]) {
            origin if !origin.is_empty() => origin,
            _ if value["fate"] == "default" => "（默认值）".to_owned(),
            _ => "（常量）".to_owned(),
        };
        let shown: String = text(&value["value"]).chars().take(60).collect();
        let (fate, name) = (text(&value["fate_zh"]), text(&value["name"]));
        say.line(format!("  [{fate}] {origin} → {name}：{shown}"));
        for became in list(&value["became"]) {
            say.line(format!("        {} = {}", text(&became["field"]), became["value"]));
        }
        list(&value["notes"]).iter().for_each(|note| {
            say.line(format!("        · {}", text(&note["zh"])));
        });
    }
    for reason in list(&mapped["notes"]).iter().filter(|note| note["field"] == "") {
        say.line(format!("  · {}", text(&reason["text"]["zh"])));
    }
    if mapped["would_change"] == true {
        say.line("  ! 按现行规则或默认值，下次导入时该记录会变化");
    }
    let masked = match (mapped["verbatim"].is_null(), mapped["verbatim_masked"] == true) {
        (true, _) => "，含联系方式，不显示",
        (_, true) => "，电话和邮箱以 *** 代替",
        _ => "",
    };
    say.line(format!("  原文（sha256 {}{masked}）：", text(&mapped["verbatim_digest"])));
    text(&mapped["verbatim"]).lines().for_each(|line| say.line(format!("    {line}")));
}

#[expect(clippy::disallowed_methods, reason = "a file that the person at the console named")]
fn create(path: &std::path::Path) -> Result<std::fs::File, Failure> {
    std::fs::File::create(path).map_err(|error| Failure::file(path, &error))
}
