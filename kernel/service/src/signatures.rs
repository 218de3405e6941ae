//! Signatures over whole files, as minisign makes them: Ed25519, with a comment that is signed too.
//!
//! What Debian's `minisign` signs is verified here, and the other way round. Both forms are read,
//! `Ed` (over the bytes) and `ED` (over their BLAKE2b-512); the second is written.

mod fault;
#[cfg(test)]
mod tests;

use std::io::Cursor;

use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox, SignatureBox};
use taihu_model::{Digest, KeyId, Manifest, Timestamp, from_base64};

use crate::error::{Error, Result};
use crate::limits::SIGNATURE_BYTES_MAX;

pub use fault::SignatureFault;

/// Characters of base 64 that hold algorithm, key id and signature: 74 bytes.
const SIGNATURE_CHARS: usize = 100;
/// Characters of base 64 that hold the signature over signature and comment: 64 bytes. A shorter
/// one would be read out of bounds below.
const OVERALL_CHARS: usize = 88;
/// Bytes of a secret key's file, decoded.
const SECRET_BYTES: usize = 158;

/// How a secret key is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password<'a> {
    /// Not at all: whoever has the file can sign.
    None,
    /// By a password that is asked for at the terminal.
    Ask,
    /// By this password.
    Given(&'a str),
}

impl Password<'_> {
    /// As the library below takes it: nothing means that it asks.
    fn owned(self) -> Option<String> {
        match self {
            Self::Given(password) => Some(password.to_owned()),
            Self::None | Self::Ask => None,
        }
    }
}

/// The two files of a new key.
pub struct KeyFiles {
    /// Identifier of the key.
    pub key: KeyId,
    /// What signs: for its owner alone.
    pub secret: String,
    /// What verifies: for everybody.
    pub public: String,
}

/// A signature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The key that made it.
    pub key: KeyId,
    /// The comment that it covers.
    pub comment: String,
}

/// Makes a key.
///
/// # Errors
/// If the system has no chance to give, or no terminal to ask at.
pub fn keygen(password: Password<'_>) -> Result<KeyFiles> {
    let pair = match password {
        Password::None => KeyPair::generate_unencrypted_keypair(),
        password => KeyPair::generate_encrypted_keypair(password.owned()),
    };
    let files = pair.and_then(|pair| {
        let comment = format!("taihu publisher's secret key {}", key_id(pair.pk.keynum()));
        Ok(KeyFiles {
            key: key_id(pair.pk.keynum()),
            secret: pair.sk.to_box(Some(&comment))?.into_string(),
            public: pair.pk.to_box()?.into_string(),
        })
    });
    files.map_err(|error| {
        Error::invalid(
            "key",
            format!("无法生成密钥：{error}"),
            format!("failed to make a key: {error}"),
        )
    })
}

/// Signs a file; answers with the text of its `.minisig`.
///
/// A password is used only if the key has one.
///
/// # Errors
/// [`Error::Invalid`] if `secret` is no secret key of minisign's, or the password is not its.
pub fn sign(file: &[u8], secret: &str, password: Password<'_>, comment: &str) -> Result<String> {
    let sk = secret_key(secret, password)?;
    let bad = |error: minisign::PError| {
        Error::invalid("key", format!("签名失败：{error}"), format!("failed to sign: {error}"))
    };
    let pk = PublicKey::from_secret_key(&sk).map_err(bad)?;
    let untrusted = format!("signature of key {}", key_id(pk.keynum()));
    let made = minisign::sign(Some(&pk), &sk, Cursor::new(file), Some(comment), Some(&untrusted));
    Ok(made.map_err(bad)?.into_string())
}

/// The public key of a secret one, as the text of minisign's `.pub` file.
///
/// # Errors
/// As [`sign`].
pub fn public_of(secret: &str, password: Password<'_>) -> Result<String> {
    let sk = secret_key(secret, password)?;
    let written = PublicKey::from_secret_key(&sk).and_then(|pk| pk.to_box());
    written.map(minisign::PublicKeyBox::into_string).map_err(|error| {
        Error::invalid("key", format!("私钥有误：{error}"), format!("the key is wrong: {error}"))
    })
}

/// What a signature of ours says of a plugin: when it was made, name, version and digest.
#[must_use]
pub fn comment(manifest: &Manifest, file: &[u8], at: Timestamp) -> String {
    format!(
        "timestamp:{}\tplugin:{}\tversion:{}\tsha256:{}",
        at.as_second(),
        manifest.name,
        manifest.version,
        Digest::of(file)
    )
}

/// Verifies a file against its signature and a public key: minisign's file, or its second line.
///
/// # Errors
/// [`SignatureFault`], or [`Error::Invalid`] if the key is none.
pub fn verify(file: &[u8], signature: &str, public: &str) -> Result<Verified> {
    let pk = public_key(public)?;
    let signature = read(signature)?;
    Ok(holds(file, &signature, &pk)?)
}

