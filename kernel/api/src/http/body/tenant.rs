//! Tenants over the wire.

use serde::{Deserialize, Serialize};
use taihu_model::{self as model, TenantSlug};
use utoipa::ToSchema;

/// A tenant (主体): the city, a district, an incubator, a university.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tenant {
    #[schema(value_type = String, example = "changxing")]
    slug: TenantSlug,
    /// 名称。
    #[schema(example = "长兴县")]
    name: String,
    /// The tenant above it; the city has none.
    #[schema(value_type = Option<String>, example = "city")]
    parent: Option<TenantSlug>,
    /// GB/T 2260 code, where it has one.
    #[schema(example = "330522")]
    division_code: Option<String>,
}

impl From<model::Tenant> for Tenant {
    fn from(tenant: model::Tenant) -> Self {
        let model::Tenant { slug, name, parent, division_code } = tenant;
        Self { slug, name, parent, division_code }
    }
}

/// A tenant that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddTenant {
    /// 1 to 41 of a-z, 0-9 and -.
    #[schema(value_type = String, example = "seu")]
    slug: TenantSlug,
    /// 名称。
    #[schema(example = "东南大学")]
    name: String,
    /// The tenant above it; the city if absent.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "city")]
    parent: Option<TenantSlug>,
    /// GB/T 2260 code, where it has one.
    #[serde(default)]
    division_code: Option<String>,
}

impl From<AddTenant> for model::Tenant {
    fn from(tenant: AddTenant) -> Self {
        let AddTenant { slug, name, parent, division_code } = tenant;
        Self { slug, name, parent, division_code }
    }
}

/// Every tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tenants {
    /// By slug.
    pub(crate) tenants: Vec<Tenant>,
    /// Always null: there are few.
    pub(crate) next: Option<String>,
}

/// One tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneTenant {
    pub(crate) tenant: Tenant,
}
