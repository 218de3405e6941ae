//! Raw records as they really come, and what becomes of them.

mod properties;

use std::collections::BTreeMap;

use super::*;
use crate::contract::RawField;
use crate::{Field, Form, IpStatus, IpType, Level, Price, Secrecy, Stage, TransferMode};

const SUMMARY: &str = "本成果针对退役铅蓄电池中铅膏回收能耗高、铅尘排放大的问题，提出低温湿法还原工艺，\
    在常压下完成脱硫与还原，铅回收率达到98.5%，已在中试线连续运行1200小时。";

/// A record with a title, an owner and a summary, and these further values (`name` or `name@origin`).
fn record(fields: &[(&str, &str)]) -> RawRecord {
    let base = [
        ("title", "废旧铅蓄电池铅膏低温湿法回收技术"),
        ("summary", SUMMARY),
        ("owner", "东南大学"),
    ];
    let is_base =
        |name: &str| fields.iter().all(|(field, _)| field.split('@').next() != Some(name));
    raw(base.iter().filter(|(name, _)| is_base(name)).chain(fields))
}

fn raw<'a>(fields: impl IntoIterator<Item = &'a (&'a str, &'a str)>) -> RawRecord {
    let field = |(name, value): &(&str, &str)| {
        let (name, origin) = name.split_once('@').unwrap_or((name, ""));
        RawField { name: name.into(), value: (*value).into(), origin: origin.into() }
    };
    let fields = fields.into_iter().map(field).collect();
    RawRecord { source_id: "1".into(), fields, ..RawRecord::default() }
}

fn nothing() -> BTreeMap<String, String> {
    BTreeMap::new()
}

#[track_caller]
fn good(fields: &[(&str, &str)]) -> Admitted {
    admit(&record(fields), &nothing()).unwrap_or_else(|reasons| panic!("{reasons:#?}"))
}

#[track_caller]
fn facts(fields: &[(&str, &str)]) -> AchievementFacts {
    good(fields).facts
}

fn codes(reasons: &[Reason]) -> Vec<(&str, &str)> {
    reasons.iter().map(|reason| (reason.field.as_str(), reason.code.as_str())).collect()
}

/// The record is admitted with these notes.
#[track_caller]
fn noted(fields: &[(&str, &str)], notes: &[(&str, &str)]) {
    assert_eq!(codes(&good(fields).notes), notes, "{:#?}", good(fields).notes);
}

/// The record is refused for these reasons.
#[track_caller]
fn refused(fields: &[(&str, &str)], reasons: &[(&str, &str)]) {
    let Err(found) = admit(&record(fields), &nothing()) else { panic!("admitted: {fields:?}") };
    assert_eq!(codes(&found), reasons, "{found:#?}");
    for reason in found {
        assert!(!reason.text.zh.is_empty() && !reason.text.en.is_empty(), "{reason:?}");
        assert!(reason.value.chars().count() <= 80, "{reason:?}");
    }
}

