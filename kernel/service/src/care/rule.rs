//! The rule that takes a version on trial further, or sends it back: pure.

use taihu_model::{Difference, PluginKind, Text, Timestamp, Trial, TrialStage};

use crate::limits::{
    TRIAL_CALLS_MIN, TRIAL_CPU_TIMES_MAX, TRIAL_CPU_US_SPARE, TRIAL_FAILED_PERMILLE_MAX,
    TRIAL_FAILURES_MAX, TRIAL_JUDGED_CALLS_MIN, TRIAL_OVERLAP_PERMILLE_MIN, TRIAL_S_MIN,
};

/// What is to become of a version on trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It stays where it is.
    Stay,
    /// It goes one step further.
    Advance,
    /// It goes back, for this reason.
    Return(Text),
}

/// Judges a version by what was counted since it came to its stage.
///
/// One that fails or is slow goes back from a canary whoever put it there, and from a shadow if the
/// rule drives it; one that is merely different goes back only if the rule drives it, since a
/// person who promotes it has seen the difference.
pub(crate) fn judge(kind: PluginKind, trial: &Trial, seen: &Difference, now: Timestamp) -> Verdict {
    let in_canary = matches!(trial.stage, TrialStage::Canary { .. });
    if trial.stage == TrialStage::Waiting || (!in_canary && !trial.by_rule) {
        return Verdict::Stay;
    }
    if let Some(reason) = failing(seen).or_else(|| slow(seen)) {
        return Verdict::Return(reason);
    }
    if !trial.by_rule {
        return Verdict::Stay;
    }
    if let Some(reason) = different(seen) {
        return Verdict::Return(reason);
    }
    let seconds = now.as_second().saturating_sub(trial.since.as_second());
    let long_enough = seen.calls >= TRIAL_CALLS_MIN || (seconds >= TRIAL_S_MIN && seen.calls > 0);
    // A pool's rule goes nowhere before all that would enter or leave has been counted.
    let counted = kind != PluginKind::NichePool || seen.pool.is_some();
    if long_enough && counted { Verdict::Advance } else { Verdict::Stay }
}

fn failing(seen: &Difference) -> Option<Text> {
    let (failed, calls) = (seen.failed(), seen.calls);
    let share =
        calls >= TRIAL_JUDGED_CALLS_MIN && failed * 1000 > calls * TRIAL_FAILED_PERMILLE_MAX;
    (failed >= TRIAL_FAILURES_MAX || share).then(|| {
        let causes = seen.failures.keys().cloned().collect::<Vec<_>>().join(", ");
        Text::new(
            format!("试运行版本调用{calls}次，失败{failed}次（{causes}）"),
            format!("the version on trial failed {failed} of {calls} calls ({causes})"),
        )
    })
}

fn slow(seen: &Difference) -> Option<Text> {
    if seen.cpu_us.count() < TRIAL_JUDGED_CALLS_MIN
        || seen.cpu_us_before.count() < TRIAL_JUDGED_CALLS_MIN
    {
        return None;
    }
    let (after, before) = (seen.cpu_us.quantile_us(990), seen.cpu_us_before.quantile_us(990));
    (after > before * TRIAL_CPU_TIMES_MAX + TRIAL_CPU_US_SPARE).then(|| {
        Text::new(
            format!("试运行版本p99用时{after}微秒，现用版本为{before}微秒"),
            format!(
                "the version on trial takes {after} µs at p99, the one that serves {before} µs"
            ),
        )
    })
}

