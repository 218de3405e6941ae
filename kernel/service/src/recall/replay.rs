//! What words of source records come to: which achievements there are, who speaks of each, and who
//! has which merge key. Pure; follows the rules by which a run stores its pages (`import/page.rs`).

use std::collections::{BTreeMap, BTreeSet};

use taihu_model::{
    AchievementFacts, AchievementState, Merged, RunId, SourceRecord, SourceRecordStatus,
    SourceSlug, Timestamp, Trust, merge_keys,
};

use crate::import::merge;

/// How much each source counts.
pub(super) type Trusts = BTreeMap<SourceSlug, Trust>;

/// An achievement that words come to.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The record that brought it, by its place in the list.
    pub(super) founder: usize,
    /// Where it stands if nobody moves it.
    pub(super) state: AchievementState,
    /// What is said of it.
    pub(super) facts: AchievementFacts,
}

impl Group {
    /// Says whether further records may speak of it.
    pub(super) fn living(&self) -> bool {
        use AchievementState as S;
        !matches!(self.state, S::Withdrawn | S::Archived | S::Expired)
    }
}

/// What words came to.
#[derive(Debug, Default)]
pub(super) struct Replay<'a> {
    /// In the order in which they came.
    pub(super) groups: Vec<Group>,
    /// For each record the group it speaks of.
    pub(super) of: Vec<Option<usize>>,
    /// Who has which merge key.
    pub(super) keys: BTreeMap<String, usize>,
    /// For each record the word that speaks.
    speaking: Vec<Option<&'a SourceRecord>>,
    /// For each record why it was merged into its group, if it did not bring it.
    pub(super) merged: Vec<Option<Merged>>,
    /// Records that people keep apart, both ways.
    apart: BTreeSet<(usize, usize)>,
}

/// A word and whose it is.
type Event<'a> = (usize, &'a SourceRecord);

impl<'a> Replay<'a> {
    /// Lets every record say its words, all in the order in which they came.
    pub(super) fn of(
        words: &'a [Vec<SourceRecord>],
        trusts: &Trusts,
        apart: BTreeSet<(usize, usize)>,
    ) -> Self {
        let mut events: Vec<Event<'a>> = Vec::new();
        for (record, words) in words.iter().enumerate() {
            events.extend(words.iter().map(|word| (record, word)));
        }
        events.sort_by(|(_, a), (_, b)| arrival(a).cmp(&arrival(b)));
        let mut replay = Self::over(words.len(), apart);
        for commit in events.chunk_by(|(_, a), (_, b)| (a.fetched, a.run) == (b.fetched, b.run)) {
            replay.commit(commit, trusts);
        }
        replay
    }

    /// A beginning in which no record has said anything.
    pub(super) fn over(records: usize, apart: BTreeSet<(usize, usize)>) -> Self {
        Self {
            of: vec![None; records],
            speaking: vec![None; records],
            merged: vec![None; records],
            apart,
            ..Self::default()
        }
    }

    /// Puts a word where it stands already, without asking why.
    pub(super) fn seat(&mut self, record: usize, word: &'a SourceRecord, group: usize) {
        self.of[record] = Some(group);
        self.speaking[record] = Some(word);
        self.merged[record].clone_from(&word.merged);
    }

    /// Merges every group of those that are seated.
    pub(super) fn settle_all(&mut self, trusts: &Trusts) {
        (0..self.groups.len()).for_each(|group| self.settle(group, trusts));
    }

    /// Has a record say nothing any more.
    pub(super) fn leave(&mut self, record: usize, trusts: &Trusts) {
        self.speaking[record] = None;
        self.merged[record] = None;
        if let Some(group) = self.of[record].take() {
            self.settle(group, trusts);
        }
    }

