//! The record on the desk: its values by name, and what was found wrong or odd so far.

use std::collections::BTreeMap;

use super::{
    NOTES_MAX, RAW_FIELDS, RAW_VALUE_BYTES_MAX, RAW_VALUES_MAX, REASONS_MAX, RECORD_BYTES_MAX,
    Reason,
};
use crate::contract::RawRecord;
use crate::{Text, normalise, normalise_prose};

/// One value of a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    /// As it came.
    pub(super) raw: &'a str,
    /// What the source calls it; empty for a default.
    pub(super) origin: &'a str,
}

/// The record, and what was found.
pub(super) struct Desk<'a> {
    values: BTreeMap<&'static str, Vec<Value<'a>>>,
    defaults: &'a BTreeMap<String, String>,
    reasons: Vec<Reason>,
    notes: Vec<Reason>,
}

/// What people write where they have nothing to say.
const NOTHING: &[&str] = &[
    "无",
    "暂无",
    "没有",
    "无。",
    "空",
    "未填",
    "未填写",
    "待定",
    "待补充",
    "不详",
    "未知",
    "/",
    "//",
    "\\",
    "-",
    "--",
    "---",
    "—",
    "——",
    "–",
    "_",
    "*",
    ".",
    "。",
    "...",
    "…",
    "……",
    "n/a",
    "na",
    "#n/a",
    "null",
    "none",
    "nil",
    "nan",
    "undefined",
    "#value!",
    "#ref!",
    "tbd",
    "?",
    "？",
];

/// Says whether a normalised text says nothing: empty, or a placeholder such as 无 or `N/A`.
pub(super) fn is_nothing(text: &str) -> bool {
    text.is_empty() || text.chars().count() <= 9 && NOTHING.contains(&text.to_lowercase().as_str())
}

impl<'a> Desk<'a> {
    /// Sorts the values of a record by name.
    pub(super) fn open(raw: &'a RawRecord, defaults: &'a BTreeMap<String, String>) -> Self {
        let mut desk =
            Self { values: BTreeMap::new(), defaults, reasons: Vec::new(), notes: Vec::new() };
        if raw.fields.len() > RAW_VALUES_MAX {
            let count = raw.fields.len();
            desk.reason(
                "",
                "too_many_values",
                "",
                format!("共{count}个字段值，最多{RAW_VALUES_MAX}个"),
                format!("the record has {count} values, at most {RAW_VALUES_MAX} are read"),
            );
        }
        let mut bytes = 0;
        for field in raw.fields.iter().take(RAW_VALUES_MAX) {
            bytes += field.value.len();
            if bytes > RECORD_BYTES_MAX {
                desk.reason(
                    "",
                    "record_too_long",
                    "",
                    format!("该记录超过{RECORD_BYTES_MAX}字节，其余未读"),
                    format!(
                        "the record has more than {RECORD_BYTES_MAX} bytes; the rest was not read"
                    ),
                );
                break;
            }
            let Some(name) = known(&field.name) else {
                desk.note(
                    &normalise(&field.name.chars().take(64).collect::<String>()),
                    "field_unknown",
                    &field.value,
                    "平台没有这个字段，已忽略",
                    "there is no field of this name; it was left out",
                );
                continue;
            };
            let value = Value { raw: desk.bounded(name, &field.value), origin: &field.origin };
            if !value.raw.trim().is_empty() {
                desk.values.entry(name).or_default().push(value);
            }
        }
        desk
    }

