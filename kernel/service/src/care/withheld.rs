//! Withholding: a plugin of the city's that fails the calls of one tenant again and again is taken out of
//! that tenant's service, and of nobody else's, until a person releases it there.
//!
//! What a tenant's data does to a plugin must not take it from the others: it may be the data. The
//! mark names the version, so another one that comes into service is called again.

use serde::{Deserialize, Serialize};
use taihu_model::{Digest, Installation, PluginName, TenantSlug, Timestamp};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;

/// A plugin of the city's that is not called for one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// The plugin.
    pub plugin: PluginName,
    /// The version that failed.
    pub version: Digest,
    /// Code of the cause, such as `cpu_time`.
    pub cause: String,
    /// What happened, for people.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

impl Kernel {
    /// The plugins of the city's that are not called for a tenant, by name.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see it.
    pub fn withheld(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Vec<Withheld>> {
        caller.may(Action::ReadPlugins, tenant)?;
        let found = self.snapshot()?.list::<Withheld>(tenant, "withheld/", None, 1_000)?;
        Ok(found.into_iter().map(|(_, one)| one).collect())
    }

    /// Says whether a version of the city's is not to be called for a tenant.
    pub(crate) fn is_withheld(&self, version: &Installation, tenant: &TenantSlug) -> Result<bool> {
        if version.tenant == *tenant {
            return Ok(false);
        }
        let known = self.withheld_one(tenant, &version.plugin)?;
        Ok(known.is_some_and(|known| known.version == version.digest))
    }

    /// Refuses a version that is not to be called for a tenant.
    pub(crate) fn require_not_withheld(
        &self,
        version: &Installation,
        tenant: &TenantSlug,
    ) -> Result<()> {
        if !self.is_withheld(version, tenant)? {
            return Ok(());
        }
        let plugin = &version.plugin;
        Err(Error::conflict(
            format!(
                "插件“{plugin}”处理主体“{tenant}”的数据时连续失败，已对该主体隔离；查明原因后请解除：\
                 taihu plugin release {plugin} --tenant {tenant} --reason …"
            ),
            format!(
                "plugin {plugin} failed for tenant {tenant} again and again and is withheld from it; \
                 release it once the reason is known: taihu plugin release {plugin} --tenant {tenant}"
            ),
        ))
    }

    fn withheld_one(&self, tenant: &TenantSlug, plugin: &PluginName) -> Result<Option<Withheld>> {
        let known = self.snapshot()?.get::<Withheld>(tenant, &keys::withheld(plugin))?;
        Ok(known.map(|known| known.value))
    }

    /// Withholds a version of the city's from a tenant. Doing it again changes nothing.
    pub(super) fn withhold(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        plugin: &PluginName,
        version: Digest,
        cause: &str,
        reason: &str,
    ) -> Result<()> {
        if self.withheld_one(tenant, plugin)?.is_some_and(|known| known.version == version) {
            return Ok(());
        }
        let withheld = Withheld {
            plugin: plugin.clone(),
            version,
            cause: cause.to_owned(),
            reason: reason.to_owned(),
            at: self.now(),
        };
        let mut draft = Draft::new(self.audit(caller, tenant, "plugin.withhold", plugin));
        draft.reason(reason);
        draft.put(keys::withheld(plugin), &withheld, Expect::Any)?;
        self.commit(tenant, draft)?;
        tracing::warn!(%plugin, %tenant, cause, "a plugin of the city's is withheld from a tenant");
        Ok(())
    }

    /// Has a plugin that was withheld called for the tenant again. Says whether it was.
    pub(crate) fn give_again(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        plugin: &PluginName,
        reason: &str,
    ) -> Result<bool> {
        if self.withheld_one(tenant, plugin)?.is_none() {
            return Ok(false);
        }
        let mut draft = Draft::new(self.audit(caller, tenant, "plugin.release", plugin));
        draft.reason(reason);
        draft.delete(keys::withheld(plugin), Expect::Any);
        self.commit(tenant, draft)?;
        Ok(true)
    }

    /// Forgets how a plugin did for a tenant: a person looked at it, and it begins anew.
    pub(crate) fn forgive(&self, tenant: &TenantSlug, plugin: &PluginName) {
        self.lock(&self.care.guards)
            .retain(|key, guard| key.tenant != *tenant || guard.plugin != *plugin);
    }
}
