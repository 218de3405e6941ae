//! How one call is run: at full speed on the caller's thread, and what is heavy at low priority.
//!
//! A guest runs on a fiber. When it has used [`FAST_CPU`](limits::FAST_CPU) it is put aside: if the
//! lane has room, the same fiber goes on there, on a thread of low priority; if not, the call is
//! taken back, waits without an instance, and begins anew when its turn comes. That is allowed
//! because a plugin is a pure function: nobody can tell how often it was begun.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, Store, Trap, WasmBacktrace};

use crate::accounts::Accounts;
use crate::bindings::taihu::plugin::types as t;
use crate::lane::{Full, Lane};
use crate::limits::{self, CallLimits};
use crate::sandbox::Shared;
use crate::state::{self, CallState, Pace, Stop, thread_cpu};
use crate::{Cause, Fault, Usage};

/// Who may run how fast.
#[derive(Debug)]
pub(crate) struct Traffic {
    accounts: Mutex<Accounts>,
    lane: Lane,
    began: Instant,
}

impl Traffic {
    /// Opens the roads of a machine of so many cores.
    pub(crate) fn new(cores: u32) -> Self {
        Self {
            accounts: Mutex::new(Accounts::new(cores)),
            lane: Lane::new(cores),
            began: Instant::now(),
        }
    }

    /// Says when to come again, if a call of this tenant would be refused now.
    pub(crate) fn refuses(&self, tenant: &str) -> Option<Duration> {
        let now = self.began.elapsed();
        let fast =
            self.accounts.lock().unwrap_or_else(PoisonError::into_inner).may_start(tenant, now);
        if fast { None } else { self.lane.refuses(tenant) }
    }

    fn reserve(&self, tenant: &str) -> bool {
        let now = self.began.elapsed();
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).reserve(tenant, now)
    }

    fn settle(&self, tenant: &str, reserved: bool, used: Duration) {
        let now = self.began.elapsed();
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.settle(tenant, reserved, used, now);
    }
}

/// One call that is to be run.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) pre: &'a InstancePre<CallState>,
    pub(crate) function: &'a ComponentExportIndex,
    pub(crate) limits: &'a CallLimits,
    pub(crate) tenant: &'a str,
}

/// What came of it: what the guest answered or why it did not, and what it used.
pub(crate) type Done<R> = (Result<Result<R, t::Failure>, Cause>, Usage);

