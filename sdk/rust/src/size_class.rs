//! The sizes that the allocator's blocks come in.

/// Alignment of every block, in bytes; the smallest size and the step of small ones too. What
/// connectors read is made of short strings: a larger step would waste half of each.
pub(crate) const UNIT: usize = 8;

/// Small sizes go in units: 8, 16 … 128 bytes.
const SMALL: usize = 16;

/// Sixteen small classes, then four to a doubling up to 4 GiB, the end of a 32-bit memory.
pub(crate) const CLASSES: usize = SMALL + 4 * 25;

/// Class and size of the smallest block that holds `size` bytes; at most a quarter is wasted
/// (of small ones, less than a unit).
#[inline]
pub(crate) fn class_of(size: usize) -> (usize, usize) {
    if size <= SMALL * UNIT {
        let units = size.div_ceil(UNIT).max(1);
        return (units - 1, units * UNIT);
    }
    // The size lies in (4 · 2^shift, 8 · 2^shift]: it is rounded up to 5, 6, 7 or 8 steps of 2^shift.
    let shift = (usize::BITS - (size - 1).leading_zeros() - 3) as usize;
    let steps = ((size - 1) >> shift) + 1;
    (SMALL + (shift - 5) * 4 + (steps - 5), steps << shift)
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, class_of};

    #[track_caller]
    fn check(size: usize, want: (usize, usize)) {
        assert_eq!(class_of(size), want, "class of {size} bytes");
    }

    #[test]
    fn classes_at_their_edges() {
        check(0, (0, 8));
        check(8, (0, 8));
        check(9, (1, 16));
        check(128, (15, 128));
        check(129, (16, 160));
        check(256, (19, 256));
        check(257, (20, 320));
        check(1 << 20, (67, 1 << 20));
    }

    #[test]
    fn classes_rise_with_sizes_and_waste_little() {
        let mut last = (0, 8);
        for size in (1..100_000).chain((17..32).map(|bits| (1_usize << bits) + 1)) {
            let (class, block) = class_of(size);
            assert!(class < CLASSES, "{size}");
            assert!(block >= size && block <= size + (size / 4).max(7), "{size} in {block}");
            assert!(
                class == last.0 && block == last.1 || class > last.0 && block > last.1,
                "{size}"
            );
            last = (class, block);
        }
    }
}
