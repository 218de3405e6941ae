//! Units of measure behind a number: one word for each, however it is written.
//!
//! `50kg`, `50 kg`, `50公斤` and `50 千克` are the words `50` and `kg`. Units of a single letter are not
//! among them: `5G`, `3D` and `4K` are words of their own.

/// Units as they are written behind a number and glued to it, in lower case.
const LATIN: [&str; 38] = [
    "mm", "cm", "km", "nm", "um", "kg", "mg", "ug", "ml", "kw", "mw", "gw", "kwh", "mwh", "kv",
    "mv", "ma", "mah", "kva", "mva", "mpa", "kpa", "gpa", "hz", "khz", "mhz", "ghz", "thz", "rpm",
    "db", "ppm", "ppb", "μm", "μg", "wh", "kn", "kj", "mj",
];

/// Chinese units and the word that each is. A longer one stands before its own beginning.
const CHINESE: [(&str, &str); 29] = [
    ("毫米", "mm"),
    ("厘米", "cm"),
    ("公里", "km"),
    ("千米", "km"),
    ("纳米", "nm"),
    ("微米", "um"),
    ("公斤", "kg"),
    ("千克", "kg"),
    ("毫克", "mg"),
    ("微克", "ug"),
    ("毫升", "ml"),
    ("千瓦时", "kwh"),
    ("千瓦", "kw"),
    ("兆瓦时", "mwh"),
    ("兆瓦", "mw"),
    ("千伏安", "kva"),
    ("千伏", "kv"),
    ("毫伏", "mv"),
    ("毫安时", "mah"),
    ("毫安", "ma"),
    ("兆帕", "mpa"),
    ("千帕", "kpa"),
    ("吉帕", "gpa"),
    ("赫兹", "hz"),
    ("千赫兹", "khz"),
    ("千赫", "khz"),
    ("兆赫兹", "mhz"),
    ("兆赫", "mhz"),
    ("吉赫", "ghz"),
];

/// Where the digits of a word end that is a number and a unit, glued.
pub(super) fn glued(word: &str) -> Option<usize> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && LATIN.contains(&&word[digits..])).then_some(digits)
}

/// The Chinese unit that a text begins with, and the word that it is.
pub(super) fn chinese(text: &str) -> Option<(&'static str, &'static str)> {
    CHINESE.into_iter().find(|(unit, _)| text.starts_with(unit))
}

/// The one spelling of a word: `um` of `μm`.
pub(super) fn spelt(word: &str) -> &str {
    match word {
        "μm" => "um",
        "μg" => "ug",
        _ => word,
    }
}
