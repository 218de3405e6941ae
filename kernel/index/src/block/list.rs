//! The postings of one term in one block, as bytes.
//!
//! A record begins with two counts: of documents that have the term once, and of those that have it
//! repeatedly. Then come their places, and for the repeated ones a code each.
//!
//! A list of fewer than [`GAPS_MIN`] is plain: places of two bytes. A longer one has gaps of one byte
//! (255 stands for "255 further, nobody there"), and in front of them, for every run of [`RUN`], the
//! place that it starts from: so one place is found by reading one run. A gap costs one byte where a
//! place costs two, and all long lists together are most of a block.
//!
//! ```text
//! once    plain   place…                     gaps   steps (4 bytes), start of each run…, gap…
//! again   plain   place…, code…              gaps   steps (4 bytes), start of each run…, (gap, code)…
//! ```

use super::BLOCK_DOCS_MAX;
use crate::impact::RATIO_ONE;

/// A sum for each document of a block. One longer than a block, so that every 16-bit number is a place.
pub(crate) type Sums = [u32; BLOCK_DOCS_MAX + 1];

/// Postings from which on gaps are kept: in a full block one gap in seven is then longer than a byte.
const GAPS_MIN: usize = 512;

/// Steps of a run.
const RUN: usize = 32;

/// Runs that are looked through one by one before searching by halves.
const NEAR_RUNS: usize = 8;

/// A step that leads to nobody.
const NOBODY: u8 = 255;

/// What a count of 15 or more begins with.
const LONG: u8 = 15;

/// What stands for a document that has a term once where codes are.
pub(crate) const ONCE: u8 = 0;

/// The postings of a term.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List<'a> {
    once: Half<'a>,
    again: Half<'a>,
}

/// Places, with a code each or without.
#[derive(Debug, Clone, Copy)]
enum Half<'a> {
    /// Two bytes each; the codes, if there are any.
    Plain(&'a [u8], &'a [u8]),
    /// How many postings, where each run starts, and the steps of all.
    Gaps { count: usize, starts: &'a [[u8; 2]], steps: &'a [u8] },
}

impl<'a> List<'a> {
    /// Reads a record, which [`check`] has accepted; what follows it is ignored.
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut rest = bytes;
        Self::take(&mut rest).unwrap_or(Self { once: Half::EMPTY, again: Half::EMPTY })
    }

    fn take(rest: &mut &'a [u8]) -> Option<Self> {
        let (once, again) = take_counts(rest)?;
        Some(Self { once: Half::take(once, 1, rest)?, again: Half::take(again, 2, rest)? })
    }

    /// How many documents have the term.
    pub(crate) fn len(&self) -> usize {
        self.once.len() + self.again.len()
    }

    /// Adds weight × ratio to the sum of every document that has the term.
    pub(crate) fn add_to(&self, sums: &mut Sums, weight: u32, ratios: &[u32; 256]) {
        let one = weight * RATIO_ONE;
        match self.once {
            Half::Plain(places, _) => {
                for place in places.as_chunks::<2>().0 {
                    sums[usize::from(u16::from_le_bytes(*place))] += one;
                }
            }
            Half::Gaps { steps, .. } => {
                let mut place = 0_u16;
                for step in steps {
                    place = place.wrapping_add(u16::from(*step));
                    sums[usize::from(place)] += if *step == NOBODY { 0 } else { one };
                }
            }
        }
        match self.again {
            Half::Plain(places, codes) => {
                for (place, code) in places.as_chunks::<2>().0.iter().zip(codes) {
                    sums[usize::from(u16::from_le_bytes(*place))] +=
                        weight * ratios[usize::from(*code)];
                }
            }
            Half::Gaps { steps, .. } => {
                let mut place = 0_u16;
                for [step, code] in steps.as_chunks::<2>().0 {
                    place = place.wrapping_add(u16::from(*step));
                    let ratio = if *step == NOBODY { 0 } else { ratios[usize::from(*code)] };
                    sums[usize::from(place)] += weight * ratio;
                }
            }
        }
    }

    /// The ratio of a document; absent if it does not have the term.
    pub(crate) fn ratio(&self, place: u16, ratios: &[u32; 256]) -> Option<u32> {
        let mut found = None;
        self.ratios(&[place], ratios, |_, ratio| found = Some(ratio));
        found
    }

    /// Calls with those of some ascending places that have the term, by their order, and their ratios.
    pub(crate) fn ratios(
        &self,
        places: &[u16],
        ratios: &[u32; 256],
        mut each: impl FnMut(usize, u32),
    ) {
        self.once.find::<1>(places, |at, _| each(at, RATIO_ONE));
        self.again.find::<2>(places, |at, code| each(at, ratios[usize::from(code)]));
    }

    /// How many of some documents, whose places ascend, have the term.
    pub(crate) fn count(&self, places: &[u16]) -> usize {
        let mut count = 0;
        self.once.find::<1>(places, |_, _| count += 1);
        self.again.find::<2>(places, |_, _| count += 1);
        count
    }

    /// Calls with the place and the code + 1 of every document that has the term, or [`ONCE`]: those
    /// that have it once first, each kind in ascending order.
    pub(crate) fn for_each(&self, mut each: impl FnMut(u16, u8)) {
        self.once.for_each(1, |place, _| each(place, ONCE));
        self.again.for_each(2, |place, code| each(place, code + 1));
    }
}

