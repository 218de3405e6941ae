//! Components that are meant to break the kernel, each with who must stop it.
//!
//! Each goes the whole way of a stranger's upload: admitted, compiled, loaded, called under limits.
//! Some die at the door, some in the compiler, some when they are called; some do no harm at all,
//! and some only show when the kernel's own [conformance cases](crate::conform) look at them. One
//! table ([`all`]) says for each what it does and what must come of it; the tests of this crate and
//! `taihu evil` run the same table through the same [`Ground`].
//!
//! What cannot be attacked is not in the table. The contract has no floating-point numbers, so no
//! answer can be NaN. A guest imports no clock and no chance, and every call has a fresh instance,
//! so it can neither answer differently the second time nor keep anything for later:
//! `remembers` shows that it tries in vain.
//!
//! A guest is WAT: a fixture is put behind the honest guest of its kind, whose functions it may
//! use, and takes the place of those that it exports itself.

mod bombs;
mod calls;
mod door;
mod files;
mod ground;

use taihu_model::PluginKind;

pub use files::{manifest, module, packed, scorer_beside, takes_handles};
pub use ground::{Ground, Outcome, Report};

use crate::Blame;

/// A component that is meant to break the kernel.
#[derive(Debug, Clone, Copy)]
pub struct Hostile {
    /// Short name, `[a-z0-9_]`.
    pub name: &'static str,
    /// What it does, in Chinese.
    pub zh: &'static str,
    /// What it does, in English.
    pub en: &'static str,
    /// The kind of plugin that it says it is.
    pub kind: PluginKind,
    /// What it attacks.
    pub target: Target,
    /// Who must stop it.
    pub want: Expectation,
    source: Source,
}

/// What a component attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The rules of admission: what it may import, must export and says of itself.
    Admission,
    /// The parsers that read it.
    Parser,
    /// The compiler.
    Compiler,
    /// CPU time.
    Cpu,
    /// Memory of the process.
    Memory,
    /// The stack of the thread.
    Stack,
    /// What the kernel believes of its answer.
    Answer,
    /// The log.
    Log,
    /// The host's side of a call: where it writes arguments and reads answers.
    Crossing,
    /// What is left of one call in the next.
    State,
}

impl Target {
    /// The target in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Admission => "准入",
            Self::Parser => "解析",
            Self::Compiler => "编译",
            Self::Cpu => "计算",
            Self::Memory => "内存",
            Self::Stack => "栈",
            Self::Answer => "答复",
            Self::Log => "日志",
            Self::Crossing => "边界",
            Self::State => "状态",
        }
    }
}

/// Who must stop a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// Admission, before anything is compiled; the words are a part of the refusal.
    Door(&'static str),
    /// The compiling child: it refuses, or compiles within its limits to something that behaves.
    Compiler,
    /// A limit or a check of the call.
    Call {
        /// Code of the [cause](crate::Cause); empty if it does not matter which.
        code: &'static str,
        /// Whose fault it must be.
        blame: Blame,
        /// A part of what is said in English.
        words: &'static str,
    },
    /// Nobody: what it tries has no effect, and it answers like an honest one.
    Harmless,
    /// The kernel's conformance cases, at its installation; the words are a part of a failed one's name.
    Conformance(&'static str),
}

/// Where the bytes of a component come from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// WAT, behind the honest guest of the kind.
    Wat(&'static str),
    /// Made.
    Made(fn() -> Result<Vec<u8>, String>),
}

impl Hostile {
    /// Makes the component's file. Deterministic.
    ///
    /// # Errors
    /// If this table itself is broken; a test holds that it is not.
    pub fn file(&self) -> Result<Vec<u8>, String> {
        let made = match self.source {
            Source::Wat(fixture) => packed(self.name, self.kind, fixture),
            Source::Made(make) => make(),
        };
        made.map_err(|error| format!("{}: {error}", self.name))
    }
}

/// Every hostile component, in the order in which an upload meets who stops it.
#[must_use]
pub fn all() -> Vec<Hostile> {
    [door::TABLE, bombs::TABLE, calls::TABLE, calls::MADE].concat()
}

/// An honest guest of a kind: the bystander.
///
/// # Errors
/// If this module is broken; a test holds that it is not.
pub fn honest(kind: PluginKind) -> Result<Vec<u8>, String> {
    let fixture = match kind {
        PluginKind::Scorer => include_str!("evil/honest.wat"),
        PluginKind::NichePool | PluginKind::Connector => "",
    };
    packed("honest", kind, fixture)
}
