//! What can go wrong for an author, cut by what the author does about it.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// An author's tool did not do its work.
#[derive(Debug, Error)]
pub enum AuthorError {
    /// No toolchain for wasm: install one of those named.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The compiler refused the project: mend the code. Its own words went to the progress.
    #[error("{command} failed: {last}")]
    Build {
        /// The command, as a person would type it.
        command: String,
        /// Its first error line, or its last line.
        last: String,
    },
    /// The project is not laid out as a plugin: mend the file that is named.
    #[error("{en}")]
    Project {
        /// 中文.
        zh: String,
        /// English.
        en: String,
    },
    /// The module or component does not fit the contract.
    #[error("{en}")]
    Pack {
        /// 中文.
        zh: String,
        /// English.
        en: String,
    },
    /// A file or folder could not be used.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl AuthorError {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Missing(missing) => missing.zh(),
            Self::Build { command, last } => format!("{command} 失败：{last}"),
            Self::Project { zh, .. } | Self::Pack { zh, .. } => zh.clone(),
            Self::File { path, source } => format!("无法使用 {}：{source}", path.display()),
        }
    }

    pub(super) fn project(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Project { zh: zh.into(), en: en.into() }
    }
}

/// No toolchain that makes wasm was found: what was looked for, and what would help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct Missing {
    /// What was tried and how it went, one line each.
    pub tried: Vec<String>,
}

/// The remedies, as commands to type.
const REMEDY_RUSTUP: &str = "rustup target add wasm32-unknown-unknown";
const REMEDY_DEBIAN: &str =
    "apt-get update && apt-get install --no-install-recommends rustc-web rust-web-src";

impl Missing {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        format!(
            "没有可用的 wasm 工具链。请任选其一：（1）{REMEDY_RUSTUP}；（2）在 Debian 上以 root 执行 {REMEDY_DEBIAN}。{}",
            self.details("已尝试：")
        )
    }

    fn details(&self, lead: &str) -> String {
        if self.tried.is_empty() {
            String::new()
        } else {
            format!("{lead}{}", self.tried.join("; "))
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no toolchain for wasm; do one of: (1) {REMEDY_RUSTUP}; (2) on Debian, as root, \
             {REMEDY_DEBIAN}{}",
            self.details(". Tried: ")
        )
    }
}
