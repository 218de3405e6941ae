//! A reply of OAI-PMH, as XML.

use taihu_service::{Offered, OfferedPage, SetsPage};

use super::{cerif, dc, second};
use crate::http::site::Site;
use crate::http::xml::Xml;

const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/";
const LOCATION: &str =
    "http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd";
/// The namespace of attributes that say where a schema is.
pub(super) const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An error of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Its code.
    pub(super) code: &'static str,
    /// What is wrong.
    text: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(super) fn bad_token() -> Self {
        Self::new("badResumptionToken", "this token was not given by this repository")
    }

    pub(super) fn no_such_id(identifier: &str) -> Self {
        let identifier: String = identifier.chars().take(80).collect();
        Self::new(
            "idDoesNotExist",
            format!("{identifier:?} is offered here neither now nor before"),
        )
    }

    pub(super) fn no_such_format(prefix: &str) -> Self {
        let prefix: String = prefix.chars().take(80).collect();
        let text =
            format!("{prefix:?} is not among the formats; there are oai_dc and oai_cerif_openaire");
        Self::new("cannotDisseminateFormat", text)
    }
}

/// A reply being written.
pub(super) struct Reply(Xml);

impl Reply {
    /// Begins a reply to a request whose arguments are good.
    pub(super) fn begin(site: &Site, at: i64, attributes: &[(&str, &str)]) -> Self {
        let mut xml = Xml::new();
        let head =
            [("xmlns", NAMESPACE), ("xmlns:xsi", INSTANCE), ("xsi:schemaLocation", LOCATION)];
        xml.open("OAI-PMH", &head);
        xml.text("responseDate", &[], &second::write(at));
        xml.text("request", attributes, &site.url("/oai"));
        Self(xml)
    }

    /// The whole reply to a request that has faults of its own: it does not repeat them.
    pub(super) fn faulty(site: &Site, at: i64, faults: &[Fault]) -> Vec<u8> {
        let mut reply = Self::begin(site, at, &[]);
        faults.iter().for_each(|fault| reply.fault(fault));
        reply.end()
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.close("OAI-PMH");
        self.0.end()
    }

    pub(super) fn fault(&mut self, fault: &Fault) {
        self.0.text("error", &[("code", fault.code)], &fault.text);
    }

    pub(super) fn identify(&mut self, site: &Site, name: &str, earliest: i64) {
        let xml = &mut self.0;
        xml.open("Identify", &[]);
        xml.text("repositoryName", &[], name);
        xml.text("baseURL", &[], &site.url("/oai"));
        xml.text("protocolVersion", &[], "2.0");
        xml.text("adminEmail", &[], site.admin());
        xml.text("earliestDatestamp", &[], &second::write(earliest));
        xml.text("deletedRecord", &[], "persistent");
        xml.text("granularity", &[], "YYYY-MM-DDThh:mm:ssZ");
        xml.close("Identify");
    }

    pub(super) fn formats(&mut self, formats: &[(&str, &str, &str)]) {
        let xml = &mut self.0;
        xml.open("ListMetadataFormats", &[]);
        for (prefix, schema, namespace) in formats {
            xml.open("metadataFormat", &[]);
            xml.text("metadataPrefix", &[], prefix);
            xml.text("schema", &[], schema);
            xml.text("metadataNamespace", &[], namespace);
            xml.close("metadataFormat");
        }
        xml.close("ListMetadataFormats");
    }

    pub(super) fn sets(&mut self, page: &SetsPage, resumed: bool) {
        let xml = &mut self.0;
        xml.open("ListSets", &[]);
        for set in &page.sets {
            xml.open("set", &[]);
            xml.text("setSpec", &[], &set.spec);
            xml.text("setName", &[], &set.name);
            xml.close("set");
        }
        self.token(page.resume.as_deref(), resumed, page.cursor, None);
        self.0.close("ListSets");
    }

    pub(super) fn list(&mut self, site: &Site, page: &OfferedPage, records: bool, resumed: bool) {
        let name = if records { "ListRecords" } else { "ListIdentifiers" };
        self.0.open(name, &[]);
        for offer in &page.offers {
            match records {
                true => self.record(site, offer, &page.format),
                false => self.header(site, offer),
            }
        }
        self.token(page.resume.as_deref(), resumed, page.cursor, page.size);
        self.0.close(name);
    }

    pub(super) fn get_record(&mut self, site: &Site, offer: &Offered, prefix: &str) {
        self.0.open("GetRecord", &[]);
        self.record(site, offer, prefix);
        self.0.close("GetRecord");
    }

    /// What asks for the next page; an empty one at the end of a list that had several.
    fn token(&mut self, resume: Option<&str>, resumed: bool, cursor: u64, size: Option<u64>) {
        if resume.is_none() && !resumed {
            return;
        }
        let (cursor, size) = (cursor.to_string(), size.map(|size| size.to_string()));
        let mut attributes = Vec::new();
        if let Some(size) = &size {
            attributes.push(("completeListSize", size.as_str()));
        }
        attributes.push(("cursor", &cursor));
        match resume {
            Some(token) => self.0.text("resumptionToken", &attributes, token),
            None => self.0.empty("resumptionToken", &attributes),
        }
    }

    fn record(&mut self, site: &Site, offer: &Offered, prefix: &str) {
        self.0.open("record", &[]);
        self.header(site, offer);
        if let Some(achievement) = &offer.achievement {
            self.0.open("metadata", &[]);
            match prefix {
                "oai_dc" => dc::write(&mut self.0, site, achievement),
                _ => cerif::write(&mut self.0, site, achievement),
            }
            self.0.close("metadata");
        }
        self.0.close("record");
    }

    fn header(&mut self, site: &Site, offer: &Offered) {
        let status: &[_] = match offer.achievement {
            Some(_) => &[],
            None => &[("status", "deleted")],
        };
        self.0.open("header", status);
        self.0.text("identifier", &[], &format!("{}{}", site.oai_prefix(), offer.id));
        self.0.text("datestamp", &[], &second::write(offer.stamp));
        for set in &offer.sets {
            self.0.text("setSpec", &[], set);
        }
        self.0.close("header");
    }
}
