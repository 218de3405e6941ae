//! tantivy over the same terms.

use std::collections::BTreeMap;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, WhitespaceTokenizer};
use tantivy::{Index, IndexWriter, Searcher, Term, doc};

use crate::FOUND;
use crate::data::{Outcome, Pool};

/// Bytes that it may use while it writes.
const WRITING_BYTES: usize = 1 << 30;

pub(crate) struct Other {
    searcher: Searcher,
    terms: Field,
    ids: Vec<String>,
}

impl Other {
    pub(crate) fn build(pool: &Pool, count: usize) -> Outcome<Self> {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("split")
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(true);
        let mut schema = Schema::builder();
        let terms =
            schema.add_text_field("terms", TextOptions::default().set_indexing_options(indexing));
        let number = schema.add_u64_field("number", FAST);
        let index = Index::create_in_ram(schema.build());
        let split = TextAnalyzer::builder(WhitespaceTokenizer::default()).build();
        index.tokenizers().register("split", split);
        let mut writer: IndexWriter = index.writer_with_num_threads(1, WRITING_BYTES)?;
        let mut ids = Vec::with_capacity(count);
        for nth in 0..count {
            let (id, text) = pool.at(nth);
            ids.push(id);
            writer.add_document(doc!(terms => split_terms(&text), number => nth as u64))?;
        }
        writer.commit()?;
        let segments = index.searchable_segment_ids()?;
        if segments.len() > 1 {
            writer.merge(&segments).wait()?;
        }
        writer.wait_merging_threads()?;
        Ok(Self { searcher: index.reader()?.searcher(), terms, ids })
    }

    /// By the terms that weigh most, at most so many.
    pub(crate) fn find(&self, query: &str, terms_max: usize) -> Vec<(f64, String)> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let split = split_terms(query);
        for term in split.split(' ').filter(|term| !term.is_empty()) {
            *counts.entry(term.to_owned()).or_default() += 1;
        }
        let living = self.searcher.num_docs() as f64;
        let mut weighed: Vec<(f64, f32, Term)> = counts
            .into_iter()
            .filter_map(|(term, count)| {
                let term = Term::from_field_text(self.terms, &term);
                let having = self.searcher.doc_freq(&term).ok()? as f64;
                let rarity = (1.0 + (living - having + 0.5) / (having + 0.5)).ln();
                (having > 0.0).then_some((rarity * f64::from(count), count as f32, term))
            })
            .collect();
        weighed.sort_by(|one, other| other.0.total_cmp(&one.0));
        weighed.truncate(terms_max);
        let clauses: Vec<(Occur, Box<dyn Query>)> = weighed
            .into_iter()
            .map(|(_, count, term)| {
                let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
                let query: Box<dyn Query> = match count {
                    1.0 => Box::new(query),
                    _ => Box::new(BoostQuery::new(Box::new(query), count)),
                };
                (Occur::Should, query)
            })
            .collect();
        let best = TopDocs::with_limit(FOUND).order_by_score();
        let found = self.searcher.search(&BooleanQuery::new(clauses), &best).unwrap_or_default();
        found
            .into_iter()
            .filter_map(|(score, address)| {
                let reader = self.searcher.segment_reader(address.segment_ord);
                let number = reader.fast_fields().u64("number").ok()?.first(address.doc_id)?;
                Some((f64::from(score), self.ids[number as usize].clone()))
            })
            .collect()
    }
}

/// The terms of a text with blanks between them: pairs of neighbouring Han characters (a single one by
/// itself), and words of other letters and digits, in lower case.
pub(crate) fn split_terms(text: &str) -> String {
    let lower = text.to_lowercase();
    let (mut out, mut run, mut word) = (String::new(), Vec::new(), String::new());
    for letter in lower.chars().chain(['\n']) {
        let han = matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
        if !han && !run.is_empty() {
            match run.as_slice() {
                [alone] => push(&mut out, &[*alone]),
                run => run.windows(2).for_each(|pair| push(&mut out, pair)),
            }
            run.clear();
        }
        if (han || !letter.is_alphanumeric()) && !word.is_empty() {
            out.push_str(&word);
            out.push(' ');
            word.clear();
        }
        if han {
            run.push(letter);
        } else if letter.is_alphanumeric() {
            word.push(letter);
        }
    }
    out
}

fn push(out: &mut String, letters: &[char]) {
    out.extend(letters);
    out.push(' ');
}
