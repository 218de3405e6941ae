//! One piece of a recall: records that are tied take a version's words back, and everything that
//! follows for achievements and merge keys is put into one batch.

use std::collections::{BTreeMap, BTreeSet};

use taihu_model::{
    Achievement, AchievementId, AchievementState, Digest, SourceRecord, SourceSlug, TenantSlug,
    Timestamp,
};
use taihu_store::Expect;

use super::replay::{Group, Replay, Trusts};
use super::report::{Fate, Outcome, Piece};
use super::scan::Scan;
use super::tied::{Tied, Told};
use super::words::{Words, has_word_of};
use crate::authority::{Action, Caller, allowed};
use crate::error::Result;
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;

/// What a piece is made with.
pub(super) struct Hand<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) scan: &'a Scan,
    pub(super) caller: &'a Caller,
    pub(super) version: Digest,
    /// Whose sources' words are taken back; the city's are everybody's.
    pub(super) tenant: TenantSlug,
    pub(super) now: Timestamp,
}

impl Hand<'_> {
    fn takes(&self, source: &SourceSlug) -> bool {
        self.scan.is_of(self.kernel, source, &self.tenant)
    }

    /// Says whether who recalls may know of an achievement that tied sources speak of.
    fn shows(&self, record: &Achievement, tied: &Tied) -> bool {
        let Caller { role, tenant, .. } = self.caller;
        let may = |on: &TenantSlug| allowed(*role, tenant, Action::ReadDrafts, on);
        let sources = tied.sources();
        let mut grounds = sources.iter().filter_map(|slug| self.scan.sources.get(slug));
        record.state == AchievementState::Published
            || (may(&record.tenant) && grounds.all(|source| may(&source.tenant)))
    }
}

/// Takes back what tied records have of a version.
pub(super) fn take_back(hand: &Hand<'_>, tied: &Tied, draft: &mut Draft) -> Result<Piece> {
    let before: Vec<Words> = tied.records.iter().map(Told::words).collect();
    let after: Vec<Words> = before
        .iter()
        .zip(&tied.records)
        .map(|(words, told)| match hand.takes(&told.now.source) {
            true => words.without(&hand.version),
            false => words.clone(),
        })
        .collect();
    let trusts: Trusts = tied
        .sources()
        .into_iter()
        .filter_map(|slug| Some((slug.clone(), hand.scan.sources.get(&slug)?.trust.clone())))
        .collect();
    let kept = |words: &[Words]| words.iter().map(|words| words.kept.clone()).collect::<Vec<_>>();
    let (was, left) = (kept(&before), kept(&after));
    let happened = Replay::of(&was, &trusts, tied.apart());
    // Only what has been understood is taken apart: if people moved achievements meanwhile, or words
    // are missing, the records that stay stay together.
    let understood = tied.all && as_it_is(tied, &happened);
    let (replay, seats) = if understood {
        (Replay::of(&left, &trusts, tied.apart()), Vec::new())
    } else {
        from_what_is(tied, &was, &left, &trusts)
    };
    let mut made = Made {
        hand,
        tied,
        replay: &replay,
        founders: understood,
        by_rule: published_by_rule(tied, &happened, understood),
        ids: Vec::new(),
        piece: Piece::default(),
    };
    made.name(seats)?;
    made.piece.apart = !understood;
    made.records(&before, &after, draft)?;
    made.achievements(draft)?;
    made.merge_keys(draft)?;
    Ok(made.piece)
}

/// Says whether words came to the very achievements there are.
fn as_it_is(tied: &Tied, replay: &Replay<'_>) -> bool {
    let (mut there, mut back) = (BTreeMap::new(), BTreeMap::new());
    tied.records.iter().zip(&replay.of).all(|(told, group)| match (told.speaks_of(), group) {
        (None, None) => true,
        (Some(id), Some(group)) => {
            *there.entry(*group).or_insert(id) == id && *back.entry(id).or_insert(*group) == *group
        }
        _ => false,
    })
}

