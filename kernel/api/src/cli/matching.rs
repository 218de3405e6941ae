//! `taihu match`: ranks achievements for a paragraph, or for each line of a file of paragraphs; and
//! what goes with the answers to a stored need: why not, similar, needs, teams.

mod ask;

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use taihu_model::{NeedFacts, TenantSlug};
use taihu_service::Ranking;

use super::import::open_file;
use super::output::ranked_lines;
use super::{DataDir, Done, Failure, Say, console};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    ask: Option<ask::Ask>,
    /// 需求描述 · the need, in words
    #[arg(required_unless_present = "file")]
    text: Option<String>,
    /// 每行一段需求的文本文件 · a file with one need a line
    #[arg(long, conflicts_with = "text")]
    file: Option<PathBuf>,
    /// 以哪个主体的评分插件匹配 · whose scorers rank
    #[arg(long, default_value = "city")]
    tenant: TenantSlug,
    /// 每段需求输出几个成果（1–10） · how many answers
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=10))]
    top: u8,
    /// 每段需求输出一个 JSON 对象 · one JSON object for each need
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

pub(super) fn run(args: &Args) -> Done {
    if let Some(asked) = &args.ask {
        return asked.run();
    }
    let home = args.data.open(false)?;
    let caller = console(&home);
    let answer = |text: &str| -> Done {
        let facts = NeedFacts { problem: text.to_owned(), ..NeedFacts::default() };
        let ranking = home.kernel.rank(&caller, &args.tenant, facts)?;
        show(args, text, &ranking);
        // A version on trial is compared now: nothing else of this process will do it.
        home.kernel.care_for_plugins()?;
        Ok(())
    };
    let answered = match (&args.text, &args.file) {
        (Some(text), _) => answer(text),
        (None, Some(path)) => {
            for line in BufReader::new(open_file(path)?).lines() {
                let line = line.map_err(|error| Failure::file(path, &error))?;
                if !line.trim().is_empty() {
                    answer(line.trim())?;
                }
            }
            Ok(())
        }
        (None, None) => Ok(()),
    };
    home.kernel.settle_plugins()?;
    answered
}

fn show(args: &Args, text: &str, ranking: &Ranking) {
    let say = Say { json: args.json };
    let top = usize::from(args.top);
    if args.json {
        let answers: Vec<_> = ranking
            .ranked
            .iter()
            .take(top)
            .map(|ranked| {
                serde_json::json!({
                    "achievement": ranked.achievement.id,
                    "title": ranked.achievement.facts.title,
                    "owners": ranked.achievement.facts.owners,
                    "score": ranked.score,
                    "factors": ranked.factors,
                    "folded": ranked.folded,
                })
            })
            .collect();
        say.object(&serde_json::json!({
            "need": text,
            "candidates": ranking.candidates,
            "degraded": ranking.degraded,
            "retrieval_weight": ranking.retrieval_weight,
            "weights_revision": ranking.weights_revision,
            "scorers": ranking.scorers.iter().map(|scorer| {
                serde_json::json!({ "plugin": scorer.plugin, "weight": scorer.weight })
            }).collect::<Vec<_>>(),
            "took_us": ranking.took_us,
            "answers": answers,
        }));
        return;
    }
    say.line(format!("需求：{text}"));
    if ranking.ranked.is_empty() {
        say.line("  没有达到推荐线的成果。可以补充技术关键和目标指标，或先导入更多成果。 · no answer is good enough");
    }
    for (at, ranked) in ranking.ranked.iter().take(top).enumerate() {
        say.line(ranked_lines(at + 1, ranked));
    }
    for scorer in ranking.scorers.iter().filter(|scorer| scorer.failure.is_some()) {
        let why = scorer.failure.as_deref().unwrap_or_default();
        say.line(format!("  ! 评分插件 {} 未能给出结果，已略过：{why}", scorer.plugin));
    }
    say.line(format!(
        "  （候选 {} 项，用时 {:.1} 毫秒）",
        ranking.candidates,
        ranking.took_us as f64 / 1000.0
    ));
}
