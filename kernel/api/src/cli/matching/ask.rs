//! `taihu match why-not|similar|needs|teams`: questions about stored needs and achievements.

use serde_json::{Value, json};
use taihu_model::{AchievementId, NeedId, TenantSlug};
use taihu_service::{Caller, Home, Kernel, NeedGlance, Team, WhyNot};

use crate::cli::output::factor_line;
use crate::cli::{DataDir, Done, Failure, Say, console};

/// What is asked.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Ask {
    /// 为何未推荐某项成果 · where an achievement stands, and what held it back
    WhyNot {
        /// 需求编号 · the need
        need: NeedId,
        /// 成果编号 · the achievement
        achievement: AchievementId,
        #[command(flatten)]
        with: With,
    },
    /// 与某项需求或成果相似的 · what is like a need or an achievement
    Similar {
        /// 需求编号 need_… 或成果编号 ach_… · a need or an achievement
        id: String,
        #[command(flatten)]
        with: With,
    },
    /// 某项成果可解决的公开征集中的需求 · the open needs that an achievement may answer
    Needs {
        /// 成果编号 · the achievement
        achievement: AchievementId,
        #[command(flatten)]
        with: With,
    },
    /// 某项需求的最佳候选背后的团队 · who stands behind the best candidates for a need
    Teams {
        /// 需求编号 · the need
        need: NeedId,
        #[command(flatten)]
        with: With,
    },
}

