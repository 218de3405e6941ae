//! Why an achievement is not among the answers to a need: where it stands, and what held it back.

use std::collections::BTreeMap;
use std::sync::Arc;

use taihu_index::TermShare;
use taihu_model::{
    Achievement, AchievementId, AchievementState, Digest, Match, MatchFactor, MatchState, Need,
    NeedId, TenantSlug, Text,
};

use super::rank::{Judged, Retrieved, published};
use super::text::{Terms, runs};
use crate::answers::shown;
use crate::authority::{Action, Caller, Role};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::limits::{
    ANSWER_SCORE_MIN, ANSWERS_MAX, CANDIDATES_DEFAULT, EXPLAINED_TERMS_MAX, LACKING_MAX,
    LOOKED_THROUGH_MAX,
};

/// Where an achievement stands in the order of a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is shown.
    Shown {
        /// Its rank, 1 for the best.
        rank: usize,
    },
    /// It would be an answer, and stands under another of the same team.
    Folded {
        /// Its rank among all candidates.
        rank: usize,
        /// Under whom.
        under: AchievementId,
    },
    /// It would be an answer, but others are better.
    Beyond {
        /// Its rank among all candidates.
        rank: usize,
    },
    /// Its fused score is below the line.
    Below {
        /// Its rank among all candidates.
        rank: usize,
    },
    /// The index found others that are nearer to the need, and no scorer was asked about it.
    NotCandidate {
        /// Its rank in the index's order, as far down as that was looked through.
        rank: Option<usize>,
    },
    /// It has no word of the need.
    NothingInCommon,
    /// It is not published: it answers nobody.
    NotPublished {
        /// Where it is in its life.
        state: AchievementState,
    },
}

impl Standing {
    /// The code on the wire.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Shown { .. } => "shown",
            Self::Folded { .. } => "folded",
            Self::Beyond { .. } => "beyond_ten",
            Self::Below { .. } => "below_line",
            Self::NotCandidate { .. } => "not_candidate",
            Self::NothingInCommon => "nothing_in_common",
            Self::NotPublished { .. } => "not_published",
        }
    }

    /// The rank, where there is one: among the candidates, or in the index's order.
    #[must_use]
    pub const fn rank(&self) -> Option<usize> {
        match self {
            Self::Shown { rank }
            | Self::Folded { rank, .. }
            | Self::Beyond { rank }
            | Self::Below { rank } => Some(*rank),
            Self::NotCandidate { rank } => *rank,
            Self::NothingInCommon | Self::NotPublished { .. } => None,
        }
    }
}

/// One factor beside that of the last answer that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorBeside {
    /// The factor of the achievement that was asked about.
    pub factor: MatchFactor,
    /// The value of the last shown answer, if it has that factor.
    pub last: Option<u16>,
    /// Points of the fused score that it loses against that one; negative if it gains.
    pub lost: i32,
}

/// Why an achievement is not among the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyNot {
    /// The need.
    pub need: NeedId,
    /// The achievement.
    pub achievement: Achievement,
    /// Where it stands.
    pub standing: Standing,
    /// Of how many candidates.
    pub candidates: usize,
    /// Its fused score, as it is or as it would be; nothing if the index hardly found it.
    pub score: Option<u16>,
    /// The last answer that is shown, and its score.
    pub last_shown: Option<(AchievementId, u16)>,
    /// What costs most first.
    pub factors: Vec<FactorBeside>,
    /// Words of the need that the answers have and it has not, the most telling first.
    pub lacking: Vec<String>,
    /// What held it back, in words.
    pub reasons: Vec<Text>,
}

