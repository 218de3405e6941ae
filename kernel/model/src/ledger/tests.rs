//! Money, entries, vouchers and the risk pool, without a store.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::{GuaranteeId, GuaranteeState, VoucherId, VoucherUseState};

const TODAY: Date = date(2026, 5, 20);
const AT: Timestamp = Timestamp::UNIX_EPOCH;

#[track_caller]
fn reads(text: &str, expected: Option<Fen>) {
    assert_eq!(text.parse::<Money>().ok().map(|money| money.0), expected, "{text:?}");
}

#[test]
fn money_is_read_as_people_write_it_and_never_rounded() {
    for (text, fen) in [
        ("1234.50元", 123_450),
        ("1,234.5", 123_450),
        ("１２．３万元", 12_300_000),
        ("50万", 50_000_000),
        ("0.5亿元", 5_000_000_000),
        ("100分", 100),
        ("-3元", -300),
        ("¥ 20", 2_000),
        ("0.000001万元", 1),
        ("100亿", AMOUNT_FEN_MAX),
    ] {
        reads(text, Some(fen));
    }
    for text in ["", "元", "1.005元", "0.5分", "面议", "1,23元", "1..2", "1.", ".5", "--1", "1e3"]
    {
        reads(text, None);
    }
    for text in ["100.01亿", "99999999999999999999", "1万万", "+1", "0.0000001万元"] {
        reads(text, None);
    }
}

#[test]
fn money_is_printed_in_yuan_and_in_wan() {
    let printed = |fen| (Money(fen).to_string(), Money(fen).wan());
    assert_eq!(printed(123_456_789), ("1,234,567.89元".into(), "123.456789万元".into()));
    assert_eq!(printed(-50_000_000), ("-500,000.00元".into(), "-50万元".into()));
    assert_eq!(printed(5), ("0.05元".into(), "0.000005万元".into()));
    assert_eq!(printed(0), ("0.00元".into(), "0万元".into()));
}

proptest! {
    #[test]
    fn what_money_prints_it_reads(fen in -AMOUNT_FEN_MAX..=AMOUNT_FEN_MAX) {
        prop_assert_eq!(Money(fen).to_string().parse(), Ok(Money(fen)));
        prop_assert_eq!(Money(fen).wan().parse(), Ok(Money(fen)));
    }

    #[test]
    fn no_text_upsets_the_reader_of_money(text in "[-+0-9.,元万亿分¥ ]{0,24}") {
        if let Ok(money) = text.parse::<Money>() {
            prop_assert!(money.0.abs() <= AMOUNT_FEN_MAX);
        }
    }
}

fn posting(account: &str, amount_fen: Fen) -> Posting {
    Posting { account: account.parse().unwrap(), amount_fen }
}

#[test]
fn an_entry_sums_to_zero_and_names_each_account_once() {
    let check = |postings: &[(&str, Fen)], right: bool| {
        let postings: Vec<_> = postings.iter().map(|(name, fen)| posting(name, *fen)).collect();
        assert_eq!(balanced(&postings).is_ok(), right, "{postings:?}");
    };
    check(&[("a", 5), ("b", -3), ("c", -2)], true);
    check(&[("a", 5), ("b", -4)], false);
    check(&[("a", 5), ("a", -5)], false);
    check(&[("a", 0), ("b", 0)], false);
    check(&[("a", 0)], false);
    check(&[], false);
    check(&[("a", AMOUNT_FEN_MAX + 1), ("b", -AMOUNT_FEN_MAX - 1)], false);
    check(&[("a", Fen::MIN), ("b", Fen::MIN)], false);
}

#[test]
fn income_that_is_not_split_whole_is_not_booked() {
    let check = |gross_fen, costs_fen, portions: &[Fen], right: bool| {
        let portions = portions.iter().zip(["team", "school", "manager"]);
        let portions = portions
            .map(|(fen, account)| Portion { account: account.parse().unwrap(), amount_fen: *fen });
        let income = Income {
            deal: "合同2026-17".into(),
            gross_fen,
            costs_fen,
            portions: portions.collect(),
        };
        let postings = income.postings();
        assert_eq!(postings.is_ok(), right, "{income:?}: {postings:?}");
        if let Ok(postings) = postings {
            assert_eq!(postings.iter().map(|posting| posting.amount_fen).sum::<Fen>(), 0);
        }
    };
    check(1_000, 100, &[720, 90, 90], true);
    check(1_000, 0, &[1_000], true);
    check(1_000, 1_000, &[], true);
    check(1_000, 100, &[720, 90, 91], false);
    check(1_000, 1_001, &[1], false);
    check(1_000, -1, &[1_001], false);
    check(1_000, 0, &[1_100, -100], false);
    check(0, 0, &[], false);
}

