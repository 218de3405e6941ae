//! Matching: need → candidates of the index → every enabled scorer once → fused order with every
//! factor → at most ten answers, of each team the best, stored with what they were made of.

mod compare;
pub(crate) mod diverse;
mod feedback;
pub(crate) mod fuse;
mod pushes;
mod rank;
mod score;
mod similar;
mod teams;
mod text;
mod tune;
mod weights;
mod why_not;

use std::time::{Duration, Instant};

use taihu_model::{
    Achievement, AchievementId, Digest, Match, MatchFactor, MatchId, MatchState, MeaningRun, Need,
    NeedFacts, NeedId, NeedState, ScoreRun, ScoreRunId, ScorerRun, TenantSlug, Tier,
};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::{CANDIDATES_DEFAULT, CANDIDATES_MAX};
use crate::pressed::press;
use crate::receipts::Receipt;

pub(crate) use compare::compare_orders;
pub use diverse::diversity_rule;
pub use pushes::{NeedFor, Pushed};
pub(crate) use rank::Judged;
pub use rank::{candidates, closer_order};
pub(crate) use score::Scored;
pub use teams::{Member, Team};
pub use tune::{Quality, Tuning};
pub(crate) use weights::weigh;
pub use weights::{ChosenWeights, ScorerWeight, Weights};
pub use why_not::{FactorBeside, Standing, WhyNot};

/// An achievement in the order of a need, and why it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// The achievement.
    pub achievement: Achievement,
    /// Fused score, 0–1000.
    pub score: u16,
    /// Every factor.
    pub factors: Vec<MatchFactor>,
    /// Achievements of the same team that would have been answers too, the best first.
    pub folded: Vec<AchievementId>,
}

/// The answer to a need, before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// The best first, at most ten, none below the score that makes an answer, two
    /// of a team; ties by identifier.
    pub ranked: Vec<Ranked>,
    /// How many candidates the index gave.
    pub candidates: u32,
    /// Every scorer that was asked.
    pub scorers: Vec<ScorerRun>,
    /// What an embedding endpoint added, if one is configured.
    pub meaning: Option<MeaningRun>,
    /// True if one of them gave no answer: the order is the others' alone.
    pub degraded: bool,
    /// Weight of the kernel's own order, per mille, beside the scorers' weights.
    pub retrieval_weight: u16,
    /// Revision of the tenant's weights; 0 for those that a tenant begins with.
    pub weights_revision: u64,
    /// CPU time of its parts.
    pub cost: RankingCost,
    /// Time of retrieving candidates, in microseconds.
    pub candidates_us: u64,
    /// Time of all, in microseconds.
    pub took_us: u64,
}

/// CPU time of an answer's parts, of the thread that was asked; what a scorer takes beyond a quick
/// call is another's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RankingCost {
    /// The index's.
    pub candidates: Duration,
    /// Reading the candidates' records.
    pub records: Duration,
    /// Asking every scorer.
    pub scorers: Duration,
    /// Meaning, fusing, arranging and explaining.
    pub rest: Duration,
}

impl Ranking {
    /// Digest of what the answer says, not of how long it took.
    fn answer(&self) -> Digest {
        let said =
            |one: &Ranked| (one.achievement.id, one.score, one.factors.clone(), one.folded.clone());
        digest(&self.ranked.iter().map(said).collect::<Vec<_>>())
    }
}

/// The stored answer to a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// What was asked of whom.
    pub run: ScoreRun,
    /// The best first.
    pub matches: Vec<(Match, Achievement)>,
    /// True if the same question had been answered before, and nothing was stored now.
    pub repeated: bool,
    /// True if a scorer that should have been asked gave no answer: this is the last good answer, or
    /// if there was none, the order of the others alone.
    pub degraded: bool,
}

