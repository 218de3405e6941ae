//! The kernel: what it is made of, and how verbs read and write records.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::fs::Dir;
use serde::Serialize;
use serde::de::DeserializeOwned;
use taihu_index::Index;
use taihu_model::{AuditEntry, Digest, RunId, TenantSlug, Timestamp};
use taihu_sandbox::{Component, Sandbox};
use taihu_store::{
    BATCH_BYTES_MAX, BATCH_WRITES_MAX, Batch, Expect, Key, Receipt, Rev, Snapshot, Space, Store,
    Write,
};

use crate::authority::Caller;
use crate::care::Care;
use crate::clock::{Clock, random_bytes};
use crate::costs::Costs;
use crate::embedding::{EmbeddingOptions, Embeddings};
use crate::error::{Error, Result};
use crate::follow;
use crate::keys::CITY;
use crate::outbound::{Outbound, Pace};
use crate::pools::Refills;

/// What a kernel is made of: everything it may touch comes in here.
pub struct Parts {
    /// Where records are kept.
    pub store: Arc<dyn Store>,
    /// Who may judge.
    pub sandbox: Sandbox,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The way to the outside.
    pub outbound: Arc<dyn Outbound>,
    /// Compiled code and the snapshot of the index: may be deleted at any time.
    pub cache: Dir,
    /// A drop folder for each source.
    pub drop: Dir,
    /// A folder for each source that has secrets.
    pub secrets: Dir,
    /// True if sources may ask this machine itself: for demonstrations and tests.
    pub loopback: bool,
    /// True if plugins that nobody signed are let in: for development only.
    pub allow_unsigned: bool,
    /// An endpoint that adds what texts mean to the order of candidates, if there is one.
    pub embedding: Option<EmbeddingOptions>,
}

/// The kernel. Verbs are its methods, one file each.
pub struct Kernel {
    pub(crate) parts: Parts,
    /// Achievements of the shared pool.
    pub(crate) index: Index,
    /// Needs of every tenant: who asks sees those that are theirs to see.
    pub(crate) needs: Index,
    pub(crate) city: TenantSlug,
    pub(crate) loaded: Mutex<HashMap<Digest, Component>>,
    /// Who was found to hold a token.
    pub(crate) known: Mutex<crate::tokens::Known>,
    pub(crate) following: Mutex<()>,
    pub(crate) following_needs: Mutex<()>,
    /// How far the city's log has been looked through for achievements to push.
    pub(crate) pushing: Mutex<Option<taihu_store::Seq>>,
    pub(crate) exchange: crate::exchange::Exchange,
    pub(crate) care: Care,
    pub(crate) refills: Refills,
    pub(crate) pace: Arc<Pace>,
    pub(crate) costs: Costs,
    pub(crate) spending: crate::import::Spending,
    pub(crate) embeddings: Option<Embeddings>,
    /// Runs that somebody is driving: a run has one driver at a time.
    pub(crate) driving: Mutex<HashSet<RunId>>,
    /// Files are put into drop folders one at a time.
    pub(crate) dropping: Mutex<()>,
    /// Secrets are kept and deleted one at a time.
    pub(crate) keeping: Mutex<()>,
}

impl Kernel {
    /// Composes a kernel: seeds an empty store with the tenants of Huzhou, compiles what installed
    /// plugins lack, and brings the index up to the log.
    ///
    /// # Errors
    /// If the store cannot be read or written; [`Error::Invalid`] for an embedding endpoint that may
    /// not be asked.
    pub fn new(parts: Parts) -> Result<Self> {
        let city = CITY.parse().map_err(|error| Error::Damaged(format!("{error}")))?;
        let index = follow::load(&parts.cache, follow::SNAPSHOT);
        let needs = follow::load(&parts.cache, follow::NEEDS_SNAPSHOT);
        let pace = Arc::new(Pace::new(Arc::clone(&parts.clock)));
        let embeddings = parts.embedding.clone().map(Embeddings::new).transpose()?;
        let kernel = Self {
            embeddings,
            pace,
            parts,
            index,
            needs,
            city,
            loaded: Mutex::default(),
            known: Mutex::default(),
            following: Mutex::default(),
            following_needs: Mutex::default(),
            pushing: Mutex::default(),
            exchange: crate::exchange::Exchange::default(),
            care: Care::default(),
            refills: Refills::default(),
            spending: crate::import::Spending::default(),
            costs: Costs::default(),
            driving: Mutex::default(),
            dropping: Mutex::default(),
            keeping: Mutex::default(),
        };
        kernel.seed_tenants()?;
        kernel.prepare_plugins()?;
        kernel.catch_up()?;
        Ok(kernel)
    }

