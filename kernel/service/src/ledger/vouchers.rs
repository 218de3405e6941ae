//! 科技创新券: issuing them, and the steps of their life.

use jiff::civil::Date;
use serde::Serialize;
use taihu_model::{
    Fen, Grounds, LedgerSlug, LedgerTerms, PrincipalId, TenantSlug, Voucher, VoucherId,
    VoucherUseState,
};
use taihu_store::Expect;

use super::{Asked, Booked};
use crate::authority::{Action, Caller, Role};
use crate::error::{Error, Result};
use crate::kernel::{Kernel, Stored};
use crate::keys;
use crate::limits::PAGE_MAX;

/// A voucher to be issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VoucherOrder {
    /// 持有单位.
    pub holder: String,
    /// The principal that may reserve of it; nobody but officials if absent.
    pub owner: Option<PrincipalId>,
    /// 面值（分）.
    pub face_fen: Fen,
    /// The last day on which it can be reserved of.
    pub valid_until: Date,
}

/// What is done with a voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum VoucherStep {
    /// 预留: a part for a service.
    Reserve {
        /// 分.
        amount_fen: Fen,
        /// What for.
        service: String,
    },
    /// 退回: a reserved part is available again.
    Release {
        /// Number of the use.
        number: u32,
    },
    /// 使用: the service was rendered.
    Spend {
        /// Number of the use.
        number: u32,
        /// 分: what was reserved, or less.
        amount_fen: Fen,
    },
    /// 兑付: who rendered it is paid.
    Settle {
        /// Number of the use.
        number: u32,
    },
    /// 失效: what is available after the last day.
    Expire,
}

impl VoucherStep {
    const fn verb(&self) -> (Action, &'static str) {
        match self {
            Self::Reserve { .. } => (Action::UseVouchers, "voucher.reserve"),
            Self::Release { .. } => (Action::UseVouchers, "voucher.release"),
            Self::Spend { .. } => (Action::ManageLedgers, "voucher.spend"),
            Self::Settle { .. } => (Action::ManageLedgers, "voucher.settle"),
            Self::Expire => (Action::ManageLedgers, "voucher.expire"),
        }
    }
}

impl Kernel {
    /// Issues a voucher. With an idempotency key, a second order answers with the first's voucher.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an order that is none, [`Error::Conflict`] beyond the ledger's budget.
    pub fn issue_voucher(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        order: &VoucherOrder,
        grounds: &Grounds,
        once: Option<&str>,
    ) -> Result<(Voucher, Booked)> {
        let now = self.now();
        let voucher = Voucher {
            id: VoucherId::from_parts(now, self.chance()?),
            ledger: ledger.clone(),
            holder: order.holder.trim().to_owned(),
            owner: order.owner,
            face_fen: order.face_fen,
            available_fen: order.face_fen,
            expired_fen: 0,
            valid_until: order.valid_until,
            issued: now,
            uses: Vec::new(),
        };
        let today = self.day()?;
        let asked = Asked {
            caller,
            tenant,
            ledger,
            action: Action::ManageLedgers,
            verb: "voucher.issue",
            subject: voucher.id.to_string(),
            what: serde_json::json!(order),
            grounds,
            once,
        };
        let booked = self.book(&asked, &|book| {
            only(&book.ledger().terms)?;
            book.post(&voucher.issue(today)?)?;
            book.put(keys::voucher(ledger, &voucher.id), &voucher, Expect::Absent)
        })?;
        // A second order is answered with the first's voucher.
        Ok((self.booked_voucher(tenant, ledger, &booked)?, booked))
    }

