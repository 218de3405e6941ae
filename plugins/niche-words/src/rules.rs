//! What a pool brings: its words and codes.

/// Words of one meaning.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// How much each word speaks for the pool, −10 to 10; before the factor of the field.
    pub points: i32,
    /// What the words say besides, separated by blanks: `lithium_ion chem:锂离子`. A tag may have
    /// a pull of its own: `recycling*6`; else it is 3.
    pub tags: &'static str,
    /// The words, separated by blanks, Latin letters in lower case. `_` stands for a blank.
    pub words: &'static str,
}

/// Writes a row.
pub const fn row(points: i32, tags: &'static str, words: &'static str) -> Row {
    Row { points, tags, words }
}

/// A code that speaks for the pool.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// `ipc` or `industry`.
    pub field: &'static str,
    /// How the code begins: `H01M10/54`. A number at the end is a whole one unless after the
    /// slash, where further digits refine it.
    pub prefix: &'static str,
    /// How much the code speaks for the pool, without a factor. Of several codes in one field the
    /// greatest counts.
    pub points: i32,
    /// As in [`Row::tags`].
    pub tags: &'static str,
}

/// Writes a code.
pub const fn code(
    field: &'static str,
    prefix: &'static str,
    points: i32,
    tags: &'static str,
) -> Code {
    Code { field, prefix, points, tags }
}

impl Code {
    /// Says whether a symbol lies under this code.
    pub(crate) fn covers(&self, symbol: &str) -> bool {
        symbol.strip_prefix(self.prefix).is_some_and(|rest| {
            let whole = self.field == "ipc"
                && !self.prefix.contains('/')
                && self.prefix.ends_with(|c: char| c.is_ascii_digit());
            !(whole && rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    }
}

/// Everything that a pool goes by.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Words; if two rows have the same word, the first counts.
    pub rows: &'static [&'static [Row]],
    /// Codes; of those that cover a symbol, the longest counts.
    pub codes: &'static [Code],
    /// The technology field that speaks for the pool: code, label and points.
    pub field: (&'static str, &'static str, i32),
    /// Every category's code, for the check of the configuration.
    pub categories: &'static [&'static str],
}

/// Reads tags: name and pull.
pub(crate) fn tags(tags: &'static str) -> impl Iterator<Item = (&'static str, i32)> {
    const PULL: i32 = 3;
    tags.split_ascii_whitespace().map(|tag| match tag.split_once('*') {
        Some((name, pull)) => (name, pull.parse().unwrap_or(PULL)),
        None => (tag, PULL),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: &'static str, symbol: &str, want: bool) {
        assert_eq!(code("ipc", prefix, 1, "").covers(symbol), want, "{prefix} over {symbol}");
    }

    #[test]
    fn a_code_covers_what_lies_under_it() {
        check("H01M", "H01M10/54", true);
        check("H01M8", "H01M8/04", true);
        check("H01M8", "H01M84/04", false);
        check("H01M10/052", "H01M10/0525", true);
        check("H01M10/54", "H01M10/42", false);
        check("H02J7", "H02J7/00", true);
        check("H02J7", "H02J", false);
    }

    #[test]
    fn tags_have_pulls() {
        let read: Vec<_> = tags("recycling*6 chem:锂离子").collect();
        assert_eq!(read, [("recycling", 6), ("chem:锂离子", 3)]);
    }
}
