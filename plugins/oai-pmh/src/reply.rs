//! An OAI-PMH reply as data.
//!
//! Elements are found by their local names, so any prefix will do. A document type declaration is
//! refused: without one no entity but the five of XML exists, so there is nothing to expand.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The deepest nesting that is read; OAI-PMH with any known format stays below 20.
const DEPTH_MAX: usize = 64;

/// An innermost element of a record's metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Value {
    /// Local names from the root of the metadata down: `dc/title`, `Patent/Holders/Holder/DisplayName`.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
    /// Where the third element of the path begins in the reply: values of one `Holder` have it in
    /// common. 0 for shorter paths.
    pub(crate) group: usize,
}

impl Value {
    /// The element's own name.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// A record as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// `header/identifier`.
    pub(crate) identifier: String,
    /// `header/datestamp`.
    pub(crate) datestamp: String,
    /// `header/setSpec`, any number.
    pub(crate) sets: Vec<String>,
    /// `header/@status = "deleted"`.
    pub(crate) deleted: bool,
    /// Innermost elements of `metadata`; empty ones are left out.
    pub(crate) values: Vec<Value>,
    /// Where it stands in the text, in bytes.
    pub(crate) span: std::ops::Range<usize>,
}

/// A whole reply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OaiReply {
    /// Codes and texts of `error`.
    pub(crate) errors: Vec<(String, String)>,
    /// The records of `ListRecords`.
    pub(crate) records: Vec<Record>,
    /// True if there is a `ListRecords`.
    pub(crate) has_list: bool,
    /// The token, if it is there and not empty.
    pub(crate) token: String,
    /// `resumptionToken/@completeListSize`.
    pub(crate) size: Option<u64>,
    /// `Identify/granularity`.
    pub(crate) granularity: String,
    /// `Identify/deletedRecord`: `no`, `transient` or `persistent`.
    pub(crate) deleted_record: String,
    /// `ListMetadataFormats/…/metadataPrefix`.
    pub(crate) formats: Vec<String>,
    /// References such as `&nbsp;`, which XML does not know; kept as they are.
    pub(crate) unknown_references: usize,
}

/// Why a text is no OAI-PMH reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// 中文.
    pub(crate) zh: String,
    /// English.
    pub(crate) en: String,
}

/// Reads a reply.
///
/// # Errors
/// The place and the reason.
pub(crate) fn read(text: &str) -> Result<OaiReply, Broken> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut parse = Parse::default();
    loop {
        let start = at(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            broken(text, at(reader.error_position()), &error.to_string(), &error.to_string())
        })?;
        match event {
            Event::Start(element) => parse.open(text, start, &element)?,
            Event::End(_) => parse.close(at(reader.buffer_position())),
            Event::Text(words) => {
                let words = words
                    .xml10_content()
                    .map_err(|error| broken(text, start, &error.to_string(), &error.to_string()))?;
                parse.text.push_str(&words);
            }
            Event::CData(words) => {
                let words = words
                    .decode()
                    .map_err(|error| broken(text, start, &error.to_string(), &error.to_string()))?;
                parse.text.push_str(&words);
            }
            Event::GeneralRef(reference) => {
                let name = String::from_utf8_lossy(&reference).into_owned();
                parse.reference(&name);
            }
            Event::DocType(_) => {
                return Err(broken(
                    text,
                    start,
                    "含有文档类型声明（DTD），为防实体攻击不予读取",
                    "a document type declaration is refused, as it may define entities",
                ));
            }
            Event::Eof => break,
            Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    if !parse.path.is_empty() {
        let open = parse.path.join("/");
        return Err(broken(
            text,
            text.len(),
            &format!("内容中断，{open} 没有结束"),
            &format!("it ends within {open}"),
        ));
    }
    if !parse.is_oai {
        return Err(broken(text, 0, "没有 OAI-PMH 元素", "there is no OAI-PMH element"));
    }
    Ok(parse.reply)
}

/// Names of a path that decide what an element is: one more than the longest path that is looked for.
const WITHIN_MAX: usize = 5;

#[derive(Default)]
struct Parse {
    reply: OaiReply,
    record: Record,
    path: Vec<String>,
    text: String,
    error: String,
    is_leaf: bool,
    is_oai: bool,
    group: usize,
}

/// Elements above the metadata: `OAI-PMH/ListRecords/record/metadata`.
const METADATA_DEPTH: usize = 4;

