//! Installing: a stranger's file becomes a version that this kernel keeps, or a refusal that says why.

use taihu_model::{
    Config, Installation, InstallationState, Manifest, Plugin, PluginKind, TenantSlug, Trial,
    TrialStage,
};
use taihu_sandbox::{
    Admission, CaseOutcome, Compiler, Component, Sandbox, SandboxOptions, conform, run_case,
};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::clock::random_bytes;
use crate::error::{Error, Fault, Result};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;
use crate::limits::SCORER_WEIGHT_DEFAULT;

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
    /// it, runs its own cases and the kernel's, and keeps it. It is not called before it is enabled. Installing the
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
        let failed = failed_cases(&component, &admission, &config);
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
        admission: &Admission,
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
        let now = self.now();
        let trial = Trial {
            digest: plugin.digest,
            config: config.clone(),
            weight,
            stage: TrialStage::Waiting,
            since: now,
            by_rule: false,
        };
        let (installation, expect) = match known {
            Some(Stored { rev, value }) if value.state != InstallationState::Removed => {
                let mut next = value.clone();
                place(&mut next, trial, &mut draft)?;
                if next == value {
                    return Ok(value);
                }
                next.updated = now;
                (next, Expect::Rev(rev))
            }
            other => {
                let fresh = Installation {
                    tenant: tenant.clone(),
                    plugin: name.clone(),
                    digest: plugin.digest,
                    state: InstallationState::Installed,
                    trial: Some(trial),
                    config,
                    weight,
                    history: Vec::new(),
                    updated: now,
                };
                (fresh, other.map_or(Expect::Absent, |known| Expect::Rev(known.rev)))
            }
        };
        draft.put(key, &installation, expect)?;
        self.commit(tenant, draft)?;
        Ok(installation)
    }
}

/// Puts a version that came where it belongs: the same version takes its new options at once; a new
/// one waits beside what serves; where nothing serves yet, it takes the place of the one on trial.
fn place(installation: &mut Installation, trial: Trial, draft: &mut Draft) -> Result<()> {
    let serves = installation.serves();
    if serves && installation.digest == trial.digest {
        installation.config = trial.config;
        installation.weight = trial.weight;
        return Ok(());
    }
    if let Some(known) = &mut installation.trial
        && known.digest == trial.digest
    {
        known.config = trial.config;
        known.weight = trial.weight;
    } else {
        if !serves && installation.state != InstallationState::Installed {
            // The machine has no way back: the first version goes, and another begins.
            let gone = installation.state.become_state(InstallationState::Removed)?;
            draft.edge(&installation.plugin, installation.state.as_str(), gone.as_str());
            installation.state = InstallationState::Installed;
            draft.edge(&installation.plugin, gone.as_str(), installation.state.as_str());
        }
        installation.trial = Some(trial);
    }
    if let Some(trial) = installation.trial.as_ref().filter(|_| !serves) {
        installation.digest = trial.digest;
        installation.config.clone_from(&trial.config);
        installation.weight = trial.weight;
    }
    Ok(())
}

/// Runs the plugin's own cases and the kernel's, and says how each failed.
fn failed_cases(component: &Component, admission: &Admission, config: &Config) -> Vec<Fault> {
    let own = admission.cases.iter().map(|case| (true, run_case(component, case)));
    let kernels = conform(component, &admission.cases, Some(config));
    let mut failed = Vec::new();
    for (own, outcome) in own.chain(kernels.into_iter().map(|outcome| (false, outcome))) {
        let (zh, en) = if own { ("自带用例", "its own case ") } else { ("", "") };
        for difference in outcome.differences {
            failed.push(Fault::new(
                format!("case: {}", outcome.name),
                format!("插件未通过{zh}“{}”：{}", outcome.name, difference.zh),
                format!("the plugin fails {en}{:?}: {}", outcome.name, difference.en),
            ));
        }
    }
    failed
}

/// Runs a packed plugin's own cases and the kernel's on this machine, without a store: what an
/// author does before anybody else sees the plugin.
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
    let mut outcomes: Vec<_> =
        admission.cases.iter().map(|case| run_case(&component, case)).collect();
    outcomes.extend(conform(&component, &admission.cases, None));
    Ok(outcomes)
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
