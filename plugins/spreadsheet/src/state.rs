//! What a run remembers between two calls, as JSON in the kernel's state string.

use serde::{Deserialize, Serialize};
use taihu_plugin::Failure;

use crate::sheet_xml::Survey;
use crate::table::Place;

/// Most bytes of file names in a state: half of the contract's 64 KiB.
pub(crate) const NAMES_BYTES_MAX: usize = 32 * 1024;

/// Most identifiers that are remembered of earlier sheets of a file: 16 bytes each.
const IDS_MAX: usize = 1_000;

/// The longest survey that is kept, in bytes: with more merged cells it is made again.
const SURVEY_BYTES_MAX: usize = 12 * 1024;

/// The state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Names of the files to read, once the folder was listed.
    pub(crate) files: Vec<String>,
    /// Which of them is read now; the number of files at the end.
    pub(crate) at: usize,
    /// Which of its sheets is read now.
    pub(crate) sheet: usize,
    /// Where in that sheet.
    pub(crate) place: Place,
    /// Sheets of that file that have a header, so far.
    pub(crate) tables: usize,
    /// What stands beside the cells of that sheet.
    pub(crate) survey: Option<Survey>,
    /// Hashes of identifiers of earlier sheets of that file, 16 hexadecimal digits each.
    pub(crate) ids: String,
    /// Files that could be read.
    pub(crate) good: usize,
    /// True if something was left out.
    pub(crate) partial: bool,
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
    pub(crate) fn write(&mut self) -> Result<String, Failure> {
        let bytes = serde_json::to_string(&self.survey).map_or(0, |text| text.len());
        if bytes > SURVEY_BYTES_MAX {
            self.survey = None;
        }
        serde_json::to_string(self).map_err(|error| {
            Failure::internal(
                format!("无法写出自己的状态：{error}"),
                format!("cannot write its own state: {error}"),
            )
        })
    }

    /// The file that is read now.
    pub(crate) fn file(&self) -> Option<&str> {
        self.files.get(self.at).map(String::as_str)
    }

    /// Goes on to the next sheet.
    pub(crate) fn next_sheet(&mut self) {
        self.sheet += 1;
        self.place = Place::default();
        self.survey = None;
    }

    /// Goes on to the next file.
    pub(crate) fn next_file(&mut self) {
        self.next_sheet();
        self.at += 1;
        self.sheet = 0;
        self.tables = 0;
        self.ids.clear();
    }

    /// Says whether an identifier came in an earlier sheet of the file.
    pub(crate) fn knows(&self, id: &str) -> bool {
        let hash = hash(id);
        self.ids.as_bytes().chunks(16).any(|one| one == hash.as_bytes())
    }

    /// Remembers the identifiers of a sheet; of very many the last.
    pub(crate) fn remember<'a>(&mut self, ids: impl Iterator<Item = &'a String>) {
        ids.for_each(|id| self.ids.push_str(&hash(id)));
        let spare = self.ids.len().saturating_sub(IDS_MAX * 16);
        self.ids.drain(..spare);
    }
}

/// FNV-1a.
fn hash(id: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", id.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Merge;

    #[test]
    fn a_full_state_fits_the_contract() {
        let merge = Merge { rows: (50_000, 50_001), columns: (100, 101) };
        let survey = Survey { merges: vec![merge; 200], hidden: Vec::new() };
        let mut state = State {
            files: vec!["n".repeat(200); NAMES_BYTES_MAX / 203],
            survey: Some(survey),
            ..State::default()
        };
        let ids: Vec<String> = (0..3_000).map(|number| number.to_string()).collect();
        state.remember(ids.iter());
        assert!(state.knows("2999") && !state.knows("1"));
        let text = state.write().unwrap();
        assert!(text.len() <= 64 * 1024 && state.survey.is_some(), "{}", text.len());
        assert_eq!(State::read(&text).unwrap(), state);
        state.survey = Some(Survey { merges: vec![merge; 2_000], hidden: Vec::new() });
        assert!(state.write().unwrap().len() <= 64 * 1024 && state.survey.is_none());
    }
}
