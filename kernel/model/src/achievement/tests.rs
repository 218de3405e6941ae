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
