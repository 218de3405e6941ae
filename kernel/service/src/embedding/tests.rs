//! What an endpoint may do and a kernel then does.

mod server;
mod town;

use std::time::Instant;

use taihu_model::{NeedFacts, NeedSecrecy, NeedState};

use super::asking::Known;
use super::endpoint::Reply;
use super::options::EmbeddingOptions;
use super::vector::{Mark, Vector};
use crate::Error;
use crate::limits::MEANING_KNOWN_MAX;
use server::Manner;
use town::{Town, facts};

/// The need of the tests: its words are in 1, some of them in 2, its meaning in 1 and 3.
const NEED: &str = "旧电池怎样才能再用";

#[test]
fn meaning_moves_the_order_and_says_so() {
    let town = Town::new();
    assert_eq!(town.order("旧电池怎样再一次使用"), [1, 2, 3], "by words alone");
    town.make();
    assert_eq!(town.order(NEED), [1, 3, 2]);
    let ranking = town.rank(NEED);
    let meaning = ranking.meaning.unwrap();
    assert_eq!((meaning.vectors, meaning.weight, meaning.failure), (3, 162, None));
    assert!(!ranking.degraded);
    for one in &ranking.ranked {
        let keys: Vec<&str> = one.factors.iter().map(|factor| factor.key.as_str()).collect();
        assert_eq!(keys, ["retrieval", "meaning"]);
        let whole: u16 = one.factors.iter().map(|factor| factor.weight).sum();
        assert!((998..=1000).contains(&whole), "the weights add up to {whole}");
    }
    let seen = town.endpoint.seen.lock().unwrap();
    assert_eq!(seen.authorization.as_deref(), Some("Bearer sk-very-secret"));
    let (needs, passages): (Vec<_>, Vec<_>) =
        seen.texts.iter().partition(|text| text.starts_with("query: "));
    assert!(passages.iter().all(|text| text.starts_with("passage: ")), "{passages:?}");
    assert_eq!(needs.len(), 2, "a need is asked for once: {needs:?}");
    assert!(!passages.iter().any(|text| text.contains("东南大学")), "names are not sent");
}

/// With an endpoint that behaves so, a ranking goes by words alone and says why, nothing else stops,
/// and all is well once the endpoint is.
#[track_caller]
fn check(manner: Manner, cause: &str) {
    let town = Town::new();
    town.endpoint.become_manner(manner);
    let started = Instant::now();
    let ranking = town.rank(NEED);
    assert!(started.elapsed().as_secs() < 5, "{manner:?} took {:?}", started.elapsed());
    let first: Vec<_> = ranking.ranked.iter().map(|one| one.achievement.id).collect();
    assert_eq!(first, [town::id(1), town::id(2), town::id(3)], "{manner:?}");
    let meaning = ranking.meaning.unwrap();
    let failure = meaning.failure.unwrap();
    assert!(failure.contains(cause), "{manner:?}: {failure}");
    assert_eq!((meaning.weight, ranking.degraded), (0, false));
    assert!(ranking.ranked.iter().all(|one| one.factors.len() == 1));
    if manner != Manner::Silent {
        town.make();
        assert!((1..=3).all(|n| town.kept(n).is_none()), "{manner:?} made vectors");
        let health = town.kernel().embedding_health().unwrap().unwrap();
        assert!(health.resting && health.failures > 0 && health.without == 1, "{health:?}");
        let asked = town.endpoint.seen.lock().unwrap().requests;
        town.make();
        assert_eq!(town.endpoint.seen.lock().unwrap().requests, asked, "it is left alone");
    }
    town.endpoint.become_manner(Manner::Good);
    town.clock.advance_ms(3_600_000);
    town.make();
    assert_eq!(town.order(NEED), [1, 3, 2], "after {manner:?}");
    let health = town.kernel().embedding_health().unwrap().unwrap();
    assert_eq!((health.vectors, health.complete, health.resting), (3, true, false));
}

#[test]
fn an_endpoint_that_fails_stops_nothing() {
    check(Manner::Down, "failed");
    check(Manner::Silent, "failed");
    check(Manner::Endless, "failed");
    check(Manner::Forbidden, "denied");
    check(Manner::TooMany, "too-many");
    check(Manner::Moved, "refused");
    check(Manner::Refuses, "rejected");
}