fn different(seen: &Difference) -> Option<Text> {
    let overlap = seen.rankings.overlap_permille();
    (seen.rankings.compared >= TRIAL_JUDGED_CALLS_MIN && overlap < TRIAL_OVERLAP_PERMILLE_MIN).then(
        || {
            Text::new(
                format!("前十名平均只有{}%相同", overlap / 10),
                format!("only {} % of the ten answers are the same on average", overlap / 10),
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use taihu_model::{Config, Digest};

    use super::*;

    fn seen(calls: u64) -> Difference {
        let at = Timestamp::UNIX_EPOCH;
        let mut seen = Difference::new("readiness".parse().unwrap(), Digest::default(), None, at);
        seen.calls = calls;
        seen.rankings.compared = calls;
        seen.rankings.overlap_permille_sum = calls * 900;
        for _ in 0..calls {
            seen.cpu_us.add(1_000);
            seen.cpu_us_before.add(1_000);
        }
        seen
    }

    /// `shadow`, `rule:shadow`, `canary`, `rule:canary`, after so many hours.
    #[track_caller]
    fn check(stage: &str, hours: u64, seen: &Difference, want: &str) {
        let (by_rule, name) = match stage.strip_prefix("rule:") {
            Some(name) => (true, name),
            None => (false, stage),
        };
        let stage = match name {
            "waiting" => TrialStage::Waiting,
            "shadow" => TrialStage::Shadow,
            _ => TrialStage::Canary { percent: 5 },
        };
        let since = Timestamp::UNIX_EPOCH;
        let trial = Trial {
            digest: Digest::default(),
            config: Config::new(),
            weight: 0,
            stage,
            since,
            by_rule,
        };
        let now = since.saturating_add(std::time::Duration::from_secs(hours * 3600)).unwrap();
        let found = judge(PluginKind::Scorer, &trial, seen, now);
        let found = match &found {
            Verdict::Stay => "stay",
            Verdict::Advance => "advance",
            Verdict::Return(reason) => &reason.en,
        };
        assert!(found.contains(want), "{name} by rule {by_rule}: {found}");
    }

    #[test]
    fn a_version_advances_by_rule_after_enough_calls_or_a_day() {
        check("rule:shadow", 0, &seen(199), "stay");
        check("rule:shadow", 0, &seen(200), "advance");
        check("rule:shadow", 23, &seen(3), "stay");
        check("rule:shadow", 24, &seen(3), "advance");
        check("rule:shadow", 24, &seen(0), "stay");
        check("rule:canary", 0, &seen(200), "advance");
        check("shadow", 48, &seen(500), "stay");
        check("canary", 48, &seen(500), "stay");
        check("rule:waiting", 48, &seen(500), "stay");
    }

    #[test]
    fn a_version_goes_back_when_it_fails_is_slow_or_by_rule_differs() {
        let with = |change: fn(&mut Difference)| {
            let mut seen = seen(100);
            change(&mut seen);
            seen
        };
        let failing = with(|seen| seen.failures = [("trap".to_owned(), 5)].into());
        check("canary", 0, &failing, "failed 5 of 100 calls (trap)");
        check("rule:shadow", 0, &failing, "failed 5 of 100 calls (trap)");
        check("shadow", 0, &failing, "stay");
        let few = with(|seen| seen.failures = [("trap".to_owned(), 4)].into());
        check("canary", 0, &few, "stay");
        let slow = with(|seen| (0..5).for_each(|_| seen.cpu_us.add(50_000)));
        check("canary", 0, &slow, "µs at p99");
        let other = with(|seen| seen.rankings.overlap_permille_sum = 100 * 200);
        check("canary", 0, &other, "stay");
        check("rule:canary", 0, &other, "only 20 % of the ten answers");
    }

    #[test]
    fn a_pool_goes_nowhere_before_its_moves_are_counted() {
        let mut seen = seen(500);
        let trial = Trial {
            digest: Digest::default(),
            config: Config::new(),
            weight: 0,
            stage: TrialStage::Shadow,
            since: Timestamp::UNIX_EPOCH,
            by_rule: true,
        };
        let judge =
            |seen: &Difference| judge(PluginKind::NichePool, &trial, seen, Timestamp::UNIX_EPOCH);
        assert_eq!(judge(&seen), Verdict::Stay);
        seen.pool = Some(taihu_model::PoolDifference::default());
        assert_eq!(judge(&seen), Verdict::Advance);
    }
}