impl Kernel {
    /// Says where an achievement stands in the order of a need, and what held it back. Ranks anew,
    /// stores nothing. Pools do not narrow a match, so none is ever the reason.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a need or an achievement that the caller may not see;
    /// [`crate::Error::Busy`] as for [`Kernel::rank`].
    pub fn why_not(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        need: NeedId,
        id: AchievementId,
    ) -> Result<WhyNot> {
        let need = self.need(caller, tenant, need)?;
        caller.may(Action::Match, tenant)?;
        let (record, _) = self.achievement(caller, id)?;
        let subject = Digest::of(need.id.to_string().as_bytes());
        let text = need.facts.query_text();
        let judged =
            self.judge(&need, &subject, self.retrieve(&text, CANDIDATES_DEFAULT)?, false)?;
        let (standing, own) = self.standing(&need, &subject, &judged, &record)?;
        let last = judged.shown.last();
        let beside = last.map(|last| self.factors_of(&judged, last.at)).unwrap_or_default();
        let (score, factors) = match &own {
            Some((score, factors)) => (Some(*score), self::beside(factors, &beside)),
            None => (None, Vec::new()),
        };
        let mut why = WhyNot {
            need: need.id,
            standing,
            candidates: judged.records.len(),
            score,
            last_shown: last.map(|last| (judged.records[last.at].0.id, last.score)),
            factors,
            lacking: self.lacking(&judged, &record),
            reasons: Vec::new(),
            achievement: record,
        };
        why.reasons = reasons(&why, &judged);
        why.reasons.extend(self.taken(caller, tenant, need.id, id)?);
        Ok(why)
    }

    /// Where a record stands, and its score and factors as they are or would be.
    #[expect(clippy::type_complexity, reason = "a place, and what would be there")]
    fn standing(
        &self,
        need: &Need,
        subject: &Digest,
        judged: &Judged,
        record: &Achievement,
    ) -> Result<(Standing, Option<(u16, Vec<MatchFactor>)>)> {
        if record.state != AchievementState::Published {
            return Ok((Standing::NotPublished { state: record.state }, None));
        }
        if let Some((at, place)) = judged.place_of(record.id) {
            let score = judged.order[place].1;
            let own = Some((score, self.factors_of(judged, at)));
            let rank = place + 1;
            let leader = judged.shown.iter().find(|one| one.folded.contains(&at));
            let standing = if let Some(nth) = judged.shown.iter().position(|one| one.at == at) {
                Standing::Shown { rank: nth + 1 }
            } else if score < ANSWER_SCORE_MIN {
                Standing::Below { rank }
            } else if let Some(leader) = leader {
                Standing::Folded { rank, under: judged.records[leader.at].0.id }
            } else {
                Standing::Beyond { rank }
            };
            return Ok((standing, own));
        }
        let name = record.id.to_string();
        if self.index.explain(&judged.text, &name, 1).is_empty() {
            return Ok((Standing::NothingInCommon, None));
        }
        let found = self.index.find(&judged.text, &published(), 0, LOOKED_THROUGH_MAX);
        let rank = found.hits.iter().position(|hit| hit.id == name);
        let Some(hit) = rank.and_then(|at| found.hits.get(at)) else {
            return Ok((Standing::NotCandidate { rank: None }, None));
        };
        // What it would come to if it were a candidate.
        let alone = Retrieved {
            records: vec![(record.clone(), hit.score)],
            ceiling: found.ceiling,
            question: Arc::clone(&judged.question),
        };
        let alone = self.judge(need, subject, alone, false)?;
        let own = alone.order.first().map(|(at, score)| (*score, self.factors_of(&alone, *at)));
        Ok((Standing::NotCandidate { rank: rank.map(|at| at + 1) }, own))
    }

