//! Which field says so: what a person can look up.

use crate::Evidence;

/// Longest quote that the contract takes, in characters.
pub const QUOTE_CHARS_MAX: usize = 200;

/// Points to a field of the achievement, with the words found there (may be empty).
pub fn found(field: &str, quote: &str) -> Evidence {
    evidence("achievement", field, quote)
}

/// Points to a field of the need, with the words found there (may be empty).
pub fn asked(field: &str, quote: &str) -> Evidence {
    evidence("need", field, quote)
}

/// Cuts a text after so many characters, never inside one.
pub fn cut(text: &str, chars_max: usize) -> &str {
    // A character is at most four bytes, so a short text needs no count.
    if text.len() <= chars_max {
        return text;
    }
    text.char_indices().nth(chars_max).map_or(text, |(end, _)| &text[..end])
}

fn evidence(subject: &str, field: &str, quote: &str) -> Evidence {
    Evidence {
        subject: subject.to_owned(),
        field: field.to_owned(),
        quote: cut(quote, QUOTE_CHARS_MAX).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[track_caller]
    fn check(text: &str, chars_max: usize, want: &str) {
        assert_eq!(cut(text, chars_max), want, "{text:?} after {chars_max}");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        check("电池回收", 2, "电池");
        check("电池", 2, "电池");
        check("ab电", 2, "ab");
        check("", 0, "");
        check("电", 0, "");
    }
}
