//! Grants over the wire: wishes, what was decided about them, and what counts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use taihu_model::{
    self as model, Effective, GrantRequest, LimitWish, PluginName, Sight, Timestamp,
};
use taihu_service::{Grants, Records, WishesDiff};
use utoipa::ToSchema;

use super::Text;

/// A set of wishes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Wishes {
    /// `achievement.<field>` and `need.<field>`.
    #[schema(example = json!(["achievement.title"]))]
    fields: Vec<String>,
    hosts: Vec<Host>,
    /// The drop folder of its sources.
    files: bool,
    /// CPU time of a call, milliseconds, where it is more than usual.
    cpu_ms: Option<u32>,
    /// Memory of an instance, MiB, where it is more than usual.
    memory_mib: Option<u32>,
}

/// A host and how it may be asked.
#[derive(Debug, Serialize, ToSchema)]
struct Host {
    /// An origin, or `config:<key>` for that of a configured URL.
    #[schema(example = "https://repository.example.edu.cn")]
    origin: String,
    /// `GET`, `POST`.
    methods: Vec<String>,
    /// Requests a minute.
    per_minute: u16,
    /// Size of one reply, KiB.
    body_kib: u16,
}

impl From<model::Wishes> for Wishes {
    fn from(wishes: model::Wishes) -> Self {
        let hosts = wishes.hosts.into_iter().map(|(origin, terms)| Host {
            origin,
            methods: terms.methods.into_iter().collect(),
            per_minute: terms.per_minute,
            body_kib: terms.body_kib,
        });
        Self {
            fields: wishes.fields.into_iter().collect(),
            hosts: hosts.collect(),
            files: wishes.files,
            cpu_ms: wishes.limits.cpu_ms,
            memory_mib: wishes.limits.memory_mib,
        }
    }
}

impl From<Effective> for Wishes {
    fn from(effective: Effective) -> Self {
        let Effective { fields, hosts, files, limits, .. } = effective;
        model::Wishes { fields, hosts, files, limits }.into()
    }
}

/// What was decided about a plugin's wishes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Grant {
    granted: Wishes,
    /// What of it waits for a second person, and does not count until then.
    pending: Wishes,
    /// When it ends; never if null.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Who decided.
    by: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who agreed as the second person, last.
    seconded_by: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    seconded_at: Option<Timestamp>,
}

impl From<model::Grant> for Grant {
    fn from(grant: model::Grant) -> Self {
        Self {
            pending: grant.pending().into(),
            granted: grant.granted.into(),
            until: grant.until,
            by: grant.by,
            at: grant.at,
            seconded_at: grant.seconded.as_ref().map(|second| second.at),
            seconded_by: grant.seconded.map(|second| second.by),
        }
    }
}

/// What people have still to decide before a version comes into service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Undecided {
    /// Wishes that nobody decided upon.
    new: Wishes,
    /// Wishes that were granted and wait for a second person.
    pending: Wishes,
    /// When the grant ended, if it did.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended: Option<Timestamp>,
    /// True if nothing is undecided.
    decided: bool,
}

impl From<model::Undecided> for Undecided {
    fn from(undecided: model::Undecided) -> Self {
        Self {
            decided: undecided.is_empty(),
            new: undecided.new.into(),
            pending: undecided.pending.into(),
            ended: undecided.ended,
        }
    }
}

/// A wish of the manifest, the author's reason, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GrantWish)]
struct Wish {
    /// `achievement.title`, `config:base_url`, `files`.
    what: String,
    reason: Text,
    /// True if it says who somebody is: two persons decide.
    personal: bool,
    /// True if it counts now.
    effective: bool,
}

/// How many of how many records a plugin may be called with, and of how many fields.
#[derive(Debug, Serialize, ToSchema)]
struct Seen {
    /// `achievement` or `need`.
    subject: &'static str,
    records: u64,
    records_of: u64,
    fields: usize,
    fields_of: usize,
}

impl From<Records> for Seen {
    fn from(records: Records) -> Self {
        Self {
            subject: records.subject,
            records: records.seen,
            records_of: records.of,
            fields: records.fields,
            fields_of: records.fields_of,
        }
    }
}

/// What a plugin wishes for, was granted, and sees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explained {
    #[schema(value_type = String, example = "readiness")]
    plugin: PluginName,
    /// The version that serves; while none does, the one on trial.
    #[schema(example = "1.0.0")]
    version: String,
    /// The version on trial beside it.
    trial: Option<String>,
    wishes: Vec<Wish>,
    grant: Option<Grant>,
    /// What counts now: declared ∩ the city's ceiling ∩ granted. Limits are those of a call.
    effective: Wishes,
    /// What is undecided of the version on trial, else of the one that serves.
    undecided: Undecided,
    sees: Vec<Seen>,
}

