//! The configuration of one interface.

use std::collections::BTreeMap;

use serde::Deserialize;
use taihu_plugin::{Context, Failure, RAW_FIELDS};

use crate::path::{Expression, Path};
use crate::request::Body;
use crate::time::SinceFormat;

/// Bounds of `pages_max`.
const PAGES: std::ops::RangeInclusive<u32> = 1..=100_000;

/// Bounds of `page_size`.
const SIZES: std::ops::RangeInclusive<u64> = 1..=1_000;

/// How the next page is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paging {
    /// There is one page.
    None,
    /// By its number.
    Page,
    /// By the number of records before it.
    Offset,
    /// By a text that the server gave.
    Cursor,
    /// By a URL that the server gave.
    Link,
}

/// A mark in a reply or record: a path, and the values that count.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    /// Where it stands.
    pub(crate) path: Path,
    /// The values that count.
    pub(crate) values: Vec<String>,
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Where the interface answers.
    pub(crate) base_url: String,
    /// Arguments of the URL, with placeholders.
    pub(crate) query: BTreeMap<String, String>,
    /// The body of a POST; none for GET.
    pub(crate) body: Option<Body>,
    /// How the next page is found.
    pub(crate) paging: Paging,
    /// Number of the first page.
    pub(crate) first_page: u64,
    /// Records of a page.
    pub(crate) page_size: u64,
    /// Where the next cursor or URL stands; empty for the `Link` header.
    pub(crate) next: Path,
    /// Where it says whether more follows; empty if nowhere.
    pub(crate) more: Path,
    /// Where the number of all records stands; empty if nowhere.
    pub(crate) total: Path,
    /// The mark of success, if there is one.
    pub(crate) ok: Option<Mark>,
    /// Where the text of an error stands; empty if nowhere.
    pub(crate) message: Path,
    /// The names that lead to the list of records.
    pub(crate) items: Path,
    /// Where a record's identifier stands.
    pub(crate) id: Path,
    /// The kernel's field → what fills it.
    pub(crate) fields: Vec<(String, Expression)>,
    /// Field and code → value.
    pub(crate) codes: BTreeMap<String, String>,
    /// Field → separator of values that become one.
    pub(crate) joins: BTreeMap<String, String>,
    /// Where the time of the last change stands; empty if nowhere.
    pub(crate) datestamp: Path,
    /// The mark of a withdrawn record, if there is one.
    pub(crate) deleted: Option<Mark>,
    /// How `${since}` is written.
    pub(crate) since_format: SinceFormat,
    /// Most pages of one run.
    pub(crate) pages_max: u32,
}

/// As it is written.
#[derive(Deserialize)]
#[serde(default)]
struct Raw {
    base_url: String,
    query: BTreeMap<String, String>,
    body: String,
    body_type: String,
    paging: String,
    first_page: u64,
    page_size: u64,
    next: String,
    more: String,
    total: String,
    ok: String,
    message: String,
    items: String,
    id: String,
    fields: BTreeMap<String, String>,
    codes: BTreeMap<String, String>,
    joins: BTreeMap<String, String>,
    datestamp: String,
    deleted: String,
    since_format: String,
    pages_max: u32,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            query: BTreeMap::new(),
            body: String::new(),
            body_type: "json".to_owned(),
            paging: "none".to_owned(),
            first_page: 1,
            page_size: 100,
            next: String::new(),
            more: String::new(),
            total: String::new(),
            ok: String::new(),
            message: String::new(),
            items: String::new(),
            id: String::new(),
            fields: BTreeMap::new(),
            codes: BTreeMap::new(),
            joins: BTreeMap::new(),
            datestamp: String::new(),
            deleted: String::new(),
            since_format: "instant".to_owned(),
            pages_max: 5_000,
        }
    }
}

