//! Tokens: 256 random bits, of which only the hash is kept.

mod known;

use taihu_model::{Digest, PrincipalId, TenantSlug};
use taihu_store::Expect;

use crate::authority::{Action, Caller, Principal, Role};
use crate::clock::random_bytes;
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;

pub(crate) use known::Known;

/// What every token begins with, so that leaked ones can be searched for.
const TOKEN_PREFIX: &str = "taihu_";

impl Kernel {
    /// Issues a token. It is shown once, here, and cannot be shown again.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such tenant.
    pub fn issue_token(
        &self,
        caller: &Caller,
        name: &str,
        role: Role,
        tenant: &TenantSlug,
    ) -> Result<(Principal, String)> {
        caller.may(Action::ManageTokens, tenant)?;
        if name.trim().is_empty() || name.chars().count() > 100 {
            return Err(Error::invalid(
                "name",
                "请填写1至100字的名称",
                "a name has 1 to 100 characters",
            ));
        }
        if matches!(role, Role::Public) || (role == Role::City && *tenant != self.city) {
            return Err(Error::invalid(
                "role",
                format!("角色“{}”不能用于主体“{tenant}”", role.zh()),
                format!("role {} cannot be given on tenant {tenant}", role.as_str()),
            ));
        }
        self.tenant(tenant)?;
        let token = new_token()?;
        let principal = self.keep_token(caller, name, role, tenant, &token)?;
        Ok((principal, token))
    }

    /// Makes a token good. Whoever has it already must have it safe: it cannot be shown again.
    pub(crate) fn keep_token(
        &self,
        caller: &Caller,
        name: &str,
        role: Role,
        tenant: &TenantSlug,
        token: &str,
    ) -> Result<Principal> {
        let principal = Principal {
            id: PrincipalId::from_parts(self.now(), self.chance()?),
            name: name.trim().to_owned(),
            role,
            tenant: tenant.clone(),
            created: self.now(),
            revoked: None,
        };
        let mut draft = Draft::new(self.audit(caller, tenant, "token.issue", principal.id));
        draft.put(keys::principal(&Digest::of(token.as_bytes())), &principal, Expect::Absent)?;
        self.commit(&self.city, draft)?;
        Ok(principal)
    }

    /// Says who holds a token.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if nobody does.
    pub fn authenticate(&self, token: &str) -> Result<Caller> {
        // The hash is looked up, so neither the comparison's time nor the store tells of a token.
        let hash = Digest::of(token.as_bytes());
        let key = keys::principal(&hash);
        let age = self.lock(&self.known).age();
        let stored = self.snapshot()?.get::<Principal>(&self.city, &key)?;
        match stored.map(|stored| stored.value) {
            Some(principal) if principal.revoked.is_none() => {
                let caller = Caller {
                    actor: principal.id.to_string(),
                    role: principal.role,
                    tenant: principal.tenant,
                };
                self.lock(&self.known).note(hash, caller.clone(), age);
                Ok(caller)
            }
            _ => Err(Error::Unauthenticated),
        }
    }

    /// Who holds a token, if it was asked for before: takes a microsecond and never waits for the store.
    /// Whoever is not known must be asked for by [`Kernel::authenticate`].
    #[must_use]
    pub fn known_caller(&self, token: &str) -> Option<Caller> {
        self.lock(&self.known).find(&Digest::of(token.as_bytes()))
    }

    /// Everybody who ever held a token.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see them.
    pub fn principals(&self, caller: &Caller) -> Result<Vec<Principal>> {
        caller.may(Action::ManageTokens, &self.city)?;
        let found = self.snapshot()?.list(&self.city, "principal/", None, 10_000)?;
        Ok(found.into_iter().map(|(_, principal)| principal).collect())
    }

    /// Revokes a principal's token, at once and for ever.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such principal.
    pub fn revoke_token(&self, caller: &Caller, id: PrincipalId) -> Result<Principal> {
        caller.may(Action::ManageTokens, &self.city)?;
        let view = self.snapshot()?;
        let found = view.list::<Principal>(&self.city, "principal/", None, 10_000)?;
        let (key, mut principal) = found
            .into_iter()
            .find(|(_, principal)| principal.id == id)
            .ok_or_else(|| Error::not_found("principal", id))?;
        if principal.revoked.is_none() {
            principal.revoked = Some(self.now());
            let mut draft = Draft::new(self.audit(caller, &principal.tenant, "token.revoke", id));
            draft.put(key, &principal, Expect::Any)?;
            self.commit(&self.city, draft)?;
            self.lock(&self.known).forget();
        }
        Ok(principal)
    }
}

/// A token that nobody holds yet.
pub(crate) fn new_token() -> Result<String> {
    let secret = random_bytes::<32>().map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(format!("{TOKEN_PREFIX}{}", Digest(secret)))
}
