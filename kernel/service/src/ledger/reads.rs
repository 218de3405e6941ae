//! Reading ledgers: balances and statements, now and after any entry.

use serde::{Deserialize, Serialize};
use taihu_model::{Account, AccountSlug, Fen, Ledger, LedgerEntry, LedgerSlug, Line, TenantSlug};

use super::Booked;
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Kernel, View};
use crate::keys;
use crate::limits::{LEDGER_ACCOUNTS_MAX, LEDGERS_MAX, PAGE_MAX};

/// A line as it stands under its account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Placed {
    pub(super) number: u64,
    pub(super) amount_fen: Fen,
    pub(super) after_fen: Fen,
}

impl Placed {
    pub(super) const fn of(number: u64, line: &Line) -> Self {
        Self { number, amount_fen: line.amount_fen, after_fen: line.after_fen }
    }
}

/// A page of a ledger's entries.
#[derive(Debug, Clone)]
pub struct Entries {
    /// The oldest first.
    pub entries: Vec<Booked>,
    /// The number of the last, if there may be more.
    pub next: Option<u64>,
}

/// A ledger's accounts after an entry.
#[derive(Debug, Clone)]
pub struct LedgerBalance {
    /// The ledger, as it is now.
    pub ledger: Ledger,
    /// After which entry; 0 for before the first.
    pub at: u64,
    /// Every account, with its balance then.
    pub accounts: Vec<Account>,
    /// What they sum to: 0, or the ledger is damaged.
    pub sum_fen: i128,
}

/// An account's lines.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The account, with its balance after that entry.
    pub account: Account,
    /// After which entry.
    pub at: u64,
    /// The newest first.
    pub lines: Vec<StatementLine>,
    /// The number of the last, if there may be more: ask for what is at most one less.
    pub next: Option<u64>,
}

/// One line of a statement.
#[derive(Debug, Clone)]
pub struct StatementLine {
    /// 分: above zero came in, below zero left.
    pub amount_fen: Fen,
    /// What was on the account then.
    pub after_fen: Fen,
    /// The whole entry.
    pub booked: Booked,
}

impl Kernel {
    /// The ledgers of a tenant, by their slugs.
    ///
    /// # Errors
    /// [`Error::Denied`] for who may not see them.
    pub fn ledgers(&self, caller: &Caller, tenant: &TenantSlug) -> Result<Vec<Ledger>> {
        caller.may(Action::ReadLedgers, tenant)?;
        let found = self.snapshot()?.list(tenant, keys::LEDGER, None, LEDGERS_MAX)?;
        Ok(found.into_iter().map(|(_, ledger)| ledger).collect())
    }

    /// The balances of a ledger: now, or as they were after an entry.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such ledger, [`Error::Invalid`] for an entry that is still to
    /// come.
    pub fn ledger_balance(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        at: Option<u64>,
    ) -> Result<LedgerBalance> {
        caller.may(Action::ReadLedgers, tenant)?;
        let view = self.snapshot()?;
        let ledger = of(&view, tenant, ledger)?;
        let at = reached(&ledger, at)?;
        let prefix = format!("ledger-account/{}/", ledger.slug);
        let most = usize::try_from(LEDGER_ACCOUNTS_MAX).unwrap_or(usize::MAX);
        let found = view.list::<Account>(tenant, &prefix, None, most)?;
        let mut accounts = Vec::with_capacity(found.len());
        for (_, mut account) in found {
            if at < ledger.entries {
                account.balance_fen = then(&view, tenant, &ledger, &account.slug, at)?;
            }
            accounts.push(account);
        }
        let sum_fen = accounts.iter().map(|account| i128::from(account.balance_fen)).sum();
        Ok(LedgerBalance { ledger, at, accounts, sum_fen })
    }

