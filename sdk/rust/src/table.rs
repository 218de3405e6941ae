//! Reading columns: a record's part of each, borrowed from what the kernel sent.
//!
//! Ends are the kernel's own and right. Still nothing here panics or reads elsewhere if they were
//! wrong: a part that can't be is empty.

use crate::bindings::types as raw;
use crate::fields::{Places, UNKNOWN, code_of};
use crate::{Achievement, Need, Readiness, Texts};

/// A column of texts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TextColumn<'a> {
    text: &'a str,
    ends: &'a [u32],
}

/// A column of several texts each.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ListColumn<'a> {
    items: TextColumn<'a>,
    ends: &'a [u32],
}

/// Where the part before a place ends: where the part at the place begins.
#[inline]
fn start(ends: &[u32], at: usize) -> usize {
    match at.checked_sub(1) {
        None => 0,
        Some(before) => ends.get(before).map_or(usize::MAX, |end| *end as usize),
    }
}

impl<'a> TextColumn<'a> {
    fn of(texts: &'a raw::Texts) -> Self {
        Self { text: &texts.text, ends: &texts.ends }
    }

    #[inline]
    pub(crate) fn at(self, row: usize) -> &'a str {
        let Some(end) = self.ends.get(row) else { return "" };
        self.text.get(start(self.ends, row)..*end as usize).unwrap_or("")
    }
}

impl<'a> ListColumn<'a> {
    #[inline]
    pub(crate) fn at(self, row: usize) -> Texts<'a> {
        let Some(end) = self.ends.get(row) else { return Texts::default() };
        let first = start(self.ends, row);
        let ends = self.items.ends.get(first..*end as usize).unwrap_or(&[]);
        Texts::new(self.items.text, start(self.items.ends, first), ends)
    }
}

/// The text of a record in a column of texts.
#[inline]
pub(crate) fn text_at(texts: &raw::Texts, row: usize) -> &str {
    TextColumn::of(texts).at(row)
}

/// The texts of a record in a column of several each.
#[inline]
pub(crate) fn texts_at(lists: &raw::TextLists, row: usize) -> Texts<'_> {
    ListColumn { items: TextColumn::of(&lists.items), ends: &lists.ends }.at(row)
}

/// The columns of one table, found once for a whole batch.
#[derive(Debug)]
pub(crate) struct Columns<'a> {
    pub(crate) columns: &'a [raw::Column],
    places: Places,
    ids: TextColumn<'a>,
}

impl<'a> Columns<'a> {
    fn of(table: &'a raw::Table) -> Self {
        let places = Places::of(&table.columns);
        Self { columns: &table.columns, places, ids: TextColumn::of(&table.ids) }
    }

    /// The place of a field among the columns, if it was given.
    #[inline]
    pub(crate) fn place(&self, code: u8, name: &str) -> Option<usize> {
        if code == UNKNOWN {
            return self.columns.iter().position(|column| column.name == name);
        }
        self.places.known(code)
    }

    fn values(&self, name: &str) -> Option<&'a raw::Values> {
        let place = self.place(code_of(name), name)?;
        self.columns.get(place).map(|column| &column.values)
    }

    pub(crate) fn text(&self, name: &str) -> TextColumn<'a> {
        match self.values(name) {
            Some(raw::Values::Text(texts)) => TextColumn::of(texts),
            _ => TextColumn::default(),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> ListColumn<'a> {
        match self.values(name) {
            Some(raw::Values::Texts(lists)) => {
                ListColumn { items: TextColumn::of(&lists.items), ends: &lists.ends }
            }
            _ => ListColumn::default(),
        }
    }

    pub(crate) fn integer(&self, name: &str, row: usize) -> Option<i64> {
        match self.values(name) {
            Some(raw::Values::Integer(numbers)) => {
                let known = numbers.known.get(row).copied().unwrap_or(false);
                numbers.values.get(row).copied().filter(|_| known)
            }
            _ => None,
        }
    }

    pub(crate) fn boolean(&self, name: &str, row: usize) -> bool {
        match self.values(name) {
            Some(raw::Values::Boolean(values)) => values.get(row).copied().unwrap_or(false),
            _ => false,
        }
    }
}

/// What one call is about: achievements, and for a scorer the need.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) achievements: Columns<'a>,
    pub(crate) need: Option<Columns<'a>>,
    title: TextColumn<'a>,
    summary: TextColumn<'a>,
    problem: TextColumn<'a>,
    advantage: TextColumn<'a>,
    keywords: ListColumn<'a>,
    field: TextColumn<'a>,
    stage: TextColumn<'a>,
    trl_evidence: TextColumn<'a>,
    transfer_modes: ListColumn<'a>,
    ipc: ListColumn<'a>,
    industry: ListColumn<'a>,
}

