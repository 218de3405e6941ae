//! Every limit of the sandbox, each with its unit and the reason for its number.
//!
//! What a plugin may use is the default of its kind, or what its manifest wishes for within the
//! ceilings. Nothing else in this crate names a number. `tests/sandbox/counters.rs` names the test
//! that reaches each.
//!
//! Some counters that other hosts need have nothing to count here. A plugin imports nothing but
//! `log`, so it makes no host calls beside log lines, reads no rows and opens no connection: it is
//! handed its records and replies, and answers what it wants fetched. What is fetched for it is
//! bounded where it is fetched, by its grant. And since it waits for nothing, there is no budget for
//! waiting on the host.

use std::time::Duration;

use taihu_model::{LimitWish, PluginKind};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Version of the rules of admission: raised whenever a component that was admitted before might
/// be refused now. Compiled code of other rules is never loaded.
pub const ADMISSION_RULES: u32 = 2;

/// How large a component may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SizeClass {
    /// Compiled languages: Rust, C, Go.
    #[default]
    Native,
    /// Components that carry an interpreter (Python, JavaScript). An operator grants it.
    Interpreter,
}

/// What a component's file may hold. Checked before anything is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// Size of the file in bytes.
    pub file_bytes_max: usize,
    /// Functions of all modules together.
    pub functions_max: u32,
    /// Size of one function's body in bytes: compile time is worse than linear in it.
    pub body_bytes_max: usize,
    /// Locals of one function: register allocation is worse than linear in them.
    pub locals_max: u32,
    /// Depth of blocks in blocks of one function.
    pub block_depth_max: u32,
    /// Calls, and instructions that become calls of the runtime, of all functions together. Each
    /// costs the compiler 5 µs and 120 bytes: 2 million in 4 MB took 9 CPU-seconds.
    pub calls_max: u32,
    /// Loops of one function: compile time is worse than linear in them. 20,000 took 13 CPU-seconds.
    pub loops_max: u32,
    /// Loops of all functions together. Each has a look at the clock, which costs the compiler 15 µs:
    /// 1.3 million in 4 MB took more than 20 CPU-seconds.
    pub loops_sum_max: u32,
    /// Loops of one function, squared, times its locals: what loops may carry along. The compiler
    /// takes 0.1 µs for each: 448 loops of 110 locals took 2 CPU-seconds, whether they were nested or not.
    pub carried_max: u32,
    /// The same, added up over all functions.
    pub carried_sum_max: u32,
    /// Core modules and nested components, each.
    pub modules_max: u32,
    /// Instances made of them, core and component together.
    pub instances_max: u32,
    /// Linear memories of all modules together.
    pub memories_max: u32,
    /// Tables of all modules together.
    pub tables_max: u32,
    /// Elements of one table at its start.
    pub table_elements_max: u64,
    /// Types, imports, exports, globals, data and element segments, aliases: each, of all modules together.
    pub items_max: u32,
}

impl SizeClass {
    /// The limits of a file of this class.
    ///
    /// Native: a scorer of the SDK is 45 KB with 120 functions, the largest bundled plugin (an
    /// XLSX reader) 880 KB with 5,617 calls, 1,000 loops, blocks 79 deep and 90 locals in a function.
    /// `wit-component` makes up to 4 modules and 2 nested components.
    /// Interpreter: `CPython` 3.14 is 18.3 MB in up to 200 core instances and 64 tables.
    #[must_use]
    pub const fn file_limits(self) -> FileLimits {
        match self {
            Self::Native => FileLimits {
                file_bytes_max: 4 * MIB,
                functions_max: 20_000,
                body_bytes_max: 256 * KIB,
                locals_max: 2_000,
                block_depth_max: 1_000,
                calls_max: 100_000,
                loops_max: 500,
                loops_sum_max: 20_000,
                carried_max: 5_000_000,
                carried_sum_max: 20_000_000,
                modules_max: 16,
                instances_max: 64,
                memories_max: 2,
                tables_max: 16,
                table_elements_max: TABLE_ELEMENTS_MAX as u64,
                items_max: 20_000,
            },
            Self::Interpreter => FileLimits {
                file_bytes_max: 32 * MIB,
                functions_max: 60_000,
                body_bytes_max: 2 * MIB,
                locals_max: 20_000,
                block_depth_max: 10_000,
                calls_max: 2_000_000,
                loops_max: 5_000,
                loops_sum_max: 200_000,
                carried_max: 50_000_000,
                carried_sum_max: 200_000_000,
                modules_max: 200,
                instances_max: 400,
                memories_max: 2,
                tables_max: 64,
                table_elements_max: TABLE_ELEMENTS_MAX as u64,
                items_max: 120_000,
            },
        }
    }

