//! The niche pool of Changxing: new energy.

use taihu_plugin::{
    Achievement, Context, Decision, NichePool, PoolDescription, category, found, niche_pool, text,
};

/// The pool.
#[derive(Debug)]
pub struct NewEnergy;

impl NichePool for NewEnergy {
    fn describe() -> PoolDescription {
        PoolDescription {
            label: text("长兴新能源成果池", "Changxing new-energy pool"),
            categories: vec![category("battery", "", "电池", "Batteries")],
            own_fields: vec![],
        }
    }

    fn classify_one(_: &Context, achievement: &Achievement) -> Decision {
        let id = &achievement.id;
        if achievement.title.contains("电池") {
            let quote = [found("title", "电池")];
            Decision::belongs(id, "battery")
                .because("标题提到“电池”", "the title speaks of it", quote)
                .done()
        } else {
            Decision::out(id)
                .because("标题未提到“电池”", "the title does not speak of it", [])
                .done()
        }
    }
}

niche_pool!(NewEnergy);
