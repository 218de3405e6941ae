//! Learning a tenant's weights from what its people made of matches: offline, a few honest lines.
//!
//! A judgement is a match that people decided about: accepted 3, chosen by a manager 1, declined for
//! what it is 0, and 0 for one that was shown and passed over while another of the same need was taken. What was
//! declined for its price, or because the need was solved otherwise, says nothing of fit and is left
//! out. The values are those that the match recorded, so that nothing is asked again. Weights are
//! sought by coordinate ascent on the mean nDCG@10 of three quarters of the needs; the last quarter,
//! chosen by a hash of the need, says whether it helps. Ties are counted against us.

use std::collections::{BTreeMap, BTreeSet};

use taihu_model::{
    DeclineReason, Digest, Feedback, FeedbackKind, FusionWeights, Match, MatchId, MatchState, Need,
    NeedId, PluginName, TenantSlug,
};

use super::fuse::mean;
use super::weights::{ChosenWeights, Weights};
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Kernel, View};
use crate::limits::{
    ANSWERS_MAX, FEEDBACK_PER_NEED_MAX, PAGE_MAX, TUNE_HELD_MIN, TUNE_NEEDS_MIN, TUNE_ROUNDS_MAX,
    TUNE_STEP,
};

/// The kernel's own word, beside the names of scorers.
const KERNEL: &str = "kernel";
/// Gain of mean nDCG that a step must bring to be taken.
const GAIN_MIN: f64 = 0.000_5;

/// How good weights are on some needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Needs.
    pub needs: usize,
    /// Mean nDCG@10 with the weights that hold, 0–1.
    pub before: f64,
    /// With those that were learnt.
    pub after: f64,
}

/// What was learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning {
    /// The weights that held.
    pub weights: Weights,
    /// Judgements that were found.
    pub judgements: usize,
    /// Needs with judgements of both kinds: all that can be learnt from.
    pub needs: usize,
    /// How many would be enough.
    pub needs_wanted: usize,
    /// On the needs that weights were learnt from; nothing if there are too few.
    pub learnt: Option<Quality>,
    /// On the needs that were held back.
    pub held: Option<Quality>,
    /// Of the needs held back, how many became better and how many worse.
    pub better_worse: (usize, usize),
    /// What to set; nothing if there is too little to learn from, or it does not help.
    pub proposed: Option<ChosenWeights>,
}

/// A match that people decided about.
#[derive(Debug, Clone, PartialEq)]
struct Judgement {
    grade: u8,
    id: MatchId,
    /// What each word said of it, 0–1000.
    values: BTreeMap<String, u16>,
}

type Vector = BTreeMap<String, u16>;

