//! Why a document was found: being a sum, a score explains itself.

use crate::document::TermShare;
use crate::index::State;
use crate::plan::Plan;

/// The terms of a text that a document has, strongest first.
pub(crate) fn explain(state: &State, text: &str, id: &str, limit: usize) -> Vec<TermShare> {
    let mut places = state.parts.iter().enumerate();
    let Some((at, offset)) = places.find_map(|(at, part)| Some((at, part.find(id)?))) else {
        return Vec::new();
    };
    let plan = Plan::new(state, text);
    let postings = &state.parts[at].block.postings;
    let mut parts = Vec::new();
    for term in &plan.terms {
        let range = term.postings[at].clone();
        if let Ok(found) = postings.offsets(range.clone()).binary_search(&(offset as u16)) {
            let code = postings.codes(range)[found];
            let score = term.weight * u32::from(plan.impacts[usize::from(code)]);
            parts.push((score, &plan.folded[term.at.clone()]));
        }
    }
    let whole: u64 = parts.iter().map(|(score, _)| u64::from(*score)).sum();
    parts.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    let shares = parts.into_iter().take(limit).map(|(score, term)| TermShare {
        term: term.to_owned(),
        share_permille: (u64::from(score) * 1_000 / whole.max(1)) as u16,
    });
    shares.collect()
}