    /// The limits of a compilation of this class. A scorer takes 0.1 CPU-seconds, the largest
    /// bundled plugin 1, what is as large as [`file_limits`](Self::file_limits) allow 3, `CPython` 13.
    #[must_use]
    pub const fn compile_limits(self) -> CompileLimits {
        match self {
            Self::Native => CompileLimits {
                cpu_s_max: 10,
                address_space_bytes_max: 1 << 30,
                wall: Duration::from_secs(60),
                native_bytes_max: 64 * MIB,
            },
            Self::Interpreter => CompileLimits {
                cpu_s_max: 60,
                address_space_bytes_max: 4 << 30,
                wall: Duration::from_secs(180),
                native_bytes_max: 256 * MIB,
            },
        }
    }
}

/// What one compilation may use. Cranelift aborts the process when it runs out of memory, so it
/// runs in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// CPU time in seconds.
    pub cpu_s_max: u64,
    /// Address space in bytes. 1.2 MB of `call 0` once took 1.5 GB.
    pub address_space_bytes_max: u64,
    /// Time on the wall.
    pub wall: Duration,
    /// Size of the native code in bytes: a component grows about three times.
    pub native_bytes_max: usize,
}

/// Nesting of components and modules in each other. `wit-component` nests twice.
pub const NESTING_MAX: u32 = 4;
/// Size of the manifest section in bytes. A manifest is 2 KB; it is read by people.
pub const MANIFEST_BYTES_MAX: usize = 64 * KIB;
/// Size of the section of contract cases in bytes: a recorded reply may be a spreadsheet.
pub const CASES_BYTES_MAX: usize = 2 * MIB;
/// Contract cases of a plugin: each is a call at every installation.
pub const CASES_MAX: usize = 200;
/// Field wishes, host wishes and configuration keys of a manifest, each: a person grants them one by one.
pub const WISHES_MAX: usize = 64;
/// Length of a text of the manifest in characters: it is shown on one screen.
pub const MANIFEST_TEXT_CHARS_MAX: usize = 500;
/// Faults that one refusal lists; an author mends the first few and asks again.
pub const FAULTS_MAX: usize = 50;

/// What one call may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// CPU time of the call, guest and crossing together, as the thread's own clock counts it.
    pub cpu: Duration,
    /// Time on the wall. Only a machine that is overloaded comes near it: a guest never waits.
    pub wall: Duration,
    /// Bytes of all memories, tables and kept log lines together.
    pub memory_bytes_max: usize,
    /// Bytes of strings and lists that cross from guest to host in one answer or one log line.
    pub crossing_bytes_max: usize,
}

/// CPU time that a manifest may wish for, in milliseconds: people wait for answers.
pub const CPU_MS_MAX: u32 = 2_000;
/// Memory that a manifest may wish for, in MiB: 64 calls at once must fit a small server.
pub const MEMORY_MIB_MAX: u32 = 128;
/// Memory of an interpreter, in MiB: `CPython` starts with 20 and grows fast.
pub const INTERPRETER_MEMORY_MIB_MAX: u32 = 256;
/// How many times its CPU budget a call may take on the wall before the machine counts as overloaded:
/// a tenth of a core that six others want as well. Waiting for a turn does not count.
const WALL_PER_CPU: u32 = 60;
/// The least wall budget: a machine that swaps must not fail a call of 20 ms at once, and beside
/// threads of full priority that never rest one of the lane gets a tenth of a core.
const WALL_MIN: Duration = Duration::from_secs(10);

