//! Export: everything that a list shows, for a table.

use taihu_model::{Achievement, Need, TenantSlug};

use crate::authority::Caller;
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::limits::{EXPORT_ROWS_MAX, PAGE_MAX};
use crate::search::Searched;

impl Kernel {
    /// Every achievement that a search finds, in its order, without contacts: what the caller may see,
    /// as [`search`](Self::search) says.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are more than [`EXPORT_ROWS_MAX`]; nothing is left out.
    pub fn export_achievements(
        &self,
        caller: &Caller,
        asked: &Searched,
    ) -> Result<Vec<Achievement>> {
        let mut asked = Searched { limit: PAGE_MAX, facets: false, ..asked.clone() };
        let mut all = Vec::new();
        loop {
            let page = self.search(caller, &asked)?;
            if page.total > EXPORT_ROWS_MAX as u64 {
                return Err(too_many(page.total));
            }
            all.extend(page.found.into_iter().map(|found| {
                let mut record = found.achievement;
                record.facts.contact.clear();
                record
            }));
            match page.next {
                Some(next) if all.len() < EXPORT_ROWS_MAX => asked.after = Some(next),
                _ => return Ok(all),
            }
        }
    }

    /// Every need of a tenant that the caller may see.
    ///
    /// # Errors
    /// As [`needs`](Self::needs); [`Error::Invalid`] if there are more than [`EXPORT_ROWS_MAX`].
    pub fn export_needs(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Vec<Need>> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (page, next) = self.needs(caller, tenant, after, PAGE_MAX)?;
            all.extend(page);
            if all.len() > EXPORT_ROWS_MAX {
                return Err(too_many(all.len() as u64));
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }
}

fn too_many(count: u64) -> Error {
    Error::invalid(
        "q",
        format!("共{count}项，一次最多导出{EXPORT_ROWS_MAX}项，请用筛选项缩小范围"),
        format!("there are {count}; an export has at most {EXPORT_ROWS_MAX}, so narrow the list"),
    )
}
