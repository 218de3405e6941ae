//! PROMISES row 10: no foreign byte, ever. Several tenants do at random what the API has, everybody
//! with everybody's identifiers, through plugins that tell all they know; no answer holds a secret
//! that the table of rights does not let its reader see.

mod deeds;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use self::deeds::Tenants;
use super::secrets::{Kind, RIGHT};

/// Cities in `cargo test`; the environment variable `TAIHU_TENANTS` says how many for the full form.
const CITIES: u32 = 2;
/// Deeds in each: some five for each operation that the API has.
const DEEDS: usize = 640;

#[test]
fn no_tenant_ever_reads_a_foreign_byte() {
    let cities = std::env::var("TAIHU_TENANTS").ok().map_or(CITIES, |text| text.parse().unwrap());
    let config = Config {
        cases: cities,
        failure_persistence: None,
        max_shrink_iters: 64,
        ..Config::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let strategy = (2..=8_usize, vec(any::<u64>(), DEEDS));
    let told = std::cell::Cell::new(0);
    let held = TestRunner::new(config).run(&strategy, |(tenants, deeds)| {
        let mut city = Tenants::new(tenants);
        for deed in deeds {
            let leaks = runtime.block_on(city.deed(deed, RIGHT));
            prop_assert!(leaks.is_empty(), "{leaks:#?}");
        }
        told.set(told.get() + city.told);
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
    assert!(told.get() > u64::from(cities) * 20, "only {} answers held a secret", told.get());
}

#[test]
fn the_scorer_that_tells_everything_tells_its_own_tenant_what_it_knows() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut city = Tenants::new(2);
    let heard = |_| runtime.block_on(city.heard_by_an_enterprise());
    let kinds: Vec<Kind> = (0..16).flat_map(heard).collect();
    assert!(kinds.contains(&Kind::Config) && kinds.contains(&Kind::Need), "{kinds:?}");
}

#[test]
fn a_version_is_recalled_over_http_once_it_does_not_serve() {
    const RECALL: &str = "/versions/0.1.0/recall";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let city = Tenants::new(2);
    runtime.block_on(async {
        let listed = city.as_district("GET", RECALL, "").await.must(200);
        assert_eq!(
            (&listed["recall"]["nothing"], &listed["recall"]["kind"]),
            (&false.into(), &"scorer".into())
        );
        let refused = city.as_district("POST", RECALL, "评分有误").await.must(409);
        assert!(
            refused["detail_en"].as_str().is_some_and(|text| text.contains("suspend it")),
            "{refused}"
        );
        city.as_district("POST", "/suspend", "评分有误").await.must(200);
        city.as_district("POST", RECALL, " ").await.must(422);
        let begun = city.as_district("POST", RECALL, "评分有误").await.must(202);
        assert_eq!(begun["recall"]["matches"], listed["recall"]["matches"]);
        for _ in 0..1_000 {
            let left = city.as_district("GET", RECALL, "").await.must(200);
            if left["recall"]["nothing"] == true {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("it does not come to its end");
    });
}

/// The control: by a table that lets nobody see anything at home, the same deeds leak at once.
#[test]
fn with_a_wrong_table_of_rights_the_deeds_leak() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut city = Tenants::new(2);
    let wrong = |_, _: &_, _, _: &_| false;
    let leaks = (0..DEEDS as u64)
        .map(|deed| runtime.block_on(city.deed(deed.wrapping_mul(0x9E37_79B9_7F4A_7C15), wrong)))
        .find(|leaks| !leaks.is_empty());
    assert!(leaks.is_some());
}
