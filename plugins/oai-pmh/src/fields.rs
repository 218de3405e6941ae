//! From the elements of a record to the kernel's fields, each with its origin.
//!
//! What a configuration maps is taken literally. Everything else goes by what the element usually
//! holds in Chinese repositories: labels first, then the shape of the value.

use taihu_plugin::{RawField, field};

use crate::config::{Config, IGNORE};
use crate::reply::Value;
use crate::{cerif, label};

/// The 11 高新技术领域 and usual spellings of them; what else a `dc:subject` says is a keyword.
pub(crate) const TECHNOLOGY_FIELDS: &[&str] = &[
    "电子信息",
    "先进制造",
    "先进制造与自动化",
    "航空航天",
    "现代交通",
    "生物医药与医疗器械",
    "生物与新医药",
    "新材料",
    "新能源与节能",
    "新能源与高效节能",
    "环境保护",
    "资源与环境",
    "地球空间与海洋",
    "地球、空间与海洋",
    "核应用技术",
    "核应用",
    "现代农业",
    "现代农业技术",
];

const STAGES: &[&str] = &[
    "初期",
    "中期",
    "成熟应用",
    "小试",
    "中试",
    "产业化",
    "小试阶段",
    "中试阶段",
    "产业化阶段",
    "实验室阶段",
    "样机",
    "批量生产",
];

const MODES: &[&str] = &[
    "转让",
    "许可",
    "合作实施",
    "作价投资",
    "作价入股",
    "自行实施",
    "先用后转",
    "技术服务",
    "合作开发",
];

const ORGANISATIONS: &[&str] = &[
    "大学",
    "学院",
    "研究院",
    "研究所",
    "公司",
    "医院",
    "实验室",
    "集团",
    "中心",
    "工厂",
    "University",
    "Institute",
];

/// Collects the fields of a record, in the order of its elements.
pub(crate) fn collect(config: &Config, values: &[Value]) -> Vec<RawField> {
    if cerif::is(values) {
        return cerif::collect(config, values);
    }
    values.iter().flat_map(|value| one(config, value.name(), &value.text)).collect()
}

fn one(config: &Config, element: &str, value: &str) -> Vec<RawField> {
    let origin = format!("dc:{element}");
    if let Some(name) = config.mapping.get(element) {
        let kept = name != IGNORE;
        return kept.then(|| field(name, value, origin)).into_iter().collect();
    }
    if let Some(found) = label::find(value) {
        if found.value.is_empty() {
            return Vec::new();
        }
        return vec![field(found.field, found.value, format!("{origin} {}", found.label))];
    }
    if element == "rights" {
        return rights(value, &origin);
    }
    name_of(element, value).map(|name| field(name, value, origin)).into_iter().collect()
}

fn name_of(element: &str, value: &str) -> Option<&'static str> {
    Some(match element {
        "title" | "alternative" => "title",
        "description" | "abstract" => "summary",
        "creator" if is_organisation(value) => "owner",
        "creator" => "inventor",
        "publisher" => "owner",
        "contributor" if is_organisation(value) => "owner",
        "contributor" => "inventor",
        "subject" if is_ipc(value) => "ipc",
        "subject" if TECHNOLOGY_FIELDS.contains(&value) => "field",
        "subject" => "keyword",
        "identifier" | "relation" | "source" if is_right(value) => "ip",
        "identifier" if is_url(value) => "url",
        "type" if STAGES.contains(&value) => "stage",
        "type" if value.to_ascii_uppercase().starts_with("TRL") => "trl",
        "type" => "form",
        "date" | "issued" | "created" | "dateAccepted" => "date",
        _ => return None,
    })
}

/// `dc:rights` says secrecy, ways of transfer, or something that is no field of the platform.
fn rights(value: &str, origin: &str) -> Vec<RawField> {
    let parts: Vec<&str> = value
        .split(['；', ';', '、', '，', ','])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.iter().any(|part| MODES.contains(part)) {
        return vec![field("transfer_mode", value, origin)];
    }
    let secret = ["公开", "内部", "密"].iter().any(|word| value.contains(word));
    if secret && value.chars().count() <= 12 {
        return vec![field("secrecy", value, origin)];
    }
    if value.contains("权属") || value.contains("处置权") {
        return vec![field("owner_declaration", value, origin)];
    }
    Vec::new()
}

pub(crate) fn is_organisation(value: &str) -> bool {
    value.chars().count() >= 4 && ORGANISATIONS.iter().any(|word| value.contains(word))
}

