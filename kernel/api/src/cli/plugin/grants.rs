//! `taihu plugin grant`, `second`, `grants` and `ceiling`: what a plugin may do.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::Offset;
use taihu_model::{
    Ceiling, Grant, GrantRequest, LimitWish, PluginName, Sight, TenantSlug, Timestamp, Wishes,
};
use taihu_service::{Caller, Grants, Home};

use super::super::{DataDir, Done, Failure, Say, console};
use super::signing::text;

#[derive(Debug, clap::Args)]
pub(super) struct Decide {
    /// 插件名 · its name
    name: PluginName,
    /// 主体 · on whose ground
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    /// 授予它申请的全部（不超过全市上限） · all it wishes for, below the city's ceiling
    #[arg(long)]
    all: bool,
    /// 授予一个字段，可重复 · a field, such as achievement.title
    #[arg(long = "field", conflicts_with = "all")]
    fields: Vec<String>,
    /// 授予一个主机，可重复 · a host as it is wished for: an origin, or config:KEY
    #[arg(long = "host", conflicts_with = "all")]
    hosts: Vec<String>,
    /// 授予读取投放目录 · the drop folder
    #[arg(long, conflicts_with = "all")]
    files: bool,
    /// 授予更多CPU时间，毫秒 · more CPU time than usual, milliseconds
    #[arg(long, conflicts_with = "all")]
    cpu_ms: Option<u32>,
    /// 授予更多内存，MiB · more memory than usual, MiB
    #[arg(long, conflicts_with = "all")]
    memory_mib: Option<u32>,
    /// 有效至这一天结束，如 2026-12-31 · until the end of this day
    #[arg(long)]
    until: Option<Date>,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, clap::Args)]
pub(super) struct Second {
    /// 插件名 · its name
    name: PluginName,
    /// 主体 · on whose ground
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    data: DataDir,
}

/// Who decides: the console is one person, whoever sits at it.
#[derive(Debug, clap::Args)]
struct Who {
    /// 以令牌持有人的身份决定（文件内是令牌） · decides as who holds the token in this file
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// 插件名 · its name
    name: PluginName,
    /// 主体 · on whose ground
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    /// 比较两个版本的申请 · compares the wishes of two versions
    #[arg(long)]
    diff: bool,
    /// 较早的版本，默认正在服务的 · the earlier version
    #[arg(long, requires = "diff")]
    from: Option<String>,
    /// 较新的版本，默认试运行的 · the later version
    #[arg(long, requires = "diff")]
    to: Option<String>,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, clap::Args)]
pub(super) struct ShowCeiling {
    /// 以此 JSON 文件替换上限 · replaces it by this JSON file
    #[arg(long, value_name = "FILE")]
    set: Option<PathBuf>,
    #[command(flatten)]
    data: DataDir,
}

impl Who {
    fn caller(&self, home: &Home) -> Result<Caller, Failure> {
        let Some(file) = &self.token_file else { return Ok(console(home)) };
        let text = text(file)?;
        let token = text.lines().map(str::trim).rfind(|line| !line.is_empty());
        Ok(home.kernel.authenticate(token.unwrap_or_default())?)
    }
}

/// Decides what a plugin may do.
pub(super) fn decide(say: Say, args: &Decide) -> Done {
    let request = GrantRequest {
        all: args.all,
        fields: args.fields.iter().cloned().collect(),
        hosts: args.hosts.iter().map(|host| (host.clone(), None)).collect(),
        files: args.files,
        limits: LimitWish { cpu_ms: args.cpu_ms, memory_mib: args.memory_mib },
        until: args.until.map(end_of_day).transpose()?,
    };
    let home = args.data.open(false)?;
    let caller = args.who.caller(&home)?;
    let grant = home.kernel.grant_plugin(&caller, &args.tenant, &args.name, &request)?;
    tell_grant(say, &grant);
    Ok(())
}

/// Agrees as the second person.
pub(super) fn second(say: Say, args: &Second) -> Done {
    let home = args.data.open(false)?;
    let caller = args.who.caller(&home)?;
    let grant = home.kernel.second_grant(&caller, &args.tenant, &args.name)?;
    tell_grant(say, &grant);
    Ok(())
}

/// Tells what was decided, and what waits.
pub(super) fn tell_grant(say: Say, grant: &Grant) {
    let until = grant.until.map_or_else(|| "长期".to_owned(), |until| format!("至 {until}"));
    say.line(format!(
        "已授权 {}（{}，{until}） · granted: {}",
        grant.plugin,
        grant.tenant,
        lines(&grant.granted)
    ));
    let pending = grant.pending();
    if !pending.is_empty() {
        say.line(format!("  等待第二人同意 · waits for a second person: {}", lines(&pending)));
        say.line(format!(
            "  请另一人执行：taihu plugin second {} --tenant {} --token-file FILE",
            grant.plugin, grant.tenant
        ));
    }
}

fn lines(wishes: &Wishes) -> String {
    let lines = wishes.lines();
    if lines.is_empty() { "-".into() } else { lines.join("; ") }
}

