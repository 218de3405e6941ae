//! What the host holds of one call: its clock, its memory and its log, each with a limit.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use wasmtime::component::{Linker, WasmStr};
use wasmtime::{Engine, ResourceLimiter, StoreContextMut, UpdateDeadline};

use crate::bindings::taihu::plugin::log::Level;
use crate::limits::{self, CallLimits};
use crate::{LogLevel, LogLine, Usage};

/// Why the host stopped a guest. Travels through wasmtime as the error of the call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    #[error("used {used:?} of CPU time, may use {limit:?}")]
    CpuTime { used: Duration, limit: Duration },
    #[error("took {used:?}, may take {limit:?}")]
    WallTime { used: Duration, limit: Duration },
    #[error("wanted {wanted_bytes} bytes, may have {limit_bytes}")]
    Memory { wanted_bytes: usize, limit_bytes: usize },
    #[error("a log line is not UTF-8 or lies outside of the memory: {0}")]
    LogLine(String),
}

/// How a call runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// At full speed, until it has used [`limits::FAST_CPU`].
    Fast,
    /// At low priority, to its end.
    Slow,
    /// At full speed to its end: the control of a measurement.
    Any,
}

/// The data of a store.
#[derive(Debug)]
pub(crate) struct CallState {
    pace: Pace,
    /// CPU time used on the thread that it began on.
    cpu_before: Duration,
    cpu_start: Duration,
    wall_start: Instant,
    cpu_limit: Duration,
    wall_limit: Duration,
    pub(crate) memory: MemoryMeter,
    log: Vec<LogLine>,
    log_dropped: u32,
}

impl CallState {
    /// Starts the clocks.
    pub(crate) fn start(limits: &CallLimits, pace: Pace) -> Self {
        Self {
            pace,
            cpu_before: Duration::ZERO,
            cpu_start: thread_cpu(),
            wall_start: Instant::now(),
            cpu_limit: limits.cpu,
            wall_limit: limits.wall,
            memory: MemoryMeter { held: 0, held_max: 0, limit: limits.memory_bytes_max },
            log: Vec::new(),
            log_dropped: 0,
        }
    }

    /// What the call has used.
    pub(crate) fn usage(self) -> Usage {
        Usage {
            cpu: self.cpu(),
            memory_bytes_max: self.memory.held_max as u64,
            slow: self.pace == Pace::Slow,
            log: self.log,
            log_dropped: self.log_dropped,
            ..Usage::default()
        }
    }

    fn cpu(&self) -> Duration {
        self.cpu_before + thread_cpu().saturating_sub(self.cpu_start)
    }

    /// Looks at the clocks: called at every tick while the guest runs, also while it is being made.
    /// Says whether the call is to move to the lane.
    fn look(&mut self) -> Result<bool, Stop> {
        let cpu = self.cpu();
        if cpu > self.cpu_limit {
            return Err(Stop::CpuTime { used: cpu, limit: self.cpu_limit });
        }
        let used = self.wall_start.elapsed();
        if used > self.wall_limit {
            return Err(Stop::WallTime { used, limit: self.wall_limit });
        }
        if self.pace != Pace::Fast || cpu < limits::FAST_CPU {
            return Ok(false);
        }
        // It goes on on a new thread, whose clock starts at zero.
        (self.pace, self.cpu_before, self.cpu_start) = (Pace::Slow, cpu, Duration::ZERO);
        Ok(true)
    }