#[test]
fn an_endpoint_that_talks_nonsense_is_not_believed() {
    for manner in [Manner::NotANumber, Manner::Null, Manner::Zeros, Manner::TooFew, Manner::NoJson]
    {
        check(manner, "nonsense");
    }
}

#[test]
fn what_the_endpoint_asks_for_is_waited_for() {
    let town = Town::new();
    town.endpoint.become_manner(Manner::TooMany);
    town.make();
    town.endpoint.become_manner(Manner::Good);
    town.clock.advance_ms(6_900);
    town.make();
    assert!(town.kept(1).is_none());
    town.clock.advance_ms(200);
    town.make();
    assert!(town.kept(1).is_some());
}

#[test]
fn rankings_leave_a_failing_endpoint_alone_after_three_failures() {
    let town = Town::new();
    town.endpoint.become_manner(Manner::Down);
    for n in 0..10 {
        town.rank(&format!("{NEED}，第{n}次"));
    }
    assert_eq!(town.endpoint.seen.lock().unwrap().requests, 3);
}

#[test]
fn a_need_that_came_too_early_is_known_the_next_time() {
    let town = Town::new();
    town.make();
    town.endpoint.become_manner(Manner::Silent);
    assert!(town.rank(NEED).meaning.unwrap().failure.is_some());
    town.endpoint.become_manner(Manner::Good);
    town.make();
    let asked = town.endpoint.seen.lock().unwrap().requests;
    assert_eq!(town.order(NEED), [1, 3, 2]);
    assert_eq!(town.endpoint.seen.lock().unwrap().requests, asked);
}

#[test]
fn vectors_of_two_models_are_never_compared() {
    for manner in [Manner::OtherModel, Manner::OtherLength] {
        let town = Town::new();
        town.make();
        let before = town.kept(1).unwrap().model;
        town.endpoint.become_manner(manner);
        let failure = town.rank(NEED).meaning.unwrap().failure.unwrap();
        assert!(failure.contains("have no vectors"), "{manner:?}: {failure}");
        town.make();
        let models: Vec<Mark> = (1..=3).map(|n| town.kept(n).unwrap().model).collect();
        assert!(models.iter().all(|model| *model == models[0] && *model != before), "{manner:?}");
        assert_eq!(town.order(NEED), [1, 3, 2], "{manner:?}");
        assert_eq!(town.kernel().embedding_health().unwrap().unwrap().vectors, 3);
    }
}

#[test]
fn a_vector_goes_with_its_record_and_follows_its_text() {
    let town = Town::new();
    town.make();
    let before = town.kept(2).unwrap();
    town.put(2, "污水怎样处理", "published");
    town.put(1, "旧电池怎样再用的成套工艺", "withdrawn");
    town.delete(3);
    assert_eq!(town.rank(NEED).meaning.unwrap().vectors, 0, "a vector of an old text counts");
    town.make();
    assert_eq!((town.kept(1), town.kept(3)), (None, None));
    assert_ne!(town.kept(2).unwrap(), before);
    assert_eq!(town.kernel().embedding_health().unwrap().unwrap().vectors, 1);
}

#[test]
fn a_kernel_that_fell_goes_on_where_it_was() {
    let mut town = Town::new();
    for n in 4..=9 {
        town.put(n, &format!("桑蚕第{n}种养法"), "published");
    }
    while town.kept(4).is_none() {
        town.kernel().make_vectors().unwrap();
    }
    town.fall();
    town.make();
    town.fall();
    town.make();
    let mut texts = town.endpoint.seen.lock().unwrap().texts.clone();
    texts.retain(|text| !text.ends_with("太湖"));
    texts.sort();
    let all = texts.len();
    texts.dedup();
    assert_eq!((texts.len(), all), (9, 9), "each was made once");
}

#[test]
fn a_text_that_is_refused_holds_nobody_up() {
    let town = Town::new();
    town.put(4, "坏文本", "published");
    town.put(5, "桑蚕的养法", "published");
    town.endpoint.become_manner(Manner::Picky);
    town.make();
    assert!([1, 2, 3, 5].iter().all(|n| town.kept(*n).is_some()));
    assert_eq!(town.kept(4), None);
    let health = town.kernel().embedding_health().unwrap().unwrap();
    assert_eq!((health.refused, health.vectors, health.complete), (1, 4, true));
    let meaning = town.rank(NEED).meaning.unwrap();
    assert_eq!((meaning.vectors, meaning.failure), (4, None));
}

