//! The one place where a text becomes terms.
//!
//! A text is normalised as everywhere in Taihu (NFKC, blanks), put in lower case and in simplified
//! characters, and cut:
//! - a run of Han characters, kana or Hangul gives its overlapping **bigrams**; a run of a single
//!   such character gives that character alone;
//! - a run of any other letters and digits gives one **word**, of which the first
//!   [`WORD_CHARS_MAX`] characters count; a number and its unit are two words, and a unit is the
//!   same word in Latin and in Chinese letters (`units`);
//! - everything else (punctuation, blanks, symbols, emoji) only separates.
//!
//! A single character finds only documents where it stands alone between other runs.
//!
//! Whatever changes here changes what a snapshot means: raise its format
//! ([`FORMAT`](crate::snapshot::FORMAT)) too.

mod units;

use xxhash_rust::xxh3::xxh3_64;

/// Characters of a document's text that are searched, the rest is not.
///
/// Four times the longest description of an achievement that we know; bounds what one document can
/// cost, and keeps the postings of a full block below 2³².
pub const TEXT_CHARS_MAX: usize = 65_536;

/// Characters of a query's text that are used, the rest is not. Twice the longest need.
pub const QUERY_CHARS_MAX: usize = 20_000;

/// Characters of a word that tell it from others. Longer ones are accidents or attacks.
const WORD_CHARS_MAX: usize = 64;

/// A term's number, of [`KEY_BITS`] bits: bigrams have different ones, words different ones but for
/// an accident of 2⁻³⁹ a pair (one pair among a million words). Evenly spread.
pub(crate) type Key = u64;

/// Bits of a term's number: with 16 for a place and 8 for a code it fills 64.
pub(crate) const KEY_BITS: u32 = 40;

const KEY_MASK: u64 = (1 << KEY_BITS) - 1;

/// Normalises a text and puts it in lower case and simplified characters; at most `chars_max`
/// characters remain.
pub(crate) fn fold(text: &str, chars_max: usize) -> String {
    let normal = taihu_model::normalise(cut(text, chars_max));
    let mut folded = String::with_capacity(normal.len());
    normal.chars().for_each(|letter| fold_letter(letter, &mut folded));
    let kept = cut(&folded, chars_max).len();
    folded.truncate(kept);
    folded
}

fn fold_letter(letter: char, folded: &mut String) {
    match letter {
        '\0'..='\u{7f}' => folded.push(letter.to_ascii_lowercase()),
        '\u{3400}'..='\u{9fff}' => folded.push(taihu_model::simplified(letter)),
        _ => folded.extend(letter.to_lowercase()),
    }
}

/// A text as [`fold`] makes it, but with every letter's place in the original: letters are folded one
/// by one, with the marks that stand on them.
#[derive(Debug)]
pub(crate) struct Traced {
    pub(crate) folded: String,
    /// For every letter of `folded` where it begins there, and where its original begins and ends.
    letters: Vec<(usize, usize, usize)>,
}

impl Traced {
    /// Folds the first `chars_max` characters of a text.
    pub(crate) fn new(text: &str, chars_max: usize) -> Self {
        let mut traced = Self { folded: String::with_capacity(text.len()), letters: Vec::new() };
        let text = cut(text, chars_max);
        let mut letters = text.char_indices().peekable();
        while let Some((from, letter)) = letters.next() {
            let mut to = from + letter.len_utf8();
            while let Some((_, mark)) = letters.next_if(|(_, next)| joins(*next)) {
                to += mark.len_utf8();
            }
            let begins = traced.folded.len();
            let plain = to - from == letter.len_utf8();
            if plain && matches!(letter, '\u{21}'..='\u{7e}' | '\u{4e00}'..='\u{9fff}') {
                fold_letter(letter, &mut traced.folded);
            } else if letter.is_whitespace() || letter.is_control() {
                if !traced.folded.is_empty() && !traced.folded.ends_with(' ') {
                    traced.folded.push(' ');
                }
            } else {
                for letter in taihu_model::normalise(&text[from..to]).chars() {
                    fold_letter(letter, &mut traced.folded);
                }
            }
            for (at, _) in traced.folded[begins..].char_indices() {
                traced.letters.push((begins + at, from, to));
            }
        }
        traced
    }

    /// Where a stretch of `folded` stands in the original, in bytes.
    pub(crate) fn original(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        let first = self.letters.partition_point(|(at, ..)| *at < from);
        let end = self.letters.partition_point(|(at, ..)| *at < to);
        match (self.letters.get(first), end.checked_sub(1).map(|last| self.letters[last])) {
            (Some((_, from, _)), Some((.., to))) if *from < to => *from..to,
            _ => 0..0,
        }
    }
}

