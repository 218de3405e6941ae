//! Having plugins ready to be called: compiled code in memory, in the cache, or made anew.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use taihu_model::{
    Digest, Effective, Installation, InstallationState, Plugin, PluginKind, PluginName, Run, Sight,
    TenantSlug, Text, contract::Context,
};
use taihu_sandbox::Component;

use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::LOADED_MAX;

/// An installed plugin that can be called.
pub(crate) struct Ready {
    /// The installation, as the version that is called.
    pub(crate) installation: Installation,
    /// For whom it is called.
    pub(crate) tenant: TenantSlug,
    /// The plugin as it was granted: what it is not shown has no column, whatever a call holds.
    pub(crate) component: Component,
    pub(crate) context: Context,
    /// What it may do, at this instant.
    pub(crate) effective: Effective,
}

impl Ready {
    /// The fields that are shown, as a call records them: nothing if they are all that is declared.
    pub(crate) fn sees(&self) -> Option<Sight> {
        let sight = self.effective.sight();
        (sight != Sight::of(&self.component.manifest().reads)).then_some(sight)
    }
}

/// Who answers a call about a subject.
#[derive(Default)]
pub(crate) struct Working {
    /// Those that can be called.
    pub(crate) ready: Vec<Ready>,
    /// Those that should answer and cannot be called, and why.
    pub(crate) missing: Vec<(Installation, Text)>,
    /// Installations with a version to be called beside, for comparison.
    pub(crate) beside: Vec<Installation>,
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
    /// The plugins of a kind that answer a call about a subject for a tenant: its own, and the
    /// city's where it has none of that name. Which version of each is the canary's choice.
    pub(crate) fn working(
        &self,
        tenant: &TenantSlug,
        kind: PluginKind,
        subject: &Digest,
    ) -> Result<Working> {
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
        let mut working = Working::default();
        for (_, installation) in found {
            let (serving, beside) = (installation.serving(subject), installation.beside(subject));
            let Some(any) = serving.as_ref().or(beside.as_ref()) else { continue };
            if self.kind_of(&any.digest)? != Some(kind) {
                continue;
            }
            if self.is_withheld(any, tenant)? {
                continue;
            }
            if let Some(beside) = &beside
                && !self.is_withheld(beside, tenant)?
            {
                working.beside.push(installation);
            }
            let Some(serving) = serving else { continue };
            match self.ready(serving.clone(), tenant) {
                Ok(ready) => working.ready.push(ready),
                // One plugin that cannot be called is nobody else's trouble, but it is missed.
                Err(error) => {
                    tracing::error!(plugin = %serving.plugin, %error, "a plugin that should answer cannot be called");
                    let text = Text::new(error.zh(), error.to_string());
                    working.missing.push((serving, text));
                }
            }
        }
        Ok(working)
    }

    /// The installation of a plugin that works for a tenant: its own, else the city's.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; [`Error::Conflict`] if it does not answer calls.
    pub(crate) fn working_one(
        &self,
        tenant: &TenantSlug,
        name: &PluginName,
    ) -> Result<Installation> {
        let view = self.snapshot()?;
        let key = keys::installation(name);
        let installation = match view.get::<Installation>(tenant, &key)? {
            Some(own) => own.value,
            None => view.need(&self.city, &key, "installation", name)?.value,
        };
        match installation.state {
            InstallationState::Enabled | InstallationState::Canary => Ok(installation),
            state => Err(Error::conflict(
                format!("插件“{name}”当前{}，请先启用", state.zh()),
                format!("plugin {name} is {state}, not enabled"),
            )),
        }
    }

    /// A version of an installation, whichever it is: on trial, serving, or from before.
    pub(crate) fn as_version(installation: &Installation, version: &Digest) -> Installation {
        let mut with = installation.clone();
        if let Some(trial) = installation.as_trial().filter(|trial| trial.digest == *version) {
            return trial;
        }
        if installation.digest != *version
            && let Some(before) = installation.history.iter().rfind(|it| it.digest == *version)
        {
            with.config.clone_from(&before.config);
            with.weight = before.weight;
        }
        with.digest = *version;
        with
    }

    /// Readies a version of a plugin for calls on behalf of a tenant.
    pub(crate) fn ready(&self, installation: Installation, tenant: &TenantSlug) -> Result<Ready> {
        let component = self.component_of(&installation.digest)?;
        let config = serde_json::to_string(&installation.config)
            .map_err(|error| Error::Damaged(error.to_string()))?;
        let context =
            Context { tenant: tenant.to_string(), config, today: self.parts.clock.today() };
        let effective = self.effective_of(&installation, component.manifest())?;
        let component = component.seeing(&effective.sight()).within(effective.limits);
        Ok(Ready { installation, tenant: tenant.clone(), component, context, effective })
    }

    /// A component that is compiled already.
    pub(crate) fn component_of(&self, version: &Digest) -> Result<Component> {
        self.component(version, Missing::Refuse)
    }

    /// A component, compiled now if it must be: for who has the time to wait.
    pub(crate) fn component_compiled(&self, version: &Digest) -> Result<Component> {
        self.component(version, Missing::Compile)
    }

    /// What kind of plugin a version is; nothing if it is not known any more.
    fn kind_of(&self, version: &Digest) -> Result<Option<PluginKind>> {
        if let Some(component) = self.lock(&self.loaded).get(version) {
            return Ok(Some(component.manifest().kind));
        }
        let plugins = self.snapshot()?.list::<Plugin>(&self.city, "plugin/", None, 10_000)?;
        Ok(plugins
            .into_iter()
            .find(|(_, plugin)| plugin.digest == *version)
            .map(|(_, plugin)| plugin.manifest.kind))
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
                    digests.extend(one.trial.map(|trial| trial.digest));
                    // What a rollback would go back to must be there at once.
                    digests.extend(one.history.last().map(|before| before.digest));
                }
            }
        }
        // A run ends with the version that it began with, however many came since.
        for id in self.interrupted_runs()? {
            digests
                .insert(view.need::<Run>(&self.city, &keys::run(&id), "run", id)?.value.connector);
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
