//! Answers of the search box over the wire.

use serde::Serialize;
use taihu_model::{AchievementState, Field, Stage, TransferMode};
use taihu_service::{self as service, Kind, SearchPage};
use utoipa::ToSchema;

use super::achievement::Achievement;
use crate::http::cursor;
use crate::http::limits::FACET_VALUES_MAX;

/// A page of achievements.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Achievements {
    /// In the order of `sort`.
    achievements: Vec<Achievement>,
    /// How many there are in all.
    total: u64,
    /// With `facets=true`: for each kind of filter how many of all matches have each value. What a
    /// filter wants of a kind narrows the other kinds, not its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<Vec<Facet>>,
    /// Where the next page begins: hand it back as `cursor`. By date nothing is shown twice or missed
    /// while achievements are added; by relevance a change of the pool may move some across the end
    /// of a page.
    next: Option<String>,
}

/// How many matches have each value of a kind.
#[derive(Debug, Serialize, ToSchema)]
struct Facet {
    /// The parameter that narrows by it.
    #[schema(example = "field")]
    name: &'static str,
    /// The most first; at most 50.
    values: Vec<FacetValue>,
}

/// A value of a facet.
#[derive(Debug, Serialize, ToSchema)]
struct FacetValue {
    #[schema(example = "new_energy")]
    value: String,
    /// Its label, where there is one.
    #[schema(example = "新能源与节能")]
    value_zh: Option<String>,
    count: u64,
}

/// A stretch of a field in which the searched text stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Snippet {
    /// Name of the field.
    #[schema(example = "summary")]
    field: &'static str,
    /// The stretch; of a long field some 120 characters.
    #[schema(example = "用于动力电池的硅碳负极材料")]
    text: String,
    /// From and to of what is to be marked in `text`, ascending, in UTF-16 code units: what
    /// JavaScript's `substring` takes.
    #[schema(example = json!([[4, 6]]))]
    marks: Vec<[usize; 2]>,
}

impl From<service::FieldSnippet> for Snippet {
    fn from(snippet: service::FieldSnippet) -> Self {
        let units = |to: usize| snippet.text[..to].encode_utf16().count();
        let marks = snippet.marks.iter().map(|mark| [units(mark.start), units(mark.end)]).collect();
        Self { field: snippet.field, marks, text: snippet.text }
    }
}

/// The parameter that narrows by a kind.
pub(crate) const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::State => "state",
        Kind::Tenant => "tenant",
        Kind::Pool => "pool",
        Kind::Field => "field",
        Kind::Stage => "stage",
        Kind::Mode => "mode",
        Kind::Chain => "chain",
    }
}

/// What a value of a kind is called, if there is a vocabulary that says so.
pub(crate) fn label(kind: Kind, value: &str) -> Option<String> {
    let label = match kind {
        Kind::State => value.parse::<AchievementState>().ok()?.zh().to_owned(),
        Kind::Field => value.parse::<Field>().ok()?.zh().to_owned(),
        Kind::Stage => value.parse::<Stage>().ok()?.zh().to_owned(),
        Kind::Mode => value.parse::<TransferMode>().ok()?.zh().to_owned(),
        Kind::Tenant | Kind::Pool | Kind::Chain => return None,
    };
    (label != value).then_some(label)
}

impl Achievements {
    pub(crate) fn new(page: SearchPage, with_facets: bool, with_snippets: bool) -> Self {
        let facet = |facet: service::Facet| Facet {
            name: name(facet.kind),
            values: facet
                .values
                .into_iter()
                .take(FACET_VALUES_MAX)
                .map(|(value, count)| {
                    let value_zh = label(facet.kind, &value);
                    FacetValue { value, value_zh, count }
                })
                .collect(),
        };
        let found = page.found.into_iter().map(|found| {
            let snippets = with_snippets.then_some(found.snippets);
            Achievement::found(found.achievement, snippets)
        });
        Self {
            achievements: found.collect(),
            total: page.total,
            facets: with_facets.then(|| page.facets.into_iter().map(facet).collect()),
            next: page.next.map(|position| cursor::write("achievements", position)),
        }
    }
}

/// What somebody who has begun to type may mean.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestions {
    /// The most common first.
    suggestions: Vec<Suggestion>,
}

/// A keyword, an owner or the head of a title.
#[derive(Debug, Serialize, ToSchema)]
struct Suggestion {
    #[schema(example = "锂电池")]
    text: String,
    /// Published achievements that have it.
    count: u64,
}

impl From<Vec<service::Suggestion>> for Suggestions {
    fn from(found: Vec<service::Suggestion>) -> Self {
        let one = |one: service::Suggestion| Suggestion { text: one.text, count: one.count };
        Self { suggestions: found.into_iter().map(one).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_as_javascript_does() {
        let text = "𠮷电池a".to_owned();
        let marks = [(4, 10)].map(|(from, to)| from..to).to_vec();
        let snippet = service::FieldSnippet {
            field: "title",
            text,
            marks,
            begins_before: false,
            goes_on: false,
        };
        assert_eq!(Snippet::from(snippet).marks, [[2, 4]]);
    }
}
