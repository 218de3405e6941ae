//! The audit: reading a space's log, and verifying its chain.

use taihu_model::TenantSlug;
use taihu_store::{LogEntry, Seq};

use crate::authority::{Action, Caller};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::limits::PAGE_MAX;

impl Kernel {
    /// Entries of a tenant's log after a number, in order, at most a page.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] for who may not read it; [`crate::Error::Damaged`] naming a broken entry.
    pub fn log(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<LogEntry>> {
        caller.may(Action::Audit, tenant)?;
        Ok(self.parts.store.log(tenant, after, limit.clamp(1, PAGE_MAX))?)
    }

    /// Verifies the whole chain of a tenant's log and answers how many entries it has.
    ///
    /// # Errors
    /// [`crate::Error::Damaged`] naming the first bad entry.
    pub fn verify_log(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Seq> {
        caller.may(Action::Audit, tenant)?;
        Ok(self.parts.store.verify(tenant)?)
    }
}