impl CallLimits {
    /// Finds the limits of a plugin: the default of its kind, or what it wishes for.
    ///
    /// A wish above the ceilings is cut to them; admission has refused such a manifest before.
    /// An interpreter gets the ceilings at once, which an operator has granted with its class.
    #[must_use]
    pub fn of(kind: PluginKind, class: SizeClass, wish: LimitWish) -> Self {
        let crossing_bytes_max = match kind {
            PluginKind::Scorer | PluginKind::NichePool => BATCH_CROSSING_BYTES_MAX,
            PluginKind::Connector => PAGE_CROSSING_BYTES_MAX,
        };
        let usual = kind.limits();
        let (cpu_ms, memory_mib, memory_mib_max) = match class {
            SizeClass::Native => (
                usual.cpu_ms.unwrap_or(CPU_MS_MAX),
                usual.memory_mib.unwrap_or(MEMORY_MIB_MAX),
                MEMORY_MIB_MAX,
            ),
            SizeClass::Interpreter => {
                (CPU_MS_MAX, INTERPRETER_MEMORY_MIB_MAX, INTERPRETER_MEMORY_MIB_MAX)
            }
        };
        let cpu_ms = wish.cpu_ms.unwrap_or(cpu_ms).clamp(1, CPU_MS_MAX);
        let memory_mib = wish.memory_mib.unwrap_or(memory_mib).clamp(1, memory_mib_max);
        let cpu = Duration::from_millis(u64::from(cpu_ms));
        Self {
            cpu,
            wall: (cpu * WALL_PER_CPU).max(WALL_MIN),
            memory_bytes_max: memory_mib as usize * MIB,
            crossing_bytes_max,
        }
    }

    /// The lower of each.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.min(other.cpu),
            wall: self.wall.min(other.wall),
            memory_bytes_max: self.memory_bytes_max.min(other.memory_bytes_max),
            crossing_bytes_max: self.crossing_bytes_max.min(other.crossing_bytes_max),
        }
    }

    /// The same limits where less was granted.
    #[must_use]
    pub fn within(self, granted: LimitWish) -> Self {
        let cpu = granted.cpu_ms.map_or(self.cpu, |ms| Duration::from_millis(u64::from(ms)));
        let memory = granted.memory_mib.map_or(self.memory_bytes_max, |mib| mib as usize * MIB);
        let cpu = cpu.min(self.cpu);
        Self {
            cpu,
            wall: (cpu * WALL_PER_CPU).max(WALL_MIN),
            memory_bytes_max: memory.min(self.memory_bytes_max),
            ..self
        }
    }
}

/// Bytes that one answer to a batch may bring across, counted as the host holds them (a string is
/// 24 bytes and its length). 500 scores with 16 factors and 8 pieces of evidence each are 0.8 MB, 500
/// decisions with 4 reasons 0.9 MB. A list of strings that all alias one buffer once grew the host by 116 MB.
const BATCH_CROSSING_BYTES_MAX: usize = 2 * MIB;
/// The same for a page of a connector: 4 MiB of content in 1,000 records of 20 fields is 6 MB so counted.
const PAGE_CROSSING_BYTES_MAX: usize = 8 * MIB;

