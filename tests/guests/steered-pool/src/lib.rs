//! A niche pool that takes in what its configuration says. For tests of the kernel.

use serde::Deserialize;
use taihu_plugin::*;

struct Steered;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    /// Whose title has this word belongs.
    word: String,
    /// An achievement whose title has this word makes it panic.
    panic_on: String,
}

impl NichePool for Steered {
    fn describe() -> PoolDescription {
        PoolDescription {
            label: text("试验成果池", "Steered pool"),
            categories: vec![category("all", "", "全部", "All")],
            own_fields: vec![],
        }
    }

    fn classify_one(context: &Context, achievement: &Achievement) -> Decision {
        let config: Config = context.config().unwrap_or_default();
        let has = |word: &str| !word.is_empty() && achievement.title.contains(word);
        assert!(!has(&config.panic_on), "it was told to");
        if !config.word.is_empty() && achievement.title.contains(&config.word) {
            Decision::belongs(achievement, "all")
                .because("标题提到该词", "the title has the word", [found("title", "")])
                .done()
        } else {
            Decision::out(achievement)
                .because("标题未提到该词", "the title has not the word", [])
                .done()
        }
    }
}

niche_pool!(Steered);
