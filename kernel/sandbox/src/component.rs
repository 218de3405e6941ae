//! Loaded plugins and their calls: a fresh instance for each, dropped with all it held.

use std::sync::Arc;

use taihu_model::contract::{
    AchievementView, ConnectorDescription, Context, Decision, NeedView, PoolDescription, Reply,
    RunView, ScorerDescription, Step,
};
use taihu_model::{Digest, LimitWish, Manifest, PluginKind, Sight};
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};

use crate::bindings::exports::taihu::plugin::{classifying as c, harvesting as h, scoring as s};
use crate::bindings::taihu::plugin::types as t;
use crate::check;
use crate::limits::{self, CallLimits, SizeClass};
use crate::run::{Job, run};
use crate::sandbox::Shared;
use crate::state::CallState;
use crate::table::Shown;
use crate::weigh::Weigh;
use crate::{Answer, CallError, Cause, Fault, LoadError, Scores, Usage, lift, lower};

/// A plugin that is ready to be called. Cheap to clone; calls on many threads share nothing.
#[derive(Clone)]
pub struct Component(Arc<Inner>, Arc<Shown>, CallLimits);

struct Inner {
    shared: Arc<Shared>,
    manifest: Manifest,
    digest: Digest,
    name: String,
    pre: InstancePre<CallState>,
    describe: ComponentExportIndex,
    judge: ComponentExportIndex,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Component").field(&self.0.name).finish()
    }
}

/// The interface that a kind exports and the function beside `describe`.
pub(crate) const fn exports(kind: PluginKind) -> (&'static str, &'static str) {
    match kind {
        PluginKind::Scorer => ("taihu:plugin/scoring@0.1.0", "score"),
        PluginKind::NichePool => ("taihu:plugin/classifying@0.1.0", "classify"),
        PluginKind::Connector => ("taihu:plugin/harvesting@0.1.0", "next"),
    }
}

impl Component {
    pub(crate) fn link(
        shared: Arc<Shared>,
        component: &wasmtime::component::Component,
        digest: Digest,
        manifest: Manifest,
        class: SizeClass,
    ) -> Result<Self, LoadError> {
        let engine = |error: wasmtime::Error| LoadError::Engine(format!("{error:#}"));
        let pre = shared.linker.instantiate_pre(component).map_err(engine)?;
        let (interface, judge) = exports(manifest.kind);
        let find = |within: Option<&ComponentExportIndex>, name: &str| {
            component
                .get_export_index(within, name)
                .ok_or_else(|| LoadError::Engine(format!("no export {name:?}")))
        };
        let interface = find(None, interface)?;
        let shown = Shown::of(&Sight::of(&manifest.reads));
        let limits = CallLimits::of(manifest.kind, class, manifest.limits);
        let inner = Inner {
            describe: find(Some(&interface), "describe")?,
            judge: find(Some(&interface), judge)?,
            name: format!("{}@{}", manifest.name, manifest.version),
            shared,
            manifest,
            digest,
            pre,
        };
        Ok(Self(Arc::new(inner), Arc::new(shown), limits))
    }

    /// The same plugin where it was granted less than its manifest declares: what `sight` does not
    /// show has no column in what the plugin is called with, whatever the views hold.
    #[must_use]
    pub fn seeing(&self, sight: &Sight) -> Self {
        let shown = Shown::of(&Sight::of(&self.0.manifest.reads).and(sight));
        Self(Arc::clone(&self.0), Arc::new(shown), self.2)
    }

    /// The same plugin where it was granted less than it may use otherwise.
    #[must_use]
    pub fn within(&self, granted: LimitWish) -> Self {
        self.limited(self.2.within(granted))
    }

    /// The same plugin under stricter limits: of each, the lower counts.
    #[must_use]
    pub fn limited(&self, limits: CallLimits) -> Self {
        Self(Arc::clone(&self.0), Arc::clone(&self.1), self.2.and(limits))
    }

    /// What the plugin says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// SHA-256 of its file.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// `name@version`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What one call may use.
    #[must_use]
    pub fn limits(&self) -> CallLimits {
        self.2
    }

