//! Publishers over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::{self as model, KeyId, PluginName, TenantSlug, Timestamp};
use taihu_service::RevokedPublisher;
use utoipa::ToSchema;

/// A key that may sign plugins, and the tenant that answers for it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Publisher {
    /// Identifier of the key: sixteen hexadecimal digits.
    #[schema(value_type = String, example = "C35A63AC5CBB30E5")]
    key: KeyId,
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// The second line of minisign's `.pub` file.
    #[schema(example = "RWTlMLtcrGNawwaef8Pg9ajVkjLOzoz8+LxUKDCgcVCduzFWCkpgbxGn")]
    public_key: String,
    /// Who holds it, for people.
    name: String,
    #[schema(value_type = String, format = DateTime)]
    added: Timestamp,
    /// Who added it.
    by: String,
    /// When and why it ceased to be good, if it did.
    revoked: Option<Revoked>,
}

/// The end of a key.
#[derive(Debug, Serialize, ToSchema)]
struct Revoked {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who revoked it.
    by: String,
    reason: String,
}

impl From<model::Publisher> for Publisher {
    fn from(publisher: model::Publisher) -> Self {
        Self {
            key: publisher.key,
            tenant: publisher.tenant,
            public_key: publisher.public_key,
            name: publisher.name,
            added: publisher.added,
            by: publisher.by,
            revoked: publisher.revoked.map(|end| Revoked {
                at: end.at,
                by: end.by,
                reason: end.reason,
            }),
        }
    }
}

/// A key that is to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddPublisher {
    /// The tenant that answers for what it signs.
    #[schema(value_type = String, example = "changxing")]
    pub(crate) tenant: TenantSlug,
    /// Minisign's `.pub` file, or its second line.
    #[schema(example = "RWTlMLtcrGNawwaef8Pg9ajVkjLOzoz8+LxUKDCgcVCduzFWCkpgbxGn")]
    pub(crate) public_key: String,
    /// Who holds it, for people; 1 to 100 characters.
    #[schema(example = "长兴县科技局 插件发布")]
    pub(crate) name: String,
}

/// Why a key is revoked, and what becomes of what it signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokePublisher {
    /// 理由。
    pub(crate) reason: String,
    /// True if every installation of a version that it signed is quarantined, wherever the caller
    /// may manage plugins; otherwise they go on.
    #[serde(default)]
    pub(crate) quarantine: bool,
}

/// Every key there is or was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Publishers {
    /// By identifier.
    pub(crate) publishers: Vec<Publisher>,
    /// Always null: there are few.
    pub(crate) next: Option<String>,
}

/// One key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnePublisher {
    pub(crate) publisher: Publisher,
}

/// An installation, by where it is and what.
#[derive(Debug, Serialize, ToSchema)]
struct Place {
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    #[schema(value_type = String, example = "readiness")]
    plugin: PluginName,
}

/// What became of a key and of what it signed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Revocation {
    publisher: Publisher,
    /// Installations that were quarantined.
    quarantined: Vec<Place>,
    /// Installations of versions that it signed, which go on.
    going_on: Vec<Place>,
}

impl From<RevokedPublisher> for Revocation {
    fn from(revoked: RevokedPublisher) -> Self {
        let places = |list: Vec<(TenantSlug, PluginName)>| {
            list.into_iter().map(|(tenant, plugin)| Place { tenant, plugin }).collect()
        };
        Self {
            publisher: revoked.publisher.into(),
            quarantined: places(revoked.quarantined),
            going_on: places(revoked.going_on),
        }
    }
}
