//! The names of the fields that this crate knows, and which column of a table each one is.

use crate::bindings::types::Column;

macro_rules! fields {
    ($($code:literal $name:literal;)*) => {
        /// How many fields are known.
        const KNOWN: usize = [$($code),*].len();

        /// The code of a known field; [`UNKNOWN`] of any other.
        ///
        /// Always inlined: names are mostly written out, and then the code is a constant.
        #[inline(always)]
        pub(crate) fn code_of(name: &str) -> u8 {
            match name {
                $($name => $code,)*
                _ => UNKNOWN,
            }
        }
    };
}

/// The code of a field that a later kernel added.
pub(crate) const UNKNOWN: u8 = u8::MAX;

/// The place of a field that was not given.
const ABSENT: u8 = u8::MAX;

fields! {
    0 "title"; 1 "summary"; 2 "problem"; 3 "advantage"; 4 "keywords"; 5 "field"; 6 "stage";
    7 "trl"; 8 "trl_estimated"; 9 "trl_evidence"; 10 "transfer_modes"; 11 "trial_offered";
    12 "ipc"; 13 "industry"; 14 "economics"; 15 "indicators"; 16 "form"; 17 "level";
    18 "owners"; 19 "ip_types"; 20 "ip_statuses"; 21 "price_fen"; 22 "completeness_permille";
    23 "year"; 24 "technical_key"; 25 "target_indicators"; 26 "tried"; 27 "base_conditions";
    28 "cooperation_mode"; 29 "budget_fen"; 30 "deadline"; 31 "chain"; 32 "inventors";
    33 "contact"; 34 "enterprise";
}

/// Which column each known field is.
#[derive(Debug, Clone)]
pub(crate) struct Places([u8; KNOWN]);

impl Places {
    pub(crate) fn of(columns: &[Column]) -> Self {
        let mut places = [ABSENT; KNOWN];
        for (at, column) in columns.iter().enumerate() {
            if let (Some(place), Ok(at)) =
                (places.get_mut(usize::from(code_of(&column.name))), u8::try_from(at))
            {
                *place = at;
            }
        }
        Self(places)
    }

    /// The column of a known field, if it was given.
    pub(crate) fn known(&self, code: u8) -> Option<usize> {
        let place = *self.0.get(usize::from(code))?;
        (place != ABSENT).then_some(usize::from(place))
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, UNKNOWN, code_of};

    #[track_caller]
    fn check(name: &str, want: u8) {
        assert_eq!(code_of(name), want, "{name}");
    }

    #[test]
    fn every_field_has_a_code_below_the_count() {
        check("title", 0);
        check("chain", 31);
        check("enterprise", 34);
        check("colour", UNKNOWN);
        assert_eq!(KNOWN, 35);
    }
}