#[test]
fn a_whole_record_comes_through() {
    let admitted = good(&[
        ("title", "　废旧铅蓄电池铅膏　低温湿法回收技术 "),
        ("field", "新能源与高效节能技术"),
        ("stage", "中试"),
        ("trl", "第6级"),
        ("owner", "东南大学；长兴某某循环科技有限公司"),
        ("inventor", "张三、李四"),
        ("ip", "ZL202111144021.7；２０１３１０６９９７４４．２"),
        ("ipc", "H01M 10/54 (2006.01)I；C22B7/00"),
        ("industry", "C3843"),
        ("keyword", "铅蓄电池;湿法 回收，lead acid battery"),
        ("transfer_mode", "转让/许可/先用后转"),
        ("price@转让价格（万元）", "１，２００"),
        ("secrecy", "公开"),
        ("level", "达到国际先进水平"),
        ("form", "新工艺"),
        ("registration_no", "9332023Y0123"),
        ("date", "2025年3月"),
        ("url", "https://repository.example.edu.cn/1"),
    ]);
    let facts = &admitted.facts;
    assert_eq!(facts.title, "废旧铅蓄电池铅膏 低温湿法回收技术");
    assert_eq!(facts.field, Some(Field::NEW_ENERGY));
    assert_eq!(facts.stage, Some(Stage::PILOT));
    assert_eq!(facts.trl.as_ref().map(|trl| (trl.level, trl.estimated)), Some((6, false)));
    assert_eq!(facts.owners, ["东南大学", "长兴某某循环科技有限公司"]);
    assert_eq!(facts.inventors, ["张三", "李四"]);
    let numbers: Vec<_> =
        facts.ip.iter().map(|right| (right.number.as_str(), &right.status)).collect();
    assert_eq!(
        numbers,
        [("CN202111144021.7", &IpStatus::GRANTED), ("CN201310699744.2", &IpStatus::UNKNOWN)]
    );
    assert_eq!(facts.ipc, ["H01M10/54", "C22B7/00"]);
    assert_eq!(facts.industry, ["3843"]);
    assert_eq!(facts.keywords, ["铅蓄电池", "湿法", "回收", "lead acid battery"]);
    assert_eq!(
        facts.transfer_modes,
        [TransferMode::ASSIGN, TransferMode::LICENSE, TransferMode::TRIAL_FIRST]
    );
    assert!(facts.trial_offered);
    assert_eq!(facts.price, Some(Price::Fixed { amount_fen: 1_200_000_000 }));
    assert_eq!(facts.secrecy, Some(Secrecy::PUBLIC));
    assert_eq!(facts.level, Some(Level::WORLD_ADVANCED));
    assert_eq!(facts.form, Some(Form::PROCESS));
    assert_eq!(facts.year, Some(2025));
    assert_eq!(facts.publish_gaps(), []);
    assert_eq!(admitted.notes, []);
    let kinds: Vec<_> =
        admitted.merge_keys.iter().map(|key| key.split(':').next().unwrap()).collect();
    assert_eq!(kinds[..5], ["ip", "ip", "reg", "title", "title"]);
    assert!(kinds[5..].iter().all(|kind| *kind == "like"), "{kinds:?}");
}

#[test]
fn every_reason_is_named() {
    let Err(reasons) = admit(
        &raw(&[
            ("summary", "太短"),
            ("ip", "ZL202111144021.8；202111144021；一种装置ZL123456789"),
            ("trl", "10"),
            ("price", "好商量一点"),
            ("secrecy", "机密"),
            ("registration_no", "浙2023-1"),
        ]),
        &nothing(),
    ) else {
        panic!("admitted")
    };
    let wanted = [
        ("title", "title_missing"),
        ("summary", "summary_too_short"),
        ("trl", "trl_range"),
        ("owner", "owner_missing"),
        ("ip", "ip_check_digit"),
        ("ip", "ip_shape"),
        ("ip", "ip_shape"),
        ("price", "price_unreadable"),
        ("secrecy", "classified"),
        ("registration_no", "registration_no_shape"),
    ];
    assert_eq!(codes(&reasons), wanted, "{reasons:#?}");
    assert!(reasons[4].text.zh.contains("应为7"), "{:?}", reasons[4]);
    let empty = admit(&RawRecord::default(), &nothing()).unwrap_err();
    assert_eq!(
        codes(&empty),
        [("title", "title_missing"), ("summary", "summary_missing"), ("owner", "owner_missing")]
    );
}

#[test]
fn titles_and_summaries() {
    refused(&[("title", &"长".repeat(301))], &[("title", "title_too_long")]);
    refused(
        &[("title", "N/A"), ("owner", "/"), ("summary", "暂无")],
        &[("title", "title_missing"), ("summary", "summary_missing"), ("owner", "owner_missing")],
    );
    noted(&[("title", "甲装置"), ("title", "Device")], &[("title", "more_values")]);
    refused(
        &[("summary", "十九个字的简介是不够长的不能入库啊啊")],
        &[("summary", "summary_too_short")],
    );
    noted(
        &[("summary", "二十个字的简介可以入库但是还不能发布出去啊")],
        &[("summary", "summary_short")],
    );
    // A summary is never split, and what is said twice is kept once.
    let text = "第一段；第二段，含有、各种/分隔|符号，都应当保留下来，不得切开。";
    assert_eq!(facts(&[("summary", text), ("summary", text)]).summary, text);
    let long = "很长的简介".repeat(600);
    let halves = [("summary", &long[..6_000]), ("summary", &long[3..6_003])];
    let admitted = good(&halves);
    assert_eq!(codes(&admitted.notes), [("summary", "too_long_cut")]);
    assert!(admitted.facts.summary.len() <= TEXT_BYTES_MAX);
}

