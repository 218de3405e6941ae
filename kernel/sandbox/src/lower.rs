//! From the kernel's views to what crosses into a guest: everything borrowed, no string copied.
//!
//! Lists of strings must be slices of `&str`, so all of a batch are gathered into one vector and
//! handed out from it in the order they were gathered; the same for attributes.

use std::borrow::Cow;

use taihu_model::contract as model;

use crate::bindings::exports::taihu::plugin::harvesting as h;
use crate::bindings::taihu::plugin::types as t;

pub(crate) fn context(context: &model::Context) -> t::Context<'_> {
    t::Context {
        tenant: &context.tenant,
        config: &context.config,
        today: &context.today,
        attributes: &[],
    }
}

/// Every string of every list of a batch, in the order of the views and of their fields.
pub(crate) fn gather_texts<'a>(
    need: Option<&'a model::NeedView<'_>>,
    views: &'a [model::AchievementView<'_>],
) -> Vec<&'a str> {
    let count = need.map_or(0, |need| need.ipc.len() + need.industry.len())
        + views
            .iter()
            .map(|view| {
                view.keywords.len()
                    + view.transfer_modes.len()
                    + view.ipc.len()
                    + view.industry.len()
                    + count_texts(&view.attributes)
            })
            .sum::<usize>();
    let mut out = Vec::with_capacity(count);
    if let Some(need) = need {
        owned(&mut out, &need.ipc);
        owned(&mut out, &need.industry);
        of_attributes(&mut out, &need.attributes);
    }
    for view in views {
        owned(&mut out, &view.keywords);
        out.extend(view.transfer_modes.iter().map(Cow::as_ref));
        owned(&mut out, &view.ipc);
        owned(&mut out, &view.industry);
        of_attributes(&mut out, &view.attributes);
    }
    out
}

fn owned<'a>(out: &mut Vec<&'a str>, list: &'a [String]) {
    out.extend(list.iter().map(String::as_str));
}

fn count_texts(attributes: &[model::Attribute<'_>]) -> usize {
    let texts = |attribute: &model::Attribute<'_>| match &attribute.value {
        model::AttributeValue::Texts(texts) => texts.len(),
        _ => 0,
    };
    attributes.iter().map(texts).sum()
}

fn of_attributes<'a>(out: &mut Vec<&'a str>, attributes: &'a [model::Attribute<'_>]) {
    for attribute in attributes {
        if let model::AttributeValue::Texts(texts) = &attribute.value {
            owned(out, texts);
        }
    }
}

/// Hands out parts of a gathered vector, in order.
struct Rest<'a, T>(&'a [T]);

impl<'a, T> Rest<'a, T> {
    /// Takes the next `count`; fewer only if the gathering was wrong, which a test would show.
    fn take(&mut self, count: usize) -> &'a [T] {
        let (head, tail) = self.0.split_at(count.min(self.0.len()));
        self.0 = tail;
        head
    }
}

/// Every attribute of a batch, in the order of the views.
pub(crate) fn gather_attributes<'a>(
    need: Option<&'a model::NeedView<'_>>,
    views: &'a [model::AchievementView<'_>],
    texts: &'a [&'a str],
) -> Vec<t::AttributeParam<'a>> {
    let count = need.map_or(0, |need| need.attributes.len())
        + views.iter().map(|view| view.attributes.len()).sum::<usize>();
    let mut out = Vec::with_capacity(count);
    if count == 0 {
        return out;
    }
    let mut rest = Rest(texts);
    if let Some(need) = need {
        rest.take(need.ipc.len() + need.industry.len());
        out.extend(need.attributes.iter().map(|one| attribute(one, &mut rest)));
    }
    for view in views {
        rest.take(
            view.keywords.len() + view.transfer_modes.len() + view.ipc.len() + view.industry.len(),
        );
        out.extend(view.attributes.iter().map(|one| attribute(one, &mut rest)));
    }
    out
}

fn attribute<'a>(
    attribute: &'a model::Attribute<'_>,
    rest: &mut Rest<'a, &'a str>,
) -> t::AttributeParam<'a> {
    let value = match &attribute.value {
        model::AttributeValue::Text(text) => t::AttributeValueParam::Text(text),
        model::AttributeValue::Integer(number) => t::AttributeValueParam::Integer(*number),
        model::AttributeValue::Boolean(yes) => t::AttributeValueParam::Boolean(*yes),
        model::AttributeValue::Texts(texts) => {
            t::AttributeValueParam::Texts(rest.take(texts.len()))
        }
    };
    t::AttributeParam { key: &attribute.key, value }
}

