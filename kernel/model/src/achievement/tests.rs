//! What keeps an achievement from being published.

use super::*;

#[test]
fn gaps_are_all_named() {
    let mut facts = AchievementFacts::default();
    assert_eq!(facts.publish_gaps().len(), 5);
    assert_eq!(facts.completeness_permille(), 0);
    facts.title = "名称".into();
    facts.owners = vec!["东南大学".into()];
    facts.summary = "简".repeat(AchievementFacts::SUMMARY_CHARS_MIN - 1);
    facts.secrecy = Some(Secrecy::INTERNAL);
    let gaps = [PublishGap::Summary, PublishGap::Secrecy, PublishGap::RightOrDeclaration];
    assert_eq!(facts.publish_gaps(), gaps);
    facts.summary.push('介');
    facts.secrecy = Some(Secrecy::PUBLIC);
    assert_eq!(facts.publish_gaps(), [PublishGap::RightOrDeclaration]);
    facts.owner_declaration = true;
    assert_eq!(facts.publish_gaps(), []);
    assert_eq!(facts.completeness_permille(), 214);
}

#[test]
fn a_record_is_read_as_it_was_written_and_what_is_missing_is_named() {
    let whole = serde_json::json!({
        "created": "2026-05-20T01:00:00Z", "title": "再生", "later": { "id": 1 }, "keywords": ["锂"],
        "id": "ach_01JSG0Z3M8QK5T7V9XA1B2C3D4", "state": "published", "owners": [],
        "tenant": "city", "updated": "2026-05-20T01:00:00Z", "ext": {},
    });
    let read = |value: &serde_json::Value| serde_json::from_str::<Achievement>(&value.to_string());
    let record = read(&whole).unwrap();
    assert_eq!((record.facts.title.as_str(), record.facts.keywords.len()), ("再生", 1));
    let again = serde_json::to_value(&record).unwrap();
    assert_eq!(serde_json::from_value::<Achievement>(again).unwrap(), record);
    for missing in ["id", "tenant", "state", "created", "updated"] {
        let mut less = whole.clone();
        less.as_object_mut().unwrap().remove(missing);
        let error = read(&less).unwrap_err().to_string();
        assert!(error.contains(&format!("missing field `{missing}`")), "{error}");
    }
    let twice = whole.to_string().replacen('{', r#"{"tenant":"anji","#, 1);
    let error = serde_json::from_str::<Achievement>(&twice).unwrap_err().to_string();
    assert!(error.contains("duplicate field `tenant`"), "{error}");
}