    /// Asks a scorer what it is. The same at every call with the same context: keep the answer.
    ///
    /// # Errors
    /// See [`Cause`]; also if the plugin is no scorer.
    pub fn describe_scorer(
        &self,
        context: &Context,
    ) -> Result<Answer<ScorerDescription>, CallError> {
        self.describe(PluginKind::Scorer, context, |it: s::Description| {
            let it = lift::scorer_description(it);
            check::scorer_description(&it)?;
            Ok(it)
        })
    }

    /// Asks a niche pool what it is. The same at every call with the same context: keep the answer.
    ///
    /// # Errors
    /// See [`Cause`]; also if the plugin is no niche pool.
    pub fn describe_pool(&self, context: &Context) -> Result<Answer<PoolDescription>, CallError> {
        self.describe(PluginKind::NichePool, context, |it: c::Description| {
            let it = lift::pool_description(it);
            check::pool_description(&it)?;
            Ok(it)
        })
    }

    /// Asks a connector what it is.
    ///
    /// # Errors
    /// See [`Cause`]; also if the plugin is no connector.
    pub fn describe_connector(
        &self,
        context: &Context,
    ) -> Result<Answer<ConnectorDescription>, CallError> {
        self.describe(PluginKind::Connector, context, |it: h::Description| {
            let it = lift::connector_description(it);
            check::connector_description(&it)?;
            Ok(it)
        })
    }

