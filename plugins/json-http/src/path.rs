//! What a mapping can say: paths, alternatives, constants and templates.
//!
//! | written | means |
//! |---|---|
//! | `a.b` | the field `b` of the object `a`; of a list, of each of its items |
//! | `a[].b` | the same, said aloud; `a[0]` is the first item alone |
//! | `a \| b` | what `a` has, or if that is nothing, what `b` has |
//! | `=文本` | this text, always |
//! | `{a.no}（{a.kind}）` | a text with values in it; left out if one of them has nothing |
//! | `a[]: {no}（{kind}）` | such a text for every item of a list |

use crate::json::Json;
use crate::value;

/// Most characters of one expression: it is read by people.
const CHARS_MAX: usize = 500;

/// Most values that one expression finds in a record; the contract allows 512 of all fields.
const VALUES_MAX: usize = 200;

/// A path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    steps: Vec<Place>,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Name(String),
    Each,
    Nth(usize),
}

impl Path {
    /// Reads a path; an empty one is the value itself.
    ///
    /// # Errors
    /// What is wrong with it: Chinese, English.
    pub(crate) fn read(text: &str) -> Result<Self, (String, String)> {
        let text = text.trim();
        let wrong = || {
            (
                format!("路径“{text}”有误，应如 data.list、members[].name、items[0]"),
                format!(
                    "the path {text:?} is wrong; want such as data.list, members[].name, items[0]"
                ),
            )
        };
        let mut steps = Vec::new();
        if text.chars().count() > CHARS_MAX {
            return Err(wrong());
        }
        for part in text.split('.').filter(|_| !text.is_empty()) {
            let (name, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            let name = name.trim();
            if name.is_empty() && (rest.is_empty() || !steps.is_empty()) || name.contains(']') {
                return Err(wrong());
            }
            if !name.is_empty() {
                steps.push(Place::Name(name.to_owned()));
            }
            while !rest.is_empty() {
                let (inside, after) = rest
                    .strip_prefix('[')
                    .and_then(|rest| rest.split_once(']'))
                    .ok_or_else(wrong)?;
                steps.push(match inside.trim() {
                    "" => Place::Each,
                    number => Place::Nth(number.parse().map_err(|_| wrong())?),
                });
                rest = after;
            }
        }
        Ok(Self { steps, text: text.to_owned() })
    }

    /// The path as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// True if it is the value itself.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The names of the path if it has nothing else.
    pub(crate) fn names(&self) -> Option<Vec<&str>> {
        self.steps.iter().map(Place::name).collect()
    }

    /// What is there, in order; of a list at the end its items.
    pub(crate) fn find<'a>(&self, from: &'a Json) -> Vec<&'a Json> {
        let mut found = vec![from];
        for step in &self.steps {
            found = found.into_iter().flat_map(|json| step.find(json)).take(VALUES_MAX).collect();
        }
        let flat = found.into_iter().flat_map(|json| match json {
            Json::List(items) => items.iter().collect(),
            other => vec![other],
        });
        flat.filter(|json| **json != Json::Null).take(VALUES_MAX).collect()
    }

    /// The first thing there is.
    pub(crate) fn first<'a>(&self, from: &'a Json) -> Option<&'a Json> {
        self.find(from).first().copied()
    }
}

impl Place {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Each | Self::Nth(_) => None,
        }
    }

    fn find<'a>(&self, json: &'a Json) -> Vec<&'a Json> {
        match (self, json) {
            (Self::Name(name), Json::List(items)) => {
                items.iter().filter_map(|item| item.get(name)).collect()
            }
            (Self::Name(name), json) => json.get(name).into_iter().collect(),
            (Self::Each, Json::List(items)) => items.iter().collect(),
            (Self::Nth(at), Json::List(items)) => items.get(*at).into_iter().collect(),
            // Some servers write a list of one as the one.
            (Self::Each | Self::Nth(0), other) => vec![other],
            (Self::Nth(_), _) => Vec::new(),
        }
    }
}

