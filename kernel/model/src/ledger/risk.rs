//! 风险池: capital that stands for a part of what trials and guarantees may lose.
//!
//! What the pool stands for (exposure) is never above what it has (cash), and that never above what
//! was paid in (capital): a guarantee is only given if the pool could pay it in full today.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LedgerFault, Money, Posting, amount, moves, words};
use crate::{Fen, GuaranteeId, GuaranteeState, LedgerSlug, Text};

/// Basis points of the whole.
const WHOLE_BP: u16 = 10_000;

/// Within which bounds a risk pool pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskTerms {
    /// 代偿比例: the part of a loss that the pool bears, in basis points (1–10,000).
    pub ratio_bp: u16,
    /// 单笔上限（分）: the most that one guarantee covers.
    pub guarantee_fen_max: Fen,
    /// 累计代偿上限（分）: the most that is paid in all, less what was recovered.
    pub claims_fen_max: Fen,
}

impl RiskTerms {
    pub(super) fn check(&self) -> Result<(), LedgerFault> {
        if !(1..=WHOLE_BP).contains(&self.ratio_bp) {
            return Err(LedgerFault::invalid(
                "ratio_bp",
                format!("代偿比例应为1至{WHOLE_BP}个基点，现为{}", self.ratio_bp),
                format!("the ratio is 1 to {WHOLE_BP} basis points, not {}", self.ratio_bp),
            ));
        }
        amount("guarantee_fen_max", self.guarantee_fen_max)?;
        amount("claims_fen_max", self.claims_fen_max)
    }

    /// The pool's part of an amount: by the ratio, rounded down to the 分, at most the cap.
    #[must_use]
    pub fn part(&self, fen: Fen) -> Fen {
        let part = i128::from(fen) * i128::from(self.ratio_bp) / i128::from(WHOLE_BP);
        Fen::try_from(part).unwrap_or(Fen::MAX).clamp(0, self.guarantee_fen_max)
    }
}

/// What the pool stands for: one trial or loan, up to an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantee {
    /// Its identifier.
    pub id: GuaranteeId,
    /// The ledger of the pool.
    pub ledger: LedgerSlug,
    /// 受益单位.
    pub beneficiary: String,
    /// The deal that it is for.
    pub deal: String,
    /// What is guaranteed, in 分.
    pub principal_fen: Fen,
    /// The most that the pool pays of it, in 分.
    pub covered_fen: Fen,
    /// Where it is in its life.
    pub state: GuaranteeState,
    /// When it was given.
    pub given: Timestamp,
    /// The claim, if one was lodged and not refused.
    #[serde(default)]
    pub claim: Option<Claim>,
}

/// What somebody asks of the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What was lost, in 分.
    pub loss_fen: Fen,
    /// What the pool pays of it by its terms, in 分.
    pub pays_fen: Fen,
    /// What was recovered of it afterwards, in 分.
    pub recovered_fen: Fen,
    /// Who lodged it: somebody else decides.
    pub lodged_by: String,
}

impl Guarantee {
    /// The postings of its beginning; what it covers is worked out here.
    ///
    /// # Errors
    /// [`LedgerFault::Invalid`] for words or an amount that are none.
    pub fn give(&mut self, terms: &RiskTerms) -> Result<Vec<Posting>, LedgerFault> {
        words("beneficiary", &self.beneficiary)?;
        words("deal", &self.deal)?;
        amount("principal_fen", self.principal_fen)?;
        self.covered_fen = terms.part(self.principal_fen);
        amount("principal_fen", self.covered_fen)?;
        moves(&[("exposure", self.covered_fen), ("liability", -self.covered_fen)])
    }

    /// Ends it without a loss.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] if it is not active.
    pub fn release(&mut self) -> Result<Vec<Posting>, LedgerFault> {
        self.step(GuaranteeState::Released)?;
        moves(&[("exposure", -self.covered_fen), ("liability", self.covered_fen)])
    }

