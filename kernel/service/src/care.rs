//! Caring for plugins at work: a breaker in front of each, recorded calls to try it with, and the
//! work that follows from failures and from versions on trial, done off everybody's path.

mod breaker;
mod capsules;
mod differences;
mod probe;
mod rule;
mod withheld;
mod work;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use taihu_model::{Digest, PluginName, TenantSlug, Text, Timestamp};
use taihu_sandbox::{Answer, Blame, CallError, Cause};

use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::limits::{
    CAPSULE_CALL_BYTES_MAX, CARE_QUEUE_MAX, DIFFERENCE_UNWRITTEN_S_MAX, GUARDS_MAX,
    RECORDED_BYTES_MAX, RECORDED_EVERY, RECORDED_ITEMS_MAX, RECORDED_MAX,
};
use crate::plugins::Ready;

use breaker::{Breaker, Gate};
pub use capsules::{KeptCapsule, Replayed, replay_capsule};
pub use withheld::Withheld;
pub(crate) use work::{Job, RankingJob, StepJob, micros};

/// A version, and for whom it is called: a tenant's bad luck with a plugin is no other tenant's.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct GuardKey {
    tenant: TenantSlug,
    version: Digest,
}

/// What is known of a version at work for a tenant, since the kernel began.
#[derive(Debug)]
struct Guard {
    plugin: PluginName,
    /// The tenant on whose ground it is installed.
    home: TenantSlug,
    breaker: Breaker,
    calls: u64,
    /// Calls that were answered.
    good: VecDeque<Arc<[u8]>>,
    /// The last call that failed by its fault.
    failing: Option<Arc<[u8]>>,
}

/// Everything that is kept in memory about plugins at work.
#[derive(Default)]
pub(crate) struct Care {
    guards: Mutex<HashMap<GuardKey, Guard>>,
    differences: Mutex<HashMap<(TenantSlug, PluginName), differences::Counted>>,
    queue: Mutex<VecDeque<Job>>,
    woken: Condvar,
}

/// How much of a call is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// All of it: for its author.
    Whole,
    /// The first few items of its batch: to try the plugin with.
    Little,
}

impl Recorded {
    /// As much of a batch as is recorded.
    pub(crate) fn of<T>(self, batch: &[T]) -> &[T] {
        match self {
            Self::Whole => batch,
            Self::Little => &batch[..batch.len().min(RECORDED_ITEMS_MAX)],
        }
    }
}

/// Why a plugin gave no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Its breaker is open: it was not called.
    Open {
        /// The plugin.
        plugin: PluginName,
        /// What opened it.
        cause: &'static str,
        /// When it is tried again.
        until: Timestamp,
    },
    /// It was called and failed.
    Failed(CallError),
}

impl NoAnswer {
    /// When to ask again, if too much was asked of plugins at once.
    pub(crate) fn busy(&self) -> Option<std::time::Duration> {
        match self {
            Self::Failed(CallError { cause: Cause::Busy { retry_after }, .. }) => {
                Some(*retry_after)
            }
            _ => None,
        }
    }

    /// What happened, for people.
    pub(crate) fn text(&self) -> Text {
        match self {
            Self::Open { plugin, cause, until } => Text::new(
                format!(
                    "插件“{plugin}”连续失败（{cause}），已暂停调用，{until} 之后用留存的调用试探恢复"
                ),
                format!(
                    "plugin {plugin} failed again and again ({cause}); it is tried on recorded calls after {until}"
                ),
            ),
            Self::Failed(error) => Text::new(error.zh(), error.to_string()),
        }
    }
}

impl From<NoAnswer> for Error {
    fn from(none: NoAnswer) -> Self {
        match none {
            NoAnswer::Open { .. } => Self::Conflict(none.text()),
            NoAnswer::Failed(error) => error.into(),
        }
    }
}

impl Kernel {
    /// Calls a plugin unless its breaker is open, and notes how it went. `record` composes the call
    /// as bytes, whole for a failure, or as little of it as makes a call; it is only asked for what
    /// is kept.
    pub(crate) fn cared<T>(
        &self,
        ready: &Ready,
        record: impl Fn(Recorded) -> Arc<[u8]>,
        call: impl FnOnce() -> std::result::Result<Answer<T>, CallError>,
    ) -> std::result::Result<Answer<T>, NoAnswer> {
        let key = GuardKey { tenant: ready.tenant.clone(), version: ready.installation.digest };
        let plugin = &ready.installation.plugin;
        if let Some(guard) = self.lock(&self.care.guards).get(&key)
            && let Gate::Open { cause, until } = guard.breaker.gate()
        {
            return Err(NoAnswer::Open { plugin: plugin.clone(), cause, until });
        }
        let outcome = call();
        let (usage, failure) = match &outcome {
            Ok(answer) => (&answer.usage, None),
            Err(error) => (&*error.usage, Some(error)),
        };
        self.costs.call(&ready.tenant, plugin, usage, failure);
        let now = self.now();
        match outcome {
            Ok(answer) => {
                let wanted = self.with_guard(&key, ready, |guard| {
                    guard.breaker.succeeded(now);
                    guard.calls += 1;
                    guard.good.len() < RECORDED_MAX || guard.calls % RECORDED_EVERY == 0
                });
                if wanted {
                    let bytes = record(Recorded::Little);
                    self.with_guard(&key, ready, |guard| guard.keep(bytes));
                }
                Ok(answer)
            }
            Err(error) => {
                if error.blame == Blame::Plugin {
                    self.note_failure(key, ready, record(Recorded::Whole), &error, now);
                }
                Err(NoAnswer::Failed(error))
            }
        }
    }

