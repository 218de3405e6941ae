//! What a plugin may do: what its manifest wishes for, cut by the city's ceiling and a tenant's grant.
//!
//! ```
//! use taihu_model::{Ceiling, PluginKind, Timestamp, Wishes, effective};
//!
//! // Nothing is granted by itself, whatever is wished for.
//! let wishes = Wishes { fields: ["achievement.title".into()].into(), ..Wishes::default() };
//! let now = Timestamp::UNIX_EPOCH;
//! let found = effective(PluginKind::Scorer, &wishes, &Ceiling::default(), None, now);
//! assert!(found.fields.is_empty());
//! ```

mod ceiling;
mod decide;
#[cfg(test)]
mod tests;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LimitWish, PluginKind};
use crate::{PluginName, Sight, TenantSlug};

pub use ceiling::{CEILING_HOSTS_MAX, Ceiling};
pub use decide::{GrantFault, GrantRequest};
pub use wishes::{HOST_BODY_KIB_MAX, HOST_PER_MINUTE_MAX, HostTerms, Wishes};

/// What a tenant's people decided about a plugin's wishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// On whose ground.
    pub tenant: TenantSlug,
    /// The plugin, in every version.
    pub plugin: PluginName,
    /// What was granted of its wishes.
    pub granted: Wishes,
    /// The wishes that were decided upon, now or before, granted or not: what a version wishes beyond
    /// is undecided.
    pub considered: Wishes,
    /// When it ends; never if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What a second person agreed to, of what needs two: hosts and personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconded: Option<Seconded>,
}

/// A second person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seconded {
    /// What it is about.
    pub wishes: Wishes,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Who it is.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What a second person may not agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSeconded {
    /// Nothing waits for a second person.
    Nothing,
    /// It is the one who decided.
    SamePerson,
    /// The grant has ended.
    Expired,
}

impl Grant {
    /// Says whether the grant has ended.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// What of the grant counts at an instant: nothing once it has ended, and of what needs two
    /// persons what both agreed to.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> Wishes {
        if self.has_ended(now) {
            return Wishes::default();
        }
        let agreed = self.seconded.as_ref().filter(|second| second.until.is_none_or(|it| it > now));
        let mut counts = self.granted.one_person();
        if let Some(agreed) = agreed {
            counts = counts.or(&self.granted.two_person().and(&agreed.wishes));
        }
        counts
    }

    /// What waits for a second person: what it did not agree to, or not for as long.
    #[must_use]
    pub fn pending(&self) -> Wishes {
        let wants = self.granted.two_person();
        let lasts = |second: &&Seconded| match (second.until, self.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(agreed), Some(granted)) => agreed >= granted,
        };
        match self.seconded.as_ref().filter(lasts) {
            Some(second) => wants.minus(&second.wishes),
            None => wants,
        }
    }

    /// The grant once a second person has agreed to all that waits.
    ///
    /// # Errors
    /// [`NotSeconded`]; one person, whoever it is, is never two.
    pub fn second(&self, by: &str, now: Timestamp) -> Result<Self, NotSeconded> {
        if self.pending().is_empty() {
            return Err(NotSeconded::Nothing);
        }
        if self.has_ended(now) {
            return Err(NotSeconded::Expired);
        }
        if by == self.by {
            return Err(NotSeconded::SamePerson);
        }
        let second = Seconded {
            wishes: self.granted.two_person(),
            until: self.until,
            by: by.to_owned(),
            at: now,
        };
        Ok(Self { seconded: Some(second), ..self.clone() })
    }
}

/// What a plugin may do at an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effective {
    /// Fields that it is shown.
    pub fields: BTreeSet<String>,
    /// Hosts that the kernel asks for it, by origin or `config:<key>`.
    pub hosts: BTreeMap<String, HostTerms>,
    /// Hosts that the city lets anybody ask; nothing for any public one. A configured origin is
    /// held against it when it is known.
    pub reach: Option<BTreeSet<String>>,
    /// True if it reads the drop folder.
    pub files: bool,
    /// What a call may use; both are said.
    pub limits: LimitWish,
}

impl Effective {
    /// The fields of records as they are shown.
    #[must_use]
    pub fn sight(&self) -> Sight {
        Sight::of_names(self.fields.iter().map(String::as_str))
    }

    /// Says whether the city lets a host be asked at all.
    #[must_use]
    pub fn reaches(&self, host: &str) -> bool {
        ceiling::reaches(self.reach.as_ref(), host)
    }
}

/// What a plugin may do: declared ∩ the city's ceiling ∩ the tenant's grant, as far as that is in
/// force. Limits that are not granted are those of its kind.
#[must_use]
pub fn effective(
    kind: PluginKind,
    declared: &Wishes,
    ceiling: &Ceiling,
    grant: Option<&Grant>,
    now: Timestamp,
) -> Effective {
    let granted = grant.map(|grant| grant.in_force(now)).unwrap_or_default();
    let both = ceiling.cut(&declared.and(&granted));
    let usual = kind.limits();
    let limit = |granted: Option<u32>, usual: Option<u32>, most: u32| {
        Some(granted.or(usual).map_or(most, |limit| limit.min(most)))
    };
    Effective {
        fields: both.fields,
        hosts: both.hosts,
        reach: ceiling.hosts.clone(),
        files: both.files,
        limits: LimitWish {
            cpu_ms: limit(both.limits.cpu_ms, usual.cpu_ms, ceiling.cpu_ms),
            memory_mib: limit(both.limits.memory_mib, usual.memory_mib, ceiling.memory_mib),
        },
    }
}

/// What people have still to decide before a version comes into service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undecided {
    /// Wishes that nobody decided upon.
    pub new: Wishes,
    /// Wishes that were granted and wait for a second person.
    pub pending: Wishes,
    /// When the grant ended, if it did.
    pub ended: Option<Timestamp>,
}

impl Undecided {
    /// Finds what is undecided of a version's wishes.
    #[must_use]
    pub fn of(declared: &Wishes, grant: Option<&Grant>, now: Timestamp) -> Self {
        let Some(grant) = grant else {
            return Self { new: declared.clone(), ..Self::default() };
        };
        let ended = grant.until.filter(|_| grant.has_ended(now) && !declared.is_empty());
        let granted = declared.and(&grant.granted);
        Self {
            new: declared.minus(&grant.considered),
            // What two agreed to counts, whatever one of them granted beside it since.
            pending: match ended {
                Some(_) => Wishes::default(),
                None => granted.two_person().minus(&grant.in_force(now)),
            },
            ended,
        }
    }

    /// Says whether everything is decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.pending.is_empty() && self.ended.is_none()
    }
}
