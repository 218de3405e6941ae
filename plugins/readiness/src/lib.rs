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
        Score::build(candidate)
            .factor("maturity", MATURITY, maturity)
            .because_all(why_maturity.into_iter().flatten())
            .factor("modes", MODES, modes)
            .because_all(why_modes.into_iter().flatten())
            .factor("trial", TRIAL, trial)
            .because_all(candidate.trial_offered.then(|| found("trial_offered", "")))
            .factor("rights", RIGHTS, rights)
            .because_all(why_rights)
            .factor("completeness", COMPLETENESS, complete)
            .because_all(why_complete)
            .done()
    }
}

/// Readiness level if there is one, else the stage. A level that was derived from the stage counts
/// six tenths; one with evidence 100 more.
fn maturity<'a>(candidate: &Achievement<'a>) -> (u16, [Option<Evidence<'a>>; 2]) {
    let level = found("trl", "");
    if let Some(trl) = &candidate.trl {
        let stated = (u16::from(trl.level.clamp(1, 9)) - 1) * 900 / 8;
        return match (trl.estimated, trl.evidence) {
            (true, _) => (stated * 6 / 10, [Some(level), None]),
            (false, "") => (stated, [Some(level), None]),
            (false, shows) => (stated + 100, [Some(level), Some(found("trl_evidence", shows))]),
        };
    }
    let value = match candidate.stage {
        "mature" => 700,
        "pilot" => 500,
        "early" => 200,
        _ => return (UNKNOWN / 2, [None, None]),
    };
    (value, [Some(found("stage", "")), None])
}

/// The mode that the need wants is offered, or another, or none is said.
fn modes(need: &Need, candidate: &Achievement) -> (u16, [Option<Evidence<'static>>; 2]) {
    let offered = candidate.transfer_modes;
    let (has, wants) = (found("transfer_modes", ""), asked("cooperation_mode", ""));
    match need.cooperation_mode {
        _ if offered.is_empty() => (UNKNOWN, [None, None]),
        "" => (700, [Some(has), None]),
        wanted if offered.contains(wanted) => (1000, [Some(has), Some(wants)]),
        _ => (300, [Some(has), Some(wants)]),
    }
}

/// The best legal status of its rights.
fn rights(candidate: &Achievement) -> (u16, Option<Evidence<'static>>) {
    let statuses = candidate.texts("ip_statuses");
    if statuses.is_empty() {
        return (UNKNOWN / 2, None);
    }
    let value = if statuses.contains("granted") {
        1000
    } else if statuses.contains("filed") {
        600
    } else if statuses.iter().all(|one| one == "lapsed") {
        100
    } else {
        500
    };
    (value, Some(found("ip_statuses", "")))
}

fn completeness(candidate: &Achievement) -> (u16, Option<Evidence<'static>>) {
    match candidate.integer("completeness_permille") {
        Some(permille) => {
            let permille = u16::try_from(permille.clamp(0, 1000)).unwrap_or(0);
            (permille, Some(found("completeness_permille", "")))
        }
        None => (UNKNOWN, None),
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
