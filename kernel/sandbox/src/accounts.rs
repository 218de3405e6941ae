//! What each tenant has used of the machine lately: who may start at full speed.
//!
//! Pure: the time is an argument, so the rules are a table of tests. An account fills at the
//! tenant's share of the cores and is drained by what its calls used, at whichever priority. Who has
//! overdrawn it starts its calls in the lane, behind itself. An account that is full again is
//! forgotten: the table is as long as tenants are active, and has a limit besides.

use std::collections::HashMap;
use std::time::Duration;

use crate::limits;

/// The accounts of all tenants that called lately.
#[derive(Debug)]
pub(crate) struct Accounts {
    cores: u32,
    accounts: HashMap<String, Account>,
    swept: Duration,
}

/// CPU time that a tenant may still use at full speed, in microseconds; below zero it is in debt.
#[derive(Debug, Clone, Copy)]
struct Account {
    left_us: i64,
    at: Duration,
}

const FULL_US: i64 = limits::ACCOUNT_FULL.as_micros() as i64;
const DEBT_US_MAX: i64 = limits::ACCOUNT_DEBT_MAX.as_micros() as i64;
const FAST_US: i64 = limits::FAST_CPU.as_micros() as i64;

impl Accounts {
    /// Opens the book for a machine of so many cores.
    pub(crate) fn new(cores: u32) -> Self {
        Self { cores: cores.max(1), accounts: HashMap::new(), swept: Duration::ZERO }
    }

    /// Asks whether a tenant may start a call at full speed, and sets aside what it may use there.
    /// Whoever gets leave must [`settle`](Self::settle).
    pub(crate) fn reserve(&mut self, tenant: &str, now: Duration) -> bool {
        self.sweep(now);
        let share = self.share_percent(tenant);
        let Some(account) = self.account(tenant, now, share) else { return false };
        let may = account.left_us >= FAST_US;
        if may {
            account.left_us -= FAST_US;
        }
        may
    }

    /// Says whether a tenant may start a call at full speed now.
    pub(crate) fn may_start(&mut self, tenant: &str, now: Duration) -> bool {
        let share = self.share_percent(tenant);
        match self.accounts.get_mut(tenant) {
            Some(account) => {
                account.fill(now, share);
                account.left_us >= FAST_US
            }
            None => self.accounts.len() < limits::ACCOUNTS_MAX,
        }
    }

    /// Gives back what was set aside, if it was, and takes what was used.
    pub(crate) fn settle(&mut self, tenant: &str, reserved: bool, used: Duration, now: Duration) {
        let share = self.share_percent(tenant);
        let Some(account) = self.account(tenant, now, share) else { return };
        let back = if reserved { FAST_US } else { 0 };
        let used = i64::try_from(used.as_micros()).unwrap_or(i64::MAX);
        account.left_us =
            account.left_us.saturating_add(back).saturating_sub(used).clamp(-DEBT_US_MAX, FULL_US);
    }

    /// A tenant's share of one core in percent: all cores, divided among those that are active, but
    /// never more than half of them, so that one who comes anew finds room.
    fn share_percent(&self, tenant: &str) -> i64 {
        let others = self.accounts.len() - usize::from(self.accounts.contains_key(tenant));
        let active = i64::try_from(others + 1).unwrap_or(i64::MAX);
        (i64::from(self.cores) * 100 / active.max(2)).max(1)
    }

    /// Finds an account as it stands now. None if there is no room for another.
    fn account(&mut self, tenant: &str, now: Duration, share: i64) -> Option<&mut Account> {
        if !self.accounts.contains_key(tenant) {
            if self.accounts.len() >= limits::ACCOUNTS_MAX {
                return None;
            }
            self.accounts.insert(tenant.to_owned(), Account { left_us: FULL_US, at: now });
        }
        let account = self.accounts.get_mut(tenant)?;
        account.fill(now, share);
        Some(account)
    }

    /// Forgets who is full, once in a while.
    fn sweep(&mut self, now: Duration) {
        if now.saturating_sub(self.swept) < limits::ACCOUNTS_SWEEP {
            return;
        }
        self.swept = now;
        let share = self.share_percent("");
        self.accounts.retain(|_, account| {
            account.fill(now, share);
            account.left_us < FULL_US
        });
    }
}

