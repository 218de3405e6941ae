//! How ready an achievement is to be taken up.
//!
//! What a record does not say counts as unknown, not as bad: real pools are full of gaps.

use taihu_plugin::*;

/// The scorer.
pub struct Readiness;

/// Shares of the score in per mille.
const MATURITY: u16 = 450;
const MODES: u16 = 200;
const TRIAL: u16 = 100;
const RIGHTS: u16 = 150;
const COMPLETENESS: u16 = 100;

/// Value of what is not said: a little under the middle.
const UNKNOWN: u16 = 400;

impl Scorer for Readiness {
    fn factors() -> Vec<FactorDescription> {
        vec![
            factor("maturity", "成熟度", "Maturity"),
            factor("modes", "转化方式", "Transfer modes"),
            factor("trial", "先用后转", "Trial before payment"),
            factor("rights", "知识产权", "Intellectual property"),
            factor("completeness", "信息完整度", "Completeness"),
        ]
    }

    fn score_one(_: &Context, need: &Need, candidate: &Achievement) -> Score {
        let (maturity, why_maturity) = maturity(candidate);
        let (modes, why_modes) = modes(need, candidate);
        let trial = if candidate.trial_offered { 1000 } else { 0 };
        let (rights, why_rights) = rights(candidate);
        let (complete, why_complete) = completeness(candidate);
        Score::build(&candidate.id)
            .factor("maturity", MATURITY, maturity)
            .because_all(why_maturity)
            .factor("modes", MODES, modes)
            .because_all(why_modes)
            .factor("trial", TRIAL, trial)
            .because_all(candidate.trial_offered.then(|| found("trial_offered", "是")))
            .factor("rights", RIGHTS, rights)
            .because_all(why_rights)
            .factor("completeness", COMPLETENESS, complete)
            .because_all(why_complete)
            .done()
    }
}

/// Readiness level if there is one, else the stage. A level that was derived from the stage counts
/// six tenths; one with evidence 100 more.
fn maturity(candidate: &Achievement) -> (u16, Option<Evidence>) {
    if let Some(trl) = &candidate.trl {
        let level = u16::from(trl.level.clamp(1, 9));
        let stated = (level - 1) * 900 / 8;
        let quote = format!("TRL {level}{}", if trl.estimated { "（按阶段估算）" } else { "" });
        if trl.estimated {
            return (stated * 6 / 10, Some(found("trl", &quote)));
        }
        if trl.evidence.is_empty() {
            return (stated, Some(found("trl", &quote)));
        }
        let quote = format!("{quote}，{}", cut(&trl.evidence, 60));
        return (stated + 100, Some(found("trl", &quote)));
    }
    let (value, zh) = match candidate.stage.as_str() {
        "mature" => (700, "成熟应用"),
        "pilot" => (500, "中期"),
        "early" => (200, "初期"),
        _ => return (UNKNOWN / 2, None),
    };
    (value, Some(found("stage", zh)))
}

/// The mode that the need wants is offered, or another, or none is said.
fn modes(need: &Need, candidate: &Achievement) -> (u16, Vec<Evidence>) {
    let offered = &candidate.transfer_modes;
    if offered.is_empty() {
        return (UNKNOWN, Vec::new());
    }
    let quote = offered.iter().map(|mode| mode_zh(mode)).collect::<Vec<_>>().join("、");
    let wanted = need.cooperation_mode.as_str();
    if wanted.is_empty() {
        return (700, vec![found("transfer_modes", &quote)]);
    }
    let evidence =
        vec![found("transfer_modes", &quote), asked("cooperation_mode", mode_zh(wanted))];
    let value = if offered.iter().any(|mode| mode == wanted) { 1000 } else { 300 };
    (value, evidence)
}

fn mode_zh(code: &str) -> &str {
    match code {
        "assign" => "转让",
        "license" => "许可",
        "cooperate" => "合作实施",
        "invest" => "作价投资",
        "self" => "自行实施",
        "trial_first" => "先用后转",
        "service" => "技术服务",
        "other" => "其他",
        unknown => unknown,
    }
}

/// The best legal status of its rights.
fn rights(candidate: &Achievement) -> (u16, Option<Evidence>) {
    let statuses = candidate.attributes.iter().find(|attribute| attribute.key == "ip_statuses");
    let Some(AttributeValue::Texts(statuses)) = statuses.map(|attribute| &attribute.value) else {
        return (UNKNOWN / 2, None);
    };
    let has = |status: &str| statuses.iter().any(|one| one == status);
    let (value, zh) = if has("granted") {
        (1000, "已授权")
    } else if has("filed") {
        (600, "申请中")
    } else if has("lapsed") && statuses.iter().all(|one| one == "lapsed") {
        (100, "已失效")
    } else {
        (500, "状态未知")
    };
    (value, Some(found("ip_statuses", zh)))
}

fn completeness(candidate: &Achievement) -> (u16, Option<Evidence>) {
    let value =
        candidate.attributes.iter().find(|attribute| attribute.key == "completeness_permille");
    match value.map(|attribute| &attribute.value) {
        Some(AttributeValue::Integer(permille)) => {
            let permille = u16::try_from((*permille).clamp(0, 1000)).unwrap_or(0);
            (permille, Some(found("completeness_permille", &format!("{}%", permille / 10))))
        }
        _ => (UNKNOWN, None),
    }
}

scorer!(Readiness);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() -> Result<(), testing::Differences> {
        testing::scorer::<Readiness>(env!("CARGO_MANIFEST_DIR"))
    }
}
