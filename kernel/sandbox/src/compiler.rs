//! Compiling in a process of its own, which a bomb may take down and nothing else.

use std::io::{self, Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Resource, Rlimit, Signal, nice, setrlimit};

use crate::engine;
use crate::limits::{CompileLimits, SizeClass};
use crate::{Fault, Refusal};

/// Where components are compiled.
#[derive(Debug, Clone)]
pub enum Compiler {
    /// In a child process with limits: `program args…`, which must do nothing but call
    /// [`child_main`].
    Child {
        /// The program, by its whole path: usually the running one.
        program: PathBuf,
        /// What makes it call [`child_main`].
        args: Vec<String>,
    },
    /// In this process, without limits. For tests and for an author's own machine.
    InProcess,
}

/// Bytes kept of what the child says when it fails.
const COMPLAINT_BYTES_MAX: u64 = 4 * 1024;
/// How much the child steps back behind traffic.
const NICENESS: i32 = 10;
/// Files, sockets and pipes that the child may open: none. Its three pipes are open already.
const FILES_MAX: u64 = 0;
/// Exit code: the component was refused, and standard error says why.
const REFUSED: u8 = 3;
/// Exit code: the child could not do its work, and standard error says why.
const UNABLE: u8 = 4;

/// Turns a component into native code, unsealed.
pub(crate) fn compile(
    compiler: &Compiler,
    class: SizeClass,
    file: &[u8],
) -> Result<Vec<u8>, Refusal> {
    match compiler {
        Compiler::InProcess => compile_here(file),
        Compiler::Child { program, args } => {
            let mut command = Command::new(program);
            command.args(args).env_clear().current_dir("/").stdin(Stdio::piped());
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let child = command.spawn().map_err(|error| Refusal::kernel("compiler", &error))?;
            converse(child, class, file)
        }
    }
}

fn compile_here(file: &[u8]) -> Result<Vec<u8>, Refusal> {
    let engine = engine::compiling().map_err(|error| Refusal::kernel("compiler", &error))?;
    engine.precompile_component(file).map_err(|error| refused(&format!("{error:#}")))
}

fn refused(message: &str) -> Refusal {
    Refusal::of(Fault::new(
        "component",
        format!(
            "无法编译：{message}。请用 wasm32-unknown-unknown 重新构建，不要启用新的 wasm 特性"
        ),
        format!(
            "does not compile: {message}; build it for wasm32-unknown-unknown without new features of wasm"
        ),
    ))
}

/// What the child said before it ended.
struct Said {
    code: Vec<u8>,
    complaint: String,
    in_time: bool,
}

/// Sends the component and reads the code. Pipes are served by threads of their own, so that
/// neither side waits for the other.
fn converse(mut child: Child, class: SizeClass, file: &[u8]) -> Result<Vec<u8>, Refusal> {
    let limits = class.compile_limits();
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(Refusal::kernel("compiler", &"its pipes are missing"));
    };
    let said = thread::scope(|scope| {
        scope.spawn(move || {
            let class = [u8::from(class == SizeClass::Interpreter)];
            // A child that ended early closes the pipe; its exit status says why.
            let _ = stdin.write_all(&class).and_then(|()| stdin.write_all(file));
        });
        let complaint = scope.spawn(move || read_some(stderr, COMPLAINT_BYTES_MAX));
        let (send, received) = mpsc::channel();
        scope.spawn(move || {
            let code = read_some(stdout, limits.native_bytes_max as u64 + 1);
            // Nobody waits any more once the time is up.
            let _ = send.send(code);
        });
        let in_time = received.recv_timeout(limits.wall);
        if in_time.is_err() {
            // It may just have ended by itself.
            let _ = child.kill();
        }
        let complaint = complaint.join().unwrap_or_default();
        Said {
            in_time: in_time.is_ok(),
            code: in_time.unwrap_or_default(),
            complaint: String::from_utf8_lossy(&complaint).into_owned(),
        }
    });
    let status = child.wait().map_err(|error| Refusal::kernel("compiler", &error))?;
    verdict(said, status, &limits)
}

/// Reads until the end or the limit. What was read before an error is kept: the exit status decides.
fn read_some(from: impl Read, bytes_max: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = from.take(bytes_max).read_to_end(&mut bytes);
    bytes
}

