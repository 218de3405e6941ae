//! The one place where a text becomes terms.
//!
//! A text is normalised as everywhere in Taihu (NFKC, blanks), put in lower case and cut:
//! - a run of Han characters, kana or Hangul gives its overlapping **bigrams**; a run of a single
//!   such character gives that character alone;
//! - a run of any other letters and digits gives one **word**, of which the first
//!   [`WORD_CHARS_MAX`] characters count;
//! - everything else (punctuation, blanks, symbols, emoji) only separates.
//!
//! Traditional characters are not folded to simplified ones: 電池 does not find 电池. A single
//! character finds only documents where it stands alone between other runs.
//!
//! Whatever changes here changes what a snapshot means: raise its format
//! ([`FORMAT`](crate::snapshot::FORMAT)) too.

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

/// Normalises a text and puts it in lower case; at most `chars_max` characters remain.
pub(crate) fn fold(text: &str, chars_max: usize) -> String {
    let mut folded = taihu_model::normalise(cut(text, chars_max)).to_lowercase();
    let kept = cut(&folded, chars_max).len();
    folded.truncate(kept);
    folded
}

/// Calls `each` with the number of every term of a folded text, in order, and where it stands
/// (bytes from, bytes to).
pub(crate) fn terms(folded: &str, mut each: impl FnMut(Key, usize, usize)) {
    let mut letters = folded.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        match kind(letter) {
            Kind::Between => {}
            Kind::Ideograph => {
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
                while let Some((next, following)) =
                    letters.next_if(|(_, next)| kind(*next) == Kind::Word)
                {
                    chars += 1;
                    if chars <= WORD_CHARS_MAX {
                        end = next + following.len_utf8();
                    }
                }
                each(word(&folded[start..end]), start, end);
            }
        }
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

/// Every ideograph (see [`kind`]) is below 2¹⁸.
fn bigram(first: char, second: Option<char>) -> Key {
    spread(
        u64::from(u32::from(first)) << 18 | second.map_or(0, |letter| u64::from(u32::from(letter))),
    )
}

fn word(word: &str) -> Key {
    spread(xxh3_64(word.as_bytes()) & KEY_MASK | 1 << (KEY_BITS - 1))
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
