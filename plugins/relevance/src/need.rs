//! The need, prepared: which pairs of characters and which words it has, and what each weighs.

use taihu_plugin::Need;

/// Characters that join words: a pair with one of them says nothing.
const JOINTS: &str = "的了在和与及等为是有对中上下其以于把被由从到向可并或而也将要不能该本这那此所之后前个种类";

/// Pairs that every technical text has: they say nothing of what it is about.
const EMPTY_PAIRS: &[&str] = &[
    "技术", "研究", "方法", "系统", "问题", "现有", "需求", "解决", "目前", "影响", "提高", "提升", "降低", "实现", "采用", "开发",
    "产品", "生产", "企业", "公司", "工艺", "性能", "要求", "进行", "一种", "应用", "以上", "以下", "低于", "高于", "达到", "保持",
    "较高", "较低", "偏高", "偏低", "过程", "通过", "基于", "具有", "导致", "存在", "容易", "无法", "需要", "希望", "方案", "设备",
];

/// What a need asks for.
pub(crate) struct Asked {
    /// Open addressing over terms; a power of two of places, at most half of them taken.
    places: Vec<Place>,
    mask: usize,
    /// Weight of all terms of title, problem and technical key together.
    pub(crate) problem_weight: u32,
    /// Weight of all terms of the target indicators together.
    pub(crate) indicators_weight: u32,
    /// Everything it says, lower case.
    text: String,
}

/// One term, and what it weighs where.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place {
    term: u64,
    pub(crate) problem: u16,
    pub(crate) indicators: u16,
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
        let parts = [&need.title, &need.problem, &need.technical_key, &need.target_indicators];
        let chars: usize = parts.iter().map(|part| part.len() / 3 + 8).sum();
        let size = (chars * 2).next_power_of_two().max(64);
        let mut asked = Self {
            places: vec![Place::default(); size],
            mask: size - 1,
            problem_weight: 0,
            indicators_weight: 0,
            text: String::new(),
        };
        // The title and the key say what matters; what they have counts twice.
        asked.add(&need.title, 2, 0);
        asked.add(&need.technical_key, 2, 0);
        asked.add(&need.problem, 1, 0);
        asked.add(&need.target_indicators, 0, 1);
        for part in parts {
            asked.text.push_str(&part.to_lowercase());
            asked.text.push('\n');
        }
        asked
    }

    fn add(&mut self, text: &str, problem: u16, indicators: u16) {
        let mut terms = Terms::new(text);
        while let Some((term, _, _)) = terms.next() {
            let at = self.at(term);
            // Leaves room however many characters of one byte a text has.
            if self.places[at].term == 0 && self.places.iter().filter(|place| place.term != 0).count() * 2 >= self.places.len() {
                continue;
            }
            let place = &mut self.places[at];
            place.term = term;
            if place.problem < problem {
                self.problem_weight += u32::from(problem - place.problem);
                place.problem = problem;
            }
            if place.indicators < indicators {
                self.indicators_weight += u32::from(indicators - place.indicators);
                place.indicators = indicators;
            }
        }
    }

    /// How many places there are: bounds what a reader marks.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The place of a term, and what it weighs; `None` if the need does not have it.
    pub(crate) fn find(&self, term: u64) -> Option<(usize, Place)> {
        let at = self.at(term);
        let place = self.places[at];
        (place.term == term).then_some((at, place))
    }

    fn at(&self, term: u64) -> usize {
        // Fibonacci hashing: the upper bits of the product are well mixed.
        let mut at = (term.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & self.mask;
        while self.places[at].term != term && self.places[at].term != 0 {
            at = (at + 1) & self.mask;
        }
        at
    }

    /// Whether what is said is said in these very words.
    pub(crate) fn says(&self, phrase: &str) -> bool {
        self.text.contains(phrase)
    }

    pub(crate) fn names(&self, word: &str) -> Named {
        if word.chars().nth(1).is_none() {
            return Named::No;
        }
        let mut terms = Terms::new(word);
        let (mut all, mut known) = (0, 0);
        while let Some((term, _, _)) = terms.next() {
            all += 1;
            known += u32::from(self.find(term).is_some());
        }
        if all == 0 || known == 0 {
            return Named::No;
        }
        if known == all && self.says(&word.to_lowercase()) {
            Named::Whole
        } else if known * 3 >= all * 2 {
            Named::Mostly
        } else {
            Named::No
        }
    }
}

/// The terms of a text in order: pairs of Chinese characters, whole words of letters and digits.
/// Pairs and words that say nothing are left out.
pub(crate) struct Terms<'a> {
    text: &'a str,
    chars: std::str::CharIndices<'a>,
    /// The character before, if it was a Chinese one.
    before: Option<(usize, char)>,
    /// A word being read: where it began, and its hash.
    word: Option<(usize, u64)>,
    /// A character that ended a word and is still to be looked at.
    held: Option<(usize, char)>,
}

impl<'a> Terms<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, chars: text.char_indices(), before: None, word: None, held: None }
    }

    /// The next term, and where it begins and ends.
    pub(crate) fn next(&mut self) -> Option<(u64, usize, usize)> {
        loop {
            let Some((at, letter)) = self.held.take().or_else(|| self.chars.next()) else {
                let (start, hash) = self.word.take()?;
                return word(&self.text[start..], hash).map(|hash| (hash, start, self.text.len()));
            };
            if letter.is_ascii_alphanumeric() {
                let lower = u64::from(letter.to_ascii_lowercase() as u32);
                let (start, hash) = self.word.unwrap_or((at, 0xcbf2_9ce4_8422_2325));
                self.word = Some((start, (hash ^ lower).wrapping_mul(0x0100_0000_01b3)));
                self.before = None;
                continue;
            }
            if let Some((start, hash)) = self.word.take() {
                self.held = Some((at, letter));
                if let Some(hash) = word(&self.text[start..at], hash) {
                    return Some((hash, start, at));
                }
                continue;
            }
            let pair = self.before.take();
            if !is_han(letter) || JOINTS.contains(letter) {
                continue;
            }
            self.before = Some((at, letter));
            if let Some((start, first)) = pair {
                let end = at + letter.len_utf8();
                if !EMPTY_PAIRS.contains(&&self.text[start..end]) {
                    return Some((u64::from(first as u32) << 32 | u64::from(letter as u32), start, end));
                }
            }
        }
    }
}

/// A word counts if it has a letter and a second character: bare numbers say nothing by themselves.
fn word(text: &str, hash: u64) -> Option<u64> {
    let letters = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    // The upper bit keeps words apart from pairs, whose first half is a character.
    (letters && text.len() > 1).then_some(hash | 1 << 63)
}

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}
