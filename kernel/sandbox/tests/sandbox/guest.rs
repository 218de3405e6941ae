//! Guests made of WAT, and what they are called with.

use std::sync::OnceLock;

use taihu_model::contract::{AchievementView, Context, NeedView};
use taihu_model::{Case, FieldWish, LimitWish, Manifest, PluginKind, Text};
use taihu_sandbox::{
    Admission, Answer, CallError, Compiler, Component, Sandbox, SandboxOptions, componentize, pack,
};

/// The one sandbox of this binary, as the kernel sets it up, but compiling in this process.
pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| new_sandbox([7; 32], true))
}

pub(crate) fn new_sandbox(seal_key: [u8; 32], pooling: bool) -> Sandbox {
    Sandbox::new(SandboxOptions { seal_key, pooling, compiler: Compiler::InProcess }).unwrap()
}

pub(crate) fn manifest(name: &str, kind: PluginKind) -> Manifest {
    let reads = match kind {
        PluginKind::Connector => Vec::new(),
        _ => vec![FieldWish {
            field: "achievement.title".to_owned(),
            reason: Text::new("据名称判断", "to judge by it"),
        }],
    };
    Manifest {
        name: name.replace('_', "-").parse().unwrap(),
        version: "0.1.0".parse().unwrap(),
        kind,
        title: Text::new("试验", "trial"),
        description: Text::new("试验用", "for a trial"),
        author: "湖州市科技局".to_owned(),
        reads,
        hosts: Vec::new(),
        files: None,
        limits: LimitWish::default(),
        config: Vec::new(),
    }
}

/// The core module of a scorer: what all have in common, and the fixture.
pub(crate) fn scorer_module(fixture: &str) -> Vec<u8> {
    let frame = include_str!("../../src/evil/frame.wat");
    wat::parse_str(format!("(module {frame} {fixture})")).unwrap()
}

/// A scorer's file.
pub(crate) fn scorer(name: &str, fixture: &str) -> Vec<u8> {
    let component = componentize(&scorer_module(fixture), PluginKind::Scorer).unwrap();
    pack(&component, &manifest(name, PluginKind::Scorer), &[]).unwrap()
}

/// The control's file.
pub(crate) fn honest() -> Vec<u8> {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| scorer("honest", include_str!("../../src/evil/honest.wat"))).clone()
}

/// The control, loaded into the one sandbox.
pub(crate) fn control() -> Component {
    static CONTROL: OnceLock<Component> = OnceLock::new();
    CONTROL.get_or_init(|| load(sandbox(), &honest())).clone()
}

pub(crate) fn pool(cases: &[Case]) -> Vec<u8> {
    let module = wat::parse_str(include_str!("../../src/evil/honest_pool.wat")).unwrap();
    let component = componentize(&module, PluginKind::NichePool).unwrap();
    pack(&component, &manifest("pool", PluginKind::NichePool), cases).unwrap()
}

pub(crate) fn connector(cases: &[Case]) -> Vec<u8> {
    let module = wat::parse_str(include_str!("../../src/evil/honest_connector.wat")).unwrap();
    let component = componentize(&module, PluginKind::Connector).unwrap();
    let manifest = Manifest {
        files: Some(Text::new("读取投放的文件", "to read dropped files")),
        ..manifest("connector", PluginKind::Connector)
    };
    pack(&component, &manifest, cases).unwrap()
}

/// Admits, compiles and loads a file.
#[track_caller]
pub(crate) fn load(sandbox: &Sandbox, file: &[u8]) -> Component {
    let (admission, sealed) = compile(sandbox, file);
    sandbox.load(&admission, &sealed).unwrap()
}

#[track_caller]
pub(crate) fn compile(sandbox: &Sandbox, file: &[u8]) -> (Admission, Vec<u8>) {
    let admission = sandbox.admit(file).unwrap_or_else(|refusal| panic!("{refusal}"));
    let sealed = sandbox.compile(&admission, file).unwrap_or_else(|refusal| panic!("{refusal}"));
    (admission, sealed)
}

pub(crate) fn context() -> Context {
    Context { tenant: "changxing".into(), config: "{}".into(), today: "2026-05-20".into() }
}

pub(crate) fn achievement(id: &str) -> AchievementView<'static> {
    AchievementView {
        id: id.to_owned().into(),
        title: "废旧铅蓄电池清洁回收技术".into(),
        keywords: vec!["铅蓄电池".to_owned(), "回收".to_owned()].into(),
        ..AchievementView::default()
    }
}

pub(crate) fn achievements(count: usize) -> Vec<AchievementView<'static>> {
    (0..count).map(|at| achievement(&format!("ach_{at}"))).collect()
}

/// Asks a scorer about some achievements; hands out the values.
pub(crate) fn score(component: &Component, count: usize) -> Result<Answer<Vec<u16>>, CallError> {
    let context = context();
    let description = component.describe_scorer(&context)?.value;
    let need = NeedView { id: "need_1".into(), title: "回收".into(), ..NeedView::default() };
    let answer = component.score(&context, &description, &need, &achievements(count))?;
    let values = answer.value.values().collect();
    Ok(Answer { value: values, usage: answer.usage })
}
