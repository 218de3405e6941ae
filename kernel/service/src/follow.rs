//! The follower: keeps the index of achievements up to the city's log, and that of needs up to every
//! tenant's. What it makes can be thrown away.

mod labels;
mod needs;

use std::collections::BTreeSet;
use std::io::{BufReader, BufWriter, Write as _};
use std::sync::TryLockError;

use cap_std::fs::Dir;
use taihu_index::{Cursors, Document, Filter, Index, Update};
use taihu_model::{Achievement, AchievementId, Membership};

use crate::error::{Error, Result};
use crate::kernel::{Kernel, View};
use crate::keys::{self, CITY};
use crate::limits::{FOLLOW_BATCH, PAGE_MAX};

pub(crate) use labels::chains;
pub(crate) use needs::NeedPlace;

/// Snapshot of the index of achievements.
pub(crate) const SNAPSHOT: &str = "index.snapshot";
/// Snapshot of the index of needs.
pub(crate) const NEEDS_SNAPSHOT: &str = "needs.snapshot";

/// Reads an index's snapshot; an empty index if it is missing, damaged or of another format.
pub(crate) fn load(cache: &Dir, name: &str) -> Index {
    let Ok(file) = cache.open(name) else { return Index::new() };
    match Index::read_from(&mut BufReader::new(file)) {
        Ok(index) => index,
        Err(error) => {
            tracing::warn!(%error, "the index's snapshot cannot be used; rebuilding it from the log");
            Index::new()
        }
    }
}

impl Kernel {
    /// Brings the indexes up to the logs, as they stand now. Harmless to repeat; one at a time.
    ///
    /// # Errors
    /// If the store cannot be read; the indexes then stand where they stood.
    pub fn catch_up(&self) -> Result<()> {
        self.catch_up_pool()?;
        self.catch_up_needs()
    }

    fn catch_up_pool(&self) -> Result<()> {
        let _one_at_a_time = self.lock(&self.following);
        let view = self.snapshot()?;
        let head = view.0.head(&self.city)?;
        let mut cursor = self.index.cursors().get(CITY).copied().unwrap_or(0);
        if cursor > head {
            tracing::warn!(
                cursor,
                head,
                "the index is ahead of the log, so it belongs to another store; rebuilding it"
            );
            cursor = 0;
            self.empty_index();
        }
        let far_behind = head - cursor > FOLLOW_BATCH as u64;
        while cursor < head {
            let entries = self.parts.store.log(&self.city, cursor, FOLLOW_BATCH)?;
            let Some(last) = entries.last().map(|entry| entry.seq) else { break };
            let touched: BTreeSet<&str> = entries
                .iter()
                .flat_map(|entry| &entry.changes)
                .filter_map(|change| touched(&change.key.0))
                .collect();
            let view = self.snapshot()?;
            let updates =
                touched.into_iter().map(|id| self.update(&view, id)).collect::<Result<Vec<_>>>()?;
            cursor = last;
            self.index.apply(updates, &Cursors::from([(CITY.to_owned(), cursor)]));
            if far_behind {
                self.tidy_index();
            }
        }
        Ok(())
    }

    /// Merges what has become too many blocks of the indexes, one step of each: part of what is done
    /// while nobody waits. Says whether there was anything to do.
    pub fn tidy_index(&self) -> bool {
        // Both, whatever the first says.
        self.needs.tidy() | self.index.tidy()
    }

    /// Brings the index of achievements up to the log unless somebody is doing so: a question does not
    /// wait behind the follower's work, and sees the index as it is.
    pub(crate) fn freshen(&self) -> Result<()> {
        match self.following.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Poisoned(_)) => self.catch_up_pool(),
            Ok(idle) => {
                drop(idle);
                self.catch_up_pool()
            }
        }
    }

    fn empty_index(&self) {
        let beginning = Cursors::from([(CITY.to_owned(), 0)]);
        while !self.index.is_empty() {
            let some = self.index.find("", &Filter::default(), 0, PAGE_MAX);
            let updates = some.hits.into_iter().map(|hit| Update::Remove(hit.id)).collect();
            self.index.apply(updates, &beginning);
        }
        self.index.apply(Vec::new(), &beginning);
    }

    fn update(&self, view: &View, id: &str) -> Result<Update> {
        let Ok(id) = id.parse::<AchievementId>() else { return Ok(Update::Remove(id.to_owned())) };
        let Some(stored) = view.get::<Achievement>(&self.city, &keys::achievement(&id))? else {
            return Ok(Update::Remove(id.to_string()));
        };
        let prefix = format!("membership/{id}/");
        let pools = view
            .list::<Membership>(&self.city, &prefix, None, 256)?
            .into_iter()
            .filter(|(_, membership)| membership.is_in())
            .map(|(_, membership)| membership.pool.to_string())
            .collect();
        Ok(Update::Put(document(&stored.value, pools)))
    }

    /// Writes the indexes' snapshots, so that the next start need not read the whole logs; merges what
    /// is to be merged first, so that many short runs leave no more blocks than one long one.
    ///
    /// # Errors
    /// If the cache cannot be written; the old snapshots then stand.
    pub fn save_index(&self) -> Result<()> {
        while self.tidy_index() {}
        let _one_at_a_time = (self.lock(&self.following), self.lock(&self.following_needs));
        let cache = &self.parts.cache;
        let write = |index: &Index, name: &str| -> std::io::Result<()> {
            let fresh = format!("{name}.new");
            let mut out = BufWriter::new(cache.create(&fresh)?);
            index.write_to(&mut out)?;
            out.flush()?;
            out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
            cache.rename(&fresh, cache, name)
        };
        write(&self.index, SNAPSHOT).and_then(|()| write(&self.needs, NEEDS_SNAPSHOT)).map_err(
            |error| Error::Unavailable(format!("failed to write the index's snapshot: {error}")),
        )
    }
}

/// The achievement that a changed key is about.
fn touched(key: &str) -> Option<&str> {
    let rest = key.strip_prefix("achievement/").or_else(|| key.strip_prefix("membership/"))?;
    rest.split('/').next()
}

/// What the index keeps of an achievement: everything a search goes by in one text, since fields
/// that are scored apart find less (`MATCHING.md`).
#[must_use]
pub fn document(record: &Achievement, pools: Vec<String>) -> Document {
    Document {
        id: record.id.to_string(),
        text: text(record),
        labels: labels::of(record, pools),
        date: u32::try_from(record.created.as_second()).unwrap_or(0),
        phrases: labels::phrases(record),
    }
}

/// Everything that a search goes by.
pub(crate) fn text(record: &Achievement) -> String {
    let facts = &record.facts;
    let mut text = String::new();
    let parts = [&facts.title, &facts.problem, &facts.summary, &facts.advantage, &facts.indicators];
    for part in parts.into_iter().chain(&facts.keywords).chain(&facts.owners) {
        if !part.is_empty() {
            text.push_str(part);
            text.push('\n');
        }
    }
    text
}