#[test]
fn wrong_encodings_are_refused() {
    let lost = SUMMARY.replace("铅膏", "铅\u{fffd}");
    refused(&[("summary", &lost)], &[("summary", "wrong_encoding")]);
    refused(&[("title", "废旧电池\u{fffd}")], &[("title", "wrong_encoding")]);
    // 本成果针对退役铅蓄电池… as UTF-8 read as GBK, and as GBK read as Latin-1.
    let gbk = "鏈垚鏋滈拡瀵归€€褰归搮钃勭數姹犱腑閾呰啅鍥炴敹鑳借€楅珮銆侀搮灏樻帓鏀惧ぇ鐨勯棶棰橈紝鎻愬嚭浣庢俯婀挎硶杩樺師宸ヨ壓";
    refused(&[("summary", gbk)], &[("summary", "wrong_encoding")]);
    refused(&[("title", "·Ï¾ÉÇ¦Ðîµç³ØÇ¦¸àµÍÎÂÊª·¨»ØÊÕ")], &[("title", "wrong_encoding")]);
    refused(&[("title", "锟斤拷锟斤拷")], &[("title", "wrong_encoding")]);
    // A summary that was cut within its last character has lost nothing else.
    let cut = format!("{SUMMARY}\u{fffd}");
    let admitted = good(&[("summary", &cut)]);
    assert_eq!(admitted.facts.summary, SUMMARY);
    assert_eq!(codes(&admitted.notes), [("summary", "cut_at_source")]);
    // Accents, traditional and rare characters are no mojibake.
    for title in ["Procédé de dépôt à l'état élevé", "塩化物電池鏈條製造", "涓流充电管理"]
    {
        assert_eq!(facts(&[("title", title)]).title, title);
    }
}

#[test]
fn rights_are_found_in_what_people_write() {
    #[track_caller]
    fn check(cell: &str, rights: &[(&str, IpType, IpStatus)]) {
        let facts = facts(&[("ip", cell)]);
        let found: Vec<_> = facts
            .ip
            .iter()
            .map(|r| (r.number.as_str(), r.kind.clone(), r.status.clone()))
            .collect();
        assert_eq!(found, rights, "{cell}");
    }
    let (a, b) = ("CN202111144021.7", "CN201310699744.2");
    let invention = |number, status| (number, IpType::INVENTION, status);
    let granted = invention(a, IpStatus::GRANTED);
    for cell in [
        "ZL202111144021.7",
        "发明专利：ZL 2021 1 1144021.7",
        "专利号ZL202111144021.7（已授权）",
        "1.ZL202111144021.7",
        "1、ZL202111144021.7",
        "(1) 一种铅膏回收方法，发明专利，ZL202111144021.7",
        "授权 2021111440217 (2023.05.06)",
        "一种基于GB18030编码的方法 ZL202111144021.7",
        "国家发明专利（专利号：ＺＬ２０２１１１１４４０２１．７）",
    ] {
        check(cell, std::slice::from_ref(&granted));
    }
    check("CN202111144021.7（实审）", &[invention(a, IpStatus::FILED)]);
    check("专利申请号：202111144021.7", &[invention(a, IpStatus::UNKNOWN)]);
    check("ZL202111144021.7（已失效）", &[invention(a, IpStatus::LAPSED)]);
    let both = [invention(a, IpStatus::GRANTED), invention(b, IpStatus::GRANTED)];
    for cell in [
        "ZL202111144021.7，ZL201310699744.2",
        "ZL202111144021.7 ZL201310699744.2",
        "ZL202111144021.7/ZL201310699744.2",
        "ZL202111144021.7\nZL201310699744.2",
        "ZL202111144021.7ZL201310699744.2",
        "ZL202111144021.7;ZL201310699744.2;CN202111144021.7",
    ] {
        check(cell, &both);
    }
    check("软件著作权 2023SR0123456", &[("2023SR0123456", IpType::SOFTWARE, IpStatus::GRANTED)]);
    check("软著登字第0123456号", &[("软著登字第0123456号", IpType::SOFTWARE, IpStatus::GRANTED)]);
    check("PCT/CN2021/123456", &[invention("PCT/CN2021/123456", IpStatus::UNKNOWN)]);
    check("US 10,112,233 B2", &[invention("US10112233B2", IpStatus::UNKNOWN)]);
    check(
        "植物新品种权：CNA20191001234",
        &[("plant:CNA20191001234", IpType::PLANT, IpStatus::UNKNOWN)],
    );
    check("CN113871726B", &[invention("CN113871726B", IpStatus::GRANTED)]);
    check("无", &[]);
    noted(&[("ip", "发明专利3项")], &[("ip", "ip_no_number")]);
    noted(&[("ip", "正在申请")], &[("ip", "ip_no_number")]);
    noted(&[("ip", "实用新型 ZL202111144021.7")], &[("ip", "ip_kind_differs")]);
    noted(&[("ip", "2.021111440217E+11")], &[("ip", "ip_repaired")]);
    refused(&[("ip", "2.02111144021E+11")], &[("ip", "ip_digits_lost")]);
    refused(&[("ip", "202111144021.7/201310699744.8")], &[("ip", "ip_check_digit")]);
    refused(&[("ip", "202111144021.7 201310699744.8")], &[("ip", "ip_check_digit")]);
    refused(&[("ip", "专利号：ZL20211114402")], &[("ip", "ip_shape")]);
}

