//! The names of a module's functions, in plain words.
//!
//! Names are kept for the backtrace of a trap. As the compiler writes them they hold a hash of the
//! folder that each crate was built in, the only part of a module that differs from folder to
//! folder. Written plainly they can be read, and the same source gives the same bytes everywhere.

use std::ops::Range;

/// Custom sections have id 0; that of names is called `name` and has the names of functions in its
/// subsection 1.
const CUSTOM: u8 = 0;
const FUNCTIONS: u8 = 1;

/// What every core module begins with.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";

/// Rewrites the names of a core module's functions; anything else stays byte for byte. A file that
/// is no core module, or has names that cannot be read, comes back as it is.
pub(super) fn plain(module: &[u8]) -> Vec<u8> {
    rewrite(module).unwrap_or_else(|| module.to_vec())
}

fn rewrite(module: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { bytes: module.strip_prefix(HEADER)? };
    let mut out = HEADER.to_vec();
    out.reserve(module.len());
    while let Some(id) = reader.byte() {
        let body = reader.counted()?;
        let mut inner = Reader { bytes: body };
        if id == CUSTOM && inner.counted()? == b"name" {
            let mut names = vec![4];
            names.extend_from_slice(b"name");
            subsections(inner, &mut names)?;
            section(&mut out, id, &names);
        } else {
            section(&mut out, id, body);
        }
    }
    Some(out)
}

fn subsections(mut reader: Reader<'_>, out: &mut Vec<u8>) -> Option<()> {
    while let Some(id) = reader.byte() {
        let body = reader.counted()?;
        if id == FUNCTIONS {
            section(out, id, &functions(Reader { bytes: body })?);
        } else {
            section(out, id, body);
        }
    }
    Some(())
}

fn functions(mut reader: Reader<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(reader.bytes.len());
    let count = reader.number()?;
    number(&mut out, count);
    for _ in 0..count {
        let index = reader.number()?;
        let name = std::str::from_utf8(reader.counted()?).ok()?;
        // The alternate form leaves the hashes out.
        let name = format!("{:#}", rustc_demangle::demangle(name));
        number(&mut out, index);
        number(&mut out, u32::try_from(name.len()).ok()?);
        out.extend_from_slice(name.as_bytes());
    }
    reader.bytes.is_empty().then_some(out)
}

fn section(out: &mut Vec<u8>, id: u8, body: &[u8]) {
    out.push(id);
    number(out, u32::try_from(body.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(body);
}

/// Writes an unsigned LEB128 number.
fn number(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What is left to read.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    /// An unsigned LEB128 number of at most five bytes.
    fn number(&mut self) -> Option<u32> {
        let mut value = 0_u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).ok();
            }
        }
        None
    }

    /// As many bytes as the number before them says.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let count = self.number()? as usize;
        let range: Range<usize> = 0..count;
        let found = self.bytes.get(range)?;
        self.bytes = &self.bytes[count..];
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(names: &[&str]) -> Vec<u8> {
        let mut list = vec![names.len() as u8];
        for (index, name) in names.iter().enumerate() {
            list.push(index as u8);
            number(&mut list, name.len() as u32);
            list.extend_from_slice(name.as_bytes());
        }
        let mut body = b"\x04name\x00\x02\x01m".to_vec();
        section(&mut body, FUNCTIONS, &list);
        let mut module = HEADER.to_vec();
        section(&mut module, 1, b"types");
        section(&mut module, CUSTOM, &body);
        section(&mut module, CUSTOM, b"\x05other!");
        module
    }

    #[track_caller]
    fn check(names: &[&str], want: &[&str]) {
        assert_eq!(plain(&module(names)), module(want), "{names:?}");
    }

    #[test]
    fn names_lose_the_hash_of_their_folder() {
        let want = "readiness::score";
        check(&["_RNvCs33dTxNKJWVB_9readiness5score"], &[want]);
        check(&["_RNvCskB24RqgAi9b_9readiness5score"], &[want]);
        check(&["_ZN9readiness5score17h0123456789abcdefE", "memcpy"], &[want, "memcpy"]);
        let long = "x".repeat(300);
        check(&[&long], &[&long]);
    }

    #[test]
    fn what_is_no_module_or_torn_stays_as_it_is() {
        let whole = module(&["_RNvCs33dTxNKJWVB_9readiness5score"]);
        let torn = &whole[..whole.len() - 10];
        for bytes in [b"".as_slice(), b"\0asm\x0d\0\x01\0rest", torn] {
            assert_eq!(plain(bytes), bytes);
        }
    }
}
