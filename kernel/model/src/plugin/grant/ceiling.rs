//! The city's ceiling: what no tenant's grant goes beyond.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::{CPU_MS_MAX, LimitWish, MEMORY_MIB_MAX};
use super::{GrantFault, HOST_BODY_KIB_MAX, HOST_PER_MINUTE_MAX, HostTerms, Wishes};
use crate::Sight;

/// Hosts that a ceiling lists at most: the universities of a country, and some more.
pub const CEILING_HOSTS_MAX: usize = 4_096;

/// What no tenant's grant goes beyond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ceiling {
    /// Fields of records that may be granted.
    pub fields: BTreeSet<String>,
    /// Hosts that may be granted, each with all below it (`edu.cn`); nothing for any public one.
    pub hosts: Option<BTreeSet<String>>,
    /// Requests a minute to one host.
    pub per_minute: u16,
    /// Size of one reply, KiB.
    pub body_kib: u16,
    /// True if drop folders may be granted.
    pub files: bool,
    /// CPU time of a call, milliseconds.
    pub cpu_ms: u32,
    /// Memory of an instance, MiB.
    pub memory_mib: u32,
}

impl Default for Ceiling {
    /// All fields but personal data, any public host, and what the kernel bears.
    fn default() -> Self {
        Self {
            fields: Sight::names().filter(|field| !Sight::is_personal(field)).collect(),
            hosts: None,
            per_minute: HOST_PER_MINUTE_MAX,
            body_kib: HOST_BODY_KIB_MAX,
            files: true,
            cpu_ms: CPU_MS_MAX,
            memory_mib: MEMORY_MIB_MAX,
        }
    }
}

impl Ceiling {
    /// What of some wishes lies below the ceiling, in terms that do.
    #[must_use]
    pub fn cut(&self, wishes: &Wishes) -> Wishes {
        let hosts: BTreeMap<String, HostTerms> = wishes
            .hosts
            .iter()
            .filter(|(origin, _)| self.lets(origin))
            .map(|(origin, terms)| {
                let terms = HostTerms {
                    methods: terms.methods.clone(),
                    per_minute: terms.per_minute.min(self.per_minute),
                    body_kib: terms.body_kib.min(self.body_kib),
                };
                (origin.clone(), terms)
            })
            .collect();
        Wishes {
            fields: wishes.fields.intersection(&self.fields).cloned().collect(),
            hosts,
            files: wishes.files && self.files,
            limits: LimitWish {
                cpu_ms: wishes.limits.cpu_ms.map(|it| it.min(self.cpu_ms)),
                memory_mib: wishes.limits.memory_mib.map(|it| it.min(self.memory_mib)),
            },
        }
    }

    /// Says whether an origin lies below the ceiling; a configured one is seen when it is known.
    fn lets(&self, origin: &str) -> bool {
        origin.starts_with("config:") || reaches(self.hosts.as_ref(), host_of(origin))
    }

    /// Says everything that is wrong with a ceiling; empty if nothing is.
    #[must_use]
    pub fn check(&self) -> Vec<GrantFault> {
        let mut faults = Vec::new();
        for field in self.fields.iter().filter(|field| !Sight::can_show(field)) {
            faults.push(GrantFault::no_field("fields", field));
        }
        let hosts = self.hosts.iter().flatten();
        let known = hosts.clone().count();
        if known > CEILING_HOSTS_MAX {
            faults.push(GrantFault::new(
                "hosts",
                format!("最多{CEILING_HOSTS_MAX}个主机，现有{known}个"),
                format!("at most {CEILING_HOSTS_MAX} hosts, not {known}"),
            ));
        }
        for host in hosts.filter(|host| !is_host(host)).take(10) {
            faults.push(GrantFault::new(
                "hosts",
                format!("{host:?}不是主机名，应如 edu.cn，小写，不含协议和端口"),
                format!(
                    "{host:?} is no host: want one like edu.cn, lower case, without scheme and port"
                ),
            ));
        }
        for (place, value, max) in [
            ("per_minute", u32::from(self.per_minute), u32::from(HOST_PER_MINUTE_MAX)),
            ("body_kib", u32::from(self.body_kib), u32::from(HOST_BODY_KIB_MAX)),
            ("cpu_ms", self.cpu_ms, CPU_MS_MAX),
            ("memory_mib", self.memory_mib, MEMORY_MIB_MAX),
        ] {
            if !(1..=max).contains(&value) {
                faults.push(GrantFault::new(
                    place,
                    format!("应在1至{max}之间，而不是{value}"),
                    format!("want 1 to {max}, not {value}"),
                ));
            }
        }
        faults
    }
}

pub(super) fn reaches(listed: Option<&BTreeSet<String>>, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let below = |known: &String| {
        host == *known || host.strip_suffix(known.as_str()).is_some_and(|rest| rest.ends_with('.'))
    };
    listed.is_none_or(|listed| listed.iter().any(below))
}

fn is_host(text: &str) -> bool {
    let is_part = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_part)
}

/// The host of an origin: without scheme and port.
fn host_of(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, _)) => host,
        None => rest.split(':').next().unwrap_or_default(),
    }
}
