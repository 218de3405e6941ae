//! 风险池: its capital, what it stands for, and what it pays.

use serde::Serialize;
use taihu_model::{
    Fen, Grounds, Guarantee, GuaranteeId, GuaranteeState, LedgerSlug, LedgerTerms, Posting,
    RiskTerms, TenantSlug, amount,
};
use taihu_store::Expect;

use super::{Asked, Booked, own_account};
use crate::authority::{Action, Caller};
use crate::error::{Error, Result};
use crate::kernel::{Kernel, Stored};
use crate::keys;
use crate::limits::PAGE_MAX;

/// A guarantee to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuaranteeOrder {
    /// 受益单位.
    pub beneficiary: String,
    /// The deal that it is for.
    pub deal: String,
    /// What is guaranteed, in 分; how much of it the pool covers follows from its terms.
    pub principal_fen: Fen,
}

/// What is done with a guarantee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum GuaranteeStep {
    /// 解除: it ends without a loss.
    Release,
    /// 申请代偿: a loss is claimed.
    Claim {
        /// 分.
        loss_fen: Fen,
    },
    /// 代偿: the claim is paid.
    Pay,
    /// 驳回: the claim is refused; the guarantee goes on.
    Refuse,
    /// 追偿: money of a paid claim comes back.
    Recover {
        /// 分.
        amount_fen: Fen,
    },
}

impl GuaranteeStep {
    const fn verb(&self) -> (Action, &'static str) {
        match self {
            Self::Release => (Action::ManageLedgers, "guarantee.release"),
            Self::Claim { .. } => (Action::LodgeClaims, "guarantee.claim"),
            Self::Pay => (Action::ManageLedgers, "guarantee.pay"),
            Self::Refuse => (Action::ManageLedgers, "guarantee.refuse"),
            Self::Recover { .. } => (Action::ManageLedgers, "guarantee.recover"),
        }
    }
}

impl Kernel {
    /// Pays capital into a risk pool, or out of it (below zero).
    ///
    /// # Errors
    /// [`Error::Conflict`] for taking out what the pool stands for.
    pub fn move_capital(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        amount_fen: Fen,
        grounds: &Grounds,
        once: Option<&str>,
    ) -> Result<Booked> {
        amount("amount_fen", amount_fen.checked_abs().unwrap_or(Fen::MAX))?;
        let postings = [
            Posting { account: own_account("cash")?, amount_fen },
            Posting { account: own_account("capital")?, amount_fen: -amount_fen },
        ];
        let asked = Asked {
            caller,
            tenant,
            ledger,
            action: Action::ManageLedgers,
            verb: "risk_pool.capital",
            subject: String::new(),
            what: serde_json::json!(amount_fen),
            grounds,
            once,
        };
        self.book(&asked, &|book| {
            terms(&book.ledger().terms)?;
            book.post(&postings)
        })
    }

    /// Gives a guarantee, if the pool could pay it in full today.
    ///
    /// # Errors
    /// [`Error::Conflict`] if exposure would be above what is in the pool.
    pub fn give_guarantee(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        order: &GuaranteeOrder,
        grounds: &Grounds,
        once: Option<&str>,
    ) -> Result<(Guarantee, Booked)> {
        let now = self.now();
        let guarantee = Guarantee {
            id: GuaranteeId::from_parts(now, self.chance()?),
            ledger: ledger.clone(),
            beneficiary: order.beneficiary.trim().to_owned(),
            deal: order.deal.trim().to_owned(),
            principal_fen: order.principal_fen,
            covered_fen: 0,
            state: GuaranteeState::Active,
            given: now,
            claim: None,
        };
        let asked = Asked {
            caller,
            tenant,
            ledger,
            action: Action::ManageLedgers,
            verb: "guarantee.give",
            subject: guarantee.id.to_string(),
            what: serde_json::json!(order),
            grounds,
            once,
        };
        let booked = self.book(&asked, &|book| {
            let mut guarantee = guarantee.clone();
            let postings = guarantee.give(terms(&book.ledger().terms)?)?;
            book.post(&postings)?;
            book.put(keys::guarantee(ledger, &guarantee.id), &guarantee, Expect::Absent)
        })?;
        Ok((self.booked_guarantee(tenant, ledger, &booked)?, booked))
    }

