//! Keeping: what is offered follows the city's log.
//!
//! One writer. What it derives and how far it has come are one commit; entries are looked through
//! again after a fall, and what is as it was is not written again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::TryLockError;

use taihu_model::{Achievement, AchievementId, Digest, Membership, PoolSlug};
use taihu_store::{Expect, Key, Seq};

use super::sets::Names;
use super::{KeptSet, Listing, Offer, Position, SHAPE, is_open, shown};
use crate::authority::Caller;
use crate::error::Result;
use crate::kernel::{Draft, Kernel, View};
use crate::keys;
use crate::limits::{
    OFFER_BATCH, OFFER_ENTRIES, OFFER_FRESHEN_ENTRIES_MAX, OFFER_UNSAVED_ENTRIES_MAX,
};

/// Where the keeper is.
#[derive(Debug, Clone)]
pub(super) struct Keeping {
    position: Position,
    /// The cursor that is in the store.
    saved: Seq,
}

/// A commit on its way: until it is dropped, no answer is dated after its stamp.
struct OnItsWay<'a>(&'a Kernel);

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.0.exchange.seconds(super::seconds::Seconds::landed);
    }
}

impl Kernel {
    /// Brings what is offered to harvesters up to the city's log. Returns how many achievements
    /// changed as harvesters see them. Harmless to repeat; one at a time.
    ///
    /// # Errors
    /// If the store cannot be read or written; what is offered then stands where it stood.
    pub fn keep_offers(&self) -> Result<u64> {
        let mut keeping = self.lock(&self.exchange.keeping);
        self.keep_on(&mut keeping)
    }

    /// The same before an answer, unless somebody is at it or there is much to do: an answer then
    /// shows what is offered so far, and the next one the rest.
    pub(super) fn freshen_offers(&self) {
        let mut keeping = match self.exchange.keeping.try_lock() {
            Ok(keeping) => keeping,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let behind = self.behind(&mut keeping);
        let kept = match behind {
            Ok(0) => return,
            Ok(behind) if behind > OFFER_FRESHEN_ENTRIES_MAX => return,
            Ok(_) => self.keep_on(&mut keeping),
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "harvesters are shown what was offered before");
        }
    }

    fn behind(&self, keeping: &mut Option<Keeping>) -> Result<u64> {
        let cursor = self.keeping(keeping)?.position.cursor;
        Ok(self.snapshot()?.0.head(&self.city)?.saturating_sub(cursor))
    }

    /// Where the keeper is: as it remembers, or as the store says.
    fn keeping(&self, keeping: &mut Option<Keeping>) -> Result<Keeping> {
        if let Some(known) = keeping {
            return Ok(known.clone());
        }
        let stored = self.snapshot()?.get::<Position>(&self.city, &keys::offers())?;
        let position = match stored.map(|stored| stored.value) {
            Some(position) if position.shape == SHAPE => position,
            // What is shown is another now: all of it is looked at again.
            Some(position) => Position { shape: SHAPE, cursor: 0, ..position },
            None => Position { shape: SHAPE, cursor: 0, stamp: 0, offers: 0 },
        };
        self.exchange.seconds(|seconds| seconds.know(position.stamp));
        let found = Keeping { saved: position.cursor, position };
        *keeping = Some(found.clone());
        Ok(found)
    }

    fn keep_on(&self, keeping: &mut Option<Keeping>) -> Result<u64> {
        let mut now = self.keeping(keeping)?;
        let mut changed = 0;
        loop {
            let cursor = now.position.cursor;
            let entries = self.parts.store.log(&self.city, cursor, OFFER_ENTRIES)?;
            let Some(last) = entries.last().map(|entry| entry.seq) else { break };
            let touched: BTreeSet<AchievementId> = entries
                .iter()
                .flat_map(|entry| &entry.changes)
                .filter_map(|change| touched(&change.key.0))
                .collect();
            if !touched.is_empty() {
                let names = Names::read(self, &self.snapshot()?)?;
                for batch in Vec::from_iter(touched).chunks(OFFER_BATCH) {
                    changed += self.offer(&mut now, &names, batch)?;
                    *keeping = Some(now.clone());
                }
            }
            now.position.cursor = last;
            if last - now.saved > OFFER_UNSAVED_ENTRIES_MAX {
                let mut draft = self.offers_draft();
                draft.put(keys::offers(), &now.position, Expect::Any)?;
                self.commit(&self.city, draft)?;
                now.saved = last;
            }
            *keeping = Some(now.clone());
        }
        Ok(changed)
    }

    fn offers_draft(&self) -> Draft {
        let kernel = Caller::kernel(self.city.clone());
        Draft::new(self.audit(&kernel, &self.city, "exchange.keep", "offers"))
    }

