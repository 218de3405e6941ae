//! Records in XML, as registration systems give them out: an element of a record, its fields within.
//!
//! There is no schema to go by. An element is a record if at least three different elements (or
//! attributes) in it are named as headers are: `<成果><成果名称>…</成果名称>…</成果>`. Their names
//! become the header of a table.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::book::Unreadable;
use crate::synonyms;

/// Different known names that make an element a record.
const KNOWN_MIN: usize = 3;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 32;

/// Records of a text as rows, the first being the header; and why it breaks off, if it does.
pub(crate) fn rows(text: &str) -> (Vec<Vec<String>>, Option<Unreadable>) {
    let mut reader = Reader::from_str(text);
    let mut names: Vec<String> = Vec::new();
    let mut rows: Vec<Vec<String>> = vec![Vec::new()];
    let mut stack: Vec<Frame> = Vec::new();
    loop {
        let event = reader.read_event();
        match event {
            Ok(Event::Start(tag)) if stack.len() < DEPTH_MAX => {
                stack.push(Frame::new(&tag, &reader))
            }
            Ok(Event::Empty(tag)) => {
                let frame = Frame::new(&tag, &reader);
                end(frame, stack.last_mut(), &mut names, &mut rows);
            }
            Ok(Event::Text(text)) => {
                if let (Some(frame), Ok(text)) = (stack.last_mut(), text.decode()) {
                    frame.text.push_str(&text);
                }
            }
            Ok(Event::CData(text)) => {
                if let (Some(frame), Ok(text)) = (stack.last_mut(), text.decode()) {
                    frame.text.push_str(&text);
                }
            }
            Ok(Event::GeneralRef(reference)) => {
                let letter = match reference.resolve_char_ref() {
                    Ok(Some(letter)) => Some(letter),
                    _ => reference.decode().ok().and_then(|name| crate::markup::entity(&name)),
                };
                if let (Some(frame), Some(letter)) = (stack.last_mut(), letter) {
                    frame.text.push(letter);
                }
            }
            Ok(Event::End(_)) => {
                let Some(frame) = stack.pop() else { continue };
                end(frame, stack.last_mut(), &mut names, &mut rows);
            }
            Ok(Event::Eof) if stack.is_empty() => break,
            Ok(Event::Eof | Event::Start(_)) => {
                return (
                    header(names, rows),
                    Some(broken(text, text.len(), "没有结束 it does not end")),
                );
            }
            Ok(_) => {}
            Err(error) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(text.len());
                return (header(names, rows), Some(broken(text, at, &error.to_string())));
            }
        }
    }
    (header(names, rows), None)
}

fn header(names: Vec<String>, mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    rows[0] = names;
    rows
}

/// An element that is being read.
struct Frame {
    name: String,
    text: String,
    fields: Vec<(String, String)>,
}

impl Frame {
    fn new(tag: &BytesStart<'_>, reader: &Reader<&[u8]>) -> Self {
        let decoder = reader.decoder();
        let local = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        let fields = tag.attributes().flatten().filter_map(|one| {
            let value = one.decode_and_unescape_value(decoder).ok()?.into_owned();
            Some((local(one.key.local_name().as_ref()), value))
        });
        Self {
            name: local(tag.local_name().as_ref()),
            text: String::new(),
            fields: fields.collect(),
        }
    }
}

/// Ends an element: it is a record, a field of the one around it, or a list of such fields.
fn end(
    frame: Frame,
    around: Option<&mut Frame>,
    names: &mut Vec<String>,
    rows: &mut Vec<Vec<String>>,
) {
    let Frame { name, text, fields } = frame;
    let mut known: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    known.retain(|name| synonyms::exact(name).is_some());
    known.sort_unstable();
    known.dedup();
    if known.len() >= KNOWN_MIN {
        rows.push(row(fields, names));
        return;
    }
    let Some(around) = around else { return };
    let text = text.trim();
    if fields.is_empty() || !text.is_empty() {
        around.fields.push((name, text.to_owned()));
    } else if synonyms::exact(&name).is_some() {
        let texts: Vec<String> = fields.into_iter().map(|(_, text)| text).collect();
        around.fields.push((name, texts.join("；")));
    } else {
        around.fields.extend(fields);
    }
}

fn row(fields: Vec<(String, String)>, names: &mut Vec<String>) -> Vec<String> {
    let mut row = vec![String::new(); names.len()];
    for (name, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
        let known = names.iter().position(|known| *known == name);
        let column = known.unwrap_or_else(|| {
            names.push(name);
            row.push(String::new());
            names.len() - 1
        });
        let cell = &mut row[column];
        if !cell.is_empty() {
            cell.push('；');
        }
        cell.push_str(&text);
    }
    row
}

fn broken(text: &str, at: usize, why: &str) -> Unreadable {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let line = text[..at].matches('\n').count() + 1;
    Unreadable::new(
        format!("XML 在第 {line} 行中断：{why}"),
        format!("the XML breaks off at line {line}: {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_rows() {
        let text = "<?xml version='1.0'?><成果列表 单位='某校'><成果><成果登记号>1</成果登记号>\
            <成果名称>甲&amp;乙</成果名称><成果简介><![CDATA[好]]></成果简介><完成人员><完成人>张</完成人>\
            <完成人>李</完成人></完成人员></成果><成果 成果名称='丙' 密级='公开' 编号='2'/></成果列表>";
        let (rows, broken) = rows(text);
        assert_eq!(rows[0], ["成果登记号", "成果名称", "成果简介", "完成人员", "密级", "编号"]);
        assert_eq!(rows[1], ["1", "甲&乙", "好", "张；李"]);
        assert_eq!(rows[2], ["", "丙", "", "", "公开", "2"]);
        assert!(broken.is_none());
    }

    #[test]
    fn what_stands_before_a_break_is_kept() {
        let one = "<成果><成果名称>甲</成果名称><密级>公开</密级><编号>1</编号></成果>";
        let (rows, broken) = rows(&format!("<列表>{one}\n<成果><成果名称>乙</列表>"));
        assert_eq!(rows.len(), 2);
        assert!(broken.unwrap().zh.contains("第 2 行"));
        let (rows, broken) = super::rows(&format!("<列表>{one}"));
        assert_eq!((rows.len(), broken.is_some()), (2, true));
    }
}
