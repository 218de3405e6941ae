//! What the room promises, against a plain scorer that shares nothing but terms and impacts.

mod behaviour;
mod damage;
mod plain;
mod promises;
mod search;

use crate::document::{Cursors, Document, Found, Update};
use crate::index::{Index, Shape, State};

/// Blocks so small that a handful of documents fills several levels and splits.
const SMALL: Shape = Shape { block_docs_max: 13, build_postings_max: 40, uncounted_due: 2 };

fn small() -> Index {
    Index::of(State::default(), SMALL)
}

fn document(id: &str, text: &str) -> Document {
    Document { id: id.to_owned(), text: text.to_owned(), ..Document::default() }
}

/// An index of documents with the identifiers `0`, `1` …
fn index_of(texts: &[&str]) -> Index {
    let index = Index::new();
    let texts = texts.iter().enumerate();
    let puts = texts.map(|(at, text)| Update::Put(document(&at.to_string(), text))).collect();
    index.apply(puts, &Cursors::new());
    index
}

fn ids(found: &Found) -> Vec<&str> {
    found.hits.iter().map(|hit| hit.id.as_str()).collect()
}

fn snapshot(index: &Index) -> Vec<u8> {
    let mut bytes = Vec::new();
    index.write_to(&mut bytes).unwrap();
    bytes
}
