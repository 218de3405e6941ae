//! What can go wrong, cut by what the caller does about it, each with somebody to blame.

use std::fmt;
use std::time::Duration;

use taihu_model::Text;
use taihu_model::contract::Failure;

use crate::Usage;

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The plugin's: counts against it.
    Plugin,
    /// That of whoever called, configured the installation or runs the source.
    Caller,
    /// The kernel's, or its machine's.
    Kernel,
}

impl Blame {
    /// The code on the wire: `plugin`, `caller` or `kernel`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plugin => "plugin",
            Self::Caller => "caller",
            Self::Kernel => "kernel",
        }
    }
}

/// One thing that is wrong: where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The function, type, field, import, section or place in an answer (`scores[3].factors[0].weight`).
    pub subject: String,
    /// What is wrong and what to do.
    pub text: Text,
}

impl Fault {
    pub(crate) fn new(
        subject: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { subject: subject.into(), text: Text::new(zh, en) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.text.en)
    }
}

/// Why a file does not become a plugin: every reason that was found, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, in the order it was found; at most [`limits::FAULTS_MAX`](crate::limits::FAULTS_MAX).
    pub faults: Vec<Fault>,
    /// Whose fault it is: the plugin's, or the kernel's if it could not look.
    pub blame: Blame,
}

impl Refusal {
    pub(crate) fn of(fault: Fault) -> Self {
        Self { faults: vec![fault], blame: Blame::Plugin }
    }

    pub(crate) fn kernel(subject: &str, error: &dyn fmt::Display) -> Self {
        let fault = Fault::new(
            subject,
            format!("内核未能完成这一步：{error}。请稍后再试，或联系运维人员"),
            format!("the kernel could not do this: {error}; try again later or ask its operator"),
        );
        Self { faults: vec![fault], blame: Blame::Kernel }
    }

    /// All reasons in Chinese, one a line.
    #[must_use]
    pub fn zh(&self) -> String {
        let lines: Vec<_> = self
            .faults
            .iter()
            .map(|fault| format!("{}：{}", fault.subject, fault.text.zh))
            .collect();
        lines.join("\n")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{fault}", if at == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// The engine can't be set up on this machine.
#[derive(Debug, thiserror::Error)]
#[error("set up the engine for plugins: {0}")]
pub struct SetupError(pub(crate) String);

/// Sealed code was not loaded. Compile the plugin again: the reaction is the same to every case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// Too short, or no sealed code at all.
    #[error("not sealed code of this kernel: {0}")]
    Shape(&'static str),
    /// Sealed for another engine, other rules of admission or another plugin.
    #[error("sealed code is for another {0}")]
    Other(&'static str),
    /// The seal does not fit the bytes: damaged, or of a kernel with another key.
    #[error("sealed code is damaged or was sealed with another key")]
    Seal,
    /// The engine refused the code, or the component does not link.
    #[error("the engine refused the code: {0}")]
    Engine(String),
}

/// An author's component can't be put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    /// What is wrong and what to do.
    pub fault: Fault,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for PackError {}

/// A call that gave no answer.
#[derive(Debug, Clone, PartialEq)]
pub struct CallError {
    /// Why.
    pub cause: Cause,
    /// Whose fault it is.
    pub blame: Blame,
    /// The plugin, `name@version`.
    pub plugin: String,
    /// What the call had used until then. Boxed, so that results stay small.
    pub usage: Box<Usage>,
}

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// It used more CPU time than it may.
    CpuTime {
        /// What it had used when it was stopped.
        used: Duration,
        /// What it may use.
        limit: Duration,
    },
    /// It took too long on the wall while it stayed within its CPU time: the machine is overloaded.
    WallTime {
        /// How long it had taken when it was stopped.
        used: Duration,
        /// How long it may take.
        limit: Duration,
    },
    /// It wanted more memory than it may have, memories, tables and log lines together.
    Memory {
        /// What it would have had.
        wanted_bytes: u64,
        /// What it may have.
        limit_bytes: u64,
    },
    /// It recursed deeper than its stack allows.
    Stack {
        /// The innermost functions, innermost first.
        frames: Vec<String>,
    },
    /// It trapped.
    Trap {
        /// What the trap says: `wasm trap: wasm 'unreachable' instruction executed`.
        message: String,
        /// The innermost functions, innermost first.
        frames: Vec<String>,
    },
    /// It answered something that the contract does not allow.
    BadAnswer(Fault),
    /// It answered, by the contract, that it can't.
    Failure(Failure),
    /// It was asked something that the contract does not allow.
    BadCall(Fault),
    /// As many calls run or wait as may, in all or of this tenant. Try again.
    Busy {
        /// When it is worth to try again.
        retry_after: Duration,
    },
    /// The engine failed.
    Engine {
        /// What it said.
        message: String,
    },
}

impl Cause {
    /// A stable code for logs, metrics and problem documents.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CpuTime { .. } => "cpu_time",
            Self::WallTime { .. } => "wall_time",
            Self::Memory { .. } => "memory",
            Self::Stack { .. } => "stack",
            Self::Trap { .. } => "trap",
            Self::BadAnswer(_) => "bad_answer",
            Self::Failure(Failure::BadConfig(_)) => "bad_config",
            Self::Failure(Failure::BadInput(_)) => "bad_input",
            Self::Failure(Failure::Upstream(_)) => "upstream",
            Self::Failure(Failure::Internal(_)) => "internal",
            Self::BadCall(_) => "bad_call",
            Self::Busy { .. } => "busy",
            Self::Engine { .. } => "engine",
        }
    }