#[test]
fn prices() {
    #[track_caller]
    fn check(name: &str, cell: &str, price: Option<Price>) {
        assert_eq!(facts(&[(name, cell)]).price, price, "{cell}");
    }
    let fixed = |yuan: i64| Some(Price::Fixed { amount_fen: yuan * 100 });
    for cell in [
        "50万元",
        "50 万",
        "¥500,000",
        "500000元",
        "500 000 元",
        "５０万元",
        "0.5百万元",
        "人民币50万元整",
        "转让价格：50万元",
        "50.00万元（含税）",
        "5E+05元",
        "50w",
    ] {
        check("price", cell, fixed(500_000));
    }
    check("price@转让价格（万元）", "50", fixed(500_000));
    check("price@转让价格（万元）", "500000元", fixed(500_000));
    check("price@合作价格(元)", "12.34", Some(Price::Fixed { amount_fen: 1_234 }));
    check("price", "1.2亿元", fixed(120_000_000));
    for cell in ["面议", "价格面议", "双方协商", "待定价（洽谈）"] {
        check("price", cell, Some(Price::Negotiable));
    }
    check("price", "拍卖", Some(Price::Auction { amount_fen: None }));
    check("price", "公开拍卖，起拍价50万元", Some(Price::Auction { amount_fen: Some(50_000_000) }));
    check("price", "免费许可", fixed(0));
    check("price", "0", None);
    for cell in ["100-200万元", "50万元/年", "50万元起", "约50万元", "首付10万元，提成3%"]
    {
        check("price", cell, Some(Price::Negotiable));
        noted(&[("price", cell)], &[("price", "price_not_fixed")]);
    }
    noted(&[("price", "500000")], &[("price", "unit_assumed")]);
    refused(&[("price", "50万美元")], &[("price", "price_unreadable")]);
    refused(&[("price", "0.001元")], &[("price", "price_unreadable")]);
    refused(&[("price", "-5万元")], &[("price", "price_range")]);
    refused(&[("price@价格（万元）", "99999999")], &[("price", "price_range")]);
    refused(&[("price", "99999999999999999999元")], &[("price", "price_unreadable")]);
}

#[test]
fn readiness_is_read_or_estimated() {
    #[track_caller]
    fn check(fields: &[(&str, &str)], stage: Option<Stage>, trl: Option<(u8, bool)>) {
        let facts = facts(fields);
        assert_eq!(facts.stage, stage, "{fields:?}");
        assert_eq!(facts.trl.map(|trl| (trl.level, trl.estimated)), trl, "{fields:?}");
    }
    check(&[("stage", "小试")], Some(Stage::EARLY), Some((3, true)));
    check(&[("stage", "中期阶段")], Some(Stage::PILOT), Some((6, true)));
    check(&[("stage", "批量生产")], Some(Stage::MATURE), Some((8, true)));
    check(&[("trl", "中试")], Some(Stage::PILOT), Some((6, true)));
    check(&[("stage", "TRL7")], None, Some((7, false)));
    check(&[("stage", "成熟应用"), ("trl", "9")], Some(Stage::MATURE), Some((9, false)));
    check(&[("stage", "初期"), ("trl", "中试")], Some(Stage::EARLY), Some((3, true)));
    check(&[("trl", "待定")], None, None);
    noted(&[("stage", "小试")], &[("trl", "estimated")]);
    noted(&[("trl", "TRL 6-7")], &[("trl", "estimated")]);
    refused(&[("trl", "0")], &[("trl", "trl_range")]);
    refused(&[("trl", "TRL10")], &[("trl", "trl_range")]);
    let facts = facts(&[("trl", "6"), ("trl_evidence", "第三方检测报告")]);
    assert_eq!(facts.trl.unwrap().evidence, "第三方检测报告");
}

