//! Whatever is done in ledgers, by however many at once: every entry leaves sums of zero, exposure is
//! never above capital, no voucher is spent twice.

mod world;

use proptest::collection::vec;
use proptest::test_runner::{Config, TestRunner};
use taihu_model::{GuaranteeState, VoucherUseState};
use taihu_store::{Expect, Key};

use self::world::{BUDGET, CLAIMS_MAX, Deed, World, deed, grounds};
use crate::error::Error;
use crate::kernel::Draft;
use crate::{GuaranteeStep, VoucherStep, keys};

/// Cases in `cargo test`; `TAIHU_LEDGERS` says how many for the full form.
const CASES: u32 = 8;
const WRITERS: usize = 4;

#[test]
fn ledgers_stay_right_under_concurrent_writers() {
    let cases = std::env::var("TAIHU_LEDGERS").ok().map_or(CASES, |text| text.parse().unwrap());
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 32, ..Config::default() };
    let strategy = vec(vec(deed(), 0..40), WRITERS);
    let done = std::cell::Cell::new(0);
    let held = TestRunner::new(config).run(&strategy, |writers: Vec<Vec<Deed>>| {
        let world = World::new();
        std::thread::scope(|scope| {
            for (nth, deeds) in writers.iter().enumerate() {
                let world = &world;
                scope.spawn(move || deeds.iter().for_each(|deed| world.act(nth, deed)));
            }
        });
        done.set(done.get() + world.check_everything());
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
    assert!(done.get() > u64::from(cases) * 20, "only {} entries were made", done.get());
}

#[test]
fn of_two_who_spend_one_use_one_wins_and_the_other_is_told() {
    for round in 0..16 {
        let world = World::new();
        let id = world.issue(1_000);
        world
            .step(0, id, &VoucherStep::Reserve { amount_fen: 700, service: "检测".into() })
            .unwrap();
        let barrier = std::sync::Barrier::new(2);
        let spend = |nth: usize| {
            barrier.wait();
            world.step(nth, id, &VoucherStep::Spend { number: 1, amount_fen: 700 })
        };
        let both = std::thread::scope(|scope| {
            [0, 1].map(|nth| scope.spawn(move || spend(nth))).map(|one| one.join().unwrap())
        });
        let lost: Vec<&Error> = both.iter().filter_map(|one| one.as_ref().err()).collect();
        assert_eq!(lost.len(), 1, "round {round}: {both:?}");
        let Error::Conflict(text) = lost[0] else { panic!("{:?}", lost[0]) };
        assert!(
            text.zh.contains("已使用待兑付") && text.zh.contains("不能重复使用"),
            "{}",
            text.zh
        );
        world.check_everything();
    }
}

#[test]
fn what_is_asked_twice_with_one_key_is_booked_once() {
    let world = World::new();
    let (one, first) = world.issue_once(500, "a").unwrap();
    let (two, second) = world.issue_once(500, "a").unwrap();
    assert_eq!((one.id, &first), (two.id, &second));
    assert!(matches!(world.issue_once(501, "a"), Err(Error::Conflict(_))));
    assert_ne!(world.issue_once(500, "b").unwrap().0.id, one.id);
    world.check_everything();
}

#[test]
fn a_pool_stands_for_no_more_than_it_has() {
    let world = World::new();
    world.capital(1_000).unwrap();
    // 4,000 of 10,000 basis points: the pool covers 400 each.
    let first = world.guarantee(1_000).unwrap();
    world.guarantee(1_000).unwrap();
    let refused = world.guarantee(1_000).unwrap_err();
    assert!(refused.zh().contains("超过池内资金"), "{}", refused.zh());
    assert!(matches!(world.capital(-300), Err(Error::Conflict(_))));
    world.capital(-200).unwrap();
    world.move_on(0, first, &GuaranteeStep::Claim { loss_fen: 900 }).unwrap();
    let own = world.move_on(0, first, &GuaranteeStep::Pay).unwrap_err();
    assert!(own.zh().contains("另一人"), "{}", own.zh());
    let paid = world.move_on(1, first, &GuaranteeStep::Pay).unwrap();
    assert_eq!((paid.state, paid.claim.unwrap().pays_fen), (GuaranteeState::Paid, 360));
    assert!(matches!(
        world.move_on(1, first, &GuaranteeStep::Recover { amount_fen: 361 }),
        Err(Error::Conflict(_))
    ));
    world.move_on(1, first, &GuaranteeStep::Recover { amount_fen: 360 }).unwrap();
    world.check_everything();
}

#[test]
fn a_budget_and_an_expired_day_are_kept() {
    let world = World::new();
    let id = world.issue(BUDGET - 1);
    assert!(world.issue_once(2, "x").is_err_and(|error| error.zh().contains("超过预算")));
    world.step(0, id, &VoucherStep::Reserve { amount_fen: 100, service: "检测".into() }).unwrap();
    assert!(world.step(0, id, &VoucherStep::Expire).is_err());
    world.next_month();
    let late = VoucherStep::Reserve { amount_fen: 1, service: "检测".into() };
    assert!(world.step(0, id, &late).is_err_and(|error| error.zh().contains("到期")));
    world.step(0, id, &VoucherStep::Expire).unwrap();
    world.step(0, id, &VoucherStep::Spend { number: 1, amount_fen: 60 }).unwrap();
    let after = world.step(0, id, &VoucherStep::Expire).unwrap();
    assert_eq!((after.available_fen, after.expired_fen), (0, BUDGET - 1 - 60));
    assert_eq!(after.uses[0].state, VoucherUseState::Spent);
    world.check_everything();
}

#[test]
fn revenue_is_split_whole_and_nobody_is_paid_more_than_is_owed() {
    let world = World::new();
    assert!(matches!(world.income(1_000, 100, &[800, 99]), Err(Error::Invalid(_))));
    world.income(1_000, 100, &[800, 100]).unwrap();
    assert!(matches!(world.pay("team", 801), Err(Error::Conflict(_))));
    world.pay("team", 800).unwrap();
    assert!(matches!(world.pay("team", 1), Err(Error::Conflict(_))));
    // The kinds that have rules of their own are not booked by hand.
    assert!(matches!(world.by_hand("vouchers"), Err(Error::Conflict(_))));
    world.check_everything();
}

#[test]
fn an_entry_without_reason_or_evidence_is_none() {
    let world = World::new();
    let mut bare = grounds();
    bare.reason = " ".into();
    assert!(matches!(world.capital_on(1, &bare), Err(Error::Invalid(_))));
    let mut bare = grounds();
    bare.evidence.clear();
    assert!(world.capital_on(1, &bare).is_err_and(|error| error.zh().contains("凭证")));
    assert_eq!(world.check_everything(), 0);
}

/// The control: what somebody writes past the verbs, the check finds.
#[test]
fn a_ledger_that_was_tampered_with_is_found_out() {
    let world = World::new();
    let id = world.issue(1_000);
    world.step(0, id, &VoucherStep::Reserve { amount_fen: 700, service: "检测".into() }).unwrap();
    let check = |key: Key, change: &dyn Fn(&mut serde_json::Value)| {
        let (kernel, space) = (world.kernel(), world.tenant());
        let stored =
            kernel.snapshot().unwrap().get::<serde_json::Value>(space, &key).unwrap().unwrap();
        let put = |value: &serde_json::Value| {
            let mut draft = Draft::new(kernel.audit(world.caller(0), space, "test", "tamper"));
            draft.put(key.clone(), value, Expect::Any).unwrap();
            kernel.commit(space, draft).unwrap();
        };
        let mut changed = stored.value.clone();
        change(&mut changed);
        put(&changed);
        let found = world.check("vouchers", None);
        assert!(!found.is_right(), "{key}: {found:?}");
        // Put back, it has another commit's number, and that is a fault of its own for entries.
        put(&stored.value);
    };
    let ledger = "vouchers".parse().unwrap();
    check(keys::voucher(&ledger, &id), &|it| it["available_fen"] = 301.into());
    let account = "reserved".parse().unwrap();
    check(keys::ledger_account(&ledger, &account), &|it| it["balance_fen"] = 701.into());
    world.check_everything();
    check(keys::ledger_entry(&ledger, 2), &|it| it["lines"][0]["amount_fen"] = (-701).into());
}

#[test]
fn claims_stop_at_their_limit() {
    let world = World::new();
    world.capital(10_000).unwrap();
    let ids: Vec<_> = (0..3).map(|_| world.guarantee(5_000).unwrap()).collect();
    let mut paid = 0;
    for id in ids {
        world.move_on(0, id, &GuaranteeStep::Claim { loss_fen: 5_000 }).unwrap();
        paid += i64::from(world.move_on(1, id, &GuaranteeStep::Pay).is_ok());
    }
    assert_eq!(paid, CLAIMS_MAX / 2_000);
    world.check_everything();
}
