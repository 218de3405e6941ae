//! A request of OAI-PMH, read from pairs of names and values: either what it asks, or every fault.

use std::collections::BTreeMap;

use super::reply::Fault;
use super::second::{self, Granularity};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    /// `Identify`.
    Identify,
    /// `ListMetadataFormats`, of one item if it is named.
    ListMetadataFormats { identifier: Option<String> },
    /// `ListSets`.
    ListSets { token: Option<String> },
    /// `ListRecords`, or `ListIdentifiers`.
    List { list: List, records: bool },
    /// `GetRecord`.
    GetRecord { identifier: String, prefix: String },
}

/// Which list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum List {
    /// One that goes on.
    Resume(String),
    /// A new one.
    Begin { prefix: String, set: Option<String>, from: Option<i64>, until: Option<i64> },
}

/// Characters of a value that a fault repeats.
const SAID_CHARS_MAX: usize = 80;

/// Reads a request.
///
/// # Errors
/// Every fault that it has.
pub(super) fn read(pairs: &[(String, String)]) -> Result<Request, Vec<Fault>> {
    let verbs: Vec<&str> =
        pairs.iter().filter(|(name, _)| name == "verb").map(|(_, value)| value.as_str()).collect();
    let [verb] = verbs.as_slice() else {
        let text = match verbs.is_empty() {
            true => "the argument verb is missing",
            false => "the argument verb is repeated",
        };
        return Err(vec![Fault::new("badVerb", text)]);
    };
    let (required, optional, exclusive): (&[&str], &[&str], &[&str]) = match *verb {
        "Identify" => (&[], &[], &[]),
        "ListMetadataFormats" => (&[], &["identifier"], &[]),
        "ListSets" => (&[], &[], &["resumptionToken"]),
        "ListIdentifiers" | "ListRecords" => {
            (&["metadataPrefix"], &["from", "until", "set"], &["resumptionToken"])
        }
        "GetRecord" => (&["identifier", "metadataPrefix"], &[], &[]),
        other => {
            let text = format!("{:?} is no verb of OAI-PMH", short(other));
            return Err(vec![Fault::new("badVerb", text)]);
        }
    };
    let mut faults = Vec::new();
    let mut bad = |text: String| faults.push(Fault::new("badArgument", text));
    let mut found = BTreeMap::new();
    for (name, value) in pairs.iter().filter(|(name, _)| name != "verb") {
        let known =
            [required, optional, exclusive].iter().any(|list| list.contains(&name.as_str()));
        if !known {
            bad(format!("{verb} has no argument {:?}", short(name)));
        } else if found.insert(name.as_str(), value.clone()).is_some() {
            bad(format!("the argument {name} is repeated"));
        } else if value.is_empty() {
            bad(format!("the argument {name} is empty"));
        }
    }
    let token = found.remove("resumptionToken");
    if token.is_some() && !found.is_empty() {
        bad("resumptionToken excludes every other argument but verb".to_owned());
    }
    if token.is_none() {
        for name in required.iter().filter(|name| !found.contains_key(**name)) {
            bad(format!("{verb} needs the argument {name}"));
        }
    }
    let (from, until) = dates(&found, &mut bad);
    if let Some(set) = found.get("set")
        && !is_set_spec(set)
    {
        bad(format!("{:?} is no setSpec", short(set)));
    }
    if let Some(prefix) = found.get("metadataPrefix").filter(|prefix| !prefix.is_empty())
        && !prefix.bytes().all(is_plain)
    {
        bad(format!("{:?} is no metadataPrefix", short(prefix)));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut take = |name: &str| found.remove(name);
    Ok(match *verb {
        "Identify" => Request::Identify,
        "ListMetadataFormats" => Request::ListMetadataFormats { identifier: take("identifier") },
        "ListSets" => Request::ListSets { token },
        "GetRecord" => Request::GetRecord {
            identifier: take("identifier").unwrap_or_default(),
            prefix: take("metadataPrefix").unwrap_or_default(),
        },
        verb => {
            let records = verb == "ListRecords";
            let list = match token {
                Some(token) => List::Resume(token),
                None => {
                    let prefix = take("metadataPrefix").unwrap_or_default();
                    List::Begin { prefix, set: take("set"), from, until }
                }
            };
            Request::List { list, records }
        }
    })
}

/// The first and the last second of a selective request.
fn dates(
    found: &BTreeMap<&str, String>,
    bad: &mut impl FnMut(String),
) -> (Option<i64>, Option<i64>) {
    let mut read = |name: &str| -> Option<(i64, Granularity)> {
        let text = found.get(name).filter(|text| !text.is_empty())?;
        let read = second::read(text);
        if read.is_none() {
            let text = short(text);
            bad(format!("{name} is {text:?}; want YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"));
        }
        read
    };
    let (from, until) = (read("from"), read("until"));
    if let (Some((from, of_from)), Some((until, of_until))) = (from, until) {
        if of_from != of_until {
            bad("from and until have different granularities".to_owned());
        } else if from > until {
            bad("from is later than until".to_owned());
        }
    }
    (from.map(|(from, _)| from), until.map(|(until, of)| second::last(until, of)))
}

/// Whether a text can be a `setSpec`.
fn is_set_spec(text: &str) -> bool {
    text.split(':').all(|part| !part.is_empty() && part.bytes().all(is_plain))
}

/// A character that URIs leave as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

/// The beginning of what came, for a fault.
fn short(text: &str) -> String {
    text.chars().take(SAID_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Vec<(String, String)> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
    }

    #[track_caller]
    fn faults(query: &str, expected: &[&str]) {
        let found = read(&pairs(query)).err().unwrap_or_default();
        let found: Vec<_> = found.iter().map(|fault| fault.code).collect();
        assert_eq!(found, expected, "{query}");
    }

    #[test]
    fn every_fault_of_a_request_has_its_code() {
        let bad = "badArgument";
        faults("", &["badVerb"]);
        faults("verb=", &["badVerb"]);
        faults("verb=identify", &["badVerb"]);
        faults("verb=Identify&verb=Identify", &["badVerb"]);
        faults("verb=Identify&x=1", &[bad]);
        faults("verb=Identify&metadataPrefix=oai_dc", &[bad]);
        faults("verb=ListRecords", &[bad]);
        faults("verb=ListRecords&metadataPrefix=", &[bad]);
        faults("verb=ListRecords&metadataPrefix=a&metadataPrefix=a", &[bad]);
        faults("verb=GetRecord", &[bad, bad]);
        faults("verb=ListRecords&resumptionToken=x&metadataPrefix=a", &[bad]);
        faults("verb=ListRecords&resumptionToken=x&resumptionToken=x", &[bad]);
        let list = "verb=ListRecords&metadataPrefix=oai_dc";
        faults(&format!("{list}&from=2026-05-20&until=2026-05-21T00:00:00Z"), &[bad]);
        faults(&format!("{list}&from=2026-05-21&until=2026-05-20"), &[bad]);
        faults(&format!("{list}&from=2026-05-21T00:00:01Z&until=2026-05-21T00:00:00Z"), &[bad]);
        faults(&format!("{list}&from=yesterday&until=now"), &[bad, bad]);
        faults(&format!("{list}&set=a::b"), &[bad]);
        faults(&format!("{list}&from=2026-05-20&until=2026-05-20&set=a.b"), &[]);
        faults("verb=ListSets&resumptionToken=x", &[]);
    }

    #[test]
    fn a_day_is_all_of_its_seconds() {
        let request =
            read(&pairs("verb=ListIdentifiers&metadataPrefix=a&from=1970-01-01&until=1970-01-01"));
        let Ok(Request::List { list: List::Begin { from, until, .. }, records: false }) = request
        else {
            panic!("{request:?}")
        };
        assert_eq!((from, until), (Some(0), Some(86_399)));
    }
}