    /// The city: the tenant above all, and the space of the shared pool.
    #[must_use]
    pub fn city(&self) -> &TenantSlug {
        &self.city
    }

    /// The store, for what is not a verb: backups, benchmarks.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.parts.store
    }

    /// The index of achievements, for what is not a verb: benchmarks and metrics.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The index of needs, for what is not a verb: what it occupies.
    #[must_use]
    pub fn needs_index(&self) -> &Index {
        &self.needs
    }

    /// This instant, by the kernel's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    pub(crate) fn snapshot(&self) -> Result<View> {
        Ok(View(self.parts.store.snapshot()?))
    }

    /// 80 bits and more of chance for a new identifier.
    pub(crate) fn chance(&self) -> Result<u128> {
        let bytes = random_bytes::<16>().map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(u128::from_be_bytes(bytes))
    }

    /// Begins the audit entry of a change.
    pub(crate) fn audit(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        action: &str,
        subject: impl ToString,
    ) -> AuditEntry {
        AuditEntry {
            at: self.now(),
            actor: caller.actor.clone(),
            tenant: tenant.clone(),
            action: action.to_owned(),
            subject: subject.to_string(),
            reason: String::new(),
            edges: Vec::new(),
        }
    }

    pub(crate) fn commit(&self, space: &Space, draft: Draft) -> Result<Receipt> {
        Ok(self.parts.store.commit(space, draft.0)?)
    }

    pub(crate) fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> std::sync::MutexGuard<'a, T> {
        // What the mutexes guard is replaced whole, never left half changed.
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record and its revision.
#[derive(Debug, Clone)]
pub(crate) struct Stored<T> {
    pub(crate) rev: Rev,
    pub(crate) value: T,
}

/// One moment of the store, read as records.
pub(crate) struct View(pub(crate) Arc<dyn Snapshot>);

impl View {
    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        space: &Space,
        key: &Key,
    ) -> Result<Option<Stored<T>>> {
        let Some(record) = self.0.get(space, key)? else { return Ok(None) };
        Ok(Some(Stored { rev: record.rev, value: decode(key, &record.value)? }))
    }

    /// Reads a record that must be there.
    pub(crate) fn need<T: DeserializeOwned>(
        &self,
        space: &Space,
        key: &Key,
        what: &'static str,
        id: impl ToString,
    ) -> Result<Stored<T>> {
        self.get(space, key)?.ok_or_else(|| Error::not_found(what, id))
    }

    /// Reads the records under a prefix, in the order of their keys.
    pub(crate) fn list<T: DeserializeOwned>(
        &self,
        space: &Space,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, T)>> {
        let found = self.list_stored(space, prefix, after, limit)?;
        Ok(found.into_iter().map(|(key, stored)| (key, stored.value)).collect())
    }

    /// The same, with their revisions.
    pub(crate) fn list_stored<T: DeserializeOwned>(
        &self,
        space: &Space,
        prefix: &str,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, Stored<T>)>> {
        self.0
            .range(space, prefix, after, limit)?
            .into_iter()
            .map(|(key, record)| {
                let value = decode(&key, &record.value)?;
                Ok((key, Stored { rev: record.rev, value }))
            })
            .collect()
    }

    pub(crate) fn exists(&self, space: &Space, key: &Key) -> Result<bool> {
        Ok(self.0.get(space, key)?.is_some())
    }
}

