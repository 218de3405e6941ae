//! Mistakes that authors make, and whether the refusal tells them what is wrong, what would be right
//! and what to do, in both languages.

use serde_json::{Value, json};
use taihu_model::PluginKind::{self, Connector, NichePool, Scorer};
use taihu_sandbox::{Blame, evil, pack, unpack};

use crate::guest::*;

/// Each of `zh` and `en` must be a part of what is said in its language: what, what there is or may
/// be, what to do.
#[track_caller]
fn check(mistake: &str, file: &[u8], zh: [&str; 3], en: [&str; 3]) {
    let refusal = sandbox().admit(file).expect_err(mistake);
    assert_eq!(refusal.blame, Blame::Plugin, "{mistake}");
    for (said, parts) in [(refusal.zh(), zh), (refusal.to_string(), en)] {
        for part in parts {
            assert!(said.contains(part), "{mistake}: {part:?} is not in: {said}");
        }
    }
}

fn component(wat: &str) -> Vec<u8> {
    pack(&wat::parse_str(wat).unwrap(), &manifest("mine", Scorer), &[]).unwrap()
}

/// The honest scorer with a manifest that no version of this kernel would have written.
fn with_manifest(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut manifest = serde_json::to_value(manifest("mine", Scorer)).unwrap();
    change(&mut manifest);
    with_section("taihu:manifest", manifest.to_string().as_bytes())
}

/// The honest scorer without a manifest, and a custom section of any content.
fn with_section(name: &str, content: &[u8]) -> Vec<u8> {
    let mut file = unpack(&honest()).unwrap().2;
    custom(&mut file, name, content);
    file
}