impl Account {
    fn fill(&mut self, now: Duration, share: i64) {
        let passed = i64::try_from(now.saturating_sub(self.at).as_micros()).unwrap_or(i64::MAX);
        let more = passed.saturating_mul(share) / 100;
        // What is less than a microsecond stays for the next time.
        if more > 0 {
            self.left_us = self.left_us.saturating_add(more).min(FULL_US);
            self.at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// One thing that happens: at a time, a tenant starts (and is it let?), or a call ends.
    enum Step {
        Start(u64, &'static str, bool),
        EndFast(u64, &'static str, u64),
        EndSlow(u64, &'static str, u64),
    }
    use Step::{EndFast, EndSlow, Start};

    #[track_caller]
    fn check(what: &str, cores: u32, steps: impl IntoIterator<Item = Step>) -> Accounts {
        let mut book = Accounts::new(cores);
        for (at, step) in steps.into_iter().enumerate() {
            match step {
                Start(now, tenant, may) => {
                    assert_eq!(book.reserve(tenant, ms(now)), may, "{what}, step {at}");
                }
                EndFast(now, tenant, used) => book.settle(tenant, true, ms(used), ms(now)),
                EndSlow(now, tenant, used) => book.settle(tenant, false, ms(used), ms(now)),
            }
        }
        book
    }

    #[test]
    fn a_tenant_in_debt_starts_slowly_until_its_share_has_paid() {
        check(
            "small calls are never slowed",
            2,
            (0..1_000).flat_map(|at| [Start(at, "a", true), EndFast(at + 1, "a", 1)]),
        );
        let at_once = limits::ACCOUNT_FULL.as_millis() as usize / 3;
        check(
            "so many at once and no more",
            2,
            (0..at_once).map(|_| Start(0, "a", true)).chain([
                Start(0, "a", false),
                EndFast(0, "a", 0),
                Start(0, "a", true),
            ]),
        );
        check(
            "a heavy call is paid for by the one core that is half of two",
            2,
            [
                Start(0, "a", true),
                EndFast(0, "a", 147),
                Start(90, "a", false),
                Start(101, "a", true),
            ],
        );
        check(
            "work in the lane counts",
            2,
            [EndSlow(0, "a", 70), Start(0, "a", false), Start(24, "a", true)],
        );
        check(
            "debt has a bottom",
            2,
            [EndSlow(0, "a", 1_000_000), Start(1_000, "a", false), Start(1_004, "a", true)],
        );
        check(
            "one in debt harms no other",
            2,
            [EndSlow(0, "a", 10_000), Start(0, "b", true), EndFast(0, "b", 2), Start(0, "b", true)],
        );
    }

    #[test]
    fn shares_are_equal_and_leave_room() {
        check(
            "four active on two cores have half a core each",
            2,
            [
                EndSlow(0, "a", 50),
                EndSlow(0, "b", 50),
                EndSlow(0, "c", 50),
                EndSlow(0, "d", 50),
                Start(5, "a", false),
                Start(6, "a", true),
                Start(6, "b", true),
            ],
        );
        check(
            "one alone on eight cores has four",
            8,
            [EndSlow(0, "a", 90), Start(9, "a", false), Start(11, "a", true)],
        );
        check(
            "one core is shared too",
            1,
            [EndSlow(0, "a", 50), Start(5, "a", false), Start(6, "a", true)],
        );
    }

    #[test]
    fn whoever_is_full_again_is_forgotten() {
        let mut book = check("two were active", 2, [EndSlow(0, "a", 60), EndSlow(0, "b", 5)]);
        assert!(book.reserve("c", ms(2_000)));
        assert_eq!(book.accounts.len(), 1);
        for tenant in 0..2 * limits::ACCOUNTS_MAX {
            book.settle(&tenant.to_string(), false, ms(1_000), ms(2_000));
        }
        assert_eq!(book.accounts.len(), limits::ACCOUNTS_MAX);
        assert!(!book.reserve("late", ms(2_000)), "who finds no account starts in the lane");
        assert!(book.reserve("late", ms(60_000_000)));
    }

    #[test]
    fn a_clock_that_stands_or_turns_back_gives_nothing() {
        check(
            "back",
            2,
            [EndSlow(5_000, "a", 1_000), Start(0, "a", false), Start(5_000, "a", false)],
        );
    }
}