/// Reads a record. That it is text is checked once for all of it: JSON read from bytes checks every
/// string by itself.
fn decode<T: DeserializeOwned>(key: &Key, bytes: &[u8]) -> Result<T> {
    let damaged = |error: &dyn std::fmt::Display| {
        Error::Damaged(format!("record {key} cannot be read: {error}"))
    };
    let text = simdutf8::basic::from_utf8(bytes).map_err(|error| damaged(&error))?;
    serde_json::from_str(text).map_err(|error| damaged(&error))
}

/// A batch being composed.
pub(crate) struct Draft(Batch);

impl Draft {
    pub(crate) fn new(audit: AuditEntry) -> Self {
        Self(Batch { audit, writes: Vec::new(), guards: Vec::new(), idempotency: None })
    }

    pub(crate) fn put<T: Serialize>(&mut self, key: Key, value: &T, expect: Expect) -> Result<()> {
        let bytes = serde_json::to_vec(value)
            .map_err(|error| Error::Damaged(format!("record {key} cannot be written: {error}")))?;
        self.0.writes.push(Write { key, value: Some(bytes), expect });
        Ok(())
    }

    /// Puts bytes that are no JSON.
    pub(crate) fn put_bytes(&mut self, key: Key, bytes: Vec<u8>, expect: Expect) {
        self.0.writes.push(Write { key, value: Some(bytes), expect });
    }

    pub(crate) fn delete(&mut self, key: Key, expect: Expect) {
        self.0.writes.push(Write { key, value: None, expect });
    }

    /// Notes an edge of a state machine that this batch takes.
    pub(crate) fn edge(&mut self, subject: impl ToString, from: &str, to: &str) {
        self.0.audit.edges.push(taihu_model::Edge {
            subject: subject.to_string(),
            from: from.to_owned(),
            to: to.to_owned(),
        });
    }

    pub(crate) fn reason(&mut self, reason: &str) {
        self.0.audit.reason = reason.to_owned();
    }

    /// Has the commit fail if a record that is not written is no longer as it was read.
    pub(crate) fn guard(&mut self, key: Key, expect: Expect) {
        self.0.guards.push((key, expect));
    }

    /// Takes what another batch writes into this one, if it touches nothing that this one does and
    /// both fit together. The first always fits.
    pub(crate) fn join(&mut self, other: Self) -> bool {
        let known: HashSet<&Key> = self.0.writes.iter().map(|write| &write.key).collect();
        let apart = other.0.writes.iter().all(|write| !known.contains(&write.key))
            && other.0.guards.iter().all(|(key, _)| !known.contains(key));
        if !apart {
            return false;
        }
        let (writes, guards, edges) =
            (self.0.writes.len(), self.0.guards.len(), self.0.audit.edges.len());
        self.0.writes.extend(other.0.writes);
        self.0.guards.extend(other.0.guards);
        self.0.audit.edges.extend(other.0.audit.edges);
        if writes == 0 || self.fits() {
            return true;
        }
        self.0.writes.truncate(writes);
        self.0.guards.truncate(guards);
        self.0.audit.edges.truncate(edges);
        false
    }

    pub(crate) fn has(&self, key: &Key) -> bool {
        self.0.writes.iter().rev().any(|write| write.key == *key)
    }

    /// Whether the store takes all of it in one commit.
    pub(crate) fn fits(&self) -> bool {
        let bytes = |write: &Write| write.key.0.len() + write.value.as_ref().map_or(0, Vec::len);
        let writes = &self.0.writes;
        writes.len().max(self.0.guards.len()) <= BATCH_WRITES_MAX
            && writes.iter().map(bytes).sum::<usize>() <= BATCH_BYTES_MAX / 2
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.writes.is_empty()
    }

    pub(crate) fn into_batch(self) -> Batch {
        self.0
    }
}
