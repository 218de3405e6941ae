//! The kernel's own cases: what holds for every plugin of a kind, whatever it is about.
//!
//! An author's cases say what a plugin is good for; these say that it keeps to the contract where
//! authors seldom look: the other order, the single candidate, the empty record, the longest one,
//! the batch of five hundred, text that no author would write; for connectors the reply that did
//! not come, came damaged or came from an error page. They run beside the plugin's own cases
//! whenever it is installed, and in `taihu plugin test`.
//!
//! Inputs are the plugin's own cases as far as it has some, and made-up records. The cost is
//! bounded: at most [`CONFORMANCE_CALLS_MAX`](crate::limits::CONFORMANCE_CALLS_MAX) calls, each
//! within the plugin's own limits.

mod connector;
mod material;

use std::fmt::Debug;

use taihu_model::contract::{AchievementView, Context, Decision, Failure, NeedView, Score};
use taihu_model::{Case, Config, ConfigKind, Manifest, PluginKind};

use crate::case::{Differences, TENANT, configured, shown};
use crate::limits;
use crate::{CallError, CaseOutcome, Cause, Component};

use material::Material;

/// Runs the kernel's cases. Never fails: a call that gave no answer is a difference, or was not made.
///
/// `config` is that of the installation; without one, that of the plugin's first case. Keys that
/// have no value get their default, and those that must have one something plausible.
#[must_use]
pub fn conform(component: &Component, cases: &[Case], config: Option<&Config>) -> Vec<CaseOutcome> {
    let manifest = component.manifest();
    let first = cases.first();
    let context = Context {
        tenant: TENANT.to_owned(),
        config: serde_json::Value::Object(settings(manifest, first, config)).to_string(),
        today: first.map_or_else(|| "2026-05-20".to_owned(), |case| case.today.clone()),
    };
    match manifest.kind {
        PluginKind::Scorer => {
            let material = Material::of(cases);
            judgement("score", &material, |batch| {
                let description = component.describe_scorer(&context)?.value;
                let scores =
                    component.score(&context, &description, &batch.need, &batch.achievements)?;
                Ok(scores.value.iter().collect())
            })
        }
        PluginKind::NichePool => {
            let material = Material::of(cases);
            judgement("decision", &material, |batch| {
                let description = component.describe_pool(&context)?.value;
                Ok(component.classify(&context, &description, &batch.achievements)?.value)
            })
        }
        PluginKind::Connector => connector::cases(component, &context, cases),
    }
}

/// The configuration that the cases run with.
fn settings(manifest: &Manifest, first: Option<&Case>, given: Option<&Config>) -> Config {
    let mut config = match (first, given, manifest.kind) {
        // What a connector needs is said by each of its sources; its cases know a source.
        (Some(case), _, PluginKind::Connector) | (Some(case), None, _) => case.config.clone(),
        _ => Config::new(),
    };
    config.extend(given.cloned().unwrap_or_default());
    let mut config = configured(manifest, &config);
    for key in manifest.config.iter().filter(|key| key.required) {
        config.entry(key.key.clone()).or_insert_with(|| match key.kind {
            ConfigKind::Text => "试验".into(),
            ConfigKind::Url => "https://repository.example.edu.cn/oai".into(),
            ConfigKind::Integer => 1.into(),
            ConfigKind::Boolean => false.into(),
            ConfigKind::Texts => serde_json::Value::Array(Vec::new()),
            ConfigKind::Table => serde_json::Value::Object(Config::new()),
        });
    }
    config
}

/// One question to a plugin that judges.
pub(crate) struct Batch {
    need: NeedView<'static>,
    achievements: Vec<AchievementView<'static>>,
}

/// What a plugin that judges says of one achievement.
trait Judgement: PartialEq + Debug {
    fn id(&self) -> &str;
}

