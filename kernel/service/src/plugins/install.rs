//! Installing: a stranger's file becomes a version that this kernel keeps, or a refusal that says why.

use taihu_model::{
    Config, Installation, InstallationState, Manifest, NameOwner, Plugin, PluginKind, TenantSlug,
    Trial, TrialStage,
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
use crate::signatures::{SignatureFault, check_claims};

use super::publishers::Vouched;

/// How a plugin is to be installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstallOptions {
    /// Its configuration; keys that are not named get their defaults.
    pub config: Config,
    /// For scorers: weight in the fused score, per mille.
    pub weight: Option<u16>,
    /// The signature over the whole file: the text of a `.minisig`.
    pub signature: Option<String>,
}

impl Kernel {
    /// Installs a plugin, or another version of it, on a tenant's ground: finds out who answers for
    /// the file, admits it, compiles it, runs its own cases and the kernel's, and keeps it. It is not
    /// called before it is enabled. Installing the same file with the same options again changes nothing.
    ///
    /// # Errors
    /// [`Error::Signature`] if nobody who is known answers for it, [`Error::Refused`] with every fault
    /// of the file, [`Error::Conflict`] for a version that is not higher, [`Error::Busy`] if the machine
    /// has no time to try it; then nothing is kept.
    pub fn install(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        file: &[u8],
        options: InstallOptions,
    ) -> Result<Installation> {
        caller.may(Action::ManagePlugins, tenant)?;
        self.tenant(tenant)?;
        if let Some(weight) = options.weight.filter(|weight| *weight > 1000) {
            return Err(Error::invalid(
                "weight",
                format!("权重最大为1000，现为{weight}"),
                format!("a weight is at most 1000, not {weight}"),
            ));
        }
        let vouched = self.vouch(file, options.signature.as_deref())?;
        let admission = self.parts.sandbox.admit(file)?;
        let manifest = &admission.manifest;
        if let Some(vouched) = &vouched {
            check_claims(vouched.verified(), manifest, admission.digest)?;
        }
        self.may_come(tenant, &admission, vouched.as_ref())?;
        let config = match manifest.kind {
            // What a connector needs is said by each of its sources.
            PluginKind::Connector => {
                configure(&without_required(manifest), &options.config)?;
                options.config
            }
            _ => configure(manifest, &options.config)?,
        };
        let proven = self.prove(&admission, file, &config)?;
        let plugin = self.keep_plugin(caller, &admission, file, vouched.as_ref())?;
        if let Some((component, sealed)) = proven {
            self.keep_code(&plugin.digest, &sealed);
            self.keep_ready(component);
        }
        self.record_installation(caller, tenant, &plugin, config, options.weight)
    }

    /// Compiles a file, unless this kernel has the code of it, and runs its cases and the kernel's
    /// under the configuration. Returns what was compiled.
    fn prove(
        &self,
        admission: &Admission,
        file: &[u8],
        config: &Config,
    ) -> Result<Option<(Component, Vec<u8>)>> {
        let compiled = match self.component_of(&admission.digest) {
            Ok(known) => Err(known),
            Err(_) => {
                let sealed = self.parts.sandbox.compile(admission, file)?;
                Ok((self.parts.sandbox.load(admission, &sealed)?, sealed))
            }
        };
        let component = match &compiled {
            Ok((component, _)) | Err(component) => component,
        };
        let failed = failed_cases(component, admission, config)?;
        if !failed.is_empty() {
            return Err(Error::Invalid(failed));
        }
        Ok(compiled.ok())
    }

    /// Makes sure that the signer may bring a version of this name, and that it is no old one:
    /// versions only go up, and what is installed here already may be installed again.
    fn may_come(
        &self,
        tenant: &TenantSlug,
        admission: &Admission,
        vouched: Option<&Vouched>,
    ) -> Result<()> {
        let Manifest { name, version, .. } = &admission.manifest;
        let view = self.snapshot()?;
        let Some(known) = view.get::<NameOwner>(&self.city, &keys::plugin_name(name))? else {
            return Ok(());
        };
        let known = known.value;
        let signer = vouched.map(Vouched::tenant);
        if let Some(owner) = known.tenant
            && signer != Some(&owner)
        {
            let (name, signer) = (name.clone(), signer.cloned());
            return Err(SignatureFault::NotTheOwner { name, owner, signer }.into());
        }
        let key = keys::plugin(name, &version.to_string());
        let same = view.get::<Plugin>(&self.city, &key)?;
        let is_same = same.is_some_and(|same| same.value.digest == admission.digest);
        let here = view.get::<Installation>(tenant, &keys::installation(name))?;
        let is_here = here.is_some_and(|here| {
            let on_trial = here.value.trial.as_ref().map(|trial| trial.digest);
            here.value.state != InstallationState::Removed
                && (here.value.digest == admission.digest || on_trial == Some(admission.digest))
        });
        if *version > known.highest || is_same && (*version == known.highest || is_here) {
            return Ok(());
        }
        Err(old_version(&admission.manifest, &known.highest))
    }

