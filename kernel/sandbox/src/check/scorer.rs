//! What scorers answer.

use std::ops::RangeInclusive;

use taihu_model::contract::ScorerDescription;

use super::{Budget, Check, code, count, people, same_order};
use crate::Fault;
use crate::bindings::exports::taihu::plugin::scoring as s;
use crate::evidence::{Subject, pointing};
use crate::limits;
use crate::scores::{FACTOR, PIECE, SCORE};
use crate::table::Table;

/// The highest value, and the sum of the weights.
const FULL: u32 = 1000;

pub(crate) fn scorer_description(it: &ScorerDescription) -> Check {
    let mut budget = Budget::of_batch(0);
    count(it.factors.len(), 1, limits::FACTORS_MAX, &|| "factors".to_owned())?;
    for (at, factor) in it.factors.iter().enumerate() {
        let place = |part: &str| format!("factors[{at}].{part}");
        code(&factor.key, &|| place("key"))?;
        people(&factor.label, limits::REASON_CHARS_MAX, &mut budget, &|| place("label"))?;
        if it.factors[..at].iter().any(|before| before.key == factor.key) {
            return Err(Fault::new(
                place("key"),
                format!("因素 {:?} 重复", factor.key),
                format!("factor {:?} is there twice", factor.key),
            ));
        }
    }
    Ok(())
}

/// Believes the scores of a batch, or says what is wrong with the first that is.
pub(crate) fn scores(
    answer: s::Scores,
    description: &ScorerDescription,
    candidates: &Table,
    need: &Table,
) -> Result<s::Scores, Fault> {
    let list = whole::<_, SCORE>(&answer.scores, "scores")?;
    let mut factors = whole::<_, FACTOR>(&answer.factors, "factors")?;
    let mut evidence = whole::<_, PIECE>(&answer.evidence, "evidence")?;
    same_order("scores", list.iter().map(|[row, _, _]| *row), candidates.rows())?;
    for (row, [_, value, count]) in list.iter().enumerate() {
        let place = || format!("scores[{row}]");
        let own = next(&mut factors, *count as usize, 1..=limits::FACTORS_MAX, "factors", &place)?;
        let subject = Subject { achievements: candidates, row, need: Some(need) };
        score(*value, own, &mut evidence, description.factors.len(), subject, &place)?;
    }
    all_told(factors.len(), "factors")?;
    all_told(evidence.len(), "evidence")?;
    Ok(answer)
}

/// A flat list by its items of so many numbers each.
fn whole<'a, T, const N: usize>(numbers: &'a [T], list: &str) -> Result<&'a [[T; N]], Fault> {
    match numbers.as_chunks() {
        (items, []) => Ok(items),
        _ => Err(Fault::new(
            list,
            format!("有 {} 个数，应为 {N} 的倍数", numbers.len()),
            format!("{} numbers, want {N} for each", numbers.len()),
        )),
    }
}

fn score(
    value: u32,
    factors: &[[u16; FACTOR]],
    evidence: &mut &[[u32; PIECE]],
    described: usize,
    subject: Subject<'_>,
    place: &dyn Fn() -> String,
) -> Check {
    let (mut weights, mut sum) = (0u32, 0u32);
    // At most 16 factors are described, so one bit for each says whether it has been named.
    let mut named = 0u32;
    for (at, [which, weight, value, pieces]) in factors.iter().enumerate() {
        let here = || format!("{}.factors[{at}]", place());
        let which = usize::from(*which);
        if which >= described.min(limits::FACTORS_MAX) || named & (1 << which) != 0 {
            return Err(misnamed(which, described, &here));
        }
        named |= 1 << which;
        per_mille(u32::from(*weight), "weight", &here)?;
        per_mille(u32::from(*value), "value", &here)?;
        weights += u32::from(*weight);
        sum += u32::from(*weight) * u32::from(*value);
        let own =
            next(evidence, usize::from(*pieces), 0..=limits::EVIDENCE_MAX, "evidence", &here)?;
        super::evidence(own.iter().map(|piece| pointing(*piece)), subject, &here)?;
    }
    if weights != FULL {
        return Err(Fault::new(
            format!("{}.factors", place()),
            format!("权重合计 {weights}，应为 1000"),
            format!("weights add up to {weights}, want 1000"),
        ));
    }
    per_mille(value, "value", place)?;
    if value != sum / FULL {
        return Err(Fault::new(
            format!("{}.value", place()),
            format!("得分 {value} 与因素合计 {} 不符", sum / FULL),
            format!("{value}, but its factors add up to {}", sum / FULL),
        ));
    }
    Ok(())
}

