//! How the outside knows this service: the address that answers name, and whom to write to.

/// Who answers for a repository where nobody said so.
const NOBODY: &str = "admin@localhost.localdomain";
/// Name of a repository that has no domain.
const NO_DOMAIN: &str = "taihu.local";

/// How the outside knows this service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    base: String,
    admin: String,
    namespace: String,
}

impl Site {
    /// A site at an address such as `https://cg.example.gov.cn`, of somebody whose address is
    /// `admin`, if that is said. Its domain is part of every identifier that harvesters get.
    ///
    /// # Errors
    /// What is wrong with the address, in Chinese and English.
    pub fn new(base: &str, admin: Option<&str>) -> Result<Self, (String, String)> {
        let base = base.trim_end_matches('/');
        let place = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        let plain = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]/~".contains(&byte))
        };
        let Some(place) = place.filter(|place| !place.is_empty() && plain(place)) else {
            return Err((
                format!("“{base}”不是有效的公开地址，应形如 https://cg.example.gov.cn"),
                format!("{base:?} is no public address; want https://… without query"),
            ));
        };
        let host = place.split(['/', ':']).next().unwrap_or_default();
        let admin = admin.unwrap_or(NOBODY);
        let mailbox = admin.split_once('@').is_some_and(|(who, at)| {
            !who.is_empty() && at.contains('.') && !admin.contains(char::is_whitespace)
        });
        if !mailbox {
            return Err((
                format!("“{admin}”不是有效的邮箱地址"),
                format!("{admin:?} is no address of a mailbox"),
            ));
        }
        let namespace = if is_domain(host) { host.to_ascii_lowercase() } else { NO_DOMAIN.into() };
        Ok(Self { base: base.to_owned(), admin: admin.to_owned(), namespace })
    }

    /// A site on this machine, for who has not said where it is known.
    #[must_use]
    pub fn local() -> Self {
        Self { base: "http://localhost".into(), admin: NOBODY.into(), namespace: NO_DOMAIN.into() }
    }

    /// The address of a path of ours.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Whom to write to.
    pub(crate) fn admin(&self) -> &str {
        &self.admin
    }

    /// What every identifier of OAI-PMH begins with.
    pub(crate) fn oai_prefix(&self) -> String {
        format!("oai:{}:", self.namespace)
    }
}

/// Letters and dots that name a domain, as identifiers of OAI-PMH want it; no number of a machine.
fn is_domain(host: &str) -> bool {
    let part = |part: &str| {
        part.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.contains('.')
        && host.split('.').all(part)
        && host.as_bytes()[0].is_ascii_alphabetic()
        && last.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, admin: Option<&str>, expected: Option<(&str, &str)>) {
        let found = Site::new(base, admin).ok();
        let found = found.map(|site| (site.url("/oai"), site.oai_prefix()));
        let found = found.as_ref().map(|(url, prefix)| (url.as_str(), prefix.as_str()));
        assert_eq!(found, expected, "{base} {admin:?}");
    }

    #[test]
    fn a_site_has_an_address_and_a_name() {
        let good = "https://cg.huzhou.gov.cn";
        check(good, None, Some(("https://cg.huzhou.gov.cn/oai", "oai:cg.huzhou.gov.cn:")));
        check(
            "http://127.0.0.1:8620/",
            None,
            Some(("http://127.0.0.1:8620/oai", "oai:taihu.local:")),
        );
        check("http://[::1]:8620", None, Some(("http://[::1]:8620/oai", "oai:taihu.local:")));
        check("http://a.cn/x", Some("a@b.cn"), Some(("http://a.cn/x/oai", "oai:a.cn:")));
        check("ftp://a.cn", None, None);
        check("https://", None, None);
        check("https://a.cn/?q=\"", None, None);
        check(good, Some("nobody"), None);
        check(good, Some("a b@c.cn"), None);
    }
}
