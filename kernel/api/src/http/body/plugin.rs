//! Plugins over the wire.

use serde::Serialize;
use taihu_model::{
    self as model, Config, Digest, InstallationState, PluginKind, PluginName, TenantSlug, Timestamp,
};
use utoipa::ToSchema;

use super::{Text, list};

/// A plugin on a tenant's ground.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Installation {
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    #[schema(value_type = String, example = "readiness")]
    plugin: PluginName,
    /// SHA-256 of the file that runs: its version.
    #[schema(value_type = String)]
    digest: Digest,
    /// `installed`, `shadow`, `canary`, `enabled`, `suspended`, `quarantined` or `removed`.
    #[schema(value_type = String, example = "enabled")]
    state: InstallationState,
    #[schema(example = "已启用")]
    state_zh: &'static str,
    /// Its configuration.
    #[schema(value_type = Object)]
    config: Config,
    /// For scorers: weight in the fused score, per mille.
    weight: u16,
    /// A version on its way in, if there is one.
    trial: Option<Trial>,
    /// Versions that served before, newest last.
    #[schema(value_type = Vec<String>)]
    history: Vec<Digest>,
    #[schema(value_type = String, format = DateTime)]
    updated: Timestamp,
}

impl From<model::Installation> for Installation {
    fn from(installation: model::Installation) -> Self {
        Self {
            tenant: installation.tenant,
            plugin: installation.plugin,
            digest: installation.digest,
            state: installation.state,
            state_zh: installation.state.zh(),
            config: installation.config,
            weight: installation.weight,
            trial: installation.trial.map(Trial::from),
            history: installation.history.into_iter().map(|served| served.digest).collect(),
            updated: installation.updated,
        }
    }
}

/// A version that does not serve everybody yet.
#[derive(Debug, Serialize, ToSchema)]
struct Trial {
    /// SHA-256 of its file.
    #[schema(value_type = String)]
    digest: Digest,
    /// `waiting`, `shadow` or `canary`.
    #[schema(example = "canary")]
    stage: &'static str,
    #[schema(example = "灰度运行5%")]
    stage_zh: String,
    /// Its share of the calls, per cent; 0 before the canary.
    percent: u8,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// True if the rule may take it further.
    by_rule: bool,
}

impl From<model::Trial> for Trial {
    fn from(trial: model::Trial) -> Self {
        let percent = match trial.stage {
            model::TrialStage::Canary { percent } => percent,
            _ => 0,
        };
        Self {
            digest: trial.digest,
            stage: trial.stage.as_str(),
            stage_zh: trial.stage.zh(),
            percent,
            since: trial.since,
            by_rule: trial.by_rule,
        }
    }
}

/// What a plugin says of itself.
#[derive(Debug, Serialize, ToSchema)]
struct Manifest {
    #[schema(value_type = String, example = "readiness")]
    name: PluginName,
    #[schema(example = "1.0.0")]
    version: String,
    /// `scorer`, `niche-pool` or `connector`.
    #[schema(value_type = String, example = "scorer")]
    kind: PluginKind,
    #[schema(example = "评分")]
    kind_zh: &'static str,
    title: Text,
    description: Text,
    /// The organisation that wrote it.
    author: String,
    /// Fields of records that it reads, each with the author's reason.
    reads: Vec<Wish>,
    /// Hosts that it has the kernel ask, each with the author's reason.
    hosts: Vec<Wish>,
    /// Why it reads the drop folder, if it does.
    files: Option<Text>,
    /// Size of its file in bytes.
    bytes: u64,
    #[schema(value_type = String, format = DateTime)]
    added: Timestamp,
}

/// Something a plugin wants, and why.
#[derive(Debug, Serialize, ToSchema)]
struct Wish {
    /// `achievement.title`, `GET https://repository.example.edu.cn`.
    what: String,
    reason: Text,
}

impl From<model::FieldWish> for Wish {
    fn from(wish: model::FieldWish) -> Self {
        Self { what: wish.field, reason: wish.reason.into() }
    }
}

impl From<model::HostWish> for Wish {
    fn from(wish: model::HostWish) -> Self {
        Self {
            what: format!("{} {}", wish.methods.join(", "), wish.origin),
            reason: wish.reason.into(),
        }
    }
}

impl From<model::Plugin> for Manifest {
    fn from(plugin: model::Plugin) -> Self {
        let manifest = plugin.manifest;
        Self {
            name: manifest.name,
            version: manifest.version.to_string(),
            kind: manifest.kind,
            kind_zh: manifest.kind.zh(),
            title: manifest.title.into(),
            description: manifest.description.into(),
            author: manifest.author,
            reads: list(manifest.reads),
            hosts: list(manifest.hosts),
            files: manifest.files.map(Text::from),
            bytes: plugin.bytes,
            added: plugin.added,
        }
    }
}

/// An installed plugin.
#[derive(Debug, Serialize, ToSchema)]
struct Installed {
    installation: Installation,
    manifest: Manifest,
}

/// What is installed on a tenant's ground.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plugins {
    /// By name.
    plugins: Vec<Installed>,
    /// Plugins of the city's that are not called for this tenant, because they failed its calls again
    /// and again, until somebody releases them here.
    withheld: Vec<Withheld>,
    /// Always null: there are few.
    next: Option<String>,
}

/// A plugin of the city's that is not called for a tenant.
#[derive(Debug, Serialize, ToSchema)]
struct Withheld {
    #[schema(value_type = String, example = "relevance")]
    plugin: PluginName,
    /// Digest of the version that failed; another version is called.
    #[schema(value_type = String)]
    version: Digest,
    /// Code of the cause, such as `cpu_time`.
    cause: String,
    /// What happened.
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<taihu_service::Withheld> for Withheld {
    fn from(it: taihu_service::Withheld) -> Self {
        let taihu_service::Withheld { plugin, version, cause, reason, at } = it;
        Self { plugin, version, cause, reason, at }
    }
}

impl Plugins {
    pub(crate) fn of(
        found: Vec<(model::Installation, model::Plugin)>,
        withheld: Vec<taihu_service::Withheld>,
    ) -> Self {
        let plugins = found
            .into_iter()
            .map(|(installation, plugin)| Installed {
                installation: installation.into(),
                manifest: plugin.into(),
            })
            .collect();
        Self { plugins, withheld: list(withheld), next: None }
    }
}

/// One installation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneInstallation {
    pub(crate) installation: Installation,
}

/// An installation, and what of its wishes people have still to decide.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstalledNow {
    pub(crate) installation: Installation,
    pub(crate) undecided: super::grant::Undecided,
}
