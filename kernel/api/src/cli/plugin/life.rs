//! `taihu plugin shadow|promote|rollback|…`: a plugin's life after it was installed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Subcommand;
use taihu_model::{
    CapsuleId, CapsuleOutcome, Difference, Installation, Move, PluginName, PoolSlug, ScoreRunId,
    TenantSlug,
};
use taihu_service::{Caller, Error, Filled, Home, Kernel, Promotion};

use crate::cli::{DataDir, Done, Say, console};

#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// 插件名 · the plugin's name
    name: PluginName,
    /// 主体 · on whose ground
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    #[command(flatten)]
    data: DataDir,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// 影子运行：新版本同时计算，结果不展示 · has the version on trial called beside what serves
    Shadow {
        #[command(flatten)]
        which: Which,
        /// 达到条件后按规则自动推进或退回 · lets the rule take it further, or back
        #[arg(long)]
        by_rule: bool,
    },
    /// 推进试运行版本：5%、25%、全部 · takes the version on trial a step further
    Promote {
        #[command(flatten)]
        which: Which,
        /// 灰度比例，1–99 · its share of the calls, per cent
        #[arg(long, conflicts_with = "all")]
        percent: Option<u8>,
        /// 全部启用 · serves all calls at once
        #[arg(long)]
        all: bool,
    },
    /// 退回：撤下试运行版本，或恢复上一版本 · sends the trial away, or goes back to the version before
    Rollback {
        #[command(flatten)]
        which: Which,
        /// 理由 · why
        #[arg(long)]
        reason: String,
    },
    /// 差异报告：试运行版本与现用版本有何不同 · what the version on trial does differently
    Report {
        #[command(flatten)]
        which: Which,
        /// 细分成果池：先逐项判断全部成果 · for niche pools: judges every achievement first
        #[arg(long)]
        preview: bool,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 隔离，须由人员解除 · takes it out of service until a person releases it
    Quarantine {
        #[command(flatten)]
        which: Which,
        /// 理由 · why
        #[arg(long)]
        reason: String,
    },
    /// 解除隔离（变为停用） · releases a quarantined plugin; it is then suspended
    Release {
        #[command(flatten)]
        which: Which,
        /// 理由 · why
        #[arg(long)]
        reason: String,
    },
    /// 移除；已写入的数据保留 · removes it; what it wrote stays
    Remove {
        #[command(flatten)]
        which: Which,
        /// 理由 · why
        #[arg(long)]
        reason: String,
    },
    /// 留存的调用：列出、取样，或导出为胶囊文件 · lists kept calls, samples one, or writes one as a capsule
    Capsules {
        #[command(flatten)]
        which: Which,
        /// 留存一次评分 score_… 中的调用 · keeps the call of a score run
        #[arg(long, value_name = "RUN", conflicts_with = "export")]
        sample: Option<ScoreRunId>,
        /// 要导出的编号 capsule_… · the one to write
        #[arg(long, requires = "output")]
        export: Option<CapsuleId>,
        /// 写入的文件 · the file to write
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}

pub(super) fn run(command: &Command, say: Say) -> Done {
    match command {
        Command::Shadow { which, by_rule } => {
            let home = which.data.open(false)?;
            let caller = console(&home);
            let it = home.kernel.shadow(&caller, &which.tenant, &which.name, *by_rule)?;
            // A niche pool is compared at once: every achievement is there already.
            home.kernel.settle_plugins()?;
            state(say, &it);
            Ok(())
        }
        Command::Promote { which, percent, all } => {
            let promotion = match (percent, all) {
                (Some(percent), _) => Promotion::Percent(*percent),
                (None, true) => Promotion::All,
                (None, false) => Promotion::Next,
            };
            act(say, which, |kernel, caller| {
                kernel.promote(caller, &which.tenant, &which.name, promotion)
            })
        }
        Command::Rollback { which, reason } => act(say, which, |kernel, caller| {
            kernel.roll_back(caller, &which.tenant, &which.name, reason)
        }),
        Command::Quarantine { which, reason } => act(say, which, |kernel, caller| {
            kernel.quarantine(caller, &which.tenant, &which.name, reason)
        }),
        Command::Release { which, reason } => act(say, which, |kernel, caller| {
            kernel.release(caller, &which.tenant, &which.name, reason)
        }),
        Command::Remove { which, reason } => act(say, which, |kernel, caller| {
            kernel.remove(caller, &which.tenant, &which.name, reason)
        }),
        Command::Report { which, preview, json } => report(which, *preview, Say { json: *json }),
        Command::Capsules { which, sample: Some(run), .. } => {
            let home = which.data.open(false)?;
            let caller = console(&home);
            let kept = home.kernel.sample_capsule(&caller, &which.tenant, &which.name, *run)?;
            say.line(format!("已留存 {} · kept", kept.id));
            Ok(())
        }
        Command::Capsules { which, export, output, .. } => {
            capsules(say, which, *export, output.as_deref())
        }
    }
}

/// Does one step of a plugin's life, and says where it stands then.
fn act(
    say: Say,
    which: &Which,
    step: impl FnOnce(&Kernel, &Caller) -> Result<Installation, Error>,
) -> Done {
    let home = which.data.open(false)?;
    state(say, &step(&home.kernel, &console(&home))?);
    refill(say, &home)
}

/// Judges pools again whose rule is another now: nobody is served here, so it is done at once.
pub(super) fn refill(say: Say, home: &Home) -> Done {
    let bar = say.bar("重新判定成果池");
    let mut judged: BTreeMap<PoolSlug, Filled> = BTreeMap::new();
    let refilled = home.kernel.refill_pools(&mut |pool, filled| {
        bar.set_position(filled.judged);
        judged.insert(pool.clone(), filled);
    });
    bar.finish_and_clear();
    refilled?;
    for (pool, Filled { judged, members, entered, left, .. }) in judged {
        let whole = home.kernel.pool_standing(&console(home), &pool)?.refill.is_none();
        let end = if whole {
            "已完成 · done"
        } else {
            "尚未完成，服务运行时继续 · goes on while taihu serve runs"
        };
        say.line(format!(
            "  成果池 {pool} 按现行规则重新判定 {judged} 项：入池 {members}，新入 {entered}，移出 {left}；{end}"
        ));
    }
    Ok(())
}

/// Where an installation stands now.
fn state(say: Say, it: &Installation) {
    let short = |digest: &taihu_model::Digest| digest.to_string()[..12].to_owned();
    say.line(format!("{}（{}）：{} · {}", it.plugin, it.tenant, it.state.zh(), it.state));
    say.line(format!("  现用版本 {}", short(&it.digest)));
    if let Some(trial) = &it.trial {
        let rule = if trial.by_rule { "，按规则推进" } else { "" };
        say.line(format!("  试运行版本 {}：{}{rule}", short(&trial.digest), trial.stage.zh()));
    }
}

fn report(which: &Which, preview: bool, say: Say) -> Done {
    let home = which.data.open(false)?;
    let caller = console(&home);
    if preview {
        let bar = say.bar("逐项判断");
        home.kernel.compare_pool(&caller, &which.tenant, &which.name, &mut |seen| {
            bar.set_position(seen.judged);
        })?;
        bar.finish_and_clear();
    }
    let seen = home.kernel.difference(&caller, &which.tenant, &which.name)?;
    for line in report_lines(&seen) {
        say.line(line);
    }
    if say.json {
        say.object(&serde_json::json!({ "difference": seen }));
    }
    Ok(())
}

fn report_lines(seen: &Difference) -> Vec<String> {
    let mut lines = vec![
        format!("{}：试运行版本 {}", seen.plugin, seen.version),
        match &seen.against {
            Some(against) => format!("  对照现用版本 {against}"),
            None => "  尚无现用版本 · nothing serves yet".to_owned(),
        },
    ];
    if seen.calls == 0 {
        lines.push(
            "  尚未比较任何调用：等待真实需求，或先运行 taihu match · nothing compared yet".into(),
        );
        return lines;
    }
    lines.push(format!(
        "  比较 {} 次调用，失败 {} 次{}，因排队略过 {} 次",
        seen.calls,
        seen.failed(),
        causes(seen),
        seen.skipped
    ));
    let quantiles = |times: &taihu_model::Times| (times.quantile_us(500), times.quantile_us(990));
    let ((p50, p99), (p50_before, p99_before)) =
        (quantiles(&seen.cpu_us), quantiles(&seen.cpu_us_before));
    lines.push(format!(
        "  CPU 用时 p50 {p50} 微秒（现用 {p50_before}），p99 {p99} 微秒（现用 {p99_before}）"
    ));
    if seen.rankings.compared > 0 {
        let rankings = &seen.rankings;
        lines.push(format!(
            "  排序：{} 次比较中 {} 次有变化，前十名平均 {}% 相同",
            rankings.compared,
            rankings.changed,
            rankings.overlap_permille() / 10
        ));
        if let Some(largest) = &rankings.largest {
            lines.push(format!(
                "  最大变化：需求 {} 的成果 {} 由 {} 分变为 {} 分",
                largest.need, largest.achievement, largest.before, largest.after
            ));
        }
    }
    if seen.steps.compared > 0 {
        let steps = &seen.steps;
        lines.push(format!(
            "  导入步骤：{} 步中 {} 步有变化；记录 {} → {}，内容不同 {}",
            steps.compared,
            steps.changed,
            steps.records_before,
            steps.records_after,
            steps.records_changed
        ));
    }
    if let Some(pool) = &seen.pool {
        lines.push(format!(
            "  成果池：判断 {} 项，将移入 {} 项，将移出 {} 项，待人工判断的变化 {} 项",
            pool.judged, pool.entering, pool.leaving, pool.unsure
        ));
        lines.extend(pool.moves.iter().take(20).map(move_line));
        if pool.moves.len() > 20 {
            lines.push("    ……其余见 --json".into());
        }
    }
    lines
}

fn causes(seen: &Difference) -> String {
    if seen.failures.is_empty() {
        return String::new();
    }
    let all: Vec<_> =
        seen.failures.iter().map(|(cause, count)| format!("{cause} {count}")).collect();
    format!("（{}）", all.join("，"))
}

fn move_line(one: &Move) -> String {
    use taihu_model::contract::Verdict;
    let sign = match one.to {
        Verdict::In => "＋",
        Verdict::Out => "－",
        Verdict::Unsure => "？",
    };
    format!("    {sign} {}：{}", one.title, one.reason.zh)
}

fn capsules(
    say: Say,
    which: &Which,
    export: Option<CapsuleId>,
    output: Option<&std::path::Path>,
) -> Done {
    let home = which.data.open(false)?;
    let caller = console(&home);
    if let (Some(id), Some(path)) = (export, output) {
        let file = home.kernel.capsule(&caller, &which.tenant, &which.name, id)?;
        // It holds records as the plugin saw them: for its owner alone, and never over another file.
        super::signing::write_new(path, &file, 0o600)?;
        say.line(format!(
            "已写入 {}（{} 字节）。重放：taihu replay {}",
            path.display(),
            file.len(),
            path.display()
        ));
        return Ok(());
    }
    let kept = home.kernel.capsules(&caller, &which.tenant, &which.name)?;
    for one in &kept {
        let what = match &one.outcome {
            CapsuleOutcome::Failed { text, .. } => text.zh.clone(),
            CapsuleOutcome::Answered { .. } => "已答复".to_owned(),
        };
        let masked = if one.masked.is_empty() {
            String::new()
        } else {
            format!("；已遮蔽 {}", one.masked.join("、"))
        };
        say.line(format!("{} {} {what}{masked}", one.id, one.at));
    }
    if kept.is_empty() {
        say.line("没有留存的调用 · no call is kept");
    }
    Ok(())
}
