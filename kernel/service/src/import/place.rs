//! Which achievement a record speaks of: one that has a merge key of it and whose records it joins, or
//! a new one; and who speaks of an achievement.

use std::collections::BTreeSet;

use taihu_model::{
    Achievement, AchievementId, AchievementState, Run, Source, SourceRecord, SourceRecordStatus,
    Trust,
};
use taihu_store::Key;

use super::merge;
use super::page::Plan;
use super::report::LineOutcome;
use crate::error::Result;
use crate::kernel::{Kernel, View};
use crate::keys;
use crate::limits::{APART_MAX, SAID_MAX};

impl Plan<'_> {
    /// The achievement that a new record speaks of: the first that has a merge key of it and that it
    /// joins, or a new one.
    pub(super) fn place(
        &mut self,
        run: &mut Run,
        key: &Key,
        next: &mut SourceRecord,
        merge_keys: &[String],
    ) -> Result<AchievementId> {
        let facts = next.facts.clone().unwrap_or_default();
        let mut apart: Option<BTreeSet<Key>> = None;
        for merge_key in merge_keys {
            let Some(found) = self.merged_into(merge_key)? else { continue };
            let speaking = self.speaking(found)?;
            let apart = match &mut apart {
                Some(apart) => apart,
                None => apart.insert(self.kernel.apart_from(&self.view, key)?),
            };
            let words: Vec<&SourceRecord> = speaking.iter().map(|(word, _)| word).collect();
            let kept_apart = !apart.is_empty()
                && words
                    .iter()
                    .any(|word| apart.contains(&keys::record(&word.source, &word.source_id)));
            if kept_apart {
                continue;
            }
            let Some(common) = merge::joins(merge_key, &next.source, &facts, &words) else {
                continue;
            };
            run.counts.merged += 1;
            next.merged = Some(common.by(merge_key, next));
            self.outcome.merged.push((next.source_id.clone(), found, merge_key.clone()));
            self.line(LineOutcome::Merged, &next.raw, found, merge_key);
            return Ok(found);
        }
        run.counts.new += 1;
        let id = AchievementId::from_parts(run.updated, self.kernel.chance()?);
        self.line(LineOutcome::New, &next.raw, id, "");
        self.touched.insert(id, true);
        Ok(id)
    }

    /// The living achievement that has a merge key.
    pub(super) fn merged_into(&self, merge_key: &str) -> Result<Option<AchievementId>> {
        if let Some(found) = self.merges.get(merge_key) {
            return Ok(Some(*found));
        }
        let stored = self.view.get::<AchievementId>(&self.kernel.city, &keys::merge(merge_key))?;
        let Some(id) = stored.map(|stored| stored.value) else { return Ok(None) };
        let key = keys::achievement(&id);
        let Some(achievement) = self.view.get::<Achievement>(&self.kernel.city, &key)? else {
            return Ok(None);
        };
        use AchievementState as S;
        let gone = matches!(achievement.value.state, S::Withdrawn | S::Archived | S::Expired);
        Ok((!gone).then_some(id))
    }

    /// The live records that speak of an achievement, the weightiest first.
    pub(super) fn speaking(&mut self, id: AchievementId) -> Result<Vec<(SourceRecord, Trust)>> {
        let prefix = format!("said/{id}/");
        let marks = self.view.0.range(&self.kernel.city, &prefix, None, SAID_MAX)?;
        let mut keys: BTreeSet<Key> = marks
            .into_iter()
            .filter_map(|(key, _)| key.0.strip_prefix(&prefix).map(|rest| Key(rest.to_owned())))
            .collect();
        for ((_, record), is) in
            self.said.range((id, Key(String::new()))..).take_while(|((of, _), _)| *of == id)
        {
            if *is {
                keys.insert(record.clone());
            } else {
                keys.remove(record);
            }
        }
        let mut found = Vec::new();
        for key in keys.into_iter().take(SAID_MAX) {
            let Some((record, _)) = self.known(&key)? else { continue };
            if record.status == SourceRecordStatus::Live {
                let trust = self.trust(&record)?;
                found.push((record, trust));
            }
        }
        found.sort_by(|(a, a_trust), (b, b_trust)| {
            (merge::order(a_trust, a.fetched), &a.source, &a.source_id).cmp(&(
                merge::order(b_trust, b.fetched),
                &b.source,
                &b.source_id,
            ))
        });
        Ok(found)
    }

    fn trust(&mut self, record: &SourceRecord) -> Result<Trust> {
        if let Some(trust) = self.trusts.get(record.source.as_str()) {
            return Ok(trust.clone());
        }
        let source = self.view.get::<Source>(&self.kernel.city, &keys::source(&record.source))?;
        let trust = source.map_or(Trust::SELF, |source| source.value.trust);
        self.trusts.insert(record.source.to_string(), trust.clone());
        Ok(trust)
    }
}

impl Kernel {
    /// The records that people keep a record apart from.
    pub(crate) fn apart_from(&self, view: &View, record: &Key) -> Result<BTreeSet<Key>> {
        let prefix = keys::apart_from(record);
        let found = view.0.range(&self.city, &prefix, None, APART_MAX)?;
        let rest = |key: Key| key.0.strip_prefix(&prefix).map(|rest| Key(rest.to_owned()));
        Ok(found.into_iter().filter_map(|(key, _)| rest(key)).collect())
    }
}
