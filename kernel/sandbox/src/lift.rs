//! From what a guest answered to the kernel's own types. Moves, never copies, believes nothing yet.

use std::borrow::Cow;

use taihu_model::Text;
use taihu_model::contract as model;

use crate::bindings::exports::taihu::plugin::{classifying as c, harvesting as h, scoring as s};
use crate::bindings::taihu::plugin::types as t;

fn all<T, U>(list: Vec<T>, one: impl Fn(T) -> U) -> Vec<U> {
    list.into_iter().map(one).collect()
}

fn text(text: t::Text) -> Text {
    Text { zh: text.zh, en: text.en }
}

fn evidence(evidence: t::Evidence) -> model::Evidence {
    model::Evidence { subject: evidence.subject, field: evidence.field, quote: evidence.quote }
}

pub(crate) fn failure(failure: t::Failure) -> model::Failure {
    match failure {
        t::Failure::BadConfig(it) => model::Failure::BadConfig(text(it)),
        t::Failure::BadInput(it) => model::Failure::BadInput(text(it)),
        t::Failure::Upstream(it) => model::Failure::Upstream(text(it)),
        t::Failure::Internal(it) => model::Failure::Internal(text(it)),
    }
}

pub(crate) fn scorer_description(it: s::Description) -> model::ScorerDescription {
    let factor =
        |it: s::FactorDescription| model::FactorDescription { key: it.key, label: text(it.label) };
    model::ScorerDescription { factors: all(it.factors, factor) }
}

pub(crate) fn scores(list: Vec<s::CandidateScore>) -> Vec<model::Score> {
    let factor = |it: s::Factor| model::Factor {
        key: it.key,
        weight: it.weight,
        value: it.value,
        evidence: all(it.evidence, evidence),
    };
    let score = |it: s::CandidateScore| model::Score {
        id: it.id,
        value: it.value,
        factors: all(it.factors, factor),
    };
    all(list, score)
}

pub(crate) fn pool_description(it: c::Description) -> model::PoolDescription {
    let category = |it: c::Category| model::Category {
        code: it.code,
        label: text(it.label),
        parent: it.parent,
    };
    let field = |it: c::OwnField| model::OwnField {
        key: it.key,
        label: text(it.label),
        kind: it.kind,
        facet: it.facet,
    };
    model::PoolDescription {
        label: text(it.label),
        categories: all(it.categories, category),
        own_fields: all(it.own_fields, field),
    }
}

pub(crate) fn decisions(list: Vec<c::Decision>) -> Vec<model::Decision> {
    let reason = |it: c::Reason| model::DecisionReason {
        text: text(it.text),
        evidence: all(it.evidence, evidence),
    };
    let decision = |it: c::Decision| model::Decision {
        id: it.id,
        verdict: match it.verdict {
            c::Verdict::In => model::Verdict::In,
            c::Verdict::Out => model::Verdict::Out,
            c::Verdict::Unsure => model::Verdict::Unsure,
        },
        category: it.category,
        reasons: all(it.reasons, reason),
        fields: all(it.fields, attribute),
    };
    all(list, decision)
}

fn attribute(it: t::AttributeResult) -> model::Attribute<'static> {
    let value = match it.value {
        t::AttributeValueResult::Text(text) => model::AttributeValue::Text(text),
        t::AttributeValueResult::Integer(number) => model::AttributeValue::Integer(number),
        t::AttributeValueResult::Boolean(yes) => model::AttributeValue::Boolean(yes),
        t::AttributeValueResult::Texts(texts) => model::AttributeValue::Texts(texts),
    };
    model::Attribute { key: Cow::Owned(it.key), value }
}

pub(crate) fn connector_description(it: h::Description) -> model::ConnectorDescription {
    model::ConnectorDescription { label: text(it.label) }
}

pub(crate) fn step(step: h::Step) -> model::Step {
    match step {
        h::Step::Ask(ask) => model::Step::Ask { request: request(ask.request), state: ask.state },
        h::Step::Page(page) => model::Step::Page(model::Page {
            records: all(page.records, record),
            tombstones: all(page.tombstones, |it| model::Tombstone {
                source_id: it.source_id,
                datestamp: it.datestamp,
            }),
            warnings: all(page.warnings, warning),
            state: page.state,
            total: page.total,
        }),
        h::Step::Done(summary) => model::Step::Done {
            complete: summary.complete,
            warnings: all(summary.warnings, warning),
        },
    }
}

fn request(request: h::Request) -> model::Request {
    match request {
        h::Request::Http(it) => model::Request::Http {
            method: it.method,
            url: it.url,
            headers: all(it.headers, |it| model::Header { name: it.name, value: it.value }),
            body: it.body,
        },
        h::Request::ListFiles => model::Request::ListFiles,
        h::Request::ReadFile(name) => model::Request::ReadFile { name },
    }
}

fn record(it: h::RawRecord) -> model::RawRecord {
    let field =
        |it: h::RawField| model::RawField { name: it.name, value: it.value, origin: it.origin };
    model::RawRecord {
        source_id: it.source_id,
        datestamp: it.datestamp,
        place: it.place,
        fields: all(it.fields, field),
        verbatim: it.verbatim,
    }
}

fn warning(it: h::Warning) -> model::Warning {
    model::Warning { place: it.place, text: text(it.text) }
}
