//! Where the blocks of the database lie in the file.
//!
//! ```text
//! block 0          superblock: what file this is, and two seals
//! block 1          sums of the group's 512 blocks, 8 bytes each
//! blocks 2–513     512 blocks of the database
//! block 514        sums of the next group …
//! ```

/// Size of a block, in bytes: the page of redb and of the kernels below.
pub(super) const BLOCK: u64 = 4_096;
/// The same, as a length.
pub(super) const BLOCK_LEN: usize = 4_096;
/// Blocks of a group: as many sums as a block has room for.
pub(super) const GROUP: u64 = 512;
/// What a disk writes at once.
pub(super) const SECTOR: usize = 512;
/// Sums in a sector.
pub(super) const SUMS_PER_SECTOR: usize = SECTOR / 8;

/// Where a block of the database lies.
pub(super) const fn data_at(block: u64) -> u64 {
    (2 + block / GROUP * (GROUP + 1) + block % GROUP) * BLOCK
}

/// Where a group's sums lie.
pub(super) const fn sums_at(group: u64) -> u64 {
    (1 + group * (GROUP + 1)) * BLOCK
}

/// How many blocks of the database a file of this length holds.
pub(super) const fn blocks_of(file_len: u64) -> u64 {
    let rest = (file_len / BLOCK).saturating_sub(1);
    rest / (GROUP + 1) * GROUP + (rest % (GROUP + 1)).saturating_sub(1)
}

/// How long a file is that holds so many blocks of the database.
pub(super) const fn file_len_of(blocks: u64) -> u64 {
    (1 + blocks + blocks.div_ceil(GROUP)) * BLOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_do_not_overlap_and_lengths_are_inverse() {
        let mut taken = std::collections::BTreeSet::from([0]);
        for block in 0..3 * GROUP + 5 {
            assert!(taken.insert(data_at(block)), "block {block}");
            if block % GROUP == 0 {
                assert!(taken.insert(sums_at(block / GROUP)), "sums of block {block}");
            }
            let blocks = block + 1;
            assert_eq!(blocks_of(file_len_of(blocks)), blocks);
            assert_eq!(file_len_of(blocks), data_at(block) + BLOCK, "{blocks} blocks");
        }
        assert_eq!(taken.len() as u64 * BLOCK, file_len_of(3 * GROUP + 5));
        assert_eq!((file_len_of(0), blocks_of(BLOCK), blocks_of(0)), (BLOCK, 0, 0));
    }
}
