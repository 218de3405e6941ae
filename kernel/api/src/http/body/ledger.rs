//! Ledgers over the wire: money is an integer count of 分, above zero in, below zero out.

use serde::{Deserialize, Serialize};
use taihu_model::{
    self as model, AccountSlug, Digest, Fen, LedgerSlug, Side, TenantSlug, Timestamp,
};
use taihu_service::{self as service, Booked};
use utoipa::ToSchema;

use super::{Text, list};
use crate::http::cursor;

/// What a ledger is for, and within which bounds (分).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Terms {
    /// 科技创新券。
    Vouchers {
        /// 预算总额（分）。
        #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 100_000_000)]
        budget_fen: Fen,
    },
    /// 风险池。
    RiskPool {
        /// 代偿比例，基点（1至10000）。
        #[schema(minimum = 1, maximum = 10_000, example = 4_000)]
        ratio_bp: u16,
        /// 单笔担保上限（分）。
        #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 50_000_000)]
        guarantee_fen_max: Fen,
        /// 累计净代偿上限（分）。
        #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 500_000_000)]
        claims_fen_max: Fen,
    },
    /// 转化收益。
    Revenue {},
}

impl From<model::LedgerTerms> for Terms {
    fn from(terms: model::LedgerTerms) -> Self {
        match terms {
            model::LedgerTerms::Vouchers { budget_fen } => Self::Vouchers { budget_fen },
            model::LedgerTerms::RiskPool(terms) => {
                let model::RiskTerms { ratio_bp, guarantee_fen_max, claims_fen_max } = terms;
                Self::RiskPool { ratio_bp, guarantee_fen_max, claims_fen_max }
            }
            model::LedgerTerms::Revenue {} => Self::Revenue {},
        }
    }
}

impl From<Terms> for model::LedgerTerms {
    fn from(terms: Terms) -> Self {
        match terms {
            Terms::Vouchers { budget_fen } => Self::Vouchers { budget_fen },
            Terms::RiskPool { ratio_bp, guarantee_fen_max, claims_fen_max } => {
                Self::RiskPool(model::RiskTerms { ratio_bp, guarantee_fen_max, claims_fen_max })
            }
            Terms::Revenue {} => Self::Revenue {},
        }
    }
}

/// A ledger (账本).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ledger {
    #[schema(value_type = String, example = "vouchers-2026")]
    slug: LedgerSlug,
    /// Whose ground it stands on.
    #[schema(value_type = String, example = "changxing")]
    tenant: TenantSlug,
    /// 名称。
    name: String,
    terms: Terms,
    #[schema(example = "科技创新券")]
    kind_zh: &'static str,
    /// Who opened it.
    opened_by: String,
    #[schema(value_type = String, format = DateTime)]
    opened: Timestamp,
    /// How many entries it has: also the number of the last one.
    entries: u64,
}

impl From<model::Ledger> for Ledger {
    fn from(ledger: model::Ledger) -> Self {
        Self {
            slug: ledger.slug,
            tenant: ledger.tenant,
            name: ledger.name,
            kind_zh: ledger.terms.zh(),
            terms: ledger.terms.into(),
            opened_by: ledger.opened_by,
            opened: ledger.opened,
            entries: ledger.entries,
        }
    }
}

/// A ledger that is to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenLedger {
    #[schema(value_type = String, example = "vouchers-2026")]
    pub(crate) slug: LedgerSlug,
    /// 名称，1至300字。
    #[schema(example = "2026年科技创新券")]
    pub(crate) name: String,
    pub(crate) terms: Terms,
}

/// One ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneLedger {
    pub(crate) ledger: Ledger,
}

/// The ledgers of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ledgers {
    pub(crate) ledgers: Vec<Ledger>,
    /// Always null.
    pub(crate) next: Option<String>,
}

/// An account and what is on it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    #[schema(value_type = String, example = "available")]
    slug: AccountSlug,
    /// 名称。
    #[schema(example = "可用")]
    name: String,
    /// `in`: never below zero; `out`: never above zero.
    #[schema(value_type = String, example = "in")]
    side: Side,
    /// 余额（分）。
    balance_fen: Fen,
}

