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

/// A decision on the achievement of an id, with the evidence of each of its reasons.
pub(crate) fn decision(
    it: c::Decision,
    id: String,
    evidence: Vec<Vec<model::Evidence>>,
) -> model::Decision {
    let reason = |(it, evidence): (c::Reason, Vec<model::Evidence>)| model::DecisionReason {
        text: text(it.text),
        evidence,
    };
    model::Decision {
        id,
        verdict: match it.verdict {
            c::Verdict::In => model::Verdict::In,
            c::Verdict::Out => model::Verdict::Out,
            c::Verdict::Unsure => model::Verdict::Unsure,
        },
        category: it.category,
        reasons: it.reasons.into_iter().zip(evidence).map(reason).collect(),
        fields: all(it.fields, attribute),
    }
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
