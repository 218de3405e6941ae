//! What plugins that judge are asked about: their own cases' records, and made-up ones.

use std::borrow::Cow;
use std::collections::BTreeSet;

use taihu_model::contract::{AchievementView, Attribute, AttributeValue, NeedView, Readiness};
use taihu_model::{
    CLASSES_MAX, Case, CaseBody, KEYWORDS_MAX, OWNERS_MAX, TEXT_BYTES_MAX, TITLE_CHARS_MAX,
};

use super::Batch;
use crate::limits;

/// Text that no author writes and the contract allows.
const HOSTILE: &[&str] = &[
    "第一行\n第二行\n\n\n",
    "\u{202e}gpj.锂电池\u{202c}\u{2066}隔离\u{2069}",
    "👩‍👩‍👧‍👦🇨🇳🏳️‍🌈锂电池🔋🔋🔋",
    "Z\u{36f}\u{35b}\u{348}a\u{334}\u{321}l\u{489}g\u{353}o\u{30a} e\u{301}\u{301}\u{301}\u{301}",
    "ﬁﬂ①②③ＡＢＣ㎏㈱ｶﾞ",
    "<script>alert('锂')</script><!-- --><![CDATA[ ]]>&lt;&#0;",
    "'; DROP TABLE achievements; --",
    r#"{"title": ["锂", {"a": null}], "n": 1e999}"#,
    "%s%n%x${jndi:ldap://a}{{7*7}}`id`$(id)",
    "../../etc/passwd\\..\\windows",
    "\u{feff}\u{200b}\u{200d}\u{2060}\u{ad}\u{fffd}\u{fffe}\u{e000}\u{10ffff}",
    "𠮷野家𪚥龘靐齉爩",
    "ﷺﷻ العربية עברית हिन्दी ไทย 한국어",
    "。，、；：？！“”‘’（）《》【】…—·～",
    "     　　　　　     ",
    "-0 +1 0x7fffffff 99999999999999999999999999 1e-400 NaN Infinity",
];

/// Where the inputs come from.
pub(super) struct Material {
    need: NeedView<'static>,
    own: Vec<AchievementView<'static>>,
}

impl Material {
    /// Takes what a plugin's own cases have; nothing is taken twice by identifier.
    pub(super) fn of(cases: &[Case]) -> Self {
        let (mut need, mut own, mut seen) = (None, Vec::new(), BTreeSet::new());
        for case in cases {
            let achievements = match &case.body {
                CaseBody::Score(case) => {
                    need.get_or_insert_with(|| case.need.clone());
                    &case.achievements
                }
                CaseBody::Classify(case) => &case.achievements,
                CaseBody::Harvest(_) => continue,
            };
            let fresh = achievements.iter().filter(|it| seen.insert(it.id.clone()));
            own.extend(fresh.cloned());
        }
        own.truncate(limits::CONFORMANCE_OWN_MAX);
        Self { need: need.unwrap_or_else(ordinary_need), own }
    }

    /// The plugin's own records, and some that it has never seen.
    pub(super) fn batch(&self) -> Batch {
        let mut achievements = self.own.clone();
        achievements.extend((0..MADE_UP).map(ordinary));
        self.ask(achievements)
    }

    /// Nothing is said: of the need, of one achievement, of another that has no lists either.
    pub(super) fn empty(&self) -> Batch {
        let nothing = |at: usize| AchievementView { id: id(at), ..AchievementView::default() };
        let blank = AchievementView {
            keywords: vec![String::new()].into(),
            transfer_modes: vec!["".into()],
            ipc: vec![String::new()].into(),
            industry: vec![String::new()].into(),
            ..nothing(1)
        };
        let need = NeedView { id: "need_0".into(), ..NeedView::default() };
        Batch { need, achievements: vec![nothing(0), blank] }
    }

    /// As long as records can be that were admitted.
    pub(super) fn maximal(&self) -> Batch {
        let mut need = ordinary_need();
        for text in [
            &mut need.problem,
            &mut need.technical_key,
            &mut need.target_indicators,
            &mut need.tried,
            &mut need.base_conditions,
        ] {
            *text = long(TEXT_BYTES_MAX).into();
        }
        need.title = long(TITLE_CHARS_MAX * 3).into();
        need.budget_fen = Some(u64::MAX);
        need.ipc = vec!["H01M10/54".to_owned(); CLASSES_MAX].into();
        need.industry = vec!["3841".to_owned(); CLASSES_MAX].into();
        Batch { need, achievements: (0..MADE_UP).map(longest).collect() }
    }

    /// As many as may come at once: the plugin's own records and made-up ones.
    pub(super) fn crowd(&self) -> Batch {
        let mut achievements = self.own.clone();
        achievements.extend((achievements.len()..limits::BATCH_MAX).map(ordinary));
        self.ask(achievements)
    }

    /// Text that no author writes, in every field of a record, and once everything in the need.
    pub(super) fn hostile(&self) -> Batch {
        let mut achievements: Vec<_> =
            HOSTILE.iter().enumerate().map(|(at, text)| strange(at, text)).collect();
        let word = "A".repeat(4_000);
        achievements.push(strange(achievements.len(), &word));
        let all: Cow<'static, str> = HOSTILE.concat().into();
        let need = NeedView {
            id: "need_0".into(),
            title: all.clone(),
            problem: all.clone(),
            technical_key: all.clone(),
            target_indicators: all.clone(),
            tried: all.clone(),
            base_conditions: all,
            ..self.need.clone()
        };
        Batch { need, achievements }
    }

