//! Runs, to be looked at: one, the newest, and what one did not admit.

use taihu_model::{Run, RunId, TenantSlug, Timestamp};

use super::Rejection;
use crate::authority::{Action, Caller};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::PAGE_MAX;

/// Runs that are read at once.
const RUNS_READ: usize = 500;

impl Kernel {
    /// One run.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] if there is none of that id, or it is not the caller's to see.
    pub fn run(&self, caller: &Caller, id: RunId) -> Result<Run> {
        let run = self.snapshot()?.need::<Run>(&self.city, &keys::run(&id), "run", id)?.value;
        let source = self.source(&run.source)?;
        caller.may(Action::Import, &source.tenant)?;
        Ok(run)
    }

    /// Runs, the newest first, at most a page.
    ///
    /// # Errors
    /// [`crate::Error::Denied`] for who may not see them.
    pub fn runs(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Vec<Run>> {
        caller.may(Action::Import, tenant)?;
        let sources: Vec<_> =
            self.sources(caller, tenant)?.into_iter().map(|source| source.slug).collect();
        let now = self.now().as_millisecond();
        for days in [30, 365, i64::from(u16::MAX)] {
            let since = Timestamp::from_millisecond(now - days * 86_400_000).unwrap_or_default();
            let mut found = self.runs_since(since, &|run| sources.contains(&run.source))?;
            if found.len() >= PAGE_MAX || since <= Timestamp::UNIX_EPOCH {
                found.truncate(PAGE_MAX);
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// The runs that were started since an instant, the newest first.
    pub(crate) fn runs_since(
        &self,
        since: Timestamp,
        wanted: &dyn Fn(&Run) -> bool,
    ) -> Result<Vec<Run>> {
        let view = self.snapshot()?;
        let mut after = Some(keys::run(&RunId::from_parts(since, 0)));
        let mut found = Vec::new();
        loop {
            let page = view.list::<Run>(&self.city, "run/", after.as_ref(), RUNS_READ)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            found.extend(page.into_iter().map(|(_, run)| run).filter(wanted));
        }
        found.reverse();
        Ok(found)
    }

    /// What a run did not admit, a page of it, and what to ask for the next page with.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] if there is no such run.
    pub fn rejections(
        &self,
        caller: &Caller,
        id: RunId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Rejection>, Option<String>)> {
        self.run(caller, id)?;
        let prefix = format!("rejection/{id}/");
        let after = after.map(|after| taihu_store::Key(format!("{prefix}{after}")));
        let limit = limit.clamp(1, PAGE_MAX);
        let found =
            self.snapshot()?.list::<Rejection>(&self.city, &prefix, after.as_ref(), limit)?;
        let next = (found.len() == limit)
            .then(|| {
                found.last().and_then(|(key, _)| key.0.strip_prefix(&prefix).map(ToOwned::to_owned))
            })
            .flatten();
        Ok((found.into_iter().map(|(_, rejection)| rejection).collect(), next))
    }
}
