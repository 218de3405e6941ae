//! The words that real exports use for the codes of DOMAIN §4, and nothing but tables of them.
//!
//! Each row: the code, the words that mean it, the words that mean it only roughly.

use std::sync::LazyLock;

use super::lexicon::{Lexicon, key};
use crate::{Field, Form, Level, Stage, TransferMode};

/// The 11 高新技术领域, their older names, and the strategic emerging industries (estimated).
pub(super) static FIELDS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(
        Field::KNOWN,
        &[
            (
                "electronics",
                "电子与信息|电子信息产业",
                "新一代信息技术|信息技术|软件和信息服务|数字经济|人工智能|数字创意|集成电路|\
             物联网|大数据|通信|计算机|软件",
            ),
            (
                "manufacturing",
                "先进制造与自动化|光机电一体化|先进制造业|机电一体化",
                "高端装备制造|高端装备|智能制造|装备制造|机械制造|自动化|机器人|高技术服务",
            ),
            ("aerospace", "航空与航天|航空航天及海洋", "航天|航空|低空经济|商业航天"),
            ("transport", "现代交通运输|交通运输", "新能源汽车|智能网联汽车|轨道交通|汽车"),
            (
                "biomedicine",
                "生物与新医药|生物医药|生物、医药和医疗器械|生物医药与医疗器械技术|医药生物|\
             生物技术与新医药|医疗器械",
                "生物|医药|生命健康|大健康|医疗健康|生命科学",
            ),
            ("new_materials", "新型材料|材料", "先进材料|化工新材料|纳米材料|化学化工"),
            (
                "new_energy",
                "新能源与高效节能|新能源及节能|新能源|新能源、高效节能",
                "能源|储能|节能|绿色低碳|新型电力系统",
            ),
            (
                "environment",
                "资源与环境|环境保护与资源综合利用|环保",
                "节能环保|资源综合利用|生态环境|环境|资源循环利用",
            ),
            (
                "geo_marine",
                "地球、空间与海洋工程|地球空间及海洋工程|地球空间与海洋工程|海洋工程",
                "地理信息|海洋|测绘|遥感|卫星导航|海洋装备",
            ),
            ("nuclear", "核应用|核技术应用", "核能|核技术"),
            ("agriculture", "农业|现代农业技术|农林牧渔", "农业科技|种业|食品|林业|水产|智慧农业"),
        ],
    )
});

/// Stages. 小批量 lies between pilot and industrial production and is taken as pilot.
pub(super) static STAGES: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(
        Stage::KNOWN,
        &[
            (
                "early",
                "初期|初期阶段|早期|小试|实验室|实验室阶段|研发|研发阶段|研究阶段|概念验证|\
             原理验证|原理样机|基础研究|试验阶段|实验阶段|小试阶段",
                "概念|样品|原型|应用研究",
            ),
            (
                "pilot",
                "中期|中期阶段|中试|中试阶段|工程样机|中试放大|示范|工程化|试生产",
                "样机|小批量|小批量生产|小批量试产|工程示范|示范应用|可产业化|可以产业化|\
             可以量产|可量产",
            ),
            (
                "mature",
                "成熟|成熟阶段|成熟应用阶段|成熟期|产业化|产业化阶段|批量生产|量产|\
             规模化生产|规模化|大规模应用|工业化|工业化生产|产业化应用|稳定应用|推广应用",
                "已应用|应用阶段|商业化|已投产",
            ),
        ],
    )
});

/// Assessed levels; looked for within a text too (达到国际先进水平).
pub(super) static LEVELS: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::of(Level::KNOWN, &[("unrated", "未评价|未鉴定|未评定|未评估", "")]));

/// Forms of an achievement.
pub(super) static FORMS: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(
        Form::KNOWN,
        &[
            ("technology", "技术|新技术|新方法|方法|应用技术", "标准|技术标准"),
            ("process", "工艺|新工艺", "配方"),
            ("product", "产品|新产品", "药品|样品|器件"),
            ("material", "材料|新材料", ""),
            ("equipment", "装备|设备|新装备|新设备|装置|仪器|新装置|仪器设备", "系统|样机|生产线"),
            ("software", "软件|计算机软件|软件产品|软件系统", "算法|平台|数据库|计算机程序"),
            ("variety", "品种|新品种|农业新品种|生物新品种|农业、生物新品种|动植物新品种", ""),
            ("other", "其他|其它|其他应用技术", ""),
        ],
    )
});

