//! A niche pool against a case and the contract.

use super::case::{ClassifyCase, Expected};
use crate::{Context, Decision, NichePool, PoolDescription, Verdict};

pub(super) fn check<T: NichePool>(context: &Context, case: &ClassifyCase) -> Vec<String> {
    let decisions = match T::classify(context, &case.achievements) {
        Ok(decisions) => decisions,
        Err(failure) => return vec![format!("no answer: {failure:?}")],
    };
    let ids: Vec<&str> = case.achievements.iter().map(|one| one.id.as_str()).collect();
    let got: Vec<&str> = decisions.iter().map(|decision| decision.id.as_str()).collect();
    if ids != got {
        return vec![format!("decisions are of {got:?}, want {ids:?}")];
    }
    let pool = T::describe();
    let mut lines: Vec<String> =
        decisions.iter().flat_map(|decision| contract(decision, &pool)).collect();
    for (candidate, decision) in case.achievements.iter().zip(&decisions) {
        let again = T::classify(context, std::slice::from_ref(candidate));
        if again.as_deref().ok() != Some(std::slice::from_ref(decision)) {
            lines.push(format!("{}: judged alone it is {again:?}", decision.id));
        }
    }
    for (id, expected) in &case.expect {
        match decisions.iter().find(|decision| decision.id == *id) {
            Some(decision) => lines.extend(expectation(decision, expected)),
            None => lines.push(format!("{id}: no such achievement")),
        }
    }
    lines
}

/// What the kernel checks of every decision.
fn contract(decision: &Decision, pool: &PoolDescription) -> Vec<String> {
    let mut lines = Vec::new();
    let id = &decision.id;
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

fn expectation(decision: &Decision, expected: &Expected) -> Vec<String> {
    let mut lines = Vec::new();
    let id = &decision.id;
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
