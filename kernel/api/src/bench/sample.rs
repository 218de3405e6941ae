//! What benchmarks are fed with: a packed scorer, and records of nine filled fields.

use std::borrow::Cow;

use taihu_model::contract::{
    AchievementView, Attribute, AttributeValue, Context, NeedView, Readiness,
};
use taihu_service::rooms::sandbox::{Compiler, Component, Sandbox, SandboxOptions};

use crate::author::{self, Packed};
use crate::cli::{Failure, Say, read};
use crate::project;

/// Builds and packs one guest of the project: of `plugins/`, or an example.
pub(super) fn packed(name: &str, say: Say) -> Result<Packed, Failure> {
    let root = project::root()?;
    let built =
        author::build_workspace(&root.join("plugins"), &mut |line| say.line(format!("  {line}")))?;
    let module = built.get(name).ok_or_else(|| {
        Failure::new(format!("没有构建出 {name}"), format!("{name} was not built"))
    })?;
    let dir = [root.join("plugins").join(name), root.join("examples").join(name)];
    let dir = dir.iter().find(|dir| dir.is_dir()).unwrap_or(&dir[0]);
    Ok(author::pack(dir, &read(module)?)?)
}

/// Loads a packed plugin as the kernel would.
pub(super) fn loaded(packed: &Packed) -> Result<Component, Failure> {
    load(&sandbox()?, &packed.bytes)
}

/// Sets up a sandbox as the kernel does, but compiling in this process.
pub(super) fn sandbox() -> Result<Sandbox, Failure> {
    let compiler = Compiler::InProcess;
    Sandbox::new(SandboxOptions { seal_key: [0; 32], pooling: true, compiler }).map_err(failed)
}

/// Admits, compiles and loads a plugin's file.
pub(super) fn load(sandbox: &Sandbox, file: &[u8]) -> Result<Component, Failure> {
    let admission = sandbox.admit(file).map_err(failed)?;
    let sealed = sandbox.compile(&admission, file).map_err(failed)?;
    sandbox.load(&admission, &sealed).map_err(failed)
}

fn failed(error: impl std::error::Error) -> Failure {
    Failure::new(format!("无法载入插件：{error}"), error.to_string())
}

pub(super) fn context(packed: &Packed) -> Context {
    let config = packed.manifest.configure(&Default::default()).unwrap_or_default();
    Context {
        tenant: "city".into(),
        config: serde_json::Value::Object(config).to_string(),
        today: "2026-05-20".into(),
    }
}

pub(super) fn need() -> NeedView<'static> {
    NeedView {
        id: "need_00000000000000000000000000".into(),
        title: "废旧磷酸铁锂电池正极材料短流程再生".into(),
        problem: "回收的磷酸铁锂极片直接再生时，铝箔残留高、锂损失不均，再生料的比容量和循环寿命达不到动力级要求。".into(),
        technical_key: "极片无损剥离与补锂修复的协同控制".into(),
        target_indicators: "铝含量低于100 ppm，0.1C比容量不低于155 mAh/g，循环2000次容量保持率80%以上".into(),
        cooperation_mode: "license".into(),
        ipc: Cow::Owned(vec!["H01M10/54".into()]),
        industry: Cow::Owned(vec!["3841".into()]),
        ..NeedView::default()
    }
}

/// How much a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// As a list of titles with a sentence each: 110 characters, 330 bytes.
    Short,
    /// As a registration with its full summary: 900 characters, 2,700 bytes.
    Full,
}

/// Records of up to thirteen filled fields, none like another.
pub(super) fn candidates(count: usize, length: Length) -> Vec<AchievementView<'static>> {
    const TOPICS: &[&str] = &[
        "磷酸铁锂正极材料修复再生",
        "铅蓄电池板栅合金腐蚀抑制",
        "电池管理系统荷电状态估计",
        "钠离子电池硬碳负极",
        "北斗高精度定位终端",
        "竹材连续化炭化装备",
        "锂电池极片剥离溶剂",
    ];
    (0..count)
        .map(|n| {
            let topic = TOPICS[n % TOPICS.len()];
            AchievementView {
                id: format!("ach_{n:026}").into(),
                title: format!("{topic}技术（{n}号方案）").into(),
                summary: summary(topic, n, length).into(),
                problem: format!("解决{topic}中杂质残留高、批次一致性差的问题").into(),
                advantage: format!(
                    "与现有工艺相比成本降低{}%，寿命提高{}%",
                    n % 30 + 3,
                    n % 50 + 10
                )
                .into(),
                keywords: Cow::Owned(vec![topic.into(), "再生".into(), "锂".into()]),
                field: "new_energy".into(),
                stage: ["early", "pilot", "mature"][n % 3].into(),
                trl: Some(Readiness {
                    level: u8::try_from(n % 9 + 1).unwrap_or(1),
                    estimated: false,
                    evidence: "中试报告".into(),
                }),
                transfer_modes: vec!["license".into(), "trial_first".into()],
                trial_offered: n.is_multiple_of(2),
                ipc: Cow::Owned(vec!["H01M10/54".into()]),
                attributes: vec![
                    attribute("ip_statuses", AttributeValue::Texts(vec!["granted".into()])),
                    attribute("completeness_permille", AttributeValue::Integer(900)),
                ],
                ..AchievementView::default()
            }
        })
        .collect()
}

fn attribute(key: &'static str, value: AttributeValue) -> Attribute<'static> {
    Attribute { key: key.into(), value }
}

fn summary(topic: &str, n: usize, length: Length) -> String {
    let first = format!(
        "面向{topic}，建立从机理到装备的成套方法，已在{}条产线验证，能耗下降{}%。",
        n % 9 + 1,
        n % 40 + 5
    );
    if length == Length::Short {
        return first;
    }
    // Further passages of a real registration; what is said of numbers differs from record to record.
    let passage = |n: usize| {
        format!(
            "针对原料来源复杂、批次波动大的情况，提出在线检测与参数自适应相结合的控制策略，\
         将关键指标的离散程度压缩到原来的{}%以内。核心装备采用模块化设计，可按每年{}千吨的规模增减，\
         占地面积小，改造周期不超过{}个月。与高校和下游企业联合开展了中试，连续运行{}小时，\
         产品经第三方检测符合行业标准，回收得到的材料已用于储能示范项目。项目形成发明专利{}项、\
         企业标准{}项，具备技术许可、合作实施和先用后转等多种转化条件，可提供工艺包、\
         关键设备图纸和操作人员培训，并提供{}年质保。",
            n % 30 + 20,
            n % 7 + 1,
            n % 5 + 2,
            n % 900 + 100,
            n % 6 + 1,
            n % 3 + 1,
            n % 4 + 1
        )
    };
    format!("{first}{}{}{}", passage(n), passage(n + 11), passage(n + 29))
}
