//! Fusing scores: a weighted mean of the kernel's own order and of every scorer that answered.

use taihu_index::TermShare;
use taihu_model::{Achievement, AchievementId, MatchFactor, Text};

use super::score::Scored;
use super::text::quotes;
use crate::embedding::Meaning;
use crate::limits::{ANSWER_SCORE_MIN, ANSWERS_MAX, RELEVANCE_FULL_PERMILLE};

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

/// The words of the scorers that answered, and that of meaning.
pub(super) fn words<'a>(
    scored: impl IntoIterator<Item = &'a Scored>,
    meaning: Option<&Word>,
) -> Vec<Word> {
    scored
        .into_iter()
        .filter(|one| one.counts())
        .map(|one| Word { weight: one.run.weight, values: one.scores.values().collect() })
        .chain(meaning.cloned())
        .collect()
}

/// What meaning says of every candidate, as one more word of the kernel's own.
pub(crate) fn own_word(hits: &[Hit], ceiling: u32, meaning: &Meaning) -> Option<Word> {
    let shares: Vec<u32> = hits.iter().map(|hit| u32::from(share(hit.score, ceiling))).collect();
    let values = crate::embedding::values(&shares, &meaning.similarities)?;
    let values = values.into_iter().map(|value| u16::try_from(value).unwrap_or(1000)).collect();
    Some(Word { weight: meaning.run.weight, values })
}

/// Candidates by fused score, the best first; ties by identifier. `own` is the weight of the kernel's
/// own order. A word about fewer candidates says nothing of the others.
pub(crate) fn order(hits: &[Hit], ceiling: u32, own: u16, words: &[Word]) -> Vec<(usize, u16)> {
    let mut order: Vec<(usize, u16)> = hits
        .iter()
        .enumerate()
        .map(|(at, hit)| {
            let others =
                words.iter().map(|word| (word.weight, word.values.get(at).copied().unwrap_or(0)));
            (at, mean(std::iter::once((own, share(hit.score, ceiling))).chain(others)))
        })
        .collect();
    order.sort_by(|(a, a_score), (b, b_score)| {
        b_score.cmp(a_score).then_with(|| hits[*a].id.cmp(&hits[*b].id))
    });
    order
}

/// The weighted mean of values, rounded down; 0 if nothing has weight.
pub(super) fn mean(said: impl Iterator<Item = (u16, u16)>) -> u16 {
    let (sum, total) = said.fold((0_u64, 0_u64), |(sum, total), (weight, value)| {
        (sum + u64::from(weight) * u64::from(value), total + u64::from(weight))
    });
    u16::try_from(sum.checked_div(total).unwrap_or(0)).unwrap_or(1000)
}

/// The best ten of an order, none below the score that makes an answer, whoever's they are.
pub(super) fn best(mut order: Vec<(usize, u16)>) -> Vec<(usize, u16)> {
    order.retain(|(_, score)| *score >= ANSWER_SCORE_MIN);
    order.truncate(ANSWERS_MAX);
    order
}

/// Every factor of one candidate, with its share of the fused score.
pub(super) fn factors(
    record: &Achievement,
    at: usize,
    own: (u16, u16),
    meaning: Option<(&Meaning, &Word)>,
    terms: &[TermShare],
    scored: &[Scored],
) -> Vec<MatchFactor> {
    let (weight, value) = own;
    let others = words(scored, meaning.map(|(_, word)| word));
    let total = u64::from(weight) + others.iter().map(|word| u64::from(word.weight)).sum::<u64>();
    let per_mille =
        |weight: u64| u16::try_from(weight.checked_div(total).unwrap_or(0)).unwrap_or(1000);
    let mut factors = vec![MatchFactor {
        by: "kernel".to_owned(),
        key: "retrieval".to_owned(),
        label: Text::new("检索相关度", "relevance in the index"),
        weight: per_mille(u64::from(weight) * 1000),
        value,
        evidence: quotes(record, terms),
    }];
    factors.extend(meaning.and_then(|(meaning, word)| {
        meaning_factor(at, meaning, word, per_mille(u64::from(word.weight) * 1000))
    }));
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

/// The factor of meaning: how near in meaning a candidate comes, in the range of the candidates' own
/// words. Without a vector it is what is to be expected from those.
fn meaning_factor(at: usize, meaning: &Meaning, word: &Word, weight: u16) -> Option<MatchFactor> {
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
        weight,
        value: word.values.get(at).copied().unwrap_or(0),
        evidence: Vec::new(),
    })
}

fn answered(scored: &[Scored]) -> impl Iterator<Item = &Scored> {
    scored.iter().filter(|one| one.counts())
}

/// How near a candidate comes to the most that any text could have in common with the need: absolute,
/// so that the best of a bad lot does not look good.
pub(super) fn share(hit: u32, ceiling: u32) -> u16 {
    let full = u64::from(ceiling) * RELEVANCE_FULL_PERMILLE / 1000;
    u16::try_from(u64::from(hit) * 1000 / full.max(1)).unwrap_or(1000).min(1000)
}
