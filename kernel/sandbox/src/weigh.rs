//! How many bytes cross: the text, the numbers and the bytes of what goes into a guest and of what
//! comes out of it. For the ledger of costs; the limits count for themselves.

use crate::bindings::exports::taihu::plugin::{classifying as c, harvesting as h, scoring as s};
use crate::bindings::taihu::plugin::types as t;
use crate::table::{Table, Texts, Values};

/// Something that crosses.
pub(crate) trait Weigh {
    /// Its size in bytes.
    fn bytes(&self) -> usize;
}

impl Weigh for String {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl<T: Weigh> Weigh for Vec<T> {
    fn bytes(&self) -> usize {
        self.iter().map(Weigh::bytes).sum()
    }
}

impl Weigh for Table {
    fn bytes(&self) -> usize {
        let columns = self.columns.iter().map(|column| match &column.values {
            Values::Text(texts) => texts.bytes(),
            Values::Texts { items, ends } => items.bytes() + size_of_val(ends.as_slice()),
            Values::Integer { values, known } => size_of_val(values.as_slice()) + known.len(),
            Values::Boolean(values) => values.len(),
        });
        self.ids.bytes() + columns.sum::<usize>()
    }
}

impl Weigh for Texts {
    fn bytes(&self) -> usize {
        self.text.len() + size_of_val(self.ends.as_slice())
    }
}

impl Weigh for taihu_model::contract::Reply {
    fn bytes(&self) -> usize {
        match self {
            Self::Http { url, headers, body, .. } => {
                let header = |it: &taihu_model::contract::Header| it.name.len() + it.value.len();
                url.len() + headers.iter().map(header).sum::<usize>() + body.len()
            }
            Self::Files { files } => files.iter().map(|it| it.name.len() + it.modified.len()).sum(),
            Self::File { content } => content.len(),
            Self::Failed { message } => message.len(),
        }
    }
}

impl Weigh for s::Scores {
    fn bytes(&self) -> usize {
        size_of_val(self.scores.as_slice())
            + size_of_val(self.factors.as_slice())
            + size_of_val(self.evidence.as_slice())
    }
}

impl Weigh for t::Evidence {
    fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}

impl Weigh for t::Text {
    fn bytes(&self) -> usize {
        self.zh.len() + self.en.len()
    }
}

impl Weigh for t::Failure {
    fn bytes(&self) -> usize {
        let (Self::BadConfig(it) | Self::BadInput(it) | Self::Upstream(it) | Self::Internal(it)) =
            self;
        it.bytes()
    }
}

impl Weigh for s::Description {
    fn bytes(&self) -> usize {
        self.factors.iter().map(|it| it.key.len() + it.label.bytes()).sum()
    }
}

impl Weigh for c::Description {
    fn bytes(&self) -> usize {
        let category = |it: &c::Category| it.code.len() + it.label.bytes() + it.parent.len();
        let own = |it: &c::OwnField| it.key.len() + it.label.bytes() + it.kind.len();
        self.label.bytes()
            + self.categories.iter().map(category).sum::<usize>()
            + self.own_fields.iter().map(own).sum::<usize>()
    }
}

impl Weigh for c::Decision {
    fn bytes(&self) -> usize {
        let reason = |it: &c::Reason| it.text.bytes() + it.evidence.bytes();
        let field = |it: &c::Attribute| {
            it.key.len()
                + match &it.value {
                    t::AttributeValueResult::Text(text) => text.len(),
                    t::AttributeValueResult::Texts(texts) => texts.bytes(),
                    t::AttributeValueResult::Integer(_) | t::AttributeValueResult::Boolean(_) => 8,
                }
        };
        size_of_val(&self.row)
            + self.category.len()
            + self.reasons.iter().map(reason).sum::<usize>()
            + self.fields.iter().map(field).sum::<usize>()
    }
}

impl Weigh for h::Description {
    fn bytes(&self) -> usize {
        self.label.bytes()
    }
}

impl Weigh for h::Step {
    fn bytes(&self) -> usize {
        let warning = |it: &h::Warning| it.place.len() + it.text.bytes();
        match self {
            Self::Ask(ask) => {
                ask.state.len()
                    + match &ask.request {
                        h::Request::Http(it) => {
                            let header = |it: &h::HeaderResult| it.name.len() + it.value.len();
                            let headers = it.headers.iter().map(header).sum::<usize>();
                            it.method.len() + it.url.len() + headers + it.body.len()
                        }
                        h::Request::ListFiles => 0,
                        h::Request::ReadFile(name) => name.len(),
                    }
            }
            Self::Page(page) => {
                let field = |it: &h::RawField| it.name.len() + it.value.len() + it.origin.len();
                let record = |it: &h::RawRecord| {
                    it.source_id.len()
                        + it.datestamp.len()
                        + it.place.len()
                        + it.verbatim.len()
                        + it.fields.iter().map(field).sum::<usize>()
                };
                let tombstone = |it: &h::Tombstone| it.source_id.len() + it.datestamp.len();
                page.records.iter().map(record).sum::<usize>()
                    + page.tombstones.iter().map(tombstone).sum::<usize>()
                    + page.warnings.iter().map(warning).sum::<usize>()
                    + page.state.len()
            }
            Self::Done(summary) => summary.warnings.iter().map(warning).sum(),
        }
    }
}
