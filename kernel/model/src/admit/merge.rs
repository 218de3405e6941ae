//! Keys under which another record may be of the same achievement, and what must hold besides where a
//! key alone proves nothing.
//!
//! A number of a right or of a registration is one thing's alone. A title is not: the next patent of
//! the same group differs from the last in one word. So what has only owner and title in common is
//! the same only if no number says otherwise ([`contradict`]), and a title that differs a little must
//! be alike by measure, without a letter that tells things apart ([`title_likeness`]).

mod title;

use std::collections::BTreeSet;

use crate::{AchievementFacts, Digest, IpNumber, normalise};

pub use title::{TITLE_LIKENESS_MIN, title_likeness};

/// The shortest title, in characters after normalisation, that tells achievements apart: 新材料 of
/// one university may be many.
const TITLE_CHARS_MIN: usize = 6;

/// Most owners that a title is paired with; joint projects are listed by each of their owners.
const OWNERS_MAX: usize = 8;

/// Most owners under which parts of a title are kept: each is some keys more to store.
const PART_OWNERS_MAX: usize = 2;

/// What a merge key is made of, the strongest first (DOMAIN §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MergeGround {
    /// A number of a right.
    Right,
    /// 科技成果登记号.
    Registration,
    /// Owner and title.
    Title,
    /// Owner, and a part of a title that is long enough to have been called a little otherwise.
    LikeTitle,
}

impl MergeGround {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Right, Self::Registration, Self::Title, Self::LikeTitle];

    /// What keys of it begin with, without the colon.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "ip",
            Self::Registration => "reg",
            Self::Title => "title",
            Self::LikeTitle => "like",
        }
    }

    /// 中文.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Right => "知识产权号相同",
            Self::Registration => "科技成果登记号相同",
            Self::Title => "权属人与名称相同",
            Self::LikeTitle => "权属人相同，名称相近",
        }
    }

    /// What a merge key is made of.
    #[must_use]
    pub fn of(key: &str) -> Option<Self> {
        let (kind, _) = key.split_once(':')?;
        Self::ALL.into_iter().find(|ground| ground.as_str() == kind)
    }

    /// Whether to have such a key in common is not enough: see the module.
    #[must_use]
    pub const fn is_weak(self) -> bool {
        matches!(self, Self::Title | Self::LikeTitle)
    }
}

/// Keys in order of strength (DOMAIN §3): numbers of rights, registration number, owner and title,
/// owner and parts of the title.
///
/// Titles and owners are compared without case, blanks, punctuation, brackets and width, and in
/// simplified characters; titles also without a leading 一种 and without words that only join (的, 及其,
/// 与). Of two that are alike, the beginning or the end is the same, so these are the parts.
#[must_use]
pub fn keys(facts: &AchievementFacts) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut add = |ground: MergeGround, what: &dyn std::fmt::Display| {
        let key = format!("{}:{what}", ground.as_str());
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    facts.ip.iter().for_each(|right| add(MergeGround::Right, &right.number.merge_key()));
    facts.registration_no.iter().for_each(|number| add(MergeGround::Registration, number));
    let title = title::core(&facts.title);
    if title.chars().count() < TITLE_CHARS_MIN {
        return keys;
    }
    let owners: Vec<String> = facts.owners.iter().take(OWNERS_MAX).map(|one| bare(one)).collect();
    let owners = || owners.iter().filter(|owner| !owner.is_empty());
    for owner in owners() {
        add(MergeGround::Title, &Digest::of_parts([owner.as_bytes(), title.as_bytes()]));
    }
    let parts = title::parts(&title);
    for owner in owners().take(PART_OWNERS_MAX) {
        for (end, part) in &parts {
            let told = [owner.as_bytes(), end.as_bytes(), part.as_bytes()];
            add(MergeGround::LikeTitle, &Digest::of_parts(told));
        }
    }
    keys
}

/// Whether two records must be of different achievements, whatever they are called: both name rights
/// of one kind by numbers of one form, or registrations, and have none in common.
///
/// A patent's application and its publication have numbers of different forms, which nobody can
/// compare without a register; so has a patent and the software beside it. These contradict nothing.
#[must_use]
pub fn contradict(one: &AchievementFacts, others: &[&AchievementFacts]) -> bool {
    let registered = others.iter().filter_map(|facts| facts.registration_no.as_ref());
    let registered: Vec<_> = registered.collect();
    if let Some(number) = &one.registration_no
        && !registered.is_empty()
        && !registered.contains(&number)
    {
        return true;
    }
    let theirs: Vec<&IpNumber> =
        others.iter().flat_map(|facts| &facts.ip).map(|right| &right.number).collect();
    let mut forms = BTreeSet::new();
    for right in &one.ip {
        forms.insert(form(&right.number));
    }
    let ours = |number: &&IpNumber| {
        one.ip.iter().any(|right| right.number.merge_key() == number.merge_key())
    };
    if theirs.iter().any(ours) {
        return false;
    }
    theirs.iter().any(|number| forms.contains(&form(number)))
}

/// Whether both name inventors, and share none: two groups of one university.
#[must_use]
pub fn strangers(one: &AchievementFacts, other: &AchievementFacts) -> bool {
    let names = |facts: &AchievementFacts| -> BTreeSet<String> {
        facts.inventors.iter().map(|name| bare(name)).filter(|name| !name.is_empty()).collect()
    };
    let (ours, theirs) = (names(one), names(other));
    !ours.is_empty() && !theirs.is_empty() && ours.is_disjoint(&theirs)
}

/// Within a kind, what numbers look like that can be compared.
fn form(number: &IpNumber) -> (String, bool, bool) {
    let text = number.to_string();
    (number.kind().to_string(), text.contains(['.', '/']), text.starts_with("CN"))
}

fn bare(text: &str) -> String {
    let text = normalise(text).to_lowercase();
    text.chars().filter(|letter| letter.is_alphanumeric()).map(crate::simplified).collect()
}