    fn ask(&self, achievements: Vec<AchievementView<'static>>) -> Batch {
        Batch { need: self.need.clone(), achievements }
    }
}

/// Made-up records beside the plugin's own.
const MADE_UP: usize = 8;

fn id(at: usize) -> Cow<'static, str> {
    format!("ach_{at:026}").into()
}

fn ordinary_need() -> NeedView<'static> {
    NeedView {
        id: "need_0".into(),
        title: "废旧动力电池正极材料短流程再生".into(),
        problem: "回收的极片直接再生时铝箔残留高、锂损失不均，再生料的循环寿命达不到要求".into(),
        technical_key: "极片无损剥离与补锂修复".into(),
        target_indicators: "铝含量低于100 ppm，循环2000次容量保持率80%以上".into(),
        cooperation_mode: "license".into(),
        budget_fen: Some(50_000_000),
        deadline: "2026-12-31".into(),
        ..NeedView::default()
    }
}

/// A record as they are, none like another.
fn ordinary(at: usize) -> AchievementView<'static> {
    const TOPICS: &[&str] = &[
        "磷酸铁锂正极材料修复",
        "北斗高精度定位终端",
        "竹材连续化炭化装备",
        "电池管理系统",
        "遥感影像解译",
    ];
    const STAGES: &[&str] = &["early", "pilot", "mature", ""];
    let topic = TOPICS[at % TOPICS.len()];
    AchievementView {
        id: id(at),
        title: format!("{topic}技术（{at}号方案）").into(),
        summary: format!(
            "面向{topic}建立成套方法，已在{}条产线验证，能耗下降{}%。",
            at % 9 + 1,
            at % 40 + 5
        )
        .into(),
        problem: format!("解决{topic}中批次一致性差的问题").into(),
        advantage: format!("与现有工艺相比成本降低{}%", at % 30 + 3).into(),
        keywords: vec![topic.to_owned(), "再生".to_owned()].into(),
        field: "new_energy".into(),
        stage: STAGES[at % STAGES.len()].into(),
        trl: u8::try_from(at % 10).ok().filter(|level| *level > 0).map(|level| Readiness {
            level,
            estimated: at.is_multiple_of(2),
            evidence: "中试报告".into(),
        }),
        transfer_modes: vec!["license".into()],
        trial_offered: at.is_multiple_of(3),
        ipc: vec!["H01M10/54".to_owned()].into(),
        attributes: attributes("单价每吨三万元", 1),
        ..AchievementView::default()
    }
}

fn longest(at: usize) -> AchievementView<'static> {
    let text = long(TEXT_BYTES_MAX);
    AchievementView {
        title: long(TITLE_CHARS_MAX * 3).into(),
        summary: text.clone().into(),
        problem: text.clone().into(),
        advantage: text.clone().into(),
        keywords: vec![long(TITLE_CHARS_MAX); KEYWORDS_MAX].into(),
        trl: Some(Readiness { level: 9, estimated: false, evidence: text.clone().into() }),
        ipc: vec!["H01M10/54".to_owned(); CLASSES_MAX].into(),
        industry: vec!["3841".to_owned(); CLASSES_MAX].into(),
        attributes: attributes(&text, OWNERS_MAX),
        ..ordinary(at)
    }
}

fn strange(at: usize, text: &str) -> AchievementView<'static> {
    let own = || Cow::Owned(text.to_owned());
    AchievementView {
        id: id(at),
        title: own(),
        summary: own(),
        problem: own(),
        advantage: own(),
        keywords: vec![text.to_owned(); 3].into(),
        field: own(),
        stage: own(),
        trl: Some(Readiness { level: 1, estimated: false, evidence: own() }),
        transfer_modes: vec![own()],
        trial_offered: true,
        ipc: vec![text.to_owned()].into(),
        industry: vec![text.to_owned()].into(),
        attributes: attributes(text, 1),
    }
}

/// The fields beyond the common ones: texts, lists and numbers.
fn attributes(text: &str, count: usize) -> Vec<Attribute<'static>> {
    let texts = || AttributeValue::Texts(vec![text.chars().take(120).collect(); count]);
    [
        ("economics", AttributeValue::Text(text.to_owned())),
        ("indicators", AttributeValue::Text(text.to_owned())),
        ("form", AttributeValue::Text("process".to_owned())),
        ("owners", texts()),
        ("ip_statuses", texts()),
        ("price_fen", AttributeValue::Integer(i64::MAX)),
        ("completeness_permille", AttributeValue::Integer(1_000)),
        ("year", AttributeValue::Integer(2_026)),
    ]
    .map(|(key, value)| Attribute { key: key.into(), value })
    .into()
}

/// Chinese text of at most so many bytes, none of whose parts is like another.
fn long(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 64);
    let mut at = 0;
    while text.len() < bytes {
        at += 1;
        text.push_str(&format!("第{at}批锂电池极片经剥离、补锂与再生后比容量提高{}%。", at % 40));
    }
    text.truncate(text.floor_char_boundary(bytes));
    text
}
