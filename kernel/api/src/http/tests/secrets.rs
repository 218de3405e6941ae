//! Secrets: pieces of text that a tenant gave the platform, each to be told from all others, and who
//! may ever read them.

use std::collections::BTreeMap;

use taihu_model::TenantSlug;
use taihu_service::{Action, Role, allowed};

use super::town::{Seen, slug};

/// Who asks: a role, a tenant, and which one of several there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) role: Role,
    pub(super) tenant: TenantSlug,
    /// Identifier in the audit; empty for the public.
    pub(super) id: String,
    /// Its token; empty for the public.
    pub(super) token: String,
}

/// Whose a secret is that is for everybody who may read of its kind.
pub(super) const ANYBODY: &str = "*";

/// What a secret is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A need, or what is said about it.
    Need,
    /// A source's name, configuration, or what it brought and was not admitted.
    Source,
    /// An achievement that is not published.
    Draft,
    /// A plugin's configuration.
    Config,
    /// Why somebody did something: for the audit.
    Reason,
    /// Who has a token.
    Token,
    /// What is meant for everybody, such as why an achievement was pinned.
    Public,
}

/// A secret.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    pub(super) kind: Kind,
    /// Whose ground it stands on.
    pub(super) tenant: TenantSlug,
    /// Who gave it.
    pub(super) by: String,
}

/// What decides about rights; the real one is [`allowed`].
pub(super) type Table = fn(Role, &TenantSlug, Action, &TenantSlug) -> bool;

impl Secret {
    /// Says whether somebody may read it, by a table of rights.
    pub(super) fn may_be_read(&self, by: &Who, table: Table) -> bool {
        let city = slug("city");
        let may = |action, on: &TenantSlug| table(by.role, &by.tenant, action, on);
        match self.kind {
            // An enterprise sees its own needs, who works on them all of the tenant.
            Kind::Need => {
                may(Action::ReadNeed, &self.tenant)
                    && (by.role != Role::Enterprise || by.id == self.by || self.by == ANYBODY)
            }
            Kind::Source => may(Action::Import, &self.tenant),
            Kind::Draft => {
                may(Action::ReadDrafts, &self.tenant) || may(Action::Import, &self.tenant)
            }
            // A scorer's words about its tenant's needs are its tenant's.
            Kind::Config => {
                may(Action::ReadPlugins, &self.tenant) || may(Action::ReadNeed, &self.tenant)
            }
            Kind::Reason => may(Action::Audit, &self.tenant) || may(Action::Audit, &city),
            Kind::Token => may(Action::ManageTokens, &city),
            Kind::Public => true,
        }
    }
}

/// Every secret there is, by its text.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    all: BTreeMap<String, Secret>,
}

/// What a secret's text begins with; six digits and a `Z` follow.
const MARK: &str = "Qx7";

impl Secrets {
    /// Makes a secret, and hands out its text.
    pub(super) fn give(&mut self, kind: Kind, tenant: &TenantSlug, by: &str) -> String {
        let text = format!("{MARK}{:06}Z", self.all.len());
        let secret = Secret { kind, tenant: tenant.clone(), by: by.to_owned() };
        self.all.insert(text.clone(), secret);
        text
    }

    /// Every secret in an answer, its headers and its body.
    pub(super) fn found(&self, seen: &Seen) -> Vec<(&str, &Secret)> {
        let mut all = seen.text.clone();
        for (name, value) in &seen.headers {
            all.push_str(name.as_str());
            all.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        let marks = all.match_indices(MARK).filter_map(|(at, _)| all.get(at..at + 10));
        marks
            .filter_map(|mark| self.all.get_key_value(mark))
            .map(|(key, it)| (key.as_str(), it))
            .collect()
    }

    /// The secrets in an answer that it may not hold for somebody. Who gave a secret in the very
    /// question may hear it again.
    pub(super) fn leaks(&self, who: &Who, asked: &str, seen: &Seen, table: Table) -> Vec<String> {
        let leaked = |(text, secret): &(&str, &Secret)| {
            !asked.contains(text) && !secret.may_be_read(who, table)
        };
        let found = self.found(seen).into_iter().filter(leaked);
        found.map(|(text, secret)| format!("{text} of {secret:?}")).collect()
    }
}

/// The right table.
pub(super) const RIGHT: Table = allowed;

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, StatusCode};

    use super::*;

    fn who(role: Role, tenant: &str, id: &str) -> Who {
        Who { role, tenant: slug(tenant), id: id.into(), token: String::new() }
    }

    #[track_caller]
    fn check(kind: Kind, by: &Who, may: bool) {
        let mut secrets = Secrets::default();
        let text = secrets.give(kind, &slug("deqing"), "prn_1");
        let forged = Seen {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            text: format!("{{\"problem\":\"x{text}y\"}}"),
        };
        let leaks = secrets.leaks(by, "", &forged, RIGHT);
        assert_eq!(leaks.is_empty(), may, "{kind:?} to {by:?}: {leaks:?}");
        let mut headers = HeaderMap::new();
        headers.insert("location", text.parse().unwrap());
        let forged = Seen { status: StatusCode::OK, headers, text: String::new() };
        assert_eq!(secrets.leaks(by, "", &forged, RIGHT).is_empty(), may, "in a header");
        assert!(secrets.leaks(by, &text, &forged, RIGHT).is_empty(), "one's own words come back");
    }

    #[test]
    fn a_forged_answer_is_found() {
        use Kind as K;
        check(K::Need, &who(Role::Enterprise, "deqing", "prn_1"), true);
        check(K::Need, &who(Role::Enterprise, "deqing", "prn_2"), false);
        check(K::Need, &who(Role::District, "deqing", "prn_2"), true);
        check(K::Need, &who(Role::District, "anji", "prn_2"), false);
        check(K::Source, &who(Role::Provider, "deqing", "prn_2"), true);
        check(K::Source, &who(Role::Manager, "deqing", "prn_2"), false);
        check(K::Draft, &who(Role::Auditor, "deqing", "prn_2"), true);
        check(K::Draft, &who(Role::Public, "city", ""), false);
        check(K::Config, &who(Role::District, "anji", "prn_2"), false);
        check(K::Token, &who(Role::District, "deqing", "prn_1"), false);
        check(K::Reason, &who(Role::Auditor, "city", "prn_3"), true);
        check(K::Public, &who(Role::Public, "city", ""), true);
    }
}
