//! `taihu evil`: lets hostile components loose in a sandbox as `taihu serve` has it, and says who
//! stopped each, and how late.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use taihu_service::Home;
use taihu_service::rooms::sandbox::evil::{Expectation, Ground, Hostile, Report, all};

use crate::cli::{Done, Failure, Say, child_compiler, read};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// 用这个数据目录的沙箱设置，可在服务运行时进行；省略则用默认设置 · a data directory whose sandbox is tried, also while it is served
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// 只放出名字含这些字母的组件 · only components whose name has this in it
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// 不含那些让编译器忙很久的 · without those that keep the compiler busy for long
    #[arg(long)]
    quick: bool,
    /// 只输出最后的 JSON 对象 · prints the JSON object only
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let say = Say { json: args.json };
    let failed = |error: String| Failure::new(format!("无法试验：{error}"), error);
    let only = args.only.as_deref().unwrap_or("");
    let sandbox = Home::sandbox(args.data.as_deref(), child_compiler()?)?;
    // Made before anything is measured: what making them costs is not their doing.
    let mut hostile = Vec::new();
    let wanted = |one: &Hostile| {
        one.name.contains(only) && !(args.quick && one.want == Expectation::Compiler)
    };
    for one in all().into_iter().filter(wanted) {
        hostile.push((one, one.file().map_err(failed)?));
    }
    let ground = Ground::new(&sandbox, &resident_bytes).map_err(failed)?;
    say.line(format!(
        "放出 {} 个恶意组件，每个旁边都有一个守规矩的插件在被调用 · {} hostile components, each beside an honest one",
        hostile.len(),
        hostile.len()
    ));
    say.line(format!(
        "  {} {} {} 耗时    超时   内存   旁观",
        pad("组件", 31),
        pad("目标", 5),
        pad("拦下者", 12)
    ));
    let started = Instant::now();
    let before = resident_bytes();
    let mut tally = Tally::default();
    for (one, file) in &hostile {
        let report = ground.run(one, file);
        say.line(line(&report));
        tally.count(one, &report);
    }
    let grown = resident_bytes().zip(before).map(|(after, before)| after.saturating_sub(before));
    let object = tally.object(started.elapsed(), grown);
    say.line(format!(
        "{} 个中拦下 {} 个，进程增长 {} MiB，旁观者答复 {} 次、失败 {} 次 · {} of {} contained",
        tally.components,
        tally.contained,
        object["growth_mib"],
        tally.answers,
        tally.failures,
        tally.contained,
        tally.components
    ));
    say.object(&object);
    if tally.components == tally.contained && tally.components > 0 {
        return Ok(());
    }
    let escaped = tally.escaped.join(", ");
    Err(Failure::new(format!("未能拦下：{escaped}"), format!("not contained: {escaped}")))
}

/// What came of all of them.
#[derive(Default)]
struct Tally {
    components: usize,
    contained: usize,
    escaped: Vec<String>,
    by: BTreeMap<&'static str, usize>,
    answers: u32,
    failures: u32,
    bystander_slowest: Duration,
    late_max: Duration,
    growth_bytes_max: u64,
    compile_max: Duration,
}

impl Tally {
    fn count(&mut self, hostile: &Hostile, report: &Report) {
        self.components += 1;
        match &report.escaped {
            None => self.contained += 1,
            Some(why) => self.escaped.push(format!("{}（{why}）", hostile.name)),
        }
        *self.by.entry(report.stopped_by()).or_default() += 1;
        self.answers = self.answers.saturating_add(report.bystander.answers);
        self.failures = self.failures.saturating_add(report.bystander.failures);
        self.bystander_slowest = self.bystander_slowest.max(report.bystander.slowest);
        self.late_max = self.late_max.max(report.late());
        self.growth_bytes_max = self.growth_bytes_max.max(report.growth_bytes);
        if hostile.want == Expectation::Compiler {
            self.compile_max = self.compile_max.max(report.took);
        }
    }

    fn object(&self, took: Duration, grown: Option<u64>) -> Value {
        json!({
            "components": self.components,
            "contained": self.contained,
            "escaped": self.escaped,
            "stopped_by": self.by,
            "late_max_ms": tenths(self.late_max),
            "compile_max_s": tenths(self.compile_max / 1000),
            "growth_mib": grown.map(|bytes| bytes >> 20),
            "growth_of_one_max_kib": self.growth_bytes_max >> 10,
            "bystander_answers": self.answers,
            "bystander_failures": self.failures,
            "bystander_slowest_ms": tenths(self.bystander_slowest),
            "seconds": took.as_secs(),
        })
    }
}

/// Milliseconds with one digit behind the point.
fn tenths(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e4).round() / 10.0
}

/// Two lines on one component: what stopped it and how, and what it does.
fn line(report: &Report) -> String {
    let hostile = &report.hostile;
    let late = report.late();
    let late = if late.is_zero() { "-".to_owned() } else { format!("+{:.1} ms", tenths(late)) };
    let took = match report.took {
        took if took.as_secs() >= 1 => format!("{:.1} s", took.as_secs_f64()),
        took => format!("{:.1} ms", tenths(took)),
    };
    let mark = if report.escaped.is_none() { '✓' } else { '✗' };
    let said = match &report.escaped {
        None => String::new(),
        Some(why) => format!("\n      未拦下 · not contained: {}\n      {why}", report.said().0),
    };
    format!(
        "{mark} {} {} {} {took:>8} {late:>8} {:>5} K {:>4}/{}\n      {} · {}{said}",
        pad(hostile.name, 31),
        pad(hostile.target.zh(), 5),
        pad(report.stopped_by(), 12),
        report.growth_bytes >> 10,
        report.bystander.answers,
        report.bystander.failures,
        hostile.zh,
        hostile.en,
    )
}

/// Fills up with blanks to a width in columns, of which a Chinese character takes two.
fn pad(text: &str, width: usize) -> String {
    let columns: usize = text.chars().map(|letter| 1 + usize::from(letter >= '\u{2e80}')).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(columns)))
}

/// How large this process is in memory, if the system tells.
fn resident_bytes() -> Option<u64> {
    let status = read(Path::new("/proc/self/status")).ok()?;
    let status = String::from_utf8(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib << 10)
}
