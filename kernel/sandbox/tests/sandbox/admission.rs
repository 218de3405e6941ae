//! What is refused before anything is compiled, and in which words.

use taihu_model::{ConfigKey, ConfigKind, FieldWish, HostWish, Manifest, PluginKind, Text};
use taihu_sandbox::{Blame, Refusal, componentize, pack, unpack};

use crate::guest::*;

fn refusal(file: &[u8]) -> Refusal {
    let refusal = sandbox().admit(file).expect_err("admitted");
    assert_eq!(refusal.blame, Blame::Plugin);
    assert!(
        refusal.faults.iter().all(|fault| !fault.text.zh.is_empty() && !fault.text.en.is_empty())
    );
    refusal
}

/// `want` are parts of the English words, all of which must be there.
#[track_caller]
fn check(file: &[u8], want: &[&str]) {
    let said = refusal(file).to_string();
    for part in want {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

/// A component of WAT as a scorer's file.
fn file(component: &str) -> Vec<u8> {
    let component = wat::parse_str(component).unwrap();
    pack(&component, &manifest("scorer", PluginKind::Scorer), &[]).unwrap()
}

#[test]
fn what_is_no_component_is_refused() {
    check(b"", &["file: no wasm component"]);
    check(b"\x7fELF\x02\x01\x01", &["native code; the kernel takes wasm components only"]);
    check(&wat::parse_str("(module)").unwrap(), &["a core module", "taihu plugin build"]);
    check(&wat::parse_str("(component)").unwrap(), &["taihu:manifest: there is no manifest"]);
    let whole = honest();
    for cut in (9..whole.len()).step_by(131) {
        assert!(sandbox().admit(&whole[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn damage_anywhere_is_survived() {
    let whole = honest();
    for at in (0..whole.len()).step_by(31) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x41;
        // Some damage is in a name or a text and does no harm; none may panic.
        let _ = sandbox().admit(&damaged);
    }
}

#[test]
fn a_missing_export_is_named() {
    check(
        &file("(component)"),
        &["export taihu:plugin/scoring@0.1.0: missing; a scorer must export it"],
    );
    check(
        &file(
            r#"(component
                (component $c)
                (instance $i (instantiate $c))
                (export "taihu:plugin/scoring@0.1.0" (instance $i)))"#,
        ),
        &[
            "export taihu:plugin/scoring@0.1.0#describe: missing",
            "export taihu:plugin/scoring@0.1.0#score: missing",
        ],
    );
    check(
        &file(
            r#"(component
                (component $c)
                (instance $i (instantiate $c))
                (export "taihu:plugin/scoring@0.2.0" (instance $i)))"#,
        ),
        &[
            "taihu:plugin/scoring@0.2.0: another version, the kernel wants taihu:plugin/scoring@0.1.0",
        ],
    );
}

#[test]
fn a_module_that_lacks_an_export_makes_no_component() {
    let module = wat::parse_str(r#"(module (memory (export "memory") 1))"#).unwrap();
    let error = componentize(&module, PluginKind::Scorer).unwrap_err().to_string();
    assert!(error.contains("describe") && error.contains("SDK's macro"), "{error}");
    let wasi = r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))))"#;
    let error = componentize(&wat::parse_str(wasi).unwrap(), PluginKind::Scorer).unwrap_err();
    assert!(error.to_string().contains("not wasip1 or wasip2"), "{error}");
}

#[test]
fn an_import_beyond_the_contract_is_named() {
    check(
        &file(r#"(component (import "wasi:cli/environment@0.2.0" (instance)))"#),
        &["import wasi:cli/environment@0.2.0: the kernel links no WASI", "wasm32-unknown-unknown"],
    );
    check(
        &file(r#"(component (import "taihu:plugin/log@0.2.0" (instance)))"#),
        &["import taihu:plugin/log@0.2.0: the kernel offers log of taihu:plugin@0.1.0"],
    );
    check(
        &file(r#"(component (import "steal" (func)))"#),
        &["import steal: a plugin may import nothing but taihu:plugin/log"],
    );
    check(
        &file(r#"(component (import "taihu:plugin/log@0.1.0" (instance (export "read" (func)))))"#),
        &["import taihu:plugin/log@0.1.0#read: the kernel has no such function"],
    );
    check(
        &file(
            r#"(component (import "taihu:plugin/log@0.1.0" (instance
                (export "write" (func (param "level" u8) (param "message" string))))))"#,
        ),
        &["import taihu:plugin/log@0.1.0#write: parameter level: u8, the kernel has enum level"],
    );
}

/// A scorer of another contract: the bundled WIT with one change.
#[track_caller]
fn check_types(from: &str, to: &str, want: &str) {
    let wit = [
        include_str!("../../../../wit/types.wit"),
        include_str!("../../../../wit/log.wit"),
        include_str!("../../../../wit/scoring.wit"),
    ]
    .join("\n");
    assert!(wit.contains(from), "{from:?} is not in the contract");
    let wit = wit.replacen(from, to, 1);
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_source("other.wit", &wit).unwrap();
    let world = resolve.packages[package].worlds["scorer"];
    // The core signatures stay: arguments and answers lie in memory.
    let mut module = scorer_module(include_str!("../../src/evil/honest.wat"));
    let utf8 = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, utf8, false).unwrap();
    let component = componentize(&module, PluginKind::Scorer).unwrap();
    let file = pack(&component, &manifest("other", PluginKind::Scorer), &[]).unwrap();
    if want.is_empty() {
        sandbox().admit(&file).unwrap();
    } else {
        check(&file, &[want]);
    }
}

#[test]
fn a_wrong_type_is_named_by_its_field() {
    check_types("interface types", "interface types", "");
    check_types(
        "factors: list<u16>,\n    /// Three numbers",
        "factors: list<f64>,\n    /// Three numbers",
        "#score: result, field factors: f64, the kernel has u16; build it again",
    );
    check_types(
        "    ids: texts,\n",
        "    names: texts,\n",
        "#score: parameter need: ids is missing; build it again",
    );
    check_types(
        "    upstream(text),",
        "    upstream(text), network(text),",
        "result: network is too much, the kernel has none",
    );
    check_types(
        "need: table, candidates",
        "need: table, more: string, candidates",
        "#score: 4 parameters, the kernel's has 3",
    );
}

#[test]
fn a_bomb_is_refused_by_its_shape() {
    let module = |body: &str| file(&format!("(component (core module {body}))"));
    let many = |count: usize, one: &str| one.repeat(count);
    check(&module(&many(20_001, "(func)")), &["functions: 20001 functions, want at most 20000"]);
    let calls = format!("(func $f {})", many(200_000, "call $f "));
    check(&module(&calls), &["function body: 400002 bytes, want at most 262144"]);
    let locals = format!("(func (local {}))", many(2_001, "i32 "));
    check(&module(&locals), &["function locals: 2001 locals, want at most 2000"]);
    check(&module("(memory 600)"), &["memory: begins with 38400 KiB, may have 32768 KiB"]);
    check(&module("(table 60001 funcref)"), &["table: 60001 elements, want at most 60000"]);
    check(&module("(memory 1) (memory 1)"), &["file: no valid component", "multiple memories"]);
    check(&module("(memory i64 1)"), &["file: no valid component", "memory64"]);
    check(&module("(memory 1 1 shared)"), &["file: no valid component"]);
    check(&module(&many(20_001, "(type (func))")), &["items: 20001 types"]);
    let modules = format!("(component {})", many(17, "(core module)"));
    check(&file(&modules), &["modules: 17 modules, want at most 16"]);
    let memories = format!("(component {})", many(3, "(core module (memory 1))"));
    check(&file(&memories), &["memories: 3 memories, want at most 2"]);
    let instances = format!(
        "(component (core module $m) {})",
        (0..65).map(|at| format!("(core instance $i{at} (instantiate $m))")).collect::<String>()
    );
    check(&file(&instances), &["instances: 65 instances, want at most 64"]);
    check(
        &file("(component (component (component (component (component)))))"),
        &["nesting: 5 levels, want at most 4"],
    );
    let large = [honest(), vec![0; 4 << 20]].concat();
    check(&large, &["file:", "bytes, want at most 4194304", "an operator grants"]);
}

#[track_caller]
fn check_manifest(change: impl FnOnce(&mut Manifest), want: &str) {
    let mut manifest = manifest("scorer", PluginKind::Scorer);
    change(&mut manifest);
    let component = unpack(&honest()).unwrap().2;
    let file = pack(&component, &manifest, &[]).unwrap();
    if want.is_empty() {
        sandbox().admit(&file).unwrap();
    } else {
        check(&file, &[want]);
    }
}

#[test]
fn a_lying_manifest_is_refused() {
    let text = || Text::new("用", "use");
    let wish = move |field: &str| FieldWish { field: field.into(), reason: text() };
    let key = move |key: &str, kind, default| ConfigKey {
        key: key.into(),
        kind,
        label: text(),
        required: false,
        default,
    };
    check_manifest(|_| {}, "");
    check_manifest(|it| it.limits.cpu_ms = Some(2_000), "");
    check_manifest(
        |it| it.limits.cpu_ms = Some(2_001),
        "manifest.limits.cpu_ms: wishes for 2001 ms, want 1 to 2000 ms",
    );
    check_manifest(
        |it| it.limits.memory_mib = Some(0),
        "manifest.limits.memory_mib: wishes for 0 MiB, want 1 to 128 MiB",
    );
    check_manifest(|it| it.title.zh.clear(), "manifest.title.zh: the Chinese text is empty");
    check_manifest(|it| it.title.en = "a\u{1b}[2J".into(), "manifest.title.en: want at most 500");
    check_manifest(|it| it.author = " ".into(), "manifest.author: want the organisation");
    check_manifest(
        |it| it.reads.push(wish("achievement.bank_account")),
        "manifest.reads[1].field: \"achievement.bank_account\" is no field that can be read",
    );
    check_manifest(
        |it| it.reads.push(wish("achievement.title")),
        "manifest.reads[1].field: is there twice",
    );
    check_manifest(
        |it| {
            it.hosts.push(HostWish {
                origin: "https://a.edu.cn".into(),
                methods: vec!["GET".into()],
                per_minute: None,
                body_kib: None,
                reason: text(),
            });
        },
        "manifest.hosts: only connectors may wish for hosts or files",
    );
    check_manifest(
        |it| it.config.push(key("Base URL", ConfigKind::Url, None)),
        "manifest.config[0].key: want 1 to 64",
    );
    check_manifest(
        |it| it.config.push(key("base", ConfigKind::Integer, Some("many".into()))),
        "manifest.config[0].default: the default is not of the kind",
    );
    check_manifest(
        |it| it.kind = PluginKind::NichePool,
        "export taihu:plugin/scoring@0.1.0: a niche-pool exports taihu:plugin/classifying@0.1.0 and nothing else",
    );
    check_manifest(|it| it.limits.memory_mib = Some(1), "");
}

#[test]
fn packing_is_deterministic_and_replaces() {
    let component = unpack(&honest()).unwrap().2;
    let first = manifest("first", PluginKind::Scorer);
    let second = manifest("second", PluginKind::Scorer);
    let packed = pack(&component, &first, &[]).unwrap();
    assert_eq!(packed, pack(&component, &first, &[]).unwrap());
    let again = pack(&packed, &second, &[]).unwrap();
    assert_eq!(again, pack(&component, &second, &[]).unwrap());
    let (manifest, cases, bare) = unpack(&again).unwrap();
    assert_eq!((manifest, cases.len(), bare), (second, 0, component));
    let twice = [
        again.clone(),
        packed[packed.len() - (packed.len() - unpack(&packed).unwrap().2.len())..].to_vec(),
    ]
    .concat();
    check(&twice, &["taihu:manifest: the section is there twice"]);
    assert_eq!(
        componentize(&scorer_module(include_str!("../../src/evil/honest.wat")), PluginKind::Scorer)
            .unwrap(),
        unpack(&honest()).unwrap().2
    );
}
