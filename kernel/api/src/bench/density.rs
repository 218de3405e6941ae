//! How much room installed plugins take, and how long a start with enabled ones lasts.
//!
//! Every plugin is a file of its own: the smallest scorer under another name. They are installed and
//! enabled by the kernel's own verbs, over all tenants. What is measured is a fresh process of this
//! very program: its resident memory when every installed plugin is ready to be called, and the time
//! from its start until then.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use taihu_model::GrantRequest;
use taihu_service::signatures::{self, Password};
use taihu_service::{Compiler, Gate, Home, HomeOptions, InstallOptions, SystemClock, pack, unpack};

use super::sample;
use super::{median, round};
use crate::cli::{Failure, Say, console, open, read};

const ENABLED: usize = 100;
const STARTS: usize = 5;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 安装多少个插件 · how many plugins are installed
    #[arg(long, default_value_t = 1_000)]
    plugins: usize,
    /// 打开此数据目录并报告内存 · opens a home and says what it takes: what the fresh process does
    #[arg(long, hide = true, value_name = "DIR")]
    measured: Option<PathBuf>,
}

/// What a fresh process said of itself, and how long it took.
struct Start {
    rss_kib: f64,
    ms: f64,
}

pub(super) fn run(args: &Args, say: Say) -> Result<Value, Failure> {
    if let Some(home) = &args.measured {
        let _home = open(home, false)?;
        return Ok(json!({ "rss_kib": rss_kib()? }));
    }
    let dir = Path::new("target").join(format!("taihu-bench-{}", std::process::id()));
    let measured = measure(&dir, args.plugins, say);
    let _ = std::fs::remove_dir_all(&dir);
    measured
}

fn measure(dir: &Path, plugins: usize, say: Say) -> Result<Value, Failure> {
    let packed = sample::packed("smallest-scorer", say)?;
    let (many, few) = (dir.join("many"), dir.join("few"));
    install(&few, &packed.bytes, ENABLED, true, say)?;
    install(&many, &packed.bytes, plugins, false, say)?;
    let empty = dir.join("empty");
    drop(open(&empty, false)?);
    let alone = start(&empty)?;
    let mut starts = (0..STARTS).map(|_| start(&few)).collect::<Result<Vec<_>, _>>()?;
    let full = start(&many)?;
    let mut ms: Vec<_> = starts.iter().map(|start| start.ms).collect();
    let start_100_ms = median(&mut ms);
    let few_rss = starts.pop().map_or(0.0, |start| start.rss_kib);
    say.line(format!(
        "{plugins} 个插件：内存 {:.0} MiB（无插件 {:.0} MiB），启动 {:.0} ms；启用 {ENABLED} 个：启动 {start_100_ms:.0} ms，内存 {:.0} MiB",
        full.rss_kib / 1024.0,
        alone.rss_kib / 1024.0,
        full.ms,
        few_rss / 1024.0
    ));
    Ok(json!({
        "bench": "density",
        "plugins": plugins,
        "rss_mib": round(full.rss_kib / 1024.0),
        "rss_empty_mib": round(alone.rss_kib / 1024.0),
        "start_ms": round(full.ms),
        "start_100_ms": round(start_100_ms),
        "start_empty_ms": round(alone.ms),
    }))
}

/// Makes a home with so many plugins, each a file of its own.
fn install(dir: &Path, file: &[u8], count: usize, enable: bool, say: Say) -> Result<(), Failure> {
    let (manifest, cases, component) = unpack(file).map_err(|error| failed(&error))?;
    let home = Home::open(
        dir,
        HomeOptions {
            clock: Arc::new(SystemClock),
            outbound: Arc::new(Gate),
            // The same code as a child would make, without a process for each.
            compiler: Compiler::InProcess,
            loopback: false,
            allow_unsigned: false,
            embedding: None,
        },
    )?;
    let caller = console(&home);
    let key = signatures::keygen(Password::None)?;
    home.kernel.add_publisher(&caller, home.kernel.city(), &key.public, "性能测试")?;
    let all = GrantRequest { all: true, ..GrantRequest::default() };
    let tenants = home.kernel.tenants()?;
    let bar = say.bar("install");
    for (at, tenant) in (0..count).zip(tenants.iter().cycle()) {
        let mut manifest = manifest.clone();
        manifest.name = format!("dense-{at:05}").parse().map_err(|error| failed(&error))?;
        let file = pack(&component, &manifest, &cases).map_err(|error| failed(&error))?;
        let signature = signatures::sign(&file, &key.secret, Password::None, "bench")?;
        let options = InstallOptions { signature: Some(signature), ..InstallOptions::default() };
        home.kernel.install(&caller, &tenant.slug, &file, options)?;
        if enable {
            home.kernel.grant_plugin(&caller, &tenant.slug, &manifest.name, &all)?;
            home.kernel.enable(&caller, &tenant.slug, &manifest.name)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("无法准备插件：{error}"), error.to_string())
}

/// Starts this program on a home until all is ready there.
fn start(home: &Path) -> Result<Start, Failure> {
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let begun = Instant::now();
    let mut child = Command::new(program)
        .args(["bench", "density", "--json", "--measured"])
        .arg(home)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut line).map_err(|error| failed(&error))?;
    }
    let ms = begun.elapsed().as_secs_f64() * 1e3;
    child.wait().map_err(|error| failed(&error))?;
    let said: Value = serde_json::from_str(&line).map_err(|error| failed(&error))?;
    let rss_kib = said["rss_kib"].as_f64().ok_or_else(|| failed(&"no rss_kib"))?;
    Ok(Start { rss_kib, ms })
}

/// Resident memory of this process.
fn rss_kib() -> Result<f64, Failure> {
    let status = read(Path::new("/proc/self/status"))?;
    let status = String::from_utf8_lossy(&status);
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
        .ok_or_else(|| failed(&"/proc/self/status has no VmRSS"))
}
