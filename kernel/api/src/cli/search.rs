//! `taihu search`: the search box at the console.

use serde_json::json;
use taihu_model::{AchievementState, Field, PoolSlug, Stage, TenantSlug, TransferMode};
use taihu_service::{Filter, FoundAchievement, Order, Searched};

use super::{DataDir, Done, Say, console};
use crate::http::{kind_label, kind_name};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 检索内容；不填则列出最新的 · what is looked for; without it the newest
    #[arg(default_value = "")]
    text: String,
    /// 排序：相关度或最新 · the order
    #[arg(long, default_value = "relevance", value_parser = ["relevance", "date"])]
    sort: String,
    /// 领域，可多次 · field codes
    #[arg(long)]
    field: Vec<Field>,
    /// 所处阶段 · `early`, `pilot`, `mature`
    #[arg(long)]
    stage: Vec<Stage>,
    /// 转化方式 · transfer modes
    #[arg(long)]
    mode: Vec<TransferMode>,
    /// 产业链 · codes of industry chains
    #[arg(long)]
    chain: Vec<String>,
    /// 来源主体 · tenants
    #[arg(long)]
    tenant: Vec<TenantSlug>,
    /// 细分领域成果池 · niche pools
    #[arg(long)]
    pool: Vec<PoolSlug>,
    /// 状态 · states
    #[arg(long)]
    state: Vec<AchievementState>,
    /// 列出几项（1–200） · how many
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=200))]
    top: u8,
    /// 同时统计各筛选项 · counts what could be narrowed by
    #[arg(long)]
    facets: bool,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

fn codes<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

pub(super) fn run(args: &Args) -> Done {
    let home = args.data.open(false)?;
    let asked = Searched {
        text: args.text.clone(),
        filter: Filter {
            states: codes(&args.state),
            tenants: codes(&args.tenant),
            pools: codes(&args.pool),
            fields: codes(&args.field),
            stages: codes(&args.stage),
            modes: codes(&args.mode),
            chains: args.chain.clone(),
        },
        order: if args.sort == "date" { Order::Date } else { Order::Relevance },
        after: None,
        limit: usize::from(args.top),
        facets: args.facets,
    };
    let page = home.kernel.search(&console(&home), &asked)?;
    let say = Say { json: args.json };
    if args.json {
        let facets = page.facets.iter().map(|facet| (kind_name(facet.kind), &facet.values));
        say.object(&json!({
            "total": page.total,
            "achievements": page.found.iter().map(|found| json!({
                "id": found.achievement.id,
                "title": found.achievement.facts.title,
                "owners": found.achievement.facts.owners,
            })).collect::<Vec<_>>(),
            "facets": facets.collect::<std::collections::BTreeMap<_, _>>(),
        }));
        return Ok(());
    }
    say.line(format!("共 {} 项成果 · in all", page.total));
    page.found.iter().enumerate().for_each(|(at, found)| say.line(lines(at + 1, found)));
    for facet in &page.facets {
        let values = facet.values.iter().map(|(value, count)| {
            let label = kind_label(facet.kind, value).unwrap_or_else(|| value.clone());
            format!("{label} {count}")
        });
        let values: Vec<String> = values.collect();
        if !values.is_empty() {
            say.line(format!("  {}：{}", kind_name(facet.kind), values.join("，")));
        }
    }
    Ok(())
}

/// An achievement, and the stretch of it that says most.
fn lines(at: usize, found: &FoundAchievement) -> String {
    let facts = &found.achievement.facts;
    let stretch = found.snippets.iter().find(|snippet| snippet.field != "title");
    let stretch = stretch.map_or_else(String::new, |snippet| format!("\n     {}", snippet.text));
    format!(
        "{at:>3}. {}（{}）{}{stretch}",
        facts.title,
        facts.owners.join("、"),
        found.achievement.id
    )
}
