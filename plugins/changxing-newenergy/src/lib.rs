//! The niche pool of Changxing (长兴新能源成果池): batteries, their materials and recycling, energy
//! storage, hydrogen and photovoltaics.
//!
//! [`words`] says what speaks for the pool and what only looks like it; `niche-words` weighs.

mod taxonomy;
mod words;

use niche_words::{Matcher, Settings, Weighed};
use taihu_plugin::{
    Achievement, Achievements, Context, Decision, Failure, NichePool, PoolDescription, niche_pool,
};

/// The pool.
#[derive(Debug)]
pub struct NewEnergy;

impl NichePool for NewEnergy {
    fn describe() -> PoolDescription {
        taxonomy::describe()
    }

    fn classify_one(context: &Context, achievement: &Achievement) -> Decision {
        match matcher(context) {
            Ok(matcher) => decide(&matcher, achievement),
            // The kernel calls `classify` below, which reports the failure itself.
            Err(_) => Decision::unsure(achievement, "other")
                .because("成果池配置有误，未判断", "the configuration is wrong; not judged", [])
                .done(),
        }
    }

    fn classify(context: &Context, achievements: &Achievements) -> Result<Vec<Decision>, Failure> {
        let matcher = matcher(context)?;
        Ok(achievements.iter().map(|one| decide(&matcher, &one)).collect())
    }
}

fn matcher(context: &Context) -> Result<Matcher, Failure> {
    Ok(Matcher::new(&words::RULES, Settings::read(context, &words::RULES)?))
}

fn decide(matcher: &Matcher, achievement: &Achievement) -> Decision {
    let weighed: Weighed<'_> = matcher.weigh(achievement);
    let category = weighed.strongest(taxonomy::CODES).unwrap_or("other");
    let mut decision = weighed.decide(achievement, category);
    let chemistry = weighed.all("chem:");
    if !chemistry.is_empty() {
        decision = decision.field("chemistry", chemistry);
    }
    if let Some(link) = weighed.strongest(taxonomy::LINKS) {
        decision = decision.field("chain_link", link.trim_start_matches("link:"));
    }
    decision.done()
}

niche_pool!(NewEnergy);

#[cfg(test)]
mod tests {
    use super::NewEnergy;
    use taihu_plugin::testing;

    #[test]
    fn cases() -> Result<(), testing::Differences> {
        testing::niche_pool::<NewEnergy>(env!("CARGO_MANIFEST_DIR"))
    }
}
