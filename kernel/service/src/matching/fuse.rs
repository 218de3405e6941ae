//! Fusing scores: a weighted mean of the kernel's own order and of every scorer that answered.

use taihu_index::TermShare;
use taihu_model::contract::Evidence;
use taihu_model::{Achievement, MatchFactor, Text};

use super::Scored;
use crate::limits::{RELEVANCE_FULL_PERMILLE, RETRIEVAL_WEIGHT};

/// Candidates by fused score, the best first; ties by identifier.
pub(super) fn order(
    records: &[(Achievement, u32)],
    ceiling: u32,
    scored: &[Scored],
) -> Vec<(usize, u16)> {
    let total = total_weight(scored);
    let mut order: Vec<(usize, u16)> = records
        .iter()
        .enumerate()
        .map(|(at, (_, hit))| {
            let own = u64::from(RETRIEVAL_WEIGHT) * u64::from(share(*hit, ceiling));
            let others: u64 = answered(scored)
                .map(|one| u64::from(one.run.weight) * u64::from(one.scores.value(at)))
                .sum();
            (at, u16::try_from((own + others) / total).unwrap_or(1000))
        })
        .collect();
    order.sort_by(|(a, a_score), (b, b_score)| {
        b_score.cmp(a_score).then_with(|| records[*a].0.id.cmp(&records[*b].0.id))
    });
    order
}

/// Every factor of one candidate, with its share of the fused score.
pub(super) fn factors(
    record: &Achievement,
    at: usize,
    hit: u32,
    ceiling: u32,
    terms: &[TermShare],
    scored: &[Scored],
) -> Vec<MatchFactor> {
    let total = total_weight(scored);
    let per_mille = |weight: u64| u16::try_from(weight / total).unwrap_or(1000);
    let mut factors = vec![MatchFactor {
        by: "kernel".to_owned(),
        key: "retrieval".to_owned(),
        label: Text::new("检索相关度", "relevance in the index"),
        weight: per_mille(u64::from(RETRIEVAL_WEIGHT) * 1000),
        value: share(hit, ceiling),
        evidence: terms.iter().map(|term| evidence(record, &term.term)).collect(),
    }];
    for one in answered(scored) {
        for factor in one.scores.score(at).into_iter().flat_map(|score| score.factors) {
            let label = one.labels.iter().find(|(key, _)| *key == factor.key);
            factors.push(MatchFactor {
                by: one.run.plugin.to_string(),
                label: label.map_or_else(|| Text::new(&factor.key, ""), |(_, label)| label.clone()),
                key: factor.key,
                weight: per_mille(u64::from(one.run.weight) * u64::from(factor.weight)),
                value: factor.value,
                evidence: factor.evidence,
            });
        }
    }
    factors
}

fn answered(scored: &[Scored]) -> impl Iterator<Item = &Scored> {
    scored.iter().filter(|one| one.run.output.is_some() && one.run.weight > 0)
}

/// The sum of the weights that count; never zero, since the kernel's own always does.
fn total_weight(scored: &[Scored]) -> u64 {
    u64::from(RETRIEVAL_WEIGHT) + answered(scored).map(|one| u64::from(one.run.weight)).sum::<u64>()
}

/// How near a candidate comes to the most that any text could have in common with the need: absolute,
/// so that the best of a bad lot does not look good.
fn share(hit: u32, ceiling: u32) -> u16 {
    let full = u64::from(ceiling) * RELEVANCE_FULL_PERMILLE / 1000;
    u16::try_from(u64::from(hit) * 1000 / full.max(1)).unwrap_or(1000).min(1000)
}

/// Names the field in which a term of the index stands.
fn evidence(record: &Achievement, term: &str) -> Evidence {
    let facts = &record.facts;
    let fields = [
        ("title", &facts.title),
        ("problem", &facts.problem),
        ("summary", &facts.summary),
        ("advantage", &facts.advantage),
        ("indicators", &facts.indicators),
    ];
    let has = |text: &str| text.to_lowercase().contains(term);
    let field = fields.into_iter().find(|(_, text)| has(text)).map_or_else(
        || if facts.keywords.iter().any(|word| has(word)) { "keywords" } else { "owners" },
        |(field, _)| field,
    );
    Evidence { subject: "achievement".into(), field: field.into(), quote: term.to_owned() }
}
