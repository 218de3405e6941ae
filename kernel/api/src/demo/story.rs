//! The day itself: importing, filling pools, answering needs.

use std::path::Path;

use serde::Deserialize;
use taihu_model::{
    AchievementState, DeclineReason, MatchState, Need, NeedFacts, NeedState, RunCounts, Source,
    TenantSlug,
};
use taihu_service::{Caller, Filter, Kernel, MatchStep, Ranked, RunMode};

use super::read_json;
use crate::cli::{Failure, Say, ranked_lines, read, run_line, say_progress};

/// Rejected rows and merges of one source that are told in full.
const DETAILS_MAX: usize = 24;
/// Answers of each need that are told in full.
const TOLD_MAX: usize = 3;

pub(super) struct Imported {
    pub(super) imported: u64,
    pub(super) rejected: u64,
    pub(super) merged: u64,
    pub(super) achievements: u64,
    /// New, merged, changed and withdrawn records: 0 in a second run.
    pub(super) changes: u64,
}

pub(super) struct Answered {
    pub(super) needs: u64,
    pub(super) matches: u64,
    pub(super) accepted: u64,
    pub(super) declined: u64,
    /// Answers that were stored anew: 0 in a second run.
    pub(super) changes: u64,
}

/// A source of the example, and the files that its people would drop.
#[derive(Deserialize)]
struct ExampleSource {
    #[serde(flatten)]
    source: Source,
    #[serde(default)]
    files: Vec<String>,
}

/// A need of the example, and whose it is.
#[derive(Deserialize)]
struct ExampleNeed {
    tenant: TenantSlug,
    #[serde(flatten)]
    facts: NeedFacts,
}

pub(super) fn import(
    kernel: &Kernel,
    caller: &Caller,
    example: &Path,
    base_url: &str,
    say: Say,
) -> Result<Imported, Failure> {
    let mut all = RunCounts::default();
    let sources: Vec<ExampleSource> = read_json(&example.join("sources.json"))?;
    for ExampleSource { mut source, files } in sources {
        for value in source.config.values_mut() {
            if let Some(text) = value.as_str() {
                *value = text.replace("${BASE_URL}", base_url).into();
            }
        }
        let source = kernel.put_source(caller, source)?;
        for name in &files {
            let bytes = read(&example.join(name))?;
            let name = Path::new(name).file_name().and_then(|name| name.to_str()).unwrap_or(name);
            kernel.drop_file(caller, &source.slug, name, &bytes)?;
        }
        say.line(format!("  {}（连接器 {}）", source.name, source.connector));
        let run = kernel.start_run(caller, &source.slug, RunMode::Full)?;
        let bar = say.bar(&source.name);
        let run = kernel.drive_run(caller, run.id, &mut say_progress(say, &bar, DETAILS_MAX))?;
        bar.finish_and_clear();
        say.line(format!("  {}", run_line(&run)));
        all.new += run.counts.new;
        all.merged += run.counts.merged;
        all.changed += run.counts.changed;
        all.unchanged += run.counts.unchanged;
        all.rejected += run.counts.rejected;
        all.withdrawn += run.counts.withdrawn;
    }
    kernel.catch_up()?;
    let gone = [AchievementState::Withdrawn, AchievementState::Archived];
    let states = AchievementState::ALL
        .iter()
        .filter(|state| !gone.contains(state))
        .map(|state| state.as_str().to_owned())
        .collect();
    let filter = Filter { states, ..Filter::default() };
    let achievements = kernel.find_achievements(caller, "", filter, 0, 1)?.total;
    let imported = all.records() - all.rejected;
    Ok(Imported {
        imported,
        rejected: all.rejected,
        merged: imported.saturating_sub(achievements),
        achievements,
        changes: all.new + all.merged + all.changed + all.withdrawn,
    })
}

