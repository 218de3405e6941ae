//! From the kernel's views to what crosses into a guest: everything borrowed, no string copied.

use taihu_model::contract as model;

use crate::bindings::exports::taihu::plugin::harvesting as h;
use crate::bindings::taihu::plugin::types as t;
use crate::table::{Column, Table, Texts, Values};

pub(crate) fn context(context: &model::Context) -> t::Context<'_> {
    t::Context {
        tenant: &context.tenant,
        config: &context.config,
        today: &context.today,
        attributes: &[],
    }
}

/// The columns of a table; they must outlive it as it crosses.
pub(crate) fn columns(table: &Table) -> Vec<t::Column<'_>> {
    table.columns.iter().map(column).collect()
}

fn column(column: &Column) -> t::Column<'_> {
    t::Column { name: column.name, values: values(&column.values) }
}

/// A table, with its columns as [`columns`] made them.
pub(crate) fn table<'a>(table: &'a Table, columns: &'a [t::Column<'a>]) -> t::Table<'a> {
    t::Table { ids: texts(&table.ids), columns }
}

fn texts(texts: &Texts) -> t::Texts<'_> {
    t::Texts { text: &texts.text, ends: &texts.ends }
}

fn values(values: &Values) -> t::Values<'_> {
    match values {
        Values::Text(text) => t::Values::Text(texts(text)),
        Values::Texts { items, ends } => {
            t::Values::Texts(t::TextLists { items: texts(items), ends })
        }
        Values::Integer { values, known } => t::Values::Integer(t::Integers { values, known }),
        Values::Boolean(values) => t::Values::Boolean(values),
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
