//! What connectors must bear: the other side does not answer, answers nonsense, or stops half-way.

use taihu_model::contract::{Context, FileEntry, Reply, Request, RunView, Step};
use taihu_model::{Case, CaseBody, CaseReply};

use super::outcome;
use crate::case::{Differences, asked, shown};
use crate::limits;
use crate::{CallError, CaseOutcome, Cause, Component};

/// What the first step led to.
struct First {
    request: Request,
    state: String,
}

pub(super) fn cases(component: &Component, context: &Context, cases: &[Case]) -> Vec<CaseOutcome> {
    let mut first = None;
    let begins = outcome("从头开始的第一步", "the first step of a run", |found| {
        component.describe_connector(context)?;
        for since in ["2026-03-01T00:00:00Z", ""] {
            let run = RunView { since: since.to_owned(), pages: 0 };
            match settled(component.next(context, &run, "", None).map(|answer| answer.value))? {
                Some(Step::Ask { request, state }) => first = Some(First { request, state }),
                Some(Step::Page(_)) => found.add(
                    "什么也没问就给出一页。第一步请先 ask，或以 done 结束",
                    "gave a page before it asked for anything; ask first, or end with done",
                ),
                Some(Step::Done { .. }) | None => {}
            }
        }
        Ok(())
    });
    let Some(first) = first.filter(|_| begins.passed()) else {
        // It can't begin with this configuration, and says so by the contract.
        return vec![begins];
    };
    let bears = |zh: &str, en: &str, replies: &[Reply]| {
        outcome(zh, en, |_| {
            for reply in replies {
                let next = component.next(context, &RunView::default(), &first.state, Some(reply));
                settled(next.map(|answer| answer.value))?;
            }
            Ok(())
        })
    };
    let real = recorded(cases, &asked(&first.request));
    vec![
        begins,
        bears("对方没有答复", "the other side does not answer", &[failed()]),
        bears("对方报错", "an error page", &errors(&first.request)),
        bears("空的答复", "an empty reply", &[body(&first.request, &real, 0)]),
        bears(
            "截断的答复",
            "a reply that was cut",
            &[1, 2, 3].map(|quarter| body(&first.request, &real, real.len() * quarter / 4)),
        ),
        bears(
            "不相干的答复",
            "a reply of something else",
            &[
                body(&first.request, b"\xff\xfe\x00\x01PK\x03\x04", 8),
                body(&first.request, "您访问的页面不存在<br>{}[]\"".as_bytes(), 64),
            ],
        ),
        outcome("来自别的版本的状态", "a state of another version", |_| {
            let run = RunView { since: String::new(), pages: 3 };
            let next = component.next(context, &run, "9|…{\"page\":", None);
            settled(next.map(|answer| answer.value)).map(drop)
        }),
        outcome("一直没有答复时会停下", "comes to an end when nothing answers", |found| {
            gives_up(component, context, first.state.clone(), found)
        }),
    ]
}

/// A failure that the plugin states by the contract is an answer like any other.
fn settled(next: Result<Step, CallError>) -> Result<Option<Step>, CallError> {
    match next {
        Ok(step) => Ok(Some(step)),
        Err(CallError { cause: Cause::Failure(_), .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Answers every ask with a failure until the run ends.
fn gives_up(
    component: &Component,
    context: &Context,
    mut state: String,
    found: &mut Differences,
) -> Result<(), CallError> {
    let mut run = RunView::default();
    for _ in 0..limits::CONFORMANCE_STEPS_MAX {
        let next = component.next(context, &run, &state, Some(&failed()));
        match settled(next.map(|answer| answer.value))? {
            Some(Step::Ask { state: next, .. }) => state = next,
            Some(Step::Page(page)) => {
                run.pages += 1;
                // After a page comes a step without a reply; what it asks for fails again.
                let next = component.next(context, &run, &page.state, None);
                match settled(next.map(|answer| answer.value))? {
                    Some(Step::Ask { state: next, .. }) => state = next,
                    Some(Step::Page(page)) => state = page.state,
                    Some(Step::Done { .. }) | None => return Ok(()),
                }
            }
            Some(Step::Done { .. }) | None => return Ok(()),
        }
    }
    let (steps, state) = (limits::CONFORMANCE_STEPS_MAX, shown(&state));
    found.add(
        format!("连续 {steps} 次没有答复仍在继续问（状态 {state}）。请限制重试次数，以 upstream 失败结束"),
        format!(
            "went on asking after {steps} asks without a reply (state {state}); bound the retries and fail with upstream"
        ),
    );
    Ok(())
}

fn failed() -> Reply {
    Reply::Failed { message: "connection reset by peer".to_owned() }
}

fn http(status: u16, request: &Request, body: &[u8]) -> Reply {
    Reply::Http { status, url: asked(request), headers: Vec::new(), body: body.to_vec() }
}

fn errors(request: &Request) -> Vec<Reply> {
    match request {
        Request::Http { .. } => [400_u16, 404, 500, 503]
            .map(|status| http(status, request, b"<html><h1>Error</h1>\x00\xff</html>"))
            .into(),
        Request::ListFiles => {
            let odd = |name: &str| FileEntry { name: name.into(), bytes: 0, modified: "".into() };
            vec![
                Reply::Files { files: vec![odd("~$临时.tmp")] },
                Reply::Files { files: vec![odd("a"), odd("成果.XLSX.exe")] },
            ]
        }
        Request::ReadFile { .. } => vec![failed()],
    }
}

/// A reply of the kind that was asked for, with the first bytes of a body.
fn body(request: &Request, real: &[u8], bytes: usize) -> Reply {
    let part = &real[..bytes.min(real.len())];
    match request {
        Request::Http { .. } => http(200, request, part),
        Request::ListFiles => Reply::Files { files: Vec::new() },
        Request::ReadFile { .. } => Reply::File { content: part.to_vec() },
    }
}

/// The body of the first reply that the plugin's own cases recorded, or a piece of a feed.
fn recorded(cases: &[Case], asked: &str) -> Vec<u8> {
    let harvests = cases.iter().filter_map(|case| match &case.body {
        CaseBody::Harvest(case) => Some(case),
        _ => None,
    });
    for case in harvests {
        match case.replies.first() {
            Some(CaseReply::Text { text, .. }) => return text.clone().into_bytes(),
            Some(CaseReply::Reply(Reply::Http { body, .. })) => return body.clone(),
            Some(CaseReply::Reply(Reply::File { content })) => return content.clone(),
            _ => {}
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAI-PMH><request>{asked}</request>\
         <ListRecords><record><header><identifier>oai:a:1</identifier></header></record>"
    )
    .into_bytes()
}
