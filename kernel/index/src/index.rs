//! The index: a list of parts that many read while one changes it.
//!
//! The list is immutable and stands behind one pointer. A search takes the pointer and works on what
//! it then sees; [`Index::apply`] makes the next list beside it and exchanges the pointer. No search
//! waits for more than that exchange, and none sees half of an `apply`.
//!
//! An `apply` puts its documents into new blocks and marks the old ones dead: it costs what it
//! changes. Keeping the number of blocks small is the work of [`Index::tidy`] (see `merge`), which
//! goes on beside searches and changes alike.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::block::{BLOCK_DOCS_MAX, Block, BlockBuilder};
use crate::document::{Cursors, Document, Filter, Found, TermShare, Update};
use crate::merge::Merged;
use crate::part::{Part, UNCOUNTED_DUE};
use crate::question::Question;
use crate::scan;
use crate::search::{self, Page, Search};
use crate::snapshot::{self, SnapshotError};
use crate::suggest::{self, Suggestion};

/// Hits of one answer: five times what any scorer is given to re-rank.
pub const FIND_MAX: usize = 1_000;

/// Postings that are sorted at once while a block is made: 128 MiB, a full block of long texts.
const BUILD_POSTINGS_MAX: usize = 16_777_216;

/// How large blocks become; smaller in tests.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) block_docs_max: usize,
    pub(crate) build_postings_max: usize,
    /// Dead of a block from which on counting their terms is due.
    pub(crate) uncounted_due: usize,
}

impl Shape {
    const REAL: Self = Self {
        block_docs_max: BLOCK_DOCS_MAX,
        build_postings_max: BUILD_POSTINGS_MAX,
        uncounted_due: UNCOUNTED_DUE,
    };
}

/// What a search sees.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) parts: Vec<Part>,
    pub(crate) cursors: Cursors,
}

impl State {
    pub(crate) fn living(&self) -> usize {
        self.parts.iter().map(Part::living).sum()
    }
}

/// Achievements by what they say. May be shared among threads; many search while one applies.
#[derive(Debug)]
pub struct Index {
    state: RwLock<Arc<State>>,
    /// Held while the next state is made.
    writing: Mutex<()>,
    /// Held while blocks are merged, and for an instant `writing` too.
    merging: Mutex<()>,
    shape: Shape,
}

impl Default for Index {
    fn default() -> Self {
        Self::new()
    }
}

