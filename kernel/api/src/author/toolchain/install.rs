//! Installing what makes wasm, where that can be done without asking for a password.

use std::path::Path;

use super::{Missing, Route, TARGET, find_in};
use crate::author::environment::clean_command;
use crate::author::{Progress, process};

/// Packages of Debian that bring a new compiler and the source of its library: those of the
/// security archive for older releases, then those of the release itself.
const PACKAGES: &[&[&str]] = &[&["rustc-web", "rust-web-src"], &["rustc", "rust-src", "lld"]];

/// Finds a way to make wasm, or installs one: rustup's target first, else (as root on Debian) the
/// distribution's compiler. Tells what it does, line by line.
///
/// # Errors
/// [`Missing`]: what was tried, how it went and what a person can do.
pub fn install(project: &Path, progress: Progress<'_>) -> Result<Route, Missing> {
    let mut missing = match find_in(project) {
        Ok(route) => return Ok(route),
        Err(missing) => missing,
    };
    if let Err(why) = rustup(project, progress) {
        progress(&why);
        missing.tried.push(why);
    } else if let Ok(route) = find_in(project) {
        return Ok(route);
    }
    if let Err(why) = apt(progress) {
        progress(&why);
        missing.tried.push(why);
    } else if let Ok(route) = find_in(project) {
        return Ok(route);
    }
    Err(missing)
}

fn rustup(project: &Path, progress: Progress<'_>) -> Result<(), String> {
    progress(&format!("rustup target add {TARGET} …"));
    let mut command = clean_command("rustup");
    command.current_dir(project).args(["target", "add", TARGET]);
    process::run(command, progress).map(drop).map_err(|error| error.to_string())
}

fn apt(progress: Progress<'_>) -> Result<(), String> {
    if !Path::new("/etc/debian_version").is_file() {
        return Err("this is no Debian".to_owned());
    }
    let mut who = clean_command("id");
    who.arg("-u");
    if process::ask(who).as_deref() != Some("0") {
        return Err("not root, so nothing was installed with apt-get".to_owned());
    }
    progress("apt-get update …");
    apt_get(&["update"], progress)?;
    let mut whys = Vec::new();
    for packages in PACKAGES {
        progress(&format!("apt-get install --no-install-recommends {} …", packages.join(" ")));
        let args = [&["install", "--yes", "--no-install-recommends"], *packages].concat();
        match apt_get(&args, progress) {
            Ok(()) => return Ok(()),
            Err(why) => whys.push(why),
        }
    }
    Err(whys.join("; "))
}

fn apt_get(args: &[&str], progress: Progress<'_>) -> Result<(), String> {
    let mut command = clean_command("apt-get");
    command.args(["-qq"]).args(args).env("DEBIAN_FRONTEND", "noninteractive");
    process::run(command, progress).map(drop).map_err(|error| error.to_string())
}
