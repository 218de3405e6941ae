//! What plugins see, and what they never see.

use super::*;
use crate::Text;

fn wish(field: &str) -> FieldWish {
    FieldWish { field: field.into(), reason: Text::new("测试", "test") }
}

fn achievement() -> Achievement {
    let json = serde_json::json!({
        "id": "ach_01JSG0Z3M8ABCDEFGHJKMNPQRS", "tenant": "city", "state": "published",
        "title": "名称", "summary": "简介", "problem": "问题", "advantage": "优势", "economics": "经济",
        "indicators": "指标", "field": "new_energy", "form": "process", "stage": "pilot", "level": "unrated",
        "trl": {"level": 6, "estimated": true, "evidence": "证据"}, "owners": ["东南大学"], "inventors": ["张三"],
        "ip": [{"kind": "invention", "number": "CN202111144021.7", "status": "granted"}], "ipc": ["H01M10/54"],
        "industry": ["3843"], "keywords": ["铅"], "transfer_modes": ["license"], "trial_offered": true,
        "price": {"kind": "fixed", "amount_fen": 5}, "secrecy": "public", "contact": "13800000000",
        "url": "https://a.cn", "year": 2025,
        "created": "2026-05-20T08:30:00Z", "updated": "2026-05-20T08:30:00Z"
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn nothing_is_shown_that_was_not_wished_for() {
    let achievement = achievement();
    let empty = AchievementView {
        id: Cow::Owned(achievement.id.to_string()),
        ..AchievementView::default()
    };
    assert_eq!(Sight::of(&[]).achievement(&achievement), empty);
    for never in ["achievement.url", "need.submitted_by", "title", "contact", ""] {
        assert!(!Sight::can_show(never), "{never} can be shown");
        assert_eq!(Sight::of(&[wish(never)]).achievement(&achievement), empty, "{never}");
    }
}

#[test]
fn each_wish_shows_exactly_its_field() {
    let achievement = achievement();
    let plain = serde_json::to_value(Sight::default().achievement(&achievement)).unwrap();
    for field in Sight::ACHIEVEMENT_FIELDS {
        let view = Sight::of(&[wish(&format!("achievement.{field}"))]).achievement(&achievement);
        let view = serde_json::to_value(view).unwrap();
        let changed: Vec<_> = plain
            .as_object()
            .unwrap()
            .iter()
            .filter(|(key, value)| view[key.as_str()] != **value)
            .map(|(key, _)| key.as_str())
            .collect();
        let attributes: Vec<_> = view["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["key"].as_str().unwrap())
            .collect();
        if attributes.is_empty() {
            assert_eq!(changed, [*field]);
        } else {
            assert_eq!((changed, attributes), (vec!["attributes"], vec![*field]));
        }
    }
    let plain = Sight::names().filter(|field| !Sight::is_personal(field));
    let all: Vec<_> = plain.map(|field| wish(&field)).collect();
    let shown = serde_json::to_string(&Sight::of(&all).achievement(&achievement)).unwrap();
    for secret in ["13800000000", "张三", "https://a.cn"] {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
}
