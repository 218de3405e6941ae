//! The smallest niche pool: what speaks of bamboo in its title.

use taihu_plugin::*;

struct Bamboo;

impl NichePool for Bamboo {
    fn describe() -> PoolDescription {
        PoolDescription {
            label: text("竹产业成果池", "Bamboo pool"),
            categories: vec![category("bamboo", "", "竹产业", "Bamboo")],
            own_fields: vec![],
        }
    }

    fn classify_one(_: &Context, achievement: &Achievement) -> Decision {
        if achievement.title.contains('竹') {
            Decision::belongs(achievement, "bamboo")
                .because("标题提到“竹”", "the title speaks of bamboo", [found("title", "竹")])
                .done()
        } else {
            Decision::out(achievement)
                .because("标题未提到“竹”", "the title does not speak of bamboo", [])
                .done()
        }
    }
}

niche_pool!(Bamboo);

#[test]
fn cases() -> Result<(), testing::Differences> {
    testing::niche_pool::<Bamboo>(env!("CARGO_MANIFEST_DIR"))
}
