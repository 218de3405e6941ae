//! Sets of the documents of one block.

/// A set of offsets below a length, a bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// No offset below `len`.
    pub(crate) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)] }
    }

    /// Every offset below `len`.
    pub(crate) fn all(len: usize) -> Self {
        let mut words = vec![u64::MAX; len / 64];
        if !len.is_multiple_of(64) {
            words.push((1 << (len % 64)) - 1);
        }
        Self { words }
    }

    /// Takes words as they were stored, if they fit `len`.
    pub(crate) fn from_words(words: Vec<u64>, len: usize) -> Option<Self> {
        let all = Self::all(len);
        let fits = words.len() == all.words.len()
            && words.iter().zip(&all.words).all(|(word, all)| word & !all == 0);
        fits.then_some(Self { words })
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn has(&self, offset: usize) -> bool {
        self.words[offset / 64] >> (offset % 64) & 1 == 1
    }

    /// Adds an offset; false if it was there.
    pub(crate) fn insert(&mut self, offset: usize) -> bool {
        let fresh = !self.has(offset);
        self.words[offset / 64] |= 1 << (offset % 64);
        fresh
    }

    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(crate) fn unite(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    pub(crate) fn subtract(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// The offsets, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.words
            .iter()
            .enumerate()
            .flat_map(|(at, word)| ones(*word).map(move |bit| at * 64 + bit))
    }

    /// The greatest offset below `end`.
    pub(crate) fn last_below(&self, end: usize) -> Option<usize> {
        let (mut at, bit) = (end / 64, end % 64);
        let mut word = self.words.get(at).map_or(0, |word| word & ((1 << bit) - 1));
        loop {
            if word != 0 {
                return Some(at * 64 + word.ilog2() as usize);
            }
            at = at.checked_sub(1)?;
            word = self.words[at];
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

/// The positions of the ones of a word, ascending.
pub(crate) fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then_some(word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(bit)
    })
}

/// A set of offsets that is written once: a list while that is smaller than bits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Members {
    /// The offsets, ascending.
    Few(Vec<u16>),
    /// A bit for each document of the block.
    Many(Bits),
}

impl Members {
    /// Takes ascending offsets below `len`.
    pub(crate) fn of(mut offsets: Vec<u16>, len: usize) -> Self {
        if offsets.len() * 16 < len {
            offsets.shrink_to_fit();
            return Self::Few(offsets);
        }
        let mut bits = Bits::none(len);
        for offset in offsets {
            bits.insert(usize::from(offset));
        }
        Self::Many(bits)
    }

    pub(crate) fn add_to(&self, bits: &mut Bits) {
        match self {
            Self::Few(offsets) => offsets.iter().for_each(|offset| {
                bits.insert(usize::from(*offset));
            }),
            Self::Many(many) => bits.unite(many),
        }
    }

    /// How many of these offsets a set has.
    pub(crate) fn count_in(&self, bits: &Bits) -> usize {
        match self {
            Self::Few(offsets) => {
                offsets.iter().filter(|offset| bits.has(usize::from(**offset))).count()
            }
            Self::Many(many) => {
                let both = many.words.iter().zip(&bits.words);
                both.map(|(one, other)| (one & other).count_ones() as usize).sum()
            }
        }
    }

    pub(crate) fn for_each(&self, mut each: impl FnMut(usize)) {
        match self {
            Self::Few(offsets) => offsets.iter().for_each(|offset| each(usize::from(*offset))),
            Self::Many(bits) => bits.iter().for_each(each),
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Few(offsets) => offsets.capacity() * 2,
            Self::Many(bits) => bits.memory_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(len: usize, offsets: &[usize]) {
        let mut bits = Bits::none(len);
        assert!(offsets.iter().all(|offset| bits.insert(*offset)));
        assert!(!offsets.iter().any(|offset| bits.insert(*offset)));
        assert_eq!(bits.iter().collect::<Vec<_>>(), offsets);
        assert_eq!(bits.count(), offsets.len());
        let (mut backwards, mut end) = (Vec::new(), len);
        while let Some(offset) = bits.last_below(end) {
            backwards.insert(0, offset);
            end = offset;
        }
        assert_eq!(backwards, offsets);
        let members = Members::of(offsets.iter().map(|offset| *offset as u16).collect(), len);
        let mut united = Bits::none(len);
        members.add_to(&mut united);
        assert_eq!(united, bits);
        assert_eq!(members.count_in(&bits), offsets.len());
        assert_eq!(members.count_in(&Bits::none(len)), 0);
        let mut rest = Bits::all(len);
        rest.subtract(&bits);
        assert_eq!(rest.count(), len - offsets.len());
        rest.intersect(&bits);
        assert_eq!(rest.count(), 0);
        assert_eq!(Bits::from_words(bits.words().to_vec(), len), Some(bits));
    }

    #[test]
    fn a_set_is_what_was_put_in() {
        check(0, &[]);
        check(1, &[0]);
        check(64, &[0, 63]);
        check(65, &[63, 64]);
        check(1_000, &[999]);
        check(1_000, &(0..1_000).collect::<Vec<_>>());
        assert_eq!(Bits::from_words(vec![2], 1), None, "a bit beyond the length");
        assert_eq!(Bits::from_words(vec![0, 0], 64), None, "a word too many");
    }
}
