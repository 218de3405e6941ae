//! A repository end to end: asked by OAI-PMH, parsed in the sandbox, admitted, compared with what is
//! known, stored and indexed. The server is one of ours on this machine, and has its pages ready.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taihu_model::{RunStatus, Source};
use taihu_service::{
    Gate, Grant, HttpReply, HttpRequest, Outbound, OutboundError, Progress, RunMode,
};

use super::{generated, round, sample};
use crate::author::Packed;
use crate::cli::{Failure, Say, console, open_with};
use crate::demo;

/// Records between two lines that tell how far it is.
const TELL_EVERY: u64 = 20_000;

/// Bytes of a request that are read: a token and a few headers.
const REQUEST_BYTES_MAX: usize = 8_192;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 记录数 · records
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    records: u32,
    /// 每页记录数；一页最多 1 MiB · records a page; a page has at most 1 MiB
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=500))]
    page: u32,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    let packed = [sample::packed("oai-pmh", say)?];
    let dir = Path::new("target").join(format!("taihu-bench-{}", std::process::id()));
    std::fs::create_dir_all(&dir).map_err(|error| Failure::file(&dir, &error))?;
    let measured = measure(args, &packed, &dir, say);
    let _ = std::fs::remove_dir_all(&dir);
    measured
}

/// The network, and how long it took.
#[derive(Default)]
struct Timed(AtomicU64);

impl Outbound for Timed {
    fn fetch(&self, grant: &Grant, request: &HttpRequest) -> Result<HttpReply, OutboundError> {
        let started = Instant::now();
        let reply = Gate.fetch(grant, request);
        let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.0.fetch_add(took, Ordering::Relaxed);
        reply
    }
}

fn measure(args: &Args, packed: &[Packed], dir: &Path, say: Say) -> Result<Value, Failure> {
    let pages = pages(args.records, args.page);
    let bytes: usize = pages.iter().map(String::len).sum();
    say.line(format!("{} 页，{} KiB · pages", pages.len(), bytes >> 10));
    let base = serve(pages)?;
    let timed = Arc::new(Timed::default());
    let outbound = Arc::<Timed>::clone(&timed);
    let home = open_with(dir, outbound, true, false, None)?;
    let caller = console(&home);
    let kernel = &home.kernel;
    demo::plugins::install(&home, &caller, packed, say)?;
    let source = json!({
        "slug": "bench", "name": "性能测试", "tenant": "city", "connector": "oai-pmh",
        "trust": "partner", "config": { "base_url": base },
        "defaults": { "secrecy": "公开", "owner_declaration": "是" },
    });
    let source: Source = serde_json::from_value(source)
        .map_err(|error| Failure::new("来源配置有误", error.to_string()))?;
    let slug = kernel.put_source(&caller, source)?.slug;
    let started = Instant::now();
    let run = kernel.start_run(&caller, &slug, RunMode::Full)?;
    let mut told = 0;
    let run = kernel.drive_run(&caller, run.id, &mut |progress| {
        if let Progress::Page(run) = progress
            && run.counts.records() / TELL_EVERY > told
        {
            told = run.counts.records() / TELL_EVERY;
            say.line(format!("  {} 条 · records", run.counts.records()));
        }
    })?;
    let drive_s = started.elapsed().as_secs_f64();
    kernel.catch_up()?;
    let wall_s = started.elapsed().as_secs_f64();
    if run.status != RunStatus::Done || run.counts.new != u64::from(args.records) {
        return Err(Failure::new("导入不完整", format!("imported {:?}", run.counts)));
    }
    let costs = kernel.costs(&caller, kernel.city())?;
    let cost = costs.iter().find(|cost| cost.plugin.as_str() == "oai-pmh");
    let (cpu_us, calls) = cost.map_or((0, 0), |entry| (entry.cost.cpu_us, entry.cost.calls));
    let seconds = |duration: Duration| round(duration.as_secs_f64());
    let spent = kernel.spent_on_runs();
    let fetch_s = timed.0.load(Ordering::Relaxed) as f64 / 1e6;
    Ok(json!({
        "bench": "sync",
        "records": args.records,
        "per_s": round(f64::from(args.records) / wall_s),
        "wall_s": round(wall_s),
        "fetch_s": round(fetch_s),
        "steps_s": seconds(spent.steps),
        "guest_cpu_s": round(cpu_us as f64 / 1e6),
        "admission_s": seconds(spent.planning),
        "commit_s": seconds(spent.committing),
        "index_s": round(wall_s - drive_s),
        "pages": run.counts.pages,
        "calls": calls,
        "kib": bytes >> 10,
    }))
}

/// Every page as the server answers it.
fn pages(records: u32, page: u32) -> Vec<String> {
    let mut pages = Vec::new();
    for first in (0..records).step_by(page as usize) {
        let mut body = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\"><responseDate>2026-05-20T00:00:00Z</responseDate><request>http://localhost/oai</request><ListRecords>",
        );
        let end = first.saturating_add(page).min(records);
        (first..end).for_each(|n| record(&mut body, n));
        let token = if end < records { (pages.len() + 1).to_string() } else { String::new() };
        // Writing to a string does not fail.
        let _ = write!(
            body,
            "<resumptionToken completeListSize=\"{records}\">{token}</resumptionToken></ListRecords></OAI-PMH>"
        );
        pages.push(body);
    }
    pages
}

/// A record in Dublin Core; none like another.
fn record(body: &mut String, n: u32) {
    let nth = n as usize;
    let (title, problem) = (generated::passage(nth).title, generated::problem(nth));
    let (school, year) = (n % 97, 2020 + n % 6);
    // Writing to a string does not fail.
    let _ = write!(
        body,
        "<record><header><identifier>oai:bench:{n}</identifier><datestamp>2026-05-01T00:00:00Z</datestamp><setSpec>cg</setSpec></header><metadata><oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{title}</dc:title><dc:creator>沈牧之</dc:creator><dc:publisher>测试大学第{school}学院</dc:publisher><dc:description>{problem}</dc:description><dc:subject>储能</dc:subject><dc:type>中期</dc:type><dc:date>{year}</dc:date><dc:identifier>{patent}</dc:identifier><dc:rights>许可；先用后转</dc:rights></oai_dc:dc></metadata></record>",
        patent = super::import::patent(n),
    );
}

/// Answers on loopback for as long as this process lives; says where.
fn serve(pages: Vec<String>) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        Failure::new("无法启动 OAI-PMH 服务", format!("failed to serve OAI-PMH: {error}"))
    };
    let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
    let base = format!("http://{}/oai", listener.local_addr().map_err(failed)?);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // Who asks sees a connection that ends, and says so.
            let _ = answer(stream, &pages);
        }
    });
    Ok(base)
}

fn answer(mut stream: TcpStream, pages: &[String]) -> std::io::Result<()> {
    const IDENTIFY: &str =
        "<OAI-PMH><Identify><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>";
    let (mut request, mut buffer) = (Vec::new(), [0; 2_048]);
    while !request.ends_with(b"\r\n\r\n") && request.len() < REQUEST_BYTES_MAX {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => request.extend(buffer.iter().take(count)),
        }
    }
    let head = String::from_utf8_lossy(&request);
    let target = head.split_whitespace().nth(1).unwrap_or_default();
    let token = target.split_once("resumptionToken=").and_then(|(_, token)| token.parse().ok());
    let page = pages.get(token.unwrap_or(0_usize)).map_or("", String::as_str);
    let body = if target.contains("verb=Identify") { IDENTIFY } else { page };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body.as_bytes())
}