    fn note_failure(
        &self,
        key: GuardKey,
        ready: &Ready,
        call: Arc<[u8]>,
        error: &CallError,
        now: Timestamp,
    ) {
        let cause = error.cause.code();
        let opened = self.with_guard(&key, ready, |guard| {
            if call.len() <= RECORDED_BYTES_MAX {
                guard.failing = Some(Arc::clone(&call));
            }
            guard.breaker.failed(now, cause)
        });
        tracing::warn!(plugin = %ready.installation.plugin, tenant = %ready.tenant, cause, %error, "a plugin failed");
        let home = ready.installation.tenant.clone();
        let plugin = ready.installation.plugin.clone();
        if call.len() <= CAPSULE_CALL_BYTES_MAX {
            self.later(Job::Failed {
                home: home.clone(),
                plugin: plugin.clone(),
                version: key.version,
                limits: ready.effective.limits,
                call,
                cause,
                text: Text::new(error.zh(), error.to_string()),
            });
        }
        if let Some(openings) = opened {
            self.later(Job::Opened {
                home,
                plugin,
                key: (key.tenant, key.version),
                cause,
                openings,
            });
        }
    }

    fn with_guard<T>(
        &self,
        key: &GuardKey,
        ready: &Ready,
        look: impl FnOnce(&mut Guard) -> T,
    ) -> T {
        let mut guards = self.lock(&self.care.guards);
        if guards.len() >= GUARDS_MAX && !guards.contains_key(key) {
            // Whose breakers are closed begins anew; who failed stays known.
            guards.retain(|_, guard| guard.breaker.gate() != Gate::Closed);
        }
        look(guards.entry(key.clone()).or_insert_with(|| Guard {
            plugin: ready.installation.plugin.clone(),
            home: ready.installation.tenant.clone(),
            breaker: Breaker::default(),
            calls: 0,
            good: VecDeque::new(),
            failing: None,
        }))
    }

    /// Leaves work for later; says whether there was room.
    pub(crate) fn later(&self, job: Job) -> bool {
        let mut queue = self.lock(&self.care.queue);
        // What is about failures is small and must not be lost to a flood of rankings.
        let room = if job.is_small() { CARE_QUEUE_MAX * 4 } else { CARE_QUEUE_MAX };
        if queue.len() >= room || queue.iter().any(|known| known.says_the_same(&job)) {
            return false;
        }
        queue.push_back(job);
        self.care.woken.notify_one();
        true
    }

    /// Says whether large work can be left for later.
    pub(crate) fn has_room(&self) -> bool {
        self.lock(&self.care.queue).len() < CARE_QUEUE_MAX
    }

    /// Waits until there is work about plugins, or a time has passed.
    pub fn wait_for_care(&self, timeout: std::time::Duration) {
        let queue = self.lock(&self.care.queue);
        if queue.is_empty() {
            // Whether it was woken or not, there may be something due by now.
            drop(
                self.care
                    .woken
                    .wait_timeout(queue, timeout)
                    .unwrap_or_else(PoisonError::into_inner),
            );
        }
    }

    /// Does all that is due about plugins: compares versions on trial, keeps failing calls, tries
    /// open breakers on recorded calls, draws the conclusions, and judges the next part of a pool whose
    /// rule is another now. Returns how much there was; there may be more while it is not nothing.
    /// What was counted is written now and then: [`Kernel::settle_plugins`] writes all of it.
    ///
    /// # Errors
    /// If the store cannot be read or written; the rest is done the next time.
    pub fn care_for_plugins(&self) -> Result<usize> {
        Ok(self.tend()? + usize::from(self.refill_piece(&mut |_, _| {})?))
    }

    /// What must not wait: all but pools that are judged again.
    fn tend(&self) -> Result<usize> {
        let mut done = 0;
        loop {
            let job = self.lock(&self.care.queue).pop_front();
            let Some(job) = job else { break };
            self.work_off(job)?;
            done += 1;
        }
        done += self.probe_plugins()?;
        self.write_differences(DIFFERENCE_UNWRITTEN_S_MAX)?;
        self.write_costs_when_due()?;
        Ok(done)
    }

    /// Does all that is due about plugins and writes all that was counted: before an end. A pool that is
    /// being judged again goes on at the next start.
    ///
    /// # Errors
    /// As [`Kernel::care_for_plugins`].
    pub fn settle_plugins(&self) -> Result<()> {
        while self.tend()? > 0 {}
        self.write_differences(0)?;
        self.write_costs()
    }
}

impl Guard {
    fn keep(&mut self, call: Arc<[u8]>) {
        if call.len() > RECORDED_BYTES_MAX {
            return;
        }
        if self.good.len() >= RECORDED_MAX {
            self.good.pop_front();
        }
        self.good.push_back(call);
    }
}
