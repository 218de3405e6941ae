//! A niche pool against a case and the contract.

use serde_json::{Map, Value};

use super::case::{ClassifyCase, Expected};
use super::records::Records;
use crate::{Context, Decision, NichePool, PoolDescription, Verdict};

pub(super) fn check<T: NichePool>(
    context: &Context,
    reads: &[String],
    case: &ClassifyCase,
) -> Vec<String> {
    let classify = |achievements: &[Value]| -> Result<Vec<Decision>, String> {
        let records = Records::new(reads, &Value::Object(Map::new()), achievements)?;
        records.classify::<T>(context).map_err(|failure| format!("no answer: {failure:?}"))
    };
    let decisions = match classify(&case.achievements) {
        Ok(decisions) => decisions,
        Err(line) => return vec![line],
    };
    let rows: Vec<u32> = decisions.iter().map(|decision| decision.row).collect();
    let count = case.achievements.len();
    if rows.len() != count || rows.iter().zip(0..).any(|(row, at)| *row != at) {
        return vec![format!("decisions are of the rows {rows:?}, want one of each of {count}")];
    }
    let ids: Vec<&str> = case
        .achievements
        .iter()
        .map(|one| one.get("id").and_then(Value::as_str).unwrap_or_default())
        .collect();
    let pool = T::describe();
    let mut lines: Vec<String> =
        ids.iter().zip(&decisions).flat_map(|(id, it)| contract(id, it, &pool)).collect();
    for ((candidate, decision), id) in case.achievements.iter().zip(&decisions).zip(&ids) {
        let alone = Decision { row: 0, ..decision.clone() };
        let again = classify(std::slice::from_ref(candidate));
        if again.as_deref().ok() != Some(std::slice::from_ref(&alone)) {
            lines.push(format!("{id}: judged alone it is {again:?}"));
        }
    }
    for (id, expected) in &case.expect {
        match ids.iter().zip(&decisions).find(|(known, _)| *known == id) {
            Some((id, decision)) => lines.extend(expectation(id, decision, expected)),
            None => lines.push(format!("{id}: no such achievement")),
        }
    }
    lines
}

/// What the kernel checks of every decision.
fn contract(id: &str, decision: &Decision, pool: &PoolDescription) -> Vec<String> {
    let mut lines = Vec::new();
    let out = decision.verdict == Verdict::Out;
    if out != decision.category.is_empty() {
        lines.push(format!("{id}: has a category exactly unless it is out: {decision:?}"));
    }
    let known = pool.categories.iter().any(|category| category.code == decision.category);
    if !out && !known {
        lines.push(format!("{id}: category {:?} is not in the taxonomy", decision.category));
    }
    if decision.reasons.is_empty() || decision.reasons.len() > 16 {
        lines.push(format!("{id}: {} reasons, want 1–16", decision.reasons.len()));
    }
    if out && !decision.fields.is_empty() {
        lines.push(format!("{id}: has own fields although it is out"));
    }
    for field in &decision.fields {
        let declared = pool.own_fields.iter().find(|own| own.key == field.key);
        if declared.map(|own| own.kind.as_str()) != Some(kind(&field.value)) {
            lines.push(format!("{id}: own field {} is not declared so", field.key));
        }
    }
    lines
}

fn kind(value: &crate::AttributeValue) -> &'static str {
    match value {
        crate::AttributeValue::Text(_) => "text",
        crate::AttributeValue::Integer(_) => "integer",
        crate::AttributeValue::Boolean(_) => "boolean",
        crate::AttributeValue::Texts(_) => "texts",
    }
}

fn expectation(id: &str, decision: &Decision, expected: &Expected) -> Vec<String> {
    let mut lines = Vec::new();
    if decision.verdict != expected.verdict {
        let reasons: Vec<&str> =
            decision.reasons.iter().map(|reason| reason.text.zh.as_str()).collect();
        let (got, want) = (decision.verdict, expected.verdict);
        lines.push(format!("{id}: is {got:?} because of {reasons:?}, want {want:?}"));
    }
    if let Some(category) = &expected.category {
        if decision.category != *category {
            lines.push(format!("{id}: category {:?}, want {category:?}", decision.category));
        }
    }
    for (key, value) in &expected.fields {
        let got = decision.fields.iter().find(|field| field.key == *key).map(|field| &field.value);
        if got != Some(value) {
            lines.push(format!("{id}: own field {key} is {got:?}, want {value:?}"));
        }
    }
    lines
}
