//! What a run remembers between two calls, as JSON in the kernel's state string.

use serde::{Deserialize, Serialize};
use taihu_plugin::Failure;

/// Most bytes of file names in a state: half of the contract's 64 KiB.
pub(crate) const NAMES_BYTES_MAX: usize = 32 * 1024;

/// The state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Names of the files to read, once the folder was listed.
    pub(crate) files: Vec<String>,
    /// Which of them is read now; the number of files at the end.
    pub(crate) at: usize,
    /// Rows of that file that are already stored.
    pub(crate) offset: usize,
    /// Files that could be read.
    pub(crate) good: usize,
    /// True if something was left out.
    pub(crate) partial: bool,
}

impl State {
    /// Reads a state; an empty one is the beginning.
    ///
    /// # Errors
    /// `internal`: the kernel hands back what it got.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|error| {
            Failure::internal(
                format!("无法读取自己的状态：{error}"),
                format!("cannot read its own state: {error}"),
            )
        })
    }

    /// Writes the state.
    pub(crate) fn write(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| {
            Failure::internal(
                format!("无法写出自己的状态：{error}"),
                format!("cannot write its own state: {error}"),
            )
        })
    }

    /// The file that is read now.
    pub(crate) fn file(&self) -> Option<&str> {
        self.files.get(self.at).map(String::as_str)
    }
}
