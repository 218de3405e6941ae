//! Where hostile components are let loose: beside an honest one that must stay served.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use taihu_model::PluginKind;
use taihu_model::contract::{AchievementView, Context, NeedView, RunView, ScorerDescription};

use super::{Expectation, Hostile, honest};
use crate::limits;
use crate::{Answer, Blame, CallError, CaseOutcome, Cause, Component, Refusal, Sandbox, conform};

/// CPU time beyond its budget after which a call that was stopped was stopped too late: a tick, the
/// longest single instruction (filling 16 MB), and room for a busy machine whose ticker comes late.
const LATE_MAX: Duration = Duration::from_millis(100);
/// How much the process may grow over one component, in bytes.
const GROWTH_BYTES_MAX: u64 = 32 << 20;
/// Time between two calls of the bystander: a busy page of a portal, not an attack of its own.
const PACE: Duration = Duration::from_millis(2);
/// Candidates that everybody is asked about.
const CANDIDATES: usize = 3;

/// A sandbox, and an honest scorer that is called while hostile components run.
pub struct Ground<'a> {
    sandbox: &'a Sandbox,
    bystander: Component,
    description: ScorerDescription,
    resident_bytes: &'a (dyn Fn() -> Option<u64> + Sync),
}

impl std::fmt::Debug for Ground<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ground").field("sandbox", self.sandbox).finish_non_exhaustive()
    }
}

/// How far a component came.
#[derive(Debug)]
pub enum Outcome {
    /// Admission refused it.
    Refused(Refusal),
    /// The compiler refused it, or a limit ended the compiler.
    NotCompiled(Refusal),
    /// A call ended without an answer.
    Failed(CallError),
    /// It answered, and a conformance case told it apart from an honest one.
    Unfit(Vec<CaseOutcome>),
    /// It answered like an honest one.
    Answered,
    /// The kernel itself failed: never contained.
    Broken(String),
}

/// What became of one component.
#[derive(Debug)]
pub struct Report {
    /// Which.
    pub hostile: Hostile,
    /// How far it came.
    pub outcome: Outcome,
    /// Why it is not contained; none if it is.
    pub escaped: Option<String>,
    /// How long the step took that stopped it, or all calls if nothing did.
    pub took: Duration,
    /// CPU time that its last call used, and what it may use; none if it never was called.
    pub cpu: Option<(Duration, Duration)>,
    /// How much larger the process was afterwards, in bytes; 0 where nobody measures.
    pub growth_bytes: u64,
    /// What the bystander got meanwhile.
    pub bystander: Bystander,
}

/// What an honest scorer got while a hostile component ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bystander {
    /// Right answers.
    pub answers: u32,
    /// Wrong answers and failures.
    pub failures: u32,
    /// The longest call.
    pub slowest: Duration,
}

impl Report {
    /// What stopped it: `admission`, `compiler`, the code of a call's cause, `conformance`, `nothing`
    /// if it did no harm, `kernel` if the kernel failed.
    #[must_use]
    pub fn stopped_by(&self) -> &'static str {
        match &self.outcome {
            Outcome::Refused(_) => "admission",
            Outcome::NotCompiled(_) => "compiler",
            Outcome::Failed(error) => error.cause.code(),
            Outcome::Unfit(_) => "conformance",
            Outcome::Answered => "nothing",
            Outcome::Broken(_) => "kernel",
        }
    }

    /// What was said, in Chinese and English, one line each.
    #[must_use]
    pub fn said(&self) -> (String, String) {
        match &self.outcome {
            Outcome::Refused(it) | Outcome::NotCompiled(it) => (it.zh(), it.to_string()),
            Outcome::Failed(error) => (error.zh(), error.to_string()),
            Outcome::Unfit(cases) => cases
                .iter()
                .find_map(|case| case.differences.first())
                .map_or_else(Default::default, |it| (it.zh.clone(), it.en.clone())),
            Outcome::Answered => ("未造成影响".to_owned(), "no effect".to_owned()),
            Outcome::Broken(error) => (format!("内核故障：{error}"), error.clone()),
        }
    }

    /// CPU time beyond the budget of the call that was stopped for it.
    #[must_use]
    pub fn late(&self) -> Duration {
        self.cpu.map_or(Duration::ZERO, |(used, limit)| used.saturating_sub(limit))
    }
}

