//! What stands in the superblock: what file this is, and the newest seal.
//!
//! A seal says what the first block of the database may look like, and which commit is known to be
//! durable. There are two places for it, written in turn, so one of them is always whole.

use xxhash_rust::xxh3::xxh3_64;

use super::geometry::SECTOR;

/// The newest format of the file that this version reads, and the one it writes.
pub(crate) const FORMAT: u32 = 1;

/// Forms of the first block that a seal remembers. redb writes it once in each phase of a commit and
/// syncs in between, so two is usual.
const HEADS_MAX: usize = 8;

const MAGIC: &[u8; 16] = b"taihu store\r\n\x1a\n\0";
const SEAL: &[u8; 8] = b"seal\r\n\x1a\n";

type Sector = [u8; SECTOR];

fn closed(mut sector: Sector) -> Sector {
    let sum = xxh3_64(&sector[..SECTOR - 8]);
    sector[SECTOR - 8..].copy_from_slice(&sum.to_be_bytes());
    sector
}

fn is_closed(sector: &Sector) -> bool {
    closed(*sector) == *sector
}

fn number(sector: &Sector, at: usize) -> u64 {
    sector[at..at + 8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// What the first sector of a file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// A store of this format.
    Format(u32),
    /// A store whose creation was cut short; nothing is in it.
    Unfinished,
    /// No store, or one whose first sector is damaged.
    Unknown,
}

/// The first sector of a new file.
pub(super) fn identity() -> Sector {
    let mut sector = [0; SECTOR];
    sector[..16].copy_from_slice(MAGIC);
    sector[16..20].copy_from_slice(&FORMAT.to_be_bytes());
    closed(sector)
}

/// Reads the first sector. Bytes that a crash kept from being written are zeros.
pub(super) fn identify(sector: &Sector) -> Identity {
    if sector[..16] == *MAGIC && is_closed(sector) {
        let format = sector[16..20].iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        return Identity::Format(format);
    }
    let cut_short =
        sector.iter().zip(identity()).all(|(found, wanted)| [0, wanted].contains(found));
    if cut_short { Identity::Unfinished } else { Identity::Unknown }
}

/// A seal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seal {
    /// How many seals were written before it.
    pub(super) serial: u64,
    /// A commit of this number, and all before it, are durable; 0 if none is known to be.
    pub(super) confirmed: u64,
    /// Digests of the forms that the first block may have, oldest first.
    pub(super) heads: Vec<u64>,
}

impl Seal {
    /// Where it is to be written, in bytes from the beginning of the file.
    pub(super) fn place(&self) -> u64 {
        SECTOR as u64 * (1 + self.serial % 2)
    }

    /// Remembers one more form; forgets the oldest if there are too many.
    pub(super) fn admit(&mut self, head: u64) {
        self.heads.retain(|known| *known != head);
        if self.heads.len() == HEADS_MAX {
            self.heads.remove(0);
        }
        self.heads.push(head);
    }

    /// Its bytes.
    pub(super) fn to_sector(&self) -> Sector {
        let mut sector = [0; SECTOR];
        sector[..8].copy_from_slice(SEAL);
        let numbers = [self.serial, self.confirmed, self.heads.len() as u64];
        for (place, number) in numbers.iter().chain(&self.heads).enumerate() {
            sector[8 + place * 8..16 + place * 8].copy_from_slice(&number.to_be_bytes());
        }
        closed(sector)
    }

    /// Reads one; `None` if it was never written or is damaged.
    pub(super) fn from_sector(sector: &Sector) -> Option<Self> {
        let count = usize::try_from(number(sector, 24)).ok()?;
        if sector[..8] != *SEAL || !is_closed(sector) || count > HEADS_MAX {
            return None;
        }
        let heads = (0..count).map(|place| number(sector, 32 + place * 8)).collect();
        Some(Self { serial: number(sector, 8), confirmed: number(sector, 16), heads })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_reads_as_it_was_written_and_no_flipped_bit_passes() {
        let mut seal = Seal { serial: 7, confirmed: 5, heads: vec![] };
        (0..20).for_each(|head| seal.admit(head));
        assert_eq!(seal.heads, (12..20).collect::<Vec<_>>());
        let sector = seal.to_sector();
        assert_eq!(Seal::from_sector(&sector), Some(seal));
        for bit in 0..SECTOR * 8 {
            let (mut rotten, mut named) = (sector, identity());
            rotten[bit / 8] ^= 1 << (bit % 8);
            named[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Seal::from_sector(&rotten), None, "bit {bit}");
            assert_ne!(identify(&named), Identity::Format(FORMAT), "bit {bit}");
        }
    }

    #[test]
    fn a_creation_that_was_cut_short_is_told_from_a_foreign_file() {
        let whole = identity();
        let mut half = whole;
        half[10..].fill(0);
        let mut foreign = [0; SECTOR];
        foreign[..5].copy_from_slice(b"hello");
        assert_eq!(identify(&whole), Identity::Format(FORMAT));
        assert_eq!(identify(&half), Identity::Unfinished);
        assert_eq!(identify(&[0; SECTOR]), Identity::Unfinished);
        assert_eq!(identify(&foreign), Identity::Unknown);
    }
}
