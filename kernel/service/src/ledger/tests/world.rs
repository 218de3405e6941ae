//! A kernel with one ledger of each kind, and what is done there at random.

use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use proptest::prelude::*;
use taihu_model::{
    Fen, Grounds, Guarantee, GuaranteeId, Income, LedgerEvidence, LedgerSlug, LedgerTerms, Portion,
    Posting, RiskTerms, TenantSlug, Voucher, VoucherId,
};
use taihu_sandbox::{Sandbox, SandboxOptions};
use taihu_store::{Engine, EngineOptions};

use crate::error::{Error, Result};
use crate::recall::tests::memory::Memory;
use crate::{
    Booked, Caller, Compiler, Gate, GuaranteeOrder, GuaranteeStep, Kernel, LedgerCheck,
    ManualClock, Parts, Role, VoucherOrder, VoucherStep,
};

pub(super) const BUDGET: Fen = 20_000;
pub(super) const CLAIMS_MAX: Fen = 4_000;
const LEDGERS: [&str; 3] = ["vouchers", "risk", "revenue"];

/// What somebody does, whether or not it can be done.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Issue(Fen),
    Voucher(usize, VoucherStep),
    Capital(Fen),
    Guarantee(Fen),
    Step(usize, GuaranteeStep),
    Income(Fen, Fen),
    Pay(bool, Fen),
}

pub(super) fn deed() -> impl Strategy<Value = Deed> {
    let number = 1..4_u32;
    let voucher = prop_oneof![
        3 => (1..900_i64).prop_map(|amount_fen| VoucherStep::Reserve { amount_fen, service: "检测".into() }),
        1 => number.clone().prop_map(|number| VoucherStep::Release { number }),
        3 => (number.clone(), 1..900_i64).prop_map(|(number, amount_fen)| VoucherStep::Spend { number, amount_fen }),
        2 => number.prop_map(|number| VoucherStep::Settle { number }),
        1 => Just(VoucherStep::Expire),
    ];
    let guarantee = prop_oneof![
        1 => Just(GuaranteeStep::Release),
        3 => (1..5_000_i64).prop_map(|loss_fen| GuaranteeStep::Claim { loss_fen }),
        3 => Just(GuaranteeStep::Pay),
        1 => Just(GuaranteeStep::Refuse),
        1 => (1..1_000_i64).prop_map(|amount_fen| GuaranteeStep::Recover { amount_fen }),
    ];
    prop_oneof![
        2 => (1..3_000_i64).prop_map(Deed::Issue),
        8 => (0..4_usize, voucher).prop_map(|(nth, step)| Deed::Voucher(nth, step)),
        2 => (-2_000..5_000_i64).prop_map(Deed::Capital),
        3 => (1..5_000_i64).prop_map(Deed::Guarantee),
        6 => (0..4_usize, guarantee).prop_map(|(nth, step)| Deed::Step(nth, step)),
        2 => (1..5_000_i64, 0..5_000_i64).prop_map(|(gross, costs)| Deed::Income(gross, costs)),
        2 => (any::<bool>(), 1..3_000_i64).prop_map(|(team, fen)| Deed::Pay(team, fen)),
    ]
}

pub(super) fn grounds() -> Grounds {
    let evidence = vec![LedgerEvidence { reference: "合同2026-17".into(), file: None }];
    Grounds { reason: "测试".into(), evidence }
}

pub(super) struct World {
    kernel: Kernel,
    clock: Arc<ManualClock>,
    tenant: TenantSlug,
    callers: Vec<Caller>,
    _dir: tempfile::TempDir,
}

fn slug(text: &str) -> LedgerSlug {
    text.parse().unwrap()
}

