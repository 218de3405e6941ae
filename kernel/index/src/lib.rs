//! Derived and disposable: from a need to a few hundred candidates.
//!
//! Postings over character bigrams (runs of Latin letters and digits stay whole words), a sum for each
//! document, BM25 over one field; exact, or within a budget. Knows no store: whoever follows
//! the log hands over documents and the cursors they belong to. Does no I/O: a snapshot is written
//! to and read from a stream.
//!
//! ```
//! use taihu_index::{Cursors, Document, Filter, Index, Labels, Update};
//!
//! let index = Index::new();
//! let document = Document {
//!     id: "a1".into(),
//!     text: "一种锂电池负极材料的制备方法".into(),
//!     labels: Labels { state: "published".into(), ..Labels::default() },
//!     ..Document::default()
//! };
//! index.apply(vec![Update::Put(document)], &Cursors::from([("zju".into(), 1)]));
//! let filter = Filter { states: vec!["published".into()], ..Filter::default() };
//! let found = index.find("锂电池", &filter, 0, 10);
//! assert_eq!(found.hits[0].id, "a1");
//! assert!(found.hits[0].score <= found.ceiling);
//! ```
//!
//! How it is made: `text` cuts a text into terms, `impact` says how much it tells that a term stands so
//! often in so long a document, `block` keeps up to 65,535 documents with their postings, `index`
//! changes the list of blocks in one visible step and `merge` keeps it short, `plan` weighs the terms
//! of a query, `question` keeps them for whoever asks again, `scan` adds them up and `best` keeps the
//! best, whose texts `closer` reads once more. For a search box `search` makes pages in
//! an order that a person chose, `facets` counts labels, `highlight` says where terms stand and
//! `suggest` what somebody who begins to type may mean. What is found depends on the living
//! documents alone, never on the order they came in, on what was removed, or on how blocks were merged:
//! an index that was rebuilt answers like one that followed.

mod best;
mod bits;
mod block;
mod closer;
mod document;
mod explain;
mod facets;
mod highlight;
mod impact;
mod index;
mod merge;
mod part;
mod plan;
mod question;
mod scan;
mod search;
mod snapshot;
mod suggest;
mod text;

#[cfg(test)]
mod tests;

pub use block::{PHRASE_CHARS_MAX, PHRASES_MAX};
pub use closer::Closer;
pub use document::{Cursors, Document, Filter, Found, Hit, Kind, Labels, TermShare, Update};
pub use facets::Facet;
pub use highlight::{Mark, Marker, Snippet, highlight};
pub use index::{FIND_MAX, Index};
pub use plan::QUERY_TERMS_MAX;
pub use question::Question;
pub use search::{NoPosition, Order, Page, Position, Search};
pub use snapshot::SnapshotError;
pub use suggest::{SUGGEST_MAX, Suggestion};
pub use text::{QUERY_CHARS_MAX, TEXT_CHARS_MAX};
