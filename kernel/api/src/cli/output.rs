//! What commands print: results to standard output, everything else to standard error.

use std::fmt::Write as _;

use indicatif::{ProgressBar, ProgressStyle};
use taihu_model::{MatchFactor, Run};
use taihu_service::{Progress, Ranked};
use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::report::merge_zh;

/// Starts logging to standard error: JSON for a server, short lines for a person. `TAIHU_LOG`
/// chooses what, as `tracing` filters do.
pub(super) fn start_logging(json: bool) {
    let filter = EnvFilter::try_from_env("TAIHU_LOG")
        .unwrap_or_else(|_| EnvFilter::new(if json { "info" } else { "warn" }));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        builder.json().init();
    } else {
        builder.without_time().with_target(false).init();
    }
    // What libraries log through `log` ends here, whatever was asked for: the HTTP client's traces have
    // every byte it sends, secrets among them. Our own words come through `tracing`.
    log::set_max_level(log::max_level().min(log::LevelFilter::Info));
}

#[expect(clippy::print_stderr, reason = "a command's own words to the person who typed it")]
pub(super) fn failure(failure: &Failure) {
    eprintln!("错误：{}", failure.zh);
    if !failure.en.is_empty() && failure.en != failure.zh {
        eprintln!("error: {}", failure.en);
    }
}

/// Where a command speaks: to a person, or (with `--json`) only one object at the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Say {
    /// True if standard output is for one JSON object alone.
    pub(crate) json: bool,
}

impl Say {
    /// Prints a line of the result for a person.
    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command's result")]
    pub(crate) fn line(self, line: impl AsRef<str>) {
        if self.json {
            eprintln!("{}", line.as_ref());
        } else {
            println!("{}", line.as_ref());
        }
    }

    /// Prints the JSON object.
    #[expect(clippy::print_stdout, reason = "a command's result")]
    pub(crate) fn object(self, object: &serde_json::Value) {
        println!("{object}");
    }

    /// A bar for work of known or unknown length.
    pub(crate) fn bar(self, what: &str) -> ProgressBar {
        let bar = ProgressBar::new_spinner().with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos} · {elapsed}") {
            bar.set_style(style);
        }
        bar
    }
}

/// A bar for a run: records of how many, page, and how many a second.
pub(crate) fn run_bar(say: Say, what: &str) -> ProgressBar {
    let bar = say.bar(what);
    let style = "{spinner} {msg} · {pos}/{len} 条 · {per_sec} · {elapsed}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

/// Tells of a run as it goes on: counts in the bar, at most `details` rejected rows and merges in full.
pub(crate) fn say_progress<'a>(
    say: Say,
    bar: &'a ProgressBar,
    mut details: usize,
) -> impl FnMut(Progress<'_>) + 'a {
    move |progress| match progress {
        Progress::Page(run) => {
            if let Some(total) = run.total {
                bar.set_length(total);
            }
            bar.set_position(run.counts.records());
            bar.set_message(format!("{} 第{}页", run.source, run.counts.pages));
        }
        Progress::Rejected(rejection) if details > 0 => {
            details -= 1;
            let reasons: Vec<&str> =
                rejection.reasons.iter().map(|reason| reason.text.zh.as_str()).collect();
            let place =
                if rejection.place.is_empty() { &rejection.source_id } else { &rejection.place };
            bar.suspend(|| say.line(format!("  ✗ 未收 {place}：{}", reasons.join("；"))));
        }
        Progress::Merged { source_id, by, .. } if details > 0 => {
            details -= 1;
            bar.suspend(|| say.line(format!("  ⊕ 合并 {source_id}（{}）", merge_zh(by))));
        }
        Progress::Warning(warning) if details > 0 => {
            details -= 1;
            bar.suspend(|| say.line(format!("  ! {}：{}", warning.place, warning.text.zh)));
        }
        _ => {}
    }
}

/// One line on what a run brought.
pub(crate) fn run_line(run: &Run) -> String {
    let c = &run.counts;
    format!(
        "{}：读取 {} 条，新增 {}，合并 {}，更新 {}，未变 {}，未收 {}，撤回 {}",
        run.source,
        c.records(),
        c.new,
        c.merged,
        c.changed,
        c.unchanged,
        c.rejected,
        c.withdrawn
    )
}

/// Some lines on one ranked achievement: what it is, and why.
pub(crate) fn ranked_lines(rank: usize, ranked: &Ranked) -> String {
    let facts = &ranked.achievement.facts;
    let mut out = format!(
        "  {rank}. [{}] {}（{}）",
        ranked.score,
        facts.title,
        facts.owners.first().map_or("", String::as_str)
    );
    for factor in &ranked.factors {
        let _ = write!(out, "\n       {}", factor_line(factor));
    }
    if !ranked.folded.is_empty() {
        let ids = ranked.folded.iter().map(ToString::to_string).collect::<Vec<_>>().join("、");
        let _ = write!(out, "\n       同一团队另有{}项：{ids}", ranked.folded.len());
    }
    out
}

/// One line on one factor: its label, value, weight and the words that say so.
pub(crate) fn factor_line(factor: &MatchFactor) -> String {
    let mut quotes = Vec::new();
    for evidence in &factor.evidence {
        let field = field_zh(&evidence.field);
        quotes.push(if evidence.quote.is_empty() {
            field.to_owned()
        } else {
            format!("{field}“{}”", evidence.quote)
        });
    }
    let why = if quotes.is_empty() { String::new() } else { format!("：{}", quotes.join("、")) };
    format!("{} {}/1000（权重 {}‰）{why}", factor.label.zh, factor.value, factor.weight)
}

fn field_zh(field: &str) -> &str {
    match field {
        "title" => "名称",
        "summary" => "简介",
        "problem" => "解决的问题",
        "technical_key" => "技术关键",
        "target_indicators" => "目标指标",
        "advantage" => "对比优势",
        "indicators" => "技术指标",
        "keywords" => "关键词",
        "owners" => "权属人",
        "stage" => "所处阶段",
        "trl" => "成熟度",
        "trl_evidence" => "成熟度依据",
        "trl_estimated" => "推算成熟度",
        "transfer_modes" => "转化方式",
        "cooperation_mode" => "合作方式",
        "trial_offered" => "先用后转",
        "ipc" => "IPC",
        "industry" => "行业",
        "field" => "技术领域",
        "ip_statuses" => "法律状态",
        "completeness_permille" => "信息完整度",
        other => other,
    }
}
