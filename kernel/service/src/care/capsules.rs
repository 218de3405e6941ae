//! Capsules: keeping failing and sampled calls for their authors, and making them again elsewhere.

use serde::{Deserialize, Serialize};
use taihu_model::{
    CAPSULE_FORMAT, Capsule, CapsuleId, CapsuleOutcome, Digest, LimitWish, PluginCall, PluginName,
    ScoreRunId, TenantSlug, Text, Timestamp, mask,
};
use taihu_sandbox::{Compiler, Component, Sandbox, SandboxOptions};
use taihu_store::{Expect, Key};

use crate::authority::{Action, Caller};
use crate::clock::random_bytes;
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::CAPSULES_MAX;
use crate::pressed::{press, unpress};

/// A capsule that is kept, without what fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptCapsule {
    /// Names it on the tenant's ground.
    pub id: CapsuleId,
    /// When the call was made.
    pub at: Timestamp,
    /// The plugin.
    pub plugin: PluginName,
    /// Its version.
    pub version: Digest,
    /// What came of it.
    pub outcome: CapsuleOutcome,
    /// What was masked.
    pub masked: Vec<String>,
    /// True if the masked call ended like the real one.
    pub reproduces: bool,
    /// What the call might use, by its grant.
    #[serde(default)]
    limits: LimitWish,
    /// The call, masked and pressed.
    blob: Digest,
}

/// What came of making a capsule's call again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The plugin and its version as it names itself.
    pub plugin: String,
    /// What came of it then.
    pub then: CapsuleOutcome,
    /// What came of it now.
    pub now: CapsuleOutcome,
    /// True if it ended the same.
    pub same: bool,
    /// What was masked in it.
    pub masked: Vec<String>,
    /// Lines that the plugin logged, as far as it was answered.
    pub log: Vec<String>,
}

/// A call that is to be kept: whose, and what it might use.
pub(super) struct Kept<'a> {
    pub(super) home: &'a TenantSlug,
    pub(super) plugin: &'a PluginName,
    pub(super) version: Digest,
    pub(super) limits: LimitWish,
}

impl Kernel {
    /// Keeps a failing call, masked, unless the same version failed for the same cause a moment ago.
    pub(super) fn keep_capsule(
        &self,
        of: &Kept<'_>,
        call: &[u8],
        cause: &str,
        text: Text,
    ) -> Result<()> {
        let now = self.now();
        let lately = self.kept_capsules(of.home, of.plugin)?.iter().any(|(_, one)| {
            let same = matches!(&one.outcome, CapsuleOutcome::Failed { cause: known, .. } if known == cause);
            same && one.version == of.version && now.as_second() - one.at.as_second() < 60
        });
        if lately {
            return Ok(());
        }
        let outcome = CapsuleOutcome::Failed { cause: cause.to_owned(), text };
        let kernel = Caller::kernel(self.city.clone());
        self.fill_capsule(&kernel, of, call, Some(outcome)).map(drop)
    }

    /// Keeps the call that a scorer was asked in a score run, masked: a sample for its author.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such run, or the scorer was not asked in it.
    pub fn sample_capsule(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        run: ScoreRunId,
    ) -> Result<KeptCapsule> {
        caller.may(Action::ManagePlugins, tenant)?;
        let (version, call) = self.asked_in(tenant, run, name)?;
        let limits = self.granted_of(tenant, name, &version)?.limits;
        let of = Kept { home: tenant, plugin: name, version, limits };
        self.fill_capsule(caller, &of, call.as_bytes(), None)
    }

    /// Masks a call, makes it once more to see whether it ends the same, and keeps it. Without an
    /// outcome it is whatever the unmasked call comes to.
    fn fill_capsule(
        &self,
        caller: &Caller,
        of: &Kept<'_>,
        call: &[u8],
        outcome: Option<CapsuleOutcome>,
    ) -> Result<KeptCapsule> {
        let Kept { home, plugin, version, limits } = *of;
        let mut call: PluginCall<'static> = serde_json::from_slice(call)
            .map_err(|error| Error::Damaged(format!("a recorded call: {error}")))?;
        let component = self.component_of(&version)?.within(limits);
        let outcome = outcome.unwrap_or_else(|| outcome_of(&component, &call).0);
        let masked = mask(&mut call);
        let again = outcome_of(&component, &call).0;
        let blob = self.parts.store.put_blob(&press(&call)?)?;
        let now = self.now();
        let capsule = KeptCapsule {
            id: CapsuleId::from_parts(now, self.chance()?),
            at: now,
            plugin: plugin.clone(),
            version,
            reproduces: same(&outcome, &again),
            outcome,
            masked,
            limits,
            blob,
        };
        let kept = self.kept_capsules(home, plugin)?;
        let subject = format!("{plugin}/{}", capsule.id);
        let mut draft = Draft::new(self.audit(caller, home, "plugin.capsule", subject));
        for (key, _) in kept.iter().take((kept.len() + 1).saturating_sub(CAPSULES_MAX)) {
            draft.delete(key.clone(), Expect::Any);
        }
        draft.put(keys::capsule(plugin, &capsule.id), &capsule, Expect::Absent)?;
        self.commit(home, draft)?;
        Ok(capsule)
    }

