//! Wishes as a set: what a manifest declares, what was decided upon, what was granted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::{HostWish, LimitWish, Manifest};
use crate::{PluginKind, Sight};

/// Requests a minute to one host, at most and by default (SANDBOX: 60, at least a second apart).
pub const HOST_PER_MINUTE_MAX: u16 = 60;

/// Size of one reply in KiB, at most and by default: a page of 100 full OAI records is 400 KB.
pub const HOST_BODY_KIB_MAX: u16 = 1_024;

/// How a host may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostTerms {
    /// `GET`, `POST`.
    pub methods: BTreeSet<String>,
    /// Requests a minute.
    pub per_minute: u16,
    /// Size of one reply, KiB.
    pub body_kib: u16,
}

impl HostTerms {
    /// The terms that a wish asks for.
    #[must_use]
    pub fn of(wish: &HostWish) -> Self {
        Self {
            methods: wish.methods.iter().cloned().collect(),
            per_minute: wish.per_minute.unwrap_or(HOST_PER_MINUTE_MAX),
            body_kib: wish.body_kib.unwrap_or(HOST_BODY_KIB_MAX),
        }
    }

    fn and(&self, other: &Self) -> Option<Self> {
        let methods: BTreeSet<_> = self.methods.intersection(&other.methods).cloned().collect();
        (!methods.is_empty()).then(|| Self {
            methods,
            per_minute: self.per_minute.min(other.per_minute),
            body_kib: self.body_kib.min(other.body_kib),
        })
    }

    fn or(&self, other: &Self) -> Self {
        Self {
            methods: self.methods.union(&other.methods).cloned().collect(),
            per_minute: self.per_minute.max(other.per_minute),
            body_kib: self.body_kib.max(other.body_kib),
        }
    }

    pub(super) fn within(&self, other: &Self) -> bool {
        self.methods.is_subset(&other.methods)
            && self.per_minute <= other.per_minute
            && self.body_kib <= other.body_kib
    }
}

/// A set of wishes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// `achievement.<field>` and `need.<field>`.
    pub fields: BTreeSet<String>,
    /// By origin, or `config:<key>` for that of a configured URL.
    pub hosts: BTreeMap<String, HostTerms>,
    /// The drop folder of its sources.
    pub files: bool,
    /// Limits above those of its kind; lower ones are nobody's to grant.
    pub limits: LimitWish,
}

impl Wishes {
    /// What a manifest wishes for.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        let mut hosts = BTreeMap::<String, HostTerms>::new();
        for wish in &manifest.hosts {
            let terms = HostTerms::of(wish);
            let known = hosts.get(&wish.origin).map_or_else(|| terms.clone(), |it| it.or(&terms));
            hosts.insert(wish.origin.clone(), known);
        }
        let usual = manifest.kind.limits();
        Self {
            fields: manifest.reads.iter().map(|wish| wish.field.clone()).collect(),
            hosts,
            files: manifest.files.is_some(),
            limits: LimitWish {
                cpu_ms: manifest.limits.cpu_ms.filter(|it| Some(*it) > usual.cpu_ms),
                memory_mib: manifest.limits.memory_mib.filter(|it| Some(*it) > usual.memory_mib),
            },
        }
    }

    /// Says whether nothing is wished for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What both hold, in the narrower terms.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let hosts = self.hosts.iter().filter_map(|(origin, terms)| {
            Some((origin.clone(), terms.and(other.hosts.get(origin)?)?))
        });
        let both = |a: Option<u32>, b: Option<u32>| Some(a?.min(b?));
        Self {
            fields: self.fields.intersection(&other.fields).cloned().collect(),
            hosts: hosts.collect(),
            files: self.files && other.files,
            limits: LimitWish {
                cpu_ms: both(self.limits.cpu_ms, other.limits.cpu_ms),
                memory_mib: both(self.limits.memory_mib, other.limits.memory_mib),
            },
        }
    }

    /// What either holds, in the wider terms.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut hosts = self.hosts.clone();
        for (origin, terms) in &other.hosts {
            let known = hosts.get(origin).map_or_else(|| terms.clone(), |it| it.or(terms));
            hosts.insert(origin.clone(), known);
        }
        Self {
            fields: self.fields.union(&other.fields).cloned().collect(),
            hosts,
            files: self.files || other.files,
            limits: LimitWish {
                cpu_ms: self.limits.cpu_ms.max(other.limits.cpu_ms),
                memory_mib: self.limits.memory_mib.max(other.limits.memory_mib),
            },
        }
    }

    /// What this holds beyond the other. A host in wider terms is beyond as a whole.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let beyond = |(origin, terms): &(&String, &HostTerms)| {
            other.hosts.get(*origin).is_none_or(|known| !terms.within(known))
        };
        let hosts = self.hosts.iter().filter(beyond);
        Self {
            fields: self.fields.difference(&other.fields).cloned().collect(),
            hosts: hosts.map(|(origin, terms)| (origin.clone(), terms.clone())).collect(),
            files: self.files && !other.files,
            limits: LimitWish {
                cpu_ms: self.limits.cpu_ms.filter(|it| Some(*it) > other.limits.cpu_ms),
                memory_mib: self.limits.memory_mib.filter(|it| Some(*it) > other.limits.memory_mib),
            },
        }
    }

    /// The part that two persons decide: hosts, and fields that are personal data.
    #[must_use]
    pub fn two_person(&self) -> Self {
        let personal = self.fields.iter().filter(|field| Sight::is_personal(field));
        Self { fields: personal.cloned().collect(), hosts: self.hosts.clone(), ..Self::default() }
    }

    /// The part that one person decides.
    #[must_use]
    pub fn one_person(&self) -> Self {
        let plain = self.fields.iter().filter(|field| !Sight::is_personal(field));
        Self { fields: plain.cloned().collect(), hosts: BTreeMap::new(), ..self.clone() }
    }

    /// Each wish as people read it: `achievement.title`, `GET https://a.cn, 60/min, 1024 KiB`,
    /// `files`, `cpu_ms 500`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.fields.iter().cloned().collect();
        for (origin, terms) in &self.hosts {
            let methods: Vec<&str> = terms.methods.iter().map(String::as_str).collect();
            let (rate, body) = (terms.per_minute, terms.body_kib);
            lines.push(format!("{} {origin}, {rate}/min, {body} KiB", methods.join("+")));
        }
        lines.extend(self.files.then(|| "files".to_owned()));
        lines.extend(self.limits.cpu_ms.map(|it| format!("cpu_ms {it}")));
        lines.extend(self.limits.memory_mib.map(|it| format!("memory_mib {it}")));
        lines
    }
}

impl PluginKind {
    /// What a call may use where nothing else is granted; both are said.
    ///
    /// A batch of 500: measured scorers need 0.5–5 ms. A page: a 2,003-row XLSX takes 60 ms.
    #[must_use]
    pub const fn limits(self) -> LimitWish {
        let (cpu_ms, memory_mib) = match self {
            Self::Scorer => (50, 32),
            Self::NichePool => (20, 32),
            Self::Connector => (500, 64),
        };
        LimitWish { cpu_ms: Some(cpu_ms), memory_mib: Some(memory_mib) }
    }
}
