//! Who may come to which route: one table, from which the gate and the OpenAPI document are made.
//! What is not in it does not exist.
//!
//! The gate decides before a body is read; the service decides again, knowing the record.

use axum::http::Method;
use taihu_model::TenantSlug;
use taihu_service::{Action, Caller, Error, Role, allowed};

use super::limits::{ANSWER_S_MAX, UPLOAD_S_MAX};

/// On whose ground a route does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The city's.
    City,
    /// That of the tenant in the path.
    Tenant,
    /// That of a record, which only the service knows.
    Record,
}

/// A route: method, template, what one must be allowed to do and where, seconds it may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    /// `GET`, `POST`, `PUT` or `DELETE`; `HEAD` goes with `GET`.
    pub(crate) method: &'static str,
    /// Its template.
    pub(crate) path: &'static str,
    /// Nothing if it is open to everybody.
    pub(crate) wants: Option<(Action, Ground)>,
    /// Seconds of an answer.
    pub(crate) seconds_max: u64,
}

const fn open(path: &'static str) -> Route {
    Route { method: "GET", path, wants: None, seconds_max: ANSWER_S_MAX }
}

const fn route(method: &'static str, path: &'static str, action: Action, on: Ground) -> Route {
    Route { method, path, wants: Some((action, on)), seconds_max: ANSWER_S_MAX }
}

const fn upload(method: &'static str, path: &'static str, action: Action) -> Route {
    Route { seconds_max: UPLOAD_S_MAX, ..route(method, path, action, Ground::Tenant) }
}

const MATCH: &str = "/v1/tenants/{tenant}/needs/{need}/matches";
const STEP: [&str; 5] = [
    "/v1/tenants/{tenant}/needs/{need}/matches/{match}/shortlist",
    "/v1/tenants/{tenant}/needs/{need}/matches/{match}/recommend",
    "/v1/tenants/{tenant}/needs/{need}/matches/{match}/view",
    "/v1/tenants/{tenant}/needs/{need}/matches/{match}/accept",
    "/v1/tenants/{tenant}/needs/{need}/matches/{match}/decline",
];
const WEIGHTS: &str = "/v1/tenants/{tenant}/weights";
const TUNING: &str = "/v1/tenants/{tenant}/weights/tuning";
const ANSWERS: [&str; 6] = [
    "/v1/tenants/{tenant}/needs/{need}/why-not/{achievement}",
    "/v1/tenants/{tenant}/needs/{need}/similar",
    "/v1/tenants/{tenant}/needs/{need}/teams",
    "/v1/tenants/{tenant}/needs/{need}/feedback",
    "/v1/tenants/{tenant}/pushes",
    "/v1/tenants/{tenant}/achievements/{achievement}/needs",
];
const MEMBER: &str = "/v1/pools/{pool}/members/{achievement}";
const LIFE: [&str; 8] = [
    "/v1/tenants/{tenant}/plugins/{plugin}/shadow",
    "/v1/tenants/{tenant}/plugins/{plugin}/promote",
    "/v1/tenants/{tenant}/plugins/{plugin}/rollback",
    "/v1/tenants/{tenant}/plugins/{plugin}/quarantine",
    "/v1/tenants/{tenant}/plugins/{plugin}/release",
    "/v1/tenants/{tenant}/plugins/{plugin}/remove",
    "/v1/tenants/{tenant}/plugins/{plugin}/preview",
    "/v1/tenants/{tenant}/plugins/{plugin}/difference",
];
const CAPSULES: &str = "/v1/tenants/{tenant}/plugins/{plugin}/capsules";
const CAPSULE: &str = "/v1/tenants/{tenant}/plugins/{plugin}/capsules/{capsule}";
const REPLAY: &str = "/v1/tenants/{tenant}/score-runs/{run}/replay";
const RECALL: &str = "/v1/tenants/{tenant}/plugins/{plugin}/versions/{version}/recall";
const GRANTS: &str = "/v1/tenants/{tenant}/plugins/{plugin}/grants";
const RECORDS: &str = "/v1/tenants/{tenant}/sources/{source}/records";
const RECORD: &str = "/v1/tenants/{tenant}/sources/{source}/records/{record}";
const SECRETS: &str = "/v1/tenants/{tenant}/sources/{source}/secrets";
const SECRET: &str = "/v1/tenants/{tenant}/sources/{source}/secrets/{name}";
const FILE: &str = "/v1/tenants/{tenant}/sources/{source}/files/{name}";
const LEDGERS: &str = "/v1/tenants/{tenant}/ledgers";
const LEDGER: [&str; 7] = [
    "/v1/tenants/{tenant}/ledgers/{ledger}",
    "/v1/tenants/{tenant}/ledgers/{ledger}/check",
    "/v1/tenants/{tenant}/ledgers/{ledger}/accounts",
    "/v1/tenants/{tenant}/ledgers/{ledger}/accounts/{account}",
    "/v1/tenants/{tenant}/ledgers/{ledger}/entries",
    "/v1/tenants/{tenant}/ledgers/{ledger}/income",
    "/v1/tenants/{tenant}/ledgers/{ledger}/capital",
];
const VOUCHERS: &str = "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers";
const VOUCHER: [&str; 6] = [
    "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}",
    "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/reserve",
    "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/release",
    "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/spend",
    "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/settle",
    "/v1/tenants/{tenant}/ledgers/{ledger}/vouchers/{voucher}/expire",
];
const GUARANTEES: &str = "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees";
const GUARANTEE: [&str; 6] = [
    "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}",
    "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/release",
    "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/claim",
    "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/pay",
    "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/refuse",
    "/v1/tenants/{tenant}/ledgers/{ledger}/guarantees/{guarantee}/recover",
];

