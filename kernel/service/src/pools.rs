//! Niche pools: running a pool's rule over the shared pool, and a person's word over the rule's.

mod compare;
mod judges;
mod refill;

use std::collections::BTreeMap;

use taihu_model::contract::{AttributeValue, Decision, Verdict};
use taihu_model::{
    Achievement, AchievementId, AchievementState, Curation, CurationAction, Digest, Membership,
    Pool, PoolSlug,
};
use taihu_store::{Expect, Key};

use crate::achievements::check_reason;
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, Stored, View};
use crate::keys;
use crate::limits::{CLASSIFY_BATCH, PAGE_MAX};
use crate::plugins::Ready;

use judges::Judges;
pub(crate) use refill::Refills;
pub use refill::{PoolStanding, Refill};

/// What a run of a pool's rule did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    /// Achievements judged.
    pub judged: u64,
    /// Achievements in the pool now, by the rule or by a person.
    pub members: u64,
    /// Achievements that a person should look at.
    pub unsure: u64,
    /// Achievements that entered.
    pub entered: u64,
    /// Achievements that left.
    pub left: u64,
}

/// A page of a pool's memberships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembersPage {
    /// Memberships and their achievements, by identifier.
    pub members: Vec<(Membership, Achievement)>,
    /// What to ask for the next page with, if there is one.
    pub next: Option<AchievementId>,
}

impl Kernel {
    /// Keeps the pool of a niche-pool plugin that is being enabled.
    pub(crate) fn keep_pool(&self, caller: &Caller, ready: &Ready) -> Result<Pool> {
        let slug: PoolSlug = ready
            .installation
            .plugin
            .as_str()
            .parse()
            .map_err(|error| Error::Damaged(format!("{error}")))?;
        let description = ready.component.describe_pool(&ready.context)?.value;
        let key = keys::pool(&slug);
        let known = self.snapshot()?.get::<Pool>(&self.city, &key)?;
        let tenant = &ready.installation.tenant;
        if let Some(known) = &known
            && known.value.tenant != *tenant
        {
            return Err(Error::conflict(
                format!("成果池“{slug}”已属于主体“{}”", known.value.tenant),
                format!("pool {slug} belongs to tenant {}", known.value.tenant),
            ));
        }
        let pool = Pool {
            slug,
            tenant: tenant.clone(),
            plugin: ready.installation.plugin.clone(),
            rule: known.as_ref().and_then(|known| known.value.rule),
            judges: known.as_ref().and_then(|known| known.value.judges),
            description,
        };
        if known.as_ref().is_some_and(|known| known.value == pool) {
            return Ok(pool);
        }
        let mut draft = Draft::new(self.audit(caller, tenant, "pool.keep", &pool.slug));
        draft.put(key, &pool, known.map_or(Expect::Absent, |known| Expect::Rev(known.rev)))?;
        self.commit(&self.city, draft)?;
        Ok(pool)
    }

    /// Every pool.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see them.
    pub fn pools(&self, caller: &Caller) -> Result<Vec<Pool>> {
        caller.may(Action::ReadPools, &self.city)?;
        let found = self.snapshot()?.list::<Pool>(&self.city, "pool/", None, 10_000)?;
        Ok(found.into_iter().map(|(_, pool)| pool).collect())
    }

    /// One pool.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that slug.
    pub fn pool(&self, caller: &Caller, slug: &PoolSlug) -> Result<Pool> {
        caller.may(Action::ReadPools, &self.city)?;
        Ok(self.snapshot()?.need(&self.city, &keys::pool(slug), "pool", slug)?.value)
    }

    /// Runs a pool's rule over every published achievement. What a person decided stays. May be
    /// interrupted and run again: what did not change is not written.
    ///
    /// # Errors
    /// [`Error::Plugin`] if the rule fails; what was judged before stays.
    pub fn fill_pool(
        &self,
        caller: &Caller,
        slug: &PoolSlug,
        progress: &mut dyn FnMut(Filled),
    ) -> Result<Filled> {
        let pool = self.pool(caller, slug)?;
        caller.may(Action::Curate, &pool.tenant)?;
        let judges = Judges::of(self, &pool)?;
        let mut filled = Filled::default();
        let mut after: Option<Key> = None;
        while self.fill_batch(caller, &pool, &judges, &mut after, &mut filled)? {
            progress(filled);
        }
        self.keep_rule(caller, &pool, &judges)?;
        Ok(filled)
    }