impl Kernel {
    /// Ranks achievements for a need that is not stored: a question asked in passing.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::Busy`] if too much is asked of plugins at once, or if the store
    /// cannot be read. A scorer that fails is left out and named.
    pub fn rank(&self, caller: &Caller, tenant: &TenantSlug, facts: NeedFacts) -> Result<Ranking> {
        caller.may(Action::Match, tenant)?;
        let now = self.now();
        let need = Need {
            id: NeedId::from_parts(now, 0),
            tenant: tenant.clone(),
            state: NeedState::Draft,
            tier: Tier::COUNTY,
            facts,
            submitted_by: caller.actor.clone(),
            created: now,
            updated: now,
            valid_until: None,
        };
        // A question in passing has no identifier that lasts: what it asks decides who answers.
        let subject = Digest::of(need.facts.query_text().as_bytes());
        Ok(self.rank_need(&need, &subject, CANDIDATES_DEFAULT, false)?.0)
    }

    /// Ranks with a given number of candidates: for benchmarks and what-ifs.
    ///
    /// # Errors
    /// As [`Kernel::rank`].
    pub fn rank_with(&self, caller: &Caller, need: &Need, candidates: usize) -> Result<Ranking> {
        caller.may(Action::Match, &need.tenant)?;
        let subject = Digest::of(need.facts.query_text().as_bytes());
        Ok(self.rank_need(need, &subject, candidates.clamp(1, CANDIDATES_MAX), false)?.0)
    }

    /// Matches a published need: ranks, and stores the answers as proposed matches. Asked again
    /// with the same answer, it stores nothing. Pairs that people already work on, or declined, are
    /// not proposed again.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the need is not published; [`Error::Busy`] as [`Kernel::rank`].
    pub fn match_need(&self, caller: &Caller, tenant: &TenantSlug, id: NeedId) -> Result<Matched> {
        let need = self.need(caller, tenant, id)?;
        caller.may(Action::Match, tenant)?;
        if !matches!(need.state, NeedState::Published | NeedState::Matching) {
            return Err(Error::conflict(
                format!("需求当前为“{}”，受理并发布后才能匹配", need.state.zh()),
                format!("the need is {}; it can be matched once it is published", need.state),
            ));
        }
        let started = self.now();
        let subject = Digest::of(id.to_string().as_bytes());
        let (ranking, receipt) = self.rank_need(&need, &subject, CANDIDATES_DEFAULT, true)?;
        if let Some(matched) = self.matched_before(tenant, id, &ranking)? {
            return Ok(matched);
        }
        self.store_matches(caller, &need, started, ranking, receipt.as_ref())
    }

    fn matched_before(
        &self,
        tenant: &TenantSlug,
        id: NeedId,
        ranking: &Ranking,
    ) -> Result<Option<Matched>> {
        let view = self.snapshot()?;
        let runs = view.list::<ScoreRun>(tenant, &format!("score-run/{id}/"), None, 10_000)?;
        let last = runs.into_iter().next_back().map(|(_, run)| run);
        let same = |run: &ScoreRun| {
            run.answer == ranking.answer()
                && run.retrieval_weight == ranking.retrieval_weight
                && run.scorers.len() == ranking.scorers.len()
                && run.scorers.iter().zip(&ranking.scorers).all(|(a, b)| asked_the_same(a, b))
        };
        // A good answer is better than the same question answered by fewer scorers.
        let Some(run) = last.filter(|run| same(run) || (ranking.degraded && !run.degraded)) else {
            return Ok(None);
        };
        let degraded = ranking.degraded;
        let matches = self
            .all_matches(tenant, id)?
            .into_iter()
            .filter(|(found, _)| found.run == run.id)
            .collect();
        Ok(Some(Matched { run, matches, repeated: true, degraded }))
    }

