//! Needs as a table.

use taihu_model::Need;

use super::Table;
use super::achievements::joined;
use crate::http::oai::yuan;

/// A column: its header, and what a need has in it.
type Column = (&'static str, fn(&Need) -> String);

const COLUMNS: &[Column] = &[
    ("需求编号", |need| need.id.to_string()),
    ("需求名称", |need| need.facts.title.clone()),
    ("企业名称", |need| need.facts.enterprise.clone()),
    ("状态", |need| need.state.zh().to_owned()),
    ("技术难题", |need| need.facts.problem.clone()),
    ("技术关键", |need| need.facts.technical_key.clone()),
    ("目标指标", |need| need.facts.target_indicators.clone()),
    ("已尝试的办法", |need| need.facts.tried.clone()),
    ("现有基础条件", |need| need.facts.base_conditions.clone()),
    ("预算（元）", |need| need.facts.budget_fen.map(yuan).unwrap_or_default()),
    ("期望完成日期", |need| joined(need.facts.deadline.iter().map(ToString::to_string))),
    ("合作方式", |need| {
        joined(need.facts.cooperation_mode.iter().map(|it| it.zh().to_owned()))
    }),
    ("公开范围", |need| need.facts.secrecy.zh().to_owned()),
    ("产业链", |need| need.facts.chain.clone().unwrap_or_default()),
    ("IPC分类号", |need| joined(need.facts.ipc.iter().cloned())),
    ("行业代码", |need| joined(need.facts.industry.iter().cloned())),
    ("来源渠道", |need| need.facts.channel.zh().to_owned()),
    ("提交时间", |need| need.created.to_string()),
    ("更新时间", |need| need.updated.to_string()),
];

/// The table of some needs.
pub(in crate::http) fn needs(records: &[Need]) -> Table {
    let row = |need: &Need| COLUMNS.iter().map(|(_, cell)| cell(need)).collect();
    Table {
        name: "需求",
        headers: COLUMNS.iter().map(|(header, _)| *header).collect(),
        rows: records.iter().map(row).collect(),
    }
}