fn verdict(said: Said, status: ExitStatus, limits: &CompileLimits) -> Result<Vec<u8>, Refusal> {
    let bomb = |zh: String, en: String| {
        Err(Refusal::of(Fault::new(
            "component",
            format!("编译超出上限：{zh}。请拆小函数、减少代码"),
            format!("compiling it exceeds a limit: {en}; make functions smaller or have fewer"),
        )))
    };
    let gib = limits.address_space_bytes_max >> 30;
    if said.code.len() > limits.native_bytes_max {
        let mib = limits.native_bytes_max >> 20;
        return bomb(
            format!("机器码超过 {mib} MiB"),
            format!("more than {mib} MiB of native code"),
        );
    }
    if !said.in_time {
        // Within its CPU time, so it is the machine that is slow.
        let late = format!("it took more than {} s on a busy machine", limits.wall.as_secs());
        return Err(Refusal::kernel("compiler", &late));
    }
    let signal = status.signal().and_then(Signal::from_named_raw);
    match (status.code(), signal) {
        (Some(0), _) if !said.code.is_empty() => Ok(said.code),
        (_, Some(Signal::XCPU | Signal::KILL)) => {
            let seconds = limits.cpu_s_max;
            bomb(format!("CPU 时间超过 {seconds} 秒"), format!("more than {seconds} s of CPU time"))
        }
        (_, Some(_)) => bomb(
            format!("内存超过 {gib} GiB"),
            format!("more than {gib} GiB of memory ({})", said.complaint.trim()),
        ),
        (Some(code), _) if code == i32::from(REFUSED) => Err(refused(said.complaint.trim())),
        (Some(101), _) => {
            Err(refused(&format!("the compiler gave up ({})", said.complaint.trim())))
        }
        _ => Err(Refusal::kernel("compiler", &format!("{status}: {}", said.complaint.trim()))),
    }
}

/// The whole life of the compiling child: limits itself, reads a size class (one byte) and a
/// component from standard input, writes native code to standard output.
///
/// Exit codes: 0 done; 3 refused, 4 unable, both with the reason on standard error. A limit ends it
/// by a signal.
#[must_use]
pub fn child_main() -> ExitCode {
    let (code, complaint) = match child() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(failed) => failed,
    };
    // If even this can't be said, the exit code remains.
    let _ = io::stderr().write_all(complaint.as_bytes());
    ExitCode::from(code)
}

fn child() -> Result<(), (u8, String)> {
    let unable = |what: &str, error: &dyn std::fmt::Display| (UNABLE, format!("{what}: {error}"));
    let mut stdin = io::stdin().lock();
    let mut class = [0];
    stdin.read_exact(&mut class).map_err(|error| unable("read the class", &error))?;
    let class = if class == [0] { SizeClass::Native } else { SizeClass::Interpreter };
    confine(class).map_err(|error| unable("limit the process", &error))?;
    let file_bytes_max = class.file_limits().file_bytes_max as u64;
    let mut file = Vec::new();
    stdin
        .take(file_bytes_max + 1)
        .read_to_end(&mut file)
        .map_err(|error| unable("read the component", &error))?;
    if file.len() as u64 > file_bytes_max {
        return Err((REFUSED, format!("larger than {file_bytes_max} bytes")));
    }
    let engine = engine::compiling().map_err(|error| unable("set up", &error))?;
    let code =
        engine.precompile_component(&file).map_err(|error| (REFUSED, format!("{error:#}")))?;
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(&code)
        .and_then(|()| stdout.flush())
        .map_err(|error| unable("write the code", &error))
}

/// Confines this process for good, as the compiling child does before it reads a component: CPU
/// time and address space of the class, and from now on no file, no socket, no core dump.
///
/// Variables and the current folder are none of its business: whoever starts the child clears them.
///
/// # Errors
/// If the system does not let a process be limited.
pub fn confine(class: SizeClass) -> io::Result<()> {
    let limits = class.compile_limits();
    let set = |resource, value| {
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
    };
    set(Resource::Core, 0)?;
    set(Resource::Fsize, 0)?;
    set(Resource::Nofile, FILES_MAX)?;
    set(Resource::As, limits.address_space_bytes_max)?;
    let cpu = Rlimit { current: Some(limits.cpu_s_max), maximum: Some(limits.cpu_s_max + 1) };
    setrlimit(Resource::Cpu, cpu)?;
    nice(NICENESS)?;
    Ok(())
}
