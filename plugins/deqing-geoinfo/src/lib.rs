//! The niche pool of Deqing (德清地理信息成果池): remote sensing, satellite positioning, surveying, GIS,
//! maps for driving and low-altitude flight.
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
pub struct GeoInfo;

impl NichePool for GeoInfo {
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
    for key in ["data_source", "application"] {
        let values = weighed.all(&format!("{key}:"));
        if !values.is_empty() {
            decision = decision.field(key, values);
        }
    }
    decision.done()
}

niche_pool!(GeoInfo);

#[cfg(test)]
mod tests {
    use super::GeoInfo;
    use taihu_plugin::testing;

    #[test]
    fn cases() -> Result<(), testing::Differences> {
        testing::niche_pool::<GeoInfo>(env!("CARGO_MANIFEST_DIR"))
    }
}