/// Every route there is.
pub(crate) const ROUTES: &[Route] = {
    use Action as A;
    use Ground as G;
    &[
        open("/"),
        open("/style.css"),
        route("GET", "/search", A::ReadPool, G::City),
        open("/search.js"),
        route("GET", "/achievements/{achievement}", A::ReadPool, G::City),
        route("GET", "/feed.atom", A::ReadPool, G::City),
        route("GET", "/oai", A::ReadPool, G::City),
        route("POST", "/oai", A::ReadPool, G::City),
        open("/openapi.json"),
        open("/healthz"),
        open("/metrics"),
        route("GET", "/v1/achievements", A::ReadPool, G::City),
        route("GET", "/v1/achievements/export", A::ReadPool, G::City),
        route("GET", "/v1/tenants/{tenant}/needs/export", A::ReadNeed, G::Tenant),
        route("GET", "/v1/suggest", A::ReadPool, G::City),
        route("GET", "/v1/achievements/{achievement}", A::ReadPool, G::City),
        route("GET", "/v1/achievements/{achievement}/sources", A::ReadDrafts, G::Record),
        route("POST", "/v1/achievements/{achievement}/state", A::MoveAchievement, G::Record),
        route("POST", "/v1/achievements/{achievement}/split", A::MoveAchievement, G::Record),
        route("POST", "/v1/achievements/{achievement}/join", A::MoveAchievement, G::Record),
        open("/v1/tenants"),
        route("POST", "/v1/tenants", A::ManageTenants, G::City),
        route("GET", "/v1/tokens", A::ManageTokens, G::City),
        route("POST", "/v1/tokens", A::ManageTokens, G::City),
        route("DELETE", "/v1/tokens/{principal}", A::ManageTokens, G::City),
        route("POST", "/v1/tenants/{tenant}/needs", A::SubmitNeed, G::Tenant),
        route("GET", "/v1/tenants/{tenant}/needs", A::ReadNeed, G::Tenant),
        route("GET", "/v1/tenants/{tenant}/needs/{need}", A::ReadNeed, G::Tenant),
        route("POST", "/v1/tenants/{tenant}/needs/{need}/state", A::Triage, G::Tenant),
        route("POST", MATCH, A::Match, G::Tenant),
        route("GET", MATCH, A::ReadNeed, G::Tenant),
        route("POST", STEP[0], A::Recommend, G::Tenant),
        route("POST", STEP[1], A::Recommend, G::Tenant),
        route("POST", STEP[2], A::Answer, G::Tenant),
        route("POST", STEP[3], A::Answer, G::Tenant),
        route("POST", STEP[4], A::Answer, G::Tenant),
        route("POST", "/v1/tenants/{tenant}/rankings", A::Match, G::Tenant),
        route("GET", WEIGHTS, A::Match, G::Tenant),
        route("PUT", WEIGHTS, A::ManageWeights, G::Tenant),
        route("GET", TUNING, A::ManageWeights, G::Tenant),
        route("POST", TUNING, A::ManageWeights, G::Tenant),
        route("GET", ANSWERS[0], A::Match, G::Tenant),
        route("GET", ANSWERS[1], A::ReadNeed, G::Tenant),
        route("GET", ANSWERS[2], A::Match, G::Tenant),
        route("GET", ANSWERS[3], A::ReadNeed, G::Tenant),
        route("POST", ANSWERS[3], A::Match, G::Tenant),
        route("GET", ANSWERS[4], A::Match, G::Tenant),
        route("GET", ANSWERS[5], A::Match, G::Tenant),
        route("GET", "/v1/achievements/{achievement}/similar", A::ReadPool, G::City),
        route("GET", "/v1/pools", A::ReadPools, G::City),
        route("GET", "/v1/pools/{pool}", A::ReadPools, G::City),
        route("GET", "/v1/pools/{pool}/members", A::ReadPools, G::City),
        route("POST", "/v1/pools/{pool}/fill", A::Curate, G::Record),
        route("PUT", MEMBER, A::Curate, G::Record),
        route("DELETE", MEMBER, A::Curate, G::Record),
        route("GET", "/v1/tenants/{tenant}/plugins", A::ReadPlugins, G::Tenant),
        route("GET", "/v1/tenants/{tenant}/costs", A::ReadPlugins, G::Tenant),
        upload("POST", "/v1/tenants/{tenant}/plugins", A::ManagePlugins),
        route("POST", "/v1/tenants/{tenant}/plugins/{plugin}/enable", A::ManagePlugins, G::Tenant),
        route("POST", "/v1/tenants/{tenant}/plugins/{plugin}/suspend", A::ManagePlugins, G::Tenant),
        route("POST", LIFE[0], A::ManagePlugins, G::Tenant),
        route("POST", LIFE[1], A::ManagePlugins, G::Tenant),
        route("POST", LIFE[2], A::ManagePlugins, G::Tenant),
        route("POST", LIFE[3], A::ManagePlugins, G::Tenant),
        route("POST", LIFE[4], A::ManagePlugins, G::Tenant),
        route("POST", LIFE[5], A::ManagePlugins, G::Tenant),
        route("POST", LIFE[6], A::ManagePlugins, G::Tenant),
        route("GET", LIFE[7], A::ManagePlugins, G::Tenant),
        route("GET", CAPSULES, A::ManagePlugins, G::Tenant),
        route("POST", CAPSULES, A::ManagePlugins, G::Tenant),
        route("GET", CAPSULE, A::ManagePlugins, G::Tenant),
        route("POST", REPLAY, A::Match, G::Tenant),
        route("GET", RECALL, A::Recall, G::Tenant),
        route("POST", RECALL, A::Recall, G::Tenant),
        route("GET", GRANTS, A::ReadPlugins, G::Tenant),
        route("PUT", GRANTS, A::DecideGrants, G::Tenant),
        route(
            "GET",
            "/v1/tenants/{tenant}/plugins/{plugin}/grants/diff",
            A::ReadPlugins,
            G::Tenant,
        ),
        route("POST", "/v1/tenants/{tenant}/plugins/{plugin}/second", A::DecideGrants, G::Tenant),
        route("GET", "/v1/ceiling", A::ReadPlugins, G::City),
        route("PUT", "/v1/ceiling", A::ManageCeiling, G::City),
        route("GET", "/v1/publishers", A::ReadPlugins, G::City),
        route("POST", "/v1/publishers", A::AddPublisher, G::City),
        route("POST", "/v1/publishers/{key}/revoke", A::RevokePublisher, G::Record),
        route("GET", "/v1/tenants/{tenant}/sources", A::Import, G::Tenant),
        route("GET", "/v1/tenants/{tenant}/sources/{source}", A::Import, G::Tenant),
        route("PUT", "/v1/tenants/{tenant}/sources/{source}", A::ManageSources, G::Tenant),
        upload("PUT", FILE, A::Import),
        route("GET", SECRETS, A::ManageSources, G::Tenant),
        route("PUT", SECRET, A::ManageSources, G::Tenant),
        route("DELETE", SECRET, A::ManageSources, G::Tenant),
        route("POST", "/v1/tenants/{tenant}/sources/{source}/runs", A::Import, G::Tenant),
        route("GET", "/v1/runs", A::Import, G::Record),
        route("GET", "/v1/runs/{run}", A::Import, G::Record),
        route("GET", "/v1/runs/{run}/rejections", A::Import, G::Record),
        route("GET", "/v1/runs/{run}/report", A::Import, G::Record),
        route("GET", "/v1/runs/{run}/report.csv", A::Import, G::Record),
        route("POST", "/v1/runs/{run}/withdrawals", A::ManageSources, G::Record),
        route("GET", "/v1/tenants/{tenant}/source-health", A::Import, G::Tenant),
        route("GET", "/tenants/{tenant}/sources", A::Import, G::Tenant),
        route("GET", RECORDS, A::ReadDrafts, G::Tenant),
        route("GET", RECORD, A::ReadDrafts, G::Tenant),
        route("GET", LEDGERS, A::ReadLedgers, G::Tenant),
        route("POST", LEDGERS, A::ManageLedgers, G::Tenant),
        route("GET", LEDGER[0], A::ReadLedgers, G::Tenant),
        route("GET", LEDGER[1], A::ReadLedgers, G::Tenant),
        route("POST", LEDGER[2], A::ManageLedgers, G::Tenant),
        route("GET", LEDGER[3], A::ReadLedgers, G::Tenant),
        route("GET", LEDGER[4], A::ReadLedgers, G::Tenant),
        route("POST", LEDGER[4], A::ManageLedgers, G::Tenant),
        route("POST", LEDGER[5], A::ManageLedgers, G::Tenant),
        route("POST", LEDGER[6], A::ManageLedgers, G::Tenant),
        route("GET", VOUCHERS, A::ReadVouchers, G::Tenant),
        route("POST", VOUCHERS, A::ManageLedgers, G::Tenant),
        route("GET", VOUCHER[0], A::ReadVouchers, G::Tenant),
        route("POST", VOUCHER[1], A::UseVouchers, G::Tenant),
        route("POST", VOUCHER[2], A::UseVouchers, G::Tenant),
        route("POST", VOUCHER[3], A::ManageLedgers, G::Tenant),
        route("POST", VOUCHER[4], A::ManageLedgers, G::Tenant),
        route("POST", VOUCHER[5], A::ManageLedgers, G::Tenant),
        route("GET", GUARANTEES, A::ReadGuarantees, G::Tenant),
        route("POST", GUARANTEES, A::ManageLedgers, G::Tenant),
        route("GET", GUARANTEE[0], A::ReadGuarantees, G::Tenant),
        route("POST", GUARANTEE[1], A::ManageLedgers, G::Tenant),
        route("POST", GUARANTEE[2], A::LodgeClaims, G::Tenant),
        route("POST", GUARANTEE[3], A::ManageLedgers, G::Tenant),
        route("POST", GUARANTEE[4], A::ManageLedgers, G::Tenant),
        route("POST", GUARANTEE[5], A::ManageLedgers, G::Tenant),
        route("GET", "/v1/tenants/{tenant}/log", A::Audit, G::Tenant),
        route("GET", "/v1/tenants/{tenant}/log/verification", A::Audit, G::Tenant),
    ]
};

