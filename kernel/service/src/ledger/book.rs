//! One entry being made: read at one moment, committed against the revisions it was read at.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use taihu_model::{
    Account, AccountSlug, Digest, Edge, Fen, Grounds, Ledger, LedgerEntry, LedgerSlug, LedgerTerms,
    Line, Money, Posting, TenantSlug, balanced,
};
use taihu_store::{Expect, Key};

use super::{Booked, own_account};
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Draft, Kernel, Stored, View};
use crate::keys;
use crate::limits::{LEDGER_ENTRIES_MAX, LEDGER_TRIES_MAX};

/// What is asked of a ledger: by whom, why, and what exactly.
pub(crate) struct Asked<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) tenant: &'a TenantSlug,
    pub(crate) ledger: &'a LedgerSlug,
    pub(crate) action: Action,
    pub(crate) verb: &'static str,
    /// What it is about; may be empty.
    pub(crate) subject: String,
    /// Everything that makes this another request than that, but the grounds.
    pub(crate) what: serde_json::Value,
    pub(crate) grounds: &'a Grounds,
    /// A key of the caller's choice: asked twice with the same one, it is booked once.
    pub(crate) once: Option<&'a str>,
}

/// What was asked with an idempotency key, and which entry came of it.
#[derive(Debug, Serialize, Deserialize)]
struct Once {
    asked: Digest,
    number: u64,
}

/// An entry being made.
pub(crate) struct Book<'a> {
    view: View,
    tenant: &'a TenantSlug,
    ledger: Stored<Ledger>,
    accounts: BTreeMap<AccountSlug, Stored<Account>>,
    lines: Vec<Line>,
    edges: Vec<Edge>,
    records: Vec<(Key, serde_json::Value, Expect)>,
}

impl Book<'_> {
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger.value
    }

    /// Reads the record that the entry is about.
    pub(crate) fn record<T: DeserializeOwned>(
        &self,
        key: &Key,
        what: &'static str,
        id: impl ToString,
    ) -> Result<Stored<T>> {
        self.view.need(self.tenant, key, what, id)
    }

    /// Has the record written with the entry.
    pub(crate) fn put<T: Serialize>(&mut self, key: Key, value: &T, expect: Expect) -> Result<()> {
        let value = serde_json::to_value(value)
            .map_err(|error| Error::Damaged(format!("record {key} cannot be written: {error}")))?;
        self.records.push((key, value, expect));
        Ok(())
    }

    /// Notes an edge of a state machine.
    pub(crate) fn edge(&mut self, subject: impl ToString, from: &str, to: &str) {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.edges.push(Edge { subject: subject.to_string(), from, to });
    }

    /// What is on one of the accounts of the ledger's kind, with what was posted here.
    pub(crate) fn balance(&mut self, account: &str) -> Result<Fen> {
        Ok(self.account(&own_account(account)?)?.value.balance_fen)
    }

    fn account(&mut self, slug: &AccountSlug) -> Result<&mut Stored<Account>> {
        if !self.accounts.contains_key(slug) {
            let key = keys::ledger_account(&self.ledger.value.slug, slug);
            let found = self.view.need::<Account>(self.tenant, &key, "account", slug)?;
            self.accounts.insert(slug.clone(), found);
        }
        self.accounts.get_mut(slug).ok_or_else(|| Error::not_found("account", slug))
    }

    /// Posts the lines of the entry, once; an entry without lines moves no money.
    ///
    /// # Errors
    /// [`Error::Conflict`] if an account would cross zero.
    pub(crate) fn post(&mut self, postings: &[Posting]) -> Result<()> {
        balanced(postings)?;
        for posting in postings {
            let account = &mut self.account(&posting.account)?.value;
            let sum = account.balance_fen.checked_add(posting.amount_fen);
            let after_fen = sum
                .ok_or_else(|| Error::Damaged(format!("account {} overflows", posting.account)))?;
            if !account.side.holds(after_fen) {
                return Err(crosses(account, posting.amount_fen));
            }
            account.balance_fen = after_fen;
            let Posting { account, amount_fen } = posting.clone();
            self.lines.push(Line { account, amount_fen, after_fen });
        }
        Ok(())
    }

    /// Makes sure that the ledger as a whole is within its terms.
    fn within_terms(&mut self) -> Result<()> {
        match self.ledger.value.terms {
            LedgerTerms::Vouchers { budget_fen } => {
                let issued = -self.balance("funds")?;
                if issued > budget_fen {
                    return Err(Error::conflict(
                        format!("发放总额将达{}，超过预算{}", Money(issued), Money(budget_fen)),
                        format!("{issued} 分 would be issued of a budget of {budget_fen}"),
                    ));
                }
            }
            LedgerTerms::RiskPool(_) => {
                let (exposure, cash) = (self.balance("exposure")?, self.balance("cash")?);
                if exposure > cash {
                    return Err(Error::conflict(
                        format!("在保余额将达{}，超过池内资金{}", Money(exposure), Money(cash)),
                        format!("exposure would be {exposure} 分, above the {cash} in the pool"),
                    ));
                }
            }
            LedgerTerms::Revenue {} => {}
        }
        Ok(())
    }
}

