//! `oai_cerif_openaire` (OpenAIRE's profile of CERIF): which field an element becomes, by its path.
//!
//! Read are `Patent`, `Product` and `Publication`; persons and organisations come with them. What a
//! description begins with a label for is taken by that, as in Dublin Core.

use taihu_plugin::{RawField, field};

use crate::config::{Config, IGNORE};
use crate::fields::{self, TECHNOLOGY_FIELDS};
use crate::label;
use crate::reply::Value;

/// Where the European Patent Office keeps IPC symbols: a `Subject` in this scheme is one.
const IPC_SCHEME: &str = "http://data.epo.org/linked-data/def/ipc/";

/// Roots that are an achievement.
const ROOTS: [&str; 3] = ["Patent", "Product", "Publication"];

/// Says whether a record's metadata is of this format.
pub(crate) fn is(values: &[Value]) -> bool {
    let root = values.first().and_then(|value| value.path.split('/').next());
    root.is_some_and(|root| ROOTS.contains(&root))
}

/// Collects the fields of a record, in the order of its elements.
pub(crate) fn collect(config: &Config, values: &[Value]) -> Vec<RawField> {
    let mut found: Vec<RawField> = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let origin = format!("cerif:{}", value.path);
        let Some(raw) = one(config, values, at, origin) else { continue };
        // An organisation is often named twice: as it signed, and as it is registered.
        let known = |other: &RawField| other.name == raw.name && other.value == raw.value;
        if !found.iter().any(known) {
            found.push(raw);
        }
    }
    found
}

fn one(config: &Config, values: &[Value], at: usize, origin: String) -> Option<RawField> {
    let value = values.get(at)?;
    let text = value.text.as_str();
    if let Some(name) = config.mapping.get(value.name()) {
        return (name != IGNORE).then(|| field(name, text, origin));
    }
    let mut path = value.path.split('/').skip(1);
    let (first, rest) = (path.next()?, path.collect::<Vec<_>>());
    match rest.as_slice() {
        [] => plain(first, text, origin),
        [_, rest @ ..] => linked(values, value, (first, rest), origin),
    }
}

/// An element of the record itself.
fn plain(element: &str, text: &str, origin: String) -> Option<RawField> {
    if let Some(found) = label::find(text) {
        let origin = format!("{origin} {}", found.label);
        return (!found.value.is_empty()).then(|| field(found.field, found.value, origin));
    }
    let name = match element {
        "Title" | "Name" => "title",
        "Abstract" | "Description" => "summary",
        "PatentNumber" => "ip",
        "Subject" => return subject(text, origin),
        "Keyword" if TECHNOLOGY_FIELDS.contains(&text) => "field",
        "Keyword" if fields::is_ipc(text) => "ipc",
        "Keyword" => "keyword",
        "PublicationDate" | "ApprovalDate" => "date",
        "URL" => "url",
        _ => return None,
    };
    Some(field(name, text, origin))
}

/// A `Subject` is a URI; only those of patents say something that the platform has a field for.
fn subject(text: &str, origin: String) -> Option<RawField> {
    let symbol = text.strip_prefix(IPC_SCHEME).map(|symbol| symbol.replacen('-', "/", 1));
    let symbol = symbol.unwrap_or_else(|| text.to_owned());
    fields::is_ipc(&symbol).then(|| field("ipc", symbol, origin))
}

/// Who invented, holds, made or published: by the name that was signed, else by that of the person or
/// the organisation.
fn linked(
    values: &[Value],
    value: &Value,
    (links, path): (&str, &[&str]),
    origin: String,
) -> Option<RawField> {
    let by_organisation = matches!(links, "Holders" | "Publishers");
    if !by_organisation && !matches!(links, "Inventors" | "Creators" | "Authors") {
        return None;
    }
    let end = |other: &&Value, end: &str| other.group == value.group && other.path.ends_with(end);
    let beside = |name: &str| values.iter().find(|other| end(other, name));
    let owner = |name: &str| by_organisation || fields::is_organisation(name);
    let role = |name: &str| if owner(name) { "owner" } else { "inventor" };
    match path {
        ["DisplayName"] => Some(field(role(&value.text), &value.text, origin)),
        ["OrgUnit", "Name"] => Some(field("owner", &value.text, origin)),
        ["Person", "PersonName", "FamilyNames"] if beside("/DisplayName").is_none() => {
            let first = beside("/PersonName/FirstNames").map_or("", |first| first.text.as_str());
            let name = whole(&value.text, first);
            Some(field("inventor", name, origin))
        }
        _ => None,
    }
}

