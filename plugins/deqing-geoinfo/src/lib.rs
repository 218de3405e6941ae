//! The niche pool of Deqing: geographic information.

use taihu_plugin::{
    Achievement, Context, Decision, NichePool, PoolDescription, category, found, niche_pool, text,
};

/// The pool.
#[derive(Debug)]
pub struct GeoInfo;

impl NichePool for GeoInfo {
    fn describe() -> PoolDescription {
        PoolDescription {
            label: text("德清地理信息成果池", "Deqing geographic-information pool"),
            categories: vec![category("remote_sensing", "", "遥感", "Remote sensing")],
            own_fields: vec![],
        }
    }

    fn classify_one(_: &Context, achievement: &Achievement) -> Decision {
        let id = &achievement.id;
        if achievement.title.contains("遥感") {
            let quote = [found("title", "遥感")];
            Decision::belongs(id, "remote_sensing")
                .because("标题提到“遥感”", "the title speaks of it", quote)
                .done()
        } else {
            Decision::out(id)
                .because("标题未提到“遥感”", "the title does not speak of it", [])
                .done()
        }
    }
}

niche_pool!(GeoInfo);