pub(super) fn fill_pools(kernel: &Kernel, caller: &Caller, say: Say) -> Result<u64, Failure> {
    let mut members = 0;
    for pool in kernel.pools(caller)? {
        let filled = kernel.fill_pool(caller, &pool.slug, &mut |_| {})?;
        members += filled.members;
        say.line(format!(
            "  {}（{}）：判定 {} 项，入池 {}，待人工确认 {}，本次新入 {}、移出 {}",
            pool.description.label.zh,
            pool.tenant,
            filled.judged,
            filled.members,
            filled.unsure,
            filled.entered,
            filled.left
        ));
        let some = kernel.memberships(caller, &pool.slug, None, 200)?.members;
        for (membership, achievement) in some.iter().filter(|(one, _)| one.is_in()).take(2) {
            let why = membership.reasons.first().map_or("", |reason| reason.text.zh.as_str());
            say.line(format!("    · {}：{why}", achievement.facts.title));
        }
    }
    Ok(members)
}

pub(super) fn answer_needs(
    kernel: &Kernel,
    caller: &Caller,
    example: &Path,
    say: Say,
) -> Result<Answered, Failure> {
    let needs: Vec<ExampleNeed> = read_json(&example.join("needs.json"))?;
    let mut answered = Answered { needs: 0, matches: 0, accepted: 0, declined: 0, changes: 0 };
    for (at, ExampleNeed { tenant, facts }) in needs.into_iter().enumerate() {
        let key = Some(format!("one-day-{at}"));
        let need = kernel.submit_need(caller, &tenant, facts, key)?;
        let need = kernel.need(caller, &tenant, need.id)?;
        let need = triage(kernel, caller, need)?;
        let matched = kernel.match_need(caller, &tenant, need.id)?;
        answered.needs += 1;
        answered.matches += matched.matches.len() as u64;
        answered.changes += u64::from(!matched.repeated);
        say.line(format!(
            "\n  需求 {}：{}（{}，{tenant}）候选 {} 项，用时 {:.1} 毫秒",
            at + 1,
            need.facts.title,
            need.facts.enterprise,
            matched.run.candidates,
            matched.run.took_us as f64 / 1000.0
        ));
        if matched.matches.is_empty() {
            say.line(
                "  没有达到推荐线的成果，留待新成果入池后再匹配 · no answer is good enough yet",
            );
        }
        for (rank, (found, achievement)) in matched.matches.iter().take(TOLD_MAX).enumerate() {
            let ranked = Ranked {
                achievement: achievement.clone(),
                score: found.score,
                factors: found.factors.clone(),
                folded: found.folded.clone(),
            };
            say.line(ranked_lines(rank + 1, &ranked));
        }
        // The first need's best answer is accepted, the second's is declined: once, not in every run.
        let step = match at {
            0 => MatchStep::Accept { note: "技术路线吻合，约定下周到厂对接".into() },
            1 => MatchStep::Decline {
                reason: DeclineReason::PRICE,
                note: "技术认可，报价超出今年预算，明年再议".into(),
            },
            _ => continue,
        };
        let Some((best, achievement)) = matched.matches.first() else { continue };
        if best.state == MatchState::Proposed {
            for step in [MatchStep::Shortlist, MatchStep::Recommend, step.clone()] {
                kernel.step_match(caller, &tenant, need.id, best.id, &step)?;
            }
        }
        let title = &achievement.facts.title;
        match step {
            MatchStep::Accept { note } => say.line(format!("  → 企业采纳“{title}”：{note}")),
            MatchStep::Decline { reason, note } => {
                say.line(format!("  → 企业不采纳“{title}”，原因：{}（{note}）", reason.zh()));
            }
            _ => {}
        }
    }
    for need in all_needs(kernel, caller)? {
        for (found, _) in kernel.matches(caller, &need.tenant, need.id)? {
            answered.accepted += u64::from(found.state == MatchState::Accepted);
            answered.declined += u64::from(found.state == MatchState::Declined);
        }
    }
    Ok(answered)
}

/// A district's office takes the need in and publishes it; what was done already stays done.
fn triage(kernel: &Kernel, caller: &Caller, need: Need) -> Result<Need, Failure> {
    if need.state != NeedState::Submitted {
        return Ok(need);
    }
    let path = [NeedState::Triaged, NeedState::Published];
    Ok(kernel.move_need(caller, &need.tenant, need.id, &path, "描述完整，予以发布")?)
}

fn all_needs(kernel: &Kernel, caller: &Caller) -> Result<Vec<Need>, Failure> {
    let mut all = Vec::new();
    for tenant in kernel.tenants()? {
        all.extend(kernel.needs(caller, &tenant.slug, None, 200)?.0);
    }
    Ok(all)
}