    fn keep_plugin(
        &self,
        caller: &Caller,
        admission: &Admission,
        file: &[u8],
        vouched: Option<&Vouched>,
    ) -> Result<Plugin> {
        let manifest = &admission.manifest;
        let key = keys::plugin(&manifest.name, &manifest.version.to_string());
        let view = self.snapshot()?;
        if let Some(known) = view.get::<Plugin>(&self.city, &key)? {
            if known.value.digest != admission.digest {
                return Err(old_version(manifest, &manifest.version));
            }
            if known.value.signed.is_some() || vouched.is_none() {
                return Ok(known.value);
            }
        }
        let of_name = keys::plugin_name(&manifest.name);
        let named = view.get::<NameOwner>(&self.city, &of_name)?;
        let expect = named.as_ref().map_or(Expect::Absent, |named| Expect::Rev(named.rev));
        let mut owner = named.map_or_else(
            || NameOwner { tenant: None, highest: manifest.version.clone() },
            |named| named.value,
        );
        owner.tenant = owner.tenant.or_else(|| vouched.map(|vouched| vouched.tenant().clone()));
        if owner.highest < manifest.version {
            owner.highest = manifest.version.clone();
        }
        self.parts.store.put_blob(file)?;
        let plugin = Plugin {
            digest: admission.digest,
            bytes: file.len() as u64,
            manifest: manifest.clone(),
            added: self.now(),
            signed: vouched.map(Vouched::signed),
        };
        let subject = format!("{}@{}", manifest.name, manifest.version);
        let mut draft = Draft::new(self.audit(caller, &self.city, "plugin.add", subject));
        // Who came first with another version, or with another's key, is seen by the name's revision.
        draft.put(of_name, &owner, expect)?;
        draft.put(key, &plugin, Expect::Any)?;
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
        self.look_at_pools();
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

fn old_version(manifest: &Manifest, highest: &impl std::fmt::Display) -> Error {
    let Manifest { name, version, .. } = manifest;
    Error::conflict(
        format!(
            "插件 {name} 已知最高版本是 {highest}，不接受 {version}：版本只升不降，同一版本内容不变；\
             新内容请提高版本号，要恢复旧版请用 taihu plugin rollback {name}"
        ),
        format!(
            "the highest known version of {name} is {highest} and {version} is not taken: versions only go \
             up, and one version has one content; give new contents a higher version, or go back to an \
             earlier one with taihu plugin rollback {name}"
        ),
    )
}

/// Runs the plugin's own cases and the kernel's, and says how each failed.
///
/// # Errors
/// [`Error::Busy`] if the machine had no time for a call: that says nothing of the plugin.
fn failed_cases(
    component: &Component,
    admission: &Admission,
    config: &Config,
) -> Result<Vec<Fault>> {
    let own = admission.cases.iter().map(|case| (true, run_case(component, case)));
    let kernels = conform(component, &admission.cases, Some(config));
    let mut failed = Vec::new();
    for (own, outcome) in own.chain(kernels.into_iter().map(|outcome| (false, outcome))) {
        if let Some(error) = outcome.unmade {
            return Err(error.into());
        }
        let (zh, en) = if own { ("自带用例", "its own case ") } else { ("", "") };
        for difference in outcome.differences {
            failed.push(Fault::new(
                format!("case: {}", outcome.name),
                format!("插件未通过{zh}“{}”：{}", outcome.name, difference.zh),
                format!("the plugin fails {en}{:?}: {}", outcome.name, difference.en),
            ));
        }
    }
    Ok(failed)
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

#[cfg(test)]
mod tests;
