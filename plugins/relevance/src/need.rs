//! The need, prepared: which pairs of characters and which words it has, and what each weighs.

use taihu_plugin::Need;

/// Characters that join words: a pair with one of them says nothing.
const JOINTS: &str =
    "的了在和与及等为是有对中上下其以于把被由从到向可并或而也将要不能该本这那此所之后前个种类";

/// One bit for each character of the basic plane's Chinese blocks, set for [`JOINTS`]: a text is
/// looked at character by character, and a search through the list would cost more than all else.
static JOINT_BITS: [u64; 432] = {
    let mut bits = [0; 432];
    let bytes = JOINTS.as_bytes();
    let mut at = 0;
    // Every joint has three bytes in UTF-8.
    while at + 2 < bytes.len() {
        let code = (bytes[at] as usize & 0xf) << 12
            | (bytes[at + 1] as usize & 0x3f) << 6
            | (bytes[at + 2] as usize & 0x3f);
        bits[(code - HAN_FIRST) / 64] |= 1 << ((code - HAN_FIRST) % 64);
        at += 3;
    }
    bits
};

/// First character of the Chinese blocks of the basic plane.
const HAN_FIRST: usize = 0x3400;

/// Pairs that every technical text has: they say nothing of what it is about.
const EMPTY_PAIRS: &[&str] = &[
    "技术", "研究", "方法", "系统", "问题", "现有", "需求", "解决", "目前", "影响", "提高", "提升",
    "降低", "实现", "采用", "开发", "产品", "生产", "企业", "公司", "工艺", "性能", "要求", "进行",
    "一种", "应用", "以上", "以下", "低于", "高于", "达到", "保持", "较高", "较低", "偏高", "偏低",
    "过程", "通过", "基于", "具有", "导致", "存在", "容易", "无法", "需要", "希望", "方案", "设备",
];

/// Words of bits that say which terms are kept: 2 KiB stay in the nearest cache, and of the 200 terms of
/// a usual need they tell all but one in eighty apart. A fixed number: a loop need not keep it at hand.
const MARKS: usize = 256;

/// What a need asks for.
pub(crate) struct Asked {
    /// Open addressing over terms; a power of two of places, at most half of them taken.
    places: Vec<Place>,
    mask: usize,
    /// A bit for each term that is kept, by its hash.
    marks: Box<[u64; MARKS]>,
    /// How many places are taken.
    taken: usize,
    /// Weight of all terms of title, problem and technical key together.
    pub(crate) problem_weight: u32,
    /// Weight of all terms of the target indicators together.
    pub(crate) indicators_weight: u32,
    /// Bytes of the texts that were added: where the next one begins.
    length: u32,
}

/// One term, and what it weighs where.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place {
    term: u64,
    pub(crate) problem: u8,
    pub(crate) indicators: u8,
    /// Where the need says it first, as a byte's place in all its texts; [`UNSAID`] if it does not.
    pub(crate) said: u32,
    /// True for a pair that says nothing: it is known only to be passed over.
    empty: bool,
}

/// The place of what the need does not say.
pub(crate) const UNSAID: u32 = u32::MAX;

/// What a term is to the need.
pub(crate) enum Found {
    /// The need has it, at this place.
    Known(usize, Place),
    /// It says nothing; the need says it here, or not at all.
    Empty(u32),
    /// The need does not have it.
    Unknown,
}

/// Whether the need names a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Whole,
    Mostly,
    No,
}

impl Asked {
    pub(crate) fn new(need: &Need) -> Self {
        let parts = [need.title, need.problem, need.technical_key, need.target_indicators];
        let chars: usize = parts.iter().map(|part| part.len() / 3 + 8).sum();
        let size = ((chars + EMPTY_PAIRS.len()) * 2).next_power_of_two();
        let mut asked = Self {
            places: vec![Place::default(); size],
            mask: size - 1,
            marks: Box::new([0; MARKS]),
            taken: 0,
            problem_weight: 0,
            indicators_weight: 0,
            length: 0,
        };
        for pair in EMPTY_PAIRS {
            each_term(pair, |term, _, _| {
                let at = asked.at(term);
                asked.taken += usize::from(asked.places[at].term == 0);
                asked.places[at] = Place { term, empty: true, said: UNSAID, ..Place::default() };
            });
        }
        // The title and the key say what matters; what they have counts twice.
        asked.add(need.title, 2, 0);
        asked.add(need.technical_key, 2, 0);
        asked.add(need.problem, 1, 0);
        asked.add(need.target_indicators, 0, 1);
        for place in asked.places.iter().filter(|place| place.term != 0) {
            let mark = first(place.term);
            asked.marks[mark / 64 % MARKS] |= 1 << (mark % 64);
        }
        asked
    }