    /// Takes a step with a guarantee. Who lodged a claim does not decide it.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the guarantee is not where the step begins, or the pool has paid as much
    /// as it may.
    pub fn step_guarantee(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        (ledger, id): (&LedgerSlug, GuaranteeId),
        step: &GuaranteeStep,
        grounds: &Grounds,
        once: Option<&str>,
    ) -> Result<(Guarantee, Booked)> {
        let (action, verb) = step.verb();
        let asked = Asked {
            caller,
            tenant,
            ledger,
            action,
            verb,
            subject: id.to_string(),
            what: serde_json::json!([id, step]),
            grounds,
            once,
        };
        let by = &caller.actor;
        let booked = self.book(&asked, &|book| {
            let key = keys::guarantee(ledger, &id);
            let Stored { rev, value: mut guarantee } =
                book.record::<Guarantee>(&key, "guarantee", id)?;
            let from = guarantee.state;
            let terms = terms(&book.ledger().terms)?.clone();
            let postings = match step {
                GuaranteeStep::Release => guarantee.release()?,
                GuaranteeStep::Claim { loss_fen } => {
                    guarantee.lodge(*loss_fen, &terms, by)?;
                    Vec::new()
                }
                GuaranteeStep::Pay => guarantee.pay(&terms, book.balance("claims")?, by)?,
                GuaranteeStep::Refuse => {
                    guarantee.refuse(by)?;
                    Vec::new()
                }
                GuaranteeStep::Recover { amount_fen } => guarantee.recover(*amount_fen)?,
            };
            if from != guarantee.state {
                book.edge(id, from.as_str(), guarantee.state.as_str());
            }
            if !postings.is_empty() {
                book.post(&postings)?;
            }
            book.put(key, &guarantee, Expect::Rev(rev))
        })?;
        Ok((self.booked_guarantee(tenant, ledger, &booked)?, booked))
    }

    /// One guarantee.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that id.
    pub fn guarantee(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        id: GuaranteeId,
    ) -> Result<Guarantee> {
        caller.may(Action::ReadGuarantees, tenant)?;
        let key = keys::guarantee(ledger, &id);
        Ok(self.snapshot()?.need::<Guarantee>(tenant, &key, "guarantee", id)?.value)
    }

    /// The guarantees of a pool, the oldest first, a page of them; what to ask for the next page with.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such ledger.
    pub fn guarantees(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        after: Option<GuaranteeId>,
        limit: usize,
    ) -> Result<(Vec<Guarantee>, Option<GuaranteeId>)> {
        caller.may(Action::ReadGuarantees, tenant)?;
        let view = self.snapshot()?;
        terms(&super::reads::of(&view, tenant, ledger)?.terms)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let prefix = format!("guarantee/{ledger}/");
        let after = after.map(|id| keys::guarantee(ledger, &id));
        let found = view.list::<Guarantee>(tenant, &prefix, after.as_ref(), limit)?;
        let next = (found.len() == limit).then(|| found.last().map(|(_, one)| one.id)).flatten();
        Ok((found.into_iter().map(|(_, one)| one).collect(), next))
    }

    fn booked_guarantee(
        &self,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        booked: &Booked,
    ) -> Result<Guarantee> {
        let id: GuaranteeId =
            booked.entry.subject.parse().map_err(|error| {
                Error::Damaged(format!("entry {}: {error}", booked.entry.number))
            })?;
        let key = keys::guarantee(ledger, &id);
        Ok(self.snapshot()?.need::<Guarantee>(tenant, &key, "guarantee", id)?.value)
    }
}

fn terms(terms: &LedgerTerms) -> Result<&RiskTerms> {
    match terms {
        LedgerTerms::RiskPool(terms) => Ok(terms),
        _ => Err(Error::conflict(
            "该账本不是风险池账本",
            format!("this is a ledger of {}, not a risk pool", terms.kind()),
        )),
    }
}