impl Parse {
    fn open(&mut self, text: &str, start: usize, element: &BytesStart<'_>) -> Result<(), Broken> {
        let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
        if self.path.is_empty() && name != "OAI-PMH" {
            return Err(broken(
                text,
                start,
                &format!("不是 OAI-PMH 答复，而是 <{name}>；请检查接口地址"),
                &format!("this is no OAI-PMH reply but <{name}>; check the base URL"),
            ));
        }
        if self.path.len() >= DEPTH_MAX {
            return Err(broken(
                text,
                start,
                &format!("元素嵌套超过 {DEPTH_MAX} 层"),
                &format!("elements are nested more than {DEPTH_MAX} deep"),
            ));
        }
        self.is_oai = true;
        self.path.push(name);
        self.text.clear();
        self.is_leaf = true;
        if self.path.len() == METADATA_DEPTH + 3 {
            self.group = start;
        }
        let (names, depth) = within(&self.path);
        match &names[..depth] {
            ["ListRecords"] => self.reply.has_list = true,
            ["ListRecords", "record"] => {
                self.record = Record { span: start..start, ..Record::default() };
            }
            ["ListRecords", "record", "header"] => {
                self.record.deleted = attribute(element, "status").as_deref() == Some("deleted");
            }
            ["ListRecords", "resumptionToken"] => {
                let size = attribute(element, "completeListSize");
                self.reply.size = size.and_then(|size| size.trim().parse().ok());
            }
            ["error"] => self.error = attribute(element, "code").unwrap_or_default(),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let text = tidy(&self.text);
        let is_leaf = std::mem::replace(&mut self.is_leaf, false);
        let (names, depth) = within(&self.path);
        match &names[..depth] {
            ["error"] => self.reply.errors.push((std::mem::take(&mut self.error), text)),
            ["Identify", "granularity"] => self.reply.granularity = text,
            ["Identify", "deletedRecord"] => self.reply.deleted_record = text,
            ["ListMetadataFormats", "metadataFormat", "metadataPrefix"] => {
                self.reply.formats.push(text);
            }
            ["ListRecords", "resumptionToken"] => self.reply.token = text,
            ["ListRecords", "record"] => {
                self.record.span.end = end;
                self.reply.records.push(std::mem::take(&mut self.record));
            }
            ["ListRecords", "record", "header", "identifier"] => self.record.identifier = text,
            ["ListRecords", "record", "header", "datestamp"] => self.record.datestamp = text,
            ["ListRecords", "record", "header", "setSpec"] => self.record.sets.push(text),
            ["ListRecords", "record", "metadata", _, ..] if is_leaf && !text.is_empty() => {
                let path = self.path.get(METADATA_DEPTH..).unwrap_or_default();
                let group = if path.len() >= 3 { self.group } else { 0 };
                self.record.values.push(Value { path: path.join("/"), text, group });
            }
            _ => {}
        }
        self.path.pop();
        self.text.clear();
    }

    fn reference(&mut self, name: &str) {
        let letter = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => name.strip_prefix('#').and_then(|number| {
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)
            }),
        };
        match letter {
            Some(letter) => self.text.push(letter),
            None => {
                self.reply.unknown_references += 1;
                self.text.push_str(&format!("&{name};"));
            }
        }
    }
}

/// The path below the root, as far as anything here looks, and how far that is.
fn within(path: &[String]) -> ([&str; WITHIN_MAX], usize) {
    let mut names = [""; WITHIN_MAX];
    let mut depth = 0;
    for (name, known) in names.iter_mut().zip(path.iter().skip(1)) {
        *name = known.as_str();
        depth += 1;
    }
    (names, depth)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    Some(String::from_utf8_lossy(&attribute.value).into_owned())
}

/// Trims, and leaves out control characters, which the contract does not allow.
fn tidy(text: &str) -> String {
    let kept = |letter: &char| !letter.is_control() || *letter == '\n';
    text.chars()
        .map(|letter| if letter == '\t' { ' ' } else { letter })
        .filter(kept)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn at(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Says where: line and column, both from 1, and the text there.
fn broken(text: &str, place: usize, zh: &str, en: &str) -> Broken {
    let mut place = place.min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    let before = &text[..place];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let near: String = text[place..].chars().take(40).filter(|c| !c.is_control()).collect();
    Broken {
        zh: format!("第 {line} 行第 {column} 列：{zh}（此处为“{near}”）"),
        en: format!("line {line}, column {column}: {en} (near {near:?})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(inner: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<OAI-PMH xmlns=\"x\">{inner}</OAI-PMH>")
    }

    #[test]
    fn records_are_read() {
        let text = wrap(
            "<ListRecords><record><header><identifier> oai:a:1 </identifier>\
             <datestamp>2026-01-02</datestamp><setSpec>cg</setSpec><setSpec>cg:1</setSpec></header>\
             <metadata><oai_dc:dc><dc:title>A &amp; B &#x4E2D;<![CDATA[<c>]]></dc:title><dc:date/>\
             <dc:rights>&nbsp;x</dc:rights></oai_dc:dc></metadata>\
             <about><title>no</title></about></record>\
             <record><header status=\"deleted\"><identifier>oai:a:2</identifier></header></record>\
             <resumptionToken completeListSize=\"7\" cursor=\"0\">t/1</resumptionToken></ListRecords>",
        );
        let reply = read(&text).unwrap();
        let [one, two] = reply.records.as_slice() else { panic!("{reply:?}") };
        assert_eq!(one.identifier, "oai:a:1");
        assert_eq!(one.sets, ["cg", "cg:1"]);
        let want = [("dc/title", "A & B 中<c>"), ("dc/rights", "&nbsp;x")];
        let values: Vec<_> =
            one.values.iter().map(|value| (value.path.as_str(), value.text.as_str())).collect();
        assert_eq!(values, want);
        assert!(text[one.span.clone()].starts_with("<record>"));
        assert!(text[one.span.clone()].ends_with("</record>"));
        assert!(two.deleted && two.values.is_empty());
        assert_eq!((reply.token.as_str(), reply.size), ("t/1", Some(7)));
        assert_eq!(reply.unknown_references, 1);
    }

    #[track_caller]
    fn check(text: &str, place: &str, why: &str) {
        let error = read(text).unwrap_err();
        assert!(error.en.starts_with(place) && error.en.contains(why), "{}", error.en);
    }

    #[test]
    fn what_is_broken_says_where() {
        check(&wrap("<ListRecords>\n<record></ListRecords>"), "line 3", "");
        check("<OAI-PMH><ListRecords>", "line 1", "ends within OAI-PMH/ListRecords");
        check("<html><body/></html>", "line 1", "no OAI-PMH reply but <html>");
        check("", "line 1", "no OAI-PMH element");
        check(&wrap(&"<a>".repeat(100)), "line 2", "nested more than 64");
        let bomb =
            "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><OAI-PMH>&b;</OAI-PMH>";
        check(bomb, "line 1", "document type declaration");
    }
}