#[test]
fn a_score_run_is_made_again_without_the_endpoint() {
    let town = Town::new();
    town.make();
    let (kernel, city) = (town.kernel(), town.kernel().city().clone());
    let need = kernel.submit_need(&town.caller, &city, facts(NEED), None).unwrap();
    let path = [NeedState::Triaged, NeedState::Published];
    kernel.move_need(&town.caller, &city, need.id, &path, "").unwrap();
    let matched = kernel.match_need(&town.caller, &city, need.id).unwrap();
    assert_eq!(matched.run.meaning.as_ref().unwrap().vectors, 3);
    let order: Vec<_> = matched.matches.iter().map(|(_, found)| found.id).collect();
    assert_eq!(order, [town::id(1), town::id(3), town::id(2)]);
    assert!(kernel.match_need(&town.caller, &city, need.id).unwrap().repeated);
    town.endpoint.become_manner(Manner::Down);
    town.delete(3);
    let replay = kernel.replay(&town.caller, &city, matched.run.id, false).unwrap();
    assert!(replay.same && replay.order_same);
}

#[test]
fn a_need_that_is_not_public_does_not_leave_the_house() {
    let rank = |town: &Town, secrecy: NeedSecrecy| {
        let city = town.kernel().city().clone();
        let facts = NeedFacts { secrecy, ..facts(NEED) };
        town.kernel().rank(&town.caller, &city, facts).unwrap().meaning.unwrap()
    };
    let here = Town::new();
    here.make();
    let elsewhere = "https://embedding.invalid/v1/embeddings".to_owned();
    let away = Town::with(|options| EmbeddingOptions { url: elsewhere, ..options });
    for secret in [NeedSecrecy::SUMMARY_ONLY, NeedSecrecy::MANAGER_ONLY] {
        assert_eq!(
            rank(&here, secret.clone()).failure,
            None,
            "an endpoint on this machine may know"
        );
        assert!(rank(&away, secret).failure.unwrap().contains("not public"));
    }
    let public = rank(&away, NeedSecrecy::PUBLIC).failure.unwrap();
    assert!(!public.contains("not public"), "it is asked, and cannot be reached: {public}");
}

#[test]
fn what_is_kept_in_memory_is_bounded() {
    let mut known = Known::default();
    let reply = || Reply { model: Mark([0; 16]), vectors: vec![Vector::of(&[1.0]).unwrap()] };
    for n in 0..MEANING_KNOWN_MAX + 10 {
        known.keep("first", reply());
        known.keep(&n.to_string(), reply());
    }
    assert_eq!(known.len(), MEANING_KNOWN_MAX);
}

/// Options that are refused, by a word of the reason.
#[track_caller]
fn refused(options: EmbeddingOptions, word: &str) {
    let Err(Error::Invalid(faults)) = super::Embeddings::new(options) else {
        panic!("options were taken")
    };
    assert!(faults[0].text.en.contains(word), "{}", faults[0].text.en);
}

#[test]
fn an_endpoint_is_only_asked_where_the_operator_said() {
    let new = EmbeddingOptions::new;
    refused(new("http://127.0.0.1:8080/v1/embeddings", "e5"), "--embedding-allow-loopback");
    refused(new("http://localhost:8080/v1/embeddings", "e5"), "--embedding-allow-loopback");
    refused(new("http://[::1]:8080/v1/embeddings", "e5"), "--embedding-allow-loopback");
    refused(new("http://example.cn/v1/embeddings", "e5"), "https");
    refused(new("ftp://example.cn/", "e5"), "https");
    refused(new("https://user:pw@example.cn/", "e5"), "password");
    refused(new("v1/embeddings", "e5"), "URL");
    refused(new("https://example.cn/", ""), "characters");
    refused(EmbeddingOptions { share: 0, ..new("https://example.cn/", "e5") }, "per mille");
    refused(EmbeddingOptions { share: 901, ..new("https://example.cn/", "e5") }, "per mille");
    let good = EmbeddingOptions { loopback: true, ..new("https://example.cn/v1", "e5") };
    let (grant, here) = good.grant().unwrap();
    assert!(!here && !grant.loopback, "a distant name may not lead to this machine");
    let key = crate::Secret::new("sk-secret");
    let shown = format!("{:?}", EmbeddingOptions { key, ..good });
    assert!(!shown.contains("sk-secret"), "{shown}");
}