    fn add(&mut self, text: &str, problem: u8, indicators: u8) {
        let begins = self.length;
        // A gap, so that the end of one text and the beginning of the next make no phrase.
        self.length += u32::try_from(text.len()).unwrap_or(0) + 8;
        each_term(text, |term, start, _| {
            let at = self.at(term);
            let said = begins + u32::try_from(start).unwrap_or(0);
            if self.places[at].term == 0 {
                // Leaves room however many short words a text has.
                if self.taken * 2 >= self.places.len() {
                    return;
                }
                self.taken += 1;
                self.places[at].said = UNSAID;
            }
            let place = &mut self.places[at];
            place.said = place.said.min(said);
            if place.empty {
                return;
            }
            place.term = term;
            if place.problem < problem {
                self.problem_weight += u32::from(problem - place.problem);
                place.problem = problem;
            }
            if place.indicators < indicators {
                self.indicators_weight += u32::from(indicators - place.indicators);
                place.indicators = indicators;
            }
        });
    }

    /// How many places there are: bounds what a reader marks.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// What a term is to the need.
    pub(crate) fn find(&self, term: u64) -> Found {
        let at = self.at(term);
        let place = self.places[at];
        match (place.term == term, place.empty) {
            (true, false) => Found::Known(at, place),
            (true, true) => Found::Empty(place.said),
            (false, _) => Found::Unknown,
        }
    }

    /// Says of nearly every term that is not kept that it is not: of most terms of most candidates.
    /// Apart from the rest of what is asked, so that a loop can keep it at hand.
    #[inline(always)]
    pub(crate) fn surely_lacks(&self) -> impl Fn(u64) -> bool + use<'_> {
        let marks = &*self.marks;
        move |term| {
            let mark = first(term);
            marks[mark / 64 % MARKS] >> (mark % 64) & 1 == 0
        }
    }

    fn at(&self, term: u64) -> usize {
        let mut at = first(term) & self.mask;
        while self.places[at].term != term && self.places[at].term != 0 {
            at = (at + 1) & self.mask;
        }
        at
    }

    pub(crate) fn names(&self, word: &str) -> Named {
        if word.chars().nth(1).is_none() {
            return Named::No;
        }
        let (mut all, mut known) = (0, 0);
        let mut run = Run::default();
        let mut broken = false;
        each_term(word, |term, start, end| {
            let said = match self.find(term) {
                Found::Known(_, place) => {
                    all += 1;
                    known += 1;
                    place.said
                }
                Found::Unknown => {
                    all += 1;
                    UNSAID
                }
                Found::Empty(said) => said,
            };
            broken |= !run.goes_on(said, start) && run.begun();
            run.take(said, start, end);
        });
        if all == 0 || known == 0 {
            return Named::No;
        }
        if known == all && !broken {
            Named::Whole
        } else if known * 3 >= all * 2 {
            Named::Mostly
        } else {
            Named::No
        }
    }
}

/// Where a term is looked for first, before the mask.
#[inline(always)]
fn first(term: u64) -> usize {
    // Fibonacci hashing: the upper bits of the product are well mixed.
    (term.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
}

/// Terms that follow each other in a text as they do in the need: the words that both have.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    last: usize,
    said: u32,
}

impl Run {
    pub(crate) fn begun(&self) -> bool {
        self.end > 0
    }

