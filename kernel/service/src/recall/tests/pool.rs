//! What a pool holds, without identifiers and times: what two worlds are compared by.

use std::collections::{BTreeMap, BTreeSet};

use taihu_model::{Achievement, AchievementId, AchievementState, SourceRecord, SourceRecordStatus};
use taihu_store::Key;

use super::world::World;

/// Who speaks of an achievement: source and identifier.
type Speakers = BTreeSet<(String, String)>;

/// What is comparable of a pool.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pool {
    /// By who speaks: where it stands, whose it is, and what is said of it.
    achievements: BTreeMap<Speakers, (AchievementState, String, serde_json::Value)>,
    /// By merge key: who speaks of the living achievement that has it.
    holders: BTreeMap<String, Speakers>,
    /// By source and identifier: what a record says.
    records: BTreeMap<(String, String), (SourceRecordStatus, String)>,
}

impl Pool {
    /// What the version's word had published is suspended until a person looks. Had it never run, it
    /// would wait to be published, by a person or by what comes later: as in that other pool.
    pub(super) fn looked_at(mut self, other: &Self) -> Self {
        use AchievementState as S;
        for (who, (state, ..)) in &mut self.achievements {
            let there = other.achievements.get(who).map(|(state, ..)| *state);
            if let (S::Suspended, Some(there @ (S::Submitted | S::Published))) = (*state, there) {
                *state = there;
            }
        }
        self
    }

    /// How many achievements are suspended.
    pub(super) fn suspended(&self) -> usize {
        let states = self.achievements.values().map(|(state, ..)| *state);
        states.filter(|state| *state == AchievementState::Suspended).count()
    }

    /// Records that speak.
    pub(super) fn speakers(&self) -> usize {
        self.achievements.keys().map(BTreeSet::len).sum()
    }
}

pub(super) fn pool(world: &World) -> Pool {
    let kernel = world.kernel();
    let view = kernel.snapshot().unwrap();
    let city = kernel.city();
    let mut speakers: BTreeMap<AchievementId, Speakers> = BTreeMap::new();
    for (key, _) in view.0.range(city, "said/", None, 10_000).unwrap() {
        let rest = key.0.strip_prefix("said/").unwrap();
        let (id, record) = rest.split_once('/').unwrap();
        let record = view.need::<SourceRecord>(city, &Key(record.to_owned()), "record", record);
        let record = record.unwrap().value;
        assert_eq!(record.achievement.unwrap().to_string(), id, "marks and records agree");
        assert_eq!(record.status, SourceRecordStatus::Live);
        let speaker = (record.source.to_string(), record.source_id);
        speakers.entry(id.parse().unwrap()).or_default().insert(speaker);
    }
    let mut achievements = BTreeMap::new();
    for (_, one) in view.list::<Achievement>(city, "achievement/", None, 10_000).unwrap() {
        if one.state == AchievementState::Withdrawn {
            assert!(!speakers.contains_key(&one.id), "nobody speaks of what is withdrawn");
            continue;
        }
        let said = serde_json::to_value(&one.facts).unwrap();
        let who = speakers[&one.id].clone();
        assert!(achievements.insert(who, (one.state, one.tenant.to_string(), said)).is_none());
    }
    let mut holders = BTreeMap::new();
    for (key, id) in view.list::<AchievementId>(city, "merge/", None, 10_000).unwrap() {
        if let Some(speakers) = speakers.get(&id) {
            holders.insert(key.0, speakers.clone());
        }
    }
    let mut records = BTreeMap::new();
    for (_, one) in view.list::<SourceRecord>(city, "record/", None, 10_000).unwrap() {
        if matches!(one.status, SourceRecordStatus::Live | SourceRecordStatus::Rejected) {
            let key = (one.source.to_string(), one.source_id);
            records.insert(key, (one.status, one.digest.to_string()));
        }
    }
    Pool { achievements, holders, records }
}
