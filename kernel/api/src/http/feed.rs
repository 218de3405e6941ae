//! The Atom feed of new achievements: what everybody may see, whoever asks.

use taihu_model::{Achievement, Digest};
use taihu_service::{Caller, Error, Filter, Kernel, Order, Searched, is_open};

use super::limits::FEED_ENTRIES_MAX;
use super::site::Site;
use super::xml::Xml;

/// The feed, and the tag that says whether it is still the same.
pub(super) struct Feed {
    pub(super) xml: Vec<u8>,
    pub(super) etag: String,
}

/// Reads the newest achievements as a feed.
pub(super) fn read(kernel: &Kernel, site: &Site) -> Result<Feed, Error> {
    let anybody = Caller::anonymous(kernel.city().clone());
    let newest = Searched {
        text: String::new(),
        filter: Filter::default(),
        order: Order::Date,
        after: None,
        limit: FEED_ENTRIES_MAX,
        facets: false,
    };
    let found = kernel.search(&anybody, &newest)?.found.into_iter();
    let records: Vec<Achievement> = found.map(|found| found.achievement).filter(is_open).collect();
    let name = kernel.tenant(kernel.city())?.name;
    let xml = write(site, &name, &records);
    let etag = format!("\"{}\"", &Digest::of(&xml).to_string()[..32]);
    Ok(Feed { xml, etag })
}

fn write(site: &Site, city: &str, records: &[Achievement]) -> Vec<u8> {
    let address = site.url("/feed.atom");
    let latest = records.iter().map(|record| record.updated).max().unwrap_or_default();
    let mut xml = Xml::new();
    xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", "zh-CN")]);
    xml.text("id", &[], &address);
    xml.text("title", &[], &format!("{city}新发布科技成果"));
    xml.text("updated", &[], &latest.to_string());
    xml.open("author", &[]);
    xml.text("name", &[], city);
    xml.close("author");
    xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &address)]);
    let search = site.url("/search?sort=date");
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &search)]);
    for record in records {
        let facts = &record.facts;
        let page = site.url(&format!("/achievements/{}", record.id));
        xml.open("entry", &[]);
        xml.text("id", &[], &page);
        xml.text("title", &[], &facts.title);
        xml.text("published", &[], &record.created.to_string());
        xml.text("updated", &[], &record.updated.to_string());
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &page)]);
        for owner in &facts.owners {
            xml.open("author", &[]);
            xml.text("name", &[], owner);
            xml.close("author");
        }
        let terms = facts.field.iter().map(|field| field.zh().to_owned());
        for term in terms.chain(facts.keywords.iter().cloned()) {
            xml.empty("category", &[("term", &term)]);
        }
        xml.text("summary", &[], &facts.summary);
        xml.close("entry");
    }
    xml.close("feed");
    xml.end()
}
