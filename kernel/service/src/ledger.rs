//! Ledgers: opening them, and booking in them. What is booked stays; what was wrong is booked back.
//!
//! Every entry is one commit: the entry, its accounts' balances, and the record that it is about
//! (a voucher, a guarantee), each guarded by the revision it was read at. Two that would spend the
//! same money meet there: one is committed, the other looks again and is told what it finds.

mod book;
mod check;
mod reads;
mod risk;
mod vouchers;

use taihu_model::{
    Account, AccountSlug, Grounds, Income, Ledger, LedgerEntry, LedgerFault, LedgerSlug,
    LedgerTerms, Posting, Side, TenantSlug, balanced, words,
};
use taihu_store::Expect;

use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel};
use crate::keys;
use crate::limits::{LEDGER_ACCOUNTS_MAX, LEDGERS_MAX};

pub use check::LedgerCheck;
pub use reads::{Entries, LedgerBalance, Statement, StatementLine};
pub use risk::{GuaranteeOrder, GuaranteeStep};
pub use vouchers::{VoucherOrder, VoucherStep};

pub(crate) use book::Asked;

/// An entry, and the number of the commit in the tenant's log that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The entry.
    pub entry: LedgerEntry,
    /// Number of its commit.
    pub seq: u64,
}

impl From<LedgerFault> for Error {
    fn from(fault: LedgerFault) -> Self {
        match fault {
            LedgerFault::Invalid { field, text } => Self::invalid(field, text.zh, text.en),
            LedgerFault::Stands(text) => Self::Conflict(text),
        }
    }
}

impl Kernel {
    /// Opens a ledger, with the accounts of its kind.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name or terms that are none; [`Error::Conflict`] if there is a ledger of
    /// that slug, or as many as a tenant has.
    pub fn open_ledger(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        slug: LedgerSlug,
        name: &str,
        terms: LedgerTerms,
    ) -> Result<Ledger> {
        caller.may(Action::ManageLedgers, tenant)?;
        self.tenant(tenant)?;
        words("name", name)?;
        terms.check()?;
        let view = self.snapshot()?;
        let key = keys::ledger(&slug);
        if view.exists(tenant, &key)? {
            return Err(taken("账本", "ledger", slug.as_str()));
        }
        if view.0.range(tenant, keys::LEDGER, None, LEDGERS_MAX)?.len() >= LEDGERS_MAX {
            return Err(Error::conflict(
                format!("每个主体最多{LEDGERS_MAX}个账本"),
                format!("a tenant has at most {LEDGERS_MAX} ledgers"),
            ));
        }
        let accounts = terms.accounts();
        let ledger = Ledger {
            slug,
            tenant: tenant.clone(),
            name: name.trim().to_owned(),
            opened_by: caller.actor.clone(),
            opened: self.now(),
            entries: 0,
            accounts: u32::try_from(accounts.len()).unwrap_or(u32::MAX),
            terms,
        };
        let mut draft = Draft::new(self.audit(caller, tenant, "ledger.open", &ledger.slug));
        for (slug, name, side) in accounts {
            let slug = own_account(slug)?;
            let account = Account { slug, name: (*name).into(), side: *side, balance_fen: 0 };
            let key = keys::ledger_account(&ledger.slug, &account.slug);
            draft.put(key, &account, Expect::Absent)?;
        }
        draft.put(key, &ledger, Expect::Absent)?;
        self.commit(tenant, draft)?;
        Ok(ledger)
    }

    /// Opens an account of a party in a ledger of revenue: what it is owed stands on it, below zero.
    ///
    /// # Errors
    /// [`Error::Conflict`] if there is an account of that slug, the ledger is of another kind, or has
    /// as many accounts as it may.
    pub fn open_account(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        slug: AccountSlug,
        name: &str,
    ) -> Result<Account> {
        caller.may(Action::ManageLedgers, tenant)?;
        words("name", name)?;
        let view = self.snapshot()?;
        let mut found = view.need::<Ledger>(tenant, &keys::ledger(ledger), "ledger", ledger)?;
        only_revenue(&found.value)?;
        let key = keys::ledger_account(ledger, &slug);
        if view.exists(tenant, &key)? {
            return Err(taken("科目", "account", slug.as_str()));
        }
        if found.value.accounts >= LEDGER_ACCOUNTS_MAX {
            return Err(Error::conflict(
                format!("每个账本最多{LEDGER_ACCOUNTS_MAX}个科目，请开立新账本"),
                format!("a ledger has at most {LEDGER_ACCOUNTS_MAX} accounts; open another one"),
            ));
        }
        found.value.accounts += 1;
        let account =
            Account { slug, name: name.trim().to_owned(), side: Side::Out, balance_fen: 0 };
        let subject = format!("{ledger}/{}", account.slug);
        let mut draft = Draft::new(self.audit(caller, tenant, "ledger.open_account", subject));
        draft.put(key, &account, Expect::Absent)?;
        draft.put(keys::ledger(ledger), &found.value, Expect::Rev(found.rev))?;
        self.commit(tenant, draft)?;
        Ok(account)
    }

    /// Books an entry by hand in a ledger of revenue: a payment to a party, a correction. The other
    /// kinds are booked by their own verbs alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless the postings sum to zero; [`Error::Conflict`] if an account would
    /// cross zero: more paid than is owed, or than is there.
    pub fn post_entry(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        postings: &[Posting],
        grounds: &Grounds,
        once: Option<&str>,
    ) -> Result<Booked> {
        balanced(postings)?;
        let asked = Asked {
            caller,
            tenant,
            ledger,
            action: Action::ManageLedgers,
            verb: "ledger.post",
            subject: String::new(),
            what: serde_json::json!(postings),
            grounds,
            once,
        };
        self.book(&asked, &|book| {
            only_revenue(book.ledger())?;
            book.post(postings)
        })
    }

    /// Books income, split among its parties as the caller says. That nothing is lost
    /// or made up is checked; by which rule it is split is not decided here.
    ///
    /// # Errors
    /// [`Error::Invalid`] if costs and portions do not sum to the gross; [`Error::NotFound`] naming a
    /// party's account that was not opened.
    pub fn book_income(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        income: &Income,
        grounds: &Grounds,
        once: Option<&str>,
    ) -> Result<Booked> {
        let postings = income.postings()?;
        let asked = Asked {
            caller,
            tenant,
            ledger,
            action: Action::ManageLedgers,
            verb: "ledger.income",
            subject: income.deal.trim().to_owned(),
            what: serde_json::json!(income),
            grounds,
            once,
        };
        self.book(&asked, &|book| {
            only_revenue(book.ledger())?;
            book.post(&postings)
        })
    }
}

fn only_revenue(ledger: &Ledger) -> Result<()> {
    if ledger.terms == (LedgerTerms::Revenue {}) {
        return Ok(());
    }
    let (zh, en) = (ledger.terms.zh(), ledger.terms.kind());
    Err(Error::conflict(
        format!("账本“{}”为{zh}账本，不接受手工分录、收益或新科目", ledger.slug),
        format!("{} is a ledger of {en}: only one of revenue is booked by hand", ledger.slug),
    ))
}

fn taken(zh: &str, en: &str, slug: &str) -> Error {
    Error::conflict(format!("{zh}“{slug}”已存在"), format!("there is a {en} {slug} already"))
}

/// One of the accounts that every ledger of a kind has.
pub(crate) fn own_account(slug: &str) -> Result<AccountSlug> {
    slug.parse().map_err(|error| Error::Damaged(format!("{error}")))
}

#[cfg(test)]
mod tests;
