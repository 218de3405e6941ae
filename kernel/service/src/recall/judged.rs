//! What a scorer or a niche pool judged: proposed matches that it had a part in expire, and
//! memberships that its rule decided are taken back; what people decided stays.

use std::collections::BTreeSet;

use taihu_model::contract::Verdict;
use taihu_model::{
    Achievement, AchievementId, Match, MatchState, Membership, NeedId, PluginKind, Pool, ScoreRun,
    ScoreRunId, TenantSlug,
};
use taihu_store::{Expect, Key};

use super::report::Recall;
use crate::authority::Caller;
use crate::error::Result;
use crate::kernel::{Draft, Kernel, Stored, View};
use crate::keys;
use crate::limits::{PAGE_MAX, RECALLED_PER_COMMIT};

impl Kernel {
    /// Counts what a scorer or niche pool judged.
    pub(super) fn count_judged(&self, view: &View, recall: &mut Recall) -> Result<()> {
        match recall.kind {
            PluginKind::Scorer => {
                for tenant in self.grounds(recall)? {
                    recall.matches += self.judged_matches(view, &tenant, recall)?.len() as u64;
                }
            }
            PluginKind::NichePool => {
                for pool in self.judged_pools(view, recall)? {
                    for (_, known) in self.judged_members(view, &pool, recall)? {
                        recall.memberships += u64::from(known.value.curation.is_none());
                        recall.curated += u64::from(known.value.curation.is_some());
                    }
                }
            }
            PluginKind::Connector => {}
        }
        Ok(())
    }

    /// Takes back what a scorer or niche pool judged.
    pub(super) fn undo_judged(
        &self,
        caller: &Caller,
        recall: &mut Recall,
        reason: &str,
        progress: &mut dyn FnMut(&Recall),
    ) -> Result<()> {
        match recall.kind {
            PluginKind::Scorer => {
                for tenant in self.grounds(recall)? {
                    self.expire_matches(caller, &tenant, recall, reason, progress)?;
                }
            }
            PluginKind::NichePool => {
                for pool in self.judged_pools(&self.snapshot()?, recall)? {
                    self.take_members_back(caller, pool, recall, reason, progress)?;
                }
            }
            PluginKind::Connector => {}
        }
        Ok(())
    }

    fn grounds(&self, recall: &Recall) -> Result<Vec<TenantSlug>> {
        if recall.tenant != self.city {
            return Ok(vec![recall.tenant.clone()]);
        }
        Ok(self.tenants()?.into_iter().map(|tenant| tenant.slug).collect())
    }

    /// Proposed matches of runs in which the version answered.
    fn judged_matches(
        &self,
        view: &View,
        tenant: &TenantSlug,
        recall: &Recall,
    ) -> Result<Vec<(Key, Stored<Match>)>> {
        let mut runs: BTreeSet<(NeedId, ScoreRunId)> = BTreeSet::new();
        self.each::<ScoreRun>(view, tenant, "score-run/", &mut |_, run| {
            if run.scorers.iter().any(|one| one.digest == recall.digest && one.failure.is_none()) {
                runs.insert((run.need, run.id));
            }
        })?;
        let mut found = Vec::new();
        self.each::<Match>(view, tenant, "match/", &mut |key, one| {
            if one.state == MatchState::Proposed && runs.contains(&(one.need, one.run)) {
                found.push(key);
            }
        })?;
        let stored = found.into_iter().map(|key| {
            let stored = view.need::<Match>(tenant, &key, "match", &key)?;
            Ok((key, stored))
        });
        stored.collect()
    }

    fn expire_matches(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        recall: &mut Recall,
        reason: &str,
        progress: &mut dyn FnMut(&Recall),
    ) -> Result<()> {
        let found = self.judged_matches(&self.snapshot()?, tenant, recall)?;
        for page in found.chunks(RECALLED_PER_COMMIT) {
            let mut draft = self.recall_draft(caller, tenant, recall, reason);
            for (key, Stored { rev, value }) in page {
                let mut next = value.clone();
                next.state = value.state.become_state(MatchState::Expired)?;
                next.updated = self.now();
                draft.edge(next.id, value.state.as_str(), next.state.as_str());
                draft.put(key.clone(), &next, Expect::Rev(*rev))?;
            }
            self.commit(tenant, draft)?;
            recall.matches += page.len() as u64;
            progress(recall);
        }
        Ok(())
    }

