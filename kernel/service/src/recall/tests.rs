//! After a recall the pool is what it would be had the version never run, up to identifiers and
//! times; and it goes on from there as it would have gone on.

mod judged;
pub(crate) mod memory;
mod pool;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use self::pool::pool;
use self::world::{BAD, Item, Reading, VERSIONS, World};
use super::Recall;

/// Worlds in `cargo test`; the environment variable `TAIHU_RECALLS` says how many for the full form.
const WORLDS: u32 = 24;

fn item() -> impl Strategy<Value = Item> {
    let record = (0..4_u8, 0..3_u8, 0..2_u8, vec(0..4_u8, 0..3), 0..4_u8, 0..2_u8).prop_map(
        |(id, title, owner, rights, summary, note)| Item::Record {
            id,
            title,
            owner,
            rights,
            summary,
            note,
        },
    );
    prop_oneof![5 => record, 1 => (0..4_u8).prop_map(|id| Item::Tombstone { id })]
}

fn reading() -> impl Strategy<Value = Reading> {
    (0..3_usize, 0..VERSIONS, vec(vec(item(), 1..4), 1..3))
        .prop_map(|(source, version, pages)| Reading { source, version, pages })
}

fn recalled(world: &World) -> Recall {
    let listed = world.recall_list(BAD);
    let told = world.recall(BAD);
    assert_eq!(
        (&listed.achievements, listed.records(), listed.not_taken_apart),
        (&told.achievements, told.records(), told.not_taken_apart),
        "what is listed is what is done"
    );
    told
}

#[test]
fn after_a_recall_the_pool_is_as_if_the_version_had_never_run() {
    let worlds = std::env::var("TAIHU_RECALLS").ok().map_or(WORLDS, |text| text.parse().unwrap());
    let config = Config { cases: worlds, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let strategy = (vec(reading(), 1..7), vec(reading(), 0..3));
    let differed = std::cell::Cell::new(0);
    let outcome = runner.run(&strategy, |(before, after)| {
        let (with, without) = (World::new(), World::new());
        for reading in &before {
            with.read(reading);
            match reading.version {
                BAD => without.pass(),
                _ => drop(without.read(reading)),
            }
        }
        differed.set(differed.get() + u32::from(pool(&with) != pool(&without)));
        let told = recalled(&with);
        prop_assert_eq!(told.not_taken_apart, 0, "{:#?}", told);
        let (left, never) = (pool(&with), pool(&without));
        prop_assert_eq!(left.suspended() as u64, told.achievements.suspended);
        prop_assert_eq!(left.looked_at(&never), never);
        let head = with.head();
        prop_assert!(with.recall(BAD).is_empty(), "a second recall finds nothing");
        prop_assert_eq!(with.head(), head, "a second recall changes nothing");
        for reading in after.iter().filter(|reading| reading.version != BAD) {
            with.read(reading);
            without.read(reading);
        }
        let never = pool(&without);
        prop_assert_eq!(pool(&with).looked_at(&never), never, "after more runs of other versions");
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(differed.get() > worlds / 4, "without a recall {} of {worlds} differ", differed.get());
}

/// A record that is published at once and shares its right with others of the same number.
fn record(id: u8, right: u8, note: u8) -> Item {
    Item::Record { id, title: 0, owner: 0, rights: vec![right], summary: 0, note }
}

fn read(world: &World, source: usize, version: usize, items: Vec<Item>) -> taihu_model::Run {
    world.read(&Reading { source, version, pages: vec![items] })
}

fn watermark(world: &World, source: usize) -> Option<taihu_model::Timestamp> {
    world.kernel().source(&world.source(source)).unwrap().watermark
}

#[test]
fn sources_are_read_again_from_before_the_version_and_what_was_recalled_comes_in_anew() {
    let world = World::new();
    let good = read(&world, 0, 0, vec![record(1, 1, 0)]);
    read(&world, 0, BAD, vec![record(1, 1, 1), record(2, 2, 0)]);
    let last = read(&world, 0, BAD, vec![record(3, 3, 0)]);
    assert_eq!(watermark(&world, 0), Some(last.started));
    let told = world.recall(BAD);
    let source = &told.sources[&world.source(0)];
    assert_eq!((source.taken_back, source.restored, source.kept, source.runs), (2, 1, 0, 2));
    assert_eq!(watermark(&world, 0), Some(good.started));
    let mended = read(&world, 0, 2, vec![record(2, 2, 0), record(3, 3, 0)]);
    assert_eq!(mended.counts.unchanged, 0, "what was recalled is not taken for unchanged");
    assert!(world.recall(BAD).is_empty());
    assert_eq!(watermark(&world, 0), Some(mended.started), "a second recall moves nothing back");
}

#[test]
fn a_record_that_another_version_read_as_well_stays() {
    let world = World::new();
    read(&world, 0, BAD, vec![record(1, 1, 0)]);
    read(&world, 0, 2, vec![record(1, 1, 0)]);
    let before = pool(&world);
    let told = world.recall(BAD);
    let source = &told.sources[&world.source(0)];
    assert_eq!((source.taken_back, source.restored, source.kept), (0, 0, 1));
    assert_eq!(pool(&world), before);
    assert_eq!(world.recall(2).achievements.withdrawn, 1);
}

#[test]
fn a_recall_that_is_interrupted_goes_on_and_ends_where_it_would_have() {
    let (broken, whole) = (World::new(), World::new());
    for world in [&broken, &whole] {
        read(world, 0, 0, (10..130).map(|id| record(id, id, 0)).collect());
        read(world, 0, BAD, (10..250).map(|id| record(id, id, 1)).collect());
    }
    let mut pages = 0;
    let torn = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        broken.try_recall(BAD, &mut |_| {
            pages += 1;
            assert!(pages < 2, "the process ends here");
        })
    }));
    assert!(torn.is_err());
    let rest = broken.recall(BAD);
    let all = whole.recall(BAD);
    assert!(!rest.is_empty() && rest.records() < all.records(), "{rest:#?}");
    assert_eq!((all.achievements.withdrawn, all.achievements.changed), (120, 120));
    assert_eq!(all.named.len(), crate::limits::RECALL_NAMED_MAX);
    assert_eq!(pool(&broken), pool(&whole));
}

