//! What niche pools answer.

use taihu_model::contract::{Attribute, AttributeValue, Decision, PoolDescription, Verdict};

use super::Letters::{Line, Lines};
use super::{Budget, Check, code, count, evidence, people, same_order, string};
use crate::bindings::exports::taihu::plugin::classifying as c;
use crate::evidence::Subject;
use crate::limits;
use crate::table::Table;
use crate::{Fault, lift};

pub(crate) fn pool_description(it: &PoolDescription) -> Check {
    let mut budget = Budget::of_batch(0);
    people(&it.label, limits::REASON_CHARS_MAX, &mut budget, &|| "label".to_owned())?;
    count(it.categories.len(), 1, limits::CATEGORIES_MAX, &|| "categories".to_owned())?;
    for (at, category) in it.categories.iter().enumerate() {
        let place = |part: &str| format!("categories[{at}].{part}");
        code(&category.code, &|| place("code"))?;
        people(&category.label, limits::REASON_CHARS_MAX, &mut budget, &|| place("label"))?;
        let before = &it.categories[..at];
        if before.iter().any(|other| other.code == category.code) {
            return Err(twice(place("code"), &category.code));
        }
        if !category.parent.is_empty() && !before.iter().any(|up| up.code == category.parent) {
            let shown: String = category.parent.chars().take(80).collect();
            return Err(Fault::new(
                place("parent"),
                format!("上级 {shown:?} 不在它之前"),
                format!("parent {shown:?} does not come before it"),
            ));
        }
    }
    count(it.own_fields.len(), 0, limits::OWN_FIELDS_MAX, &|| "own-fields".to_owned())?;
    for (at, field) in it.own_fields.iter().enumerate() {
        let place = |part: &str| format!("own-fields[{at}].{part}");
        code(&field.key, &|| place("key"))?;
        people(&field.label, limits::REASON_CHARS_MAX, &mut budget, &|| place("label"))?;
        if !["text", "integer", "boolean", "texts"].contains(&field.kind.as_str()) {
            return Err(Fault::new(
                place("kind"),
                "应为 text、integer、boolean 或 texts",
                "want text, integer, boolean or texts",
            ));
        }
        if it.own_fields[..at].iter().any(|other| other.key == field.key) {
            return Err(twice(place("key"), &field.key));
        }
    }
    Ok(())
}

fn twice(place: String, key: &str) -> Fault {
    Fault::new(place, format!("{key:?} 重复"), format!("{key:?} is there twice"))
}

/// Believes the decisions on a batch, or says what is wrong with the first that is.
pub(crate) fn decisions(
    answer: Vec<c::Decision>,
    description: &PoolDescription,
    achievements: &Table,
) -> Result<Vec<Decision>, Fault> {
    same_order("decisions", answer.iter().map(|it| it.row), achievements.rows())?;
    let mut budget = Budget::of_batch(answer.len());
    let mut decisions = Vec::with_capacity(answer.len());
    for (row, it) in answer.into_iter().enumerate() {
        let place = || format!("decisions[{row}]");
        count(it.reasons.len(), 1, limits::REASONS_MAX, &|| format!("{}.reasons", place()))?;
        let subject = Subject { achievements, row, need: None };
        let mut quoted = Vec::with_capacity(it.reasons.len());
        for (at, reason) in it.reasons.iter().enumerate() {
            evidence(reason.evidence.iter().copied(), subject, &|| {
                format!("{}.reasons[{at}]", place())
            })?;
            quoted.push(reason.evidence.iter().filter_map(|it| subject.quote(*it)).collect());
        }
        let id = achievements.ids.at(row).to_owned();
        let it = lift::decision(it, id, quoted);
        decision(&it, description, &mut budget, &place)?;
        decisions.push(it);
    }
    Ok(decisions)
}

fn decision(
    it: &Decision,
    description: &PoolDescription,
    budget: &mut Budget,
    place: &dyn Fn() -> String,
) -> Check {
    let is_out = it.verdict == Verdict::Out;
    let category = || format!("{}.category", place());
    string(&it.category, limits::STRING_BYTES_MAX, Line, budget, &category)?;
    if is_out && !it.category.is_empty() {
        return Err(Fault::new(
            category(),
            "结论为 out 时分类应为空",
            "the verdict is out, want no category",
        ));
    }
    if !is_out && !description.categories.iter().any(|known| known.code == it.category) {
        let shown: String = it.category.chars().take(80).collect();
        return Err(Fault::new(
            category(),
            format!("分类 {shown:?} 未在 describe 中声明"),
            format!("category {shown:?} is not among those that describe names"),
        ));
    }
    for (at, reason) in it.reasons.iter().enumerate() {
        let here = || format!("{}.reasons[{at}].text", place());
        people(&reason.text, limits::REASON_CHARS_MAX, budget, &here)?;
    }
    let fields_max = if is_out { 0 } else { limits::OWN_FIELDS_MAX };
    count(it.fields.len(), 0, fields_max, &|| format!("{}.fields", place()))?;
    for (at, field) in it.fields.iter().enumerate() {
        let here = || format!("{}.fields[{at}]", place());
        if it.fields[..at].iter().any(|other| other.key == field.key) {
            return Err(twice(format!("{}.key", here()), &field.key));
        }
        own_field(field, description, budget, &here)?;
    }
    Ok(())
}

