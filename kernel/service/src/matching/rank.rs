//! Ranking: retrieve candidates, ask every scorer once, fuse, and choose what is shown.

use std::sync::Arc;
use std::time::{Duration, Instant};

use taihu_index::{Closer, Filter, Found, Index, Question};
use taihu_model::{
    Achievement, AchievementId, AchievementState, Digest, FusionWeights, Installation, MatchFactor,
    Need,
};
use taihu_sandbox::thread_cpu;

use super::diverse::{Kinship, Shown, arrange};
use super::fuse::{self, Hit, Word};
use super::score::Scored;
use super::{Ranked, Ranking, RankingCost, micros};
use crate::care::RankingJob;
use crate::embedding::Meaning;
use crate::error::{Error, Result};
use crate::follow;
use crate::kernel::Kernel;
use crate::keys;
use crate::limits::{CLOSER_MAX, EXPLAINED_TERMS_MAX, POSTINGS_MAX};
use crate::receipts::Receipt;

/// Candidates of the index for a need.
pub(super) struct Retrieved {
    /// Each with the index's score, the best first.
    pub(super) records: Vec<(Achievement, u32)>,
    /// The greatest score that any text could have had.
    pub(super) ceiling: u32,
    /// What the index was asked.
    pub(super) question: Arc<Question>,
}

impl Retrieved {
    /// Orders the best anew by a closer look at their texts. Scores stay with the places, the nearest
    /// has the greatest that was found: so they mean what they meant, and nobody falls below those
    /// that were not looked at.
    fn look_closer(&mut self) {
        let scores: Vec<u32> = self.records.iter().map(|(_, score)| *score).collect();
        let closer = self.question.closer();
        let order = closer_order(&closer, &scores, |at| follow::text(&self.records[at].0));
        let best = self.records.drain(..order.len());
        let mut best: Vec<Option<Achievement>> = best.map(|(record, _)| Some(record)).collect();
        let best = order.iter().filter_map(|at| best[*at].take());
        let best: Vec<_> = best.zip(scores).collect();
        self.records.splice(..0, best);
    }
}

/// What came of asking everybody about the candidates of a need.
pub(crate) struct Judged {
    /// What was asked, and how the index weighs it.
    pub(super) text: String,
    pub(super) question: Arc<Question>,
    pub(super) records: Vec<(Achievement, u32)>,
    pub(crate) ceiling: u32,
    pub(crate) weights: FusionWeights,
    pub(crate) scored: Vec<Scored>,
    /// CPU time of this thread while it asked the scorers.
    pub(super) asking: Duration,
    /// What an embedding endpoint added, and what that says of every candidate.
    pub(crate) meaning: Option<Meaning>,
    pub(super) meant: Option<Word>,
    /// Installations with a version to be called beside.
    pub(super) beside: Vec<Installation>,
    /// Every candidate by fused score, the best first.
    pub(super) order: Vec<(usize, u16)>,
    /// What is shown.
    pub(super) shown: Vec<Shown>,
    /// The pairs of one team that were met on the way.
    pub(crate) kin: Vec<(usize, usize)>,
}

impl Kernel {
    /// Ranks, and makes a receipt if one is to be kept.
    pub(super) fn rank_need(
        &self,
        need: &Need,
        subject: &Digest,
        candidates: usize,
        keep: bool,
    ) -> Result<(Ranking, Option<Receipt>)> {
        let (started, begun) = (Instant::now(), thread_cpu());
        let (question, found) = self.find(&need.facts.query_text(), candidates)?;
        let found_at = thread_cpu();
        let mut retrieved = self.read(question, found)?;
        let read_at = thread_cpu();
        retrieved.look_closer();
        let closer_at = thread_cpu();
        let candidates_us = micros(started);
        let mut judged = self.judge(need, subject, retrieved, keep)?;
        let receipt = keep.then(|| {
            let shown: Vec<_> = judged.shown.iter().map(|one| (one.at, one.score)).collect();
            Receipt::of(need.id, &judged, &shown)
        });
        let ranked = self.ranked(&judged);
        let ranking = Ranking {
            ranked,
            candidates: u32::try_from(judged.records.len()).unwrap_or(u32::MAX),
            degraded: judged.scored.iter().any(|scored| scored.run.failure.is_some()),
            scorers: judged.scored.iter().map(|scored| scored.run.clone()).collect(),
            meaning: judged.meaning.take().map(|meaning| meaning.run),
            retrieval_weight: judged.weights.retrieval,
            weights_revision: judged.weights.revision,
            cost: RankingCost {
                candidates: closer_at.saturating_sub(read_at) + found_at.saturating_sub(begun),
                records: read_at.saturating_sub(found_at),
                scorers: judged.asking,
                rest: thread_cpu().saturating_sub(closer_at + judged.asking),
            },
            candidates_us,
            took_us: micros(started),
        };
        let beside = std::mem::take(&mut judged.beside);
        if !beside.is_empty() && !judged.records.is_empty() {
            self.compare_later(RankingJob {
                need: need.clone(),
                beside,
                subject: *subject,
                records: judged.records,
                ceiling: judged.ceiling,
                weights: judged.weights,
                scored: judged.scored,
                own: judged.meant,
            });
        }
        Ok((ranking, receipt))
    }