#[test]
fn codes_in_real_words() {
    let field = |cell: &str| facts(&[("field", cell)]).field;
    for (cell, code) in [
        ("电子信息技术", "electronics"),
        ("电子信息", "electronics"),
        ("先进制造与自动化", "manufacturing"),
        ("光机电一体化", "manufacturing"),
        ("生物与新医药技术", "biomedicine"),
        ("新能源与高效节能", "new_energy"),
        ("资源与环境", "environment"),
        ("地球、空间与海洋工程", "geo_marine"),
        ("新一代信息技术产业", "electronics"),
        ("新材料；新能源", "new_materials"),
        ("电子信息（人工智能方向）", "electronics"),
        ("new_materials", "new_materials"),
        ("New Materials", "new_materials"),
        ("核应用技术", "nuclear"),
        ("航空航天技术", "aerospace"),
        ("节能环保产业", "environment"),
        ("新能源汽车", "transport"),
        ("高端装备制造", "manufacturing"),
        ("现代农业技术", "agriculture"),
    ] {
        assert_eq!(field(cell).unwrap().as_str(), code, "{cell}");
    }
    noted(&[("field", "新一代信息技术")], &[("field", "estimated")]);
    noted(&[("field", "哲学")], &[("field", "value_unknown")]);
    let modes = |cell: &str| facts(&[("transfer_mode", cell)]).transfer_modes;
    for (cell, codes) in [
        ("技术转让", &["assign"][..]),
        ("专利许可", &["license"]),
        ("作价入股", &["invest"]),
        ("合作开发", &["cooperate"]),
        ("先试后转", &["trial_first"]),
        ("转让或许可", &["assign", "license"]),
        ("许可（独占）", &["license"]),
        ("转让 许可 作价投资", &["assign", "license", "invest"]),
        ("与他人共同实施转化", &["cooperate"]),
        ("技术转让、技术许可；技术转让", &["assign", "license"]),
        ("详见附件", &["other"]),
        ("无", &[]),
    ] {
        assert_eq!(
            modes(cell).iter().map(TransferMode::as_str).collect::<Vec<_>>(),
            codes,
            "{cell}"
        );
    }
    noted(&[("transfer_mode", "详见附件")], &[("transfer_mode", "value_unknown")]);
    let level = |cell: &str| facts(&[("level", cell)]).level;
    assert_eq!(level("总体国际先进，部分国际领先"), Some(Level::WORLD_ADVANCED));
    assert_eq!(level("国内领先水平"), Some(Level::NATION_LEADING));
    assert_eq!(level("未鉴定"), Some(Level::UNRATED));
    for (cell, answer) in [
        ("是", true),
        ("Y", true),
        ("1", true),
        ("可", true),
        ("√", true),
        ("否", false),
        ("无", false),
        ("0", false),
        ("也许", false),
    ] {
        assert_eq!(facts(&[("trial_offered", cell)]).trial_offered, answer, "{cell}");
    }
    for (cell, answer) in [
        ("有", true),
        ("本单位声明拥有完整权属", true),
        ("权属清晰，无争议", true),
        ("未声明", false),
        ("权属存在争议", false),
        ("尚未签署声明", false),
    ] {
        assert_eq!(facts(&[("owner_declaration", cell)]).owner_declaration, answer, "{cell}");
    }
}

