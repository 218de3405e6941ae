//! Pages for people, as HTML. Every text of a record goes through [`escaped`] or [`marked`].

pub(crate) mod achievement;
pub(crate) mod search;
pub(crate) mod sources;

use std::fmt::Write as _;
use std::ops::Range;

/// What a page without a script may do: use its own style.
pub(crate) const PLAIN: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
                                form-action 'none'; frame-ancestors 'none'";

/// A text as HTML shows it, in an element or in a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}

/// A text as HTML, with what is marked in it: ascending bytes at boundaries of characters.
pub(crate) fn marked(text: &str, marks: &[Range<usize>]) -> String {
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for mark in marks {
        out.push_str(&escaped(&text[from..mark.start]));
        // Writing to a text does not fail.
        let _ = write!(out, "<mark>{}</mark>", escaped(&text[mark.clone()]));
        from = mark.end;
    }
    out.push_str(&escaped(&text[from..]));
    out
}

/// A text as a part of a query (RFC 3986: all but unreserved characters in percent signs).
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, marks: &[(usize, usize)], expected: &str) {
        let marks: Vec<Range<usize>> = marks.iter().map(|(from, to)| *from..*to).collect();
        assert_eq!(marked(text, &marks), expected);
    }

    #[test]
    fn nothing_of_a_text_is_markup() {
        check("", &[], "");
        check("a<b>&\"'", &[], "a&lt;b&gt;&amp;&quot;&#39;");
        check("<i>电池</i>", &[(3, 9)], "&lt;i&gt;<mark>电池</mark>&lt;/i&gt;");
        check("a<b", &[(0, 1), (1, 3)], "<mark>a</mark><mark>&lt;b</mark>");
    }

    #[test]
    fn a_query_is_in_percent_signs() {
        assert_eq!(percent("a-1_.~"), "a-1_.~");
        assert_eq!(percent("电 &=+"), "%E7%94%B5%20%26%3D%2B");
    }
}
