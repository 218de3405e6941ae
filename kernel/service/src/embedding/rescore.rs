//! The same share outside of a kernel: for benchmarks over texts that are no records.

use std::sync::Arc;
use std::time::Duration;

use taihu_model::Text;

use super::endpoint::{Endpoint, Side, cut};
use super::options::EmbeddingOptions;
use super::vector::{Mark, Vector};
use crate::error::{Error, Result};
use crate::limits::{EMBEDDING_BATCH_MAX, HTTP_WAIT_MS_MAX};
use crate::outbound::Outbound;

/// An endpoint, and the way to it.
pub struct Embedder {
    endpoint: Endpoint,
    outbound: Arc<dyn Outbound>,
}

/// The vector of a text, as a kernel keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    model: Mark,
    vector: Vector,
}

impl Embedder {
    /// Composes it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong with the options.
    pub fn new(options: EmbeddingOptions, outbound: Arc<dyn Outbound>) -> Result<Self> {
        Ok(Self { endpoint: Endpoint::new(options)?, outbound })
    }

    /// The vectors of achievements' texts, in their order; asks for eight at a time.
    ///
    /// # Errors
    /// [`Error::Upstream`] if the endpoint gives none.
    pub fn passages(&self, texts: &[&str]) -> Result<Vec<Embedding>> {
        let mut vectors = Vec::with_capacity(texts.len());
        for some in texts.chunks(EMBEDDING_BATCH_MAX) {
            vectors.extend(self.ask(Side::Achievement, some)?);
        }
        Ok(vectors)
    }

    /// The vector of a need's text.
    ///
    /// # Errors
    /// As [`passages`](Self::passages).
    pub fn need(&self, text: &str) -> Result<Embedding> {
        let vector = self.ask(Side::Need, &[text])?.pop();
        vector.ok_or_else(|| Error::Upstream(Text::new("没有向量", "no vector")))
    }

    fn ask(&self, side: Side, texts: &[&str]) -> Result<Vec<Embedding>> {
        let texts: Vec<&str> = texts.iter().map(|text| cut(text)).collect();
        let wait = Duration::from_millis(HTTP_WAIT_MS_MAX);
        let reply = self.endpoint.ask(&*self.outbound, side, &texts, wait).map_err(|trouble| {
            Error::Upstream(Text::new(
                format!("向量服务没有给出结果：{}", trouble.said()),
                format!("the embedding endpoint gave no vectors: {}", trouble.said()),
            ))
        })?;
        let vectors = reply.vectors.into_iter();
        Ok(vectors.map(|vector| Embedding { model: reply.model, vector }).collect())
    }

    /// Scores candidates anew by words and meaning, with the share that is configured. A candidate is
    /// what the index gave it and its vector, if it has one. Scores are the index's times a thousand;
    /// without anything to tell apart by meaning, exactly that.
    #[must_use]
    pub fn rescore(&self, need: &Embedding, candidates: &[(u32, Option<&Embedding>)]) -> Vec<u64> {
        let hits: Vec<u32> = candidates.iter().map(|(hit, _)| *hit).collect();
        let similarities: Vec<Option<i32>> = candidates
            .iter()
            .map(|(_, one)| {
                let one = (*one).filter(|one| one.model == need.model)?;
                one.vector.similarity(&need.vector)
            })
            .collect();
        let share = u64::from(self.endpoint.options.share);
        match super::values(&hits, &similarities) {
            None => hits.iter().map(|hit| u64::from(*hit) * 1_000).collect(),
            Some(values) => hits
                .iter()
                .zip(values)
                .map(|(hit, value)| u64::from(*hit) * (1_000 - share) + u64::from(value) * share)
                .collect(),
        }
    }
}
