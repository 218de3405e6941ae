//! From a new achievement to the open needs it may answer: standing needs as stored queries.
//!
//! An achievement's gist is searched among the needs; each need that is found is then asked the way
//! it would ask itself: with its own text, its tenant's scorers and weights. So a score means the same
//! in both directions, and what is below the line there is below it here.

use std::collections::{BTreeMap, HashSet};

use taihu_index::Filter;
use taihu_model::{
    Achievement, AchievementId, AchievementState, Digest, Match, MatchFactor, MatchState, Need,
    NeedId, NeedState, Push, TenantSlug,
};
use taihu_store::{Expect, LogEntry, Seq};

use super::rank::candidates_of;
use super::similar::gist;
use super::text::{covered_permille, pairs};
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::follow::NeedPlace;
use crate::kernel::{Draft, Kernel, View};
use crate::keys;
use crate::limits::{
    ANSWER_SCORE_MIN, CANDIDATES_DEFAULT, NEED_COVERED_PERMILLE_MIN, NEEDS_FOR_MAX, PUSH_ENTRIES,
    PUSH_NEEDS_MAX, PUSHED_NEEDS_MAX, PUSHED_PER_NEED_MAX, PUSHES_MAX,
};
use crate::needs::{NeedGlance, glance, sees};

/// An open need that an achievement may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedFor {
    /// The need, as far as the caller may see it.
    pub need: NeedGlance,
    /// Fused score of the achievement as an answer to it, 0–1000.
    pub score: u16,
    /// Why: only for who may read the whole need, since scorers quote it.
    pub factors: Vec<MatchFactor>,
}

/// What was pushed to a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The proposal.
    pub push: Push,
    /// Title of the need.
    pub need_title: String,
    /// The achievement.
    pub achievement: Achievement,
}

/// An achievement as an answer to a need.
struct Found {
    achievement: AchievementId,
    score: u16,
    factors: Vec<MatchFactor>,
    /// Versions of the scorers that had a part in it.
    scorers: Vec<Digest>,
}

