//! Plugins, what they wish for, and where they are installed.

mod check;
mod configure;
mod difference;
mod grant;
#[cfg(test)]
mod tests;
mod trial;
mod url;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{Digest, InstallationState, PluginName, Signed, TenantSlug, Text};

pub use check::{
    CONFIG_KEYS_MAX, CPU_MS_MAX, HOSTS_MAX, MANIFEST_TEXT_CHARS_MAX, MEMORY_MIB_MAX, ManifestFault,
};
pub use configure::{CONFIG_BYTES_MAX, CONFIG_ENTRIES_MAX, CONFIG_TEXT_BYTES_MAX};
pub use difference::{
    Difference, LargestChange, MOVES_MAX, Move, PoolDifference, Rankings, Steps, Times,
};
pub use grant::{
    CEILING_HOSTS_MAX, Ceiling, Effective, Grant, GrantFault, GrantRequest, HOST_BODY_KIB_MAX,
    HOST_PER_MINUTE_MAX, HostTerms, NotSeconded, Seconded, Undecided, Wishes, effective,
};
pub use trial::{Trial, TrialStage};

/// The kind of a plugin: the world it implements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PluginKind {
    /// Ranks achievements for a need (评分).
    Scorer,
    /// Keeps a district's pool (细分领域成果池).
    NichePool,
    /// Reads achievements from somewhere (连接器).
    Connector,
}

impl PluginKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Scorer, Self::NichePool, Self::Connector];

    /// Name of the world in WIT.
    #[must_use]
    pub const fn world(self) -> &'static str {
        match self {
            Self::Scorer => "scorer",
            Self::NichePool => "niche-pool",
            Self::Connector => "connector",
        }
    }

    /// The Chinese label.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Scorer => "评分",
            Self::NichePool => "细分成果池",
            Self::Connector => "连接器",
        }
    }
}

/// What a plugin says of itself: `plugin.toml`, packed into the component as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name.
    pub name: PluginName,
    /// Its version.
    pub version: Version,
    /// What it is.
    pub kind: PluginKind,
    /// What people call it.
    pub title: Text,
    /// What it does, in a sentence or two.
    pub description: Text,
    /// The organisation that wrote it.
    pub author: String,
    /// Fields of records it wants to read, and why. For connectors empty.
    #[serde(default)]
    pub reads: Vec<FieldWish>,
    /// Hosts it wants the kernel to ask, and why. For connectors.
    #[serde(default)]
    pub hosts: Vec<HostWish>,
    /// Why it wants to read the source's drop folder, if it does. For connectors.
    #[serde(default)]
    pub files: Option<Text>,
    /// Limits it asks for; absent ones are the kernel's defaults, greater ones than the kernel's are refused.
    #[serde(default)]
    pub limits: LimitWish,
    /// What may be configured.
    #[serde(default)]
    pub config: Vec<ConfigKey>,
}

/// A field a plugin wants to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldWish {
    /// `achievement.<field>` or `need.<field>`, by the names of the contract.
    pub field: String,
    /// The author's reason.
    pub reason: Text,
}

/// A host a plugin wants the kernel to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostWish {
    /// An origin (`https://repository.example.edu.cn`), or `config:<key>` for the origin of a
    /// configured URL.
    pub origin: String,
    /// `GET`, `POST`.
    pub methods: Vec<String>,
    /// Requests a minute, 1–60; absent for 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u16>,
    /// Size of one reply in KiB, 1–1024; absent for 1024.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_kib: Option<u16>,
    /// The author's reason.
    pub reason: Text,
}

/// Limits a plugin asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitWish {
    /// CPU time of a call, milliseconds.
    pub cpu_ms: Option<u32>,
    /// Memory of an instance, MiB.
    pub memory_mib: Option<u32>,
}

/// Something that may be configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigKey {
    /// Its key in the configuration object.
    pub key: String,
    /// What it is.
    pub kind: ConfigKind,
    /// What people read.
    pub label: Text,
    /// True if there must be a value.
    #[serde(default)]
    pub required: bool,
    /// The value if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
}

/// Kind of a configured value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigKind {
    /// A text.
    Text,
    /// A URL with scheme `http` or `https`.
    Url,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// A list of texts.
    Texts,
    /// An object of texts: a mapping or a code table.
    Table,
}