/// Resource handles of a call. The contract has no resources, but a component may make up its own;
/// wasmtime's default is 100,000.
pub const HANDLES_MAX: usize = 1_000;
/// Core instances of a call; `wit-component` makes 4, interpreters up to 200.
pub const CORE_INSTANCES_MAX: u32 = 200;
/// Memories of a call.
pub const MEMORIES_MAX: u32 = 2;
/// Tables of a call; interpreters have up to 64.
pub const TABLES_MAX: u32 = 64;
/// Elements of a table, at its start and grown: function pointers of an interpreter.
pub const TABLE_ELEMENTS_MAX: usize = 60_000;
/// Bytes that the host holds for one element of a table.
pub const TABLE_ELEMENT_BYTES: usize = 8;
/// Bookkeeping of one instance in bytes: an interpreter's is 1–3 MB.
pub const INSTANCE_BYTES_MAX: usize = 4 * MIB;

/// Calls at once. Each holds a slot of the pool; the one beyond is answered `Busy`.
/// 64 slots reserve half a TiB of address space, and hold at most 2 GiB of memory at the default limits.
pub const CALLS_MAX: u32 = 64;
/// Bytes of a memory that stay mapped between two calls, if they were written to. Only what was
/// written is cleared, so this costs a small call nothing; a batch of 500 full records writes 1.5 MiB, and
/// mapping what was beyond 1 MiB anew took a twentieth of its time.
pub const KEEP_RESIDENT_BYTES: usize = 2 * MIB;
/// Bytes of a table that stay mapped between two calls.
pub const TABLE_KEEP_RESIDENT_BYTES: usize = 16 * KIB;
/// Stack of a guest in bytes; recursion beyond it traps.
pub const STACK_BYTES_MAX: usize = 512 * KIB;
/// Stack of a fiber in bytes: the guest's and as much again for the host that serves it there.
pub const FIBER_STACK_BYTES: usize = 2 * STACK_BYTES_MAX;
/// Time between two looks at what a guest has used: a third of what it may use at full speed.
pub const TICK: Duration = Duration::from_millis(1);
/// Ticks without a call after which the ticker rests until the next call.
pub const TICKS_IDLE_MAX: u32 = 100;
/// How long the ticker rests at most, should nobody wake it.
pub const TICKER_REST_MAX: Duration = Duration::from_millis(100);

/// CPU time that a call may use at full speed; then it goes on at low priority. Honest batches of
/// 100 take 0.1–1 ms.
pub const FAST_CPU: Duration = Duration::from_millis(3);
/// CPU time at full speed that a tenant may save up: sixteen calls at once that turn out to be heavy.
pub const ACCOUNT_FULL: Duration = Duration::from_millis(50);
/// CPU time that a tenant may owe. It is paid off in a second by the share of one of two cores.
pub const ACCOUNT_DEBT_MAX: Duration = Duration::from_secs(1);
/// Accounts at once. There is one for each tenant that used plugins in the last second.
pub const ACCOUNTS_MAX: usize = 4_096;
/// Time between two looks for accounts that are full again.
pub const ACCOUNTS_SWEEP: Duration = Duration::from_secs(1);

/// Niceness of the threads of the lane: a tenth of a core beside a thread that never rests. At 19 it
/// is a sixtieth (`SCHED_IDLE`: a three-hundredth), and honest heavy calls starved on a busy machine.
pub const LANE_NICE: i32 = 10;
/// Stack of a thread of the lane in bytes; guests have stacks of their own.
pub const LANE_STACK_BYTES: usize = 512 * KIB;
/// Calls of one tenant that wait for the lane: a quarter of the 32 threads that serve requests.
pub const LANE_WAITING_PER_TENANT_MAX: usize = 8;
/// Calls that wait for the lane in all; so a quarter of the threads that serve requests stay free.
pub const LANE_WAITING_MAX: usize = 24;
/// How long a call waits for its turn. 24 calls of a scorer's whole budget take 0.6 s on two cores.
pub const LANE_WAIT_MAX: Duration = Duration::from_secs(5);
/// The least time after which one who found no place is asked to come again.
pub const RETRY_AFTER_MIN: Duration = Duration::from_secs(1);
/// The most; the guess is rough.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);
/// Frames of a trap's trace that are kept for its author.
pub const FRAMES_MAX: usize = 8;