impl<'a> Ground<'a> {
    /// Prepares a ground. `resident_bytes` says how large this process is, if anybody knows.
    ///
    /// # Errors
    /// If even the honest bystander is not served.
    pub fn new(
        sandbox: &'a Sandbox,
        resident_bytes: &'a (dyn Fn() -> Option<u64> + Sync),
    ) -> Result<Self, String> {
        let file = honest(PluginKind::Scorer)?;
        let bystander = sandbox
            .admit(&file)
            .and_then(|admission| Ok((sandbox.compile(&admission, &file)?, admission)))
            .map_err(|refusal| refusal.to_string())
            .and_then(|(sealed, admission)| {
                sandbox.load(&admission, &sealed).map_err(|error| error.to_string())
            })?;
        let description =
            bystander.describe_scorer(&context("deqing")).map_err(|error| error.to_string())?.value;
        Ok(Self { sandbox, bystander, description, resident_bytes })
    }

    /// Lets a component loose, of which `file` is the file, and looks what becomes of it.
    #[must_use]
    pub fn run(&self, hostile: &Hostile, file: &[u8]) -> Report {
        let before = (self.resident_bytes)();
        let (stop, stopped) = channel::<()>();
        let (mut report, bystander) = std::thread::scope(|scope| {
            let bystander = scope.spawn(move || self.stand_by(&stopped));
            let report = self.go(hostile, file);
            end(stop);
            let none = Bystander { failures: 1, ..Bystander::default() };
            (report, bystander.join().unwrap_or(none))
        });
        let growth = (self.resident_bytes)().zip(before);
        report.growth_bytes = growth.map_or(0, |(after, before)| after.saturating_sub(before));
        report.bystander = bystander;
        report.escaped = escaped(&report);
        report
    }

    /// Calls the bystander until it is told to stop, at least once.
    fn stand_by(&self, stopped: &std::sync::mpsc::Receiver<()>) -> Bystander {
        let mut got = Bystander::default();
        let context = context("deqing");
        loop {
            let started = Instant::now();
            let batch = candidates();
            let answer = self.bystander.score(&context, &self.description, &need(), &batch);
            got.slowest = got.slowest.max(started.elapsed());
            let right = answer.is_ok_and(|it| {
                it.value.values().filter(|value| *value == 500).count() == CANDIDATES
            });
            got.answers += u32::from(right);
            got.failures += u32::from(!right);
            if !matches!(stopped.recv_timeout(PACE), Err(RecvTimeoutError::Timeout)) {
                return got;
            }
        }
    }

    /// The way of a stranger's upload.
    fn go(&self, hostile: &Hostile, file: &[u8]) -> Report {
        let mut report = Report {
            hostile: *hostile,
            outcome: Outcome::Answered,
            escaped: None,
            took: Duration::ZERO,
            cpu: None,
            growth_bytes: 0,
            bystander: Bystander::default(),
        };
        let started = Instant::now();
        let admission = match self.sandbox.admit(file) {
            Ok(admission) => admission,
            Err(refusal) => {
                report.outcome = Outcome::Refused(refusal);
                report.took = started.elapsed();
                return report;
            }
        };
        let started = Instant::now();
        let sealed = match self.sandbox.compile(&admission, file) {
            Ok(sealed) => sealed,
            Err(refusal) => {
                report.outcome = Outcome::NotCompiled(refusal);
                report.took = started.elapsed();
                return report;
            }
        };
        let compiled = started.elapsed();
        let component = match self.sandbox.load(&admission, &sealed) {
            Ok(component) => component,
            Err(error) => {
                report.outcome = Outcome::Broken(error.to_string());
                return report;
            }
        };
        drop(sealed);
        self.call(&component, &mut report);
        if hostile.want == Expectation::Compiler {
            report.took = compiled;
        }
        if let (Expectation::Conformance(_), Outcome::Answered) = (hostile.want, &report.outcome) {
            let started = Instant::now();
            let cases = conform(&component, &admission.cases, None);
            if let Some(error) = cases.iter().find_map(|case| case.unmade.as_ref()) {
                report.outcome = Outcome::Broken(error.to_string());
            } else if cases.iter().any(|case| !case.passed()) {
                report.outcome = Outcome::Unfit(cases);
            }
            report.took = started.elapsed();
        }
        report
    }

