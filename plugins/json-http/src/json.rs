//! JSON that keeps what a mapping needs: numbers as they were written, and every record verbatim.
//!
//! A number stays text, because `202211335527.0` is a patent number whose last digit counts.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Deepest nesting that is read; what lies deeper counts as absent.
const DEPTH_MAX: usize = 32;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`, or what is nested too deeply.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object; of equal names the last counts.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Reads a value that was already found to be JSON.
    pub(crate) fn read(raw: &RawValue) -> Self {
        Self::nested(raw, 0)
    }

    fn nested(raw: &RawValue, depth: usize) -> Self {
        let text = raw.get();
        if depth == DEPTH_MAX {
            return Self::Null;
        }
        match text.as_bytes().first() {
            Some(b'{') => {
                let fields = object(raw).unwrap_or_default();
                let read = |(name, value)| (name, Self::nested(value, depth + 1));
                Self::Object(fields.into_iter().map(read).collect())
            }
            Some(b'[') => {
                let items = list(raw).unwrap_or_default();
                Self::List(items.into_iter().map(|item| Self::nested(item, depth + 1)).collect())
            }
            // A lone surrogate is JSON and no text: nothing can be made of it.
            Some(b'"') => serde_json::from_str(text).map_or(Self::Null, Self::Text),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(text.to_owned()),
        }
    }

    /// The value of a name of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.get(name),
            _ => None,
        }
    }

    /// Says what it is, to a person: Chinese, English.
    pub(crate) fn kind(&self) -> (&'static str, &'static str) {
        match self {
            Self::Null => ("空值", "null"),
            Self::Bool(_) => ("真假值", "a boolean"),
            Self::Number(_) => ("数字", "a number"),
            Self::Text(_) => ("文本", "a text"),
            Self::List(_) => ("列表", "a list"),
            Self::Object(_) => ("对象", "an object"),
        }
    }
}

/// The fields of an object, not read any further; `None` if it is none.
pub(crate) fn object(raw: &RawValue) -> Option<BTreeMap<String, &RawValue>> {
    if raw.get().starts_with('{') { serde_json::from_str(raw.get()).ok() } else { None }
}

/// The items of a list, not read any further; `None` if it is none.
pub(crate) fn list(raw: &RawValue) -> Option<Vec<&RawValue>> {
    if raw.get().starts_with('[') { serde_json::from_str(raw.get()).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Json {
        Json::read(serde_json::from_str::<&RawValue>(text).unwrap())
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        let json =
            read("{\"a\": 202211335527.0, \"b\": [12345678901234567890, 1e3], \"a\\u0062\": null}");
        assert_eq!(json.get("a"), Some(&Json::Number("202211335527.0".into())));
        let numbers = ["12345678901234567890", "1e3"].map(|text| Json::Number(text.into()));
        assert_eq!(json.get("b"), Some(&Json::List(numbers.to_vec())));
        assert_eq!(json.get("ab"), Some(&Json::Null));
    }

    #[test]
    fn what_is_nested_too_deeply_is_absent() {
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        let mut json = &read(&deep);
        let mut depth = 0;
        while let Json::List(items) = json {
            json = &items[0];
            depth += 1;
        }
        assert_eq!((depth, json), (DEPTH_MAX, &Json::Null));
    }
}
