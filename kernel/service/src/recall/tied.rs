//! Source records that are tied by merge keys, as they stand: what has to be looked at together when
//! one of them takes a word back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use taihu_model::{
    Achievement, AchievementId, SourceRecord, SourceRecordStatus, SourceSlug, merge_keys,
};
use taihu_store::{Key, Rev};

use super::words::Words;
use crate::error::Result;
use crate::import::earlier_keys;
use crate::kernel::{Kernel, Stored, View};
use crate::keys;
use crate::limits::{SAID_MAX, TIED_MAX};

/// Which records ever claimed a merge key, by a part of the key's digest.
pub(super) type Claims = HashMap<u64, Vec<Key>>;

/// A source record, as it stands.
pub(super) struct Told {
    pub(super) key: Key,
    pub(super) rev: Rev,
    pub(super) now: SourceRecord,
    /// What is kept beside it, oldest first, with the numbers in the keys.
    pub(super) earlier: Vec<(Key, SourceRecord)>,
    /// The records that people keep it apart from.
    pub(super) apart: BTreeSet<Key>,
}

impl Told {
    pub(super) fn words(&self) -> Words {
        let mut said: Vec<_> = self.earlier.iter().map(|(_, word)| word.clone()).collect();
        said.push(self.now.clone());
        Words::of(&said)
    }

    /// The achievement it speaks of now.
    pub(super) fn speaks_of(&self) -> Option<AchievementId> {
        self.now.achievement.filter(|_| self.now.status == SourceRecordStatus::Live)
    }
}

/// Records that are tied, with all that a change of theirs may touch.
pub(super) struct Tied {
    pub(super) records: Vec<Told>,
    /// Who has each merge key that any of them ever said.
    pub(super) holders: BTreeMap<String, Option<Stored<AchievementId>>>,
    pub(super) achievements: BTreeMap<AchievementId, Stored<Achievement>>,
    /// False if there are more than can be looked at together, and these are only some.
    pub(super) all: bool,
}

impl Tied {
    /// Gathers the records that are tied to one.
    pub(super) fn to(kernel: &Kernel, view: &View, claims: &Claims, first: &Key) -> Result<Self> {
        let mut tied = Self {
            records: Vec::new(),
            holders: BTreeMap::new(),
            achievements: BTreeMap::new(),
            all: true,
        };
        let mut known = BTreeSet::from([first.clone()]);
        let mut waiting = vec![first.clone()];
        while let Some(key) = waiting.pop() {
            let Some(told) = told(kernel, view, key)? else { continue };
            let mut found = Vec::new();
            for key in tied.new_keys(&told) {
                if let Some(stored) = tied.holder(kernel, view, &key)? {
                    found.extend(tied.speakers(kernel, view, stored)?);
                }
                found.extend(claims.get(&short(&key)).into_iter().flatten().cloned());
            }
            if let Some(id) = told.speaks_of() {
                found.extend(tied.speakers(kernel, view, id)?);
            }
            tied.records.push(told);
            waiting.extend(found.into_iter().filter(|key| known.insert(key.clone())));
            if known.len() > TIED_MAX {
                return Self::alone(kernel, view, first);
            }
        }
        Ok(tied)
    }

    /// One record and the achievement it speaks of.
    pub(super) fn alone(kernel: &Kernel, view: &View, first: &Key) -> Result<Self> {
        let mut tied = Self {
            records: Vec::new(),
            holders: BTreeMap::new(),
            achievements: BTreeMap::new(),
            all: false,
        };
        let Some(told) = told(kernel, view, first.clone())? else { return Ok(tied) };
        let mut others = BTreeSet::new();
        if let Some(id) = told.speaks_of() {
            others.extend(tied.speakers(kernel, view, id)?);
        }
        others.remove(first);
        for key in tied.new_keys(&told) {
            tied.holder(kernel, view, &key)?;
        }
        tied.records.push(told);
        for key in others {
            tied.records.extend(self::told(kernel, view, key)?);
        }
        Ok(tied)
    }

    /// The merge keys that a record ever said and nobody before it.
    fn new_keys(&self, told: &Told) -> BTreeSet<String> {
        let facts = told.earlier.iter().map(|(_, word)| word).chain([&told.now]);
        let keys = facts.filter_map(|word| word.facts.as_ref()).flat_map(merge_keys);
        keys.filter(|key| !self.holders.contains_key(key)).collect()
    }

    fn holder(&mut self, kernel: &Kernel, view: &View, key: &str) -> Result<Option<AchievementId>> {
        let stored = view.get::<AchievementId>(&kernel.city, &keys::merge(key))?;
        let id = stored.as_ref().map(|stored| stored.value);
        self.holders.insert(key.to_owned(), stored);
        if let Some(id) = id {
            self.achievement(kernel, view, id)?;
        }
        Ok(id)
    }

    fn speakers(&mut self, kernel: &Kernel, view: &View, id: AchievementId) -> Result<Vec<Key>> {
        self.achievement(kernel, view, id)?;
        let prefix = format!("said/{id}/");
        // Beyond what is merged, one more says that there are too many.
        let marks = view.0.range(&kernel.city, &prefix, None, SAID_MAX.max(TIED_MAX) + 1)?;
        let rest = |key: Key| key.0.strip_prefix(&prefix).map(|rest| Key(rest.to_owned()));
        Ok(marks.into_iter().filter_map(|(key, _)| rest(key)).collect())
    }

    fn achievement(&mut self, kernel: &Kernel, view: &View, id: AchievementId) -> Result<()> {
        if !self.achievements.contains_key(&id)
            && let Some(stored) = view.get::<Achievement>(&kernel.city, &keys::achievement(&id))?
        {
            self.achievements.insert(id, stored);
        }
        Ok(())
    }

    /// Which of the records people keep apart, by their places.
    pub(super) fn apart(&self) -> BTreeSet<(usize, usize)> {
        let mut pairs = BTreeSet::new();
        for (one, told) in self.records.iter().enumerate().filter(|(_, it)| !it.apart.is_empty()) {
            let others = self.records.iter().enumerate();
            pairs.extend(
                others
                    .filter(|(_, it)| told.apart.contains(&it.key))
                    .map(|(other, _)| (one, other)),
            );
        }
        pairs
    }

    /// The sources that speak.
    pub(super) fn sources(&self) -> BTreeSet<SourceSlug> {
        self.records.iter().map(|told| told.now.source.clone()).collect()
    }
}

fn told(kernel: &Kernel, view: &View, key: Key) -> Result<Option<Told>> {
    let Some(Stored { rev, value: now }) = view.get::<SourceRecord>(&kernel.city, &key)? else {
        return Ok(None);
    };
    let mut earlier = Vec::new();
    for (at, _) in earlier_keys(view, &kernel.city, &key)? {
        if let Some(word) = view.get::<SourceRecord>(&kernel.city, &at)? {
            earlier.push((at, word.value));
        }
    }
    let apart = kernel.apart_from(view, &key)?;
    Ok(Some(Told { key, rev, now, earlier, apart }))
}

/// A part of a merge key's digest: two keys with the same one are looked at together, at worst.
pub(super) fn short(key: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = taihu_model::Digest::of(key.as_bytes()).0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
