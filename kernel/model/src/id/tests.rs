//! Identifiers: their order, their text, and what is no identifier.

use proptest::prelude::*;

use super::*;

proptest! {
    /// Identifiers of later instants sort later, as values and as texts, and are read back.
    #[test]
    fn they_sort_by_time(a in 0i64..253_402_300_799_000, b in 0i64..253_402_300_799_000, x: u128, y: u128) {
        let of = |millis, random| AchievementId::from_parts(Timestamp::from_millisecond(millis).unwrap(), random);
        let (one, two) = (of(a, x), of(b, y));
        if a != b {
            prop_assert_eq!(a < b, one < two);
        }
        prop_assert_eq!(one.cmp(&two), one.to_string().cmp(&two.to_string()));
        prop_assert_eq!(one.to_string().parse::<AchievementId>().unwrap(), one);
        let json = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<AchievementId>(&json).unwrap(), one);
        prop_assert!(one.to_string().parse::<NeedId>().is_err());
    }

    /// No text panics, and what is read is written the same.
    #[test]
    fn a_text_is_read_exactly_or_not(text in "(ach|need)?_?[0-9A-Za-z]{0,30}|\\PC{0,40}") {
        if let Ok(id) = text.parse::<AchievementId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }
}

#[test]
fn an_error_names_the_form() {
    let error = "ach_123".parse::<AchievementId>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"ach_123\" is not an identifier of the form ach_ and 26 letters or digits"
    );
    // A first letter above 7 would be the 131st bit.
    assert!("ach_8ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<AchievementId>().is_err());
    assert!("ach_7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse::<AchievementId>().is_ok());
}
