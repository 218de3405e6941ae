//! What can go wrong with a verb: one variant for each reaction of the caller. Knows no status codes.

use taihu_model::{IllegalEdge, Text};
use taihu_sandbox::limits::RETRY_AFTER_MAX;
use taihu_sandbox::{Blame, CallError, Cause, LoadError, Refusal};
use taihu_store::{CommitError, ReadError};
use thiserror::Error;

use crate::signatures::SignatureFault;

/// A fault in what a caller sent: which part, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Name of the field or part.
    pub field: String,
    /// What is wrong and what to do.
    pub text: Text,
}

impl Fault {
    /// Composes a fault.
    pub fn new(field: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { field: field.into(), text: Text::new(zh, en) }
    }
}

/// A verb failed.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know of it.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `achievement`, `need`, …
        what: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The caller has no valid token: get one.
    #[error("no valid token")]
    Unauthenticated,
    /// The caller's role does not allow it: ask somebody whose does.
    #[error("role {role} of tenant {tenant} may not {action}")]
    Denied {
        /// The caller's role.
        role: &'static str,
        /// The caller's tenant.
        tenant: String,
        /// The action.
        action: &'static str,
    },
    /// What was sent is wrong: mend every part that is named.
    #[error("invalid: {}", list(.0))]
    Invalid(Vec<Fault>),
    /// Something else happened meanwhile, or stands in the way: look again, decide again.
    #[error("{}", .0.en)]
    Conflict(Text),
    /// The state machine has no such edge.
    #[error(transparent)]
    IllegalEdge(#[from] IllegalEdge),
    /// The kernel refuses the plugin, and says how to mend it.
    #[error("plugin refused: {0}")]
    Refused(#[from] Refusal),
    /// Nobody who is known answers for the plugin: have it signed, and its key added.
    #[error("{0}")]
    Signature(Box<SignatureFault>),
    /// A plugin failed at its work.
    #[error("{0}")]
    Plugin(Box<CallError>),
    /// Somebody else's server or file failed.
    #[error("{}", .0.en)]
    Upstream(Text),
    /// Too much at once: try again in a moment.
    #[error("busy; try again in {retry_after_s} s")]
    Busy {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// A store of files has as much as it may hold: take something away.
    #[error("{}", .0.en)]
    NoRoom(Text),
    /// The disk is full: reads go on; make room.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The disk fails or the store is reopening: try again later.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Stored data is damaged: restore it from a backup.
    #[error("damaged: {0}")]
    Damaged(String),
}

fn list(faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| format!("{}: {}", fault.field, fault.text.en))
        .collect::<Vec<_>>()
        .join("; ")
}

impl Error {
    /// One fault in what a caller sent.
    pub fn invalid(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(field, zh, en)])
    }

    /// Something that stands in the way.
    pub fn conflict(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Conflict(Text::new(zh, en))
    }

    /// Too much at once, for so long.
    pub(crate) fn busy(retry_after: std::time::Duration) -> Self {
        let seconds = retry_after.as_millis().div_ceil(1_000);
        Self::Busy { retry_after_s: u32::try_from(seconds).unwrap_or(u32::MAX) }
    }

    /// A thing that is not there.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    /// A stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Unauthenticated => "unauthenticated",
            Self::Denied { .. } => "denied",
            Self::Invalid(_) => "invalid",
            Self::Conflict(_) => "conflict",
            Self::IllegalEdge(_) => "illegal_edge",
            Self::Refused(_) => "plugin_refused",
            Self::Signature(_) => "signature_refused",
            Self::Plugin(_) => "plugin_failed",
            Self::Upstream(_) => "upstream_failed",
            Self::Busy { .. } => "busy",
            Self::NoRoom(_) => "no_room",
            Self::Full(_) => "disk_full",
            Self::Unavailable(_) => "unavailable",
            Self::Damaged(_) => "damaged",
        }
    }

    /// Whose fault it is: `caller`, `plugin`, `upstream` or `kernel`.
    #[must_use]
    pub fn blame(&self) -> &'static str {
        match self {
            Self::NotFound { .. }
            | Self::Unauthenticated
            | Self::Denied { .. }
            | Self::Invalid(_)
            | Self::Conflict(_)
            | Self::Signature(_)
            | Self::NoRoom(_)
            | Self::IllegalEdge(_) => "caller",
            Self::Refused(_) => "plugin",
            Self::Plugin(error) => match error.blame {
                Blame::Plugin => "plugin",
                Blame::Caller => "caller",
                Blame::Kernel => "kernel",
            },
            Self::Upstream(_) => "upstream",
            Self::Busy { .. } | Self::Full(_) | Self::Unavailable(_) | Self::Damaged(_) => "kernel",
        }
    }

    /// What to tell a person in Huzhou.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NotFound { what, id } => format!("找不到{}“{id}”", noun_zh(what)),
            Self::Unauthenticated => {
                "缺少有效的访问令牌，请在请求头 Authorization: Bearer 中提供".into()
            }
            Self::Denied { role, tenant, action } => {
                format!("角色“{role}”（{tenant}）没有权限执行“{action}”，请联系市级管理员")
            }
            Self::Invalid(faults) => {
                faults.iter().map(|fault| fault.text.zh.clone()).collect::<Vec<_>>().join("；")
            }
            Self::Conflict(text) | Self::Upstream(text) | Self::NoRoom(text) => text.zh.clone(),
            Self::IllegalEdge(edge) => {
                format!("当前状态“{}”不能变为“{}”，可变为：{}", edge.from, edge.to, edge.allowed)
            }
            Self::Refused(refusal) => refusal.zh(),
            Self::Signature(fault) => fault.zh(),
            Self::Plugin(error) => error.zh(),
            Self::Busy { retry_after_s } => format!("系统繁忙，请在{retry_after_s}秒后重试"),
            Self::Full(_) => "存储空间已满：可以查询，暂不能写入，请联系运维清理磁盘".into(),
            Self::Unavailable(_) => "存储暂时不可用，系统正在自动恢复，请稍后重试".into(),
            Self::Damaged(_) => "数据记录损坏，请联系运维从备份恢复".into(),
        }
    }
}

