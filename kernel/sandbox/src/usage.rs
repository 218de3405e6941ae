//! What a call used, beside what it answered.

use std::fmt;
use std::time::Duration;

/// An answer that has been checked, and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// What the call used.
    pub usage: Usage,
}

/// What a call used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time from the making of the instance to the giving back of what it held, with what was
    /// begun in vain before the call had to wait.
    pub cpu: Duration,
    /// Bytes that went in: configuration, records, replies.
    pub bytes_in: u64,
    /// Bytes that came out as its answer.
    pub bytes_out: u64,
    /// How long it waited for its turn among heavy calls.
    pub waited: Duration,
    /// Whether it ended at low priority: it was heavy, or its tenant had used up its share.
    pub slow: bool,
    /// The most bytes that memories, tables and kept log lines had together.
    pub memory_bytes_max: u64,
    /// The lines it logged, oldest first, cut to length and with control characters escaped.
    pub log: Vec<LogLine>,
    /// How many further lines were dropped.
    pub log_dropped: u32,
}

/// One line of a plugin's log. Foreign text: never a log target or a metric label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// The line without control characters, at most 1 KiB and a mark if it was cut.
    pub text: String,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// For the author.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is odd and the plugin went on.
    Warn,
    /// Something failed.
    Error,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}
