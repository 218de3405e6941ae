//! One achievement of several records: what each part is taken from.

use taihu_model::{AchievementFacts, Timestamp, Trust};

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
