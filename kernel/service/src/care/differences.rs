//! Counting what versions on trial do differently, and letting the rule act on it.

use std::collections::HashMap;

use taihu_model::{Difference, Digest, Installation, PluginName, TenantSlug, Timestamp};
use taihu_store::Expect;

use super::rule::{self, Verdict};
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::DIFFERENCE_CALLS_UNWRITTEN_MAX;
use crate::plugins::Promotion;

/// A difference in memory, and how much of it is not written yet.
pub(super) struct Counted {
    seen: Difference,
    unwritten: u64,
    written: Timestamp,
}

impl Kernel {
    /// What the version on trial does differently, as far as it was counted. It names needs of every
    /// tenant that the plugin answers, so it is for whoever manages it.
    ///
    /// # Errors
    /// [`Error::Conflict`] if nothing is on trial.
    pub fn difference(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
    ) -> Result<Difference> {
        caller.may(Action::ManagePlugins, tenant)?;
        let installation = self.installation(tenant, name)?;
        let Some(trial) = &installation.trial else {
            return Err(Error::conflict(
                format!("插件“{name}”没有试运行的版本"),
                format!("no version of plugin {name} is on trial"),
            ));
        };
        let against = installation.serves().then_some(installation.digest);
        let all = self.lock(&self.care.differences);
        self.seen(&all, &installation, trial.digest, against)
    }

    /// Counts, writes now and then, and does what the rule says.
    pub(crate) fn count(
        &self,
        installation: &Installation,
        version: Digest,
        against: Option<Digest>,
        add: impl FnOnce(&mut Difference),
    ) -> Result<()> {
        let key = (installation.tenant.clone(), installation.plugin.clone());
        let (seen, unwritten) = {
            let mut all = self.lock(&self.care.differences);
            let mut seen = self.seen(&all, installation, version, against)?;
            add(&mut seen);
            seen.until = self.now();
            let known = all.get(&key).map(|counted| (counted.unwritten, counted.written));
            let (unwritten, written) = known.unwrap_or((0, self.now()));
            let unwritten = unwritten + 1;
            all.insert(key.clone(), Counted { seen: seen.clone(), unwritten, written });
            (seen, unwritten)
        };
        if unwritten >= DIFFERENCE_CALLS_UNWRITTEN_MAX {
            self.write_difference(&key)?;
        }
        self.act(&key.0, &key.1, &seen)
    }

    /// Counts a call that was not compared.
    pub(crate) fn skip(&self, installation: &Installation) {
        let key = (installation.tenant.clone(), installation.plugin.clone());
        // Before the first comparison there is nothing to count it with, and nothing is lost.
        if let Some(counted) = self.lock(&self.care.differences).get_mut(&key) {
            counted.seen.skipped += 1;
        }
    }

    /// What was counted of a version since it came to its stage.
    fn seen(
        &self,
        all: &HashMap<(TenantSlug, PluginName), Counted>,
        installation: &Installation,
        version: Digest,
        against: Option<Digest>,
    ) -> Result<Difference> {
        let name = &installation.plugin;
        let since = installation.trial.as_ref().map_or(installation.updated, |trial| trial.since);
        let of_this_stage = |seen: &Difference| seen.version == version && seen.since >= since;
        let key = (installation.tenant.clone(), name.clone());
        if let Some(counted) = all.get(&key)
            && of_this_stage(&counted.seen)
        {
            return Ok(counted.seen.clone());
        }
        let stored = self
            .snapshot()?
            .get::<Difference>(&installation.tenant, &keys::difference(name))?
            .map(|stored| stored.value);
        Ok(stored
            .filter(of_this_stage)
            .unwrap_or_else(|| Difference::new(name.clone(), version, against, self.now())))
    }

    fn act(&self, home: &TenantSlug, plugin: &PluginName, seen: &Difference) -> Result<()> {
        let installation = self.installation(home, plugin)?;
        let Some(trial) = installation.trial.as_ref().filter(|it| it.digest == seen.version) else {
            return Ok(());
        };
        let kind = self.component_of(&trial.digest)?.manifest().kind;
        let kernel = Caller::kernel(self.city.clone());
        match rule::judge(kind, trial, seen, self.now()) {
            Verdict::Stay => return Ok(()),
            Verdict::Advance => {
                self.write_difference(&(home.clone(), plugin.clone()))?;
                self.promote(&kernel, home, plugin, Promotion::Next)?;
            }
            Verdict::Return(reason) => {
                self.write_difference(&(home.clone(), plugin.clone()))?;
                let reason = format!("{} · {}", reason.zh, reason.en);
                self.roll_back(&kernel, home, plugin, &reason)?;
            }
        }
        Ok(())
    }

    /// Writes every difference that was counted since it was written last, at least so many seconds ago.
    pub(super) fn write_differences(&self, age_s_min: i64) -> Result<()> {
        let now = self.now().as_second();
        let old = |counted: &Counted| now.saturating_sub(counted.written.as_second()) >= age_s_min;
        let keys: Vec<_> = self
            .lock(&self.care.differences)
            .iter()
            .filter(|(_, counted)| counted.unwritten > 0 && (age_s_min == 0 || old(counted)))
            .map(|(key, _)| key.clone())
            .collect();
        keys.iter().try_for_each(|key| self.write_difference(key))
    }

    fn write_difference(&self, key: &(TenantSlug, PluginName)) -> Result<()> {
        let (home, plugin) = key;
        let Some(seen) =
            self.lock(&self.care.differences).get(key).map(|counted| counted.seen.clone())
        else {
            return Ok(());
        };
        let kernel = Caller::kernel(self.city.clone());
        let mut draft = Draft::new(self.audit(&kernel, home, "plugin.compare", plugin));
        draft.put(keys::difference(plugin), &seen, Expect::Any)?;
        self.commit(home, draft)?;
        if let Some(counted) = self.lock(&self.care.differences).get_mut(key) {
            counted.unwritten = 0;
            counted.written = self.now();
        }
        Ok(())
    }
}