/// Runs a call to its end. Blocks: on this thread while it is fast, in the lane's line, and while a
/// thread of the lane works for it.
pub(crate) fn run<P, R>(job: Job<'_>, arguments: impl Fn() -> P) -> Done<R>
where
    P: ComponentNamedList + Lower,
    R: Lift + Send + 'static,
{
    let traffic = &job.shared.traffic;
    if !job.shared.is_guarded() {
        return on_this_thread(job, Pace::Any, arguments());
    }
    let reserved = traffic.reserve(job.tenant);
    let done = if reserved { fast(job, &arguments) } else { slow(job, &arguments, Duration::ZERO) };
    traffic.settle(job.tenant, reserved, done.1.cpu);
    done
}

/// Begins on this thread, and moves to the lane if it is heavy.
fn fast<P, R>(job: Job<'_>, arguments: &impl Fn() -> P) -> Done<R>
where
    P: ComponentNamedList + Lower,
    R: Lift + Send + 'static,
{
    let begun = thread_cpu();
    {
        let Some(_slot) = job.shared.slots.take() else {
            return (Err(busy(limits::RETRY_AFTER_MIN)), Usage::default());
        };
        let mut call = pin!(call(job, Pace::Fast, arguments()));
        if let Poll::Ready(done) = step(call.as_mut()) {
            return done;
        }
        if let Some(_place) = job.shared.traffic.lane.try_enter() {
            return match at_low_priority(move || finish(call)) {
                Ok(done) => done,
                Err(cause) => (Err(cause), used(thread_cpu().saturating_sub(begun))),
            };
        }
        // Here the instance goes, and its slot with it.
    }
    slow(job, arguments, thread_cpu().saturating_sub(begun))
}

/// Waits for a turn in the lane and runs there from the beginning. `spent` is what the call has
/// used before in vain.
fn slow<P, R>(job: Job<'_>, arguments: &impl Fn() -> P, spent: Duration) -> Done<R>
where
    P: ComponentNamedList + Lower,
    R: Lift + Send + 'static,
{
    let since = Instant::now();
    let place = job.shared.traffic.lane.enter(job.tenant);
    let waited = since.elapsed();
    let unserved = |cause| (Err(cause), Usage { waited, ..used(spent) });
    let _place = match place {
        Ok(place) => place,
        Err(Full { retry_after }) => return unserved(busy(retry_after)),
    };
    let Some(_slot) = job.shared.slots.take() else {
        return unserved(busy(limits::RETRY_AFTER_MIN));
    };
    let arguments = arguments();
    match at_low_priority(move || on_this_thread(job, Pace::Slow, arguments)) {
        Ok((outcome, usage)) => (outcome, Usage { cpu: usage.cpu + spent, waited, ..usage }),
        Err(cause) => unserved(cause),
    }
}

fn busy(retry_after: Duration) -> Cause {
    Cause::Busy { retry_after }
}

fn used(cpu: Duration) -> Usage {
    Usage { cpu, ..Usage::default() }
}

fn on_this_thread<P, R>(job: Job<'_>, pace: Pace, arguments: P) -> Done<R>
where
    P: ComponentNamedList + Lower,
    R: Lift + Send + 'static,
{
    finish(pin!(call(job, pace, arguments)))
}

/// Runs a call until it ends or is to move to another thread.
fn step<F: Future>(call: Pin<&mut F>) -> Poll<F::Output> {
    call.poll(&mut Context::from_waker(Waker::noop()))
}

/// Runs a call to its end. A guest waits for nothing but its one move, so this goes round twice at
/// most.
fn finish<F: Future>(mut call: Pin<&mut F>) -> F::Output {
    loop {
        if let Poll::Ready(done) = step(call.as_mut()) {
            return done;
        }
    }
}

/// Does something on a thread of its own that yields to all others, while this one waits. A new
/// thread each time: it borrows from the caller, its clock starts at zero, and a priority that was
/// lowered can't be raised again without privileges. That costs some 30 µs, which only heavy calls pay.
fn at_low_priority<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Cause> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("taihu-lane".to_owned())
            .stack_size(limits::LANE_STACK_BYTES)
            .spawn_scoped(scope, || {
                // Of this thread only; to lower is always allowed.
                if let Err(error) = rustix::process::setpriority_process(None, limits::LANE_NICE) {
                    tracing::warn!(%error, "a heavy call of a plugin runs at full priority");
                }
                work()
            })
            .map_err(|_| busy(limits::RETRY_AFTER_MIN))?;
        Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// One call from the making of its instance to the giving back of all that it held.
async fn call<P, R>(job: Job<'_>, pace: Pace, arguments: P) -> Done<R>
where
    P: ComponentNamedList + Lower,
    R: Lift + Send + 'static,
{
    let mut store = Store::new(&job.shared.engine, CallState::start(job.limits, pace));
    store.limiter(|state| &mut state.memory);
    store.epoch_deadline_callback(state::on_tick);
    store.set_epoch_deadline(1);
    store.set_hostcall_fuel(job.limits.crossing_bytes_max);
    store.set_max_component_handles(limits::HANDLES_MAX);
    let outcome = answer::<P, R>(job, &mut store, arguments).await;
    // The instance goes first: to give back what it held is its own time, on its own thread.
    let usage = store.into_data().usage();
    (outcome, usage)
}

async fn answer<P, R>(
    job: Job<'_>,
    store: &mut Store<CallState>,
    arguments: P,
) -> Result<Result<R, t::Failure>, Cause>
where
    P: ComponentNamedList + Lower,
    R: Lift + Send + 'static,
{
    let engine = |error: wasmtime::Error| Cause::Engine { message: format!("{error:#}") };
    let instance = job.pre.instantiate_async(&mut *store).await.map_err(|error| {
        stopped(&error).or_else(|| failed_inside(&error)).unwrap_or_else(|| engine(error))
    })?;
    let function = instance
        .get_typed_func::<P, (Result<R, t::Failure>,)>(&mut *store, job.function)
        .map_err(engine)?;
    // What is neither a stop nor a trap is an answer that could not be lifted.
    let (answer,) = function
        .call_async(&mut *store, arguments)
        .await
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
        return Some(busy(limits::RETRY_AFTER_MIN));
    }
    let Some(trap) = error.downcast_ref::<Trap>() else {
        // The engine has no type for this one; `counters::handles_are_counted` holds the words.
        return error
            .root_cause()
            .to_string()
            .contains("handle limit exceeded")
            .then(|| failed_inside(error))?;
    };
    let frames = frames(error);
    Some(match trap {
        Trap::StackOverflow => Cause::Stack { frames },
        trap => Cause::Trap { message: trap.to_string(), frames },
    })
}

/// What the engine refused to code of the guest's own, which has no type of its own: a guest that
/// runs while its instance is made must not pass its faults off as the engine's.
fn failed_inside(error: &wasmtime::Error) -> Option<Cause> {
    error.downcast_ref::<WasmBacktrace>()?;
    let message = error.root_cause().to_string().chars().take(300).collect();
    Some(Cause::Trap { message, frames: frames(error) })
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
