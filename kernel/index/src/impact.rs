//! How much a term tells of a document: the term-frequency part of BM25 in one byte.
//!
//! The part is `tf / (tf + k1 × (1 − b + b × length / average))`, between 0 and 1. The average length
//! changes with every document, so a posting keeps a **code** instead: which of 256 combinations of
//! frequency and length it is. A query turns the 256 codes into 256 **impacts** (the part × 255,
//! rounded, at least 1) at the average of the moment. So new documents force no rewrite, merging
//! loses nothing, and the same documents always score the same.

/// Saturation of the term frequency.
const K1: f64 = 1.2;

/// How much the length of a document counts.
const B: f64 = 0.75;

/// The impact that a term would have if it stood in a document infinitely often.
pub(crate) const IMPACT_MAX: u32 = 255;

/// Classes of term frequency: the least of the class, what stands for it, and how many classes of
/// length it is combined with. Most postings have frequency 1, so that is cut finest.
const CLASSES: [(u32, f64, u16); 9] = [
    (1, 1.0, 96),
    (2, 2.0, 48),
    (3, 3.0, 32),
    (4, 4.0, 22),
    (5, 5.0, 16),
    (6, 6.4, 14),
    (8, 8.9, 12),
    (11, 13.0, 8),
    (17, 22.0, 8),
];

/// Where classes of length begin to be spaced by ratio rather than by difference, in terms.
const LENGTH_KNEE: f64 = 32.0;

/// Doublings of the knee up to the length from which all lengths are alike (16,352 terms).
const LENGTH_OCTAVES: f64 = 9.0;

/// A document's length on the scale of the classes: 0 to just below 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Length(f64);

impl Length {
    /// Places a length, in terms.
    pub(crate) fn of(terms: u32) -> Self {
        let octaves = (1.0 + f64::from(terms) / LENGTH_KNEE).log2();
        Self((octaves / LENGTH_OCTAVES).min(1.0 - f64::EPSILON))
    }
}

/// The code of a term that stands `frequency` times (at least 1) in a document of this length.
pub(crate) fn code(frequency: u32, length: Length) -> u8 {
    let (mut base, mut levels) = (0, CLASSES[0].2);
    for pair in CLASSES.windows(2) {
        if frequency < pair[1].0 {
            break;
        }
        base += pair[0].2;
        levels = pair[1].2;
    }
    (base + (length.0 * f64::from(levels)) as u16) as u8
}

/// The impact of every code, 1 to 255, where documents have `average` terms.
pub(crate) fn impacts(average: f64) -> [u8; 256] {
    let average = average.max(1.0);
    let mut impacts = [0; 256];
    let mut code = 0;
    for (_, frequency, levels) in CLASSES {
        for level in 0..levels {
            let octaves = (f64::from(level) + 0.5) / f64::from(levels) * LENGTH_OCTAVES;
            let length = LENGTH_KNEE * (octaves.exp2() - 1.0);
            let part = frequency / (frequency + K1 * (1.0 - B + B * length / average));
            impacts[code] = (part * f64::from(IMPACT_MAX)).round().max(1.0) as u8;
            code += 1;
        }
    }
    impacts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_used_up() {
        assert_eq!(CLASSES.iter().map(|class| class.2).sum::<u16>(), 256);
        assert_eq!(code(u32::MAX, Length::of(u32::MAX)), 255);
        assert_eq!(code(1, Length::of(0)), 0);
    }

    #[track_caller]
    fn check(frequency: u32, off_max: f64) {
        for average in [30.0, 200.0, 1_000.0] {
            let impacts = impacts(average);
            for length in (frequency.max(10)..4_000).step_by(7) {
                let impact = impacts[usize::from(code(frequency, Length::of(length)))];
                let tf = f64::from(frequency);
                let exact = tf / (tf + K1 * (1.0 - B + B * f64::from(length) / average)) * 255.0;
                let off = (f64::from(impact) - exact).abs();
                assert!(off <= off_max, "{length} of {average} terms: {impact} for {exact}");
            }
        }
    }

    #[test]
    fn an_impact_is_close_to_bm25() {
        check(1, 3.0);
        check(2, 6.0);
        check(3, 9.0);
        check(4, 12.0);
        (5..10).for_each(|frequency| check(frequency, 24.0));
        (10..30).for_each(|frequency| check(frequency, 45.0));
    }

    #[test]
    fn an_impact_never_vanishes() {
        assert!(impacts(1.0).iter().all(|impact| *impact > 0));
        assert!(impacts(f64::from(u32::MAX)).iter().all(|impact| *impact > 0));
    }
}
