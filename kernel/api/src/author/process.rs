//! Running a program and telling what it says as it says it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::thread;

use super::{AuthorError, Progress};

/// Most lines kept for the error message of a program that failed.
const LINES_KEPT_MAX: usize = 50;

/// Most bytes that are kept of what a program prints, 256 MiB: cargo's messages are far below.
const OUTPUT_BYTES_MAX: u64 = 256 << 20;

/// Runs a program to its end. Lines of its standard error go to `progress`; its standard output
/// is the answer.
pub(super) fn run(mut command: Command, progress: Progress<'_>) -> Result<String, AuthorError> {
    let words = words(&command);
    let failed = |last: String| AuthorError::Build { command: words.clone(), last };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    // Both pipes must be emptied at once, or a program that fills one would wait for ever.
    let reader = child.stdout.take().map(|stdout| {
        thread::spawn(move || {
            let mut text = String::new();
            let done = stdout.take(OUTPUT_BYTES_MAX).read_to_string(&mut text);
            done.map(|_| text)
        })
    });
    let mut kept = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end();
            progress(line);
            kept.push(line.to_owned());
            if kept.len() > LINES_KEPT_MAX && !kept[0].contains("error") {
                kept.remove(0);
            }
            kept.truncate(LINES_KEPT_MAX + 1);
        }
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    let output = match reader.map(thread::JoinHandle::join) {
        Some(Ok(Ok(text))) => text,
        Some(Ok(Err(error))) => return Err(failed(error.to_string())),
        Some(Err(_)) | None => return Err(failed("its output could not be read".to_owned())),
    };
    if status.success() {
        return Ok(output);
    }
    let telling = kept.iter().find(|line| line.starts_with("error") || line.starts_with("E: "));
    let telling = telling.or_else(|| kept.iter().rev().find(|line| !line.is_empty()));
    Err(failed(telling.cloned().unwrap_or_else(|| status.to_string())))
}

/// Asks a program something small: its trimmed standard output, or `None` if it cannot answer.
pub(super) fn ask(mut command: Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The command as a person would type it, without its environment.
fn words(command: &Command) -> String {
    let program = std::iter::once(command.get_program());
    let words = program.chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, want: Result<&str, &str>, lines: &[&str]) {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut seen = Vec::new();
        let got = run(command, &mut |line| seen.push(line.to_owned()));
        match (got, want) {
            (Ok(output), Ok(want)) => assert_eq!(output, want, "{script}"),
            (Err(AuthorError::Build { last, .. }), Err(want)) => assert_eq!(last, want, "{script}"),
            (got, want) => panic!("{script}: {got:?}, want {want:?}"),
        }
        assert_eq!(seen, lines, "{script}");
    }

    #[test]
    fn a_program_tells_as_it_goes() {
        check("echo answer; echo one >&2; echo two >&2", Ok("answer\n"), &["one", "two"]);
    }

    #[test]
    fn a_failure_names_the_first_error() {
        check(
            "echo building >&2; echo 'error: no such crate' >&2; echo bye >&2; exit 3",
            Err("error: no such crate"),
            &["building", "error: no such crate", "bye"],
        );
        check("echo gone >&2; exit 1", Err("gone"), &["gone"]);
    }

    #[test]
    fn much_on_both_pipes_does_not_stall() {
        let script = "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; \
                      i=$((i+1)); done";
        let mut command = Command::new("sh");
        command.args(["-c", &format!("({script}) >&2; {script}")]);
        let mut lines = 0;
        let output = run(command, &mut |_| lines += 1).unwrap();
        assert_eq!((lines, output.len()), (3000, 3000 * 41));
    }
}
