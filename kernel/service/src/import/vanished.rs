//! What is gone without anybody having said so: the live records of a source that a full run, which
//! saw everything, did not see. Few of them the run withdraws itself; of many it withdraws none, marks
//! them, and a person decides. Whoever sees a marked record again takes its mark away.
//!
//! A run that was incremental, failed, or did not see everything concludes nothing.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use taihu_model::contract::{RawRecord, Tombstone};
use taihu_model::{
    Digest, Run, RunId, RunStatus, Source, SourceRecordStatus, SourceSlug, TenantSlug, Vanished,
    VanishedDecision,
};
use taihu_store::{Expect, Key};

use super::Progress;
use crate::achievements::check_reason;
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, View};
use crate::keys;
use crate::limits::{REPORT_KEPT_DAYS, TIDIED_PER_COMMIT, VANISHED_PER_COMMIT};

/// Who says that records are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GoneBy {
    /// The source itself.
    Source,
    /// A full run that did not find them, by the rule.
    Rule,
    /// The same, and a person: only those that nobody has seen since.
    Person,
}

impl GoneBy {
    /// The word for it in a run's report.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Rule => "rule",
            Self::Person => "person",
        }
    }

    /// What a commit that says so is called in the audit.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::Source => "run.page",
            Self::Rule | Self::Person => "run.withdraw",
        }
    }
}

/// That a record was not found by a full run.
#[derive(Debug, Serialize, Deserialize)]
struct Mark {
    run: RunId,
    source_id: String,
}

/// What is read of a source record to say whether it is missing.
#[derive(Debug, Deserialize)]
struct Standing {
    source_id: String,
    status: SourceRecordStatus,
}

/// The beginning of the digest of a source's identifier, as it stands in a record's key.
type Short = [u8; 16];

fn short(source_id: &str) -> Short {
    let digest = Digest::of(source_id.as_bytes()).0;
    let mut short = Short::default();
    short.copy_from_slice(&digest[..16]);
    short
}

/// Says whether any record of a source is marked.
pub(super) fn any(view: &View, city: &TenantSlug, source: &SourceSlug) -> Result<bool> {
    Ok(!view.0.range(city, &format!("vanished/{source}/"), None, 1)?.is_empty())
}

/// Notes which records a full run sees in a part of a page, in the commit that stores them.
pub(super) fn note_seen(run: &Run, records: &[RawRecord], draft: &mut Draft) {
    if run.since.is_none() && !records.is_empty() {
        let bytes = records.iter().flat_map(|record| short(&record.source_id)).collect();
        draft.put_bytes(keys::seen(&run.source, &run.id, run.counts.records()), bytes, Expect::Any);
    }
}

/// A page of what a source has.
struct Missing {
    live: u64,
    missing: Vec<String>,
    /// Where the next page begins.
    after: Option<Key>,
}

