//! Loaded plugins and their calls: a fresh instance for each, dropped with all it held.

use std::sync::Arc;

use taihu_model::contract::{
    AchievementView, ConnectorDescription, Context, Decision, NeedView, PoolDescription, Reply,
    RunView, ScorerDescription, Step,
};
use taihu_model::{Digest, Manifest, PluginKind, Sight};
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap, WasmBacktrace};

use crate::bindings::exports::taihu::plugin::{classifying as c, harvesting as h, scoring as s};
use crate::bindings::taihu::plugin::types as t;
use crate::check;
use crate::limits::{self, CallLimits, SizeClass};
use crate::sandbox::Shared;
use crate::state::{self, CallState, Stop};
use crate::table::Shown;
use crate::{Answer, CallError, Cause, Fault, LoadError, Scores, Usage, lift, lower};

/// A plugin that is ready to be called. Cheap to clone; calls on many threads share nothing.
#[derive(Clone)]
pub struct Component(Arc<Inner>, Arc<Shown>);

struct Inner {
    shared: Arc<Shared>,
    manifest: Manifest,
    digest: Digest,
    name: String,
    limits: CallLimits,
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
        let inner = Inner {
            describe: find(Some(&interface), "describe")?,
            judge: find(Some(&interface), judge)?,
            name: format!("{}@{}", manifest.name, manifest.version),
            limits: CallLimits::of(manifest.kind, class, manifest.limits),
            shared,
            manifest,
            digest,
            pre,
        };
        Ok(Self(Arc::new(inner), Arc::new(shown)))
    }

    /// The same plugin where it was granted less than its manifest declares: what `sight` does not
    /// show has no column in what the plugin is called with, whatever the views hold.
    #[must_use]
    pub fn seeing(&self, sight: &Sight) -> Self {
        let shown = Shown::of(&Sight::of(&self.0.manifest.reads).and(sight));
        Self(Arc::clone(&self.0), Arc::new(shown))
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
        self.0.limits
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
        self.batch_size(candidates)?;
        let (need, candidates) = (self.1.need(need), self.1.achievements(candidates));
        let (of_need, of_candidates) = (lower::columns(&need), lower::columns(&candidates));
        let answer = self.call(
            PluginKind::Scorer,
            context,
            &self.0.judge,
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
        self.batch_size(achievements)?;
        let achievements = self.1.achievements(achievements);
        let columns = lower::columns(&achievements);
        self.call(
            PluginKind::NichePool,
            context,
            &self.0.judge,
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
        let lists = lower::gather_reply(reply);
        let reply = reply.map(|reply| lower::reply(reply, &lists));
        self.call(
            PluginKind::Connector,
            context,
            &self.0.judge,
            |context| (context, lower::run(run), state, reply),
            |step: h::Step| {
                let step = lift::step(step);
                check::step(&step)?;
                Ok(step)
            },
        )
    }

    fn describe<R: Lift + 'static, T>(
        &self,
        kind: PluginKind,
        context: &Context,
        believe: impl FnOnce(R) -> Result<T, Fault>,
    ) -> Result<Answer<T>, CallError> {
        self.call(kind, context, &self.0.describe, |context| (context,), believe)
    }

    fn call<'a, P, R, T>(
        &self,
        kind: PluginKind,
        context: &'a Context,
        function: &ComponentExportIndex,
        arguments: impl FnOnce(t::Context<'a>) -> P,
        believe: impl FnOnce(R) -> Result<T, Fault>,
    ) -> Result<Answer<T>, CallError>
    where
        P: ComponentNamedList + Lower,
        R: Lift + 'static,
    {
        self.may_call(kind, context)?;
        let inner = &*self.0;
        let Some(_slot) = inner.shared.slots.take() else {
            let cause = Cause::Busy { calls_max: limits::CALLS_MAX };
            return Err(self.failed(cause, Usage::default()));
        };
        let mut store = Store::new(&inner.shared.engine, CallState::start(&inner.limits));
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_callback(state::on_tick);
        store.set_epoch_deadline(1);
        store.set_hostcall_fuel(inner.limits.crossing_bytes_max);
        store.set_max_component_handles(limits::HANDLES_MAX);
        let outcome =
            run::<P, R>(inner, &mut store, function, || arguments(lower::context(context)));
        let usage = store.data_mut().usage();
        drop(store);
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
        Ok(())
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

fn run<P, R>(
    inner: &Inner,
    store: &mut Store<CallState>,
    function: &ComponentExportIndex,
    arguments: impl FnOnce() -> P,
) -> Result<Result<R, t::Failure>, Cause>
where
    P: ComponentNamedList + Lower,
    R: Lift + 'static,
{
    let instance = inner.pre.instantiate(&mut *store).map_err(|error| {
        stopped(&error).unwrap_or_else(|| Cause::Engine { message: format!("{error:#}") })
    })?;
    let function = instance
        .get_typed_func::<P, (Result<R, t::Failure>,)>(&mut *store, function)
        .map_err(|error| Cause::Engine { message: format!("{error:#}") })?;
    // What is neither a stop nor a trap is an answer that could not be lifted.
    let (answer,) = function
        .call(&mut *store, arguments())
        .map_err(|error| stopped(&error).unwrap_or_else(|| Cause::BadAnswer(not_lifted(&error))))?;
    Ok(answer)
}

/// Finds why the engine stopped a guest, if it was stopped or trapped.
fn stopped(error: &wasmtime::Error) -> Option<Cause> {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return Some(match stop.clone() {
            Stop::CpuTime { used, limit } => Cause::CpuTime { used, limit },
            Stop::WallTime { used, limit } => Cause::WallTime { used, limit },
            Stop::Memory { wanted_bytes, limit_bytes } => {
                Cause::Memory { wanted_bytes: wanted_bytes as u64, limit_bytes: limit_bytes as u64 }
            }
            Stop::LogLine(message) => {
                Cause::BadAnswer(Fault::new("log.write", format!("日志有误：{message}"), message))
            }
        });
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Some(Cause::Busy { calls_max: limits::CALLS_MAX });
    }
    let trap = error.downcast_ref::<Trap>()?;
    let frames = frames(error);
    Some(match trap {
        Trap::StackOverflow => Cause::Stack { frames },
        trap => Cause::Trap { message: trap.to_string(), frames },
    })
}

fn frames(error: &wasmtime::Error) -> Vec<String> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let name = |frame: &wasmtime::FrameInfo| {
        frame.func_name().map_or_else(
            || format!("function {}", frame.func_index()),
            |name| name.chars().filter(|letter| !letter.is_control()).take(120).collect(),
        )
    };
    trace.frames().iter().take(limits::FRAMES_MAX).map(name).collect()
}

fn not_lifted(error: &wasmtime::Error) -> Fault {
    let message: String = format!("{:#}", error.root_cause()).chars().take(300).collect();
    Fault::new(
        "answer",
        format!("无法读取（字符串须为 UTF-8，列表须在内存之内，总量有上限）：{message}"),
        message,
    )
}