/// What a method and a template lead to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found {
    /// A route.
    Route(&'static Route),
    /// Other methods of that template.
    OtherMethod,
    /// Nothing.
    Nothing,
}

/// Looks a route up.
pub(crate) fn find(method: &Method, path: &str) -> Found {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let mut of_path = ROUTES.iter().filter(|route| route.path == path).peekable();
    if of_path.peek().is_none() {
        return Found::Nothing;
    }
    of_path.find(|route| route.method == method).map_or(Found::OtherMethod, Found::Route)
}

/// The methods of a template, as the header `Allow` lists them.
pub(crate) fn methods(path: &str) -> String {
    let mut found = Vec::new();
    for route in ROUTES.iter().filter(|route| route.path == path) {
        found.push(route.method);
        if route.method == "GET" {
            found.push("HEAD");
        }
    }
    found.join(", ")
}

impl Route {
    /// Whether anybody may come, without a token.
    pub(crate) fn is_public(&self, city: &TenantSlug) -> bool {
        self.admit(&Caller::anonymous(city.clone()), None, city).is_ok()
    }

    /// Makes sure that the caller may come; where only the service knows the ground, that there is
    /// some ground on which it may.
    ///
    /// # Errors
    /// As [`Caller::may`].
    pub(crate) fn admit(
        &self,
        caller: &Caller,
        tenant: Option<&TenantSlug>,
        city: &TenantSlug,
    ) -> Result<(), Error> {
        match (self.wants, tenant) {
            (None, _) => Ok(()),
            (Some((action, Ground::City)), _) => caller.may(action, city),
            (Some((action, Ground::Tenant)), Some(tenant)) => caller.may(action, tenant),
            (Some((action, _)), _) => match caller.may(action, &caller.tenant) {
                Err(_) if may_in_city(caller, action, city) => Ok(()),
                decided => decided,
            },
        }
    }
}

fn may_in_city(caller: &Caller, action: Action, city: &TenantSlug) -> bool {
    caller.role != Role::Public && allowed(caller.role, &caller.tenant, action, city)
}
