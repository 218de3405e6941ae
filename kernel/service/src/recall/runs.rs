//! Runs of a recalled version: those that go on are ended, and their sources are read again from
//! where the first of them began.

use std::collections::BTreeMap;

use taihu_model::{Run, RunId, RunStatus, Source, SourceSlug, Text, Timestamp};
use taihu_store::Expect;

use super::report::{Recall, VersionRuns};
use super::scan::Scan;
use crate::authority::Caller;
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, Stored, View};
use crate::keys;

impl Kernel {
    /// Counts the runs of a version, and says where their sources would go on from.
    pub(super) fn count_runs(&self, view: &View, scan: &Scan, recall: &mut Recall) -> Result<()> {
        for found in self.version_runs(view, scan, recall)? {
            let source = recall.sources.entry(found.source).or_default();
            source.runs = found.runs;
            source.goes_on_from = found.goes_on_from;
        }
        Ok(())
    }

    /// Runs of the version that were not recalled before, by source.
    fn version_runs(&self, view: &View, scan: &Scan, recall: &Recall) -> Result<Vec<VersionRuns>> {
        let mut by_source: BTreeMap<SourceSlug, Vec<Run>> = BTreeMap::new();
        for (_, run) in view.list::<Run>(&self.city, "run/", None, 100_000)? {
            if scan.is_of(self, &run.source, &recall.tenant) {
                by_source.entry(run.source.clone()).or_default().push(run);
            }
        }
        let mut found = Vec::new();
        for (source, runs) in by_source {
            let known = view.get::<RunId>(&self.city, &keys::recalled(&source, &recall.digest))?;
            let known = known.map(|known| known.value);
            let fresh: Vec<&Run> = runs
                .iter()
                .filter(|run| {
                    run.connector == recall.digest && known.is_none_or(|last| run.id > last)
                })
                .collect();
            let (Some(first), Some(last)) = (fresh.first(), fresh.last()) else { continue };
            let before = |run: &&Run| {
                run.connector != recall.digest && run.status == RunStatus::Done && run.id < first.id
            };
            let goes_on_from: Option<Timestamp> =
                runs.iter().filter(before).map(|run| run.started).max();
            found.push(VersionRuns {
                source,
                runs: fresh.len() as u64,
                last: last.id,
                goes_on_from,
            });
        }
        Ok(found)
    }

    /// Makes sure that nobody is driving a run of a version where its words are taken back.
    pub(super) fn must_not_be_driven(&self, recall: &Recall) -> Result<()> {
        for (source, Stored { value: run, .. }) in self.going_on(recall)? {
            if self.lock(&self.driving).contains(&run.id) {
                return Err(Error::conflict(
                    format!("来源“{source}”正由该版本导入（{}），请等它结束后再召回", run.id),
                    format!(
                        "run {} of that version over {source} is going on; recall it afterwards",
                        run.id
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Ends the runs of a version that were interrupted: nobody is to drive them on.
    pub(super) fn end_runs(&self, caller: &Caller, recall: &Recall, reason: &str) -> Result<()> {
        self.must_not_be_driven(recall)?;
        for (_, Stored { rev, value: mut run }) in self.going_on(recall)? {
            run.status = RunStatus::Failed;
            run.error =
                Some(Text::new("连接器版本已被召回", "its connector's version was recalled"));
            run.updated = self.now();
            let mut draft = Draft::new(self.audit(caller, &recall.tenant, "plugin.recall", run.id));
            draft.reason(reason);
            draft.put(keys::run(&run.id), &run, Expect::Rev(rev))?;
            self.commit(&self.city, draft)?;
        }
        Ok(())
    }

    /// Runs of a version that have not come to their end, and their sources.
    fn going_on(&self, recall: &Recall) -> Result<Vec<(SourceSlug, Stored<Run>)>> {
        let view = self.snapshot()?;
        let mut found = Vec::new();
        for (_, source) in view.list::<Source>(&self.city, "source/", None, 10_000)? {
            if recall.tenant != self.city && source.tenant != recall.tenant {
                continue;
            }
            let Some(active) = view.get::<RunId>(&self.city, &keys::active_run(&source.slug))?
            else {
                continue;
            };
            let run = view.get::<Run>(&self.city, &keys::run(&active.value))?;
            let of_version = |run: &Stored<Run>| {
                run.value.connector == recall.digest && run.value.status == RunStatus::Running
            };
            found.extend(run.filter(of_version).map(|run| (source.slug, run)));
        }
        Ok(found)
    }

    /// Has the sources of a version read again from where its first run began.
    pub(super) fn move_watermarks(
        &self,
        caller: &Caller,
        scan: &Scan,
        recall: &mut Recall,
        reason: &str,
    ) -> Result<()> {
        let view = self.snapshot()?;
        for found in self.version_runs(&view, scan, recall)? {
            let key = keys::source(&found.source);
            let Stored { rev, value: mut source } =
                view.need::<Source>(&self.city, &key, "source", &found.source)?;
            source.watermark = match (source.watermark, found.goes_on_from) {
                (Some(now), Some(then)) => Some(now.min(then)),
                _ => None,
            };
            let mut draft =
                Draft::new(self.audit(caller, &recall.tenant, "plugin.recall", &found.source));
            draft.reason(reason);
            draft.put(key, &source, Expect::Rev(rev))?;
            draft.put(keys::recalled(&found.source, &recall.digest), &found.last, Expect::Any)?;
            self.commit(&self.city, draft)?;
            let told = recall.sources.entry(found.source).or_default();
            told.runs = found.runs;
            told.goes_on_from = source.watermark;
        }
        Ok(())
    }
}
