//! JSON Lines, plain or gzip, through a mapping: how pools of other systems come in at size.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use taihu_model::Text;
use taihu_model::contract::{Page, RawField, RawRecord, RunView, Warning};

use super::{Feed, FeedStep};
use crate::error::{Error, Result};
use crate::limits::LINE_BYTES_MAX;

/// Records of one page.
const PAGE_RECORDS: usize = 500;
/// Bytes of the lines of one page: what a connector's page may have.
const PAGE_BYTES_MAX: usize = 4 << 20;
/// Oddities of one page: what a connector's page may have (`wit/harvesting.wit`).
const PAGE_WARNINGS_MAX: usize = 200;
/// Characters of an identifier (`wit/harvesting.wit`); a longer one is none, and the line's number serves.
const ID_CHARS_MAX: usize = 256;
/// Characters of a value that are kept of a line's field.
const VALUE_CHARS_MAX: usize = 8_000;

/// Which JSON field becomes which field of the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinesMapping {
    /// Path of the identifier, such as `id` or `meta.id`; without it the line's number serves.
    #[serde(default)]
    pub id: Option<String>,
    /// For each of the kernel's raw fields (see `wit/harvesting.wit`) how it is made.
    pub fields: BTreeMap<String, FieldMapping>,
}

impl LinesMapping {
    /// Reads the mapping out of a source's configuration.
    ///
    /// # Errors
    /// [`Error::Invalid`] saying what is wrong with it.
    pub fn of(config: &taihu_model::Config) -> Result<Self> {
        serde_json::from_value(Value::Object(config.clone())).map_err(|error| {
            Error::invalid(
                "config",
                format!("JSON Lines 的映射配置有误：{error}"),
                format!("the mapping of JSON Lines is wrong: {error}"),
            )
        })
    }
}

/// How one field is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldMapping {
    /// The value at a path.
    Path(String),
    /// With more to say.
    Full {
        /// Paths; the first that has a value is taken.
        first_of: Vec<String>,
        /// Characters that a value is cut to, at the end of a sentence where there is one.
        #[serde(default)]
        cut_chars: Option<usize>,
        /// Characters at which one value is split into several.
        #[serde(default)]
        split: Option<String>,
        /// Code table: value in the file → value for the kernel; others pass as they are.
        #[serde(default)]
        table: BTreeMap<String, String>,
    },
    /// The same value for every line.
    Constant {
        /// It.
        constant: String,
    },
}

/// Lines as a feed. The state is the number of lines read.
pub struct LinesFeed<'a> {
    mapping: LinesMapping,
    lines: Box<dyn BufRead + 'a>,
    read: u64,
}

impl<'a> LinesFeed<'a> {
    /// The name that a source gives as its connector when its records come as lines.
    pub const CONNECTOR: &'static str = "json-lines";

    /// Reads lines of a file, unpacking gzip by its first two bytes.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn new(mapping: LinesMapping, file: impl Read + 'a) -> Result<Self> {
        Ok(Self { mapping, lines: unpacked(file)?, read: 0 })
    }

    fn line(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.lines).take(LINE_BYTES_MAX as u64 + 1);
        limited.read_until(b'\n', &mut line).map_err(unreadable)?;
        if line.is_empty() {
            return Ok(None);
        }
        self.read += 1;
        if line.len() > LINE_BYTES_MAX {
            return Err(Error::Upstream(Text::new(
                format!("第{}行超过{LINE_BYTES_MAX}字节", self.read),
                format!("line {} has more than {LINE_BYTES_MAX} bytes", self.read),
            )));
        }
        Ok(Some(line))
    }

    fn record(&self, line: &[u8]) -> std::result::Result<RawRecord, String> {
        let value: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let place = format!("第{}行", self.read);
        let id = self
            .mapping
            .id
            .as_ref()
            .and_then(|path| texts(&value, path).into_iter().next())
            .filter(|id| id.chars().count() <= ID_CHARS_MAX);
        let mut fields = Vec::new();
        for (name, how) in &self.mapping.fields {
            let (origin, values) = made(&value, how);
            for value in values {
                let value = value.chars().take(VALUE_CHARS_MAX).collect();
                fields.push(RawField { name: name.clone(), value, origin: origin.clone() });
            }
        }
        let verbatim = String::from_utf8_lossy(line).trim_end().chars().take(20_000).collect();
        let source_id = id.unwrap_or_else(|| format!("line-{}", self.read));
        Ok(RawRecord { source_id, datestamp: String::new(), place, fields, verbatim })
    }
}

