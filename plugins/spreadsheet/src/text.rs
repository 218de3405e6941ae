//! Small rules about text that several parts share.

/// A letter in half width: `Ａ` → `A`, `（` → `(`, the ideographic blank → a blank.
pub(crate) fn half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{3000}' | '\u{a0}' => ' ',
        other => other,
    }
}

/// What two texts are compared by: half width, lower case, letters and digits only.
pub(crate) fn key(text: &str) -> String {
    text.chars()
        .map(half_width)
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A text on one line, for headers and places: half width, no blanks.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().map(half_width).filter(|letter| !letter.is_whitespace()).collect()
}

/// The beginning of a text, at most so many characters, on one line.
pub(crate) fn brief(text: &str, chars_max: usize) -> String {
    let line: String =
        text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect();
    let mut brief: String = line.chars().take(chars_max).collect();
    if line.chars().count() > chars_max {
        brief.push('…');
    }
    brief
}

/// Cuts a text at a character; true if it was longer.
pub(crate) fn cut(text: &mut String, bytes_max: usize) -> bool {
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

/// A cell's text: trimmed, `_x000D_` of Excel and control characters gone, line feeds kept.
pub(crate) fn tidy(text: &str) -> String {
    let plain = |letter: char| !letter.is_control() && !matches!(letter, '\u{a0}' | '\u{feff}');
    if text.chars().all(plain) && !text.contains("_x000D_") {
        return text.trim().to_owned();
    }
    let text = text.replace("_x000D_", "").replace("\r\n", "\n").replace('\r', "\n");
    text.chars()
        .map(|letter| if matches!(letter, '\t' | '\u{a0}') { ' ' } else { letter })
        .filter(|letter| (!letter.is_control() || *letter == '\n') && *letter != '\u{feff}')
        .collect::<String>()
        .trim()
        .to_owned()
}

/// FNV-1a in 128 bits over the keys of the parts: the identifier of a row that has none.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for part in parts {
        for byte in key(part).bytes().chain([0xff]) {
            hash =
                (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
    format!("row-{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_see_content_only() {
        let one = digest(&["东南大学", "一种 ＡＢ 装置（改）", "ZL1"]);
        assert_eq!(one, digest(&["东南大学 ", "一种AB装置(改)", "zl 1"]));
        assert_ne!(one, digest(&["东南大学", "一种AB装置改Z", "L1"]));
        assert_eq!(one.len(), 36);
    }

    #[test]
    fn cells_are_tidied() {
        assert_eq!(tidy(" a_x000D_\r\nb\u{b}\tc\u{feff} "), "a\nb c");
        assert_eq!(brief("一二三四\n五", 4), "一二三四…");
    }
}
