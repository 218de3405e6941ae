//! `taihu plugin recall NAME@VERSION`: what a version wrote, and taking it back.

use taihu_model::{PluginKind, PluginName, TenantSlug};
use taihu_service::{Error, Recall};

use crate::cli::{DataDir, Done, Failure, Say, console};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// 插件和版本，如 spreadsheet@1.0.0 · plugin and version
    #[arg(value_name = "NAME@VERSION")]
    plugin: String,
    /// 主体；city 为全市 · whose ground; the city's is everybody's
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    /// 执行召回，可随时中断，再次执行即继续；省略则只列出 · takes it back, may be interrupted and done
    /// again; without it, this only lists
    #[arg(long, requires = "reason")]
    undo: bool,
    /// 召回理由 · why
    #[arg(long)]
    reason: Option<String>,
    /// 只在最后输出一个 JSON 对象 · prints only one JSON object at the end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

pub(in crate::cli) fn run(args: &Args) -> Done {
    let (name, version) = named(&args.plugin)?;
    let home = args.data.open(false)?;
    let caller = console(&home);
    let say = Say { json: args.json };
    let recall = if args.undo {
        let bar = say.bar(&args.plugin);
        let reason = args.reason.as_deref().unwrap_or_default();
        let told = &mut |recall: &Recall| bar.set_position(recall.records());
        let done = home.kernel.recall_undo(&caller, &args.tenant, &name, version, reason, told);
        bar.finish_and_clear();
        let done = done?;
        home.kernel.catch_up()?;
        home.kernel.save_index()?;
        done
    } else {
        home.kernel.recall_list(&caller, &args.tenant, &name, version)?
    };
    lines(&recall).iter().for_each(|line| say.line(line));
    if !args.undo && !recall.is_empty() {
        say.line(format!(
            "执行召回 · to do it: taihu plugin recall {} --tenant {} --undo --reason \"…\"",
            args.plugin, args.tenant
        ));
        // Whoever only looks is told what stands in the way, before the day on which it matters.
        let may = home.kernel.recall_may_begin(&caller, &args.tenant, &name, version, "list");
        if let Err(error @ Error::Conflict(_)) = may {
            say.line(format!("目前还不能执行：{}\nnot yet: {error}", error.zh()));
        }
    }
    if args.json {
        let object =
            serde_json::to_value(&recall).map_err(|error| Failure::new("", error.to_string()))?;
        say.object(&object);
    }
    Ok(())
}

fn named(text: &str) -> Result<(PluginName, &str), Failure> {
    let parts =
        text.split_once('@').and_then(|(name, version)| Some((name.parse().ok()?, version)));
    parts.ok_or_else(|| {
        Failure::new(
            format!("“{text}”应写作 名称@版本，如 spreadsheet@1.0.0"),
            format!("{text:?} should read NAME@VERSION, such as spreadsheet@1.0.0"),
        )
    })
}

fn lines(recall: &Recall) -> Vec<String> {
    let (did, en) = match (recall.is_empty(), recall.undone) {
        (true, _) => ("无可召回", "nothing to take back"),
        (false, true) => ("已召回", "taken back"),
        (false, false) => ("将召回", "would be taken back"),
    };
    let mut lines = vec![format!(
        "{did} {}@{}（{}，{}） · {en}",
        recall.plugin,
        recall.version,
        recall.kind.zh(),
        recall.digest
    )];
    if recall.is_empty() {
        lines.push(
            "  它没有写入过内容，或已全部收回 · it wrote nothing, or all of it is taken back"
                .into(),
        );
        return lines;
    }
    match recall.kind {
        PluginKind::Scorer => lines.push(format!(
            "  待推荐的匹配 {} 条失效；已进入办理的不动 · proposed matches expire",
            recall.matches
        )),
        PluginKind::NichePool => lines.push(format!(
            "  入池记录 {} 条收回，人工决定的 {} 条保留；换用其他版本后自动重新判定 · another version judges anew",
            recall.memberships, recall.curated
        )),
        PluginKind::Connector => connector_lines(recall, &mut lines),
    }
    lines
}

fn connector_lines(recall: &Recall, lines: &mut Vec<String>) {
    for (source, it) in &recall.sources {
        let from = it.goes_on_from.map_or("从头".to_owned(), |at| format!("自 {at} 起"));
        lines.push(format!(
            "  {source}：收回 {}，恢复旧值 {}，保留 {}；{} 次导入，下次{from}重读",
            it.taken_back, it.restored, it.kept, it.runs
        ));
    }
    let counts = &recall.achievements;
    lines.push(format!(
        "  成果：撤回 {}，重新合并 {}，暂停待核 {}，恢复为新编号 {}，不变 {}",
        counts.withdrawn, counts.changed, counts.suspended, counts.new, counts.unchanged
    ));
    for one in &recall.named {
        lines.push(format!("    {} {} {}", one.outcome.zh(), one.id, one.title));
    }
    if recall.not_taken_apart > 0 {
        lines.push(format!(
            "  {} 组记录因人工变更或历史不全只收回了该版本的内容，未拆分合并 · not taken apart",
            recall.not_taken_apart
        ));
    }
}