/// Reads a file, unpacking gzip by its first two bytes.
///
/// # Errors
/// [`Error::Upstream`] if the file cannot be read.
pub fn unpacked<'a>(file: impl Read + 'a) -> Result<Box<dyn BufRead + 'a>> {
    let mut file = BufReader::with_capacity(1 << 16, file);
    let head = file.fill_buf().map_err(unreadable)?;
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file))));
    }
    Ok(Box::new(file))
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Upstream(Text::new(
        format!("无法读取文件：{error}"),
        format!("failed to read the file: {error}"),
    ))
}

fn made(value: &Value, how: &FieldMapping) -> (String, Vec<String>) {
    match how {
        FieldMapping::Path(path) => (path.clone(), texts(value, path)),
        FieldMapping::Constant { constant } => (String::new(), vec![constant.clone()]),
        FieldMapping::Full { first_of, cut_chars, split, table } => {
            let found = first_of.iter().map(|path| (path, texts(value, path)));
            let Some((path, values)) = found.into_iter().find(|(_, values)| !values.is_empty())
            else {
                return (String::new(), Vec::new());
            };
            let values = values.into_iter().flat_map(|value| match split {
                Some(at) => value
                    .split(|letter| at.contains(letter))
                    .filter(|part| !part.trim().is_empty())
                    .map(ToOwned::to_owned)
                    .collect(),
                None => vec![value],
            });
            let values = values
                .map(|value| table.get(&value).cloned().unwrap_or(value))
                .map(|value| cut_chars.map_or_else(|| value.clone(), |chars| cut(&value, chars)))
                .collect();
            (path.clone(), values)
        }
    }
}

/// Cuts a text to so many characters, at the end of its first sentence if that comes earlier.
fn cut(text: &str, chars: usize) -> String {
    let head: String = text.chars().take(chars).collect();
    match head.find(['。', '；', '！', '？']) {
        Some(at) if at > 0 => head[..at].to_owned(),
        _ => head,
    }
}

fn texts(value: &Value, path: &str) -> Vec<String> {
    let found = path.split('.').try_fold(value, |value, part| value.get(part));
    match found {
        Some(Value::String(text)) if !text.trim().is_empty() => vec![text.clone()],
        Some(Value::Number(number)) => vec![number.to_string()],
        Some(Value::Bool(is)) => vec![if *is { "是" } else { "否" }.to_owned()],
        Some(Value::Array(list)) => list.iter().flat_map(text_of).collect(),
        _ => Vec::new(),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Feed for LinesFeed<'_> {
    fn next(&mut self, _run: &RunView, state: &str) -> Result<FeedStep> {
        let done: u64 = state.parse().unwrap_or(0);
        while self.read < done {
            if self.line()?.is_none() {
                break;
            }
        }
        let mut page = Page::default();
        let mut bytes = 0;
        while page.records.len() < PAGE_RECORDS
            && page.warnings.len() < PAGE_WARNINGS_MAX
            && bytes < PAGE_BYTES_MAX
        {
            let Some(line) = self.line()? else { break };
            bytes += line.len();
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match self.record(&line) {
                Ok(record) => page.records.push(record),
                Err(error) => page.warnings.push(Warning {
                    place: format!("第{}行", self.read),
                    text: Text::new(
                        format!("不是有效的 JSON：{error}"),
                        format!("no JSON: {error}"),
                    ),
                }),
            }
        }
        if bytes == 0 {
            return Ok(FeedStep::Done { complete: true, warnings: Vec::new() });
        }
        page.state = self.read.to_string();
        Ok(FeedStep::Page(page))
    }
}
