//! A scorer that does what its configuration says: good, bad, slow. For tests of the kernel.

use serde::Deserialize;
use taihu_plugin::*;

struct Steered;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    /// What everybody gets, 0–1000.
    value: u16,
    /// Whose title has this word gets 1000.
    favourite: String,
    /// A need whose title has this word makes it panic.
    panic_on: String,
    /// A need whose title has this word makes it loop for ever.
    spin_on: String,
    /// Rounds of idle work for each candidate: a round takes about a nanosecond.
    rounds: u64,
    /// Only needs whose title has this word cost them; every need if it is empty.
    heavy_on: String,
}

impl Scorer for Steered {
    fn factors() -> Vec<FactorDescription> {
        vec![factor("steered", "试验", "Trial")]
    }

    fn score_one(context: &Context, need: &Need, candidate: &Achievement) -> Score {
        let config: Config = context.config().unwrap_or_default();
        let has = |word: &str| !word.is_empty() && need.title.contains(word);
        assert!(!has(&config.panic_on), "it was told to");
        let works = config.heavy_on.is_empty() || has(&config.heavy_on);
        let mut left = match (has(&config.spin_on), works) {
            (true, _) => u64::MAX,
            (false, true) => config.rounds,
            (false, false) => 0,
        };
        while std::hint::black_box(left) > 0 {
            left -= 1;
        }
        let favourite = !config.favourite.is_empty() && candidate.title.contains(&config.favourite);
        let value = if favourite { 1000 } else { config.value };
        Score::build(candidate).factor("steered", 1000, value).because(found("title", "")).done()
    }
}

scorer!(Steered);
