//! A connector against a case and the contract: a whole run over recorded replies.

use std::path::Path;

use super::base64;
use super::case::{CaseReply, HarvestCase, RecordedReply};
use crate::{
    Connector, Context, Failure, Header, HttpReply, Page, RawRecord, Reply, Request, Run, Step,
};

/// Most steps that a case may take: a connector that goes in circles ends here.
const STEPS_MAX: u32 = 10_000;

/// Longest state, in bytes, and most records, tombstones and warnings of a page.
const STATE_BYTES_MAX: usize = 64 * 1024;
const RECORDS_MAX: usize = 1_000;
const WARNINGS_MAX: usize = 200;

/// What a run brought.
#[derive(Default)]
struct Harvest {
    asks: Vec<String>,
    records: Vec<RawRecord>,
    tombstones: Vec<String>,
    warnings: usize,
    complete: Option<bool>,
    failure: Option<Failure>,
    faults: Vec<String>,
}

pub(super) fn check<T: Connector>(
    context: &Context,
    case: &HarvestCase,
    folder: &Path,
) -> Vec<String> {
    let harvest = run::<T>(context, case, folder);
    let mut lines = harvest.faults;
    let failure = harvest.failure.as_ref().map(failure_code);
    if failure != case.failure.as_deref() {
        let got = &harvest.failure;
        lines.push(format!("the run failed with {got:?}, want {:?}", case.failure));
    }
    if let Some(asks) = &case.asks {
        compare("asks", &harvest.asks, asks, &mut lines);
    }
    if let Some(records) = &case.records {
        let got: Vec<String> = harvest.records.iter().map(|r| r.source_id.clone()).collect();
        compare("records", &got, records, &mut lines);
    }
    for (id, fields) in &case.fields {
        let record = harvest.records.iter().find(|record| record.source_id == *id);
        for (name, want) in fields {
            let values = record.map(|record| values(record, name)).unwrap_or_default();
            compare(&format!("{id}.{name}"), &values, want, &mut lines);
        }
    }
    compare("tombstones", &harvest.tombstones, &case.tombstones, &mut lines);
    if case.warnings.is_some_and(|want| want != harvest.warnings) {
        lines.push(format!("{} warnings, want {:?}", harvest.warnings, case.warnings));
    }
    if case.complete.is_some() && case.complete != harvest.complete {
        lines.push(format!("complete is {:?}, want {:?}", harvest.complete, case.complete));
    }
    lines
}

fn values(record: &RawRecord, name: &str) -> Vec<String> {
    let fields = record.fields.iter().filter(|field| field.name == name);
    fields.map(|field| field.value.clone()).collect()
}

fn compare(what: &str, got: &[String], want: &[String], lines: &mut Vec<String>) {
    if got != want {
        lines.push(format!("{what} are {got:?}, want {want:?}"));
    }
}

fn failure_code(failure: &Failure) -> &'static str {
    match failure {
        Failure::BadConfig(_) => "bad_config",
        Failure::BadInput(_) => "bad_input",
        Failure::Upstream(_) => "upstream",
        Failure::Internal(_) => "internal",
    }
}

fn run<T: Connector>(context: &Context, case: &HarvestCase, folder: &Path) -> Harvest {
    let mut harvest = Harvest::default();
    let mut run = Run { since: case.since.clone(), pages: 0 };
    let mut replies = case.replies.iter();
    let (mut state, mut reply) = (String::new(), None);
    for _ in 0..STEPS_MAX {
        match T::next(context, &run, &state, reply.take()) {
            Ok(Step::Ask(ask)) => {
                harvest.asks.push(asked(&ask.request));
                let Some(recorded) = replies.next() else {
                    let last = asked(&ask.request);
                    harvest.faults.push(format!("asks for {last}, but no reply is left"));
                    return harvest;
                };
                match answer(recorded, &ask.request, folder) {
                    Ok(answer) => reply = Some(answer),
                    Err(fault) => {
                        harvest.faults.push(fault);
                        return harvest;
                    }
                }
                state = ask.state;
            }
            Ok(Step::Page(page)) => {
                run.pages += 1;
                state.clone_from(&page.state);
                harvest.store(page);
            }
            Ok(Step::Done(summary)) => {
                harvest.warnings += summary.warnings.len();
                harvest.complete = Some(summary.complete);
                return harvest;
            }
            Err(failure) => {
                harvest.failure = Some(failure);
                return harvest;
            }
        }
        if state.len() > STATE_BYTES_MAX {
            let bytes = state.len();
            harvest.faults.push(format!("a state of {bytes} bytes, at most {STATE_BYTES_MAX}"));
        }
    }
    harvest.faults.push(format!("the run did not end within {STEPS_MAX} steps"));
    harvest
}

impl Harvest {
    fn store(&mut self, page: Page) {
        let lists = [
            ("records", page.records.len(), RECORDS_MAX),
            ("tombstones", page.tombstones.len(), RECORDS_MAX),
            ("warnings", page.warnings.len(), WARNINGS_MAX),
        ];
        for (what, count, max) in lists {
            if count > max {
                self.faults.push(format!("a page of {count} {what}, at most {max}"));
            }
        }
        for record in &page.records {
            if record.source_id.is_empty() || record.source_id.chars().count() > 256 {
                let (id, place) = (&record.source_id, &record.place);
                self.faults.push(format!("source id {id:?} at {place}: want 1–256 characters"));
            }
        }
        self.warnings += page.warnings.len();
        self.records.extend(page.records);
        self.tombstones.extend(page.tombstones.into_iter().map(|stone| stone.source_id));
    }
}

fn asked(request: &Request) -> String {
    match request {
        Request::Http(http) => http.url.clone(),
        Request::ListFiles => "files".to_owned(),
        Request::ReadFile(name) => format!("file:{name}"),
    }
}

#[expect(clippy::disallowed_methods, reason = "a test reads its own project")]
fn answer(recorded: &CaseReply, request: &Request, folder: &Path) -> Result<Reply, String> {
    match recorded {
        CaseReply::File { file, kind, status, url } => {
            let body =
                std::fs::read(folder.join(file)).map_err(|e| format!("cases/{file}: {e}"))?;
            if kind.as_deref() == Some("file") {
                return Ok(Reply::File(body));
            }
            Ok(http(status.unwrap_or(200), url.clone().unwrap_or(asked(request)), body))
        }
        CaseReply::Text { text, status } => {
            Ok(http(status.unwrap_or(200), asked(request), text.clone().into_bytes()))
        }
        CaseReply::Reply(RecordedReply::Http { status, url, headers, body }) => {
            let headers = headers
                .iter()
                .map(|header| Header { name: header.name.clone(), value: header.value.clone() })
                .collect();
            let body = bytes(body)?;
            Ok(Reply::Http(HttpReply { status: *status, url: url.clone(), headers, body }))
        }
        CaseReply::Reply(RecordedReply::Files { files }) => {
            Ok(Reply::Files(files.iter().map(super::case::RecordedFile::entry).collect()))
        }
        CaseReply::Reply(RecordedReply::File { content }) => Ok(Reply::File(bytes(content)?)),
        CaseReply::Reply(RecordedReply::Failed { message }) => Ok(Reply::Failed(message.clone())),
    }
}

fn http(status: u16, url: String, body: Vec<u8>) -> Reply {
    Reply::Http(HttpReply { status, url, headers: Vec::new(), body })
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    base64::decode(text).ok_or_else(|| "a recorded body is not base 64".to_owned())
}
