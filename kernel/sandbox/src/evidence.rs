//! What evidence points to: a column of a table that was sent, and words of it.

use taihu_model::contract as model;
use taihu_model::{Field, Form, IpStatus, IpType, Level, Sight, Stage, TransferMode};

use crate::bindings::taihu::plugin::types as t;
use crate::limits;
use crate::table::{Column, Table, Values};

/// The tables that one answer is about, and the record that it speaks of.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) achievements: &'a Table,
    pub(crate) row: usize,
    /// Has one record; its columns are counted after those of the achievements.
    pub(crate) need: Option<&'a Table>,
}

/// Evidence out of the three numbers of a flat list.
pub(crate) const fn pointing([column, start, end]: [u32; 3]) -> t::Evidence {
    t::Evidence { column, start, end }
}

/// What is wrong with a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// There is no such column.
    Column { columns: usize },
    /// It has no words, but the range is not 0 to 0.
    NoWords { field: &'static str },
    /// The end comes before the start.
    Backwards,
    /// The range ends behind the record's words.
    Outside { field: &'static str, bytes: usize },
    /// The range begins or ends within a character.
    SplitsCharacter { field: &'static str },
    /// The range is not within one item.
    CrossesItems { field: &'static str },
    /// The range is longer than a quote may be.
    TooLong { chars: usize },
}

impl<'a> Subject<'a> {
    /// The column, which record of it, and what it is a column of.
    #[inline]
    fn column(self, place: u32) -> Option<(&'a Column, usize, &'static str)> {
        let place = place as usize;
        let columns = &self.achievements.columns;
        match columns.get(place) {
            Some(column) => Some((column, self.row, "achievement")),
            None => {
                let column = self.need?.columns.get(place - columns.len())?;
                Some((column, 0, "need"))
            }
        }
    }

    /// Says what is wrong with a piece of evidence, if anything is.
    #[inline]
    pub(crate) fn check(self, it: t::Evidence) -> Result<(), Wrong> {
        let Some((column, row, _)) = self.column(it.column) else {
            let of_need = self.need.map_or(0, |need| need.columns.len());
            return Err(Wrong::Column { columns: self.achievements.columns.len() + of_need });
        };
        let (field, start, end) = (column.name, it.start as usize, it.end as usize);
        if start > end {
            return Err(Wrong::Backwards);
        }
        if end == 0 {
            return Ok(());
        }
        let Some((text, part)) = column.values.words(row) else {
            return Err(Wrong::NoWords { field });
        };
        if end > part.len() {
            return Err(Wrong::Outside { field, bytes: part.len() });
        }
        let Some(quote) = text.get(part.start + start..part.start + end) else {
            return Err(Wrong::SplitsCharacter { field });
        };
        if quote.len() > limits::QUOTE_CHARS_MAX {
            let chars = quote.chars().count();
            if chars > limits::QUOTE_CHARS_MAX {
                return Err(Wrong::TooLong { chars });
            }
        }
        if !quote.is_empty() && !in_one_item(&column.values, row, start, end) {
            return Err(Wrong::CrossesItems { field });
        }
        Ok(())
    }

    /// Cuts the quote out of what was sent. The evidence must have been checked.
    pub(crate) fn quote(self, it: t::Evidence) -> Option<model::Evidence> {
        let (column, row, subject) = self.column(it.column)?;
        let (text, part) = column.values.words(row).unwrap_or(("", 0..0));
        let (start, end) = (part.start + it.start as usize, part.start + it.end as usize);
        let quote = match text.get(start..end) {
            None | Some("") => {
                let table = if subject == "need" { self.need? } else { self.achievements };
                value(table, column, row)
            }
            Some(quote) => quote.to_owned(),
        };
        // Who reads an answer was not granted what its scorer was.
        let personal = Sight::is_personal(&format!("{subject}.{}", column.name));
        let quote = if personal { String::new() } else { quote };
        Some(model::Evidence { subject: subject.into(), field: column.name.into(), quote })
    }
}

fn in_one_item(values: &Values, row: usize, start: usize, end: usize) -> bool {
    if !matches!(values, Values::Texts { .. }) {
        return true;
    }
    let mut from = 0;
    values.items(row).any(|item| {
        let begins = from;
        from += item.len();
        begins <= start && end <= from
    })
}

/// The value of a field as people read it: what evidence without a range shows.
fn value(table: &Table, column: &Column, row: usize) -> String {
    let shown = match &column.values {
        Values::Text(texts) => label(column.name, texts.at(row)),
        Values::Texts { .. } => {
            let items = column.values.items(row).map(|item| label(column.name, item));
            items.collect::<Vec<_>>().join("、")
        }
        Values::Boolean(values) => {
            if values.get(row).copied().unwrap_or(false) { "是" } else { "否" }.to_owned()
        }
        Values::Integer { values, known } => match (values.get(row), known.get(row)) {
            (Some(number), Some(true)) => integer(table, column.name, *number, row),
            _ => String::new(),
        },
    };
    match shown.char_indices().nth(limits::QUOTE_CHARS_MAX) {
        Some((end, _)) => shown[..end].to_owned(),
        None => shown,
    }
}

fn integer(table: &Table, field: &str, number: i64, row: usize) -> String {
    match field {
        "trl" => {
            let estimated = table.columns.iter().find(|column| column.name == "trl_estimated");
            let estimated = match estimated.map(|column| &column.values) {
                Some(Values::Boolean(values)) => values.get(row).copied().unwrap_or(false),
                _ => false,
            };
            format!("TRL {number}{}", if estimated { "（按阶段估算）" } else { "" })
        }
        "completeness_permille" => format!("{}%", number / 10),
        "price_fen" | "budget_fen" => format!("{}.{:02} 元", number / 100, number.rem_euclid(100)),
        _ => number.to_string(),
    }
}

/// The Chinese label of a code; any other text as it is.
fn label(field: &str, text: &str) -> String {
    fn zh<C: std::str::FromStr>(text: &str, zh: impl Fn(&C) -> &str) -> String {
        text.parse().map_or_else(|_| text.to_owned(), |code| zh(&code).to_owned())
    }
    match field {
        "stage" => zh(text, Stage::zh),
        "field" => zh(text, Field::zh),
        "form" => zh(text, Form::zh),
        "level" => zh(text, Level::zh),
        "transfer_modes" | "cooperation_mode" => zh(text, TransferMode::zh),
        "ip_types" => zh(text, IpType::zh),
        "ip_statuses" => zh(text, IpStatus::zh),
        _ => text.to_owned(),
    }
}
