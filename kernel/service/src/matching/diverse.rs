//! Which answers are shown: at most ten, and of one team's near-identical achievements the best two.
//!
//! Two achievements are *of one team* if an owner of both is the same and they either share an
//! inventor or have nearly the same title. Walking down the fused order, a candidate is folded if it
//! would be the third of a team, each of whom is of one team with each: under the best of them, where
//! its identifier stays to be seen. So what two universities did together makes their other
//! achievements no team, and is itself of neither's. What is shown and folded depends on the order and
//! the records alone.

use std::collections::HashMap;

use taihu_model::{Achievement, Text};

use super::text::{alike_permille, pairs};
use crate::limits::{
    ANSWER_SCORE_MIN, ANSWERS_MAX, FOLDED_MAX, SAME_TITLE_PERMILLE_MIN, TEAM_SHOWN_MAX,
};

/// An answer that is shown, by its place among the candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) at: usize,
    /// Fused score, 0–1000.
    pub(crate) score: u16,
    /// Candidates of the same team that would have been answers too, the best first.
    pub(crate) folded: Vec<usize>,
}

/// Arranges an order, the best first, for people. `kin` says whether two candidates are of one team;
/// it is asked about one that is shown and one that comes after it.
pub(crate) fn arrange(
    order: &[(usize, u16)],
    mut kin: impl FnMut(usize, usize) -> bool,
) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for &(at, score) in order {
        if score < ANSWER_SCORE_MIN {
            break;
        }
        let room = shown.len() < ANSWERS_MAX;
        let wanted = if room { TEAM_SHOWN_MAX } else { 1 };
        let near: Vec<usize> = (0..shown.len()).filter(|known| kin(shown[*known].at, at)).collect();
        match team_among(&near, wanted, |one, other| kin(shown[one].at, shown[other].at)) {
            Some(best) => {
                let folded = &mut shown[best].folded;
                if folded.len() < FOLDED_MAX {
                    folded.push(at);
                }
            }
            None if room => shown.push(Shown { at, score, folded: Vec::new() }),
            None => {}
        }
    }
    shown
}

/// The best of so many that are of one team, each with each, if there are.
fn team_among(
    near: &[usize],
    wanted: usize,
    mut kin: impl FnMut(usize, usize) -> bool,
) -> Option<usize> {
    for (nth, best) in near.iter().enumerate() {
        let mut team = vec![*best];
        for other in &near[nth + 1..] {
            if team.len() < wanted && team.iter().all(|one| kin(*one, *other)) {
                team.push(*other);
            }
        }
        if team.len() >= wanted {
            return Some(*best);
        }
    }
    None
}

/// The rule in words, for whoever reads an answer.
#[must_use]
pub fn diversity_rule() -> Text {
    Text::new(
        format!(
            "权属人相同且完成人有重合，或权属人相同且名称几乎相同的成果视为同一团队：每个团队最多展示{TEAM_SHOWN_MAX}项，其余收在最好的一项之下"
        ),
        format!(
            "achievements of one owner that share an inventor or nearly the title are one team's: {TEAM_SHOWN_MAX} of a team are shown, the others are folded under the best"
        ),
    )
}

/// Who is of one team, and what was found when somebody asked.
pub(crate) struct Kinship<'a> {
    records: &'a [(Achievement, u32)],
    titles: HashMap<usize, Vec<(char, char)>>,
    /// The pairs that are, as they were asked about.
    pub(crate) found: Vec<(usize, usize)>,
}

impl<'a> Kinship<'a> {
    pub(crate) fn new(records: &'a [(Achievement, u32)]) -> Self {
        Self { records, titles: HashMap::new(), found: Vec::new() }
    }

    pub(crate) fn ask(&mut self, one: usize, other: usize) -> bool {
        let is = self.is(one, other);
        if is {
            self.found.push((one, other));
        }
        is
    }

    fn is(&mut self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.records[one].0.facts, &self.records[other].0.facts);
        if !meet(&a.owners, &b.owners) {
            return false;
        }
        if meet(&a.inventors, &b.inventors) {
            return true;
        }
        for (at, facts) in [(one, a), (other, b)] {
            self.titles.entry(at).or_insert_with(|| pairs(&facts.title));
        }
        alike_permille(&self.titles[&one], &self.titles[&other]) >= SAME_TITLE_PERMILLE_MIN
    }
}

