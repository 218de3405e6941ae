//! The page of an achievement: everything that may be shown of it, Chinese first; and beside it what
//! machines read of the page: JSON-LD by schema.org, and links by Signposting.

use std::fmt::Write as _;

use serde_json::{Value, json};
use taihu_model::{Achievement, AchievementState, Orcid, Price, Secrecy};

use super::{escaped, percent};
use crate::http::oai::yuan;
use crate::http::site::Site;

/// 分 of 万元.
const FEN_PER_WAN: i64 = 1_000_000;

/// What the page shows.
pub(crate) struct Shown {
    pub(crate) record: Achievement,
    /// Slug and name of the niche pools that it is in.
    pub(crate) pools: Vec<(String, String)>,
    /// What its tenant is called.
    pub(crate) tenant: String,
}

/// A link that tells machines what belongs to the page (Signposting, RFC 8288).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    rel: &'static str,
    to: String,
    kind: Option<&'static str>,
}

impl Shown {
    /// Whether everybody may see it: what others see is not described to machines.
    fn is_open(&self) -> bool {
        self.record.state == AchievementState::Published
            && self.record.facts.secrecy == Some(Secrecy::PUBLIC)
    }

    fn address(&self, site: &Site) -> String {
        site.url(&format!("/achievements/{}", self.record.id))
    }

    /// The links of the page.
    pub(crate) fn links(&self, site: &Site) -> Vec<Link> {
        let mut links = Vec::new();
        let mut add = |rel, to: String, kind| links.push(Link { rel, to, kind });
        let id = self.record.id;
        add("cite-as", self.address(site), None);
        add("type", "https://schema.org/AboutPage".into(), None);
        add("type", "https://schema.org/CreativeWork".into(), None);
        add("describedby", site.url(&format!("/v1/achievements/{id}")), Some("application/json"));
        if self.is_open() {
            for prefix in ["oai_dc", "oai_cerif_openaire"] {
                let query = format!(
                    "/oai?verb=GetRecord&metadataPrefix={prefix}&identifier={}{id}",
                    site.oai_prefix()
                );
                add("describedby", site.url(&query), Some("text/xml"));
            }
        }
        for author in self.record.facts.inventors.iter().filter_map(|name| orcid(name)) {
            add("author", author, None);
        }
        if let Some(url) = web(&self.record.facts.url) {
            add("item", url, None);
        }
        for (slug, _) in &self.pools {
            add("collection", site.url(&format!("/search?pool={}", percent(slug))), None);
        }
        links
    }

    fn ld(&self, site: &Site) -> Value {
        let record = &self.record;
        let facts = &record.facts;
        let mut ld = json!({
            "@context": "https://schema.org", "@type": "CreativeWork", "@id": self.address(site),
            "url": self.address(site), "name": facts.title, "abstract": facts.summary,
            "inLanguage": "zh-CN", "keywords": facts.keywords, "isAccessibleForFree": true,
            "datePublished": record.created.to_string(), "dateModified": record.updated.to_string(),
        });
        let person = |name: &String| match orcid(name) {
            Some(id) => json!({"@type": "Person", "name": name, "sameAs": id}),
            None => json!({"@type": "Person", "name": name}),
        };
        let list = |values: Vec<Value>| (!values.is_empty()).then_some(Value::Array(values));
        let owners = facts.owners.iter().map(|name| json!({"@type": "Organization", "name": name}));
        let rights = facts.ip.iter().map(|right| {
            json!({"@type": "PropertyValue", "propertyID": right.kind.as_str(), "value": right.number.to_string()})
        });
        let pools = self.pools.iter().map(|(_, name)| json!({"@type": "Collection", "name": name}));
        let more = [
            ("creator", list(facts.inventors.iter().map(person).collect())),
            ("copyrightHolder", list(owners.collect())),
            ("identifier", list(rights.collect())),
            ("isPartOf", list(pools.collect())),
            ("about", facts.field.as_ref().map(|field| json!(field.zh()))),
            ("dateCreated", facts.year.map(|year| json!(year.to_string()))),
            ("sameAs", web(&facts.url).map(Value::String)),
            ("offers", offer(facts.price.as_ref())),
        ];
        if let Value::Object(ld) = &mut ld {
            for (name, value) in more {
                if let Some(value) = value {
                    ld.insert(name.to_owned(), value);
                }
            }
        }
        ld
    }

