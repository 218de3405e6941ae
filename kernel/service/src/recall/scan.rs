//! Looking through all source records for what a version of a connector said.

use std::collections::{BTreeMap, BTreeSet};

use taihu_model::{Digest, Source, SourceRecord, SourceSlug, TenantSlug, merge_keys};
use taihu_store::Key;

use super::tied::{Claims, short};
use super::words::has_word_of;
use crate::error::Result;
use crate::kernel::{Kernel, View};
use crate::limits::PAGE_MAX;

/// What was found.
pub(super) struct Scan {
    /// Every source.
    pub(super) sources: BTreeMap<SourceSlug, Source>,
    /// Records that a version said something of, among the sources that are looked at.
    pub(super) spoken: BTreeSet<Key>,
    /// Who ever claimed which merge key.
    pub(super) claims: Claims,
}

impl Scan {
    /// Looks through every record of every source, for what a version said on a tenant's ground; on
    /// the city's, everywhere.
    pub(super) fn of(
        kernel: &Kernel,
        view: &View,
        version: &Digest,
        tenant: &TenantSlug,
    ) -> Result<Self> {
        let sources = view.list::<Source>(&kernel.city, "source/", None, 10_000)?;
        let sources: BTreeMap<_, _> =
            sources.into_iter().map(|(_, source)| (source.slug.clone(), source)).collect();
        let mut scan = Self { sources, spoken: BTreeSet::new(), claims: Claims::new() };
        for prefix in ["record/", "earlier/"] {
            let mut after: Option<Key> = None;
            loop {
                let page =
                    view.list::<SourceRecord>(&kernel.city, prefix, after.as_ref(), PAGE_MAX)?;
                let Some((last, _)) = page.last() else { break };
                after = Some(last.clone());
                for (key, word) in page {
                    scan.word(kernel, record_of(key), &word, version, tenant);
                }
            }
        }
        Ok(scan)
    }

    fn word(
        &mut self,
        kernel: &Kernel,
        record: Key,
        word: &SourceRecord,
        version: &Digest,
        tenant: &TenantSlug,
    ) {
        for key in word.facts.iter().flat_map(merge_keys) {
            let claims = self.claims.entry(short(&key)).or_default();
            if claims.last() != Some(&record) {
                claims.push(record.clone());
            }
        }
        if self.is_of(kernel, &word.source, tenant) && has_word_of(word, version) {
            self.spoken.insert(record);
        }
    }

    /// Says whether a source is on a tenant's ground, or anywhere if that is the city's.
    pub(super) fn is_of(&self, kernel: &Kernel, source: &SourceSlug, tenant: &TenantSlug) -> bool {
        *tenant == kernel.city
            || self.sources.get(source).is_some_and(|source| source.tenant == *tenant)
    }
}

/// The key of the record that a word is of: `earlier/<record>/<number>` or the record's own.
fn record_of(key: Key) -> Key {
    match key.0.strip_prefix("earlier/").and_then(|rest| rest.rsplit_once('/')) {
        Some((record, _)) => Key(record.to_owned()),
        None => key,
    }
}
