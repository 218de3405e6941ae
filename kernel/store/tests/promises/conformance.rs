//! The engine does what the model does.

use taihu_store::{Engine, EngineOptions, Store, conformance};

#[track_caller]
fn check(options: &EngineOptions, seed: u64, steps: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let open = || -> Box<dyn Store> { Box::new(Engine::open(&path, options.clone()).unwrap()) };
    println!("seed {seed}");
    conformance::check(open, seed, steps).unwrap();
}

#[test]
fn the_engine_does_what_the_model_does() {
    for seed in 0..4 {
        check(&EngineOptions::default(), seed, 600);
    }
}

#[test]
fn so_it_does_without_groups_and_with_almost_no_cache() {
    check(&EngineOptions { group: false, cache_bytes: 0, ..EngineOptions::default() }, 7, 600);
}
