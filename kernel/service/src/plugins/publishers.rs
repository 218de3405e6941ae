//! Publishers: whose keys sign plugins, and what is done when one of them is no longer good.

use taihu_model::{
    Digest, Installation, InstallationState, KeyId, Plugin, PluginName, Publisher, Revoked, Signed,
    TenantSlug,
};
use taihu_store::Expect;

use crate::achievements::check_reason;
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::PUBLISHER_NAME_CHARS_MAX;
use crate::signatures::{self, SignatureFault, Verified};

/// What became of a key and of what it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedPublisher {
    /// The key, revoked.
    pub publisher: Publisher,
    /// Installations that were quarantined now.
    pub quarantined: Vec<(TenantSlug, PluginName)>,
    /// Installations of versions that it signed, which go on.
    pub going_on: Vec<(TenantSlug, PluginName)>,
}

/// A signature that was found good, and who answers for it.
pub(super) struct Vouched {
    verified: Verified,
    publisher: Publisher,
    signature: String,
}

impl Vouched {
    pub(super) fn tenant(&self) -> &TenantSlug {
        &self.publisher.tenant
    }

    pub(super) fn verified(&self) -> &Verified {
        &self.verified
    }

    pub(super) fn signed(&self) -> Signed {
        Signed {
            key: self.verified.key,
            publisher: self.publisher.tenant.clone(),
            comment: self.verified.comment.clone(),
            signature: self.signature.clone(),
        }
    }
}

impl Kernel {
    /// Adds a key that may sign plugins, and the tenant that answers for it. Adding it again
    /// changes nothing.
    ///
    /// `public_key` is the text of minisign's `.pub` file, or its second line.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the key is there for another tenant, or was revoked.
    pub fn add_publisher(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        public_key: &str,
        name: &str,
    ) -> Result<Publisher> {
        caller.may(Action::AddPublisher, &self.city)?;
        self.tenant(tenant)?;
        let (key, public_key) = signatures::read_public(public_key)?;
        let name = name.trim();
        if !(1..=PUBLISHER_NAME_CHARS_MAX).contains(&name.chars().count()) {
            return Err(Error::invalid(
                "name",
                format!("请填写1至{PUBLISHER_NAME_CHARS_MAX}字的名称"),
                format!("a name has 1 to {PUBLISHER_NAME_CHARS_MAX} characters"),
            ));
        }
        if let Some(known) =
            self.snapshot()?.get::<Publisher>(&self.city, &keys::publisher(&key))?
        {
            return known_publisher(known.value, tenant, &public_key);
        }
        let publisher = Publisher {
            key,
            tenant: tenant.clone(),
            public_key,
            name: name.to_owned(),
            added: self.now(),
            by: caller.actor.clone(),
            revoked: None,
        };
        let mut draft = Draft::new(self.audit(caller, tenant, "publisher.add", key));
        draft.put(keys::publisher(&key), &publisher, Expect::Absent)?;
        self.commit(&self.city, draft)?;
        Ok(publisher)
    }

    /// Every key there is or was, by identifier.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see them.
    pub fn publishers(&self, caller: &Caller) -> Result<Vec<Publisher>> {
        caller.may(Action::ReadPlugins, &self.city)?;
        let found = self.snapshot()?.list(&self.city, "publisher/", None, 10_000)?;
        Ok(found.into_iter().map(|(_, publisher)| publisher).collect())
    }

    /// Revokes a key for ever: nothing that it signed is installed, or comes into service, from now
    /// on. What serves goes on, unless it is to be quarantined too: then wherever the caller may
    /// manage plugins. The answer names both.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such key, [`Error::Invalid`] without a reason.
    pub fn revoke_publisher(
        &self,
        caller: &Caller,
        key: KeyId,
        reason: &str,
        quarantine: bool,
    ) -> Result<RevokedPublisher> {
        let at = keys::publisher(&key);
        let stored = self.snapshot()?.need::<Publisher>(&self.city, &at, "publisher", key)?;
        let mut publisher = stored.value;
        caller.may(Action::RevokePublisher, &publisher.tenant)?;
        check_reason(reason)?;
        if reason.trim().is_empty() {
            return Err(Error::invalid("reason", "请填写理由", "state a reason"));
        }
        if publisher.revoked.is_none() {
            publisher.revoked = Some(Revoked {
                at: self.now(),
                by: caller.actor.clone(),
                reason: reason.trim().to_owned(),
            });
            let mut draft =
                Draft::new(self.audit(caller, &publisher.tenant, "publisher.revoke", key));
            draft.reason(reason);
            draft.put(at, &publisher, Expect::Rev(stored.rev))?;
            self.commit(&self.city, draft)?;
        }
        let (mut quarantined, mut going_on) = (Vec::new(), Vec::new());
        for installation in self.signed_by(key)? {
            let (tenant, name) = (installation.tenant, installation.plugin);
            let may = caller.may(Action::ManagePlugins, &tenant).is_ok();
            let is_out = installation.state == InstallationState::Quarantined;
            if is_out {
                continue;
            }
            if quarantine && may {
                let reason = format!("签名密钥 {key} 已吊销：{}", reason.trim());
                self.quarantine(caller, &tenant, &name, &reason)?;
                quarantined.push((tenant, name));
            } else {
                going_on.push((tenant, name));
            }
        }
        Ok(RevokedPublisher { publisher, quarantined, going_on })
    }