    fn kept_capsules(
        &self,
        home: &TenantSlug,
        plugin: &PluginName,
    ) -> Result<Vec<(Key, KeptCapsule)>> {
        let prefix = format!("capsule/{plugin}/");
        self.snapshot()?.list(home, &prefix, None, CAPSULES_MAX * 2)
    }

    /// The failing and sampled calls that are kept of a plugin, the oldest first. What a plugin said of a failure
    /// may quote what it was given, so they are for whoever manages it.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see it.
    pub fn capsules(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
    ) -> Result<Vec<KeptCapsule>> {
        caller.may(Action::ManagePlugins, tenant)?;
        Ok(self.kept_capsules(tenant, name)?.into_iter().map(|(_, capsule)| capsule).collect())
    }

    /// A capsule as the file that its author gets. It holds records as the plugin saw them, so
    /// whoever manages the plugin decides to hand it out.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that id.
    pub fn capsule(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        name: &PluginName,
        id: CapsuleId,
    ) -> Result<Vec<u8>> {
        caller.may(Action::ManagePlugins, tenant)?;
        let key = keys::capsule(name, &id);
        let kept = self.snapshot()?.need::<KeptCapsule>(tenant, &key, "capsule", id)?.value;
        let blob = |digest: &Digest| {
            self.parts
                .store
                .get_blob(digest)?
                .ok_or_else(|| Error::Damaged(format!("blob {digest} of capsule {id} is missing")))
        };
        press(&Capsule {
            taihu_capsule: CAPSULE_FORMAT,
            at: kept.at,
            plugin: kept.plugin,
            version: kept.version,
            outcome: kept.outcome,
            masked: kept.masked,
            reproduces: kept.reproduces,
            limits: kept.limits,
            call: unpress(&blob(&kept.blob)?)?,
            component: blob(&kept.version)?,
        })
    }
}

/// Makes a capsule's call again, on any machine and without a store.
///
/// # Errors
/// [`Error::Invalid`] if it is no capsule, [`Error::Refused`] if its component is not admitted here.
pub fn replay_capsule(file: &[u8]) -> Result<Replayed> {
    let capsule: Capsule = unpress(file)?;
    if capsule.taihu_capsule != CAPSULE_FORMAT {
        return Err(Error::invalid(
            "taihu_capsule",
            format!("胶囊格式为{}，本程序只认识{CAPSULE_FORMAT}", capsule.taihu_capsule),
            format!(
                "the capsule has form {}, this program knows {CAPSULE_FORMAT}",
                capsule.taihu_capsule
            ),
        ));
    }
    let found = Digest::of(&capsule.component);
    if found != capsule.version {
        return Err(Error::invalid(
            "component",
            format!("胶囊内的插件摘要是{found}，应为{}", capsule.version),
            format!("the component in it has digest {found}, not {}", capsule.version),
        ));
    }
    let seal_key = random_bytes().map_err(|error| Error::Unavailable(error.to_string()))?;
    let options = SandboxOptions { seal_key, pooling: false, compiler: Compiler::InProcess };
    let sandbox = Sandbox::new(options).map_err(|error| Error::Unavailable(error.to_string()))?;
    let admission = sandbox.admit(&capsule.component)?;
    let sealed = sandbox.compile(&admission, &capsule.component)?;
    let component = sandbox.load(&admission, &sealed)?.within(capsule.limits);
    let (now, log) = outcome_of(&component, &capsule.call);
    Ok(Replayed {
        plugin: component.name().to_owned(),
        same: same(&capsule.outcome, &now),
        then: capsule.outcome,
        now,
        masked: capsule.masked,
        log,
    })
}

fn outcome_of(component: &Component, call: &PluginCall<'_>) -> (CapsuleOutcome, Vec<String>) {
    let (outcome, usage) = match component.replay(call) {
        Ok(answer) => (CapsuleOutcome::Answered { answer: answer.value.digest() }, answer.usage),
        Err(error) => {
            let text = Text::new(error.zh(), error.to_string());
            let cause = error.cause.code().to_owned();
            (CapsuleOutcome::Failed { cause, text }, *error.usage)
        }
    };
    let log = usage.log.into_iter().map(|line| format!("{}: {}", line.level, line.text)).collect();
    (outcome, log)
}

/// Two outcomes are the same if the answers are, or the causes: how long it took is the machine's.
fn same(a: &CapsuleOutcome, b: &CapsuleOutcome) -> bool {
    match (a, b) {
        (CapsuleOutcome::Failed { cause: a, .. }, CapsuleOutcome::Failed { cause: b, .. }) => {
            a == b
        }
        (a, b) => a == b,
    }
}