    /// Words of the need that the answers (without any, the nearest candidates) have and a record has not.
    fn lacking(&self, judged: &Judged, record: &Achievement) -> Vec<String> {
        let terms = |id: AchievementId| {
            let terms = judged.question.explain(&[id.to_string()], LOOKED_THROUGH_MAX);
            terms.into_iter().flatten()
        };
        let mut best: Vec<AchievementId> =
            judged.shown.iter().map(|one| judged.records[one.at].0.id).collect();
        if best.is_empty() {
            best = judged.records.iter().take(ANSWERS_MAX).map(|(record, _)| record.id).collect();
        }
        best.retain(|id| *id != record.id);
        let mut shares: BTreeMap<String, u32> = BTreeMap::new();
        for term in best.iter().flat_map(|id| terms(*id)) {
            *shares.entry(term.term).or_default() += u32::from(term.share_permille);
        }
        for term in terms(record.id) {
            shares.remove(&term.term);
        }
        let count = u32::try_from(best.len().max(1)).unwrap_or(1);
        let mut missed: Vec<TermShare> = shares
            .into_iter()
            .map(|(term, sum)| TermShare {
                term,
                share_permille: u16::try_from(sum / count).unwrap_or(1000),
            })
            .collect();
        missed.sort_by(|a, b| {
            b.share_permille.cmp(&a.share_permille).then_with(|| a.term.cmp(&b.term))
        });
        missed.truncate(EXPLAINED_TERMS_MAX);
        let mut found = runs(&judged.text, &Terms::new(&missed));
        found.sort_by_key(|run| std::cmp::Reverse(run.share));
        let mut words: Vec<String> = Vec::new();
        for run in found.into_iter().filter(|run| run.share > 0) {
            if words.len() < LACKING_MAX && !words.contains(&run.text) {
                words.push(run.text);
            }
        }
        words
    }

    /// What people did with the pair already, as far as the caller may know.
    fn taken(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        need: NeedId,
        id: AchievementId,
    ) -> Result<Option<Text>> {
        let view = self.snapshot()?;
        let known = view.list::<Match>(tenant, &format!("match/{need}/"), None, 10_000)?;
        let taken = known.into_iter().map(|(_, one)| one).find(|one| {
            one.achievement == id
                && !matches!(one.state, MatchState::Proposed | MatchState::Expired)
                && (caller.role != Role::Enterprise || shown(one.state))
        });
        Ok(taken.map(|one| {
            let (zh, en) = match &one.decline_reason {
                Some(reason) => (format!("（{}）", reason.zh()), format!(" ({reason})")),
                None => (String::new(), String::new()),
            };
            Text::new(
                format!("这一对已有匹配，当前为“{}”{zh}，不再重复推荐", one.state.zh()),
                format!(
                    "the pair has a match already, which is {}{en}; it is not proposed again",
                    one.state
                ),
            )
        }))
    }
}

/// Each factor beside that of another, what costs most first.
fn beside(own: &[MatchFactor], last: &[MatchFactor]) -> Vec<FactorBeside> {
    let mut factors: Vec<FactorBeside> = own
        .iter()
        .map(|factor| {
            let same = |other: &&MatchFactor| other.by == factor.by && other.key == factor.key;
            let last = last.iter().find(same).map(|other| other.value);
            let lost = last.map_or(0, |last| {
                (i32::from(last) - i32::from(factor.value)) * i32::from(factor.weight) / 1000
            });
            FactorBeside { factor: factor.clone(), last, lost }
        })
        .collect();
    factors.sort_by(|a, b| {
        let name = |one: &FactorBeside| (one.factor.by.clone(), one.factor.key.clone());
        b.lost.cmp(&a.lost).then_with(|| name(a).cmp(&name(b)))
    });
    factors
}