fn noun_zh(what: &str) -> &'static str {
    match what {
        "achievement" => "成果",
        "need" => "需求",
        "match" => "匹配",
        "plugin" => "插件",
        "installation" => "插件安装",
        "pool" => "成果池",
        "source" => "来源",
        "run" => "导入批次",
        "record" => "来源记录",
        "tenant" => "主体",
        "principal" => "令牌",
        "membership" => "入池记录",
        "capsule" => "胶囊",
        "score run" => "评分记录",
        "publisher" => "发布者密钥",
        "grant" => "授权",
        "secret" => "密钥",
        "ledger" => "账本",
        "account" => "科目",
        "voucher" => "创新券",
        "guarantee" => "担保",
        _ => "对象",
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable { detail } => Self::Unavailable(detail),
            ReadError::Damaged { .. } | ReadError::Broken { .. } => {
                Self::Damaged(error.to_string())
            }
        }
    }
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict { ref key, .. } => {
                let en = format!("{key} was changed by somebody else meanwhile; read it again");
                Self::conflict("该记录刚被他人修改，请刷新后重试", en)
            }
            CommitError::Invalid { detail } => {
                Self::invalid("batch", format!("写入内容不合规：{detail}"), detail.clone())
            }
            CommitError::Full { detail } => Self::Full(detail),
            CommitError::Unavailable { detail } | CommitError::Unknown { detail } => {
                Self::Unavailable(detail)
            }
            CommitError::Busy => Self::Busy { retry_after_s: 1 },
        }
    }
}

impl From<SignatureFault> for Error {
    fn from(fault: SignatureFault) -> Self {
        Self::Signature(Box::new(fault))
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        match error.cause {
            // Nothing was wrong with the plugin: too much was asked of the sandbox at once, or of
            // the machine.
            Cause::Busy { retry_after } => Self::busy(retry_after),
            Cause::WallTime { .. } => Self::busy(RETRY_AFTER_MAX),
            _ => Self::Plugin(Box::new(error)),
        }
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// What a verb answers.
pub type Result<T> = std::result::Result<T, Error>;
