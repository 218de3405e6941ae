//! What handlers share: the kernel, the bridges to it, the metrics.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use taihu_model::{RunId, TenantSlug};
use taihu_service::{Caller, Error, Kernel, Progress};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::limits as l;
use super::metrics::Metrics;
use super::problem::Problem;
use super::share::Shares;
use super::site::Site;
use crate::bridge::{Bridge, Crossing, Place};

/// What handlers share. Cheap to copy.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    kernel: Arc<Kernel>,
    work: Bridge,
    shares: Arc<Shares>,
    tokens: Bridge,
    runs: Bridge,
    probes: Bridge,
    keepers: Bridge,
    uploads: Semaphore,
    driving: Mutex<BTreeSet<RunId>>,
    closing: AtomicBool,
    metrics: Metrics,
    openapi: Bytes,
    site: Site,
}

impl AppState {
    /// Composes the state over a kernel.
    #[must_use]
    pub fn new(kernel: Arc<Kernel>) -> Self {
        Self::at(kernel, Site::local())
    }

    /// The same, of a service that is known to the outside.
    #[must_use]
    pub fn at(kernel: Arc<Kernel>, site: Site) -> Self {
        Self::composed(kernel, site, l::WORK_IN_LINE_MAX, l::WORK_PER_TENANT_MAX)
    }

    /// The same with another line for requests: that of the control of `taihu bench overload` has no
    /// end.
    pub(crate) fn with_line(kernel: Arc<Kernel>, in_line: usize, per_tenant: usize) -> Self {
        Self::composed(kernel, Site::local(), in_line, per_tenant)
    }

    fn composed(kernel: Arc<Kernel>, site: Site, in_line: usize, per_tenant: usize) -> Self {
        let openapi = super::openapi::document(kernel.city()).to_json().unwrap_or_default();
        Self(Arc::new(Shared {
            kernel,
            work: Bridge::new(l::WORK_AT_ONCE_MAX, in_line, l::WORK_RETRY_AFTER_S),
            shares: Arc::new(Shares::new(per_tenant)),
            tokens: Bridge::new(
                l::TOKENS_AT_ONCE_MAX,
                l::TOKENS_IN_LINE_MAX,
                l::WORK_RETRY_AFTER_S,
            ),
            runs: Bridge::new(l::RUNS_AT_ONCE_MAX, l::RUNS_IN_LINE_MAX, l::RUNS_RETRY_AFTER_S),
            probes: Bridge::new(
                l::PROBES_AT_ONCE_MAX,
                l::PROBES_IN_LINE_MAX,
                l::WORK_RETRY_AFTER_S,
            ),
            keepers: Bridge::new(l::KEEPERS_AT_ONCE_MAX, 0, l::WORK_RETRY_AFTER_S),
            uploads: Semaphore::new(l::UPLOADS_AT_ONCE_MAX),
            driving: Mutex::default(),
            closing: AtomicBool::new(false),
            metrics: Metrics::new(),
            openapi: openapi.into(),
            site,
        }))
    }

    /// The kernel.
    #[must_use]
    pub fn kernel(&self) -> &Arc<Kernel> {
        &self.0.kernel
    }

    /// Drives every run on that was going on when the kernel stopped. Harmless to repeat.
    ///
    /// # Errors
    /// If the store cannot be read, or too many runs are in line.
    pub async fn resume_runs(&self) -> Result<usize, Error> {
        let found = match self.probe(|kernel| kernel.interrupted_runs()).await {
            Ok(found) => found,
            Err(Crossing::Verb(error)) => return Err(error),
            Err(Crossing::Panicked) => return Ok(0),
        };
        for id in &found {
            let place = self.0.runs.place()?;
            self.drive(place, Caller::console(self.city().clone()), *id);
        }
        Ok(found.len())
    }

    pub(crate) fn city(&self) -> &TenantSlug {
        self.0.kernel.city()
    }

    /// How the outside knows this service.
    pub(crate) fn site(&self) -> &Site {
        &self.0.site
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn openapi(&self) -> Bytes {
        self.0.openapi.clone()
    }

    pub(crate) fn closing(&self) -> &AtomicBool {
        &self.0.closing
    }

    pub(crate) fn work_inside(&self) -> usize {
        self.0.work.inside()
    }

    /// Asks the kernel something, over the bridge, for as many at once of a tenant as may.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&Kernel) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let kernel = Arc::clone(&self.0.kernel);
        let share = self.0.shares.take()?;
        let work = move || {
            let _share = share;
            verb(&kernel)
        };
        Ok(self.0.work.run(work).await?)
    }

