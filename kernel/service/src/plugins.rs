//! Plugins: installing, enabling, suspending them, and having them ready to be called.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use taihu_model::{
    Config, Digest, Installation, InstallationState, Manifest, Plugin, PluginKind, PluginName,
    TenantSlug, contract::Context,
};
use taihu_sandbox::{CaseOutcome, Compiler, Component, Sandbox, SandboxOptions, run_case};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::clock::random_bytes;
use crate::error::{Error, Fault, Result};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;
use crate::limits::{LOADED_MAX, SCORER_WEIGHT_DEFAULT};

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

/// How a plugin is to be installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstallOptions {
    /// Its configuration; keys that are not named get their defaults.
    pub config: Config,
    /// For scorers: weight in the fused score, per mille.
    pub weight: Option<u16>,
}

impl Kernel {
    /// Installs a plugin, or another version of it, on a tenant's ground: admits the file, compiles
    /// it, runs its own cases, and keeps it. It is not called before it is enabled. Installing the
    /// same file with the same options again changes nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] with every fault; then nothing is kept.
    pub fn install(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        file: &[u8],
        options: InstallOptions,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        self.tenant(tenant)?;
        let admission = self.parts.sandbox.admit(file)?;
        let manifest = &admission.manifest;
        let config = match manifest.kind {
            // What a connector needs is said by each of its sources.
            PluginKind::Connector => {
                configure(&without_required(manifest), &options.config)?;
                options.config
            }
            _ => configure(manifest, &options.config)?,
        };
        let sealed = self.parts.sandbox.compile(&admission, file)?;
        let component = self.parts.sandbox.load(&admission, &sealed)?;
        let mut failed = Vec::new();
        for case in &admission.cases {
            let outcome = run_case(&component, case);
            for difference in outcome.differences {
                failed.push(Fault::new(
                    format!("case: {}", outcome.name),
                    format!("插件未通过自带用例“{}”：{}", outcome.name, difference.zh),
                    format!("the plugin fails its own case {:?}: {}", outcome.name, difference.en),
                ));
            }
        }
        if !failed.is_empty() {
            return Err(Error::Invalid(failed));
        }
        let plugin = self.keep_plugin(caller, &admission, file)?;
        self.keep_code(&plugin.digest, &sealed);
        self.keep_ready(component);
        self.record_installation(caller, tenant, &plugin, config, options.weight)
    }

    fn keep_plugin(
        &self,
        caller: &Caller,
        admission: &taihu_sandbox::Admission,
        file: &[u8],
    ) -> Result<Plugin> {
        let manifest = &admission.manifest;
        let key = keys::plugin(&manifest.name, &manifest.version.to_string());
        if let Some(known) = self.snapshot()?.get::<Plugin>(&self.city, &key)? {
            if known.value.digest == admission.digest {
                return Ok(known.value);
            }
            return Err(Error::conflict(
                format!(
                    "插件 {} 的 {} 版已存在且内容不同，请提高版本号",
                    manifest.name, manifest.version
                ),
                format!(
                    "{} {} exists with other contents; give the new file a higher version",
                    manifest.name, manifest.version
                ),
            ));
        }
        self.parts.store.put_blob(file)?;
        let plugin = Plugin {
            digest: admission.digest,
            bytes: file.len() as u64,
            manifest: manifest.clone(),
            added: self.now(),
        };
        let subject = format!("{}@{}", manifest.name, manifest.version);
        let mut draft = Draft::new(self.audit(caller, &self.city, "plugin.add", subject));
        draft.put(key, &plugin, Expect::Absent)?;
        self.commit(&self.city, draft)?;
        Ok(plugin)
    }