impl<'a> Half<'a> {
    const EMPTY: Self = Half::Plain(&[], &[]);

    /// Takes `count` postings whose steps are `width` bytes wide.
    fn take(count: usize, width: usize, rest: &mut &'a [u8]) -> Option<Self> {
        if count < GAPS_MIN {
            let places = rest.split_off(..count * 2)?;
            return Some(Half::Plain(places, rest.split_off(..count * (width - 1))?));
        }
        let steps = u32::from_le_bytes(*rest.split_off(..4)?.first_chunk()?) as usize;
        let (starts, _) = rest.split_off(..steps.div_ceil(RUN) * 2)?.as_chunks();
        Some(Half::Gaps { count, starts, steps: rest.split_off(..steps.checked_mul(width)?)? })
    }

    fn len(&self) -> usize {
        match self {
            Half::Plain(places, _) => places.len() / 2,
            Half::Gaps { count, .. } => *count,
        }
    }

    /// Calls with those of some ascending places that are there, by their order, and their codes (0 if
    /// there are none). `WIDTH` is that of a step, known beforehand: this is where a search spends most.
    fn find<const WIDTH: usize>(&self, wanted: &[u16], mut each: impl FnMut(usize, u8)) {
        match self {
            Half::Plain(places, codes) => {
                let places = places.as_chunks::<2>().0;
                for (at, wanted) in wanted.iter().enumerate() {
                    let found = places.binary_search_by_key(wanted, |it| u16::from_le_bytes(*it));
                    if let Ok(found) = found {
                        each(at, codes.get(found).copied().unwrap_or(0));
                    }
                }
            }
            Half::Gaps { starts, steps, .. } => {
                let steps = steps.as_chunks::<WIDTH>().0;
                // All the runs first, each with a glance: what is fetched from memory then is fetched
                // for many at once.
                let (mut run, mut glances) = (0, 0);
                let runs = wanted.iter().map(|wanted| {
                    run = run_of(starts, run, *wanted);
                    glances ^= steps.get(run * RUN).map_or(0, |step| step[0]);
                    run
                });
                let runs: Vec<usize> = runs.collect();
                std::hint::black_box(glances);
                for (at, (wanted, run)) in wanted.iter().zip(runs).enumerate() {
                    let start = starts.get(run).copied().map_or(0, u16::from_le_bytes);
                    let steps = steps.get(run * RUN..).unwrap_or_default();
                    if let Some(code) = find_step(start, steps, *wanted) {
                        each(at, code);
                    }
                }
            }
        }
    }

    fn for_each(&self, width: usize, mut each: impl FnMut(u16, u8)) {
        match self {
            Half::Plain(places, codes) => {
                for (at, place) in places.as_chunks::<2>().0.iter().enumerate() {
                    each(u16::from_le_bytes(*place), codes.get(at).copied().unwrap_or(0));
                }
            }
            Half::Gaps { steps, .. } => {
                let mut place = 0_u16;
                for step in steps.chunks_exact(width) {
                    place = place.wrapping_add(u16::from(step[0]));
                    if step[0] != NOBODY {
                        each(place, step[width - 1]);
                    }
                }
            }
        }
    }

