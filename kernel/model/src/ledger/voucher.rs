//! 科技创新券: issued, reserved for a service, spent on it, settled; or expired.
//!
//! A voucher's face value is at every moment the sum of what is available, what has expired, and
//! what its uses have, so no part of it is spent twice.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{LedgerFault, Money, Posting, amount, moves, words};
use crate::{Fen, IllegalEdge, LedgerSlug, PrincipalId, Text, VoucherId, VoucherUseState};

/// A voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// Its identifier.
    pub id: VoucherId,
    /// The ledger that it is booked in.
    pub ledger: LedgerSlug,
    /// 持有单位.
    pub holder: String,
    /// The principal that may reserve of it, if not officials alone.
    pub owner: Option<PrincipalId>,
    /// 面值（分）.
    pub face_fen: Fen,
    /// What can still be reserved, in 分.
    pub available_fen: Fen,
    /// What was not used in time, in 分.
    pub expired_fen: Fen,
    /// The last day on which it can be reserved of, in Huzhou.
    pub valid_until: Date,
    /// When it was issued.
    pub issued: Timestamp,
    /// What it was reserved for, in order.
    pub uses: Vec<VoucherUse>,
}

/// A part of a voucher, reserved for one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherUse {
    /// 1 for a voucher's first.
    pub number: u32,
    /// 服务事项: what it is for.
    pub service: String,
    /// How much, in 分.
    pub amount_fen: Fen,
    /// Where it is in its life.
    pub state: VoucherUseState,
    /// When that last changed.
    pub updated: Timestamp,
}

impl Voucher {
    /// Uses of one voucher: one a week for a year.
    pub const USES_MAX: usize = 52;

    /// The postings of its issue.
    ///
    /// # Errors
    /// [`LedgerFault::Invalid`] for a face value that is no amount, a holder without a name, a
    /// voucher that is no longer valid.
    pub fn issue(&self, today: Date) -> Result<Vec<Posting>, LedgerFault> {
        words("holder", &self.holder)?;
        amount("face_fen", self.face_fen)?;
        if self.valid_until < today {
            return Err(LedgerFault::invalid(
                "valid_until",
                format!("有效期至{}，早于今天{today}", self.valid_until),
                format!("it is valid until {}, which is before today, {today}", self.valid_until),
            ));
        }
        moves(&[("funds", -self.face_fen), ("available", self.face_fen)])
    }

    /// Reserves a part for a service.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] for more than is available, or after its last day.
    pub fn reserve(
        &mut self,
        service: &str,
        fen: Fen,
        today: Date,
        at: Timestamp,
    ) -> Result<Vec<Posting>, LedgerFault> {
        words("service", service)?;
        amount("amount_fen", fen)?;
        if self.valid_until < today {
            return Err(LedgerFault::stands(
                format!("创新券 {} 已于{}到期，不能再使用", self.id, self.valid_until),
                format!("voucher {} was valid until {}", self.id, self.valid_until),
            ));
        }
        if fen > self.available_fen {
            let (has, wants) = (Money(self.available_fen), Money(fen));
            return Err(LedgerFault::stands(
                format!("创新券 {} 可用余额{has}，不足{wants}", self.id),
                format!("voucher {} has {} 分 available, not {fen}", self.id, self.available_fen),
            ));
        }
        if self.uses.len() >= Self::USES_MAX {
            return Err(LedgerFault::stands(
                format!("创新券 {} 最多使用{}次", self.id, Self::USES_MAX),
                format!("voucher {} has its {} uses", self.id, Self::USES_MAX),
            ));
        }
        self.available_fen -= fen;
        self.uses.push(VoucherUse {
            number: u32::try_from(self.uses.len()).unwrap_or(u32::MAX).saturating_add(1),
            service: service.trim().to_owned(),
            amount_fen: fen,
            state: VoucherUseState::Reserved,
            updated: at,
        });
        moves(&[("available", -fen), ("reserved", fen)])
    }

    /// Gives a reserved part back.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] if that use is not reserved.
    pub fn release(&mut self, number: u32, at: Timestamp) -> Result<Vec<Posting>, LedgerFault> {
        let fen = self.step(number, VoucherUseState::Released, at)?.amount_fen;
        self.available_fen += fen;
        moves(&[("reserved", -fen), ("available", fen)])
    }

    /// Spends a reserved part, or less of it; the rest is available again.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] if that use is not reserved (any more), or for more than it has.
    pub fn spend(
        &mut self,
        number: u32,
        fen: Fen,
        at: Timestamp,
    ) -> Result<Vec<Posting>, LedgerFault> {
        amount("amount_fen", fen)?;
        let used = self.step(number, VoucherUseState::Spent, at)?;
        let held = used.amount_fen;
        if fen > held {
            return Err(LedgerFault::stands(
                format!("该次使用预留了{}，不能使用{}", Money(held), Money(fen)),
                format!("use {number} has {held} 分 reserved, not {fen}"),
            ));
        }
        used.amount_fen = fen;
        self.available_fen += held - fen;
        moves(&[("reserved", -held), ("spent", fen), ("available", held - fen)])
    }

    /// Pays what was spent to who rendered the service.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] if that use is not spent, or settled already.
    pub fn settle(&mut self, number: u32, at: Timestamp) -> Result<Vec<Posting>, LedgerFault> {
        let fen = self.step(number, VoucherUseState::Settled, at)?.amount_fen;
        moves(&[("spent", -fen), ("settled", fen)])
    }

    /// Takes back what is available, after its last day. What is reserved stays.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] before the day is over, or if nothing is available.
    pub fn expire(&mut self, today: Date) -> Result<Vec<Posting>, LedgerFault> {
        if today <= self.valid_until {
            return Err(LedgerFault::stands(
                format!("创新券 {} 有效期至{}，尚未到期", self.id, self.valid_until),
                format!("voucher {} is valid until {}", self.id, self.valid_until),
            ));
        }
        let fen = std::mem::take(&mut self.available_fen);
        if fen == 0 {
            return Err(LedgerFault::stands(
                format!("创新券 {} 没有可失效的余额", self.id),
                format!("voucher {} has nothing available that could expire", self.id),
            ));
        }
        self.expired_fen += fen;
        moves(&[("available", -fen), ("expired", fen)])
    }

    /// Takes an edge of a use's life. The voucher is to be thrown away if this fails.
    fn step(
        &mut self,
        number: u32,
        to: VoucherUseState,
        at: Timestamp,
    ) -> Result<&mut VoucherUse, LedgerFault> {
        let id = self.id;
        let used = self.uses.iter_mut().find(|used| used.number == number).ok_or_else(|| {
            LedgerFault::invalid(
                "use",
                format!("创新券 {id} 没有第{number}次使用"),
                format!("voucher {id} has no use {number}"),
            )
        })?;
        let edge = |error: IllegalEdge| {
            LedgerFault::Stands(Text::new(
                format!(
                    "创新券 {id} 第{number}次使用当前为“{}”，不能变为“{}”：同一笔不能重复使用或兑付",
                    used.state.zh(),
                    to.zh()
                ),
                format!("use {number} of voucher {id}: {error}"),
            ))
        };
        used.state = used.state.become_state(to).map_err(edge)?;
        used.updated = at;
        Ok(used)
    }

    /// What its uses have in a state, in 分.
    #[must_use]
    pub fn in_state(&self, state: VoucherUseState) -> Fen {
        self.uses.iter().filter(|used| used.state == state).map(|used| used.amount_fen).sum()
    }
}