fn is_url(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

/// `H01M 10/54`, with or without blanks and edition.
pub(crate) fn is_ipc(value: &str) -> bool {
    let letters: Vec<char> = value.chars().filter(|letter| *letter != ' ').collect();
    let shape = |at: usize, is: fn(&char) -> bool| letters.get(at).is_some_and(is);
    let section = |letter: &char| ('A'..='H').contains(&letter.to_ascii_uppercase());
    let group = &letters[letters.len().min(4)..];
    let digits = group.iter().take_while(|letter| letter.is_ascii_digit()).count();
    shape(0, section)
        && shape(1, char::is_ascii_digit)
        && shape(2, char::is_ascii_digit)
        && shape(3, char::is_ascii_alphabetic)
        && (1..=4).contains(&digits)
        && matches!(group.get(digits), Some('/' | '／'))
        && group.get(digits + 1).is_some_and(char::is_ascii_digit)
}

/// A number of a patent or of registered software, by its shape.
fn is_right(value: &str) -> bool {
    let folded: String = value.chars().map(half_width).filter(|letter| *letter != ' ').collect();
    let upper = folded.to_ascii_uppercase();
    if ["专利", "软著登字", "实用新型"].iter().any(|word| upper.contains(word)) {
        return true;
    }
    let bare = upper.strip_prefix("ZL").or_else(|| upper.strip_prefix("CN")).unwrap_or(&upper);
    let prefixed = bare.len() < upper.len();
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let only =
        bare.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'X' | b'A' | b'B' | b'U'));
    let application = digits >= 12 && bare.contains('.') && bare.len() <= 14;
    upper.is_ascii() && only && (application || prefixed && (8..=13).contains(&digits))
}

fn half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(element: &str, value: &str, want: &[(&str, &str, &str)]) {
        let json = serde_json::json!({
            "base_url": "https://x.cn/oai", "mapping": { "coverage": "industry", "format": "ignore" }
        });
        let config: Config = serde_json::from_value(json).unwrap();
        let value = Value { path: format!("dc/{element}"), text: value.to_owned(), group: 0 };
        let fields = collect(&config, &[value]);
        let found: Vec<_> =
            fields.iter().map(|f| (f.name.as_str(), f.value.as_str(), f.origin.as_str())).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn elements_become_fields() {
        check("title", "某成果", &[("title", "某成果", "dc:title")]);
        check("description", "简介文字", &[("summary", "简介文字", "dc:description")]);
        check("description", "优势：省电", &[("advantage", "省电", "dc:description 优势")]);
        check("creator", "沈牧之", &[("inventor", "沈牧之", "dc:creator")]);
        check("creator", "东南大学", &[("owner", "东南大学", "dc:creator")]);
        check("contributor", "某某研究院", &[("owner", "某某研究院", "dc:contributor")]);
        check("publisher", "东南大学", &[("owner", "东南大学", "dc:publisher")]);
        check("subject", "H01M 10/54(2006.01)", &[("ipc", "H01M 10/54(2006.01)", "dc:subject")]);
        check("subject", "新能源与节能", &[("field", "新能源与节能", "dc:subject")]);
        check("subject", "储能", &[("keyword", "储能", "dc:subject")]);
        check("identifier", "ZL202110345671.8", &[("ip", "ZL202110345671.8", "dc:identifier")]);
        check(
            "identifier",
            "２０２１１０３４５６７１.８",
            &[("ip", "２０２１１０３４５６７１.８", "dc:identifier")],
        );
        check("identifier", "CN113456789A", &[("ip", "CN113456789A", "dc:identifier")]);
        check("identifier", "https://x.cn/1", &[("url", "https://x.cn/1", "dc:identifier")]);
        check("identifier", "10.1000/182", &[]);
        check("identifier", "oai:x:2021103456718", &[]);
        check("rights", "公开", &[("secrecy", "公开", "dc:rights")]);
        check("rights", "许可；先用后转", &[("transfer_mode", "许可；先用后转", "dc:rights")]);
        check("rights", "转让价格（万元）：12", &[("price", "12", "dc:rights 转让价格（万元）")]);
        check("rights", "CC BY-NC 4.0", &[]);
        check("type", "中期", &[("stage", "中期", "dc:type")]);
        check("type", "TRL 6", &[("trl", "TRL 6", "dc:type")]);
        check("type", "新工艺", &[("form", "新工艺", "dc:type")]);
        check("date", "2025-03", &[("date", "2025-03", "dc:date")]);
        check("coverage", "3843", &[("industry", "3843", "dc:coverage")]);
        check("format", "新材料", &[]);
        check("language", "zh", &[]);
    }
}
