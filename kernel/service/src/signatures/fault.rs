//! Why a plugin is not let in for its signature, each with what to do.

use std::fmt;

use taihu_model::{KeyId, PluginName, TenantSlug};

/// What is wrong with a plugin's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureFault {
    /// There is none.
    Missing,
    /// It is no signature, or a part of one.
    Malformed {
        /// Where it breaks off.
        detail: String,
    },
    /// Nobody answers for the key.
    UnknownKey {
        /// The key.
        key: KeyId,
    },
    /// The key was revoked.
    RevokedKey {
        /// The key.
        key: KeyId,
        /// Why.
        reason: String,
    },
    /// Another key was expected.
    WrongKey {
        /// The key that signed.
        found: KeyId,
        /// The key that was expected.
        want: KeyId,
    },
    /// It is the signature of other bytes, or of another key with the same identifier.
    OtherBytes {
        /// The key that it claims.
        key: KeyId,
    },
    /// It fits the file, but its comment was exchanged.
    OtherComment {
        /// The key.
        key: KeyId,
    },
    /// Its comment speaks of another plugin or version.
    OtherClaims {
        /// What it says.
        claimed: String,
        /// What the file says.
        found: String,
    },
    /// The plugin's name belongs to another tenant.
    NotTheOwner {
        /// The plugin.
        name: PluginName,
        /// Whose the name is.
        owner: TenantSlug,
        /// Whose key signed; nobody's if it is unsigned.
        signer: Option<TenantSlug>,
    },
}

impl SignatureFault {
    /// 中文.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Missing => "插件没有签名，不予安装。作者签名：taihu plugin keygen，再 taihu plugin sign FILE.wasm --key KEY；\
                 公钥由市级管理员登记：taihu publisher add KEY.pub --tenant 主体 --name 名称；安装时把 FILE.wasm.minisig 放在旁边"
                .into(),
            Self::Malformed { detail } => {
                format!("签名不完整或不是 .minisig 文件（{detail}）；请完整上传签名文件")
            }
            Self::UnknownKey { key } => format!(
                "签名密钥 {key} 未登记；请市级管理员核实后登记其公钥：taihu publisher add KEY.pub --tenant 主体 --name 名称"
            ),
            Self::RevokedKey { key, reason } => {
                format!("签名密钥 {key} 已吊销（{reason}）；请作者用新的密钥重新签名")
            }
            Self::WrongKey { found, want } => {
                format!("签名用的是密钥 {found}，应为 {want}；请核对公钥或签名文件")
            }
            Self::OtherBytes { key } => format!(
                "签名（密钥 {key}）与文件内容不符：文件被改动，或这是另一个文件、另一把密钥的签名；请重新取得文件和签名"
            ),
            Self::OtherComment { key } => {
                format!("签名（密钥 {key}）的可信注释被改动；请重新取得签名文件")
            }
            Self::OtherClaims { claimed, found } => {
                format!("签名注释写的是“{claimed}”，文件却是“{found}”；请重新签名")
            }
            Self::NotTheOwner { name, owner, signer: Some(signer) } => format!(
                "插件名“{name}”属于主体“{owner}”，不能由主体“{signer}”的密钥签名；请改用别的插件名"
            ),
            Self::NotTheOwner { name, owner, signer: None } => {
                format!("插件名“{name}”属于主体“{owner}”，不接受未签名的版本")
            }
        }
    }
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str(
                "the plugin is not signed; its author signs it with taihu plugin sign FILE.wasm --key KEY \
                 (taihu plugin keygen makes a key), the city's operator adds the public key with taihu \
                 publisher add KEY.pub --tenant TENANT --name NAME, and FILE.wasm.minisig comes along",
            ),
            Self::Malformed { detail } => {
                write!(f, "the signature is cut or no .minisig file ({detail}); send it whole")
            }
            Self::UnknownKey { key } => write!(
                f,
                "nobody answers for signing key {key}; the city's operator adds it with taihu publisher \
                 add KEY.pub --tenant TENANT --name NAME once it is known whose it is"
            ),
            Self::RevokedKey { key, reason } => write!(
                f,
                "signing key {key} was revoked ({reason}); sign the plugin with another key"
            ),
            Self::WrongKey { found, want } => {
                write!(f, "the signature was made by key {found}, not {want}")
            }
            Self::OtherBytes { key } => write!(
                f,
                "the signature (key {key}) does not fit the file: the file was changed, or it is the \
                 signature of another file or key; fetch both again"
            ),
            Self::OtherComment { key } => write!(
                f,
                "the trusted comment of the signature (key {key}) was changed; fetch the signature again"
            ),
            Self::OtherClaims { claimed, found } => {
                write!(f, "the signature speaks of {claimed:?}, the file is {found:?}; sign it anew")
            }
            Self::NotTheOwner { name, owner, signer: Some(signer) } => write!(
                f,
                "the name {name} belongs to tenant {owner}: a key of tenant {signer} cannot sign a \
                 version of it; choose another name"
            ),
            Self::NotTheOwner { name, owner, signer: None } => write!(
                f,
                "the name {name} belongs to tenant {owner}: no unsigned version of it is taken"
            ),
        }
    }
}

impl std::error::Error for SignatureFault {}