impl<'a> Batch<'a> {
    pub(crate) fn of(achievements: &'a raw::Table, need: Option<&'a raw::Table>) -> Self {
        let columns = Columns::of(achievements);
        Self {
            title: columns.text("title"),
            summary: columns.text("summary"),
            problem: columns.text("problem"),
            advantage: columns.text("advantage"),
            keywords: columns.texts("keywords"),
            field: columns.text("field"),
            stage: columns.text("stage"),
            trl_evidence: columns.text("trl_evidence"),
            transfer_modes: columns.texts("transfer_modes"),
            ipc: columns.texts("ipc"),
            industry: columns.texts("industry"),
            achievements: columns,
            need: need.map(Columns::of),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.achievements.ids.ends.len()
    }

    /// The achievement of a row.
    pub(crate) fn achievement(&'a self, row: usize) -> Achievement<'a> {
        let columns = &self.achievements;
        let level = columns.integer("trl", row).and_then(|level| u8::try_from(level).ok());
        Achievement {
            id: columns.ids.at(row),
            title: self.title.at(row),
            summary: self.summary.at(row),
            problem: self.problem.at(row),
            advantage: self.advantage.at(row),
            keywords: self.keywords.at(row),
            field: self.field.at(row),
            stage: self.stage.at(row),
            trl: level.map(|level| Readiness {
                level,
                estimated: columns.boolean("trl_estimated", row),
                evidence: self.trl_evidence.at(row),
            }),
            transfer_modes: self.transfer_modes.at(row),
            trial_offered: columns.boolean("trial_offered", row),
            ipc: self.ipc.at(row),
            industry: self.industry.at(row),
            batch: self,
            row,
        }
    }

    /// The need; of a batch without one, an empty need.
    pub(crate) fn need(&'a self) -> Need<'a> {
        let Some(columns) = &self.need else { return Need::default() };
        let text = |name: &str| columns.text(name).at(0);
        Need {
            id: columns.ids.at(0),
            title: text("title"),
            problem: text("problem"),
            technical_key: text("technical_key"),
            target_indicators: text("target_indicators"),
            tried: text("tried"),
            base_conditions: text("base_conditions"),
            cooperation_mode: text("cooperation_mode"),
            budget_fen: columns.integer("budget_fen", 0),
            deadline: text("deadline"),
            chain: text("chain"),
            ipc: columns.texts("ipc").at(0),
            industry: columns.texts("industry").at(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ListColumn, TextColumn};

    #[track_caller]
    fn check(text: &str, ends: &[u32], want: &[&str]) {
        let column = TextColumn { text, ends };
        let got: Vec<&str> = (0..want.len()).map(|row| column.at(row)).collect();
        assert_eq!(got, want, "{text:?} {ends:?}");
    }

    #[test]
    fn a_part_lies_between_two_ends() {
        check("电池回收", &[6, 6, 12], &["电池", "", "回收", ""]);
        check("", &[0], &["", ""]);
    }

    #[test]
    fn wrong_ends_give_nothing() {
        check("电池", &[1, 6], &["", ""]);
        check("电池", &[6, 3], &["电池", ""]);
        check("电池", &[6, u32::MAX], &["电池", ""]);
        check("", &[u32::MAX, u32::MAX], &["", ""]);
    }

    #[track_caller]
    fn check_lists(items: (&str, &[u32]), ends: &[u32], want: &[&[&str]]) {
        let column = ListColumn { items: TextColumn { text: items.0, ends: items.1 }, ends };
        let got: Vec<Vec<&str>> =
            (0..want.len()).map(|row| column.at(row).iter().collect()).collect();
        assert_eq!(got, want, "{items:?} {ends:?}");
    }

    #[test]
    fn a_records_items_lie_between_two_ends() {
        check_lists(("abbccc", &[1, 3, 6]), &[2, 2, 3], &[&["a", "bb"], &[], &["ccc"], &[]]);
        check_lists(("abbccc", &[1, 3, 6]), &[3, 1], &[&["a", "bb", "ccc"], &[]]);
        check_lists(("abbccc", &[3, 1, 6]), &[3], &[&["abb", "", "bbccc"]]);
        check_lists(("abb", &[1, 9]), &[7, u32::MAX], &[&[], &[]]);
        check_lists(("电", &[1, 3]), &[2], &[&["", ""]]);
    }
}
