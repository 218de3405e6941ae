//! Which compiler makes wasm on this machine.
//!
//! In this order: rustup's standard library for the target; Debian's `rustc` with the source of
//! its library; a toolchain that has `rust-src`. The last two build the standard library from
//! source, once per target folder, with rustup's own cargo.

mod install;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::clean_command;
use super::{Missing, process};

pub use install::install;

/// The target: no WASI, so no clock, no files and no environment.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The oldest compiler that the SDK builds with: 1.85, the first with edition 2024.
const RUSTC_MINOR_MIN: u32 = 85;

/// Where Debian puts its compiler.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// A way to make wasm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The toolchain has the standard library for the target.
    Target {
        /// `rustc --print sysroot`.
        sysroot: PathBuf,
    },
    /// Another compiler with the source of its library: Debian's.
    Debian {
        /// The compiler.
        rustc: PathBuf,
        /// Its version, `1.96.0`.
        version: String,
        /// Where the source of its library lies.
        library: PathBuf,
        /// A linker for wasm.
        linker: PathBuf,
    },
    /// The toolchain has the source of its library (`rust-src`).
    BuildStd {
        /// Where it lies.
        library: PathBuf,
    },
}

impl Route {
    /// True if the standard library is compiled from source first: about two minutes of CPU time,
    /// once per target folder.
    #[must_use]
    pub fn builds_std(&self) -> bool {
        !matches!(self, Self::Target { .. })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target { .. } => write!(f, "rustup, {TARGET}"),
            Self::Debian { rustc, version, .. } => {
                write!(f, "{} {version} with -Zbuild-std", rustc.display())
            }
            Self::BuildStd { .. } => write!(f, "rust-src with -Zbuild-std"),
        }
    }
}

/// Finds a way to make wasm with what is installed.
///
/// # Errors
/// [`Missing`], which names the remedies.
pub fn find() -> Result<Route, Missing> {
    find_in(Path::new("."))
}

/// Like [`find`], as seen from a project's folder (a `rust-toolchain.toml` there counts).
///
/// # Errors
/// [`Missing`], which names the remedies.
pub fn find_in(project: &Path) -> Result<Route, Missing> {
    let mut tried = Vec::new();
    let sysroot = sysroot(project);
    match &sysroot {
        Some(sysroot) => match in_sysroot(sysroot) {
            Some(route @ Route::Target { .. }) => return Ok(route),
            _ => tried.push(format!("{} has no {TARGET}", sysroot.display())),
        },
        None => tried.push("there is no rustc on the path".to_owned()),
    }
    match debian(Path::new(DEBIAN_RUSTC), sysroot.as_deref()) {
        Ok(route) => return Ok(route),
        Err(why) => tried.push(why),
    }
    match sysroot.as_deref().and_then(in_sysroot) {
        Some(route) => Ok(route),
        None => {
            tried.push("there is no rust-src".to_owned());
            Err(Missing { tried })
        }
    }
}

/// Every way there is on this machine, best first; for tests and for the curious.
#[must_use]
pub fn all(project: &Path) -> Vec<Route> {
    let sysroot = sysroot(project);
    let own = sysroot.as_deref().and_then(in_sysroot);
    let debian = debian(Path::new(DEBIAN_RUSTC), sysroot.as_deref()).ok();
    let mut routes: Vec<Route> = own.into_iter().chain(debian).collect();
    routes.sort_by_key(|route| matches!(route, Route::BuildStd { .. }));
    routes
}

/// What a sysroot offers by itself.
fn in_sysroot(sysroot: &Path) -> Option<Route> {
    let rustlib = sysroot.join("lib/rustlib");
    if rustlib.join(TARGET).join("lib").is_dir() {
        return Some(Route::Target { sysroot: sysroot.to_owned() });
    }
    library(sysroot).map(|library| Route::BuildStd { library })
}

