//! Ledgers (账本): money in 分, in entries that are only ever added and that each sum to zero.
//!
//! An amount is signed: above zero comes into an account, below zero leaves it. Every entry's lines
//! sum to zero, so the balances of a ledger's accounts do, after every entry.

mod money;
mod risk;
mod voucher;

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountSlug, Digest, Fen, LedgerSlug, TenantSlug, Text};

pub use money::{AMOUNT_FEN_MAX, Money, MoneyError};
pub use risk::{Claim, Guarantee, RiskTerms};
pub use voucher::{Voucher, VoucherUse};

/// Lines of one entry: the parties of one income, and room.
pub const POSTINGS_MAX: usize = 64;
/// References to evidence of one entry: more is one file.
pub const LEDGER_EVIDENCE_MAX: usize = 16;
/// Characters of a reference, and of every other name in a ledger: a title with its number.
pub const LEDGER_TEXT_CHARS_MAX: usize = 300;

/// What keeps an amount from being booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerFault {
    /// What was asked for is wrong in itself.
    Invalid {
        /// Name of the field.
        field: &'static str,
        /// What is wrong and what would be right.
        text: Text,
    },
    /// It stands against what the ledger says now.
    Stands(Text),
}

impl LedgerFault {
    /// A field that is wrong.
    pub(crate) fn invalid(
        field: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self::Invalid { field, text: Text::new(zh, en) }
    }

    /// Something that stands in the way.
    pub(crate) fn stands(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Stands(Text::new(zh, en))
    }
}

/// What a ledger is for, and within which bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LedgerTerms {
    /// 科技创新券: what may be issued in all, in 分.
    Vouchers {
        /// 预算总额（分）.
        budget_fen: Fen,
    },
    /// 风险池.
    RiskPool(RiskTerms),
    /// 转化收益.
    Revenue {},
}

impl LedgerTerms {
    /// The code on the wire.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Vouchers { .. } => "vouchers",
            Self::RiskPool(_) => "risk_pool",
            Self::Revenue {} => "revenue",
        }
    }

    /// 中文.
    #[must_use]
    pub const fn zh(&self) -> &'static str {
        match self {
            Self::Vouchers { .. } => "科技创新券",
            Self::RiskPool(_) => "风险池",
            Self::Revenue {} => "转化收益",
        }
    }

    /// Makes sure that bounds are amounts and ratios.
    ///
    /// # Errors
    /// [`LedgerFault::Invalid`] naming the bound.
    pub fn check(&self) -> Result<(), LedgerFault> {
        match self {
            Self::Vouchers { budget_fen } => amount("budget_fen", *budget_fen),
            Self::RiskPool(terms) => terms.check(),
            Self::Revenue {} => Ok(()),
        }
    }

    /// The accounts that a ledger of this kind has from its first day: code, name, side.
    #[must_use]
    pub const fn accounts(&self) -> &'static [(&'static str, &'static str, Side)] {
        match self {
            Self::Vouchers { .. } => &[
                ("funds", "预算来源", Side::Out),
                ("available", "可用", Side::In),
                ("reserved", "已预留", Side::In),
                ("spent", "已使用待兑付", Side::In),
                ("settled", "已兑付", Side::In),
                ("expired", "已失效", Side::In),
            ],
            Self::RiskPool(_) => &[
                ("capital", "出资", Side::Out),
                ("cash", "池内资金", Side::In),
                ("exposure", "在保余额", Side::In),
                ("liability", "担保责任", Side::Out),
                ("claims", "代偿净额", Side::In),
            ],
            Self::Revenue {} => &[("bank", "到账资金", Side::In), ("costs", "应付成本", Side::Out)],
        }
    }
}

/// On which side of zero an account's balance stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Never below zero: what is there.
    In,
    /// Never above zero: what is owed, or where it came from.
    Out,
}

impl Side {
    /// The code on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// Whether a balance stays on this side.
    #[must_use]
    pub const fn holds(self, balance_fen: Fen) -> bool {
        match self {
            Self::In => balance_fen >= 0,
            Self::Out => balance_fen <= 0,
        }
    }
}