    fn judged_pools(&self, view: &View, recall: &Recall) -> Result<Vec<Pool>> {
        let pools = view.list::<Pool>(&self.city, "pool/", None, 10_000)?;
        let ours = |pool: &Pool| {
            pool.plugin == recall.plugin
                && (recall.tenant == self.city || pool.tenant == recall.tenant)
        };
        Ok(pools.into_iter().map(|(_, pool)| pool).filter(ours).collect())
    }

    fn judged_members(
        &self,
        view: &View,
        pool: &Pool,
        recall: &Recall,
    ) -> Result<Vec<(AchievementId, Stored<Membership>)>> {
        let prefix = format!("pool-member/{}/", pool.slug);
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = view.0.range(&self.city, &prefix, after.as_ref(), PAGE_MAX)?;
            let Some((last, _)) = page.last() else { return Ok(found) };
            after = Some(last.clone());
            for (key, _) in &page {
                let id =
                    key.0.strip_prefix(&prefix).and_then(|id| id.parse::<AchievementId>().ok());
                let Some(id) = id else { continue };
                let key = keys::membership(&id, &pool.slug);
                let known = view.get::<Membership>(&self.city, &key)?;
                let known = known.filter(|known| known.value.rule == Some(recall.digest));
                found.extend(known.map(|known| (id, known)));
            }
        }
    }

    fn take_members_back(
        &self,
        caller: &Caller,
        pool: Pool,
        recall: &mut Recall,
        reason: &str,
        progress: &mut dyn FnMut(&Recall),
    ) -> Result<()> {
        let view = self.snapshot()?;
        let found = self.judged_members(&view, &pool, recall)?;
        for page in found.chunks(RECALLED_PER_COMMIT) {
            let mut draft = self.recall_draft(caller, &pool.tenant, recall, reason);
            for (id, Stored { rev, value }) in page {
                let key = keys::membership(id, &pool.slug);
                if value.curation.is_some() {
                    // A person's word stays; nobody else has one.
                    let (verdict, at) = (Verdict::Out, self.now());
                    let (category, reasons) = (String::new(), Vec::new());
                    let next =
                        Membership { verdict, category, reasons, rule: None, at, ..value.clone() };
                    draft.put(key, &next, Expect::Rev(*rev))?;
                    recall.curated += 1;
                } else {
                    draft.delete(key, Expect::Rev(*rev));
                    draft.delete(keys::pool_member(&pool.slug, id), Expect::Any);
                    recall.memberships += 1;
                }
                self.drop_own_fields(&view, *id, &pool, &mut draft)?;
            }
            self.commit(&self.city, draft)?;
            progress(recall);
        }
        let was_its = pool.rule == Some(recall.digest);
        if !was_its && found.is_empty() {
            return Ok(());
        }
        // Whoever judges for the pool next, judges all of it.
        let rule = pool.rule.filter(|_| !was_its);
        let mut draft = self.recall_draft(caller, &pool.tenant, recall, reason);
        let slug = pool.slug.clone();
        draft.put(keys::pool(&slug), &Pool { rule, judges: None, ..pool }, Expect::Any)?;
        self.commit(&self.city, draft)?;
        self.look_at_pools();
        Ok(())
    }

    fn drop_own_fields(
        &self,
        view: &View,
        id: AchievementId,
        pool: &Pool,
        draft: &mut Draft,
    ) -> Result<()> {
        let key = keys::achievement(&id);
        let Some(Stored { rev, value: mut record }) = view.get::<Achievement>(&self.city, &key)?
        else {
            return Ok(());
        };
        if record.ext.remove(&pool.plugin).is_some() {
            record.updated = self.now();
            draft.put(key, &record, Expect::Rev(rev))?;
        }
        Ok(())
    }

    fn recall_draft(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        recall: &Recall,
        reason: &str,
    ) -> Draft {
        let subject = format!("{}@{}", recall.plugin, recall.version);
        let mut draft = Draft::new(self.audit(caller, tenant, "plugin.recall", subject));
        draft.reason(reason);
        draft
    }

    /// Shows every record under a prefix.
    fn each<T: serde::de::DeserializeOwned>(
        &self,
        view: &View,
        space: &TenantSlug,
        prefix: &str,
        see: &mut dyn FnMut(Key, T),
    ) -> Result<()> {
        let mut after: Option<Key> = None;
        loop {
            let page = view.list::<T>(space, prefix, after.as_ref(), PAGE_MAX)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            page.into_iter().for_each(|(key, value)| see(key, value));
        }
    }
}
