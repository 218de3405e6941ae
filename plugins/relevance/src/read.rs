//! Reading a candidate: which of the need's terms its fields have, and the longest words both share.

use crate::need::{Asked, Found, Run, each_term};

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

/// A field being read.
#[derive(Default)]
struct Reading {
    /// Terms that had to be looked up and count, and how many of them the need has.
    all: u32,
    known: u32,
    run: Run,
    /// Where the longest run begins and ends.
    longest: (usize, usize),
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
        let asked = self.asked;
        let surely_lacks = asked.surely_lacks();
        let mut unknown = 0;
        let mut reading = Reading::default();
        each_term(text, |term, start, end| {
            if surely_lacks(term) {
                unknown += 1;
            } else {
                self.look_up(&mut reading, term, start, end);
            }
        });
        let Reading { known, longest, .. } = reading;
        let all = unknown + reading.all;
        let phrase = &text[longest.0..longest.1];
        let phrase = match phrase.char_indices().nth(PHRASE_CHARS_MAX) {
            Some((end, _)) => &phrase[..end],
            None => phrase,
        };
        Seen { all, known, phrase }
    }

    /// Looks at a term that the need may have. Apart from the loop over the text, which goes past
    /// most terms and is the faster the less it has to keep at hand.
    #[inline(never)]
    fn look_up(&mut self, reading: &mut Reading, term: u64, start: usize, end: usize) {
        let run = &mut reading.run;
        let said = match self.asked.find(term) {
            Found::Known(at, place) => {
                reading.all += 1;
                reading.known += 1;
                if self.marks[at] != self.candidate {
                    self.marks[at] = self.candidate;
                    self.problem += u32::from(place.problem);
                    self.indicators += u32::from(place.indicators);
                }
                place.said
            }
            // What says nothing neither helps nor harms, and makes no phrase by itself.
            Found::Empty(said) if run.goes_on(said, start) => said,
            Found::Empty(_) => return,
            Found::Unknown => {
                reading.all += 1;
                return;
            }
        };
        run.take(said, start, end);
        if run.end - run.start > reading.longest.1 - reading.longest.0 {
            reading.longest = (run.start, run.end);
        }
    }

    pub(crate) fn problem_permille(&self) -> u32 {
        (self.problem * 1000).checked_div(self.asked.problem_weight).unwrap_or(0)
    }

    pub(crate) fn indicators_permille(&self) -> u32 {
        (self.indicators * 1000).checked_div(self.asked.indicators_weight).unwrap_or(0)
    }
}