impl Kernel {
    /// Finds what a full run that has read everything did not see, and withdraws or marks it. May be
    /// interrupted at any point and begun again.
    pub(super) fn conclude(
        &self,
        caller: &Caller,
        run: &mut Run,
        source: &Source,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<()> {
        let seen = self.seen_by(run)?;
        if run.vanished.is_none() {
            let (live, missing) = self.count_missing(source, &seen)?;
            if missing == 0 {
                return Ok(());
            }
            // Nothing at all is what a server says that is being mended.
            let empty = run.counts.records() == 0;
            let allowed = if empty { 0 } else { source.withdraw_max.of(live) };
            let decision = if missing <= allowed {
                VanishedDecision::Withdrawn
            } else {
                VanishedDecision::Waiting
            };
            let at = self.now();
            run.vanished = Some(Vanished { missing, live, allowed, decision, by: None, at });
        }
        let withdraws = run
            .vanished
            .as_ref()
            .is_some_and(|vanished| vanished.decision == VanishedDecision::Withdrawn);
        let mut after = None;
        loop {
            let page = self.missing_after(source, &seen, after)?;
            if withdraws {
                self.withdraw(caller, run, source, &page.missing, GoneBy::Rule, progress)?;
            } else {
                self.mark(caller, run, source, page.missing)?;
            }
            match page.after {
                Some(key) => after = Some(key),
                None => return Ok(()),
            }
        }
    }

    fn seen_by(&self, run: &Run) -> Result<HashSet<Short>> {
        let view = self.snapshot()?;
        let prefix = format!("seen/{}/{}/", run.source, run.id);
        let mut seen = HashSet::new();
        let mut after: Option<Key> = None;
        loop {
            let parts = view.0.range(&self.city, &prefix, after.as_ref(), TIDIED_PER_COMMIT)?;
            let Some((last, _)) = parts.last() else { return Ok(seen) };
            after = Some(last.clone());
            for (_, part) in &parts {
                seen.extend(
                    part.value.chunks_exact(16).filter_map(|one| Short::try_from(one).ok()),
                );
            }
        }
    }

    /// How many live records a source has, and how many of them were not seen.
    fn count_missing(&self, source: &Source, seen: &HashSet<Short>) -> Result<(u64, u64)> {
        let (mut live, mut missing, mut after) = (0, 0, None);
        loop {
            let page = self.missing_after(source, seen, after)?;
            live += page.live;
            missing += page.missing.len() as u64;
            match page.after {
                Some(key) => after = Some(key),
                None => return Ok((live, missing)),
            }
        }
    }

    fn missing_after(
        &self,
        source: &Source,
        seen: &HashSet<Short>,
        after: Option<Key>,
    ) -> Result<Missing> {
        let prefix = format!("record/{}/", source.slug);
        let view = self.snapshot()?;
        let found =
            view.list::<Standing>(&self.city, &prefix, after.as_ref(), VANISHED_PER_COMMIT)?;
        let after =
            found.last().filter(|_| found.len() == VANISHED_PER_COMMIT).map(|(key, _)| key.clone());
        let live: Vec<Standing> = found
            .into_iter()
            .map(|(_, record)| record)
            .filter(|record| record.status == SourceRecordStatus::Live)
            .collect();
        Ok(Missing {
            live: live.len() as u64,
            missing: live
                .into_iter()
                .filter(|record| !seen.contains(&short(&record.source_id)))
                .map(|record| record.source_id)
                .collect(),
            after,
        })
    }

    fn withdraw(
        &self,
        caller: &Caller,
        run: &mut Run,
        source: &Source,
        missing: &[String],
        by: GoneBy,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        let tombstone = |id: &String| Tombstone { source_id: id.clone(), datestamp: String::new() };
        let gone: Vec<Tombstone> = missing.iter().map(tombstone).collect();
        let stored = self.store_part(caller, run.clone(), source, &[], (&gone, by), progress)?;
        if let Some(stored) = stored {
            *run = stored;
            progress(Progress::Page(run));
        }
        Ok(())
    }

    fn mark(
        &self,
        caller: &Caller,
        run: &Run,
        source: &Source,
        missing: Vec<String>,
    ) -> Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        let mut draft = Draft::new(self.audit(caller, &source.tenant, "run.vanished", run.id));
        for source_id in missing {
            let key = keys::vanished(&source.slug, &source_id);
            draft.put(key, &Mark { run: run.id, source_id }, Expect::Any)?;
        }
        self.commit(&self.city, draft)?;
        Ok(())
    }

    /// What the end of a run changes about an earlier one that waits for a decision: whoever looked
    /// at everything again knows better.
    pub(super) fn outdate(&self, run: &Run, draft: &mut Draft) -> Result<()> {
        let looked = run.status == RunStatus::Done && run.complete && run.since.is_none();
        if !looked {
            return Ok(());
        }
        let key = keys::waiting(&run.source);
        let view = self.snapshot()?;
        let known = view.get::<RunId>(&self.city, &key)?;
        if let Some(before) = &known
            && before.value != run.id
            && let Some(mut other) = view.get::<Run>(&self.city, &keys::run(&before.value))?
        {
            if let Some(vanished) = &mut other.value.vanished {
                vanished.decision = VanishedDecision::Outdated;
            }
            draft.put(keys::run(&before.value), &other.value, Expect::Rev(other.rev))?;
        }
        let waits = |vanished: &Vanished| vanished.decision == VanishedDecision::Waiting;
        if run.vanished.as_ref().is_some_and(waits) {
            draft.put(key, &run.id, Expect::Any)?;
        } else if known.is_some() {
            draft.delete(key, Expect::Any);
        }
        Ok(())
    }

