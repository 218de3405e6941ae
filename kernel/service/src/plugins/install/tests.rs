//! What is said of a plugin that the machine had no time to try.

use std::sync::Arc;
use std::time::Duration;

use taihu_sandbox::evil;
use taihu_sandbox::limits::CallLimits;

use super::*;
use crate::{Caller, Gate, Home, HomeOptions, SystemClock};

#[test]
fn a_busy_kernel_is_not_held_against_a_plugin() {
    let dir = tempfile::tempdir().unwrap();
    let options = HomeOptions {
        clock: Arc::new(SystemClock),
        outbound: Arc::new(Gate),
        compiler: Compiler::InProcess,
        loopback: false,
        allow_unsigned: true,
        embedding: None,
    };
    let home = Home::open(dir.path(), options).unwrap();
    let (kernel, city) = (&*home.kernel, home.kernel.city());
    let caller = Caller::console(city.clone());
    // One whose calls take long enough for the kernel to look at its clocks.
    let hostile = evil::all().into_iter().find(|it| it.name == "spinning_start").unwrap();
    let file = hostile.file().unwrap();
    let sandbox = &kernel.parts.sandbox;
    let admission = sandbox.admit(&file).unwrap();
    let sealed = sandbox.compile(&admission, &file).unwrap();
    let component = sandbox.load(&admission, &sealed).unwrap();
    let head = || kernel.snapshot().unwrap().0.head(city).unwrap();
    let before = head();
    let install = || kernel.install(&caller, city, &file, InstallOptions::default()).unwrap_err();
    // On a machine that never comes to it.
    let limits = CallLimits { wall: Duration::ZERO, ..component.limits() };
    kernel.keep_ready(component.limited(limits));
    let error = install();
    assert_eq!((error.code(), error.blame()), ("busy", "kernel"), "{error}");
    assert_eq!(head(), before, "nothing is kept");
    // On one that does, it is the plugin's fault.
    kernel.keep_ready(component);
    let error = install();
    assert_eq!((error.code(), error.blame()), ("invalid", "caller"), "{error}");
    assert!(error.to_string().contains("may use 50.0 ms"), "{error}");
    assert_eq!(head(), before, "nothing is kept");
}
