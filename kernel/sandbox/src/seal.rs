//! Sealed native code: only what this kernel compiled, for this engine, under these rules, is loaded.
//!
//! ```text
//! magic 8 | MAC 32 | rules of admission 4 | engine 32 | plugin 32 | native code …
//! ```
//! The MAC is HMAC-SHA-256 over everything behind it.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use taihu_model::Digest;

use crate::LoadError;
use crate::limits::ADMISSION_RULES;

const MAGIC: [u8; 8] = *b"taihu\0nc";
const MAC: std::ops::Range<usize> = 8..40;
const RULES: std::ops::Range<usize> = 40..44;
const ENGINE: std::ops::Range<usize> = 44..76;
const PLUGIN: std::ops::Range<usize> = 76..108;
const CODE: usize = 108;

/// What code is sealed for.
pub(crate) struct Purpose {
    /// Digest of the engine's compatibility hash.
    pub(crate) engine: Digest,
    /// Digest of the component's file.
    pub(crate) plugin: Digest,
}

fn mac(key: &[u8; 32]) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key).ok()
}

/// Seals native code.
pub(crate) fn seal(key: &[u8; 32], purpose: &Purpose, code: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(CODE + code.len());
    sealed.extend_from_slice(&MAGIC);
    sealed.extend_from_slice(&[0; 32]);
    sealed.extend_from_slice(&ADMISSION_RULES.to_be_bytes());
    sealed.extend_from_slice(&purpose.engine.0);
    sealed.extend_from_slice(&purpose.plugin.0);
    sealed.extend_from_slice(code);
    // HMAC takes a key of any length, so there is always a MAC; zeros would never verify.
    if let Some(mut mac) = mac(key) {
        mac.update(&sealed[MAC.end..]);
        sealed[MAC].copy_from_slice(&mac.finalize().into_bytes());
    }
    sealed
}

/// Verifies a seal and hands out the native code: a part of the very bytes that were verified.
pub(crate) fn open<'a>(
    key: &[u8; 32],
    purpose: &Purpose,
    sealed: &'a [u8],
) -> Result<&'a [u8], LoadError> {
    if sealed.len() <= CODE {
        return Err(LoadError::Shape("too short"));
    }
    if sealed[..MAGIC.len()] != MAGIC {
        return Err(LoadError::Shape("another file"));
    }
    let mut mac = mac(key).ok_or(LoadError::Seal)?;
    mac.update(&sealed[MAC.end..]);
    mac.verify_slice(&sealed[MAC]).map_err(|_| LoadError::Seal)?;
    if sealed[RULES] != ADMISSION_RULES.to_be_bytes() {
        return Err(LoadError::Other("version of the rules of admission"));
    }
    if sealed[ENGINE] != purpose.engine.0 {
        return Err(LoadError::Other("engine"));
    }
    if sealed[PLUGIN] != purpose.plugin.0 {
        return Err(LoadError::Other("plugin"));
    }
    Ok(&sealed[CODE..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn purpose(engine: u8, plugin: u8) -> Purpose {
        Purpose { engine: Digest([engine; 32]), plugin: Digest([plugin; 32]) }
    }

    #[track_caller]
    fn check(key: [u8; 32], purpose: &Purpose, sealed: &[u8], want: Result<&[u8], LoadError>) {
        assert_eq!(open(&key, purpose, sealed), want);
    }

    #[test]
    fn a_seal_holds_one_purpose() {
        let sealed = seal(&KEY, &purpose(1, 2), b"code");
        check(KEY, &purpose(1, 2), &sealed, Ok(b"code"));
        check([8; 32], &purpose(1, 2), &sealed, Err(LoadError::Seal));
        check(KEY, &purpose(9, 2), &sealed, Err(LoadError::Other("engine")));
        check(KEY, &purpose(1, 9), &sealed, Err(LoadError::Other("plugin")));
        check(KEY, &purpose(1, 2), b"", Err(LoadError::Shape("too short")));
        check(KEY, &purpose(1, 2), &sealed[..CODE], Err(LoadError::Shape("too short")));
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let sealed = seal(&KEY, &purpose(1, 2), b"code");
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&KEY, &purpose(1, 2), &damaged).is_err(), "bit {bit}");
        }
    }
}