    /// Whose fault it is. A failure that the plugin states by the contract is the plugin's only if it says so.
    #[must_use]
    pub const fn blame(&self) -> Blame {
        match self {
            Self::CpuTime { .. }
            | Self::Memory { .. }
            | Self::Stack { .. }
            | Self::Trap { .. }
            | Self::BadAnswer(_)
            | Self::Failure(Failure::Internal(_)) => Blame::Plugin,
            Self::Failure(_) | Self::BadCall(_) => Blame::Caller,
            Self::WallTime { .. } | Self::Busy { .. } | Self::Engine { .. } => Blame::Kernel,
        }
    }

    fn text(&self) -> Text {
        let ms = |time: &Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        let kib = |bytes: &u64| bytes.div_ceil(1024);
        let seconds = |time: &Duration| time.as_secs_f64().ceil();
        match self {
            Self::CpuTime { used, limit } => Text::new(
                format!("计算用时 {} 毫秒，上限 {} 毫秒", ms(used), ms(limit)),
                format!("used {} ms of CPU, may use {} ms", ms(used), ms(limit)),
            ),
            Self::WallTime { used, limit } => Text::new(
                format!("机器繁忙：等了 {} 毫秒，上限 {} 毫秒", ms(used), ms(limit)),
                format!("took {} ms on an overloaded machine, may take {} ms", ms(used), ms(limit)),
            ),
            Self::Memory { wanted_bytes, limit_bytes } => Text::new(
                format!("需要内存 {} KiB，上限 {} KiB", kib(wanted_bytes), kib(limit_bytes)),
                format!(
                    "wanted {} KiB of memory, may have {} KiB",
                    kib(wanted_bytes),
                    kib(limit_bytes)
                ),
            ),
            Self::Stack { frames } => Text::new(
                format!("调用层次过深，栈已用尽{}", trace(frames)),
                format!("recursed until the stack was used up{}", trace(frames)),
            ),
            Self::Trap { message, frames } => Text::new(
                format!("插件崩溃：{message}{}", trace(frames)),
                format!("{message}{}", trace(frames)),
            ),
            Self::BadAnswer(fault) => Text::new(
                format!("答复不合约定：{}：{}", fault.subject, fault.text.zh),
                format!("bad answer at {fault}"),
            ),
            Self::Failure(failure) => failure_text(failure),
            Self::BadCall(fault) => Text::new(
                format!("调用不合约定：{}：{}", fault.subject, fault.text.zh),
                format!("bad call at {fault}"),
            ),
            Self::Busy { retry_after } => Text::new(
                format!("正在运行和等待的调用太多，请在 {} 秒后重试", seconds(retry_after)),
                format!("too many calls run and wait, try again in {} s", seconds(retry_after)),
            ),
            Self::Engine { message } => {
                Text::new(format!("引擎故障：{message}"), format!("engine failed: {message}"))
            }
        }
    }
}

fn trace(frames: &[String]) -> String {
    if frames.is_empty() { String::new() } else { format!(" ({})", frames.join(" ← ")) }
}

fn failure_text(failure: &Failure) -> Text {
    let (zh, en, text) = match failure {
        Failure::BadConfig(text) => ("配置有误", "wrong configuration", text),
        Failure::BadInput(text) => ("无法判断这一输入", "can't judge this input", text),
        Failure::Upstream(text) => ("对方数据不合格式", "the other side breaks its format", text),
        Failure::Internal(text) => ("插件自身故障", "fault of its own", text),
    };
    let english = if text.en.is_empty() { &text.zh } else { &text.en };
    Text::new(format!("{zh}：{}", text.zh), format!("{en}: {english}"))
}

impl CallError {
    /// The error in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        format!("插件 {}：{}", self.plugin, self.cause.text().zh)
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin {}: {}", self.plugin, self.cause.text().en)
    }
}

impl std::error::Error for CallError {}
