//! A batch by columns, as it crosses into a guest: a handful of allocations, however many records.
//!
//! A table is made for one call and kept with the answer, so that quotes are cut out of exactly what
//! was sent.

use std::ops::Range;

use taihu_model::Sight;
use taihu_model::contract::{AchievementView, Attribute, AttributeValue, NeedView};

/// Some records of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) ids: Texts,
    pub(crate) columns: Vec<Column>,
}

/// One field of all records of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) values: Values,
}

/// The values of a column, one for each record.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    Text(Texts),
    Texts { items: Texts, ends: Vec<u32> },
    Integer { values: Vec<i64>, known: Vec<bool> },
    Boolean(Vec<bool>),
}

/// Texts in one, and where each ends, in bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    pub(crate) text: String,
    pub(crate) ends: Vec<u32>,
}

/// The fields that a plugin is shown: one or more columns for each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    achievement: Vec<&'static str>,
    need: Vec<&'static str>,
}

impl Shown {
    pub(crate) fn of(sight: &Sight) -> Self {
        Self {
            achievement: sight.achievement_fields().collect(),
            need: sight.need_fields().collect(),
        }
    }

    /// Makes the table of a batch.
    pub(crate) fn achievements(&self, views: &[AchievementView<'_>]) -> Table {
        let mut columns = Vec::with_capacity(self.achievement.len() + 2);
        for field in &self.achievement {
            achievement_columns(field, views, &mut columns);
        }
        Table { ids: texts(views, |view| &view.id), columns }
    }

    /// Makes the table of one need.
    pub(crate) fn need(&self, view: &NeedView<'_>) -> Table {
        let views = std::slice::from_ref(view);
        let column = |name: &&'static str| Column { name, values: need_values(name, views) };
        Table {
            ids: texts(views, |view| &view.id),
            columns: self.need.iter().map(column).collect(),
        }
    }
}

fn achievement_columns(
    field: &'static str,
    views: &[AchievementView<'_>],
    columns: &mut Vec<Column>,
) {
    let values = match field {
        "title" => Values::Text(texts(views, |view| &view.title)),
        "summary" => Values::Text(texts(views, |view| &view.summary)),
        "problem" => Values::Text(texts(views, |view| &view.problem)),
        "advantage" => Values::Text(texts(views, |view| &view.advantage)),
        "field" => Values::Text(texts(views, |view| &view.field)),
        "stage" => Values::Text(texts(views, |view| &view.stage)),
        "keywords" => lists(views, |view, items| items.extend(view.keywords.iter())),
        "transfer_modes" => lists(views, |view, items| items.extend(view.transfer_modes.iter())),
        "ipc" => lists(views, |view, items| items.extend(view.ipc.iter())),
        "industry" => lists(views, |view, items| items.extend(view.industry.iter())),
        "trial_offered" => booleans(views, |view| view.trial_offered),
        "trl" => {
            let level = integers(views, |view| view.trl.as_ref().map(|trl| i64::from(trl.level)));
            columns.push(Column { name: "trl", values: level });
            let estimated =
                booleans(views, |view| view.trl.as_ref().is_some_and(|trl| trl.estimated));
            columns.push(Column { name: "trl_estimated", values: estimated });
            let evidence = Values::Text(texts(views, |view| {
                view.trl.as_ref().map_or("", |trl| &trl.evidence)
            }));
            columns.push(Column { name: "trl_evidence", values: evidence });
            return;
        }
        "owners" | "inventors" | "ip_types" | "ip_statuses" => lists(views, |view, items| {
            if let Some(AttributeValue::Texts(list)) = attribute(&view.attributes, field) {
                items.extend(list.iter());
            }
        }),
        "price_fen" | "completeness_permille" | "year" => {
            integers(views, |view| match attribute(&view.attributes, field) {
                Some(AttributeValue::Integer(number)) => Some(*number),
                _ => None,
            })
        }
        _ => Values::Text(texts(views, |view| match attribute(&view.attributes, field) {
            Some(AttributeValue::Text(text)) => text,
            _ => "",
        })),
    };
    columns.push(Column { name: field, values });
}

fn need_values(field: &str, views: &[NeedView<'_>]) -> Values {
    match field {
        "ipc" => lists(views, |view, items| items.extend(view.ipc.iter())),
        "industry" => lists(views, |view, items| items.extend(view.industry.iter())),
        "budget_fen" => {
            integers(views, |view| view.budget_fen.and_then(|fen| i64::try_from(fen).ok()))
        }
        _ => Values::Text(texts(views, |view| match field {
            "title" => &view.title,
            "problem" => &view.problem,
            "technical_key" => &view.technical_key,
            "target_indicators" => &view.target_indicators,
            "tried" => &view.tried,
            "base_conditions" => &view.base_conditions,
            "cooperation_mode" => &view.cooperation_mode,
            "deadline" => &view.deadline,
            "chain" => &view.chain,
            _ => match attribute(&view.attributes, field) {
                Some(AttributeValue::Text(text)) => text,
                _ => "",
            },
        })),
    }
}

fn attribute<'a>(attributes: &'a [Attribute<'_>], key: &str) -> Option<&'a AttributeValue> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}

/// Where a text of this length ends. A batch is far smaller than 4 GiB: what is longer would not
/// fit a guest's memory anyway, and the call would end there.
fn end(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn texts<V>(views: &[V], get: impl Fn(&V) -> &str) -> Texts {
    let length = views.iter().map(|view| get(view).len()).sum();
    let mut texts =
        Texts { text: String::with_capacity(length), ends: Vec::with_capacity(views.len()) };
    for view in views {
        texts.push(get(view));
    }
    texts
}

fn lists<V>(views: &[V], extend: impl Fn(&V, &mut Texts)) -> Values {
    let mut items = Texts::default();
    let mut ends = Vec::with_capacity(views.len());
    for view in views {
        extend(view, &mut items);
        ends.push(end(items.ends.len()));
    }
    Values::Texts { items, ends }
}

fn integers<V>(views: &[V], get: impl Fn(&V) -> Option<i64>) -> Values {
    Values::Integer {
        values: views.iter().map(|view| get(view).unwrap_or(0)).collect(),
        known: views.iter().map(|view| get(view).is_some()).collect(),
    }
}

fn booleans<V>(views: &[V], get: impl Fn(&V) -> bool) -> Values {
    Values::Boolean(views.iter().map(get).collect())
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(end(self.text.len()));
    }

    fn extend<T: AsRef<str>>(&mut self, texts: impl Iterator<Item = T>) {
        for text in texts {
            self.push(text.as_ref());
        }
    }

    /// Where the text at a place begins: where the one before ends.
    fn start(&self, at: usize) -> usize {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        before.map_or(0, |end| *end as usize)
    }

    /// The text at a place; empty if there is none.
    pub(crate) fn at(&self, at: usize) -> &str {
        let end = self.ends.get(at).map_or(0, |end| *end as usize);
        self.text.get(self.start(at)..end).unwrap_or("")
    }
}

impl Table {
    /// How many records there are.
    pub(crate) fn rows(&self) -> usize {
        self.ids.ends.len()
    }
}

impl Values {
    /// The words of a record that a range may lie in, as a part of all words of the column: where it
    /// begins and ends. `None` if the column has no words.
    #[inline]
    pub(crate) fn words(&self, row: usize) -> Option<(&str, Range<usize>)> {
        match self {
            Self::Text(texts) => Some((&texts.text, texts.start(row)..texts.start(row + 1))),
            Self::Texts { items, ends } => {
                let (from, to) = bounds(ends, row);
                Some((&items.text, items.start(from)..items.start(to)))
            }
            Self::Integer { .. } | Self::Boolean(_) => None,
        }
    }

    /// Where the record's items end within its words; none if its words are one text.
    pub(crate) fn items(&self, row: usize) -> impl Iterator<Item = &str> {
        let (items, range) = match self {
            Self::Texts { items, ends } => (Some(items), bounds(ends, row)),
            _ => (None, (0, 0)),
        };
        (range.0..range.1).filter_map(move |at| items.map(|items| items.at(at)))
    }
}

fn bounds(ends: &[u32], row: usize) -> (usize, usize) {
    let end = |at: usize| ends.get(at).map_or(0, |end| *end as usize);
    (row.checked_sub(1).map_or(0, end), end(row))
}
