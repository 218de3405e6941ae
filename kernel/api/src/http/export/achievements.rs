//! Achievements as a table: the columns that universities' own tables have.

use taihu_model::{Achievement, AchievementFacts, IpRight, IpStatus, Price};

use super::Table;
use crate::http::oai::yuan;

/// A column: its header, and what an achievement has in it.
type Column = (&'static str, fn(&Achievement) -> String);

const COLUMNS: &[Column] = &[
    ("成果编号", |record| record.id.to_string()),
    ("成果名称", |record| record.facts.title.clone()),
    ("成果权属人", |record| joined(record.facts.owners.iter().cloned())),
    ("完成人", |record| joined(record.facts.inventors.iter().cloned())),
    ("成果简介", |record| record.facts.summary.clone()),
    ("解决的问题", |record| record.facts.problem.clone()),
    ("对比优势", |record| record.facts.advantage.clone()),
    ("经济性", |record| record.facts.economics.clone()),
    ("技术指标", |record| record.facts.indicators.clone()),
    ("高新技术领域", |record| joined(record.facts.field.iter().map(|it| it.zh().to_owned()))),
    ("成果形式", |record| joined(record.facts.form.iter().map(|it| it.zh().to_owned()))),
    ("所处阶段", |record| joined(record.facts.stage.iter().map(|it| it.zh().to_owned()))),
    ("技术成熟度", |record| trl(&record.facts).0),
    ("成熟度依据", |record| trl(&record.facts).1),
    ("成果水平", |record| joined(record.facts.level.iter().map(|it| it.zh().to_owned()))),
    ("知识产权", |record| joined(record.facts.ip.iter().map(right))),
    ("成果登记号", |record| {
        joined(record.facts.registration_no.iter().map(ToString::to_string))
    }),
    ("权属声明", |record| yes(record.facts.owner_declaration)),
    ("IPC分类号", |record| joined(record.facts.ipc.iter().cloned())),
    ("国民经济行业代码", |record| joined(record.facts.industry.iter().cloned())),
    ("关键词", |record| joined(record.facts.keywords.iter().cloned())),
    ("转化方式", |record| {
        joined(record.facts.transfer_modes.iter().map(|it| it.zh().to_owned()))
    }),
    ("先用后转", |record| yes(record.facts.trial_offered)),
    ("转让价格", |record| price(&record.facts)),
    ("密级", |record| joined(record.facts.secrecy.iter().map(|it| it.zh().to_owned()))),
    ("年份", |record| joined(record.facts.year.iter().map(ToString::to_string))),
    ("网址", |record| record.facts.url.clone()),
    // Known to the connector as remarks, and left out when it reads the table back.
    ("备注（状态）", |record| record.state.zh().to_owned()),
    ("备注（来源主体）", |record| record.tenant.to_string()),
];

/// The table of some achievements.
pub(in crate::http) fn achievements(records: &[Achievement]) -> Table {
    let row = |record: &Achievement| COLUMNS.iter().map(|(_, cell)| cell(record)).collect();
    Table {
        name: "成果",
        headers: COLUMNS.iter().map(|(header, _)| *header).collect(),
        rows: records.iter().map(row).collect(),
    }
}

pub(super) fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("；")
}

fn yes(is: bool) -> String {
    if is { "是".to_owned() } else { String::new() }
}

/// Level and evidence; nothing of one that was only estimated from the stage.
fn trl(facts: &AchievementFacts) -> (String, String) {
    match &facts.trl {
        Some(trl) if !trl.estimated => (trl.level.to_string(), trl.evidence.clone()),
        _ => (String::new(), String::new()),
    }
}

fn right(right: &IpRight) -> String {
    let status = match right.status == IpStatus::UNKNOWN {
        true => String::new(),
        false => format!("（{}）", right.status.zh()),
    };
    format!("{} {}{status}", right.kind.zh(), right.number)
}

fn price(facts: &AchievementFacts) -> String {
    match &facts.price {
        None => String::new(),
        Some(Price::Negotiable) => "面议".to_owned(),
        Some(Price::Fixed { amount_fen }) => format!("{}元", yuan(*amount_fen)),
        Some(Price::Auction { amount_fen: None }) => "拍卖".to_owned(),
        Some(Price::Auction { amount_fen: Some(fen) }) => format!("拍卖起拍价{}元", yuan(*fen)),
    }
}
