//! Sealed code: only what was compiled here, for this plugin and this engine, is loaded.

use taihu_model::Digest;
use taihu_sandbox::{Admission, Blame, LoadError, SizeClass};

use crate::guest::*;

#[test]
fn the_serving_engine_loads_what_the_compiling_one_wrote() {
    let (admission, sealed) = compile(sandbox(), &honest());
    for pooling in [true, false] {
        let own = new_sandbox([7; 32], pooling);
        let component = own.load(&admission, &sealed).unwrap();
        assert_eq!(score(&component, 1).unwrap().value, [500]);
        assert_eq!(component.digest(), admission.digest);
        assert_eq!(own.cache_key(&admission.digest), sandbox().cache_key(&admission.digest));
    }
}

#[track_caller]
fn check(admission: &Admission, sealed: &[u8], want: LoadError) {
    assert_eq!(sandbox().load(admission, sealed).unwrap_err(), want);
}

#[test]
fn other_code_is_not_loaded() {
    let (admission, sealed) = compile(sandbox(), &honest());
    let other = Admission { digest: Digest::of(b"another plugin"), ..admission.clone() };
    check(&other, &sealed, LoadError::Other("plugin"));
    let foreign = compile(&new_sandbox([8; 32], false), &honest()).1;
    check(&admission, &foreign, LoadError::Seal);
    check(&admission, &sealed[..sealed.len() - 1], LoadError::Seal);
    check(&admission, b"\x7fELF", LoadError::Shape("too short"));
    check(&admission, &[0; 4096], LoadError::Shape("another file"));
    for at in [8, 40, 44, 76, 108, sealed.len() / 2, sealed.len() - 1] {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1;
        check(&admission, &damaged, LoadError::Seal);
    }
}

#[test]
fn only_the_admitted_file_is_compiled() {
    let admission = sandbox().admit(&honest()).unwrap();
    let refusal = sandbox().compile(&admission, &pool(&[])).unwrap_err();
    assert_eq!(refusal.blame, Blame::Kernel);
}

#[test]
fn an_interpreters_class_loads_too() {
    let file = honest();
    let admission = sandbox().admit_as(&file, SizeClass::Interpreter).unwrap();
    let sealed = sandbox().compile(&admission, &file).unwrap();
    let component = sandbox().load(&admission, &sealed).unwrap();
    assert_eq!(component.limits().memory_bytes_max, 256 << 20);
    assert_eq!(score(&component, 1).unwrap().value, [500]);
}
