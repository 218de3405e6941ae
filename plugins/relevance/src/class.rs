//! Agreement of classes: IPC symbols and industries, by how far down they are the same.

use taihu_plugin::{Achievement, Evidence, Need, Texts, asked, found};

/// The closest agreement of any two classes, and which they are.
pub(crate) fn agree<'a>(
    need: &Need<'a>,
    candidate: &Achievement<'a>,
) -> (u16, Option<[Evidence<'a>; 2]>) {
    let ipc = best(need.ipc, candidate.ipc, ipc_agreement).map(|best| (best, "ipc"));
    let industry =
        best(need.industry, candidate.industry, industry_agreement).map(|best| (best, "industry"));
    let closest = ipc.into_iter().chain(industry).max_by_key(|((value, _, _), _)| *value);
    match closest {
        Some(((value, wanted, has), field)) if value > 0 => {
            (value, Some([found(field, has), asked(field, wanted)]))
        }
        _ => (0, None),
    }
}

fn best<'a>(
    wanted: Texts<'a>,
    has: Texts<'a>,
    agreement: fn(&str, &str) -> u16,
) -> Option<(u16, &'a str, &'a str)> {
    wanted
        .iter()
        .flat_map(|wanted| has.iter().map(move |has| (wanted, has)))
        .map(|(wanted, has)| (agreement(wanted, has), wanted, has))
        .max_by_key(|(value, _, _)| *value)
}

/// The same group 1000, main group 850, subclass 650, class 300.
fn ipc_agreement(a: &str, b: &str) -> u16 {
    match (
        a == b,
        main_group(a) == main_group(b),
        a.get(..4) == b.get(..4),
        a.get(..3) == b.get(..3),
    ) {
        (true, ..) => 1000,
        (_, true, ..) => 850,
        (_, _, true, _) => 650,
        (_, _, _, true) => 300,
        _ => 0,
    }
}

/// A symbol up to its stroke.
fn main_group(symbol: &str) -> &str {
    symbol.split_once('/').map_or(symbol, |(main, _)| main)
}

/// The same industry 800, group 600, division 300.
fn industry_agreement(a: &str, b: &str) -> u16 {
    match (a == b, a.get(..3) == b.get(..3), a.get(..2) == b.get(..2)) {
        (true, ..) => 800,
        (_, true, _) => 600,
        (_, _, true) => 300,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(agreement: fn(&str, &str) -> u16, a: &str, b: &str, want: u16) {
        assert_eq!((agreement(a, b), agreement(b, a)), (want, want), "{a} and {b}");
    }

    #[test]
    fn classes_agree_as_far_as_they_are_the_same() {
        check(ipc_agreement, "H01M10/54", "H01M10/54", 1000);
        check(ipc_agreement, "H01M10/54", "H01M10/0525", 850);
        check(ipc_agreement, "H01M10/54", "H01M4/38", 650);
        check(ipc_agreement, "H01M10/54", "H01L31/02", 300);
        check(ipc_agreement, "H01M10/54", "G01S19/42", 0);
        check(industry_agreement, "3843", "3843", 800);
        check(industry_agreement, "3843", "3841", 600);
        check(industry_agreement, "3843", "3812", 300);
        check(industry_agreement, "3843", "2710", 0);
        check(industry_agreement, "3", "3843", 0);
    }
}
