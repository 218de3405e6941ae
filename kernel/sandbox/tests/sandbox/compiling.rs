//! Compiling in a child, and sealed code: only what was compiled here, for this plugin and this
//! engine, is loaded.

use taihu_model::{Digest, PluginKind};
use taihu_sandbox::{
    Admission, Blame, Compiler, LoadError, Refusal, Sandbox, SandboxOptions, SizeClass, pack,
};

use crate::guest::*;

#[test]
fn the_serving_engine_loads_what_the_compiling_one_wrote() {
    let (admission, sealed) = compile(sandbox(), &honest());
    for pooling in [true, false] {
        let own = new_sandbox([7; 32], pooling);
        let component = own.load(&admission, &sealed).unwrap();
        assert_eq!(score(&component, 1).unwrap().value, [500]);
        assert_eq!(component.digest(), admission.digest);
        assert_eq!(own.cache_key(&admission.digest), sandbox().cache_key(&admission.digest));
    }
}

#[track_caller]
fn check(admission: &Admission, sealed: &[u8], want: LoadError) {
    assert_eq!(sandbox().load(admission, sealed).unwrap_err(), want);
}

#[test]
fn other_code_is_not_loaded() {
    let (admission, sealed) = compile(sandbox(), &honest());
    let other = Admission { digest: Digest::of(b"another plugin"), ..admission.clone() };
    check(&other, &sealed, LoadError::Other("plugin"));
    let foreign = compile(&new_sandbox([8; 32], false), &honest()).1;
    check(&admission, &foreign, LoadError::Seal);
    check(&admission, &sealed[..sealed.len() - 1], LoadError::Seal);
    check(&admission, b"\x7fELF", LoadError::Shape("too short"));
    check(&admission, &[0; 4096], LoadError::Shape("another file"));
    for at in [8, 40, 44, 76, 108, sealed.len() / 2, sealed.len() - 1] {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1;
        check(&admission, &damaged, LoadError::Seal);
    }
}

#[test]
fn only_the_admitted_file_is_compiled() {
    let admission = sandbox().admit(&honest()).unwrap();
    let refusal = sandbox().compile(&admission, &pool(&[])).unwrap_err();
    assert_eq!(refusal.blame, Blame::Kernel);
}

#[test]
fn an_interpreters_class_loads_too() {
    let file = honest();
    let admission = sandbox().admit_as(&file, SizeClass::Interpreter).unwrap();
    let sealed = sandbox().compile(&admission, &file).unwrap();
    let component = sandbox().load(&admission, &sealed).unwrap();
    assert_eq!(component.limits().memory_bytes_max, 256 << 20);
    assert_eq!(score(&component, 1).unwrap().value, [500]);
}

fn child_sandbox(program: &str) -> Sandbox {
    let compiler = Compiler::Child { program: program.into(), args: Vec::new() };
    Sandbox::new(SandboxOptions { seal_key: [7; 32], pooling: false, compiler }).unwrap()
}

#[test]
fn a_child_compiles_to_the_same_code() {
    let own = child_sandbox(env!("CARGO_BIN_EXE_taihu-compile"));
    let (admission, sealed) = compile(&own, &honest());
    assert_eq!(sealed, compile(sandbox(), &honest()).1);
    let component = sandbox().load(&admission, &sealed).unwrap();
    assert_eq!(score(&component, 2).unwrap().value, [500, 500]);
}

#[track_caller]
fn check_refused(program: &str, file: &[u8], blame: Blame, words: &str) {
    let own = child_sandbox(program);
    let admission = Admission {
        digest: Digest::of(file),
        manifest: manifest("refused", PluginKind::Scorer),
        cases: Vec::new(),
        bytes: file.len() as u64,
        class: SizeClass::Native,
    };
    let refusal: Refusal = own.compile(&admission, file).unwrap_err();
    assert_eq!(refusal.blame, blame, "{refusal}");
    assert!(refusal.to_string().contains(words), "{refusal}");
}