/// A person's name in the order of its script.
fn whole(family: &str, first: &str) -> String {
    if first.is_ascii() && !first.is_empty() {
        format!("{first} {family}")
    } else {
        format!("{family}{first}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply;

    #[track_caller]
    fn check(metadata: &str, want: &[(&str, &str, &str)]) {
        let text = format!(
            "<OAI-PMH><ListRecords><record><header><identifier>x</identifier></header><metadata>\
             {metadata}</metadata></record></ListRecords></OAI-PMH>"
        );
        let json = serde_json::json!({
            "base_url": "https://x.cn/oai", "mapping": { "VersionInfo": "stage" }
        });
        let config: Config = serde_json::from_value(json).unwrap();
        let reply = reply::read(&text).unwrap();
        let values = &reply.records[0].values;
        assert!(is(values));
        let fields = collect(&config, values);
        let found: Vec<_> =
            fields.iter().map(|f| (f.name.as_str(), f.value.as_str(), f.origin.as_str())).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn elements_become_fields() {
        check(
            "<Patent><Type>http://purl.org/coar/resource_type/c_15cd</Type><Title>某法</Title>\
             <VersionInfo>中试</VersionInfo><ApprovalDate>2024-03-01</ApprovalDate>\
             <CountryCode>CN</CountryCode><PatentNumber>ZL202111144021.7</PatentNumber>\
             <Abstract>简介文字</Abstract><Abstract>优势：省电</Abstract>\
             <Subject>http://data.epo.org/linked-data/def/ipc/H01M10-54</Subject>\
             <Subject>https://example.org/other</Subject><Keyword>储能</Keyword>\
             <Keyword>新材料</Keyword></Patent>",
            &[
                ("title", "某法", "cerif:Patent/Title"),
                ("stage", "中试", "cerif:Patent/VersionInfo"),
                ("date", "2024-03-01", "cerif:Patent/ApprovalDate"),
                ("ip", "ZL202111144021.7", "cerif:Patent/PatentNumber"),
                ("summary", "简介文字", "cerif:Patent/Abstract"),
                ("advantage", "省电", "cerif:Patent/Abstract 优势"),
                ("ipc", "H01M10/54", "cerif:Patent/Subject"),
                ("keyword", "储能", "cerif:Patent/Keyword"),
                ("field", "新材料", "cerif:Patent/Keyword"),
            ],
        );
    }

    #[test]
    fn people_and_organisations_are_told_apart_and_named_once() {
        check(
            "<Product><Name>某物</Name><Creators><Creator><DisplayName>沈牧之</DisplayName><Person>\
             <PersonName><FamilyNames>沈</FamilyNames><FirstNames>牧之</FirstNames></PersonName>\
             </Person><Affiliation><OrgUnit><Name>某学院</Name></OrgUnit></Affiliation></Creator>\
             <Creator><Person><PersonName><FamilyNames>陆</FamilyNames><FirstNames>怀川</FirstNames>\
             </PersonName></Person></Creator><Creator><Person><PersonName><FamilyNames>Lu</FamilyNames>\
             <FirstNames>Hua</FirstNames></PersonName></Person></Creator></Creators><Publishers>\
             <Publisher><DisplayName>东南大学</DisplayName><OrgUnit><Name>东南大学</Name></OrgUnit>\
             </Publisher></Publishers><Description>说明</Description></Product>",
            &[
                ("title", "某物", "cerif:Product/Name"),
                ("inventor", "沈牧之", "cerif:Product/Creators/Creator/DisplayName"),
                (
                    "inventor",
                    "陆怀川",
                    "cerif:Product/Creators/Creator/Person/PersonName/FamilyNames",
                ),
                (
                    "inventor",
                    "Hua Lu",
                    "cerif:Product/Creators/Creator/Person/PersonName/FamilyNames",
                ),
                ("owner", "东南大学", "cerif:Product/Publishers/Publisher/DisplayName"),
                ("summary", "说明", "cerif:Product/Description"),
            ],
        );
    }
}
