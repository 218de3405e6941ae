//! An achievement as `oai_dc`: the fifteen elements of Dublin Core. What they do not tell apart stands
//! behind a label in Chinese, as repositories in China write it and our own harvester reads it.

use taihu_model::{Achievement, Price};

use super::reply::INSTANCE;
use crate::http::site::Site;
use crate::http::xml::Xml;

/// Its namespace.
pub(super) const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/oai_dc/";
const LOCATION: &str = "http://www.openarchives.org/OAI/2.0/oai_dc/ \
                        http://www.openarchives.org/OAI/2.0/oai_dc.xsd";
const FEN_PER_YUAN: i64 = 100;

/// Writes an achievement.
pub(super) fn write(xml: &mut Xml, site: &Site, record: &Achievement) {
    let head = [
        ("xmlns:oai_dc", NAMESPACE),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:xsi", INSTANCE),
        ("xsi:schemaLocation", LOCATION),
    ];
    xml.open("oai_dc:dc", &head);
    for (element, text) in elements(site, record) {
        if !text.trim().is_empty() {
            xml.text(&format!("dc:{element}"), &[], &text);
        }
    }
    xml.close("oai_dc:dc");
}

fn elements(site: &Site, record: &Achievement) -> Vec<(&'static str, String)> {
    let facts = &record.facts;
    let mut all = vec![("title", facts.title.clone())];
    all.extend(facts.inventors.iter().map(|name| ("creator", format!("完成人：{name}"))));
    all.extend(facts.owners.iter().map(|name| ("publisher", name.clone())));
    all.push(("description", facts.summary.clone()));
    let labelled = [
        ("解决的问题", &facts.problem),
        ("优势", &facts.advantage),
        ("经济性", &facts.economics),
        ("技术指标", &facts.indicators),
    ];
    for (label, text) in labelled {
        if !text.is_empty() {
            all.push(("description", format!("{label}：{text}")));
        }
    }
    if let Some(trl) = facts.trl.as_ref().filter(|trl| !trl.estimated) {
        all.push(("description", format!("技术成熟度：{}", trl.level)));
        if !trl.evidence.is_empty() {
            all.push(("description", format!("成熟度依据：{}", trl.evidence)));
        }
    }
    if let Some(level) = &facts.level {
        all.push(("description", format!("成果水平：{}", level.zh())));
    }
    all.extend(facts.field.iter().map(|field| ("subject", format!("领域：{}", field.zh()))));
    all.extend(facts.keywords.iter().map(|word| ("subject", format!("关键词：{word}"))));
    all.extend(facts.ipc.iter().map(|ipc| ("subject", format!("IPC：{ipc}"))));
    all.extend(facts.industry.iter().map(|code| ("subject", format!("行业代码：{code}"))));
    all.extend(facts.form.iter().map(|form| ("type", format!("成果形式：{}", form.zh()))));
    all.extend(facts.stage.iter().map(|stage| ("type", format!("所处阶段：{}", stage.zh()))));
    all.extend(facts.year.map(|year| ("date", year.to_string())));
    all.push(("identifier", site.url(&format!("/achievements/{}", record.id))));
    for right in &facts.ip {
        let kind = right.kind.zh();
        all.push(("identifier", format!("知识产权（{kind}）：{}", right.number)));
    }
    let registered = facts.registration_no.iter();
    all.extend(registered.map(|number| ("identifier", format!("成果登记号：{number}"))));
    all.extend((!facts.url.is_empty()).then(|| ("source", facts.url.clone())));
    all.push(("language", "zh".to_owned()));
    all.extend(rights(record));
    all
}

/// Who may know of it, how it may change hands, and for how much.
fn rights(record: &Achievement) -> Vec<(&'static str, String)> {
    let facts = &record.facts;
    let mut all = Vec::new();
    all.extend(facts.secrecy.iter().map(|secrecy| ("rights", format!("密级：{}", secrecy.zh()))));
    if facts.owner_declaration {
        all.push(("rights", "权属声明：是".to_owned()));
    }
    for mode in &facts.transfer_modes {
        all.push(("rights", format!("转化方式：{}", mode.zh())));
    }
    if facts.trial_offered {
        all.push(("rights", "先用后转：是".to_owned()));
    }
    let price = match &facts.price {
        None => return all,
        Some(Price::Negotiable) => "价格：面议".to_owned(),
        Some(Price::Auction { amount_fen: None }) => "价格：拍卖".to_owned(),
        Some(Price::Fixed { amount_fen }) => format!("价格（元）：{}", yuan(*amount_fen)),
        Some(Price::Auction { amount_fen: Some(fen) }) => {
            format!("价格：拍卖，起拍价{}元", yuan(*fen))
        }
    };
    all.push(("rights", price));
    all
}

/// 分 as 元, without a fraction where there is none.
pub(crate) fn yuan(fen: i64) -> String {
    match fen % FEN_PER_YUAN {
        0 => (fen / FEN_PER_YUAN).to_string(),
        rest => format!("{}.{:02}", fen / FEN_PER_YUAN, rest.abs()),
    }
}