    /// Judges the next achievements of a fill and stores what came of it. Says whether there were any.
    ///
    /// One batch at a time, whoever fills: so that two fills of a pool are not in each other's way.
    fn fill_batch(
        &self,
        caller: &Caller,
        pool: &Pool,
        judges: &Judges,
        after: &mut Option<Key>,
        filled: &mut Filled,
    ) -> Result<bool> {
        let _one_at_a_time = self.lock(&self.refills.batch);
        let view = self.snapshot()?;
        let page = view.0.range(&self.city, "achievement/", after.as_ref(), CLASSIFY_BATCH)?;
        let Some((last, _)) = page.last() else { return Ok(false) };
        let mut batch: Vec<Stored<Achievement>> = Vec::with_capacity(page.len());
        for (key, _) in &page {
            let stored = view.need::<Achievement>(&self.city, key, "achievement", key)?;
            if stored.value.state == AchievementState::Published {
                batch.push(stored);
            }
        }
        if !batch.is_empty() {
            let judged = judges.judge(self, &batch)?;
            self.store_decisions(caller, pool, &view, &batch, judged, filled)?;
        }
        *after = Some(last.clone());
        Ok(true)
    }

    fn store_decisions(
        &self,
        caller: &Caller,
        pool: &Pool,
        view: &View,
        batch: &[Stored<Achievement>],
        judged: Vec<Option<(Decision, Digest)>>,
        filled: &mut Filled,
    ) -> Result<()> {
        let mut draft = Draft::new(self.audit(caller, &pool.tenant, "pool.fill", &pool.slug));
        for (stored, judged) in batch.iter().zip(judged) {
            // A pool's first version in canary judges its share; the rest waits.
            let Some((decision, rule)) = judged else { continue };
            let id = stored.value.id;
            let key = keys::membership(&id, &pool.slug);
            let known = view.get::<Membership>(&self.city, &key)?;
            let was_in = known.as_ref().is_some_and(|known| known.value.is_in());
            filled.judged += 1;
            if known.is_none() && decision.verdict == Verdict::Out {
                continue;
            }
            let next = Membership {
                achievement: id,
                pool: pool.slug.clone(),
                verdict: decision.verdict,
                category: decision.category,
                reasons: decision.reasons,
                rule: Some(rule),
                curation: known.as_ref().and_then(|known| known.value.curation.clone()),
                at: known.as_ref().map_or_else(|| self.now(), |known| known.value.at),
            };
            filled.members += u64::from(next.is_in());
            filled.unsure += u64::from(next.verdict == Verdict::Unsure && next.curation.is_none());
            filled.entered += u64::from(next.is_in() && !was_in);
            filled.left += u64::from(!next.is_in() && was_in);
            self.own_fields(&mut draft, pool, stored, decision.fields)?;
            if known.as_ref().is_some_and(|known| known.value == next) {
                continue;
            }
            let next = Membership { at: self.now(), ..next };
            draft.put(keys::pool_member(&pool.slug, &id), &(), Expect::Any)?;
            draft.put(key, &next, known.map_or(Expect::Absent, |known| Expect::Rev(known.rev)))?;
        }
        if !draft.is_empty() {
            self.commit(&self.city, draft)?;
        }
        Ok(())
    }

    /// Keeps the values of a pool's own fields with the achievement, as `ext.<plugin>.<key>`.
    fn own_fields(
        &self,
        draft: &mut Draft,
        pool: &Pool,
        stored: &Stored<Achievement>,
        fields: Vec<taihu_model::contract::Attribute<'static>>,
    ) -> Result<()> {
        let values: BTreeMap<String, AttributeValue> =
            fields.into_iter().map(|field| (field.key.into_owned(), field.value)).collect();
        let mut record = stored.value.clone();
        if values.is_empty() {
            record.ext.remove(&pool.plugin);
        } else {
            record.ext.insert(pool.plugin.clone(), values);
        }
        if record.ext != stored.value.ext {
            record.updated = self.now();
            draft.put(keys::achievement(&record.id), &record, Expect::Rev(stored.rev))?;
        }
        Ok(())
    }

