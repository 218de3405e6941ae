//! What another version of a scorer makes of the same ranking.

use std::collections::BTreeMap;

use taihu_model::{Achievement, AchievementId, LargestChange, Need, Rankings};

use super::fuse::{self, Hit, Word};
use super::score::Scored;

/// What changed between two rankings of the same candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    changed: bool,
    overlap_permille: u64,
    largest: Option<(AchievementId, u16, u16)>,
}

/// Fuses twice and compares the ten best, whoever's they are: what is folded under what is the same
/// rule for both.
pub(crate) fn compare_orders(
    records: &[(Achievement, u32)],
    ceiling: u32,
    (own, meaning): (u16, Option<&Word>),
    before: &[&Scored],
    after: &[&Scored],
) -> Change {
    let hits = super::rank::hits(records);
    let fused = |scored: &[&Scored]| {
        let words = fuse::words(scored.iter().copied(), meaning);
        fuse::order(&hits, ceiling, own, &words)
    };
    compare(&hits, fused(before), fused(after))
}

fn compare(hits: &[Hit], before: Vec<(usize, u16)>, after: Vec<(usize, u16)>) -> Change {
    let scores: BTreeMap<usize, u16> = before.iter().copied().collect();
    let mut largest: Option<(AchievementId, u16, u16)> = None;
    for &(at, now) in &after {
        let was = scores.get(&at).copied().unwrap_or(0);
        if largest.is_none_or(|(_, was_then, then)| was.abs_diff(now) > was_then.abs_diff(then)) {
            largest = Some((hits[at].id, was, now));
        }
    }
    let top = |order: Vec<(usize, u16)>| -> Vec<usize> {
        fuse::best(order).into_iter().map(|(at, _)| at).collect()
    };
    let (before, after) = (top(before), top(after));
    let both = before.iter().filter(|at| after.contains(at)).count();
    let most = before.len().max(after.len());
    Change {
        changed: before != after,
        overlap_permille: (both * 1000).checked_div(most).unwrap_or(1000) as u64,
        largest: largest.filter(|(_, was, now)| was != now),
    }
}

impl Change {
    /// Counts it.
    pub(crate) fn add_to(self, need: &Need, seen: &mut Rankings) {
        seen.compared += 1;
        seen.changed += u64::from(self.changed);
        seen.overlap_permille_sum += self.overlap_permille;
        let Some((achievement, before, after)) = self.largest else { return };
        let known = seen.largest.as_ref().map_or(0, |known| known.before.abs_diff(known.after));
        if before.abs_diff(after) > known {
            seen.largest = Some(LargestChange { need: need.id, achievement, before, after });
        }
    }
}

#[cfg(test)]
mod tests {
    use taihu_model::Timestamp;

    use super::*;

    /// Two orders as (candidate, score); what is expected of their comparison.
    #[track_caller]
    fn check(before: &[(usize, u16)], after: &[(usize, u16)], changed: bool, overlap: u64) {
        let id = |n| AchievementId::from_parts(Timestamp::UNIX_EPOCH, n);
        let hits: Vec<Hit> = (0..20).map(|n| Hit { id: id(n), score: 0 }).collect();
        let found = compare(&hits, before.to_vec(), after.to_vec());
        assert_eq!((found.changed, found.overlap_permille), (changed, overlap));
    }

    #[test]
    fn orders_are_compared_by_their_answers() {
        check(&[], &[], false, 1000);
        check(&[(1, 900), (2, 800)], &[(1, 900), (2, 800)], false, 1000);
        check(&[(1, 900), (2, 800)], &[(2, 900), (1, 800)], true, 1000);
        check(&[(1, 900), (2, 800)], &[(1, 900), (3, 800)], true, 500);
        check(&[(1, 900)], &[(1, 300)], true, 0);
        // Below the line nothing is an answer, whatever changes there.
        check(&[(1, 900), (2, 300)], &[(1, 900), (3, 300)], false, 1000);
    }
}
