//! OAI-PMH 2.0: how other platforms harvest the published pool.
//!
//! A request is read into a [`request::Request`] or into every fault it has; what is offered comes
//! from the service; [`xml`] writes it. Errors of the protocol come with HTTP 200, as it wants.

mod cerif;
mod dc;
mod reply;
mod request;
mod second;

use taihu_model::AchievementId;
use taihu_service::limits::{OFFER_HEADERS_PAGE_MAX, OFFERS_PAGE_MAX};
use taihu_service::{Caller, Error, Kernel, Listed, OfferRange};

pub(super) use dc::yuan;

use super::site::Site;
use reply::{Fault, Reply};
use request::{List, Request};

/// The metadata formats: prefix, schema, namespace.
const FORMATS: [(&str, &str, &str); 2] = [
    ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", dc::NAMESPACE),
    (
        "oai_cerif_openaire",
        "https://www.openaire.eu/schema/cris/1.1/openaire-cerif-profile.xsd",
        cerif::NAMESPACE,
    ),
];

/// Answers a request: pairs of names and values, as they came.
pub(super) fn answer(
    kernel: &Kernel,
    caller: &Caller,
    site: &Site,
    pairs: &[(String, String)],
) -> Result<Vec<u8>, Error> {
    let request = match request::read(pairs) {
        Ok(request) => request,
        Err(faults) => return Ok(Reply::faulty(site, kernel.exchange_second(), &faults)),
    };
    let attributes: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let ask = Ask { kernel, caller, site, attributes: &attributes };
    match &request {
        Request::Identify => ask.identify(),
        Request::ListMetadataFormats { identifier } => ask.formats(identifier.as_deref()),
        Request::ListSets { token } => ask.sets(token.as_deref()),
        Request::List { list, records } => ask.list(list, *records),
        Request::GetRecord { identifier, prefix } => ask.record(identifier, prefix),
    }
}

/// A request being answered.
struct Ask<'a> {
    kernel: &'a Kernel,
    caller: &'a Caller,
    site: &'a Site,
    /// What was asked, to be repeated in the answer.
    attributes: &'a [(&'a str, &'a str)],
}

impl Ask<'_> {
    fn begin(&self, at: i64) -> Reply {
        Reply::begin(self.site, at, self.attributes)
    }

    fn fault(&self, fault: Fault) -> Result<Vec<u8>, Error> {
        let mut reply = self.begin(self.kernel.exchange_second());
        reply.fault(&fault);
        Ok(reply.end())
    }

    fn identify(&self) -> Result<Vec<u8>, Error> {
        let at = self.kernel.exchange_second();
        let earliest = self.kernel.earliest_offer(self.caller)?;
        let name = self.kernel.tenant(self.kernel.city())?.name;
        let mut reply = self.begin(at);
        reply.identify(self.site, &format!("{name}科技成果池"), earliest);
        Ok(reply.end())
    }

    fn formats(&self, identifier: Option<&str>) -> Result<Vec<u8>, Error> {
        if let Some(identifier) = identifier {
            let found = match self.id(identifier) {
                Some(id) => self.kernel.offered(self.caller, id)?,
                None => None,
            };
            if found.is_none() {
                return self.fault(Fault::no_such_id(identifier));
            }
        }
        let mut reply = self.begin(self.kernel.exchange_second());
        reply.formats(&FORMATS);
        Ok(reply.end())
    }

    fn sets(&self, token: Option<&str>) -> Result<Vec<u8>, Error> {
        let at = self.kernel.exchange_second();
        let Some(page) = self.kernel.list_sets(self.caller, token)? else {
            return self.fault(Fault::bad_token());
        };
        let mut reply = self.begin(at);
        reply.sets(&page, token.is_some());
        Ok(reply.end())
    }

    fn list(&self, list: &List, records: bool) -> Result<Vec<u8>, Error> {
        let limit = if records { OFFERS_PAGE_MAX } else { OFFER_HEADERS_PAGE_MAX };
        let listed = match list {
            List::Resume(token) => self.kernel.resume_offers(self.caller, token, limit)?,
            List::Begin { prefix, set, from, until } => {
                if !is_known(prefix) {
                    return self.fault(Fault::no_such_format(prefix));
                }
                let range = OfferRange { set: set.clone(), from: *from, until: *until };
                self.kernel.list_offers(self.caller, prefix, &range, limit)?
            }
        };
        match listed {
            Listed::Page(page) if is_known(&page.format) => {
                let mut reply = self.begin(page.at);
                reply.list(self.site, &page, records, matches!(list, List::Resume(_)));
                Ok(reply.end())
            }
            Listed::Page(_) | Listed::BadToken => self.fault(Fault::bad_token()),
            Listed::Nothing => {
                let text = "nothing was changed in that range of dates, in that set";
                self.fault(Fault::new("noRecordsMatch", text))
            }
        }
    }

    fn record(&self, identifier: &str, prefix: &str) -> Result<Vec<u8>, Error> {
        let found = match self.id(identifier) {
            Some(id) => self.kernel.offered(self.caller, id)?,
            None => None,
        };
        let Some(found) = found else { return self.fault(Fault::no_such_id(identifier)) };
        if !is_known(prefix) {
            return self.fault(Fault::no_such_format(prefix));
        }
        let mut reply = self.begin(self.kernel.exchange_second());
        reply.get_record(self.site, &found, prefix);
        Ok(reply.end())
    }

    /// The achievement of an identifier of ours.
    fn id(&self, identifier: &str) -> Option<AchievementId> {
        identifier.strip_prefix(&self.site.oai_prefix())?.parse().ok()
    }
}

fn is_known(prefix: &str) -> bool {
    FORMATS.iter().any(|(known, ..)| *known == prefix)
}
