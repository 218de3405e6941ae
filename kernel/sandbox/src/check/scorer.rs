//! What scorers answer.

use taihu_model::contract::{AchievementView, Score, ScorerDescription};

use super::Letters::Line;
use super::{Budget, Check, Readable, code, count, evidence, people, same_order, string};
use crate::Fault;
use crate::limits;

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

pub(crate) fn scores(
    scores: &[Score],
    description: &ScorerDescription,
    readable: &Readable,
    asked: &[AchievementView<'_>],
) -> Check {
    same_order("scores", scores.iter().map(|score| score.id.as_str()), asked)?;
    let mut budget = Budget::of_batch(asked.len());
    for (at, it) in scores.iter().enumerate() {
        score(it, description, readable, &mut budget, &|| format!("scores[{at}]"))?;
    }
    Ok(())
}

fn score(
    score: &Score,
    description: &ScorerDescription,
    readable: &Readable,
    budget: &mut Budget,
    place: &dyn Fn() -> String,
) -> Check {
    budget.spend(score.id.len(), &|| format!("{}.id", place()))?;
    count(score.factors.len(), 1, limits::FACTORS_MAX, &|| format!("{}.factors", place()))?;
    let (mut weights, mut sum) = (0u32, 0u32);
    // At most 16 factors are described, so one bit for each says whether it has been named.
    let mut named = 0u32;
    for (at, factor) in score.factors.iter().enumerate() {
        let here = || format!("{}.factors[{at}]", place());
        string(&factor.key, limits::STRING_BYTES_MAX, Line, budget, &|| format!("{}.key", here()))?;
        let Some(which) = description.factors.iter().position(|it| it.key == factor.key) else {
            return Err(Fault::new(
                format!("{}.key", here()),
                format!("因素 {:?} 未在 describe 中声明", shown(&factor.key)),
                format!("factor {:?} is not among those that describe names", shown(&factor.key)),
            ));
        };
        if named & (1 << which) != 0 {
            return Err(Fault::new(
                format!("{}.key", here()),
                format!("因素 {:?} 在同一得分中重复", factor.key),
                format!("factor {:?} is there twice in one score", factor.key),
            ));
        }
        named |= 1 << which;
        per_mille(factor.weight, &|| format!("{}.weight", here()))?;
        per_mille(factor.value, &|| format!("{}.value", here()))?;
        weights += u32::from(factor.weight);
        sum += u32::from(factor.weight) * u32::from(factor.value);
        evidence(&factor.evidence, readable, budget, &here)?;
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

fn shown(text: &str) -> String {
    text.chars().take(80).collect()
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
    use taihu_model::contract::{Evidence, Factor, FactorDescription};
    use taihu_model::{FieldWish, Text};

    fn description() -> ScorerDescription {
        let factor = |key: &str| FactorDescription {
            key: key.to_owned(),
            label: Text::new("成熟度", "maturity"),
        };
        ScorerDescription { factors: vec![factor("maturity"), factor("trial")] }
    }

    fn good() -> Score {
        let evidence = |field: &str| Evidence {
            subject: "achievement".into(),
            field: field.into(),
            quote: "中试".into(),
        };
        let factor = |key: &str, weight, value, field: &str| Factor {
            key: key.into(),
            weight,
            value,
            evidence: vec![evidence(field)],
        };
        Score {
            id: "ach_1".into(),
            value: 633,
            factors: vec![factor("maturity", 700, 905, "stage"), factor("trial", 300, 0, "title")],
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Score), want: Option<&str>) {
        let mut score = good();
        change(&mut score);
        let asked = [AchievementView { id: "ach_1".into(), ..AchievementView::default() }];
        let wish = |field: &str| FieldWish { field: field.into(), reason: Text::new("用", "use") };
        let readable = Readable::of(&[wish("achievement.stage"), wish("achievement.title")]);
        let found = scores(&[score], &description(), &readable, &asked);
        assert_eq!(found.err().map(|fault| fault.to_string()).as_deref(), want);
    }

    #[test]
    fn a_score_is_believed_only_if_it_adds_up() {
        check(|_| {}, None);
        check(|it| it.value = 634, Some("scores[0].value: 634, but its factors add up to 633"));
        check(|it| it.value = 1001, Some("scores[0].value: 1001, want 0 to 1000"));
        check(
            |it| it.id = "ach_2".into(),
            Some(
                "scores[0].id: \"ach_2\", want \"ach_1\": ids come back in the order they went in",
            ),
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
            |it| it.factors[1].key = "maturity".into(),
            Some("scores[0].factors[1].key: factor \"maturity\" is there twice in one score"),
        );
        check(
            |it| it.factors[1].key = "luck".into(),
            Some(
                "scores[0].factors[1].key: factor \"luck\" is not among those that describe names",
            ),
        );
        check(|it| it.factors.clear(), Some("scores[0].factors: 0 of them, want 1 to 16"));
    }

    #[test]
    fn evidence_names_a_declared_field() {
        check(
            |it| it.factors[0].evidence[0].field = "contact".into(),
            Some(
                "scores[0].factors[0].evidence[0].field: \"contact\" is no field of the achievement \
                 that the manifest declares under reads",
            ),
        );
        check(
            |it| it.factors[0].evidence[0].subject = "org".into(),
            Some("scores[0].factors[0].evidence[0].subject: \"org\", want achievement or need"),
        );
        check(
            |it| it.factors[0].evidence[0].quote = "湖".repeat(201),
            Some("scores[0].factors[0].evidence[0].quote: 201 characters long, want at most 200"),
        );
        check(
            |it| it.factors[0].evidence[0].quote = "a\u{9b}b".into(),
            Some(
                "scores[0].factors[0].evidence[0].quote: has the control character U+009B, want none",
            ),
        );
        check(
            |it| it.factors[0].evidence = vec![it.factors[0].evidence[0].clone(); 9],
            Some("scores[0].factors[0].evidence: 9 of them, want 0 to 8"),
        );
    }
}
