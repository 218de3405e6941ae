//! From a reply of `ListRecords` to a page of the contract.

use taihu_plugin::{Page, RawRecord, Tombstone, Warning};

use crate::config::Config;
use crate::fields;
use crate::reply::{OaiReply, Record};
use crate::state::State;

/// Most records of a page (`page.records`).
const RECORDS_MAX: usize = 1_000;

/// Where a page is closed, in bytes: an answer of the contract is at most 4 MiB.
const PAGE_BYTES_MAX: usize = 3 * 1024 * 1024;

/// The longest identifier of the contract, in characters (`raw-record.source-id`).
const IDENTIFIER_CHARS_MAX: usize = 256;

/// The longest verbatim text of the contract, in bytes.
const VERBATIM_BYTES_MAX: usize = 64 * 1024;

/// The longest value of the contract, in bytes.
const VALUE_BYTES_MAX: usize = 8 * 1024;

/// Most warnings of a page; the rest is only counted.
const WARNINGS_MAX: usize = 100;

/// What became of the records of a reply.
pub(crate) struct Filled {
    /// The page, without its state.
    pub(crate) page: Page,
    /// How many records of the reply are dealt with, those of earlier steps included.
    pub(crate) taken: usize,
}

/// Fills a page from the records of a reply, from `state.skip` on.
pub(crate) fn fill(config: &Config, state: &mut State, reply: &OaiReply, text: &str) -> Filled {
    let mut page = Page::new(Vec::new(), "");
    let mut odd = Odd::default();
    let (mut bytes, mut taken) = (0, state.skip);
    for record in reply.records.iter().skip(state.skip) {
        let full = page.records.len() >= RECORDS_MAX
            || page.tombstones.len() >= RECORDS_MAX
            || bytes + (record.span.len() * 2) > PAGE_BYTES_MAX && taken > state.skip;
        if full {
            break;
        }
        taken += 1;
        state.received += 1;
        if !admit(config, state, record, &mut odd) {
            continue;
        }
        if record.deleted {
            page.tombstones.push(Tombstone {
                source_id: record.identifier.clone(),
                datestamp: record.datestamp.clone(),
            });
        } else {
            let raw = raw_record(config, record, text, &mut odd);
            bytes += raw.verbatim.len()
                + raw
                    .fields
                    .iter()
                    .map(|f| f.name.len() + f.value.len() + f.origin.len())
                    .sum::<usize>();
            page.records.push(raw);
        }
    }
    page.warnings = odd.report();
    Filled { page, taken }
}

/// Says whether a record belongs to the harvest and is new in it.
fn admit(config: &Config, state: &mut State, record: &Record, odd: &mut Odd) -> bool {
    let chars = record.identifier.chars().count();
    if chars == 0 || chars > IDENTIFIER_CHARS_MAX {
        state.partial = true;
        let place: String = record.identifier.chars().take(60).collect();
        odd.warn(
            place,
            format!("标识长 {chars} 个字符，应为 1 至 {IDENTIFIER_CHARS_MAX} 个，已跳过"),
            format!(
                "the identifier has {chars} characters, want 1 to {IDENTIFIER_CHARS_MAX}; left out"
            ),
        );
        return false;
    }
    let in_set = |set: &String| {
        set == &config.set
            || set.strip_prefix(&config.set).is_some_and(|rest| rest.starts_with(':'))
    };
    if !config.set.is_empty() && !record.sets.is_empty() && !record.sets.iter().any(in_set) {
        odd.foreign += 1;
        odd.foreign_set.get_or_insert_with(|| record.sets.join("、"));
        return false;
    }
    let deleted = if record.deleted { "deleted" } else { "" };
    if !state.remember_record(&[&record.identifier, &record.datestamp, deleted]) {
        odd.twice.push(record.identifier.clone());
        return false;
    }
    true
}

fn raw_record(config: &Config, record: &Record, text: &str, odd: &mut Odd) -> RawRecord {
    let mut raw = RawRecord::new(&record.identifier, &record.identifier);
    raw.datestamp = record.datestamp.clone();
    raw.fields = fields::collect(config, &record.values);
    for field in &mut raw.fields {
        if cut(&mut field.value, VALUE_BYTES_MAX) {
            odd.warn(
                &record.identifier,
                format!("{} 超过 {VALUE_BYTES_MAX} 字节，已截断", field.origin),
                format!("{} has more than {VALUE_BYTES_MAX} bytes and was cut", field.origin),
            );
        }
    }
    let verbatim = text.get(record.span.clone()).unwrap_or_default();
    raw.verbatim = verbatim.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if cut(&mut raw.verbatim, VERBATIM_BYTES_MAX) {
        odd.warn(
            &record.identifier,
            format!("原始记录超过 {VERBATIM_BYTES_MAX} 字节，留存部分已截断"),
            format!("the record has more than {VERBATIM_BYTES_MAX} bytes; what is kept was cut"),
        );
    }
    if record.values.is_empty() {
        odd.warn(&record.identifier, "没有元数据", "there is no metadata");
    }
    raw
}

/// Cuts a text at a character; true if it was longer.
fn cut(text: &mut String, bytes_max: usize) -> bool {
    if text.len() <= bytes_max {
        return false;
    }
    let mut end = bytes_max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    true
}

/// Oddities of a page, the frequent ones counted.
#[derive(Default)]
struct Odd {
    warnings: Vec<Warning>,
    unsaid: usize,
    foreign: usize,
    foreign_set: Option<String>,
    twice: Vec<String>,
}

impl Odd {
    fn warn(&mut self, place: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(Warning::new(place, zh, en));
        } else {
            self.unsaid += 1;
        }
    }

    fn report(mut self) -> Vec<Warning> {
        if self.foreign > 0 {
            let (count, set) = (self.foreign, self.foreign_set.unwrap_or_default());
            self.warnings.push(Warning::new(
                &set,
                format!("服务器丢失了集合过滤：{count} 条记录不属于所选集合，已跳过"),
                format!(
                    "the server lost the set: {count} records are of other sets and were left out"
                ),
            ));
        }
        if !self.twice.is_empty() {
            let (count, first) = (self.twice.len(), self.twice[0].clone());
            self.warnings.push(Warning::new(
                first,
                format!("{count} 条记录重复出现，已跳过"),
                format!("{count} records came twice; left out"),
            ));
        }
        if self.unsaid > 0 {
            let count = self.unsaid;
            let zh = format!("另有 {count} 条提醒未列出");
            self.warnings.push(Warning::new(
                "",
                zh,
                format!("{count} more warnings are not shown"),
            ));
        }
        self.warnings
    }
}