fn voucher() -> Voucher {
    Voucher {
        id: VoucherId::from_parts(AT, 1),
        ledger: "vouchers".parse().unwrap(),
        holder: "某公司".into(),
        owner: None,
        face_fen: 1_000,
        available_fen: 1_000,
        expired_fen: 0,
        valid_until: TODAY,
        issued: AT,
        uses: Vec::new(),
    }
}

#[derive(Debug, Clone)]
enum Step {
    Reserve(Fen),
    Release(u32),
    Spend(u32, Fen),
    Settle(u32),
    Expire,
    NextDay,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (-5..400_i64).prop_map(Step::Reserve),
        (0..6_u32).prop_map(Step::Release),
        (0..6_u32, -5..400_i64).prop_map(|(number, fen)| Step::Spend(number, fen)),
        (0..6_u32).prop_map(Step::Settle),
        Just(Step::Expire),
        Just(Step::NextDay),
    ]
}

proptest! {
    #[test]
    fn a_voucher_is_its_face_value_after_every_step(steps in proptest::collection::vec(step(), 0..40)) {
        let (mut now, mut today) = (voucher(), TODAY);
        let mut spent = 0;
        for step in steps {
            let mut next = now.clone();
            let postings = match step {
                Step::Reserve(fen) => next.reserve("检测", fen, today, AT),
                Step::Release(number) => next.release(number, AT),
                Step::Spend(number, fen) => next.spend(number, fen, AT),
                Step::Settle(number) => next.settle(number, AT),
                Step::Expire => next.expire(today),
                Step::NextDay => { today = today.tomorrow().unwrap(); continue; }
            };
            let Ok(postings) = postings else { continue };
            balanced(&postings).unwrap();
            for posting in &postings {
                spent += if posting.account.as_str() == "spent" { posting.amount_fen.max(0) } else { 0 };
            }
            now = next;
            let held: Fen = now.uses.iter()
                .filter(|used| used.state != VoucherUseState::Released)
                .map(|used| used.amount_fen).sum();
            prop_assert_eq!(now.available_fen + now.expired_fen + held, now.face_fen);
            prop_assert!(now.available_fen >= 0 && spent <= now.face_fen);
        }
    }
}

#[test]
fn a_use_is_spent_once_and_settled_once() {
    let mut one = voucher();
    one.reserve("检测", 600, TODAY, AT).unwrap();
    assert!(one.clone().settle(1, AT).is_err());
    one.spend(1, 500, AT).unwrap();
    assert_eq!(one.available_fen, 500);
    assert!(matches!(one.clone().spend(1, 500, AT), Err(LedgerFault::Stands(_))));
    assert!(matches!(one.clone().release(1, AT), Err(LedgerFault::Stands(_))));
    one.settle(1, AT).unwrap();
    assert!(matches!(one.clone().settle(1, AT), Err(LedgerFault::Stands(_))));
    assert!(one.clone().expire(TODAY).is_err());
    let tomorrow = TODAY.tomorrow().unwrap();
    assert!(one.clone().reserve("检测", 1, tomorrow, AT).is_err());
    one.expire(tomorrow).unwrap();
    assert_eq!((one.available_fen, one.expired_fen), (0, 500));
}

#[test]
fn a_pool_pays_its_part_up_to_its_caps_and_somebody_else_decides() {
    let terms = RiskTerms { ratio_bp: 4_000, guarantee_fen_max: 1_000, claims_fen_max: 1_500 };
    let mut one = Guarantee {
        id: GuaranteeId::from_parts(AT, 1),
        ledger: "risk".parse().unwrap(),
        beneficiary: "某公司".into(),
        deal: "合同2026-17".into(),
        principal_fen: 10_000,
        covered_fen: 0,
        state: GuaranteeState::Active,
        given: AT,
        claim: None,
    };
    one.give(&terms).unwrap();
    assert_eq!(one.covered_fen, 1_000);
    assert!(one.clone().pay(&terms, 0, "b").is_err());
    assert!(one.clone().lodge(10_001, &terms, "a").is_err());
    one.lodge(2_001, &terms, "a").unwrap();
    assert_eq!(one.claim.as_ref().unwrap().pays_fen, 800);
    assert!(one.clone().pay(&terms, 0, "a").is_err());
    assert!(one.clone().pay(&terms, 701, "b").is_err());
    assert!(one.clone().release().is_err());
    let mut refused = one.clone();
    refused.refuse("b").unwrap();
    assert_eq!((refused.state, refused.claim), (GuaranteeState::Active, None));
    one.pay(&terms, 700, "b").unwrap();
    assert!(one.clone().pay(&terms, 0, "b").is_err());
    assert!(one.clone().recover(801).is_err());
    one.recover(500).unwrap();
    assert!(one.clone().recover(301).is_err() && one.recover(300).is_ok());
}
