//! Planning one page: which records are new, changed, the same, of a known achievement, not to be
//! admitted, or gone; and what follows for the achievements they speak of.

use std::collections::BTreeMap;

use taihu_model::contract::{RawRecord, Tombstone};
use taihu_model::{
    Achievement, AchievementId, AchievementState, Digest, Reading, Run, Source, SourceRecord,
    SourceRecordStatus, TenantSlug, Timestamp, Trust, admit,
};
use taihu_store::{Expect, Key, Rev};

use super::report::{LineOutcome, ReportLine, count_reasons};
use super::vanished::GoneBy;
use super::{Progress, Rejection, merge, vanished};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, View};
use crate::keys;
use crate::limits::{ALSO_MAX, EARLIER_MAX};

/// What a page did, to be told once it is stored.
#[derive(Default)]
pub(super) struct Outcome {
    rejected: Vec<Rejection>,
    pub(super) merged: Vec<(String, AchievementId, String)>,
    lines: Vec<ReportLine>,
}

impl Outcome {
    pub(super) fn report(&self, progress: &mut dyn FnMut(Progress<'_>)) {
        for (source_id, achievement, by) in &self.merged {
            progress(Progress::Merged { source_id, achievement: *achievement, by });
        }
        self.rejected.iter().for_each(|rejection| progress(Progress::Rejected(rejection)));
    }
}

pub(super) fn plan(
    kernel: &Kernel,
    source: &Source,
    run: &mut Run,
    records: &[RawRecord],
    (gone, by): (&[Tombstone], GoneBy),
    draft: &mut Draft,
) -> Result<Outcome> {
    let view = kernel.snapshot()?;
    let nth = run.counts.records() + run.counts.withdrawn;
    let mut plan = Plan::new(kernel, source, view)?;
    for raw in records {
        plan.record(run, raw, draft)?;
    }
    for tombstone in gone {
        plan.tombstone(run, tombstone, by, draft)?;
    }
    let outcome = plan.finish(run.updated, draft)?;
    if !outcome.lines.is_empty() {
        draft.put(keys::report(&source.slug, &run.id, nth), &outcome.lines, Expect::Any)?;
    }
    Ok(outcome)
}

/// What is to be written, of a page or of what a person decides about records.
pub(super) struct Plan<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) source: &'a Source,
    pub(super) view: View,
    /// Source records as this page leaves them, with the revision they had.
    pub(super) records: BTreeMap<Key, (SourceRecord, Option<Rev>)>,
    /// What they said before, oldest first, where this page changes that.
    earlier: BTreeMap<Key, Vec<SourceRecord>>,
    /// Merge keys that this page takes.
    pub(super) merges: BTreeMap<String, AchievementId>,
    /// Marks of who speaks of what that this page sets (true) or takes away (false).
    pub(super) said: BTreeMap<(AchievementId, Key), bool>,
    /// Achievements whose facts must be merged anew; true if they are new.
    pub(super) touched: BTreeMap<AchievementId, bool>,
    pub(super) trusts: BTreeMap<String, Trust>,
    /// True if records of this source are marked as vanished.
    any_vanished: bool,
    pub(super) outcome: Outcome,
    /// True if a person decides: what is published and lacks what that needs is then suspended.
    pub(super) by_hand: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(kernel: &'a Kernel, source: &'a Source, view: View) -> Result<Self> {
        Ok(Self {
            kernel,
            source,
            any_vanished: vanished::any(&view, &kernel.city, &source.slug)?,
            view,
            records: BTreeMap::new(),
            earlier: BTreeMap::new(),
            merges: BTreeMap::new(),
            said: BTreeMap::new(),
            touched: BTreeMap::new(),
            trusts: BTreeMap::from([(source.slug.to_string(), source.trust.clone())]),
            outcome: Outcome::default(),
            by_hand: false,
        })
    }

    pub(super) fn known(&self, key: &Key) -> Result<Option<(SourceRecord, Option<Rev>)>> {
        if let Some(known) = self.records.get(key) {
            return Ok(Some(known.clone()));
        }
        let stored = self.view.get::<SourceRecord>(&self.kernel.city, key)?;
        Ok(stored.map(|stored| (stored.value, Some(stored.rev))))
    }

    fn record(&mut self, run: &mut Run, raw: &RawRecord, draft: &mut Draft) -> Result<()> {
        let key = keys::record(&self.source.slug, &raw.source_id);
        let digest = self.digest(raw)?;
        let known = self.known(&key)?;
        self.seen_again(&raw.source_id, draft)?;
        if let Some((record, _)) = &known
            && record.digest == digest
            && matches!(record.status, SourceRecordStatus::Live | SourceRecordStatus::Rejected)
        {
            let nth = nth_record(run);
            if record.status == SourceRecordStatus::Rejected {
                let reasons = record.rejected.clone();
                self.reject(run, raw, reasons, draft)?;
            } else {
                run.counts.unchanged += 1;
            }
            self.confirm(run, key, known, nth);
            return Ok(());
        }
        let before = known.as_ref().and_then(|(record, _)| record.achievement);
        let mut next = SourceRecord {
            source: self.source.slug.clone(),
            source_id: raw.source_id.clone(),
            digest,
            raw: raw.clone(),
            fetched: run.updated,
            run: run.id,
            connector: run.connector,
            status: SourceRecordStatus::Live,
            facts: None,
            achievement: None,
            merged: None,
            rejected: Vec::new(),
            nth: nth_record(run),
            also: Vec::new(),
        };
        match admit(raw, &self.source.defaults) {
            // Garbled on the way, it says nothing: what it said before stands.
            Err(reasons)
                if before.is_some() && reasons.iter().any(|why| why.code == "wrong_encoding") =>
            {
                return self.reject(run, raw, reasons, draft);
            }
            Err(reasons) => {
                next.status = SourceRecordStatus::Rejected;
                next.rejected.clone_from(&reasons);
                if let Some(achievement) = before {
                    self.detach(achievement, &key);
                }
                self.reject(run, raw, reasons, draft)?;
            }
            Ok(admitted) => {
                next.facts = Some(admitted.facts);
                let achievement = match before {
                    Some(achievement) => {
                        run.counts.changed += 1;
                        self.line(LineOutcome::Changed, raw, achievement, "");
                        next.merged = known.as_ref().and_then(|(record, _)| record.merged.clone());
                        achievement
                    }
                    None => self.place(run, &key, &mut next, &admitted.merge_keys)?,
                };
                for merge_key in admitted.merge_keys {
                    if self.merged_into(&merge_key)?.is_none() {
                        self.merges.insert(merge_key, achievement);
                    }
                }
                next.achievement = Some(achievement);
                self.touched.entry(achievement).or_insert(false);
                self.said.insert((achievement, key.clone()), true);
            }
        }
        self.say(key, known, next);
        Ok(())
    }

    /// Has a record say something new, and keeps what it said before.
    fn say(&mut self, key: Key, known: Option<(SourceRecord, Option<Rev>)>, next: SourceRecord) {
        let mut rev = None;
        if let Some((before, known)) = known {
            rev = known;
            self.earlier.entry(key.clone()).or_default().push(before);
        }
        self.records.insert(key, (next, rev));
    }

    /// Notes that another version of the connector read the same: should the first one be recalled,
    /// the record still stands.
    fn confirm(
        &mut self,
        run: &Run,
        key: Key,
        known: Option<(SourceRecord, Option<Rev>)>,
        nth: u64,
    ) {
        let Some((mut record, rev)) = known else { return };
        let knows = record.connector == run.connector
            || record.also.iter().any(|reading| reading.connector == run.connector);
        if knows {
            return;
        }
        if record.also.len() == ALSO_MAX {
            record.also.remove(0);
        }
        let (connector, at) = (run.connector, run.updated);
        record.also.push(Reading { connector, run: run.id, at, nth });
        self.records.insert(key, (record, rev));
    }

    /// Digest of what a record says and of what the source's defaults make of it. Where it was found
    /// says nothing: a row that slipped down is the same row.
    fn digest(&self, raw: &RawRecord) -> Result<Digest> {
        let RawRecord { source_id, datestamp, place: _, fields, verbatim } = raw;
        let said = (source_id, datestamp, fields, verbatim, &self.source.defaults);
        let bytes = serde_json::to_vec(&said).map_err(|error| Error::Damaged(error.to_string()))?;
        Ok(Digest::of(&bytes))
    }

    fn reject(
        &mut self,
        run: &mut Run,
        raw: &RawRecord,
        reasons: Vec<taihu_model::Reason>,
        draft: &mut Draft,
    ) -> Result<()> {
        run.counts.rejected += 1;
        count_reasons(&mut run.reasons, &reasons);
        let rejection =
            Rejection { source_id: raw.source_id.clone(), place: raw.place.clone(), reasons };
        let key = keys::rejection(&run.id, &raw.source_id);
        if !draft.has(&key) {
            draft.put(key, &rejection, Expect::Any)?;
        }
        self.outcome.rejected.push(rejection);
        Ok(())
    }

    /// Notes a record for the run's report.
    pub(super) fn line(
        &mut self,
        outcome: LineOutcome,
        raw: &RawRecord,
        achievement: AchievementId,
        why: &str,
    ) {
        self.outcome.lines.push(ReportLine {
            outcome,
            source_id: raw.source_id.clone(),
            place: raw.place.clone(),
            achievement: Some(achievement),
            why: why.to_owned(),
        });
    }

    /// Takes away the mark of a record that had vanished, if it has one; says whether it had.
    fn seen_again(&self, source_id: &str, draft: &mut Draft) -> Result<bool> {
        if !self.any_vanished {
            return Ok(false);
        }
        let key = keys::vanished(&self.source.slug, source_id);
        let Some(mark) = self.view.0.get(&self.kernel.city, &key)? else { return Ok(false) };
        if !draft.has(&key) {
            // Whoever else takes it away decides about the record: then this looks again.
            draft.delete(key, Expect::Rev(mark.rev));
        }
        Ok(true)
    }

    fn tombstone(
        &mut self,
        run: &mut Run,
        tombstone: &Tombstone,
        by: GoneBy,
        draft: &mut Draft,
    ) -> Result<()> {
        let key = keys::record(&self.source.slug, &tombstone.source_id);
        let marked = self.seen_again(&tombstone.source_id, draft)?;
        if by == GoneBy::Person && !marked {
            return Ok(());
        }
        let known = self.known(&key)?;
        let Some(mut record) = known.as_ref().map(|(record, _)| record.clone()) else {
            return Ok(());
        };
        let nth = nth_tombstone(run);
        match record.status {
            SourceRecordStatus::Live | SourceRecordStatus::Rejected => {}
            SourceRecordStatus::Deleted => {
                self.confirm(run, key, known, nth);
                return Ok(());
            }
            SourceRecordStatus::Recalled => return Ok(()),
        }
        run.counts.withdrawn += 1;
        self.outcome.lines.push(ReportLine {
            outcome: LineOutcome::Withdrawn,
            source_id: record.source_id.clone(),
            place: record.raw.place.clone(),
            achievement: record.achievement,
            why: by.as_str().to_owned(),
        });
        record.status = SourceRecordStatus::Deleted;
        record.fetched = run.updated;
        record.run = run.id;
        record.connector = run.connector;
        record.nth = nth;
        record.also.clear();
        record.merged = None;
        if let Some(achievement) = record.achievement.take() {
            self.detach(achievement, &key);
        }
        self.say(key, known, record);
        Ok(())
    }

    pub(super) fn detach(&mut self, achievement: AchievementId, record: &Key) {
        self.touched.entry(achievement).or_insert(false);
        self.said.insert((achievement, record.clone()), false);
    }

    pub(super) fn finish(mut self, at: Timestamp, draft: &mut Draft) -> Result<Outcome> {
        let touched: Vec<_> = self.touched.iter().map(|(id, new)| (*id, *new)).collect();
        for (id, new) in touched {
            self.achievement(at, id, new, draft)?;
        }
        for (merge_key, id) in &self.merges {
            // Another run may take the same key in this very moment: then this page looks again.
            let key = keys::merge(merge_key);
            let known = self.view.get::<AchievementId>(&self.kernel.city, &key)?;
            draft.put(key, id, known.map_or(Expect::Absent, |known| Expect::Rev(known.rev)))?;
        }
        for ((id, record), is) in &self.said {
            let key = keys::said(id, record);
            if *is {
                draft.put(key, &(), Expect::Any)?;
            } else {
                draft.delete(key, Expect::Any);
            }
        }
        for (key, words) in std::mem::take(&mut self.earlier) {
            self.keep_earlier(&key, words, draft)?;
        }
        for (key, (record, rev)) in std::mem::take(&mut self.records) {
            draft.put(key, &record, rev.map_or(Expect::Absent, Expect::Rev))?;
        }
        Ok(self.outcome)
    }

    /// Keeps what a record said before beside it; of very many words the last ones.
    fn keep_earlier(&self, key: &Key, words: Vec<SourceRecord>, draft: &mut Draft) -> Result<()> {
        let kept = earlier_keys(&self.view, &self.kernel.city, key)?;
        let next = kept.last().map_or(0, |(_, nth)| nth + 1);
        let spare = words.len().saturating_sub(EARLIER_MAX);
        let words = &words[spare..];
        for (old, _) in kept.iter().take((kept.len() + words.len()).saturating_sub(EARLIER_MAX)) {
            draft.delete(old.clone(), Expect::Any);
        }
        for (nth, word) in (next..).zip(words) {
            draft.put(keys::earlier(key, nth), word, Expect::Absent)?;
        }
        Ok(())
    }

    /// Merges an achievement's facts anew, and moves it along the edges that follow.
    fn achievement(
        &mut self,
        at: Timestamp,
        id: AchievementId,
        new: bool,
        draft: &mut Draft,
    ) -> Result<()> {
        use AchievementState as S;
        let key = keys::achievement(&id);
        let stored =
            if new { None } else { self.view.get::<Achievement>(&self.kernel.city, &key)? };
        let speaking = self.speaking(id)?;
        let expect = stored.as_ref().map_or(Expect::Absent, |stored| Expect::Rev(stored.rev));
        let before = stored.as_ref().map(|stored| stored.value.clone());
        let mut record = stored.map_or_else(
            || Achievement {
                id,
                tenant: self.source.tenant.clone(),
                state: S::Draft,
                facts: Default::default(),
                ext: BTreeMap::new(),
                created: at,
                updated: at,
            },
            |stored| stored.value,
        );
        let mut path = Vec::new();
        if speaking.is_empty() {
            if record.state.can_become(S::Withdrawn) {
                path.push(S::Withdrawn);
            }
        } else {
            let facts = speaking.iter().filter_map(|(record, _)| record.facts.as_ref());
            record.facts = merge::merged(facts);
            if record.state == S::Draft {
                path.push(S::Submitted);
            }
            let trusted = speaking
                .iter()
                .any(|(_, trust)| *trust == Trust::OFFICIAL || *trust == Trust::PARTNER);
            let waits = matches!(record.state, S::Draft | S::Submitted);
            if waits && trusted && record.facts.publish_gaps().is_empty() {
                path.push(S::Published);
            }
            if self.by_hand
                && record.state == S::Published
                && !record.facts.publish_gaps().is_empty()
            {
                path.push(S::Suspended);
            }
        }
        for state in path {
            let next = record.state.become_state(state)?;
            draft.edge(id, record.state.as_str(), next.as_str());
            record.state = next;
        }
        if before.as_ref() != Some(&record) {
            record.updated = at;
        }
        // Written even if it says the same as before: who speaks of it has changed, and another run
        // that looks at that must notice.
        draft.put(key, &record, expect)
    }
}

/// Keys of what a record said before, and their numbers, oldest first.
pub(crate) fn earlier_keys(
    view: &View,
    city: &TenantSlug,
    record: &Key,
) -> Result<Vec<(Key, u32)>> {
    let prefix = format!("earlier/{record}/");
    let found = view.0.range(city, &prefix, None, 2 * EARLIER_MAX)?;
    let number = |key: &Key| key.0.strip_prefix(&prefix).and_then(|nth| nth.parse().ok());
    Ok(found.into_iter().filter_map(|(key, _)| number(&key).map(|nth| (key, nth))).collect())
}

/// Place of the record that a run reads now: tombstones of the page before come first.
const fn nth_record(run: &Run) -> u64 {
    2 * run.counts.records() + 1
}

/// Place of the tombstones after the records that a run has read.
const fn nth_tombstone(run: &Run) -> u64 {
    2 * run.counts.records()
}
