//! What scorers and niche pools judged is taken back; what people decided stays.

use taihu_model::contract::Verdict;
use taihu_model::{
    Match, MatchState, Membership, NeedId, PluginName, Pool, ScoreRun, ScoreRunId, TenantSlug,
};
use taihu_store::Expect;

use super::world::{BAD, World, digest};
use crate::kernel::Draft;
use crate::keys;
use crate::recall::Recall;

const BY: &str = "00000000000000000000000000000000000000000000000000000000000000aa";

fn put(world: &World, space: &TenantSlug, write: impl FnOnce(&mut Draft)) {
    let kernel = world.kernel();
    let mut draft = Draft::new(kernel.audit(&world.caller, space, "test", "plant"));
    write(&mut draft);
    kernel.commit(space, draft).unwrap();
}

/// A version of a plugin of a kind, with the digest of the bad one.
fn plugin(world: &World, name: &str, kind: &str) -> PluginName {
    let text = serde_json::json!({ "zh": "评", "en": "judges" });
    let plugin = serde_json::json!({
        "digest": digest(BAD), "bytes": 1, "added": world.kernel().now(),
        "manifest": {
            "name": name, "version": "2.0.0", "kind": kind, "title": text, "description": text,
            "author": "某单位",
        },
    });
    let plugin: taihu_model::Plugin = serde_json::from_value(plugin).unwrap();
    put(world, world.kernel().city(), |draft| {
        draft.put(keys::plugin(&plugin.manifest.name, "2.0.0"), &plugin, Expect::Absent).unwrap();
    });
    plugin.manifest.name
}

#[track_caller]
fn check(
    world: &World,
    name: &PluginName,
    counts: fn(&Recall) -> (u64, u64, u64),
    want: (u64, u64, u64),
) {
    let (kernel, caller) = (world.kernel(), &world.caller);
    let listed = kernel.recall_list(caller, kernel.city(), name, "2.0.0").unwrap();
    assert_eq!(counts(&listed), want, "listed");
    let undo = || {
        kernel.recall_undo(caller, kernel.city(), name, "2.0.0", "评分有误", &mut |_| {}).unwrap()
    };
    assert_eq!(counts(&undo()), want, "done");
    let left = kernel.recall_list(caller, kernel.city(), name, "2.0.0").unwrap();
    assert!(left.is_empty() && undo().is_empty(), "{left:#?}");
}

#[test]
fn proposals_that_a_scorer_had_a_part_in_expire_and_what_people_work_on_stays() {
    let world = World::new();
    let name = plugin(&world, "judge", "scorer");
    let (tenant, now) = ("deqing".parse().unwrap(), world.kernel().now());
    let need = NeedId::from_parts(now, 1);
    let mut key = Vec::new();
    put(&world, &tenant, |draft| {
        for (at, by) in [digest(BAD).to_string(), BY.to_owned()].iter().enumerate() {
            let run = ScoreRunId::from_parts(now, at as u128);
            let stored = serde_json::json!({
                "id": run, "need": need, "tenant": "deqing", "candidates": 2, "answer": BY,
                "retrieval_weight": 300, "started": now, "took_us": 1,
                "scorers": [{"plugin": "judge", "digest": by, "weight": 500, "input": BY,
                    "output": BY, "failure": null}],
            });
            let stored: ScoreRun = serde_json::from_value(stored).unwrap();
            draft.put(keys::score_run(&need, &run), &stored, Expect::Absent).unwrap();
            for (n, state) in ["proposed", "accepted"].iter().enumerate() {
                let id = taihu_model::MatchId::from_parts(now, (10 * at + n) as u128);
                let found = serde_json::json!({
                    "id": id, "need": need, "achievement": "ach_01JSG0Z3M8QK5T7V9XA1B2C3D4",
                    "run": run, "rank": 1, "score": 700, "factors": [], "state": state, "updated": now,
                });
                let found: Match = serde_json::from_value(found).unwrap();
                draft.put(keys::found(&need, &id), &found, Expect::Absent).unwrap();
                key.push(keys::found(&need, &id));
            }
        }
    });
    check(&world, &name, |recall| (recall.matches, recall.memberships, recall.curated), (1, 0, 0));
    use MatchState as S;
    let states = key.iter().map(|key| {
        world
            .kernel()
            .snapshot()
            .unwrap()
            .need::<Match>(&tenant, key, "match", "")
            .unwrap()
            .value
            .state
    });
    let states: Vec<_> = states.collect();
    assert_eq!(states, [S::Expired, S::Accepted, S::Proposed, S::Accepted]);
}

#[test]
fn what_a_pool_decided_is_taken_back_and_what_a_person_decided_stays() {
    let world = World::new();
    let name = plugin(&world, "niche", "niche-pool");
    let (city, now) = (world.kernel().city().clone(), world.kernel().now());
    let pool = serde_json::json!({
        "slug": "niche", "tenant": "deqing", "plugin": "niche", "rule": digest(BAD),
        "description": {"label": {"zh": "池", "en": "pool"}, "categories": []},
    });
    let pool: Pool = serde_json::from_value(pool).unwrap();
    let id = |n: u128| taihu_model::AchievementId::from_parts(now, n);
    put(&world, &city, |draft| {
        draft.put(keys::pool(&pool.slug), &pool, Expect::Absent).unwrap();
        for (n, by) in [(1, digest(BAD).to_string()), (2, digest(BAD).to_string()), (3, BY.into())]
        {
            let pinned =
                serde_json::json!({"action": "pin", "reason": "r", "actor": "a", "at": now});
            let member = serde_json::json!({
                "achievement": id(n), "pool": "niche", "verdict": "in", "rule": by, "at": now,
                "curation": if n == 2 { pinned } else { serde_json::Value::Null },
            });
            let member: Membership = serde_json::from_value(member).unwrap();
            draft.put(keys::membership(&id(n), &pool.slug), &member, Expect::Absent).unwrap();
            draft.put(keys::pool_member(&pool.slug, &id(n)), &(), Expect::Absent).unwrap();
        }
    });
    check(&world, &name, |recall| (recall.matches, recall.memberships, recall.curated), (0, 1, 1));
    let view = world.kernel().snapshot().unwrap();
    let member = |n| view.get::<Membership>(&city, &keys::membership(&id(n), &pool.slug)).unwrap();
    assert!(member(1).is_none() && member(3).is_some());
    let pinned = member(2).unwrap().value;
    assert!(pinned.is_in() && pinned.rule.is_none() && pinned.verdict == Verdict::Out);
    let left = view.need::<Pool>(&city, &keys::pool(&pool.slug), "pool", "").unwrap().value;
    assert_eq!(left.rule, None);
}
