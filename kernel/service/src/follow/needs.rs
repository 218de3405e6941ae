//! Following the needs: every tenant's, in one index. It says where a need stands, never what it says:
//! whoever finds one reads the record, and whether they may is decided there.

use std::collections::BTreeSet;

use taihu_index::{Cursors, Document, Filter, Labels, Update};
use taihu_model::{Need, NeedId, TenantSlug};
use taihu_store::Seq;

use crate::error::Result;
use crate::kernel::{Kernel, View};
use crate::keys;
use crate::limits::{FOLLOW_BATCH, NEEDS_REREAD_ENTRIES, PAGE_MAX};

/// Where a need stands: what its document is called in the index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NeedPlace {
    pub(crate) tenant: TenantSlug,
    pub(crate) id: NeedId,
}

impl NeedPlace {
    pub(crate) fn of(need: &Need) -> Self {
        Self { tenant: need.tenant.clone(), id: need.id }
    }

    /// The name of its document: by time, as identifiers sort.
    pub(crate) fn name(&self) -> String {
        format!("{}@{}", self.id, self.tenant)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (id, tenant) = name.split_once('@')?;
        Some(Self { tenant: tenant.parse().ok()?, id: id.parse().ok()? })
    }
}

impl Kernel {
    /// Brings the index of needs up to every tenant's log.
    pub(crate) fn catch_up_needs(&self) -> Result<()> {
        let _one_at_a_time = self.lock(&self.following_needs);
        for tenant in self.parts.store.spaces()? {
            self.catch_up_needs_of(&tenant)?;
        }
        Ok(())
    }

    fn catch_up_needs_of(&self, tenant: &TenantSlug) -> Result<()> {
        let view = self.snapshot()?;
        let head = view.0.head(tenant)?;
        let cursor = self.needs.cursors().get(tenant.as_str()).copied().unwrap_or(0);
        if cursor > head {
            tracing::warn!(%tenant, cursor, head, "the index of needs is of another store; rebuilding it");
            self.forget_needs_of(tenant);
        }
        if cursor == head {
            return Ok(());
        }
        // Needs are few and logs are long: from far behind, reading the needs is the shorter way.
        if cursor == 0 || cursor > head || head - cursor > NEEDS_REREAD_ENTRIES {
            return self.reread_needs_of(tenant, &view, head);
        }
        let mut at = cursor;
        while at < head {
            let entries = self.parts.store.log(tenant, at, FOLLOW_BATCH)?;
            let Some(last) = entries.last().map(|entry| entry.seq) else { break };
            let touched: BTreeSet<NeedId> = entries
                .iter()
                .flat_map(|entry| &entry.changes)
                .filter_map(|change| change.key.0.strip_prefix("need/")?.parse().ok())
                .collect();
            let view = self.snapshot()?;
            let mut updates = Vec::with_capacity(touched.len());
            for id in touched {
                let place = NeedPlace { tenant: tenant.clone(), id };
                updates.push(match view.get::<Need>(tenant, &keys::need(&id))? {
                    Some(stored) => Update::Put(document(&stored.value)),
                    None => Update::Remove(place.name()),
                });
            }
            at = last;
            self.needs.apply(updates, &Cursors::from([(tenant.to_string(), at)]));
        }
        Ok(())
    }

    fn reread_needs_of(&self, tenant: &TenantSlug, view: &View, head: Seq) -> Result<()> {
        let mut after = None;
        loop {
            let page = view.list::<Need>(tenant, "need/", after.as_ref(), PAGE_MAX)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            let updates = page.iter().map(|(_, need)| Update::Put(document(need))).collect();
            self.needs.apply(updates, &Cursors::new());
        }
        self.needs.apply(Vec::new(), &Cursors::from([(tenant.to_string(), head)]));
        Ok(())
    }

    fn forget_needs_of(&self, tenant: &TenantSlug) {
        let filter = Filter { tenants: vec![tenant.to_string()], ..Filter::default() };
        loop {
            let some = self.needs.find("", &filter, 0, PAGE_MAX);
            if some.hits.is_empty() {
                break;
            }
            let updates = some.hits.into_iter().map(|hit| Update::Remove(hit.id)).collect();
            self.needs.apply(updates, &Cursors::new());
        }
    }
}

/// What the index keeps of a need: what a search for its answers goes by.
fn document(need: &Need) -> Document {
    Document {
        id: NeedPlace::of(need).name(),
        text: need.facts.query_text(),
        labels: Labels {
            state: need.state.as_str().to_owned(),
            tenant: need.tenant.to_string(),
            ..Labels::default()
        },
        ..Document::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_name_that_says_where_it_is() {
        let name = "need_01JSG0Z3M8QK5T7V9XA1B2C3D4@changxing";
        assert_eq!(NeedPlace::parse(name).unwrap().name(), name);
        assert_eq!(NeedPlace::parse("need_01JSG0Z3M8QK5T7V9XA1B2C3D4"), None);
        assert_eq!(NeedPlace::parse("need_1@changxing"), None);
    }
}
