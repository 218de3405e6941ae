//! Admission: from one raw record to an achievement's facts, or to *every* reason against it.
//!
//! Everything a source can say is normalised here and nowhere else, so that connectors only name
//! what they found. Three outcomes for a value: it is read; it is read with a *note* (guessed,
//! converted, left out); or it is a *reason* against the whole record. A value is a reason only
//! where going on would be wrong: an identifier that does not check, a secret, a price that cannot
//! be read, a text in the wrong encoding. Everything softer is a note.

mod choice;
mod desk;
mod gate;
mod lexicon;
mod list;
mod merge;
mod number;
mod price;
mod readiness;
mod right;
mod text;
mod vocabulary;
mod year;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::RawRecord;
use crate::{AchievementFacts, Text};

use desk::Desk;

pub use merge::{
    MergeGround, TITLE_LIKENESS_MIN, contradict, keys as merge_keys, strangers, title_likeness,
};

/// Names of raw fields that are read (`harvesting.wit`, `raw-field`); others are noted and left out.
pub const RAW_FIELDS: &[&str] = &[
    "title",
    "summary",
    "problem",
    "advantage",
    "economics",
    "indicators",
    "field",
    "form",
    "stage",
    "trl",
    "trl_evidence",
    "level",
    "owner",
    "inventor",
    "ip",
    "ipc",
    "industry",
    "keyword",
    "transfer_mode",
    "price",
    "trial_offered",
    "secrecy",
    "registration_no",
    "owner_declaration",
    "contact",
    "date",
    "url",
];

/// The longest title, in characters (`achievement-view.title`).
pub const TITLE_CHARS_MAX: usize = 300;

/// The shortest summary that is admitted, in characters: below it nobody can tell what it is about.
/// From [`AchievementFacts::SUMMARY_CHARS_MIN`] on it may be published.
pub const SUMMARY_ADMIT_CHARS_MIN: usize = 20;

/// The longest long text that is kept, in bytes: the contract's longest string. More is cut, with a note.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;

/// Most values a raw record has: some thirty names, and room for a long list of inventors.
pub const RAW_VALUES_MAX: usize = 512;

/// The longest raw value, in bytes (`raw-field.value`).
pub const RAW_VALUE_BYTES_MAX: usize = 8 * 1024;

/// The most a record's values add up to, in bytes: the largest answer of a plugin. What lies beyond
/// is a reason and is not read.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;

/// Most pieces that are read of all cells of one list field, many times the longest list that is
/// admitted: beyond it the record is refused without reading on.
pub const PIECES_MAX: usize = 512;

/// Most keywords that are kept (DOMAIN §3); more are left out, with a note.
pub const KEYWORDS_MAX: usize = 10;

/// Most owners of one achievement: a joint project of a whole consortium.
pub const OWNERS_MAX: usize = 32;

/// Most inventors of one achievement.
pub const INVENTORS_MAX: usize = 64;

/// Most rights of one achievement: a portfolio beyond that is several achievements.
pub const RIGHTS_MAX: usize = 64;

/// Most IPC symbols, and most industries, of one achievement.
pub const CLASSES_MAX: usize = 64;

/// Most notes kept on one record.
pub const NOTES_MAX: usize = 100;

/// Most reasons kept against one record; one more then says that there were others.
pub const REASONS_MAX: usize = 200;

/// One reason why a record was not admitted, or one thing that was changed or guessed on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Name of the raw field, such as `ip`; empty if it is the record as a whole.
    pub field: String,
    /// A stable code, such as `ip_check_digit`.
    pub code: String,
    /// The value that was wrong, at most 80 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What is wrong and what would be right.
    pub text: Text,
}

impl Reason {
    /// Composes a reason; the value is cut to 80 characters.
    pub fn new(field: &str, code: &str, value: &str, text: Text) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            value: value.chars().take(80).collect(),
            text,
        }
    }
}

/// A record that was admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// What it says, normalised.
    pub facts: AchievementFacts,
    /// What was guessed, converted or left out on the way.
    pub notes: Vec<Reason>,
    /// Keys under which another record may be of the same achievement, strongest first:
    /// `ip:<number>`, `reg:<number>`, `title:<digest of owner and title>` (DOMAIN §3).
    pub merge_keys: Vec<String>,
}

/// Admits a raw record, or says *every* reason against it.
///
/// `defaults` are the source's constants by the name of a raw field, for what a record does not
/// say: they fill a field that has no value in the record, and never replace one. The answer
/// depends on the arguments alone; admitting what was admitted gives the same facts.
///
/// Codes of reasons: `title_missing`, `title_too_long`, `owner_missing`, `summary_missing`,
/// `summary_too_short`, `wrong_encoding`, `classified`, `ip_check_digit`, `ip_shape`,
/// `ip_digits_lost`, `registration_no_shape`, `trl_range`, `price_unreadable`, `price_range`,
/// `not_transferable`, `too_many_values`, `value_too_long`, `record_too_long`, `more_reasons`.
///
/// # Errors
/// All reasons, in the order of [`RAW_FIELDS`], those against the record as a whole last; at least one.
pub fn admit(
    raw: &RawRecord,
    defaults: &BTreeMap<String, String>,
) -> Result<Admitted, Vec<Reason>> {
    let mut desk = Desk::open(raw, defaults);
    let mut facts = AchievementFacts {
        title: text::title(&mut desk),
        summary: text::summary(&mut desk),
        problem: text::long(&mut desk, "problem"),
        advantage: text::long(&mut desk, "advantage"),
        economics: text::long(&mut desk, "economics"),
        indicators: text::long(&mut desk, "indicators"),
        field: choice::field(&mut desk),
        form: choice::form(&mut desk),
        level: choice::level(&mut desk),
        owners: list::owners(&mut desk),
        inventors: list::inventors(&mut desk),
        ip: right::rights(&mut desk),
        registration_no: right::registration_no(&mut desk),
        owner_declaration: choice::owner_declaration(&mut desk),
        ipc: list::ipc(&mut desk),
        industry: list::industry(&mut desk),
        keywords: list::keywords(&mut desk),
        transfer_modes: choice::transfer_modes(&mut desk),
        price: price::price(&mut desk),
        trial_offered: choice::yes(&mut desk, "trial_offered"),
        secrecy: choice::secrecy(&mut desk),
        contact: text::contact(&mut desk),
        url: text::url(&mut desk),
        year: year::year(&mut desk),
        ..AchievementFacts::default()
    };
    (facts.stage, facts.trl) = readiness::readiness(&mut desk);
    facts.trial_offered |= facts.transfer_modes.contains(&crate::TransferMode::TRIAL_FIRST);
    gate::transferable(&mut desk, &facts);
    let merge_keys = merge::keys(&facts);
    let notes = desk.close()?;
    Ok(Admitted { facts, notes, merge_keys })
}

#[cfg(test)]
mod tests;