    /// Asks the index for published achievements that a text could be about.
    pub(super) fn retrieve(&self, text: &str, candidates: usize) -> Result<Retrieved> {
        let (question, found) = self.find(text, candidates)?;
        self.read_closely(question, found)
    }

    /// Reads the records of what the index found, and looks closer at the best.
    pub(super) fn read_closely(&self, question: Question, found: Found) -> Result<Retrieved> {
        let mut retrieved = self.read(question, found)?;
        retrieved.look_closer();
        Ok(retrieved)
    }

    fn find(&self, text: &str, candidates: usize) -> Result<(Question, Found)> {
        self.freshen()?;
        let question = self.index.ask(text);
        let found = candidates_of(&question, candidates);
        Ok((question, found))
    }

    /// Reads the records of what the index found.
    fn read(&self, question: Question, found: Found) -> Result<Retrieved> {
        let view = self.snapshot()?;
        // In the order of their keys: neighbours lie on one page.
        let mut by_id: Vec<usize> = (0..found.hits.len()).collect();
        by_id.sort_unstable_by_key(|at| &found.hits[*at].id);
        let mut records: Vec<Option<(Achievement, u32)>> = Vec::new();
        records.resize_with(found.hits.len(), || None);
        for at in by_id {
            let hit = &found.hits[at];
            let Ok(id) = hit.id.parse::<AchievementId>() else { continue };
            // The index may be a moment behind: what is no longer published answers no need.
            if let Some(stored) = view.get::<Achievement>(&self.city, &keys::achievement(&id))?
                && stored.value.state == AchievementState::Published
            {
                records[at] = Some((stored.value, hit.score));
            }
        }
        let records = records.into_iter().flatten().collect();
        Ok(Retrieved { records, ceiling: found.ceiling, question: Arc::new(question) })
    }

    /// Asks every scorer about candidates, and fuses what they say.
    pub(super) fn judge(
        &self,
        need: &Need,
        subject: &Digest,
        retrieved: Retrieved,
        keep: bool,
    ) -> Result<Judged> {
        let Retrieved { records, ceiling, question } = retrieved;
        let (working, weights) = self.weighed_scorers(&need.tenant, subject)?;
        let mut scored: Vec<Scored> = Vec::new();
        let begun = thread_cpu();
        if !records.is_empty() {
            scored
                .extend(working.ready.iter().map(|ready| self.score(ready, need, &records, keep)));
            scored.extend(working.missing.iter().map(|(it, text)| Scored::unasked(it, text)));
        }
        let asking = thread_cpu().saturating_sub(begun);
        // A plugin that fails is left out; one that nobody had time for is asked again later.
        if let Some(retry_after) = scored.iter().find_map(|scored| scored.busy) {
            return Err(Error::busy(retry_after));
        }
        let text = need.facts.query_text();
        let meaning = self.meaning(need, &text, &records, weights.retrieval)?;
        let meant =
            meaning.as_ref().and_then(|meaning| fuse::own_word(&hits(&records), ceiling, meaning));
        let words = fuse::words(&scored, meant.as_ref());
        let order = fuse::order(&hits(&records), ceiling, weights.retrieval, &words);
        let mut kinship = Kinship::new(&records);
        let shown = arrange(&order, |one, other| kinship.ask(one, other));
        let kin = kinship.found;
        let beside = working.beside;
        Ok(Judged {
            text,
            question,
            records,
            ceiling,
            weights,
            scored,
            asking,
            meaning,
            meant,
            beside,
            order,
            shown,
            kin,
        })
    }

    fn ranked(&self, judged: &Judged) -> Vec<Ranked> {
        let places: Vec<usize> = judged.shown.iter().map(|shown| shown.at).collect();
        let factors = self.factors(judged, &places);
        let ranked = judged.shown.iter().zip(factors).map(|(shown, factors)| Ranked {
            achievement: judged.records[shown.at].0.clone(),
            score: shown.score,
            factors,
            folded: shown.folded.iter().map(|at| judged.records[*at].0.id).collect(),
        });
        ranked.collect()
    }

