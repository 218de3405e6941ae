//! When an open breaker is tried, and what is held against its plugin.

use std::sync::Arc;
use std::time::Duration;

use taihu_model::contract::{AchievementView, Failure, NeedView};
use taihu_model::{GrantRequest, PluginKind, Text};
use taihu_sandbox::{Cause, Usage, evil};

use super::*;
use crate::care::Gate as BreakerGate;
use crate::plugins::Ready;
use crate::{Caller, Compiler, Gate, Home, HomeOptions, InstallOptions, ManualClock};

/// A home with an honest scorer in it, whose breaker is open for half a minute.
struct Open {
    home: Home,
    clock: Arc<ManualClock>,
    key: GuardKey,
    _dir: tempfile::TempDir,
}

impl Open {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-05-20T01:00:00Z".parse().unwrap()));
        let options = HomeOptions {
            clock: Arc::<ManualClock>::clone(&clock),
            outbound: Arc::new(Gate),
            compiler: Compiler::InProcess,
            loopback: true,
            allow_unsigned: true,
            embedding: None,
        };
        let home = Home::open(dir.path(), options).unwrap();
        let (kernel, city) = (&home.kernel, home.kernel.city().clone());
        let caller = Caller::console(city.clone());
        let file = evil::honest(PluginKind::Scorer).unwrap();
        let plugin =
            kernel.install(&caller, &city, &file, InstallOptions::default()).unwrap().plugin;
        let all = GrantRequest { all: true, ..GrantRequest::default() };
        kernel.grant_plugin(&caller, &city, &plugin, &all).unwrap();
        let installation = kernel.enable(&caller, &city, &plugin).unwrap();
        let key = GuardKey { tenant: city.clone(), version: installation.digest };
        let ready = kernel.ready(installation, &city).unwrap();
        kernel.with_guard(&key, &ready, |guard| {
            guard.keep(call(&ready).into());
            let opened = (0..5).filter_map(|_| guard.breaker.failed(kernel.now(), "trap"));
            assert_eq!(opened.count(), 1);
        });
        let open = Self { home, clock, key, _dir: dir };
        assert!(open.is_open());
        open
    }

    fn is_open(&self) -> bool {
        let guards = self.home.kernel.lock(&self.home.kernel.care.guards);
        guards[&self.key].breaker.gate() != BreakerGate::Closed
    }

    fn probe(&self) -> usize {
        self.home.kernel.probe_plugins().unwrap()
    }
}

fn call(ready: &Ready) -> Vec<u8> {
    PluginCall::Score {
        context: ready.context.clone(),
        need: NeedView { id: "need_1".into(), ..NeedView::default() },
        candidates: vec![AchievementView { id: "ach_1".into(), ..AchievementView::default() }],
        sees: None,
    }
    .to_bytes()
}

#[test]
fn an_open_breaker_is_not_tried_while_the_plugins_code_is_missing() {
    let open = Open::new();
    let kernel = &open.home.kernel;
    kernel.lock(&kernel.loaded).clear();
    for entry in kernel.parts.cache.entries().unwrap() {
        kernel.parts.cache.remove_file(entry.unwrap().file_name()).unwrap();
    }
    open.clock.advance_ms(30_000);
    assert_eq!(open.probe(), 0);
    assert!(open.is_open());
    // It was not held to have failed: it is due at once when the code is there, not a minute later.
    kernel.component_compiled(&open.key.version).unwrap();
    assert_eq!(open.probe(), 1);
    assert!(!open.is_open());
}

#[test]
fn what_the_machine_had_no_time_for_says_nothing_of_a_plugin() {
    #[track_caller]
    fn check(cause: Cause, want: Option<bool>) {
        let (plugin, usage) = ("honest@0.1.0".to_owned(), Box::new(Usage::default()));
        let error = CallError { blame: cause.blame(), cause, plugin, usage };
        assert_eq!(went_well(Some(&error)), want, "{error}");
    }
    let (used, limit) = (Duration::from_secs(11), Duration::from_secs(10));
    check(Cause::Busy { retry_after: limit }, None);
    check(Cause::WallTime { used, limit }, None);
    check(Cause::Engine { message: "no memory".to_owned() }, None);
    check(Cause::CpuTime { used, limit }, Some(false));
    check(Cause::Failure(Failure::BadInput(Text::new("无法判断", "can't judge"))), Some(true));
    assert_eq!(went_well(None), Some(true));
}