    /// Whether its places ascend and are below `len`, and all of it is as [`write_half`] would.
    fn is_sound(&self, width: usize, len: usize) -> bool {
        let mut next = 0_usize;
        let mut seen = 0_usize;
        let mut sound = true;
        self.for_each(width, |place, _| {
            sound &= usize::from(place) >= next && usize::from(place) < len;
            next = usize::from(place) + 1;
            seen += 1;
        });
        if let Half::Gaps { starts, steps, .. } = self {
            let mut place = 0_usize;
            for (at, step) in steps.chunks_exact(width).enumerate() {
                if at.is_multiple_of(RUN) {
                    let start = starts.get(at / RUN).copied().map(u16::from_le_bytes);
                    sound &= start.map(usize::from) == Some(place);
                }
                place += usize::from(step[0]);
                sound &= place < len && (width == 1 || step[1] < u8::MAX);
            }
        }
        if let Half::Plain(_, codes) = self {
            sound &= codes.iter().all(|code| *code < u8::MAX);
        }
        sound && seen == self.len()
    }
}

/// The last run that starts before a place, at or behind another.
fn run_of(starts: &[[u8; 2]], from: usize, place: u16) -> usize {
    let behind = starts.get(from + 1..).unwrap_or_default();
    let before = |start: &[u8; 2]| u16::from_le_bytes(*start) < place;
    from + match behind.get(NEAR_RUNS) {
        Some(far) if before(far) => behind.partition_point(before),
        _ => behind.iter().take(NEAR_RUNS).take_while(|start| before(start)).count(),
    }
}

/// The last byte of the step that leads to a place; absent if none does.
fn find_step<const WIDTH: usize>(start: u16, steps: &[[u8; WIDTH]], wanted: u16) -> Option<u8> {
    let (eights, rest) = steps.as_chunks::<8>();
    let mut place = start;
    for steps in eights {
        // Most steps of a run end before the place: those are taken eight at once.
        let all = steps.iter().fold(0_u16, |all, step| all + u16::from(step[0]));
        if place.wrapping_add(all) < wanted {
            place = place.wrapping_add(all);
        } else if let Some(found) = within(&mut place, steps, wanted) {
            return found;
        }
    }
    within(&mut place, rest, wanted).flatten()
}

/// Takes some steps, one by one: the last byte of the one that leads to a place, or that none does; absent
/// if that is not known yet.
fn within<const WIDTH: usize>(
    place: &mut u16,
    steps: &[[u8; WIDTH]],
    wanted: u16,
) -> Option<Option<u8>> {
    for step in steps {
        *place = place.wrapping_add(u16::from(step[0]));
        if *place > wanted {
            return Some(None);
        }
        if *place == wanted && step[0] != NOBODY {
            return Some(step.last().copied());
        }
    }
    None
}

/// Checks that bytes begin with a sound record of a block of `len` documents, and says how long it is.
pub(super) fn check(bytes: &[u8], len: usize) -> Option<usize> {
    let mut rest = bytes;
    let list = List::take(&mut rest)?;
    let sound = list.len() > 0 && list.once.is_sound(1, len) && list.again.is_sound(2, len);
    sound.then_some(bytes.len() - rest.len())
}

/// How many documents have the term of a record.
pub(super) fn count(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    take_counts(&mut rest).map_or(0, |(once, again)| once + again)
}

fn take_counts(rest: &mut &[u8]) -> Option<(usize, usize)> {
    let counts = *rest.split_off_first()?;
    let once = take_count(counts >> 4, rest)?;
    Some((once, take_count(counts & 15, rest)?))
}

fn take_count(short: u8, rest: &mut &[u8]) -> Option<usize> {
    if short < LONG {
        return Some(usize::from(short));
    }
    let more = u16::from_le_bytes(*rest.split_off(..2)?.first_chunk()?);
    Some(usize::from(LONG) + usize::from(more))
}

/// Appends the record of a term: the ascending places of those that have it once, and places and codes
/// of those that have it repeatedly.
pub(super) fn write(once: &[u16], again: &[(u16, u8)], out: &mut Vec<u8>) {
    let short = |count: usize| count.min(usize::from(LONG)) as u8;
    out.push(short(once.len()) << 4 | short(again.len()));
    for count in [once.len(), again.len()] {
        if let Some(more) = count.checked_sub(usize::from(LONG)) {
            out.extend((more as u16).to_le_bytes());
        }
    }
    write_half(once.len(), once.iter().map(|place| (*place, None)), out);
    write_half(again.len(), again.iter().map(|(place, code)| (*place, Some(*code))), out);
}

