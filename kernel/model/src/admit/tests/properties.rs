//! What holds for every raw record, however wild.

use proptest::prelude::*;

use super::*;
use crate::Text;

/// Values that look like what people write, mixed with anything at all.
fn value() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "ZL202111144021.7",
        "201310699744.2",
        "2023SR0123456",
        "一种",
        "方法",
        "；",
        ";",
        "、",
        "，",
        ",",
        "/",
        "|",
        "\n",
        " ",
        "\u{3000}",
        "（",
        "）",
        "(",
        ")",
        "50",
        "万元",
        "元",
        "面议",
        "拍卖",
        "TRL",
        "6",
        "级",
        "中试",
        "小试",
        "产业化",
        "转让",
        "许可",
        "或",
        "公开",
        "秘密",
        "内部",
        "是否涉密",
        "无",
        "N/A",
        "2025",
        ".",
        "年",
        "3月",
        "H01M",
        "10/54",
        "C3843",
        "国际领先",
        "论文",
        "新技术",
        "E+11",
        "-",
        "×",
        "\u{fffd}",
        "\u{200b}",
        "e\u{301}",
        "ﬁ",
        "㎡",
        "Ǆ",
        "东南大学",
        "Foo Co., Ltd.",
        "声明",
        "是",
        "否",
        "0",
        "1,2-二氯乙烷",
        "https://a.cn/",
        "9332023Y0123",
    ]);
    let pieced = prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat());
    prop_oneof![8 => pieced, 2 => any::<String>()]
}

