//! Runs: bringing what a source has into the pool, page by page, each in one commit together with
//! the place to go on from.

mod budget;
mod connector;
mod fetch;
mod hand;
mod lines;
pub(crate) mod merge;
mod page;
mod place;
mod report;
mod runs;
mod spent;
mod vanished;

use serde::{Deserialize, Serialize};
use taihu_model::contract::{Page, RunView, Warning};
use taihu_model::{
    AchievementId, Digest, Reason, Run, RunCounts, RunId, RunSpent, RunStatus, Source, SourceSlug,
    Text,
};
use taihu_store::{CommitError, Expect};

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, Stored};
use crate::keys;
use crate::limits::{PAGE_RETRIES_MAX, PAGES_MAX, RECORDS_PER_COMMIT_MAX};

pub(crate) use connector::configured;
pub use hand::merge_words;
pub use lines::{FieldMapping, LinesFeed, LinesMapping, unpacked};
pub(crate) use page::earlier_keys;
pub use report::{LineOutcome, ReportLine, ReportPage};
pub(crate) use spent::Spending;
pub use spent::SpentOnRuns;

use connector::{ConnectorFeed, not_in_its_share, subject};
use vanished::GoneBy;

/// A record that a run did not admit, with every reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The source's own identifier.
    pub source_id: String,
    /// What a person finds it by.
    pub place: String,
    /// Every reason.
    pub reasons: Vec<Reason>,
}