    /// Calls a component twice: the second call must end like the first.
    fn call(&self, component: &Component, report: &mut Report) {
        let limit = component.limits().cpu;
        let started = Instant::now();
        let first = ask(component);
        report.took = started.elapsed();
        let used = first.as_ref().map_or_else(|error| error.usage.cpu, |cpu| *cpu);
        report.cpu = Some((used, limit));
        let second = ask(component);
        let code = |it: &Result<Duration, CallError>| it.as_ref().err().map(|it| it.cause.code());
        report.outcome = match (first, code(&second)) {
            (Ok(_), None) => Outcome::Answered,
            (Err(error), again) if again == Some(error.cause.code()) => Outcome::Failed(error),
            (first, again) => Outcome::Broken(format!(
                "the first call ended with {:?}, the second with {again:?}",
                code(&first)
            )),
        };
    }
}

/// Tells the bystander to stop: nobody holds the other end any more.
fn end(stop: Sender<()>) {
    drop(stop);
}

/// Finds why a component is not contained.
fn escaped(report: &Report) -> Option<String> {
    let said = report.said().1;
    let stopped_rightly = match (report.hostile.want, &report.outcome) {
        (Expectation::Door(words), Outcome::Refused(refusal)) => {
            refusal.blame == Blame::Plugin && said.contains(words)
        }
        (Expectation::Compiler, Outcome::NotCompiled(refusal)) => refusal.blame == Blame::Plugin,
        (Expectation::Compiler | Expectation::Harmless, Outcome::Answered) => true,
        (Expectation::Call { code, blame, words }, Outcome::Failed(error)) => {
            [error.cause.code(), ""].contains(&code) && error.blame == blame && said.contains(words)
        }
        (Expectation::Conformance(words), Outcome::Unfit(cases)) => {
            cases.iter().any(|case| !case.passed() && case.name.contains(words))
        }
        _ => false,
    };
    if !stopped_rightly {
        return Some(format!("{} stopped it: {said}", report.stopped_by()));
    }
    let of_compiler = limits::SizeClass::Native.compile_limits();
    if report.hostile.want == Expectation::Compiler && report.took > of_compiler.wall {
        return Some(format!("the compiler took {:?}", report.took));
    }
    let is_cpu =
        matches!(&report.outcome, Outcome::Failed(CallError { cause: Cause::CpuTime { .. }, .. }));
    if is_cpu && report.late() > LATE_MAX {
        return Some(format!("it was stopped {:?} of CPU time too late", report.late()));
    }
    if report.growth_bytes > GROWTH_BYTES_MAX {
        return Some(format!("the process grew by {} KiB", report.growth_bytes >> 10));
    }
    let Bystander { answers, failures, .. } = report.bystander;
    if failures > 0 || answers == 0 {
        return Some(format!("the bystander got {answers} answers and {failures} failures"));
    }
    None
}

/// Asks a component of any kind what it is and what it thinks; the CPU time of the second call.
fn ask(component: &Component) -> Result<Duration, CallError> {
    let context = context("changxing");
    let used = match component.manifest().kind {
        PluginKind::Scorer => {
            let description = component.describe_scorer(&context)?.value;
            let Answer { usage, .. } =
                component.score(&context, &description, &need(), &candidates())?;
            usage
        }
        PluginKind::NichePool => {
            let description = component.describe_pool(&context)?.value;
            component.classify(&context, &description, &candidates())?.usage
        }
        PluginKind::Connector => {
            component.describe_connector(&context)?;
            component.next(&context, &RunView::default(), "", None)?.usage
        }
    };
    Ok(used.cpu)
}

fn context(tenant: &str) -> Context {
    Context { tenant: tenant.to_owned(), config: "{}".to_owned(), today: "2026-05-20".to_owned() }
}

fn need() -> NeedView<'static> {
    NeedView { id: "need_1".into(), title: "回收".into(), ..NeedView::default() }
}

fn candidates() -> Vec<AchievementView<'static>> {
    let one = |at: usize| AchievementView {
        id: format!("ach_{at}").into(),
        title: "废旧铅蓄电池清洁回收技术".into(),
        keywords: vec!["铅蓄电池".to_owned(), "回收".to_owned()].into(),
        ..AchievementView::default()
    };
    (0..CANDIDATES).map(one).collect()
}
