//! Tenants (主体空间): whose ground a record stands on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A text that is not a slug.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is not a slug: want 1 to 41 of a-z, 0-9 and -, beginning with a letter and not ending with -"
)]
pub struct SlugError(String);

fn is_slug(text: &str) -> bool {
    (1..=41).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

macro_rules! slugs {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The slug.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl FromStr for $name {
            type Err = SlugError;
            fn from_str(text: &str) -> Result<Self, SlugError> {
                if is_slug(text) { Ok(Self(text.to_owned())) } else { Err(SlugError(text.chars().take(80).collect())) }
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <std::borrow::Cow<'de, str>>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

slugs! {
    /// Name of a tenant and of its space in the store: `changxing`.
    TenantSlug;
    /// Name of a plugin: `oai-pmh`.
    PluginName;
    /// Name of a source: `seu-oai`.
    SourceSlug;
    /// Name of a niche pool: `changxing-newenergy`.
    PoolSlug;
    /// Name of a ledger: `vouchers-2026`.
    LedgerSlug;
    /// Name of an account of a ledger: `available`.
    AccountSlug;
}

/// A tenant: the city, a district, an incubator, a university.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its slug.
    pub slug: TenantSlug,
    /// 名称.
    pub name: String,
    /// The tenant above it; the city has none.
    pub parent: Option<TenantSlug>,
    /// GB/T 2260 code, where it has one. 南太湖新区 has none, so this is never a key.
    pub division_code: Option<String>,
}

impl Tenant {
    /// The tenants that every kernel of Huzhou begins with (DOMAIN §1): slug, name, division code.
    pub const HUZHOU: &'static [(&'static str, &'static str, Option<&'static str>)] = &[
        ("city", "湖州市", Some("330500")),
        ("wuxing", "吴兴区", Some("330502")),
        ("nanxun", "南浔区", Some("330503")),
        ("deqing", "德清县", Some("330521")),
        ("changxing", "长兴县", Some("330522")),
        ("anji", "安吉县", Some("330523")),
        ("nantaihu", "南太湖新区", None),
    ];
}