    /// Whether a term overlaps the one before, here and in the need alike.
    pub(crate) fn goes_on(&self, said: u32, start: usize) -> bool {
        said != UNSAID
            && start < self.end
            && self.said != UNSAID
            && u32::try_from(start - self.last).is_ok_and(|step| self.said + step == said)
    }

    /// Goes on with a term, or begins anew with it.
    pub(crate) fn take(&mut self, said: u32, start: usize, end: usize) {
        if !self.goes_on(said, start) {
            self.start = start;
        }
        (self.end, self.last, self.said) = (end, start, said);
    }
}

/// Calls back with the terms of a text in order, and where each begins and ends: pairs of Chinese
/// characters of the basic plane, whole words of letters and digits. Pairs with a joint and bare
/// numbers are left out.
///
/// Inlined with what it calls back. Nearly all of a text is Chinese, three bytes a character: they
/// are gone through by themselves, so that what that loop needs stays in registers.
#[inline(always)]
pub(crate) fn each_term(text: &str, mut take: impl FnMut(u64, usize, usize)) {
    let mut bytes = text.as_bytes();
    loop {
        bytes = each_pair(text.len(), bytes, &mut take);
        let Some(first) = bytes.first() else { return };
        let at = text.len() - bytes.len();
        let length = match first {
            first if first.is_ascii_alphanumeric() => {
                let (length, hash) = read_word(bytes);
                if let Some(term) = hash {
                    take(term, at, at + length);
                }
                length
            }
            ..0x80 => 1,
            ..0xe0 => 2,
            _ => 4,
        };
        bytes = bytes.get(length..).unwrap_or(&[]);
    }
}

/// Takes the pairs off the front of a text; hands out what follows its characters of three bytes.
#[inline(always)]
fn each_pair<'t>(
    length: usize,
    mut bytes: &'t [u8],
    take: &mut impl FnMut(u64, usize, usize),
) -> &'t [u8] {
    // The character before, if it joins pairs; 0 is none.
    let mut before = 0;
    while let Some((three, after)) = bytes.split_first_chunk::<3>() {
        if three[0] & 0xf0 != 0xe0 {
            break;
        }
        let code = u32::from(three[0] & 0xf) << 12
            | u32::from(three[1] & 0x3f) << 6
            | u32::from(three[2] & 0x3f);
        if joins_pairs(code) {
            if before != 0 {
                let end = length - after.len();
                take(before << 32 | u64::from(code), end - 6, end);
            }
            before = u64::from(code);
        } else {
            before = 0;
        }
        bytes = after;
    }
    bytes
}

/// The word of letters and digits that a text begins with: its length, and its hash if it counts. A
/// word has a letter and a second character: bare numbers say nothing by themselves.
fn read_word(text: &[u8]) -> (usize, Option<u64>) {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut has_letter = false;
    let mut length = 0;
    for byte in text.iter().take_while(|byte| byte.is_ascii_alphanumeric()) {
        has_letter |= byte.is_ascii_alphabetic();
        hash = (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3);
        length += 1;
    }
    // The upper bit keeps words apart from pairs, whose first half is a character.
    (length, (has_letter && length > 1).then_some(hash | 1 << 63))
}

/// A Chinese character that is no joint.
#[inline(always)]
fn joins_pairs(code: u32) -> bool {
    let place = (code as usize).wrapping_sub(HAN_FIRST);
    JOINT_BITS.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let mut got = Vec::new();
        each_term(text, |_, start, end| got.push(&text[start..end]));
        assert_eq!(got, want, "terms of {text:?}");
    }

    #[test]
    fn terms_are_pairs_and_whole_words() {
        check("磷酸铁锂", &["磷酸", "酸铁", "铁锂"]);
        check("锂的损失", &["损失"]);
        check("LiFePO4正极（H01M）", &["LiFePO4", "正极", "H01M"]);
        check("循环2000次", &["循环"]);
        check("a b", &[]);
        check("", &[]);
    }

    #[test]
    fn every_joint_breaks_a_pair() {
        assert!(JOINTS.chars().all(|joint| joint.len_utf8() == 3 && !joins_pairs(joint as u32)));
        assert!("锂电池材料".chars().all(|letter| joins_pairs(letter as u32)));
    }
}
