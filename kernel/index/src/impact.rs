//! How much a term tells of a document: BM25's part of frequency and length, in whole numbers.
//!
//! The part is `tf / (tf + K)` with `K = k1 × (1 − b + b × length / average)`, between 0 and 1. It is
//! the product of two things that are kept apart:
//!
//! - the document's **share** `1 / (1 + K)`: what a term that stands there once counts. It depends on
//!   the length alone, so it is multiplied once, after all terms have been added up;
//! - the posting's **ratio** `tf × (1 + K) / (tf + K)`: how much more a repeated term counts. It is 1
//!   for the three quarters of all postings that stand there once, which therefore keep nothing but
//!   their place.
//!
//! The average length changes with every document, so documents keep the *class* of their length and
//! repeated postings a *code* for frequency and length; a query turns classes and codes into numbers
//! at the average of the moment. New documents force no rewrite, merging loses nothing, and the same
//! documents always score the same.

/// Saturation of the term frequency.
const K1: f64 = 1.2;

/// How much the length of a document counts.
const B: f64 = 0.75;

/// A ratio of 1. Accumulators hold Σ weight × ratio in these units.
pub(crate) const RATIO_ONE: u32 = 64;

/// The greatest ratio: only in a document seventy times as long as the average could it be more.
const RATIO_MAX: f64 = 4_095.0;

/// The greatest sum there is.
const SUM_MAX: u32 = i32::MAX.cast_unsigned();

/// Bits by which accumulator × share is shifted to be a score.
pub(crate) const SHARE_BITS: u32 = 16;

/// Classes of repeated term frequency: the least of the class, what stands for it, and with how many
/// classes of length it is combined. Small frequencies are common, so they are cut finest.
const CLASSES: [(u32, f64, u16); 8] = [
    (2, 2.0, 64),
    (3, 3.0, 48),
    (4, 4.0, 40),
    (5, 5.0, 32),
    (6, 6.4, 24),
    (8, 8.9, 20),
    (11, 13.0, 15),
    (17, 22.0, 12),
];

/// Codes there are: as many as a byte has values, less one for a term that is not repeated.
pub(crate) const CODES: usize = 255;

/// Where classes of length begin to be spaced by ratio rather than by difference, in terms.
const LENGTH_KNEE: f64 = 32.0;

/// Doublings of the knee up to the length from which all lengths are alike (16,352 terms).
const LENGTH_OCTAVES: f64 = 9.0;

/// Where a length stands on the scale of all: from 0 to just below 1.
fn place(terms: u32) -> f64 {
    let octaves = (1.0 + f64::from(terms) / LENGTH_KNEE).log2();
    (octaves / LENGTH_OCTAVES).min(1.0 - f64::EPSILON)
}

/// `K` at a place on the scale of lengths.
fn k_at(place: f64, average: f64) -> f64 {
    let octaves = place * LENGTH_OCTAVES;
    k(LENGTH_KNEE * (octaves.exp2() - 1.0), average)
}

/// `K` of a document of so many terms where documents have `average` terms.
pub(crate) fn k(length: f64, average: f64) -> f64 {
    K1 * (1.0 - B + B * length / average.max(1.0))
}

/// A document's class of length; ascending with the length.
pub(crate) fn class(terms: u32) -> u8 {
    (place(terms) * 256.0) as u8
}

/// The code of a term that stands `frequency` times (at least twice) in a document of `terms` terms.
pub(crate) fn code(frequency: u32, terms: u32) -> u8 {
    let (mut base, mut levels) = (0, CLASSES[0].2);
    for pair in CLASSES.windows(2) {
        if frequency < pair[1].0 {
            break;
        }
        base += pair[0].2;
        levels = pair[1].2;
    }
    (base + (place(terms) * f64::from(levels)) as u16) as u8
}

/// What classes and codes mean where documents have `average` terms.
#[derive(Debug)]
pub(crate) struct Impacts {
    /// The share of every class, in 2⁻¹⁶; descending.
    pub(crate) shares: [u32; 256],
    /// The ratio of every code, in 2⁻⁶; at least 1.
    pub(crate) ratios: [u32; CODES + 1],
}