    fn store_matches(
        &self,
        caller: &Caller,
        need: &Need,
        started: taihu_model::Timestamp,
        ranking: Ranking,
        receipt: Option<&Receipt>,
    ) -> Result<Matched> {
        let tenant = &need.tenant;
        let answer = ranking.answer();
        let degraded = ranking.degraded;
        let receipt = match receipt {
            Some(receipt) => Some(self.parts.store.put_blob(&press(receipt)?)?),
            None => None,
        };
        let run = ScoreRun {
            answer,
            degraded,
            receipt,
            id: ScoreRunId::from_parts(started, self.chance()?),
            need: need.id,
            tenant: tenant.clone(),
            candidates: ranking.candidates,
            scorers: ranking.scorers,
            retrieval_weight: ranking.retrieval_weight,
            weights_revision: ranking.weights_revision,
            meaning: ranking.meaning,
            started,
            took_us: ranking.took_us,
        };
        let known = self.all_matches(tenant, need.id)?;
        let view = self.snapshot()?;
        let mut draft = Draft::new(self.audit(caller, tenant, "match.run", need.id));
        // Proposals that nobody took up make room for the new ones.
        for (old, _) in known.iter().filter(|(old, _)| old.state == MatchState::Proposed) {
            let key = keys::found(&need.id, &old.id);
            let stored = view.need::<Match>(tenant, &key, "match", old.id)?;
            let mut next = stored.value;
            draft.edge(old.id, next.state.as_str(), MatchState::Expired.as_str());
            next.state = next.state.become_state(MatchState::Expired)?;
            next.updated = started;
            draft.put(key, &next, Expect::Rev(stored.rev))?;
        }
        let taken = |id: AchievementId| {
            known.iter().any(|(old, _)| {
                old.achievement == id
                    && !matches!(old.state, MatchState::Proposed | MatchState::Expired)
            })
        };
        let mut matches = Vec::new();
        for ranked in ranking.ranked.into_iter().filter(|ranked| !taken(ranked.achievement.id)) {
            let found = Match {
                id: MatchId::from_parts(started, self.chance()?),
                need: need.id,
                achievement: ranked.achievement.id,
                run: run.id,
                rank: u16::try_from(matches.len() + 1).unwrap_or(u16::MAX),
                score: ranked.score,
                factors: ranked.factors,
                folded: ranked.folded,
                state: MatchState::Proposed,
                decline_reason: None,
                note: String::new(),
                updated: started,
            };
            draft.put(keys::found(&need.id, &found.id), &found, Expect::Absent)?;
            matches.push((found, ranked.achievement));
        }
        draft.put(keys::score_run(&need.id, &run.id), &run, Expect::Absent)?;
        draft.put(keys::receipt(&run.id), &need.id, Expect::Absent)?;
        if need.state == NeedState::Published {
            let stored = view.need::<Need>(tenant, &keys::need(&need.id), "need", need.id)?;
            self.walk_need(stored, &[NeedState::Matching], &mut draft)?;
        }
        self.commit(tenant, draft)?;
        Ok(Matched { run, matches, repeated: false, degraded })
    }

    /// Every match of a need, in the order they were made.
    pub(crate) fn all_matches(
        &self,
        tenant: &TenantSlug,
        id: NeedId,
    ) -> Result<Vec<(Match, Achievement)>> {
        let view = self.snapshot()?;
        let mut found = Vec::new();
        for (_, one) in view.list::<Match>(tenant, &format!("match/{id}/"), None, 10_000)? {
            let key = keys::achievement(&one.achievement);
            let achievement =
                view.need::<Achievement>(&self.city, &key, "achievement", one.achievement)?.value;
            found.push((one, achievement));
        }
        found.sort_by_key(|(one, _)| (one.run, one.rank));
        Ok(found)
    }
}

fn digest<T: serde::Serialize>(value: &T) -> Digest {
    // Plain data in the order of its declaration: serialisation cannot fail, and is the same each time.
    Digest::of(&serde_json::to_vec(value).unwrap_or_default())
}

/// Whether two runs asked the same version the same and were answered the same. A failure's words
/// name times, which are the machine's.
fn asked_the_same(a: &ScorerRun, b: &ScorerRun) -> bool {
    (&a.plugin, a.digest, a.weight, a.input, a.output)
        == (&b.plugin, b.digest, b.weight, b.input, b.output)
        && a.failure.is_some() == b.failure.is_some()
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