#[test]
fn where_a_person_moved_an_achievement_only_the_words_are_taken_back() {
    use taihu_model::AchievementState as S;
    let world = World::new();
    read(&world, 0, 0, vec![record(1, 1, 0)]);
    let id = world.achievements()[0];
    world.kernel().move_achievement(&world.caller, id, S::Expired, "到期").unwrap();
    // The same right again, now of another achievement, because the first has ended.
    read(&world, 1, BAD, vec![record(1, 1, 0), record(2, 2, 0)]);
    read(&world, 2, 0, vec![record(1, 2, 0)]);
    let told = world.recall(BAD);
    assert_eq!(told.not_taken_apart, 1, "{told:#?}");
    let speakers: usize = pool(&world).speakers();
    assert_eq!(speakers, 2, "the first source's and the third's");
    assert!(world.recall(BAD).is_empty());
}

#[test]
fn what_is_tied_to_more_than_can_be_looked_at_is_still_taken_back() {
    let world = World::new();
    read(&world, 0, BAD, (10..140).map(|id| record(id, 7, 0)).collect());
    read(&world, 1, 0, (10..160).map(|id| record(id, 7, 0)).collect());
    let told = world.recall(BAD);
    assert_eq!(told.sources[&world.source(0)].taken_back, 130);
    assert!(told.not_taken_apart > 0, "{told:#?}");
    assert_eq!(pool(&world).speakers(), 150);
    assert!(world.recall(BAD).is_empty());
}

#[test]
fn a_version_that_serves_or_is_being_run_is_not_recalled_and_the_refusal_is_advice() {
    let world = World::new();
    read(&world, 0, BAD, vec![record(1, 1, 0)]);
    world.install(BAD, taihu_model::InstallationState::Enabled);
    let error = world.try_recall(BAD, &mut |_| {}).unwrap_err();
    assert_eq!(error.code(), "conflict");
    assert!(error.to_string().contains("taihu plugin suspend reader --tenant city"), "{error}");
    assert_eq!(world.recall_list(BAD).records(), 1, "it can be listed all the same");
    world.install(BAD, taihu_model::InstallationState::Suspended);
    let begun = world.begin(&Reading { source: 0, version: BAD, pages: Vec::new() });
    world.kernel().driving.lock().unwrap().insert(begun.id);
    assert_eq!(world.try_recall(BAD, &mut |_| {}).unwrap_err().code(), "conflict");
    world.kernel().driving.lock().unwrap().remove(&begun.id);
    world.recall(BAD);
    let ended = world.kernel().run(&world.caller, begun.id).unwrap();
    assert_eq!(ended.status, taihu_model::RunStatus::Failed);
}

#[test]
fn a_district_recalls_on_its_own_ground_only_and_learns_no_other_titles() {
    let world = World::new();
    read(&world, 0, BAD, vec![record(1, 1, 0)]);
    read(&world, 1, BAD, vec![record(1, 1, 0), record(20, 20, 0)]);
    let district = |tenant: &str| {
        let tenant = tenant.parse().unwrap();
        crate::Caller { actor: "d".into(), role: crate::Role::District, tenant }
    };
    let (name, city) = ("reader".parse().unwrap(), world.kernel().city().clone());
    let deqing = "deqing".parse().unwrap();
    let list = |caller, tenant| world.kernel().recall_list(&caller, tenant, &name, "2.0.0");
    assert_eq!(list(district("deqing"), &city).unwrap_err().code(), "denied");
    assert_eq!(list(district("anji"), &deqing).unwrap_err().code(), "denied");
    let told = list(district("deqing"), &deqing).unwrap();
    assert_eq!(told.sources.keys().collect::<Vec<_>>(), [&world.source(1)]);
    assert_eq!((told.records(), told.achievements.withdrawn), (2, 1));
    let undo = world.kernel().recall_undo(
        &district("deqing"),
        &deqing,
        &name,
        "2.0.0",
        "读错了",
        &mut |_| {},
    );
    assert_eq!(undo.unwrap().records(), 2);
    assert_eq!(world.recall(BAD).sources.len(), 1, "the city's own is still there to recall");
}
