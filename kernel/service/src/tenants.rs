//! Tenants: whose ground there is.

use taihu_model::{Tenant, TenantSlug};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;

impl Kernel {
    /// Adds a tenant under another.
    ///
    /// # Errors
    /// [`Error::Conflict`] if there is one of that slug, [`Error::NotFound`] if there is no parent.
    pub fn add_tenant(&self, caller: &Caller, tenant: Tenant) -> Result<Tenant> {
        caller.may(Action::ManageTenants, &self.city)?;
        if tenant.name.trim().is_empty() {
            return Err(Error::invalid("name", "请填写主体名称", "a tenant has a name"));
        }
        let parent = tenant.parent.clone().unwrap_or_else(|| self.city.clone());
        self.tenant(&parent)?;
        let tenant = Tenant { parent: Some(parent), ..tenant };
        let mut draft = Draft::new(self.audit(caller, &self.city, "tenant.add", &tenant.slug));
        let key = keys::tenant(&tenant.slug);
        if self.snapshot()?.exists(&self.city, &key)? {
            return Err(Error::conflict(
                format!("主体“{}”已存在", tenant.slug),
                format!("there is a tenant {} already", tenant.slug),
            ));
        }
        draft.put(key, &tenant, Expect::Absent)?;
        self.commit(&self.city, draft)?;
        Ok(tenant)
    }

    /// Every tenant, by slug.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn tenants(&self) -> Result<Vec<Tenant>> {
        let found = self.snapshot()?.list(&self.city, "tenant/", None, 10_000)?;
        Ok(found.into_iter().map(|(_, tenant)| tenant).collect())
    }

    /// One tenant.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that slug.
    pub fn tenant(&self, slug: &TenantSlug) -> Result<Tenant> {
        Ok(self.snapshot()?.need(&self.city, &keys::tenant(slug), "tenant", slug)?.value)
    }

    pub(crate) fn seed_tenants(&self) -> Result<()> {
        if self.snapshot()?.exists(&self.city, &keys::tenant(&self.city))? {
            return Ok(());
        }
        let kernel = Caller::console(self.city.clone());
        let mut draft = Draft::new(self.audit(&kernel, &self.city, "tenant.seed", "huzhou"));
        for (slug, name, code) in Tenant::HUZHOU {
            let slug: TenantSlug =
                slug.parse().map_err(|error| Error::Damaged(format!("{error}")))?;
            let parent = (slug != self.city).then(|| self.city.clone());
            let division_code = code.map(ToOwned::to_owned);
            let tenant = Tenant { slug, name: (*name).to_owned(), parent, division_code };
            draft.put(keys::tenant(&tenant.slug), &tenant, Expect::Absent)?;
        }
        self.commit(&self.city, draft)?;
        Ok(())
    }
}
