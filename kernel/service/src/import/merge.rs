//! One achievement of several records: whether another one joins them, and what each part is taken from.

use taihu_model::{
    AchievementFacts, MergeGround, Merged, RecordName, SourceRecord, SourceSlug, Timestamp, Trust,
    contradict, merge_keys, strangers, title_likeness,
};

/// What a record has in common with an achievement that it joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Common {
    likeness: Option<u16>,
    with: Vec<RecordName>,
}

impl Common {
    /// The explanation that is kept.
    pub(crate) fn by(self, key: &str, word: &SourceRecord) -> Merged {
        Merged {
            key: key.to_owned(),
            likeness: self.likeness,
            with: self.with,
            at: word.fetched,
            run: Some(word.run),
        }
    }
}

/// Whether a record joins the records that speak of the achievement that has one of its merge keys,
/// in any order.
///
/// By the number of a right or of a registration it does. By owner and title it does only if no
/// number says otherwise and no record of its own source speaks there, unless that one says the very
/// same: a source that lists two entries of one title means two things, or has pasted a row twice. By
/// a title that is alike it does only if, besides, inventors do not say otherwise.
pub(crate) fn joins(
    key: &str,
    source: &SourceSlug,
    facts: &AchievementFacts,
    speaking: &[&SourceRecord],
) -> Option<Common> {
    let ground = MergeGround::of(key)?;
    let has = |word: &&SourceRecord| {
        word.facts.as_ref().is_some_and(|facts| merge_keys(facts).iter().any(|it| it == key))
    };
    let exact = || Common { likeness: None, with: names(speaking.iter().copied().filter(has)) };
    if !ground.is_weak() {
        return Some(exact());
    }
    let theirs: Vec<&AchievementFacts> =
        speaking.iter().filter_map(|word| word.facts.as_ref()).collect();
    let twice = |word: &&SourceRecord| {
        word.source == *source && word.facts.as_ref().is_none_or(|other| !same(facts, other))
    };
    if contradict(facts, &theirs) || speaking.iter().any(twice) {
        return None;
    }
    if ground == MergeGround::Title {
        return Some(exact());
    }
    let likeness = |word: &SourceRecord| {
        let other = word.facts.as_ref().filter(|other| !strangers(facts, other))?;
        title_likeness(&facts.title, &other.title)
    };
    let mut alike: Vec<(u16, &SourceRecord)> =
        speaking.iter().filter_map(|word| Some((likeness(word)?, *word))).collect();
    alike.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    let best = alike.first()?.0;
    Some(Common { likeness: Some(best), with: names(alike.into_iter().map(|(_, word)| word)) })
}

fn names<'a>(of: impl Iterator<Item = &'a SourceRecord>) -> Vec<RecordName> {
    let mut names: Vec<RecordName> = of.map(SourceRecord::name).collect();
    names.sort();
    names.truncate(Merged::WITH_MAX);
    names
}

/// Whether two say the same, but for the page that they are found at.
fn same(one: &AchievementFacts, other: &AchievementFacts) -> bool {
    let bare = |facts: &AchievementFacts| AchievementFacts { url: String::new(), ..facts.clone() };
    bare(one) == bare(other)
}

/// What a record weighs when two say different things: the more trusted first, then the earlier.
pub(crate) fn order(trust: &Trust, fetched: Timestamp) -> (u8, Timestamp) {
    let rank = match trust.as_str() {
        "official" => 0,
        "partner" => 1,
        _ => 2,
    };
    (rank, fetched)
}

/// Merges what several records say of one achievement: each part comes from the first record that
/// has it; lists of rights, owners and inventors are joined. They must be sorted by [`order`].
pub(crate) fn merged<'a>(
    mut facts: impl Iterator<Item = &'a AchievementFacts>,
) -> AchievementFacts {
    let Some(mut all) = facts.next().cloned() else { return AchievementFacts::default() };
    for one in facts {
        text(&mut all.title, &one.title);
        text(&mut all.summary, &one.summary);
        text(&mut all.problem, &one.problem);
        text(&mut all.advantage, &one.advantage);
        text(&mut all.economics, &one.economics);
        text(&mut all.indicators, &one.indicators);
        text(&mut all.contact, &one.contact);
        text(&mut all.url, &one.url);
        option(&mut all.field, &one.field);
        option(&mut all.form, &one.form);
        option(&mut all.level, &one.level);
        option(&mut all.registration_no, &one.registration_no);
        option(&mut all.price, &one.price);
        option(&mut all.secrecy, &one.secrecy);
        option(&mut all.year, &one.year);
        option(&mut all.stage, &one.stage);
        // A stated readiness counts over a derived one.
        if all.trl.as_ref().is_none_or(|trl| trl.estimated) && one.trl.is_some() {
            let stated = one.trl.as_ref().is_some_and(|trl| !trl.estimated);
            if all.trl.is_none() || stated {
                all.trl.clone_from(&one.trl);
            }
        }
        join(&mut all.owners, &one.owners);
        join(&mut all.inventors, &one.inventors);
        join(&mut all.ipc, &one.ipc);
        join(&mut all.industry, &one.industry);
        join(&mut all.transfer_modes, &one.transfer_modes);
        for right in &one.ip {
            if !all.ip.iter().any(|known| known.number.merge_key() == right.number.merge_key()) {
                all.ip.push(right.clone());
            }
        }
        if all.keywords.is_empty() {
            all.keywords.clone_from(&one.keywords);
        }
        all.trial_offered |= one.trial_offered;
        all.owner_declaration |= one.owner_declaration;
    }
    all
}

fn text(into: &mut String, from: &str) {
    if into.is_empty() {
        into.push_str(from);
    }
}

fn option<T: Clone>(into: &mut Option<T>, from: &Option<T>) {
    if into.is_none() {
        into.clone_from(from);
    }
}

fn join<T: Clone + PartialEq>(into: &mut Vec<T>, from: &[T]) {
    for one in from {
        if !into.contains(one) {
            into.push(one.clone());
        }
    }
}
