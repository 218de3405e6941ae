//! A plugin's life after it was installed: shadow, canary, enabled; suspended, rolled back,
//! quarantined, removed. Every edge is in the audit; calls in flight finish on the version they
//! began with, because each holds its own component.

use taihu_model::{
    Installation, InstallationState, PluginKind, PluginName, TenantSlug, TrialStage,
};
use taihu_store::Expect;

use crate::achievements::check_reason;
use crate::authority::{Action, Caller};
use crate::care::Job;
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;
use crate::limits::{CANARY_PERCENTS, HISTORY_MAX};

/// How far a promotion goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promotion {
    /// One step: from shadow to the first share, from share to share, from the last to all.
    Next,
    /// To a share of the calls in per cent, 1–99.
    Percent(u8),
    /// To all calls, whatever stands between.
    All,
}

impl Kernel {
    /// Has a version that waits called in shadow: beside what serves, its answers shown to nobody.
    /// By rule, if it is wished, it goes further without a person. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] if no version is on trial.
    pub fn shadow(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        by_rule: bool,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        if let Some(trial) = self.installation(tenant, name)?.as_trial() {
            self.require_decided(&trial)?;
        }
        let shadowed = self.alter(caller, tenant, name, "plugin.shadow", "", |it, draft| {
            let trial = it.trial.as_mut().ok_or_else(|| nothing_on_trial(name))?;
            trial.by_rule = by_rule;
            if trial.stage == TrialStage::Waiting {
                trial.stage = TrialStage::Shadow;
                trial.since = self.now();
                if it.state == InstallationState::Installed {
                    step(it, InstallationState::Shadow, draft)?;
                }
            }
            Ok(())
        })?;
        let version = shadowed.trial.as_ref().map(|trial| trial.digest);
        let kind = version.map(|version| self.component_of(&version)).transpose()?;
        if kind.is_some_and(|component| component.manifest().kind == PluginKind::NichePool) {
            self.later(Job::Pool { home: tenant.clone(), plugin: name.clone() });
        }
        Ok(shadowed)
    }

    /// Takes the version on trial further: to a share of the calls, or to all of them.
    ///
    /// # Errors
    /// [`Error::Conflict`] if no version is on trial; [`Error::Invalid`] for a share of 0 or 100.
    pub fn promote(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        promotion: Promotion,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        let installation = self.installation(tenant, name)?;
        let trial = installation.trial.as_ref().ok_or_else(|| nothing_on_trial(name))?;
        let percent = match (promotion, trial.stage) {
            (Promotion::All, _) => None,
            (Promotion::Percent(percent), _) if (1..=99).contains(&percent) => Some(percent),
            (Promotion::Percent(percent), _) => {
                return Err(Error::invalid(
                    "percent",
                    format!("灰度比例应为1至99，现为{percent}；全部启用请用 enable"),
                    format!("a share is 1 to 99 per cent, not {percent}; enable it for all"),
                ));
            }
            (Promotion::Next, stage) => next_percent(stage),
        };
        match percent {
            None => self.enable(caller, tenant, name),
            Some(percent) => self.canary(caller, installation, percent),
        }
    }

    fn canary(&self, caller: &Caller, known: Installation, percent: u8) -> Result<Installation> {
        let (tenant, name) = (known.tenant.clone(), known.plugin.clone());
        self.keep_pool_of_trial(caller, &known)?;
        let reason = format!("{percent} %");
        self.alter(caller, &tenant, &name, "plugin.canary", &reason, |it, draft| {
            let trial = it.trial.as_mut().ok_or_else(|| nothing_on_trial(&name))?;
            trial.stage = TrialStage::Canary { percent };
            trial.since = self.now();
            if it.state == InstallationState::Installed {
                step(it, InstallationState::Shadow, draft)?;
            }
            if it.state == InstallationState::Shadow {
                step(it, InstallationState::Canary, draft)?;
            }
            Ok(())
        })
    }

    /// Enables a plugin: the version on trial, if there is one, serves from now on; it takes every
    /// edge on the way, each in the audit. A niche pool gets its pool. Enabling it again changes nothing.
    ///
    /// # Errors
    /// [`Error::IllegalEdge`] from a state that does not lead there.
    pub fn enable(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
    ) -> Result<Installation> {
        use InstallationState as S;
        caller.may(Action::ManagePlugins, tenant)?;
        let known = self.installation(tenant, name)?;
        self.keep_pool_of_trial(caller, &known)?;
        let enabled = self.alter(caller, tenant, name, "plugin.enable", "", |it, draft| {
            let path: &[S] = match it.state {
                S::Enabled => &[],
                S::Installed => &[S::Shadow, S::Canary, S::Enabled],
                S::Shadow => &[S::Canary, S::Enabled],
                _ => &[S::Enabled],
            };
            for &state in path {
                step(it, state, draft)?;
            }
            it.promote_trial(self.now());
            let spare = it.history.len().saturating_sub(HISTORY_MAX);
            it.history.drain(..spare);
            Ok(())
        })?;
        Ok(enabled)
    }

    /// Suspends an enabled plugin: it is not called until it is enabled again.
    ///
    /// # Errors
    /// [`Error::IllegalEdge`] if it is not enabled.
    pub fn suspend(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        reason: &str,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        check_reason(reason)?;
        self.alter(caller, tenant, name, "plugin.suspend", reason, |it, draft| {
            step(it, InstallationState::Suspended, draft)
        })
    }