#[cold]
fn misnamed(which: usize, described: usize, place: &dyn Fn() -> String) -> Fault {
    if which < described {
        return Fault::new(
            format!("{}.key", place()),
            format!("因素 {which} 在同一得分中重复"),
            format!("factor {which} is there twice in one score"),
        );
    }
    Fault::new(
        format!("{}.key", place()),
        format!("因素 {which} 未在 describe 中声明，共 {described} 个"),
        format!("factor {which} is not among the {described} that describe names"),
    )
}

/// Takes so many off the front of a flat list.
#[inline]
fn next<'a, T>(
    list: &mut &'a [T],
    wanted: usize,
    may_be: RangeInclusive<usize>,
    what: &str,
    place: &dyn Fn() -> String,
) -> Result<&'a [T], Fault> {
    match list.split_at_checked(wanted) {
        Some((own, rest)) if may_be.contains(&wanted) => {
            *list = rest;
            Ok(own)
        }
        _ => Err(beyond(list.len(), wanted, may_be, what, place)),
    }
}

#[cold]
fn beyond(
    left: usize,
    wanted: usize,
    may_be: RangeInclusive<usize>,
    what: &str,
    place: &dyn Fn() -> String,
) -> Fault {
    let place = format!("{}.{what}", place());
    if !may_be.contains(&wanted) {
        return super::miscounted(wanted, *may_be.start(), *may_be.end(), &|| place.clone());
    }
    Fault::new(
        place,
        format!("声明 {wanted} 个，但列表 {what} 只剩 {left} 个"),
        format!("{wanted} of them, but only {left} are left in the list {what}"),
    )
}

/// Checks that a flat list holds no more than what was said to belong to somebody.
fn all_told(left: usize, what: &str) -> Check {
    if left == 0 {
        return Ok(());
    }
    Err(Fault::new(
        what,
        format!("多出 {left} 个，不属于任何一项"),
        format!("{left} too many: the counts do not speak of them"),
    ))
}

#[inline]
fn per_mille(value: u32, part: &str, place: &dyn Fn() -> String) -> Check {
    if value <= FULL { Ok(()) } else { Err(above(value, part, place)) }
}