    fn write_log(&mut self, level: Level, message: &str) -> Result<(), Stop> {
        let text = clean_line(message);
        self.memory.hold(text.len() + size_of::<LogLine>())?;
        let level = match level {
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        self.log.push(LogLine { level, text });
        Ok(())
    }
}

/// Reads this thread's CPU time. Host work done for the guest on this thread counts too: crossing
/// is what a guest's lists cost.
#[must_use]
pub fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Answers a tick: the guest goes on for another, is put aside, or is stopped for good. The epoch
/// itself is never a time-out; it is the engine's, and bystanders would die with the guilty.
pub(crate) fn on_tick(
    mut store: StoreContextMut<'_, CallState>,
) -> wasmtime::Result<UpdateDeadline> {
    Ok(if store.data_mut().look()? {
        UpdateDeadline::YieldCustom(1, Box::pin(Aside(false)))
    } else {
        UpdateDeadline::Continue(1)
    })
}

/// Is not ready once: whoever polls the call sees that it is to move.
struct Aside(bool);

impl Future for Aside {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Sums all that is held for one call.
#[derive(Debug)]
pub(crate) struct MemoryMeter {
    held: usize,
    held_max: usize,
    limit: usize,
}

impl MemoryMeter {
    fn hold(&mut self, more: usize) -> Result<(), Stop> {
        let wanted = self.held.saturating_add(more);
        if wanted > self.limit {
            return Err(Stop::Memory { wanted_bytes: wanted, limit_bytes: self.limit });
        }
        self.held = wanted;
        self.held_max = self.held_max.max(wanted);
        Ok(())
    }
}

impl ResourceLimiter for MemoryMeter {
    /// Traps at once instead of answering −1, which guests turn into traps that say nothing.
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.hold(desired.saturating_sub(current))?;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = |elements: usize| elements.saturating_mul(limits::TABLE_ELEMENT_BYTES);
        // Before the table's own maximum, which the pool lowers to the same number.
        if desired > limits::TABLE_ELEMENTS_MAX {
            return Err(Stop::Memory {
                wanted_bytes: bytes(desired),
                limit_bytes: bytes(limits::TABLE_ELEMENTS_MAX),
            }
            .into());
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.hold(bytes(desired.saturating_sub(current)))?;
        Ok(true)
    }

    fn instances(&self) -> usize {
        limits::CORE_INSTANCES_MAX as usize
    }

    fn memories(&self) -> usize {
        limits::MEMORIES_MAX as usize
    }

    fn tables(&self) -> usize {
        limits::TABLES_MAX as usize
    }
}

/// Offers guests all that they may import: `log`.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    // Types only, but a component imports the interface it takes them from.
    linker.instance("taihu:plugin/types@0.1.0")?;
    linker.instance("taihu:plugin/log@0.1.0")?.func_wrap(
        "write",
        |mut store: StoreContextMut<'_, CallState>, (level, message): (Level, WasmStr)| {
            // The line is read where it lies: what is dropped is never copied.
            if store.data().log.len() >= limits::LOG_LINES_MAX {
                let state = store.data_mut();
                state.log_dropped = state.log_dropped.saturating_add(1);
                return Ok(());
            }
            let line = match message.to_str(&store) {
                Ok(line) => head(&line),
                Err(error) => return Err(Stop::LogLine(error.to_string()).into()),
            };
            store.data_mut().write_log(level, &line)?;
            Ok(())
        },
    )?;
    Ok(linker)
}

/// Copies as much of a line as is kept, and one byte more if there is more.
fn head(line: &str) -> String {
    line[..line.floor_char_boundary(limits::LOG_LINE_BYTES_MAX + 4)].to_owned()
}

/// Escapes control characters (and those that turn the direction of writing) and cuts to length.
fn clean_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len().min(limits::LOG_LINE_BYTES_MAX) + 4);
    for letter in line.chars() {
        let before = out.len();
        if letter.is_control()
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
        if out.len() > limits::LOG_LINE_BYTES_MAX {
            out.truncate(before);
            out.push('…');
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_line(line: &str, want: &str) {
        assert_eq!(clean_line(&head(line)), want);
    }

    #[test]
    fn log_lines_are_cut_and_escaped() {
        check_line("得分 970", "得分 970");
        check_line("a\nb\u{1b}[31m", "a\\u{a}b\\u{1b}[31m");
        check_line("\u{202e}txt.exe", "\\u{202e}txt.exe");
        check_line(&"a".repeat(1024), &"a".repeat(1024));
        check_line(&"a".repeat(1025), &format!("{}…", "a".repeat(1024)));
        check_line(&"湖".repeat(4000), &format!("{}…", "湖".repeat(341)));
    }

    #[test]
    fn memories_and_tables_are_summed() {
        let mut meter = MemoryMeter { held: 0, held_max: 0, limit: 100_000 };
        assert!(meter.memory_growing(0, 65_536, None).unwrap());
        assert!(meter.memory_growing(0, 65_536, None).is_err());
        assert!(meter.table_growing(0, 4_000, None).unwrap());
        assert!(meter.table_growing(4_000, 5_000, None).is_err());
        assert_eq!(meter.held_max, 65_536 + 32_000);
    }
}
