//! Symbols of the International Patent Classification.

use std::str::FromStr;

use super::{IdentError, identifier, squeeze};

const WHAT: &str = "IPC symbol";

/// An IPC symbol such as `H01M10/54`: section, class, subclass, main group, `/`, subgroup; without
/// blanks, without the zeros that pad a main group, without a suffix such as `(2006.01)I`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ipc(String);

identifier!(Ipc);

impl Ipc {
    /// The subclass, `H01M`.
    #[must_use]
    pub fn subclass(&self) -> &str {
        &self.0[..4]
    }

    /// Reads every symbol of a text in which several stand beside each other, however they are
    /// separated (`；;、,/|`, blanks, nothing at all), each once, in order. What is left over and is
    /// neither a separator nor a suffix comes back as an error for each piece.
    #[must_use]
    pub fn find_all(text: &str) -> (Vec<Self>, Vec<IdentError>) {
        let text = match squeeze_long(text) {
            Ok(text) => text,
            Err(error) => return (Vec::new(), vec![error]),
        };
        let (mut found, mut errors, mut rest) = (Vec::new(), Vec::new(), text.as_str());
        let mut junk = String::new();
        while let Some(letter) = rest.chars().next() {
            if let Some((symbol, after)) = scan(rest) {
                flush(&mut junk, &mut errors);
                if !found.contains(&symbol) {
                    found.push(symbol);
                }
                rest = skip_suffix(after);
                continue;
            }
            if matches!(letter, ';' | '、' | ',' | '/' | '|') {
                flush(&mut junk, &mut errors);
            } else {
                junk.push(letter);
            }
            rest = &rest[letter.len_utf8()..];
        }
        flush(&mut junk, &mut errors);
        (found, errors)
    }
}

/// The longest text that holds several symbols, in characters: 8 KiB of the contract.
const LIST_CHARS_MAX: usize = 8_192;

fn squeeze_long(text: &str) -> Result<String, IdentError> {
    use unicode_normalization::UnicodeNormalization as _;
    if text.chars().take(LIST_CHARS_MAX + 1).count() > LIST_CHARS_MAX {
        let en = "the list is longer than 8,192 characters";
        return Err(IdentError::shape(WHAT, text, "列表超过8192个字符", en));
    }
    Ok(text
        .nfkc()
        .map(|letter| if matches!(letter, '\n' | '\r') { ';' } else { letter })
        .filter(|letter| {
            !letter.is_whitespace() && !letter.is_control() && !crate::text::is_invisible(*letter)
        })
        .flat_map(char::to_uppercase)
        .collect())
}

fn flush(junk: &mut String, errors: &mut Vec<IdentError>) {
    if !junk.is_empty() {
        errors.push(no_symbol(junk));
        junk.clear();
    }
}

fn no_symbol(text: &str) -> IdentError {
    IdentError::shape(
        WHAT,
        text,
        "应为H01M10/54的形式：部、大类、小类、大组、斜线、小组",
        "want section, class, subclass, main group, slash, subgroup, as in H01M10/54",
    )
}

/// Reads the symbol that a squeezed text begins with; gives what comes after it.
fn scan(text: &str) -> Option<(Ipc, &str)> {
    let bytes = text.as_bytes();
    let digits = |from: usize, max: usize| {
        bytes.iter().skip(from).take(max).take_while(|byte| byte.is_ascii_digit()).count()
    };
    let begins = bytes.len() > 6
        && matches!(bytes[0], b'A'..=b'H')
        && digits(1, 2) == 2
        && bytes[3].is_ascii_uppercase();
    if !begins {
        return None;
    }
    let group = digits(4, 4);
    let slash = 4 + group;
    let subgroup = digits(slash + 1, 6);
    if group == 0 || bytes.get(slash) != Some(&b'/') || subgroup < 2 {
        return None;
    }
    let end = slash + 1 + subgroup;
    if bytes.get(end).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let main = text[4..slash].trim_start_matches('0');
    if main.is_empty() {
        return None;
    }
    Some((Ipc(format!("{}{main}{}", &text[..4], &text[slash..end])), &text[end..]))
}

/// Skips `(2006.01)`, `[2006.01]` and the letters I, N, A, L that may follow the bracket.
fn skip_suffix(text: &str) -> &str {
    let Some(rest) = text.strip_prefix(['(', '[']) else { return text };
    let Some(end) = rest.find([')', ']']).filter(|end| *end <= 12) else { return text };
    if !rest[..end].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return text;
    }
    let rest = &rest[end + 1..];
    match rest.as_bytes() {
        // `I` follows the bracket; an A begins a suffix only where no symbol begins with it.
        [b'I' | b'N' | b'L', ..] => &rest[1..],
        [b'A', ..] if scan(rest).is_none() => &rest[1..],
        _ => rest,
    }
}

impl FromStr for Ipc {
    type Err = IdentError;

    fn from_str(text: &str) -> Result<Self, IdentError> {
        let squeezed = squeeze(WHAT, text)?;
        match scan(&squeezed) {
            Some((symbol, rest)) if skip_suffix(rest).is_empty() => Ok(symbol),
            _ => Err(no_symbol(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_symbol() {
        for (text, symbol) in [
            ("H01M10/54", "H01M10/54"),
            ("h01m 10/54 (2006.01)I", "H01M10/54"),
            ("Ｈ０１Ｍ　１０／５４", "H01M10/54"),
            ("C22B 0007/00", "C22B7/00"),
            ("G06F16/2458", "G06F16/2458"),
            ("A61K31/04(2006.01)A", "A61K31/04"),
        ] {
            assert_eq!(text.parse::<Ipc>().unwrap().as_str(), symbol);
        }
        for wrong in [
            "",
            "H01M",
            "H01M10",
            "I01M10/54",
            "H01M10/5",
            "H01M0/00",
            "H01M10/54;C22B7/00",
            "H01M10/1234567",
        ] {
            assert!(wrong.parse::<Ipc>().is_err(), "{wrong} passes");
        }
    }

    #[track_caller]
    fn check(text: &str, symbols: &[&str], errors: usize) {
        let (found, wrong) = Ipc::find_all(text);
        assert_eq!(found.iter().map(Ipc::as_str).collect::<Vec<_>>(), symbols, "{text}");
        assert_eq!(wrong.len(), errors, "{wrong:?}");
    }

    #[test]
    fn several_symbols() {
        check("H01M 10/54；C22B7/00", &["H01M10/54", "C22B7/00"], 0);
        check("H01M 10/54 (2006.01)I; C22B 7/00 (2006.01)I", &["H01M10/54", "C22B7/00"], 0);
        check("H01M10/54/C22B7/00/H01M10/54", &["H01M10/54", "C22B7/00"], 0);
        check("H01M10/54 C22B7/00、A61K31/04", &["H01M10/54", "C22B7/00", "A61K31/04"], 0);
        check("H01M10/54(2006.01)IA61K31/04(2006.01)I", &["H01M10/54", "A61K31/04"], 0);
        check("H01M10/54\nB60L50/64", &["H01M10/54", "B60L50/64"], 0);
        check("H01M;锂电池，H01M10/54", &["H01M10/54"], 2);
        check("", &[], 0);
    }
}