#[test]
fn lists_are_split_with_care() {
    let keywords = |cell: &str| facts(&[("keyword", cell)]).keywords;
    assert_eq!(keywords("锂电池；回收、湿法冶金|再生"), ["锂电池", "回收", "湿法冶金", "再生"]);
    assert_eq!(keywords("lithium battery, 回收"), ["lithium battery", "回收"]);
    assert_eq!(
        keywords("TCP/IP；1,2-二氯乙烷；水/油分离"),
        ["TCP/IP", "1,2-二氯乙烷", "水", "油分离"]
    );
    assert_eq!(
        keywords("深度学习（卷积、循环）；无；深度学习（卷积、循环）"),
        ["深度学习(卷积、循环)"]
    );
    assert_eq!(keywords("回收（湿法； 低温） 再生"), ["回收(湿法; 低温)", "再生"]);
    let owners = |cell: &str| facts(&[("owner", cell)]).owners;
    assert_eq!(
        owners("浙江大学（杭州、湖州）,湖州师范学院"),
        ["浙江大学(杭州、湖州)", "湖州师范学院"]
    );
    assert_eq!(owners("Foo Co., Ltd.；浙江大学"), ["Foo Co., Ltd.", "浙江大学"]);
    noted(&[("keyword", "一;二;三;四;五;六;七;八;九;十;十一")], &[("keyword", "keywords_cut")]);
    noted(
        &[("ipc", "H01M"), ("industry", "制造业")],
        &[("ipc", "ipc_unreadable"), ("industry", "industry_unreadable")],
    );
    let names: Vec<String> = (0..33).map(|at| format!("单位{at}")).collect();
    refused(&[("owner", &names.join("、"))], &[("owner", "too_many_values")]);
    refused(&[("problem", &"x".repeat(RAW_VALUE_BYTES_MAX + 1))], &[("problem", "value_too_long")]);
    noted(&[("colour", "red")], &[("colour", "field_unknown")]);
    noted(
        &[("url", "见官网"), ("date", "近期")],
        &[("date", "date_unreadable"), ("url", "url_unreadable")],
    );
    let many = RawRecord {
        fields: vec![
            RawField {
                name: "inventor".into(),
                value: "张三".into(),
                origin: String::new()
            };
            513
        ],
        ..record(&[])
    };
    let reasons = admit(&many, &nothing()).unwrap_err();
    assert_eq!(codes(&reasons).last(), Some(&("", "too_many_values")));
}

#[test]
fn everything_is_bounded() {
    let wrong = ["ZL202111144021.8"; 300].join("；");
    let Err(reasons) = admit(&record(&[("ip", &wrong)]), &nothing()) else { panic!("admitted") };
    assert_eq!(reasons.len(), REASONS_MAX + 1);
    assert_eq!(codes(&reasons).last(), Some(&("", "more_reasons")));
    // Cells full of separators and of different pieces, as far as a record goes.
    let hostile: String = (0..RAW_VALUE_BYTES_MAX / 8).map(|at| format!("{at:04},、;")).collect();
    let hostile = &hostile[..hostile.floor_char_boundary(RAW_VALUE_BYTES_MAX)];
    let values: Vec<_> = RAW_FIELDS.iter().cycle().take(60).map(|name| (*name, hostile)).collect();
    let Err(reasons) = admit(&raw(&values), &nothing()) else { panic!("admitted") };
    assert!(codes(&reasons).contains(&("", "record_too_long")));
    assert!(codes(&reasons).contains(&("owner", "too_many_values")));
}

#[test]
fn secrets_stay_out() {
    for cell in ["涉密", "秘密", "机密★5年", "绝密", "国家秘密", "保密", "secret"]
    {
        refused(&[("secrecy", cell)], &[("secrecy", "classified")]);
    }
    refused(&[("secrecy@是否涉密", "是")], &[("secrecy", "classified")]);
    refused(&[("secrecy", "公开"), ("secrecy", "秘密")], &[("secrecy", "classified")]);
    refused(&[("title", "某型装置（机密 ★ 10年）")], &[("title", "classified")]);
    let secrecy = |name: &str, cell: &str| facts(&[(name, cell)]).secrecy;
    assert_eq!(secrecy("secrecy", "可公开"), Some(Secrecy::PUBLIC));
    assert_eq!(secrecy("secrecy", "内部"), Some(Secrecy::INTERNAL));
    assert_eq!(secrecy("secrecy", "不公开"), Some(Secrecy::INTERNAL));
    // Not said, or only said to be no state secret: nobody agreed to publish it.
    assert_eq!(secrecy("url", "https://a.cn"), None);
    assert_eq!(secrecy("secrecy", "无"), None);
    assert_eq!(secrecy("secrecy", "不涉密"), None);
    assert_eq!(secrecy("secrecy@是否涉密", "否"), None);
    assert_eq!(facts(&[("secrecy", "公开"), ("secrecy", "不涉密")]).secrecy, Some(Secrecy::PUBLIC));
    let public = BTreeMap::from([("secrecy".to_owned(), "公开".to_owned())]);
    let with_default =
        |fields: &[(&str, &str)]| admit(&record(fields), &public).unwrap().facts.secrecy;
    assert_eq!(with_default(&[]), Some(Secrecy::PUBLIC));
    assert_eq!(with_default(&[("secrecy@是否涉密", "否")]), Some(Secrecy::PUBLIC));
    assert_eq!(with_default(&[("secrecy", "内部")]), Some(Secrecy::INTERNAL));
}

