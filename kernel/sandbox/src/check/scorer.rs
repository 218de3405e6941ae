//! What scorers answer.

use taihu_model::contract::ScorerDescription;

use super::{Budget, Check, code, count, people, same_order};
use crate::Fault;
use crate::bindings::exports::taihu::plugin::scoring as s;
use crate::bindings::taihu::plugin::types as t;
use crate::evidence::Subject;
use crate::limits;
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
    same_order("scores", answer.scores.iter().map(|it| it.row), candidates.rows())?;
    let (mut factors, mut evidence) = (answer.factors.as_slice(), answer.evidence.as_slice());
    for (row, it) in answer.scores.iter().enumerate() {
        let place = || format!("scores[{row}]");
        let here = || format!("{}.factors", place());
        count(usize::from(it.factors), 1, limits::FACTORS_MAX, &here)?;
        let own = next(&mut factors, it.factors, "factors", &here)?;
        let subject = Subject { achievements: candidates, row, need: Some(need) };
        score(it, own, &mut evidence, description.factors.len(), subject, &place)?;
    }
    all_told(factors.len(), "factors")?;
    all_told(evidence.len(), "evidence")?;
    Ok(answer)
}

fn score(
    score: &s::CandidateScore,
    factors: &[s::Factor],
    evidence: &mut &[t::Evidence],
    described: usize,
    subject: Subject<'_>,
    place: &dyn Fn() -> String,
) -> Check {
    let (mut weights, mut sum) = (0u32, 0u32);
    // At most 16 factors are described, so one bit for each says whether it has been named.
    let mut named = 0u32;
    for (at, factor) in factors.iter().enumerate() {
        let here = || format!("{}.factors[{at}]", place());
        let which = usize::from(factor.key);
        if which >= described.min(limits::FACTORS_MAX) {
            return Err(Fault::new(
                format!("{}.key", here()),
                format!("因素 {which} 未在 describe 中声明，共 {described} 个"),
                format!("factor {which} is not among the {described} that describe names"),
            ));
        }
        if named & (1 << which) != 0 {
            return Err(Fault::new(
                format!("{}.key", here()),
                format!("因素 {which} 在同一得分中重复"),
                format!("factor {which} is there twice in one score"),
            ));
        }
        named |= 1 << which;
        per_mille(factor.weight, &|| format!("{}.weight", here()))?;
        per_mille(factor.value, &|| format!("{}.value", here()))?;
        weights += u32::from(factor.weight);
        sum += u32::from(factor.weight) * u32::from(factor.value);
        let own = next(evidence, factor.evidence, "evidence", &|| format!("{}.evidence", here()))?;
        super::evidence(own, subject, &here)?;
    }
    if weights != FULL {
        return Err(Fault::new(
            format!("{}.factors", place()),
            format!("权重合计 {weights}，应为 1000"),
            format!("weights add up to {weights}, want 1000"),
        ));
    }
    per_mille(score.value, &|| format!("{}.value", place()))?;
    if u32::from(score.value) != sum / FULL {
        return Err(Fault::new(
            format!("{}.value", place()),
            format!("得分 {} 与因素合计 {} 不符", score.value, sum / FULL),
            format!("{}, but its factors add up to {}", score.value, sum / FULL),
        ));
    }
    Ok(())
}

/// Takes so many off the front of a flat list.
fn next<'a, T>(
    list: &mut &'a [T],
    wanted: u16,
    what: &str,
    place: &dyn Fn() -> String,
) -> Result<&'a [T], Fault> {
    let Some((own, rest)) = list.split_at_checked(usize::from(wanted)) else {
        return Err(Fault::new(
            place(),
            format!("声明 {wanted} 个，但列表 {what} 只剩 {} 个", list.len()),
            format!("{wanted} of them, but only {} are left in the list {what}", list.len()),
        ));
    };
    *list = rest;
    Ok(own)
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