/// What is wrong with a configuration: which key, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigFault {
    /// The key.
    pub key: String,
    /// What is wrong and what to do.
    pub text: Text,
}

/// A configuration: a JSON object.
pub type Config = serde_json::Map<String, serde_json::Value>;

/// A version of a plugin, as the kernel keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plugin {
    /// SHA-256 of the component's file.
    pub digest: Digest,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// What it says of itself.
    pub manifest: Manifest,
    /// When it came.
    pub added: Timestamp,
    /// Who signed it; nothing for one that was let in unsigned, for development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
}

/// What is known of a plugin's name: whose it is, and how far its versions have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameOwner {
    /// The tenant whose key signed the first signed version: no other tenant's key signs a later one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantSlug>,
    /// The highest version that ever came.
    pub highest: Version,
}

/// A plugin on a tenant's ground.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// The tenant.
    pub tenant: TenantSlug,
    /// The plugin.
    pub plugin: PluginName,
    /// The version that serves; while there is none yet, the one on trial.
    pub digest: Digest,
    /// Where it is in its life.
    pub state: InstallationState,
    /// A version on its way in: the first one, or the next beside the one that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
    /// Its configuration.
    #[serde(default)]
    pub config: Config,
    /// For scorers: weight in the fused score, per mille.
    #[serde(default)]
    pub weight: u16,
    /// Versions that served before, newest last, with what they served with.
    #[serde(default)]
    pub history: Vec<Served>,
    /// When it last changed.
    pub updated: Timestamp,
}

impl Installation {
    /// Says whether there is a version that has served: then the one on trial is its next.
    #[must_use]
    pub fn serves(&self) -> bool {
        use InstallationState as S;
        match self.state {
            S::Enabled | S::Suspended => true,
            S::Quarantined => self.trial.as_ref().is_none_or(|trial| trial.digest != self.digest),
            S::Installed | S::Shadow | S::Canary | S::Removed => false,
        }
    }

    /// The installation as it would be if the version on trial served.
    #[must_use]
    pub fn as_trial(&self) -> Option<Self> {
        let trial = self.trial.as_ref()?;
        let mut with = self.clone();
        with.digest = trial.digest;
        with.config.clone_from(&trial.config);
        with.weight = trial.weight;
        Some(with)
    }

    /// The version that answers a call about a subject, if any does.
    #[must_use]
    pub fn serving(&self, subject: &Digest) -> Option<Self> {
        let takes = self.trial.as_ref().is_some_and(|trial| trial.stage.takes(subject));
        match (self.state, takes) {
            (InstallationState::Enabled | InstallationState::Canary, true) => self.as_trial(),
            (InstallationState::Enabled, false) => Some(self.clone()),
            _ => None,
        }
    }

    /// The version that is called beside the one that answers, for comparison: the one on trial, or
    /// where that answers, the one that served before.
    #[must_use]
    pub fn beside(&self, subject: &Digest) -> Option<Self> {
        use InstallationState as S;
        let trial = self.trial.as_ref().filter(|trial| trial.stage != TrialStage::Waiting)?;
        if !matches!(self.state, S::Enabled | S::Shadow | S::Canary) {
            return None;
        }
        if trial.stage.takes(subject) {
            return self.serves().then(|| self.clone());
        }
        self.as_trial()
    }

    /// Lets the version on trial serve, and keeps the one before in the history.
    pub fn promote_trial(&mut self, now: Timestamp) {
        let Some(trial) = self.trial.take() else { return };
        if trial.digest != self.digest {
            self.history.push(Served {
                digest: self.digest,
                config: std::mem::take(&mut self.config),
                weight: self.weight,
                until: now,
            });
        }
        self.digest = trial.digest;
        self.config = trial.config;
        self.weight = trial.weight;
    }
}

/// A version that served before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The version.
    pub digest: Digest,
    /// Its configuration then.
    #[serde(default)]
    pub config: Config,
    /// For scorers: its weight then, per mille.
    #[serde(default)]
    pub weight: u16,
    /// When it ceased to serve.
    pub until: Timestamp,
}
