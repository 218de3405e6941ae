//! Organisations (单位).

use serde::{Deserialize, Serialize};

use crate::{OrgId, OrgKind, TenantSlug, Uscc};

/// An organisation: an enterprise with needs, a university with achievements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// Its identifier.
    pub id: OrgId,
    /// 单位名称.
    pub name: String,
    /// Other names it goes by.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// 统一社会信用代码.
    pub uscc: Option<Uscc>,
    /// What it is.
    pub kind: OrgKind,
    /// GB/T 2260 code of where it is.
    pub division_code: Option<String>,
    /// GB/T 4754-2017 codes.
    #[serde(default)]
    pub industry: Vec<String>,
    /// Industry chains, codes of the city's reference data.
    #[serde(default)]
    pub chains: Vec<String>,
    /// Whose ground its record stands on.
    pub tenant: TenantSlug,
}