    fn record_installation(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        plugin: &Plugin,
        config: Config,
        weight: Option<u16>,
    ) -> Result<Installation> {
        let name = &plugin.manifest.name;
        let key = keys::installation(name);
        let known = self.snapshot()?.get::<Installation>(tenant, &key)?;
        let mut draft = Draft::new(self.audit(caller, tenant, "plugin.install", name));
        let weight = match plugin.manifest.kind {
            PluginKind::Scorer => weight
                .or(known.as_ref().map(|known| known.value.weight))
                .unwrap_or(SCORER_WEIGHT_DEFAULT),
            _ => 0,
        };
        if weight > 1000 {
            return Err(Error::invalid(
                "weight",
                format!("权重最大为1000，现为{weight}"),
                format!("a weight is at most 1000, not {weight}"),
            ));
        }
        let (installation, expect) = match known {
            Some(Stored { rev, value }) if value.state != InstallationState::Removed => {
                let mut next = value.clone();
                if next.digest != plugin.digest {
                    next.history.push(next.digest);
                    next.digest = plugin.digest;
                }
                next.config = config;
                next.weight = weight;
                if next == value {
                    return Ok(value);
                }
                next.updated = self.now();
                (next, Expect::Rev(rev))
            }
            other => {
                let fresh = Installation {
                    tenant: tenant.clone(),
                    plugin: name.clone(),
                    digest: plugin.digest,
                    state: InstallationState::Installed,
                    config,
                    weight,
                    history: Vec::new(),
                    updated: self.now(),
                };
                (fresh, other.map_or(Expect::Absent, |known| Expect::Rev(known.rev)))
            }
        };
        draft.put(key, &installation, expect)?;
        self.commit(tenant, draft)?;
        Ok(installation)
    }

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

    /// One installation.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the plugin is not installed there.
    pub(crate) fn installation(
        &self,
        tenant: &TenantSlug,
        name: &PluginName,
    ) -> Result<Installation> {
        let key = keys::installation(name);
        Ok(self.snapshot()?.need(tenant, &key, "installation", name)?.value)
    }

    /// What is installed on a tenant's ground, with what each says of itself.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see it.
    pub fn installations(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
    ) -> Result<Vec<(Installation, Plugin)>> {
        caller.may(Action::ReadPlugins, tenant)?;
        let view = self.snapshot()?;
        let found = view.list::<Installation>(tenant, "installation/", None, 1_000)?;
        let plugins = view.list::<Plugin>(&self.city, "plugin/", None, 10_000)?;
        Ok(found
            .into_iter()
            .filter_map(|(_, installation)| {
                let plugin =
                    plugins.iter().find(|(_, plugin)| plugin.digest == installation.digest)?;
                Some((installation, plugin.1.clone()))
            })
            .collect())
    }

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

    fn keep_ready(&self, component: Component) {
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
    fn keep_code(&self, digest: &Digest, sealed: &[u8]) {
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

/// Runs a packed plugin's own cases on this machine, without a store: what an author does before
/// anybody else sees the plugin.
///
/// # Errors
/// [`Error::Refused`] if the kernel would not admit it.
pub fn test_plugin(file: &[u8]) -> Result<Vec<CaseOutcome>> {
    let seal_key = random_bytes().map_err(|error| Error::Unavailable(error.to_string()))?;
    let options = SandboxOptions { seal_key, pooling: false, compiler: Compiler::InProcess };
    let sandbox = Sandbox::new(options).map_err(|error| Error::Unavailable(error.to_string()))?;
    let admission = sandbox.admit(file)?;
    let sealed = sandbox.compile(&admission, file)?;
    let component = sandbox.load(&admission, &sealed)?;
    Ok(admission.cases.iter().map(|case| run_case(&component, case)).collect())
}

fn without_required(manifest: &Manifest) -> Manifest {
    let mut manifest = manifest.clone();
    manifest.config.iter_mut().for_each(|key| key.required = false);
    manifest
}

pub(crate) fn configure(manifest: &Manifest, config: &Config) -> Result<Config> {
    manifest.configure(config).map_err(|faults| {
        let faults = faults
            .into_iter()
            .map(|fault| Fault { field: format!("config.{}", fault.key), text: fault.text });
        Error::Invalid(faults.collect())
    })
}
