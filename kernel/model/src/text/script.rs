//! Traditional characters as simplified ones, letter by letter, so that places stay places.
//!
//! The table is `fast2s`'s, asked once for every letter. What depends on its neighbours (乾 of 乾隆
//! stays) is decided without them: who searches or compares had rather find too much than miss.

use std::sync::LazyLock;

/// The letters that the table has an answer for: Han and its extension A.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9fff;

static TABLE: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let convert = |letter: char| {
        let converted = fast2s::convert(letter.encode_utf8(&mut [0; 4]));
        converted.chars().next().unwrap_or(letter)
    };
    let of = |code: u32| {
        let letter = char::from_u32(code).unwrap_or_default();
        // Twice, so that a folded letter folds to itself.
        u16::try_from(u32::from(convert(convert(letter)))).unwrap_or(code as u16)
    };
    (FIRST..=LAST).map(of).collect()
});

/// The simplified form of a letter; of any that has none, itself.
#[must_use]
pub fn simplified(letter: char) -> char {
    let code = u32::from(letter);
    if !(FIRST..=LAST).contains(&code) {
        return letter;
    }
    char::from_u32(u32::from(TABLE[(code - FIRST) as usize])).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(traditional: &str, expected: &str) {
        assert_eq!(traditional.chars().map(simplified).collect::<String>(), expected);
    }

    #[test]
    fn traditional_letters_become_simplified_ones() {
        check("鋰電池負極材料", "锂电池负极材料");
        check("錢塘江污水處理", "钱塘江污水处理");
        check("竹纖維複合材料的製備", "竹纤维复合材料的制备");
        check("锂电池负极材料", "锂电池负极材料");
        check("", "");
        check("a1，〇ー한\u{20000}", "a1，〇ー한\u{20000}");
    }

    #[test]
    fn a_simplified_letter_stays() {
        let all = (FIRST..=LAST).filter_map(char::from_u32);
        let moving: Vec<char> =
            all.filter(|one| simplified(simplified(*one)) != simplified(*one)).collect();
        assert_eq!(moving, []);
    }
}
