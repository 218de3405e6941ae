//! What a run remembers between two calls, as JSON in the kernel's state string.

use serde::{Deserialize, Serialize};
use taihu_plugin::{Failure, Warning};

/// Most records that are remembered against duplicates: 16 bytes each, so 32 KB of the 64 KiB of a
/// state, and at least the last two pages.
const SEEN_MAX: usize = 2_000;

/// Most tokens that are remembered against loops: 16 bytes each. Longer loops end at `pages_max`.
const TOKENS_MAX: usize = 1_000;

/// Most oddities that wait for the next page.
const NOTES_MAX: usize = 8;

/// What the kernel will come back with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// The reply to `Identify`.
    #[default]
    Identify,
    /// The reply to `ListRecords`, or nothing after a page.
    List,
    /// The reply to `ListMetadataFormats`: to choose by while there is no `prefix`, for a better
    /// error after.
    Formats,
    /// Nothing: the last page is stored.
    End,
}

/// An oddity that waits for the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    zh: String,
    en: String,
}

/// The state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// What comes next.
    pub(crate) phase: Phase,
    /// The metadata format that is asked for; empty until it is chosen.
    pub(crate) prefix: String,
    /// `from` in the server's granularity; empty for everything.
    pub(crate) from: String,
    /// The token to ask for; empty for the first page.
    pub(crate) token: String,
    /// Records of that page which are already stored, if the page was too large for one step.
    pub(crate) skip: usize,
    /// Records received so far, those left out included.
    pub(crate) received: u64,
    /// The server's `completeListSize`, as it was first.
    pub(crate) size: Option<u64>,
    /// True once the list was begun again after `badResumptionToken`.
    pub(crate) restarted: bool,
    /// True if something may have been missed.
    pub(crate) partial: bool,
    /// Hashes of the records seen last, 16 hexadecimal digits each.
    pub(crate) seen: String,
    /// Hashes of the tokens seen last, 16 hexadecimal digits each.
    pub(crate) tokens: String,
    /// Oddities for the next page.
    pub(crate) notes: Vec<Note>,
}

impl State {
    /// Reads a state; an empty one is the beginning.
    ///
    /// # Errors
    /// `internal`: the kernel hands back what it got.
    pub(crate) fn read(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|error| {
            Failure::internal(
                format!("无法读取自己的状态：{error}"),
                format!("cannot read its own state: {error}"),
            )
        })
    }

    /// Writes the state.
    pub(crate) fn write(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| {
            Failure::internal(
                format!("无法写出自己的状态：{error}"),
                format!("cannot write its own state: {error}"),
            )
        })
    }

    /// Remembers a record; false if it was there already.
    pub(crate) fn remember_record(&mut self, key: &[&str]) -> bool {
        remember(&mut self.seen, key, SEEN_MAX)
    }

    /// Remembers a token; false if it was there already.
    pub(crate) fn remember_token(&mut self, token: &str) -> bool {
        remember(&mut self.tokens, &[token], TOKENS_MAX)
    }

    /// Forgets tokens and place, to begin the list again. Records stay remembered.
    pub(crate) fn restart(&mut self) {
        self.restarted = true;
        self.token.clear();
        self.tokens.clear();
        self.skip = 0;
        self.received = 0;
        self.size = None;
    }

    /// Keeps an oddity for the next page or the end.
    pub(crate) fn note(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(Note { zh: zh.into(), en: en.into() });
        }
    }

    /// Takes the oddities that waited.
    pub(crate) fn take_notes(&mut self, place: &str) -> Vec<Warning> {
        self.notes.drain(..).map(|note| Warning::new(place, note.zh, note.en)).collect()
    }
}

fn remember(list: &mut String, key: &[&str], max: usize) -> bool {
    let hash = format!("{:016x}", hash(key));
    let known = list.as_bytes().chunks(16).any(|one| one == hash.as_bytes());
    if known {
        return false;
    }
    if list.len() >= max * 16 {
        list.drain(..16);
    }
    list.push_str(&hash);
    true
}

/// FNV-1a over the parts, each closed by a byte that UTF-8 does not contain.
fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0xff])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_state_fits_the_contract() {
        let mut state = State { token: "汉".repeat(700), ..State::default() };
        for number in 0..3_000 {
            assert!(state.remember_record(&["oai:x", &number.to_string()]));
            assert!(state.remember_token(&number.to_string()));
        }
        assert!(!state.remember_record(&["oai:x", "2999"]));
        for _ in 0..20 {
            state.note("提".repeat(200), "n".repeat(200));
        }
        let text = state.write().unwrap();
        assert!(text.len() <= 64 * 1024, "{}", text.len());
        assert_eq!(State::read(&text).unwrap(), state);
    }
}