fn own_field(
    field: &Attribute<'_>,
    description: &PoolDescription,
    budget: &mut Budget,
    place: &dyn Fn() -> String,
) -> Check {
    string(&field.key, limits::STRING_BYTES_MAX, Line, budget, &|| format!("{}.key", place()))?;
    let Some(declared) = description.own_fields.iter().find(|it| it.key == field.key) else {
        let shown: String = field.key.chars().take(80).collect();
        return Err(Fault::new(
            format!("{}.key", place()),
            format!("字段 {shown:?} 未在 describe 中声明"),
            format!("field {shown:?} is not among those that describe names"),
        ));
    };
    let value = || format!("{}.value", place());
    let kind = match &field.value {
        AttributeValue::Text(text) => {
            string(text, limits::STRING_BYTES_MAX, Lines, budget, &value)?;
            "text"
        }
        AttributeValue::Integer(_) => "integer",
        AttributeValue::Boolean(_) => "boolean",
        AttributeValue::Texts(texts) => {
            count(texts.len(), 0, limits::TEXTS_MAX, &value)?;
            for text in texts {
                string(text, limits::STRING_BYTES_MAX, Lines, budget, &value)?;
            }
            "texts"
        }
    };
    if kind != declared.kind {
        return Err(Fault::new(
            value(),
            format!("是 {kind}，声明为 {}", declared.kind),
            format!("{kind}, but {} was declared", declared.kind),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use taihu_model::Text;
    use taihu_model::contract::{AchievementView, Category, OwnField};
    use taihu_model::{FieldWish, Sight};

    use crate::bindings::taihu::plugin::types as t;
    use crate::table::Shown;

    fn description() -> PoolDescription {
        let category = |code: &str, parent: &str| Category {
            code: code.into(),
            label: Text::new("电池", "battery"),
            parent: parent.into(),
        };
        PoolDescription {
            label: Text::new("长兴新能源成果池", ""),
            categories: vec![category("battery", ""), category("recycling", "battery")],
            own_fields: vec![OwnField {
                key: "voltage_mv".into(),
                label: Text::new("电压", "voltage"),
                kind: "integer".into(),
                facet: true,
            }],
        }
    }

    fn good() -> c::Decision {
        c::Decision {
            row: 0,
            verdict: c::Verdict::In,
            category: "recycling".into(),
            reasons: vec![c::Reason {
                text: t::Text { zh: "标题提到铅蓄电池".into(), en: String::new() },
                evidence: vec![t::Evidence { column: 0, start: 0, end: 6 }],
            }],
            fields: vec![t::AttributeResult {
                key: "voltage_mv".into(),
                value: t::AttributeValueResult::Integer(2_000),
            }],
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut c::Decision), want: Option<&str>) {
        let mut decision = good();
        change(&mut decision);
        let wish = FieldWish { field: "achievement.title".into(), reason: Text::new("用", "use") };
        let view = AchievementView { title: "铅蓄电池".into(), ..AchievementView::default() };
        let asked = Shown::of(&Sight::of(&[wish])).achievements(&[view]);
        let found = decisions(vec![decision], &description(), &asked);
        let quoted = found.as_ref().map(|list| list[0].reasons[0].evidence[0].quote.clone());
        assert!(quoted.is_err() || quoted.unwrap() == "铅蓄");
        assert_eq!(found.err().map(|fault| fault.to_string()).as_deref(), want);
    }

    #[test]
    fn a_decision_keeps_to_what_the_pool_described() {
        check(|_| {}, None);
        check(
            |it| it.category = "solar".into(),
            Some(
                "decisions[0].category: category \"solar\" is not among those that describe names",
            ),
        );
        check(
            |it| it.verdict = c::Verdict::Out,
            Some("decisions[0].category: the verdict is out, want no category"),
        );
        check(
            |it| {
                it.verdict = c::Verdict::Out;
                it.category.clear();
            },
            Some("decisions[0].fields: 1 of them, want 0 to 0"),
        );
        check(
            |it| it.row = 1,
            Some("decisions[0].row: 1, want 0: one for each record, in the order they came in"),
        );
        check(
            |it| it.reasons[0].evidence[0].end = 5,
            Some(
                "decisions[0].reasons[0].evidence[0].start: 0 to 5 splits a character of field title",
            ),
        );
        check(|it| it.reasons.clear(), Some("decisions[0].reasons: 0 of them, want 1 to 16"));
        check(
            |it| it.reasons[0].text.zh.clear(),
            Some("decisions[0].reasons[0].text.zh: the Chinese text is empty, want some"),
        );
        check(
            |it| it.fields[0].value = t::AttributeValueResult::Text("2 V".into()),
            Some("decisions[0].fields[0].value: text, but integer was declared"),
        );
        check(
            |it| it.fields[0].key = "width_mm".into(),
            Some(
                "decisions[0].fields[0].key: field \"width_mm\" is not among those that describe names",
            ),
        );
    }

    #[track_caller]
    fn check_description(change: impl FnOnce(&mut PoolDescription), want: Option<&str>) {
        let mut it = description();
        change(&mut it);
        assert_eq!(pool_description(&it).err().map(|fault| fault.to_string()).as_deref(), want);
    }

    #[test]
    fn a_taxonomy_has_parents_before_children() {
        check_description(|_| {}, None);
        check_description(
            |it| it.categories.swap(0, 1),
            Some("categories[0].parent: parent \"battery\" does not come before it"),
        );
        check_description(
            |it| it.categories[1].code = "battery".into(),
            Some("categories[1].code: \"battery\" is there twice"),
        );
        check_description(
            |it| it.own_fields[0].kind = "float".into(),
            Some("own-fields[0].kind: want text, integer, boolean or texts"),
        );
    }
}