/// A ledger on a tenant's ground.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Its slug.
    pub slug: LedgerSlug,
    /// Whose ground it stands on.
    pub tenant: TenantSlug,
    /// 名称.
    pub name: String,
    /// What it is for.
    pub terms: LedgerTerms,
    /// Who opened it.
    pub opened_by: String,
    /// When.
    pub opened: Timestamp,
    /// How many entries it has: also the number of the last one.
    pub entries: u64,
    /// How many accounts it has.
    pub accounts: u32,
}

/// An account of a ledger, and what is on it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its slug.
    pub slug: AccountSlug,
    /// 名称.
    pub name: String,
    /// On which side of zero it stays.
    pub side: Side,
    /// What is on it, in 分.
    pub balance_fen: Fen,
}

/// So much into an account, or out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account.
    pub account: AccountSlug,
    /// 分: above zero comes in, below zero leaves.
    pub amount_fen: Fen,
}

/// A posting of an entry, and the balance after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The account.
    pub account: AccountSlug,
    /// 分: above zero came in, below zero left.
    pub amount_fen: Fen,
    /// What was on the account then.
    pub after_fen: Fen,
}

/// What shows that an entry is right: a reference, and the file's digest if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEvidence {
    /// 凭证编号或名称: a contract's number, an invoice's, a bank's.
    pub reference: String,
    /// Digest of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Digest>,
}

/// An entry: never changed, never taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// 1 for a ledger's first, without gaps.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What: `voucher.spend`.
    pub action: String,
    /// Of what: a voucher, a guarantee, a deal; may be empty.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// What shows it.
    pub evidence: Vec<LedgerEvidence>,
    /// The lines; they sum to zero, each account at most once.
    pub lines: Vec<Line>,
}

/// Why an entry is made, and what shows that it is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grounds {
    /// Why; never empty.
    pub reason: String,
    /// What shows it; never empty.
    pub evidence: Vec<LedgerEvidence>,
}

impl Grounds {
    /// Makes sure that there is a reason and a reference.
    ///
    /// # Errors
    /// [`LedgerFault::Invalid`] naming what is missing or too long.
    pub fn check(&self) -> Result<(), LedgerFault> {
        words("reason", &self.reason)?;
        if !(1..=LEDGER_EVIDENCE_MAX).contains(&self.evidence.len()) {
            return Err(LedgerFault::invalid(
                "evidence",
                format!(
                    "每笔分录须有1至{LEDGER_EVIDENCE_MAX}项凭证，现有{}项",
                    self.evidence.len()
                ),
                format!(
                    "an entry has 1 to {LEDGER_EVIDENCE_MAX} references to evidence, not {}",
                    self.evidence.len()
                ),
            ));
        }
        self.evidence.iter().try_for_each(|one| words("evidence", &one.reference))
    }
}

/// Makes sure that a text says something, and not too much.
///
/// # Errors
/// [`LedgerFault::Invalid`] naming the field.
pub fn words(field: &'static str, text: &str) -> Result<(), LedgerFault> {
    let chars = text.trim().chars().count();
    if (1..=LEDGER_TEXT_CHARS_MAX).contains(&chars) {
        return Ok(());
    }
    Err(LedgerFault::invalid(
        field,
        format!("{field} 应填写1至{LEDGER_TEXT_CHARS_MAX}字，现有{chars}字"),
        format!("{field} has 1 to {LEDGER_TEXT_CHARS_MAX} characters, not {chars}"),
    ))
}

/// Makes sure that a count of 分 is an amount: above zero, and believable.
///
/// # Errors
/// [`LedgerFault::Invalid`] naming the field.
pub fn amount(field: &'static str, fen: Fen) -> Result<(), LedgerFault> {
    if (1..=AMOUNT_FEN_MAX).contains(&fen) {
        return Ok(());
    }
    Err(LedgerFault::invalid(
        field,
        format!("金额应大于0且不超过{}，现为{}", Money(AMOUNT_FEN_MAX), Money(fen)),
        format!("an amount is 1 to {AMOUNT_FEN_MAX} 分, not {fen}"),
    ))
}

