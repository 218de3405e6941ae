//! How an endpoint is, for operators.

use std::sync::atomic::Ordering;

use super::making::read;
use super::position::Position;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::keys;

/// How a configured endpoint is. Counts are since the kernel began, except `vectors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingHealth {
    /// The model's name as it is configured.
    pub model: String,
    /// Vectors of the current model in the store.
    pub vectors: u64,
    /// True once every achievement was looked at for this model; changes are followed from then on.
    pub complete: bool,
    /// True while the maker leaves the endpoint alone because it failed.
    pub resting: bool,
    /// Code of the maker's last failure, if nothing succeeded since.
    pub cause: Option<&'static str>,
    /// Vectors that were made.
    pub made: u64,
    /// Texts that the endpoint refused while it took others.
    pub refused: u64,
    /// Requests that failed.
    pub failures: u64,
    /// Rankings that went by meaning too.
    pub with: u64,
    /// Rankings that went by words alone although an endpoint is configured.
    pub without: u64,
    /// Rankings that wait for it now.
    pub in_flight: u64,
}

impl Kernel {
    /// Whether an embedding endpoint is configured.
    #[must_use]
    pub fn embeds(&self) -> bool {
        self.embeddings.is_some()
    }

    /// How the embedding endpoint is; nothing if none is configured.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn embedding_health(&self) -> Result<Option<EmbeddingHealth>> {
        let Some(on) = &self.embeddings else { return Ok(None) };
        let view = self.snapshot()?;
        let position = view.get::<Position>(&self.city, &keys::embedding())?.map(|it| it.value);
        let (resting, cause) = {
            let circuit = self.lock(&on.made);
            (circuit.open_until(self.now()).is_some(), circuit.cause())
        };
        let counts = &on.counts;
        Ok(Some(EmbeddingHealth {
            model: on.endpoint.options.model.clone(),
            vectors: position.as_ref().map_or(0, |it| it.vectors),
            complete: position.is_some_and(|it| it.sweep.is_none()),
            resting,
            cause,
            made: read(&counts.made),
            refused: read(&counts.refused),
            failures: read(&counts.failures),
            with: read(&counts.with),
            without: read(&counts.without),
            in_flight: on.in_flight.load(Ordering::Relaxed) as u64,
        }))
    }
}
