//! A scorer against a case and the contract.

use std::collections::BTreeMap;

use serde_json::Value;

use super::case::ScoreCase;
use super::records::Records;
use crate::{Context, Scorer};

/// A factor: its place in the description, its weight, and the columns and ranges of its evidence.
#[derive(PartialEq, Eq)]
struct Factor {
    key: u16,
    weight: u16,
    value: u16,
    evidence: Vec<[u32; 3]>,
}

/// One score with what belongs to it.
struct One {
    value: u32,
    factors: Vec<Factor>,
}

pub(super) fn check<T: Scorer>(
    context: &Context,
    reads: &[String],
    case: &ScoreCase,
) -> Vec<String> {
    match answer::<T>(context, reads, case, &case.achievements) {
        Ok((records, scores)) => differences::<T>(context, reads, case, &records, &scores),
        Err(line) => vec![line],
    }
}

fn differences<T: Scorer>(
    context: &Context,
    reads: &[String],
    case: &ScoreCase,
    records: &Records,
    scores: &[One],
) -> Vec<String> {
    let ids = ids(&case.achievements);
    let keys: Vec<String> = T::factors().into_iter().map(|factor| factor.key).collect();
    let named = |at: usize| ids.get(at).copied().unwrap_or_default();
    let mut lines: Vec<String> = scores
        .iter()
        .enumerate()
        .flat_map(|(at, score)| contract(named(at), score, &keys))
        .collect();
    for (at, (candidate, score)) in case.achievements.iter().zip(scores).enumerate() {
        // A score must not depend on the other candidates.
        let again = answer::<T>(context, reads, case, std::slice::from_ref(candidate));
        let same = again.as_ref().is_ok_and(|(_, again)| {
            again
                .first()
                .is_some_and(|again| again.value == score.value && again.factors == score.factors)
        });
        if !same {
            lines.push(format!("{}: scored alone it is another score", named(at)));
        }
    }
    let by_id: BTreeMap<&str, &One> = ids.iter().copied().zip(scores).collect();
    lines.extend(order(case, &by_id));
    lines.extend(bounds(case, &by_id));
    lines.extend(evidence(case, &by_id, &keys, &records.columns()));
    lines
}

fn ids(achievements: &[Value]) -> Vec<&str> {
    let ids = achievements.iter().map(|one| one.get("id").and_then(Value::as_str));
    ids.map(Option::unwrap_or_default).collect()
}

/// Asks the scorer; takes the flat answer apart as the kernel would.
fn answer<T: Scorer>(
    context: &Context,
    reads: &[String],
    case: &ScoreCase,
    achievements: &[Value],
) -> Result<(Records, Vec<One>), String> {
    let records = Records::new(reads, &case.need, achievements)?;
    let scores =
        records.score::<T>(context).map_err(|failure| format!("no answer: {failure:?}"))?;
    let flat = scores.described(&T::factors());
    let rows: Vec<u32> = flat.scores.iter().copied().step_by(3).collect();
    if rows.len() != achievements.len() || rows.iter().zip(0..).any(|(row, at)| *row != at) {
        let count = achievements.len();
        return Err(format!(
            "scores are of the rows {rows:?}, want one of each of {count} in order"
        ));
    }
    let mut evidence = flat.evidence.chunks_exact(3).map(|it| [it[0], it[1], it[2]]);
    let mut factors = flat.factors.chunks_exact(4).map(|it| Factor {
        key: it[0],
        weight: it[1],
        value: it[2],
        evidence: evidence.by_ref().take(usize::from(it[3])).collect(),
    });
    let one =
        |it: &[u32]| One { value: it[1], factors: factors.by_ref().take(it[2] as usize).collect() };
    let scores = flat.scores.chunks_exact(3).map(one).collect();
    Ok((records, scores))
}

/// What the kernel checks of every score.
fn contract(id: &str, score: &One, keys: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    let weights: u32 = score.factors.iter().map(|factor| u32::from(factor.weight)).sum();
    if weights != 1000 {
        lines.push(format!("{id}: weights add up to {weights}, want 1000"));
    }
    if score.factors.len() > 16 {
        lines.push(format!("{id}: {} factors, want 1 to 16", score.factors.len()));
    }
    for (at, factor) in score.factors.iter().enumerate() {
        let key = keys.get(usize::from(factor.key));
        if key.is_none() {
            lines.push(format!("{id}: factor {at} is not among {keys:?}"));
        }
        if score.factors[..at].iter().any(|earlier| earlier.key == factor.key) {
            lines.push(format!("{id}: factor {key:?} comes twice"));
        }
    }
    lines
}

fn order(case: &ScoreCase, by_id: &BTreeMap<&str, &One>) -> Vec<String> {
    let value = |id: &String| by_id.get(id.as_str()).map(|score| score.value);
    let pairs = case.order.windows(2).filter(|pair| value(&pair[0]) <= value(&pair[1]));
    pairs
        .map(|pair| {
            let (first, second) = (value(&pair[0]), value(&pair[1]));
            format!("{} ({first:?}) should be before {} ({second:?})", pair[0], pair[1])
        })
        .collect()
}

fn bounds(case: &ScoreCase, by_id: &BTreeMap<&str, &One>) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, (low, high)) in &case.scores {
        match by_id.get(id.as_str()) {
            Some(score) if (u32::from(*low)..=u32::from(*high)).contains(&score.value) => {}
            Some(score) => lines.push(format!("{id}: is {}, want {low}–{high}", score.value)),
            None => lines.push(format!("{id}: no such candidate")),
        }
    }
    lines
}

fn evidence(
    case: &ScoreCase,
    by_id: &BTreeMap<&str, &One>,
    keys: &[String],
    columns: &[&str],
) -> Vec<String> {
    let mut lines = Vec::new();
    for (id, factors) in &case.evidence {
        for (key, fields) in factors {
            let is_key = |factor: &&Factor| keys.get(usize::from(factor.key)) == Some(key);
            let factor = by_id.get(id.as_str()).and_then(|score| score.factors.iter().find(is_key));
            let named: Vec<&str> = factor.map_or_else(Vec::new, |factor| {
                let place = |it: &[u32; 3]| columns.get(it[0] as usize).copied();
                factor.evidence.iter().filter_map(place).collect()
            });
            for field in fields.iter().filter(|field| !named.contains(&field.as_str())) {
                lines.push(format!("{id}: {key} rests on {named:?}, want {field} among them"));
            }
        }
    }
    lines
}