fn crosses(account: &Account, amount_fen: Fen) -> Error {
    let (has, wants) = (account.balance_fen, amount_fen.unsigned_abs());
    Error::conflict(
        format!(
            "科目“{}”（{}）余额{}，不足以变动{}",
            account.name,
            account.slug,
            Money(has),
            Money(amount_fen)
        ),
        format!("account {} has {has} 分, and cannot give {wants}", account.slug),
    )
}

impl Kernel {
    /// Makes an entry: `work` says what it is, from what it reads; if somebody else booked meanwhile,
    /// it is asked again. An idempotency key that was used answers with the entry of then.
    ///
    /// # Errors
    /// What `work` says; [`Error::Conflict`] for a key used for something else, or a full ledger;
    /// [`Error::Busy`] if too many book at once. Nothing is booked then.
    pub(crate) fn book(
        &self,
        asked: &Asked<'_>,
        work: &dyn Fn(&mut Book<'_>) -> Result<()>,
    ) -> Result<Booked> {
        asked.caller.may(asked.action, asked.tenant)?;
        asked.grounds.check()?;
        let request = serde_json::json!([asked.verb, asked.what, asked.grounds]);
        let digest = Digest::of(request.to_string().as_bytes());
        let once = asked.once.map(|key| format!("{}/{key}", asked.caller.actor));
        let once = once.map(|key| keys::ledger_once(asked.ledger, &key));
        for _ in 0..LEDGER_TRIES_MAX {
            let view = self.snapshot()?;
            if let Some(key) = &once
                && let Some(booked) = booked_before(&view, asked, key, digest)?
            {
                return Ok(booked);
            }
            let key = keys::ledger(asked.ledger);
            let ledger = view.need::<Ledger>(asked.tenant, &key, "ledger", asked.ledger)?;
            let mut book = Book {
                view,
                tenant: asked.tenant,
                ledger,
                accounts: BTreeMap::new(),
                lines: Vec::new(),
                edges: Vec::new(),
                records: Vec::new(),
            };
            work(&mut book)?;
            book.within_terms()?;
            let (entry, mut draft) = self.close(asked, book)?;
            if let Some(key) = &once {
                let once = Once { asked: digest, number: entry.number };
                draft.put(key.clone(), &once, Expect::Absent)?;
            }
            match self.commit(asked.tenant, draft) {
                Ok(receipt) => return Ok(Booked { entry, seq: receipt.seq }),
                Err(Error::Conflict(_)) => std::thread::yield_now(),
                Err(error) => return Err(error),
            }
        }
        Err(Error::Busy { retry_after_s: 1 })
    }

    /// Numbers the entry, and composes the commit that makes it.
    fn close(&self, asked: &Asked<'_>, book: Book<'_>) -> Result<(LedgerEntry, Draft)> {
        let Stored { rev, value: mut ledger } = book.ledger;
        if ledger.entries >= LEDGER_ENTRIES_MAX {
            return Err(Error::conflict(
                format!("账本“{}”已有{LEDGER_ENTRIES_MAX}笔分录，请开立新账本", ledger.slug),
                format!("{} has its {LEDGER_ENTRIES_MAX} entries; open another", ledger.slug),
            ));
        }
        ledger.entries += 1;
        let entry = LedgerEntry {
            number: ledger.entries,
            at: self.now(),
            actor: asked.caller.actor.clone(),
            action: asked.verb.to_owned(),
            subject: asked.subject.clone(),
            reason: asked.grounds.reason.trim().to_owned(),
            evidence: asked.grounds.evidence.clone(),
            lines: book.lines,
        };
        let subject = format!("{}#{}", ledger.slug, entry.number);
        let mut draft = Draft::new(self.audit(asked.caller, asked.tenant, asked.verb, subject));
        draft.reason(&entry.reason);
        for edge in &book.edges {
            draft.edge(&edge.subject, &edge.from, &edge.to);
        }
        for (slug, account) in &book.accounts {
            let key = keys::ledger_account(&ledger.slug, slug);
            match entry.lines.iter().find(|line| line.account == *slug) {
                Some(line) => {
                    draft.put(key, &account.value, Expect::Rev(account.rev))?;
                    let key = keys::ledger_line(&ledger.slug, slug, entry.number);
                    let line = super::reads::Placed::of(entry.number, line);
                    draft.put(key, &line, Expect::Absent)?;
                }
                None => draft.guard(key, Expect::Rev(account.rev)),
            }
        }
        for (key, value, expect) in book.records {
            draft.put(key, &value, expect)?;
        }
        draft.put(keys::ledger_entry(&ledger.slug, entry.number), &entry, Expect::Absent)?;
        draft.put(keys::ledger(&ledger.slug), &ledger, Expect::Rev(rev))?;
        Ok((entry, draft))
    }
}

fn booked_before(
    view: &View,
    asked: &Asked<'_>,
    key: &Key,
    digest: Digest,
) -> Result<Option<Booked>> {
    let Some(known) = view.get::<Once>(asked.tenant, key)? else { return Ok(None) };
    if known.value.asked != digest {
        return Err(Error::conflict(
            "该幂等键已用于另一笔内容不同的记账",
            "this idempotency key was used to book something else",
        ));
    }
    let number = known.value.number;
    let key = keys::ledger_entry(asked.ledger, number);
    let found = view.need::<LedgerEntry>(asked.tenant, &key, "entry", number)?;
    Ok(Some(Booked { entry: found.value, seq: found.rev }))
}
