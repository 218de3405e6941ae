//! Contract cases: a plugin's own examples, run as any other call.

use std::collections::BTreeMap;

use taihu_model::contract::{Attribute, Context, Failure, Reply, Request, RunView, Score, Step};
use taihu_model::{
    Case, CaseBody, CaseReply, ClassifyCase, Config, HarvestCase, Manifest, ScoreCase, Text,
};

use crate::limits;
use crate::{Blame, CallError, Cause, Component};

/// The tenant that a case runs for.
pub(crate) const TENANT: &str = "city";

/// How a case ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseOutcome {
    /// The case's name.
    pub name: String,
    /// Every difference between what came and what was expected; none if the case passed.
    pub differences: Vec<Text>,
    /// Why the kernel could not make a call of it: then nothing is said of the plugin.
    pub unmade: Option<CallError>,
}

impl CaseOutcome {
    /// Says whether everything came as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty() && self.unmade.is_none()
    }
}

/// Runs a case. Never fails: a call that gave no answer is a difference, or was not made.
#[must_use]
pub fn run_case(component: &Component, case: &Case) -> CaseOutcome {
    let context = Context {
        tenant: TENANT.to_owned(),
        config: serde_json::Value::Object(configured(component.manifest(), &case.config))
            .to_string(),
        today: case.today.clone(),
    };
    let mut found = Differences::default();
    let ended = match &case.body {
        CaseBody::Score(case) => score(component, &context, case, &mut found),
        CaseBody::Classify(case) => classify(component, &context, case, &mut found),
        CaseBody::Harvest(case) => harvest(component, &context, case, &mut found),
    };
    found.end(case.name.clone(), ended)
}

/// Fills in the manifest's defaults, as the kernel does for an installation.
pub(crate) fn configured(manifest: &Manifest, given: &Config) -> Config {
    let mut config = given.clone();
    for key in &manifest.config {
        if let Some(default) = &key.default {
            config.entry(key.key.clone()).or_insert_with(|| default.clone());
        }
    }
    config
}

/// What was found while a case ran.
#[derive(Default)]
pub(crate) struct Differences {
    pub(crate) found: Vec<Text>,
    unmade: Option<CallError>,
}

impl Differences {
    pub(crate) fn add(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        if self.found.len() < limits::FAULTS_MAX {
            self.found.push(Text::new(zh, en));
        }
    }

    /// Notes a call that gave no answer, with advice: against the plugin, unless it is the kernel's fault.
    pub(crate) fn failed(&mut self, error: CallError, advice: Option<(&str, &str)>) {
        match (error.blame, advice) {
            (Blame::Kernel, _) => self.unmade = Some(error),
            (_, Some((zh, en))) => {
                self.add(format!("{}。{zh}", error.zh()), format!("{error}; {en}"));
            }
            (_, None) => self.add(error.zh(), error.to_string()),
        }
    }

    /// What the case came to.
    pub(crate) fn end(mut self, name: String, ended: Result<(), CallError>) -> CaseOutcome {
        if let Err(error) = ended {
            self.failed(error, None);
        }
        CaseOutcome { name, differences: self.found, unmade: self.unmade }
    }

    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, have: &T, want: &T) {
        if have != want {
            let (have, want) = (shown(have), shown(want));
            self.add(
                format!("{what}：得到 {have}，应为 {want}"),
                format!("{what}: got {have}, want {want}"),
            );
        }
    }
}

/// As much of a value as a line shows.
pub(crate) fn shown(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 300 {
        return text;
    }
    text.chars().take(300).chain(['…']).collect()
}

fn score(
    component: &Component,
    context: &Context,
    case: &ScoreCase,
    found: &mut Differences,
) -> Result<(), CallError> {
    let description = component.describe_scorer(context)?.value;
    let scores = component.score(context, &description, &case.need, &case.achievements)?.value;
    let scores: Vec<Score> = scores.iter().collect();
    let of: BTreeMap<&str, &Score> = scores.iter().map(|it| (it.id.as_str(), it)).collect();
    let value = |id: &String| of.get(id.as_str()).map(|score| score.value);
    for pair in case.order.windows(2) {
        if value(&pair[0]) <= value(&pair[1]) || value(&pair[1]).is_none() {
            let (first, second) = (shown(&value(&pair[0])), shown(&value(&pair[1])));
            found.add(
                format!("次序：{} 得 {first}，应高于 {} 的 {second}", pair[0], pair[1]),
                format!("order: {} has {first}, want more than {second} of {}", pair[0], pair[1]),
            );
        }
    }
    for (id, (low, high)) in &case.scores {
        if !value(id).is_some_and(|value| (*low..=*high).contains(&value)) {
            let have = shown(&value(id));
            found.add(
                format!("得分 {id}：得到 {have}，应为 {low}–{high}"),
                format!("score of {id}: got {have}, want {low} to {high}"),
            );
        }
    }
    for (id, factors) in &case.evidence {
        for (key, fields) in factors {
            let named: Vec<&str> = of
                .get(id.as_str())
                .and_then(|score| score.factors.iter().find(|factor| factor.key == *key))
                .map(|factor| factor.evidence.iter().map(|it| it.field.as_str()).collect())
                .unwrap_or_default();
            for field in fields.iter().filter(|field| !named.contains(&field.as_str())) {
                found.add(
                    format!("依据 {id} {key}：缺少 {field}，有 {named:?}"),
                    format!("evidence of {id} for {key}: {field} is missing, there is {named:?}"),
                );
            }
        }
    }
    Ok(())
}