/// A batch ready to cross.
pub(crate) struct Batch<'a> {
    pub(crate) need: Option<t::NeedView<'a>>,
    pub(crate) views: Vec<t::AchievementView<'a>>,
}

/// Composes the batch out of what was gathered from the same need and views.
pub(crate) fn batch<'a>(
    need: Option<&'a model::NeedView<'_>>,
    views: &'a [model::AchievementView<'_>],
    texts: &'a [&'a str],
    attributes: &'a [t::AttributeParam<'a>],
) -> Batch<'a> {
    let mut texts = Rest(texts);
    let mut attributes = Rest(attributes);
    let need = need.map(|need| need_view(need, &mut texts, &mut attributes));
    let views = views.iter().map(|view| achievement(view, &mut texts, &mut attributes)).collect();
    Batch { need, views }
}

fn need_view<'a>(
    need: &'a model::NeedView<'_>,
    texts: &mut Rest<'a, &'a str>,
    attributes: &mut Rest<'a, t::AttributeParam<'a>>,
) -> t::NeedView<'a> {
    let ipc = texts.take(need.ipc.len());
    let industry = texts.take(need.industry.len());
    texts.take(count_texts(&need.attributes));
    t::NeedView {
        id: &need.id,
        title: &need.title,
        problem: &need.problem,
        technical_key: &need.technical_key,
        target_indicators: &need.target_indicators,
        tried: &need.tried,
        base_conditions: &need.base_conditions,
        cooperation_mode: &need.cooperation_mode,
        budget_fen: need.budget_fen,
        deadline: &need.deadline,
        chain: &need.chain,
        ipc,
        industry,
        attributes: attributes.take(need.attributes.len()),
    }
}

fn achievement<'a>(
    view: &'a model::AchievementView<'_>,
    texts: &mut Rest<'a, &'a str>,
    attributes: &mut Rest<'a, t::AttributeParam<'a>>,
) -> t::AchievementView<'a> {
    let keywords = texts.take(view.keywords.len());
    let transfer_modes = texts.take(view.transfer_modes.len());
    let ipc = texts.take(view.ipc.len());
    let industry = texts.take(view.industry.len());
    texts.take(count_texts(&view.attributes));
    t::AchievementView {
        id: &view.id,
        title: &view.title,
        summary: &view.summary,
        problem: &view.problem,
        advantage: &view.advantage,
        keywords,
        field: &view.field,
        stage: &view.stage,
        trl: view.trl.as_ref().map(|trl| t::Readiness {
            level: trl.level,
            estimated: trl.estimated,
            evidence: &trl.evidence,
        }),
        transfer_modes,
        trial_offered: view.trial_offered,
        ipc,
        industry,
        attributes: attributes.take(view.attributes.len()),
    }
}

pub(crate) fn run(run: &model::RunView) -> h::Run<'_> {
    h::Run { since: &run.since, pages: run.pages }
}

/// The lists of a reply, gathered.
#[derive(Default)]
pub(crate) struct ReplyLists<'a> {
    headers: Vec<h::HeaderParam<'a>>,
    files: Vec<h::FileEntry<'a>>,
}

pub(crate) fn gather_reply(reply: Option<&model::Reply>) -> ReplyLists<'_> {
    match reply {
        Some(model::Reply::Http { headers, .. }) => ReplyLists {
            headers: headers
                .iter()
                .map(|header| h::HeaderParam { name: &header.name, value: &header.value })
                .collect(),
            files: Vec::new(),
        },
        Some(model::Reply::Files { files }) => ReplyLists {
            headers: Vec::new(),
            files: files
                .iter()
                .map(|file| h::FileEntry {
                    name: &file.name,
                    bytes: file.bytes,
                    modified: &file.modified,
                })
                .collect(),
        },
        _ => ReplyLists::default(),
    }
}

pub(crate) fn reply<'a>(reply: &'a model::Reply, lists: &'a ReplyLists<'a>) -> h::Reply<'a> {
    match reply {
        model::Reply::Http { status, url, headers: _, body } => {
            h::Reply::Http(h::HttpReply { status: *status, url, headers: &lists.headers, body })
        }
        model::Reply::Files { .. } => h::Reply::Files(&lists.files),
        model::Reply::File { content } => h::Reply::File(content),
        model::Reply::Failed { message } => h::Reply::Failed(message),
    }
}