    /// Takes a step with a voucher: two that would use the same money cannot both be taken.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the voucher has not so much, or the use is not where the step begins: it
    /// says what stands there now. [`Error::NotFound`] for a voucher that is not the caller's to see.
    pub fn step_voucher(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        (ledger, id): (&LedgerSlug, VoucherId),
        step: &VoucherStep,
        grounds: &Grounds,
        once: Option<&str>,
    ) -> Result<(Voucher, Booked)> {
        let (action, verb) = step.verb();
        let today = self.day()?;
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
        let booked = self.book(&asked, &|book| {
            let key = keys::voucher(ledger, &id);
            let Stored { rev, value: mut voucher } = book.record::<Voucher>(&key, "voucher", id)?;
            if !sees(caller, &voucher) {
                return Err(Error::not_found("voucher", id));
            }
            let now = self.now();
            let before = states(&voucher);
            let postings = match step {
                VoucherStep::Reserve { amount_fen, service } => {
                    voucher.reserve(service, *amount_fen, today, now)
                }
                VoucherStep::Release { number } => voucher.release(*number, now),
                VoucherStep::Spend { number, amount_fen } => {
                    voucher.spend(*number, *amount_fen, now)
                }
                VoucherStep::Settle { number } => voucher.settle(*number, now),
                VoucherStep::Expire => voucher.expire(today),
            };
            for (from, used) in before.iter().zip(&voucher.uses) {
                if *from != used.state {
                    let subject = format!("{id}#{}", used.number);
                    book.edge(subject, from.as_str(), used.state.as_str());
                }
            }
            book.post(&postings?)?;
            book.put(key, &voucher, Expect::Rev(rev))
        })?;
        Ok((self.booked_voucher(tenant, ledger, &booked)?, booked))
    }

    /// One voucher.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that id that the caller may see.
    pub fn voucher(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        id: VoucherId,
    ) -> Result<Voucher> {
        caller.may(Action::ReadVouchers, tenant)?;
        let key = keys::voucher(ledger, &id);
        let found = self.snapshot()?.need::<Voucher>(tenant, &key, "voucher", id)?.value;
        if sees(caller, &found) { Ok(found) } else { Err(Error::not_found("voucher", id)) }
    }

    /// The vouchers of a ledger, the oldest first, a page of them; what to ask for the next page with.
    /// An enterprise sees its own.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such ledger.
    pub fn vouchers(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        after: Option<VoucherId>,
        limit: usize,
    ) -> Result<(Vec<Voucher>, Option<VoucherId>)> {
        caller.may(Action::ReadVouchers, tenant)?;
        let view = self.snapshot()?;
        only(&super::reads::of(&view, tenant, ledger)?.terms)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let prefix = format!("voucher/{ledger}/");
        let after = after.map(|id| keys::voucher(ledger, &id));
        let found = view.list::<Voucher>(tenant, &prefix, after.as_ref(), limit)?;
        let next = (found.len() == limit).then(|| found.last().map(|(_, one)| one.id)).flatten();
        let found = found.into_iter().map(|(_, one)| one).filter(|one| sees(caller, one));
        Ok((found.collect(), next))
    }

    fn booked_voucher(
        &self,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        booked: &Booked,
    ) -> Result<Voucher> {
        let id: VoucherId =
            booked.entry.subject.parse().map_err(|error| {
                Error::Damaged(format!("entry {}: {error}", booked.entry.number))
            })?;
        let key = keys::voucher(ledger, &id);
        Ok(self.snapshot()?.need::<Voucher>(tenant, &key, "voucher", id)?.value)
    }

    /// This day in Huzhou.
    fn day(&self) -> Result<Date> {
        let today = self.parts.clock.today();
        today.parse().map_err(|error| Error::Damaged(format!("the clock says {today}: {error}")))
    }
}

fn states(voucher: &Voucher) -> Vec<VoucherUseState> {
    voucher.uses.iter().map(|used| used.state).collect()
}

fn only(terms: &LedgerTerms) -> Result<()> {
    match terms {
        LedgerTerms::Vouchers { .. } => Ok(()),
        _ => Err(Error::conflict(
            "该账本不是科技创新券账本",
            format!("this is a ledger of {}, not of vouchers", terms.kind()),
        )),
    }
}

/// An enterprise sees its own.
fn sees(caller: &Caller, voucher: &Voucher) -> bool {
    caller.role != Role::Enterprise
        || voucher.owner.is_some_and(|owner| owner.to_string() == caller.actor)
}
