//! Fusing scores: a weighted mean of the kernel's own order and of every scorer that answered.

use taihu_index::TermShare;
use taihu_model::contract::Evidence;
use taihu_model::{Achievement, AchievementId, MatchFactor, Text};

use super::score::Scored;
use crate::embedding::Meaning;
use crate::limits::{ANSWER_SCORE_MIN, ANSWERS_MAX, RELEVANCE_FULL_PERMILLE, RETRIEVAL_WEIGHT};

/// A candidate as the order goes by it: who it is, and how well the index found it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    pub(crate) id: AchievementId,
    pub(crate) score: u32,
}

/// What one scorer says of every candidate, and how much its word counts.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) weight: u16,
    pub(crate) values: Vec<u16>,
}

/// The words of those that answered.
pub(super) fn words<'a>(scored: impl IntoIterator<Item = &'a Scored>) -> Vec<Word> {
    scored
        .into_iter()
        .filter(|one| one.counts())
        .map(|one| Word { weight: one.run.weight, values: one.scores.values().collect() })
        .collect()
}

/// What meaning says of every candidate, as one more word of the kernel's own.
pub(crate) fn own_word(hits: &[Hit], ceiling: u32, meaning: &Meaning) -> Option<Word> {
    let shares: Vec<u32> = hits.iter().map(|hit| u32::from(share(hit.score, ceiling))).collect();
    let values = crate::embedding::values(&shares, &meaning.similarities)?;
    let values = values.into_iter().map(|value| u16::try_from(value).unwrap_or(1000)).collect();
    Some(Word { weight: meaning.run.weight, values })
}

/// Candidates by fused score, the best first; ties by identifier. A word about fewer candidates says
/// nothing of the others.
pub(crate) fn order(hits: &[Hit], ceiling: u32, words: &[Word]) -> Vec<(usize, u16)> {
    let weights: u64 = words.iter().map(|word| u64::from(word.weight)).sum();
    let total = u64::from(RETRIEVAL_WEIGHT) + weights;
    let mut order: Vec<(usize, u16)> = hits
        .iter()
        .enumerate()
        .map(|(at, hit)| {
            let own = u64::from(RETRIEVAL_WEIGHT) * u64::from(share(hit.score, ceiling));
            let of = |word: &Word| word.values.get(at).copied().unwrap_or(0);
            let others: u64 =
                words.iter().map(|word| u64::from(word.weight) * u64::from(of(word))).sum();
            (at, u16::try_from((own + others) / total).unwrap_or(1000))
        })
        .collect();
    order.sort_by(|(a, a_score), (b, b_score)| {
        b_score.cmp(a_score).then_with(|| hits[*a].id.cmp(&hits[*b].id))
    });
    order
}

/// Keeps of an order what is an answer: at most ten, none below the score that makes one.
pub(crate) fn answers(mut order: Vec<(usize, u16)>) -> Vec<(usize, u16)> {
    order.retain(|(_, score)| *score >= ANSWER_SCORE_MIN);
    order.truncate(ANSWERS_MAX);
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
    own: u16,
) -> Vec<MatchFactor> {
    let total = total_weight(scored) + u64::from(own);
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

/// The factor of meaning, if it has a say: how near in meaning a candidate comes, in the range of
/// the candidates' own words. Without a vector it is what is to be expected from those.
pub(super) fn meaning_factor(
    at: usize,
    meaning: Option<&Meaning>,
    own: Option<&Word>,
    scored: &[Scored],
) -> Option<MatchFactor> {
    let (meaning, own) = (meaning?, own?);
    let total = total_weight(scored) + u64::from(own.weight);
    let label = match meaning.similarities.get(at)? {
        Some(_) => Text::new("语义相近", "near in meaning"),
        None => Text::new(
            "语义相近（尚无向量，按用词推算）",
            "near in meaning (no vector yet: as its words suggest)",
        ),
    };
    Some(MatchFactor {
        by: "kernel".to_owned(),
        key: "meaning".to_owned(),
        label,
        weight: u16::try_from(u64::from(own.weight) * 1000 / total).unwrap_or(1000),
        value: own.values.get(at).copied().unwrap_or(0),
        evidence: Vec::new(),
    })
}

fn answered(scored: &[Scored]) -> impl Iterator<Item = &Scored> {
    scored.iter().filter(|one| one.counts())
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