/// Achievements that the rule published, not a person.
fn published_by_rule(
    tied: &Tied,
    happened: &Replay<'_>,
    understood: bool,
) -> BTreeSet<AchievementId> {
    let published = |group: &Option<usize>| {
        group.is_some_and(|at| happened.groups[at].state == AchievementState::Published)
    };
    let pairs = tied.records.iter().zip(&happened.of).filter(|_| understood);
    pairs.filter(|(_, group)| published(group)).filter_map(|(told, _)| told.speaks_of()).collect()
}

/// The achievements as they are, with only the words changed that are taken back.
fn from_what_is<'a>(
    tied: &Tied,
    was: &'a [Vec<SourceRecord>],
    left: &'a [Vec<SourceRecord>],
    trusts: &Trusts,
) -> (Replay<'a>, Vec<AchievementId>) {
    let mut replay = Replay::over(tied.records.len(), tied.apart());
    let mut seats: Vec<AchievementId> = Vec::new();
    for (record, told) in tied.records.iter().enumerate() {
        let (Some(id), Some(word)) = (told.speaks_of(), was[record].last()) else { continue };
        let group = match seats.iter().position(|known| *known == id) {
            Some(group) => group,
            None => {
                let state = tied.achievements.get(&id).map(|stored| stored.value.state);
                let state = state.unwrap_or(AchievementState::Draft);
                let facts = Default::default();
                replay.groups.push(Group { founder: record, state, facts });
                seats.push(id);
                seats.len() - 1
            }
        };
        replay.seat(record, word, group);
    }
    replay.settle_all(trusts);
    // Of the merge keys, those that somebody goes on saying.
    for words in left {
        for key in
            words.iter().filter_map(|word| word.facts.as_ref()).flat_map(taihu_model::merge_keys)
        {
            let holder = tied.holders.get(&key).and_then(Option::as_ref);
            if let Some(group) = seats.iter().position(|id| holder.is_some_and(|h| h.value == *id))
            {
                replay.keys.insert(key, group);
            }
        }
    }
    let mut events = Vec::new();
    for at in (0..was.len()).filter(|at| was[*at].last() != left[*at].last()) {
        match left[at].last() {
            Some(word) => events.push((at, word)),
            None => replay.leave(at, trusts),
        }
    }
    replay.commit(&events, trusts);
    (replay, seats)
}

struct Made<'a> {
    hand: &'a Hand<'a>,
    tied: &'a Tied,
    replay: &'a Replay<'a>,
    /// Whether the founders of groups are known, and with them whose an achievement is.
    founders: bool,
    by_rule: BTreeSet<AchievementId>,
    /// For each group its achievement.
    ids: Vec<AchievementId>,
    piece: Piece,
}