impl From<model::Account> for Account {
    fn from(account: model::Account) -> Self {
        let model::Account { slug, name, side, balance_fen } = account;
        Self { slug, name, side, balance_fen }
    }
}

/// An account that is to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenAccount {
    #[schema(value_type = String, example = "team-wang")]
    pub(crate) slug: AccountSlug,
    /// 名称，1至300字。
    #[schema(example = "王教授团队")]
    pub(crate) name: String,
}

/// One account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneAccount {
    pub(crate) account: Account,
}

/// A ledger's accounts after an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Balance {
    ledger: Ledger,
    /// After which entry.
    at: u64,
    accounts: Vec<Account>,
    /// What the balances sum to: 0, or the ledger is damaged.
    sum_fen: Fen,
}

impl From<service::LedgerBalance> for Balance {
    fn from(found: service::LedgerBalance) -> Self {
        Self {
            ledger: found.ledger.into(),
            at: found.at,
            accounts: list(found.accounts),
            sum_fen: narrow(found.sum_fen),
        }
    }
}

/// A sum of a right ledger fits; a wrong one's is shown at the end of the scale.
fn narrow(fen: i128) -> Fen {
    Fen::try_from(fen).unwrap_or(if fen < 0 { Fen::MIN } else { Fen::MAX })
}

/// What shows that an entry is right.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    /// 凭证编号或名称，1至300字。
    #[schema(example = "技术合同 2026330500017")]
    reference: String,
    /// SHA-256 of the file, 64 hexadecimal digits, if there is one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    file: Option<Digest>,
}

/// Why something is booked, and what shows that it is right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grounds {
    /// 理由，1至300字。
    #[schema(example = "检测服务已完成")]
    reason: String,
    /// 凭证，1至16项。
    #[schema(min_items = 1, max_items = 16)]
    evidence: Vec<Reference>,
}

impl From<Grounds> for model::Grounds {
    fn from(grounds: Grounds) -> Self {
        let evidence = grounds.evidence.into_iter();
        let evidence = evidence
            .map(|Reference { reference, file }| model::LedgerEvidence { reference, file })
            .collect();
        Self { reason: grounds.reason, evidence }
    }
}

/// One line of an entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Line {
    #[schema(value_type = String, example = "available")]
    account: AccountSlug,
    /// 分: above zero in, below zero out.
    amount_fen: Fen,
    /// What was on the account then.
    after_fen: Fen,
}

/// An entry: never changed, never taken away.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    /// 1 for a ledger's first, without gaps.
    number: u64,
    /// Number of its commit in the tenant's log.
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who.
    actor: String,
    /// What.
    #[schema(example = "voucher.spend")]
    action: String,
    /// Of what: a voucher, a guarantee, a deal; may be empty.
    subject: String,
    /// 理由。
    reason: String,
    /// 凭证。
    evidence: Vec<Reference>,
    /// They sum to zero.
    lines: Vec<Line>,
}

impl From<Booked> for LedgerEntry {
    fn from(booked: Booked) -> Self {
        let Booked { entry, seq } = booked;
        let line = |model::Line { account, amount_fen, after_fen }| Line {
            account,
            amount_fen,
            after_fen,
        };
        let evidence = |model::LedgerEvidence { reference, file }| Reference { reference, file };
        Self {
            number: entry.number,
            seq,
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            reason: entry.reason,
            evidence: entry.evidence.into_iter().map(evidence).collect(),
            lines: entry.lines.into_iter().map(line).collect(),
        }
    }
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneEntry {
    pub(crate) entry: LedgerEntry,
}

impl From<Booked> for OneEntry {
    fn from(booked: Booked) -> Self {
        Self { entry: booked.into() }
    }
}

/// A page of entries, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerEntries {
    entries: Vec<LedgerEntry>,
    /// Cursor of the next page.
    next: Option<String>,
}

impl From<service::Entries> for LedgerEntries {
    fn from(found: service::Entries) -> Self {
        let next = found.next.map(|number| cursor::write("entries", number));
        Self { entries: list(found.entries), next }
    }
}

