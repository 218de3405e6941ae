//! The one place that says how wasmtime runs: one configuration for compiling and for serving.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;

use wasmtime::{
    Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, OptLevel,
    PoolingAllocationConfig, Strategy,
};

use crate::SetupError;
use crate::limits;

/// What an engine is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Turns components into native code; never runs one.
    Compiling,
    /// Runs native code; has no compiler.
    Serving {
        /// Whether instances come from a pool.
        pooled: bool,
    },
}

/// Builds the configuration. Whatever shapes native code is the same in every role, so that the
/// serving engine loads what the compiling one wrote; a test holds that it does.
pub(crate) fn config(role: Role) -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        // A score must be the same bits on every machine.
        .cranelift_nan_canonicalization(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits::STACK_BYTES_MAX)
        .async_stack_size(limits::FIBER_STACK_BYTES)
        .wasm_backtrace_max_frames(NonZeroUsize::new(limits::FRAMES_MAX))
        // Guests are synchronous and single-threaded; what they can't reach can't be attacked.
        .concurrency_support(false)
        .shared_memory(false)
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false)
        .wasm_function_references(false)
        .wasm_gc(false)
        .wasm_exceptions(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        // Compiled in (builds without it can be aborted, RUSTSEC-2026-0570), switched off here.
        .gc_support(false);
    match role {
        Role::Compiling => {}
        Role::Serving { pooled } => {
            config.enable_compiler(false);
            if pooled {
                config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
            }
        }
    }
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(limits::CALLS_MAX)
        .total_stacks(limits::CALLS_MAX)
        .total_core_instances(limits::CALLS_MAX * limits::CORE_INSTANCES_MAX)
        .total_memories(limits::CALLS_MAX * limits::MEMORIES_MAX)
        .total_tables(limits::CALLS_MAX * limits::TABLES_MAX)
        .max_core_instances_per_component(limits::CORE_INSTANCES_MAX)
        .max_memories_per_component(limits::MEMORIES_MAX)
        .max_tables_per_component(limits::TABLES_MAX)
        .max_memories_per_module(1)
        .max_tables_per_module(limits::TABLES_MAX)
        .table_elements(limits::TABLE_ELEMENTS_MAX)
        .max_memory_size((limits::INTERPRETER_MEMORY_MIB_MAX as usize) << 20)
        .max_component_instance_size(limits::INSTANCE_BYTES_MAX)
        .max_core_instance_size(limits::INSTANCE_BYTES_MAX)
        .max_unused_warm_slots(limits::CALLS_MAX)
        .linear_memory_keep_resident(limits::KEEP_RESIDENT_BYTES)
        .table_keep_resident(limits::TABLE_KEEP_RESIDENT_BYTES)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Makes the engine that serves; from a pool if that is wished for and the machine has the address space.
///
/// Says in the log which it became and why. Returns whether it is pooled.
pub(crate) fn serving(pooling: bool) -> Result<(Engine, bool), SetupError> {
    if pooling {
        match Engine::new(&config(Role::Serving { pooled: true })) {
            Ok(engine) => return Ok((engine, true)),
            Err(error) => tracing::warn!(
                %error,
                calls_max = limits::CALLS_MAX,
                "no address space for a pool of plugin instances: allocating on demand, calls cost some 20 µs more"
            ),
        }
    }
    let engine = Engine::new(&config(Role::Serving { pooled: false })).map_err(setup)?;
    Ok((engine, false))
}

/// Makes the engine that compiles.
pub(crate) fn compiling() -> Result<Engine, SetupError> {
    Engine::new(&config(Role::Compiling)).map_err(setup)
}

fn setup(error: wasmtime::Error) -> SetupError {
    SetupError(format!("{error:#}"))
}

/// Starts the thread that lets guests be looked at: every tick each running guest checks its own
/// budget. A thread of the operating system, because a spinning guest can stop an async timer. It
/// rests while nothing runs, and ends by itself when the engine is gone.
pub(crate) fn start_ticker(engine: &Engine, slots: &Arc<Slots>) -> Result<(), SetupError> {
    let (weak, slots): (EngineWeak, _) = (engine.weak(), Arc::clone(slots));
    std::thread::Builder::new()
        .name("taihu-ticker".to_owned())
        .spawn(move || {
            let _ = slots.ticker.set(std::thread::current());
            let mut ticks_idle = 0;
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                ticks_idle = if slots.running() == 0 { ticks_idle + 1 } else { 0 };
                if ticks_idle < limits::TICKS_IDLE_MAX {
                    std::thread::sleep(limits::TICK);
                } else {
                    slots.rest();
                    ticks_idle = limits::TICKS_IDLE_MAX;
                }
            }
        })
        .map_err(|error| SetupError(format!("start the ticker thread: {error}")))?;
    Ok(())
}

/// Counts the calls that run, so that an exhausted pool is an answer and not a wait, and the ticker
/// knows when to rest.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    running: AtomicU32,
    resting: AtomicBool,
    ticker: OnceLock<Thread>,
}

/// Leave to run one call; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot<'a>(&'a AtomicU32);

impl Slots {
    pub(crate) fn take(&self) -> Option<Slot<'_>> {
        // Counted before the look at `resting`, as the ticker says that it rests before it looks
        // at the count: one of the two sees the other.
        let taken = self.running.fetch_add(1, Ordering::SeqCst);
        if self.resting.load(Ordering::SeqCst)
            && let Some(ticker) = self.ticker.get()
        {
            ticker.unpark();
        }
        let slot = Slot(&self.running);
        (taken < limits::CALLS_MAX).then_some(slot)
    }

    fn running(&self) -> u32 {
        self.running.load(Ordering::SeqCst)
    }

    /// Lets the ticker rest until a call comes.
    fn rest(&self) {
        self.resting.store(true, Ordering::SeqCst);
        if self.running() == 0 {
            std::thread::park_timeout(limits::TICKER_REST_MAX);
        }
        self.resting.store(false, Ordering::SeqCst);
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
