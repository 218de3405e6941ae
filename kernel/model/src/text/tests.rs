//! Normalisation: what it does, and that doing it twice changes nothing.

use proptest::prelude::*;

use super::*;

#[test]
fn texts_are_normalised() {
    for (text, normal) in [
        ("　ＴＲＬ６　级 ", "TRL6 级"),
        ("a\r\n\tb", "a b"),
        ("\u{feff}成\u{200b}果\u{202e}", "成果"),
        ("ﬁlter ㎡ ①", "filter m2 1"),
        ("\u{0}\u{7}", ""),
        ("e\u{301}", "é"),
        ("，；（）", ",;()"),
    ] {
        assert_eq!(normalise(text), normal, "{text:?}");
    }
}

#[test]
fn prose_keeps_its_marks() {
    for (text, normal) in [
        ("ＴＲＬ６，（中试） ； 量产", "TRL6，（中试）；量产"),
        (" 成果：①；", "成果：1；"),
        ("，，", "，，"),
        ("", ""),
    ] {
        assert_eq!(normalise_prose(text), normal, "{text:?}");
    }
}

proptest! {
    #[test]
    fn prose_twice_is_once(text in "(\\PC|[\u{0}-\u{ff}，；（）\u{feff}]){0,60}") {
        let once = normalise_prose(&text);
        prop_assert_eq!(normalise_prose(&once), once.clone());
        prop_assert_eq!(normalise(&once).replace(' ', ""), normalise(&text).replace(' ', ""));
    }

    #[test]
    fn twice_is_once(text in "(\\PC|[\u{0}-\u{ff}\u{300}-\u{36f}\u{2000}-\u{206f}\u{1100}-\u{11ff}\u{feff}]){0,60}") {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once.clone());
        prop_assert!(once.chars().all(|letter| !letter.is_control() && !is_invisible(letter)));
        prop_assert!(!once.contains("  ") && once.trim() == once);
    }
}
