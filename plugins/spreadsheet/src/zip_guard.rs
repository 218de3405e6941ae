//! Refuses archives that would not fit into memory, before anything is unpacked.

/// Most bytes that an XLSX may have unpacked. The instance has 128 MiB, of which shared strings take
/// about as much as they have unpacked; a table of 50,000 achievements has 60 MiB.
pub(crate) const UNPACKED_BYTES_MAX: u64 = 80 * 1024 * 1024;

/// Signature of an entry of the central directory.
const ENTRY: &[u8] = b"PK\x01\x02";

/// Sums the unpacked sizes that the central directory states.
///
/// # Errors
/// The sum, if it is too great.
pub(crate) fn check(bytes: &[u8]) -> Result<(), u64> {
    let mut sum = 0_u64;
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(4).position(|four| four == ENTRY) {
        let entry = at + found;
        if let Some(size) = bytes.get(entry + 24..entry + 28) {
            sum += u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
        }
        at = entry + 4;
    }
    if sum > UNPACKED_BYTES_MAX { Err(sum) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stated_sizes_are_summed() {
        let entry = |size: u32| {
            let mut entry = ENTRY.to_vec();
            entry.extend([0; 20]);
            entry.extend(size.to_le_bytes());
            entry
        };
        assert_eq!(check(&entry(1_000)), Ok(()));
        let bomb = [entry(60 << 20), entry(60 << 20)].concat();
        assert_eq!(check(&bomb), Err(120 << 20));
        assert_eq!(check(b"PK\x01\x02short"), Ok(()));
    }
}