    /// Finds out who holds a token, without standing in line with requests: whoever is let in then
    /// takes one place, and who finds none has waited for nothing. Who was here before is known.
    pub(crate) async fn who(&self, token: String) -> Result<Caller, Problem> {
        if let Some(caller) = self.0.kernel.known_caller(&token) {
            return Ok(caller);
        }
        let kernel = Arc::clone(&self.0.kernel);
        Ok(self.0.tokens.run(move || kernel.authenticate(&token)).await?)
    }

    /// Asks it on behalf of health and metrics, which do not stand in line with requests.
    pub(crate) async fn probe<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&Kernel) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Crossing> {
        let kernel = Arc::clone(&self.0.kernel);
        self.0.probes.run(move || verb(&kernel)).await
    }

    /// Does what lasts as long as serving does, or ends it.
    pub(crate) async fn keep<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Crossing> {
        let state = self.clone();
        self.0.keepers.run(move || work(&state)).await
    }

    /// Leave to hold an upload in memory.
    pub(crate) fn upload(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let busy = |_| Problem::from(Error::Busy { retry_after_s: l::UPLOADS_RETRY_AFTER_S });
        self.0.uploads.try_acquire().map_err(busy)
    }

    /// A place for a run, taken before the run is started.
    pub(crate) fn place_for_run(&self) -> Result<Place, Problem> {
        Ok(self.0.runs.place()?)
    }

    /// Starts the runs that sources are due for, and drives them.
    ///
    /// # Errors
    /// If the store cannot be read or written; what is due stays due.
    pub(crate) fn fire_due(&self) -> Result<(), Error> {
        for source in self.0.kernel.due_sources()? {
            // Where no place is left, the next look finds it due.
            let Ok(place) = self.0.runs.place() else { break };
            if let Some(run) = self.0.kernel.fire(&source)? {
                self.drive(place, Caller::kernel(self.city().clone()), run.id);
            }
        }
        Ok(())
    }

    /// Drives a run to its end in the background; a run that is being driven already, not again.
    pub(crate) fn drive(&self, place: Place, caller: Caller, id: RunId) {
        if !self.driving(|runs| runs.insert(id)) {
            return;
        }
        let state = self.clone();
        tokio::spawn(async move {
            state.drive_on(place, caller, id).await;
            state.driving(|runs| runs.remove(&id));
        });
    }

    fn driving<T>(&self, change: impl FnOnce(&mut BTreeSet<RunId>) -> T) -> T {
        change(&mut self.0.driving.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn drive_on(&self, mut place: Place, caller: Caller, id: RunId) {
        for _ in 0..l::RUN_RETRIES_MAX {
            let mut pause = l::RUN_RETRY_PAUSE_S;
            let (kernel, caller) = (Arc::clone(&self.0.kernel), caller.clone());
            let driven = place
                .run_detached(move || kernel.drive_run(&caller, id, &mut |step| log(id, &step)));
            match driven.await {
                Ok(run) => {
                    let counts = run.counts;
                    tracing::info!(run = %id, source = %run.source, status = ?run.status,
                        new = counts.new, rejected = counts.rejected, "a run came to its end");
                    return;
                }
                // The store's own trouble ends no run.
                Err(Crossing::Verb(
                    error @ (Error::Unavailable(_) | Error::Full(_) | Error::Busy { .. }),
                )) => {
                    tracing::warn!(run = %id, %error, "a run is held up and goes on in a moment");
                    // The store's trouble, or a server that asks to be left alone for so long.
                    if let Error::Busy { retry_after_s } = error {
                        pause = u64::from(retry_after_s).max(l::RUN_RETRY_PAUSE_S);
                    }
                }
                Err(error) => {
                    tracing::warn!(run = %id, %error, "a run failed");
                    return;
                }
            }
            tokio::time::sleep(Duration::from_secs(pause)).await;
            match self.0.runs.place() {
                Ok(again) => place = again,
                Err(_) => break,
            }
        }
        tracing::error!(run = %id, "a run is given up for now; the next start, or asking for it, drives it on");
    }

    /// Waits until no request's work is in flight. Runs are not waited for: each page of theirs is
    /// one commit, and the next start drives them on.
    pub(crate) async fn idle(&self) {
        self.0.tokens.idle().await;
        self.0.work.idle().await;
        self.0.probes.idle().await;
    }
}

fn log(id: RunId, step: &Progress<'_>) {
    match step {
        Progress::Page(run) => {
            tracing::debug!(run = %id, pages = run.counts.pages, records = run.counts.records(), "a page is stored");
        }
        Progress::Warning(_) | Progress::Rejected(_) | Progress::Merged { .. } => {}
    }
}