/// Forms that are knowledge and no technology: what the transferability gate goes by.
const PAPERS: &[&str] = &[
    "论文",
    "学术论文",
    "期刊论文",
    "会议论文",
    "学位论文",
    "硕士论文",
    "博士论文",
    "硕士学位论文",
    "博士学位论文",
    "科技论文",
    "研究论文",
    "专著",
    "著作",
    "学术专著",
    "译著",
    "教材",
    "理论成果",
    "基础理论",
    "基础理论成果",
    "研究报告",
    "综述",
    "paper",
    "article",
    "journalarticle",
    "researcharticle",
    "conferencepaper",
    "conferenceobject",
    "thesis",
    "mastersthesis",
    "masterthesis",
    "doctoralthesis",
    "dissertation",
    "book",
    "bookchapter",
    "bookpart",
    "monograph",
    "preprint",
    "review",
    "reviewarticle",
    "journalpaper",
    "articles",
    "papers",
];

/// Says whether a form is a paper, thesis, monograph or theory; DRIVER's
/// `info:eu-repo/semantics/article` counts as its last word.
pub(super) fn is_paper(form: &str) -> bool {
    let last = form.rsplit('/').next().unwrap_or(form);
    PAPERS.contains(&key(form).as_str()) || PAPERS.contains(&key(last).as_str())
}

/// Ways of transfer, in the words of universities' exports and of the law on technology transfer.
pub(super) static MODES: LazyLock<Lexicon> = LazyLock::new(|| {
    Lexicon::of(
        TransferMode::KNOWN,
        &[
            (
                "assign",
                "转让|技术转让|专利转让|专利权转让|成果转让|所有权转让|专利申请权转让|\
             技术秘密转让|完全转让|整体转让|出让|产权转让|软件著作权转让|一次性转让|\
             transfer|sale",
                "收购|买断",
            ),
            (
                "license",
                "许可|技术许可|专利许可|独占许可|排他许可|普通许可|专利实施许可|许可使用|\
             使用许可|实施许可|许可实施|开放许可|专利权许可|独占实施许可|授权许可|\
             授权使用|license|licensing|licence",
                "授权|独占",
            ),
            (
                "cooperate",
                "合作实施|合作开发|合作转化|联合开发|共同开发|产学研合作|合作研发|联合研发|\
             合作|技术合作|合作生产|共同实施|与他人共同实施转化|联合攻关|\
             joint development|cooperation",
                "共建平台|共建实验室|校企合作",
            ),
            (
                "invest",
                "作价投资|作价入股|技术入股|专利入股|入股|折价入股|技术作价|技术作价入股|\
             技术作价投资|技术投资|折算股份或者出资比例|折算股份|股权合作|知识产权入股",
                "股权投资|融资|股权融资|风险投资",
            ),
            (
                "self",
                "自行实施|自主转化|自行转化|自主实施|自行投资实施转化|自行投资|自用",
                "自主创业|创业|自主产业化",
            ),
            (
                "trial_first",
                "先用后转|先试后转|先使用后付费|先用后付|先使用后付款|先试用后转让|先用后付费|\
             先试用后付费|先行试用|先用后缴",
                "试用|免费试用",
            ),
            (
                "service",
                "技术服务|服务|技术咨询|咨询|技术支持",
                "委托开发|技术开发|定制开发|委托研发|检测服务|技术培训",
            ),
            ("other", "其他|其它|其他方式", "面议|不限|均可|多种方式|以上均可"),
        ],
    )
});

/// Yes and no.
pub(super) const YES: &[&str] = &[
    "是",
    "有",
    "y",
    "yes",
    "true",
    "1",
    "可",
    "可以",
    "提供",
    "支持",
    "接受",
    "同意",
    "愿意",
    "能",
    "已声明",
    "已签署",
    "已承诺",
    "√",
    "✓",
    "t",
    "on",
];
/// See [`YES`].
pub(super) const NO: &[&str] = &[
    "否",
    "无",
    "没有",
    "n",
    "no",
    "false",
    "0",
    "不可",
    "不可以",
    "不提供",
    "不支持",
    "不接受",
    "不同意",
    "不愿意",
    "不能",
    "未声明",
    "未签署",
    "×",
    "✗",
    "f",
    "off",
    "不",
];
