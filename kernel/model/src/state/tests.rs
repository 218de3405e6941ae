//! The edges against DOMAIN §5, transcribed by hand, and walks that try to leave them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// `a → b → c | d` on each line, as DOMAIN §5 writes it; the second text holds what it leaves open
/// (see the module's doc).
const ACHIEVEMENT: [&str; 2] = [
    "draft submitted published; submitted rectify submitted; submitted rejected; published suspended; \
     suspended published; published reserved; reserved published|transferred; published transferred; \
     transferred|withdrawn|expired archived",
    "draft|submitted|rectify|rejected|published|suspended|reserved withdrawn; published expired",
];
const NEED: [&str; 2] = [
    "draft submitted triaged published matching solved; submitted rectify submitted; \
     triaged escalated published; published|matching expired; matching trialling solved|matching; \
     matching closed_unsolved",
    "draft|submitted|rectify|triaged|escalated|published|matching|trialling|expired withdrawn; \
     expired published; solved matching",
];
const MATCH: [&str; 2] = [
    "proposed shortlisted recommended viewed accepted|declined|expired; accepted introduced engaged",
    "proposed|shortlisted|recommended expired",
];
const INSTALLATION: [&str; 2] = [
    "installed shadow canary enabled; enabled suspended; suspended enabled",
    "installed|shadow|canary|enabled|suspended quarantined|removed; quarantined suspended|removed",
];

const VOUCHER_USE: [&str; 2] = ["reserved spent|released; spent settled", ""];
const GUARANTEE: [&str; 2] = ["active claimed paid; claimed active; active released", ""];

fn edges(tables: [&str; 2]) -> BTreeSet<(String, String)> {
    let mut edges = BTreeSet::new();
    for path in tables.iter().flat_map(|table| table.split(';')) {
        let steps: Vec<Vec<&str>> =
            path.split_whitespace().map(|step| step.split('|').collect()).collect();
        for pair in steps.windows(2) {
            for from in &pair[0] {
                edges.extend(pair[1].iter().map(|to| ((*from).to_owned(), (*to).to_owned())));
            }
        }
    }
    edges
}

macro_rules! machine_tests {
    ($($test:ident $name:ident $table:ident;)*) => {$(
        #[test]
        fn $test() {
            let found: BTreeSet<_> = $name::ALL
                .iter()
                .flat_map(|from| from.next().iter().map(move |to| (from.to_string(), to.to_string())))
                .collect();
            assert_eq!(found, edges($table));
            for from in $name::ALL {
                assert_eq!(from.as_str().parse::<$name>().unwrap(), *from);
                assert_eq!(serde_json::to_value(from).unwrap(), serde_json::json!(from.as_str()));
                assert!(!from.can_become(*from), "{from} leads to itself");
                for to in $name::ALL {
                    let taken = from.become_state(*to);
                    let is_edge = found.contains(&(from.to_string(), to.to_string()));
                    assert_eq!(taken.is_ok(), is_edge, "{from} to {to}");
                }
            }
            // Every state can be reached from the first.
            let mut reached = BTreeSet::from([$name::ALL[0]]);
            let mut open = vec![$name::ALL[0]];
            while let Some(state) = open.pop() {
                open.extend(state.next().iter().copied().filter(|to| reached.insert(*to)));
            }
            assert_eq!(reached.len(), $name::ALL.len());
        }
    )*};
}

machine_tests! {
    achievements_take_the_edges_of_the_domain AchievementState ACHIEVEMENT;
    needs_take_the_edges_of_the_domain NeedState NEED;
    matches_take_the_edges_of_the_domain MatchState MATCH;
    installations_take_the_edges_of_the_domain InstallationState INSTALLATION;
    uses_of_vouchers_take_the_edges_of_the_domain VoucherUseState VOUCHER_USE;
    guarantees_take_the_edges_of_the_domain GuaranteeState GUARANTEE;
}

#[test]
fn an_illegal_edge_names_the_legal_ones() {
    let error = AchievementState::Draft.become_state(AchievementState::Transferred).unwrap_err();
    assert_eq!(
        error.to_string(),
        "achievement cannot go from draft to transferred; from draft it can go to submitted, withdrawn"
    );
    let error = NeedState::Withdrawn.become_state(NeedState::Draft).unwrap_err();
    assert!(error.to_string().ends_with("it can go to nowhere"), "{error}");
    assert!("gone".parse::<NeedState>().is_err());
}

/// Walks a machine by wishes; gives the states it passed.
fn walk<S: Copy>(
    first: S,
    all: &[S],
    wishes: &[usize],
    step: impl Fn(S, S) -> Option<S>,
) -> Vec<S> {
    let mut passed = vec![first];
    for wish in wishes {
        let state = passed[passed.len() - 1];
        passed.extend(step(state, all[wish % all.len()]));
    }
    passed
}

proptest! {
    /// However it is pushed, a machine passes along edges of the table only.
    #[test]
    fn no_illegal_edge_is_reachable(wishes in prop::collection::vec(any::<usize>(), 0..200)) {
        let allowed = BTreeMap::from([
            ("achievement", edges(ACHIEVEMENT)), ("need", edges(NEED)), ("match", edges(MATCH)),
            ("installation", edges(INSTALLATION)), ("voucher use", edges(VOUCHER_USE)),
            ("guarantee", edges(GUARANTEE)),
        ]);
        macro_rules! walked {
            ($name:ident $machine:literal) => {
                let passed = walk($name::ALL[0], $name::ALL, &wishes, |from, to| from.become_state(to).ok());
                for pair in passed.windows(2) {
                    prop_assert!(allowed[$machine].contains(&(pair[0].to_string(), pair[1].to_string())));
                }
            };
        }
        walked!(AchievementState "achievement");
        walked!(NeedState "need");
        walked!(MatchState "match");
        walked!(InstallationState "installation");
        walked!(VoucherUseState "voucher use");
        walked!(GuaranteeState "guarantee");
    }
}