    /// Refuses a value that is longer than the contract allows, and reads only its beginning.
    fn bounded(&mut self, name: &str, value: &'a str) -> &'a str {
        if value.len() <= RAW_VALUE_BYTES_MAX {
            return value;
        }
        let bytes = value.len();
        self.reason(
            name,
            "value_too_long",
            value,
            format!("该值{bytes}字节，上限{RAW_VALUE_BYTES_MAX}字节"),
            format!("the value has {bytes} bytes, at most {RAW_VALUE_BYTES_MAX} are read"),
        );
        &value[..value.floor_char_boundary(RAW_VALUE_BYTES_MAX)]
    }

    /// The values of a field that say something; the source's default where there are none.
    pub(super) fn values(&self, name: &'static str) -> Vec<Value<'a>> {
        let own = self.values.get(name).map_or(&[][..], Vec::as_slice).iter().copied();
        let said: Vec<_> = own.filter(|value| !is_nothing(&normalise(value.raw))).collect();
        if said.is_empty() { self.default_of(name).into_iter().collect() } else { said }
    }

    /// Says whether a record answers a yes-or-no field with 无 or 没有, which elsewhere say nothing.
    pub(super) fn says_no(&self, name: &'static str) -> bool {
        let own = self.values.get(name).and_then(|values| values.first());
        own.is_some_and(|value| matches!(normalise(value.raw).as_str(), "无" | "没有" | "无。"))
    }

    /// The source's default for a field.
    pub(super) fn default_of(&self, name: &str) -> Option<Value<'a>> {
        let raw = self.defaults.get(name)?.as_str();
        let raw = &raw[..raw.floor_char_boundary(RAW_VALUE_BYTES_MAX)];
        (!is_nothing(&normalise(raw))).then_some(Value { raw, origin: "" })
    }

    /// The first value of a field, normalised, and its origin. More values are noted and left out.
    pub(super) fn first(&mut self, name: &'static str) -> Option<(String, &'a str)> {
        self.first_by(name, normalise)
    }

    /// [`Desk::first`] of what people read.
    pub(super) fn first_prose(&mut self, name: &'static str) -> Option<String> {
        self.first_by(name, normalise_prose).map(|(text, _)| text)
    }

    fn first_by(
        &mut self,
        name: &'static str,
        normal: fn(&str) -> String,
    ) -> Option<(String, &'a str)> {
        let values = self.values(name);
        let first = values.first()?;
        let text = normal(first.raw);
        if let Some(other) =
            values.iter().map(|value| normal(value.raw)).find(|other| *other != text)
        {
            self.note(
                name,
                "more_values",
                &other,
                "有多个值，只取第一个",
                "there are several values; the first one was taken",
            );
        }
        Some((text, first.origin))
    }

    /// Something against the record.
    pub(super) fn reason(
        &mut self,
        field: &str,
        code: &str,
        value: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        if self.reasons.len() == REASONS_MAX {
            let text = Text::new(
                format!("原因超过{REASONS_MAX}条，其余未列出"),
                format!("there are more than {REASONS_MAX} reasons; the others are not listed"),
            );
            self.reasons.push(Reason::new("", "more_reasons", "", text));
        } else if self.reasons.len() < REASONS_MAX {
            self.reasons.push(Reason::new(field, code, &normalise_value(value), Text::new(zh, en)));
        }
    }

    /// Something guessed, converted or left out.
    pub(super) fn note(
        &mut self,
        field: &str,
        code: &str,
        value: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(Reason::new(field, code, &normalise_value(value), Text::new(zh, en)));
        }
    }

    /// The notes, or the reasons if there are any.
    pub(super) fn close(mut self) -> Result<Vec<Reason>, Vec<Reason>> {
        let place = |reason: &Reason| {
            RAW_FIELDS.iter().position(|name| *name == reason.field).unwrap_or(usize::MAX)
        };
        if self.reasons.is_empty() {
            self.notes.sort_by_key(place);
            return Ok(self.notes);
        }
        self.reasons.sort_by_key(place);
        Err(self.reasons)
    }
}

fn known(name: &str) -> Option<&'static str> {
    RAW_FIELDS.iter().copied().find(|known| *known == name)
}

/// The beginning of a value as it is shown: one line, without control characters.
fn normalise_value(value: &str) -> String {
    normalise(&value[..value.floor_char_boundary(400)])
}
