//! Who would enter a pool and who would leave it under the version on trial, before it decides anything.

use taihu_model::contract::{Decision, Verdict};
use taihu_model::{
    Achievement, AchievementState, MOVES_MAX, Move, PluginName, PoolDifference, TenantSlug, Text,
};
use taihu_store::Key;

use super::judges::Judge;
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::limits::CLASSIFY_BATCH;

impl Kernel {
    /// Has the version on trial, and the one that serves, judge every published achievement, and
    /// counts what would change. Stores the count and no membership.
    ///
    /// # Errors
    /// [`Error::Conflict`] if nothing is on trial; [`Error::Plugin`] if a version fails.
    pub fn compare_pool(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        progress: &mut dyn FnMut(&PoolDifference),
    ) -> Result<PoolDifference> {
        caller.may(Action::ManagePlugins, tenant)?;
        let installation = self.installation(tenant, name)?;
        let Some(trial) = installation.as_trial() else {
            return Err(Error::conflict(
                format!("插件“{name}”没有试运行的版本"),
                format!("no version of plugin {name} is on trial"),
            ));
        };
        let version = trial.digest;
        let after = Judge::of(self, trial)?;
        let before = match installation.serves() {
            true => Some(Judge::of(self, installation.clone())?),
            false => None,
        };
        let view = self.snapshot()?;
        let mut seen = PoolDifference::default();
        let mut last: Option<Key> = None;
        let mut times = Vec::new();
        loop {
            let page = view.0.range(&self.city, "achievement/", last.as_ref(), CLASSIFY_BATCH)?;
            let Some((key, _)) = page.last() else { break };
            last = Some(key.clone());
            let mut batch = Vec::with_capacity(page.len());
            for (key, _) in &page {
                let stored = view.need::<Achievement>(&self.city, key, "achievement", key)?;
                if stored.value.state == AchievementState::Published {
                    batch.push(stored.value);
                }
            }
            if batch.is_empty() {
                continue;
            }
            let records: Vec<&Achievement> = batch.iter().collect();
            let (now, now_us) = after.judge(self, &records)?;
            let was = match &before {
                Some(before) => Some(before.judge(self, &records)?),
                None => None,
            };
            times.push((now_us, was.as_ref().map(|(_, us)| *us)));
            for (at, record) in batch.iter().enumerate() {
                let was = was.as_ref().map(|(decisions, _)| &decisions[at]);
                note(&mut seen, record, was, &now[at]);
            }
            progress(&seen);
        }
        let against = before.is_some().then_some(installation.digest);
        self.count(&installation, version, against, |all| {
            all.calls += times.len() as u64;
            for (now, was) in times {
                all.cpu_us.add(now);
                was.into_iter().for_each(|us| all.cpu_us_before.add(us));
            }
            all.pool = Some(seen.clone());
        })?;
        Ok(seen)
    }
}

fn note(seen: &mut PoolDifference, record: &Achievement, was: Option<&Decision>, now: &Decision) {
    seen.judged += 1;
    let from = was.map(|was| was.verdict);
    if from.unwrap_or(Verdict::Out) == now.verdict {
        return;
    }
    seen.entering += u64::from(now.verdict == Verdict::In);
    seen.leaving += u64::from(from == Some(Verdict::In));
    seen.unsure += u64::from(now.verdict == Verdict::Unsure || from == Some(Verdict::Unsure));
    if seen.moves.len() < MOVES_MAX {
        let reason = now.reasons.first().map(|reason| reason.text.clone());
        seen.moves.push(Move {
            achievement: record.id,
            title: record.facts.title.clone(),
            from,
            to: now.verdict,
            reason: reason.unwrap_or_else(|| Text::new("未给出理由", "no reason given")),
        });
    }
}