    /// Decides what becomes of the records that a full run did not find any more: they are withdrawn,
    /// all that nobody has seen since, or they stay until a full run misses them again. May be
    /// interrupted at any point and repeated.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such run, [`Error::Conflict`] if it does not wait for a
    /// decision, or its source is being read just now.
    pub fn decide_vanished(
        &self,
        caller: &Caller,
        id: RunId,
        withdraw: bool,
        reason: &str,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Run> {
        let mut run = self.run(caller, id)?;
        let source = self.source(&run.source)?;
        caller.may(Action::ManageSources, &source.tenant)?;
        check_reason(reason)?;
        let waits = |vanished: &Vanished| vanished.decision == VanishedDecision::Waiting;
        if !run.vanished.as_ref().is_some_and(waits) {
            return Err(Error::conflict(
                format!("导入批次 {id} 没有待确认撤回的记录（可能已处理，或已有更新的全量导入）"),
                format!(
                    "run {id} does not wait for a decision: it was made, or a later full run looked again"
                ),
            ));
        }
        let _driver = super::Driver::of(self, id)?;
        self.must_not_be_read(&source)?;
        let prefix = format!("vanished/{}/", source.slug);
        let mut after: Option<Key> = None;
        loop {
            let view = self.snapshot()?;
            let marks =
                view.list::<Mark>(&self.city, &prefix, after.as_ref(), VANISHED_PER_COMMIT)?;
            let Some((last, _)) = marks.last() else { break };
            after = Some(last.clone());
            if withdraw {
                let missing: Vec<String> =
                    marks.into_iter().map(|(_, mark)| mark.source_id).collect();
                self.withdraw(caller, &mut run, &source, &missing, GoneBy::Person, progress)?;
            } else {
                let mut draft =
                    Draft::new(self.audit(caller, &source.tenant, "run.keep_vanished", id));
                marks.into_iter().for_each(|(key, _)| draft.delete(key, Expect::Any));
                self.commit(&self.city, draft)?;
            }
        }
        let action = if withdraw { "run.withdrawn" } else { "run.kept" };
        let mut draft = Draft::new(self.audit(caller, &source.tenant, action, id));
        draft.reason(reason);
        if let Some(vanished) = &mut run.vanished {
            vanished.decision =
                if withdraw { VanishedDecision::Confirmed } else { VanishedDecision::Kept };
            vanished.by = Some(caller.actor.clone());
            vanished.at = self.now();
        }
        draft.put(keys::run(&id), &run, Expect::Any)?;
        draft.delete(keys::waiting(&source.slug), Expect::Any);
        self.commit(&self.city, draft)?;
        Ok(run)
    }

    /// Makes sure that no run of a source is going on.
    fn must_not_be_read(&self, source: &Source) -> Result<()> {
        let view = self.snapshot()?;
        let Some(active) = view.get::<RunId>(&self.city, &keys::active_run(&source.slug))? else {
            return Ok(());
        };
        let run = view.get::<Run>(&self.city, &keys::run(&active.value))?;
        match run {
            Some(run) if run.value.status == RunStatus::Running => Err(Error::conflict(
                format!("来源“{}”正在导入（{}），请等它结束后再确认", source.slug, active.value),
                format!("run {} over {} is going on; decide afterwards", active.value, source.slug),
            )),
            _ => Ok(()),
        }
    }

    /// Deletes what ended runs of a source have left that nobody will ask for: what they saw, and
    /// reports that are old. `draft` takes the first of it along with the end of a run.
    pub(super) fn tidy_runs(&self, source: &SourceSlug, draft: &mut Draft) -> Result<bool> {
        let view = self.snapshot()?;
        let seen = view.0.range(&self.city, &format!("seen/{source}/"), None, TIDIED_PER_COMMIT)?;
        let more = seen.len() == TIDIED_PER_COMMIT;
        seen.into_iter().for_each(|(key, _)| draft.delete(key, Expect::Any));
        let old = self.now().as_millisecond() - REPORT_KEPT_DAYS * 86_400_000;
        let old = taihu_model::Timestamp::from_millisecond(old).unwrap_or_default();
        let oldest_kept = RunId::from_parts(old, 0);
        let prefix = format!("report/{source}/");
        let reports = view.0.range(&self.city, &prefix, None, REPORTS_TIDIED)?;
        let before = format!("{prefix}{oldest_kept}");
        let reports = reports.into_iter().map(|(key, _)| key).filter(|key| key.0 < before);
        reports.for_each(|key| draft.delete(key, Expect::Any));
        Ok(more)
    }
}

/// Parts of old reports that the end of a run deletes: more than a run adds in most nights.
const REPORTS_TIDIED: usize = 100;