/// Explains what a plugin sees and may do, or compares what two versions wish for.
pub(super) fn explain(say: Say, args: &Explain) -> Done {
    let home = args.data.open(false)?;
    let (kernel, caller) = (&home.kernel, console(&home));
    if args.diff {
        let (from, to) = (args.from.as_deref(), args.to.as_deref());
        let diff = kernel.grants_diff(&caller, &args.tenant, &args.name, from, to)?;
        say.line(format!("{} {} → {}", args.name, diff.from, diff.to));
        diff.more.lines().iter().for_each(|line| say.line(format!("  + {line}")));
        diff.less.lines().iter().for_each(|line| say.line(format!("  - {line}")));
        if diff.more.is_empty() && diff.less.is_empty() {
            say.line("  申请相同 · both wish for the same");
        }
        let undecided = diff.undecided.new.or(&diff.undecided.pending);
        if !undecided.is_empty() {
            say.line(format!("  尚未决定 · undecided: {}", lines(&undecided)));
        }
        return Ok(());
    }
    tell(say, &kernel.grants(&caller, &args.tenant, &args.name)?);
    Ok(())
}

fn tell(say: Say, grants: &Grants) {
    let Grants { manifest, trial, grant, effective, records, .. } = grants;
    let trial = trial.as_ref().map(|trial| format!("，试运行 {}", trial.version));
    say.line(format!(
        "{} {}（{}{}）",
        manifest.name,
        manifest.version,
        grants.tenant,
        trial.unwrap_or_default()
    ));
    for seen in records {
        let subject = if seen.subject == "need" { "需求" } else { "成果" };
        say.line(format!(
            "  可见{subject} {}/{} 条，每条 {}/{} 个字段 · sees {} of {} {}s, {} of {} fields",
            seen.seen,
            seen.of,
            seen.fields,
            seen.fields_of,
            seen.seen,
            seen.of,
            seen.subject,
            seen.fields,
            seen.fields_of
        ));
    }
    let mark = |counts: bool| if counts { "✓" } else { "✗" };
    for wish in &manifest.reads {
        let personal = if Sight::is_personal(&wish.field) { "（个人信息）" } else { "" };
        let mark = mark(effective.fields.contains(&wish.field));
        say.line(format!("  {mark} {}{personal}：{}", wish.field, wish.reason.zh));
    }
    for wish in &manifest.hosts {
        let terms = effective.hosts.get(&wish.origin);
        let rate = terms.map_or_else(String::new, |terms| format!(" {}次/分", terms.per_minute));
        let methods = wish.methods.join("+");
        say.line(format!(
            "  {} {methods} {}{rate}：{}",
            mark(terms.is_some()),
            wish.origin,
            wish.reason.zh
        ));
    }
    if let Some(reason) = &manifest.files {
        say.line(format!("  {} 投放目录：{}", mark(effective.files), reason.zh));
    }
    say.line(format!(
        "  每次调用 CPU {} 毫秒，内存 {} MiB",
        effective.limits.cpu_ms.unwrap_or_default(),
        effective.limits.memory_mib.unwrap_or_default()
    ));
    if let Some(grant) = grant {
        let until =
            grant.until.map_or_else(|| "长期有效".to_owned(), |until| format!("至 {until}"));
        say.line(format!("  由 {} 于 {} 授权，{until}", grant.by, grant.at));
        if let Some(second) = &grant.seconded {
            say.line(format!(
                "  第二人 {} 于 {} 同意：{}",
                second.by,
                second.at,
                lines(&second.wishes)
            ));
        }
    }
    tell_undecided(say, grants);
}

/// Tells which wishes are new, and how to decide.
pub(super) fn tell_undecided(say: Say, grants: &Grants) {
    let undecided = &grants.undecided;
    let (name, tenant) = (&grants.manifest.name, &grants.tenant);
    if !undecided.new.is_empty() {
        say.line(format!("  尚未决定 · undecided: {}", lines(&undecided.new)));
        say.line(format!("  请决定：taihu plugin grant {name} --tenant {tenant} --all"));
    }
    if !undecided.pending.is_empty() {
        let pending = lines(&undecided.pending);
        say.line(format!("  等待第二人同意 · waits for a second person: {pending}"));
        say.line(format!(
            "  请另一人执行：taihu plugin second {name} --tenant {tenant} --token-file FILE"
        ));
    }
    if let Some(ended) = undecided.ended {
        say.line(format!("  授权已于 {ended} 到期 · the grant has ended"));
    }
}

/// Shows the city's ceiling as JSON, or replaces it.
pub(super) fn ceiling(say: Say, args: &ShowCeiling) -> Done {
    let home = args.data.open(false)?;
    let caller = console(&home);
    let ceiling = match &args.set {
        Some(file) => home.kernel.put_ceiling(&caller, read_ceiling(file)?)?,
        None => home.kernel.ceiling(&caller)?,
    };
    let written = serde_json::to_string_pretty(&ceiling);
    say.line(written.map_err(|error| Failure::new("", error.to_string()))?);
    Ok(())
}

fn read_ceiling(file: &Path) -> Result<Ceiling, Failure> {
    serde_json::from_str(&text(file)?).map_err(|error| {
        let path = file.display();
        Failure::new(format!("{path} 有误：{error}"), format!("{path} is wrong: {error}"))
    })
}

/// The instant at which a day ends in Huzhou.
fn end_of_day(day: Date) -> Result<Timestamp, Failure> {
    let midnight = day.tomorrow().map(|next| next.at(0, 0, 0, 0));
    let instant = midnight.and_then(|midnight| Offset::constant(8).to_timestamp(midnight));
    instant.map_err(|error| {
        Failure::new(
            format!("日期{day}有误：{error}"),
            format!("{day} is no day to end at: {error}"),
        )
    })
}