    /// Notes whose rule the memberships of a pool are now.
    fn keep_rule(&self, caller: &Caller, pool: &Pool, judges: &Judges) -> Result<()> {
        let slug = &pool.slug;
        let known = self.snapshot()?.need::<Pool>(&self.city, &keys::pool(slug), "pool", slug)?;
        let (rule, by) = (Some(judges.installation.digest), refill::judges(&judges.installation));
        if (known.value.rule, known.value.judges) == (rule, by) {
            return Ok(());
        }
        let next = Pool { rule, judges: by, ..known.value };
        let mut draft = Draft::new(self.audit(caller, &next.tenant, "pool.rule", slug));
        draft.put(keys::pool(slug), &next, Expect::Rev(known.rev))?;
        self.commit(&self.city, draft)?;
        Ok(())
    }

    /// Pins an achievement into a pool, excludes it, or (without an action) lets the rule decide
    /// again. Survives every run of the rule.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason.
    pub fn curate(
        &self,
        caller: &Caller,
        slug: &PoolSlug,
        id: AchievementId,
        action: Option<CurationAction>,
        reason: &str,
    ) -> Result<Membership> {
        let pool = self.pool(caller, slug)?;
        caller.may(Action::Curate, &pool.tenant)?;
        check_reason(reason)?;
        if reason.trim().is_empty() {
            return Err(Error::invalid("reason", "请填写理由", "state a reason"));
        }
        let view = self.snapshot()?;
        let achievement = keys::achievement(&id);
        view.need::<Achievement>(&self.city, &achievement, "achievement", id)?;
        let key = keys::membership(&id, slug);
        let known = view.get::<Membership>(&self.city, &key)?;
        let expect = known.as_ref().map_or(Expect::Absent, |known| Expect::Rev(known.rev));
        let mut next = known.map_or_else(
            || Membership {
                achievement: id,
                pool: slug.clone(),
                verdict: Verdict::Out,
                category: String::new(),
                reasons: Vec::new(),
                rule: None,
                curation: None,
                at: self.now(),
            },
            |known| known.value,
        );
        next.at = self.now();
        next.curation = action.map(|action| Curation {
            action,
            reason: reason.trim().to_owned(),
            actor: caller.actor.clone(),
            at: self.now(),
        });
        let verb = match action {
            Some(CurationAction::Pin) => "pool.pin",
            Some(CurationAction::Exclude) => "pool.exclude",
            None => "pool.uncurate",
        };
        let mut draft = Draft::new(self.audit(caller, &pool.tenant, verb, format!("{slug}/{id}")));
        draft.reason(reason);
        draft.put(keys::pool_member(slug, &id), &(), Expect::Any)?;
        draft.put(key, &next, expect)?;
        self.commit(&self.city, draft)?;
        Ok(next)
    }

    /// The memberships of a pool, a page of them: who is in, and who might be.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such pool.
    pub fn memberships(
        &self,
        caller: &Caller,
        slug: &PoolSlug,
        after: Option<AchievementId>,
        limit: usize,
    ) -> Result<MembersPage> {
        self.pool(caller, slug)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let view = self.snapshot()?;
        let after = after.map(|id| keys::pool_member(slug, &id));
        let prefix = format!("pool-member/{slug}/");
        let marks = view.0.range(&self.city, &prefix, after.as_ref(), limit)?;
        let mut found = Vec::new();
        let mut last = None;
        for (key, _) in &marks {
            let id = key.0.strip_prefix(&prefix).and_then(|id| id.parse::<AchievementId>().ok());
            let Some(id) = id else { continue };
            last = Some(id);
            let membership = view.get::<Membership>(&self.city, &keys::membership(&id, slug))?;
            let achievement = view.get::<Achievement>(&self.city, &keys::achievement(&id))?;
            if let (Some(membership), Some(achievement)) = (membership, achievement)
                && achievement.value.state == AchievementState::Published
            {
                found.push((membership.value, achievement.value));
            }
        }
        Ok(MembersPage { members: found, next: last.filter(|_| marks.len() == limit) })
    }

    /// How many achievements are in a pool.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn pool_size(&self, slug: &PoolSlug) -> Result<u64> {
        let filter = taihu_index::Filter {
            pools: vec![slug.to_string()],
            states: vec![AchievementState::Published.as_str().to_owned()],
            ..Default::default()
        };
        self.freshen()?;
        Ok(self.index.find("", &filter, 0, 1).total)
    }
}