/// Whether a letter is composed with the one before: marks, voiced kana, Hangul in parts.
const fn joins(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{1160}'..='\u{11ff}' | '\u{3099}' | '\u{309a}')
}

/// Calls `each` with the number of every term of a folded text, in order, and where it stands
/// (bytes from, bytes to).
pub(crate) fn terms(folded: &str, mut each: impl FnMut(Key, usize, usize)) {
    let mut letters = folded.char_indices().peekable();
    // Where the last number ended.
    let mut number = None;
    while let Some((start, letter)) = letters.next() {
        match kind(letter) {
            Kind::Between => {}
            Kind::Ideograph => {
                if let Some((unit, word_of)) = measured(folded, number, start) {
                    each(word(word_of), start, start + unit.len());
                    let end = start + unit.len();
                    while letters.next_if(|(next, _)| *next < end).is_some() {}
                    continue;
                }
                let (mut at, mut last, mut alone) = (start, letter, true);
                while let Some((next, following)) =
                    letters.next_if(|(_, next)| kind(*next) == Kind::Ideograph)
                {
                    each(bigram(last, Some(following)), at, next + following.len_utf8());
                    (at, last, alone) = (next, following, false);
                }
                if alone {
                    each(bigram(letter, None), start, start + letter.len_utf8());
                }
            }
            Kind::Word => {
                let (mut end, mut chars) = (start + letter.len_utf8(), 1);
                let mut whole = end;
                while let Some((next, following)) =
                    letters.next_if(|(_, next)| kind(*next) == Kind::Word)
                {
                    chars += 1;
                    whole = next + following.len_utf8();
                    if chars <= WORD_CHARS_MAX {
                        end = whole;
                    }
                }
                if letter.is_ascii_digit() {
                    let run = &folded[start..whole];
                    number = run.bytes().all(|byte| byte.is_ascii_digit()).then_some(whole);
                    if let Some(digits) = units::glued(run) {
                        each(word(&run[..digits]), start, start + digits);
                        each(word(&run[digits..]), start + digits, whole);
                        continue;
                    }
                }
                each(word(&folded[start..end]), start, end);
            }
        }
    }
}

/// The Chinese unit that begins here, if it follows a number: at once or after a blank.
fn measured(
    folded: &str,
    number: Option<usize>,
    start: usize,
) -> Option<(&'static str, &'static str)> {
    let between = &folded[number?..start];
    if between.is_empty() || between == " " { units::chinese(&folded[start..]) } else { None }
}

