//! Having plugins ready to be called: compiled code in memory, in the cache, or made anew.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use taihu_model::{
    Digest, Installation, InstallationState, PluginKind, PluginName, TenantSlug, contract::Context,
};
use taihu_sandbox::Component;

use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::LOADED_MAX;

/// An installed plugin that can be called.
pub(crate) struct Ready {
    pub(crate) installation: Installation,
    pub(crate) component: Component,
    pub(crate) context: Context,
}

/// What to do about code that was not compiled yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// Compile it: nobody is waiting.
    Compile,
    /// Somebody is waiting: a compiler never stands on a request's path.
    Refuse,
}

impl Kernel {
    /// The enabled plugins of a kind that work for a tenant: its own, and the city's where it has
    /// none of that name.
    pub(crate) fn enabled(&self, tenant: &TenantSlug, kind: PluginKind) -> Result<Vec<Ready>> {
        let view = self.snapshot()?;
        let mut found = view.list::<Installation>(tenant, "installation/", None, 1_000)?;
        if *tenant != self.city {
            for (key, installation) in
                view.list::<Installation>(&self.city, "installation/", None, 1_000)?
            {
                if !found.iter().any(|(_, own)| own.plugin == installation.plugin) {
                    found.push((key, installation));
                }
            }
        }
        found.sort_by(|(_, a), (_, b)| a.plugin.cmp(&b.plugin));
        let mut ready = Vec::new();
        for (_, installation) in found {
            if installation.state != InstallationState::Enabled {
                continue;
            }
            let plugin = installation.plugin.clone();
            match self.ready(installation) {
                Ok(one) if one.component.manifest().kind == kind => ready.push(one),
                Ok(_) => {}
                // One plugin that cannot be called is nobody else's trouble.
                Err(error) => {
                    tracing::error!(%plugin, %error, "an enabled plugin cannot be called")
                }
            }
        }
        Ok(ready)
    }

    /// The enabled plugin of a name that works for a tenant.
    pub(crate) fn enabled_one(&self, tenant: &TenantSlug, name: &PluginName) -> Result<Ready> {
        let view = self.snapshot()?;
        let key = keys::installation(name);
        let installation = match view.get::<Installation>(tenant, &key)? {
            Some(own) => own,
            None => view.need(&self.city, &key, "installation", name)?,
        };
        if installation.value.state != InstallationState::Enabled {
            return Err(Error::conflict(
                format!("插件“{name}”尚未启用，请先启用"),
                format!("plugin {name} is {}, not enabled", installation.value.state),
            ));
        }
        self.ready(installation.value)
    }

    pub(crate) fn ready(&self, installation: Installation) -> Result<Ready> {
        let component = self.component(&installation.digest, Missing::Refuse)?;
        let config = serde_json::to_string(&installation.config)
            .map_err(|error| Error::Damaged(error.to_string()))?;
        let context = Context {
            tenant: installation.tenant.to_string(),
            config,
            today: self.parts.clock.today(),
        };
        Ok(Ready { installation, component, context })
    }

    /// Compiles what installed plugins lack: a cache may be deleted, and another engine needs other
    /// code. Done when a kernel begins, so that no request ever waits for a compiler. A plugin that
    /// cannot be compiled any more is named in the log and cannot be called; the others can.
    pub(crate) fn prepare_plugins(&self) -> Result<()> {
        let view = self.snapshot()?;
        let mut digests = BTreeSet::new();
        for tenant in self.tenants()? {
            for (_, one) in view.list::<Installation>(&tenant.slug, "installation/", None, 1_000)? {
                if one.state != InstallationState::Removed {
                    digests.insert(one.digest);
                }
            }
        }
        for digest in digests {
            if let Err(error) = self.component(&digest, Missing::Compile) {
                tracing::error!(%digest, %error, "an installed plugin cannot be prepared");
            }
        }
        Ok(())
    }

    /// A component, ready: from memory, else from the cache of compiled code.
    fn component(&self, digest: &Digest, missing: Missing) -> Result<Component> {
        if let Some(component) = self.lock(&self.loaded).get(digest) {
            return Ok(component.clone());
        }
        let file = self
            .parts
            .store
            .get_blob(digest)?
            .ok_or_else(|| Error::Damaged(format!("the file of plugin {digest} is missing")))?;
        let admission = self.parts.sandbox.admit(&file)?;
        let cached = self.cached_code(digest).and_then(|sealed| {
            match self.parts.sandbox.load(&admission, &sealed) {
                Ok(component) => Some(component),
                Err(error) => {
                    tracing::warn!(%digest, %error, "cached code cannot be used");
                    None
                }
            }
        });
        let component = match (cached, missing) {
            (Some(component), _) => component,
            (None, Missing::Refuse) => {
                let detail = format!(
                    "plugin {digest} has no compiled code; it is compiled at the next start"
                );
                return Err(Error::Unavailable(detail));
            }
            (None, Missing::Compile) => {
                let sealed = self.parts.sandbox.compile(&admission, &file)?;
                self.keep_code(digest, &sealed);
                self.parts.sandbox.load(&admission, &sealed)?
            }
        };
        self.keep_ready(component.clone());
        Ok(component)
    }

    pub(super) fn keep_ready(&self, component: Component) {
        let mut loaded = self.lock(&self.loaded);
        if loaded.len() >= LOADED_MAX {
            loaded.clear();
        }
        loaded.insert(component.digest(), component);
    }

    fn cached_code(&self, digest: &Digest) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let name = self.parts.sandbox.cache_key(digest);
        self.parts.cache.open(name).ok()?.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Keeps compiled code for the next start; a cache that cannot be written costs time only.
    pub(super) fn keep_code(&self, digest: &Digest, sealed: &[u8]) {
        let name = self.parts.sandbox.cache_key(digest);
        let fresh = format!("{name}.new");
        let cache = &self.parts.cache;
        let write = || -> std::io::Result<()> {
            cache.create(&fresh)?.write_all(sealed)?;
            cache.rename(&fresh, cache, &name)
        };
        if let Err(error) = write() {
            tracing::warn!(%digest, %error, "failed to keep compiled code");
        }
    }
}