impl From<Grants> for Explained {
    fn from(grants: Grants) -> Self {
        let Grants { manifest, trial, grant, effective, undecided, records, .. } = grants;
        let wish = |what: &str, reason: &model::Text, effective: bool| Wish {
            what: what.to_owned(),
            reason: reason.clone().into(),
            personal: Sight::is_personal(what),
            effective,
        };
        let fields = manifest
            .reads
            .iter()
            .map(|it| wish(&it.field, &it.reason, effective.fields.contains(&it.field)));
        let hosts = manifest
            .hosts
            .iter()
            .map(|it| wish(&it.origin, &it.reason, effective.hosts.contains_key(&it.origin)));
        let files = manifest.files.iter().map(|reason| wish("files", reason, effective.files));
        Self {
            wishes: fields.chain(hosts).chain(files).collect(),
            plugin: manifest.name,
            version: manifest.version.to_string(),
            trial: trial.map(|manifest| manifest.version.to_string()),
            grant: grant.map(Grant::from),
            effective: effective.into(),
            undecided: undecided.into(),
            sees: records.into_iter().map(Seen::from).collect(),
        }
    }
}

/// What a plugin wishes for, was granted, and sees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneExplained {
    pub(crate) grants: Explained,
}

/// How the wishes of two versions differ.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Difference {
    #[schema(example = "1.0.0")]
    from: String,
    #[schema(example = "1.1.0")]
    to: String,
    /// What the later wishes beyond the earlier.
    more: Wishes,
    /// What it wishes no more.
    less: Wishes,
    /// What of the later is undecided here.
    undecided: Undecided,
}

impl From<WishesDiff> for Difference {
    fn from(diff: WishesDiff) -> Self {
        Self {
            from: diff.from,
            to: diff.to,
            more: diff.more.into(),
            less: diff.less.into(),
            undecided: diff.undecided.into(),
        }
    }
}

/// How the wishes of two versions differ.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneDifference {
    pub(crate) difference: Difference,
}

/// What is to be granted of a plugin's wishes. What is left out is decided against.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutGrant {
    /// Everything that is wished for below the city's ceiling; the rest but `until` is then passed over.
    #[serde(default)]
    all: bool,
    #[serde(default)]
    fields: BTreeSet<String>,
    #[serde(default)]
    hosts: Vec<PutHost>,
    /// The drop folder of its sources.
    #[serde(default)]
    files: bool,
    /// CPU time of a call, milliseconds, where it is more than usual.
    #[serde(default)]
    cpu_ms: Option<u32>,
    /// Memory of an instance, MiB, where it is more than usual.
    #[serde(default)]
    memory_mib: Option<u32>,
    /// When it ends; never if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// A host to be granted, in the terms that are wished for or, all three given, narrower ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutHost {
    /// An origin, or `config:<key>` for that of a configured URL.
    origin: String,
    #[serde(default)]
    terms: Option<PutTerms>,
}

/// How a host may be asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutTerms {
    /// `GET`, `POST`.
    methods: BTreeSet<String>,
    /// Requests a minute, 1–60.
    per_minute: u16,
    /// Size of one reply in KiB, 1–1024.
    body_kib: u16,
}

impl From<PutGrant> for GrantRequest {
    fn from(put: PutGrant) -> Self {
        let terms = |terms: PutTerms| model::HostTerms {
            methods: terms.methods,
            per_minute: terms.per_minute,
            body_kib: terms.body_kib,
        };
        let hosts = put.hosts.into_iter().map(|host| (host.origin, host.terms.map(terms)));
        Self {
            all: put.all,
            fields: put.fields,
            hosts: hosts.collect(),
            files: put.files,
            limits: LimitWish { cpu_ms: put.cpu_ms, memory_mib: put.memory_mib },
            until: put.until,
        }
    }
}

/// One grant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneGrant {
    pub(crate) grant: Grant,
}

/// What no tenant's grant goes beyond. What is left out is as at first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ceiling {
    /// Fields of records that may be granted; at first all but personal data.
    fields: BTreeSet<String>,
    /// Hosts that may be granted, each with all below it (`edu.cn`); null for any public one.
    hosts: Option<BTreeSet<String>>,
    /// Requests a minute to one host, 1–60.
    per_minute: u16,
    /// Size of one reply in KiB, 1–1024.
    body_kib: u16,
    /// True if drop folders may be granted.
    files: bool,
    /// CPU time of a call, milliseconds.
    cpu_ms: u32,
    /// Memory of an instance, MiB.
    memory_mib: u32,
}

impl Default for Ceiling {
    fn default() -> Self {
        model::Ceiling::default().into()
    }
}

impl From<model::Ceiling> for Ceiling {
    fn from(ceiling: model::Ceiling) -> Self {
        let model::Ceiling { fields, hosts, per_minute, body_kib, files, cpu_ms, memory_mib } =
            ceiling;
        Self { fields, hosts, per_minute, body_kib, files, cpu_ms, memory_mib }
    }
}

impl From<Ceiling> for model::Ceiling {
    fn from(ceiling: Ceiling) -> Self {
        let Ceiling { fields, hosts, per_minute, body_kib, files, cpu_ms, memory_mib } = ceiling;
        Self { fields, hosts, per_minute, body_kib, files, cpu_ms, memory_mib }
    }
}

/// What no tenant's grant goes beyond.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneCeiling {
    pub(crate) ceiling: Ceiling,
}
