//! The proof that a ledger is right: every entry is added up again, from the first.

use std::collections::BTreeMap;

use taihu_model::{
    Account, Fen, Guarantee, GuaranteeState, Ledger, LedgerEntry, LedgerSlug, LedgerTerms, Side,
    TenantSlug, Text, Voucher, VoucherUseState,
};

use super::Booked;
use super::reads::{of, page, reached};
use crate::authority::{Action, Caller};
use crate::error::Result;
use crate::kernel::{Kernel, View};
use crate::limits::{LEDGER_ACCOUNTS_MAX, LEDGER_CHECK_PAGE, LEDGER_FAULTS_MAX};

/// What came of adding a ledger up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerCheck {
    /// After which entry.
    pub at: u64,
    /// Entries added up.
    pub entries: u64,
    /// Number of the commit of the last of them in the tenant's log; 0 if there is none.
    pub seq: u64,
    /// What all balances sum to.
    pub sum_fen: i128,
    /// What comes in on all lines: what leaves is as much.
    pub turnover_fen: i128,
    /// What is wrong, the first faults; nothing if the ledger is right.
    pub faults: Vec<Text>,
}

impl LedgerCheck {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Kernel {
    /// Adds a ledger up from its first entry: that each sums to zero and follows the one before, that
    /// no account ever crossed zero, that no voucher had more spent than its face, that exposure was
    /// never above capital; and, up to the last entry, that accounts, vouchers and guarantees say the
    /// same as the entries.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] if there is no such ledger; [`crate::Error::Damaged`] if it cannot be
    /// read. What is wrong with its sums is no error but the answer.
    pub fn check_ledger(
        &self,
        caller: &Caller,
        tenant: &TenantSlug,
        ledger: &LedgerSlug,
        at: Option<u64>,
    ) -> Result<LedgerCheck> {
        caller.may(Action::ReadLedgers, tenant)?;
        let view = self.snapshot()?;
        let ledger = of(&view, tenant, ledger)?;
        let at = reached(&ledger, at)?;
        let prefix = format!("ledger-account/{}/", ledger.slug);
        let most = usize::try_from(LEDGER_ACCOUNTS_MAX).unwrap_or(usize::MAX);
        let accounts = view.list::<Account>(tenant, &prefix, None, most)?;
        let accounts: Vec<Account> = accounts.into_iter().map(|(_, account)| account).collect();
        let mut sums = Sums::new(&ledger, &accounts);
        'all: loop {
            let found = page(&view, tenant, &ledger, sums.check.entries, LEDGER_CHECK_PAGE)?;
            if found.is_empty() {
                break;
            }
            for booked in &found {
                if booked.entry.number > at {
                    break 'all;
                }
                sums.add(booked);
            }
        }
        if sums.check.entries != at {
            let have = sums.check.entries;
            sums.fault(format!("分录缺失：应有{at}笔，实有{have}笔"), || {
                format!("{at} entries are due, and {have} are there")
            });
        }
        if at == ledger.entries {
            sums.hold_against(&accounts);
            hold_records(&view, tenant, &ledger, &mut sums)?;
            sums.hold_the_rest();
        }
        sums.check.sum_fen = sums.balances.values().map(|fen| i128::from(*fen)).sum();
        Ok(sums.check)
    }
}

/// Sums as they grow, entry by entry.
struct Sums<'a> {
    check: LedgerCheck,
    terms: &'a LedgerTerms,
    sides: BTreeMap<&'a str, Side>,
    balances: BTreeMap<String, Fen>,
    /// What each voucher or guarantee has on each account.
    subjects: BTreeMap<String, BTreeMap<String, Fen>>,
}

impl<'a> Sums<'a> {
    fn new(ledger: &'a Ledger, accounts: &'a [Account]) -> Self {
        Self {
            check: LedgerCheck {
                at: 0,
                entries: 0,
                seq: 0,
                sum_fen: 0,
                turnover_fen: 0,
                faults: Vec::new(),
            },
            terms: &ledger.terms,
            sides: accounts.iter().map(|one| (one.slug.as_str(), one.side)).collect(),
            balances: BTreeMap::new(),
            subjects: BTreeMap::new(),
        }
    }

    fn fault(&mut self, zh: String, en: impl FnOnce() -> String) {
        if self.check.faults.len() < LEDGER_FAULTS_MAX {
            self.check.faults.push(Text::new(zh, en()));
        }
    }

    fn add(&mut self, booked: &Booked) {
        let (entry, due) = (&booked.entry, self.check.entries + 1);
        let number = entry.number;
        if number != due || booked.seq <= self.check.seq {
            self.fault(
                format!("第{due}笔分录的编号或提交次序有误（{number}）"),
                || format!("entry {number} stands where {due} is due, or was committed before it"),
            );
        }
        (self.check.entries, self.check.at, self.check.seq) = (number, number, booked.seq);
        let sum: i128 = entry.lines.iter().map(|line| i128::from(line.amount_fen)).sum();
        if sum != 0 {
            self.fault(format!("第{number}笔分录之和为{sum}分，应为0"), || {
                format!("entry {number} sums to {sum} 分, not to 0")
            });
        }
        for line in &entry.lines {
            self.line(entry, line);
        }
        self.subject(entry);
        self.terms_hold(number);
    }