/// Makes sure that postings are an entry: two or more, each account once, no zero, summing to zero.
///
/// # Errors
/// [`LedgerFault::Invalid`] naming what is wrong.
pub fn balanced(postings: &[Posting]) -> Result<(), LedgerFault> {
    let invalid = |zh: String, en: String| Err(LedgerFault::invalid("postings", zh, en));
    if !(2..=POSTINGS_MAX).contains(&postings.len()) {
        return invalid(
            format!("一笔分录应有2至{POSTINGS_MAX}行，现有{}行", postings.len()),
            format!("an entry has 2 to {POSTINGS_MAX} lines, not {}", postings.len()),
        );
    }
    let mut known = HashSet::new();
    for posting in postings {
        if !known.insert(&posting.account) {
            return invalid(
                format!("科目“{}”在同一笔分录中出现两次", posting.account),
                format!("account {} stands twice in one entry", posting.account),
            );
        }
        if posting.amount_fen == 0 || posting.amount_fen.unsigned_abs() > AMOUNT_FEN_MAX as u64 {
            return invalid(
                format!(
                    "科目“{}”的金额不能为0，也不能超过{}",
                    posting.account,
                    Money(AMOUNT_FEN_MAX)
                ),
                format!(
                    "the amount of {} is 1 to {AMOUNT_FEN_MAX} 分 in or out, not {}",
                    posting.account, posting.amount_fen
                ),
            );
        }
    }
    let sum: i128 = postings.iter().map(|posting| i128::from(posting.amount_fen)).sum();
    if sum != 0 {
        return invalid(
            format!("分录各行之和应为0，现差{sum}分"),
            format!("the lines of an entry sum to 0, not to {sum} 分"),
        );
    }
    Ok(())
}

/// One party's portion of an income.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portion {
    /// The party's account: one that is owed.
    pub account: AccountSlug,
    /// 分.
    pub amount_fen: Fen,
}

/// Income of 转化收益, and how it is split. By which rule it is split is not decided here: only
/// that nothing is lost or made up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Income {
    /// The deal that it comes from.
    pub deal: String,
    /// 到账总额（分）.
    pub gross_fen: Fen,
    /// 成本（分）; what is left is the net proceeds.
    pub costs_fen: Fen,
    /// Each party's part of the net proceeds; they sum to it.
    pub portions: Vec<Portion>,
}

impl Income {
    /// The postings of the income.
    ///
    /// # Errors
    /// [`LedgerFault::Invalid`] if costs and portions do not sum to the gross, naming the difference.
    pub fn postings(&self) -> Result<Vec<Posting>, LedgerFault> {
        words("deal", &self.deal)?;
        amount("gross_fen", self.gross_fen)?;
        if !(0..=self.gross_fen).contains(&self.costs_fen) {
            return Err(LedgerFault::invalid(
                "costs_fen",
                format!("成本应在0与到账总额之间，现为{}", Money(self.costs_fen)),
                format!("costs are 0 to {} 分, not {}", self.gross_fen, self.costs_fen),
            ));
        }
        self.portions.iter().try_for_each(|portion| amount("portions", portion.amount_fen))?;
        let net_fen = self.gross_fen - self.costs_fen;
        let split: i128 = self.portions.iter().map(|portion| i128::from(portion.amount_fen)).sum();
        if split != i128::from(net_fen) {
            return Err(LedgerFault::invalid(
                "portions",
                format!("各方分配之和应等于净收益{net_fen}分，现为{split}分"),
                format!("the portions sum to the net proceeds of {net_fen} 分, not to {split}"),
            ));
        }
        let mut postings = vec![fixed("bank", self.gross_fen)?];
        if self.costs_fen > 0 {
            postings.push(fixed("costs", -self.costs_fen)?);
        }
        postings.extend(self.portions.iter().map(|portion| Posting {
            account: portion.account.clone(),
            amount_fen: -portion.amount_fen,
        }));
        balanced(&postings)?;
        Ok(postings)
    }
}

/// A posting to one of the accounts that a ledger has from its first day.
pub(crate) fn fixed(account: &'static str, amount_fen: Fen) -> Result<Posting, LedgerFault> {
    let account = account.parse().map_err(|error: crate::SlugError| {
        LedgerFault::invalid("account", error.to_string(), error.to_string())
    })?;
    Ok(Posting { account, amount_fen })
}

/// The postings of those accounts that change.
pub(crate) fn moves(changes: &[(&'static str, Fen)]) -> Result<Vec<Posting>, LedgerFault> {
    changes.iter().filter(|(_, fen)| *fen != 0).map(|(account, fen)| fixed(account, *fen)).collect()
}

#[cfg(test)]
mod tests;
