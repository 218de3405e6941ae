//! A plugin's life after it was installed: enabled, suspended, and every edge between.

use taihu_model::{Installation, InstallationState, PluginKind, PluginName, TenantSlug};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::error::Result;
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;

impl Kernel {
    /// Enables an installed plugin: it takes every edge on the way, each in the audit. A niche pool
    /// gets its pool. Enabling it again changes nothing.
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
        let installation = self.installation(tenant, name)?;
        let path: &[S] = match installation.state {
            S::Enabled => &[],
            S::Installed => &[S::Shadow, S::Canary, S::Enabled],
            S::Shadow => &[S::Canary, S::Enabled],
            _ => &[S::Enabled],
        };
        let ready = self.ready(installation.clone())?;
        if ready.component.manifest().kind == PluginKind::NichePool {
            self.keep_pool(caller, &ready)?;
        }
        self.move_installation(caller, tenant, name, path, "plugin.enable", "")
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
        let path = [InstallationState::Suspended];
        self.move_installation(caller, tenant, name, &path, "plugin.suspend", reason)
    }

    fn move_installation(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        path: &[InstallationState],
        action: &str,
        reason: &str,
    ) -> Result<Installation> {
        let key = keys::installation(name);
        let view = self.snapshot()?;
        let Stored { rev, mut value } =
            view.need::<Installation>(tenant, &key, "installation", name)?;
        if path.is_empty() {
            return Ok(value);
        }
        let mut draft = Draft::new(self.audit(caller, tenant, action, name));
        draft.reason(reason);
        for &state in path {
            let next = value.state.become_state(state)?;
            draft.edge(name, value.state.as_str(), next.as_str());
            value.state = next;
        }
        value.updated = self.now();
        draft.put(key, &value, Expect::Rev(rev))?;
        self.commit(tenant, draft)?;
        Ok(value)
    }
}