    /// The page.
    pub(crate) fn page(&self, site: &Site) -> String {
        let facts = &self.record.facts;
        let mut links = String::new();
        for link in self.links(site) {
            let kind = link.kind.map(|kind| format!(" type=\"{kind}\"")).unwrap_or_default();
            let to = escaped(&link.to);
            let _ = writeln!(links, "<link rel=\"{}\" href=\"{to}\"{kind}>", link.rel);
        }
        if self.is_open() {
            // Nothing in it can end the element.
            let ld = self.ld(site).to_string().replace('<', "\\u003c");
            let _ = writeln!(links, "<script type=\"application/ld+json\">{ld}</script>");
        }
        format!(
            "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} · 太湖 Taihu</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n{links}\
             <link rel=\"alternate\" type=\"application/atom+xml\" href=\"/feed.atom\" title=\"新发布成果\">\n\
             </head>\n<body class=\"search achievement\">\n<main>\n\
             <p class=\"home\"><a href=\"/\">太湖</a> · <a href=\"/search\">成果检索</a> <span lang=\"en\">achievement search</span></p>\n\
             <h1>{title}</h1>\n{state}{texts}<dl>\n{facts}</dl>\n</main>\n</body>\n</html>\n",
            title = escaped(&facts.title),
            state = self.state(),
            texts = self.texts(),
            facts = self.facts(),
        )
    }

    /// Says so if not everybody sees the page.
    fn state(&self) -> String {
        if self.record.state == AchievementState::Published {
            return String::new();
        }
        format!(
            "<p class=\"state\">状态：{} <span lang=\"en\">not public: {}</span></p>\n",
            self.record.state.zh(),
            self.record.state
        )
    }

    fn texts(&self) -> String {
        let facts = &self.record.facts;
        let parts = [
            ("成果简介", "summary", &facts.summary),
            ("解决的问题", "problem solved", &facts.problem),
            ("对比优势", "advantage", &facts.advantage),
            ("经济性", "economics", &facts.economics),
            ("技术指标", "indicators", &facts.indicators),
        ];
        let mut out = String::new();
        for (zh, en, text) in parts {
            if !text.is_empty() {
                let text = escaped(text).replace('\n', "<br>");
                let _ = writeln!(
                    out,
                    "<section>\n<h2>{zh} <span lang=\"en\">{en}</span></h2>\n<p>{text}</p>\n</section>"
                );
            }
        }
        out
    }

    fn facts(&self) -> String {
        let facts = &self.record.facts;
        let mut out = String::new();
        let mut row = |zh: &str, en: &str, html: String| {
            if !html.is_empty() {
                let _ =
                    writeln!(out, "<dt>{zh} <span lang=\"en\">{en}</span></dt>\n<dd>{html}</dd>");
            }
        };
        let link = |to: &str, text: &str| format!("<a href=\"{to}\">{}</a>", escaped(text));
        let search = |name: &str, value: &str, text: &str| {
            link(&format!("/search?{name}={}", percent(value)), text)
        };
        let joined = |parts: Vec<String>| parts.join("、");
        row("成果权属人", "owner", escaped(&facts.owners.join("、")));
        row("完成人", "inventors", escaped(&facts.inventors.join("、")));
        row(
            "高新技术领域",
            "field",
            facts.field.iter().map(|it| search("field", it.as_str(), it.zh())).collect(),
        );
        row("成果形式", "form", facts.form.iter().map(|it| escaped(it.zh())).collect());
        row(
            "所处阶段",
            "stage",
            facts.stage.iter().map(|it| search("stage", it.as_str(), it.zh())).collect(),
        );
        if let Some(trl) = &facts.trl {
            let estimated = if trl.estimated {
                "（按所处阶段估计 <span lang=\"en\">estimated</span>）"
            } else {
                ""
            };
            let evidence = escaped(&trl.evidence);
            row(
                "技术成熟度",
                "TRL",
                format!("{}{estimated} {evidence}", trl.level).trim().to_owned(),
            );
        }
        row("成果水平", "level", facts.level.iter().map(|it| escaped(it.zh())).collect());
        let rights = facts.ip.iter().map(|right| {
            let number = escaped(&right.number.to_string());
            format!(
                "<li>{} {number} <span class=\"number\">{}</span></li>",
                escaped(right.kind.zh()),
                escaped(right.status.zh())
            )
        });
        let rights: String = rights.collect();
        row(
            "知识产权",
            "IP rights",
            if rights.is_empty() { rights } else { format!("<ul>{rights}</ul>") },
        );
        row(
            "成果登记号",
            "registration",
            facts.registration_no.iter().map(|it| escaped(&it.to_string())).collect(),
        );
        row("IPC 分类", "IPC", escaped(&facts.ipc.join("、")));
        row("行业", "industry, GB/T 4754-2017", escaped(&facts.industry.join("、")));
        row(
            "关键词",
            "keywords",
            joined(facts.keywords.iter().map(|it| search("q", it, it)).collect()),
        );
        row(
            "转化方式",
            "transfer modes",
            joined(
                facts
                    .transfer_modes
                    .iter()
                    .map(|it| search("mode", it.as_str(), it.zh()))
                    .collect(),
            ),
        );
        row(
            "先用后转",
            "trial before payment",
            if facts.trial_offered { "支持".into() } else { String::new() },
        );
        row("价格", "price", price(facts.price.as_ref()));
        row(
            "细分领域成果池",
            "niche pools",
            joined(self.pools.iter().map(|(slug, name)| search("pool", slug, name)).collect()),
        );
        row("来源主体", "brought by", escaped(&self.tenant));
        row(
            "原始页面",
            "original page",
            web(&facts.url).map(|url| link(&escaped(&url), &facts.url)).unwrap_or_default(),
        );
        let year = facts.year.map(|year| year.to_string()).unwrap_or_default();
        row("完成年份", "year", year);
        let day = |at: taihu_model::Timestamp| at.to_string().chars().take(10).collect::<String>();
        row("入池日期", "in the pool since", day(self.record.created));
        row("更新日期", "updated", day(self.record.updated));
        row("标识", "identifier", self.record.id.to_string());
        out
    }
}

