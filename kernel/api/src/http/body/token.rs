//! Tokens over the wire. A secret is in one answer only: that to its making.

use serde::{Deserialize, Serialize};
use taihu_model::{PrincipalId, TenantSlug, Timestamp};
use taihu_service::{Principal, Role};
use utoipa::ToSchema;

/// Who holds a token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Token {
    #[schema(value_type = String, example = "user_01JSG0Z3M8QK5T7V9XA1B2C3D4")]
    id: PrincipalId,
    /// Who it is, for people.
    name: String,
    /// `city`, `district`, `provider`, `enterprise`, `manager` or `auditor`.
    #[schema(value_type = String, example = "enterprise")]
    role: Role,
    #[schema(example = "企业")]
    role_zh: &'static str,
    /// Whose ground it stands on.
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// When it was revoked, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked: Option<Timestamp>,
}

impl From<Principal> for Token {
    fn from(principal: Principal) -> Self {
        Self {
            id: principal.id,
            name: principal.name,
            role: principal.role,
            role_zh: principal.role.zh(),
            tenant: principal.tenant,
            created: principal.created,
            revoked: principal.revoked,
        }
    }
}

/// A token that is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssueToken {
    /// Who it is, for people; 1 to 100 characters.
    #[schema(example = "浙江某新能源有限公司 王工")]
    pub(crate) name: String,
    /// `city`, `district`, `provider`, `enterprise`, `manager` or `auditor`.
    #[schema(value_type = String, example = "enterprise")]
    pub(crate) role: Role,
    /// Whose ground it stands on.
    #[schema(value_type = String, example = "changxing")]
    pub(crate) tenant: TenantSlug,
}

/// Everybody who ever held a token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tokens {
    pub(crate) tokens: Vec<Token>,
    /// Always null.
    pub(crate) next: Option<String>,
}

/// A new token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewToken {
    pub(crate) token: Token,
    /// 只显示这一次，请妥善保存。 Shown this once, and never again.
    #[schema(example = "taihu_0123…")]
    pub(crate) secret: String,
}

/// One token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneToken {
    pub(crate) token: Token,
}