fn write_half(
    count: usize,
    postings: impl Iterator<Item = (u16, Option<u8>)> + Clone,
    out: &mut Vec<u8>,
) {
    if count < GAPS_MIN {
        postings.clone().for_each(|(place, _)| out.extend(place.to_le_bytes()));
        out.extend(postings.filter_map(|(_, code)| code));
        return;
    }
    let (mut starts, mut steps, mut taken, mut at) = (Vec::new(), Vec::new(), 0_u32, 0_u16);
    for (place, code) in postings {
        loop {
            if (taken as usize).is_multiple_of(RUN) {
                starts.extend(at.to_le_bytes());
            }
            taken += 1;
            let far = place - at >= u16::from(NOBODY);
            let step = if far { u16::from(NOBODY) } else { place - at };
            at += step;
            steps.push(step as u8);
            steps.extend(code.map(|code| if far { 0 } else { code }));
            if !far {
                break;
            }
        }
    }
    out.extend(taken.to_le_bytes());
    out.extend(starts);
    out.extend(steps);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every n-th place, those of `again` repeatedly.
    #[track_caller]
    fn check_record(once: &[u16], again: &[(u16, u8)]) {
        let mut bytes = Vec::new();
        write(once, again, &mut bytes);
        let whole = bytes.len();
        bytes.extend([7; 9]);
        assert_eq!(check(&bytes, BLOCK_DOCS_MAX), Some(whole));
        let list = List::read(&bytes);
        assert_eq!(list.len(), once.len() + again.len());
        let mut seen = Vec::new();
        list.for_each(|place, code| seen.push((place, code)));
        let expected = once.iter().map(|place| (*place, ONCE));
        let expected = expected.chain(again.iter().map(|(place, code)| (*place, code + 1)));
        assert_eq!(seen, expected.collect::<Vec<_>>());

        let ratios: [u32; 256] = std::array::from_fn(|code| 100 + code as u32);
        let mut sums = vec![0; BLOCK_DOCS_MAX + 1];
        list.add_to(sums.first_chunk_mut().unwrap(), 3, &ratios);
        let mut lookups = vec![0; BLOCK_DOCS_MAX + 1];
        for (place, sum) in (0..u16::MAX).zip(&mut lookups) {
            *sum = list.ratio(place, &ratios).map_or(0, |ratio| ratio * 3);
        }
        assert!(sums == lookups);
        assert_eq!(sums.iter().filter(|sum| **sum > 0).count(), list.len());
    }

    fn every(n: usize, from: usize) -> Vec<u16> {
        (from..BLOCK_DOCS_MAX).step_by(n).map(|place| place as u16).collect()
    }

    #[test]
    fn a_record_is_what_was_written() {
        check_record(&[0], &[]);
        check_record(&[], &[(65_534, 254)]);
        check_record(&[3, 65_534], &[(0, 0), (4, 9)]);
        for n in [2, 3, 5, 63, 64, 127, 128, 129, 400, 4_000] {
            let again: Vec<(u16, u8)> =
                every(n, 1).into_iter().map(|place| (place, (place % 255) as u8)).collect();
            check_record(&every(n, 0), &again);
        }
        // Long lists with gaps of every awkward length.
        let mut places: Vec<u16> = (0..600).collect();
        for gap in [254, 255, 256, 509, 510, 511, 20_000] {
            places.push(places.last().unwrap() + gap);
        }
        check_record(&places, &[]);
        check_record(&[], &places.iter().map(|place| (*place, 7)).collect::<Vec<_>>());
    }

    #[test]
    fn what_was_not_written_is_refused() {
        let mut bytes = Vec::new();
        write(&every(9, 0), &[(5, 1)], &mut bytes);
        assert!(check(&bytes, BLOCK_DOCS_MAX).is_some());
        assert!(check(&bytes, 65_000).is_none(), "a place beyond the block");
        for len in 0..bytes.len() {
            assert!(check(&bytes[..len], BLOCK_DOCS_MAX).is_none(), "cut at {len}");
        }
        assert!(check(&[0x20, 5, 0, 5, 0], 10).is_none(), "a place twice");
        assert!(check(&[0x20, 5, 0, 4, 0], 10).is_none(), "places descend");
        assert!(check(&[0x01, 5, 0, 255], 10).is_none(), "no such code");
        assert!(check(&[0x00], 10).is_none(), "nobody");
    }
}