    /// Every factor of some candidates.
    pub(super) fn factors(&self, judged: &Judged, places: &[usize]) -> Vec<Vec<MatchFactor>> {
        let records = places.iter().map(|at| (*at, &judged.records[*at]));
        let ids: Vec<String> =
            records.clone().map(|(_, (record, _))| record.id.to_string()).collect();
        let terms = judged.question.explain(&ids, EXPLAINED_TERMS_MAX);
        let meaning = judged.meaning.as_ref().zip(judged.meant.as_ref());
        let factors = records.zip(terms).map(|((at, (record, hit)), terms)| {
            let own = (judged.weights.retrieval, fuse::share(*hit, judged.ceiling));
            fuse::factors(record, at, own, meaning, &terms, &judged.scored)
        });
        factors.collect()
    }

    /// Every factor of one candidate.
    pub(super) fn factors_of(&self, judged: &Judged, at: usize) -> Vec<MatchFactor> {
        self.factors(judged, &[at]).pop().unwrap_or_default()
    }
}

impl Judged {
    pub(crate) fn hits(&self) -> Vec<Hit> {
        hits(&self.records)
    }

    /// Where a candidate stands among the candidates, and in the fused order.
    pub(super) fn place_of(&self, id: AchievementId) -> Option<(usize, usize)> {
        let at = self.records.iter().position(|(record, _)| record.id == id)?;
        Some((at, self.order.iter().position(|(place, _)| *place == at)?))
    }
}

/// The published achievements that a need's text could be about, in the order in which they are
/// retrieved: within the budget of postings that a ranking has.
#[must_use]
pub fn candidates(index: &Index, text: &str, wanted: usize) -> Found {
    candidates_of(&index.ask(text), wanted)
}

/// [`candidates`] of a text that is asked about again.
pub(super) fn candidates_of(question: &Question, wanted: usize) -> Found {
    question.find_within(&published(), wanted, POSTINGS_MAX)
}

/// The order in which the best [`CLOSER_MAX`] candidates of a text come after a closer look at their own
/// texts ([`taihu_index::Closer::nearness`]), by their places among all; equally near ones stay as they were.
///
/// `found` are the scores of all candidates, the best first; `text_of` gives the text of the one at a place.
#[must_use]
pub fn closer_order(
    closer: &Closer,
    found: &[u32],
    text_of: impl Fn(usize) -> String,
) -> Vec<usize> {
    let best = found.iter().take(CLOSER_MAX).enumerate();
    let mut near: Vec<(f64, usize)> =
        best.map(|(at, score)| (closer.nearness(&text_of(at), *score), at)).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    near.into_iter().map(|(_, at)| at).collect()
}

/// Only what anybody may find answers a need.
pub(super) fn published() -> Filter {
    Filter { states: vec![AchievementState::Published.as_str().to_owned()], ..Filter::default() }
}

/// Candidates as the order goes by them.
pub(super) fn hits(records: &[(Achievement, u32)]) -> Vec<Hit> {
    records.iter().map(|(record, score)| Hit { id: record.id, score: *score }).collect()
}

#[cfg(test)]
mod tests {
    use taihu_index::{Cursors, Document, Labels, Update};

    use super::*;

    #[test]
    fn a_closer_look_orders_the_best_anew_and_nobody_is_lost() {
        let asked = "锂电池负极材料容量衰减";
        let text = |nth: usize| match nth % 2 {
            0 => format!("锂电池{}容量衰减，第{nth}号", "毛竹竹材展平胶合工艺".repeat(12)),
            _ => format!("锂电池容量衰减{}，第{nth}号", "毛竹竹材展平胶合工艺".repeat(12)),
        };
        let index = Index::new();
        let other = (100..400).map(|nth| format!("毛竹竹材展平之{nth}"));
        let put = |(nth, text)| {
            let labels = Labels { state: "published".into(), ..Labels::default() };
            let id = format!("a{nth:03}");
            Update::Put(Document { id, text, labels, ..Document::default() })
        };
        let texts = (0..40).map(text).chain(other).enumerate();
        index.apply(texts.map(put).collect(), &Cursors::new());
        let question = index.ask(asked);
        let found = candidates_of(&question, 40).hits;
        let place = |at: usize| found[at].id[1..].parse::<usize>().unwrap();
        let scores: Vec<u32> = found.iter().map(|hit| hit.score).collect();
        let order = closer_order(&question.closer(), &scores, |at| text(place(at)));
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, (0..CLOSER_MAX).collect::<Vec<_>>());
        let nearest = order.iter().take(8).filter(|at| place(**at) % 2 == 1).count();
        assert_eq!(nearest, 8, "what stands together comes first: {order:?}");
        assert_eq!(closer_order(&question.closer(), &[], |_| String::new()), Vec::<usize>::new());
    }
}