    /// What one commit of a run does.
    pub(super) fn commit(&mut self, events: &[Event<'a>], trusts: &Trusts) {
        let mut fresh: BTreeMap<String, usize> = BTreeMap::new();
        let mut touched = BTreeSet::new();
        for &(record, word) in events {
            let facts = word.facts.as_ref().filter(|_| word.status == SourceRecordStatus::Live);
            let Some(facts) = facts else {
                touched.extend(self.of[record].take());
                self.speaking[record] = None;
                self.merged[record] = None;
                continue;
            };
            let keys = merge_keys(facts);
            let group = match self.of[record] {
                Some(group) => group,
                None => match self.place(record, word, &keys, &fresh) {
                    Some((group, merged)) => {
                        self.merged[record] = Some(merged);
                        group
                    }
                    None => self.found(record),
                },
            };
            for key in keys {
                if self.owner(&fresh, &key).is_none() {
                    fresh.insert(key, group);
                }
            }
            self.of[record] = Some(group);
            self.speaking[record] = Some(word);
            touched.insert(group);
        }
        self.keys.extend(fresh);
        for group in touched {
            self.settle(group, trusts);
        }
    }

    /// The first group that has one of a record's keys and that it joins, and why.
    fn place(
        &self,
        record: usize,
        word: &SourceRecord,
        keys: &[String],
        fresh: &BTreeMap<String, usize>,
    ) -> Option<(usize, Merged)> {
        let facts = word.facts.as_ref()?;
        keys.iter().find_map(|key| {
            let group = self.owner(fresh, key)?;
            if self.speakers(group).any(|other| self.apart.contains(&(record, other))) {
                return None;
            }
            let speaking: Vec<&SourceRecord> =
                self.speakers(group).filter_map(|other| self.speaking[other]).collect();
            let common = merge::joins(key, &word.source, facts, &speaking)?;
            Some((group, common.by(key, word)))
        })
    }

    fn found(&mut self, founder: usize) -> usize {
        let (state, facts) = (AchievementState::Draft, AchievementFacts::default());
        self.groups.push(Group { founder, state, facts });
        self.groups.len() - 1
    }

    fn owner(&self, fresh: &BTreeMap<String, usize>, key: &str) -> Option<usize> {
        let stored = || self.keys.get(key).filter(|group| self.groups[**group].living());
        fresh.get(key).or_else(stored).copied()
    }

    /// The records that speak of a group.
    pub(super) fn speakers(&self, group: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.of.len()).filter(move |record| self.of[*record] == Some(group))
    }

    /// Who has a merge key, if it lives.
    pub(super) fn holder(&self, key: &str) -> Option<usize> {
        self.owner(&BTreeMap::new(), key)
    }

    fn settle(&mut self, at: usize, trusts: &Trusts) {
        use AchievementState as S;
        let trust = |word: &SourceRecord| trusts.get(&word.source).cloned().unwrap_or(Trust::SELF);
        let mut speaking: Vec<_> = self
            .speakers(at)
            .filter_map(|record| self.speaking[record])
            .map(|word| (word, trust(word)))
            .collect();
        speaking.sort_by(|(a, a_trust), (b, b_trust)| {
            let weight = |word: &'a SourceRecord, trust: &Trust| {
                (merge::order(trust, word.fetched), &word.source, &word.source_id)
            };
            weight(a, a_trust).cmp(&weight(b, b_trust))
        });
        let group = &mut self.groups[at];
        if speaking.is_empty() {
            group.state = S::Withdrawn;
            return;
        }
        group.facts = merge::merged(speaking.iter().filter_map(|(word, _)| word.facts.as_ref()));
        if group.state == S::Draft {
            group.state = S::Submitted;
        }
        let trusted =
            speaking.iter().any(|(_, trust)| *trust == Trust::OFFICIAL || *trust == Trust::PARTNER);
        if group.state == S::Submitted && trusted && group.facts.publish_gaps().is_empty() {
            group.state = S::Published;
        }
    }
}

/// When a word came: its commit, and its place in its run.
fn arrival(word: &SourceRecord) -> (Timestamp, RunId, u64, &SourceSlug, &str) {
    (word.fetched, word.run, word.nth, &word.source, &word.source_id)
}