impl Kernel {
    /// The open needs that a published achievement may answer, the best first: those on a tenant's
    /// ground (on the city's: on every ground) that the caller may see, and public ones elsewhere.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not match there; [`Error::Conflict`] if the achievement is not
    /// published; [`Error::Busy`] as for [`Kernel::rank`].
    pub fn needs_for(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        id: AchievementId,
    ) -> Result<Vec<NeedFor>> {
        caller.may(Action::Match, tenant)?;
        let (record, _) = self.achievement(caller, id)?;
        if record.state != AchievementState::Published {
            return Err(Error::conflict(
                format!("成果当前为“{}”，发布后才能查找需求", record.state.zh()),
                format!(
                    "the achievement is {}; needs are found for it once it is published",
                    record.state
                ),
            ));
        }
        self.freshen()?;
        self.catch_up_needs()?;
        let view = self.snapshot()?;
        let mut found = Vec::new();
        for (need, _) in self.needs_about(&view, &record, NEEDS_FOR_MAX)? {
            let Some(seen) = glance(caller, &need) else { continue };
            let whole = seen.enterprise.is_some();
            if whole && *tenant != self.city && need.tenant != *tenant {
                continue;
            }
            for one in self.answers_to(&need, &HashSet::from([id]))? {
                let factors = if whole { one.factors } else { Vec::new() };
                found.push(NeedFor { need: seen.clone(), score: one.score, factors });
            }
        }
        found.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.need.id.cmp(&b.need.id)));
        Ok(found)
    }

    /// Proposals that stand for a tenant's needs, the newest first, of needs that the caller may see:
    /// those whose need is open, whose achievement is published, and that nobody has taken up.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not match there.
    pub fn pushes(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Vec<Pushed>> {
        caller.may(Action::Match, tenant)?;
        let view = self.snapshot()?;
        let mut found = Vec::new();
        let mut needs: BTreeMap<NeedId, Option<(Need, HashSet<AchievementId>)>> = BTreeMap::new();
        for (_, push) in view.list::<Push>(tenant, "push/", None, PUSHES_MAX)? {
            if let std::collections::btree_map::Entry::Vacant(entry) = needs.entry(push.need) {
                let need = view.get::<Need>(tenant, &keys::need(&push.need))?;
                let need =
                    need.map(|it| it.value).filter(|need| is_open(need) && sees(caller, need));
                entry.insert(match need {
                    Some(need) => Some((need, matched(&view, tenant, push.need)?)),
                    None => None,
                });
            }
            let Some(Some((need, taken))) = needs.get(&push.need) else { continue };
            let key = keys::achievement(&push.achievement);
            let Some(record) = view.get::<Achievement>(&self.city, &key)? else { continue };
            if record.value.state != AchievementState::Published
                || taken.contains(&push.achievement)
            {
                continue;
            }
            let need_title = need.facts.title.clone();
            found.push(Pushed { push, need_title, achievement: record.value });
        }
        found.sort_by(|a, b| {
            (b.push.at, b.push.score)
                .cmp(&(a.push.at, a.push.score))
                .then_with(|| a.push.achievement.cmp(&b.push.achievement))
        });
        Ok(found)
    }

    /// Looks through the city's log for achievements that were just published, and proposes them to
    /// the open needs they may answer. Does a piece of what there is, and says how many entries it
    /// looked through: 0 if there is nothing new. Done again after a fall, it proposes nothing twice.
    ///
    /// # Errors
    /// If the store cannot be read or written, or plugins are busy: the piece is done the next time.
    pub fn push_achievements(&self) -> Result<usize> {
        let mut cursor = self.lock(&self.pushing);
        let from = match *cursor {
            Some(cursor) => cursor,
            None => {
                let stored = self.snapshot()?.get::<Seq>(&self.city, &keys::pushed())?;
                stored.map_or(0, |stored| stored.value)
            }
        };
        let entries = self.parts.store.log(&self.city, from, PUSH_ENTRIES)?;
        let Some(last) = entries.last().map(|entry| entry.seq) else {
            *cursor = Some(from);
            return Ok(0);
        };
        let fresh = just_published(&entries);
        if !fresh.is_empty() {
            self.propose(&fresh)?;
            // Written only where something was done: a cursor's own commit is an entry, too.
            let kernel = Caller::kernel(self.city.clone());
            let mut draft = Draft::new(self.audit(&kernel, &self.city, "push.look", last));
            draft.put(keys::pushed(), &last, Expect::Any)?;
            self.commit(&self.city, draft)?;
        }
        *cursor = Some(last);
        Ok(entries.len())
    }

    fn propose(&self, fresh: &[AchievementId]) -> Result<()> {
        self.freshen()?;
        self.catch_up_needs()?;
        let view = self.snapshot()?;
        let mut wanted: BTreeMap<NeedPlace, Wanted> = BTreeMap::new();
        for id in fresh {
            let Some(record) = view.get::<Achievement>(&self.city, &keys::achievement(id))? else {
                continue;
            };
            if record.value.state != AchievementState::Published {
                continue;
            }
            for (need, covered) in self.needs_about(&view, &record.value, PUSH_NEEDS_MAX)? {
                let of = wanted.entry(NeedPlace::of(&need));
                let of = of.or_insert_with(|| Wanted { need, covered: 0, ids: HashSet::new() });
                of.covered = of.covered.max(covered);
                of.ids.insert(*id);
            }
        }
        let mut wanted: Vec<(NeedPlace, Wanted)> = wanted.into_iter().collect();
        // Stable: of equally near ones the oldest first.
        wanted.sort_by_key(|(_, of)| std::cmp::Reverse(of.covered));
        if let Some(beyond) = wanted.len().checked_sub(PUSHED_NEEDS_MAX).filter(|it| *it > 0) {
            tracing::info!(beyond, "needs that new achievements were not held against");
            wanted.truncate(PUSHED_NEEDS_MAX);
        }
        let mut made: BTreeMap<TenantSlug, Vec<Push>> = BTreeMap::new();
        for (place, Wanted { need, ids, .. }) in wanted {
            let taken = matched(&view, &place.tenant, place.id)?;
            let at = self.now();
            let pushes = self
                .answers_to(&need, &ids)?
                .into_iter()
                .filter(|one| !taken.contains(&one.achievement))
                .map(|one| Push {
                    need: need.id,
                    achievement: one.achievement,
                    score: one.score,
                    factors: one.factors,
                    scorers: one.scorers,
                    at,
                });
            made.entry(place.tenant).or_default().extend(pushes);
        }
        made.into_iter().try_for_each(|(tenant, pushes)| self.keep_pushes(&tenant, pushes))
    }

    /// Keeps proposals on a tenant's ground; those that mean nothing any more, then the oldest, make
    /// room for new ones.
    fn keep_pushes(&self, tenant: &TenantSlug, fresh: Vec<Push>) -> Result<()> {
        let view = self.snapshot()?;
        let known = view.list::<Push>(tenant, "push/", None, PUSHES_MAX * 2)?;
        let is_known = |push: &Push| {
            known.iter().any(|(_, it)| (it.need, it.achievement) == (push.need, push.achievement))
        };
        let fresh: Vec<Push> = fresh.into_iter().filter(|push| !is_known(push)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let mut open: BTreeMap<NeedId, bool> = BTreeMap::new();
        for push in known.iter().map(|(_, push)| push) {
            if let std::collections::btree_map::Entry::Vacant(entry) = open.entry(push.need) {
                let need = view.get::<Need>(tenant, &keys::need(&push.need))?;
                entry.insert(need.is_some_and(|need| is_open(&need.value)));
            }
        }
        let mut all: Vec<(&Push, bool)> = known
            .iter()
            .map(|(_, push)| (push, false))
            .filter(|(push, _)| open.get(&push.need) == Some(&true))
            .chain(fresh.iter().map(|push| (push, true)))
            .collect();
        all.sort_by(|(a, _), (b, _)| {
            (b.at, b.score).cmp(&(a.at, a.score)).then_with(|| a.achievement.cmp(&b.achievement))
        });
        let mut of_need: BTreeMap<NeedId, usize> = BTreeMap::new();
        all.retain(|(push, _)| {
            let count = of_need.entry(push.need).or_default();
            *count += 1;
            *count <= PUSHED_PER_NEED_MAX
        });
        all.truncate(PUSHES_MAX);
        let kept: HashSet<(NeedId, AchievementId)> =
            all.iter().map(|(push, _)| (push.need, push.achievement)).collect();
        let kernel = Caller::kernel(self.city.clone());
        let new = all.iter().filter(|(_, is_new)| *is_new).count();
        let mut draft = Draft::new(self.audit(&kernel, tenant, "push.propose", new));
        for (key, push) in &known {
            if !kept.contains(&(push.need, push.achievement)) {
                draft.delete(key.clone(), Expect::Any);
            }
        }
        for (push, _) in all.iter().filter(|(_, is_new)| *is_new) {
            draft.put(keys::push(&push.need, &push.achievement), push, Expect::Any)?;
        }
        if !draft.is_empty() {
            self.commit(tenant, draft)?;
        }
        Ok(())
    }

    /// Open needs that an achievement's gist finds and whose text it covers somewhat, and how much of
    /// it, per mille.
    fn needs_about(
        &self,
        view: &View,
        record: &Achievement,
        limit: usize,
    ) -> Result<Vec<(Need, usize)>> {
        let open = [NeedState::Published, NeedState::Matching];
        let filter = Filter {
            states: open.iter().map(|state| state.as_str().to_owned()).collect(),
            ..Filter::default()
        };
        let gist = gist(record);
        let found = self.needs.find(&gist, &filter, 0, limit);
        let facts = &record.facts;
        let has =
            pairs(&[gist.as_str(), &facts.summary, &facts.advantage, &facts.indicators].join("\n"));
        let mut needs = Vec::new();
        for hit in found.hits {
            let Some(place) = NeedPlace::parse(&hit.id) else { continue };
            let stored = view.get::<Need>(&place.tenant, &keys::need(&place.id))?;
            let Some(need) = stored.map(|stored| stored.value).filter(is_open) else { continue };
            // Two letters in common are no reason to ask every scorer of that tenant.
            let covered = covered_permille(&pairs(&need.facts.query_text()), &has);
            if covered >= NEED_COVERED_PERMILLE_MIN {
                needs.push((need, covered));
            }
        }
        Ok(needs)
    }

    /// Those of some achievements that answer a need, as it would find them itself.
    fn answers_to(&self, need: &Need, ids: &HashSet<AchievementId>) -> Result<Vec<Found>> {
        let question = self.index.ask(&need.facts.query_text());
        let found = candidates_of(&question, CANDIDATES_DEFAULT);
        if !found.hits.iter().any(|hit| hit.id.parse().is_ok_and(|id| ids.contains(&id))) {
            return Ok(Vec::new());
        }
        // All of them, since how far a closer look lifts one depends on who stands beside it.
        let mut retrieved = self.read_closely(question, found)?;
        retrieved.records.retain(|(record, _)| ids.contains(&record.id));
        if retrieved.records.is_empty() {
            return Ok(Vec::new());
        }
        let subject = Digest::of(need.id.to_string().as_bytes());
        let judged = self.judge(need, &subject, retrieved, false)?;
        let scorers: Vec<Digest> = judged
            .scored
            .iter()
            .filter(|scored| scored.counts())
            .map(|scored| scored.run.digest)
            .collect();
        let answers = judged.order.iter().filter(|(_, score)| *score >= ANSWER_SCORE_MIN);
        Ok(answers
            .map(|(at, score)| Found {
                achievement: judged.records[*at].0.id,
                score: *score,
                factors: self.factors_of(&judged, *at),
                scorers: scorers.clone(),
            })
            .collect())
    }
}

/// A need that new achievements are held against.
struct Wanted {
    need: Need,
    /// How much of it the nearest of them covers, per mille.
    covered: usize,
    ids: HashSet<AchievementId>,
}

/// Whether a need waits for answers.
fn is_open(need: &Need) -> bool {
    matches!(need.state, NeedState::Published | NeedState::Matching)
}

/// The achievements that a need has matches with already.
fn matched(view: &View, tenant: &TenantSlug, need: NeedId) -> Result<HashSet<AchievementId>> {
    let known = view.list::<Match>(tenant, &format!("match/{need}/"), None, 10_000)?;
    let standing = known.into_iter().map(|(_, one)| one);
    Ok(standing.filter(|one| one.state != MatchState::Expired).map(|one| one.achievement).collect())
}

/// Achievements that were published for the first time in these entries.
fn just_published(entries: &[LogEntry]) -> Vec<AchievementId> {
    let mut fresh: Vec<AchievementId> = entries
        .iter()
        .flat_map(|entry| &entry.audit.edges)
        .filter(|edge| {
            edge.from == AchievementState::Submitted.as_str()
                && edge.to == AchievementState::Published.as_str()
        })
        .filter_map(|edge| edge.subject.parse().ok())
        .collect();
    fresh.sort_unstable();
    fresh.dedup();
    fresh
}