impl Config {
    /// Reads and checks the configuration of a source.
    ///
    /// # Errors
    /// `bad-config` that names the key and what would be right.
    pub(crate) fn read(context: &Context) -> Result<Self, Failure> {
        let raw: Raw = context.config()?;
        let base_url = raw.base_url.trim().to_owned();
        let scheme = ["http://", "https://"].iter().any(|scheme| base_url.starts_with(scheme));
        if !scheme || base_url.contains([' ', '#', '\n']) {
            return Err(wrong(
                "base_url",
                "应为以 http:// 或 https:// 开头的接口地址",
                "must be a URL with http or https, without blanks and fragment",
            ));
        }
        if !SIZES.contains(&raw.page_size) {
            return Err(wrong("page_size", "应在 1 至 1000 之间", "lies between 1 and 1000"));
        }
        if !PAGES.contains(&raw.pages_max) {
            return Err(wrong("pages_max", "应在 1 至 100000 之间", "lies between 1 and 100000"));
        }
        let items = path("items", &raw.items)?;
        if items.names().is_none() {
            return Err(wrong(
                "items",
                "只能由字段名组成，如 data.list",
                "has names only, such as data.list",
            ));
        }
        let config = Self {
            body: Body::read(&raw.body, &raw.body_type)?,
            paging: paging(&raw)?,
            next: path("next", &raw.next)?,
            more: path("more", &raw.more)?,
            total: path("total", &raw.total)?,
            ok: mark("ok", &raw.ok)?,
            message: path("message", &raw.message)?,
            id: path("id", &raw.id)?,
            fields: fields(&raw.fields)?,
            datestamp: path("datestamp", &raw.datestamp)?,
            deleted: mark("deleted", &raw.deleted)?,
            since_format: SinceFormat::named(raw.since_format.trim()).ok_or_else(|| {
                wrong(
                    "since_format",
                    "应为 instant、day、datetime、epoch_s 或 epoch_ms",
                    "is one of instant, day, datetime, epoch_s, epoch_ms",
                )
            })?,
            base_url,
            items,
            query: raw.query,
            first_page: raw.first_page,
            page_size: raw.page_size,
            codes: raw.codes,
            joins: raw.joins,
            pages_max: raw.pages_max,
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.id.is_empty() {
            return Err(wrong("id", "不能为空：没有稳定的标识就无法更新", "must not be empty"));
        }
        for key in self.codes.keys().map(|key| key.split(':').next().unwrap_or_default()) {
            known("codes", key)?;
        }
        for key in self.joins.keys() {
            known("joins", key)?;
        }
        let wanted = match self.paging {
            Paging::None | Paging::Link => return Ok(()),
            Paging::Page => "${page}",
            Paging::Offset => "${offset}",
            Paging::Cursor => "${cursor}",
        };
        if self.paging == Paging::Cursor && self.next.is_empty() {
            return Err(wrong(
                "next",
                "按游标翻页时须填游标所在路径",
                "must say where the next cursor stands",
            ));
        }
        if self.mentions(wanted) {
            return Ok(());
        }
        Err(Failure::bad_config(
            format!("query 和 body 中都没有 {wanted}，无法翻页"),
            format!("neither `query` nor `body` has {wanted}; pages could not be turned"),
        ))
    }

    /// Says whether the request has a placeholder.
    pub(crate) fn mentions(&self, placeholder: &str) -> bool {
        let in_body = self.body.as_ref().is_some_and(|body| body.mentions(placeholder));
        in_body || self.query.values().any(|value| value.contains(placeholder))
    }
}

fn paging(raw: &Raw) -> Result<Paging, Failure> {
    Ok(match raw.paging.trim() {
        "none" => Paging::None,
        "page" => Paging::Page,
        "offset" => Paging::Offset,
        "cursor" => Paging::Cursor,
        "link" => Paging::Link,
        _ => {
            return Err(wrong(
                "paging",
                "应为 none、page、offset、cursor 或 link",
                "is one of none, page, offset, cursor, link",
            ));
        }
    })
}

fn fields(raw: &BTreeMap<String, String>) -> Result<Vec<(String, Expression)>, Failure> {
    if raw.is_empty() {
        return Err(wrong("fields", "不能为空", "must not be empty"));
    }
    let mut fields = Vec::with_capacity(raw.len());
    for (name, text) in raw {
        known("fields", name)?;
        let expression = Expression::read(text)
            .map_err(|(zh, en)| wrong(&format!("fields.{name}"), &zh, &en))?;
        fields.push((name.clone(), expression));
    }
    Ok(fields)
}

fn known(key: &str, field: &str) -> Result<(), Failure> {
    if RAW_FIELDS.contains(&field) {
        return Ok(());
    }
    Err(Failure::bad_config(
        format!("{key} 中的“{field}”不是平台字段；可用：{}", RAW_FIELDS.join("、")),
        format!("{key}.{field} is no field; want one of {}", RAW_FIELDS.join(", ")),
    ))
}

fn path(key: &str, text: &str) -> Result<Path, Failure> {
    Path::read(text).map_err(|(zh, en)| wrong(key, &zh, &en))
}

/// `status=deleted,offline`.
fn mark(key: &str, text: &str) -> Result<Option<Mark>, Failure> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let Some((at, values)) = text.split_once('=') else {
        return Err(wrong(key, "应如 status=deleted", "is written as status=deleted"));
    };
    let values = values.split(',').map(|value| value.trim().to_owned()).collect();
    Ok(Some(Mark { path: path(key, at)?, values }))
}

fn wrong(key: &str, zh: &str, en: &str) -> Failure {
    Failure::bad_config(format!("{key} {zh}"), format!("{key} {en}"))
}
