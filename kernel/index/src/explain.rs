//! Why a document was found: being a sum, a score explains itself.

use crate::document::TermShare;
use crate::index::State;
use crate::plan::Plan;

/// The terms of a text that each of some documents has, strongest first.
pub(crate) fn explain(
    state: &State,
    plan: &Plan,
    ids: &[impl AsRef<str>],
    limit: usize,
) -> Vec<Vec<TermShare>> {
    ids.iter().map(|id| of_one(state, plan, id.as_ref(), limit).unwrap_or_default()).collect()
}

fn of_one(state: &State, plan: &Plan, id: &str, limit: usize) -> Option<Vec<TermShare>> {
    let mut places = state.parts.iter().enumerate();
    let (at, place) = places.find_map(|(at, part)| Some((at, part.find(id)?)))?;
    let mut parts = Vec::new();
    for term in &plan.terms {
        let list = term.list(state, at);
        if let Some(ratio) = list.and_then(|list| list.ratio(place as u16, &plan.impacts.ratios)) {
            parts.push((term.weight * ratio, plan.reading(term)));
        }
    }
    let whole: u64 = parts.iter().map(|(sum, _)| u64::from(*sum)).sum();
    parts.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    let shares = parts.into_iter().take(limit).map(|(sum, term)| TermShare {
        term: term.to_owned(),
        share_permille: (u64::from(sum) * 1_000 / whole.max(1)) as u16,
    });
    Some(shares.collect())
}
