//! XML, written element by element. Texts are escaped by quick-xml; characters that XML does not
//! have are left out.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// A document being written.
pub(crate) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// Begins a document.
    pub(crate) fn new() -> Self {
        let mut xml = Self(Writer::new(Vec::new()));
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// Opens an element.
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.write(Event::Start(start(name, attributes)));
    }

    /// Closes an element.
    pub(crate) fn close(&mut self, name: &str) {
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// Writes an element that has a text.
    pub(crate) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.write(Event::Text(BytesText::new(&clean(text))));
        self.close(name);
    }

    /// Writes an element that has nothing in it.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.write(Event::Empty(start(name, attributes)));
    }

    /// The document.
    pub(crate) fn end(self) -> Vec<u8> {
        self.0.into_inner()
    }

    fn write(&mut self, event: Event<'_>) {
        // Writing to memory does not fail.
        let _ = self.0.write_event(event);
    }
}

fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, clean(value).as_str()));
    }
    start
}

/// Leaves out what is no character of XML 1.0, and carriage returns, which XML would change.
fn clean(text: &str) -> String {
    let is_xml = |letter: &char| match *letter {
        '\t' | '\n' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => other >= ' ',
    };
    text.chars().filter(is_xml).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_does_not_have_is_left_out_and_the_rest_is_escaped() {
        let mut xml = Xml::new();
        xml.open("a", &[("b", "1\u{1}<\"&'>")]);
        xml.text("c", &[], "电\u{0}\u{8}\u{fffe}池\r\n<&>]]>\u{10000}");
        xml.empty("d", &[]);
        xml.close("a");
        let text = String::from_utf8(xml.end()).unwrap();
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <a b=\"1&lt;&quot;&amp;&apos;&gt;\"><c>电池\n&lt;&amp;&gt;]]&gt;\u{10000}</c><d/></a>";
        assert_eq!(text, expected);
    }
}
