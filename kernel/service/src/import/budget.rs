//! What a run as a whole may take: time while it is driven, and bytes that its source sends.

use std::sync::Arc;

use taihu_model::{RunSpent, Text, Timestamp};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::limits::{RUN_BYTES_MAX, RUN_S_MAX};

/// The budget of a run, as far as it is used up. What passes while nobody drives it is not counted.
pub(super) struct Budget {
    clock: Arc<dyn Clock>,
    counted: Timestamp,
    spent: RunSpent,
}

impl Budget {
    pub(super) fn new(clock: Arc<dyn Clock>, spent: RunSpent) -> Self {
        Self { counted: clock.now(), clock, spent }
    }

    /// Counts the time since the last count, and bytes that came.
    ///
    /// # Errors
    /// [`Error::Upstream`] if it is used up: the run is interrupted, and what it stored stays.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<()> {
        let now = self.clock.now();
        // A clock that jumps back takes nothing away.
        let passed = now.as_millisecond() - self.counted.as_millisecond();
        self.counted = now;
        self.spent.ms += u64::try_from(passed).unwrap_or(0);
        self.spent.bytes += bytes as u64;
        let (what_zh, what) = if self.spent.ms > RUN_S_MAX * 1_000 {
            let hours = RUN_S_MAX / 3_600;
            (format!("已运行超过{hours}小时"), format!("it ran for more than {hours} hours"))
        } else if self.spent.bytes > RUN_BYTES_MAX {
            let gib = RUN_BYTES_MAX >> 30;
            (format!("已读取超过{gib} GiB"), format!("it read more than {gib} GiB"))
        } else {
            return Ok(());
        };
        Err(Error::Upstream(Text::new(
            format!("导入中断：{what_zh}仍未结束；已存的记录保留，请检查来源的翻页是否循环"),
            format!(
                "the run was interrupted: {what} without coming to an end; what it stored stays; see whether the source's pages go round in circles"
            ),
        )))
    }

    /// What the run has used up, to be kept with it.
    pub(super) const fn spent(&self) -> RunSpent {
        self.spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    /// Spends, each time after so many seconds so many bytes, and says after how many it is used up.
    #[track_caller]
    fn check(known: RunSpent, (seconds, bytes): (u64, usize), want: Option<usize>) {
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let mut budget = Budget::new(Arc::<ManualClock>::clone(&clock), known);
        let found = (1..=100).find(|_| {
            clock.advance_ms(i64::try_from(seconds).unwrap() * 1_000);
            budget.spend(bytes).is_err()
        });
        assert_eq!(found, want, "{known:?}, {seconds} s and {bytes} bytes each");
    }

    #[test]
    fn a_run_ends_when_its_time_or_its_bytes_are_used_up() {
        let none = RunSpent::default();
        check(none, (0, 0), None);
        check(none, (RUN_S_MAX / 100, 0), None);
        check(none, (RUN_S_MAX / 10, 0), Some(11));
        check(none, (0, (RUN_BYTES_MAX / 4) as usize), Some(5));
        check(RunSpent { ms: (RUN_S_MAX - 1) * 1_000, bytes: 0 }, (1, 0), Some(2));
        check(RunSpent { ms: 0, bytes: RUN_BYTES_MAX }, (0, 1), Some(1));
    }
}