/// Whether two lists of names have one in common.
fn meet(one: &[String], other: &[String]) -> bool {
    one.iter().any(|name| !name.is_empty() && other.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An order as (candidate, score, team), of team 0 is nobody else; who is shown with whom folded.
    #[track_caller]
    fn check(order: &[(usize, u16, u8)], expected: &[(usize, &[usize])]) {
        let team = |at: usize| order.iter().find(|one| one.0 == at).map_or(0, |one| one.2);
        let scores: Vec<_> = order.iter().map(|(at, score, _)| (*at, *score)).collect();
        let found = arrange(&scores, |a, b| team(a) != 0 && team(a) == team(b));
        let found: Vec<_> = found.iter().map(|one| (one.at, one.folded.as_slice())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn of_a_team_the_best_two_are_shown_and_the_others_are_folded() {
        check(&[], &[]);
        check(&[(1, 900, 0), (2, 800, 0)], &[(1, &[]), (2, &[])]);
        check(&[(1, 900, 7), (2, 800, 7)], &[(1, &[]), (2, &[])]);
        check(
            &[(1, 900, 7), (2, 800, 7), (3, 700, 7), (4, 650, 0), (5, 600, 7)],
            &[(1, &[3, 5]), (2, &[]), (4, &[])],
        );
        // Below the line nobody is an answer, and nobody is folded.
        check(&[(1, 900, 7), (2, 399, 7), (3, 300, 0)], &[(1, &[])]);
    }

    #[test]
    fn what_two_did_together_makes_them_no_team() {
        // 1 is of both; 2 and 4 are one's, 3 and 5 the other's.
        let kin = |a: usize, b: usize| a == 1 || a % 2 == b % 2;
        let order: Vec<(usize, u16)> = (1..=5).map(|at| (at, 900)).collect();
        let found = arrange(&order, kin);
        let found: Vec<_> = found.iter().map(|one| (one.at, one.folded.clone())).collect();
        assert_eq!(found, [(1, vec![4, 5]), (2, vec![]), (3, vec![])]);
        // The joint one comes last: the two before are of different teams, so it is nobody's third.
        let kin = |a: usize, b: usize| a == 3 || b == 3;
        let order: Vec<(usize, u16)> = (1..=3).map(|at| (at, 900)).collect();
        assert!(arrange(&order, kin).iter().all(|one| one.folded.is_empty()));
    }

    #[test]
    fn ten_are_shown_and_later_ones_of_a_team_stay_to_be_seen() {
        let mut order: Vec<(usize, u16, u8)> = (0..10).map(|at| (at, 900, 0)).collect();
        order[0].2 = 7;
        order.extend([(10, 800, 0), (11, 700, 7)]);
        let mut expected: Vec<(usize, &[usize])> = (0..10).map(|at| (at, &[][..])).collect();
        expected[0].1 = &[11];
        check(&order, &expected);
    }

    #[test]
    fn only_so_many_are_named() {
        let order: Vec<(usize, u16)> = (0..400).map(|at| (at, 900)).collect();
        let found = arrange(&order, |_, _| true);
        assert_eq!((found.len(), found[0].folded.len()), (TEAM_SHOWN_MAX, FOLDED_MAX));
    }

    fn record(owner: &str, inventors: &[&str], title: &str) -> (Achievement, u32) {
        let record = serde_json::json!({
            "id": "ach_01JSG0Z3M8QK5T7V9XA1B2C3D4", "tenant": "city", "state": "published",
            "created": "2026-05-20T01:00:00Z", "updated": "2026-05-20T01:00:00Z",
            "owners": [owner], "inventors": inventors, "title": title,
        });
        (serde_json::from_value(record).unwrap(), 0)
    }

    #[track_caller]
    fn of_one_team(one: (&str, &[&str], &str), other: (&str, &[&str], &str), expected: bool) {
        let records = [record(one.0, one.1, one.2), record(other.0, other.1, other.2)];
        let mut kinship = Kinship::new(&records);
        assert_eq!(kinship.ask(0, 1), expected, "{one:?} {other:?}");
        assert_eq!(kinship.found.len(), usize::from(expected));
    }

    #[test]
    fn a_team_is_an_owner_and_its_people_or_nearly_the_same_title() {
        let title = "退役磷酸铁锂电池极片再生技术";
        of_one_team(("东南大学", &["张三", "李四"], title), ("东南大学", &["李四"], "竹材"), true);
        of_one_team(("东南大学", &["张三"], title), ("浙江大学", &["张三"], title), false);
        of_one_team(("东南大学", &["张三"], title), ("东南大学", &["王五"], "竹材展平"), false);
        let nearly = "一种退役磷酸铁锂电池极片再生技术";
        of_one_team(("东南大学", &[], title), ("东南大学", &[], nearly), true);
        let related = "退役磷酸铁锂电池短流程再生技术";
        of_one_team(("东南大学", &[], title), ("东南大学", &[], related), false);
        of_one_team(("", &[], title), ("", &[], title), false);
    }
}