    /// Sends the version on trial away, or else goes back to the version that served before.
    ///
    /// # Errors
    /// [`Error::Conflict`] if there is neither.
    pub fn roll_back(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        reason: &str,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        check_reason(reason)?;
        let known = self.installation(tenant, name)?;
        if let (None, Some(before)) = (&known.trial, known.history.last()) {
            let mut before = before.clone();
            let mut as_it_was = known.clone();
            as_it_was.digest = before.digest;
            as_it_was.config = std::mem::take(&mut before.config);
            // Before it serves again, it must be there to be called.
            self.keep_pool_of(caller, as_it_was)?;
        }
        self.alter(caller, tenant, name, "plugin.rollback", reason, |it, draft| {
            if it.trial.is_some() && it.serves() {
                it.trial = None;
                return Ok(());
            }
            if let Some(trial) = &it.trial {
                if trial.stage == TrialStage::Waiting {
                    return Err(Error::conflict(
                        format!("插件“{name}”尚未运行过，没有可退回的版本；不需要时请移除：taihu plugin remove"),
                        format!("plugin {name} has not run yet, there is nothing to go back to; remove it instead"),
                    ));
                }
                // A first version has nothing to go back to: a person looks at it.
                return step(it, InstallationState::Quarantined, draft);
            }
            let before = it.history.pop().ok_or_else(|| {
                Error::conflict(
                    format!("插件“{name}”没有更早的版本可以恢复；可先停用：taihu plugin suspend"),
                    format!(
                        "plugin {name} has no earlier version to go back to; suspend it instead"
                    ),
                )
            })?;
            it.digest = before.digest;
            it.config = before.config;
            it.weight = before.weight;
            Ok(())
        })
    }

    /// Takes a plugin out of service until a person releases it.
    ///
    /// # Errors
    /// [`Error::IllegalEdge`] from a final state.
    pub fn quarantine(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        reason: &str,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        self.alter(caller, tenant, name, "plugin.quarantine", reason, |it, draft| {
            step(it, InstallationState::Quarantined, draft)
        })
    }

    /// Releases a quarantined plugin: it is suspended, and can be enabled again. On the ground of a
    /// tenant from which a plugin of the city's is withheld, it is called for that tenant again.
    ///
    /// # Errors
    /// [`Error::IllegalEdge`] if it is neither.
    pub fn release(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        reason: &str,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        check_reason(reason)?;
        let given =
            !self.has_own(tenant, name)? && self.give_again(caller, tenant, name, reason)?;
        let released = if given {
            self.installation(&self.city, name)?
        } else {
            self.alter(caller, tenant, name, "plugin.release", reason, |it, draft| {
                step(it, InstallationState::Suspended, draft)
            })?
        };
        self.forgive(tenant, name);
        Ok(released)
    }

    /// Removes a plugin from a tenant's ground. What it wrote stays, with its digest.
    ///
    /// # Errors
    /// [`Error::IllegalEdge`] if it is removed already.
    pub fn remove(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        reason: &str,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        check_reason(reason)?;
        self.alter(caller, tenant, name, "plugin.remove", reason, |it, draft| {
            it.trial = None;
            // What was granted was granted to what is gone.
            draft.delete(keys::grant(name), Expect::Any);
            step(it, InstallationState::Removed, draft)
        })
    }

    /// Changes an installation in one commit; a change that changes nothing is none.
    fn alter(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        action: &str,
        reason: &str,
        change: impl FnOnce(&mut Installation, &mut Draft) -> Result<()>,
    ) -> Result<Installation> {
        let key = keys::installation(name);
        let view = self.snapshot()?;
        let Stored { rev, value } =
            view.need::<Installation>(tenant, &key, "installation", name)?;
        let mut next = value.clone();
        let mut draft = Draft::new(self.audit(caller, tenant, action, name));
        draft.reason(reason);
        change(&mut next, &mut draft)?;
        if next == value {
            return Ok(value);
        }
        next.updated = self.now();
        draft.put(key, &next, Expect::Rev(rev))?;
        self.commit(tenant, draft)?;
        self.look_at_pools();
        Ok(next)
    }

    /// Says whether a plugin is installed on a tenant's own ground.
    fn has_own(&self, tenant: &TenantSlug, name: &PluginName) -> Result<bool> {
        let own = self.snapshot()?.get::<Installation>(tenant, &keys::installation(name))?;
        Ok(own.is_some_and(|own| own.value.state != InstallationState::Removed))
    }

    fn keep_pool_of_trial(&self, caller: &Caller, known: &Installation) -> Result<()> {
        let mut serving = known.clone();
        serving.promote_trial(self.now());
        self.keep_pool_of(caller, serving)
    }

    /// Makes sure that a version can be called, and that a niche pool's pool is there for it.
    fn keep_pool_of(&self, caller: &Caller, serving: Installation) -> Result<()> {
        self.require_decided(&serving)?;
        let home = serving.tenant.clone();
        let ready = self.ready(serving, &home)?;
        if ready.component.manifest().kind == PluginKind::NichePool {
            self.keep_pool(caller, &ready)?;
        }
        Ok(())
    }
}

fn step(it: &mut Installation, to: InstallationState, draft: &mut Draft) -> Result<()> {
    let next = it.state.become_state(to)?;
    draft.edge(&it.plugin, it.state.as_str(), next.as_str());
    it.state = next;
    Ok(())
}

/// The share after a stage; nothing after the last: then it is all.
fn next_percent(stage: TrialStage) -> Option<u8> {
    match stage {
        TrialStage::Waiting | TrialStage::Shadow => CANARY_PERCENTS.first().copied(),
        TrialStage::Canary { percent } => {
            CANARY_PERCENTS.iter().copied().find(|next| *next > percent)
        }
    }
}

fn nothing_on_trial(name: &PluginName) -> Error {
    Error::conflict(
        format!("插件“{name}”没有待试运行的版本；请先安装新版本：taihu plugin install FILE"),
        format!("no version of plugin {name} is on trial; install one first"),
    )
}