impl Made<'_> {
    /// Finds for each group the achievement that it goes on being, or a new one.
    fn name(&mut self, seats: Vec<AchievementId>) -> Result<()> {
        let mut taken: BTreeSet<AchievementId> = seats.iter().copied().collect();
        self.ids = seats;
        for group in self.ids.len()..self.replay.groups.len() {
            let mut speakers = self.replay.speakers(group);
            let known = speakers.find_map(|record| {
                self.tied.records[record].speaks_of().filter(|id| !taken.contains(id))
            });
            let id = match known {
                Some(id) => id,
                None => AchievementId::from_parts(self.hand.now, self.hand.kernel.chance()?),
            };
            taken.insert(id);
            self.ids.push(id);
        }
        Ok(())
    }

    fn id_of(&self, record: usize) -> Option<AchievementId> {
        self.replay.of[record].map(|group| self.ids[group])
    }

    fn records(&mut self, before: &[Words], after: &[Words], draft: &mut Draft) -> Result<()> {
        for (at, told) in self.tied.records.iter().enumerate() {
            let id = self.id_of(at);
            let Some((mut now, earlier)) = after[at].shelved() else { continue };
            now.achievement = id;
            // Why it was merged is history; only what is merged now, or no more, is told anew.
            now.merged = match told.speaks_of() == id {
                true => told.now.merged.clone(),
                false => self.replay.merged[at].clone(),
            };
            let rev = Expect::Rev(told.rev);
            if now == told.now {
                draft.guard(told.key.clone(), rev);
            } else {
                draft.put(told.key.clone(), &now, rev)?;
            }
            if before[at] != after[at] {
                shelve(told, &earlier, draft)?;
                self.piece.records.push((told.now.source.clone(), fate(told, &after[at], self)));
            }
            let was = told.speaks_of();
            if was == id {
                continue;
            }
            if let Some(was) = was {
                draft.delete(keys::said(&was, &told.key), Expect::Any);
            }
            if let Some(id) = id {
                draft.put(keys::said(&id, &told.key), &(), Expect::Any)?;
            }
        }
        Ok(())
    }

    fn achievements(&mut self, draft: &mut Draft) -> Result<()> {
        let named: BTreeSet<AchievementId> =
            self.tied.records.iter().filter_map(Told::speaks_of).collect();
        let mut living = BTreeSet::new();
        for (at, group) in self.replay.groups.iter().enumerate() {
            if group.living() && self.replay.speakers(at).next().is_some() {
                living.insert(self.ids[at]);
                self.merged(self.ids[at], at, group, draft)?;
            }
        }
        for id in named.difference(&living) {
            self.withdrawn(*id, draft)?;
        }
        Ok(())
    }

    fn merged(
        &mut self,
        id: AchievementId,
        at: usize,
        group: &Group,
        draft: &mut Draft,
    ) -> Result<()> {
        use AchievementState as S;
        let key = keys::achievement(&id);
        let stored = self.tied.achievements.get(&id);
        let (mut next, expect) = match stored {
            Some(Stored { rev, value }) => (value.clone(), Expect::Rev(*rev)),
            None => (self.fresh(id, group), Expect::Absent),
        };
        next.facts = group.facts.clone();
        if self.founders
            && let Some(tenant) = self.tenant(group)
        {
            next.tenant = tenant;
        }
        let gaps = !next.facts.publish_gaps().is_empty();
        let moved = self.tied.records.iter().enumerate().any(|(record, told)| {
            (told.speaks_of() == Some(id)) != (self.replay.of[record] == Some(at))
        });
        let mut path = Vec::new();
        match (next.state, group.state) {
            (S::Draft, S::Submitted) => path.push(S::Submitted),
            (S::Draft, S::Published) => path.extend([S::Submitted, S::Published]),
            (S::Submitted, S::Published) => path.push(S::Published),
            // What let it be published was the version's word: a person looks at it again.
            (S::Published, S::Submitted) if gaps || self.by_rule.contains(&id) => {
                path.push(S::Suspended);
            }
            (S::Published, S::Published) if gaps && moved && !self.founders => {
                path.push(S::Suspended);
            }
            _ => {}
        }
        for state in path {
            let to = next.state.become_state(state)?;
            draft.edge(id, next.state.as_str(), to.as_str());
            next.state = to;
        }
        let Some(before) = stored.map(|stored| &stored.value) else {
            self.tell(id, &next, Outcome::New);
            return draft.put(key, &next, expect);
        };
        if next != *before {
            next.updated = self.hand.now;
            let suspended = next.state == S::Suspended && before.state != S::Suspended;
            let outcome = if suspended { Outcome::Suspended } else { Outcome::Changed };
            self.tell(id, &next, outcome);
        } else if self.spoken(id) {
            self.tell(id, &next, Outcome::Unchanged);
        }
        // Written even if it says the same: who speaks of it has changed, and a run that looks at
        // that must notice.
        if moved || next != *before {
            return draft.put(key, &next, expect);
        }
        draft.guard(key, expect);
        Ok(())
    }

    fn withdrawn(&mut self, id: AchievementId, draft: &mut Draft) -> Result<()> {
        use AchievementState as S;
        let Some(Stored { rev, value }) = self.tied.achievements.get(&id) else { return Ok(()) };
        let mut next = value.clone();
        if next.state.can_become(S::Withdrawn) {
            draft.edge(id, next.state.as_str(), S::Withdrawn.as_str());
            next.state = next.state.become_state(S::Withdrawn)?;
            next.updated = self.hand.now;
            self.tell(id, &next, Outcome::Withdrawn);
        } else {
            self.tell(id, &next, Outcome::Unchanged);
        }
        draft.put(keys::achievement(&id), &next, Expect::Rev(*rev))
    }

    /// Gives each merge key that was ever said to who would have it.
    fn merge_keys(&mut self, draft: &mut Draft) -> Result<()> {
        for (name, stored) in &self.tied.holders {
            let key = keys::merge(name);
            let expect = stored.as_ref().map_or(Expect::Absent, |stored| Expect::Rev(stored.rev));
            let has = stored.as_ref().map(|stored| stored.value);
            let ours = has.is_some_and(|id| self.ids.contains(&id) || self.is_spoken_of(id));
            match self.replay.holder(name).map(|group| self.ids[group]) {
                Some(id) if has == Some(id) => draft.guard(key, expect),
                Some(id) => draft.put(key, &id, expect)?,
                None if ours => draft.delete(key, expect),
                None => draft.guard(key, expect),
            }
        }
        Ok(())
    }

    fn is_spoken_of(&self, id: AchievementId) -> bool {
        self.tied.records.iter().any(|told| told.speaks_of() == Some(id))
    }

    /// Says whether the version spoke of an achievement.
    fn spoken(&self, id: AchievementId) -> bool {
        let of_version = |told: &&Told| {
            told.speaks_of() == Some(id)
                && self.hand.takes(&told.now.source)
                && has_word_of(&told.now, &self.hand.version)
        };
        self.tied.records.iter().find(of_version).is_some()
    }

    fn fresh(&self, id: AchievementId, group: &Group) -> Achievement {
        let tenant = self.tenant(group).unwrap_or_else(|| self.hand.kernel.city.clone());
        let at = self.hand.now;
        Achievement {
            id,
            tenant,
            state: AchievementState::Draft,
            facts: Default::default(),
            ext: BTreeMap::new(),
            created: at,
            updated: at,
        }
    }

    fn tenant(&self, group: &Group) -> Option<TenantSlug> {
        let source = &self.tied.records[group.founder].now.source;
        Some(self.hand.scan.sources.get(source)?.tenant.clone())
    }

    fn tell(&mut self, id: AchievementId, record: &Achievement, outcome: Outcome) {
        let title = self.hand.shows(record, self.tied).then(|| record.facts.title.clone());
        self.piece.achievements.push((id, title, outcome));
    }
}