/// Log lines kept of one call; further ones are counted and dropped.
pub const LOG_LINES_MAX: usize = 200;
/// Bytes kept of one log line; longer ones are cut.
pub const LOG_LINE_BYTES_MAX: usize = KIB;

/// Achievements of one batch: what one screen of candidates needs, five times over.
pub const BATCH_MAX: usize = 500;
/// Size of an installation's configuration in bytes, as the contract promises.
pub const CONFIG_BYTES_MAX: usize = 64 * KIB;

/// Text of one pool's or connector's answer in bytes, whatever the batch; scores have no text.
pub const ANSWER_BYTES_MAX: usize = 256 * KIB;
/// Text for each achievement of the batch in bytes, where that is more: 4 reasons in two languages are 0.8 KB.
pub const ANSWER_BYTES_PER_ITEM_MAX: usize = 2 * KIB;
/// Text of a connector's page in bytes: it is one transaction.
pub const PAGE_BYTES_MAX: usize = 4 * MIB;
/// One string in bytes.
pub const STRING_BYTES_MAX: usize = 8 * KIB;
/// A record verbatim, in bytes: an XML element, a row.
pub const VERBATIM_BYTES_MAX: usize = 64 * KIB;
/// A run's state in bytes: it is stored with every page.
pub const STATE_BYTES_MAX: usize = 64 * KIB;
/// Factors of a scorer and of a score: more explain nothing to a person.
pub const FACTORS_MAX: usize = 16;
/// Pieces of evidence for one factor or reason.
pub const EVIDENCE_MAX: usize = 8;
/// A quote in characters.
pub const QUOTE_CHARS_MAX: usize = 200;
/// Reasons of a decision.
pub const REASONS_MAX: usize = 16;
/// A reason in characters.
pub const REASON_CHARS_MAX: usize = 500;
/// Categories of a pool's taxonomy.
pub const CATEGORIES_MAX: usize = 200;
/// Own fields of a pool.
pub const OWN_FIELDS_MAX: usize = 32;
/// Texts of one own field.
pub const TEXTS_MAX: usize = 256;
/// Records of a page, and tombstones of a page: one transaction of at most a second.
pub const RECORDS_MAX: usize = 1_000;
/// Values of one record: a registration with all its inventors and rights has 60.
pub const RAW_FIELDS_MAX: usize = 512;
/// Warnings of a page: a person reads them.
pub const WARNINGS_MAX: usize = 200;
/// A source's own identifier in characters.
pub const SOURCE_ID_CHARS_MAX: usize = 256;
/// A URL in characters: what servers accept.
pub const URL_CHARS_MAX: usize = 4_096;
/// Headers of a request.
pub const HEADERS_MAX: usize = 16;
/// Body of a request in bytes: a query, not an upload.
pub const REQUEST_BODY_BYTES_MAX: usize = 64 * KIB;
/// Name of a file in bytes: what file systems accept.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Asks and pages of one contract case: a recorded run is short.
pub const CASE_STEPS_MAX: usize = 1_000;

/// Calls of the kernel's conformance cases: each at every installation. Judging takes
/// [`CONFORMANCE_ALONE_MAX`] + 8 batches and a description for each; connectors a few steps more
/// than [`CONFORMANCE_STEPS_MAX`] and two for each page.
pub const CONFORMANCE_CALLS_MAX: usize = 2 * CONFORMANCE_STEPS_MAX + 24;
/// Candidates that the conformance cases judge alone; the others are like them.
pub const CONFORMANCE_ALONE_MAX: usize = 8;
/// Records of a plugin's own cases that the conformance cases use.
pub const CONFORMANCE_OWN_MAX: usize = 40;
/// Differences that one conformance case lists: they are alike.
pub const CONFORMANCE_DIFFERENCES_MAX: usize = 3;
/// Asks without a reply after which a connector must have given up.
pub const CONFORMANCE_STEPS_MAX: usize = 50;
