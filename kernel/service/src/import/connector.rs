//! A connector as the feed of a run: it says what to fetch and reads what came.

use std::sync::Arc;

use taihu_model::contract::{Context, Reply, RunView, Step};
use taihu_model::{Config, Digest, Installation, PluginCall, Run, RunId, RunSpent, Source, Text};

use super::budget::Budget;
use super::{Feed, FeedStep, fetch, spent};
use crate::care::{Job, StepJob, micros};
use crate::error::{Error, Fault, Result};
use crate::kernel::Kernel;
use crate::limits::ASKS_WITHOUT_PAGE_MAX;
use crate::outbound::Grant;
use crate::plugins::{Ready, configure};

/// What a run is to the canary: the share of runs that a version on trial gets.
pub(super) fn subject(run: RunId) -> Digest {
    Digest::of(run.to_string().as_bytes())
}

pub(super) fn not_in_its_share(source: &Source) -> Error {
    Error::conflict(
        format!("连接器“{}”正在灰度运行，本次未轮到它；请再试一次或全部启用", source.connector),
        format!(
            "connector {} runs as a canary and this run is not in its share; try again or enable it",
            source.connector
        ),
    )
}

/// What a connector is told for a source: the installation's configuration, and the source's over it.
pub(crate) fn configured(ready: &Ready, source: &Source) -> Result<(Context, Config)> {
    let mut config = ready.installation.config.clone();
    config.extend(source.config.clone());
    let config = configure(ready.component.manifest(), &config)?;
    let mut context = ready.context.clone();
    context.config =
        serde_json::to_string(&config).map_err(|error| Error::Damaged(error.to_string()))?;
    Ok((context, config))
}

/// A connector as a feed: asks are performed here, pages come out.
pub(super) struct ConnectorFeed<'k> {
    kernel: &'k Kernel,
    source: &'k Source,
    ready: Ready,
    /// As it stands in the store: it may have a version to be called beside.
    installation: Installation,
    subject: Digest,
    grant: Grant,
    budget: Budget,
}

impl<'k> ConnectorFeed<'k> {
    pub(super) fn new(
        kernel: &'k Kernel,
        source: &'k Source,
        mut ready: Ready,
        installation: Installation,
        run: &Run,
    ) -> Result<Self> {
        let (context, config) = configured(&ready, source)?;
        let mut grant =
            Grant::of(&ready.effective, &config, kernel.parts.loopback).map_err(|faults| {
                let fault = |text| Fault { field: "config".into(), text };
                Error::Invalid(faults.into_iter().map(fault).collect())
            })?;
        grant.holder = format!("{}/{}", installation.tenant, installation.plugin);
        grant.pace = Some(Arc::clone(&kernel.pace));
        ready.context = context;
        let budget = Budget::new(Arc::clone(&kernel.parts.clock), run.spent);
        let subject = subject(run.id);
        Ok(Self { kernel, source, ready, installation, subject, grant, budget })
    }
}

impl ConnectorFeed<'_> {
    /// Takes one step, and leaves it to be taken again by the version that is called beside.
    fn step(&self, run: &RunView, state: &str, reply: Option<&Reply>) -> Result<Step> {
        let Ready { component, context, .. } = &self.ready;
        let record = || -> Arc<[u8]> {
            PluginCall::Next {
                context: context.clone(),
                run: run.clone(),
                state: state.to_owned(),
                reply: reply.cloned(),
            }
            .to_bytes()
            .into()
        };
        let answer = self.kernel.cared(
            &self.ready,
            |_| record(),
            || component.next(context, run, state, reply),
        )?;
        if self.installation.beside(&self.subject).is_some() && self.kernel.has_room() {
            self.kernel.later(Job::Step(Box::new(StepJob {
                installation: self.installation.clone(),
                subject: self.subject,
                source: self.source.clone(),
                call: record(),
                step: answer.value.clone(),
                cpu_us: micros(answer.usage.cpu),
            })));
        }
        Ok(answer.value)
    }
}

impl Feed for ConnectorFeed<'_> {
    fn spent(&self) -> RunSpent {
        self.budget.spent()
    }

    fn next(&mut self, run: &RunView, state: &str) -> Result<FeedStep> {
        let mut state = state.to_owned();
        let mut reply = None;
        for _ in 0..ASKS_WITHOUT_PAGE_MAX {
            let steps = &self.kernel.spending.steps;
            match spent::counted(steps, || self.step(run, &state, reply.as_ref()))? {
                Step::Ask { request, state: goes_on_at } => {
                    // A secret that somebody changed or deleted meanwhile counts at once.
                    self.kernel.place_secrets(&self.source.slug, &mut self.grant)?;
                    let came = fetch::perform(self.kernel, self.source, &self.grant, request)?;
                    self.budget.spend(fetch::bytes(&came))?;
                    reply = Some(came);
                    state = goes_on_at;
                }
                Step::Page(page) => return Ok(FeedStep::Page(page)),
                Step::Done { complete, warnings } => {
                    return Ok(FeedStep::Done { complete, warnings });
                }
            }
        }
        Err(Error::Upstream(Text::new(
            format!(
                "连接器“{}”连续请求{ASKS_WITHOUT_PAGE_MAX}次仍未读出一页记录",
                self.source.connector
            ),
            format!(
                "connector {} asked {ASKS_WITHOUT_PAGE_MAX} times in a row without a page",
                self.source.connector
            ),
        )))
    }
}