    fn line(&mut self, entry: &LedgerEntry, line: &taihu_model::Line) {
        let (number, account) = (entry.number, line.account.as_str());
        self.check.turnover_fen += i128::from(line.amount_fen.max(0));
        let balance = self.balances.entry(account.to_owned()).or_default();
        *balance = balance.saturating_add(line.amount_fen);
        let right = *balance == line.after_fen
            && self.sides.get(account).is_some_and(|side| side.holds(line.after_fen));
        if !right {
            self.fault(
                format!("第{number}笔分录后科目“{account}”的余额有误"),
                || format!("the balance of {account} after entry {number} is wrong"),
            );
        }
    }

    /// What a voucher or guarantee has is never on the wrong side of zero, whatever others have.
    fn subject(&mut self, entry: &LedgerEntry) {
        if matches!(self.terms, LedgerTerms::Revenue {}) || entry.subject.is_empty() {
            return;
        }
        let has = self.subjects.entry(entry.subject.clone()).or_default();
        let mut crossed = false;
        for line in &entry.lines {
            let fen = has.entry(line.account.to_string()).or_default();
            *fen = fen.saturating_add(line.amount_fen);
            let own = !matches!(line.account.as_str(), "cash" | "capital");
            let side = self.sides.get(line.account.as_str());
            crossed |= own && side.is_some_and(|side| !side.holds(*fen));
        }
        if crossed {
            let (number, subject) = (entry.number, &entry.subject);
            let zh = format!("第{number}笔分录使 {subject} 超额使用");
            let en = format!("entry {number} uses more of {subject} than it has");
            self.fault(zh, || en);
        }
    }

    fn terms_hold(&mut self, number: u64) {
        let of = |account: &str| self.balances.get(account).copied().unwrap_or_default();
        let broken = match self.terms {
            LedgerTerms::Vouchers { budget_fen } => -of("funds") > *budget_fen,
            LedgerTerms::RiskPool(terms) => {
                of("exposure") > of("cash")
                    || of("cash") > -of("capital")
                    || of("claims") > terms.claims_fen_max
            }
            LedgerTerms::Revenue {} => false,
        };
        if broken {
            self.fault(format!("第{number}笔分录后超出账本限额"), || {
                format!("after entry {number} the ledger is beyond its terms")
            });
        }
    }

    fn hold_against(&mut self, accounts: &[Account]) {
        for account in accounts {
            let sum = self.balances.get(account.slug.as_str()).copied().unwrap_or_default();
            if sum != account.balance_fen {
                let slug = &account.slug;
                self.fault(format!("科目“{slug}”的余额与分录之和不符"), || {
                    format!("the balance of {slug} is not the sum of its lines")
                });
            }
        }
    }

    /// What the entries are about has a record.
    fn hold_the_rest(&mut self) {
        if let Some(subject) = self.subjects.keys().next().cloned() {
            self.fault(format!("{subject} 有分录而无记录"), || {
                format!("there are entries about {subject}, and no record of it")
            });
        }
    }

    fn hold(&mut self, subject: &str, says: &[(&str, Fen)]) {
        let has = self.subjects.remove(subject).unwrap_or_default();
        let right = says.iter().all(|(on, fen)| has.get(*on).copied().unwrap_or_default() == *fen);
        if !right {
            self.fault(format!("{subject} 的记录与分录不符"), || {
                format!("the record of {subject} is not what the entries say")
            });
        }
    }
}

/// Holds what vouchers and guarantees say against the entries.
fn hold_records(
    view: &View,
    tenant: &TenantSlug,
    ledger: &Ledger,
    sums: &mut Sums<'_>,
) -> Result<()> {
    let mut after = None;
    let prefix = match ledger.terms {
        LedgerTerms::Vouchers { .. } => format!("voucher/{}/", ledger.slug),
        LedgerTerms::RiskPool(_) => format!("guarantee/{}/", ledger.slug),
        LedgerTerms::Revenue {} => return Ok(()),
    };
    loop {
        if matches!(ledger.terms, LedgerTerms::Vouchers { .. }) {
            let found = view.list::<Voucher>(tenant, &prefix, after.as_ref(), LEDGER_CHECK_PAGE)?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = Some(last.clone());
            found.iter().for_each(|(_, voucher)| hold_voucher(voucher, sums));
        } else {
            let found =
                view.list::<Guarantee>(tenant, &prefix, after.as_ref(), LEDGER_CHECK_PAGE)?;
            let Some((last, _)) = found.last() else { return Ok(()) };
            after = Some(last.clone());
            found.iter().for_each(|(_, guarantee)| hold_guarantee(guarantee, sums));
        }
    }
}

fn hold_voucher(voucher: &Voucher, sums: &mut Sums<'_>) {
    use VoucherUseState as S;
    let says = [
        ("funds", -voucher.face_fen),
        ("available", voucher.available_fen),
        ("reserved", voucher.in_state(S::Reserved)),
        ("spent", voucher.in_state(S::Spent)),
        ("settled", voucher.in_state(S::Settled)),
        ("expired", voucher.expired_fen),
    ];
    sums.hold(&voucher.id.to_string(), &says);
}

fn hold_guarantee(guarantee: &Guarantee, sums: &mut Sums<'_>) {
    let open = matches!(guarantee.state, GuaranteeState::Active | GuaranteeState::Claimed);
    let exposure = if open { guarantee.covered_fen } else { 0 };
    let claims = match (&guarantee.claim, guarantee.state) {
        (Some(claim), GuaranteeState::Paid) => claim.pays_fen - claim.recovered_fen,
        _ => 0,
    };
    let says = [("exposure", exposure), ("liability", -exposure), ("claims", claims)];
    sums.hold(&guarantee.id.to_string(), &says);
}