#[cold]
fn above(value: u32, part: &str, place: &dyn Fn() -> String) -> Fault {
    let place = format!("{}.{part}", place());
    Fault::new(place, format!("是 {value}，应为 0–1000"), format!("{value}, want 0 to 1000"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use taihu_model::contract::{AchievementView, FactorDescription, NeedView};
    use taihu_model::{FieldWish, Sight, Text};

    use crate::Scores;
    use crate::table::Shown;

    fn description() -> ScorerDescription {
        let factor = |key: &str| FactorDescription {
            key: key.to_owned(),
            label: Text::new("成熟度", "maturity"),
        };
        ScorerDescription { factors: vec![factor("maturity"), factor("trial")] }
    }

    /// Columns: title, keywords, stage, trial_offered; of the need its title.
    fn tables() -> (Table, Table) {
        let wish = |field: &str| FieldWish { field: field.into(), reason: Text::new("用", "use") };
        let fields = ["title", "stage", "keywords", "trial_offered"];
        let wishes: Vec<_> = fields.iter().map(|it| wish(&format!("achievement.{it}"))).collect();
        let shown = Shown::of(&Sight::of(&[wishes, vec![wish("need.title")]].concat()));
        let view = |id: &'static str, title: &'static str| AchievementView {
            id: id.into(),
            title: title.into(),
            stage: "pilot".into(),
            keywords: vec!["电池".to_owned(), "回收".to_owned()].into(),
            problem: "不给看".into(),
            ..AchievementView::default()
        };
        let need = NeedView { title: "电池再生".into(), ..NeedView::default() };
        (shown.achievements(&[view("ach_1", "铅蓄电池"), view("ach_2", "竹")]), shown.need(&need))
    }

    /// Two scores, three factors, three pieces of evidence.
    fn good() -> s::Scores {
        s::Scores {
            scores: vec![0, 633, 2, 1, 500, 1],
            factors: vec![0, 700, 905, 2, 1, 300, 0, 0, 1, 1000, 500, 1],
            evidence: vec![0, 3, 12, 4, 0, 6, 2, 0, 0],
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut s::Scores), want: Option<&str>) {
        let mut answer = good();
        change(&mut answer);
        let (candidates, need) = tables();
        let found = scores(answer, &description(), &candidates, &need);
        assert_eq!(found.err().map(|fault| fault.to_string()).as_deref(), want);
    }

    #[test]
    fn a_score_is_believed_only_if_it_adds_up() {
        check(|_| {}, None);
        check(|it| it.scores[1] = 634, Some("scores[0].value: 634, but its factors add up to 633"));
        check(|it| it.scores[1] = 1001, Some("scores[0].value: 1001, want 0 to 1000"));
        check(
            |it| it.scores[3] = 0,
            Some("scores[1].row: 0, want 1: one for each record, in the order they came in"),
        );
        check(
            |it| it.factors[1] = 701,
            Some("scores[0].factors: weights add up to 1001, want 1000"),
        );
        check(|it| it.factors[6] = 1001, Some("scores[0].factors[1].value: 1001, want 0 to 1000"));
        check(
            |it| it.factors[4] = 0,
            Some("scores[0].factors[1].key: factor 0 is there twice in one score"),
        );
        check(
            |it| it.factors[4] = 2,
            Some("scores[0].factors[1].key: factor 2 is not among the 2 that describe names"),
        );
        check(
            |it| it.factors[4] = u16::MAX,
            Some("scores[0].factors[1].key: factor 65535 is not among the 2 that describe names"),
        );
    }

    #[test]
    fn counts_add_up_to_the_lists() {
        check(|it| it.scores[2] = 0, Some("scores[0].factors: 0 of them, want 1 to 16"));
        check(|it| it.scores[2] = 17, Some("scores[0].factors: 17 of them, want 1 to 16"));
        check(
            |it| it.scores[5] = 2,
            Some("scores[1].factors: 2 of them, but only 1 are left in the list factors"),
        );
        check(
            |it| it.factors.extend([0; 4]),
            Some("factors: 1 too many: the counts do not speak of them"),
        );
        check(
            |it| it.factors[11] = 2,
            Some(
                "scores[1].factors[0].evidence: 2 of them, but only 1 are left in the list evidence",
            ),
        );
        check(
            |it| it.evidence.extend([0; 3]),
            Some("evidence: 1 too many: the counts do not speak of them"),
        );
        check(
            |it| {
                it.factors[3] = 9;
                it.evidence.splice(0..0, [0; 21]);
            },
            Some("scores[0].factors[0].evidence: 9 of them, want 0 to 8"),
        );
    }

    #[test]
    fn lists_hold_whole_items() {
        check(|it| it.scores.push(0), Some("scores: 7 numbers, want 3 for each"));
        check(|it| it.factors.push(0), Some("factors: 13 numbers, want 4 for each"));
        check(|it| it.evidence.truncate(8), Some("evidence: 8 numbers, want 3 for each"));
    }

    #[track_caller]
    fn check_evidence(it: [u32; 3], want: Option<&str>) {
        let want = want.map(|want| format!("scores[0].factors[0].evidence[0].{want}"));
        check(|answer| answer.evidence[..3].copy_from_slice(&it), want.as_deref());
    }

    #[test]
    fn evidence_lies_in_what_was_sent() {
        check_evidence([0, 0, 0], None);
        check_evidence([0, 12, 12], None);
        check_evidence([4, 0, 12], None);
        check_evidence([3, 0, 0], None);
        check_evidence([1, 0, 6], None);
        check_evidence([1, 6, 12], None);
        check_evidence([5, 0, 0], Some("column: 5, but 5 columns were sent: want a smaller one"));
        check_evidence(
            [u32::MAX, 0, 0],
            Some("column: 4294967295, but 5 columns were sent: want a smaller one"),
        );
        check_evidence([0, 6, 3], Some("end: 3, before the start at 6"));
        check_evidence([0, 0, 13], Some("end: 13, but field title is 12 bytes long"));
        check_evidence(
            [0, u32::MAX, u32::MAX],
            Some("end: 4294967295, but field title is 12 bytes long"),
        );
        check_evidence([0, 1, 3], Some("start: 1 to 3 splits a character of field title"));
        check_evidence([0, 0, 4], Some("start: 0 to 4 splits a character of field title"));
        check_evidence(
            [1, 3, 9],
            Some("start: 3 to 9 crosses items of field keywords, want one item"),
        );
        check_evidence([3, 0, 1], Some("end: 1, but field trial_offered has no words, want 0"));
    }

    #[test]
    fn quotes_are_cut_out_of_what_was_sent() {
        let (candidates, need) = tables();
        let answer = scores(good(), &description(), &candidates, &need).unwrap();
        let scores = Scores::of(answer, &description(), candidates, need);
        let said: Vec<String> = scores
            .iter()
            .flat_map(|score| score.factors)
            .flat_map(|factor| factor.evidence)
            .map(|it| format!("{}.{}: {}", it.subject, it.field, it.quote))
            .collect();
        assert_eq!(
            said,
            ["achievement.title: 蓄电池", "need.title: 电池", "achievement.stage: 中期"]
        );
        assert_eq!((scores.value(1), scores.score(1).unwrap().id.as_str()), (500, "ach_2"));
        assert!(scores.score(2).is_none());
    }
}
