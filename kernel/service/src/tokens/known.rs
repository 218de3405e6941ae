//! Who was found to hold a token, so that asking again costs no look into the store.

use std::collections::HashMap;

use taihu_model::Digest;

use crate::authority::Caller;
use crate::limits::KNOWN_TOKENS_MAX;

/// Holders of good tokens, by the tokens' hashes.
#[derive(Debug, Default)]
pub(crate) struct Known {
    callers: HashMap<Digest, Caller>,
    /// How often a token was revoked: what was read before is not believed after.
    age: u64,
}

impl Known {
    pub(super) fn find(&self, hash: &Digest) -> Option<Caller> {
        self.callers.get(hash).cloned()
    }

    pub(super) fn age(&self) -> u64 {
        self.age
    }

    /// Remembers who held a token when the age was this. When there are too many, all are found anew.
    pub(super) fn note(&mut self, hash: Digest, caller: Caller, age: u64) {
        if age != self.age {
            return;
        }
        if self.callers.len() >= KNOWN_TOKENS_MAX {
            self.callers.clear();
        }
        self.callers.insert(hash, caller);
    }

    /// Forgets everybody, since a token was revoked.
    pub(super) fn forget(&mut self) {
        self.callers.clear();
        self.age += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Role;

    fn caller(actor: &str) -> Caller {
        let tenant = "city".parse().unwrap();
        Caller { actor: actor.to_owned(), role: Role::City, tenant }
    }

    #[test]
    fn what_was_read_before_a_token_was_revoked_is_not_believed_after() {
        let (mut known, hash) = (Known::default(), Digest::of(b"a"));
        let before = known.age();
        known.note(hash, caller("a"), before);
        assert_eq!(known.find(&hash).map(|caller| caller.actor), Some("a".to_owned()));
        known.forget();
        assert!(known.find(&hash).is_none());
        known.note(hash, caller("a"), before);
        assert!(known.find(&hash).is_none());
    }

    #[test]
    fn there_are_never_too_many() {
        let mut known = Known::default();
        for n in 0..=KNOWN_TOKENS_MAX {
            known.note(Digest::of(&n.to_le_bytes()), caller("a"), 0);
        }
        assert_eq!(known.callers.len(), 1);
    }
}
