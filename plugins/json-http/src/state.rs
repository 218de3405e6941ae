//! What a run remembers between two calls, as JSON in the kernel's state string.

use serde::{Deserialize, Serialize};
use taihu_plugin::{Failure, Warning};

/// Most records that are remembered against duplicates: 16 bytes each, so 32 KB of the 64 KiB of a
/// state, and at least the last two pages.
const SEEN_MAX: usize = 2_000;

/// Most cursors that are remembered against loops: 16 bytes each. Longer loops end at `pages_max`.
const CURSORS_MAX: usize = 1_000;

/// Most oddities that wait for the next page.
const NOTES_MAX: usize = 8;

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
    /// `${since}` as the server wants it; empty for everything.
    pub(crate) since: String,
    /// The page to ask for; none for the first.
    pub(crate) page: Option<u64>,
    /// Records before the page to ask for.
    pub(crate) offset: u64,
    /// The cursor or the URL to ask for; empty for the first page.
    pub(crate) cursor: String,
    /// Records of that page which are already stored, if it was too large for one step.
    pub(crate) skip: usize,
    /// Of those, the ones that had not come before.
    pub(crate) skip_new: usize,
    /// Different records received so far.
    pub(crate) received: u64,
    /// The number of all records that the server states, as it was first.
    pub(crate) total: Option<u64>,
    /// True if the page before had fewer records than were asked for.
    pub(crate) short: bool,
    /// True once the last page is stored.
    pub(crate) ended: bool,
    /// True if something may have been missed.
    pub(crate) partial: bool,
    /// Hashes of the records seen last, 16 hexadecimal digits each.
    pub(crate) seen: String,
    /// Hashes of the cursors seen last, 16 hexadecimal digits each.
    pub(crate) cursors: String,
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

    /// Remembers a record by its identifier and content; false if it was there already.
    pub(crate) fn remember_record(&mut self, id: &str, content: &str) -> bool {
        remember(&mut self.seen, &[id, content], SEEN_MAX)
    }

    /// Remembers a cursor; false if it was there already.
    pub(crate) fn remember_cursor(&mut self, cursor: &str) -> bool {
        remember(&mut self.cursors, &[cursor], CURSORS_MAX)
    }

    /// Keeps an oddity for the next page or the end.
    pub(crate) fn note(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        let note = Note { zh: zh.into(), en: en.into() };
        if self.notes.len() < NOTES_MAX && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes the oddities that waited.
    pub(crate) fn take_notes(&mut self, place: &str) -> Vec<Warning> {
        self.notes.drain(..).map(|note| Warning::new(place, note.zh, note.en)).collect()
    }
}

fn remember(list: &mut String, key: &[&str], max: usize) -> bool {
    let hash = format!("{:016x}", hash(key));
    if list.as_bytes().chunks(16).any(|one| one == hash.as_bytes()) {
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
        let mut state = State { cursor: "c".repeat(4_096), ..State::default() };
        for number in 0..3_000 {
            assert!(state.remember_record(&number.to_string(), "{}"));
            assert!(state.remember_cursor(&number.to_string()));
        }
        assert!(!state.remember_record("2999", "{}"));
        assert!(state.remember_record("2999", "{\"changed\":1}"));
        for number in 0..20 {
            state.note(format!("{number}{}", "提".repeat(200)), "n".repeat(200));
        }
        let text = state.write().unwrap();
        assert!(text.len() <= 64 * 1024, "{}", text.len());
        assert_eq!(State::read(&text).unwrap(), state);
    }
}
