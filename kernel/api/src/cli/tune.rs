//! `taihu tune`: learns a tenant's fusion weights from what its people accepted and declined, says what
//! it would gain on needs held back, and sets them only if asked to.

use serde_json::json;
use taihu_model::TenantSlug;
use taihu_service::{Quality, Tuning};

use super::{DataDir, Done, Say, console};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 为哪个主体学习 · whose weights
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    /// 采用学到的权重；不加则只报告 · sets what was learnt; without it nothing is changed
    #[arg(long)]
    apply: bool,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

pub(super) fn run(args: &Args) -> Done {
    let home = args.data.open(false)?;
    let (caller, say) = (console(&home), Say { json: args.json });
    let tuning = if args.apply {
        home.kernel.apply_tuning(&caller, &args.tenant)?
    } else {
        home.kernel.tune(&caller, &args.tenant)?
    };
    tell(say, &tuning, args.apply);
    if say.json {
        let quality = |it: Option<Quality>| {
            it.map(|it| json!({ "needs": it.needs, "before": it.before, "after": it.after }))
        };
        say.object(&json!({
            "tenant": args.tenant, "judgements": tuning.judgements, "needs": tuning.needs,
            "needs_wanted": tuning.needs_wanted, "learnt": quality(tuning.learnt),
            "held": quality(tuning.held), "better": tuning.better_worse.0,
            "worse": tuning.better_worse.1, "applied": args.apply,
            "proposed": tuning.proposed.map(|it| {
                json!({ "retrieval": it.retrieval, "scorers": it.scorers })
            }),
        }));
    }
    Ok(())
}

fn tell(say: Say, tuning: &Tuning, applied: bool) {
    say.line(format!(
        "判断 {} 条，其中 {} 项需求既有采纳或入选、也有不采纳，可用于学习",
        tuning.judgements, tuning.needs
    ));
    let (Some(learnt), Some(held)) = (tuning.learnt, tuning.held) else {
        say.line(format!(
            "太少，至少要 {} 项这样的需求；权重不变 · too few to learn from, nothing is changed",
            tuning.needs_wanted
        ));
        return;
    };
    for (name, it) in [("学习用", learnt), ("留出检验", held)] {
        say.line(format!(
            "  {name} {} 项需求：nDCG@10 {:.3} → {:.3}（{:+.3}）",
            it.needs,
            it.before,
            it.after,
            it.after - it.before
        ));
    }
    let (better, worse) = tuning.better_worse;
    say.line(format!("  留出的需求中变好 {better} 项，变差 {worse} 项"));
    let Some(proposed) = &tuning.proposed else {
        say.line("在留出的需求上没有提升，建议保持现有权重 · it does not help, keep the weights");
        return;
    };
    say.line(format!("  检索：{} → {}", tuning.weights.set.retrieval, proposed.retrieval));
    for one in &tuning.weights.scorers {
        let after = proposed.scorers.get(&one.plugin).copied().unwrap_or(one.weight);
        say.line(format!("  {}：{} → {after}", one.plugin, one.weight));
    }
    say.line(if applied {
        "已采用 · set"
    } else {
        "未改动；加 --apply 采用 · nothing is changed; --apply sets it"
    });
}
