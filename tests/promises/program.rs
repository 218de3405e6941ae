//! The program, as tests start it: a process of its own that ends with its test.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The program under test.
pub(crate) fn taihu() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taihu-under-test"));
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end and makes sure that it succeeded.
#[track_caller]
pub(crate) fn run(args: &[&str]) -> Output {
    let output = taihu().args(args).output().unwrap();
    assert!(
        output.status.success(),
        "taihu {args:?} ended with {:?}\n{}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Runs the program to its end and makes sure that it failed; answers with what it said.
#[track_caller]
pub(crate) fn fails(args: &[&str]) -> String {
    let output = taihu().args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "taihu {args:?} did not fail: {said}");
    said
}

/// The last line of standard output as JSON.
#[track_caller]
pub(crate) fn last_json(output: &Output) -> serde_json::Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last).unwrap_or_else(|error| panic!("no JSON ({error}): {last}"))
}

/// `taihu serve` on a port of its own; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) base: String,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// Starts a server that lets in plugins nobody has signed, as at a developer's desk.
    pub(crate) fn start_unsigned(data: &Path) -> Self {
        Self::start_with(data, &["--allow-unsigned"])
    }

    pub(crate) fn start_with(data: &Path, more: &[&str]) -> Self {
        let mut child = taihu()
            .args(["serve", "--listen", "127.0.0.1:0", "--allow-loopback", "--data"])
            .arg(data)
            .args(more)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some(at) = line.find("http://") {
                    let base: String =
                        line[at..].split_whitespace().next().unwrap_or_default().into();
                    let _ = tell.send(base);
                }
            }
        });
        let base =
            told.recv_timeout(Duration::from_secs(60)).expect("the server did not begin to listen");
        Self { child, base }
    }

    /// CPU time of the processes that it started and that have ended: its compilers.
    pub(crate) fn children_cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name of the program is in brackets and may have blanks; times are in 1/100 s.
        let after_name = stat.rsplit_once(')').unwrap().1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks: u64 = fields[13..15].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn terminate(mut self) -> bool {
        let done = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(done.success());
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            std::thread::yield_now();
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