fn per_mille(value: u16, place: &dyn Fn() -> String) -> Check {
    if u32::from(value) <= FULL {
        return Ok(());
    }
    Err(Fault::new(place(), format!("是 {value}，应为 0–1000"), format!("{value}, want 0 to 1000")))
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

    const fn piece(column: u32, start: u32, end: u32) -> t::Evidence {
        t::Evidence { column, start, end }
    }

    fn good() -> s::Scores {
        let factor = |key, weight, value, evidence| s::Factor { key, weight, value, evidence };
        s::Scores {
            scores: vec![
                s::CandidateScore { row: 0, value: 633, factors: 2 },
                s::CandidateScore { row: 1, value: 500, factors: 1 },
            ],
            factors: vec![factor(0, 700, 905, 2), factor(1, 300, 0, 0), factor(1, 1000, 500, 1)],
            evidence: vec![piece(0, 3, 12), piece(4, 0, 6), piece(2, 0, 0)],
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
        check(
            |it| it.scores[0].value = 634,
            Some("scores[0].value: 634, but its factors add up to 633"),
        );
        check(|it| it.scores[0].value = 1001, Some("scores[0].value: 1001, want 0 to 1000"));
        check(
            |it| it.scores[1].row = 0,
            Some("scores[1].row: 0, want 1: one for each record, in the order they came in"),
        );
        check(
            |it| it.factors[0].weight = 701,
            Some("scores[0].factors: weights add up to 1001, want 1000"),
        );
        check(
            |it| it.factors[1].value = 1001,
            Some("scores[0].factors[1].value: 1001, want 0 to 1000"),
        );
        check(
            |it| it.factors[1].key = 0,
            Some("scores[0].factors[1].key: factor 0 is there twice in one score"),
        );
        check(
            |it| it.factors[1].key = 2,
            Some("scores[0].factors[1].key: factor 2 is not among the 2 that describe names"),
        );
        check(
            |it| it.factors[1].key = u16::MAX,
            Some("scores[0].factors[1].key: factor 65535 is not among the 2 that describe names"),
        );
    }

    #[test]
    fn counts_add_up_to_the_lists() {
        check(|it| it.scores[0].factors = 0, Some("scores[0].factors: 0 of them, want 1 to 16"));
        check(|it| it.scores[0].factors = 17, Some("scores[0].factors: 17 of them, want 1 to 16"));
        check(
            |it| it.scores[1].factors = 2,
            Some("scores[1].factors: 2 of them, but only 1 are left in the list factors"),
        );
        check(
            |it| it.factors.push(it.factors[0]),
            Some("factors: 1 too many: the counts do not speak of them"),
        );
        check(
            |it| it.factors[2].evidence = 2,
            Some(
                "scores[1].factors[0].evidence: 2 of them, but only 1 are left in the list evidence",
            ),
        );
        check(
            |it| it.evidence.push(piece(0, 0, 0)),
            Some("evidence: 1 too many: the counts do not speak of them"),
        );
        check(
            |it| {
                it.factors[0].evidence = 9;
                it.evidence.splice(0..0, [piece(0, 0, 0); 7]);
            },
            Some("scores[0].factors[0].evidence: 9 of them, want 0 to 8"),
        );
    }

    #[track_caller]
    fn check_evidence(it: t::Evidence, want: Option<&str>) {
        let want = want.map(|want| format!("scores[0].factors[0].evidence[0].{want}"));
        check(|answer| answer.evidence[0] = it, want.as_deref());
    }

    #[test]
    fn evidence_lies_in_what_was_sent() {
        check_evidence(piece(0, 0, 0), None);
        check_evidence(piece(0, 12, 12), None);
        check_evidence(piece(4, 0, 12), None);
        check_evidence(piece(3, 0, 0), None);
        check_evidence(piece(1, 0, 6), None);
        check_evidence(piece(1, 6, 12), None);
        check_evidence(
            piece(5, 0, 0),
            Some("column: 5, but 5 columns were sent: want a smaller one"),
        );
        check_evidence(
            piece(u32::MAX, 0, 0),
            Some("column: 4294967295, but 5 columns were sent: want a smaller one"),
        );
        check_evidence(piece(0, 6, 3), Some("end: 3, before the start at 6"));
        check_evidence(piece(0, 0, 13), Some("end: 13, but field title is 12 bytes long"));
        check_evidence(
            piece(0, u32::MAX, u32::MAX),
            Some("end: 4294967295, but field title is 12 bytes long"),
        );
        check_evidence(piece(0, 1, 3), Some("start: 1 to 3 splits a character of field title"));
        check_evidence(piece(0, 0, 4), Some("start: 0 to 4 splits a character of field title"));
        check_evidence(
            piece(1, 3, 9),
            Some("start: 3 to 9 crosses items of field keywords, want one item"),
        );
        check_evidence(
            piece(3, 0, 1),
            Some("end: 1, but field trial_offered has no words, want 0"),
        );
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
