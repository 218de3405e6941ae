//! Reading a candidate: which of the need's terms its fields have, and the longest words both share.

use crate::need::{Asked, Found, Terms};

/// Characters of a phrase that is quoted.
const PHRASE_CHARS_MAX: usize = 24;

/// Reads candidates one after the other.
pub(crate) struct Reader<'a> {
    asked: &'a Asked,
    /// For each term of the need the candidate it was last seen in.
    marks: Vec<u32>,
    candidate: u32,
    problem: u32,
    indicators: u32,
}

/// What one field has of the need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'t> {
    /// Terms of the field.
    all: u32,
    /// Terms of the field that the need has too.
    known: u32,
    /// The longest words that the need says in the same way; empty if there are none.
    pub(crate) phrase: &'t str,
}

impl Seen<'_> {
    /// How much of the field is what the need asks for.
    pub(crate) fn permille(&self) -> u32 {
        (self.known * 1000).checked_div(self.all).unwrap_or(0)
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(asked: &'a Asked) -> Self {
        Self { asked, marks: vec![0; asked.len()], candidate: 0, problem: 0, indicators: 0 }
    }

    /// Begins with the next candidate.
    pub(crate) fn begin(&mut self) {
        self.candidate += 1;
        self.problem = 0;
        self.indicators = 0;
    }

    /// Reads one field of it.
    pub(crate) fn read<'t>(&mut self, text: &'t str) -> Seen<'t> {
        let mut terms = Terms::new(text);
        let (mut all, mut known) = (0, 0);
        let mut run = (0, 0);
        let mut longest = (0, 0);
        while let Some((term, start, end)) = terms.next() {
            let (at, place) = match self.asked.find(term) {
                Found::Known(at, place) => (at, place),
                // What says nothing neither helps nor harms, and does not break a phrase.
                Found::Empty => {
                    run = if start <= run.1 && run.1 > 0 { (run.0, end) } else { run };
                    continue;
                }
                Found::Unknown => {
                    all += 1;
                    continue;
                }
            };
            all += 1;
            known += 1;
            if self.marks[at] != self.candidate {
                self.marks[at] = self.candidate;
                self.problem += u32::from(place.problem);
                self.indicators += u32::from(place.indicators);
            }
            // Terms that overlap or touch make one phrase.
            run = if start <= run.1 && run.1 > 0 { (run.0, end) } else { (start, end) };
            if run.1 - run.0 > longest.1 - longest.0 {
                longest = run;
            }
        }
        Seen { all, known, phrase: self.said(&text[longest.0..longest.1]) }
    }

    /// The longest beginning of a phrase that the need says in the same words; at least two characters.
    fn said<'t>(&self, phrase: &'t str) -> &'t str {
        let mut phrase = match phrase.char_indices().nth(PHRASE_CHARS_MAX) {
            Some((end, _)) => &phrase[..end],
            None => phrase,
        };
        while phrase.chars().nth(1).is_some() {
            if self.asked.says(phrase) || self.asked.says(&phrase.to_lowercase()) {
                return phrase;
            }
            let last = phrase.chars().next_back().map_or(0, char::len_utf8);
            phrase = &phrase[..phrase.len() - last];
        }
        ""
    }

    pub(crate) fn problem_permille(&self) -> u32 {
        (self.problem * 1000).checked_div(self.asked.problem_weight).unwrap_or(0)
    }

    pub(crate) fn indicators_permille(&self) -> u32 {
        (self.indicators * 1000).checked_div(self.asked.indicators_weight).unwrap_or(0)
    }
}
