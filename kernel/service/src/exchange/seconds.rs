//! Seconds: which one a change is stamped with, and which one an answer is dated with.
//!
//! An answer dated `R` lists what is stamped before `R`. Whatever is stamped afterwards is stamped
//! `R` or later, and while a commit is on its way no answer is dated after its stamp. So what one
//! answer does not list is listed by one that asks from `R` on, and by no other.

/// The seconds of one kernel.
#[derive(Debug, Default)]
pub(super) struct Seconds {
    /// The latest stamp.
    stamped: i64,
    /// The latest date of an answer.
    answered: i64,
    /// The stamp of the commit that is on its way.
    on_its_way: Option<i64>,
}

impl Seconds {
    /// Takes note of a stamp that was given before this process began.
    pub(super) fn know(&mut self, stamped: i64) {
        self.stamped = self.stamped.max(stamped);
    }

    /// The stamp of a commit that is now on its way.
    pub(super) fn stamp(&mut self, now: i64) -> i64 {
        self.stamped = now.max(self.stamped).max(self.answered);
        self.on_its_way = Some(self.stamped);
        self.stamped
    }

    /// The commit is in the store, or never will be.
    pub(super) fn landed(&mut self) {
        self.on_its_way = None;
    }

    /// The date of an answer whose view of the store is taken afterwards.
    pub(super) fn answered(&mut self, now: i64) -> i64 {
        // A clock that was set back would hide what was stamped by the old one until it catches up.
        let behind = if now < self.stamped { self.stamped + 1 } else { now };
        let date = behind.max(self.answered);
        self.answered = self.on_its_way.map_or(date, |stamp| date.min(stamp));
        self.answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_stamped_before_an_answer_that_was_given() {
        let mut seconds = Seconds::default();
        assert_eq!(seconds.answered(100), 100);
        assert_eq!(seconds.stamp(100), 100, "after that answer's list, and in the next one's");
        assert_eq!(seconds.answered(105), 100, "what is on its way may not be visible yet");
        seconds.landed();
        assert_eq!(seconds.answered(105), 105);
        assert_eq!(seconds.stamp(104), 105, "a clock that goes back stamps nothing into the past");
        seconds.landed();
        assert_eq!(seconds.answered(40), 106, "and hides nothing until it has caught up");
        assert_eq!(seconds.stamp(41), 106);
        seconds.landed();
        assert_eq!(seconds.answered(42), 107);
        seconds.know(2_000);
        assert_eq!(seconds.stamp(1_000), 2_000);
    }

    /// Any interleaving of a writer and a harvester: every change is listed exactly once.
    #[test]
    fn every_change_is_in_exactly_one_answer() {
        for seed in 0..200_u64 {
            let mut seconds = Seconds::default();
            let (mut now, mut from, mut state) =
                (1_000_i64, 0_i64, seed.wrapping_mul(0x9e37_79b9) + 1);
            let mut next = |below: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state % below
            };
            let (mut store, mut coming, mut seen) = (Vec::new(), None, Vec::new());
            for step in 0..300 {
                match next(6) {
                    0 => now += i64::try_from(next(3)).unwrap(),
                    1 if next(10) == 0 => now -= 50,
                    2 if coming.is_none() => coming = Some((seconds.stamp(now), step)),
                    3 => {
                        if let Some(landed) = coming.take() {
                            store.push(landed);
                            seconds.landed();
                        }
                    }
                    _ => {
                        let date = seconds.answered(now);
                        seen.extend(
                            store
                                .iter()
                                .filter(|(at, _)| (from..date).contains(at))
                                .map(|(_, what)| *what),
                        );
                        from = date;
                    }
                }
            }
            if let Some(landed) = coming.take() {
                store.push(landed);
                seconds.landed();
            }
            let date = seconds.answered(now + 10_000);
            seen.extend(
                store.iter().filter(|(at, _)| (from..date).contains(at)).map(|(_, what)| *what),
            );
            let mut written: Vec<_> = store.iter().map(|(_, what)| *what).collect();
            written.sort_unstable();
            seen.sort_unstable();
            assert_eq!(seen, written, "seed {seed}");
        }
    }
}
