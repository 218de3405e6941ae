//! Secrets of sources over the wire: in by one request, never out.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use taihu_service::{KeptSecret, SecretForm, SecretTerms};
use utoipa::ToSchema;

use super::list;

/// A secret, and where it is put in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutSecret {
    /// Scheme, host and port that alone are sent it; https.
    #[schema(example = "https://api.example.edu.cn")]
    pub(crate) origin: String,
    /// `authorization`, or a header of the interface's own, such as `x-api-key`.
    #[schema(example = "authorization")]
    pub(crate) header: String,
    /// `bearer` (the default), `basic` (then the value is `user:password`) or `plain`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "bearer")]
    pub(crate) form: SecretForm,
    /// 密钥。 The secret, 8 to 4,096 visible ASCII characters; no answer shows it.
    #[schema(value_type = String, write_only, example = "open-sesame")]
    pub(crate) value: Value,
}

impl PutSecret {
    /// Where it is put in.
    pub(crate) fn terms(&self) -> SecretTerms {
        let (origin, header) = (self.origin.clone(), self.header.clone());
        SecretTerms { origin, header, form: self.form }
    }
}

/// A text that neither prints nor is quoted when it is of the wrong kind.
#[derive(Clone)]
pub(crate) struct Value(pub(crate) String);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(…)")
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(from)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("invalid type: expected a string")),
        }
    }
}

/// A secret as it may be shown: all but itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Secret {
    #[schema(example = "token")]
    name: String,
    /// Scheme, host and port that alone are sent it.
    #[schema(example = "https://api.example.edu.cn:443")]
    origin: String,
    #[schema(example = "authorization")]
    header: String,
    /// `bearer`, `basic` or `plain`.
    #[schema(example = "bearer")]
    form: &'static str,
}

impl From<KeptSecret> for Secret {
    fn from(KeptSecret { name, terms }: KeptSecret) -> Self {
        Self { name, origin: terms.origin, header: terms.header, form: terms.form.as_str() }
    }
}

/// One secret, without itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneSecret {
    pub(crate) secret: Secret,
}

/// The secrets of a source, without themselves.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Secrets {
    secrets: Vec<Secret>,
    /// Always null: there are at most 8.
    next: Option<String>,
}

impl From<Vec<KeptSecret>> for Secrets {
    fn from(kept: Vec<KeptSecret>) -> Self {
        Self { secrets: list(kept), next: None }
    }
}