/// The source of the library in a sysroot.
fn library(sysroot: &Path) -> Option<PathBuf> {
    let library = sysroot.join("lib/rustlib/src/rust/library");
    library.join("std/Cargo.toml").is_file().then_some(library)
}

/// What a compiler of the distribution offers, or why it will not do.
fn debian(rustc: &Path, sysroot: Option<&Path>) -> Result<Route, String> {
    let at = rustc.display();
    if !rustc.is_file() {
        return Err(format!("there is no {at}"));
    }
    let version = version(clean_command(rustc)).ok_or_else(|| format!("{at} does not run"))?;
    if minor(&version).is_none_or(|minor| minor < RUSTC_MINOR_MIN) {
        return Err(format!("{at} is {version}, want 1.{RUSTC_MINOR_MIN} or newer"));
    }
    let own = print_sysroot(clean_command(rustc));
    let library = own.as_deref().and_then(library);
    let library = library.ok_or_else(|| format!("{at} has no source of its library"))?;
    let linker = linker(sysroot, own.as_deref());
    let linker = linker.ok_or_else(|| "there is no rust-lld and no wasm-ld".to_owned())?;
    Ok(Route::Debian { rustc: rustc.to_owned(), version, library, linker })
}

/// A linker for wasm: of rustup's toolchain, of the compiler's own sysroot, or of LLVM.
fn linker(sysroot: Option<&Path>, own: Option<&Path>) -> Option<PathBuf> {
    let in_rustlib = |sysroot: &Path| {
        let rustlib = std::fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
        let mut found: Vec<PathBuf> = rustlib
            .filter_map(|entry| Some(entry.ok()?.path().join("bin/rust-lld")))
            .filter(|lld| lld.is_file())
            .collect();
        found.sort();
        found.into_iter().next()
    };
    let llvm = || {
        let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/bin")
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.file_name().is_some_and(is_wasm_ld))
            .collect();
        found.sort();
        found.pop()
    };
    sysroot.and_then(in_rustlib).or_else(|| own.and_then(in_rustlib)).or_else(llvm)
}

fn is_wasm_ld(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name == "wasm-ld" || name.starts_with("wasm-ld-"))
}

fn sysroot(project: &Path) -> Option<PathBuf> {
    let mut command = clean_command("rustc");
    command.current_dir(project);
    print_sysroot(command)
}

fn print_sysroot(mut command: Command) -> Option<PathBuf> {
    command.args(["--print", "sysroot"]);
    process::ask(command).map(PathBuf::from)
}

fn version(mut command: Command) -> Option<String> {
    command.arg("--version");
    let line = process::ask(command)?;
    line.split_whitespace().nth(1).map(str::to_owned)
}

/// The minor number of `1.96.0`, `1.97.0-nightly`.
fn minor(version: &str) -> Option<u32> {
    let mut parts = version.split('.');
    let major: u32 = parts.next()?.parse().ok()?;
    let minor: u32 = parts.next()?.parse().ok()?;
    if major == 1 { Some(minor) } else { Some(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: &str, want: Option<u32>) {
        assert_eq!(minor(version), want, "{version}");
    }

    #[test]
    fn versions_as_compilers_print_them() {
        check("1.96.0", Some(96));
        check("1.63.0", Some(63));
        check("1.97.0-nightly", Some(97));
        check("2.0.0", Some(u32::MAX));
        check("rustc", None);
    }

    #[test]
    fn a_compiler_that_is_not_there_says_so() {
        let why = debian(Path::new("/nowhere/rustc"), None);
        assert_eq!(why, Err("there is no /nowhere/rustc".to_owned()));
    }

    #[test]
    fn what_is_missing_names_both_remedies() {
        let missing = Missing { tried: vec!["there is no rust-src".to_owned()] };
        for text in [missing.to_string(), missing.zh()] {
            assert!(text.contains("rustup target add wasm32-unknown-unknown"), "{text}");
            assert!(text.contains("rustc-web rust-web-src"), "{text}");
            assert!(text.contains("there is no rust-src"), "{text}");
        }
    }
}
