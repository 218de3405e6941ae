//! An achievement as `oai_cerif_openaire`: the OpenAIRE profile of CERIF 1.1. Its elements come in the
//! order of the profile's schema, which is a sequence.

use taihu_model::{Achievement, IpType};
use taihu_service::OutputKind;

use super::reply::INSTANCE;
use crate::http::site::Site;
use crate::http::xml::Xml;

/// Its namespace.
pub(super) const NAMESPACE: &str = "https://www.openaire.eu/cerif-profile/1.1/";
const LOCATION: &str = "https://www.openaire.eu/cerif-profile/1.1/ \
                        https://www.openaire.eu/schema/cris/1.1/openaire-cerif-profile.xsd";
const ZH: &[(&str, &str)] = &[("xml:lang", "zh")];

/// Writes an achievement.
pub(super) fn write(xml: &mut Xml, site: &Site, record: &Achievement) {
    let kind = OutputKind::of(&record.facts);
    let (name, types, concept) = match kind {
        OutputKind::Patent => ("Patent", "COAR_Patent_Types", "c_15cd"),
        OutputKind::Product => ("Product", "COAR_Product_Types", "c_5ce6"),
        // A technical report: what a description of an achievement is nearest to.
        OutputKind::Publication => ("Publication", "COAR_Publication_Types", "c_18gh"),
    };
    let id = record.id.to_string();
    let head = [
        ("xmlns", NAMESPACE),
        ("xmlns:xsi", INSTANCE),
        ("xsi:schemaLocation", LOCATION),
        ("id", id.as_str()),
    ];
    xml.open(name, &head);
    let types = format!("https://www.openaire.eu/cerif-profile/vocab/{types}");
    let concept = format!("http://purl.org/coar/resource_type/{concept}");
    xml.text("Type", &[("xmlns", &types)], &concept);
    let page = site.url(&format!("/achievements/{id}"));
    match kind {
        OutputKind::Patent => patent(xml, record),
        OutputKind::Product => product(xml, record, &page),
        OutputKind::Publication => publication(xml, record, &page),
    }
    xml.close(name);
}

fn patent(xml: &mut Xml, record: &Achievement) {
    let facts = &record.facts;
    xml.text("Title", ZH, &facts.title);
    let kinds = [IpType::INVENTION, IpType::UTILITY, IpType::DESIGN];
    let right = facts.ip.iter().find(|right| kinds.contains(&right.kind));
    if let Some(right) = right {
        xml.text("CountryCode", &[], "CN");
        xml.text("PatentNumber", &[], &right.number.to_string());
    }
    people(xml, "Inventors", "Inventor", &facts.inventors);
    organisations(xml, "Holders", "Holder", &facts.owners);
    abstracts(xml, "Abstract", record);
    subjects(xml, record);
    keywords(xml, record);
}

fn product(xml: &mut Xml, record: &Achievement, page: &str) {
    let facts = &record.facts;
    xml.text("Language", &[], "zh");
    xml.text("Name", ZH, &facts.title);
    xml.text("URL", &[], page);
    people(xml, "Creators", "Creator", &facts.inventors);
    organisations(xml, "Publishers", "Publisher", &facts.owners);
    abstracts(xml, "Description", record);
    subjects(xml, record);
    keywords(xml, record);
}

fn publication(xml: &mut Xml, record: &Achievement, page: &str) {
    let facts = &record.facts;
    xml.text("Language", &[], "zh");
    xml.text("Title", ZH, &facts.title);
    if let Some(year) = facts.year {
        xml.text("PublicationDate", &[], &year.to_string());
    }
    xml.text("URL", &[], page);
    people(xml, "Authors", "Author", &facts.inventors);
    organisations(xml, "Publishers", "Publisher", &facts.owners);
    subjects(xml, record);
    keywords(xml, record);
    abstracts(xml, "Abstract", record);
}

fn people(xml: &mut Xml, all: &str, one: &str, names: &[String]) {
    links(xml, all, one, names, |xml, _| xml.empty("Person", &[]));
}

fn organisations(xml: &mut Xml, all: &str, one: &str, names: &[String]) {
    links(xml, all, one, names, |xml, name| {
        xml.open("OrgUnit", &[]);
        xml.text("Name", ZH, name);
        xml.close("OrgUnit");
    });
}

fn links(xml: &mut Xml, all: &str, one: &str, names: &[String], to: impl Fn(&mut Xml, &str)) {
    if names.is_empty() {
        return;
    }
    xml.open(all, &[]);
    for name in names {
        xml.open(one, &[]);
        xml.text("DisplayName", &[], name);
        to(xml, name);
        xml.close(one);
    }
    xml.close(all);
}

fn abstracts(xml: &mut Xml, element: &str, record: &Achievement) {
    let facts = &record.facts;
    for text in [&facts.summary, &facts.problem, &facts.advantage, &facts.indicators] {
        if !text.is_empty() {
            xml.text(element, ZH, text);
        }
    }
}

/// IPC symbols, as the profile wants subjects: a URI in a scheme.
fn subjects(xml: &mut Xml, record: &Achievement) {
    for ipc in &record.facts.ipc {
        let scheme = "http://data.epo.org/linked-data/def/ipc/";
        let symbol: String =
            ipc.chars().map(|letter| if letter == '/' { '-' } else { letter }).collect();
        xml.text("Subject", &[("scheme", scheme)], &format!("{scheme}{symbol}"));
    }
}

fn keywords(xml: &mut Xml, record: &Achievement) {
    for word in &record.facts.keywords {
        xml.text("Keyword", ZH, word);
    }
}