    /// Looks at some achievements, and commits what changed of them as harvesters see them.
    fn offer(&self, now: &mut Keeping, names: &Names, ids: &[AchievementId]) -> Result<u64> {
        let stamp = {
            let second = self.now().as_second();
            self.exchange.seconds(|seconds| seconds.stamp(second))
        };
        let _on_its_way = OnItsWay(self);
        let mut plan = Plan {
            kernel: self,
            view: self.snapshot()?,
            names,
            stamp,
            offers: BTreeMap::new(),
            list: BTreeMap::new(),
            sets: BTreeMap::new(),
            count: now.position.offers,
        };
        for id in ids {
            plan.look(*id)?;
        }
        if plan.offers.is_empty() {
            return Ok(0);
        }
        let changed = plan.offers.len() as u64;
        let position = Position { stamp, offers: plan.count, ..now.position.clone() };
        let mut draft = self.offers_draft();
        for (id, offer) in &plan.offers {
            draft.put(keys::offer(id), offer, Expect::Any)?;
        }
        for ((stamp, id), listing) in &plan.list {
            let key = keys::offered(*stamp, id);
            match listing {
                Some(listing) => draft.put(key, listing, Expect::Any)?,
                None => draft.delete(key, Expect::Any),
            }
        }
        for (spec, set) in &plan.sets {
            draft.put(keys::offer_set(spec), set, Expect::Any)?;
        }
        draft.put(keys::offers(), &position, Expect::Any)?;
        self.commit(&self.city, draft)?;
        now.saved = position.cursor;
        now.position = position;
        Ok(changed)
    }
}

/// What a commit changes.
struct Plan<'a> {
    kernel: &'a Kernel,
    view: View,
    names: &'a Names,
    stamp: i64,
    offers: BTreeMap<AchievementId, Offer>,
    /// Places in the list that are taken, or given up.
    list: BTreeMap<(i64, AchievementId), Option<Listing>>,
    sets: BTreeMap<String, KeptSet>,
    count: u64,
}

impl Plan<'_> {
    fn look(&mut self, id: AchievementId) -> Result<()> {
        let city = &self.kernel.city;
        let before = self.view.get::<Offer>(city, &keys::offer(&id))?.map(|stored| stored.value);
        let record = self.view.get::<Achievement>(city, &keys::achievement(&id))?;
        let open = record.filter(|stored| is_open(&stored.value));
        let (next, sets) = match (&before, open) {
            (None, None) => return Ok(()),
            (Some(offer), None) if offer.deleted => return Ok(()),
            (Some(offer), None) => {
                let (stamp, sets) = (self.stamp, offer.sets.clone());
                let gone = Offer { stamp, deleted: true, sets, shown: Digest::default(), rev: 0 };
                (gone, Vec::new())
            }
            (_, Some(stored)) => {
                let sets = self.names.sets(&stored.value, &self.pools(id)?);
                let specs: Vec<String> = sets.iter().map(|(spec, _)| spec.clone()).collect();
                let shown = shown(&stored.value, &specs)?;
                if before.as_ref().is_some_and(|offer| !offer.deleted && offer.shown == shown) {
                    return Ok(());
                }
                let (stamp, rev) = (self.stamp, stored.rev);
                (Offer { stamp, deleted: false, sets: specs, shown, rev }, sets)
            }
        };
        match &before {
            Some(offer) => {
                self.list.insert((offer.stamp, id), None);
                for spec in &offer.sets {
                    let set = self.set(spec, spec)?;
                    set.offers = set.offers.saturating_sub(1);
                }
            }
            None => self.count += 1,
        }
        let listing = Listing { deleted: next.deleted, sets: next.sets.clone() };
        self.list.insert((next.stamp, id), Some(listing));
        for spec in &next.sets {
            self.set(spec, spec)?.offers += 1;
        }
        for (spec, name) in &sets {
            self.set(spec, name)?.name.clone_from(name);
        }
        self.offers.insert(id, next);
        Ok(())
    }

    /// The niche pools that an achievement is in.
    fn pools(&self, id: AchievementId) -> Result<Vec<PoolSlug>> {
        let prefix = format!("membership/{id}/");
        let found = self.view.list::<Membership>(&self.kernel.city, &prefix, None, 256)?;
        let members = found.into_iter().map(|(_, membership)| membership);
        Ok(members.filter(Membership::is_in).map(|membership| membership.pool).collect())
    }

    fn set(&mut self, spec: &str, name: &str) -> Result<&mut KeptSet> {
        if !self.sets.contains_key(spec) {
            let known = self.view.get::<KeptSet>(&self.kernel.city, &keys::offer_set(spec))?;
            let fresh = || KeptSet { name: name.to_owned(), offers: 0 };
            let set = known.map_or_else(fresh, |stored| stored.value);
            self.sets.insert(spec.to_owned(), set);
        }
        let fresh = || KeptSet { name: name.to_owned(), offers: 0 };
        Ok(self.sets.entry(spec.to_owned()).or_insert_with(fresh))
    }
}

/// The achievement that a changed key is about.
fn touched(key: &str) -> Option<AchievementId> {
    let rest = key.strip_prefix("achievement/").or_else(|| key.strip_prefix("membership/"))?;
    rest.split('/').next()?.parse().ok()
}

/// The datestamp and the achievement of a place in the list.
pub(super) fn place(key: &Key) -> Option<(i64, AchievementId)> {
    let (stamp, id) = key.0.strip_prefix(keys::OFFERED)?.split_once('/')?;
    Some((stamp.parse().ok()?, id.parse().ok()?))
}