fn classify(
    component: &Component,
    context: &Context,
    case: &ClassifyCase,
    found: &mut Differences,
) -> Result<(), CallError> {
    let description = component.describe_pool(context)?.value;
    let decisions = component.classify(context, &description, &case.achievements)?.value;
    for (id, want) in &case.expect {
        let Some(decision) = decisions.iter().find(|decision| decision.id == *id) else {
            found.add(
                format!("{id} 不在用例的成果中"),
                format!("{id} is no achievement of the case"),
            );
            continue;
        };
        found.equal(&format!("{id} verdict"), &decision.verdict, &want.verdict);
        if let Some(category) = &want.category {
            found.equal(&format!("{id} category"), &decision.category, category);
        }
        for (key, value) in &want.fields {
            let have =
                decision.fields.iter().find(|it| it.key == *key).map(|it: &Attribute| &it.value);
            found.equal(&format!("{id} {key}"), &have, &Some(value));
        }
    }
    Ok(())
}

/// What a recorded run brought.
#[derive(Default)]
struct Brought {
    asks: Vec<String>,
    records: Vec<String>,
    fields: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    tombstones: Vec<String>,
    warnings: usize,
    complete: Option<bool>,
    failure: Option<String>,
}

fn harvest(
    component: &Component,
    context: &Context,
    case: &HarvestCase,
    found: &mut Differences,
) -> Result<(), CallError> {
    component.describe_connector(context)?;
    let Some(brought) = replay(component, context, case, found)? else { return Ok(()) };
    if let Some(asks) = &case.asks {
        found.equal("asks", &brought.asks, asks);
    }
    if let Some(records) = &case.records {
        found.equal("records", &brought.records, records);
    }
    for (id, fields) in &case.fields {
        for (name, want) in fields {
            let have = brought.fields.get(id).and_then(|it| it.get(name)).cloned();
            found.equal(&format!("{id} {name}"), &have.unwrap_or_default(), want);
        }
    }
    found.equal("tombstones", &brought.tombstones, &case.tombstones);
    if let Some(warnings) = &case.warnings {
        found.equal("warnings", &brought.warnings, warnings);
    }
    if case.complete.is_some() {
        found.equal("complete", &brought.complete, &case.complete);
    }
    found.equal("failure", &brought.failure, &case.failure);
    Ok(())
}

/// Plays the run over the recorded replies. `None` if it did not come to an end, which is said.
fn replay(
    component: &Component,
    context: &Context,
    case: &HarvestCase,
    found: &mut Differences,
) -> Result<Option<Brought>, CallError> {
    let mut brought = Brought::default();
    let mut run = RunView { since: case.since.clone(), pages: 0 };
    let (mut state, mut reply) = (String::new(), None);
    let mut replies = case.replies.iter();
    for _ in 0..limits::CASE_STEPS_MAX {
        let step = match component.next(context, &run, &state, reply.as_ref()) {
            Ok(answer) => answer.value,
            Err(CallError { cause: Cause::Failure(failure), .. }) if case.failure.is_some() => {
                brought.failure = Some(failure_case(&failure).to_owned());
                return Ok(Some(brought));
            }
            Err(error) => return Err(error),
        };
        match step {
            Step::Ask { request, state: next } => {
                let asked = asked(&request);
                let Some(recorded) = replies.next() else {
                    found.add(
                        format!("多问了一次：{asked}，用例没有更多回复"),
                        format!("asked once more for {asked}, but the case has no further reply"),
                    );
                    return Ok(None);
                };
                reply = Some(recorded_reply(recorded, &asked));
                brought.asks.push(asked);
                state = next;
            }
            Step::Page(page) => {
                reply = None;
                run.pages = run.pages.saturating_add(1);
                brought.warnings += page.warnings.len();
                brought.tombstones.extend(page.tombstones.into_iter().map(|it| it.source_id));
                for record in page.records {
                    let fields = brought.fields.entry(record.source_id.clone()).or_default();
                    for field in record.fields {
                        fields.entry(field.name).or_default().push(field.value);
                    }
                    brought.records.push(record.source_id);
                }
                state = page.state;
            }
            Step::Done { complete, warnings } => {
                brought.complete = Some(complete);
                brought.warnings += warnings.len();
                return Ok(Some(brought));
            }
        }
    }
    found.add(
        format!("{} 步之后仍未结束", limits::CASE_STEPS_MAX),
        format!("not at its end after {} steps", limits::CASE_STEPS_MAX),
    );
    Ok(None)
}

pub(crate) fn asked(request: &Request) -> String {
    match request {
        Request::Http { url, .. } => url.clone(),
        Request::ListFiles => "files".to_owned(),
        Request::ReadFile { name } => format!("file:{name}"),
    }
}

fn recorded_reply(reply: &CaseReply, asked: &str) -> Reply {
    let http = |status: &Option<u16>, text: &str| Reply::Http {
        status: status.unwrap_or(200),
        url: asked.to_owned(),
        headers: Vec::new(),
        body: text.as_bytes().to_vec(),
    };
    match reply {
        CaseReply::Text { text, status } => http(status, text),
        CaseReply::Reply(reply) => reply.clone(),
        CaseReply::File { file, .. } => {
            Reply::Failed { message: format!("{file} was not packed into the case") }
        }
    }
}

fn failure_case(failure: &Failure) -> &'static str {
    match failure {
        Failure::BadConfig(_) => "bad_config",
        Failure::BadInput(_) => "bad_input",
        Failure::Upstream(_) => "upstream",
        Failure::Internal(_) => "internal",
    }
}
