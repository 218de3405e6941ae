//! What a recall does, or would do.

use std::collections::BTreeMap;

use serde::Serialize;
use taihu_model::{AchievementId, Digest, PluginKind, PluginName, RunId, SourceSlug, TenantSlug};

use crate::limits::RECALL_NAMED_MAX;

/// What a recall did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recall {
    /// The plugin.
    pub plugin: PluginName,
    /// The version.
    pub version: String,
    /// Its digest: what every record carries that it wrote.
    pub digest: Digest,
    /// What it is.
    pub kind: PluginKind,
    /// Whose sources, matches and pools are looked at: the city's are everybody's.
    pub tenant: TenantSlug,
    /// True if it was done, false if this only lists what would be.
    pub undone: bool,
    /// For connectors: by source.
    pub sources: BTreeMap<SourceSlug, SourceRecall>,
    /// For connectors: what follows for achievements.
    pub achievements: AchievementRecall,
    /// The first twenty achievements that are not as before and that the caller may know of.
    pub named: Vec<NamedAchievement>,
    /// Groups of tied records of which only the version's words were taken back, because people moved
    /// their achievements, earlier words are gone, or they are too many: what another source merged
    /// into one by the version's word stays one.
    pub not_taken_apart: u64,
    /// For scorers: proposed matches and pushes that it had a part in, which expire and go.
    pub matches: u64,
    /// For niche pools: memberships that its rule decided, which are taken back.
    pub memberships: u64,
    /// For niche pools: memberships of those that a person decided over, which stay.
    pub curated: u64,
}

/// What a recall does to the records of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SourceRecall {
    /// Records that nobody else had: taken back.
    pub taken_back: u64,
    /// Records that say again what another version had read before.
    pub restored: u64,
    /// Records that stay, because another version read the same or something newer.
    pub kept: u64,
    /// Runs of the version over the source.
    pub runs: u64,
    /// Where the next run begins again; nothing for the beginning.
    pub goes_on_from: Option<taihu_model::Timestamp>,
}

/// What a recall does to achievements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AchievementRecall {
    /// Nobody else speaks of them.
    pub withdrawn: u64,
    /// Their facts are merged anew from what others say.
    pub changed: u64,
    /// Published by the version's word alone: suspended until a person looks.
    pub suspended: u64,
    /// What the version had withdrawn or merged wrongly comes back under a new identifier.
    pub new: u64,
    /// Others say the same.
    pub unchanged: u64,
}

/// An achievement that a recall names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedAchievement {
    /// The achievement.
    pub id: AchievementId,
    /// Its title.
    pub title: String,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of an achievement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nobody else speaks of it.
    Withdrawn,
    /// It is merged anew.
    Changed,
    /// It is suspended until a person looks.
    Suspended,
    /// It comes back under a new identifier.
    New,
    /// It stays as it is.
    Unchanged,
}

impl Outcome {
    /// The Chinese label.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Withdrawn => "撤回",
            Self::Changed => "按其余来源重新合并",
            Self::Suspended => "暂停待核",
            Self::New => "恢复为新编号",
            Self::Unchanged => "不变",
        }
    }
}

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    TakenBack,
    Restored,
    Kept,
}

/// What one piece of a recall does.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) records: Vec<(SourceSlug, Fate)>,
    /// The title is missing where who recalls may not know of it.
    pub(super) achievements: Vec<(AchievementId, Option<String>, Outcome)>,
    /// True if the records that stay were left together without asking why they are.
    pub(super) apart: bool,
}

impl Recall {
    pub(super) fn add(&mut self, piece: &Piece) {
        for (source, fate) in &piece.records {
            let source = self.sources.entry(source.clone()).or_default();
            match fate {
                Fate::TakenBack => source.taken_back += 1,
                Fate::Restored => source.restored += 1,
                Fate::Kept => source.kept += 1,
            }
        }
        for (id, title, outcome) in &piece.achievements {
            let counts = &mut self.achievements;
            match outcome {
                Outcome::Withdrawn => counts.withdrawn += 1,
                Outcome::Changed => counts.changed += 1,
                Outcome::Suspended => counts.suspended += 1,
                Outcome::New => counts.new += 1,
                Outcome::Unchanged => counts.unchanged += 1,
            }
            if let Some(title) = title.clone()
                && *outcome != Outcome::Unchanged
                && self.named.len() < RECALL_NAMED_MAX
            {
                self.named.push(NamedAchievement { id: *id, title, outcome: *outcome });
            }
        }
        self.not_taken_apart += u64::from(piece.apart);
    }

    /// Source records that it changes.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.sources.values().map(|source| source.taken_back + source.restored + source.kept).sum()
    }

    /// Says whether there is nothing to take back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records() == 0
            && self.sources.values().all(|source| source.runs == 0)
            && self.matches == 0
            && self.memberships == 0
    }
}

/// Runs of a version over a source that are not recalled yet.
#[derive(Debug, Clone)]
pub(super) struct VersionRuns {
    pub(super) source: SourceSlug,
    pub(super) runs: u64,
    /// The last of them.
    pub(super) last: RunId,
    pub(super) goes_on_from: Option<taihu_model::Timestamp>,
}