/// An expression of the mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expression {
    /// The first of these that has something.
    FirstOf(Vec<Path>),
    /// Always this text.
    Constant(String),
    /// A text with values in it, for every item of a list (or the record itself).
    Template {
        /// The list; empty for the record itself.
        each: Path,
        /// Texts and paths in turn.
        parts: Vec<Part>,
    },
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// As it stands.
    Text(String),
    /// What is there.
    Value(Path),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it: Chinese, English.
    pub(crate) fn read(text: &str) -> Result<Self, (String, String)> {
        if let Some(constant) = text.trim().strip_prefix('=') {
            return Ok(Self::Constant(constant.trim().to_owned()));
        }
        if text.contains('{') {
            let (each, template) = match text.split_once("[]:") {
                Some((list, template)) if !list.contains('{') => (list, template.trim()),
                _ => ("", text.trim()),
            };
            return Ok(Self::Template { each: Path::read(each)?, parts: parts(template)? });
        }
        let paths: Result<Vec<Path>, _> = text.split('|').map(Path::read).collect();
        let paths = paths?;
        if paths.iter().any(Path::is_empty) {
            return Err(("路径不能为空".to_owned(), "a path must not be empty".to_owned()));
        }
        Ok(Self::FirstOf(paths))
    }

    /// The values of a record: what the source calls each, and the text. Values that are no text
    /// are counted in `unfit`.
    pub(crate) fn values(&self, record: &Json, unfit: &mut Vec<String>) -> Vec<(String, String)> {
        match self {
            Self::Constant(text) => vec![(String::new(), text.clone())],
            Self::FirstOf(paths) => {
                for path in paths {
                    let texts = texts(path, record, unfit);
                    if !texts.is_empty() {
                        let name = |text| (path.as_str().to_owned(), text);
                        return texts.into_iter().map(name).collect();
                    }
                }
                Vec::new()
            }
            Self::Template { each, parts } => {
                let scopes = if each.is_empty() { vec![record] } else { each.find(record) };
                let origin = origin(each, parts);
                let filled = scopes.into_iter().filter_map(|scope| fill(parts, scope, unfit));
                filled.map(|text| (origin.clone(), text)).collect()
            }
        }
    }
}

fn parts(template: &str) -> Result<Vec<Part>, (String, String)> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        let Some((inside, after)) = after.split_once('}') else {
            return Err((
                format!("模板“{template}”缺少右花括号"),
                format!("a brace is not closed in {template:?}"),
            ));
        };
        parts.push(Part::Value(Path::read(inside)?));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

fn fill(parts: &[Part], scope: &Json, unfit: &mut Vec<String>) -> Option<String> {
    let mut filled = String::new();
    for part in parts {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Value(path) => {
                let texts = texts(path, scope, unfit);
                if texts.is_empty() {
                    return None;
                }
                filled.push_str(&texts.join("、"));
            }
        }
    }
    Some(filled)
}

/// What a template reads, for people: `price.amount、price.unit`.
fn origin(each: &Path, parts: &[Part]) -> String {
    let path = |part: &Part| match part {
        Part::Value(path) if each.is_empty() => Some(path.as_str().to_owned()),
        Part::Value(path) => Some(format!("{}[].{}", each.as_str(), path.as_str())),
        Part::Text(_) => None,
    };
    parts.iter().filter_map(path).collect::<Vec<_>>().join("、")
}

fn texts(path: &Path, record: &Json, unfit: &mut Vec<String>) -> Vec<String> {
    let mut texts = Vec::new();
    for json in path.find(record) {
        match value::text(json) {
            Some(text) if text.is_empty() => {}
            Some(text) => texts.push(text),
            None => unfit.push(path.as_str().to_owned()),
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    const RECORD: &str = r#"{
        "name": "甲", "empty": "", "none": null, "n": 3, "yes": true,
        "detail": {"intro": "乙", "price": {"amount": 120, "unit": "万元"}},
        "members": [{"name": "张"}, {"name": "李"}, {"other": 1}],
        "rights": [{"no": "1", "kind": "发明"}, {"no": "2"}],
        "tags": ["x", "y"], "one": {"name": "王"}
    }"#;

    #[track_caller]
    fn check(expression: &str, want: &[&str], unfit: usize) {
        let record = Json::read(serde_json::from_str::<&RawValue>(RECORD).unwrap());
        let mut odd = Vec::new();
        let values = Expression::read(expression).unwrap().values(&record, &mut odd);
        let texts: Vec<&str> = values.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!((texts.as_slice(), odd.len()), (want, unfit), "{expression}");
    }

    #[test]
    fn expressions_find_values() {
        check("name", &["甲"], 0);
        check(" detail.intro ", &["乙"], 0);
        check("none | empty | detail.intro", &["乙"], 0);
        check("members[].name", &["张", "李"], 0);
        check("members.name", &["张", "李"], 0);
        check("members[1].name", &["李"], 0);
        check("members[7].name", &[], 0);
        check("one[].name", &["王"], 0);
        check("tags", &["x", "y"], 0);
        check("n", &["3"], 0);
        check("yes", &["是"], 0);
        check("missing.deep", &[], 0);
        check("=公开", &["公开"], 0);
        check("{detail.price.amount}{detail.price.unit}", &["120万元"], 0);
        check("{detail.price.amount}{missing}", &[], 0);
        check("rights[]: {no}（{kind}）", &["1（发明）"], 0);
        check("{tags}", &["x、y"], 0);
        check("detail", &[], 1);
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for wrong in ["", "a..b", "a[", "a[x]", "a | ", "{a", "a]b", "a.[0]"] {
            assert!(Expression::read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Path::read("a.b").unwrap().names(), Some(vec!["a", "b"]));
        assert_eq!(Path::read("a[].b").unwrap().names(), None);
    }
}