#[test]
fn a_child_that_gives_no_code_is_a_refusal() {
    let child = env!("CARGO_BIN_EXE_taihu-compile");
    check_refused(child, b"no component", Blame::Plugin, "component: does not compile");
    // A body that only the compiler looks into: it leaves nothing where a number is wanted.
    let invalid = wat::parse_str("(component (core module (func (result i32))))").unwrap();
    check_refused(child, &invalid, Blame::Plugin, "type mismatch");
    check_refused("/nonexistent/taihu", &honest(), Blame::Kernel, "compiler: the kernel could not");
    check_refused("false", &honest(), Blame::Kernel, "exit status: 1");
}

/// Stands in for a child that a limit ends: the kernel sends the signal that Linux would send.
#[test]
fn a_child_that_a_limit_ends_is_a_refusal_that_names_it() {
    let dies = |signal: &str| {
        let args = vec!["-c".to_owned(), format!("cat >/dev/null; kill -{signal} $$")];
        let compiler = Compiler::Child { program: "/bin/sh".into(), args };
        let own =
            Sandbox::new(SandboxOptions { seal_key: [7; 32], pooling: false, compiler }).unwrap();
        let admission = own.admit(&honest()).unwrap();
        let refusal = own.compile(&admission, &honest()).unwrap_err();
        assert_eq!(refusal.blame, Blame::Plugin);
        refusal.to_string()
    };
    assert!(dies("XCPU").contains("more than 10 s of CPU time"));
    assert!(dies("ABRT").contains("more than 1 GiB of memory"));
}

/// A thousand locals that all live at once, about what is admitted: compiled or refused, but in bounds.
#[test]
fn a_compiler_bomb_within_the_shape_ends() {
    let own = child_sandbox(env!("CARGO_BIN_EXE_taihu-compile"));
    let locals = "i32 ".repeat(1_000);
    let all_live: String =
        (0..1_000).map(|at| format!("(local.set {at} (i32.load (i32.const {at})))")).collect();
    let sum: String =
        (0..1_000).map(|at| format!("(i32.store (i32.const {at}) (local.get {at}))")).collect();
    let bomb = format!(
        "{} (func (local {locals}) {all_live} {sum})",
        include_str!("../../src/evil/honest.wat")
    );
    let file = scorer("bomb", &bomb);
    let file = pack(&file, &manifest("bomb", PluginKind::Scorer), &[]).unwrap();
    let admission = own.admit(&file).unwrap();
    match own.compile(&admission, &file) {
        Ok(sealed) => assert!(own.load(&admission, &sealed).is_ok()),
        Err(refusal) => assert_eq!(refusal.blame, Blame::Plugin, "{refusal}"),
    }
}

/// Marks the process that is to confine itself and then try to get out.
const CONFINED: &str = "TAIHU_TEST_CONFINED";

/// This test runs itself again as a child that confines itself as the compiling one does, and there
/// tries what a compiler that has been taken over would try.
#[test]
fn the_compiling_child_reaches_no_file_and_no_network() {
    if std::env::var_os(CONFINED).is_none() {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "compiling::the_compiling_child_reaches_no_file_and_no_network"]);
        let output = child.env(CONFINED, "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    // The controls: before it is confined, all of it is possible.
    assert_eq!(escapes(), [true; 4]);
    taihu_sandbox::compiler::confine(SizeClass::Native).unwrap();
    assert_eq!(escapes(), [false; 4]);
}

/// Tries to read a file, to open a socket of each kind, and to start a program that would do it.
#[expect(clippy::disallowed_methods, reason = "it tries what it must not be able to do")]
fn escapes() -> [bool; 4] {
    let program = std::process::Command::new("true").output();
    [
        std::fs::read("/proc/self/status").is_ok(),
        std::net::UdpSocket::bind("127.0.0.1:0").is_ok(),
        std::net::TcpListener::bind("127.0.0.1:0").is_ok(),
        program.is_ok_and(|output| output.status.success()),
    ]
}
