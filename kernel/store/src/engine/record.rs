//! Envelopes: how a record, a head, a log entry and a blob lie in the database.
//!
//! ```text
//! version 1 · revision 8 · digest of the content 32 · sum 8 · content
//! ```
//! The sum (xxh3-64) is over the kind, the space, the key, the revision, the digest and the
//! content, so a record that was moved to another place is caught as well as one that rotted.
//! Numbers are big endian.

use taihu_model::Digest;
use xxhash_rust::xxh3::Xxh3;

use crate::{Rev, Space};

/// Version of the envelope.
const VERSION: u8 = 1;
/// Bytes before the content.
const HEADER_BYTES: usize = 1 + 8 + 32 + 8;

/// What an envelope holds; part of its sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Record,
    Entry,
    Head,
    Idempotency,
    Meta,
}

/// An envelope as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope<'a> {
    pub(super) rev: Rev,
    /// Digest of the content.
    pub(super) digest: Digest,
    pub(super) content: &'a [u8],
}

fn sum(kind: Kind, space: &str, key: &[u8], rev: Rev, digest: &Digest, content: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&[kind as u8]);
    for part in [space.as_bytes(), key] {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.update(&rev.to_be_bytes());
    hasher.update(&digest.0);
    hasher.update(content);
    hasher.digest()
}

/// Wraps a content. `space` is empty for what belongs to none.
pub(super) fn wrap(
    kind: Kind,
    space: &str,
    key: &[u8],
    rev: Rev,
    digest: &Digest,
    content: &[u8],
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + content.len());
    bytes.push(VERSION);
    bytes.extend(rev.to_be_bytes());
    bytes.extend(digest.0);
    bytes.extend(sum(kind, space, key, rev, digest, content).to_be_bytes());
    bytes.extend(content);
    bytes
}

/// Unwraps a content, or says what is wrong with its envelope.
pub(super) fn unwrap<'a>(
    kind: Kind,
    space: &str,
    key: &[u8],
    bytes: &'a [u8],
) -> Result<Envelope<'a>, String> {
    let cut = || format!("{} bytes, and an envelope has at least {HEADER_BYTES}", bytes.len());
    let (version, rest) = bytes.split_first().ok_or_else(cut)?;
    if *version != VERSION {
        return Err(format!("envelope of version {version}, and this version reads {VERSION}"));
    }
    let (rev, rest) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
    let (digest, rest) = rest.split_first_chunk::<32>().ok_or_else(cut)?;
    let (found, content) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
    let (rev, digest, found) =
        (u64::from_be_bytes(*rev), Digest(*digest), u64::from_be_bytes(*found));
    let wanted = sum(kind, space, key, rev, &digest, content);
    if found != wanted {
        return Err(format!("sum {found:016x}, and the content has {wanted:016x}"));
    }
    Ok(Envelope { rev, digest, content })
}

/// The key of something in a space: slugs have no zero byte, so spaces do not touch.
pub(super) fn place(space: &Space, key: &[u8]) -> Vec<u8> {
    let space = space.as_str().as_bytes();
    let mut place = Vec::with_capacity(space.len() + 1 + key.len());
    place.extend(space);
    place.push(0);
    place.extend(key);
    place
}

/// The first place after everything of a space.
pub(super) fn place_after(space: &Space) -> Vec<u8> {
    let mut place = space.as_str().as_bytes().to_vec();
    place.push(1);
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_reads_as_it_was_written_and_no_flipped_bit_passes() {
        let (key, content) = (b"need/1".as_slice(), b"lithium".as_slice());
        let digest = Digest::of(content);
        let bytes = wrap(Kind::Record, "anji", key, 7, &digest, content);
        let read = unwrap(Kind::Record, "anji", key, &bytes);
        assert_eq!(read, Ok(Envelope { rev: 7, digest, content }));
        for bit in 0..bytes.len() * 8 {
            let mut rotten = bytes.clone();
            rotten[bit / 8] ^= 1 << (bit % 8);
            assert!(unwrap(Kind::Record, "anji", key, &rotten).is_err(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(unwrap(Kind::Record, "anji", key, &bytes[..len]).is_err(), "{len} bytes");
        }
    }

    #[test]
    fn an_envelope_that_was_moved_is_caught() {
        let digest = Digest::of(b"x");
        let bytes = wrap(Kind::Record, "anji", b"need/1", 7, &digest, b"x");
        for (kind, space, key) in [
            (Kind::Entry, "anji", "need/1"),
            (Kind::Record, "deqing", "need/1"),
            (Kind::Record, "anji", "need/2"),
            (Kind::Record, "an", "jineed/1"),
        ] {
            assert!(unwrap(kind, space, key.as_bytes(), &bytes).is_err(), "{kind:?} {space} {key}");
        }
    }
}
