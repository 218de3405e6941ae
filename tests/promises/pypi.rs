//! Counterparts from PyPI: Python with some packages, in an environment of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Python with these packages, in an environment of this name that is made once; `probe` is what
/// succeeds where all of them are. The reason if there is no Python, or no index of its packages.
pub(crate) fn python(name: &str, probe: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let python = place.join("bin/python");
    let mut ready = Command::new(&python);
    ready.args(["-c", probe]).stderr(Stdio::null());
    if ready.status().is_ok_and(|status| status.success()) {
        return Ok(python);
    }
    let run = |command: &mut Command| {
        let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {said}")) }
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
    Ok(python)
}

#[expect(clippy::print_stderr, reason = "what is not tested must be seen")]
pub(crate) fn skipped(what: &str, reason: &str) {
    eprintln!("SKIPPED: {what}: {reason}");
}