impl Index {
    /// An empty index that has followed nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::of(State::default(), Shape::REAL)
    }

    pub(crate) fn of(state: State, shape: Shape) -> Self {
        Self {
            state: RwLock::new(Arc::new(state)),
            writing: Mutex::new(()),
            merging: Mutex::new(()),
            shape,
        }
    }

    /// Applies changes in their order, as one visible step with the cursors they lead to.
    ///
    /// Of several changes to one id the last counts. Each space of `cursors` takes the given number,
    /// other spaces keep theirs. Waits for another `apply` that is under way; searches go on and see
    /// the index either before or after.
    pub fn apply(&self, updates: Vec<Update>, cursors: &Cursors) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = BTreeMap::new();
        for update in updates {
            match update {
                Update::Put(document) => last.insert(document.id.clone(), Some(document)),
                Update::Remove(id) => last.insert(id, None),
            };
        }
        let mut state = State::clone(&self.state());
        for part in &mut state.parts {
            let gone = those_of(part, last.keys());
            part.bury(gone);
        }
        state.parts.extend(build(last.into_values().flatten(), self.shape).map(Part::new));
        state.cursors.extend(cursors.iter().map(|(space, seq)| (space.clone(), *seq)));
        self.exchange(state);
    }

    /// Counts the terms of the dead where there are many, and merges blocks that have become too many or
    /// too dead: one step of it. Says whether there was anything to do: call it until it says no.
    ///
    /// Changes nothing that a search could see, but what it costs. The longest step writes one full
    /// block anew; searches and `apply` go on meanwhile, other calls of `tidy` wait.
    pub fn tidy(&self) -> bool {
        let _merging = self.merging.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.state();
        // First, since it is quick, and merging hardly ever rests while there are changes.
        if let Some(counted) = counted(&before, self.shape) {
            let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            let mut state = State::clone(&self.state());
            // Nobody else takes a part away.
            let same = |part: &&mut Part| Arc::ptr_eq(&part.block, &counted.block);
            if let Some(part) = state.parts.iter_mut().find(same) {
                part.take_count(&counted);
            }
            self.exchange(state);
            return true;
        }
        let Some(merged) = Merged::next(&before, self.shape) else { return false };
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = State::clone(&self.state());
        merged.put_into(&mut state.parts);
        self.exchange(state);
        true
    }

    fn exchange(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }

    /// How far each log has been applied.
    #[must_use]
    pub fn cursors(&self) -> Cursors {
        self.state().cursors.clone()
    }

    /// How many documents it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().living()
    }

    /// Whether it has no document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What its blocks occupy, in bytes. Allocated capacity, without the allocator's own overhead.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.state().parts.iter().map(Part::memory_bytes).sum::<usize>()
    }

    /// Finds the documents that pass the filter and have a term of the text, the best first.
    ///
    /// Passes over the best `offset` and gives at most `limit` (or [`FIND_MAX`]) of the following;
    /// the greater `offset + limit`, the more it costs. A text without any character gives every
    /// document that passes, greatest id first, with score 0; a text of punctuation only finds
    /// nothing. Of a text the first [`QUERY_CHARS_MAX`](crate::QUERY_CHARS_MAX) characters are used,
    /// and of its terms the [`QUERY_TERMS_MAX`](crate::QUERY_TERMS_MAX) that weigh most.
    ///
    /// A score is Σ weight × impact over the terms that the document has, exactly: nothing is skipped
    /// or estimated. The weight is the term's inverse document frequency among all living documents
    /// (whatever the filter) × how often the text has it and how much it says beside its neighbours;
    /// the impact is BM25's part of frequency and length ([`Found::ceiling`] says what it could be at
    /// most).
    #[must_use]
    pub fn find(&self, text: &str, filter: &Filter, offset: usize, limit: usize) -> Found {
        scan::find(&self.state(), text, filter, offset, limit.min(FIND_MAX))
    }

    /// Weighs the terms of a text, for whoever asks more than one thing about it.
    #[must_use]
    pub fn ask(&self, text: &str) -> Question {
        Question::new(self.state(), text)
    }

    /// [`Question::find_within`] for a text.
    #[must_use]
    pub fn find_within(
        &self,
        text: &str,
        filter: &Filter,
        limit: usize,
        postings_max: usize,
    ) -> Found {
        self.ask(text).find_within(filter, limit, postings_max)
    }

    /// The terms of the text that a document has, with their share of its score, strongest first.
    ///
    /// What a reason can quote. At most `limit` (or [`FIND_MAX`]); equal ones in the order of their
    /// characters. Empty if there is no such document, or it has none of the terms.
    #[must_use]
    pub fn explain(&self, text: &str, id: &str, limit: usize) -> Vec<TermShare> {
        self.ask(text).explain(&[id], limit).pop().unwrap_or_default()
    }

    /// A page of what a search box asks for, with the labels of all that matched counted.
    ///
    /// Every document that [`Index::find`] finds, each with the same score, in pages that begin
    /// behind the last document shown. By date no document is shown twice and none is missed,
    /// whatever is added or removed meanwhile, as long as dates stay; one that is added with an
    /// earlier date than the last shown comes where it belongs. By relevance that holds while the
    /// index stays the same: scores follow how rare terms are, so that a change may move documents
    /// across the end of a page.
    ///
    /// A facet's counts are those of the matches that pass the filter's parts of *other* kinds, so
    /// the filter's own choice of a kind does not hide what else could be chosen; exact, in every
    /// order and on every page.
    #[must_use]
    pub fn search(&self, asked: Search<'_>) -> Page {
        search::search(&self.state(), &Search { limit: asked.limit.min(FIND_MAX), ..asked })
    }

    /// At most `limit` (or [`SUGGEST_MAX`](crate::SUGGEST_MAX)) phrases of documents that begin so,
    /// what most documents have first.
    ///
    /// Compared as they are folded: `鋰` finds `锂电池`. Counts are exact and of living documents.
    /// Where more than some two thousand phrases begin so, those that are rare in each of the
    /// index's blocks are passed over.
    #[must_use]
    pub fn suggest(&self, begun: &str, limit: usize) -> Vec<Suggestion> {
        suggest::suggest(&self.state(), begun, limit)
    }

    /// Writes a snapshot: a version, then everything with its cursors in frames with checksums.
    ///
    /// The state at the moment of the call; changes may be applied meanwhile.
    ///
    /// # Errors
    /// What the stream says. What was written until then is no snapshot.
    pub fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()> {
        snapshot::write(&self.state(), out)
    }

    /// Reads a snapshot, to its end and not beyond.
    ///
    /// Allocates in proportion to what the stream really holds.
    ///
    /// # Errors
    /// The stream failed, the snapshot is damaged, or of another format. Whichever it is, the index
    /// can be built anew from the log.
    pub fn read_from(input: &mut dyn io::Read) -> Result<Self, SnapshotError> {
        Ok(Self::of(snapshot::read(input)?, Shape::REAL))
    }

    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The part with most uncounted dead, all of them counted; absent if counting is due nowhere.
fn counted(state: &State, shape: Shape) -> Option<Part> {
    let most = state.parts.iter().max_by_key(|part| part.uncounted())?;
    if most.uncounted() <= shape.uncounted_due {
        return None;
    }
    let mut counted = most.clone();
    counted.count_dead();
    Some(counted)
}

/// Where the living of some ascending identifiers are.
fn those_of<'a>(part: &Part, ids: impl Iterator<Item = &'a String>) -> Vec<usize> {
    let (mut found, mut from) = (Vec::new(), 0);
    for id in ids {
        match part.block.ids.search(from, id) {
            Ok(at) => {
                found.push(at);
                from = at + 1;
            }
            Err(at) => from = at,
        }
        if from == part.len() {
            break;
        }
    }
    found
}

/// Makes blocks of documents in ascending order of their identifiers.
fn build(documents: impl Iterator<Item = Document>, shape: Shape) -> impl Iterator<Item = Block> {
    let mut documents = documents.peekable();
    std::iter::from_fn(move || {
        documents.peek()?;
        let mut block = BlockBuilder::default();
        while block.len() < shape.block_docs_max && block.postings() < shape.build_postings_max {
            let Some(document) = documents.next() else { break };
            block.push(&document);
        }
        Some(block.finish())
    })
}