/// Keeps what is left of earlier words beside a record.
fn shelve(told: &Told, earlier: &[SourceRecord], draft: &mut Draft) -> Result<()> {
    let mut left = told.earlier.iter();
    let mut next = 0;
    for word in earlier {
        let key = match left.next() {
            Some((_, known)) if known == word => {
                next += 1;
                continue;
            }
            Some((key, _)) => key.clone(),
            None => keys::earlier(&told.key, after(told, next)),
        };
        next += 1;
        draft.put(key, word, Expect::Any)?;
    }
    left.for_each(|(key, _)| draft.delete(key.clone(), Expect::Any));
    Ok(())
}

/// The number of a word that is kept beyond those that were: numbers go on from the last.
fn after(told: &Told, next: usize) -> u32 {
    let last = told.earlier.last().and_then(|(key, _)| key.0.rsplit('/').next()?.parse().ok());
    let beyond = u32::try_from(next - told.earlier.len()).unwrap_or(0);
    last.map_or(beyond, |last: u32| last + 1 + beyond)
}

fn fate(told: &Told, after: &Words, made: &Made<'_>) -> Fate {
    if told.now.connector != made.hand.version || !told.now.also.is_empty() {
        return Fate::Kept;
    }
    match after.kept.last() {
        Some(_) => Fate::Restored,
        None => Fate::TakenBack,
    }
}