/// One line of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementLine {
    /// 分: above zero in, below zero out.
    amount_fen: Fen,
    /// What was on the account then.
    after_fen: Fen,
    entry: LedgerEntry,
}

/// An account's lines, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statement {
    account: Account,
    /// After which entry.
    at: u64,
    lines: Vec<StatementLine>,
    /// Cursor of the next page.
    next: Option<String>,
}

impl From<service::Statement> for Statement {
    fn from(found: service::Statement) -> Self {
        let line = |line: service::StatementLine| StatementLine {
            amount_fen: line.amount_fen,
            after_fen: line.after_fen,
            entry: line.booked.into(),
        };
        Self {
            account: found.account.into(),
            at: found.at,
            lines: found.lines.into_iter().map(line).collect(),
            next: found.next.map(|number| cursor::write("statement", number)),
        }
    }
}

/// What came of adding a ledger up from its first entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    /// Whether nothing is wrong.
    right: bool,
    /// After which entry.
    at: u64,
    /// Entries added up.
    entries: u64,
    /// Number of the last one's commit in the tenant's log.
    seq: u64,
    /// What all balances sum to.
    sum_fen: Fen,
    /// What comes in on all lines.
    turnover_fen: Fen,
    /// What is wrong, at most 20.
    faults: Vec<Text>,
}

impl From<service::LedgerCheck> for Check {
    fn from(check: service::LedgerCheck) -> Self {
        Self {
            right: check.is_right(),
            at: check.at,
            entries: check.entries,
            seq: check.seq,
            sum_fen: narrow(check.sum_fen),
            turnover_fen: narrow(check.turnover_fen),
            faults: list(check.faults),
        }
    }
}

/// One check.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneCheck {
    pub(crate) check: Check,
}

/// So much into an account, or out of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Posting {
    #[schema(value_type = String, example = "bank")]
    account: AccountSlug,
    /// 分: above zero in, below zero out; never 0.
    #[schema(example = -8_000_000)]
    amount_fen: Fen,
}

/// An entry by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostEntry {
    /// 2至64行，合计为0，每个科目一行。
    #[schema(min_items = 2, max_items = 64)]
    postings: Vec<Posting>,
    pub(crate) grounds: Grounds,
}

impl PostEntry {
    pub(crate) fn parts(self) -> (Vec<model::Posting>, model::Grounds) {
        let posting = |Posting { account, amount_fen }| model::Posting { account, amount_fen };
        (self.postings.into_iter().map(posting).collect(), self.grounds.into())
    }
}

/// One party's portion of an income.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portion {
    #[schema(value_type = String, example = "team-wang")]
    account: AccountSlug,
    /// 分。
    #[schema(minimum = 1, example = 72_000_000)]
    amount_fen: Fen,
}

/// Income of revenue and how it is split.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Income {
    /// 转化事项，1至300字。
    #[schema(example = "技术合同 2026330500017")]
    deal: String,
    /// 到账总额（分）。
    #[schema(minimum = 1, example = 100_000_000)]
    gross_fen: Fen,
    /// 成本（分）。
    #[schema(minimum = 0, example = 10_000_000)]
    costs_fen: Fen,
    /// 各方分配，合计等于总额减成本。
    portions: Vec<Portion>,
    pub(crate) grounds: Grounds,
}

impl Income {
    pub(crate) fn parts(self) -> (model::Income, model::Grounds) {
        let portion = |Portion { account, amount_fen }| model::Portion { account, amount_fen };
        let income = model::Income {
            deal: self.deal,
            gross_fen: self.gross_fen,
            costs_fen: self.costs_fen,
            portions: self.portions.into_iter().map(portion).collect(),
        };
        (income, self.grounds.into())
    }
}

/// An amount, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Amount {
    /// 分。
    #[schema(example = 100_000_000)]
    pub(crate) amount_fen: Fen,
    pub(crate) grounds: Grounds,
}

/// Why, where nothing else is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Because {
    pub(crate) grounds: Grounds,
}