impl Kernel {
    /// Learns a tenant's weights from what its people made of matches, and says what it would gain.
    /// Changes nothing.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not set weights.
    pub fn tune(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Tuning> {
        caller.may(Action::ManageWeights, tenant)?;
        let weights = self.weights(caller, tenant)?;
        let view = self.snapshot()?;
        let mut needs: Vec<(NeedId, Vec<Judgement>)> = Vec::new();
        let mut after = None;
        loop {
            let page = view.list::<Need>(tenant, "need/", after.as_ref(), PAGE_MAX)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            for (_, need) in page {
                let judged = judgements(&view, tenant, need.id)?;
                needs.push((need.id, judged));
            }
        }
        Ok(learn(weights, needs))
    }

    /// Sets the weights that [`Kernel::tune`] proposes.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it proposes none, saying why.
    pub fn apply_tuning(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Tuning> {
        let tuning = self.tune(caller, tenant)?;
        let Some(chosen) = tuning.proposed.clone() else {
            let (needs, wanted) = (tuning.needs, tuning.needs_wanted);
            return Err(match tuning.held {
                None => Error::conflict(
                    format!("可用于学习的需求只有{needs}项，至少要{wanted}项，权重不变"),
                    format!(
                        "there are {needs} needs to learn from, and {wanted} are wanted; nothing is changed"
                    ),
                ),
                Some(_) => Error::conflict(
                    "学到的权重在留出的需求上没有提升，权重不变",
                    "what was learnt does not help on the needs held back; nothing is changed",
                ),
            });
        };
        self.set_weights(caller, tenant, chosen)?;
        Ok(tuning)
    }
}

/// What people decided about a need's matches.
fn judgements(view: &View, tenant: &TenantSlug, need: NeedId) -> Result<Vec<Judgement>> {
    let matches = view.list::<Match>(tenant, &format!("match/{need}/"), None, 10_000)?;
    let decided = matches.iter().any(|(_, one)| one.state != MatchState::Proposed);
    if !decided {
        return Ok(Vec::new());
    }
    let prefix = format!("feedback/{need}/");
    let shown: BTreeSet<MatchId> = view
        .list::<Feedback>(tenant, &prefix, None, FEEDBACK_PER_NEED_MAX)?
        .into_iter()
        .filter(|(_, one)| one.kind == FeedbackKind::Shown)
        .map(|(_, one)| one.found)
        .collect();
    let graded = matches.into_iter().filter_map(|(_, one)| {
        let grade = grade(&one, shown.contains(&one.id))?;
        Some(Judgement { grade, id: one.id, values: said(&one) })
    });
    Ok(graded.collect())
}

/// How good an answer people found a match; nothing if nobody said.
fn grade(one: &Match, was_shown: bool) -> Option<u8> {
    use MatchState as S;
    match one.state {
        S::Accepted | S::Introduced | S::Engaged => Some(3),
        S::Shortlisted | S::Recommended | S::Viewed => Some(1),
        S::Declined => {
            let reason = one.decline_reason.as_ref();
            let beside = [DeclineReason::PRICE, DeclineReason::ALREADY_SOLVED];
            (!reason.is_some_and(|reason| beside.contains(reason))).then_some(0)
        }
        S::Proposed | S::Expired => was_shown.then_some(0),
    }
}

/// What each word said of a match: the mean of its factors.
fn said(one: &Match) -> BTreeMap<String, u16> {
    let mut words: BTreeMap<&str, Vec<(u16, u16)>> = BTreeMap::new();
    for factor in &one.factors {
        words.entry(&factor.by).or_default().push((factor.weight, factor.value));
    }
    words.into_iter().map(|(by, said)| (by.to_owned(), mean(said.into_iter()))).collect()
}

/// Learns from needs with their judgements.
fn learn(weights: Weights, mut needs: Vec<(NeedId, Vec<Judgement>)>) -> Tuning {
    let judgements = needs.iter().map(|(_, judged)| judged.len()).sum();
    needs.retain(|(_, judged)| {
        judged.iter().any(|one| one.grade > 0) && judged.iter().any(|one| one.grade == 0)
    });
    let count = needs.len();
    let (held, train): (Vec<_>, Vec<_>) = needs.into_iter().partition(|(id, _)| is_held(*id));
    let mut tuning = Tuning {
        weights,
        judgements,
        needs: count,
        needs_wanted: TUNE_NEEDS_MIN,
        learnt: None,
        held: None,
        better_worse: (0, 0),
        proposed: None,
    };
    if count < TUNE_NEEDS_MIN || held.len() < TUNE_HELD_MIN {
        // By chance too few may be held back: a few needs more mend that.
        tuning.needs_wanted = TUNE_NEEDS_MIN.max(count + TUNE_HELD_MIN.saturating_sub(held.len()));
        return tuning;
    }
    let train: Vec<Vec<Judgement>> = train.into_iter().map(|(_, judged)| judged).collect();
    let held: Vec<Vec<Judgement>> = held.into_iter().map(|(_, judged)| judged).collect();
    let before = as_they_hold(&tuning.weights);
    let after = ascend(&train, before.clone());
    let quality = |needs: &[Vec<Judgement>]| Quality {
        needs: needs.len(),
        before: ndcg(needs, &before),
        after: ndcg(needs, &after),
    };
    let held_quality = quality(&held);
    tuning.learnt = Some(quality(&train));
    tuning.held = Some(held_quality);
    for one in &held {
        let gain = ndcg_of(one, &after) - ndcg_of(one, &before);
        tuning.better_worse.0 += usize::from(gain > 0.0);
        tuning.better_worse.1 += usize::from(gain < 0.0);
    }
    if after != before && held_quality.after > held_quality.before {
        tuning.proposed = Some(chosen(&tuning.weights.set, &after));
    }
    tuning
}

/// Whether a need is held back: one in four, by a hash of its identifier.
fn is_held(id: NeedId) -> bool {
    Digest::of(id.to_string().as_bytes()).0[0].is_multiple_of(4)
}

fn as_they_hold(weights: &Weights) -> Vector {
    let scorers = weights.scorers.iter().map(|one| (one.plugin.to_string(), one.weight));
    scorers.chain([(KERNEL.to_owned(), weights.set.retrieval)]).collect()
}

fn chosen(set: &FusionWeights, learnt: &Vector) -> ChosenWeights {
    let mut scorers = set.scorers.clone();
    scorers.extend(
        learnt
            .iter()
            .filter_map(|(by, weight)| Some((by.parse::<PluginName>().ok()?, *weight)))
            .filter(|(by, _)| by.as_str() != KERNEL),
    );
    ChosenWeights {
        expected: set.revision,
        retrieval: learnt.get(KERNEL).copied().unwrap_or(set.retrieval),
        scorers,
        reason: "由采纳与不采纳的记录学得 · learnt from what was accepted and declined".to_owned(),
    }
}

/// Tries every weight in steps, one after the other, and keeps what helps, until nothing does.
fn ascend(needs: &[Vec<Judgement>], mut weights: Vector) -> Vector {
    let mut best = ndcg(needs, &weights);
    let names: Vec<String> = weights.keys().cloned().collect();
    for _ in 0..TUNE_ROUNDS_MAX {
        let mut moved = false;
        for name in &names {
            let least = if name == KERNEL { TUNE_STEP } else { 0 };
            let steps = (least..=FusionWeights::WEIGHT_MAX).step_by(usize::from(TUNE_STEP));
            for weight in steps {
                let mut tried = weights.clone();
                tried.insert(name.clone(), weight);
                let reached = ndcg(needs, &tried);
                if reached >= best + GAIN_MIN {
                    (best, weights, moved) = (reached, tried, true);
                }
            }
        }
        if !moved {
            break;
        }
    }
    weights
}

fn ndcg(needs: &[Vec<Judgement>], weights: &Vector) -> f64 {
    let sum: f64 = needs.iter().map(|one| ndcg_of(one, weights)).sum();
    sum / needs.len().max(1) as f64
}

/// nDCG@10 of one need's judgements in the order that weights give; of equal scores the worse first.
fn ndcg_of(judged: &[Judgement], weights: &Vector) -> f64 {
    let mut order: Vec<(u16, u8)> = judged
        .iter()
        .map(|one| {
            let said = one.values.iter();
            let said = said.map(|(by, value)| (weights.get(by).copied().unwrap_or(0), *value));
            (mean(said), one.grade)
        })
        .collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let reached = gain(order.iter().map(|(_, grade)| *grade));
    let mut ideal: Vec<u8> = judged.iter().map(|one| one.grade).collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let full = gain(ideal.into_iter());
    if full > 0.0 { reached / full } else { 0.0 }
}

fn gain(grades: impl Iterator<Item = u8>) -> f64 {
    let of =
        |(rank, grade): (usize, u8)| (f64::from(1_u32 << grade) - 1.0) / (rank as f64 + 2.0).log2();
    grades.take(ANSWERS_MAX).enumerate().map(of).sum()
}

#[cfg(test)]
mod tests {
    use taihu_model::Timestamp;

    use super::super::weights::ScorerWeight;
    use super::*;

    fn judged(grade: u8, kernel: u16, readiness: u16) -> Judgement {
        let values = [("kernel".to_owned(), kernel), ("readiness".to_owned(), readiness)];
        let id = MatchId::from_parts(Timestamp::UNIX_EPOCH, 1);
        Judgement { grade, id, values: values.into_iter().collect() }
    }

    fn weights() -> Weights {
        let set = FusionWeights {
            revision: 3,
            retrieval: 900,
            scorers: BTreeMap::new(),
            by: String::new(),
            updated: None,
        };
        let plugin = "readiness".parse().unwrap();
        Weights { set, scorers: vec![ScorerWeight { plugin, weight: 100, set: false }] }
    }

    /// So many needs, of each the judgements.
    fn needs(count: u128, of: impl Fn(u128) -> Vec<Judgement>) -> Vec<(NeedId, Vec<Judgement>)> {
        let id = |nth| NeedId::from_parts(Timestamp::UNIX_EPOCH, nth);
        (0..count).map(|nth| (id(nth), of(nth))).collect()
    }

    #[test]
    fn what_people_take_is_learnt_and_helps_on_needs_held_back() {
        // People take what is ready, whatever the index prefers.
        let of = |nth: u128| {
            let more = u16::try_from(nth % 7).unwrap() * 10;
            vec![judged(3, 300 + more, 900), judged(0, 900, 200 + more), judged(1, 500, 600)]
        };
        let tuning = learn(weights(), needs(80, of));
        let held = tuning.held.unwrap();
        assert_eq!((tuning.needs, tuning.judgements), (80, 240));
        assert!(held.after > held.before + 0.1, "{held:?}");
        assert!(tuning.better_worse.0 > 0 && tuning.better_worse.1 == 0);
        let proposed = tuning.proposed.unwrap();
        assert_eq!(proposed.expected, 3);
        let readiness = proposed.scorers[&"readiness".parse().unwrap()];
        assert!(readiness > proposed.retrieval, "{proposed:?}");
        assert_eq!(learn(weights(), needs(80, of)).proposed, Some(proposed), "the same again");
    }

    #[test]
    fn too_few_judgements_teach_nothing_and_it_says_how_many_would() {
        let both = |_| vec![judged(3, 300, 900), judged(0, 900, 200)];
        let tuning = learn(weights(), needs(5, both));
        assert_eq!((tuning.needs, tuning.needs_wanted), (5, TUNE_NEEDS_MIN));
        assert!(tuning.proposed.is_none() && tuning.held.is_none());
        // Needs of which everything was accepted say nothing of an order.
        let tuning = learn(weights(), needs(100, |_| vec![judged(3, 300, 900)]));
        assert_eq!((tuning.needs, tuning.judgements), (0, 100));
    }

    #[test]
    fn what_is_good_already_stays() {
        let of = |_| vec![judged(3, 900, 500), judged(0, 100, 500)];
        let tuning = learn(weights(), needs(80, of));
        assert!(tuning.proposed.is_none());
        assert_eq!(tuning.held.map(|held| (held.before, held.after)), Some((1.0, 1.0)));
    }

    #[test]
    fn ties_count_against_us() {
        let weights = Vector::from([("kernel".to_owned(), 100)]);
        let tied = [judged(3, 500, 0), judged(0, 500, 0)];
        let told = [judged(3, 501, 0), judged(0, 500, 0)];
        assert!(ndcg_of(&tied, &weights) < ndcg_of(&told, &weights));
        assert!((ndcg_of(&told, &weights) - 1.0).abs() < f64::EPSILON);
    }
}
