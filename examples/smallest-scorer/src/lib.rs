//! The smallest scorer: a free trial before payment, or not.

use taihu_plugin::*;

struct TrialFirst;

impl Scorer for TrialFirst {
    fn factors() -> Vec<FactorDescription> {
        vec![factor("trial", "先用后转", "Trial before payment")]
    }

    fn score_one(_: &Context, _: &Need, candidate: &Achievement) -> Score {
        let value = if candidate.trial_offered { 1000 } else { 0 };
        Score::build(candidate)
            .factor("trial", 1000, value)
            .because(found("trial_offered", ""))
            .done()
    }
}

scorer!(TrialFirst);

#[test]
fn cases() -> Result<(), testing::Differences> {
    testing::scorer::<TrialFirst>(env!("CARGO_MANIFEST_DIR"))
}