impl Link {
    /// As a value of the header `Link`.
    pub(crate) fn value(&self) -> String {
        let kind = self.kind.map(|kind| format!("; type=\"{kind}\"")).unwrap_or_default();
        format!("<{}>; rel=\"{}\"{kind}", self.to, self.rel)
    }
}

/// An address of the web, if a text is one; what would not fit into a header is in percent signs.
fn web(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return None;
    }
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}' | ' ' | '\'' => {
                out.push_str(&percent(&letter.to_string()))
            }
            plain if plain.is_ascii_graphic() => out.push(plain),
            other => out.push_str(&percent(&other.to_string())),
        }
    }
    Some(out)
}

/// The ORCID iD that stands beside somebody's name.
fn orcid(name: &str) -> Option<String> {
    let apart = |letter: char| !(letter.is_ascii_alphanumeric() || "-./:".contains(letter));
    let found = name
        .split(apart)
        .filter(|part| part.len() >= 16)
        .find_map(|part| part.parse::<Orcid>().ok());
    found.map(|id| format!("https://orcid.org/{id}"))
}

fn price(price: Option<&Price>) -> String {
    match price {
        None => String::new(),
        Some(Price::Negotiable) => "面议 <span lang=\"en\">negotiable</span>".into(),
        Some(Price::Fixed { amount_fen }) => amount(*amount_fen),
        Some(Price::Auction { amount_fen: None }) => "拍卖 <span lang=\"en\">auction</span>".into(),
        Some(Price::Auction { amount_fen: Some(fen) }) => {
            format!("拍卖，起拍价 {} <span lang=\"en\">auction</span>", amount(*fen))
        }
    }
}

/// An amount as people write it: in 万元 where that is a whole number.
fn amount(fen: i64) -> String {
    match fen % FEN_PER_WAN {
        0 => format!("{} 万元", fen / FEN_PER_WAN),
        _ => format!("{} 元", yuan(fen)),
    }
}

fn offer(price: Option<&Price>) -> Option<Value> {
    let Some(Price::Fixed { amount_fen }) = price else { return None };
    Some(json!({"@type": "Offer", "price": yuan(*amount_fen), "priceCurrency": "CNY"}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_web_and_fits_into_a_header() {
        assert_eq!(web("javascript:alert(1)"), None);
        assert_eq!(
            web("https://x.cn/a b>;\"电"),
            Some("https://x.cn/a%20b%3E;%22%E7%94%B5".into())
        );
    }

    #[test]
    fn a_researcher_is_known_by_a_valid_orcid_only() {
        let found = orcid("沈牧之（0000-0002-1825-0097）");
        assert_eq!(found.as_deref(), Some("https://orcid.org/0000-0002-1825-0097"));
        assert_eq!(orcid("沈牧之（0000-0002-1825-0098）"), None);
        assert_eq!(orcid("沈牧之"), None);
    }
}