/// What happened in a run, as it happens.
#[derive(Debug, Clone)]
pub enum Progress<'a> {
    /// A page was stored; the run as it stands now.
    Page(&'a Run),
    /// A record was not admitted.
    Rejected(&'a Rejection),
    /// A record was found to be of an achievement that another record had brought.
    Merged {
        /// The record's own identifier.
        source_id: &'a str,
        /// The achievement.
        achievement: AchievementId,
        /// The key that both have: `ip:…`, `reg:…`, `title:…`, `like:…`.
        by: &'a str,
    },
    /// The connector reports something odd.
    Warning(&'a Warning),
}

/// Whether a run brings everything or what changed since the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunMode {
    /// Everything the source has.
    Full,
    /// What changed since the last run that came to its end.
    Incremental,
}

/// Where records come from: a connector, or lines of JSON.
pub(crate) trait Feed {
    /// The page after a state, or the end.
    fn next(&mut self, run: &RunView, state: &str) -> Result<FeedStep>;

    /// What the run has used up of its budget; nothing where there is none.
    fn spent(&self) -> RunSpent {
        RunSpent::default()
    }
}

pub(crate) enum FeedStep {
    Page(Page),
    Done { complete: bool, warnings: Vec<Warning> },
}

impl Kernel {
    /// Starts a run of a source, or finds the one that is going on.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such source; [`Error::Conflict`] if its connector is not enabled.
    pub fn start_run(&self, caller: &Caller, slug: &SourceSlug, mode: RunMode) -> Result<Run> {
        self.begin_run(caller, slug, mode, &mut |_| Ok(()))
    }

    /// The same; `along` adds to the commit that starts a run, if one is started.
    pub(crate) fn begin_run(
        &self,
        caller: &Caller,
        slug: &SourceSlug,
        mode: RunMode,
        along: &mut dyn FnMut(&mut Draft) -> Result<()>,
    ) -> Result<Run> {
        let source = self.source(slug)?;
        caller.may(Action::Import, &source.tenant)?;
        let mut installation = None;
        if source.connector.as_str() != LinesFeed::CONNECTOR {
            installation = Some(self.working_one(&source.tenant, &source.connector)?);
        }
        let view = self.snapshot()?;
        let active = view.get::<RunId>(&self.city, &keys::active_run(slug))?;
        if let Some(active) = &active {
            let run =
                view.need::<Run>(&self.city, &keys::run(&active.value), "run", active.value)?;
            if run.value.status == RunStatus::Running {
                return Ok(run.value);
            }
        }
        let now = self.now();
        let id = RunId::from_parts(now, self.chance()?);
        let connector = match &installation {
            None => Digest::default(),
            Some(installation) => {
                let serving = installation.serving(&subject(id));
                let serving = serving.ok_or_else(|| not_in_its_share(&source))?;
                self.require_not_withheld(&serving, &source.tenant)?;
                serving.digest
            }
        };
        let run = Run {
            id,
            source: slug.clone(),
            connector,
            status: RunStatus::Running,
            since: source.watermark.filter(|_| mode == RunMode::Incremental),
            state: String::new(),
            counts: RunCounts::default(),
            total: None,
            complete: false,
            vanished: None,
            spent: RunSpent::default(),
            reasons: Vec::new(),
            started: now,
            updated: now,
            error: None,
        };
        let mut draft = Draft::new(self.audit(caller, &source.tenant, "run.start", run.id));
        draft.put(keys::run(&run.id), &run, Expect::Absent)?;
        let expect = active.map_or(Expect::Absent, |active| Expect::Rev(active.rev));
        draft.put(keys::active_run(slug), &run.id, expect)?;
        along(&mut draft)?;
        self.commit(&self.city, draft)?;
        Ok(run)
    }

    /// The runs that were going on when the kernel stopped, and are to be driven on.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn interrupted_runs(&self) -> Result<Vec<RunId>> {
        let view = self.snapshot()?;
        let mut found = Vec::new();
        for (_, id) in view.list::<RunId>(&self.city, "active-run/", None, 10_000)? {
            let run = view.need::<Run>(&self.city, &keys::run(&id), "run", id)?.value;
            let source = self.source(&run.source)?;
            // Lines come from a file that only the one who started the run has.
            if run.status == RunStatus::Running && source.connector.as_str() != LinesFeed::CONNECTOR
            {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Drives a run to its end, from wherever it stands. May be interrupted at any point and
    /// driven on later: what was stored stays.
    ///
    /// # Errors
    /// If the run fails; it is then marked as failed, with the reason.
    pub fn drive_run(
        &self,
        caller: &Caller,
        id: RunId,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Run> {
        let run = self.run(caller, id)?;
        let source = self.source(&run.source)?;
        // A run ends with the version that it began with, whatever was promoted meanwhile.
        let installation = self.working_one(&source.tenant, &source.connector)?;
        let version = Self::as_version(&installation, &run.connector);
        self.require_not_withheld(&version, &source.tenant)?;
        let ready = self.ready(version, &source.tenant)?;
        let mut feed = ConnectorFeed::new(self, &source, ready, installation, &run)?;
        self.drive(caller, run, &source, &mut feed, progress)
    }

    /// Drives a run over lines of JSON.
    ///
    /// # Errors
    /// As [`Kernel::drive_run`]; also for a line that is no JSON, with its number.
    pub fn drive_lines(
        &self,
        caller: &Caller,
        id: RunId,
        file: impl std::io::Read,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Run> {
        let run = self.run(caller, id)?;
        let source = self.source(&run.source)?;
        let mut feed = LinesFeed::new(LinesMapping::of(&source.config)?, file)?;
        self.drive(caller, run, &source, &mut feed, progress)
    }

    pub(crate) fn drive(
        &self,
        caller: &Caller,
        run: Run,
        source: &Source,
        feed: &mut dyn Feed,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Run> {
        let _driver = Driver::of(self, run.id)?;
        // Whoever drove it until now may have moved it on.
        let mut run = self.run(caller, run.id)?;
        if run.status != RunStatus::Running {
            return Ok(run);
        }
        match self.drive_pages(caller, &mut run, source, feed, progress) {
            Ok(()) => Ok(run),
            // The store's own trouble ends nothing: the run goes on when it is driven again.
            Err(error @ (Error::Unavailable(_) | Error::Full(_) | Error::Busy { .. })) => {
                Err(error)
            }
            Err(error) => {
                run.status = RunStatus::Failed;
                run.error = Some(Text::new(error.zh(), error.to_string()));
                run.updated = self.now();
                self.end_run(caller, source, &run, None)?;
                Err(error)
            }
        }
    }

    fn drive_pages(
        &self,
        caller: &Caller,
        run: &mut Run,
        source: &Source,
        feed: &mut dyn Feed,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<()> {
        // Everything had been read when it was interrupted.
        while !run.complete {
            let view = RunView {
                since: run.since.map(|since| since.to_string()).unwrap_or_default(),
                pages: run.counts.pages,
            };
            let step = feed.next(&view, &run.state);
            run.spent = feed.spent();
            match step? {
                FeedStep::Page(page) => {
                    if run.counts.pages == PAGES_MAX {
                        return Err(Error::Upstream(Text::new(
                            format!("来源超过{PAGES_MAX}页仍未结束"),
                            format!("the source has not ended after {PAGES_MAX} pages"),
                        )));
                    }
                    self.store_page(caller, run, source, page, progress)?;
                    progress(Progress::Page(run));
                }
                FeedStep::Done { complete, warnings } => {
                    run.counts.warnings += warnings.len() as u64;
                    warnings.iter().for_each(|warning| progress(Progress::Warning(warning)));
                    run.complete = complete;
                    if !complete {
                        break;
                    }
                    self.note_read(caller, run, source)?;
                }
            }
        }
        if run.complete && run.since.is_none() {
            self.conclude(caller, run, source, progress)?;
        }
        run.status = RunStatus::Done;
        run.updated = self.now();
        self.end_run(caller, source, run, Some(run.started))
    }

    /// Notes that nothing is left to be read, before conclusions are drawn from that.
    fn note_read(&self, caller: &Caller, run: &Run, source: &Source) -> Result<()> {
        if run.since.is_none() {
            let mut draft = Draft::new(self.audit(caller, &source.tenant, "run.read", run.id));
            draft.put(keys::run(&run.id), run, Expect::Any)?;
            self.commit(&self.city, draft)?;
        }
        Ok(())
    }

    /// Stores a page: in one commit, or in several of which only the last moves the run on.
    fn store_page(
        &self,
        caller: &Caller,
        run: &mut Run,
        source: &Source,
        mut page: Page,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<()> {
        for warning in &page.warnings {
            progress(Progress::Warning(warning));
        }
        let goes_on_at = std::mem::take(&mut page.state);
        run.counts.warnings += page.warnings.len() as u64;
        run.total = page.total.or(run.total);
        let mut records = page.records;
        let tombstones = page.tombstones;
        let mut size = RECORDS_PER_COMMIT_MAX;
        loop {
            let rest = records.split_off(records.len().min(size));
            let last = rest.is_empty();
            let mut next = run.clone();
            if last {
                next.state.clone_from(&goes_on_at);
                next.counts.pages += 1;
            }
            let gone = if last { tombstones.as_slice() } else { &[] };
            let gone = (gone, GoneBy::Source);
            match self.store_part(caller, next, source, &records, gone, progress)? {
                Some(stored) => *run = stored,
                // Records with many rights are many writes: fewer of them at once.
                None => {
                    size = (records.len() / 2).max(1);
                    records.extend(rest);
                    continue;
                }
            }
            if last {
                return Ok(());
            }
            records = rest;
        }
    }

    /// Stores a part of a page in one commit; `None`, and nothing stored, if it is too much for one.
    fn store_part(
        &self,
        caller: &Caller,
        run: Run,
        source: &Source,
        records: &[taihu_model::contract::RawRecord],
        gone: (&[taihu_model::contract::Tombstone], GoneBy),
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Option<Run>> {
        for _ in 0..PAGE_RETRIES_MAX {
            let mut run = run.clone();
            run.updated = self.now();
            let action = gone.1.action();
            let mut draft = Draft::new(self.audit(caller, &source.tenant, action, run.id));
            vanished::note_seen(&run, records, &mut draft);
            let outcome = spent::counted(&self.spending.planning, || {
                page::plan(self, source, &mut run, records, gone, &mut draft)
            })?;
            draft.put(keys::run(&run.id), &run, Expect::Any)?;
            if !draft.fits() && records.len() > 1 {
                return Ok(None);
            }
            let committed = spent::counted(&self.spending.committing, || {
                self.parts.store.commit(&self.city, draft.into_batch())
            });
            match committed {
                Ok(_) => {
                    outcome.report(progress);
                    return Ok(Some(run));
                }
                // Another run changed the same achievements meanwhile: look again.
                Err(CommitError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Busy { retry_after_s: 1 })
    }

    fn end_run(
        &self,
        caller: &Caller,
        source: &Source,
        run: &Run,
        watermark: Option<taihu_model::Timestamp>,
    ) -> Result<()> {
        let action = if run.status == RunStatus::Done { "run.end" } else { "run.fail" };
        let mut draft = Draft::new(self.audit(caller, &source.tenant, action, run.id));
        if let Some(error) = &run.error {
            draft.reason(&error.zh);
        }
        draft.put(keys::run(&run.id), run, Expect::Any)?;
        if let Some(watermark) = watermark {
            let key = keys::source(&source.slug);
            let view = self.snapshot()?;
            let Stored { rev, mut value } =
                view.need::<Source>(&self.city, &key, "source", &source.slug)?;
            value.watermark = Some(watermark);
            draft.put(key, &value, Expect::Rev(rev))?;
        }
        self.outdate(run, &mut draft)?;
        let mut more = self.tidy_runs(&source.slug, &mut draft)?;
        self.commit(&self.city, draft)?;
        while more {
            let mut draft = Draft::new(self.audit(caller, &source.tenant, "run.tidy", run.id));
            more = self.tidy_runs(&source.slug, &mut draft)?;
            self.commit(&self.city, draft)?;
        }
        Ok(())
    }
}

/// Who drives a run; there is one at a time, until this is dropped.
struct Driver<'k> {
    kernel: &'k Kernel,
    run: RunId,
}

impl<'k> Driver<'k> {
    fn of(kernel: &'k Kernel, run: RunId) -> Result<Self> {
        if kernel.lock(&kernel.driving).insert(run) {
            return Ok(Self { kernel, run });
        }
        Err(Error::conflict("该导入批次正在进行", format!("run {run} is being driven already")))
    }
}

impl Drop for Driver<'_> {
    fn drop(&mut self) {
        self.kernel.lock(&self.kernel.driving).remove(&self.run);
    }
}
