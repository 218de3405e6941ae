//! What goes over the wire: types of the API's own, made from the model's. Contact data and inner
//! digests have no place in them; a code that people read has its Chinese label beside it as `…_zh`.

pub(crate) mod achievement;
pub(crate) mod answers;
pub(crate) mod cost;
pub(crate) mod grant;
pub(crate) mod guarantee;
pub(crate) mod health;
pub(crate) mod ledger;
pub(crate) mod life;
pub(crate) mod log;
pub(crate) mod mapping;
pub(crate) mod matching;
pub(crate) mod need;
pub(crate) mod plugin;
pub(crate) mod pool;
pub(crate) mod publisher;
pub(crate) mod recall;
pub(crate) mod run;
pub(crate) mod search;
pub(crate) mod secret;
pub(crate) mod source;
pub(crate) mod tenant;
pub(crate) mod token;
pub(crate) mod voucher;

use serde::{Deserialize, Serialize};
use taihu_model::mask_contacts;
use utoipa::ToSchema;

/// A text for people: Chinese, and English beside it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Text {
    /// 中文。
    #[schema(example = "成熟度")]
    pub(crate) zh: String,
    /// English; may be empty.
    #[schema(example = "readiness")]
    pub(crate) en: String,
}

impl From<taihu_model::Text> for Text {
    fn from(text: taihu_model::Text) -> Self {
        Self { zh: text.zh, en: text.en }
    }
}

/// Which field of which record says so.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Evidence {
    /// `achievement` or `need`.
    subject: String,
    /// Name of the field.
    field: String,
    /// The words found there; may be empty.
    quote: String,
}

impl From<taihu_model::contract::Evidence> for Evidence {
    fn from(evidence: taihu_model::contract::Evidence) -> Self {
        let taihu_model::contract::Evidence { subject, field, quote } = evidence;
        Self { subject, field, quote }
    }
}

/// One reason why a record was not admitted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Reason {
    /// Name of the raw field; empty if it is the record as a whole.
    field: String,
    /// A stable code, such as `ip_check_digit`.
    code: String,
    /// The value that was wrong, at most 80 characters, telephone numbers and e-mail addresses in it
    /// `***`; empty for contact data.
    value: String,
    /// 错在哪里、如何改正。 What is wrong and what would be right.
    text: Text,
}

impl From<taihu_model::Reason> for Reason {
    fn from(reason: taihu_model::Reason) -> Self {
        let value = match is_contact(&reason.field) {
            true => String::new(),
            false => mask_contacts(&reason.value).into_owned(),
        };
        let text = masked(reason.text);
        Self { value, field: reason.field, code: reason.code, text }
    }
}

/// A text that may quote what a source delivered.
pub(crate) fn masked(text: taihu_model::Text) -> Text {
    let clean = |text: String| mask_contacts(&text).into_owned();
    Text { zh: clean(text.zh), en: clean(text.en) }
}

/// The name of the raw field that holds personal contact data.
pub(crate) fn is_contact(field: &str) -> bool {
    field == "contact"
}

/// Why something is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    /// 理由，最多1000字。 At most 1,000 characters.
    #[schema(example = "材料齐全")]
    pub(crate) reason: String,
}

pub(crate) fn list<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(U::from).collect()
}
