//! A long spreadsheet end to end: read in the sandbox, admitted, stored and indexed; as XLSX and as
//! a GB18030 CSV, each into a kernel of its own.

use std::path::Path;
use std::time::Instant;

use encoding_rs::GB18030;
use rust_xlsxwriter::{Workbook, XlsxError};
use serde_json::{Value, json};
use taihu_model::{RunStatus, Source};
use taihu_service::{Progress, RunMode};

use super::{generated, round, sample};
use crate::author::Packed;
use crate::cli::{Failure, Say, console, open};
use crate::demo;

/// Columns, in the words that the connector's own synonyms have.
const HEADER: [&str; 8] =
    ["编号", "成果名称", "完成单位", "成果简介", "专利号", "转让价格（万元）", "完成时间", "密级"];

/// Rows between two lines that tell how far it is.
const TELL_EVERY: u64 = 10_000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 行数 · rows; a file holds at most 16 MiB
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    rows: u32,
}

/// How long one file took.
struct Took {
    wall_s: f64,
    /// CPU time of the connector.
    connector_s: f64,
    calls: u64,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    let packed = [sample::packed("spreadsheet", say)?];
    let dir = Path::new("target").join(format!("taihu-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).map_err(|error| Failure::file(&dir, &error))?;
    let measured = measure(args, &packed, &dir, say);
    let _ = std::fs::remove_dir_all(&dir);
    let (xlsx, csv) = measured?;
    let per_s = |took: &Took| round(f64::from(args.rows) / took.wall_s);
    let share = |took: &Took| round(took.connector_s / took.wall_s);
    Ok(json!({
        "bench": "import",
        "rows": args.rows,
        "xlsx_per_s": per_s(&xlsx),
        "csv_per_s": per_s(&csv),
        "xlsx_s": round(xlsx.wall_s),
        "csv_s": round(csv.wall_s),
        "xlsx_connector_share": share(&xlsx),
        "csv_connector_share": share(&csv),
        "xlsx_calls": xlsx.calls,
        "csv_calls": csv.calls,
    }))
}

fn measure(args: &Args, packed: &[Packed], dir: &Path, say: Say) -> Result<(Took, Took), Failure> {
    let file = xlsx(args.rows)
        .map_err(|error| Failure::new("无法写出 XLSX", format!("failed to write XLSX: {error}")))?;
    say.line(format!("XLSX {} KiB", file.len() >> 10));
    let xlsx = import(args.rows, packed, &dir.join("xlsx"), "成果.xlsx", &file, say)?;
    let file = csv(args.rows);
    say.line(format!("GB18030 CSV {} KiB", file.len() >> 10));
    let csv = import(args.rows, packed, &dir.join("csv"), "成果.csv", &file, say)?;
    Ok((xlsx, csv))
}

fn import(
    rows: u32,
    packed: &[Packed],
    dir: &Path,
    name: &str,
    file: &[u8],
    say: Say,
) -> Result<Took, Failure> {
    let home = open(dir, false)?;
    let caller = console(&home);
    let kernel = &home.kernel;
    demo::plugins::install(&home, &caller, packed, say)?;
    let source = json!({
        "slug": "bench", "name": "性能测试", "tenant": "city", "connector": "spreadsheet",
        "trust": "partner", "config": {},
    });
    let source: Source = serde_json::from_value(source)
        .map_err(|error| Failure::new("来源配置有误", error.to_string()))?;
    let slug = kernel.put_source(&caller, source)?.slug;
    kernel.drop_file(&caller, &slug, name, file)?;
    let started = Instant::now();
    let run = kernel.start_run(&caller, &slug, RunMode::Full)?;
    let mut told = 0;
    let run = kernel.drive_run(&caller, run.id, &mut |progress| {
        if let Progress::Page(run) = progress
            && run.counts.records() / TELL_EVERY > told
        {
            told = run.counts.records() / TELL_EVERY;
            say.line(format!("  {name}：{} 行 · rows", run.counts.records()));
        }
    })?;
    kernel.catch_up()?;
    let wall_s = started.elapsed().as_secs_f64();
    if run.status != RunStatus::Done || run.counts.new != u64::from(rows) {
        return Err(Failure::new("导入不完整", format!("imported {:?}", run.counts)));
    }
    let costs = kernel.costs(&caller, kernel.city())?;
    let cost = costs.iter().find(|cost| cost.plugin.as_str() == "spreadsheet");
    let (cpu_us, calls) = cost.map_or((0, 0), |entry| (entry.cost.cpu_us, entry.cost.calls));
    let connector_s = cpu_us as f64 / 1e6;
    say.line(format!("{name}：{wall_s:.1} 秒，其中连接器 {connector_s:.1} 秒，{calls} 次调用"));
    Ok(Took { wall_s, connector_s, calls })
}

/// A row; none like another.
fn row(n: u32) -> [String; 8] {
    let nth = n as usize;
    [
        format!("BENCH-{n:06}"),
        generated::passage(nth).title,
        format!("测试大学第{}学院", nth % 97),
        generated::problem(nth),
        patent(n),
        if n.is_multiple_of(3) { "面议".to_owned() } else { (n % 400 + 5).to_string() },
        format!("{}年{}月", 2020 + n % 6, n % 12 + 1),
        "公开".to_owned(),
    ]
}

/// An application number with its check digit (DOMAIN §7).
pub(super) fn patent(n: u32) -> String {
    const WEIGHTS: [u32; 12] = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5];
    let twelve = format!("{}1{:07}", 2015 + n % 10, 1_000_000 + n);
    let digits = twelve.chars().filter_map(|letter| letter.to_digit(10));
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    match sum % 11 {
        10 => format!("{twelve}.X"),
        check => format!("{twelve}.{check}"),
    }
}

fn xlsx(rows: u32) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("成果表")?;
    sheet.write_row(0, 0, HEADER)?;
    for n in 1..=rows {
        for (column, cell) in (0_u16..).zip(row(n)) {
            match cell.parse::<f64>() {
                Ok(number) if column == 5 => sheet.write_number(n, column, number)?,
                _ => sheet.write_string(n, column, cell)?,
            };
        }
    }
    book.save_to_buffer()
}

fn csv(rows: u32) -> Vec<u8> {
    let mut text = HEADER.join(",") + "\r\n";
    for n in 1..=rows {
        text.push_str(&row(n).join(","));
        text.push_str("\r\n");
    }
    GB18030.encode(&text).0.into_owned()
}