    /// The lines of an account up to an entry, the newest first.
    ///
    /// # Errors
    /// As [`Kernel::ledger_balance`]; [`Error::NotFound`] if there is no such account.
    pub fn statement(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        account: &AccountSlug,
        at: Option<u64>,
        limit: usize,
    ) -> Result<Statement> {
        caller.may(Action::ReadLedgers, tenant)?;
        let view = self.snapshot()?;
        let ledger = of(&view, tenant, ledger)?;
        let at = reached(&ledger, at)?;
        let key = keys::ledger_account(&ledger.slug, account);
        let mut account = view.need::<Account>(tenant, &key, "account", account)?.value;
        let limit = limit.clamp(1, PAGE_MAX);
        let found = placed(&view, tenant, &ledger, &account.slug, at, limit)?;
        account.balance_fen = found.first().map_or(0, |line| line.after_fen);
        let next = (found.len() == limit).then(|| found.last().map(|line| line.number)).flatten();
        let mut lines = Vec::with_capacity(found.len());
        for Placed { number, amount_fen, after_fen } in found {
            let key = keys::ledger_entry(&ledger.slug, number);
            let entry = view.need::<LedgerEntry>(tenant, &key, "entry", number)?;
            let booked = Booked { entry: entry.value, seq: entry.rev };
            lines.push(StatementLine { amount_fen, after_fen, booked });
        }
        Ok(Statement { account, at, lines, next })
    }

    /// Entries of a ledger after a number, the oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such ledger.
    pub fn entries(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Entries> {
        caller.may(Action::ReadLedgers, tenant)?;
        let view = self.snapshot()?;
        let ledger = of(&view, tenant, ledger)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let entries = page(&view, tenant, &ledger, after.unwrap_or_default(), limit)?;
        let next = (entries.len() == limit)
            .then(|| entries.last().map(|booked| booked.entry.number))
            .flatten();
        Ok(Entries { entries, next })
    }
}

/// The ledger of a slug.
pub(super) fn of(view: &View, tenant: &TenantSlug, slug: &LedgerSlug) -> Result<Ledger> {
    Ok(view.need::<Ledger>(tenant, &keys::ledger(slug), "ledger", slug)?.value)
}

/// Entries after a number.
pub(super) fn page(
    view: &View,
    tenant: &TenantSlug,
    ledger: &Ledger,
    after: u64,
    limit: usize,
) -> Result<Vec<Booked>> {
    let prefix = format!("ledger-entry/{}/", ledger.slug);
    let after = keys::ledger_entry(&ledger.slug, after);
    let found = view.list_stored(tenant, &prefix, Some(&after), limit)?;
    Ok(found.into_iter().map(|(_, one)| Booked { entry: one.value, seq: one.rev }).collect())
}

/// The number of an entry that is there, or of the last one.
pub(super) fn reached(ledger: &Ledger, at: Option<u64>) -> Result<u64> {
    match at {
        Some(at) if at > ledger.entries => Err(Error::invalid(
            "at",
            format!("账本“{}”只有{}笔分录，没有第{at}笔", ledger.slug, ledger.entries),
            format!("{} has {} entries, and no entry {at}", ledger.slug, ledger.entries),
        )),
        _ => Ok(at.unwrap_or(ledger.entries)),
    }
}

/// What was on an account after an entry.
fn then(
    view: &View,
    tenant: &TenantSlug,
    ledger: &Ledger,
    account: &AccountSlug,
    at: u64,
) -> Result<Fen> {
    let found = placed(view, tenant, ledger, account, at, 1)?;
    Ok(found.first().map_or(0, |line| line.after_fen))
}

fn placed(
    view: &View,
    tenant: &TenantSlug,
    ledger: &Ledger,
    account: &AccountSlug,
    at: u64,
    limit: usize,
) -> Result<Vec<Placed>> {
    let prefix = format!("ledger-line/{}/{account}/", ledger.slug);
    // The keys count down: what comes after the next entry's place is that entry's or older.
    let after = keys::ledger_line(&ledger.slug, account, at + 1);
    let found = view.list(tenant, &prefix, Some(&after), limit)?;
    Ok(found.into_iter().map(|(_, line)| line).collect())
}
