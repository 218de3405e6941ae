//! Guests answer the same inside of the sandbox as outside.

use crate::program::{last_json, run};

/// `taihu bench score` refuses to report if a single number of any answer differs.
#[test]
fn a_scorer_answers_the_same_natively_and_in_the_sandbox() {
    let measured = last_json(&run(&["bench", "score", "--rounds", "1", "--json"]));
    for part in ["heavy", "light", "lightest"] {
        let ratio = measured[part]["ratio"].as_f64().unwrap_or_default();
        assert!(ratio > 0.0, "{part} was not measured: {measured}");
    }
}