/// How a term reads: as it stands in the folded text, or, for a Chinese unit, the word that it is.
pub(crate) fn reading(key: Key, stands: &str) -> &str {
    match units::chinese(stands) {
        Some((unit, word_of)) if unit == stands && key == word(word_of) => word_of,
        _ => stands,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ideograph,
    Word,
    Between,
}

/// Letters of scripts that put no blanks between words are cut into bigrams.
fn kind(letter: char) -> Kind {
    match letter {
        '0'..='9' | 'a'..='z' | 'A'..='Z' => Kind::Word,
        '\0'..='\u{7f}' => Kind::Between,
        _ if !letter.is_alphanumeric() => Kind::Between,
        // Iteration marks and 〇, kana, Bopomofo, Han and extension A, Hangul, compatibility
        // ideographs, the supplementary ideographic planes.
        '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}'
        | '\u{3105}'..='\u{312f}'
        | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Kind::Ideograph,
        _ => Kind::Word,
    }
}

/// Whether a letter is one of those that are cut into bigrams.
pub(crate) fn is_ideograph(letter: char) -> bool {
    kind(letter) == Kind::Ideograph
}

/// Every ideograph (see [`kind`]) is below 2¹⁸.
fn bigram(first: char, second: Option<char>) -> Key {
    spread(
        u64::from(u32::from(first)) << 18 | second.map_or(0, |letter| u64::from(u32::from(letter))),
    )
}

fn word(word: &str) -> Key {
    spread(xxh3_64(units::spelt(word).as_bytes()) & KEY_MASK | 1 << (KEY_BITS - 1))
}

/// A bijection of the numbers of [`KEY_BITS`] bits that spreads neighbours: each step can be undone.
fn spread(mut key: u64) -> Key {
    key = (key ^ key >> 21).wrapping_mul(0x9e_3779_b97f) & KEY_MASK;
    key = (key ^ key >> 19).wrapping_mul(0xc2_b2ae_3d27) & KEY_MASK;
    key ^ key >> 21
}

fn cut(text: &str, chars_max: usize) -> &str {
    text.char_indices().nth(chars_max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let folded = fold(text, TEXT_CHARS_MAX);
        let mut cut = Vec::new();
        terms(&folded, |_, start, end| cut.push(folded[start..end].to_owned()));
        assert_eq!(cut, expected);
    }

    #[test]
    fn a_text_is_cut_into_bigrams_and_words() {
        check("", &[]);
        check("，。！？ — \u{1f600}🚀", &[]);
        check("锂电池", &["锂电", "电池"]);
        check("硅", &["硅"]);
        check("锂电池，负极", &["锂电", "电池", "负极"]);
        check("基于ＹＯＬＯｖ８的检测", &["基于", "yolov8", "的检", "检测"]);
        check("PM2.5 A股", &["pm2", "5", "a", "股"]);
        check("Straße Ωmega Привет", &["straße", "ωmega", "привет"]);
        check("データ・한국어", &["デー", "ータ", "한국", "국어"]);
        check("\u{20000}\u{20001}𠮷", &["\u{20000}\u{20001}", "\u{20001}𠮷"]);
    }

    #[test]
    fn a_text_is_normalised_before_it_is_cut() {
        check("鋰電池", &["锂电", "电池"]);
        check("Ｌｉ２ＣＯ３ Li₂CO₃", &["li2co3", "li2co3"]);
        check("Fe₃O₄纳米粒子", &["fe3o4", "纳米", "米粒", "粒子"]);
        check("㎏ ㎜", &["kg", "mm"]);
    }

    #[test]
    fn a_number_and_its_unit_are_two_words() {
        check("50kg 50 kg", &["50", "kg", "50", "kg"]);
        check("3.5MPa、220kV级", &["3", "5", "mpa", "220", "kv", "级"]);
        check("1200mAh 10kWh 8000rpm", &["1200", "mah", "10", "kwh", "8000", "rpm"]);
        check("5G 3D 4k 2ab 7kgs kg2", &["5g", "3d", "4k", "2ab", "7kgs", "kg2"]);
        check("5μm 5um 5µm", &["5", "μm", "5", "um", "5", "μm"]);
        check("5毫米厚", &["5", "毫米", "厚"]);
        check("5 千瓦时", &["5", "千瓦时"]);
        check("5, 毫米波", &["5", "毫米", "米波"]);
        check("5  毫米", &["5", "毫米"]);
        check("TiO2纳米管", &["tio2", "纳米", "米管"]);
    }

    #[track_caller]
    fn same(one: &str, other: &str, expected: bool) {
        let keys = |text: &str| {
            let mut keys = Vec::new();
            terms(&fold(text, TEXT_CHARS_MAX), |key, _, _| keys.push(key));
            keys
        };
        assert_eq!(keys(one) == keys(other), expected, "{one} and {other}");
    }

    #[test]
    fn what_means_the_same_is_the_same_term() {
        same("鋰電池", "锂电池", true);
        same("50kg", "50公斤", true);
        same("50 千克", "50 ＫＧ", true);
        same("5μm", "5微米", true);
        same("5µm", "5 um", true);
        same("100千瓦时", "100kWh", true);
        same("100千瓦时", "100kW", false);
        same("10毫升", "10mL", true);
        same("毫米波", "mm波", false);
        same("5毫米", "毫米", false);
        same("Li₂CO₃", "LI2CO3", true);
        same("5G", "5 g", false);
    }

    #[track_caller]
    fn traced(text: &str, folded: &str, part: &str, original: &str) {
        let traced = Traced::new(text, TEXT_CHARS_MAX);
        assert_eq!(traced.folded, folded);
        let from = traced.folded.find(part).unwrap();
        assert_eq!(&text[traced.original(from, from + part.len())], original);
    }

    #[test]
    fn a_folded_letter_knows_where_it_came_from() {
        traced("用ＹＯＬＯ檢測", "用yolo检测", "yolo检", "ＹＯＬＯ檢");
        traced("Li₂CO₃晶體", "li2co3晶体", "co3", "CO₃");
        traced("\u{200b}a \n b", "a b", "b", "b");
        traced("㎏以上", "kg以上", "g", "㎏");
        traced("Cafe\u{301}机", "café机", "é", "e\u{301}");
        traced("", "", "", "");
    }

    #[test]
    fn only_the_first_characters_of_a_word_and_of_a_text_count() {
        let long = "x".repeat(WORD_CHARS_MAX);
        check(&format!("{long}yz 碳"), &[&long, "碳"]);
        assert_eq!(fold("碳纤维材料", 3), "碳纤维");
        assert_eq!(fold("\u{fdfa}", 3).chars().count(), 3, "one letter, but eighteen when folded");
    }

    #[test]
    fn different_terms_have_different_numbers() {
        let folded = fold("锂电 电锂 锂 电 a b ab ba 0 〇", TEXT_CHARS_MAX);
        let mut keys = Vec::new();
        terms(&folded, |key, _, _| keys.push(key));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 10);
    }
}
