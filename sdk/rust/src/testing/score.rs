//! A scorer against a case and the contract.

use std::collections::BTreeMap;

use super::case::ScoreCase;
use crate::{Context, QUOTE_CHARS_MAX, Score, Scorer};

pub(super) fn check<T: Scorer>(context: &Context, case: &ScoreCase) -> Vec<String> {
    let scores = match T::score(context, &case.need, &case.achievements) {
        Ok(scores) => scores,
        Err(failure) => return vec![format!("no answer: {failure:?}")],
    };
    let ids: Vec<&str> = case.achievements.iter().map(|one| one.id.as_str()).collect();
    let got: Vec<&str> = scores.iter().map(|score| score.id.as_str()).collect();
    if ids != got {
        return vec![format!("scores are of {got:?}, want {ids:?}")];
    }
    let keys: Vec<String> = T::factors().into_iter().map(|factor| factor.key).collect();
    let mut lines: Vec<String> = scores.iter().flat_map(|score| contract(score, &keys)).collect();
    lines.extend(alone::<T>(context, case, &scores));
    let by_id: BTreeMap<&str, &Score> =
        scores.iter().map(|score| (score.id.as_str(), score)).collect();
    lines.extend(order(case, &by_id));
    lines.extend(bounds(case, &by_id));
    lines.extend(evidence(case, &by_id));
    lines
}

/// What the kernel checks of every score.
fn contract(score: &Score, keys: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    let id = &score.id;
    let weights: u32 = score.factors.iter().map(|factor| u32::from(factor.weight)).sum();
    if weights != 1000 {
        lines.push(format!("{id}: weights add up to {weights}, want 1000"));
    }
    let parts = score.factors.iter();
    let sum: u32 = parts.map(|part| u32::from(part.weight) * u32::from(part.value)).sum();
    if u32::from(score.value) != sum / 1000 {
        lines.push(format!("{id}: is {}, but its factors give {}", score.value, sum / 1000));
    }
    for (at, factor) in score.factors.iter().enumerate() {
        let key = &factor.key;
        if !keys.contains(key) {
            lines.push(format!("{id}: factor {key} is not among {keys:?}"));
        }
        if score.factors[..at].iter().any(|earlier| earlier.key == *key) {
            lines.push(format!("{id}: factor {key} comes twice"));
        }
        if factor.value > 1000 || factor.evidence.len() > 8 {
            lines.push(format!("{id}: factor {key} is above 1000 or has more than 8 reasons"));
        }
        for reason in &factor.evidence {
            if reason.quote.chars().count() > QUOTE_CHARS_MAX {
                lines.push(format!("{id}: factor {key} quotes more than {QUOTE_CHARS_MAX}"));
            }
        }
    }
    lines
}

/// A score must not depend on the other candidates.
fn alone<T: Scorer>(context: &Context, case: &ScoreCase, scores: &[Score]) -> Vec<String> {
    let mut lines = Vec::new();
    for (candidate, score) in case.achievements.iter().zip(scores) {
        let again = T::score(context, &case.need, std::slice::from_ref(candidate));
        if again.as_deref().ok() != Some(std::slice::from_ref(score)) {
            lines.push(format!("{}: scored alone it is {again:?}, among all {score:?}", score.id));
        }
    }
    lines
}

fn order(case: &ScoreCase, by_id: &BTreeMap<&str, &Score>) -> Vec<String> {
    let value = |id: &String| by_id.get(id.as_str()).map(|score| score.value);
    let pairs = case.order.windows(2).filter(|pair| value(&pair[0]) <= value(&pair[1]));
    pairs
        .map(|pair| {
            let (first, second) = (value(&pair[0]), value(&pair[1]));
            format!("{} ({first:?}) should be before {} ({second:?})", pair[0], pair[1])
        })
        .collect()
}

fn bounds(case: &ScoreCase, by_id: &BTreeMap<&str, &Score>) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, (low, high)) in &case.scores {
        match by_id.get(id.as_str()) {
            Some(score) if (*low..=*high).contains(&score.value) => {}
            Some(score) => lines.push(format!("{id}: is {}, want {low}–{high}", score.value)),
            None => lines.push(format!("{id}: no such candidate")),
        }
    }
    lines
}

fn evidence(case: &ScoreCase, by_id: &BTreeMap<&str, &Score>) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, factors) in &case.evidence {
        for (key, fields) in factors {
            let factor = by_id
                .get(id.as_str())
                .and_then(|score| score.factors.iter().find(|factor| factor.key == *key));
            let named: Vec<&str> = factor.map_or_else(Vec::new, |factor| {
                factor.evidence.iter().map(|reason| reason.field.as_str()).collect()
            });
            for field in fields.iter().filter(|field| !named.contains(&field.as_str())) {
                lines.push(format!("{id}: {key} rests on {named:?}, want {field} among them"));
            }
        }
    }
    lines
}