fn custom(file: &mut Vec<u8>, name: &str, content: &[u8]) {
    let leb = |out: &mut Vec<u8>, mut value: usize| {
        while value >= 0x80 {
            out.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    };
    let mut payload = Vec::new();
    leb(&mut payload, name.len());
    payload.extend_from_slice(name.as_bytes());
    payload.extend_from_slice(content);
    file.push(0);
    leb(file, payload.len());
    file.extend(payload);
}

#[test]
fn a_file_that_is_no_plugin() {
    check(
        "a text file",
        b"[package]\nname = \"mine\"",
        ["file", "不是 wasm 组件", "taihu plugin pack"],
        ["file", "no wasm component", "taihu plugin pack"],
    );
    check(
        "an empty file",
        b"",
        ["file", "文件是空的", "taihu plugin pack"],
        ["file", "empty", "taihu plugin pack"],
    );
    check(
        "a core module",
        &scorer_module(include_str!("../../src/evil/honest.wat")),
        ["file", "核心模块", "taihu plugin pack"],
        ["file", "a core module, no component", "taihu plugin pack"],
    );
    check(
        "a .cwasm of wasmtime",
        b"\x7fELF\x02\x01\x01\0wasmtime",
        ["file", "只接受 wasm 组件", "请上传编译之前的 .wasm"],
        ["file", "takes wasm components only", "upload the .wasm"],
    );
    check(
        "an upload that broke off",
        &honest()[..3_000],
        ["file", "只有 3000 字节", "请重新上传完整的文件"],
        ["file", "it has 3000 bytes", "upload the whole file again"],
    );
    let debug = [honest(), vec![0; 6 << 20]].concat();
    check(
        "a debug build of 6 MB",
        &debug,
        ["字节", "上限 4194304", "请以发布模式构建"],
        ["bytes", "want at most 4194304", "build it for release"],
    );
}

#[test]
fn a_manifest_that_is_wrong() {
    check(
        "packing was forgotten",
        &unpack(&honest()).unwrap().2,
        ["taihu:manifest", "缺少清单", "taihu plugin pack"],
        ["taihu:manifest", "there is no manifest", "taihu plugin pack"],
    );
    let mut twice = honest();
    custom(&mut twice, "taihu:manifest", b"{}");
    check(
        "packed twice by hand",
        &twice,
        ["taihu:manifest", "有两个同名的段", "请重新打包"],
        ["taihu:manifest", "is there twice", "pack the plugin again"],
    );
    check(
        "TOML instead of JSON",
        &with_section("taihu:manifest", b"name = \"mine\""),
        ["taihu:manifest", "无法读取", "请改正 plugin.toml"],
        ["taihu:manifest", "can't be read", "mend plugin.toml"],
    );
    check(
        "a version of two numbers",
        &with_manifest(|it| it["version"] = "1.0".into()),
        ["manifest.version", "\"1.0\" 不是语义化版本", "如 0.1.0"],
        ["manifest.version", "\"1.0\" is no semantic version", "such as 0.1.0"],
    );
    check(
        "a name in capitals",
        &with_manifest(|it| it["name"] = "MyScorer".into()),
        ["manifest.name", "\"MyScorer\" 不能作插件名", "如 my-scorer"],
        ["manifest.name", "\"MyScorer\" is no name", "such as my-scorer"],
    );
    check(
        "a kind in words",
        &with_manifest(|it| it["kind"] = "matcher".into()),
        ["manifest.kind", "\"matcher\" 不是插件种类", "scorer、niche-pool 或 connector"],
        ["manifest.kind", "\"matcher\" is no kind", "want scorer, niche-pool or connector"],
    );
    check(
        "no author",
        &with_manifest(|it| drop(it.as_object_mut().unwrap().remove("author"))),
        ["taihu:manifest", "author", "请改正 plugin.toml"],
        ["taihu:manifest", "missing field `author`", "mend plugin.toml"],
    );
    check(
        "a field with a slip of the pen",
        &with_manifest(|it| it["reads"][0]["field"] = "achievement.titel".into()),
        [
            "manifest.reads[0].field",
            "\"achievement.titel\" 不是可读取的字段",
            "可用：achievement.title",
        ],
        [
            "manifest.reads[0].field",
            "\"achievement.titel\" is no field",
            "there are achievement.title",
        ],
    );
    check(
        "a scorer that wants to ask a server",
        &with_manifest(|it| {
            it["hosts"] = json!([{ "origin": "https://api.example.cn", "methods": ["GET"],
                "reason": { "zh": "查询", "en": "to look up" } }]);
        }),
        ["manifest.hosts", "只有连接器可以申请", "请删去 hosts 与 files"],
        ["manifest.hosts", "only connectors may wish", "leave them out"],
    );
    check(
        "an hour of CPU time",
        &with_manifest(|it| it["limits"] = json!({ "cpu_ms": 3_600_000 })),
        ["manifest.limits.cpu_ms", "申请 3600000 ms", "应为 1–2000 ms"],
        ["manifest.limits.cpu_ms", "wishes for 3600000 ms", "want 1 to 2000 ms"],
    );
    let mut foreign = honest();
    custom(&mut foreign, "taihu:cases", br#"[{"name": "c", "harvest": {"replies": []}}]"#);
    check(
        "the cases of another plugin",
        &foreign,
        ["cases[0]", "是连接器的用例", "插件是评分"],
        ["cases[0]", "for a connector", "the plugin is a scorer"],
    );
}

#[track_caller]
fn check_world(mistake: &str, wat: &str, zh: [&str; 3], en: [&str; 3]) {
    check(mistake, &component(wat), zh, en);
}

#[test]
fn a_component_that_does_not_fit_its_world() {
    check_world(
        "built for wasip2",
        r#"(component (import "wasi:clocks/wall-clock@0.2.6" (instance)))"#,
        ["import wasi:clocks/wall-clock@0.2.6", "内核不提供 WASI", "wasm32-unknown-unknown"],
        [
            "import wasi:clocks/wall-clock@0.2.6",
            "links no WASI",
            "build for wasm32-unknown-unknown",
        ],
    );
    check_world(
        "a function of one's own is imported",
        r#"(component (import "fetch" (func)))"#,
        ["import fetch", "只能导入 taihu:plugin/log", "请去掉依赖它的库"],
        ["import fetch", "nothing but taihu:plugin/log", "drop the library"],
    );
    check_world(
        "a newer contract",
        r#"(component (import "taihu:plugin/log@0.3.0" (instance)))"#,
        ["import taihu:plugin/log@0.3.0", "taihu:plugin@0.1.0", "请按内核的 wit/ 重新构建"],
        [
            "import taihu:plugin/log@0.3.0",
            "taihu:plugin@0.1.0",
            "build it again with the kernel's wit/",
        ],
    );
    check_world(
        "an older contract",
        r#"(component (component $c) (instance $i (instantiate $c))
            (export "taihu:plugin/scoring@0.0.9" (instance $i)))"#,
        [
            "export taihu:plugin/scoring@0.0.9",
            "内核需要 taihu:plugin/scoring@0.1.0",
            "请按内核的 wit/ 重新构建",
        ],
        [
            "export taihu:plugin/scoring@0.0.9",
            "the kernel wants taihu:plugin/scoring@0.1.0",
            "build it again",
        ],
    );
    check_world(
        "the macro was forgotten",
        "(component)",
        ["export taihu:plugin/scoring@0.1.0", "缺少这个接口", "评分插件必须导出它"],
        [
            "export taihu:plugin/scoring@0.1.0",
            "missing; a scorer must export it",
            "the SDK's macro",
        ],
    );
    check_world(
        "functions of other types",
        include_str!("../../src/evil/other_types.wat"),
        ["#describe", "有 0 个参数", "内核的有 1 个"],
        ["#describe", "0 parameters", "the kernel's has 1"],
    );
    let scorer = unpack(&honest()).unwrap().2;
    let mistaken = |kind: PluginKind| pack(&scorer, &manifest("mine", kind), &[]).unwrap();
    check(
        "a scorer that says it is a pool",
        &mistaken(NichePool),
        [
            "export taihu:plugin/scoring@0.1.0",
            "taihu:plugin/classifying@0.1.0",
            "一个组件只做一种插件",
        ],
        [
            "export taihu:plugin/scoring@0.1.0",
            "taihu:plugin/classifying@0.1.0",
            "one component is one kind",
        ],
    );
    check(
        "a scorer that says it is a connector",
        &mistaken(Connector),
        ["taihu:plugin/harvesting@0.1.0", "缺少这个接口", "连接器插件必须导出它"],
        ["taihu:plugin/harvesting@0.1.0", "missing; a connector must export it", "the SDK's macro"],
    );
    check_world(
        "a table of constants of 40 MB",
        "(component (core module (memory 640)))",
        ["memory", "一开始就要 40960 KiB，上限 32768 KiB", "limits.memory_mib"],
        ["memory", "begins with 40960 KiB, may have 32768 KiB", "limits.memory_mib"],
    );
    let generated = evil::all().into_iter().find(|it| it.name == "body_of_calls").unwrap();
    check(
        "one generated function of a megabyte",
        &generated.file().unwrap(),
        ["function body", "上限 262144", "请把最大的函数拆小"],
        ["function body", "want at most 262144", "split the largest function"],
    );
}
