//! The records that the kernel shows, as an author sees them: everything borrowed, nothing copied.

use std::fmt;

use crate::table::Batch;

/// An achievement (成果) of the shared pool.
///
/// Fields that the manifest does not declare, or that were not granted, are empty, just as those
/// that the record does not say.
#[derive(Clone, Copy)]
pub struct Achievement<'a> {
    /// The kernel's identifier, `ach_…`. Always filled.
    pub id: &'a str,
    /// 成果名称. At most 300 characters.
    pub title: &'a str,
    /// 成果简介.
    pub summary: &'a str,
    /// 解决的问题: the problem it solves.
    pub problem: &'a str,
    /// 对比优势: what it does better than what exists.
    pub advantage: &'a str,
    /// 关键词, at most 10.
    pub keywords: Texts<'a>,
    /// Technology field, one of the 11 高新技术领域, as a code such as `new_materials`; or empty.
    pub field: &'a str,
    /// `early`, `pilot`, `mature`, or empty.
    pub stage: &'a str,
    /// Readiness, if known.
    pub trl: Option<Readiness<'a>>,
    /// Transfer modes offered, such as `license`, `trial_first`.
    pub transfer_modes: Texts<'a>,
    /// True if a free trial before payment is offered (先用后转).
    pub trial_offered: bool,
    /// IPC symbols, such as `H01M10/54`.
    pub ipc: Texts<'a>,
    /// Industries by GB/T 4754-2017, such as `3843`.
    pub industry: Texts<'a>,
    pub(crate) batch: &'a Batch<'a>,
    pub(crate) row: usize,
}

/// Technology readiness of an achievement (GB/T 22900).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness<'a> {
    /// 1–9.
    pub level: u8,
    /// True if the kernel derived the level from the stage and nobody stated it.
    pub estimated: bool,
    /// What shows it: a test report, a pilot line, a sale. May be empty. Its field is `trl_evidence`.
    pub evidence: &'a str,
}

/// A technical need (企业技术需求) of an enterprise.
#[derive(Debug, Clone, Copy, Default)]
pub struct Need<'a> {
    /// The kernel's identifier, `need_…`. Always filled.
    pub id: &'a str,
    /// 需求名称.
    pub title: &'a str,
    /// 技术难题: what is to be solved.
    pub problem: &'a str,
    /// 技术关键: the technical key.
    pub technical_key: &'a str,
    /// 目标指标: what would count as solved.
    pub target_indicators: &'a str,
    /// 已尝试的办法.
    pub tried: &'a str,
    /// 现有基础条件.
    pub base_conditions: &'a str,
    /// Mode of cooperation wanted, a transfer mode code; or empty.
    pub cooperation_mode: &'a str,
    /// Budget in 分 (0.01 CNY), if stated.
    pub budget_fen: Option<i64>,
    /// Wanted by this day, `2026-12-31`; or empty.
    pub deadline: &'a str,
    /// Industry chain, a code of the city's reference data; or empty.
    pub chain: &'a str,
    /// IPC symbols.
    pub ipc: Texts<'a>,
    /// Industries by GB/T 4754-2017.
    pub industry: Texts<'a>,
}

impl<'a> Achievement<'a> {
    /// The text of any field of text, such as `economics`; empty if there is none.
    pub fn text(&self, field: &str) -> &'a str {
        self.batch.achievements.text(field).at(self.row)
    }

    /// The texts of any field of several, such as `ip_statuses`; none if there are none.
    pub fn texts(&self, field: &str) -> Texts<'a> {
        self.batch.achievements.texts(field).at(self.row)
    }

    /// The number of any field that is one, such as `price_fen`.
    pub fn integer(&self, field: &str) -> Option<i64> {
        self.batch.achievements.integer(field, self.row)
    }
}

// Without the batch, which every achievement of it would print again.
impl fmt::Debug for Achievement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Achievement")
            .field("id", &self.id)
            .field("title", &self.title)
            .finish_non_exhaustive()
    }
}

/// The achievements of a batch, in order.
#[derive(Debug, Clone, Copy)]
pub struct Achievements<'a>(pub(crate) &'a Batch<'a>);

impl<'a> Achievements<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.rows()
    }

    /// Whether there are none. The kernel never asks about none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The achievement at a place.
    pub fn get(&self, at: usize) -> Option<Achievement<'a>> {
        (at < self.len()).then(|| self.0.achievement(at))
    }

    /// One after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Achievement<'a>> + use<'a> {
        let batch = self.0;
        (0..batch.rows()).map(|row| batch.achievement(row))
    }
}

/// Several texts, in order.
#[derive(Clone, Copy, Default)]
pub struct Texts<'a> {
    text: &'a str,
    start: usize,
    ends: &'a [u32],
}

impl<'a> Texts<'a> {
    pub(crate) fn new(text: &'a str, start: usize, ends: &'a [u32]) -> Self {
        Self { text, start, ends }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether one of them is this one.
    pub fn contains(&self, text: &str) -> bool {
        self.iter().any(|one| one == text)
    }

    /// One after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a str> + Clone + use<'a> {
        let (text, mut start) = (self.text, self.start);
        self.ends.iter().map(move |end| {
            let end = *end as usize;
            let one = text.get(start..end).unwrap_or("");
            start = end;
            one
        })
    }

    /// All of them in one, with nothing between.
    pub(crate) fn joined(&self) -> &'a str {
        let end = self.ends.last().map_or(self.start, |end| *end as usize);
        self.text.get(self.start..end).unwrap_or("")
    }
}

impl fmt::Debug for Texts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