    /// Lodges a claim. No money moves.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] if it is not active, [`LedgerFault::Invalid`] for a loss above what is
    /// guaranteed.
    pub fn lodge(&mut self, loss_fen: Fen, terms: &RiskTerms, by: &str) -> Result<(), LedgerFault> {
        amount("loss_fen", loss_fen)?;
        if loss_fen > self.principal_fen {
            return Err(LedgerFault::invalid(
                "loss_fen",
                format!("损失{}超过担保本金{}", Money(loss_fen), Money(self.principal_fen)),
                format!("a loss is at most the {} 分 guaranteed", self.principal_fen),
            ));
        }
        let pays_fen = terms.part(loss_fen).min(self.covered_fen);
        amount("loss_fen", pays_fen)?;
        self.step(GuaranteeState::Claimed)?;
        self.claim = Some(Claim { loss_fen, pays_fen, recovered_fen: 0, lodged_by: by.into() });
        Ok(())
    }

    /// Pays the claim, and ends what the pool stands for. `claims_fen` is what the pool has paid so
    /// far, less what it recovered.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] if there is no claim, it was decided, the same person lodged it, or the
    /// pool has paid as much as it may.
    pub fn pay(
        &mut self,
        terms: &RiskTerms,
        claims_fen: Fen,
        by: &str,
    ) -> Result<Vec<Posting>, LedgerFault> {
        let pays = self.decide(GuaranteeState::Paid, by)?;
        if i128::from(claims_fen) + i128::from(pays) > i128::from(terms.claims_fen_max) {
            let (max, paid) = (Money(terms.claims_fen_max), Money(claims_fen));
            return Err(LedgerFault::stands(
                format!("累计代偿上限{max}，已净代偿{paid}，不足以支付{}", Money(pays)),
                format!(
                    "the pool pays {} 分 in all and has paid {claims_fen}: {pays} more are too many",
                    terms.claims_fen_max
                ),
            ));
        }
        moves(&[
            ("cash", -pays),
            ("claims", pays),
            ("exposure", -self.covered_fen),
            ("liability", self.covered_fen),
        ])
    }

    /// Refuses the claim: the guarantee goes on. No money moves.
    ///
    /// # Errors
    /// As [`Guarantee::pay`], but for the pool's limit.
    pub fn refuse(&mut self, by: &str) -> Result<(), LedgerFault> {
        self.decide(GuaranteeState::Active, by)?;
        self.claim = None;
        Ok(())
    }

    /// Takes back money of a paid claim: 追偿.
    ///
    /// # Errors
    /// [`LedgerFault::Stands`] if nothing was paid, or for more than was.
    pub fn recover(&mut self, fen: Fen) -> Result<Vec<Posting>, LedgerFault> {
        amount("amount_fen", fen)?;
        let open = match (&self.claim, self.state) {
            (Some(claim), GuaranteeState::Paid) => claim.pays_fen - claim.recovered_fen,
            _ => 0,
        };
        let Some(claim) = self.claim.as_mut().filter(|_| fen <= open) else {
            return Err(LedgerFault::stands(
                format!("尚可追偿{}，不能追回{}", Money(open), Money(fen)),
                format!("{open} 分 are left to recover, not {fen}"),
            ));
        };
        claim.recovered_fen += fen;
        moves(&[("cash", fen), ("claims", -fen)])
    }

    fn decide(&mut self, to: GuaranteeState, by: &str) -> Result<Fen, LedgerFault> {
        if self.state != GuaranteeState::Claimed {
            self.step(GuaranteeState::Claimed)?;
        }
        let Some(claim) = &self.claim else {
            return Err(LedgerFault::stands("没有待决定的代偿申请", "there is no claim to decide"));
        };
        if claim.lodged_by == by {
            return Err(LedgerFault::stands(
                "代偿申请不能由提出者本人决定，请由另一人办理",
                "who lodged a claim does not decide it; have somebody else do so",
            ));
        }
        let pays = claim.pays_fen;
        self.step(to)?;
        Ok(pays)
    }

    fn step(&mut self, to: GuaranteeState) -> Result<(), LedgerFault> {
        let id = self.id;
        let from = self.state;
        self.state = from.become_state(to).map_err(|error| {
            LedgerFault::Stands(Text::new(
                format!("担保 {id} 当前为“{}”，不能变为“{}”", from.zh(), to.zh()),
                format!("guarantee {id}: {error}"),
            ))
        })?;
        Ok(())
    }
}