    /// Installations that are not removed and hold a version that a key signed: the one that
    /// serves, or the one on trial.
    fn signed_by(&self, key: KeyId) -> Result<Vec<Installation>> {
        let view = self.snapshot()?;
        let versions: Vec<Digest> = view
            .list::<Plugin>(&self.city, "plugin/", None, 10_000)?
            .into_iter()
            .filter(|(_, plugin)| plugin.signed.as_ref().is_some_and(|signed| signed.key == key))
            .map(|(_, plugin)| plugin.digest)
            .collect();
        let mut found = Vec::new();
        for tenant in self.tenants()? {
            for (_, one) in view.list::<Installation>(&tenant.slug, "installation/", None, 1_000)? {
                let on_trial = one.trial.as_ref().map(|trial| trial.digest);
                let held = versions.contains(&one.digest)
                    || on_trial.is_some_and(|version| versions.contains(&version));
                if held && one.state != InstallationState::Removed {
                    found.push(one);
                }
            }
        }
        Ok(found)
    }

    /// Finds out who answers for a file: its signature holds, and its key is known and good. Reads
    /// nothing of the file but its bytes. Nothing comes back for an unsigned one where those are let
    /// in for development.
    pub(super) fn vouch(&self, file: &[u8], signature: Option<&str>) -> Result<Option<Vouched>> {
        let Some(signature) = signature else {
            if self.parts.allow_unsigned {
                tracing::warn!(
                    "an unsigned plugin is let in: unsigned plugins are allowed, which is for development only"
                );
                return Ok(None);
            }
            return Err(SignatureFault::Missing.into());
        };
        let key = signatures::key_of(signature)?;
        let publisher = self.good_publisher(key)?;
        let verified = signatures::verify(file, signature, &publisher.public_key)?;
        Ok(Some(Vouched { verified, publisher, signature: signature.to_owned() }))
    }

    fn good_publisher(&self, key: KeyId) -> Result<Publisher> {
        let known = self.snapshot()?.get::<Publisher>(&self.city, &keys::publisher(&key))?;
        let publisher = known.ok_or(SignatureFault::UnknownKey { key })?.value;
        match publisher.revoked {
            Some(revoked) => Err(SignatureFault::RevokedKey { key, reason: revoked.reason }.into()),
            None => Ok(publisher),
        }
    }

    /// Makes sure that the key of a version is still good.
    pub(super) fn require_good_key(&self, plugin: &Plugin) -> Result<()> {
        match &plugin.signed {
            Some(signed) => self.good_publisher(signed.key).map(drop),
            None if self.parts.allow_unsigned => Ok(()),
            None => Err(SignatureFault::Missing.into()),
        }
    }

    /// Says whether unsigned plugins are let in: for development only.
    #[must_use]
    pub fn allows_unsigned(&self) -> bool {
        self.parts.allow_unsigned
    }
}

fn known_publisher(known: Publisher, tenant: &TenantSlug, public_key: &str) -> Result<Publisher> {
    let key = known.key;
    if known.public_key != public_key {
        return Err(Error::conflict(
            format!("已有另一把编号同为 {key} 的密钥；请重新生成密钥"),
            format!("there is another key of id {key}; make a new key"),
        ));
    }
    if known.revoked.is_some() {
        return Err(Error::conflict(
            format!("密钥 {key} 已吊销，不能再登记；请使用新密钥"),
            format!("key {key} was revoked and never becomes good again; use another key"),
        ));
    }
    if known.tenant != *tenant {
        return Err(Error::conflict(
            format!("密钥 {key} 已登记在主体“{}”名下", known.tenant),
            format!("key {key} belongs to tenant {}", known.tenant),
        ));
    }
    Ok(known)
}
