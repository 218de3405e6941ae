//! Matching: need → candidates of the index → every enabled scorer once → fused order with every
//! factor → at most ten answers, stored with what they were made of.

mod compare;
pub(crate) mod fuse;
mod score;

use std::time::Instant;

use taihu_index::Filter;
use taihu_model::{
    Achievement, AchievementId, AchievementState, Digest, Match, MatchFactor, MatchId, MatchState,
    MeaningRun, Need, NeedFacts, NeedId, NeedState, PluginKind, ScoreRun, ScoreRunId, ScorerRun,
    TenantSlug, Tier,
};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::care::RankingJob;
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::{CANDIDATES_DEFAULT, CANDIDATES_MAX, RETRIEVAL_WEIGHT};
use crate::pressed::press;
use crate::receipts::Receipt;

pub(crate) use compare::compare_orders;
use fuse::Hit;
pub(crate) use score::Scored;

/// An achievement in the order of a need, and why it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// The achievement.
    pub achievement: Achievement,
    /// Fused score, 0–1000.
    pub score: u16,
    /// Every factor.
    pub factors: Vec<MatchFactor>,
}

/// The answer to a need, before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// The best first, at most ten, none below the score that makes an answer; ties by identifier.
    pub ranked: Vec<Ranked>,
    /// How many candidates the index gave.
    pub candidates: u32,
    /// Every scorer that was asked.
    pub scorers: Vec<ScorerRun>,
    /// What an embedding endpoint added, if one is configured.
    pub meaning: Option<MeaningRun>,
    /// True if one of them gave no answer: the order is the others' alone.
    pub degraded: bool,
    /// Time of retrieving candidates, in microseconds.
    pub candidates_us: u64,
    /// Time of all, in microseconds.
    pub took_us: u64,
}

impl Ranking {
    /// Digest of what the answer says, not of how long it took.
    fn answer(&self) -> Digest {
        let said = |one: &Ranked| (one.achievement.id, one.score, one.factors.clone());
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

    /// Ranks, and makes a receipt if one is to be kept.
    fn rank_need(
        &self,
        need: &Need,
        subject: &Digest,
        candidates: usize,
        keep: bool,
    ) -> Result<(Ranking, Option<Receipt>)> {
        let started = Instant::now();
        self.freshen()?;
        let text = need.facts.query_text();
        let filter = Filter {
            states: vec![AchievementState::Published.as_str().to_owned()],
            ..Filter::default()
        };
        let found = self.index.find(&text, &filter, 0, candidates);
        let candidates_us = micros(started);
        let records = self.records_of(&found.hits)?;
        let working = self.working(&need.tenant, PluginKind::Scorer, subject)?;
        let mut scored: Vec<Scored> = Vec::new();
        if !records.is_empty() {
            scored.extend(working.ready.iter().map(|ready| self.score(ready, need, &records)));
            scored.extend(working.missing.iter().map(|(it, text)| Scored::unasked(it, text)));
        }
        // A plugin that fails is left out; one that nobody had time for is asked again later.
        if let Some(retry_after) = scored.iter().find_map(|scored| scored.busy) {
            return Err(Error::busy(retry_after));
        }
        let ceiling = found.ceiling;
        let hits = hits(&records);
        let meaning = self.meaning(need, &text, &records)?;
        let own = meaning.as_ref().and_then(|meaning| fuse::own_word(&hits, ceiling, meaning));
        let words: Vec<_> = fuse::words(&scored).into_iter().chain(own.clone()).collect();
        let order = fuse::answers(fuse::order(&hits, ceiling, &words));
        let receipt =
            keep.then(|| Receipt::of(need.id, &hits, ceiling, &order, &scored, meaning.as_ref()));
        let ranked = order
            .into_iter()
            .map(|(at, score)| {
                let (achievement, hit) = &records[at];
                let terms = self.index.explain(&text, &achievement.id.to_string(), 6);
                let mut factors = fuse::factors(
                    achievement,
                    at,
                    *hit,
                    ceiling,
                    &terms,
                    &scored,
                    own.as_ref().map_or(0, |own| own.weight),
                );
                let near = fuse::meaning_factor(at, meaning.as_ref(), own.as_ref(), &scored);
                near.into_iter().for_each(|near| factors.insert(1, near));
                Ranked { achievement: achievement.clone(), score, factors }
            })
            .collect();
        let ranking = Ranking {
            ranked,
            candidates: u32::try_from(records.len()).unwrap_or(u32::MAX),
            degraded: scored.iter().any(|scored| scored.run.failure.is_some()),
            scorers: scored.iter().map(|scored| scored.run.clone()).collect(),
            meaning: meaning.map(|meaning| meaning.run),
            candidates_us,
            took_us: micros(started),
        };
        if !working.beside.is_empty() && !records.is_empty() {
            let job = RankingJob {
                need: need.clone(),
                beside: working.beside,
                subject: *subject,
                records,
                ceiling,
                scored,
                own,
            };
            self.compare_later(job);
        }
        Ok((ranking, receipt))
    }

    fn records_of(&self, hits: &[taihu_index::Hit]) -> Result<Vec<(Achievement, u32)>> {
        let view = self.snapshot()?;
        let mut records = Vec::with_capacity(hits.len());
        for hit in hits {
            let Ok(id) = hit.id.parse::<AchievementId>() else { continue };
            // The index may be a moment behind: what is no longer published answers no need.
            if let Some(stored) = view.get::<Achievement>(&self.city, &keys::achievement(&id))?
                && stored.value.state == AchievementState::Published
            {
                records.push((stored.value, hit.score));
            }
        }
        Ok(records)
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
            meaning: ranking.meaning,
            retrieval_weight: RETRIEVAL_WEIGHT,
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

/// Candidates as the order goes by them.
fn hits(records: &[(Achievement, u32)]) -> Vec<Hit> {
    records.iter().map(|(record, score)| Hit { id: record.id, score: *score }).collect()
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