impl Judgement for Score {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Judgement for Decision {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A case of the kernel, by its name in both languages.
fn outcome(
    zh: &str,
    en: &str,
    look: impl FnOnce(&mut Differences) -> Result<(), CallError>,
) -> CaseOutcome {
    let mut found = Differences::default();
    let ended = look(&mut found);
    found.end(format!("内核用例：{zh} · the kernel's: {en}"), ended)
}

fn judgement<J: Judgement>(
    what: &str,
    material: &Material,
    judge: impl Fn(&Batch) -> Result<Vec<J>, CallError>,
) -> Vec<CaseOutcome> {
    let batch = material.batch();
    let mut answer = Vec::new();
    let first = outcome("一批答复的次序与数量", "order and length of a batch", |_| {
        // A call checks order and length itself, as it does for every batch that is ever asked.
        answer = judge(&batch)?;
        Ok(())
    });
    if !first.passed() {
        // Every other case would say the same again.
        return vec![first];
    }
    let answered = |batch: &Batch, advice: (&str, &str), found: &mut Differences| {
        match judge(batch) {
            // That it can't judge such an input is an answer, if it says so by the contract.
            Ok(_) | Err(CallError { cause: Cause::Failure(Failure::BadInput(_)), .. }) => {}
            Err(error) => found.failed(error, Some(advice)),
        }
        Ok(())
    };
    vec![
        first,
        outcome("同样的输入，同样的答复", "the same input, the same answer", |found| {
            same(what, SAME, &answer, &judge(&batch)?, found);
            Ok(())
        }),
        outcome(
            "候选的次序不影响答复",
            "the order of candidates does not matter",
            |found| {
                let reversed = batch.permuted(|list| list.reverse());
                same(what, ORDER, &answer, &judge(&reversed)?, found);
                let turned = batch.permuted(|list| {
                    let third = list.len() / 3;
                    list.rotate_left(third);
                });
                same(what, ORDER, &answer, &judge(&turned)?, found);
                Ok(())
            },
        ),
        outcome("候选之间互不影响", "candidates do not depend on each other", |found| {
            for at in 0..batch.achievements.len().min(limits::CONFORMANCE_ALONE_MAX) {
                let alone = batch.permuted(|list| *list = vec![list.swap_remove(at)]);
                same(what, ALONE, &answer, &judge(&alone)?, found);
            }
            Ok(())
        }),
        outcome("所有文字都为空", "every text is empty", |found| {
            answered(&material.empty(), EMPTY, found)
        }),
        outcome("每个字段都达最大长度", "every field at its maximal length", |found| {
            answered(&material.maximal(), MAXIMAL, found)
        }),
        outcome("一批 500 项", "a batch of 500", |found| {
            answered(&material.crowd(), CROWD, found)
        }),
        outcome("怪异的文字", "hostile text", |found| {
            answered(&material.hostile(), HOSTILE, found)
        }),
    ]
}

/// What to do, in Chinese and English.
type Advice = (&'static str, &'static str);

const SAME: Advice = (
    "不得依赖遍历哈希表的次序或未初始化的数据",
    "depend neither on the order of a hash map nor on data that was never set",
);
const ORDER: Advice = (
    "答复只能取决于需求和这一项成果，不得取决于它在批中的位置",
    "judge each achievement by itself and the need, never by its place in the batch",
);
const ALONE: Advice = (
    "请逐项独立计算，不要按同批的最大值、平均值折算",
    "judge each achievement by itself, without the highest or the mean of the batch",
);
const EMPTY: Advice = (
    "空字段表示未说明或未获授权，请当作没有依据处理",
    "an empty field was not said or is not granted: judge without it",
);
const MAXIMAL: Advice = (
    "请只读所需的部分，或在清单 limits 中申请更多",
    "read only what you need, or wish for more under limits in the manifest",
);
const CROWD: Advice = (
    "一次最多会来 500 项。请减少每项的计算，或在清单 limits 中申请更多",
    "up to 500 come at once: do less for each, or wish for more under limits in the manifest",
);
const HOSTILE: Advice = (
    "文字可能是任何合法的 UTF-8，请按字符而不是按字节截取",
    "text may be any valid UTF-8: cut it between characters, not bytes",
);

/// Compares the judgements of one answer with those of another by achievement.
fn same<J: Judgement>(what: &str, advice: Advice, want: &[J], have: &[J], found: &mut Differences) {
    for have in have {
        let Some(want) = want.iter().find(|want| want.id() == have.id()) else { continue };
        if have != want && found.found.len() < limits::CONFORMANCE_DIFFERENCES_MAX {
            let (id, have, want) = (have.id(), shown(have), shown(want));
            found.add(
                format!("{id}：得到 {have}，之前是 {want}。{}", advice.0),
                format!("{what} of {id}: got {have}, before it was {want}; {}", advice.1),
            );
        }
    }
}

impl Batch {
    fn permuted(&self, permute: impl FnOnce(&mut Vec<AchievementView<'static>>)) -> Self {
        let mut achievements = self.achievements.clone();
        permute(&mut achievements);
        Self { need: self.need.clone(), achievements }
    }
}
