//! The index of this project.

use taihu_index::{Cursors, Document, Filter, Found, Index, Labels, Update};

use crate::FOUND;
use crate::data::Pool;

/// Postings that the product adds up for a need (`POSTINGS_MAX` of the service).
const POSTINGS_MAX: usize = 1_000_000;

pub(crate) struct Ours {
    index: Index,
    filter: Filter,
}

impl Ours {
    pub(crate) fn build(pool: &Pool, count: usize) -> Self {
        let index = Index::new();
        for from in (0..count).step_by(32_000) {
            let documents = (from..count.min(from + 32_000)).map(|nth| {
                let (id, text) = pool.at(nth);
                let labels = Labels { state: "published".to_owned(), ..Labels::default() };
                Update::Put(Document { id, text, labels, ..Document::default() })
            });
            index.apply(documents.collect(), &Cursors::new());
            while index.tidy() {}
        }
        let filter = Filter { states: vec!["published".to_owned()], ..Filter::default() };
        Self { index, filter }
    }

    /// As the product retrieves candidates.
    pub(crate) fn find(&self, query: &str) -> Vec<(f64, String)> {
        hits(self.index.find_within(query, &self.filter, FOUND, POSTINGS_MAX))
    }

    /// By all terms, however many postings they have.
    pub(crate) fn find_exactly(&self, query: &str) -> Vec<(f64, String)> {
        hits(self.index.find(query, &self.filter, 0, FOUND))
    }
}

fn hits(found: Found) -> Vec<(f64, String)> {
    found.hits.into_iter().map(|hit| (f64::from(hit.score), hit.id)).collect()
}