/// Reads a public key, and writes it as it is kept.
pub(crate) fn read_public(text: &str) -> Result<(KeyId, String)> {
    let pk = public_key(text)?;
    Ok((key_id(pk.keynum()), pk.to_base64()))
}

/// Says which key a signature claims to be made by.
pub(crate) fn key_of(signature: &str) -> std::result::Result<KeyId, SignatureFault> {
    read(signature).map(|signature| key_id(signature.keynum()))
}

/// Holds what a signature's comment claims against the plugin that it is found with. A comment that
/// claims nothing, as minisign's own, is as good.
pub(crate) fn check_claims(
    verified: &Verified,
    manifest: &Manifest,
    digest: Digest,
) -> std::result::Result<(), SignatureFault> {
    let facts = [
        ("plugin:", manifest.name.to_string()),
        ("version:", manifest.version.to_string()),
        ("sha256:", digest.to_string()),
    ];
    for part in verified.comment.split('\t') {
        for (prefix, fact) in &facts {
            if part.strip_prefix(prefix).is_some_and(|claimed| claimed != fact) {
                let (claimed, found) = (part.to_owned(), format!("{prefix}{fact}"));
                return Err(SignatureFault::OtherClaims { claimed, found });
            }
        }
    }
    Ok(())
}

fn holds(
    file: &[u8],
    signature: &SignatureBox,
    pk: &PublicKey,
) -> std::result::Result<Verified, SignatureFault> {
    let (found, want) = (key_id(signature.keynum()), key_id(pk.keynum()));
    if found != want {
        return Err(SignatureFault::WrongKey { found, want });
    }
    minisign::verify(pk, signature, Cursor::new(file), true, false, true).map_err(|error| {
        // The library tells the two apart by its words alone.
        if error.to_string().starts_with("Comment") {
            SignatureFault::OtherComment { key: found }
        } else {
            SignatureFault::OtherBytes { key: found }
        }
    })?;
    let comment = signature.trusted_comment().map_err(|error| cut(&error.to_string()))?;
    Ok(Verified { key: found, comment })
}

fn read(text: &str) -> std::result::Result<SignatureBox, SignatureFault> {
    if text.len() > SIGNATURE_BYTES_MAX {
        return Err(cut(&format!("more than {SIGNATURE_BYTES_MAX} bytes")));
    }
    let lines: Vec<&str> = text.lines().collect();
    let chars = |at: usize| lines.get(at).map_or(0, |line| line.trim().len());
    if lines.len() < 4 {
        return Err(cut(&format!("{} lines, not 4", lines.len())));
    }
    for (at, want) in [(1, SIGNATURE_CHARS), (3, OVERALL_CHARS)] {
        if chars(at) != want {
            return Err(cut(&format!("line {} has {} characters, not {want}", at + 1, chars(at))));
        }
    }
    if lines.iter().skip(4).any(|line| !line.trim().is_empty()) {
        return Err(cut("there is more after line 4"));
    }
    SignatureBox::from_string(text).map_err(|error| cut(&error.to_string()))
}

fn cut(detail: &str) -> SignatureFault {
    SignatureFault::Malformed { detail: detail.to_owned() }
}

fn key_id(bytes: &[u8]) -> KeyId {
    let mut id = [0; 8];
    id.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    KeyId(id)
}

fn public_key(text: &str) -> Result<PublicKey> {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let key = PublicKey::from_base64(line).ok();
    key.filter(|key| key.to_bytes().starts_with(b"Ed")).ok_or_else(|| {
        Error::invalid(
            "public_key",
            "不是 minisign 公钥：应为 .pub 文件的内容，或其中以 RW 开头的56个字符",
            "no public key of minisign's: want the .pub file, or its 56 characters that begin with RW",
        )
    })
}

fn secret_key(text: &str, password: Password<'_>) -> Result<SecretKey> {
    let bad = |detail: &str| {
        Error::invalid(
            "key",
            format!("不是可用的 minisign 私钥：{detail}"),
            format!("no secret key of minisign's that can be used: {detail}"),
        )
    };
    let line = text.lines().nth(1).map(str::trim).unwrap_or_default();
    let bytes = from_base64(line).filter(|bytes| bytes.len() == SECRET_BYTES);
    let bytes = bytes.ok_or_else(|| bad("line 2 is not its 212 characters"))?;
    if bytes.get(2..4) == Some(&[0, 0]) {
        // Debian's minisign leaves the checksum of a key without a password empty, so it is not asked for.
        return SecretKey::from_bytes(&bytes).map_err(|error| bad(&error.to_string()));
    }
    if password == Password::None {
        return Err(bad("it is protected by a password"));
    }
    SecretKeyBox::from(text.to_owned())
        .into_secret_key(password.owned())
        .map_err(|error| bad(&error.to_string()))
}