impl World {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let memory = Memory::default();
        let store =
            Engine::open_backend(move || Ok(Box::new(memory.clone())), EngineOptions::default());
        let options =
            SandboxOptions { seal_key: [0; 32], pooling: false, compiler: Compiler::InProcess };
        let folder = Dir::open_ambient_dir(dir.path(), ambient_authority()).unwrap();
        let kernel = Kernel::new(Parts {
            store: Arc::new(store.unwrap()),
            sandbox: Sandbox::new(options).unwrap(),
            clock: Arc::<ManualClock>::clone(&clock),
            outbound: Arc::new(Gate),
            cache: folder.try_clone().unwrap(),
            drop: folder.try_clone().unwrap(),
            secrets: folder,
            loopback: true,
            allow_unsigned: true,
            embedding: None,
        });
        let tenant: TenantSlug = "deqing".parse().unwrap();
        let callers = (0..4).map(|nth| Caller {
            actor: format!("user_{nth}"),
            role: Role::District,
            tenant: tenant.clone(),
        });
        let callers = callers.collect();
        let world = Self { kernel: kernel.unwrap(), clock, tenant, callers, _dir: dir };
        world.open();
        world
    }

    fn open(&self) {
        let pool =
            RiskTerms { ratio_bp: 4_000, guarantee_fen_max: 2_000, claims_fen_max: CLAIMS_MAX };
        let terms = [
            LedgerTerms::Vouchers { budget_fen: BUDGET },
            LedgerTerms::RiskPool(pool),
            LedgerTerms::Revenue {},
        ];
        for (name, terms) in LEDGERS.into_iter().zip(terms) {
            self.kernel
                .open_ledger(self.caller(0), &self.tenant, slug(name), "测试账本", terms)
                .unwrap();
        }
        for party in ["team", "school"] {
            let account = party.parse().unwrap();
            self.kernel
                .open_account(self.caller(0), &self.tenant, &slug("revenue"), account, party)
                .unwrap();
        }
    }

    pub(super) fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    pub(super) fn tenant(&self) -> &TenantSlug {
        &self.tenant
    }

    pub(super) fn caller(&self, nth: usize) -> &Caller {
        &self.callers[nth]
    }

    pub(super) fn next_month(&self) {
        self.clock.advance_ms(31 * 24 * 3_600_000);
    }

    pub(super) fn issue_once(&self, face_fen: Fen, once: &str) -> Result<(Voucher, Booked)> {
        self.issue_by(0, face_fen, Some(once))
    }

    pub(super) fn issue(&self, face_fen: Fen) -> VoucherId {
        self.issue_by(0, face_fen, None).unwrap().0.id
    }

    fn issue_by(&self, nth: usize, face_fen: Fen, once: Option<&str>) -> Result<(Voucher, Booked)> {
        let order = VoucherOrder {
            holder: "某公司".into(),
            owner: None,
            face_fen,
            valid_until: "2026-06-01".parse().unwrap(),
        };
        let ledger = slug("vouchers");
        self.kernel.issue_voucher(self.caller(nth), &self.tenant, &ledger, &order, &grounds(), once)
    }

    pub(super) fn step(&self, nth: usize, id: VoucherId, step: &VoucherStep) -> Result<Voucher> {
        let (caller, ledger) = (self.caller(nth), slug("vouchers"));
        let at = (&ledger, id);
        Ok(self.kernel.step_voucher(caller, &self.tenant, at, step, &grounds(), None)?.0)
    }

    pub(super) fn capital(&self, fen: Fen) -> Result<Booked> {
        self.capital_on(fen, &grounds())
    }

    pub(super) fn capital_on(&self, fen: Fen, grounds: &Grounds) -> Result<Booked> {
        let ledger = slug("risk");
        self.kernel.move_capital(self.caller(0), &self.tenant, &ledger, fen, grounds, None)
    }

    pub(super) fn guarantee(&self, principal_fen: Fen) -> Result<GuaranteeId> {
        let order = GuaranteeOrder {
            beneficiary: "某公司".into(),
            deal: "合同2026-17".into(),
            principal_fen,
        };
        let (caller, ledger) = (self.caller(0), slug("risk"));
        let given =
            self.kernel.give_guarantee(caller, &self.tenant, &ledger, &order, &grounds(), None);
        Ok(given?.0.id)
    }

    pub(super) fn move_on(
        &self,
        nth: usize,
        id: GuaranteeId,
        step: &GuaranteeStep,
    ) -> Result<Guarantee> {
        let (caller, ledger) = (self.caller(nth), slug("risk"));
        let at = (&ledger, id);
        Ok(self.kernel.step_guarantee(caller, &self.tenant, at, step, &grounds(), None)?.0)
    }

    pub(super) fn income(
        &self,
        gross_fen: Fen,
        costs_fen: Fen,
        portions: &[Fen],
    ) -> Result<Booked> {
        let portions = portions
            .iter()
            .zip(["team", "school"])
            .map(|(fen, party)| Portion { account: party.parse().unwrap(), amount_fen: *fen });
        let income = Income {
            deal: "合同2026-17".into(),
            gross_fen,
            costs_fen,
            portions: portions.collect(),
        };
        let (caller, ledger) = (self.caller(0), slug("revenue"));
        self.kernel.book_income(caller, &self.tenant, &ledger, &income, &grounds(), None)
    }

    pub(super) fn pay(&self, party: &str, fen: Fen) -> Result<Booked> {
        self.post("revenue", [(party, fen), ("bank", -fen)])
    }

    pub(super) fn by_hand(&self, ledger: &str) -> Result<Booked> {
        self.post(ledger, [("available", 1), ("funds", -1)])
    }

    fn post(&self, ledger: &str, lines: [(&str, Fen); 2]) -> Result<Booked> {
        let postings = lines
            .map(|(account, amount_fen)| Posting { account: account.parse().unwrap(), amount_fen });
        let (caller, ledger) = (self.caller(0), slug(ledger));
        self.kernel.post_entry(caller, &self.tenant, &ledger, &postings, &grounds(), None)
    }

    /// Does a deed. That it cannot be done is fine; that the kernel fails is not.
    pub(super) fn act(&self, by: usize, deed: &Deed) {
        let done = match deed {
            Deed::Issue(fen) => self.issue_by(by, *fen, None).map(drop),
            Deed::Voucher(nth, step) => {
                let known = self.vouchers();
                known.get(*nth).map_or(Ok(()), |one| self.step(by, one.id, step).map(drop))
            }
            Deed::Capital(fen) => self.capital(*fen).map(drop),
            Deed::Guarantee(fen) => self.guarantee(*fen).map(drop),
            Deed::Step(nth, step) => {
                let known = self.guarantees();
                known.get(*nth).map_or(Ok(()), |one| self.move_on(by, one.id, step).map(drop))
            }
            Deed::Income(gross, costs) => {
                let net = (gross - costs).max(0);
                self.income(*gross, *costs, &[net - net / 3, net / 3]).map(drop)
            }
            Deed::Pay(team, fen) => self.pay(if *team { "team" } else { "school" }, *fen).map(drop),
        };
        match done {
            Ok(()) | Err(Error::Conflict(_) | Error::Invalid(_)) => {}
            Err(error) => panic!("{deed:?}: {error}"),
        }
    }

    fn vouchers(&self) -> Vec<Voucher> {
        let ledger = slug("vouchers");
        self.kernel.vouchers(self.caller(0), &self.tenant, &ledger, None, 200).unwrap().0
    }

    fn guarantees(&self) -> Vec<Guarantee> {
        let ledger = slug("risk");
        self.kernel.guarantees(self.caller(0), &self.tenant, &ledger, None, 200).unwrap().0
    }

    pub(super) fn check(&self, ledger: &str, at: Option<u64>) -> LedgerCheck {
        self.kernel.check_ledger(self.caller(0), &self.tenant, &slug(ledger), at).unwrap()
    }

    /// Holds every ledger to its promises, after every entry; answers how many entries there are.
    #[track_caller]
    pub(super) fn check_everything(&self) -> u64 {
        let (caller, tenant) = (self.caller(0), &self.tenant);
        let mut entries = 0;
        for name in LEDGERS {
            let last = self.kernel.ledger_balance(caller, tenant, &slug(name), None).unwrap().at;
            entries += last;
            for at in 0..=last {
                let found =
                    self.kernel.ledger_balance(caller, tenant, &slug(name), Some(at)).unwrap();
                assert_eq!(found.sum_fen, 0, "{name} after entry {at}");
                let of = |account: &str| {
                    let mut accounts = found.accounts.iter();
                    accounts.find(|one| one.slug.as_str() == account).unwrap().balance_fen
                };
                if name == "risk" {
                    assert!(of("exposure") <= of("cash") && of("cash") <= -of("capital"));
                    assert!(of("claims") <= CLAIMS_MAX);
                }
                if name == "vouchers" {
                    assert!(-of("funds") <= BUDGET);
                }
            }
            for at in [last / 2, last] {
                let check = self.check(name, Some(at));
                assert!(check.is_right(), "{name} after entry {at}: {check:?}");
                assert_eq!((check.entries, check.sum_fen), (at, 0));
            }
            self.check_statements(name, last);
        }
        for voucher in self.vouchers() {
            let (mut spent, mut reserved) = (0, 0);
            for used in &voucher.uses {
                let fen = used.amount_fen;
                match used.state.as_str() {
                    "reserved" => reserved += fen,
                    "spent" | "settled" => spent += fen,
                    _ => {}
                }
            }
            let sum = voucher.available_fen + voucher.expired_fen + reserved + spent;
            assert_eq!(sum, voucher.face_fen, "{voucher:?}");
        }
        entries
    }

    /// The statement of each account, page by page, is every one of its lines.
    fn check_statements(&self, name: &str, last: u64) {
        let (caller, tenant, ledger) = (self.caller(0), &self.tenant, slug(name));
        let balance = self.kernel.ledger_balance(caller, tenant, &ledger, None).unwrap();
        for account in balance.accounts {
            let (mut at, mut sum) = (Some(last), 0);
            while let Some(up_to) = at {
                let page =
                    self.kernel.statement(caller, tenant, &ledger, &account.slug, Some(up_to), 7);
                let page = page.unwrap();
                sum += page.lines.iter().map(|line| line.amount_fen).sum::<Fen>();
                at = page.next.and_then(|number| number.checked_sub(1));
            }
            assert_eq!(sum, account.balance_fen, "{name}/{}", account.slug);
        }
    }
}