impl Impacts {
    pub(crate) fn at(average: f64) -> Self {
        let mut shares = [0; 256];
        for (class, share) in (0_u16..).zip(&mut shares) {
            let k = k_at((f64::from(class) + 0.5) / 256.0, average);
            *share = (f64::from(1_u32 << SHARE_BITS) / (1.0 + k)).round().max(1.0) as u32;
        }
        let mut ratios = [RATIO_ONE; CODES + 1];
        let mut code = 0;
        for (_, frequency, levels) in CLASSES {
            for level in 0..levels {
                let place = f64::from(level) / f64::from(levels);
                let k = k_at(place + 0.5 / f64::from(levels), average);
                // Even the shortest document of the class has less than all; its own class of length
                // may be a fiftieth shorter.
                let most = 0.98 * (1.0 + k_at(place, average));
                let ratio = (frequency * (1.0 + k) / (frequency + k)).min(most);
                let ratio = (ratio * f64::from(RATIO_ONE)).floor();
                ratios[code] = ratio.clamp(f64::from(RATIO_ONE), RATIO_MAX) as u32;
                code += 1;
            }
        }
        Self { shares, ratios }
    }

    /// The score of a document of this class in whose accumulator this is.
    pub(crate) fn score(&self, sum: u32, class: u8) -> u32 {
        scaled(sum, self.shares[usize::from(class)])
    }

    /// The least sum with which a document of this class has at least this score.
    pub(crate) fn least_sum(&self, score: u32, class: u8) -> u32 {
        let sum =
            (u64::from(score) << SHARE_BITS).div_ceil(u64::from(self.shares[usize::from(class)]));
        u32::try_from(sum).unwrap_or(u32::MAX).min(SUM_MAX)
    }
}

/// A sum times a share. Below the sum, since a share is below 1.
pub(crate) fn scaled(sum: u32, share: u32) -> u32 {
    ((u64::from(sum) * u64::from(share)) >> SHARE_BITS) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_used_up() {
        assert_eq!(usize::from(CLASSES.iter().map(|class| class.2).sum::<u16>()), CODES);
        assert_eq!(code(u32::MAX, u32::MAX), 254);
        assert_eq!(code(2, 0), 0);
        assert_eq!((class(0), class(u32::MAX)), (0, 255));
    }

    #[track_caller]
    fn check(frequency: u32, off_max: f64) {
        for average in [100.0, 200.0, 1_000.0] {
            let impacts = Impacts::at(average);
            for length in (frequency * 4 + 10..4_000).step_by(7) {
                let ratio = match frequency {
                    1 => RATIO_ONE,
                    more => impacts.ratios[usize::from(code(more, length))],
                };
                let part = f64::from(impacts.score(ratio * 1_000, class(length)))
                    / f64::from(RATIO_ONE * 1_000);
                let tf = f64::from(frequency);
                let exact = tf / (tf + K1 * (1.0 - B + B * f64::from(length) / average));
                let off = (part / exact - 1.0).abs();
                assert!(off <= off_max, "{length} of {average} terms: {part} for {exact}");
                assert!(part < 1.0, "{length} of {average} terms: {part}");
            }
        }
    }

    #[test]
    fn a_part_is_close_to_bm25() {
        check(1, 0.03);
        check(2, 0.04);
        check(3, 0.04);
        check(4, 0.05);
        (5..10).for_each(|frequency| check(frequency, 0.14));
        (10..30).for_each(|frequency| check(frequency, 0.30));
    }

    #[test]
    fn a_part_never_vanishes_and_never_grows_with_length() {
        for average in [1.0, 30.0, f64::from(u32::MAX)] {
            let impacts = Impacts::at(average);
            assert!(impacts.shares.windows(2).all(|pair| pair[0] >= pair[1]));
            assert!(impacts.shares[255] > 0);
            assert!(impacts.ratios.iter().all(|ratio| *ratio >= RATIO_ONE));
        }
    }
}