    /// Scores 1–500 candidates for a need: one score for each, in the same order, and each the sum
    /// of its factors, which are among those of `description`.
    ///
    /// # Errors
    /// See [`Cause`]. Nothing is left behind.
    pub fn score(
        &self,
        context: &Context,
        description: &ScorerDescription,
        need: &NeedView<'_>,
        candidates: &[AchievementView<'_>],
    ) -> Result<Answer<Scores>, CallError> {
        self.may_call(PluginKind::Scorer, context)?;
        self.batch_size(candidates)?;
        let (need, candidates) = (self.1.need(need), self.1.achievements(candidates));
        let (of_need, of_candidates) = (lower::columns(&need), lower::columns(&candidates));
        let answer = self.call(
            context,
            &self.0.judge,
            need.bytes() + candidates.bytes(),
            |context| {
                let need = lower::table(&need, &of_need);
                (context, need, lower::table(&candidates, &of_candidates))
            },
            |answer: s::Scores| check::scores(answer, description, &candidates, &need),
        )?;
        let Answer { value, usage } = answer;
        Ok(Answer { value: Scores::of(value, description, candidates, need), usage })
    }

    /// Judges 1–500 achievements: one decision for each, in the same order, with a category and
    /// own fields that `description` declares.
    ///
    /// # Errors
    /// See [`Cause`]. Nothing is left behind.
    pub fn classify(
        &self,
        context: &Context,
        description: &PoolDescription,
        achievements: &[AchievementView<'_>],
    ) -> Result<Answer<Vec<Decision>>, CallError> {
        self.may_call(PluginKind::NichePool, context)?;
        self.batch_size(achievements)?;
        let achievements = self.1.achievements(achievements);
        let columns = lower::columns(&achievements);
        self.call(
            context,
            &self.0.judge,
            achievements.bytes(),
            |context| (context, lower::table(&achievements, &columns)),
            |list: Vec<c::Decision>| check::decisions(list, description, &achievements),
        )
    }

    /// Takes one step of a connector's run: the state and, after an ask, the reply to it.
    ///
    /// # Errors
    /// See [`Cause`]. Nothing is left behind: the same step may be taken again.
    pub fn next(
        &self,
        context: &Context,
        run: &RunView,
        state: &str,
        reply: Option<&Reply>,
    ) -> Result<Answer<Step>, CallError> {
        self.may_call(PluginKind::Connector, context)?;
        let lists = lower::gather_reply(reply);
        self.call(
            context,
            &self.0.judge,
            state.len() + reply.map_or(0, Weigh::bytes),
            |context| {
                let reply = reply.map(|reply| lower::reply(reply, &lists));
                (context, lower::run(run), state, reply)
            },
            |step: h::Step| {
                let step = lift::step(step);
                check::step(&step)?;
                Ok(step)
            },
        )
    }

    fn describe<R: Lift + Weigh + Send + 'static, T>(
        &self,
        kind: PluginKind,
        context: &Context,
        believe: impl FnOnce(R) -> Result<T, Fault>,
    ) -> Result<Answer<T>, CallError> {
        self.may_call(kind, context)?;
        self.call(context, &self.0.describe, 0, |context| (context,), believe)
    }

    fn call<'a, P, R, T>(
        &self,
        context: &'a Context,
        function: &ComponentExportIndex,
        bytes_in: usize,
        arguments: impl Fn(t::Context<'a>) -> P,
        believe: impl FnOnce(R) -> Result<T, Fault>,
    ) -> Result<Answer<T>, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift + Weigh + Send + 'static,
    {
        let inner = &*self.0;
        let job = Job {
            shared: &inner.shared,
            pre: &inner.pre,
            function,
            limits: &self.2,
            tenant: &context.tenant,
        };
        let (outcome, mut usage) = run::<P, R>(job, || arguments(lower::context(context)));
        usage.bytes_in = (context.config.len() + bytes_in) as u64;
        usage.bytes_out = match &outcome {
            Ok(Ok(answer)) => answer.bytes() as u64,
            Ok(Err(failure)) => failure.bytes() as u64,
            Err(_) => 0,
        };
        match outcome {
            Err(cause) => Err(self.failed(cause, usage)),
            Ok(Err(failure)) => {
                let failure = lift::failure(failure);
                let cause = match check::failure(&failure) {
                    Ok(()) => Cause::Failure(failure),
                    Err(fault) => Cause::BadAnswer(fault),
                };
                Err(self.failed(cause, usage))
            }
            Ok(Ok(answer)) => match believe(answer) {
                Ok(value) => Ok(Answer { value, usage }),
                Err(fault) => Err(self.failed(Cause::BadAnswer(fault), usage)),
            },
        }
    }

    /// Looks at what is asked, and whether there is room for it, before anything is made of it.
    fn may_call(&self, kind: PluginKind, context: &Context) -> Result<(), CallError> {
        if self.0.manifest.kind != kind {
            let (have, want) = (self.0.manifest.kind, kind);
            return Err(self.not_called(
                "kind",
                &format!("插件的种类是{}，不是{}", have.zh(), want.zh()),
                &format!("the plugin is a {}, not a {}", have.world(), want.world()),
            ));
        }
        if context.config.len() > limits::CONFIG_BYTES_MAX {
            return Err(self.not_called(
                "context.config",
                &format!("配置超过 {} 字节", limits::CONFIG_BYTES_MAX),
                &format!("longer than {} bytes", limits::CONFIG_BYTES_MAX),
            ));
        }
        match self.0.shared.traffic.refuses(&context.tenant) {
            Some(retry_after) => Err(self.failed(Cause::Busy { retry_after }, Usage::default())),
            None => Ok(()),
        }
    }

    fn batch_size(&self, batch: &[AchievementView<'_>]) -> Result<(), CallError> {
        if (1..=limits::BATCH_MAX).contains(&batch.len()) {
            return Ok(());
        }
        Err(self.not_called(
            "achievements",
            &format!("一批有 {} 个，应为 1–{} 个", batch.len(), limits::BATCH_MAX),
            &format!("{} in a batch, want 1 to {}", batch.len(), limits::BATCH_MAX),
        ))
    }

    fn not_called(&self, subject: &str, zh: &str, en: &str) -> CallError {
        self.failed(Cause::BadCall(Fault::new(subject, zh, en)), Usage::default())
    }

    fn failed(&self, cause: Cause, usage: Usage) -> CallError {
        let usage = Box::new(usage);
        CallError { blame: cause.blame(), plugin: self.0.name.clone(), cause, usage }
    }
}