/// What held it back, in words.
fn reasons(why: &WhyNot, judged: &Judged) -> Vec<Text> {
    let of = why.candidates;
    let last = why.last_shown.map_or(0, |(_, score)| score);
    let score = why.score.unwrap_or(0);
    let first = match &why.standing {
        Standing::Shown { rank } => {
            return vec![Text::new(
                format!("该成果已在推荐之列，第{rank}位，{score}分"),
                format!("it is among the answers, rank {rank}, score {score}"),
            )];
        }
        Standing::Folded { rank, under } => {
            let leader = judged.records.iter().find(|(record, _)| record.id == *under);
            let title = leader.map_or("", |(record, _)| record.facts.title.as_str());
            return vec![Text::new(
                format!("综合排第{rank}位（共{of}项候选），与“{title}”属同一团队，已收在其下"),
                format!("rank {rank} of {of}; it is of one team with {under} and stands under it"),
            )];
        }
        Standing::NotPublished { state } => {
            return vec![Text::new(
                format!("成果当前为“{}”，只有已发布的成果参与匹配", state.zh()),
                format!("it is {state}; only published achievements are matched"),
            )];
        }
        Standing::Beyond { rank } => Text::new(
            format!(
                "综合得{score}分，排第{rank}位（共{of}项候选），只展示最好的{ANSWERS_MAX}项，末位得{last}分"
            ),
            format!(
                "score {score}, rank {rank} of {of}; the best {ANSWERS_MAX} are shown, the last has {last}"
            ),
        ),
        Standing::Below { rank } => Text::new(
            format!(
                "综合得{score}分，排第{rank}位（共{of}项候选），低于推荐线{ANSWER_SCORE_MIN}分"
            ),
            format!(
                "score {score}, rank {rank} of {of}; an answer has {ANSWER_SCORE_MIN} at least"
            ),
        ),
        Standing::NotCandidate { rank: Some(rank) } => Text::new(
            format!("检索排第{rank}位，只有前{CANDIDATES_DEFAULT}位进入评分"),
            format!("rank {rank} in the index; the first {CANDIDATES_DEFAULT} are candidates"),
        ),
        Standing::NotCandidate { rank: None } => Text::new(
            format!("检索排在第{LOOKED_THROUGH_MAX}位以后，只有前{CANDIDATES_DEFAULT}位进入评分"),
            format!(
                "beyond rank {LOOKED_THROUGH_MAX} in the index; the first {CANDIDATES_DEFAULT} are candidates"
            ),
        ),
        Standing::NothingInCommon => {
            Text::new("成果的文字与需求没有共同的词", "it has no word of the need")
        }
    };
    let mut reasons = vec![first];
    for one in why.factors.iter().filter(|one| one.lost > 0).take(3) {
        let (label, value, lost) = (&one.factor.label, one.factor.value, one.lost);
        let last = one.last.unwrap_or(0);
        reasons.push(Text::new(
            format!("“{}”得{value}，末位推荐得{last}，综合少{lost}分", label.zh),
            format!("{}: {value} against {last} of the last answer, {lost} points less", label.en),
        ));
    }
    if !why.lacking.is_empty() {
        let words = why.lacking.iter().map(|word| format!("“{word}”")).collect::<Vec<_>>();
        reasons.push(Text::new(
            format!("推荐的成果提到而它没有提到需求中的{}", words.join("、")),
            format!(
                "the answers have these words of the need, it has not: {}",
                why.lacking.join(", ")
            ),
        ));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(key: &str, weight: u16, value: u16) -> MatchFactor {
        let (by, key) = ("kernel".to_owned(), key.to_owned());
        MatchFactor { by, key, label: Text::default(), weight, value, evidence: Vec::new() }
    }

    #[track_caller]
    fn check(own: &[(&str, u16, u16)], last: &[(&str, u16, u16)], expected: &[(&str, i32)]) {
        let of = |list: &[(&str, u16, u16)]| -> Vec<_> {
            list.iter().map(|(key, weight, value)| factor(key, *weight, *value)).collect()
        };
        let found = beside(&of(own), &of(last));
        let found: Vec<_> = found.iter().map(|one| (one.factor.key.as_str(), one.lost)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_costs_most_comes_first() {
        check(&[("a", 500, 400)], &[("a", 500, 800)], &[("a", 200)]);
        check(
            &[("a", 300, 900), ("b", 700, 100)],
            &[("a", 300, 500), ("b", 700, 600)],
            &[("b", 350), ("a", -120)],
        );
        check(&[("a", 500, 400)], &[], &[("a", 0)]);
    }
}
