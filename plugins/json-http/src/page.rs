//! From the records of a reply to a page of the contract.

use serde_json::value::RawValue;
use taihu_plugin::{Page, RawRecord, Tombstone, Warning, field};

use crate::config::{Config, Mark};
use crate::json::Json;
use crate::path::Expression;
use crate::state::State;
use crate::time::day_of_epoch;
use crate::value::{self, cut};

/// Most records of a page (`page.records`).
const RECORDS_MAX: usize = 1_000;

/// Where a page is closed, in bytes: an answer of the contract is at most 4 MiB.
const PAGE_BYTES_MAX: usize = 3 * 1024 * 1024;

/// The longest identifier of the contract, in characters (`raw-record.source-id`).
const ID_CHARS_MAX: usize = 256;

/// The longest value of the contract, in bytes.
const VALUE_BYTES_MAX: usize = 8 * 1024;

/// The most values of a record in the contract.
const VALUES_MAX: usize = 512;

/// The longest verbatim text of the contract, in bytes.
const VERBATIM_BYTES_MAX: usize = 64 * 1024;

/// Most warnings of a page; the rest is only counted.
const WARNINGS_MAX: usize = 100;

/// What became of the records of a reply.
pub(crate) struct Filled {
    /// The page, without its state.
    pub(crate) page: Page,
    /// Records of the reply that are dealt with, those of earlier steps included.
    pub(crate) taken: usize,
    /// Of those, the ones that had not come before.
    pub(crate) new: usize,
}

/// Fills a page from the records of a reply, from `state.skip` on.
pub(crate) fn fill(config: &Config, state: &mut State, items: &[&RawValue]) -> Filled {
    let mut page = Page::new(Vec::new(), "");
    let mut odd = Odd::default();
    let (mut bytes, mut taken, mut new) = (0, state.skip, state.skip_new);
    for item in items.iter().skip(state.skip) {
        let full = page.records.len() >= RECORDS_MAX
            || page.tombstones.len() >= RECORDS_MAX
            || bytes + item.get().len() * 2 > PAGE_BYTES_MAX && taken > state.skip;
        if full {
            break;
        }
        taken += 1;
        let place = format!("第 {} 条", state.received + 1);
        let json = Json::read(item);
        let Some(id) = identifier(config, &json, &place, &mut odd) else {
            state.partial = true;
            state.received += 1;
            new += 1;
            continue;
        };
        if !state.remember_record(&id, item.get()) {
            odd.twice.push(id);
            continue;
        }
        state.received += 1;
        new += 1;
        let datestamp = text_at(config, &json);
        if config.deleted.as_ref().is_some_and(|mark| is_marked(mark, &json)) {
            page.tombstones.push(Tombstone { source_id: id, datestamp });
            continue;
        }
        let record = record(config, id, datestamp, item.get(), &json, &mut odd);
        bytes += record.verbatim.len()
            + record
                .fields
                .iter()
                .map(|f| f.name.len() + f.value.len() + f.origin.len())
                .sum::<usize>();
        page.records.push(record);
    }
    page.warnings = odd.report();
    Filled { page, taken, new }
}

/// Says whether a mark stands in a reply or record.
pub(crate) fn is_marked(mark: &Mark, json: &Json) -> bool {
    let said = mark.path.first(json).and_then(plain);
    said.is_some_and(|said| mark.values.contains(&said))
}

/// A value as a configuration compares it: `true`, `200`, `deleted`.
pub(crate) fn plain(json: &Json) -> Option<String> {
    match json {
        Json::Bool(is) => Some(is.to_string()),
        other => value::text(other),
    }
}

fn identifier(config: &Config, json: &Json, place: &str, odd: &mut Odd) -> Option<String> {
    if !matches!(json, Json::Object(_)) {
        let (zh, en) = json.kind();
        odd.warn(
            place,
            format!("应为对象而得到{zh}，已跳过"),
            format!("want an object, got {en}; left out"),
        );
        return None;
    }
    let path = config.id.as_str();
    let id = config.id.first(json).and_then(value::text).unwrap_or_default().replace('\n', " ");
    let chars = id.chars().count();
    if (1..=ID_CHARS_MAX).contains(&chars) {
        return Some(id);
    }
    odd.warn(
        place,
        format!("标识“{path}”有 {chars} 个字符，应为 1 至 {ID_CHARS_MAX} 个，已跳过"),
        format!("the identifier {path} has {chars} characters, want 1 to {ID_CHARS_MAX}; left out"),
    );
    None
}

fn text_at(config: &Config, json: &Json) -> String {
    if config.datestamp.is_empty() {
        return String::new();
    }
    let text = config.datestamp.first(json).and_then(value::text).unwrap_or_default();
    text.chars().take(64).collect()
}

fn record(
    config: &Config,
    id: String,
    datestamp: String,
    verbatim: &str,
    json: &Json,
    odd: &mut Odd,
) -> RawRecord {
    let mut record = RawRecord::new(&id, &id);
    record.datestamp = datestamp;
    for (name, expression) in &config.fields {
        let mut unfit = Vec::new();
        let mut values = expression.values(json, &mut unfit);
        if let Some(path) = unfit.first() {
            odd.warn(
                &id,
                format!("“{path}”不是文本而是对象，已忽略；请在 fields 中写到最里层"),
                format!("{path} is no text but an object; left out, map what is inside of it"),
            );
        }
        for (_, text) in &mut values {
            coded(config, name, text);
        }
        if let Some(separator) = config.joins.get(name).filter(|_| values.len() > 1) {
            let origin = std::mem::take(&mut values[0].0);
            let texts: Vec<String> = values.into_iter().map(|(_, text)| text).collect();
            values = vec![(origin, texts.join(separator))];
        }
        for (origin, mut text) in values.into_iter().filter(|(_, text)| !text.is_empty()) {
            if cut(&mut text, VALUE_BYTES_MAX) {
                odd.warn(
                    &id,
                    format!("“{origin}”超过 {VALUE_BYTES_MAX} 字节，已截断"),
                    format!("{origin} has more than {VALUE_BYTES_MAX} bytes and was cut"),
                );
            }
            let origin = if matches!(expression, Expression::Constant(_)) {
                "（配置）".to_owned()
            } else {
                origin
            };
            if record.fields.len() < VALUES_MAX {
                record.fields.push(field(name, text, origin));
            }
        }
    }
    record.verbatim = verbatim.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if cut(&mut record.verbatim, VERBATIM_BYTES_MAX) {
        odd.warn(
            &id,
            format!("原始记录超过 {VERBATIM_BYTES_MAX} 字节，留存部分已截断"),
            format!("the record has more than {VERBATIM_BYTES_MAX} bytes; what is kept was cut"),
        );
    }
    record
}

/// Looks a value up in the code table of its field; a time since 1970 becomes a day.
fn coded(config: &Config, name: &str, text: &mut String) {
    let coded = config.codes.get(&format!("{name}:{text}")).cloned();
    let day = || if name == "date" { day_of_epoch(text) } else { None };
    if let Some(value) = coded.or_else(day) {
        *text = value;
    }
}

/// Oddities of a page, the frequent ones counted.
#[derive(Default)]
struct Odd {
    warnings: Vec<Warning>,
    unsaid: usize,
    twice: Vec<String>,
}

impl Odd {
    fn warn(&mut self, place: &str, zh: String, en: String) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(Warning::new(place, zh, en));
        } else {
            self.unsaid += 1;
        }
    }

    fn report(mut self) -> Vec<Warning> {
        if let Some(first) = self.twice.first() {
            let count = self.twice.len();
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
