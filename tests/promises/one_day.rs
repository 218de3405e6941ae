//! One day in Huzhou: the demonstration, as a newcomer runs it, twice.

use std::path::Path;

use crate::program::{last_json, run};

#[test]
fn the_demonstration_runs_and_a_second_run_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let args = ["demo", "--json", "--data", data.to_str().unwrap()];
    let first = last_json(&run(&args));
    let number =
        |name: &str| first[name].as_u64().unwrap_or_else(|| panic!("{name} is missing in {first}"));
    let expected = expected();
    for name in ["imported", "rejected", "merged"] {
        assert_eq!(Some(number(name)), expected[name].as_u64(), "{name} in {first}");
    }
    assert!(number("pool_members") >= 20, "{first}");
    assert!(number("needs") >= 12 && number("matches") >= 60, "{first}");
    assert_eq!((number("accepted"), number("declined")), (1, 1), "{first}");
    assert!(first["seconds"].as_f64().unwrap() > 0.0);

    let mut second = last_json(&run(&args));
    assert_eq!(second["changes"], 0, "{second}");
    let mut first = first;
    for summary in [&mut first, &mut second] {
        summary["seconds"] = 0.into();
        summary["changes"] = 0.into();
    }
    assert_eq!(first, second);
}

/// What the example's authors say must be found.
fn expected() -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/one-day/expected.json");
    let expected: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    expected
}