#[test]
fn what_nobody_can_take_over_stays_out() {
    for form in [
        "论文",
        "论文；专著",
        "期刊论文",
        "理论成果",
        "paper",
        "info:eu-repo/semantics/article",
        "博士学位论文",
    ] {
        refused(&[("form", form)], &[("form", "not_transferable")]);
    }
    // Whatever can be taken over comes in, and so does what does not say what it is.
    let kept: [&[(&str, &str)]; 7] = [
        &[("form", "论文"), ("form", "新工艺")],
        &[("form", "论文"), ("ip", "ZL202111144021.7")],
        &[("form", "论文"), ("transfer_mode", "许可")],
        &[("form", "论文"), ("owner_declaration", "是")],
        &[("form", "论文；新工艺")],
        &[("form", "新技术")],
        &[],
    ];
    for fields in kept {
        good(fields);
    }
    // A number that cannot be read is a reason of its own, and no second one.
    refused(&[("form", "论文"), ("ip", "ZL202111144021.8")], &[("ip", "ip_check_digit")]);
}

#[test]
fn defaults_fill_what_a_record_does_not_say() {
    let defaults = BTreeMap::from([
        ("owner".to_owned(), "东南大学".to_owned()),
        ("transfer_mode".to_owned(), "许可".to_owned()),
        ("colour".to_owned(), "red".to_owned()),
    ]);
    let bare = raw(&[("title", "一种装置"), ("summary", SUMMARY), ("owner", "/")]);
    let facts = admit(&bare, &defaults).unwrap().facts;
    assert_eq!(
        (facts.owners, facts.transfer_modes),
        (vec!["东南大学".to_owned()], vec![TransferMode::LICENSE])
    );
    let said = raw(&[("title", "一种装置"), ("summary", SUMMARY), ("owner", "浙江大学")]);
    assert_eq!(admit(&said, &defaults).unwrap().facts.owners, ["浙江大学"]);
}

#[test]
fn duplicates_share_a_key() {
    let keys = |fields: &[(&str, &str)]| good(fields).merge_keys;
    let a = keys(&[("title", "一种废旧铅蓄电池的低温回收方法"), ("owner", "东南大学")]);
    let b = keys(&[("title", "废旧铅蓄电池低温回收方法（Ⅰ）"), ("owner", "东南大学")]);
    let c = keys(&[("title", "《废旧 铅蓄电池》低温回收方法"), ("owner", "长兴某公司；东南大学")]);
    let of = |keys: &[String], ground| -> Vec<String> {
        keys.iter().filter(|key| MergeGround::of(key) == Some(ground)).cloned().collect()
    };
    assert!(c.contains(&a[0]) && of(&c, MergeGround::Title).len() == 2);
    assert_eq!(of(&a, MergeGround::LikeTitle).len(), 2, "{a:?}");
    assert_ne!(a, b);
    assert_eq!(keys(&[("title", "新材料")]), Vec::<String>::new());
    assert_ne!(a, keys(&[("title", "一种废旧铅蓄电池的低温回收方法"), ("owner", "浙江大学")]));
    assert_eq!(keys(&[("ip", "ZL202111144021.7")])[0], "ip:CN202111144021.7");
    assert_eq!(keys(&[("ip", "CN113871726A")])[0], keys(&[("ip", "CN113871726B")])[0]);
}