/// Where, and how it is answered.
#[derive(Debug, clap::Args)]
pub(super) struct With {
    /// 需求所在主体；不填则逐个查找 · on whose ground the need is; looked for if absent
    #[arg(long)]
    tenant: Option<TenantSlug>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

impl Ask {
    pub(super) fn run(&self) -> Done {
        let with = match self {
            Self::WhyNot { with, .. }
            | Self::Similar { with, .. }
            | Self::Needs { with, .. }
            | Self::Teams { with, .. } => with,
        };
        let home = with.data.open(false)?;
        let (kernel, caller, say) = (&*home.kernel, console(&home), Say { json: with.json });
        match self {
            Self::WhyNot { need, achievement, .. } => {
                let tenant = with.tenant_of(&home, *need)?;
                say_why_not(say, &kernel.why_not(&caller, &tenant, *need, *achievement)?);
            }
            Self::Similar { id, .. } => say_similar(say, kernel, &caller, with, &home, id)?,
            Self::Needs { achievement, .. } => {
                let tenant = with.tenant.clone().unwrap_or_else(|| kernel.city().clone());
                say_needs(say, kernel, &caller, &tenant, *achievement)?;
            }
            Self::Teams { need, .. } => {
                let tenant = with.tenant_of(&home, *need)?;
                say_teams(say, &kernel.teams(&caller, &tenant, *need)?);
            }
        }
        Ok(kernel.settle_plugins()?)
    }
}

impl With {
    /// On whose ground a need is: as was said, else wherever it is found.
    fn tenant_of(&self, home: &Home, need: NeedId) -> Result<TenantSlug, Failure> {
        if let Some(tenant) = &self.tenant {
            return Ok(tenant.clone());
        }
        let caller = console(home);
        for tenant in home.kernel.tenants()? {
            if home.kernel.need(&caller, &tenant.slug, need).is_ok() {
                return Ok(tenant.slug);
            }
        }
        Err(Failure::new(format!("找不到需求“{need}”"), format!("there is no need {need}")))
    }
}

fn say_why_not(say: Say, why: &WhyNot) {
    say.line(format!("成果：{}", why.achievement.facts.title));
    for reason in &why.reasons {
        say.line(format!("  · {}", reason.zh));
    }
    for one in &why.factors {
        let last = one.last.map_or_else(|| "—".to_owned(), |last| last.to_string());
        say.line(format!(
            "    {}；末位推荐 {last}，综合差 {:+}",
            factor_line(&one.factor),
            -one.lost
        ));
    }
    if say.json {
        let factors = why.factors.iter().map(
            |one| json!({ "factor": one.factor, "last_shown_value": one.last, "lost": one.lost }),
        );
        say.object(&json!({
            "need": why.need, "achievement": why.achievement.id, "standing": why.standing.as_str(),
            "rank": why.standing.rank(), "candidates": why.candidates, "score": why.score,
            "last_shown": why.last_shown.map(|(id, _)| id),
            "last_shown_score": why.last_shown.map(|(_, score)| score),
            "factors": factors.collect::<Vec<_>>(), "lacking": why.lacking, "reasons": why.reasons,
        }));
    }
}

fn say_similar(
    say: Say,
    kernel: &Kernel,
    caller: &Caller,
    with: &With,
    home: &Home,
    id: &str,
) -> Done {
    let mut similar: Vec<Value> = Vec::new();
    if let Ok(need) = id.parse::<NeedId>() {
        let tenant = with.tenant_of(home, need)?;
        for (need, likeness) in kernel.similar_needs(caller, &tenant, need)? {
            say.line(format!("  [{likeness}‰] {}", need_line(&need)));
            similar.push(json!({
                "need": need.id, "tenant": need.tenant, "title": need.title, "likeness": likeness,
            }));
        }
    } else if let Ok(achievement) = id.parse::<AchievementId>() {
        for (record, likeness) in kernel.similar_achievements(caller, achievement)? {
            let owner = record.facts.owners.first().map_or("", String::as_str);
            say.line(format!("  [{likeness}‰] {}（{owner}） {}", record.facts.title, record.id));
            similar.push(json!({
                "achievement": record.id, "title": record.facts.title, "likeness": likeness,
            }));
        }
    } else {
        return Err(Failure::new(
            format!("“{id}”不是需求编号（need_…）也不是成果编号（ach_…）"),
            format!("{id:?} is no identifier of a need (need_…) or an achievement (ach_…)"),
        ));
    }
    if similar.is_empty() {
        say.line("  没有相似的。 · nothing is similar");
    }
    if say.json {
        say.object(&json!({ "id": id, "similar": similar }));
    }
    Ok(())
}

fn need_line(need: &NeedGlance) -> String {
    let enterprise = need.enterprise.as_deref().unwrap_or("仅公开名称");
    format!("{}（{enterprise}，{}，{}） {}", need.title, need.tenant, need.state.zh(), need.id)
}

fn say_needs(
    say: Say,
    kernel: &Kernel,
    caller: &Caller,
    tenant: &TenantSlug,
    achievement: AchievementId,
) -> Done {
    let found = kernel.needs_for(caller, tenant, achievement)?;
    if found.is_empty() {
        say.line("  没有达到推荐线的需求。 · no open need is answered well enough");
    }
    let mut needs = Vec::new();
    for one in &found {
        say.line(format!("  [{}] {}", one.score, need_line(&one.need)));
        for factor in &one.factors {
            say.line(format!("       {}", factor_line(factor)));
        }
        needs.push(json!({
            "need": one.need.id, "tenant": one.need.tenant, "title": one.need.title,
            "score": one.score, "factors": one.factors,
        }));
    }
    if say.json {
        say.object(&json!({ "achievement": achievement, "needs": needs }));
    }
    Ok(())
}

fn say_teams(say: Say, teams: &[Team]) {
    if teams.is_empty() {
        say.line("  没有达到推荐线的成果，因此没有团队。 · no candidate is good enough");
    }
    for (at, team) in teams.iter().enumerate() {
        let people = team.people.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join("、");
        say.line(format!(
            "  {}. {}：{}（已采纳 {} 次）",
            at + 1,
            team.organisation,
            if people.is_empty() { "未列完成人" } else { people.as_str() },
            team.accepted
        ));
        for (id, title, score) in &team.achievements {
            say.line(format!("       [{score}] {title} {id}"));
        }
    }
    if say.json {
        let teams = teams.iter().map(|team| {
            let people = team.people.iter().map(|one| &one.name).collect::<Vec<_>>();
            let achievements = team
                .achievements
                .iter()
                .map(|(id, title, score)| json!({ "id": id, "title": title, "score": score }));
            json!({
                "organisation": team.organisation, "people": people, "accepted": team.accepted,
                "achievements": achievements.collect::<Vec<_>>(),
            })
        });
        say.object(&json!({ "teams": teams.collect::<Vec<_>>() }));
    }
}
