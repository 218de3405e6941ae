//! Trying open breakers: on recorded calls, never on live ones, and as the plugin would be called now.

use std::sync::Arc;

use taihu_model::{Digest, Effective, PluginCall, PluginName, TenantSlug};
use taihu_sandbox::{Blame, CallError};

use super::{GuardKey, Job};
use crate::error::Result;
use crate::kernel::Kernel;

/// A breaker that is to be tried.
struct Due {
    key: GuardKey,
    home: TenantSlug,
    plugin: PluginName,
    calls: Vec<Arc<[u8]>>,
}

impl Kernel {
    /// Tries every open breaker whose wait is over on recorded calls. Returns how many were tried.
    pub(super) fn probe_plugins(&self) -> Result<usize> {
        let now = self.now();
        let due: Vec<Due> = self
            .lock(&self.care.guards)
            .iter()
            .filter(|(_, guard)| guard.breaker.wants_probe(now))
            .map(|(key, guard)| {
                // What failed fails again: plugins are pure. Whether it still does what it did is
                // the question; only one that never answered is tried on what it failed at.
                let mut calls: Vec<_> = guard.good.iter().cloned().collect();
                if calls.is_empty() {
                    calls.extend(guard.failing.clone());
                }
                let (home, plugin) = (guard.home.clone(), guard.plugin.clone());
                Due { key: key.clone(), home, plugin, calls }
            })
            .collect();
        let mut count = 0;
        for due in due {
            // What the machine had no time for was not tried: it is due again the next time.
            let Some(good) = self.goes_well(&due) else { continue };
            count += 1;
            let now = self.now();
            let opened = self
                .lock(&self.care.guards)
                .get_mut(&due.key)
                .and_then(|guard| guard.breaker.probed(now, good));
            let Due { key, home, plugin, .. } = due;
            tracing::info!(%plugin, tenant = %key.tenant, good, "tried a plugin on recorded calls");
            if let Some((cause, openings)) = opened {
                let key = (key.tenant, key.version);
                self.work_off(Job::Opened { home, plugin, key, cause, openings })?;
            }
        }
        Ok(count)
    }

    /// Says whether no recorded call fails by the plugin's fault, under what it is granted now;
    /// nothing if the kernel could not make one of them.
    fn goes_well(&self, due: &Due) -> Option<bool> {
        let component = self.component_of(&due.key.version).ok()?;
        let granted = self.granted_of(&due.home, &due.plugin, &due.key.version).ok()?;
        let component = component.within(granted.limits);
        let mut good = true;
        for call in &due.calls {
            let Ok(mut call) = serde_json::from_slice::<PluginCall<'_>>(call) else { continue };
            show_granted(&mut call, &granted);
            good &= went_well(component.replay(&call).err().as_ref())?;
        }
        Some(good)
    }

    /// What a version may do now on the ground where it is installed.
    pub(super) fn granted_of(
        &self,
        home: &TenantSlug,
        plugin: &PluginName,
        version: &Digest,
    ) -> Result<Effective> {
        let installation = self.installation(home, plugin)?;
        self.effective_of(&installation, self.component_of(version)?.manifest())
    }
}

/// Hides from a recorded call what was granted then and is not granted now.
fn show_granted(call: &mut PluginCall<'_>, granted: &Effective) {
    if let PluginCall::Score { sees, .. } | PluginCall::Classify { sees, .. } = call {
        let now = granted.sight();
        *sees = Some(sees.take().map_or_else(|| now.clone(), |then| then.and(&now)));
    }
}

/// What a call says of its plugin: nothing if the kernel could not make it.
fn went_well(failure: Option<&CallError>) -> Option<bool> {
    match failure.map(|error| error.blame) {
        None | Some(Blame::Caller) => Some(true),
        Some(Blame::Plugin) => Some(false),
        Some(Blame::Kernel) => None,
    }
}

#[cfg(test)]
mod tests;
