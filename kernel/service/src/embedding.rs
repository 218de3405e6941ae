//! An optional embedding endpoint, OpenAI-compatible: what it adds to the kernel's own order.
//!
//! Achievements get their vectors in the background ([`Kernel::make_vectors`]), beside their records
//! in the store. When a need is matched, its own vector is asked for under a short deadline, and the
//! candidates that have vectors are compared with it. Nothing depends on any of this: without an
//! endpoint nothing is missing, and with one that is down, late or talking nonsense a ranking goes
//! by words alone and says so. Vectors of different models are never compared.
//!
//! [`Kernel::make_vectors`]: crate::Kernel::make_vectors

mod asking;
mod circuit;
mod endpoint;
mod health;
mod making;
mod mix;
mod options;
mod position;
mod rescore;
#[cfg(test)]
mod tests;
mod vector;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};

use crate::limits::{ASKING_FAILURES_MAX, MAKING_FAILURES_MAX};

use asking::Known;
pub(crate) use asking::Meaning;
use circuit::Circuit;
use endpoint::Endpoint;
pub use health::EmbeddingHealth;
use making::Making;
pub(crate) use mix::values;
pub use options::EmbeddingOptions;
pub use rescore::{Embedder, Embedding};

/// An endpoint at work in a kernel.
pub(crate) struct Embeddings {
    endpoint: Endpoint,
    /// What the maker is at; held while it asks, so nobody else ever waits for it.
    making: Mutex<Making>,
    /// Whether the maker may ask.
    made: Mutex<Circuit>,
    /// Whether rankings may ask.
    asked: Mutex<Circuit>,
    /// Needs' vectors that were asked for before.
    known: Mutex<Known>,
    /// Texts of needs whose vectors did not come in time: the maker asks for them first.
    wanted: Mutex<VecDeque<String>>,
    /// Rankings that wait for the endpoint.
    in_flight: AtomicUsize,
    /// True if a ranking met vectors of another model than the endpoint's: the maker asks anew.
    in_doubt: AtomicBool,
    counts: Counts,
}

/// What was counted since the kernel began.
#[derive(Debug, Default)]
struct Counts {
    /// Vectors that were made.
    made: AtomicU64,
    /// Texts that the endpoint refused while it took others.
    refused: AtomicU64,
    /// Requests that failed.
    failures: AtomicU64,
    /// Rankings that had the need's vector.
    with: AtomicU64,
    /// Rankings that went without.
    without: AtomicU64,
}

impl Embeddings {
    pub(crate) fn new(options: EmbeddingOptions) -> crate::Result<Self> {
        Ok(Self {
            endpoint: Endpoint::new(options)?,
            making: Mutex::default(),
            made: Mutex::new(Circuit::new(MAKING_FAILURES_MAX)),
            asked: Mutex::new(Circuit::new(ASKING_FAILURES_MAX)),
            known: Mutex::default(),
            wanted: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            in_doubt: AtomicBool::new(false),
            counts: Counts::default(),
        })
    }
}