fn field() -> impl Strategy<Value = RawField> {
    let name = prop_oneof![
        20 => prop::sample::select(RAW_FIELDS).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let origin = prop_oneof![3 => Just(String::new()), 1 => value()];
    (name, value(), origin).prop_map(|(name, value, origin)| {
        // A wild registration number only shows that it is refused; let most records get further.
        let value = if name == "registration_no" { "933 2023Ｙ0123".into() } else { value };
        RawField { name, value, origin }
    })
}

fn wild() -> impl Strategy<Value = (RawRecord, BTreeMap<String, String>)> {
    let defaults = prop::collection::btree_map(
        prop::sample::select(RAW_FIELDS).prop_map(str::to_owned),
        value(),
        0..4,
    );
    (prop::collection::vec(field(), 0..10), prop::bool::weighted(0.9), defaults).prop_map(
        |(mut fields, base, defaults)| {
            if base {
                fields.extend(record(&[]).fields);
            }
            (RawRecord { fields, ..RawRecord::default() }, defaults)
        },
    )
}

/// Writes facts as a raw record again: what a source would deliver that had read them.
fn written(facts: &AchievementFacts) -> RawRecord {
    let mut fields = Vec::new();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() {
            fields.push(RawField { name: name.into(), value: value.into(), origin: String::new() });
        }
    };
    for (name, value) in [
        ("title", &facts.title),
        ("summary", &facts.summary),
        ("problem", &facts.problem),
        ("advantage", &facts.advantage),
        ("economics", &facts.economics),
        ("indicators", &facts.indicators),
        ("contact", &facts.contact),
        ("url", &facts.url),
    ] {
        add(name, value);
    }
    for (name, list) in [
        ("owner", &facts.owners),
        ("inventor", &facts.inventors),
        ("keyword", &facts.keywords),
        ("ipc", &facts.ipc),
        ("industry", &facts.industry),
    ] {
        list.iter().for_each(|value| add(name, value));
    }
    let status = |right: &crate::IpRight| match &right.status {
        status if *status == IpStatus::GRANTED => "（授权）",
        status if *status == IpStatus::LAPSED => "（失效）",
        status if *status == IpStatus::FILED => "（申请）",
        _ => "",
    };
    facts.ip.iter().for_each(|right| add("ip", &format!("{}{}", right.number, status(right))));
    facts.transfer_modes.iter().for_each(|mode| add("transfer_mode", mode.as_str()));
    add("field", facts.field.as_ref().map_or("", Field::as_str));
    add("form", facts.form.as_ref().map_or("", Form::as_str));
    add("stage", facts.stage.as_ref().map_or("", Stage::as_str));
    add("level", facts.level.as_ref().map_or("", Level::as_str));
    add("secrecy", facts.secrecy.as_ref().map_or("", Secrecy::as_str));
    add("registration_no", facts.registration_no.as_ref().map_or("", |number| number.as_str()));
    add("owner_declaration", if facts.owner_declaration { "是" } else { "" });
    add("trial_offered", if facts.trial_offered { "是" } else { "" });
    add("date", &facts.year.map_or(String::new(), |year| year.to_string()));
    if let Some(trl) = &facts.trl {
        add("trl", &if trl.estimated { String::new() } else { trl.level.to_string() });
        add("trl_evidence", &trl.evidence);
    }
    let amount = |fen: i64| format!("{}.{:02}元", fen / 100, fen % 100);
    add(
        "price",
        &match facts.price {
            Some(Price::Fixed { amount_fen: 0 }) => "免费".into(),
            Some(Price::Fixed { amount_fen }) => amount(amount_fen),
            Some(Price::Negotiable) => "面议".into(),
            Some(Price::Auction { amount_fen: Some(fen) }) => format!("拍卖{}", amount(fen)),
            Some(Price::Auction { amount_fen: None }) => "拍卖".into(),
            None => String::new(),
        },
    );
    RawRecord { fields, ..RawRecord::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Nothing panics, everything is decided the same way twice, and everything is bounded.
    #[test]
    fn every_record_is_decided((raw, defaults) in wild()) {
        let first = admit(&raw, &defaults);
        prop_assert_eq!(&first, &admit(&raw, &defaults));
        let in_bounds = |reasons: &[Reason]| {
            reasons.iter().all(|reason| {
                let Text { zh, en } = &reason.text;
                reason.value.chars().count() <= 80 && !zh.is_empty() && !en.is_empty() && !reason.code.is_empty()
            })
        };
        match first {
            Ok(Admitted { facts, notes, .. }) => {
                prop_assert!(in_bounds(&notes) && notes.len() <= NOTES_MAX);
                prop_assert!((1..=TITLE_CHARS_MAX).contains(&facts.title.chars().count()));
                prop_assert!(facts.summary.chars().count() >= SUMMARY_ADMIT_CHARS_MIN);
                prop_assert!((1..=OWNERS_MAX).contains(&facts.owners.len()));
                prop_assert!(facts.keywords.len() <= KEYWORDS_MAX && facts.ip.len() <= RIGHTS_MAX);
                prop_assert_ne!(facts.secrecy, Some(Secrecy::CLASSIFIED));
                prop_assert!(facts.trl.is_none_or(|trl| (1..=9).contains(&trl.level)));
            }
            Err(reasons) => prop_assert!(in_bounds(&reasons) && (1..=REASONS_MAX + 1).contains(&reasons.len())),
        }
    }

    /// Admitting what was admitted changes nothing.
    #[test]
    fn admission_is_idempotent((raw, defaults) in wild()) {
        if let Ok(Admitted { facts, merge_keys, .. }) = admit(&raw, &defaults) {
            match admit(&written(&facts), &nothing()) {
                Ok(again) => {
                    prop_assert_eq!(&again.facts, &facts);
                    prop_assert_eq!(again.merge_keys, merge_keys);
                }
                Err(reasons) => prop_assert!(false, "{:?} for {:?}", reasons, facts),
            }
        }
    }

    /// What was admitted survives JSON.
    #[test]
    fn facts_survive_json((raw, defaults) in wild()) {
        if let Ok(Admitted { facts, .. }) = admit(&raw, &defaults) {
            let json = serde_json::to_string(&facts).unwrap();
            prop_assert_eq!(serde_json::from_str::<AchievementFacts>(&json).unwrap(), facts);
        }
    }
}
