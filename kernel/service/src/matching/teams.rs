//! Who stands behind the best candidates: organisations and the people named as inventors. Names only:
//! they stand on every published achievement; how to reach anybody is nowhere here.

use std::collections::{BTreeMap, BTreeSet};

use taihu_model::{Achievement, AchievementId, Digest, NeedId, TenantSlug};

use crate::authority::{Action, Caller};
use crate::error::Result;
use crate::kernel::Kernel;
use crate::limits::{
    ACCEPTED_COUNTED_MAX, ANSWER_SCORE_MIN, CANDIDATES_DEFAULT, TEAM_CANDIDATES_MAX,
    TEAM_PEOPLE_MAX, TEAMS_MAX,
};

/// Who stands behind some of the candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// 单位: the first owner; empty if the records name none.
    pub organisation: String,
    /// Who stands on most of its achievements first.
    pub people: Vec<Member>,
    /// Identifier, title and fused score of its achievements, the best first.
    pub achievements: Vec<(AchievementId, String, u16)>,
    /// How many matches with these achievements were accepted, on every tenant's ground.
    pub accepted: u64,
}

/// A person of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// 姓名.
    pub name: String,
    /// On how many of the team's achievements it stands.
    pub achievements: usize,
}

impl Kernel {
    /// The teams behind the best candidates for a need, the one with the best achievement first. Ranks
    /// anew, stores nothing. Deals are not kept by this kernel yet, so accepted matches alone count.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] if there is no such need that the caller may see;
    /// [`crate::Error::Busy`] as for [`Kernel::rank`].
    pub fn teams(&self, caller: &Caller, tenant: &TenantSlug, id: NeedId) -> Result<Vec<Team>> {
        let need = self.need(caller, tenant, id)?;
        caller.may(Action::Match, tenant)?;
        let subject = Digest::of(need.id.to_string().as_bytes());
        let retrieved = self.retrieve(&need.facts.query_text(), CANDIDATES_DEFAULT)?;
        let judged = self.judge(&need, &subject, retrieved, false)?;
        let best = judged
            .order
            .iter()
            .take_while(|(_, score)| *score >= ANSWER_SCORE_MIN)
            .take(TEAM_CANDIDATES_MAX)
            .map(|(at, score)| (&judged.records[*at].0, *score));
        let mut teams = teams_of(best);
        for team in &mut teams {
            for (id, ..) in &team.achievements {
                team.accepted += self.accepted(*id)?;
            }
        }
        Ok(teams)
    }

    /// How many matches with an achievement were accepted: a number, not whose.
    fn accepted(&self, id: AchievementId) -> Result<u64> {
        let view = self.snapshot()?;
        let prefix = format!("accepted/{id}/");
        let mut count = 0;
        for tenant in self.parts.store.spaces()? {
            count += view.0.range(&tenant, &prefix, None, ACCEPTED_COUNTED_MAX)?.len() as u64;
        }
        Ok(count)
    }
}

/// Puts achievements, the best first, together that are of one organisation and share an inventor;
/// those without inventors are their organisation's.
fn teams_of<'a>(best: impl Iterator<Item = (&'a Achievement, u16)>) -> Vec<Team> {
    let mut teams: Vec<(Team, BTreeSet<&str>, BTreeMap<&str, usize>)> = Vec::new();
    for (record, score) in best {
        let facts = &record.facts;
        let organisation = facts.owners.first().map_or("", String::as_str);
        let people: BTreeSet<&str> = facts.inventors.iter().map(String::as_str).collect();
        let of = teams.iter_mut().find(|(team, known, _)| {
            team.organisation == organisation
                && (!known.is_disjoint(&people) || known.is_empty() && people.is_empty())
        });
        let achievement = (record.id, facts.title.clone(), score);
        if let Some((team, known, counts)) = of {
            team.achievements.push(achievement);
            people.iter().for_each(|name| *counts.entry(*name).or_default() += 1);
            known.extend(people);
        } else if teams.len() < TEAMS_MAX {
            let team = Team {
                organisation: organisation.to_owned(),
                people: Vec::new(),
                achievements: vec![achievement],
                accepted: 0,
            };
            let counts = people.iter().map(|name| (*name, 1)).collect();
            teams.push((team, people, counts));
        }
    }
    teams
        .into_iter()
        .map(|(mut team, _, counts)| {
            let mut people: Vec<Member> = counts
                .into_iter()
                .map(|(name, achievements)| Member { name: name.to_owned(), achievements })
                .collect();
            // Stable: of equal ones in the order of their names.
            people.sort_by_key(|member| std::cmp::Reverse(member.achievements));
            people.truncate(TEAM_PEOPLE_MAX);
            team.people = people;
            team
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(nth: u128, owner: &str, inventors: &[&str]) -> Achievement {
        let id = AchievementId::from_parts(taihu_model::Timestamp::UNIX_EPOCH, nth);
        let record = serde_json::json!({
            "id": id, "tenant": "city", "state": "published", "title": format!("第{nth}项"),
            "created": "2026-05-20T01:00:00Z", "updated": "2026-05-20T01:00:00Z",
            "owners": [owner], "inventors": inventors, "contact": "13900139000",
        });
        serde_json::from_value(record).unwrap()
    }

    /// Owners and inventors of achievements, the best first; teams as organisation, people, how many.
    #[track_caller]
    fn check(best: &[(&str, &[&str])], expected: &[(&str, &[&str], usize)]) {
        let records: Vec<_> = best
            .iter()
            .zip(1..)
            .map(|((owner, inventors), nth)| record(nth, owner, inventors))
            .collect();
        let teams = teams_of(records.iter().map(|record| (record, 500)));
        let found: Vec<(&str, Vec<&str>, usize)> = teams
            .iter()
            .map(|team| {
                let people = team.people.iter().map(|member| member.name.as_str()).collect();
                (team.organisation.as_str(), people, team.achievements.len())
            })
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(of, people, count)| (*of, people.to_vec(), *count)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_team_is_who_stands_together_on_achievements_of_one_organisation() {
        check(&[], &[]);
        check(
            &[("东南大学", &["甲", "乙"]), ("浙江大学", &["甲"]), ("东南大学", &["乙", "丙"])],
            &[("东南大学", &["乙", "丙", "甲"], 2), ("浙江大学", &["甲"], 1)],
        );
        check(
            &[("东南大学", &["甲"]), ("东南大学", &["丁"]), ("东南大学", &[]), ("东南大学", &[])],
            &[("东南大学", &["甲"], 1), ("东南大学", &["丁"], 1), ("东南大学", &[], 2)],
        );
    }
}
